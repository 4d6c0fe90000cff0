//! The shapes of the public documents: one Rust type for each, from which the description and the web's types follow.

use kernel::{Mode, Text, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::capacity::CapacityNow;
use crate::model::history::History;
use crate::model::{Disaster, State};

/// A disaster in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShelterDisasterBrief)]
pub struct DisasterBrief {
    pub id: String,
    pub name: Text,
    pub since: Timestamp,
}

/// `shelters/prefecture`: how many are open where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SheltersPrefectureDocument)]
pub struct PrefectureDocument {
    pub mode: Mode,
    /// When it last changed.
    pub as_of: Option<Timestamp>,
    /// The newest disaster that is going on.
    pub disaster: Option<DisasterBrief>,
    pub open: u32,
    pub full: u32,
    /// The sum of what was counted; null when nobody counted.
    pub persons: Option<u32>,
    pub households: Option<u32>,
    /// Open shelters without a headcount.
    pub uncounted: u32,
    pub municipalities: Vec<MunicipalityTally>,
}

/// One municipality of the prefecture's document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShelterMunicipality)]
pub struct MunicipalityTally {
    #[schema(example = "02203")]
    pub code: String,
    pub name: String,
    pub open: u32,
    pub preparing: u32,
    pub full: u32,
    pub closing: u32,
    pub persons: Option<u32>,
    pub households: Option<u32>,
    pub uncounted: u32,
    /// The newest count among them.
    pub counted_at: Option<Timestamp>,
}

/// `shelters/{jis5}`: every opening of a municipality. A place that is not in the list is not opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SheltersMunicipalityDocument)]
pub struct MunicipalityDocument {
    pub mode: Mode,
    /// When it last changed.
    pub as_of: Option<Timestamp>,
    pub disaster: Option<DisasterBrief>,
    pub openings: Vec<OpeningEntry>,
}

/// One opening as everybody sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShelterOpening)]
pub struct OpeningEntry {
    pub facility: String,
    pub disaster: String,
    pub name: String,
    pub address: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub state: State,
    pub since: Timestamp,
    pub reason: Option<String>,
    /// On no list.
    pub adhoc: bool,
    pub persons: Option<u32>,
    pub households: Option<u32>,
    pub counted_at: Option<Timestamp>,
    /// The number of the municipality's list.
    pub capacity: Option<u32>,
    /// How many the floor holds in the present phase.
    pub capacity_now: Option<CapacityNow>,
    /// Where to go instead of a full one.
    pub instead: Option<InsteadEntry>,
    pub note: Option<String>,
}

/// Where to go instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShelterInstead)]
pub struct InsteadEntry {
    pub facility: String,
    pub name: String,
    /// JIS code; it may be another municipality.
    pub municipality: String,
}

/// `shelters/history/{disaster}`: the curve of a past disaster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SheltersHistoryDocument)]
pub struct HistoryDocument {
    pub disaster: PastDisaster,
    pub points: Vec<HistoryPoint>,
    pub shelters: Vec<HistoryShelter>,
    /// What was strange in the files.
    pub notes: Vec<Text>,
}

/// The disaster of a curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PastShelterDisaster)]
pub struct PastDisaster {
    pub id: String,
    pub name: Text,
    pub mode: Mode,
    pub since: Timestamp,
    pub until: Option<Timestamp>,
    pub municipalities: Vec<String>,
    pub past: bool,
}

/// All shelters at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShelterHistoryPoint)]
pub struct HistoryPoint {
    pub at: Timestamp,
    pub open: u32,
    pub persons: Option<u32>,
    pub households: Option<u32>,
}

/// One shelter's curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShelterHistorySeries)]
pub struct HistoryShelter {
    pub facility: String,
    /// The id in the files.
    pub key: String,
    pub name: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub adhoc: bool,
    pub capacity: Option<u32>,
    /// The list's own words of capacity.
    pub capacity_text: Option<String>,
    pub series: Vec<HistorySample>,
}

/// One shelter at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShelterHistorySample)]
pub struct HistorySample {
    pub at: Timestamp,
    pub persons: Option<u32>,
    pub households: Option<u32>,
    pub state: State,
}

impl DisasterBrief {
    pub(crate) fn of(disaster: &Disaster) -> Self {
        Self { id: disaster.id.to_string(), name: disaster.name.clone(), since: disaster.since }
    }
}

impl HistoryDocument {
    pub(crate) fn of(disaster: &Disaster, history: &History) -> Self {
        let points = history.points.iter().map(|p| HistoryPoint {
            at: p.at,
            open: p.open,
            persons: p.persons,
            households: p.households,
        });
        let shelters = history.tracks.iter().map(|track| HistoryShelter {
            facility: track.facility.to_string(),
            key: track.key.clone(),
            name: track.name.clone(),
            lat: track.point.map(|point| point.lat),
            lon: track.point.map(|point| point.lon),
            adhoc: track.adhoc,
            capacity: track.listed,
            capacity_text: track.capacity_text.clone(),
            series: track
                .series
                .iter()
                .map(|s| HistorySample { at: s.at, persons: s.persons, households: s.households, state: s.state })
                .collect(),
        });
        Self {
            disaster: PastDisaster {
                id: disaster.id.to_string(),
                name: disaster.name.clone(),
                mode: disaster.mode,
                since: disaster.since,
                until: disaster.until,
                municipalities: disaster.municipalities.clone(),
                past: disaster.past,
            },
            points: points.collect(),
            shelters: shelters.collect(),
            notes: history.notes.clone(),
        }
    }
}
