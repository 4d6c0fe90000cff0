//! What a file holds, before anyone asks what its columns mean: grids of cells as they were written.

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use kernel::Point;
use serde::{Deserialize, Serialize};

use crate::Note;
use crate::value::Repair;

/// A file that was read (読み込んだファイル).
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// What it is.
    pub format: Format,
    /// How its text is written, where the format leaves a choice: CSV, and the table of a shapefile.
    pub encoding: Option<Encoding>,
    /// Sheets of a workbook, layers of a zip; one for everything else. Never empty.
    pub grids: Vec<Grid>,
    /// What to know about the file as a whole.
    pub notes: Vec<Note>,
}

/// The format of a file (ファイル形式), found by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Text with commas, semicolons or tabs.
    Csv,
    /// Excel workbook, .xlsx or .xlsm.
    Excel,
    /// GeoJSON.
    GeoJson,
    /// A list of objects in JSON.
    Json,
    /// Esri shapefile: several files with one name, mostly in a zip.
    Shapefile,
}

/// How text is written (文字コード).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-8 with a byte order mark, as Excel writes it.
    Utf8Bom,
    /// UTF-16 with a byte order mark: Excel's "Unicode text".
    Utf16,
    /// Shift_JIS with Microsoft's additions (cp932).
    ShiftJis,
    /// EUC-JP.
    EucJp,
}

/// A sheet, a layer, or the only table of a file (シート).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grid {
    /// Name of the sheet, the layer, or the file.
    pub name: String,
    /// Rows with something in them.
    pub rows: Vec<GridRow>,
    /// Cells of the widest row, the empty ones at its end included.
    pub width: usize,
    /// Names of the columns where the format gives them (GeoJSON, JSON, shapefile); else they stand in a row.
    pub header: Option<Vec<String>>,
    /// What to know about this grid.
    pub notes: Vec<Note>,
}

/// One row of a grid (行).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GridRow {
    /// Line of a CSV, row of a sheet, number of a feature or object; from 1.
    pub line: u32,
    /// Its cells from the first column on; shorter rows are shorter.
    pub cells: Vec<Cell>,
    /// Where it is, for formats that say so; with a repair, the proposal.
    pub geometry: Option<Geometry>,
    /// What would have to be changed for this geometry: [`Repair::Swapped`] or nothing. A person decides.
    pub repair: Option<Repair>,
}

/// One cell (セル).
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing, or only spaces.
    #[default]
    Empty,
    /// Text with its outer spaces taken off.
    Text(String),
    /// A number of a workbook or of JSON; text in a CSV stays text.
    Number {
        /// Its value.
        value: f64,
        /// Written without noise: `789`, `40.515969`.
        text: String,
    },
    /// True or false.
    Bool(bool),
    /// A day, from a workbook's date format or a shapefile's date field.
    Date(NaiveDate),
    /// A time of day.
    Time(NaiveTime),
    /// A day with a time.
    DateTime(NaiveDateTime),
}

impl Cell {
    /// An empty cell to borrow.
    pub const EMPTY: &'static Self = &Self::Empty;

    /// Text, or nothing where there are only spaces.
    pub fn from_text(text: &str) -> Self {
        let text = text.trim_matches(is_blank);
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }

    /// A number with the shortest text that gives it back; NaN and infinities are nothing.
    pub fn from_number(value: f64) -> Self {
        if value.is_finite() { Self::Number { value, text: shortest(value) } } else { Self::Empty }
    }

    /// What a person would read in it.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) | Self::Number { text, .. } => Cow::Borrowed(text),
            Self::Bool(true) => Cow::Borrowed("TRUE"),
            Self::Bool(false) => Cow::Borrowed("FALSE"),
            Self::Date(date) => Cow::Owned(date.format("%Y-%m-%d").to_string()),
            Self::Time(time) => Cow::Owned(time.format("%H:%M").to_string()),
            Self::DateTime(at) => Cow::Owned(at.format("%Y-%m-%d %H:%M").to_string()),
        }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::from_text(text)
    }
}

/// Where something is (形), in degrees of WGS 84; JGD2000 and JGD2011 agree with it within a few metres and are taken as it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Geometry {
    /// One place.
    Point(Point),
    /// Several places.
    Points(Vec<Point>),
    /// Lines.
    Lines(Vec<Vec<Point>>),
    /// Polygons, each a list of rings: the outer one, then holes. Every ring ends where it began.
    Polygons(Vec<Vec<Vec<Point>>>),
}

impl Geometry {
    /// Every point of it.
    pub fn points(&self) -> Box<dyn Iterator<Item = Point> + '_> {
        match self {
            Self::Point(point) => Box::new(std::iter::once(*point)),
            Self::Points(points) => Box::new(points.iter().copied()),
            Self::Lines(lines) => Box::new(lines.iter().flatten().copied()),
            Self::Polygons(polygons) => Box::new(polygons.iter().flatten().flatten().copied()),
        }
    }

    /// How many points it has.
    pub fn vertices(&self) -> usize {
        match self {
            Self::Point(_) => 1,
            Self::Points(points) => points.len(),
            Self::Lines(lines) => lines.iter().map(Vec::len).sum(),
            Self::Polygons(polygons) => polygons.iter().flatten().map(Vec::len).sum(),
        }
    }
}

/// Spaces of any width, and marks that no one sees.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}')
}

/// At most 15 significant digits, which is what Excel shows: `40.515968999999998` is 40.515969.
fn shortest(value: f64) -> String {
    let plain = format!("{value}");
    let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    let text = format!("{rounded}");
    if text.len() < plain.len() { text } else { plain }
}
