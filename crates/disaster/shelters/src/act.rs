//! What is done, in the caller's transaction: load, decide, write, record. Publishing comes after, once for all.

use http::Problem;
use kernel::{AreaCode, Id, Mode, Timestamp};
use places::Facility;
use serde_json::{Value, json};
use store::Tx;
use store::journal::{self, Body, NewEntry};
use uuid::Uuid;

use crate::db::{self, NewCount, Step};
use crate::model::{self, Around, Ask, Disaster, Headcount, Opening, Refused, State, Venue};

/// Everybody who decides on shelters takes turns under this lock.
pub(crate) const LOCK: &str = "shelters";

/// Who does something, under which id, when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deed<'a> {
    /// Made by the client; the same one again changes nothing.
    pub(crate) command: Uuid,
    pub(crate) by: &'a str,
    /// Of what was asked; see [`digest`].
    pub(crate) digest: &'a str,
    /// When it happened; in a replay long ago.
    pub(crate) at: Timestamp,
    pub(crate) now: Timestamp,
}

/// The fingerprint of what a command asks.
pub(crate) fn digest(asked: &impl std::fmt::Debug) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    format!("{asked:?}").hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Whether this very command was carried out before. Another command with its id is refused.
pub(crate) async fn is_repeat(tx: &mut Tx, deed: Deed<'_>) -> anyhow::Result<bool> {
    match db::find_step(tx, deed.command).await? {
        None => Ok(false),
        Some((actor, digest)) if actor == deed.by && digest == deed.digest => Ok(true),
        Some(_) => Err(Problem::command_used().into()),
    }
}

/// Keeps a disaster that was declared or ended.
pub(crate) async fn keep_disaster(tx: &mut Tx, deed: Deed<'_>, disaster: &Disaster) -> anyhow::Result<()> {
    db::put_disaster(tx, disaster).await?;
    let kind = if disaster.is_running() { "shelters.disaster_opened" } else { "shelters.disaster_closed" };
    let body = json!({
        "name": disaster.name, "since": disaster.since, "until": disaster.until,
        "municipalities": disaster.municipalities, "replay_of": disaster.replay_of,
    });
    let area = disaster.areas().into_iter().next().filter(|_| disaster.municipalities.len() <= 1);
    record(tx, deed, About { kind, disaster: disaster.id, facility: None, area, mode: disaster.mode }, body).await
}

/// Takes a step of an opening.
pub(crate) async fn take_step(
    tx: &mut Tx,
    deed: Deed<'_>,
    disaster: &Disaster,
    venue: Venue,
    ask: Ask,
) -> anyhow::Result<Opening> {
    let facility = venue.facility;
    let held = db::opening(tx, disaster.id, facility).await?;
    let around = Around {
        open_elsewhere: ask.state.is_active() && db::active_elsewhere(tx, facility, disaster).await?,
        others_open: db::others_open(tx, disaster.mode, facility, None).await?,
        instead_open: match ask.instead {
            Some(instead) => db::others_open(tx, disaster.mode, facility, Some(instead)).await?,
            None => false,
        },
    };
    let opening = model::step(disaster, held.as_ref(), venue, ask, around, deed.by, deed.at).map_err(Problem::from)?;
    note_opening(tx, deed, held.map_or(State::Closed, |held| held.state), &opening).await?;
    Ok(opening)
}

/// Takes an opening over as another node decided it.
pub(crate) async fn mirror_opening(
    tx: &mut Tx,
    deed: Deed<'_>,
    held: Option<&Opening>,
    opening: &Opening,
) -> anyhow::Result<()> {
    note_opening(tx, deed, held.map_or(State::Closed, |held| held.state), opening).await
}

