//! Replay runs: what was started, how far it is, and whether it is to stop.

use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use store::{Conn, Result, sql};
use uuid::Uuid;

use crate::model::ReplayRun;

const INSERT_RUN: &str =
    "INSERT INTO feeds_replay (id, scenario, speed, state, total, sent, actor, started_at, beat_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
const ACTIVE_RUN: &str = "SELECT * FROM feeds_replay WHERE ended_at IS NULL AND beat_at >= $1 ORDER BY id DESC LIMIT 1";
const NEWEST_RUN: &str = "SELECT * FROM feeds_replay ORDER BY id DESC LIMIT 1";
const CLAIM_RUN: &str = "UPDATE feeds_replay SET state = 'running', beat_at = $1 WHERE state = 'waiting' AND id =
    (SELECT id FROM feeds_replay WHERE state = 'waiting' ORDER BY id LIMIT 1) RETURNING *";
const BEAT_RUN: &str = "UPDATE feeds_replay SET sent = $2, beat_at = $3 WHERE id = $1 RETURNING state";
const BURY_RUNS: &str =
    "UPDATE feeds_replay SET state = 'failed', ended_at = $2 WHERE ended_at IS NULL AND beat_at < $1";
const STOP_RUN: &str =
    "UPDATE feeds_replay SET state = 'stopping' WHERE id = $1 AND ended_at IS NULL AND state <> 'stopping'";
const END_RUN: &str = "UPDATE feeds_replay SET state = $2, sent = $3, ended_at = $4 WHERE id = $1 AND ended_at IS NULL";

/// Every statement of this file, for the test that prepares them on both engines.
pub(crate) const REPLAYS_SQL: &[&str] =
    &[INSERT_RUN, ACTIVE_RUN, NEWEST_RUN, CLAIM_RUN, BEAT_RUN, BURY_RUNS, STOP_RUN, END_RUN];

/// A replay run as stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunRow {
    pub(crate) id: Id<ReplayRun>,
    pub(crate) scenario: String,
    pub(crate) speed: f64,
    /// `waiting`, `running`, `stopping`, `finished`, `stopped` or `failed`.
    pub(crate) state: String,
    pub(crate) total: i64,
    pub(crate) sent: i64,
    pub(crate) actor: String,
    pub(crate) started_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Stored {
    id: Uuid,
    scenario: String,
    speed: f64,
    state: String,
    total: i64,
    sent: i64,
    actor: String,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<Stored> for RunRow {
    fn from(row: Stored) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            scenario: row.scenario,
            speed: row.speed,
            state: row.state,
            total: row.total,
            sent: row.sent,
            actor: row.actor,
            started_at: Timestamp::from(row.started_at),
            ended_at: row.ended_at.map(Timestamp::from),
        }
    }
}

/// Begins a run.
pub(crate) async fn insert_run(conn: &mut Conn, run: &RunRow) -> Result<()> {
    sql(INSERT_RUN)
        .bind(run.id)
        .bind(&run.scenario)
        .bind(run.speed)
        .bind(&run.state)
        .bind(run.total)
        .bind(run.sent)
        .bind(&run.actor)
        .bind(run.started_at)
        .execute(conn)
        .await?;
    Ok(())
}

/// The run that is going on, if one is: it is not ended and its process gave a sign of life after `alive_since`.
pub(crate) async fn active_run(conn: &mut Conn, alive_since: Timestamp) -> Result<Option<RunRow>> {
    Ok(sql(ACTIVE_RUN).bind(alive_since).fetch_optional::<Stored>(conn).await?.map(RunRow::from))
}

/// The newest run of all.
pub(crate) async fn newest_run(conn: &mut Conn) -> Result<Option<RunRow>> {
    Ok(sql(NEWEST_RUN).fetch_optional::<Stored>(conn).await?.map(RunRow::from))
}

/// Takes a waiting run to carry out, so that of many processes one does.
pub(crate) async fn claim_run(conn: &mut Conn, now: Timestamp) -> Result<Option<RunRow>> {
    Ok(sql(CLAIM_RUN).bind(now).fetch_optional::<Stored>(conn).await?.map(RunRow::from))
}

/// Notes progress and gives the state, which may have been set to `stopping` by staff.
pub(crate) async fn beat_run(conn: &mut Conn, id: Id<ReplayRun>, sent: i64, now: Timestamp) -> Result<String> {
    let (state,) = sql(BEAT_RUN).bind(id).bind(sent).bind(now).fetch_one::<(String,)>(conn).await?;
    Ok(state)
}

/// Ends runs whose process gave no sign of life since `alive_since`.
pub(crate) async fn bury_runs(conn: &mut Conn, alive_since: Timestamp, now: Timestamp) -> Result<u64> {
    sql(BURY_RUNS).bind(alive_since).bind(now).execute(conn).await
}

/// Asks a run to stop; false when it is over.
pub(crate) async fn stop_run(conn: &mut Conn, id: Id<ReplayRun>) -> Result<bool> {
    Ok(sql(STOP_RUN).bind(id).execute(conn).await? == 1)
}

/// Ends a run; false when it was ended before.
pub(crate) async fn end_run(
    conn: &mut Conn,
    id: Id<ReplayRun>,
    state: &str,
    sent: i64,
    now: Timestamp,
) -> Result<bool> {
    Ok(sql(END_RUN).bind(id).bind(state).bind(sent).bind(now).execute(conn).await? == 1)
}
