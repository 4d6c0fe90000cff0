//! Grid squares (地域メッシュ) of JIS X 0410: a code of digits for a rectangle of the map, at every level.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::{Bbox, Point};

/// How fine (区画の大きさ), coarse to fine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MeshLevel {
    /// 第1次地域区画, about 80 km, 4 digits
    First,
    /// 第2次地域区画, about 10 km, 6 digits
    Second,
    /// 5倍地域メッシュ, about 5 km, 7 digits
    Five,
    /// 2倍地域メッシュ, about 2 km, 9 digits ending in 5
    Two,
    /// 基準地域メッシュ (第3次地域区画), about 1 km, 8 digits
    Third,
    /// 2分の1地域メッシュ, about 500 m, 9 digits ending in 1–4
    Half,
    /// 4分の1地域メッシュ, about 250 m, 10 digits
    Quarter,
    /// 8分の1地域メッシュ, about 125 m, 11 digits
    Eighth,
}

impl MeshLevel {
    /// All levels, coarse to fine.
    pub const ALL: [Self; 8] =
        [Self::First, Self::Second, Self::Five, Self::Two, Self::Third, Self::Half, Self::Quarter, Self::Eighth];

    /// Edge in squares of the finest level: both edges of every level are whole numbers of these.
    const fn size(self) -> u32 {
        match self {
            Self::First => 640,
            Self::Second => 80,
            Self::Five => 40,
            Self::Two => 16,
            Self::Third => 8,
            Self::Half => 4,
            Self::Quarter => 2,
            Self::Eighth => 1,
        }
    }
}

/// One grid square (地域メッシュ); on the wire its code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mesh {
    level: MeshLevel,
    /// South-west corner, in finest squares north of the equator and east of 100° E.
    y: u32,
    x: u32,
}

/// Why a text is not a grid square code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MeshError {
    /// Not 4, 6, 7, 8, 9, 10 or 11 digits.
    #[error("a grid square code has 4 to 11 digits, not 5")]
    Length,
    /// A digit that this place of the code does not have.
    #[error("digit {0} of the grid square code is out of range")]
    Digit(usize),
}

/// Finest squares per degree: 3.75″ of latitude, 5.625″ of longitude.
const PER_LAT: f64 = 960.0;
const PER_LON: f64 = 640.0;
/// The standard counts from 0° N and 100° E; two digits of latitude end at 66⅔° N, and ours at 180° E.
const ORIGIN_LON: f64 = 100.0;
const Y_END: u32 = 100 * 640;
const X_END: u32 = 80 * 640;

impl Mesh {
    /// The square with the point in it (south and west edges belong to it). `None` outside 0–66⅔° N, 100–180° E.
    pub fn at(point: Point, level: MeshLevel) -> Option<Self> {
        let y = index(point.lat * PER_LAT, Y_END)?;
        let x = index((point.lon - ORIGIN_LON) * PER_LON, X_END)?;
        Some(Self::snapped(level, y, x))
    }

    /// Its level.
    pub fn level(self) -> MeshLevel {
        self.level
    }

    /// The square of a coarser level around it; `None` when `level` is finer, or does not contain it whole
    /// (a 2 km square can lie across two 5 km squares).
    pub fn within(self, level: MeshLevel) -> Option<Self> {
        let outer = Self::snapped(level, self.y, self.x);
        let fits = |from: u32, outer_from: u32| from + self.level.size() <= outer_from + level.size();
        (fits(self.y, outer.y) && fits(self.x, outer.x)).then_some(outer)
    }

    /// Its edges.
    pub fn bbox(self) -> Bbox {
        let size = self.level.size();
        Bbox {
            south: f64::from(self.y) / PER_LAT,
            west: ORIGIN_LON + f64::from(self.x) / PER_LON,
            north: f64::from(self.y + size) / PER_LAT,
            east: ORIGIN_LON + f64::from(self.x + size) / PER_LON,
        }
    }

    /// Its middle.
    pub fn centre(self) -> Point {
        self.bbox().centre()
    }

    /// The squares of the same level around it, up to eight; fewer at the ends of the grid.
    pub fn neighbours(self) -> Vec<Self> {
        let size = self.level.size();
        let around = |at: u32, end: u32| [at.checked_sub(size), Some(at), Some(at + size).filter(|at| *at < end)];
        let mut found = Vec::with_capacity(8);
        for y in around(self.y, Y_END).into_iter().flatten() {
            for x in around(self.x, X_END).into_iter().flatten() {
                if (y, x) != (self.y, self.x) {
                    found.push(Self { level: self.level, y, x });
                }
            }
        }
        found
    }

