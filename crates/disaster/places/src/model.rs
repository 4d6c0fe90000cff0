//! Types of the register, and the rules that need no database.

mod ledger;

use std::collections::BTreeMap;

use kernel::{Id, Point, Timestamp};
use serde::{Deserialize, Serialize};
use sheets::Geometry;
use utoipa::ToSchema;

pub use ledger::*;

/// What a place is (種別).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PlaceKind)]
pub enum Kind {
    /// 指定緊急避難場所: where to go at once.
    EmergencySite,
    /// 指定避難所: where to stay.
    Shelter,
    /// 津波避難ビル.
    TsunamiBuilding,
    /// 福祉避難所.
    WelfareShelter,
    /// AED.
    Aed,
    /// 医療機関.
    Medical,
    /// 救護所.
    AidStation,
    /// 公共施設.
    PublicFacility,
    /// 子育て施設.
    ChildFacility,
    /// 給水拠点.
    WaterPoint,
    /// 消防水利.
    FireWater,
    /// Anything else; [`Place::label`] says what.
    Other,
    /// 災害想定区域: a hazard polygon.
    HazardArea,
    /// 緊急輸送道路.
    EmergencyRoad,
    /// 地区: school district, neighbourhood.
    District,
}

impl Kind {
    /// Every kind with its name on the wire.
    pub const ALL: [(Self, &'static str); 15] = [
        (Self::EmergencySite, "emergency_site"),
        (Self::Shelter, "shelter"),
        (Self::TsunamiBuilding, "tsunami_building"),
        (Self::WelfareShelter, "welfare_shelter"),
        (Self::Aed, "aed"),
        (Self::Medical, "medical"),
        (Self::AidStation, "aid_station"),
        (Self::PublicFacility, "public_facility"),
        (Self::ChildFacility, "child_facility"),
        (Self::WaterPoint, "water_point"),
        (Self::FireWater, "fire_water"),
        (Self::Other, "other"),
        (Self::HazardArea, "hazard_area"),
        (Self::EmergencyRoad, "emergency_road"),
        (Self::District, "district"),
    ];

    /// The name on the wire, `emergency_site`.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("other", |(_, name)| name)
    }

    /// By its name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// Polygons and lines, which are drawn, rather than places one goes to.
    pub fn is_area(self) -> bool {
        matches!(self, Self::HazardArea | Self::EmergencyRoad | Self::District)
    }
}

/// Where the coordinates come from (位置の由来).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Located {
    /// As the file says.
    Given,
    /// Latitude and longitude stood in each other's column.
    Swapped,
    /// The decimal point was missing, or another repair a person accepted.
    Repaired,
    /// Of the town in the address (町字): hundreds of metres off.
    Geocoded,
    /// A person put it on the map.
    ByHand,
    /// Not known.
    None,
}

/// A hazard for which a place may be suitable (災害種別). Kinds that a list splits stay split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HazardKind {
    /// 洪水（計画規模降雨）.
    FloodPlanned,
    /// 洪水（想定最大規模降雨）.
    FloodMax,
    /// 洪水, without saying which.
    Flood,
    /// 崖崩れ、土石流及び地滑り.
    Landslide,
    /// 高潮.
    StormSurge,
    /// 地震.
    Earthquake,
    /// 津波, without saying which.
    Tsunami,
    /// 津波（L1）.
    TsunamiL1,
    /// 津波（L2）.
    TsunamiL2,
    /// 大規模な火事.
    Fire,
    /// 内水氾濫.
    InlandFlood,
    /// 火山現象.
    Volcano,
}

/// Whether a place suits a hazard (適否).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Yes,
    No,
    /// Only from a floor upwards; see [`Suitability::floor`].
    Floor,
    /// Under a condition; see [`Suitability::text`].
    Conditional,
    /// The source says nothing: never shown as suitable or unsuitable.
    Unknown,
}

/// The suitability for one hazard, with the words of the source (災害種別ごとの適否).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suitability {
    pub hazard: HazardKind,
    pub answer: Answer,
    /// For [`Answer::Floor`]: the lowest floor that is safe.
    pub floor: Option<u8>,
    /// What the source says, when it is more than a mark.
    pub text: Option<String>,
}

/// How many people (想定収容人数).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Capacity {
    /// All together, if the source gives a number or parts that add up.
    pub persons: Option<u32>,
    /// 屋内.
    pub indoor: Option<u32>,
    /// 屋外.
    pub outdoor: Option<u32>,
    /// 面積 in square metres.
    pub floor_m2: Option<f64>,
    /// The words of the source, when it is prose.
    pub text: Option<String>,
}

/// What a place offers (設備).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    BarrierFree,
    Toilet,
    AccessibleToilet,
    Pets,
    Power,
    Wifi,
    Heating,
    Welfare,
    Parking,
    /// AED pads for children (小児対応).
    ChildPads,
    Nursing,
    DiaperTable,
}

/// What one row of a source says, typed (台帳の項目). Empty where the source is silent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Details {
    pub suitability: Vec<Suitability>,
    pub capacity: Option<Capacity>,
    pub features: Vec<Feature>,
    /// 受入対象者.
    pub accepts: Option<String>,
    pub remark: Option<String>,
    pub phone: Option<String>,
    pub hours: Option<String>,
    pub url: Option<String>,
    /// 標高 in metres.
    pub elevation_m: Option<f64>,
    /// Known fields without a type of their own: field of the dictionary → text, e.g. `placement` 設置位置.
    pub more: BTreeMap<String, String>,
    /// For a hazard polygon: class of depth or danger, 0 (least) to 7.
    pub rank: Option<u8>,
}

/// What one source says of one place (台帳の1行).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub id: Id<Place>,
    /// The same for places that a person declared to be one (see [`Facility`]); its own until then.
    pub facility: Id<Facility>,
    pub kind: Kind,
    /// What it is when the kind is [`Kind::Other`] or an area: 公園, 内水浸水想定区域.
    pub label: Option<String>,
    /// The designating municipality (JIS5), from the source.
    pub municipality: String,
    pub series: Id<Series>,
    /// The source that gave the present words.
    pub source: Id<Source>,
    /// Stable within the series: the file's own id, else folded name and address.
    pub key: String,
    pub name: String,
    pub kana: Option<String>,
    pub address: Option<String>,
    pub point: Option<Point>,
    pub located: Located,
    /// What the file says, when a person put it elsewhere; a later file that still says so does not move it back.
    #[serde(default)]
    pub file_point: Option<Point>,
    /// For areas and roads.
    #[serde(default, with = "crate::geometry::optional")]
    pub geometry: Option<Geometry>,
    pub details: Details,
    /// Columns nobody knows: header → text.
    pub extra: BTreeMap<String, String>,
    /// When it left the list; kept for history.
    pub gone_at: Option<Timestamp>,
}

/// What residents see as one place (施設): the places that share a facility id, with both words where they differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Facility {
    pub id: Id<Facility>,
    /// Oldest first; never empty.
    pub places: Vec<Place>,
}
