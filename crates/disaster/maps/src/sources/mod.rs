//! Files → features: which kind a file is, and what every kind has in common.

mod boundaries;
mod bus;
mod geojson;
mod osm;
mod osm_tags;
mod pbf;
mod shapefile;
mod towns;
mod xml;

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use kernel::{Bbox, Point, Text};

use crate::mercator::{Frame, Spot};
use crate::model::{Attribution, Feature, OriginalKind};

/// Aomori with the ends of its neighbours: what our map shows.
const AOMORI: Bbox = Bbox { south: 40.0, west: 139.3, north: 41.8, east: 141.95 };
/// A JSON file is read whole.
const MOST_TEXT: u64 = 512 << 20;

/// What is taken of a file (取り込む範囲).
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// A point outside refuses the file.
    pub(crate) sound: Option<Bbox>,
    /// What lies outside is left out.
    pub(crate) shown: Option<Bbox>,
}

/// What a file gave (読み取り結果).
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub kind: OriginalKind,
    pub features: Vec<Feature>,
    pub attribution: Attribution,
    /// What is missing although the file was taken.
    pub notes: Vec<Text>,
}

/// Why a file is not taken (受け付けない理由): the file, where in it, what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub file: String,
    /// Place in the file, in the file's own terms: `node 123`, `byte 4096`, `feature 17`. Empty for the whole file.
    pub at: String,
    pub what: Text,
}

impl Scope {
    /// For our map: all of Japan is understood, Aomori is taken.
    pub const AOMORI: Self = Self { sound: Some(Bbox::JAPAN), shown: Some(AOMORI) };
    /// The whole file wherever it lies, for measurements.
    pub const ANYWHERE: Self = Self { sound: None, shown: None };

    /// The spot of a point that is to be taken, `Ok(None)` for one that is not shown.
    fn spot(&self, point: Point) -> Result<Option<Spot>, What> {
        let exists = Point::new(point.lat, point.lon).is_some();
        if !exists || self.sound.is_some_and(|sound| !sound.contains(point)) {
            return Err(outside(point));
        }
        Ok(self.shown.is_none_or(|shown| shown.contains(point)).then(|| Spot::of(point)))
    }

    /// The spot of a point, shown or not.
    fn sound_spot(&self, point: Point) -> Result<Spot, What> {
        Self { shown: None, ..*self }.spot(point)?.ok_or_else(|| outside(point))
    }

    fn shows(&self, feature: &Feature) -> bool {
        let frame = feature.shape.frame();
        self.shown.is_none_or(|shown| frame.is_some_and(|frame| Frame::around(shown).touches(frame)))
    }
}

/// What is wrong, before it is known in which file.
type What = (String, Text);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = if self.at.is_empty() { String::new() } else { format!(" ({})", self.at) };
        write!(f, "{}{at}: {} / {}", self.file, self.what.ja, self.what.en)
    }
}

impl std::error::Error for Refused {}

/// Whether a file of this name could be one of ours; others in a folder are passed over.
pub fn may_be_ours(name: &str) -> bool {
    let name = name.to_lowercase();
    let ends = [".osm.pbf", ".pbf", ".osm", ".osm.gz", ".geojson", ".geojson.gz", ".json", ".json.gz", ".zip"];
    ends.iter().any(|end| name.ends_with(end))
}

/// Reads a file whole. `name` is what its user calls it; nothing is written anywhere.
pub fn read(path: &Path, name: &str, scope: Scope) -> Result<Reading, Refused> {
    let lower = name.to_lowercase();
    let ends = |end: &str| lower.ends_with(end);
    let read = if ends(".pbf") {
        pbf::read(path, scope)
    } else if ends(".osm") || ends(".osm.gz") {
        open(path, &lower).and_then(|file| xml::read(file, scope))
    } else if ends(".zip") {
        zip(path, name, scope)
    } else {
        json(path, name, scope)
    };
    let mut reading = read.map_err(|(at, what)| Refused { file: name.to_owned(), at, what })?;
    reading.features.retain(|feature| scope.shows(feature));
    if reading.features.is_empty() {
        let what = both("青森県の範囲に描けるものがありません", "nothing in it lies in Aomori and can be drawn");
        return Err(Refused { file: name.to_owned(), at: String::new(), what });
    }
    Ok(reading)
}

