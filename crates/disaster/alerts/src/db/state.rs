//! State, timeline and documents.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use kernel::{Mode, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use store::{Arg, Conn, Nullable, Tx, sql};
use uuid::Uuid;

use crate::model::{HazardState, Key, Place, State, Statement, Targets};
use crate::publish::TimelineEntry;

const LOAD_STATEMENTS: &str = "SELECT body FROM alerts_statement WHERE mode = $1 LIMIT 5000";
const LOAD_HAZARDS: &str = "SELECT body FROM alerts_hazard WHERE mode = $1 LIMIT 5000";
const PUT_STATEMENT: &str = "INSERT INTO alerts_statement (mode, product, scope, reported_at, telegram, body)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (mode, product, scope) DO UPDATE
    SET reported_at = excluded.reported_at, telegram = excluded.telegram, body = excluded.body";
const FORGET_STATEMENT: &str = "DELETE FROM alerts_statement WHERE mode = $1 AND product = $2 AND scope = $3";
const PUT_HAZARD: &str = "INSERT INTO alerts_hazard (mode, hazard, area, level, rank, since, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (mode, hazard, area) DO UPDATE
    SET level = excluded.level, rank = excluded.rank, since = excluded.since, body = excluded.body";
const FORGET_HAZARD: &str = "DELETE FROM alerts_hazard WHERE mode = $1 AND hazard = $2 AND area = $3";
const ADD_LINE: &str = "INSERT INTO alerts_timeline (id, mode, at, recorded_at, body) VALUES ($1, $2, $3, $4, $5)";
const NEWEST_LINES: &str = "SELECT id, body FROM alerts_timeline WHERE mode = $1 ORDER BY at DESC, id DESC LIMIT 200";
const NOTE_SEEN: &str = "INSERT INTO alerts_seen (telegram, mode, disposition, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (telegram) DO NOTHING";
const SEEN: &str = "SELECT disposition FROM alerts_seen WHERE telegram = $1";
const DOCUMENTS: &str = "SELECT name, digest FROM alerts_document LIMIT 1000";
const NOTE_DOCUMENT: &str = "INSERT INTO alerts_document (name, digest, changed_at) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, changed_at = excluded.changed_at";
const KNOWN: &str = "SELECT since FROM alerts_known WHERE mode = $1";
const NOTE_KNOWN: &str = "INSERT INTO alerts_known (mode, since) VALUES ($1, $2) ON CONFLICT (mode) DO NOTHING";
const SETTING: &str = "SELECT body FROM alerts_setting WHERE name = $1";
const SET: &str = "INSERT INTO alerts_setting (name, body) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET body = excluded.body";
const CLEAR_STATEMENTS: &str = "DELETE FROM alerts_statement WHERE mode = 'drill'";
const CLEAR_HAZARDS: &str = "DELETE FROM alerts_hazard WHERE mode = 'drill'";

pub(super) const SQL: &[&str] = &[
    LOAD_STATEMENTS,
    LOAD_HAZARDS,
    PUT_STATEMENT,
    FORGET_STATEMENT,
    PUT_HAZARD,
    FORGET_HAZARD,
    ADD_LINE,
    NEWEST_LINES,
    NOTE_SEEN,
    SEEN,
    DOCUMENTS,
    NOTE_DOCUMENT,
    KNOWN,
    NOTE_KNOWN,
    SETTING,
    SET,
    CLEAR_STATEMENTS,
    CLEAR_HAZARDS,
];

const TARGETS: &str = "advisory-targets";

/// Everything known of a mode.
pub(crate) async fn load(conn: &mut Conn, mode: Mode) -> anyhow::Result<State> {
    let mut state = State { targets: targets(conn).await?, ..State::empty(mode) };
    for statement in bodies::<Statement>(conn, LOAD_STATEMENTS, mode).await? {
        state.statements.insert(statement.key.clone(), Arc::new(statement));
    }
    for hazard in bodies::<HazardState>(conn, LOAD_HAZARDS, mode).await? {
        state.hazards.insert((hazard.hazard, hazard.area.clone()), hazard);
    }
    Ok(state)
}

async fn bodies<T: DeserializeOwned>(conn: &mut Conn, text: &'static str, mode: Mode) -> anyhow::Result<Vec<T>> {
    let rows: Vec<(Json<Value>,)> = sql(text).bind(mode).fetch_all(conn).await?;
    rows.into_iter()
        .map(|(Json(body),)| serde_json::from_value(body).context("a row of alerts cannot be read"))
        .collect()
}

