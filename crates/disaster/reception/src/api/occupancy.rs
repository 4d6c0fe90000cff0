//! How full the shelters are, and how that went (避難者数とその推移). Figures only.

use axum::extract::State as Shared;
use http::{Actor, App, Json, Problem, Query};
use kernel::areas;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::board::{may_look, require_look_anywhere};
use super::refusal::no_disaster;
use super::views::example_occupancy;
use crate::fold::{CurvePoint, Occupancy, Place};
use crate::live::Live;

/// Points of one curve at most; a longer one is thinned out.
const MOST_POINTS: usize = 400;

/// Which disaster, and where.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OccupancyQuery {
    #[param(value_type = String, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21")]
    disaster: Uuid,
    /// JIS code.
    #[param(example = "02203")]
    municipality: String,
}

/// The shelters of a municipality in figures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionOccupancies)]
pub(super) struct Occupancies {
    municipality: String,
    /// Everybody present, in shelters and outside of them.
    persons: u32,
    households: u32,
    places: Vec<PlaceOccupancy>,
}

/// One place in figures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionPlaceOccupancy)]
pub(super) struct PlaceOccupancy {
    /// Null: outside of every shelter (避難所外).
    facility: Option<String>,
    name: Option<String>,
    capacity: Option<u32>,
    occupancy: Occupancy,
    /// How many were present from when on, by corrected clocks.
    curve: Vec<CurvePoint>,
}

/// How many are in each shelter of the municipality now, and how that went.
#[utoipa::path(
    get, path = "/api/reception/occupancy", operation_id = "receptionOccupancy", tag = "reception", params(OccupancyQuery),
    responses(
        (status = 200, description = "Every place where somebody was received", body = Occupancies, example = json!({
            "municipality": "02203", "persons": 30, "households": 12, "places": [{
                "facility": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23", "name": "市川集会所", "capacity": 40,
                "occupancy": example_occupancy(),
                "curve": [{ "at_ms": 1_765_203_300_000_i64, "households": 12, "persons": 30 }]
            }]
        })),
        (status = 404, description = "`not-found`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn occupancy(
    Shared(app): Shared<App>,
    actor: Actor,
    query: Result<Query<OccupancyQuery>, Problem>,
) -> Result<Json<Occupancies>, Problem> {
    require_look_anywhere(&actor)?;
    let Query(OccupancyQuery { disaster, municipality }) = query?;
    if areas::municipality(&municipality).is_none() || !may_look(&actor, &municipality) {
        return Err(Problem::not_found());
    }
    let live = Live::of(&app)?;
    let scope = live.scope(disaster).ok_or_else(no_disaster)?;
    let mut conn = app.store.read().await?;
    let venues = shelters::reception::venues(&mut conn, &municipality, scope.mode).await?;
    drop(conn);
    let outside = Place::Outside(municipality.as_str().into());
    let places = live.ask(|register| {
        let mut places = Vec::new();
        for (place, occupancy) in register.places(scope) {
            let venue = match place {
                Place::Shelter(facility) => venues.iter().find(|venue| venue.facility.uuid() == facility),
                Place::Outside(_) => None,
            };
            if venue.is_some() || place == outside {
                places.push(PlaceOccupancy {
                    facility: venue.map(|venue| venue.facility.to_string()),
                    name: venue.map(|venue| venue.name.clone()),
                    capacity: venue.and_then(|venue| venue.listed),
                    occupancy,
                    curve: thinned(register.curve(scope, &place)),
                });
            }
        }
        places
    });
    Ok(Json(Occupancies {
        municipality,
        persons: places.iter().map(|place| place.occupancy.present.counts.persons()).sum(),
        households: places.iter().map(|place| place.occupancy.present.households).sum(),
        places,
    }))
}

/// Every so many points, the newest always.
fn thinned(curve: Vec<CurvePoint>) -> Vec<CurvePoint> {
    let step = curve.len().div_ceil(MOST_POINTS).max(1);
    let last = curve.len().saturating_sub(1);
    curve.into_iter().enumerate().filter(|(at, _)| (last - at).is_multiple_of(step)).map(|(_, point)| point).collect()
}
