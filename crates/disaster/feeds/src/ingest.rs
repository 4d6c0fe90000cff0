//! What happens to bytes that came in: archive the original, read it, keep the head and the outcome, tell the journal.

use anyhow::Context as _;
use http::App;
use kernel::{Id, Text};
use serde_json::json;
use store::blobs::{BlobError, BlobId};
use store::journal::{self, Body, NewEntry};

use crate::db::{self, NewTelegram};
use crate::facts::{Facts, Telegram};
use crate::model::{Ingested, Origin, Outcome, Received, TelegramRow};
use crate::{jobs, parse, words};

/// Longest telegram that is taken in; what is longer is refused by its first bytes.
pub(crate) const MAX_TELEGRAM_BYTES: usize = parse::limits::BYTES;
/// Telegrams above this size are read beside the other work, not in between.
const LARGE: usize = 64 * 1024;
/// Longest text of a telegram's head that is kept in the list; the original is kept whole.
const MAX_FIELD: usize = 200;

/// What was made of the bytes.
struct Reading {
    telegram: Option<Telegram>,
    outcome: Outcome,
    reason: Option<Text>,
}

/// Takes in the bytes of one telegram from a source. `hint` is its file name, if it has one.
///
/// Safe to repeat: the same bytes in the same lane are counted and change nothing. gzip is opened first, so that a
/// compressed copy is the same telegram. An error is one of ours (database, disk); bytes that cannot be read are not an
/// error but [`Outcome::Refused`].
pub async fn ingest(app: &App, origin: &Origin, bytes: &[u8], hint: Option<&str>) -> anyhow::Result<Ingested> {
    // What does not unpack is kept as it came; the parser then says why.
    let opened = parse::inflate(bytes).ok();
    let bytes = opened.as_deref().unwrap_or(bytes);
    let kept = archive(app, bytes).await?;
    let hint = hint.map(|hint| clip(hint.rsplit(['/', '\\']).next().unwrap_or(hint)));
    let reading = read(bytes, hint.as_deref()).await;
    let row = head(app, origin, bytes, &reading);
    let lane = origin.lane();
    let done = app
        .store
        .retry(async || {
            let new = NewTelegram { row: &row, lane: &lane, hint: hint.as_deref().unwrap_or_default(), kept };
            keep(app, origin, new).await
        })
        .await?;
    let outcome = if done.duplicate { "repeat" } else { done.outcome.as_str() };
    metrics::counter!("feeds_telegrams_total", "source" => origin.key.clone(), "outcome" => outcome).increment(1);
    Ok(done)
}

/// A received telegram and its facts, read again from the archived original. `None` when there is no such telegram or
/// it was refused; every `feeds.received` entry of the journal names one that can be loaded.
pub async fn load(app: &App, id: Id<Received>) -> anyhow::Result<Option<(TelegramRow, Telegram)>> {
    let Some((row, bytes, hint)) = original(app, id).await? else {
        return Ok(None);
    };
    if row.outcome == Outcome::Refused {
        return Ok(None);
    }
    let bytes = bytes.context("the original of a telegram that was read is not in the archive")?;
    let hint = (!hint.is_empty()).then_some(hint);
    let telegram = read(&bytes, hint.as_deref()).await.telegram;
    Ok(telegram.map(|telegram| (row, telegram)))
}

/// A telegram's row, its original if it is in the archive, and the name it came under.
pub(crate) async fn original(
    app: &App,
    id: Id<Received>,
) -> anyhow::Result<Option<(TelegramRow, Option<Vec<u8>>, String)>> {
    let mut conn = app.store.read().await?;
    let Some(row) = db::telegram(&mut conn, id).await? else {
        return Ok(None);
    };
    let (kept, hint) = db::original(&mut conn, id).await?.unwrap_or_default();
    drop(conn);
    let bytes = if kept { Some(app.blobs.get(&row.sha256.parse()?).await?) } else { None };
    Ok(Some((row, bytes, hint)))
}

/// Puts the original away; false when it is larger than what is kept.
async fn archive(app: &App, bytes: &[u8]) -> anyhow::Result<bool> {
    if bytes.is_empty() || bytes.len() > MAX_TELEGRAM_BYTES {
        return Ok(false);
    }
    match app.blobs.put(bytes, "application/xml").await {
        Ok(_) => Ok(true),
        Err(BlobError::TooLarge { .. }) => Ok(false),
        Err(error) => Err(error).context("archiving the original of a telegram"),
    }
}

