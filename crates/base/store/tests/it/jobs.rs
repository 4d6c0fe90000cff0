//! Jobs: nothing lost, nothing doubled, what keeps failing is seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use kernel::{Clock, Ids};
use serde_json::json;
use store::jobs::{self, Enqueued, Job, NewJob, Worker, enqueue, enqueue_many};
use store::{Error, Migration, Schema, Stop, Store, sql};

use crate::{SOON, clock_and_ids};

const CREATE: &str = "CREATE TABLE effect (job UUID NOT NULL, n BIGINT NOT NULL)";
const EFFECTS: Schema =
    Schema { room: "effects", migrations: &[Migration { version: 1, name: "effects", sql: CREATE, sample: "" }] };

async fn ready(db: &testkit::TestDatabase) -> (Store, Clock, Ids) {
    let store = db.store().await;
    store.migrate(&[EFFECTS]).await.unwrap();
    let (clock, ids) = clock_and_ids();
    (store, clock, ids)
}

async fn queue(store: &Store, job: NewJob, ids: &Ids) -> Enqueued {
    let mut tx = store.write().await.unwrap();
    let enqueued = enqueue(&mut tx, job, ids).await.unwrap();
    tx.commit().await.unwrap();
    enqueued
}

/// The effect and the end of the job, in one transaction.
async fn take_effect(store: &Store, job: &Job, clock: &Clock) -> anyhow::Result<()> {
    let mut tx = store.write().await?;
    sql("INSERT INTO effect (job, n) VALUES ($1, $2)").bind(job.id).bind(job.attempt).execute(&mut tx).await?;
    job.done(&mut tx, clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

fn effective(store: &Store, clock: &Clock) -> Worker {
    let (own, time) = (store.clone(), clock.clone());
    Worker::new(store, clock).handle("test.effect", move |job| {
        let (store, clock) = (own.clone(), time.clone());
        async move { take_effect(&store, &job, &clock).await }
    })
}

async fn effects(store: &Store) -> (i64, i64) {
    sql("SELECT COUNT(*), COUNT(DISTINCT job) FROM effect").fetch_one(&mut store.read().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn many_workers_do_each_job_once() {
    let db = testkit::database().await;
    let (store, clock, ids) = ready(&db).await;
    let mut tx = store.write().await.unwrap();
    let jobs = (0..400).map(|n| NewJob::new("test.effect", json!({ "n": n }), clock.now()));
    assert_eq!(enqueue_many(&mut tx, jobs, &ids).await.unwrap(), 400);
    tx.commit().await.unwrap();
    let (stopper, stop) = Stop::new();
    let mut workers = Vec::new();
    for _ in 0..4 {
        let store = db.store().await;
        workers.push(tokio::spawn(effective(&store, &clock).at_once(4).run(stop.clone())));
    }
    let all_done = async {
        while effects(&store).await.0 < 400 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, all_done).await.unwrap();
    stopper.stop();
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(effects(&store).await, (400, 400));
    assert!(jobs::unfinished(&store, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_urgent_and_the_early_come_first_and_the_future_waits() {
    let db = testkit::database().await;
    let (store, clock, ids) = ready(&db).await;
    let order = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let later = clock.now().plus(Duration::from_mins(1));
    for (name, priority, run_at) in [("usual", 10, clock.now()), ("urgent", 0, clock.now()), ("later", 0, later)] {
        let job = NewJob { priority, run_at, ..NewJob::new("test.order", json!({ "name": name }), clock.now()) };
        queue(&store, job, &ids).await;
    }
    let seen = order.clone();
    let worker = Worker::new(&store, &clock).handle("test.order", move |job| {
        seen.lock().push(job.payload["name"].as_str().unwrap().to_owned());
        async { Ok(()) }
    });
    assert_eq!(worker.run_due().await.unwrap(), 2);
    clock.advance(Duration::from_secs(61));
    assert_eq!(worker.run_due().await.unwrap(), 1);
    assert_eq!(*order.lock(), ["urgent", "usual", "later"]);
}

#[tokio::test]
async fn a_key_is_queued_once_until_it_is_finished() {
    let db = testkit::database().await;
    let (store, clock, ids) = ready(&db).await;
    let job = || NewJob::new("test.effect", json!({}), clock.now()).once("k");
    assert_eq!(queue(&store, job(), &ids).await, Enqueued::New);
    assert_eq!(queue(&store, job(), &ids).await, Enqueued::Already);
    let elsewhere = NewJob { queue: "elsewhere", ..job() };
    assert_eq!(queue(&store, elsewhere, &ids).await, Enqueued::New);
    assert_eq!(effective(&store, &clock).run_due().await.unwrap(), 1);
    assert_eq!(queue(&store, job(), &ids).await, Enqueued::New);
}

#[tokio::test]
async fn a_key_queued_while_at_work_is_done_again_if_asked() {
    for (again, expected) in [(true, 2), (false, 1)] {
        let db = testkit::database().await;
        let (store, clock, ids) = ready(&db).await;
        let job = move |now| NewJob { again, ..NewJob::new("test.look", json!({}), now).once("k") };
        queue(&store, job(clock.now()), &ids).await;
        let (own, time, count) = (store.clone(), clock.clone(), Arc::new(AtomicUsize::new(0)));
        let worker = Worker::new(&store, &clock).handle("test.look", move |doing| {
            let (store, clock, ids, first) =
                (own.clone(), time.clone(), ids.clone(), count.fetch_add(1, Ordering::SeqCst) == 0);
            async move {
                if first {
                    assert_eq!(queue(&store, job(clock.now()), &ids).await, Enqueued::Already);
                }
                take_effect(&store, &doing, &clock).await
            }
        });
        assert_eq!(worker.run_due().await.unwrap(), expected);
        assert!(jobs::unfinished(&store, 10).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn what_keeps_failing_becomes_a_dead_letter_and_can_be_revived() {
    let db = testkit::database().await;
    let (store, clock, ids) = ready(&db).await;
    queue(&store, NewJob { max_attempts: 3, ..NewJob::new("test.fail", json!({"x": 1}), clock.now()).once("k") }, &ids)
        .await;
    let failing = Worker::new(&store, &clock).handle("test.fail", |job| async move {
        assert!(job.attempt != 2, "out of cheese");
        Err(anyhow!("no answer").context("asking the other system"))
    });
    for attempt in 1..=3 {
        assert_eq!(failing.run_due().await.unwrap(), 1, "attempt {attempt}");
        assert_eq!(failing.run_due().await.unwrap(), 0, "there is a pause after attempt {attempt}");
        clock.advance(Duration::from_hours(1));
    }
    assert_eq!(failing.run_due().await.unwrap(), 0);
    let dead = jobs::dead_letters(&store, 10).await.unwrap();
    assert_eq!(
        (dead.len(), dead[0].attempts, dead[0].last_error.as_deref()),
        (1, 3, Some("asking the other system: no answer"))
    );
    // The key is free again; while a new job holds it, the dead one cannot come back.
    assert_eq!(queue(&store, NewJob::new("test.fail", json!({}), clock.now()).once("k"), &ids).await, Enqueued::New);
    let mut tx = store.write().await.unwrap();
    assert!(!jobs::revive(&mut tx, dead[0].id, clock.now()).await.unwrap());
    drop(tx);
    let healed = Worker::new(&store, &clock).handle("test.fail", |_| async { Ok(()) });
    assert_eq!(healed.run_due().await.unwrap(), 1);
    let mut tx = store.write().await.unwrap();
    assert!(jobs::revive(&mut tx, dead[0].id, clock.now()).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(healed.run_due().await.unwrap(), 1);
    assert!(jobs::dead_letters(&store, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn unknown_kinds_fail_visibly() {
    let db = testkit::database().await;
    let (store, clock, ids) = ready(&db).await;
    queue(&store, NewJob { max_attempts: 1, ..NewJob::new("test.unknown", json!({}), clock.now()) }, &ids).await;
    Worker::new(&store, &clock).run_due().await.unwrap();
    let dead = jobs::dead_letters(&store, 10).await.unwrap();
    assert_eq!(dead[0].last_error.as_deref(), Some("no handler for this kind of job"));
    let mut tx = store.write().await.unwrap();
    assert!(jobs::discard(&mut tx, dead[0].id).await.unwrap());
    assert!(!jobs::discard(&mut tx, dead[0].id).await.unwrap());
}

#[tokio::test]
async fn a_job_whose_worker_died_is_done_by_another_and_only_once() {
    let db = testkit::database().await;
    let (store, clock, ids) = ready(&db).await;
    queue(&store, NewJob::new("test.effect", json!({}), clock.now()), &ids).await;
    // The first worker claims the job and then hangs for ever.
    let (sender, mut claimed) = tokio::sync::mpsc::channel(1);
    let hanging = Worker::new(&store, &clock).handle("test.effect", move |job| {
        let sender = sender.clone();
        async move {
            sender.send(job).await?;
            std::future::pending().await
        }
    });
    let first = tokio::spawn(async move { hanging.run_due().await });
    let stuck = tokio::time::timeout(SOON, claimed.recv()).await.unwrap().unwrap();
    first.abort();
    let second = effective(&store, &clock);
    assert_eq!(second.run_due().await.unwrap(), 0, "the lease still runs");
    clock.advance(Duration::from_secs(61));
    assert_eq!(second.run_due().await.unwrap(), 1);
    // The first one comes back from the dead and must not double the effect.
    let error = take_effect(&store, &stuck, &clock).await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Error::LeaseLost(_))), "{error}");
    assert_eq!(effects(&store).await, (1, 1));
}

#[tokio::test]
async fn a_long_job_keeps_its_lease() {
    let db = testkit::database().await;
    let (store, _, ids) = ready(&db).await;
    let clock = Clock::system();
    queue(&store, NewJob::new("test.long", json!({}), clock.now()), &ids).await;
    let (own, time) = (store.clone(), clock.clone());
    let worker = Worker::new(&store, &clock).lease(Duration::from_millis(600)).handle("test.long", move |job| {
        let (store, clock) = (own.clone(), time.clone());
        async move {
            tokio::time::sleep(Duration::from_millis(1_800)).await;
            take_effect(&store, &job, &clock).await
        }
    });
    let (stopper, stop) = Stop::new();
    let tasks = [tokio::spawn(worker.clone().run(stop.clone())), tokio::spawn(worker.run(stop))];
    let done = async {
        while effects(&store).await.0 == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, done).await.unwrap();
    stopper.stop();
    for task in tasks {
        task.await.unwrap();
    }
    let attempt: i64 = sql("SELECT n FROM effect").fetch_value(&mut store.read().await.unwrap()).await.unwrap();
    assert_eq!((attempt, effects(&store).await), (1, (1, 1)));
}

#[tokio::test]
async fn a_job_is_queued_with_its_cause_or_not_at_all() {
    let db = testkit::database().await;
    let (store, clock, ids) = ready(&db).await;
    let mut tx = store.write().await.unwrap();
    enqueue(&mut tx, NewJob::new("test.effect", json!({}), clock.now()), &ids).await.unwrap();
    drop(tx);
    assert_eq!(effective(&store, &clock).run_due().await.unwrap(), 0);
}
