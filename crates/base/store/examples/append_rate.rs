//! How many journal appends a second are durable, beside PostgreSQL's own single-row inserts (pgbench) in the same run.
//!
//! `append_rate [seconds per turn] [turns] [sqlite|postgres|both]`. Ours do all that a running server does: every entry gets its position and its
//! place in the hash chain, checkpoints are signed, and a reader follows; a turn ends when the reader has read the last
//! entry. Turns are interleaved, because the disk of one moment is not the disk of the next. The last line is JSON.

// The name by which everybody else knows this crate.
extern crate mamori_store as store;

mod engine;

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use kernel::{Clock, Ids, Mode, Stopwatch};
use serde_json::{Map, Value, json};
use store::journal::{Body, NewEntry, Reader, Sequencer, Signer, append, record};
use store::{Engine, Stop, Store};
use testkit::{TestDatabase, durable_database_on, postgres_programs};
use tokio::task::JoinHandle;

use crate::engine::Arguments;

const CALLERS: usize = 64;
/// A log of 16 MB.
const LOG_PAGES: u64 = 4_000;
/// Below this many syncs a second the disk is in its slow mode. In the fast one a single caller is quick as well.
const SLOW_SYNCS: f64 = 2_000.0;
const PEER: &str = "INSERT INTO peer (id, at, body) VALUES (gen_random_uuid(), now(), '{\"kind\":\"shelters.admitted\",\"adults\":2,\"children\":1}');\n";
const PEER_TABLE: &str = "CREATE TABLE peer (id UUID PRIMARY KEY, at TIMESTAMPTZ NOT NULL, body TEXT NOT NULL)";

/// Rates of each kind of turn, and the processor seconds they took.
#[derive(Default)]
struct Rates(Map<String, Value>);

/// How an entry gets into the journal.
#[derive(Clone, Copy)]
enum Way {
    /// Alone.
    Append,
    /// In a transaction of its own, as with other rows.
    Transaction,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = Arguments::new();
    let (time, turns) = (Duration::from_secs(arguments.number(3)), arguments.number(5));
    let engines = arguments.engines();
    let lite = durable_database_on(Engine::Sqlite).await;
    let post = durable_database_on(Engine::Postgres).await;
    let peer = durable_database_on(Engine::Postgres).await;
    let (lite_store, post_store, peer_store) = (lite.store().await, post.store().await, peer.store().await);
    let mut tx = peer_store.write().await.expect("the peer's database can be written");
    store::sql(PEER_TABLE).execute(&mut tx).await.expect("the peer's table can be made");
    tx.commit().await.expect("the peer's table can be made");
    let mut rates = Rates::default();
    for turn in 0..=turns {
        let mut add = |name: &str, (rate, cpu): (f64, f64)| {
            // The first turn warms up.
            if turn > 0 {
                rates.add(name, rate, cpu);
            }
        };
        add("raw_growing", (raw_syncs(&lite, time / 6, 0), 0.0));
        add("pgbench_64", (pgbench(&peer, time), 0.0));
        if engines.contains(&Engine::Sqlite) {
            add("sqlite_append_64", measure(&lite_store, Way::Append, CALLERS, time).await);
            add("sqlite_tx_64", measure(&lite_store, Way::Transaction, CALLERS, time).await);
            add("raw_rewriting", (raw_syncs(&lite, time / 6, LOG_PAGES), 0.0));
            add("sqlite_tx_1", measure(&lite_store, Way::Transaction, 1, time / 3).await);
        }
        if engines.contains(&Engine::Postgres) {
            add("postgres_append_64", measure(&post_store, Way::Append, CALLERS, time).await);
        }
    }
    println!("{}", rates.summary());
}

/// Entries a second, from the first call until the reader has read the last one; and the processor seconds of all.
async fn measure(store: &Store, way: Way, callers: usize, time: Duration) -> (f64, f64) {
    let clock = Clock::system();
    let ids = Ids::system(clock.clone());
    let (stopper, stop) = Stop::new();
    let signer = Signer::from_secret(&[7; 32], "bench.example/journal");
    let sequencer = tokio::spawn(Sequencer::new(store, &clock).signed_by(signer).run(stop));
    let expected = Arc::new(AtomicI64::new(i64::MAX));
    let follower = tokio::spawn(follow(store.clone(), expected.clone()));
    let (watch, cpu) = (Stopwatch::start(), processor_seconds());
    let callers: Vec<JoinHandle<i64>> =
        (0..callers).map(|_| tokio::spawn(call(store.clone(), way, ids.clone(), clock.clone(), watch, time))).collect();
    let mut done = 0;
    for caller in callers {
        done += caller.await.expect("a caller ends");
    }
    expected.store(done, Ordering::Release);
    assert_eq!(follower.await.expect("the reader ends"), done, "entries read and entries written");
    let rate = f64::from(i32::try_from(done).expect("a count")) / watch.elapsed().as_secs_f64();
    let cpu = processor_seconds() - cpu;
    stopper.stop();
    sequencer.await.expect("the sequencer ends");
    (rate, cpu)
}

async fn call(store: Store, way: Way, ids: Ids, clock: Clock, watch: Stopwatch, time: Duration) -> i64 {
    let mut done = 0;
    while watch.elapsed() < time {
        let entry = entry(&ids, &clock);
        match way {
            Way::Append => append(&store, entry, clock.now()).await.map(drop),
            Way::Transaction => transaction(&store, entry, &clock).await,
        }
        .expect("an entry is stored");
        done += 1;
    }
    done
}

