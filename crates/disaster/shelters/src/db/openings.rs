//! Openings, the steps and counts that made them, ad-hoc shelters, and what was published of them.

use chrono::{DateTime, Utc};
use kernel::{Id, Mode, Timestamp, fold};
use places::Facility;
use serde_json::Value;
use sqlx::types::Json;
use store::{Conn, sql};
use uuid::Uuid;

use crate::model::{Disaster, Headcount, Opening, Venue};

const PUT: &str = "INSERT INTO shelters_opening
    (disaster, facility, mode, municipality, state, persons, households, counted_at, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (disaster, facility) DO UPDATE SET municipality = excluded.municipality, state = excluded.state,
        persons = excluded.persons, households = excluded.households, counted_at = excluded.counted_at,
        body = excluded.body";
const FIND: &str = "SELECT body FROM shelters_opening WHERE disaster = $1 AND facility = $2";
const NEWEST: &str = "SELECT body FROM shelters_opening WHERE facility = $1 ORDER BY disaster DESC LIMIT 1";
const ELSEWHERE: &str = "SELECT COUNT(*) FROM shelters_opening o JOIN shelters_disaster d ON d.id = o.disaster
    WHERE o.facility = $1 AND o.mode = $2 AND o.disaster <> $3 AND o.state <> 'closed' AND d.until IS NULL";
const OTHERS: &str = "SELECT COUNT(*) FROM shelters_opening o JOIN shelters_disaster d ON d.id = o.disaster
    WHERE o.mode = $1 AND o.facility <> $2 AND o.state = 'open' AND d.until IS NULL";
const NAMED: &str = "SELECT COUNT(*) FROM shelters_opening o JOIN shelters_disaster d ON d.id = o.disaster
    WHERE o.mode = $1 AND o.facility = $2 AND o.state = 'open' AND d.until IS NULL";
const ACTIVE: &str = "SELECT body FROM shelters_opening WHERE disaster = $1 AND state <> 'closed' LIMIT 20000";
const OF_PLACE: &str = "SELECT o.body FROM shelters_opening o JOIN shelters_disaster d ON d.id = o.disaster
    WHERE o.mode = $1 AND o.municipality = $2 AND d.until IS NULL LIMIT 5000";
const ALL_ACTIVE: &str = "SELECT o.body FROM shelters_opening o JOIN shelters_disaster d ON d.id = o.disaster
    WHERE o.mode = $1 AND o.state <> 'closed' AND d.until IS NULL LIMIT 20000";
const TALLY: &str = "SELECT o.municipality, o.state, COUNT(*) AS shelters,
        CAST(SUM(o.persons) AS BIGINT) AS persons, CAST(SUM(o.households) AS BIGINT) AS households,
        COUNT(o.persons) AS counted, MAX(o.counted_at) AS counted_at
    FROM shelters_opening o JOIN shelters_disaster d ON d.id = o.disaster
    WHERE o.mode = $1 AND o.state <> 'closed' AND d.until IS NULL GROUP BY o.municipality, o.state";
const STEP: &str = "INSERT INTO shelters_step (command, disaster, facility, mode, kind, actor, digest, at, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const FIND_STEP: &str = "SELECT actor, digest FROM shelters_step WHERE command = $1";
const ENTRIES: &str = "SELECT s.command, s.disaster, s.mode, s.kind, s.actor, s.at, s.body FROM shelters_step s
    WHERE s.facility = $1 AND (s.at < $2 OR (s.at = $2 AND s.command < $3)) ORDER BY s.at DESC, s.command DESC LIMIT $4";
const COUNT: &str = "INSERT INTO shelters_count
    (command, disaster, facility, mode, municipality, persons, households, counted_at, actor, recorded_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const ADHOC: &str = "INSERT INTO shelters_adhoc (facility, disaster, municipality, name_key, added_by, at, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const ADHOC_NAMED: &str =
    "SELECT COUNT(*) FROM shelters_adhoc WHERE disaster = $1 AND municipality = $2 AND name_key = $3";
const ADHOC_OF: &str = "SELECT a.body FROM shelters_adhoc a JOIN shelters_disaster d ON d.id = a.disaster
    WHERE a.municipality = $1 AND d.mode = $2 AND d.until IS NULL LIMIT 2000";
const ADHOC_FIND: &str = "SELECT body FROM shelters_adhoc WHERE facility = $1";
const DOCUMENTS: &str = "SELECT name, digest FROM shelters_document LIMIT 10000";
const NOTE_DOCUMENT: &str = "INSERT INTO shelters_document (name, digest, changed_at) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, changed_at = excluded.changed_at";

pub(super) const SQL: &[&str] = &[
    PUT,
    FIND,
    NEWEST,
    ELSEWHERE,
    OTHERS,
    NAMED,
    ACTIVE,
    OF_PLACE,
    ALL_ACTIVE,
    TALLY,
    STEP,
    FIND_STEP,
    ENTRIES,
    COUNT,
    ADHOC,
    ADHOC_NAMED,
    ADHOC_OF,
    ADHOC_FIND,
    DOCUMENTS,
    NOTE_DOCUMENT,
];

type Body = (Json<Opening>,);

/// A command as it was carried out; also what happened at a place.
#[derive(Debug, Clone)]
pub(crate) struct Step<'a> {
    pub(crate) command: Uuid,
    pub(crate) disaster: Id<Disaster>,
    pub(crate) facility: Option<Id<Facility>>,
    pub(crate) mode: Mode,
    pub(crate) kind: &'static str,
    pub(crate) actor: &'a str,
    /// Of what was asked, to know a repeat from another command with the same id.
    pub(crate) digest: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) body: &'a Value,
}

