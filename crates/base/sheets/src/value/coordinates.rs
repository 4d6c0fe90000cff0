//! Latitude and longitude, and proposals to repair them. Nothing is repaired silently.

use kernel::{Bbox, Point};
use serde::{Deserialize, Serialize};

use super::{is_missing, plain};
use crate::Cell;

/// Coordinates as read (座標).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoordinateReading {
    /// The point; with a repair, the proposal.
    pub point: Point,
    /// What would have to be changed for it; a person decides.
    pub repair: Option<Repair>,
}

/// A proposed repair (補正の案).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// Latitude and longitude stand in each other's place.
    Swapped,
    /// A decimal point is missing: 40515969.
    MissingPoint,
    /// Both.
    SwappedMissingPoint,
}

/// Why there is no point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoCoordinates {
    /// Both are empty, or words for it, or zero.
    #[error("no coordinates")]
    Missing,
    /// Only one of the two is there.
    #[error("only one of latitude and longitude is there")]
    Half,
    /// Not numbers, and not degrees, minutes and seconds.
    #[error("latitude and longitude are not numbers")]
    Unreadable,
    /// Numbers that are no place in Japan (20–46 N, 122–154.5 E), and no repair leads there.
    #[error("not a place in Japan")]
    OutsideJapan,
}

/// Reads latitude and longitude: numbers, text, 40度30分57秒, 40°30'57", N40.51, 北緯40.51.
pub fn coordinates(lat: &Cell, lon: &Cell) -> Result<CoordinateReading, NoCoordinates> {
    match (degrees(lat)?, degrees(lon)?) {
        (None, None) => Err(NoCoordinates::Missing),
        (Some(a), Some(b)) if a.value == 0.0 && b.value == 0.0 => Err(NoCoordinates::Missing),
        (Some(lat), Some(lon)) => place(&lat, &lon).ok_or(NoCoordinates::OutsideJapan),
        _ => Err(NoCoordinates::Half),
    }
}

/// Reads both from one cell: `40.51, 141.48`, `POINT(141.48 40.51)`.
pub fn coordinate_pair(cell: &Cell) -> Result<CoordinateReading, NoCoordinates> {
    let text = plain(&cell.text());
    let upper = text.to_uppercase();
    let (inner, lon_first) = match upper.strip_prefix("POINT") {
        Some(rest) => (rest.trim_start_matches(" Z"), true),
        None => (upper.as_str(), false),
    };
    let inner = inner.trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']') || c.is_whitespace());
    let mut parts = inner.split([',', '、', ';', '/', ' ']).filter(|part| !part.is_empty());
    let (Some(first), Some(second)) = (parts.next(), parts.next()) else {
        return Err(if is_missing(&text) { NoCoordinates::Missing } else { NoCoordinates::Unreadable });
    };
    let (lat, lon) = if lon_first { (second, first) } else { (first, second) };
    coordinates(&Cell::from(lat), &Cell::from(lon))
}

/// The point meant if its digits are degrees, minutes and seconds run together (40.283608, 141.271711 for 40°28′36.08″,
/// 141°27′17.11″). The digits alone do not tell: ask when a point lies outside its municipality, and see whether this one
/// lies inside. `None` when minutes or seconds would be 60 or more.
pub fn run_together(point: Point) -> Option<Point> {
    let degrees = |value: f64| {
        let minutes = value.fract() * 100.0;
        // Rounded to what was typed: 0.5 of the digits behind the seconds would else become 59.99….
        let seconds = ((minutes.fract() * 100.0) * 1e6).round() / 1e6;
        (value >= 0.0 && minutes < 60.0 && seconds < 60.0)
            .then(|| value.trunc() + minutes.trunc() / 60.0 + seconds / 3600.0)
    };
    let point = Point { lat: degrees(point.lat)?, lon: degrees(point.lon)? };
    in_japan(point).then_some(point)
}

