//! Sources: freshness, counters, pacing, the day's budget, and which announced telegrams were already taken.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::{Mode, Text, Timestamp};
use serde_json::Value;
use store::{Conn, Result, rows, sql};

use crate::model::{Expectation, Freshness, Outcome, Sight, SourceSpec};
use crate::sources::atom::Entry;

const ANNOUNCE: &str = "
    INSERT INTO feeds_source
    (key, mode, name, contact_s, content_s, state, failures, understood, archived, refused, repeats)
    VALUES ($1, $2, $3, $4, $5, 'never', 0, 0, 0, 0, 0)
    ON CONFLICT (key) DO UPDATE SET mode = excluded.mode, name = excluded.name,
    contact_s = excluded.contact_s, content_s = excluded.content_s";
const SOURCES: &str = "SELECT * FROM feeds_source ORDER BY key LIMIT 500";
const SOURCE: &str = "SELECT * FROM feeds_source WHERE key = $1";
const SET_STATE: &str = "UPDATE feeds_source SET state = $2 WHERE key = $1 AND state <> $2";
const CLAIM: &str = "UPDATE feeds_source SET next_at = $3, last_attempt = $2
    WHERE key = $1 AND (next_at IS NULL OR next_at <= $2)";
const LOOKED: &str = "UPDATE feeds_source SET
    last_attempt = $2,
    last_success = CASE WHEN $3 THEN $2 ELSE last_success END,
    last_error = $4,
    failures = CASE WHEN $5 THEN failures + 1 ELSE 0 END,
    next_at = COALESCE($6, next_at)
    WHERE key = $1";
const LOOKED_VALIDATORS: &str = "UPDATE feeds_source SET etag = $2, last_modified = $3 WHERE key = $1";
const CHANGED: &str = "UPDATE feeds_source SET content_hash = $2, newest = COALESCE($3, newest), last_change = $4
    WHERE key = $1 AND (content_hash IS NULL OR content_hash <> $2)";
const COUNT: &str = "UPDATE feeds_source SET
    last_attempt = CASE WHEN $7 THEN $2 ELSE last_attempt END,
    last_success = CASE WHEN $7 THEN $2 ELSE last_success END,
    last_change = CASE WHEN $7 AND $6 = 0 THEN $2 ELSE last_change END,
    understood = understood + $3, archived = archived + $4, refused = refused + $5, repeats = repeats + $6
    WHERE key = $1";
const SPEND: &str = "INSERT INTO feeds_spent (day, bytes) VALUES ($1, $2)
    ON CONFLICT (day) DO UPDATE SET bytes = feeds_spent.bytes + excluded.bytes";
const SPENT: &str = "SELECT bytes FROM feeds_spent WHERE day = $1";
const OPEN_ENTRIES: &str = "SELECT url, urgent FROM feeds_entry WHERE source = $1 AND done = $2 AND attempts < $3
    ORDER BY urgent DESC, updated_at, url LIMIT $4";
const TRIED_ENTRY: &str = "UPDATE feeds_entry SET attempts = attempts + 1, done = $2 WHERE url = $1";
const MARK: &str = "SELECT at FROM feeds_mark WHERE name = $1";
const SET_MARK: &str =
    "INSERT INTO feeds_mark (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = excluded.at";
const CLEAR_MARK: &str = "DELETE FROM feeds_mark WHERE name = $1";
const PRUNE_SPENT: &str = "DELETE FROM feeds_spent WHERE day < $1";
const PRUNE_ENTRIES: &str = "DELETE FROM feeds_entry WHERE seen_at < $1";

/// Every statement of this file, for the test that prepares them on both engines.
pub(crate) const SOURCES_SQL: &[&str] = &[
    ANNOUNCE,
    SOURCES,
    SOURCE,
    SET_STATE,
    CLAIM,
    LOOKED,
    LOOKED_VALIDATORS,
    CHANGED,
    COUNT,
    SPEND,
    SPENT,
    OPEN_ENTRIES,
    TRIED_ENTRY,
    MARK,
    SET_MARK,
    CLEAR_MARK,
    PRUNE_SPENT,
    PRUNE_ENTRIES,
];

/// One source as stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    pub(crate) spec: SourceSpec,
    /// As last published, not as it is now.
    pub(crate) state: String,
    pub(crate) sight: Sight,
    pub(crate) last_error: Option<Text>,
    pub(crate) failures: u32,
    pub(crate) next_at: Option<Timestamp>,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    pub(crate) content_hash: Option<String>,
    pub(crate) understood: i64,
    pub(crate) archived: i64,
    pub(crate) refused: i64,
    pub(crate) repeats: i64,
}

