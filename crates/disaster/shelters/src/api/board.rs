//! The board (開設状況一覧): every place of a municipality that can be opened, with its state.

use std::collections::HashMap;

use axum::extract::State as Shared;
use http::{Actor, App, Json, Problem, Query};
use kernel::{Id, Mode, Timestamp};
use places::Facility;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{may_look, require_office};
use crate::model::capacity::{self, CapacityNow};
use crate::model::{Disaster, Opening, State, Venue};
use crate::{db, register};

/// Which board (一覧の指定).
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct BoardQuery {
    /// JIS code.
    #[param(example = "02203")]
    municipality: String,
    /// Live if left out.
    #[serde(default)]
    mode: Option<Mode>,
}

/// The board of a municipality (開設状況一覧).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ShelterBoard)]
pub(super) struct Board {
    municipality: String,
    mode: Mode,
    /// Running disasters that the municipality may open shelters for, newest first.
    disasters: Vec<BoardDisaster>,
    places: Vec<BoardLine>,
}

/// A running disaster.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ShelterBoardDisaster)]
pub(super) struct BoardDisaster {
    id: String,
    name: kernel::Text,
    since: Timestamp,
}

/// One place of the board.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ShelterBoardLine)]
pub(super) struct BoardLine {
    facility: String,
    name: String,
    municipality: String,
    address: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    adhoc: bool,
    /// The number of the list.
    capacity: Option<u32>,
    /// How many the floor holds in the present phase; null without a floor area.
    capacity_now: Option<CapacityNow>,
    /// Null when it was not opened in a running disaster.
    state: Option<State>,
    /// What may follow.
    next: Vec<State>,
    disaster: Option<String>,
    since: Option<Timestamp>,
    by: Option<String>,
    reason: Option<String>,
    note: Option<String>,
    instead: Option<String>,
    persons: Option<u32>,
    households: Option<u32>,
    counted_at: Option<Timestamp>,
    counted_by: Option<String>,
}

/// Every place of the municipality that can be opened, with its state, what may follow and the newest headcount.
#[utoipa::path(
    get, path = "/api/shelters/board", operation_id = "sheltersBoard", tag = "shelters", params(BoardQuery),
    responses(
        (status = 200, description = "The board", body = Board, example = json!({
            "municipality": "02203", "mode": "live", "disasters": [], "places": [example()]
        })),
        (status = 404, description = "`not-found`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn board(
    Shared(app): Shared<App>,
    actor: Actor,
    query: Result<Query<BoardQuery>, Problem>,
) -> Result<Json<Board>, Problem> {
    require_office(&actor)?;
    let Query(query) = query?;
    let jis5 = query.municipality.as_str();
    if !may_look(&actor, jis5) {
        return Err(Problem::not_found());
    }
    let mode = query.mode.unwrap_or(Mode::Live);
    let mut conn = app.store.read().await?;
    let venues = register::venues(&mut conn, jis5, mode).await?;
    let openings = db::of_municipality(&mut conn, mode, jis5).await?;
    let running = db::running(&mut conn, mode).await?;
    drop(conn);
    let mut held: HashMap<Id<Facility>, &Opening> = HashMap::new();
    for one in &openings {
        let other = held.entry(one.venue.facility).or_insert(one);
        if (one.state.is_active(), one.since) > (other.state.is_active(), other.since) {
            *other = one;
        }
    }
    let now = app.clock.now();
    let mut places: Vec<BoardLine> = venues
        .iter()
        .map(|venue| {
            let opening = held.remove(&venue.facility);
            with_phase(line(venue, opening), venue, opening, &running, now)
        })
        .collect();
    // What was opened and has left the register since is still there.
    places.extend(held.into_values().map(|opening| line(&opening.venue, Some(opening))));
    let disasters = running.iter().filter(|one| one.covers(jis5)).map(|one| BoardDisaster {
        id: one.id.to_string(),
        name: one.name.clone(),
        since: one.since,
    });
    Ok(Json(Board { municipality: query.municipality.clone(), mode, disasters: disasters.collect(), places }))
}

/// One place as staff see it.
pub(super) fn line(venue: &Venue, opening: Option<&Opening>) -> BoardLine {
    let state = opening.map_or(State::Closed, |opening| opening.state);
    let next = State::ALL.into_iter().filter(|to| *to != state && crate::model::steps::may_step(state, *to));
    let count = opening.filter(|opening| opening.state.is_active()).and_then(|opening| opening.count.as_ref());
    BoardLine {
        facility: venue.facility.to_string(),
        name: venue.name.clone(),
        municipality: venue.municipality.clone(),
        address: venue.address.clone(),
        lat: venue.point.map(|point| point.lat),
        lon: venue.point.map(|point| point.lon),
        adhoc: venue.adhoc,
        capacity: venue.listed,
        capacity_now: None,
        state: opening.map(|opening| opening.state),
        next: next.collect(),
        disaster: opening.map(|opening| opening.disaster.to_string()),
        since: opening.map(|opening| opening.since),
        by: opening.map(|opening| opening.by.clone()),
        reason: opening.and_then(|opening| opening.reason.clone()),
        note: opening.and_then(|opening| opening.note.clone()),
        instead: opening.and_then(|opening| opening.instead).map(|id| id.to_string()),
        persons: count.and_then(|count| count.persons),
        households: count.and_then(|count| count.households),
        counted_at: count.map(|count| count.counted_at),
        counted_by: count.map(|count| count.by.clone()),
    }
}

/// With the capacity of the phase, in the disaster that it is or would be opened for.
fn with_phase(
    line: BoardLine,
    venue: &Venue,
    opening: Option<&Opening>,
    running: &[Disaster],
    now: Timestamp,
) -> BoardLine {
    let own = opening.and_then(|opening| running.iter().find(|one| one.id == opening.disaster));
    let disaster = own.or_else(|| running.iter().find(|one| one.covers(&venue.municipality)));
    let since = disaster.map_or(now, |disaster| disaster.since);
    BoardLine { capacity_now: capacity::now(venue.floor_m2, since, now), ..line }
}

/// An example for the description.
pub(super) fn example() -> serde_json::Value {
    serde_json::json!({
        "facility": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23", "name": "市川集会所", "municipality": "02203",
        "address": "八戸市市川町", "lat": 40.57, "lon": 141.45, "adhoc": true, "capacity": 40, "capacity_now": null,
        "state": "open", "next": ["full", "closing"], "disaster": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21",
        "since": "2025-12-08T23:30:00+09:00", "by": "staff:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10",
        "reason": "津波警報の発表", "note": "北口からお入りください", "instead": null, "persons": 180, "households": 64,
        "counted_at": "2025-12-09T00:00:00+09:00", "counted_by": "staff:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10"
    })
}
