//! The nearest open shelters, for everybody.

use axum::extract::State as Shared;
use http::{App, Json, Problem, Query};
use kernel::{Mode, Point, Timestamp};
use places::{Answer, HazardKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::model::State;
use crate::model::suits::verdict;
use crate::nearest::{MOST, Near, Nearest};

/// Where, and what for (最寄りの指定).
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct NearestQuery {
    #[param(example = 40.5122)]
    lat: f64,
    #[param(example = 141.4884)]
    lon: f64,
    /// Only what suits this hazard, also under a condition that is given with it.
    #[serde(default)]
    hazard: Option<HazardKind>,
    /// At most 50; 5 if left out.
    #[serde(default)]
    limit: Option<usize>,
    /// Live if left out.
    #[serde(default)]
    mode: Option<Mode>,
}

/// The nearest shelters (最寄りの避難所), open ones first, then full ones.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = NearestShelters)]
pub(super) struct NearestView {
    mode: Mode,
    as_of: Timestamp,
    shelters: Vec<NearView>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = NearShelter)]
pub(super) struct NearView {
    facility: String,
    name: String,
    municipality: String,
    lat: f64,
    lon: f64,
    /// In a straight line.
    distance_m: u32,
    state: State,
    adhoc: bool,
    persons: Option<u32>,
    capacity: Option<u32>,
    /// For the hazard that was asked for.
    answer: Option<Answer>,
    /// The lowest safe floor.
    floor: Option<u8>,
    /// The words of the list.
    text: Option<String>,
}

/// The nearest shelters that take people, in a straight line. From memory: no database is asked.
#[utoipa::path(
    get, path = "/api/shelters/nearest", operation_id = "sheltersNearest", tag = "shelters", params(NearestQuery),
    responses(
        (status = 200, description = "Nearest first", body = NearestView, example = json!({
            "mode": "live", "as_of": "2025-12-09T00:00:00+09:00", "shelters": [{
                "facility": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23", "name": "市川集会所", "municipality": "02203",
                "lat": 40.57, "lon": 141.45, "distance_m": 812, "state": "open", "adhoc": true, "persons": 18,
                "capacity": 40, "answer": null, "floor": null, "text": null
            }]
        })),
        (status = 422, description = "`invalid`"), (status = 503, description = "`unavailable`"),
    ),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn nearest(
    Shared(app): Shared<App>,
    Query(query): Query<NearestQuery>,
) -> Result<Json<NearestView>, Problem> {
    let from = Point::new(query.lat, query.lon).ok_or_else(|| {
        Problem::invalid("lat", "緯度は-90〜90、経度は-180〜180です。", "Latitude is -90 to 90, longitude -180 to 180.")
    })?;
    let mode = query.mode.unwrap_or(Mode::Live);
    let index = app.extension::<Nearest>().map(|nearest| nearest.index(mode));
    let Some((index, as_of)) = index.and_then(|index| index.as_of.map(|at| (index, at))) else {
        return Err(Problem::unavailable(5, anyhow::anyhow!("the index of shelters is not there yet")));
    };
    let limit = query.limit.unwrap_or(5).clamp(1, MOST);
    let shelters =
        index.nearest(from, query.hazard, limit).iter().filter_map(|near| view(near, query.hazard)).collect();
    Ok(Json(NearestView { mode, as_of, shelters }))
}

fn view(near: &Near<'_>, hazard: Option<HazardKind>) -> Option<NearView> {
    let (opening, venue) = (near.opening, &near.opening.venue);
    let point = venue.point?;
    let verdict = hazard.map(|hazard| verdict(&venue.suitability, hazard));
    let said = verdict.and_then(|verdict| verdict.said);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most half the way around the earth"
    )]
    let distance_m = near.distance_m.round() as u32;
    Some(NearView {
        facility: venue.facility.to_string(),
        name: venue.name.clone(),
        municipality: venue.municipality.clone(),
        lat: point.lat,
        lon: point.lon,
        distance_m,
        state: opening.state,
        adhoc: venue.adhoc,
        persons: opening.count.as_ref().and_then(|count| count.persons),
        capacity: venue.listed,
        answer: verdict.map(|verdict| verdict.answer),
        floor: said.and_then(|said| said.floor),
        text: said.and_then(|said| said.text.clone()),
    })
}
