//! The log of a shelter (避難所の記録): requests with their answers, sick people, incidents, notes of one shift to the next, and what
//! was handed out; as every desk of the shelter wrote it. On a locked kit without words.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use axum::extract::State as Shared;
use households::Purpose;
use http::{Actor, App, Duty, Json, Path, Problem, Query};
use kernel::Id;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::board::venue;
use super::households::{Viewer, fill_in, show};
use super::refusal::no_disaster;
use super::views::{HistoryLine, line};
use crate::cards::{self, Read};
use crate::contents::{self, fetch_keys};
use crate::event::{Event, Kind, Subject};
use crate::fold::{Line, Place, Scope};
use crate::goods::{State, state_of};
use crate::live::Live;
use crate::written::Written;

/// Lines of one answer at most: what is open, then the newest of the rest.
const MOST: usize = 500;
/// Days back, if nobody says how many, and at most.
const DAYS: u32 = 3;
const MOST_DAYS: u32 = 60;

/// Which disaster, and how far back.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LogQuery {
    #[param(value_type = String, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21")]
    disaster: Uuid,
    /// 1 to 60; 3 if left out. Requests that are not done are told however old they are.
    #[serde(default)]
    days: Option<u32>,
}

/// What was written at a shelter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionLog)]
pub(super) struct Log {
    /// The kit is locked: that something was written is told, what it says is not.
    locked: bool,
    /// Newest first.
    lines: Vec<LogLine>,
    /// There are older ones.
    more: bool,
}

/// One thing that was written.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionLogLine)]
pub(super) struct LogLine {
    #[serde(flatten)]
    line: HistoryLine,
    /// The first name on the card of the household it is about; null for the shelter's own, and who may not be shown.
    name: Option<String>,
    /// How far a request has come; null for everything else, and while the kit is locked.
    state: Option<State>,
    /// Answers that a request has.
    answers: u32,
}