#[derive(sqlx::FromRow)]
struct SourceRow {
    key: String,
    mode: String,
    name: Value,
    contact_s: Option<i64>,
    content_s: Option<i64>,
    state: String,
    last_attempt: Option<DateTime<Utc>>,
    last_success: Option<DateTime<Utc>>,
    last_change: Option<DateTime<Utc>>,
    newest: Option<DateTime<Utc>>,
    last_error: Option<Value>,
    failures: i64,
    next_at: Option<DateTime<Utc>>,
    etag: Option<String>,
    last_modified: Option<String>,
    content_hash: Option<String>,
    understood: i64,
    archived: i64,
    refused: i64,
    repeats: i64,
}

impl From<SourceRow> for Source {
    fn from(row: SourceRow) -> Self {
        let name = text_of(row.name).unwrap_or_else(|| Text::same(row.key.clone()));
        Self {
            spec: SourceSpec {
                key: row.key,
                name,
                mode: mode_of(&row.mode),
                expect: Expectation { contact: seconds(row.contact_s), content: seconds(row.content_s) },
            },
            state: row.state,
            sight: Sight {
                last_attempt: row.last_attempt.map(Timestamp::from),
                last_success: row.last_success.map(Timestamp::from),
                last_change: row.last_change.map(Timestamp::from),
                newest: row.newest.map(Timestamp::from),
            },
            last_error: row.last_error.and_then(text_of),
            failures: u32::try_from(row.failures).unwrap_or(u32::MAX),
            next_at: row.next_at.map(Timestamp::from),
            etag: row.etag,
            last_modified: row.last_modified,
            content_hash: row.content_hash,
            understood: row.understood,
            archived: row.archived,
            refused: row.refused,
            repeats: row.repeats,
        }
    }
}

/// A drill unless the row says live: an unreadable mode must never reach the public as real.
pub(crate) fn mode_of(text: &str) -> Mode {
    if text == Mode::Live.as_str() { Mode::Live } else { Mode::Drill }
}

pub(crate) fn text_of(value: Value) -> Option<Text> {
    serde_json::from_value(value).ok()
}

pub(crate) fn json_of(text: &Text) -> Value {
    serde_json::json!({ "ja": text.ja, "easy": text.easy, "en": text.en })
}

fn seconds(value: Option<i64>) -> Option<Duration> {
    value.and_then(|value| u64::try_from(value).ok()).map(Duration::from_secs)
}

fn whole_seconds(value: Option<Duration>) -> Option<i64> {
    value.map(|value| i64::try_from(value.as_secs()).unwrap_or(i64::MAX))
}

/// Announces a source, or brings its name and expectation up to date; what was seen of it stays.
pub(crate) async fn announce(conn: &mut Conn, spec: &SourceSpec) -> Result<()> {
    sql(ANNOUNCE)
        .bind(&spec.key)
        .bind(spec.mode)
        .bind(json_of(&spec.name))
        .bind(whole_seconds(spec.expect.contact))
        .bind(whole_seconds(spec.expect.content))
        .execute(conn)
        .await?;
    Ok(())
}

/// All sources, in the order of their keys.
pub(crate) async fn sources(conn: &mut Conn) -> Result<Vec<Source>> {
    let rows = sql(SOURCES).fetch_all::<SourceRow>(conn).await?;
    Ok(rows.into_iter().map(Source::from).collect())
}

/// One source.
pub(crate) async fn source(conn: &mut Conn, key: &str) -> Result<Option<Source>> {
    Ok(sql(SOURCE).bind(key).fetch_optional::<SourceRow>(conn).await?.map(Source::from))
}

/// Notes the state that is being published; false when it was that already.
pub(crate) async fn set_state(conn: &mut Conn, key: &str, state: Freshness) -> Result<bool> {
    Ok(sql(SET_STATE).bind(key).bind(state.as_str()).execute(conn).await? == 1)
}

/// Takes the turn to ask a pull source, so that of many processes one does; false when it is not due.
pub(crate) async fn claim(conn: &mut Conn, key: &str, now: Timestamp, until: Timestamp) -> Result<bool> {
    Ok(sql(CLAIM).bind(key).bind(now).bind(until).execute(conn).await? == 1)
}

/// What one look at a source gave.
#[derive(Debug, Clone, Default)]
pub(crate) struct Look {
    /// `None` when it worked.
    pub(crate) error: Option<Text>,
    /// It answered in a readable way, even if some telegrams could not be had.
    pub(crate) success: bool,
    /// New content: its hash and the newest time in it.
    pub(crate) content: Option<(String, Option<Timestamp>)>,
    /// Validators to send next time; `None` keeps the old ones, `Some` replaces both.
    pub(crate) validators: Option<(Option<String>, Option<String>)>,
    pub(crate) next_at: Option<Timestamp>,
}

