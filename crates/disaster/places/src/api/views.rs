//! Places as the office sees them.

use std::collections::BTreeMap;

use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;

use crate::model::{Details, Facility, Kind, Located, Place};

/// What one source says of one place (台帳の1行).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct PlaceView {
    #[schema(value_type = String, format = Uuid)]
    pub(crate) id: Id<Place>,
    #[schema(value_type = String, format = Uuid)]
    pub(crate) facility: Id<Facility>,
    pub(crate) kind: Kind,
    pub(crate) label: Option<String>,
    pub(crate) municipality: String,
    /// Name of the series, `gsi/shelter/02203`.
    pub(crate) series: String,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) kana: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) lat: Option<f64>,
    pub(crate) lon: Option<f64>,
    pub(crate) located: Located,
    pub(crate) details: Details,
    /// Columns nobody knows: header → text.
    pub(crate) extra: BTreeMap<String, String>,
}

impl PlaceView {
    /// The place, with the name of its series.
    pub(crate) fn of(place: &Place, series: &str) -> Self {
        Self {
            id: place.id,
            facility: place.facility,
            kind: place.kind,
            label: place.label.clone(),
            municipality: place.municipality.clone(),
            series: series.to_owned(),
            key: place.key.clone(),
            name: place.name.clone(),
            kana: place.kana.clone(),
            address: place.address.clone(),
            lat: place.point.map(|point| point.lat),
            lon: place.point.map(|point| point.lon),
            located: place.located,
            details: place.details.clone(),
            extra: place.extra.clone(),
        }
    }
}
