//! Background work: follows `feeds.received`, lets the clock act, and republishes what changed.

mod write;

use std::time::Duration;

use anyhow::Context;
use feeds::{RECEIVED, REPLAY_STARTED, Telegram};
use http::App;
use kernel::{Id, Mode, Timestamp};
use store::journal::{Entry, Reader};
use store::{Stop, Tx};
use uuid::Uuid;

use crate::db;
use crate::model::{self, Disposition, Incoming, State};
use crate::orders;

pub(crate) use write::{order_news, refresh, write};

/// Of the journal's reader.
const NAME: &str = "alerts";
/// Entries taken in one transaction: a backlog is folded in a few commits, a single telegram at once.
const BATCH: u32 = 64;
const WAIT: Duration = Duration::from_secs(5);
/// How often a telegram's original is asked for.
const ATTEMPTS: usize = 4;
const PATIENCE: Duration = Duration::from_millis(200);
/// How often the clock is asked whether something has ended.
const TICK: Duration = Duration::from_secs(15);
/// Everything that decides on alerts takes its turn under this lock.
pub(crate) const LOCK: &str = "alerts";

/// What became of a telegram folded by [`feed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fed {
    pub mode: Mode,
    pub disposition: Disposition,
}

/// Follows the journal until told to stop. [`prepare`] comes first.
pub async fn run(app: App, stop: Stop) -> anyhow::Result<()> {
    tokio::join!(follow(&app, stop.clone()), beat(&app, stop));
    Ok(())
}

/// Writes every document, even when nothing is known yet, so that a page always finds one.
pub async fn prepare(app: &App) -> anyhow::Result<()> {
    tick(app).await
}

/// Lets the clock act: what a product lets end by itself ends, proposals lapse, the closing message appears.
pub async fn tick(app: &App) -> anyhow::Result<()> {
    app.store.retry(async || tick_once(app).await).await
}

/// Folds one telegram directly, outside the journal: for tests and tools.
pub async fn feed(app: &App, id: Uuid, source: &str, mode: Mode, telegram: &Telegram) -> anyhow::Result<Fed> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let mode = telegram.mode(mode);
    let mut state = db::load(&mut tx, mode).await?;
    let disposition = take(app, &mut tx, &mut state, Incoming { id, source, telegram }, now).await?;
    refresh(&mut tx, &state, now).await?;
    tx.commit().await?;
    Ok(Fed { mode, disposition })
}

/// Handles what stands in the journal now; tells how many entries it were.
pub async fn catch_up(app: &App) -> anyhow::Result<usize> {
    let mut reader = Reader::open(&app.store, NAME).await?;
    let entries = reader.next(BATCH, Duration::ZERO).await?;
    step(app, &reader, &entries).await?;
    Ok(entries.len())
}

