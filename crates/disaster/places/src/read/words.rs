//! What the ledger says about a row or a file, in words a clerk understands.

use kernel::Text;

pub(super) fn no_name() -> Text {
    Text::new("名称がありません。", "なまえがありません。", "There is no name.")
}

pub(super) fn too_long(what: &str) -> Text {
    Text::new(
        format!("{what}が長すぎます。列がずれていないか確かめてください。"),
        format!("{what}がながすぎます。"),
        format!("{what} is too long; have the columns shifted?"),
    )
}

pub(super) fn same_row(line: u32) -> Text {
    Text::new(
        format!("{line}行目と同じ内容です。1件だけ取り込みます。"),
        format!("{line}行目とおなじです。"),
        format!("The same as line {line}; only one is taken."),
    )
}

pub(super) fn same_id(id: &str, line: u32) -> Text {
    Text::new(
        format!("ID「{id}」が{line}行目と同じで、内容が違います。IDを直して取り込み直してください。"),
        format!("ID「{id}」が{line}行目とおなじです。"),
        format!("The id {id:?} is that of line {line} with other content. Correct the id and import again."),
    )
}

pub(super) fn swapped(lat: &str, lon: &str) -> Text {
    Text::new(
        format!("緯度と経度が入れ替わっているようです（緯度 {lat}、経度 {lon}）。"),
        "いどとけいどがぎゃくのようです。",
        format!("Latitude and longitude seem to be swapped ({lat}, {lon})."),
    )
}

pub(super) fn missing_point(lat: &str, lon: &str) -> Text {
    Text::new(
        format!("緯度・経度の小数点が抜けているようです（緯度 {lat}、経度 {lon}）。"),
        "いど・けいどの小数点がないようです。",
        format!("A decimal point seems to be missing ({lat}, {lon})."),
    )
}

pub(super) fn geocoded() -> Text {
    Text::new(
        "緯度・経度がないため、住所の町名から求めたおおよその位置を提案します。",
        "ばしょがわからないので、住所の町のばしょをつかいます。",
        "There are no coordinates; the position of the town in the address is proposed.",
    )
}

pub(super) fn no_position() -> Text {
    Text::new(
        "緯度・経度がありません。取り込んだあと、地図で位置を指定できます。",
        "ばしょがわかりません。あとで地図にのせられます。",
        "There are no coordinates; it can be placed on the map later.",
    )
}

pub(super) fn half_position() -> Text {
    Text::new(
        "緯度と経度の片方しかありません。位置なしで取り込みます。",
        "いどとけいどの片方しかありません。",
        "Only one of latitude and longitude is there; taken without a position.",
    )
}

pub(super) fn unreadable_position(lat: &str, lon: &str) -> Text {
    Text::new(
        format!("緯度・経度を数として読めません（緯度 {lat}、経度 {lon}）。位置なしで取り込みます。"),
        "いど・けいどがよめません。",
        format!("Latitude and longitude are not numbers ({lat}, {lon}); taken without a position."),
    )
}

pub(super) fn outside_japan(lat: &str, lon: &str) -> Text {
    Text::new(
        format!("緯度・経度が日本の範囲にありません（緯度 {lat}、経度 {lon}）。位置なしで取り込みます。"),
        "ばしょが日本の外です。",
        format!("Latitude and longitude are outside Japan ({lat}, {lon}); taken without a position."),
    )
}

pub(super) fn no_shape() -> Text {
    Text::new("図形（座標）がありません。", "かたちのデータがありません。", "There is no shape with it.")
}

pub(super) fn swapped_shape() -> Text {
    Text::new(
        "図形の緯度と経度が入れ替わっているようです。",
        "かたちのいどとけいどがぎゃくのようです。",
        "Latitude and longitude of the shape seem to be swapped.",
    )
}

