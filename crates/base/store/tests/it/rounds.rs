//! kill -9 rounds: a child process writes with twenty writers, is killed, and another one goes on.
//!
//! Each write is one transaction: a row, a journal entry and a job. The child says "try" before and "ack" after the
//! commit; ids that were tried and not acknowledged are tried again by the next child, as a device that got no answer
//! would. In the end every id must be there exactly once, in every table.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Ids, Mode};
use serde_json::json;
use store::jobs::{NewJob, Worker, enqueue, unfinished};
use store::journal::{Body, NewEntry, Sequencer, record, sequence_now, verify};
use store::{Migration, Schema, Settings, Stop, Store, sql};
use uuid::Uuid;

const CREATE: &str =
    "CREATE TABLE kill_row (id UUID NOT NULL, n BIGINT NOT NULL); CREATE TABLE kill_effect (id UUID NOT NULL);
    CREATE INDEX kill_row_id ON kill_row (id);";
const TABLES: Schema =
    Schema { room: "kill", migrations: &[Migration { version: 1, name: "kill", sql: CREATE, sample: "" }] };

/// How the child is told what to do.
pub(crate) const CHILD: &str = "MAMORI_KILL_CHILD";
const WRITERS: usize = 20;

/// What the rounds came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) rounds: usize,
    pub(crate) acknowledged: usize,
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    pub(crate) faults: usize,
}

/// The child: writes until it is killed. The ids on standard input are tried first.
pub(crate) async fn child(url: &str) {
    let store = Store::open(url, Settings::default()).await.expect("the database opens");
    let clock = Clock::system();
    let ids = Ids::system(clock.clone());
    tokio::spawn(Sequencer::new(&store, &clock).run(Stop::new().1));
    tokio::spawn(worker(&store, &clock).run(forever()));
    let again: Vec<Uuid> =
        std::io::stdin().lines().map_while(Result::ok).filter_map(|line| line.parse().ok()).collect();
    let again = Arc::new(parking_lot::Mutex::new(again));
    let writers = (0..WRITERS).map(|_| {
        let (store, clock, ids, again) = (store.clone(), clock.clone(), ids.clone(), again.clone());
        tokio::spawn(async move {
            loop {
                let old = again.lock().pop();
                let id = old.unwrap_or_else(|| ids.uuid());
                say("try", id);
                if write(&store, id, &clock, &ids).await.is_ok() {
                    say("ack", id);
                }
            }
        })
    });
    futures_util::future::join_all(writers).await;
}

/// Runs rounds of `program` on the database and looks at what is left.
pub(crate) async fn rounds(url: &str, count: usize, program: impl Fn() -> Command) -> Outcome {
    let store = Store::open(url, Settings::default()).await.expect("the database opens");
    store.migrate(&[TABLES]).await.expect("the tables can be made");
    let (mut acknowledged, mut open) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..count {
        // Between 60 and 260 ms, never the same: the kill meets every step.
        let life = Duration::from_millis(60 + (round as u64 * 37) % 200);
        one_round(program(), url, life, &mut acknowledged, &mut open);
    }
    let clock = Clock::system();
    let ids = Ids::system(clock.clone());
    for id in std::mem::take(&mut open) {
        store.retry(|| write(&store, id, &clock, &ids)).await.expect("what was left open can be written");
        acknowledged.insert(id);
    }
    sequence_now(&store).await.expect("the rest is sequenced");
    // The killed workers' leases are over for a clock that is ahead.
    let ahead = Clock::fixed(clock.now().plus(Duration::from_mins(10)));
    let (stopper, stop) = Stop::new();
    let working = tokio::spawn(worker(&store, &ahead).at_once(32).run(stop));
    while !unfinished(&store, 1).await.expect("the jobs can be read").is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stopper.stop();
    working.await.expect("the worker ends");
    let mut outcome = count_up(&store, &acknowledged).await;
    outcome.rounds = count;
    outcome
}