async fn read(bytes: &[u8], hint: Option<&str>) -> Reading {
    let (owned, hint) = (bytes.to_vec(), hint.map(str::to_owned));
    let work = move || parse::parse(&owned, hint.as_deref());
    // A panic of the parser is contained: a fault of ours must not stop the telegrams behind this one.
    let parsed = if bytes.len() > LARGE {
        tokio::task::spawn_blocking(work).await.ok()
    } else {
        std::panic::catch_unwind(work).ok()
    };
    match parsed {
        Some(Ok(telegram)) => understood(telegram),
        Some(Err(refusal)) => {
            Reading { telegram: None, outcome: Outcome::Refused, reason: Some(words::refused(&refusal)) }
        }
        None => {
            tracing::error!("the parser failed on a telegram of {} bytes", bytes.len());
            Reading { telegram: None, outcome: Outcome::Refused, reason: Some(words::parser_fault()) }
        }
    }
}

fn understood(telegram: Telegram) -> Reading {
    let (outcome, reason) = if telegram.facts == Facts::Archived {
        let name = if telegram.kind.is_empty() { &telegram.title } else { &telegram.kind };
        (Outcome::Archived, Some(words::archived_only(&clip(name))))
    } else if telegram.not_understood.iter().any(|note| note.path == parse::EVENT_ID) {
        // Its facts stay readable, but which event they belong to is not said: it must not pass for understood.
        (Outcome::Archived, Some(words::no_event(&clip(&telegram.kind))))
    } else if telegram.not_understood.is_empty() {
        (Outcome::Understood, None)
    } else {
        (Outcome::Understood, Some(words::unknown_parts(count(telegram.not_understood.len()))))
    };
    Reading { telegram: Some(telegram), outcome, reason }
}

fn head(app: &App, origin: &Origin, bytes: &[u8], reading: &Reading) -> TelegramRow {
    let telegram = reading.telegram.as_ref();
    let of = |field: fn(&Telegram) -> &str| telegram.map(field).map(clip).unwrap_or_default();
    TelegramRow {
        id: app.ids.next(),
        source: origin.key.clone(),
        mode: telegram.map_or(origin.mode, |telegram| telegram.mode(origin.mode)),
        outcome: reading.outcome,
        kind: of(|telegram| &telegram.kind),
        title: of(|telegram| &telegram.title),
        office: of(|telegram| &telegram.publishing_office),
        event_id: of(|telegram| &telegram.head.event_id),
        serial: of(|telegram| &telegram.head.serial),
        reported_at: telegram.map(|telegram| telegram.head.reported_at),
        received_at: app.clock.now(),
        size: count(bytes.len()),
        sha256: BlobId::of(bytes).to_string(),
        repeats: 0,
        unknown_parts: telegram.map_or(0, |telegram| count(telegram.not_understood.len())),
        reason: reading.reason.clone(),
    }
}

/// One transaction: the telegram, the source's counters, the journal.
async fn keep(app: &App, origin: &Origin, new: NewTelegram<'_>) -> anyhow::Result<Ingested> {
    let row = new.row;
    let lane = new.lane;
    let mut tx = app.store.write().await?;
    let first = db::insert_telegram(&mut tx, new).await?;
    let counted = first.then_some(row.outcome);
    let now = row.received_at;
    if !db::count(&mut tx, &origin.key, counted, !origin.is_pulled(), now).await? {
        db::announce(&mut tx, &words::spec(origin)).await?;
        db::count(&mut tx, &origin.key, counted, !origin.is_pulled(), now).await?;
    }
    let known = if first {
        journal::record(&mut tx, entry(row), now).await?;
        row.clone()
    } else {
        db::repeat_telegram(&mut tx, lane, &row.sha256).await?.context("a repeated telegram that is not there")?
    };
    tx.wake_on_commit(jobs::NEWS);
    tx.commit().await?;
    Ok(Ingested { telegram: known.id, outcome: known.outcome, duplicate: !first, reason: known.reason })
}

fn entry(row: &TelegramRow) -> NewEntry {
    let (kind, body) = match row.outcome {
        Outcome::Refused => {
            (crate::REFUSED, json!({ "source": row.source, "reason": row.reason.as_ref().map(|reason| &reason.en) }))
        }
        outcome => {
            (crate::RECEIVED, json!({ "kind": row.kind, "mode": row.mode, "source": row.source, "outcome": outcome }))
        }
    };
    NewEntry {
        id: row.id.cast(),
        kind,
        subject: row.id.to_string(),
        area: None,
        mode: row.mode,
        actor: format!("source:{}", row.source),
        device: None,
        occurred_at: row.received_at,
        body: Body::Open(body),
    }
}

fn clip(text: &str) -> String {
    text.chars().take(MAX_FIELD).collect()
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