/// One line of a place's history.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Entry {
    pub(crate) command: Uuid,
    pub(crate) disaster: Uuid,
    pub(crate) mode: String,
    pub(crate) kind: String,
    pub(crate) actor: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) body: Json<Value>,
}

/// A headcount for the curve.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewCount<'a> {
    pub(crate) command: Uuid,
    pub(crate) opening: &'a Opening,
    pub(crate) count: &'a Headcount,
    pub(crate) now: Timestamp,
}

/// Shelters of one municipality in one state.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub(crate) struct Tally {
    pub(crate) municipality: String,
    pub(crate) state: String,
    pub(crate) shelters: i64,
    pub(crate) persons: Option<i64>,
    pub(crate) households: Option<i64>,
    /// How many of them have a count of persons.
    pub(crate) counted: i64,
    pub(crate) counted_at: Option<DateTime<Utc>>,
}

pub(crate) async fn put_opening(conn: &mut Conn, opening: &Opening) -> anyhow::Result<()> {
    let count = opening.count.as_ref();
    sql(PUT)
        .bind(opening.disaster)
        .bind(opening.venue.facility)
        .bind(opening.mode)
        .bind(&opening.venue.municipality)
        .bind(opening.state.as_str())
        .bind(count.and_then(|count| count.persons))
        .bind(count.and_then(|count| count.households))
        .bind(count.map(|count| count.counted_at))
        .bind(serde_json::to_value(opening)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// The opening of a place in the newest disaster.
pub(crate) async fn newest_opening(conn: &mut Conn, facility: Id<Facility>) -> anyhow::Result<Option<Opening>> {
    let row: Option<Body> = sql(NEWEST).bind(facility).fetch_optional(conn).await?;
    Ok(row.map(|(Json(opening),)| opening))
}

pub(crate) async fn opening(
    conn: &mut Conn,
    disaster: Id<Disaster>,
    facility: Id<Facility>,
) -> anyhow::Result<Option<Opening>> {
    let row: Option<Body> = sql(FIND).bind(disaster).bind(facility).fetch_optional(conn).await?;
    Ok(row.map(|(Json(opening),)| opening))
}

/// Whether the place is active for another running disaster of the mode.
pub(crate) async fn active_elsewhere(
    conn: &mut Conn,
    facility: Id<Facility>,
    disaster: &Disaster,
) -> anyhow::Result<bool> {
    let n: i64 = sql(ELSEWHERE).bind(facility).bind(disaster.mode).bind(disaster.id).fetch_value(conn).await?;
    Ok(n > 0)
}

/// Whether some other place is open and not full; of `named` alone, if it is given.
pub(crate) async fn others_open(
    conn: &mut Conn,
    mode: Mode,
    facility: Id<Facility>,
    named: Option<Id<Facility>>,
) -> anyhow::Result<bool> {
    let n: i64 = match named {
        Some(named) => sql(NAMED).bind(mode).bind(named).fetch_value(conn).await?,
        None => sql(OTHERS).bind(mode).bind(facility).fetch_value(conn).await?,
    };
    Ok(n > 0)
}

/// Everything of a disaster that is not closed.
pub(crate) async fn active_in(conn: &mut Conn, disaster: Id<Disaster>) -> anyhow::Result<Vec<Opening>> {
    Ok(openings(sql(ACTIVE).bind(disaster).fetch_all(conn).await?))
}

/// Openings of a municipality in running disasters, closed ones among them.
pub(crate) async fn of_municipality(conn: &mut Conn, mode: Mode, jis5: &str) -> anyhow::Result<Vec<Opening>> {
    Ok(openings(sql(OF_PLACE).bind(mode).bind(jis5).fetch_all(conn).await?))
}

/// Every opening of the mode that is not closed.
pub(crate) async fn all_active(conn: &mut Conn, mode: Mode) -> anyhow::Result<Vec<Opening>> {
    Ok(openings(sql(ALL_ACTIVE).bind(mode).fetch_all(conn).await?))
}

pub(crate) async fn tallies(conn: &mut Conn, mode: Mode) -> anyhow::Result<Vec<Tally>> {
    Ok(sql(TALLY).bind(mode).fetch_all(conn).await?)
}

pub(crate) async fn add_step(conn: &mut Conn, step: Step<'_>) -> anyhow::Result<()> {
    sql(STEP)
        .bind(step.command)
        .bind(step.disaster)
        .bind(step.facility)
        .bind(step.mode)
        .bind(step.kind)
        .bind(step.actor)
        .bind(step.digest)
        .bind(step.at)
        .bind(step.body)
        .execute(conn)
        .await?;
    Ok(())
}

/// Who sent this command before, and the digest of what was asked.
pub(crate) async fn find_step(conn: &mut Conn, command: Uuid) -> anyhow::Result<Option<(String, String)>> {
    Ok(sql(FIND_STEP).bind(command).fetch_optional(conn).await?)
}

/// What happened at a place, newest first, before the given time and id.
pub(crate) async fn entries(
    conn: &mut Conn,
    facility: Id<Facility>,
    before: (Timestamp, Uuid),
    limit: i64,
) -> anyhow::Result<Vec<Entry>> {
    Ok(sql(ENTRIES).bind(facility).bind(before.0).bind(before.1).bind(limit).fetch_all(conn).await?)
}

pub(crate) async fn add_count(conn: &mut Conn, new: NewCount<'_>) -> anyhow::Result<()> {
    let NewCount { command, opening, count, now } = new;
    sql(COUNT)
        .bind(command)
        .bind(opening.disaster)
        .bind(opening.venue.facility)
        .bind(opening.mode)
        .bind(&opening.venue.municipality)
        .bind(count.persons)
        .bind(count.households)
        .bind(count.counted_at)
        .bind(&count.by)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn add_adhoc(
    conn: &mut Conn,
    disaster: Id<Disaster>,
    venue: &Venue,
    by: &str,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(ADHOC)
        .bind(venue.facility)
        .bind(disaster)
        .bind(&venue.municipality)
        .bind(fold::fold(&venue.name))
        .bind(by)
        .bind(now)
        .bind(serde_json::to_value(venue)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether the disaster already has an ad-hoc shelter of this name in the municipality.
pub(crate) async fn adhoc_named(
    conn: &mut Conn,
    disaster: Id<Disaster>,
    jis5: &str,
    name: &str,
) -> anyhow::Result<bool> {
    let n: i64 = sql(ADHOC_NAMED).bind(disaster).bind(jis5).bind(fold::fold(name)).fetch_value(conn).await?;
    Ok(n > 0)
}

/// Ad-hoc shelters: one by its id, or those of a municipality in running disasters of the mode.
pub(crate) async fn adhoc_of(conn: &mut Conn, of: AdhocOf<'_>) -> anyhow::Result<Vec<Venue>> {
    let ask = match of {
        AdhocOf::One(facility) => sql(ADHOC_FIND).bind(facility),
        AdhocOf::Municipality(jis5, mode) => sql(ADHOC_OF).bind(jis5).bind(mode),
    };
    let rows: Vec<(Json<Venue>,)> = ask.fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(Json(venue),)| venue).collect())
}

/// Which ad-hoc shelters.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AdhocOf<'a> {
    One(Id<Facility>),
    Municipality(&'a str, Mode),
}

/// Every document of this room with the digest of what was last published.
pub(crate) async fn published(conn: &mut Conn) -> anyhow::Result<std::collections::HashMap<String, String>> {
    let rows: Vec<(String, String)> = sql(DOCUMENTS).fetch_all(conn).await?;
    Ok(rows.into_iter().collect())
}

pub(crate) async fn note_document(conn: &mut Conn, name: &str, digest: &str, now: Timestamp) -> anyhow::Result<()> {
    sql(NOTE_DOCUMENT).bind(name).bind(digest).bind(now).execute(conn).await?;
    Ok(())
}

fn openings(rows: Vec<Body>) -> Vec<Opening> {
    rows.into_iter().map(|(Json(opening),)| opening).collect()
}