async fn transaction(store: &Store, entry: NewEntry, clock: &Clock) -> store::Result<()> {
    let mut tx = store.write().await?;
    record(&mut tx, entry, clock.now()).await?;
    tx.commit().await
}

/// Reads what comes, as a room does, until as many entries have come as are expected.
async fn follow(store: Store, expected: Arc<AtomicI64>) -> i64 {
    let mut reader = Reader::open(&store, "bench").await.expect("the reader opens");
    let mut count = 0;
    while count < expected.load(Ordering::Acquire) {
        let batch = reader.next(1_000, Duration::from_millis(100)).await.expect("the journal can be read");
        let Some(last) = batch.last() else { continue };
        let mut tx = store.write().await.expect("a transaction begins");
        reader.advance(&mut tx, last.position).await.expect("the cursor moves");
        tx.commit().await.expect("the cursor is stored");
        count += batch.len() as i64;
    }
    count
}

fn entry(ids: &Ids, clock: &Clock) -> NewEntry {
    NewEntry {
        id: ids.next(),
        kind: "shelters.admitted",
        subject: "0190f3e0-0000-7000-8000-000000000000".to_owned(),
        area: Some(kernel::AreaCode::municipality("02203")),
        mode: Mode::Drill,
        actor: "system".to_owned(),
        device: None,
        occurred_at: clock.now(),
        body: Body::Open(json!({"adults": 2, "children": 1})),
    }
}

/// The peer: single-row inserts, prepared, 64 connections.
fn pgbench(database: &TestDatabase, time: Duration) -> f64 {
    let (socket, name) = database.postgres().expect("the peer is PostgreSQL");
    let script = database.folder.path().join("peer.sql");
    std::fs::write(&script, PEER).expect("the script can be written");
    let programs = postgres_programs().expect("PostgreSQL is installed");
    let mut pgbench = Command::new(programs.join("pgbench"));
    pgbench.args([
        "-n",
        "-M",
        "prepared",
        "-c",
        "64",
        "-j",
        "2",
        "-U",
        "postgres",
        "-T",
        &time.as_secs().max(1).to_string(),
        "-f",
    ]);
    let output = pgbench.arg(script).arg("-h").arg(socket).arg(name).output().expect("pgbench runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text
        .lines()
        .find(|line| line.starts_with("tps = "))
        .unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
    line.split_whitespace().nth(2).and_then(|rate| rate.parse().ok()).expect("pgbench prints a rate")
}

/// What the disk can do in these seconds: write a page, make it durable. A file of `pages` pages is written over and over,
/// as both engines' logs are once they have their size; with none it grows, which is slower on most file systems.
fn raw_syncs(database: &TestDatabase, time: Duration, pages: u64) -> f64 {
    const PAGE: [u8; 4096] = [7; 4096];
    let mut file = File::create(database.folder.path().join("raw")).expect("a file can be made");
    for _ in 0..pages {
        file.write_all(&PAGE).expect("the file can be written");
    }
    file.sync_all().expect("the file can be written");
    let watch = Stopwatch::start();
    let mut count = 0_u32;
    while watch.elapsed() < time {
        if pages > 0 && u64::from(count).is_multiple_of(pages) {
            file.rewind().expect("the file can be read from its start");
        }
        file.write_all(&PAGE).and_then(|()| file.sync_data()).expect("the file can be written");
        count += 1;
    }
    f64::from(count) / watch.elapsed().as_secs_f64()
}

fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

impl Rates {
    fn add(&mut self, name: &str, rate: f64, cpu: f64) {
        println!("{name:32} {rate:10.0}/s  {cpu:6.2} CPU-s");
        if let Value::Array(all) = self.0.entry(name).or_insert_with(|| json!([])) {
            all.push(json!(rate));
        }
    }

    fn all(&self, name: &str) -> Vec<f64> {
        self.0.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_f64).collect()
    }

    /// The median of the ratios of each turn, because the disk changes from turn to turn.
    fn ratio(&self, ours: &str, peer: &str) -> Option<f64> {
        median(self.all(ours).iter().zip(self.all(peer)).map(|(ours, peer)| ours / peer).collect())
    }

    /// The same for those turns only in which the disk was slow; `None` if it never was.
    fn ratio_while_slow(&self, ours: &str, peer: &str) -> Option<f64> {
        let slow = self.all("raw_rewriting").into_iter().map(|syncs| syncs < SLOW_SYNCS);
        let pairs = self.all(ours).into_iter().zip(self.all(peer)).zip(slow);
        median(pairs.filter(|(_, slow)| *slow).map(|((ours, peer), _)| ours / peer).collect())
    }

    fn summary(&self) -> Value {
        let medians: Map<String, Value> =
            self.0.keys().map(|name| (name.clone(), json!(median(self.all(name)).map(f64::round)))).collect();
        json!({
            "figure": "append_rate",
            "medians": medians,
            "append_to_pgbench": self.ratio("sqlite_append_64", "pgbench_64"),
            "transactions_to_pgbench": self.ratio("sqlite_tx_64", "pgbench_64"),
            "append_to_one_at_a_time": self.ratio("sqlite_append_64", "sqlite_tx_1"),
            "append_to_one_at_a_time_while_slow": self.ratio_while_slow("sqlite_append_64", "sqlite_tx_1"),
            "one_at_a_time_to_raw": self.ratio("sqlite_tx_1", "raw_rewriting"),
        })
    }
}

fn median(mut all: Vec<f64>) -> Option<f64> {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied()
}
