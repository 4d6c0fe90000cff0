//! Background work: packs follow the register. What changes places or originals queues one drawing, which begins a little
//! later, so that a clerk's ten files become one set of packs.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::App;
use serde_json::json;
use store::jobs::{self, Job, NewJob, Worker};
use store::journal::{Entry, Reader};
use store::{Stop, Tx};

use crate::{IMPORTED, REMOVED};

/// Of the journal's reader, of the queue and of the kind of job.
const NAME: &str = "maps";
const BUILD: &str = "maps.build";
const BATCH: u32 = 256;
const WAIT: Duration = Duration::from_secs(5);
/// Between two looks: a storm of telegrams, none of which is ours, must not become a storm of cursor moves.
const PAUSE: Duration = Duration::from_secs(1);
/// A drawing is tried again this often, an hour apart at most; then staff see it among the dead letters.
const ATTEMPTS: i64 = 8;

/// Entries after which the packs may be others than they are.
const CHANGES: [&str; 8] = [
    IMPORTED,
    REMOVED,
    places::APPLIED,
    places::UNDONE,
    places::MATCHED,
    places::MATCHED_ALL,
    places::MATCH_REVOKED,
    places::POSITIONED,
];

/// Makes map and packs, wherever it likes: the program does it in a process of its own, whose memory does not stay.
pub type Draw = Arc<dyn Fn(Stop) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> + Send + Sync>;

/// When and how the packs are made again (持ち出し地図の作り直し).
#[derive(Clone)]
pub struct Redraw {
    /// How long after the first change: what else changes meanwhile goes in too.
    pub after: Duration,
    pub draw: Draw,
}

/// Follows the journal and draws until told to stop.
pub async fn run(app: App, redraw: Redraw, stop: Stop) -> anyhow::Result<()> {
    let worker = worker(&app, &redraw, stop.clone());
    tokio::join!(follow(&app, redraw.after, stop.clone()), worker.run(stop));
    Ok(())
}

/// Queues what the journal asks for now; tells how many entries it were.
pub async fn catch_up(app: &App, after: Duration) -> anyhow::Result<usize> {
    let mut reader = Reader::open(&app.store, NAME).await?;
    let entries = reader.next(BATCH, Duration::ZERO).await?;
    step(app, &reader, &entries, after).await?;
    Ok(entries.len())
}

/// Does the drawings that are due; tells how many attempts it were.
pub async fn draw_due(app: &App, redraw: &Redraw, stop: Stop) -> anyhow::Result<usize> {
    Ok(worker(app, redraw, stop).run_due().await?)
}

fn worker(app: &App, redraw: &Redraw, stop: Stop) -> Worker {
    let draw = Arc::clone(&redraw.draw);
    let work = move |_: Job| draw(stop.clone());
    Worker::new(&app.store, &app.clock).queue(NAME).at_once(1).handle(BUILD, work)
}

async fn follow(app: &App, after: Duration, mut stop: Stop) {
    let asked = stop.clone();
    while !asked.is_stopped() {
        let done = tokio::select! {
            done = read_on(app, after, &asked) => done,
            () = stop.stopped() => return,
        };
        if let Err(error) = done {
            tracing::error!(error = format!("{error:#}"), "maps: reading the journal failed; trying again");
            if !stop.pause(Duration::from_secs(1)).await {
                return;
            }
        }
    }
}

async fn read_on(app: &App, after: Duration, stop: &Stop) -> anyhow::Result<()> {
    let mut reader = Reader::open(&app.store, NAME).await?;
    while !stop.is_stopped() {
        let entries = reader.next(BATCH, WAIT).await?;
        step(app, &reader, &entries, after).await?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

async fn step(app: &App, reader: &Reader, entries: &[Entry], after: Duration) -> anyhow::Result<()> {
    let Some(last) = entries.last() else { return Ok(()) };
    let changed = entries.iter().any(|entry| CHANGES.contains(&entry.kind.as_str()));
    app.store
        .retry(async || {
            let mut tx = app.store.write().await?;
            if changed {
                queue(app, &mut tx, after).await?;
            }
            reader.advance(&mut tx, last.position).await?;
            tx.commit().await?;
            anyhow::Ok(())
        })
        .await
}

async fn queue(app: &App, tx: &mut Tx, after: Duration) -> store::Result<()> {
    let job = NewJob::new(BUILD, json!({}), app.clock.now().plus(after)).once(BUILD);
    let job = NewJob { queue: NAME, again: true, max_attempts: ATTEMPTS, ..job };
    jobs::enqueue(tx, job, &app.ids).await.map(|_| ())
}
