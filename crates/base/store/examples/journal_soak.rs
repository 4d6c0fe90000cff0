//! Twenty writers and a poller: does the reader see every entry once, in order, without gaps?
//!
//! `journal_soak [seconds] [sqlite|postgres|both]`. The last line is JSON.

// The name by which everybody else knows this crate.
extern crate mamori_store as store;

mod engine;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Id, Ids, Mode, Stopwatch};
use parking_lot::Mutex;
use serde_json::{Value, json};
use store::journal::{Body, Entry, NewEntry, Reader, Sequencer, append, record, verify};
use store::{Engine, Stop, Store};
use testkit::durable_database_on;

use crate::engine::Arguments;

const WRITERS: u64 = 20;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = Arguments::new();
    let seconds = arguments.number(60);
    let engines = arguments.engines();
    let mut results = serde_json::Map::new();
    for engine in engines {
        let result = soak(*engine, Duration::from_secs(seconds)).await;
        println!("{engine:?}: {result}");
        results.insert(format!("{engine:?}").to_lowercase(), result);
    }
    println!("{}", json!({"figure": "journal_soak", "seconds": seconds, "writers": WRITERS, "engines": results}));
}

async fn soak(engine: Engine, time: Duration) -> Value {
    let db = durable_database_on(engine).await;
    // On PostgreSQL the writers sit in two processes' worth of stores; a SQLite file has one process that writes.
    let stores =
        if engine == Engine::Postgres { vec![db.store().await, db.store().await] } else { vec![db.store().await] };
    let clock = Clock::system();
    let (stopper, stop) = Stop::new();
    let sequencers: Vec<_> =
        stores.iter().map(|store| tokio::spawn(Sequencer::new(store, &clock).run(stop.clone()))).collect();
    let written: Arc<Mutex<Vec<Id<Entry>>>> = Arc::default();
    let watch = Stopwatch::start();
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let store = stores[usize::try_from(n).unwrap_or(0) % stores.len()].clone();
            tokio::spawn(write(store, n, clock.clone(), written.clone(), watch, time))
        })
        .collect();
    let done = Arc::new(Mutex::new(false));
    let reader = tokio::spawn(read(stores[0].clone(), done.clone()));
    for writer in writers {
        writer.await.expect("a writer ends");
    }
    *done.lock() = true;
    let seen = reader.await.expect("the reader ends");
    stopper.stop();
    for sequencer in sequencers {
        sequencer.await.expect("a sequencer ends");
    }
    let written = std::mem::take(&mut *written.lock());
    let all: BTreeSet<_> = written.iter().copied().collect();
    let distinct: BTreeSet<_> = seen.iter().map(|(_, id)| *id).collect();
    let gaps = seen.iter().zip(1..).filter(|((position, _), expected)| position != expected).count();
    let report = verify(&stores[0]).await.expect("the journal can be read");
    json!({
        "entries": all.len(),
        "per_second": (all.len() as u64) / time.as_secs().max(1),
        "missed": all.difference(&distinct).count(),
        "unknown": distinct.difference(&all).count(),
        "double": seen.len() - distinct.len(),
        "gaps": gaps,
        "chain_fault": report.fault.map(|fault| fault.to_string()),
    })
}

/// A third appends alone, a third writes a transaction, a third gives up before the commit.
async fn write(
    store: Store,
    n: u64,
    clock: Clock,
    written: Arc<Mutex<Vec<Id<Entry>>>>,
    watch: Stopwatch,
    time: Duration,
) {
    let ids = Ids::seeded(n, clock.clone());
    let mut turn = n;
    while watch.elapsed() < time {
        turn += 1;
        let entry = entry(&ids, &clock);
        let id = entry.id;
        if turn.is_multiple_of(3) {
            append(&store, entry, clock.now()).await.expect("an entry is stored");
        } else {
            let mut tx = store.write().await.expect("a transaction begins");
            record(&mut tx, entry, clock.now()).await.expect("an entry is written");
            if turn % 3 == 1 {
                continue;
            }
            tokio::task::yield_now().await;
            tx.commit().await.expect("an entry is stored");
        }
        written.lock().push(id);
    }
}

/// Reads until the writers are done and nothing is left, moving its cursor after each batch.
async fn read(store: Store, done: Arc<Mutex<bool>>) -> Vec<(i64, Id<Entry>)> {
    let mut reader = Reader::open(&store, "soak").await.expect("the reader opens");
    let mut seen = Vec::new();
    loop {
        let finished = *done.lock();
        let batch = reader.next(1_000, Duration::from_secs(3)).await.expect("the journal can be read");
        let Some(last) = batch.last() else {
            if finished {
                return seen;
            }
            continue;
        };
        let mut tx = store.write().await.expect("a transaction begins");
        reader.advance(&mut tx, last.position).await.expect("the cursor moves");
        tx.commit().await.expect("the cursor is stored");
        seen.extend(batch.iter().map(|entry| (entry.position, entry.id)));
    }
}

fn entry(ids: &Ids, clock: &Clock) -> NewEntry {
    NewEntry {
        id: ids.next(),
        kind: "test.soak",
        subject: "soak".to_owned(),
        area: None,
        mode: Mode::Drill,
        actor: "system".to_owned(),
        device: None,
        occurred_at: clock.now(),
        body: Body::Open(json!({})),
    }
}