/// A timetable or a shapefile: what lies in it decides.
fn zip(path: &Path, name: &str, scope: Scope) -> Result<Reading, What> {
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let archive = ::zip::ZipArchive::new(BufReader::new(file)).map_err(|error| bus::broken(&error))?;
    let shapes = archive.file_names().flatten().any(|name| shapefile::is_shapes(&name));
    if shapes { shapefile::read(path, name, scope) } else { bus::read(path, scope) }
}

fn json(path: &Path, name: &str, scope: Scope) -> Result<Reading, What> {
    let mut bytes = Vec::new();
    open(path, &name.to_lowercase())?
        .take(MOST_TEXT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MOST_TEXT {
        return Err(whole("512 MiB を超えるため読めません。分割してください", "larger than 512 MiB; split it"));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => towns::read(text, name, scope),
        _ => geojson::read(text, name, scope),
    }
}

fn open(path: &Path, name: &str) -> Result<Box<dyn Read + Send>, What> {
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let file = BufReader::with_capacity(1 << 16, file);
    let packed = name.strip_suffix(".gz").is_some();
    Ok(if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

fn unreadable(error: &std::io::Error) -> What {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => cut(String::new()),
        _ => whole(format!("読めません（{error}）"), format!("cannot be read: {error}")),
    }
}

fn cut(at: String) -> What {
    let what = both("ファイルが途中で切れています。もう一度入手してください", "the file is cut off; fetch it again");
    (at, what)
}

fn outside(point: Point) -> What {
    let Point { lat, lon } = point;
    let ja = format!(
        "緯度 {lat}、経度 {lon} は日本の範囲（北緯20～46度、東経122～154.5度）の外です。緯度と経度が逆でないか確かめてください"
    );
    let en = format!("latitude {lat}, longitude {lon} lie outside Japan (20–46 N, 122–154.5 E); are they swapped?");
    (String::new(), both(ja, en))
}

fn whole(ja: impl Into<String>, en: impl Into<String>) -> What {
    (String::new(), both(ja, en))
}

fn both(ja: impl Into<String>, en: impl Into<String>) -> Text {
    let ja = ja.into();
    Text::new(ja.clone(), ja, en)
}

/// Puts the place before what is wrong, unless it is known more exactly.
fn at(place: impl FnOnce() -> String) -> impl FnOnce(What) -> What {
    move |(at, what)| (if at.is_empty() { place() } else { at }, what)
}

/// The year in a file's name, the only date most of these files carry.
fn year_in(name: &str) -> Option<String> {
    let digits = |c: char| c.is_ascii_digit();
    let mut years = name.split(|c: char| !digits(c)).filter_map(|run| run.get(..4)).filter(|run| run.starts_with("20"));
    years.next_back().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_known() {
        for (name, ours) in [
            ("aomori-latest.osm.pbf", true),
            ("x.OSM.GZ", true),
            ("N03.geojson.gz", true),
            ("N03-20240101_02_GML.zip", true),
            ("read me.txt", false),
            ("a.xlsx", false),
        ] {
            assert_eq!(may_be_ours(name), ours, "{name}");
        }
        assert_eq!(year_in("aomori_N03_2022_full.geojson.gz").as_deref(), Some("2022"));
        assert_eq!(year_in("N03.geojson"), None);
    }

    #[test]
    fn what_lies_outside_japan_refuses_the_file() {
        let swapped = Point { lat: 140.7, lon: 40.8 };
        assert!(Scope::AOMORI.spot(swapped).is_err());
        assert_eq!(Scope::AOMORI.spot(Point { lat: 35.0, lon: 139.7 }).unwrap(), None);
        assert!(Scope::AOMORI.spot(Point { lat: 40.8, lon: 140.7 }).unwrap().is_some());
        assert!(Scope::ANYWHERE.spot(Point { lat: 49.4, lon: 8.7 }).unwrap().is_some());
        assert!(Scope::ANYWHERE.spot(Point { lat: f64::NAN, lon: 8.7 }).is_err());
    }
}