async fn tick_once(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    lapse_proposals(app, &mut tx, now).await?;
    for mode in [Mode::Live, Mode::Drill] {
        let mut state = db::load(&mut tx, mode).await?;
        let changes = model::settle(&state, now);
        model::apply(&mut state, &changes);
        write(app, &mut tx, mode, &changes, now).await?;
        refresh(&mut tx, &state, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn follow(app: &App, mut stop: Stop) {
    let asked = stop.clone();
    while !asked.is_stopped() {
        let done = tokio::select! {
            done = read_on(app, &asked) => done,
            () = stop.stopped() => return,
        };
        if let Err(error) = done {
            tracing::error!(error = format!("{error:#}"), "alerts: reading the journal failed; trying again");
            if !stop.pause(Duration::from_secs(1)).await {
                return;
            }
        }
    }
}

async fn read_on(app: &App, stop: &Stop) -> anyhow::Result<()> {
    let mut reader = Reader::open(&app.store, NAME).await?;
    while !stop.is_stopped() {
        let entries = reader.next(BATCH, WAIT).await?;
        if !entries.is_empty() {
            step(app, &reader, &entries).await?;
        }
    }
    Ok(())
}

async fn beat(app: &App, mut stop: Stop) {
    while stop.pause(TICK).await {
        if let Err(error) = tick(app).await {
            tracing::error!(error = format!("{error:#}"), "alerts: the clock's work failed; trying again");
        }
    }
}

/// Handles a batch of entries and moves the cursor, all in one transaction.
async fn step(app: &App, reader: &Reader, entries: &[Entry]) -> anyhow::Result<()> {
    let Some(last) = entries.last().map(|e| e.position) else { return Ok(()) };
    // Read the originals before the transaction: others must not wait for the archive.
    let mut telegrams = Vec::new();
    for entry in entries.iter().filter(|e| e.kind == RECEIVED || e.kind == REPLAY_STARTED) {
        telegrams.push((entry, received(app, entry).await?));
    }
    app.store
        .retry(async || {
            let now = app.clock.now();
            let mut tx = app.store.write().await?;
            tx.lock(LOCK).await?;
            fold_all(app, &mut tx, &telegrams, now).await?;
            reader.advance(&mut tx, last).await?;
            tx.commit().await?;
            anyhow::Ok(())
        })
        .await
}

type Received = Option<(feeds::TelegramRow, Telegram)>;

async fn received(app: &App, entry: &Entry) -> anyhow::Result<Received> {
    if entry.kind != RECEIVED {
        return Ok(None);
    }
    let id: Uuid = entry.subject.parse().context("feeds.received without a telegram id")?;
    for _ in 1..ATTEMPTS {
        if let Ok(found) = feeds::load(app, Id::from_uuid(id)).await {
            return Ok(found);
        }
        tokio::time::sleep(PATIENCE).await;
    }
    // One original that cannot be read must not keep every later warning from people.
    Ok(feeds::load(app, Id::from_uuid(id)).await.unwrap_or_else(|error| {
        tracing::error!(telegram = %id, error = format!("{error:#}"), "alerts: telegram {id} cannot be read and is passed over");
        None
    }))
}

async fn fold_all(app: &App, tx: &mut Tx, telegrams: &[(&Entry, Received)], now: Timestamp) -> anyhow::Result<()> {
    for mode in [Mode::Live, Mode::Drill] {
        let of_mode = |r: &Received| r.as_ref().is_some_and(|(row, t)| t.mode(row.mode) == mode);
        let resets = |e: &Entry| e.kind == REPLAY_STARTED && mode == Mode::Drill;
        if !telegrams.iter().any(|(e, r)| of_mode(r) || resets(e)) {
            continue;
        }
        let mut state = db::load(tx, mode).await?;
        for (entry, received) in telegrams {
            if resets(entry) {
                db::clear_drill(tx).await?;
                state = State { targets: state.targets, ..State::empty(mode) };
                write::reset_news(app, tx, entry, now).await?;
                end_drill_orders(app, tx, now).await?;
            } else if let Some((row, telegram)) = received.as_ref().filter(|_| of_mode(received)) {
                let incoming = Incoming { id: row.id.uuid(), source: &row.source, telegram };
                take(app, tx, &mut state, incoming, now).await?;
            }
        }
        refresh(tx, &state, now).await?;
    }
    Ok(())
}

/// One telegram: fold, note what became of it, write the changes.
async fn take(
    app: &App,
    tx: &mut Tx,
    state: &mut State,
    incoming: Incoming<'_>,
    now: Timestamp,
) -> anyhow::Result<Disposition> {
    let mode = state.mode;
    // The same entry read twice after a crash has had its effect already.
    if let Some(seen) = db::seen(tx, incoming.id).await? {
        return Ok(if seen == Disposition::NotOurs.as_str() { Disposition::NotOurs } else { Disposition::Duplicate });
    }
    if model::brought_back(incoming.telegram, mode, now).is_some() {
        let (id, told) = (incoming.id, incoming.telegram.head.reported_at);
        tracing::warn!(telegram = %id, %told, "alerts: telegram {id} is dated ahead of its reception and is taken as of now");
        metrics::counter!("alerts_telegrams_ahead_total").increment(1);
    }
    let fold = model::fold(state, incoming, now);
    db::note_seen(tx, incoming.id, mode, fold.disposition.as_str(), now).await?;
    model::apply(state, &fold.changes);
    write(app, tx, mode, &fold.changes, now).await?;
    metrics::counter!("alerts_telegrams_total", "disposition" => fold.disposition.as_str(), "mode" => mode.as_str())
        .increment(1);
    Ok(fold.disposition)
}

/// Orders of the drill before do not stand in the next one.
async fn end_drill_orders(app: &App, tx: &mut Tx, now: Timestamp) -> anyhow::Result<()> {
    for order in db::orders_in_force(tx, Mode::Drill).await? {
        if let Ok(ended) = orders::lift(&order, now) {
            db::put_order(tx, &ended).await?;
            order_news(app, tx, &ended, "alerts.order_lifted", "system", app.ids.uuid(), now).await?;
        }
    }
    Ok(())
}

async fn lapse_proposals(app: &App, tx: &mut Tx, now: Timestamp) -> anyhow::Result<()> {
    for order in db::orders_waiting(tx).await? {
        if let Some(lapsed) = orders::lapse(&order, now) {
            db::put_order(tx, &lapsed).await?;
            order_news(app, tx, &lapsed, "alerts.order_expired", "system", app.ids.uuid(), now).await?;
        }
    }
    Ok(())
}
