//! How many journal appends a second are durable, beside PostgreSQL's own single-row inserts (pgbench) in the same run.
//!
//! `append_rate [seconds per turn] [turns]`. Turns are interleaved, because the disk of one moment is not the disk of the
//! next. The last line is JSON.

// The name by which everybody else knows this crate.
extern crate mamori_store as store;

use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use kernel::{Clock, Ids, Mode, Stopwatch};
use serde_json::{Map, Value, json};
use store::journal::{Body, NewEntry, append, record};
use store::{Engine, Stop, Store};
use testkit::{TestDatabase, durable_database_on, postgres_programs};

const CALLERS: usize = 64;
const PEER: &str = "INSERT INTO peer (id, at, body) VALUES (gen_random_uuid(), now(), '{\"kind\":\"shelters.admitted\",\"adults\":2,\"children\":1}');\n";
const PEER_TABLE: &str = "CREATE TABLE peer (id UUID PRIMARY KEY, at TIMESTAMPTZ NOT NULL, body TEXT NOT NULL)";

/// Rates of each kind of turn, and the processor seconds they took.
#[derive(Default)]
struct Rates(Map<String, Value>);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |usual: u64| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (time, turns) = (Duration::from_secs(number(3)), number(5));
    let lite = durable_database_on(Engine::Sqlite).await;
    let post = durable_database_on(Engine::Postgres).await;
    let peer = durable_database_on(Engine::Postgres).await;
    let (lite_store, post_store, peer_store) = (lite.store().await, post.store().await, peer.store().await);
    let mut tx = peer_store.write().await.expect("the peer's database can be written");
    store::sql(PEER_TABLE).execute(&mut tx).await.expect("the peer's table can be made");
    tx.commit().await.expect("the peer's table can be made");
    let mut rates = Rates::default();
    for turn in 0..=turns {
        let mut add = |name: &str, rate: f64, cpu: f64| {
            // The first turn warms up.
            if turn > 0 {
                rates.add(name, rate, cpu);
            }
        };
        add("raw_fdatasync", raw_fdatasync(&lite, time / 6), 0.0);
        add("pgbench_64", pgbench(&peer, time), 0.0);
        let (rate, cpu) = appends(&lite_store, CALLERS, time).await;
        add("sqlite_append_64", rate, cpu);
        let (rate, cpu) = transactions(&lite_store, CALLERS, time).await;
        add("sqlite_tx_64", rate, cpu);
        let (rate, cpu) = transactions(&lite_store, 1, time / 3).await;
        add("sqlite_tx_1", rate, cpu);
        let (rate, cpu) = sequenced(&lite_store, time).await;
        add("sqlite_append_64_with_sequencer", rate, cpu);
        let (rate, cpu) = appends(&post_store, CALLERS, time).await;
        add("postgres_append_64", rate, cpu);
    }
    println!("{}", rates.summary());
}

async fn appends(store: &Store, callers: usize, time: Duration) -> (f64, f64) {
    measure(store, callers, time, async |store, entry, clock| append(&store, entry, clock.now()).await.map(drop)).await
}

async fn transactions(store: &Store, callers: usize, time: Duration) -> (f64, f64) {
    measure(store, callers, time, async |store, entry, clock| {
        let mut tx = store.write().await?;
        record(&mut tx, entry, clock.now()).await?;
        tx.commit().await
    })
    .await
}

/// Appends while a sequencer keeps up with them.
async fn sequenced(store: &Store, time: Duration) -> (f64, f64) {
    let (stopper, stop) = Stop::new();
    let sequencer = tokio::spawn(store::journal::Sequencer::new(store, &Clock::system()).run(stop));
    let rates = appends(store, CALLERS, time).await;
    stopper.stop();
    sequencer.await.expect("the sequencer ends");
    rates
}

async fn measure<Work>(store: &Store, callers: usize, time: Duration, work: Work) -> (f64, f64)
where
    Work: AsyncFn(Store, NewEntry, Clock) -> store::Result<()> + Copy + 'static,
{
    let clock = Clock::system();
    let ids = Ids::system(clock.clone());
    let (watch, cpu) = (Stopwatch::start(), processor_seconds());
    let caller = || async {
        let mut done = 0_u32;
        while watch.elapsed() < time {
            work(store.clone(), entry(&ids, &clock), clock.clone()).await.expect("an entry is stored");
            done += 1;
        }
        done
    };
    let done: u32 = futures_util::future::join_all((0..callers).map(|_| caller())).await.into_iter().sum();
    (f64::from(done) / watch.elapsed().as_secs_f64(), processor_seconds() - cpu)
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

/// What the disk can do in these seconds: append a page, make it durable.
fn raw_fdatasync(database: &TestDatabase, time: Duration) -> f64 {
    let mut file = std::fs::File::create(database.folder.path().join("raw")).expect("a file can be made");
    let watch = Stopwatch::start();
    let mut count = 0_u32;
    while watch.elapsed() < time {
        file.write_all(&[7; 4096]).and_then(|()| file.sync_data()).expect("the file can be written");
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

    fn median(&self, name: &str) -> f64 {
        let mut all: Vec<f64> = self.0[name].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(0.0)
    }

    /// The median of the ratios of each turn, because the disk changes from turn to turn.
    fn ratio(&self, ours: &str, peer: &str) -> f64 {
        let all =
            |name: &str| self.0[name].as_array().into_iter().flatten().filter_map(Value::as_f64).collect::<Vec<_>>();
        let mut ratios: Vec<f64> = all(ours).iter().zip(all(peer)).map(|(ours, peer)| ours / peer).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied().unwrap_or(0.0)
    }

    fn summary(&self) -> Value {
        let medians: Map<String, Value> =
            self.0.keys().map(|name| (name.clone(), json!(self.median(name).round()))).collect();
        json!({
            "figure": "append_rate",
            "medians": medians,
            "append_to_pgbench": self.ratio("sqlite_append_64", "pgbench_64"),
            "transactions_to_pgbench": self.ratio("sqlite_tx_64", "pgbench_64"),
            "append_to_one_at_a_time": self.ratio("sqlite_append_64", "sqlite_tx_1"),
            "one_at_a_time_to_raw_fdatasync": self.ratio("sqlite_tx_1", "raw_fdatasync"),
        })
    }
}