    /// The code, e.g. `61401589` around 青森市役所.
    pub fn code(self) -> String {
        self.to_string()
    }

    fn snapped(level: MeshLevel, y: u32, x: u32) -> Self {
        let size = level.size();
        Self { level, y: y - y % size, x: x - x % size }
    }
}

impl fmt::Display for Mesh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, y, x } = *self;
        let pair = |size: u32, count: u32| (y / size % count, x / size % count);
        let quadrant = |size: u32| 1 + 2 * (y / size % 2) + x / size % 2;
        write!(f, "{:02}{:02}", y / 640, x / 640)?;
        if level == MeshLevel::First {
            return Ok(());
        }
        let (row, column) = pair(80, 8);
        write!(f, "{row}{column}")?;
        match level {
            MeshLevel::First | MeshLevel::Second => return Ok(()),
            MeshLevel::Five => return write!(f, "{}", quadrant(40)),
            _ => {}
        }
        let (row, column) = pair(8, 10);
        write!(f, "{row}{column}")?;
        if level == MeshLevel::Two {
            return f.write_str("5");
        }
        for finer in [MeshLevel::Half, MeshLevel::Quarter, MeshLevel::Eighth] {
            if level >= finer {
                write!(f, "{}", quadrant(finer.size()))?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Mesh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Mesh {
    type Err = MeshError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: Vec<u32> =
            text.chars().map(|c| c.to_digit(10).ok_or(MeshError::Length)).collect::<Result<_, _>>()?;
        let level = level_of(&digits)?;
        let digit = |place: usize, allowed: std::ops::RangeInclusive<u32>| {
            let value = digits[place];
            if allowed.contains(&value) { Ok(value) } else { Err(MeshError::Digit(place + 1)) }
        };
        let mut y = (digits[0] * 10 + digits[1]) * 640;
        let mut x = (digit(2, 0..=7)? * 10 + digits[3]) * 640;
        if level >= MeshLevel::Second {
            y += digit(4, 0..=7)? * 80;
            x += digit(5, 0..=7)? * 80;
        }
        if level == MeshLevel::Five {
            let quadrant = digit(6, 1..=4)? - 1;
            return Ok(Self { level, y: y + quadrant / 2 * 40, x: x + quadrant % 2 * 40 });
        }
        if level >= MeshLevel::Two {
            y += digits[6] * 8;
            x += digits[7] * 8;
        }
        if level == MeshLevel::Two {
            let odd = |place: usize| digits[place] % 2 == 1;
            if let Some(place) = [6, 7].into_iter().find(|place| odd(*place)) {
                return Err(MeshError::Digit(place + 1));
            }
            return Ok(Self { level, y, x });
        }
        for (place, finer) in [(8, MeshLevel::Half), (9, MeshLevel::Quarter), (10, MeshLevel::Eighth)] {
            if level >= finer {
                let quadrant = digit(place, 1..=4)? - 1;
                y += quadrant / 2 * finer.size();
                x += quadrant % 2 * finer.size();
            }
        }
        Ok(Self { level, y, x })
    }
}

impl Serialize for Mesh {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mesh {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for Mesh {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("JIS X 0410 grid square code, 4 to 11 digits"))
            .pattern(Some("^[0-9]{4}([0-9]{2,5}|[0-9]{6,7})?$"))
            .examples(["61401589"])
            .into()
    }
}

impl ToSchema for Mesh {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Mesh")
    }
}

/// Nine digits are a 2 km square when they end in 5, a 500 m square else.
fn level_of(digits: &[u32]) -> Result<MeshLevel, MeshError> {
    Ok(match digits.len() {
        4 => MeshLevel::First,
        6 => MeshLevel::Second,
        7 => MeshLevel::Five,
        8 => MeshLevel::Third,
        9 if digits[8] == 5 => MeshLevel::Two,
        9 => MeshLevel::Half,
        10 => MeshLevel::Quarter,
        11 => MeshLevel::Eighth,
        _ => return Err(MeshError::Length),
    })
}