/// Records a look at a source; true when what went wrong is another than before.
pub(crate) async fn looked(conn: &mut Conn, key: &str, look: &Look, now: Timestamp) -> Result<bool> {
    let before = source(conn, key).await?.and_then(|source| source.last_error);
    sql(LOOKED)
        .bind(key)
        .bind(now)
        .bind(look.success)
        .bind(look.error.as_ref().map(json_of))
        .bind(look.error.is_some())
        .bind(look.next_at)
        .execute(conn)
        .await?;
    if let Some((hash, newest)) = &look.content {
        changed(conn, key, hash, *newest, now).await?;
    }
    if let Some((etag, last_modified)) = &look.validators {
        sql(LOOKED_VALIDATORS).bind(key).bind(etag.clone()).bind(last_modified.clone()).execute(conn).await?;
    }
    Ok(before != look.error)
}

async fn changed(conn: &mut Conn, key: &str, hash: &str, newest: Option<Timestamp>, now: Timestamp) -> Result<()> {
    sql(CHANGED).bind(key).bind(hash).bind(newest).bind(now).execute(conn).await?;
    Ok(())
}

/// Counts a telegram of a source; `None` is a repeat. `alive` is set where the telegram itself is the sign of life:
/// a pull feed lives by its looks. False when the source is not announced yet.
pub(crate) async fn count(
    conn: &mut Conn,
    key: &str,
    outcome: Option<Outcome>,
    alive: bool,
    now: Timestamp,
) -> Result<bool> {
    let one = |it: Option<Outcome>| i64::from(outcome == it);
    let rows = sql(COUNT)
        .bind(key)
        .bind(now)
        .bind(one(Some(Outcome::Understood)))
        .bind(one(Some(Outcome::Archived)))
        .bind(one(Some(Outcome::Refused)))
        .bind(one(None))
        .bind(alive)
        .execute(conn)
        .await?;
    Ok(rows == 1)
}

/// Adds to what was fetched on a day.
pub(crate) async fn spend(conn: &mut Conn, day: &str, bytes: u64) -> Result<()> {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX / 2);
    sql(SPEND).bind(day).bind(bytes).execute(conn).await?;
    Ok(())
}

/// What was fetched on a day.
pub(crate) async fn spent(conn: &mut Conn, day: &str) -> Result<u64> {
    let row = sql(SPENT).bind(day).fetch_optional::<(i64,)>(conn).await?;
    Ok(row.map_or(0, |(bytes,)| u64::try_from(bytes).unwrap_or(0)))
}

/// Forgets days and announced telegrams that can no longer matter.
pub(crate) async fn prune(conn: &mut Conn, day: &str, before: Timestamp) -> Result<()> {
    sql(PRUNE_SPENT).bind(day).execute(conn).await?;
    sql(PRUNE_ENTRIES).bind(before).execute(conn).await?;
    Ok(())
}

/// A telegram that a feed announced and that is still to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct OpenEntry {
    pub(crate) url: String,
    pub(crate) urgent: bool,
}

/// Notes announced telegrams; those known already stay as they are.
pub(crate) async fn announce_entries(
    conn: &mut Conn,
    source: &str,
    entries: &[(&Entry, bool)],
    now: Timestamp,
) -> Result<()> {
    let mut insert = rows(
        "INSERT INTO feeds_entry (url, source, updated_at, urgent, attempts, done, seen_at)",
        "ON CONFLICT (url) DO NOTHING",
    );
    for (entry, urgent) in entries {
        insert = insert.row([
            entry.url.as_str().into(),
            source.into(),
            entry.updated.into(),
            (*urgent).into(),
            0_i64.into(),
            false.into(),
            now.into(),
        ]);
    }
    insert.execute(conn).await?;
    Ok(())
}

/// Announced telegrams that are still to be fetched: the urgent ones first, then the oldest.
pub(crate) async fn open_entries(conn: &mut Conn, source: &str, tries: i64, limit: i64) -> Result<Vec<OpenEntry>> {
    sql(OPEN_ENTRIES).bind(source).bind(false).bind(tries).bind(limit).fetch_all(conn).await
}

/// Records a try to fetch an announced telegram.
pub(crate) async fn tried_entry(conn: &mut Conn, url: &str, done: bool) -> Result<()> {
    sql(TRIED_ENTRY).bind(url).bind(done).execute(conn).await?;
    Ok(())
}

/// When something named was last done.
pub(crate) async fn mark(conn: &mut Conn, name: &str) -> Result<Option<Timestamp>> {
    let row = sql(MARK).bind(name).fetch_optional::<(DateTime<Utc>,)>(conn).await?;
    Ok(row.map(|(at,)| Timestamp::from(at)))
}

/// Notes that something named is done now.
pub(crate) async fn set_mark(conn: &mut Conn, name: &str, now: Timestamp) -> Result<()> {
    sql(SET_MARK).bind(name).bind(now).execute(conn).await?;
    Ok(())
}

/// Forgets that something named was done, so that it is done again.
pub(crate) async fn clear_mark(conn: &mut Conn, name: &str) -> Result<()> {
    sql(CLEAR_MARK).bind(name).execute(conn).await?;
    Ok(())
}
