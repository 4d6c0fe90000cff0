//! The board on the wall (避難所の状況): how many, where they stay, what is asked for. No names.

use std::collections::BTreeMap;

use axum::extract::State as Shared;
use http::{Actor, App, Duty, Json, Path, Problem, Query};
use kernel::AreaCode;
use serde::{Deserialize, Serialize};
use shelters::Venue;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::refusal::no_disaster;
use crate::event::{Counts, Kind, Where};
use crate::fold::{Effect, Occupancy, Place, Register, Scope};
use crate::live::Live;

/// Which disaster.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OfDisaster {
    #[param(value_type = String, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21")]
    pub(super) disaster: Uuid,
}

/// A shelter in figures (避難所の状況).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionBoard)]
pub(super) struct Board {
    facility: String,
    name: String,
    capacity: Option<u32>,
    occupancy: Occupancy,
    /// Everybody present.
    persons: u32,
    /// Households that this place and another one count on (二か所で受付): counted once, shown in both.
    two_places: u32,
    /// Of the present households, where they stay; what nobody said is `null`.
    stays: Vec<Stay>,
    /// Requests that nobody answered.
    requests_open: u32,
    sick: u32,
    incidents: u32,
    notes: u32,
    /// Present households that were given a place (居場所) and that were not.
    places: Places,
    /// Events of a later program, kept but not understood here.
    not_understood: u32,
}

/// Households that stay alike.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionStay)]
pub(super) struct Stay {
    stays: Option<Where>,
    households: u32,
    persons: u32,
}

/// How many have a place of their own.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ReceptionPlaces)]
pub(super) struct Places {
    given: u32,
    waiting: u32,
}

/// A shelter in figures, for the wall. Also of a locked kit: it names nobody.
#[utoipa::path(
    get, path = "/api/reception/shelters/{facility}/board", operation_id = "receptionBoard", tag = "reception",
    params(("facility" = String, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23"), OfDisaster),
    responses(
        (status = 200, description = "The shelter in figures", body = Board, example = json!({
            "facility": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23", "name": "市川集会所", "capacity": 40,
            "occupancy": {
                "present": { "households": 12, "counts": { "adults": 20, "children": 8, "infants": 2, "wheelchair": 1 } },
                "away": { "households": 1, "counts": { "adults": 2, "children": 0, "infants": 0, "wheelchair": 0 } },
                "expected": { "households": 0, "counts": { "adults": 0, "children": 0, "infants": 0, "wheelchair": 0 } },
                "counted_only": 3, "conflicts": 0
            },
            "persons": 30, "two_places": 0, "stays": [{ "stays": "inside", "households": 10, "persons": 26 }], "requests_open": 2,
            "sick": 1, "incidents": 0, "notes": 4, "places": { "given": 9, "waiting": 3 }, "not_understood": 0
        })),
        (status = 404, description = "`not-found`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn board(
    Shared(app): Shared<App>,
    actor: Actor,
    facility: Result<Path<Uuid>, Problem>,
    query: Result<Query<OfDisaster>, Problem>,
) -> Result<Json<Board>, Problem> {
    require_look_anywhere(&actor)?;
    let (Path(facility), Query(OfDisaster { disaster })) = (facility?, query?);
    let live = Live::of(&app)?;
    let venue = venue(&app, facility).await?;
    let venue = venue.filter(|venue| may_look(&actor, &venue.municipality)).ok_or_else(Problem::not_found)?;
    let scope = live.scope(disaster).ok_or_else(no_disaster)?;
    Ok(Json(live.ask(|register| of_shelter(register, scope, venue))))
}

/// Anybody whose work it is to know how full a shelter is.
const LOOKERS: [Duty; 4] = [Duty::ShelterDesk, Duty::Evacuees, Duty::Shelters, Duty::Watch];

pub(super) fn may_look(actor: &Actor, jis5: &str) -> bool {
    let area = AreaCode::municipality(jis5);
    LOOKERS.iter().any(|duty| actor.require(*duty, &area).is_ok())
}

pub(super) fn require_look_anywhere(actor: &Actor) -> Result<(), Problem> {
    let (last, others) = (Duty::Watch, &LOOKERS);
    if others.iter().any(|duty| actor.require_anywhere(*duty).is_ok()) {
        return Ok(());
    }
    actor.require_anywhere(last).map(|_| ())
}

/// The place, opened or not: people come to closed doors too.
pub(super) async fn venue(app: &App, facility: Uuid) -> anyhow::Result<Option<Venue>> {
    let mut conn = app.store.read().await?;
    shelters::reception::venue(&mut conn, facility.into()).await
}

fn of_shelter(register: &Register, scope: Scope, venue: Venue) -> Board {
    let facility = venue.facility.uuid();
    let place = Place::Shelter(facility);
    let occupancy = register.occupancy(scope, &place);
    let present = register.present_in(scope, &place);
    let mut stays: BTreeMap<Option<Where>, (u32, u32)> = BTreeMap::new();
    let mut written = Written::default();
    let mut places = Places::default();
    for (subject, standing) in &present {
        let stay = stays.entry(standing.stays).or_default();
        *stay = (stay.0 + 1, stay.1 + standing.counts.persons());
        let history = register.history(scope, *subject);
        let given =
            history.iter().any(|line| line.kind == Kind::Place && line.effect != Effect::Voided && line.place == place);
        *if given { &mut places.given } else { &mut places.waiting } += 1;
    }
    // What is asked for, or happened, counts though the household went on since.
    for (subject, _) in register.standing_in(scope, &place) {
        written.add(&register.history(scope, subject), &place);
    }
    written.add(&register.notes(scope, &place), &place);
    let stay = |(stays, (households, persons))| Stay { stays, households, persons };
    Board {
        facility: facility.to_string(),
        name: venue.name,
        capacity: venue.listed,
        occupancy,
        persons: Counts::persons(occupancy.present.counts),
        two_places: claimed_twice(register, scope, &place),
        stays: stays.into_iter().map(stay).collect(),
        requests_open: written.open_requests(),
        sick: written.sick,
        incidents: written.incidents,
        notes: written.notes,
        places,
        not_understood: written.not_understood,
    }
}

fn claimed_twice(register: &Register, scope: Scope, place: &Place) -> u32 {
    let parties = register.conflicts(scope).into_iter().filter_map(|subject| register.subject(scope, subject));
    let here = parties.filter(|party| party.claims.iter().any(|claim| claim.place == *place)).count();
    u32::try_from(here).unwrap_or(u32::MAX)
}

/// What was written at a place besides who came and went.
#[derive(Debug, Default)]
struct Written {
    requests: Vec<u128>,
    answered: Vec<u128>,
    sick: u32,
    incidents: u32,
    notes: u32,
    not_understood: u32,
}

impl Written {
    fn add(&mut self, lines: &[crate::fold::Line], place: &Place) {
        for line in lines.iter().filter(|line| line.effect != Effect::Voided && line.place == *place) {
            match line.kind {
                Kind::Request => self.requests.push(line.id.uuid().as_u128()),
                Kind::Answer => self.answered.extend(line.other),
                Kind::Sick => self.sick += 1,
                Kind::Incident => self.incidents += 1,
                Kind::Note => self.notes += 1,
                Kind::Unknown => self.not_understood += 1,
                _ => {}
            }
        }
    }

    fn open_requests(&self) -> u32 {
        let open = self.requests.iter().filter(|request| !self.answered.contains(request)).count();
        u32::try_from(open).unwrap_or(u32::MAX)
    }
}