fn one_round(
    mut program: Command,
    url: &str,
    life: Duration,
    acknowledged: &mut BTreeSet<Uuid>,
    open: &mut BTreeSet<Uuid>,
) {
    let mut child =
        program.env(CHILD, url).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the child starts");
    let mut input = child.stdin.take().expect("the child has an input");
    for id in open.iter() {
        writeln!(input, "{id}").expect("the child reads");
    }
    drop(input);
    let mut lines = BufReader::new(child.stdout.take().expect("the child has an output")).lines();
    // The child's life begins with its first word, however long it took to start.
    let first = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("try "))).expect("the child speaks");
    let killer = std::thread::spawn(move || {
        let (_keep, timeout) = std::sync::mpsc::channel::<()>();
        let _ = timeout.recv_timeout(life);
        child.kill().expect("the child can be killed");
        child.wait().expect("the child is gone");
    });
    for line in std::iter::once(first).chain(lines).map_while(Result::ok) {
        // The kill may cut the last line.
        let mut words = line.split_whitespace().skip_while(|word| !matches!(*word, "try" | "ack"));
        let (Some(word), Some(Ok(id))) = (words.next(), words.next().map(str::parse::<Uuid>)) else { continue };
        if word == "ack" {
            open.remove(&id);
            acknowledged.insert(id);
        } else {
            open.insert(id);
        }
    }
    killer.join().expect("the child is gone");
}

async fn write(store: &Store, id: Uuid, clock: &Clock, ids: &Ids) -> store::Result<()> {
    let mut tx = store.write().await?;
    let entry = NewEntry {
        id: id.into(),
        kind: "test.kill",
        subject: id.to_string(),
        area: None,
        mode: Mode::Live,
        actor: "system".into(),
        device: None,
        occurred_at: kernel::Timestamp::EPOCH,
        body: Body::Open(json!({})),
    };
    if record(&mut tx, entry, clock.now()).await? == store::journal::Recorded::New {
        sql("INSERT INTO kill_row (id, n) VALUES ($1, $2)").bind(id).bind(1_i64).execute(&mut tx).await?;
        enqueue(&mut tx, NewJob::new("test.kill", json!({ "id": id }), clock.now()), ids).await?;
    }
    tx.commit().await
}

fn worker(store: &Store, clock: &Clock) -> Worker {
    let (own, time) = (store.clone(), clock.clone());
    Worker::new(store, clock).handle("test.kill", move |job| {
        let (store, clock) = (own.clone(), time.clone());
        async move {
            let id: Uuid = serde_json::from_value(job.payload["id"].clone())?;
            let mut tx = store.write().await?;
            sql("INSERT INTO kill_effect (id) VALUES ($1)").bind(id).execute(&mut tx).await?;
            job.done(&mut tx, clock.now()).await?;
            Ok(tx.commit().await?)
        }
    })
}

async fn count_up(store: &Store, acknowledged: &BTreeSet<Uuid>) -> Outcome {
    let mut conn = store.read().await.expect("the database can be read");
    let mut outcome = Outcome { acknowledged: acknowledged.len(), ..Outcome::default() };
    for text in
        ["SELECT id FROM kill_row", "SELECT id FROM kill_effect", "SELECT id FROM journal WHERE position IS NOT NULL"]
    {
        let rows: Vec<(Uuid,)> = sql(text).fetch_all(&mut conn).await.expect("the table can be read");
        let distinct: BTreeSet<Uuid> = rows.iter().map(|row| row.0).collect();
        outcome.lost += acknowledged.difference(&distinct).count();
        outcome.doubled += rows.len() - distinct.len();
    }
    let report = verify(store).await.expect("the journal can be read");
    outcome.faults = usize::from(report.fault.is_some());
    outcome
}

/// A stop that never comes.
fn forever() -> Stop {
    let (stopper, stop) = Stop::new();
    std::mem::forget(stopper);
    stop
}

fn say(word: &str, id: Uuid) {
    let mut out = std::io::stdout().lock();
    // The parent is gone: so are we, soon.
    let _ = writeln!(out, "{word} {id}");
    let _ = out.flush();
}
