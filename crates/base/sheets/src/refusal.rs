//! Why a file was not read: which file, which line, and what to do about it.

use std::fmt;

use kernel::Text;

/// A refusal (読み込めない理由). The file is kept by the caller; only the reading stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    /// Name of the file, with that of the part in it: `all.zip/roads.shp`.
    pub file: String,
    /// Line, row or feature, from 1, where known.
    pub line: Option<u32>,
    /// Why.
    pub reason: Reason,
}

/// The reasons, with a stable name each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Nothing in it.
    Empty,
    /// No format that is read here; what it looks like, where that is known: `PDF`, `Excel 97 (.xls)`.
    UnknownFormat(Option<&'static str>),
    /// More than a limit allows.
    TooLarge {
        /// What there is too much of.
        what: Measure,
        /// How much is allowed.
        most: usize,
    },
    /// Unpacks to more than a honest file would (zip bomb).
    Bomb,
    /// Ends before it is complete.
    CutShort,
    /// A quotation mark is not closed, so that all that follows would be one cell.
    OpenQuote,
    /// Is not what its format asks for; in the words of the reader.
    Damaged(String),
    /// Text in none of the encodings read here.
    Encoding,
    /// Protected with a password.
    Locked,
    /// The publisher says that there is no data: not the same as zero rows.
    NotPublished {
        /// In the publisher's words.
        message: String,
    },
    /// No list of objects in the JSON.
    NoList,
    /// A shapefile without one of its parts.
    MissingPart(&'static str),
    /// Coordinates in a system that is not read here, by its name.
    UnknownCrs(String),
    /// Nothing but blank rows.
    NoRows,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Bytes of the file.
    Bytes,
    /// Bytes unpacked.
    UnpackedBytes,
    /// Files in a zip.
    Members,
    /// Sheets or layers.
    Grids,
    /// Rows.
    Rows,
    /// Columns.
    Columns,
    /// Cells.
    Cells,
    /// Characters of a cell.
    CellChars,
    /// Points of geometries.
    Vertices,
    /// Levels.
    Depth,
}

impl Refusal {
    pub(crate) fn new(file: &str, reason: Reason) -> Self {
        Self { file: file.to_owned(), line: None, reason }
    }

    pub(crate) fn too_large(file: &str, line: impl Into<Option<u32>>, what: Measure, most: usize) -> Self {
        Self::at(file, line, Reason::TooLarge { what, most })
    }

    pub(crate) fn at(file: &str, line: impl Into<Option<u32>>, reason: Reason) -> Self {
        Self { file: file.to_owned(), line: line.into(), reason }
    }

    pub(crate) fn damaged(file: &str, line: impl Into<Option<u32>>, why: impl Into<String>) -> Self {
        Self::at(file, line, Reason::Damaged(why.into()))
    }

    /// The same refusal of a file that lies in another.
    pub(crate) fn within(mut self, archive: &str) -> Self {
        self.file = format!("{archive}/{}", self.file);
        self
    }

    /// Stable kebab-case name for journal and screens.
    pub fn code(&self) -> &'static str {
        match self.reason {
            Reason::Empty => "empty",
            Reason::UnknownFormat(_) => "unknown-format",
            Reason::TooLarge { .. } => "too-large",
            Reason::Bomb => "zip-bomb",
            Reason::CutShort => "cut-short",
            Reason::OpenQuote => "open-quote",
            Reason::Damaged(_) => "damaged",
            Reason::Encoding => "encoding",
            Reason::Locked => "locked",
            Reason::NotPublished { .. } => "not-published",
            Reason::NoList => "no-list",
            Reason::MissingPart(_) => "missing-part",
            Reason::UnknownCrs(_) => "unknown-crs",
            Reason::NoRows => "no-rows",
        }
    }

    /// What is wrong, where, and what to do.
    pub fn text(&self) -> Text {
        let (ja, en) = self.reason.words();
        let (place_ja, place_en) = match self.line {
            Some(line) => (format!("「{}」の{line}行目: ", self.file), format!("{}, line {line}: ", self.file)),
            None => (format!("「{}」: ", self.file), format!("{}: ", self.file)),
        };
        let ja = format!("{place_ja}{ja}");
        Text::new(ja.clone(), ja, format!("{place_en}{en}"))
    }
}

