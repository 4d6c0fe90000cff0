//! Shapes of the documents `tsunami` and `quakes/latest`.

use kernel::{Mode, Text, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Source, Verbatim};

/// Grade of a tsunami zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TsunamiGrade {
    /// 津波なし, or lifted
    None,
    /// 津波予報（若干の海面変動）
    Forecast,
    /// 津波注意報
    Advisory,
    /// 津波警報
    Warning,
    /// 大津波警報
    MajorWarning,
}

/// A number where there is one, and the telegram's words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Height {
    pub metres: Option<f64>,
    /// 巨大, 高い, １０ｍ超, … verbatim.
    pub text: String,
    /// The same for readers of every language.
    pub label: Text,
}

/// A time where there is one, and the telegram's words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ArrivalTime {
    pub at: Option<Timestamp>,
    #[schema(value_type = String)]
    pub text: Verbatim,
    /// The same for readers of every language.
    pub label: Text,
}

/// One tsunami forecast zone (津波予報区).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TsunamiZoneEntry {
    #[schema(example = "201")]
    pub code: String,
    pub name: String,
    /// Name of the coast; `name_text` is the name of the grade.
    pub area_text: Text,
    pub grade: TsunamiGrade,
    pub rank: u8,
    pub name_text: Text,
    pub action: Text,
    pub height: Option<Height>,
    pub arrival: Option<ArrivalTime>,
    pub since: Timestamp,
    /// JIS codes of Aomori's municipalities on this coast.
    pub municipalities: Vec<String>,
}

/// What a tide station or offshore buoy saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TsunamiObservationEntry {
    pub station: String,
    pub code: String,
    pub zone: Option<String>,
    pub offshore: bool,
    pub first_wave_at: Option<Timestamp>,
    /// 押し / 引き
    pub polarity: String,
    pub max_at: Option<Timestamp>,
    pub height: Option<Height>,
    /// 観測中, 微弱, 欠測, … verbatim; 欠測 can mean that the station was destroyed.
    pub conditions: Vec<String>,
    pub rising: bool,
}

/// What an offshore observation leads one to expect on a coast (沖合の津波観測に基づく推定).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TsunamiEstimateEntry {
    #[schema(example = "201")]
    pub code: String,
    pub area_text: Text,
    pub arrival: Option<ArrivalTime>,
    /// When the greatest wave is expected.
    pub max_at: Option<Timestamp>,
    pub height: Option<Height>,
}

/// `tsunami`: the coasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TsunamiDocument {
    pub mode: Mode,
    pub as_of: Timestamp,
    pub known_since: Timestamp,
    /// A warning or advisory stands on an Aomori coast.
    pub in_force: bool,
    pub headline: Text,
    /// Aomori's coasts, strongest first.
    pub zones: Vec<TsunamiZoneEntry>,
    pub others: Vec<TsunamiZoneEntry>,
    pub observations: Vec<TsunamiObservationEntry>,
    /// Expected on the coasts from what was seen offshore; Aomori's first.
    pub estimates: Vec<TsunamiEstimateEntry>,
    /// Fixed comments of the telegrams, verbatim.
    #[schema(value_type = Vec<String>)]
    pub comments: Vec<Verbatim>,
    /// EventID(s) of the quake behind it.
    pub quake: Option<String>,
    pub source: Option<Source>,
    pub sources: Vec<String>,
}

/// Where a quake began (震源).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Epicentre {
    pub name: String,
    pub name_text: Text,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub depth_km: Option<f64>,
    pub depth_text: Text,
}

/// Magnitude: a number where there is one, and the telegram's words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MagnitudeEntry {
    pub value: Option<f64>,
    /// Verbatim: Ｍ８を超える巨大地震.
    pub text: String,
}

/// Intensity in a municipality or seismic area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IntensityEntry {
    /// JIS5 in Aomori, JMA's seven digits elsewhere; for `areas` the seismic area's three digits.
    pub code: String,
    pub name: String,
    pub intensity: Option<String>,
    /// 震度５弱以上未入電: possibly severe.
    pub pending: bool,
    /// Taken from the seismic area (震度速報): the place itself has not been reported yet.
    #[serde(default)]
    pub by_area: bool,
}

/// Intensity at a station.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StationEntry {
    pub code: String,
    pub name: String,
    pub intensity: Option<String>,
    pub pending: bool,
    pub long_period: Option<u8>,
}

/// A telegram that made an entry what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TelegramBrief {
    #[serde(rename = "type")]
    pub kind: String,
    pub serial: String,
    pub reported_at: Timestamp,
}

/// One earthquake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QuakeEntry {
    /// EventID
    pub id: String,
    pub origin_at: Option<Timestamp>,
    pub arrived_at: Timestamp,
    pub epicentre: Option<Epicentre>,
    pub magnitude: Option<MagnitudeEntry>,
    pub max_intensity: Option<String>,
    /// Long-period class (長周期地震動階級).
    pub max_long_period: Option<u8>,
    /// Strongest intensity in Aomori.
    pub prefecture_max: Option<String>,
    pub title: Text,
    pub areas: Vec<IntensityEntry>,
    pub municipalities: Vec<IntensityEntry>,
    pub stations: Vec<StationEntry>,
    pub comments: Vec<Text>,
    /// What the telegrams say of a tsunami; null while they say nothing.
    pub tsunami: Option<Text>,
    pub cancelled: bool,
    pub telegrams: Vec<TelegramBrief>,
}

/// `quakes/latest`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QuakesDocument {
    pub mode: Mode,
    pub as_of: Timestamp,
    pub known_since: Timestamp,
    pub quakes: Vec<QuakeEntry>,
    pub sources: Vec<String>,
}
