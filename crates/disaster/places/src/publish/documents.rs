//! The shapes of the public documents about places.

use chrono::NaiveDate;
use kernel::{Id, Text, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use crate::model::{Capacity, Facility, Feature, Kind, Located, Suitability};

/// The public document `places/{jis5}` (市町村の施設).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlacesDocument {
    pub area: PlacesArea,
    pub as_of: Timestamp,
    pub facilities: Vec<FacilityView>,
    /// How many areas there are; their shapes are in the tiles and under `/api/places/areas`.
    pub areas: Vec<AreaIndex>,
    pub sources: Vec<SourceNote>,
    /// What a publisher says it does not have: to be shown as "not published", never as "none".
    pub not_published: Vec<Text>,
}

/// The municipality a document is about (対象の市町村).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlacesArea {
    pub code: String,
    pub name: String,
    /// Empty outside of Aomori.
    pub kana: String,
    pub romaji: String,
}

/// What residents see as one place (施設).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FacilityView {
    #[schema(value_type = String, format = Uuid)]
    pub id: Id<Facility>,
    /// Ids it had before a person made it one with others: old links lead here.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub also: Vec<Id<Facility>>,
    pub name: String,
    pub kana: Option<String>,
    pub kinds: Vec<Kind>,
    /// What it is when a kind is `other`.
    pub label: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub located: Located,
    pub address: Option<String>,
    /// Of the municipality that designated it, which need not be the one it lies in.
    pub municipality: String,
    pub suitability: Vec<Suitability>,
    pub capacity: Option<Capacity>,
    /// What it offers; what is not named is not known.
    pub facilities: Vec<Feature>,
    /// 受入対象者.
    pub accepts: Option<String>,
    pub remark: Option<String>,
    pub phone: Option<String>,
    pub hours: Option<String>,
    pub url: Option<String>,
    /// The rest a resident may read.
    pub detail: Vec<Detail>,
    /// Keys of [`SourceNote`].
    pub sources: Vec<String>,
    /// Where sources say different things: what each says.
    pub sayings: Vec<Saying>,
}

/// One more thing that is said of a facility (その他の項目).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Detail {
    pub label: String,
    pub value: String,
}

/// What one source says where sources differ (出典ごとの記載).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Saying {
    pub source: String,
    /// `name`, `kana`, `address`, `position`, `capacity`, `suitability.tsunami`, …
    pub field: String,
    pub value: String,
}

/// Where the places of a document come from (出典).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SourceNote {
    /// Name of the series, `gsi/shelter/02203`.
    pub key: String,
    pub title: String,
    pub licence: Option<String>,
    pub attribution: Option<String>,
    /// The day the publisher says it is of.
    pub as_of: Option<NaiveDate>,
    pub imported_at: Timestamp,
    pub rows: u32,
}

/// How many areas of a kind a municipality has (区域の件数).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AreaIndex {
    pub kind: Kind,
    pub label: String,
    pub count: u32,
    /// Key of a [`SourceNote`].
    pub source: String,
}

/// The public document `places/index` (施設の一覧の目次).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlacesIndexDocument {
    pub as_of: Timestamp,
    /// All forty of Aomori in the official order, then others that have places.
    pub municipalities: Vec<PlacesIndexRow>,
    /// Kind → how many in all municipalities.
    pub totals: BTreeMap<String, u32>,
}

/// One municipality of the index (目次の1行).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlacesIndexRow {
    pub code: String,
    pub name: String,
    /// Kind → how many facilities (of areas: how many areas).
    pub counts: BTreeMap<String, u32>,
    /// Name of its document, `places/02203`.
    pub document: String,
    /// Whether there is such a document.
    pub published: bool,
}
