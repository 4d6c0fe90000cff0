//! The public document `sources`: which sources there are, how fresh each is, and what was not understood.
//!
//! It is published when news come and when a state changes by silence alone.

use std::time::Duration;

use http::{App, hot};
use kernel::{Id, Mode, Text, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::journal::{self, Body, NewEntry};
use utoipa::ToSchema;

use crate::db;
use crate::model::{self, Freshness, Outcome, Received, TelegramRow, freshness};
use crate::words;

/// Name of the document.
pub(crate) const NAME: &str = "sources";
/// The document is renewed at least this often, so that "last looked at" stays true.
const RENEW: Duration = Duration::from_mins(1);
/// Telegrams listed as not understood.
const LISTED: i64 = 50;

/// The public document `sources` (情報源).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SourcesDocument {
    pub as_of: Timestamp,
    pub sources: Vec<SourceStatus>,
    /// The newest telegrams that were not (wholly) understood.
    pub not_understood: Vec<NotUnderstood>,
}

/// One source in the document (情報源の状態).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SourceStatus {
    pub key: String,
    pub name: Text,
    pub mode: Mode,
    pub state: Freshness,
    /// Null for sources used on demand.
    pub expected_every_s: Option<u64>,
    /// Its content moves at least this often; null where nothing is promised.
    pub content_every_s: Option<u64>,
    pub last_attempt: Option<Timestamp>,
    pub last_success: Option<Timestamp>,
    pub last_change: Option<Timestamp>,
    /// The newest time written in the content itself.
    pub newest: Option<Timestamp>,
    pub last_error: Option<Text>,
    pub received: i64,
    pub understood: i64,
    pub archived: i64,
    pub refused: i64,
    /// Copies of telegrams that were here already.
    pub repeats: i64,
}

/// A telegram that was not (wholly) understood (解釈できない電文).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NotUnderstood {
    #[schema(value_type = String, format = Uuid)]
    pub telegram: Id<Received>,
    pub r#type: String,
    pub title: String,
    pub source: String,
    pub mode: Mode,
    pub outcome: Outcome,
    pub received_at: Timestamp,
    pub reason: Text,
}

/// The document as it is now.
pub(crate) async fn document(app: &App) -> anyhow::Result<SourcesDocument> {
    let now = app.clock.now();
    let mut conn = app.store.read().await?;
    let sources = db::sources(&mut conn).await?;
    let rows = db::not_understood(&mut conn, LISTED).await?;
    Ok(build(&sources, rows, now))
}

/// Publishes the document if a state changed, if `news` came, or if it is older than [`RENEW`]; true if it did.
pub(crate) async fn publish(app: &App, news: bool) -> anyhow::Result<bool> {
    let now = app.clock.now();
    let mut conn = app.store.read().await?;
    let mut moved = false;
    for source in db::sources(&mut conn).await? {
        let state = state(&source, now);
        moved |= state.as_str() != source.state;
        // On every look, so that each process shows it, also the one that never publishes.
        metrics::gauge!("feeds_source_state", "source" => source.spec.key).set(state.figure());
    }
    let old = db::mark(&mut conn, NAME).await?.is_none_or(|at| model::age(at, now) >= RENEW);
    drop(conn);
    if !(news || moved || old) {
        return Ok(false);
    }
    app.store.retry(async || write(app, now).await).await?;
    Ok(true)
}

async fn write(app: &App, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = app.store.write().await?;
    tx.lock("feeds-sources").await?;
    let sources = db::sources(&mut tx).await?;
    for source in &sources {
        let state = state(source, now);
        if db::set_state(&mut tx, &source.spec.key, state).await? {
            journal::record(&mut tx, changed(app, source, state, now), now).await?;
        }
    }
    let rows = db::not_understood(&mut tx, LISTED).await?;
    let document = build(&sources, rows, now);
    hot::publish(&mut tx, NAME, &document, now).await?;
    db::set_mark(&mut tx, NAME, now).await?;
    tx.commit().await?;
    Ok(())
}

fn build(sources: &[db::Source], rows: Vec<TelegramRow>, now: Timestamp) -> SourcesDocument {
    SourcesDocument {
        as_of: now,
        sources: sources.iter().map(|source| status(source, now)).collect(),
        not_understood: rows.into_iter().map(not_understood).collect(),
    }
}

fn state(source: &db::Source, now: Timestamp) -> Freshness {
    freshness(&source.spec.expect, &source.sight, now)
}

fn status(source: &db::Source, now: Timestamp) -> SourceStatus {
    let expect = &source.spec.expect;
    SourceStatus {
        key: source.spec.key.clone(),
        name: source.spec.name.marked(source.spec.mode),
        mode: source.spec.mode,
        state: state(source, now),
        expected_every_s: expect.contact.map(|period| period.as_secs()),
        content_every_s: expect.content.map(|period| period.as_secs()),
        last_attempt: source.sight.last_attempt,
        last_success: source.sight.last_success,
        last_change: source.sight.last_change,
        newest: source.sight.newest,
        last_error: source.last_error.as_ref().map(|error| error.marked(source.spec.mode)),
        received: source.understood + source.archived + source.refused,
        understood: source.understood,
        archived: source.archived,
        refused: source.refused,
        repeats: source.repeats,
    }
}

fn not_understood(row: TelegramRow) -> NotUnderstood {
    let reason = row.reason.unwrap_or_else(|| words::unknown_parts(row.unknown_parts));
    NotUnderstood {
        telegram: row.id,
        r#type: row.kind,
        title: row.mode.mark(&row.title),
        source: row.source,
        mode: row.mode,
        outcome: row.outcome,
        received_at: row.received_at,
        reason: reason.marked(row.mode),
    }
}

fn changed(app: &App, source: &db::Source, to: Freshness, now: Timestamp) -> NewEntry {
    NewEntry {
        id: app.ids.next(),
        kind: crate::SOURCE_STATE,
        subject: source.spec.key.clone(),
        area: None,
        mode: source.spec.mode,
        actor: "system".to_owned(),
        device: None,
        occurred_at: now,
        body: Body::Open(json!({ "from": source.state, "to": to })),
    }
}
