//! What a reader of a file should know although it could be read.

use kernel::Text;
use serde::{Deserialize, Serialize};

/// A remark of the reader (読み込み時の注意): nothing was lost, but somebody should look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What.
    pub kind: NoteKind,
    /// Line, row or feature, from 1.
    pub line: Option<u32>,
    /// What it is about: a column, a sheet, a text, a number.
    pub about: String,
}

/// What a note says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// A row has more or fewer cells than the header.
    RaggedRow,
    /// Bytes that are no character of the encoding became `�`.
    BadCharacters,
    /// Text that a spreadsheet would run as a formula; kept as text, to be written with care.
    Formula,
    /// Merged cells were filled with their value.
    Merged,
    /// A sheet is hidden.
    HiddenSheet,
    /// A sheet or layer has no rows.
    EmptyGrid,
    /// A part of a zip was passed over.
    PassedOver,
    /// An error value of a workbook (`#REF!`), kept as text.
    ErrorValue,
    /// Two columns have the same name.
    RepeatedName,
    /// Two columns mean the same field; the second one has none.
    RepeatedField,
    /// A column has values but no name.
    NamelessColumn,
    /// No header was found; columns are called by their letters.
    NoHeader,
    /// The header is repeated among the rows.
    RepeatedHeader,
    /// Names of a shapefile's columns are cut at ten bytes.
    CutName,
    /// A feature has no geometry.
    NoGeometry,
    /// A geometry has a point that is no place on earth; the feature has no geometry now.
    BadGeometry,
    /// A geometry is of kinds that do not go together; only the largest kind was kept as geometry.
    MixedGeometry,
    /// A ring does not end where it began; it was closed.
    OpenRing,
    /// A ring crosses itself.
    SelfIntersection,
    /// A ring with too many edges close to each other to look for crossings.
    NotChecked,
    /// Latitude and longitude stand in each other's place; the geometry is a proposal, see [`crate::GridRow::repair`].
    SwappedAxes,
    /// Lies outside Japan.
    OutsideJapan,
    /// More notes than are kept; `about` says how many.
    More,
}

/// Notes with a limit: what is over it is counted, not kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes {
    kept: Vec<Note>,
    more: usize,
}

impl Notes {
    /// Notes of one grid or file that are kept.
    const MOST: usize = 200;

    /// Goes on with notes that were finished.
    pub(crate) fn resume(kept: Vec<Note>) -> Self {
        Self { kept, more: 0 }
    }

    pub(crate) fn add(&mut self, note: Note) {
        if self.kept.len() < Self::MOST { self.kept.push(note) } else { self.more += 1 }
    }

    pub(crate) fn finish(mut self) -> Vec<Note> {
        if self.more > 0 {
            self.kept.push(Note::new(NoteKind::More, None, self.more.to_string()));
        }
        self.kept
    }
}

impl Note {
    pub(crate) fn new(kind: NoteKind, line: impl Into<Option<u32>>, about: impl Into<String>) -> Self {
        Self { kind, line: line.into(), about: about.into() }
    }

    /// In words.
    pub fn text(&self) -> Text {
        let (ja, en) = self.kind.words();
        let (line_ja, line_en) =
            self.line.map_or_else(Default::default, |line| (format!("{line}行目: "), format!("Line {line}: ")));
        let (about_ja, about_en) = if self.about.is_empty() {
            (String::new(), String::new())
        } else {
            (format!("（{}）", self.about), format!(" ({})", self.about))
        };
        let ja = format!("{line_ja}{ja}{about_ja}");
        Text::new(ja.clone(), ja, format!("{line_en}{en}{about_en}"))
    }
}

impl NoteKind {
    #[rustfmt::skip]
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::RaggedRow => ("列の数が見出しと違います", "the number of cells differs from the header"),
            Self::BadCharacters => ("読めない文字がありました", "some characters could not be read"),
            Self::Formula => ("数式として動く文字列です。文字として扱います", "text that a spreadsheet would run; kept as text"),
            Self::Merged => ("結合されたセルを同じ値で埋めました", "merged cells were filled with their value"),
            Self::HiddenSheet => ("非表示のシートです", "this sheet is hidden"),
            Self::EmptyGrid => ("行がありません", "there are no rows"),
            Self::PassedOver => ("読み込みませんでした", "passed over"),
            Self::ErrorValue => ("エラー値が入っています", "holds an error value"),
            Self::RepeatedName => ("同じ名前の列があります", "two columns have the same name"),
            Self::RepeatedField => ("同じ意味の列が二つあります。先に決まった列を使います", "two columns mean the same; one of them is used"),
            Self::NamelessColumn => ("名前のない列に値があります", "a column has values but no name"),
            Self::NoHeader => ("見出しの行が見つかりません。列はA列、B列…と呼びます", "no header was found; columns are called by their letters"),
            Self::RepeatedHeader => ("見出しがもう一度出てきました。データとして扱いません", "the header is repeated; it is no row"),
            Self::CutName => ("列名が途中で切れています", "the name of a column is cut"),
            Self::NoGeometry => ("位置・図形がありません", "there is no geometry"),
            Self::BadGeometry => ("図形が壊れているため使えません", "the geometry is broken and not used"),
            Self::MixedGeometry => ("種類の違う図形が混ざっています。一部だけを使います", "kinds of geometry are mixed; only one is used"),
            Self::OpenRing => ("閉じていない多角形を閉じました", "a ring was open and has been closed"),
            Self::SelfIntersection => ("多角形の線が自分と交わっています", "a ring crosses itself"),
            Self::NotChecked => ("多角形が大きすぎて、交わりを調べていません", "too large to be searched for crossings"),
            Self::SwappedAxes => ("緯度と経度が入れ替わっているようです。確認してください", "latitude and longitude seem to be swapped; please check"),
            Self::OutsideJapan => ("日本の外にあります", "lies outside Japan"),
            Self::More => ("ほかにも注意があります", "there are more notes"),
        }
    }
}
