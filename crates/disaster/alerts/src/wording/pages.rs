//! Headlines of the pages: the one thing to know now.

use kernel::Text;

/// Silence: what is held states nothing, and the freshness of the sources tells whether that means anything.
/// `heard`: at least one telegram about Aomori is held.
pub fn nothing_stated(heard: bool) -> Text {
    if !heard {
        return Text::new(
            "青森県に関する電文をまだ受信していません。警報・注意報が出ていないという意味ではありません。情報源の最終受信時刻を確認してください。",
            "お知らせは まだ 一つも とどいていません。あんぜん という 意味では ありません。テレビや ラジオも 見てください。",
            "No telegram about Aomori has been received yet. This does not mean that no warning is in force. Check when the sources were last received.",
        );
    }
    Text::new(
        "受信した電文の範囲では、発表中の警報・注意報はありません。情報源の最終受信時刻を確認してください。",
        "今 とどいている お知らせの 中に、けいほうは ありません。いつ とどいたかを たしかめてください。",
        "The telegrams received so far state no warning or advisory. Check when the sources were last received.",
    )
}

/// The municipality's page under what the agency has issued.
pub fn headline_hazard(name: &Text) -> Text {
    Text::new(format!("{}が発表されています。", name.ja), name.easy.clone(), format!("{} is in force.", name.en))
}

/// The municipality's page under its own order; no districts means all of it (全域).
pub fn headline_order(name: &Text, districts: &[String]) -> Text {
    let Some(named) = super::orders::districts(districts) else {
        return Text::new(
            format!("{}が発令されています。", name.ja),
            name.easy.clone(),
            format!("{} is in force.", name.en),
        );
    };
    Text::new(
        format!("{}に{}が発令されています。", named.ja, name.ja),
        format!("{}：{}", named.easy, name.easy),
        format!("{} is in force for {}.", name.en, named.en),
    )
}

/// The prefecture's page: a hazard and where it stands.
pub fn headline_places(name: &Text, places: &Text) -> Text {
    Text::new(
        format!("{}に{}が発表されています。", places.ja, name.ja),
        format!("{}：{}", places.easy, name.easy),
        format!("{}: {}", name.en, places.en),
    )
}

/// The prefecture's page: in how many municipalities orders are in force.
pub fn headline_orders(municipalities: usize) -> Text {
    let en = if municipalities == 1 { "municipality" } else { "municipalities" };
    Text::new(
        format!("{municipalities}市町村で避難情報が発令されています。"),
        format!("{municipalities}の 市町村で「にげてください」の お知らせが 出ています。"),
        format!("Evacuation orders are in force in {municipalities} {en}."),
    )
}

/// Several headlines in one, gravest first.
pub fn sentences(all: &[Text]) -> Text {
    let join = |part: fn(&Text) -> &str, with: &str| all.iter().map(part).collect::<Vec<_>>().join(with);
    Text::new(join(|t| &t.ja, ""), join(|t| &t.easy, "。"), join(|t| &t.en, " / "))
}

/// What to do while nothing is stated.
pub fn be_ready() -> Text {
    Text::new(
        "避難場所と連絡方法を確かめておいてください。揺れや大雨など危険を感じたら、情報を待たずに身を守ってください。",
        "にげる 場所を たしかめておいてください。あぶないと 思ったら、すぐ にげてください。",
        "Know where you would go and how to reach your family. If you sense danger, protect yourself without waiting for information.",
    )
}

/// Title of a text for people; the verbatim title in Japanese, its sort in the others.
pub fn bulletin_title(title: &str, tag: &str) -> Text {
    const SORTS: [(&str, &str, &str); 11] = [
        ("早期注意情報", "これからの 天気の お知らせ", "Early outlook of warnings"),
        ("南海トラフ", "南海トラフ（なんかいとらふ）の 地震の お知らせ", "Information on the Nankai Trough"),
        ("噴火", "火山の お知らせ", "Information on volcanoes"),
        ("火山", "火山の お知らせ", "Information on volcanoes"),
        ("線状降水帯", "とても たくさんの 雨が ふりつづきます", "Linear rainband: extremely heavy rain continues"),
        ("記録的短時間大雨", "短い 時間に とても たくさんの 雨が ふりました", "Record rainfall in a short time"),
        ("短時間大雪", "短い 時間に とても たくさんの 雪が ふっています", "Very heavy snow in a short time"),
        ("大雪", "雪の お知らせ", "Information on heavy snow"),
        ("大雨", "雨の お知らせ", "Information on heavy rain"),
        ("暴風", "強い 風の お知らせ", "Information on strong wind"),
        ("地震", "地震の お知らせ", "Information on earthquakes"),
    ];
    let sort = SORTS.iter().find(|(word, _, _)| tag.contains(word) || title.contains(word));
    let (easy, en) = sort.map_or(("お知らせ", "Information"), |(_, easy, en)| (*easy, *en));
    Text::new(title, format!("{easy}（{title}）"), format!("{en} ({title})"))
}