/// Whether the point lies in the range of Japan: 20–46 N, 122–154.5 E.
pub fn in_japan(point: Point) -> bool {
    Bbox::JAPAN.contains(point)
}

const LAT: (f64, f64) = (Bbox::JAPAN.south, Bbox::JAPAN.north);
const LON: (f64, f64) = (Bbox::JAPAN.west, Bbox::JAPAN.east);

/// A number of degrees, with whether a decimal point could be missing from it.
struct Degrees {
    value: f64,
    whole: bool,
}

fn place(lat: &Degrees, lon: &Degrees) -> Option<CoordinateReading> {
    let reading = |lat, lon, repair| Some(CoordinateReading { point: Point { lat, lon }, repair });
    if in_range(lat.value, LAT) && in_range(lon.value, LON) {
        return reading(lat.value, lon.value, None);
    }
    if in_range(lon.value, LAT) && in_range(lat.value, LON) {
        return reading(lon.value, lat.value, Some(Repair::Swapped));
    }
    if let (Some(north), Some(east)) = (with_point(lat, LAT, 2), with_point(lon, LON, 3)) {
        return reading(north, east, Some(Repair::MissingPoint));
    }
    let (north, east) = (with_point(lon, LAT, 2)?, with_point(lat, LON, 3)?);
    reading(north, east, Some(Repair::SwappedMissingPoint))
}

/// The value itself, or with a decimal point behind `digits` digits, when that lies in the range.
fn with_point(degrees: &Degrees, range: (f64, f64), digits: usize) -> Option<f64> {
    if in_range(degrees.value, range) {
        return Some(degrees.value);
    }
    let text = format!("{}", degrees.value);
    let written = degrees.whole && text.len() > digits && text.len() < 18 && text.bytes().all(|b| b.is_ascii_digit());
    let value: f64 = written.then(|| format!("{}.{}", &text[..digits], &text[digits..]))?.parse().ok()?;
    in_range(value, range).then_some(value)
}

fn in_range(value: f64, (least, most): (f64, f64)) -> bool {
    (least..=most).contains(&value)
}

/// `None` for nothing there.
fn degrees(cell: &Cell) -> Result<Option<Degrees>, NoCoordinates> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::Number { value, .. } => Ok(Some(Degrees { value: *value, whole: value.fract() == 0.0 })),
        Cell::Text(text) if is_missing(text) => Ok(None),
        Cell::Text(text) => parse(text).map(Some).ok_or(NoCoordinates::Unreadable),
        _ => Err(NoCoordinates::Unreadable),
    }
}

