//! The shapes of the public documents: what every resident's phone reads.
//!
//! One Rust type for each document, so that the OpenAPI description and the web's types follow from it.

use kernel::{Mode, Text, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{Grade, Hazard, Line};

use super::{TsunamiZoneEntry, Verbatim};

/// An area, as `municipality:02203` with its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = AlertArea)]
pub struct Area {
    #[schema(example = "municipality:02203")]
    pub code: String,
    pub name: String,
    pub name_text: Text,
}

/// Which telegram says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = AlertSource)]
pub struct Source {
    /// The archived telegram.
    pub telegram: String,
    /// Telegram type, e.g. `VPWW56`.
    #[serde(rename = "type")]
    pub kind: String,
    pub office: String,
    pub reported_at: Timestamp,
}

/// One hazard in force in one area (警報・注意報の状態).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HazardState)]
pub struct HazardEntry {
    pub hazard: Hazard,
    pub name: Text,
    /// 警戒レベル相当 as the agency gives it; null where the scheme has none.
    pub level: Option<u8>,
    /// 0–5, for colour and order only.
    pub rank: u8,
    pub grade: Grade,
    pub area: Area,
    pub since: Timestamp,
    pub until: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub detail: Option<Text>,
    pub action: Text,
    pub source: Source,
    /// True where the level was made up for an exercise and no telegram of the kind has ever been seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub synthetic: bool,
}

/// A hazard in the prefecture's list, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HazardBrief {
    pub hazard: Hazard,
    pub level: Option<u8>,
    pub rank: u8,
    pub name: Text,
}

/// One municipality on the prefecture's page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MunicipalityBrief {
    #[schema(example = "02203")]
    pub code: String,
    pub name: String,
    pub kana: String,
    pub romaji: String,
    pub level: Option<u8>,
    pub rank: u8,
    /// The one thing to know now.
    pub top: Option<Text>,
    pub hazards: Vec<HazardBrief>,
    /// Newest intensity felt here (within a day): `"1"` … `"5-"` … `"7"`.
    pub intensity: Option<String>,
    /// 震度５弱以上未入電: possibly severe.
    pub intensity_pending: bool,
    /// True while only the seismic area's value is known (震度速報).
    pub intensity_by_area: bool,
    /// 3, 4 or 5 where the municipality itself has ordered evacuation.
    pub evacuation_level: Option<u8>,
}

/// 北海道・三陸沖後発地震注意情報, with our timer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Advisory {
    pub title: Text,
    pub since: Timestamp,
    pub until: Timestamp,
    /// What it is and is not; when closed, the closing message.
    pub text: Text,
    /// What to do.
    pub action: Text,
    /// The agency's own words.
    #[schema(value_type = String)]
    pub original: Verbatim,
    /// JIS codes of the municipalities asked to act.
    pub municipalities: Vec<String>,
    /// On what the list of municipalities rests.
    pub municipalities_note: Text,
    /// EventID of the linked quake.
    pub quake: Option<String>,
    pub closed: bool,
    pub source: Source,
}

/// A text for people (気象解説情報, 気象防災速報, …).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BulletinEntry {
    pub id: String,
    pub title: Text,
    pub tag: String,
    pub at: Timestamp,
    pub until: Timestamp,
    /// Verbatim.
    #[schema(value_type = String)]
    pub text: Verbatim,
    /// JIS codes; empty means the whole prefecture.
    pub municipalities: Vec<String>,
    pub source: Source,
}

/// A designated river's flood forecast (指定河川洪水予報).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RiverEntry {
    #[serde(flatten)]
    pub state: HazardEntry,
    pub river: String,
    pub river_text: Text,
    /// Main text, verbatim.
    #[schema(value_type = Vec<String>)]
    pub texts: Vec<Verbatim>,
    pub municipalities: Vec<String>,
    /// Districts named in the inundation section.
    pub districts: Vec<String>,
    pub stations: Vec<RiverStationEntry>,
}

/// Newest water level at a station and the highest one forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RiverStationEntry {
    pub code: String,
    pub name: String,
    pub at: Option<Timestamp>,
    pub metres: Option<f64>,
    pub level: Option<u8>,
    pub forecast_at: Option<Timestamp>,
    pub forecast_metres: Option<f64>,
    pub forecast_level: Option<u8>,
}

