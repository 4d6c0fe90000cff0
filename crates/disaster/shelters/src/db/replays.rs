//! Replay runs: what was started, how far it is, and whether it is to stop.

use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use store::{Conn, Result, sql};
use uuid::Uuid;

use crate::model::Disaster;
use crate::replay::Run;

const INSERT: &str = "INSERT INTO shelters_replay
    (id, history, disaster, speed, state, total, done, actor, started_at, beat_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
const ACTIVE: &str = "SELECT * FROM shelters_replay WHERE ended_at IS NULL AND beat_at >= $1 ORDER BY id DESC LIMIT 1";
const NEWEST: &str = "SELECT * FROM shelters_replay ORDER BY id DESC LIMIT 1";
const CLAIM: &str = "UPDATE shelters_replay SET state = 'running', beat_at = $1 WHERE state = 'waiting' AND id =
    (SELECT id FROM shelters_replay WHERE state = 'waiting' ORDER BY id LIMIT 1) RETURNING *";
const BEAT: &str = "UPDATE shelters_replay SET done = $2, beat_at = $3 WHERE id = $1 RETURNING state";
const BURY: &str = "UPDATE shelters_replay SET state = 'failed', ended_at = $2 WHERE ended_at IS NULL AND beat_at < $1";
const STOP: &str =
    "UPDATE shelters_replay SET state = 'stopping' WHERE id = $1 AND ended_at IS NULL AND state <> 'stopping'";
const END: &str = "UPDATE shelters_replay SET state = $2, done = $3, ended_at = $4 WHERE id = $1 AND ended_at IS NULL";

pub(super) const SQL: &[&str] = &[INSERT, ACTIVE, NEWEST, CLAIM, BEAT, BURY, STOP, END];

/// A replay run as stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunRow {
    pub(crate) id: Id<Run>,
    /// The past disaster.
    pub(crate) history: Id<Disaster>,
    /// The drill that plays it.
    pub(crate) disaster: Id<Disaster>,
    pub(crate) speed: f64,
    /// `waiting`, `running`, `stopping`, `finished`, `stopped` or `failed`.
    pub(crate) state: String,
    pub(crate) total: i64,
    pub(crate) done: i64,
    pub(crate) actor: String,
    pub(crate) started_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Stored {
    id: Uuid,
    history: Uuid,
    disaster: Uuid,
    speed: f64,
    state: String,
    total: i64,
    done: i64,
    actor: String,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<Stored> for RunRow {
    fn from(row: Stored) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            history: Id::from_uuid(row.history),
            disaster: Id::from_uuid(row.disaster),
            speed: row.speed,
            state: row.state,
            total: row.total,
            done: row.done,
            actor: row.actor,
            started_at: Timestamp::from(row.started_at),
            ended_at: row.ended_at.map(Timestamp::from),
        }
    }
}

pub(crate) async fn insert_run(conn: &mut Conn, run: &RunRow) -> Result<()> {
    sql(INSERT)
        .bind(run.id)
        .bind(run.history)
        .bind(run.disaster)
        .bind(run.speed)
        .bind(&run.state)
        .bind(run.total)
        .bind(run.done)
        .bind(&run.actor)
        .bind(run.started_at)
        .execute(conn)
        .await?;
    Ok(())
}

/// The run that is going on, if one is: it is not ended and its process gave a sign of life after `alive_since`.
pub(crate) async fn active_run(conn: &mut Conn, alive_since: Timestamp) -> Result<Option<RunRow>> {
    Ok(sql(ACTIVE).bind(alive_since).fetch_optional::<Stored>(conn).await?.map(RunRow::from))
}

/// The newest run of all.
pub(crate) async fn newest_run(conn: &mut Conn) -> Result<Option<RunRow>> {
    Ok(sql(NEWEST).fetch_optional::<Stored>(conn).await?.map(RunRow::from))
}

/// Takes a waiting run to carry out, so that of many processes one does.
pub(crate) async fn claim_run(conn: &mut Conn, now: Timestamp) -> Result<Option<RunRow>> {
    Ok(sql(CLAIM).bind(now).fetch_optional::<Stored>(conn).await?.map(RunRow::from))
}

/// Notes progress and gives the state, which may have been set to `stopping` by staff.
pub(crate) async fn beat_run(conn: &mut Conn, id: Id<Run>, done: i64, now: Timestamp) -> Result<String> {
    let (state,) = sql(BEAT).bind(id).bind(done).bind(now).fetch_one::<(String,)>(conn).await?;
    Ok(state)
}

/// Ends runs whose process gave no sign of life since `alive_since`.
pub(crate) async fn bury_runs(conn: &mut Conn, alive_since: Timestamp, now: Timestamp) -> Result<u64> {
    sql(BURY).bind(alive_since).bind(now).execute(conn).await
}

/// Asks a run to stop; false when it is over.
pub(crate) async fn stop_run(conn: &mut Conn, id: Id<Run>) -> Result<bool> {
    Ok(sql(STOP).bind(id).execute(conn).await? == 1)
}

/// Ends a run; false when it was ended before.
pub(crate) async fn end_run(conn: &mut Conn, id: Id<Run>, state: &str, done: i64, now: Timestamp) -> Result<bool> {
    Ok(sql(END).bind(id).bind(state).bind(done).bind(now).execute(conn).await? == 1)
}