fn parse(text: &str) -> Option<Degrees> {
    let text = plain(text).to_uppercase();
    let bare = ["北緯", "東経", "緯度", "経度", "N", "E", "LAT", "LON"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(&text)
        .trim_start_matches([':', ' ']);
    let bare = bare.strip_suffix(['N', 'E']).unwrap_or(bare).trim();
    if let Ok(value) = bare.parse::<f64>() {
        return value.is_finite().then_some(Degrees { value, whole: !bare.contains('.') && value.fract() == 0.0 });
    }
    sexagesimal(bare).map(|value| Degrees { value, whole: false })
}

/// Degrees, minutes and seconds with marks between them.
fn sexagesimal(text: &str) -> Option<f64> {
    let marks = |c: char| matches!(c, '度' | '分' | '秒' | '°' | '\'' | '"' | '′' | '″' | '’' | '”' | ':' | '゜');
    let parts: Vec<&str> = text.split(marks).map(str::trim).filter(|part| !part.is_empty()).collect();
    if !(2..=3).contains(&parts.len()) && !text.contains(['度', '°']) {
        return None;
    }
    let mut value = 0.0;
    for (part, scale) in parts.iter().zip([1.0, 60.0, 3600.0]) {
        let number: f64 = part.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)?;
        if scale > 1.0 && number >= 60.0 {
            return None;
        }
        value += number / scale;
    }
    (!parts.is_empty() && parts.len() <= 3).then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn coordinates_in_every_dress() {
        let cases = [
            ("40.515969", "141.488", None),
            ("40.515968999999998", "141.488", None),
            ("４０．５１５９６９", "141.488", None),
            ("40.515969N", "E141.488", None),
            ("北緯40.515969", "東経141.488", None),
            ("40度30分57.4884秒", "141度29分16.8秒", None),
            ("40°30′57.4884″", "141°29′16.8″", None),
            ("141.488", "40.515969", Some(Repair::Swapped)),
            ("40515969", "141488", Some(Repair::MissingPoint)),
            ("40.515969", "141488", Some(Repair::MissingPoint)),
            ("141488", "40515969", Some(Repair::SwappedMissingPoint)),
        ];
        for (lat, lon, repair) in cases {
            let read = coordinates(&Cell::from(lat), &Cell::from(lon)).unwrap();
            assert_eq!(read.repair, repair, "{lat} {lon}");
            assert!(read.point.distance_m(Point { lat: 40.515_969, lon: 141.488 }) < 0.1, "{lat} {lon}: {read:?}");
        }
    }

    #[test]
    fn no_place_is_made_up() {
        let cases = [
            ("", "", NoCoordinates::Missing),
            ("0", "0.0", NoCoordinates::Missing),
            ("---", "　", NoCoordinates::Missing),
            ("40.5", "", NoCoordinates::Half),
            ("40.5", "八戸市", NoCoordinates::Unreadable),
            ("40度61分", "141度", NoCoordinates::Unreadable),
            ("-40.5", "141.5", NoCoordinates::OutsideJapan),
            ("51.5", "-0.1", NoCoordinates::OutsideJapan),
            ("40.5", "40.5", NoCoordinates::OutsideJapan),
            ("nan", "141", NoCoordinates::Unreadable),
            ("405", "141.4", NoCoordinates::OutsideJapan),
        ];
        for (lat, lon, expected) in cases {
            let read = coordinates(&Cell::from(lat), &Cell::from(lon));
            // 405 could be 40.5: a proposal, never a silent point.
            if let Ok(read) = read {
                assert!(read.repair.is_some(), "{lat} {lon}");
            } else {
                assert_eq!(read, Err(expected), "{lat} {lon}");
            }
        }
    }

    /// A school of Hachinohe as its city lists it, 28 km from where it stands.
    #[test]
    fn degrees_minutes_and_seconds_may_run_together() {
        let read = run_together(Point { lat: 40.283_608, lon: 141.271_711 }).unwrap();
        assert!(read.distance_m(Point { lat: 40.476_689, lon: 141.454_753 }) < 1.0, "{read:?}");
        assert_eq!(run_together(Point { lat: 40.75, lon: 141.2 }), None);
    }

    #[test]
    fn both_in_one_cell() {
        for text in ["40.51, 141.48", "40.51 141.48", "(40.51、141.48)", "POINT(141.48 40.51)", "POINT (141.48 40.51)"]
        {
            let read = coordinate_pair(&Cell::from(text)).unwrap();
            assert_eq!((read.point.lat, read.point.lon, read.repair), (40.51, 141.48, None), "{text}");
        }
        assert_eq!(coordinate_pair(&Cell::from("---")), Err(NoCoordinates::Missing));
        assert_eq!(coordinate_pair(&Cell::from("駅前")), Err(NoCoordinates::Unreadable));
    }

    proptest! {
        #[test]
        fn a_point_is_always_in_japan(lat in "[0-9.N度分°'\\-]{0,14}", lon in "[0-9.E度分°'\\-]{0,14}") {
            if let Ok(read) = coordinates(&Cell::from(lat.as_str()), &Cell::from(lon.as_str())) {
                prop_assert!(in_japan(read.point));
            }
        }

        #[test]
        fn numbers_of_any_size_do_no_harm(lat in any::<f64>(), lon in any::<f64>()) {
            let _ = coordinates(&Cell::from_number(lat), &Cell::from_number(lon));
        }
    }
}
