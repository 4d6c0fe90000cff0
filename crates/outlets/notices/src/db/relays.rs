//! What became of a notice on channels other than devices: one row for each notice and channel.

use kernel::{Id, Timestamp};
use sqlx::types::Json;
use store::{Conn, rows, sql};
use uuid::Uuid;

use crate::model::notice::Notice;

const INSERT: &str = "INSERT INTO notices_relay (notice, channel, state, due_at, attempts)";
const CLAIM: &str = "UPDATE notices_relay SET due_at = $2, attempts = attempts + 1, batch = $1
    WHERE (notice, channel) IN (SELECT notice, channel FROM notices_relay
        WHERE state = 'queued' AND due_at <= $3 ORDER BY due_at LIMIT $4)";
const CLAIMED: &str =
    "SELECT r.channel, r.attempts, n.body FROM notices_relay r JOIN notices_notice n ON n.id = r.notice
    WHERE r.batch = $1 AND r.state = 'queued'";
const NOTE: &str = "UPDATE notices_relay SET state = $4, cause = $5, due_at = $6, batch = NULL
    WHERE notice = $1 AND channel = $2 AND batch = $3";
const OF: &str =
    "SELECT channel, state, cause, attempts FROM notices_relay WHERE notice = $1 ORDER BY channel LIMIT 200";

pub(super) const SQL: &[&str] = &[CLAIM, CLAIMED, NOTE, OF];

/// A notice to be handed to a channel.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) channel: String,
    pub(crate) attempts: i64,
    pub(crate) notice: Notice,
}

/// How a notice fared on a channel.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Relayed {
    pub(crate) channel: String,
    pub(crate) state: String,
    pub(crate) cause: Option<String>,
    pub(crate) attempts: i64,
}

pub(crate) async fn insert_relays(
    conn: &mut Conn,
    notice: Id<Notice>,
    channels: &[&str],
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut all = rows(INSERT, "ON CONFLICT DO NOTHING");
    for channel in channels {
        all = all.row([notice.into(), (*channel).into(), "queued".into(), now.into(), 0_i64.into()]);
    }
    all.execute(conn).await?;
    Ok(())
}

pub(crate) async fn claim_relays(
    conn: &mut Conn,
    batch: Uuid,
    until: Timestamp,
    now: Timestamp,
) -> anyhow::Result<Vec<Relay>> {
    conn.lock("notices:relay").await?;
    if sql(CLAIM).bind(batch).bind(until).bind(now).bind(50_i64).execute(conn).await? == 0 {
        return Ok(Vec::new());
    }
    let rows: Vec<(String, i64, Json<Notice>)> = sql(CLAIMED).bind(batch).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(channel, attempts, Json(notice))| Relay { channel, attempts, notice }).collect())
}

/// Notes the end of an attempt: `accepted`, `failed`, or `queued` for another one at `due_at`.
pub(crate) async fn note_relay(
    conn: &mut Conn,
    batch: Uuid,
    relay: &Relay,
    state: &str,
    cause: Option<&str>,
    due_at: Timestamp,
) -> anyhow::Result<()> {
    let note = sql(NOTE).bind(relay.notice.id).bind(&relay.channel).bind(batch).bind(state).bind(cause).bind(due_at);
    note.execute(conn).await?;
    Ok(())
}

pub(crate) async fn relays_of(conn: &mut Conn, notice: Id<Notice>) -> anyhow::Result<Vec<Relayed>> {
    Ok(sql(OF).bind(notice).fetch_all(conn).await?)
}