pub(super) fn elsewhere(there: &str, here: &str) -> Text {
    Text::new(
        format!("所在地は{there}ですが、指定した市町村は{here}です。指定した市町村の施設として取り込みます。"),
        format!("ばしょは{there}、決めたのは{here}です。"),
        format!("It stands in {there} and is designated by {here}; it stays with {here}."),
    )
}

pub(super) fn formula(column: &str) -> Text {
    Text::new(
        format!("「{column}」に表計算の式と読める文字があります。式としては使わず、文字のまま取り込みます。"),
        format!("「{column}」に式のような文字があります。"),
        format!("{column:?} holds text that a spreadsheet would run; it is kept as plain text."),
    )
}

pub(super) fn other_sheet(sheet: &str) -> Text {
    Text::new(
        format!("シート「{sheet}」は別の種類の一覧です。シートごとに別のファイルにして取り込んでください。"),
        format!("シート「{sheet}」はほかの表です。"),
        format!("The sheet {sheet:?} is another kind of list; import it as a file of its own."),
    )
}

pub(super) fn no_town() -> Text {
    Text::new("町字の名前がありません。", "町のなまえがありません。", "There is no town name.")
}

pub(super) fn shape_outside_japan() -> Text {
    Text::new("図形が日本の範囲にありません。", "かたちが日本の外です。", "The shape lies outside Japan.")
}

/// About the whole file.
pub(super) fn no_municipality() -> Text {
    Text::new(
        "どの市町村の一覧か分かりません。市町村を選んでください。",
        "どこの市町村かわかりません。えらんでください。",
        "Nothing says whose list it is. Choose the municipality.",
    )
}

pub(super) fn no_list() -> Text {
    Text::new(
        "場所の一覧ではないようです。名称と、住所または緯度・経度の列が必要です。",
        "ばしょの表ではないようです。",
        "This is no list of places: it needs names, and addresses or coordinates.",
    )
}

pub(super) fn personal_number() -> Text {
    Text::new(
        "個人番号（マイナンバー）の列があります。このファイルは取り込めません。列を削除してください。",
        "マイナンバーがはいっています。けしてください。",
        "There is a column of personal numbers (My Number). Remove it; the file is not taken.",
    )
}

pub(super) fn unknown_columns(names: &[String]) -> Text {
    let list = names.join("、");
    Text::new(
        format!("対応する項目がない列は「その他の項目」としてそのまま残します：{list}"),
        format!("しらない列ものこします：{list}"),
        format!("Columns without a field are kept as they are: {list}"),
    )
}

pub(super) fn dropped_lines(title: usize, footer: usize) -> Text {
    Text::new(
        format!("表の前の{title}行と後ろの{footer}行は、見出しや注記として扱い、取り込みません。"),
        format!("表の前{title}行・後ろ{footer}行はつかいません。"),
        format!("{title} lines above and {footer} below the table are titles or notes."),
    )
}

pub(super) fn mixed_municipalities() -> Text {
    Text::new(
        "複数の市町村の行があります。行ごとの市町村コードで取り込みます。",
        "いろいろな市町村の行があります。",
        "It has rows of several municipalities; each row goes by its own code.",
    )
}

pub(super) fn guessed_kind() -> Text {
    Text::new(
        "種別は列の内容から推定しました。違っていたら選び直してください。",
        "しゅるいは列から考えました。",
        "The kind was guessed from the columns. Choose another if it is wrong.",
    )
}

pub(super) fn names_only() -> Text {
    Text::new(
        "この町字の表には緯度・経度がないため、住所から位置を求めることはできません。",
        "この表にはばしょがありません。",
        "This table of towns has no coordinates and cannot place addresses.",
    )
}

pub(super) fn too_many(most: usize) -> Text {
    Text::new(
        format!("一つの一覧に入れられるのは{most}行までです。分けて取り込んでください。"),
        format!("{most}行までです。"),
        format!("A list may have at most {most} rows. Import it in parts."),
    )
}