async fn note_opening(tx: &mut Tx, deed: Deed<'_>, from: State, opening: &Opening) -> anyhow::Result<()> {
    db::put_opening(tx, opening).await?;
    let body = json!({
        "disaster": opening.disaster, "name": opening.venue.name, "from": from, "state": opening.state,
        "reason": opening.reason.as_deref().map(|words| opening.mode.mark(words)),
        "note": opening.note.as_deref().map(|words| opening.mode.mark(words)), "instead": opening.instead,
        "adhoc": opening.venue.adhoc,
    });
    record(tx, deed, About::of(opening, step_kind(from, opening.state)), body).await
}

/// Takes a headcount.
pub(crate) async fn take_count(
    tx: &mut Tx,
    deed: Deed<'_>,
    disaster: &Disaster,
    facility: Id<Facility>,
    count: Headcount,
) -> anyhow::Result<Opening> {
    let held = db::opening(tx, disaster.id, facility).await?.ok_or_else(|| Problem::from(Refused::NotOpen))?;
    let done = model::count(disaster, &held, count.clone(), deed.at).map_err(Problem::from)?;
    db::add_count(tx, NewCount { command: deed.command, opening: &held, count: &count, now: deed.now }).await?;
    if done.newest {
        db::put_opening(tx, &done.opening).await?;
    }
    let body = json!({
        "disaster": held.disaster, "name": held.venue.name, "persons": count.persons, "households": count.households,
        "counted_at": count.counted_at, "newest": done.newest,
    });
    record(tx, deed, About::of(&held, "shelters.counted"), body).await?;
    Ok(done.opening)
}

/// Puts an ad-hoc shelter on the list of its disaster. It opens by a step of its own.
pub(crate) async fn add_adhoc(tx: &mut Tx, deed: Deed<'_>, disaster: &Disaster, venue: &Venue) -> anyhow::Result<()> {
    db::add_adhoc(tx, disaster.id, venue, deed.by, deed.now).await?;
    let about = About {
        kind: "shelters.adhoc_added",
        disaster: disaster.id,
        facility: Some(venue.facility),
        area: Some(AreaCode::municipality(&venue.municipality)),
        mode: disaster.mode,
    };
    let body = json!({
        "disaster": disaster.id, "name": disaster.mode.mark(&venue.name), "address": venue.address,
        "lat": venue.point.map(|p| p.lat), "lon": venue.point.map(|p| p.lon), "capacity": venue.listed,
    });
    record(tx, deed, about, body).await
}

/// What an entry is about.
pub(crate) struct About {
    pub(crate) kind: &'static str,
    pub(crate) disaster: Id<Disaster>,
    pub(crate) facility: Option<Id<Facility>>,
    pub(crate) area: Option<AreaCode>,
    pub(crate) mode: Mode,
}

impl About {
    fn of(opening: &Opening, kind: &'static str) -> Self {
        Self {
            kind,
            disaster: opening.disaster,
            facility: Some(opening.venue.facility),
            area: Some(opening.area()),
            mode: opening.mode,
        }
    }
}

/// Writes the step and the journal entry.
pub(crate) async fn record(tx: &mut Tx, deed: Deed<'_>, about: About, body: Value) -> anyhow::Result<()> {
    let About { kind, disaster, facility, area, mode } = about;
    let Deed { command, by: actor, digest, at, now } = deed;
    db::add_step(tx, Step { command, disaster, facility, mode, kind, actor, digest, at, body: &body }).await?;
    let entry = NewEntry {
        id: Id::from_uuid(command),
        kind,
        subject: facility.map_or_else(|| disaster.to_string(), |facility| facility.to_string()),
        area,
        mode,
        actor: actor.to_owned(),
        device: None,
        occurred_at: at,
        body: Body::Open(body),
    };
    journal::record(tx, entry, now).await?;
    Ok(())
}

fn step_kind(from: State, to: State) -> &'static str {
    match to {
        _ if from == to => "shelters.amended",
        State::Preparing => "shelters.preparing",
        State::Open => "shelters.opened",
        State::Full => "shelters.full",
        State::Closing => "shelters.closing",
        State::Closed => "shelters.closed",
    }
}