pub(crate) async fn put_statement(conn: &mut Conn, mode: Mode, statement: &Statement) -> anyhow::Result<()> {
    sql(PUT_STATEMENT)
        .bind(mode)
        .bind(&statement.key.product)
        .bind(&statement.key.scope)
        .bind(statement.stamp.reported_at)
        .bind(statement.origin.telegram)
        .bind(serde_json::to_value(statement)?)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn forget_statement(conn: &mut Conn, mode: Mode, key: &Key) -> anyhow::Result<()> {
    sql(FORGET_STATEMENT).bind(mode).bind(&key.product).bind(&key.scope).execute(conn).await?;
    Ok(())
}

pub(crate) async fn put_hazard(conn: &mut Conn, mode: Mode, hazard: &HazardState) -> anyhow::Result<()> {
    sql(PUT_HAZARD)
        .bind(mode)
        .bind(hazard.hazard.as_str())
        .bind(&hazard.area)
        .bind(hazard.derived.level.map_or(<i64 as Nullable>::NULL, Arg::from))
        .bind(hazard.derived.rank)
        .bind(hazard.since)
        .bind(serde_json::to_value(hazard)?)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn forget_hazard(conn: &mut Conn, mode: Mode, place: &Place) -> anyhow::Result<()> {
    sql(FORGET_HAZARD).bind(mode).bind(place.0.as_str()).bind(&place.1).execute(conn).await?;
    Ok(())
}

/// A line of the timeline with its id and mode.
#[derive(Debug, Clone)]
pub(crate) struct TimelineRow {
    pub id: Uuid,
    pub mode: Mode,
    pub entry: TimelineEntry,
}

pub(crate) async fn add_line(conn: &mut Conn, row: &TimelineRow) -> anyhow::Result<()> {
    sql(ADD_LINE)
        .bind(row.id)
        .bind(row.mode)
        .bind(row.entry.at)
        .bind(row.entry.recorded_at)
        .bind(serde_json::to_value(&row.entry)?)
        .execute(conn)
        .await?;
    Ok(())
}

#[derive(FromRow)]
struct LineRow {
    id: Uuid,
    body: Json<TimelineEntry>,
}

pub(crate) async fn newest_lines(conn: &mut Conn, mode: Mode) -> anyhow::Result<Vec<TimelineEntry>> {
    let rows: Vec<LineRow> = sql(NEWEST_LINES).bind(mode).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|r| TimelineEntry { id: r.id.to_string(), ..r.body.0 }).collect())
}

/// Notes what became of a telegram, applied or not.
pub(crate) async fn note_seen(
    conn: &mut Conn,
    telegram: Uuid,
    mode: Mode,
    disposition: &str,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(NOTE_SEEN).bind(telegram).bind(mode).bind(disposition).bind(now).execute(conn).await?;
    Ok(())
}

pub(crate) async fn seen(conn: &mut Conn, telegram: Uuid) -> anyhow::Result<Option<String>> {
    let row: Option<(String,)> = sql(SEEN).bind(telegram).fetch_optional(conn).await?;
    Ok(row.map(|(disposition,)| disposition))
}

/// Digest of every document as last published.
pub(crate) async fn documents(conn: &mut Conn) -> anyhow::Result<BTreeMap<String, String>> {
    let rows: Vec<(String, String)> = sql(DOCUMENTS).fetch_all(conn).await?;
    Ok(rows.into_iter().collect())
}

pub(crate) async fn note_document(conn: &mut Conn, name: &str, digest: &str, now: Timestamp) -> anyhow::Result<()> {
    sql(NOTE_DOCUMENT).bind(name).bind(digest).bind(now).execute(conn).await?;
    Ok(())
}

/// Since when this database knows anything of a mode; noted on the first call.
pub(crate) async fn known_since(tx: &mut Tx, mode: Mode, now: Timestamp) -> anyhow::Result<Timestamp> {
    sql(NOTE_KNOWN).bind(mode).bind(now).execute(tx).await?;
    let (since,): (DateTime<Utc>,) = sql(KNOWN).bind(mode).fetch_one(tx).await?;
    Ok(since.into())
}

pub(crate) async fn targets(conn: &mut Conn) -> anyhow::Result<Targets> {
    let row: Option<(Json<Targets>,)> = sql(SETTING).bind(TARGETS).fetch_optional(conn).await?;
    Ok(row.map(|(Json(targets),)| targets).unwrap_or_default())
}

pub(crate) async fn set_targets(conn: &mut Conn, targets: &Targets) -> anyhow::Result<()> {
    sql(SET).bind(TARGETS).bind(serde_json::to_value(targets)?).execute(conn).await?;
    Ok(())
}

/// Clears what drills stated. The timeline stays; live rows are out of reach of this text.
pub(crate) async fn clear_drill(conn: &mut Conn) -> anyhow::Result<()> {
    sql(CLEAR_STATEMENTS).execute(conn).await?;
    sql(CLEAR_HAZARDS).execute(conn).await?;
    Ok(())
}