/// What every desk of the shelter wrote in the last days besides who came and went.
#[utoipa::path(
    get, path = "/api/reception/shelters/{facility}/log", operation_id = "receptionLog", tag = "reception",
    params(("facility" = String, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23"), LogQuery),
    responses(
        (status = 200, description = "Newest first", body = Log, example = json!({ "locked": false, "more": false, "lines": [{
            "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e44", "kind": "request", "subject": null,
            "shelter": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23", "at": "2025-12-09T07:10:00+09:00", "sure": true, "actor": "desk",
            "device": "019b0a3e-5c40-8d2a-9b1e-3f6c8a2d4e32", "counts": null, "other": null, "effect": "in-force",
            "words": { "items": [{ "kind": "blanket", "count": 20 }], "state": "asked" }, "name": null, "state": "asked",
            "answers": 0
        }] })),
        (status = 404, description = "`not-found`"), (status = 422, description = "`invalid`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn log(
    Shared(app): Shared<App>,
    actor: Actor,
    facility: Result<Path<Uuid>, Problem>,
    query: Result<Query<LogQuery>, Problem>,
) -> Result<Json<Log>, Problem> {
    actor.require_anywhere(Duty::ShelterDesk)?;
    let (Path(facility), Query(asked)) = (facility?, query?);
    let venue = venue(&app, facility).await?.ok_or_else(Problem::not_found)?;
    super::require_desk(&actor, &venue.municipality)?;
    let days = asked.days.unwrap_or(DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Problem::invalid("days", "1から60までの日数で指定してください。", "Between 1 and 60 days."));
    }
    let live = Live::of(&app)?;
    let scope = live.scope(asked.disaster).ok_or_else(no_disaster)?;
    let here = Place::Shelter(facility);
    let written = live.ask(|register| Written::at(register, scope, &here));
    let since = app.clock.now().minus(Duration::from_hours(24 * u64::from(days))).millis();
    let words = if live.is_locked() {
        HashMap::new()
    } else {
        fetch_keys(&app, &live, &venue.municipality).await?;
        words(&app, &live, &written).await?
    };
    let states = Requests::of(&written, &words);
    let lines: Vec<&Line> = written.0.iter().filter(|line| line.at_ms >= since || states.is_open(line)).collect();
    let more = lines.len() > MOST;
    let lines = foremost(lines, |line| states.is_open(line));
    let viewer = Viewer::Desk { municipality: venue.municipality, place: here };
    let names = if live.is_locked() { HashMap::new() } else { names(&app, &actor, scope, &viewer, &lines).await? };
    let view = |one: &&Line| {
        // What is said of a household goes with its card.
        let name = one.subject.and_then(|subject| names.get(&subject));
        let shown = one.subject.is_none() || name.is_some();
        LogLine {
            line: line(one, words.get(&one.id).filter(|_| shown)),
            name: name.cloned().flatten(),
            state: states.0.get(&one.id).and_then(|(state, _)| *state),
            answers: states.0.get(&one.id).map_or(0, |(_, answers)| *answers),
        }
    };
    Ok(Json(Log { locked: live.is_locked(), lines: lines.iter().rev().map(view).collect(), more }))
}

/// As many lines as one answer holds, in their order. A shelter hands out more than it writes: what is not done comes first,
/// handouts last, of each the newest.
fn foremost(lines: Vec<&Line>, is_open: impl Fn(&Line) -> bool) -> Vec<&Line> {
    let rank = |line: &Line| match (is_open(line), line.kind) {
        (true, _) => 0,
        (false, Kind::Handout) => 2,
        (false, _) => 1,
    };
    let mut ranked: Vec<_> = lines.into_iter().enumerate().rev().map(|(at, line)| (rank(line), at, line)).collect();
    ranked.sort_by_key(|(rank, _, _)| *rank);
    ranked.truncate(MOST);
    ranked.sort_unstable_by_key(|(_, at, _)| *at);
    ranked.into_iter().map(|(_, _, line)| line).collect()
}

/// What the lines say, as far as it can be read here.
pub(super) async fn words(
    app: &App,
    live: &Live,
    written: &Written,
) -> anyhow::Result<HashMap<Id<Event>, serde_json::Value>> {
    let sealed = written.0.iter().filter(|line| line.sealed).map(|line| line.id);
    let opened = contents::open(app, live, sealed.collect::<Vec<_>>()).await?;
    Ok(opened.into_iter().filter_map(|(id, bytes)| Some((id, serde_json::from_slice(&bytes).ok()?))).collect())
}

/// Requests by their state, if it can be read, and how many answers each has.
struct Requests(HashMap<Id<Event>, (Option<State>, u32)>);

impl Requests {
    fn of(written: &Written, words: &HashMap<Id<Event>, serde_json::Value>) -> Self {
        let one = |(request, answers): (&Line, Vec<&Line>)| {
            let count = u32::try_from(answers.len()).unwrap_or(u32::MAX);
            let said: Vec<&serde_json::Value> = answers.iter().filter_map(|answer| words.get(&answer.id)).collect();
            let readable = said.len() == answers.len() && (!request.sealed || words.contains_key(&request.id));
            (request.id, (readable.then(|| state_of(&said)), count))
        };
        Self(written.requests().into_iter().map(one).collect())
    }

    fn is_open(&self, line: &Line) -> bool {
        match self.0.get(&line.id) {
            Some((Some(state), _)) => matches!(state, State::Asked | State::Arranged),
            Some((None, answers)) => *answers == 0,
            None => false,
        }
    }
}

/// First names on the cards of the households that the lines are about, through the gate. Who may not be shown is missing.
async fn names(
    app: &App,
    actor: &Actor,
    scope: Scope,
    viewer: &Viewer,
    lines: &[&Line],
) -> Result<HashMap<Subject, Option<String>>, Problem> {
    let live = Live::of(app)?;
    let about = lines.iter().filter(|line| is_told(line.kind)).filter_map(|line| line.subject);
    let about: Vec<Subject> = about.collect::<BTreeSet<_>>().into_iter().collect();
    let reads = cards::read(app, &live, scope, &about).await?;
    let mut parties = HashSet::new();
    let mut reads: Vec<Read> = reads.into_iter().filter(|read| parties.insert(read.subject())).collect();
    fill_in(app, &mut reads).await?;
    // A household without a card has nothing to keep from anybody.
    let bare: HashSet<Subject> = reads.iter().filter(|read| read.household.is_none()).map(Read::subject).collect();
    let mut names = HashMap::new();
    for (view, read) in show(app, actor, (Purpose::Reception, scope.mode), viewer, reads).await? {
        if view.is_shown() || bare.contains(&read.subject()) {
            names.extend(read.party.subjects.iter().map(|subject| (*subject, view.first_name())));
        }
    }
    Ok(names)
}

/// What a page shows by name. A handout is told by number: a meal would open every card of the shelter.
fn is_told(kind: Kind) -> bool {
    kind != Kind::Handout
}