/// `alerts/prefecture`: the whole prefecture on one page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PrefectureDocument {
    pub mode: Mode,
    /// When anything on this page last changed.
    pub as_of: Timestamp,
    /// Since when this program has been reading; before that nothing is known.
    pub known_since: Timestamp,
    /// Report time of the newest telegram behind this page's last change.
    pub last_report: Option<Timestamp>,
    pub level: Option<u8>,
    pub rank: u8,
    pub headline: Text,
    pub municipalities: Vec<MunicipalityBrief>,
    pub advisory: Option<Advisory>,
    pub bulletins: Vec<BulletinEntry>,
    pub rivers: Vec<RiverEntry>,
    pub volcanoes: Vec<HazardEntry>,
    /// Keys of the sources (document `sources`) behind this page.
    pub sources: Vec<String>,
}

/// Name of the municipality in its spellings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AreaNames {
    #[schema(example = "02203")]
    pub code: String,
    pub name: String,
    pub kana: String,
    pub romaji: String,
}

/// An evacuation order (避難情報) as the municipality gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvacuationOrder {
    pub id: String,
    /// 3 高齢者等避難, 4 避難指示, 5 緊急安全確保.
    pub level: u8,
    pub name: Text,
    pub municipality: String,
    pub municipality_name: String,
    /// Empty means the whole municipality (全域).
    pub districts: Vec<String>,
    #[schema(value_type = String)]
    pub reason: Verbatim,
    pub action: Text,
    #[schema(value_type = Option<String>)]
    pub shelters_note: Option<Verbatim>,
    pub issued_at: Timestamp,
    pub corrected_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub status: EvacuationStatus,
    pub mode: Mode,
}

/// Where a released order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvacuationStatus {
    /// 発令中
    InForce,
    /// 解除
    Lifted,
    /// 取消 (was released in error)
    Withdrawn,
}

/// The quake as one municipality felt it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LocalQuake {
    pub id: String,
    pub intensity: Option<String>,
    pub pending: bool,
    pub by_area: bool,
    pub at: Timestamp,
    pub epicentre: Option<String>,
    pub epicentre_text: Option<Text>,
    pub magnitude: Option<String>,
    pub text: Text,
    pub action: Text,
}

/// `alerts/{jis5}`: everything for one municipality.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MunicipalityDocument {
    pub mode: Mode,
    pub as_of: Timestamp,
    pub known_since: Timestamp,
    pub last_report: Option<Timestamp>,
    pub area: AreaNames,
    pub level: Option<u8>,
    pub rank: u8,
    pub headline: Text,
    pub action: Text,
    /// Since when the top hazard stands.
    pub since: Option<Timestamp>,
    pub hazards: Vec<HazardEntry>,
    pub evacuation: Vec<EvacuationOrder>,
    pub quake: Option<LocalQuake>,
    pub tsunami: Vec<TsunamiZoneEntry>,
    pub bulletins: Vec<BulletinEntry>,
    pub advisory: Option<Advisory>,
    pub sources: Vec<String>,
}

/// What a timeline entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimelineKind {
    Quake,
    Tsunami,
    Warning,
    River,
    Volcano,
    Evacuation,
    Bulletin,
    Advisory,
    Withdrawn,
}

/// Telegram type and office behind a timeline entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineSource {
    #[serde(rename = "type")]
    pub kind: String,
    pub office: String,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    pub id: String,
    /// When it was said or happened.
    pub at: Timestamp,
    /// When it reached us.
    pub recorded_at: Timestamp,
    pub kind: TimelineKind,
    pub rank: u8,
    pub level: Option<u8>,
    /// JIS codes.
    pub areas: Vec<String>,
    pub area_text: Text,
    pub title: Text,
    pub source: TimelineSource,
}

impl TimelineEntry {
    /// The entry of a line that reached us at `recorded_at`.
    pub(crate) fn of(line: &Line, id: Uuid, recorded_at: Timestamp) -> Self {
        Self {
            id: id.to_string(),
            at: line.at,
            recorded_at,
            kind: line.kind,
            rank: line.rank,
            level: line.level,
            areas: line.areas.clone(),
            area_text: line.area_text.clone(),
            title: line.title.clone(),
            source: TimelineSource { kind: line.source_kind.clone(), office: line.office.clone() },
        }
    }
}

/// `timeline`: what changed, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineDocument {
    pub mode: Mode,
    pub as_of: Timestamp,
    pub known_since: Timestamp,
    pub entries: Vec<TimelineEntry>,
    pub sources: Vec<String>,
}
