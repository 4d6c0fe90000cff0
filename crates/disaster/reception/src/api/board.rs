//! The board on the wall (避難所の状況): how many, where they stay, what is asked for. No names.

use std::collections::{BTreeMap, HashMap};

use axum::extract::State as Shared;
use chrono::NaiveDate;
use households::{Household, disclosure};
use http::{Actor, App, Duty, Json, Path, Problem, Query};
use kernel::AreaCode;
use serde::{Deserialize, Serialize};
use shelters::Venue;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::households::fill_in;
use super::refusal::no_disaster;
use super::views::example_occupancy;
use crate::cards::{self, Read};
use crate::contents::fetch_keys;
use crate::event::{Counts, Kind, Subject, Where};
use crate::figures::{self, Needs};
use crate::fold::{Effect, Line, Occupancy, Place, Register, Scope};
use crate::goods::{Goods, by_item};
use crate::live::Live;
use crate::written::{Day, Written};

/// Cards put together between two chances for others.
const AT_ONCE: usize = 100;

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
    /// Of those present, how many need what; null on a locked kit, where `occupancy` has infants and wheelchairs.
    needs: Option<Needs>,
    /// Requests that nobody answered.
    requests_open: u32,
    /// What is asked for by item; null on a locked kit.
    requests: Option<Vec<Goods>>,
    sick: u32,
    incidents: u32,
    notes: u32,
    /// Sick people and incidents of the last seven days, today first.
    days: Vec<DayView>,
    /// Present households that were given a place (居場所) and that were not.
    places: Places,
    /// Events of a later program, kept but not understood here.
    not_understood: u32,
}

/// One day at a shelter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionBoardDay)]
pub(super) struct DayView {
    #[schema(value_type = String, format = Date)]
    day: NaiveDate,
    sick: u32,
    incidents: u32,
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

/// A shelter in figures, for the wall and for headquarters. Also of a locked kit: it names nobody.
#[utoipa::path(
    get, path = "/api/reception/shelters/{facility}/board", operation_id = "receptionBoard", tag = "reception",
    params(("facility" = String, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23"), OfDisaster),
    responses(
        (status = 200, description = "The shelter in figures", body = Board, example = json!({
            "facility": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23", "name": "市川集会所", "capacity": 40,
            "occupancy": example_occupancy(), "persons": 30, "two_places": 0,
            "stays": [{ "stays": "inside", "households": 10, "persons": 26 }], "needs": Needs::default(),
            "requests_open": 2, "requests": [{ "kind": "blanket", "asked": 20, "arranged": 0, "done": 10 }],
            "sick": 1, "incidents": 0, "notes": 4, "days": [{ "day": "2025-12-09", "sick": 1, "incidents": 0 }],
            "places": { "given": 9, "waiting": 3 }, "not_understood": 0
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
    let municipality = venue.municipality.clone();
    let now_ms = app.clock.now().millis();
    let (mut board, written, present) = live.ask(|register| of_shelter(register, scope, venue, now_ms));
    if !live.is_locked() {
        fetch_keys(&app, &live, &municipality).await?;
        board.requests = Some(goods(&app, &live, &written).await?);
        board.needs = Some(needs(&app, &live, scope, &present).await?);
    }
    Ok(Json(board))
}

/// What is asked for by item. Requests in words are counted: what they say is not for a wall.
async fn goods(app: &App, live: &Live, written: &Written) -> anyhow::Result<Vec<Goods>> {
    let words = super::log::words(app, live, written).await?;
    let said = |line: &Line| words.get(&line.id);
    let requests = written.requests();
    let readable = requests.iter().filter_map(|(request, answers)| {
        Some((said(request)?, answers.iter().filter_map(|answer| said(answer)).collect()))
    });
    Ok(by_item(readable))
}

/// How many of those present need what, by the cards that are open here.
async fn needs(app: &App, live: &Live, scope: Scope, present: &[Subject]) -> anyhow::Result<Needs> {
    let today = app.clock.now().jst().date_naive();
    let mut needs = Needs::default();
    for some in present.chunks(AT_ONCE) {
        let mut reads = cards::read(app, live, scope, some).await?;
        fill_in(app, &mut reads).await?;
        let mut who = HashMap::new();
        for read in &reads {
            let persons = |field| figures::persons(read.card.situation.as_ref(), field);
            who.insert(read.subject().0, (persons("here"), persons("out").unwrap_or_default()));
        }
        let held = reads.iter_mut().filter_map(Read::take_held).collect();
        let count = |subject, household: &Household| {
            let (here, out) = who.remove(&subject).unwrap_or_default();
            needs.add(household, here.as_deref(), &out, today);
        };
        disclosure::survey(app, held, count).await?;
        tokio::task::yield_now().await;
    }
    Ok(needs)
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

/// The figures that are in clear, what was written, and who is present.
fn of_shelter(register: &Register, scope: Scope, venue: Venue, now_ms: i64) -> (Board, Written, Vec<Subject>) {
    let facility = venue.facility.uuid();
    let place = Place::Shelter(facility);
    let occupancy = register.occupancy(scope, &place);
    let present = register.present_in(scope, &place);
    let mut stays: BTreeMap<Option<Where>, (u32, u32)> = BTreeMap::new();
    let mut places = Places::default();
    for (subject, standing) in &present {
        let stay = stays.entry(standing.stays).or_default();
        *stay = (stay.0 + 1, stay.1 + standing.counts.persons());
        let history = register.history(scope, *subject);
        let given =
            history.iter().any(|line| line.kind == Kind::Place && line.effect != Effect::Voided && line.place == place);
        *if given { &mut places.given } else { &mut places.waiting } += 1;
    }
    let written = Written::at(register, scope, &place);
    let stay = |(stays, (households, persons))| Stay { stays, households, persons };
    let open = written.requests().iter().filter(|(_, answers)| answers.is_empty()).count();
    let board = Board {
        facility: facility.to_string(),
        name: venue.name,
        capacity: venue.listed,
        occupancy,
        persons: Counts::persons(occupancy.present.counts),
        two_places: claimed_twice(register, scope, &place),
        stays: stays.into_iter().map(stay).collect(),
        needs: None,
        requests_open: u32::try_from(open).unwrap_or(u32::MAX),
        requests: None,
        sick: written.count(Kind::Sick),
        incidents: written.count(Kind::Incident),
        notes: written.count(Kind::Note),
        days: written.days(now_ms).into_iter().map(day_view).collect(),
        places,
        not_understood: written.count(Kind::Unknown),
    };
    (board, written, present.into_iter().map(|(subject, _)| subject).collect())
}

fn day_view(of: Day) -> DayView {
    let day = NaiveDate::from_epoch_days(i32::try_from(of.at).unwrap_or(0)).unwrap_or_default();
    DayView { day, sick: of.sick, incidents: of.incidents }
}

fn claimed_twice(register: &Register, scope: Scope, place: &Place) -> u32 {
    let parties = register.conflicts(scope).into_iter().filter_map(|subject| register.subject(scope, subject));
    let here = parties.filter(|party| party.claims.iter().any(|claim| claim.place == *place)).count();
    u32::try_from(here).unwrap_or(u32::MAX)
}