impl Reason {
    fn words(&self) -> (String, String) {
        let pair = |ja: &str, en: &str| (ja.to_owned(), en.to_owned());
        match self {
            Self::Empty => pair("中身がありません。ファイルを取り直してください。", "is empty. Fetch the file again."),
            Self::UnknownFormat(None) => pair(
                "読み込める形式ではありません。CSV、Excel（.xlsx）、GeoJSON、JSON、シェープファイル（.zip）のどれかで保存してください。",
                "is in no format that is read here. Save it as CSV, Excel (.xlsx), GeoJSON, JSON or a shapefile (.zip).",
            ),
            Self::UnknownFormat(Some(name)) => unknown_format(name),
            Self::TooLarge { what, most } => what.words(*most),
            Self::Bomb => pair(
                "展開すると異常に大きくなるため、開きませんでした。作成元に確認してください。",
                "unpacks to more than a honest file would, and was not opened. Ask whoever made it.",
            ),
            Self::CutShort => {
                pair("途中で切れています。元のファイルを取り直してください。", "ends too early. Fetch the file again.")
            }
            Self::OpenQuote => pair(
                "引用符（\"）が閉じていません。この行の引用符を直すか、元のファイルを取り直してください。",
                "a quotation mark is not closed. Correct this line, or fetch the file again.",
            ),
            Self::Damaged(why) => (
                format!("壊れています（{why}）。元のファイルを取り直すか、保存し直してください。"),
                format!("is damaged ({why}). Fetch it again, or save it again."),
            ),
            Self::Encoding => pair(
                "文字コードが分かりません。UTF-8（BOM付き）で保存し直してください。",
                "is in no encoding that is read here. Save it as UTF-8.",
            ),
            Self::Locked => pair(
                "パスワードで保護されています。保護を外して保存し直してください。",
                "is protected with a password. Take it off and save again.",
            ),
            Self::NotPublished { message } => (
                format!("公開元がデータを公開していません（{message}）。0件という意味ではありません。"),
                format!("the publisher has not published this data ({message}). It does not mean that there are none."),
            ),
            Self::NoList => pair(
                "一覧（オブジェクトの配列）が見つかりません。1件が1つのオブジェクトになるように出力し直してください。",
                "holds no list of objects. Export it with one object for each row.",
            ),
            Self::MissingPart(part) => missing_part(part),
            Self::UnknownCrs(name) => (
                format!(
                    "座標系「{name}」は読み込めません。JGD2011（緯度経度または平面直角座標系）に変換してください。"
                ),
                format!("uses the coordinate system {name:?}, which is not read here. Convert it to JGD2011."),
            ),
            Self::NoRows => pair(
                "データの行がありません。シートや範囲の選び方を確かめてください。",
                "has no rows. Check which sheet or range was saved.",
            ),
        }
    }
}

fn unknown_format(name: &str) -> (String, String) {
    let (ja, en) = match name {
        "Excel 97 (.xls)" => (
            "古い Excel 形式（.xls）です。Excel で開き、「.xlsx」か CSV UTF-8 で保存し直してください。",
            "is an old Excel workbook (.xls). Open it in Excel and save it as .xlsx or CSV UTF-8.",
        ),
        "part of a shapefile" => (
            "シェープファイルの一部です。同じ名前の .shp・.dbf・.prj を一つの zip にまとめてください。",
            "is one part of a shapefile. Put the .shp, .dbf and .prj of the same name into one zip.",
        ),
        _ => {
            return (
                format!(
                    "{name} は読み込めません。CSV、Excel（.xlsx）、GeoJSON、JSON、シェープファイル（.zip）のどれかで保存してください。"
                ),
                format!(
                    "is {name}, which is not read here. Save it as CSV, Excel (.xlsx), GeoJSON, JSON or a shapefile (.zip)."
                ),
            );
        }
    };
    (ja.to_owned(), en.to_owned())
}

fn missing_part(part: &str) -> (String, String) {
    let (ja, en) = match part {
        ".prj" => (
            "座標系を示す .prj がないため、位置を決められません。作成元から .prj を受け取り、同じ zip に入れてください。",
            "has no .prj, so nobody knows which coordinates these are. Ask its maker for the .prj and put it into the zip.",
        ),
        ".dbf" => (
            "属性の表（.dbf）がありません。同じ名前の .dbf を同じ zip に入れてください。",
            "has no table (.dbf). Put the .dbf of the same name into the zip.",
        ),
        _ => (
            "図形（.shp）がありません。同じ名前の .shp を同じ zip に入れてください。",
            "has no shapes (.shp). Put the .shp of the same name into the zip.",
        ),
    };
    (ja.to_owned(), en.to_owned())
}

impl Measure {
    fn words(self, most: usize) -> (String, String) {
        let (ja, en) = match self {
            Self::Bytes => ("バイト（ファイルの大きさ）", "bytes"),
            Self::UnpackedBytes => ("バイト（展開後の大きさ）", "bytes when unpacked"),
            Self::Members => ("ファイル（zip の中）", "files in the zip"),
            Self::Grids => ("シート", "sheets"),
            Self::Rows => ("行", "rows"),
            Self::Columns => ("列", "columns"),
            Self::Cells => ("セル", "cells"),
            Self::CellChars => ("文字（1つのセル）", "characters in one cell"),
            Self::Vertices => ("点（図形の頂点）", "points"),
            Self::Depth => ("段（入れ子の深さ）", "levels"),
        };
        let advice_ja = if self == Self::CellChars {
            "引用符（\"）の閉じ忘れがないか確かめてください。"
        } else {
            "分けて保存してください。"
        };
        let advice_en =
            if self == Self::CellChars { "Look for a quotation mark that is not closed." } else { "Save it in parts." };
        (format!("{most}{ja}の上限を超えています。{advice_ja}"), format!("has more than {most} {en}. {advice_en}"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.text().en)
    }
}
