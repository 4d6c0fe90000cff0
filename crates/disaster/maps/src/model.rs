//! What a map is made of: features in layers, the originals they come from, and the packs that are made of them.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::mercator::{Frame, Spot};

/// First zoom of our tiles.
pub const MIN_ZOOM: u8 = 5;
/// Last zoom of our tiles; beyond it the client enlarges.
pub const MAX_ZOOM: u8 = 14;

/// A layer of the map (地図の層), in the order in which they are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// 陸
    Land,
    /// 水面
    Water,
    /// 災害想定区域
    Hazard,
    /// 地区
    District,
    /// 建物
    Building,
    /// 海岸線・行政界
    Border,
    /// 鉄道
    Rail,
    /// 道路
    Road,
    /// 緊急輸送道路
    EmergencyRoad,
    /// バス路線
    Bus,
    /// 注記
    Label,
}

/// A geometry on the plane (図形).
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Spot(Spot),
    Lines(Vec<Vec<Spot>>),
    /// Polygons of rings; the first ring of each is the outer one. Rings are open: the first spot is not repeated.
    Polygons(Vec<Vec<Vec<Spot>>>),
}

/// A value of a property (属性の値).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    Text(String),
    Number(i64),
    Yes,
}

/// A property with the zoom from which it is written (属性).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    pub key: &'static str,
    pub value: Value,
    pub from: u8,
}

/// Something on the map (地物).
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    pub layer: Layer,
    pub shape: Shape,
    pub tags: Vec<Tag>,
    /// First zoom at which it is drawn.
    pub from: u8,
}

/// What kind of file an original is (原本の種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OriginalKind {
    /// 行政区域, N03 as GeoJSON or as a shapefile in a zip.
    Boundaries,
    /// OpenStreetMap extract, `.osm.pbf` or `.osm`.
    Osm,
    /// Roads as GeoJSON lines with a `highway` or `fclass`.
    Roads,
    /// 町字 with coordinates, JSON.
    Towns,
    /// Bus timetable, GTFS with `shapes.txt`.
    Bus,
}

/// A file that the map is drawn from, as it was handed in (地図の原本).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Original {
    /// Name of the file. A file of the same name replaces the earlier one.
    pub name: String,
    pub kind: OriginalKind,
    pub sha256: String,
    pub bytes: u64,
    /// How many features it gives.
    pub features: u64,
    pub attribution: Attribution,
    pub imported_at: Timestamp,
}

/// Whose data it is (出典).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Attribution {
    /// What it is: 国土数値情報（行政区域データ）.
    pub name: String,
    /// The licence, in the publisher's words.
    pub licence: String,
    /// What must stand beside the map.
    pub text: String,
    /// What the data are of, as far as the file says it: `2022-01-01`, `2022`.
    pub as_of: Option<String>,
}

/// What a file is for (ファイルの役割).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Vector tiles, PMTiles v3.
    Tiles,
    /// The register of places, the document `places/{jis5}`.
    Places,
}

/// A file of a pack (持ち出し地図のファイル).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackFile {
    pub role: Role,
    /// `/maps/files/<sha256>.pmtiles`
    pub path: String,
    pub sha256: String,
    pub bytes: u64,
}

/// What a phone keeps of one municipality (持ち出し地図).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Pack {
    /// JIS code, `02203`.
    pub code: String,
    pub name: String,
    /// All files together.
    pub bytes: u64,
    /// When a file of it last changed.
    pub made_at: Timestamp,
    pub files: Vec<PackFile>,
}

/// The archive of the whole prefecture (県全体のタイル集).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Prefecture {
    /// `/maps/files/<sha256>.pmtiles`
    pub path: String,
    pub sha256: String,
    pub bytes: u64,
}

impl Layer {
    /// The name in the tiles.
    pub fn name(self) -> &'static str {
        match self {
            Self::Land => "land",
            Self::Water => "water",
            Self::Hazard => "hazard",
            Self::District => "district",
            Self::Building => "building",
            Self::Border => "border",
            Self::Rail => "rail",
            Self::Road => "road",
            Self::EmergencyRoad => "emergency_road",
            Self::Bus => "bus",
            Self::Label => "label",
        }
    }

    /// All of them with their properties, for the metadata of an archive.
    pub fn all() -> [(Self, &'static [&'static str]); 11] {
        [
            (Self::Land, &["code"]),
            (Self::Water, &["kind"]),
            (Self::Hazard, &["kind", "class", "label"]),
            (Self::District, &["name"]),
            (Self::Building, &[]),
            (Self::Border, &["kind"]),
            (Self::Rail, &["kind"]),
            (Self::Road, &["class", "name", "bridge", "tunnel"]),
            (Self::EmergencyRoad, &["rank", "name"]),
            (Self::Bus, &["name"]),
            (Self::Label, &["kind", "name", "kana", "code", "rank"]),
        ]
    }
}

impl OriginalKind {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Boundaries => "boundaries",
            Self::Osm => "osm",
            Self::Roads => "roads",
            Self::Towns => "towns",
            Self::Bus => "bus",
        }
    }
}

impl Shape {
    /// Every spot of it.
    pub fn spots(&self) -> Box<dyn Iterator<Item = &Spot> + '_> {
        match self {
            Self::Spot(spot) => Box::new(std::iter::once(spot)),
            Self::Lines(lines) => Box::new(lines.iter().flatten()),
            Self::Polygons(polygons) => Box::new(polygons.iter().flatten().flatten()),
        }
    }

    /// The box around it; `None` when it has no spot.
    pub fn frame(&self) -> Option<Frame> {
        match self {
            Self::Spot(spot) => Frame::of([spot]),
            Self::Lines(lines) => lines.iter().filter_map(Frame::of).reduce(Frame::union),
            Self::Polygons(polygons) => polygons.iter().flatten().filter_map(Frame::of).reduce(Frame::union),
        }
    }
}

impl Tag {
    /// A text from the first zoom on.
    pub fn text(key: &'static str, value: impl Into<String>) -> Self {
        Self { key, value: Value::Text(value.into()), from: 0 }
    }

    /// A whole number.
    pub fn number(key: &'static str, value: i64) -> Self {
        Self { key, value: Value::Number(value), from: 0 }
    }

    /// Something that is so.
    pub fn yes(key: &'static str) -> Self {
        Self { key, value: Value::Yes, from: 0 }
    }

    /// Only from this zoom on.
    #[must_use]
    pub fn from(mut self, zoom: u8) -> Self {
        self.from = zoom;
        self
    }
}
