//! Received telegrams: heads and outcomes; the originals are in the archive.

use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use serde_json::Value;
use store::{Conn, Result, sql};
use uuid::Uuid;

use super::{json_of, mode_of, text_of};
use crate::model::{Outcome, Received, TelegramRow};

const INSERT_TELEGRAM: &str = "
    INSERT INTO feeds_telegram (id, lane, sha256, source, mode, outcome, kind, title, office, event_id, serial, hint,
    reported_at, received_at, size, kept, repeats, unknown_parts, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, $17, $18)
    ON CONFLICT (lane, sha256) DO NOTHING";
const REPEAT_TELEGRAM: &str =
    "UPDATE feeds_telegram SET repeats = repeats + 1 WHERE lane = $1 AND sha256 = $2 RETURNING *";
const TELEGRAM: &str = "SELECT * FROM feeds_telegram WHERE id = $1";
const ORIGINAL: &str = "SELECT kept, hint FROM feeds_telegram WHERE id = $1";
const TELEGRAMS: &str = "SELECT * FROM feeds_telegram
    WHERE (CAST($1 AS UUID) IS NULL OR id < $1)
    AND (CAST($2 AS TEXT) IS NULL OR outcome = $2)
    AND (CAST($3 AS TEXT) IS NULL OR source = $3)
    AND (CAST($4 AS TEXT) IS NULL OR kind = $4)
    ORDER BY id DESC LIMIT $5";
const NOT_UNDERSTOOD: &str = "SELECT * FROM feeds_telegram WHERE outcome <> 'understood' OR unknown_parts > 0
    ORDER BY id DESC LIMIT $1";

/// Every statement of this file, for the test that prepares them on both engines.
pub(crate) const TELEGRAMS_SQL: &[&str] =
    &[INSERT_TELEGRAM, REPEAT_TELEGRAM, TELEGRAM, ORIGINAL, TELEGRAMS, NOT_UNDERSTOOD];

/// A telegram to be kept.
pub(crate) struct NewTelegram<'a> {
    pub(crate) row: &'a TelegramRow,
    pub(crate) lane: &'a str,
    pub(crate) hint: &'a str,
    /// The original is in the archive.
    pub(crate) kept: bool,
}

#[derive(sqlx::FromRow)]
struct Stored {
    id: Uuid,
    sha256: String,
    source: String,
    mode: String,
    outcome: String,
    kind: String,
    title: String,
    office: String,
    event_id: String,
    serial: String,
    reported_at: Option<DateTime<Utc>>,
    received_at: DateTime<Utc>,
    size: i64,
    repeats: i64,
    unknown_parts: i64,
    reason: Option<Value>,
}

impl From<Stored> for TelegramRow {
    fn from(row: Stored) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            source: row.source,
            mode: mode_of(&row.mode),
            outcome: Outcome::parse(&row.outcome).unwrap_or(Outcome::Refused),
            kind: row.kind,
            title: row.title,
            office: row.office,
            event_id: row.event_id,
            serial: row.serial,
            reported_at: row.reported_at.map(Timestamp::from),
            received_at: Timestamp::from(row.received_at),
            size: row.size,
            sha256: row.sha256,
            repeats: row.repeats,
            unknown_parts: row.unknown_parts,
            reason: row.reason.and_then(text_of),
        }
    }
}

/// Keeps a telegram; false when the same bytes are in the same lane already.
pub(crate) async fn insert_telegram(conn: &mut Conn, new: NewTelegram<'_>) -> Result<bool> {
    let row = new.row;
    let inserted = sql(INSERT_TELEGRAM)
        .bind(row.id)
        .bind(new.lane)
        .bind(&row.sha256)
        .bind(&row.source)
        .bind(row.mode)
        .bind(row.outcome.as_str())
        .bind(&row.kind)
        .bind(&row.title)
        .bind(&row.office)
        .bind(&row.event_id)
        .bind(&row.serial)
        .bind(new.hint)
        .bind(row.reported_at)
        .bind(row.received_at)
        .bind(row.size)
        .bind(new.kept)
        .bind(row.unknown_parts)
        .bind(row.reason.as_ref().map(json_of))
        .execute(conn)
        .await?;
    Ok(inserted == 1)
}

/// Counts a repeat of a telegram that is here already, and says which one it repeats.
pub(crate) async fn repeat_telegram(conn: &mut Conn, lane: &str, sha256: &str) -> Result<Option<TelegramRow>> {
    Ok(sql(REPEAT_TELEGRAM).bind(lane).bind(sha256).fetch_optional::<Stored>(conn).await?.map(TelegramRow::from))
}

/// One telegram.
pub(crate) async fn telegram(conn: &mut Conn, id: Id<Received>) -> Result<Option<TelegramRow>> {
    Ok(sql(TELEGRAM).bind(id).fetch_optional::<Stored>(conn).await?.map(TelegramRow::from))
}

/// Whether the original is in the archive, and the name it came under.
pub(crate) async fn original(conn: &mut Conn, id: Id<Received>) -> Result<Option<(bool, String)>> {
    sql(ORIGINAL).bind(id).fetch_optional::<(bool, String)>(conn).await
}

/// Which telegrams a list asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    pub(crate) before: Option<Id<Received>>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) source: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) limit: i64,
}

/// A page of telegrams, newest first.
pub(crate) async fn telegrams(conn: &mut Conn, wish: &Wish) -> Result<Vec<TelegramRow>> {
    let rows = sql(TELEGRAMS)
        .bind(wish.before)
        .bind(wish.outcome.map(Outcome::as_str))
        .bind(wish.source.clone())
        .bind(wish.kind.clone())
        .bind(wish.limit)
        .fetch_all::<Stored>(conn)
        .await?;
    Ok(rows.into_iter().map(TelegramRow::from).collect())
}

/// The newest telegrams that were not (wholly) understood.
pub(crate) async fn not_understood(conn: &mut Conn, limit: i64) -> Result<Vec<TelegramRow>> {
    let rows = sql(NOT_UNDERSTOOD).bind(limit).fetch_all::<Stored>(conn).await?;
    Ok(rows.into_iter().map(TelegramRow::from).collect())
}