/// The whole part, with the rounding of binary fractions forgiven: 40.675° is on an edge although its double is below.
fn index(value: f64, end: u32) -> Option<u32> {
    let whole = (value + 1e-7).floor();
    if !(0.0..f64::from(end)).contains(&whole) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie in 0..end just above")]
    Some(whole as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 東京駅 and 青森市役所, worked out by hand from the definition in JIS X 0410.
    #[test]
    fn known_places_have_their_codes() {
        let tokyo = Point { lat: 35.681, lon: 139.767 };
        let codes = ["5339", "533946", "5339461", "533946005", "53394611", "533946113", "5339461132", "53394611323"];
        for (level, code) in MeshLevel::ALL.into_iter().zip(codes) {
            let mesh = Mesh::at(tokyo, level).unwrap();
            assert_eq!(mesh.code(), code);
            assert_eq!(code.parse::<Mesh>().unwrap(), mesh);
            assert!(mesh.bbox().contains(tokyo));
        }
        assert_eq!(Mesh::at(Point { lat: 40.8222, lon: 140.7475 }, MeshLevel::Third).unwrap().code(), "61401589");
    }

    #[test]
    fn bad_codes_are_refused() {
        let cases = [
            ("", MeshError::Length),
            ("53394", MeshError::Length),
            ("５３３９", MeshError::Length),
            ("533946113231", MeshError::Length),
            ("5389", MeshError::Digit(3)),
            ("533986", MeshError::Digit(5)),
            ("533948", MeshError::Digit(6)),
            ("5339465", MeshError::Digit(7)),
            ("533946110", MeshError::Digit(9)),
            ("533946116", MeshError::Digit(9)),
            ("533946115", MeshError::Digit(7)),
            ("533946015", MeshError::Digit(8)),
            ("5339461105", MeshError::Digit(9)),
            ("53394611325", MeshError::Digit(11)),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Mesh>(), Err(error), "{text}");
        }
    }

    #[test]
    fn outside_the_grid_there_is_no_square() {
        for (lat, lon) in
            [(-0.1, 140.0), (66.7, 140.0), (40.0, 99.9), (40.0, 180.1), (f64::NAN, 140.0), (40.0, f64::NAN)]
        {
            assert_eq!(Mesh::at(Point { lat, lon }, MeshLevel::Third), None, "{lat} {lon}");
        }
    }

    #[test]
    fn a_square_of_two_kilometres_may_lie_across_two_of_five() {
        let across = "533946405".parse::<Mesh>().unwrap();
        assert_eq!(across.within(MeshLevel::Five), None);
        assert_eq!(across.within(MeshLevel::Second).unwrap().code(), "533946");
        assert_eq!(across.within(MeshLevel::Third), None);
        assert_eq!("53394611".parse::<Mesh>().unwrap().neighbours().len(), 8);
    }

    prop_compose! {
        fn place()(lat in 20.0_f64..46.0, lon in 122.0_f64..154.0) -> Point {
            Point { lat, lon }
        }
    }

    proptest! {
        #[test]
        fn a_square_is_found_again_from_its_code_corner_and_middle(p in place(), index in 0_usize..8) {
            let mesh = Mesh::at(p, MeshLevel::ALL[index]).unwrap();
            let bbox = mesh.bbox();
            prop_assert_eq!(mesh.code().parse::<Mesh>(), Ok(mesh));
            prop_assert_eq!(Mesh::at(mesh.centre(), mesh.level()), Some(mesh));
            prop_assert_eq!(Mesh::at(Point { lat: bbox.south, lon: bbox.west }, mesh.level()), Some(mesh));
            prop_assert_ne!(Mesh::at(Point { lat: bbox.north, lon: bbox.east }, mesh.level()), Some(mesh));
            prop_assert_eq!(mesh.neighbours().len(), 8);
        }

        #[test]
        fn the_coarser_square_holds_the_finer(p in place(), fine in 0_usize..8, coarse in 0_usize..8) {
            let finer = Mesh::at(p, MeshLevel::ALL[fine]).unwrap();
            if let Some(outer) = finer.within(MeshLevel::ALL[coarse]) {
                prop_assert!(outer.bbox().contains(finer.centre()) && outer.level() <= finer.level());
                prop_assert_eq!(Mesh::at(p, outer.level()), Some(outer));
            }
        }

        #[test]
        fn any_digits_are_read_or_refused(text in "[0-9]{0,12}") {
            if let Ok(mesh) = text.parse::<Mesh>() {
                prop_assert_eq!(mesh.code(), text);
            }
        }
    }
}
