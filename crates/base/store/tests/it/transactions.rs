//! Transactions and group commit: what is kept, what is undone, who is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use kernel::Timestamp;
use serde_json::{Value, json};
use store::{Engine, Error, Migration, Schema, Settings, Store, rows, sql};
use uuid::Uuid;

const CREATE: &str = "CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)";
const THINGS: Schema =
    Schema { room: "things", migrations: &[Migration { version: 1, name: "things", sql: CREATE, sample: "" }] };
const ADD: &str = "INSERT INTO thing (id, n) VALUES ($1, $2)";
const IDS: &str = "SELECT id FROM thing ORDER BY id";

async fn ids(store: &Store) -> Vec<i64> {
    let rows: Vec<(i64,)> = sql(IDS).fetch_all(&mut store.read().await.unwrap()).await.unwrap();
    rows.into_iter().map(|row| row.0).collect()
}

async fn add(store: &Store, id: i64, keep: bool) -> Result<(), Error> {
    let mut tx = store.write().await?;
    sql(ADD).bind(id).bind(0_i64).execute(&mut tx).await?;
    tokio::task::yield_now().await;
    if keep { tx.commit().await } else { Ok(()) }
}

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Wide {
    id: Uuid,
    at: DateTime<Utc>,
    body: Value,
    flag: bool,
    real: f64,
    bytes: Vec<u8>,
    text: Option<String>,
}

#[tokio::test]
async fn every_type_comes_back_as_it_went_in() {
    let db = testkit::database().await;
    let store = db.store().await;
    let create = "CREATE TABLE wide (id UUID PRIMARY KEY, at TIMESTAMPTZ, body JSONB, flag BOOLEAN, real DOUBLE PRECISION, bytes BYTEA, text TEXT)";
    let insert = "INSERT INTO wide (id, at, body, flag, real, bytes, text) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let at = Timestamp::parse("2025-12-08T23:15:09.123456+09:00").unwrap();
    let wide = Wide {
        id: Uuid::from_u128(9),
        at: at.into(),
        body: json!({"b": 1}),
        flag: true,
        real: 1.25,
        bytes: vec![0, 255],
        text: None,
    };
    let mut tx = store.write().await.unwrap();
    sql(create).execute(&mut tx).await.unwrap();
    let add = sql(insert)
        .bind(wide.id)
        .bind(at)
        .bind(&wide.body)
        .bind(true)
        .bind(1.25)
        .bind(wide.bytes.clone())
        .bind(None::<String>);
    add.execute(&mut tx).await.unwrap();
    let back: Wide =
        sql("SELECT * FROM wide WHERE at = $1 AND flag = $2").bind(at).bind(true).fetch_one(&mut tx).await.unwrap();
    assert_eq!(back, wide);
    let many = (0..300_u16).fold(rows("INSERT INTO wide (id, at, body, flag, real, bytes, text)", ""), |many, n| {
        let text = Some(n.to_string()).filter(|_| n % 2 == 0);
        many.row([
            Uuid::from_u128(100 + u128::from(n)).into(),
            at.into(),
            json!([n]).into(),
            false.into(),
            0.5.into(),
            vec![1].into(),
            text.into(),
        ])
    });
    assert_eq!(many.execute(&mut tx).await.unwrap(), 300);
    tx.commit().await.unwrap();
    let count: i64 = sql("SELECT COUNT(*) FROM wide WHERE text IS NULL")
        .fetch_value(&mut store.read().await.unwrap())
        .await
        .unwrap();
    assert_eq!(count, 151);
}

#[tokio::test]
async fn a_dropped_transaction_takes_nobody_with_it() {
    let db = testkit::database().await;
    let store = db.store().await;
    store.migrate(&[THINGS]).await.unwrap();
    let results = join_all((0..200).map(|id| add(&store, id, id % 3 != 0))).await;
    assert!(results.iter().all(Result::is_ok));
    let expected: Vec<i64> = (0..200).filter(|id| id % 3 != 0).collect();
    assert_eq!(ids(&store).await, expected);
}

#[tokio::test]
async fn callers_who_stop_waiting_block_nobody() {
    let db = testkit::database().await;
    let store = db.store().await;
    store.migrate(&[THINGS]).await.unwrap();
    for round in 0..20_i64 {
        // Each future is dropped at another moment: while waiting for its turn, in a statement, in its commit.
        let impatient = (0..20_i64).map(|n| {
            let store = store.clone();
            async move {
                let limit = Duration::from_micros(u64::try_from(n * round * 20).unwrap());
                tokio::time::timeout(limit, add(&store, round * 1_000 + n, true)).await.is_ok_and(|r| r.is_ok())
            }
        });
        let told = join_all(impatient).await;
        add(&store, round * 1_000 + 999, true).await.unwrap();
        let there = ids(&store).await;
        for (n, _) in told.iter().enumerate().filter(|(_, told)| **told) {
            assert!(there.contains(&(round * 1_000 + i64::try_from(n).unwrap())), "an acknowledged row is lost");
        }
        assert!(there.contains(&(round * 1_000 + 999)));
    }
}

#[tokio::test]
async fn after_a_failed_statement_nothing_of_the_transaction_is_kept() {
    let db = testkit::database().await;
    let store = db.store().await;
    store.migrate(&[THINGS]).await.unwrap();
    add(&store, 1, true).await.unwrap();
    let mut tx = store.write().await.unwrap();
    sql(ADD).bind(2_i64).bind(0_i64).execute(&mut tx).await.unwrap();
    let error = sql(ADD).bind(1_i64).bind(0_i64).execute(&mut tx).await.unwrap_err();
    assert!(error.is_duplicate(), "{error}");
    assert!(matches!(sql(ADD).bind(3_i64).bind(0_i64).execute(&mut tx).await, Err(Error::AlreadyFailed)));
    assert!(matches!(tx.commit().await, Err(Error::AlreadyFailed)));
    assert_eq!(ids(&store).await, [1]);
}

#[tokio::test]
async fn a_failing_commit_tells_everybody_in_the_group_and_keeps_nothing() {
    let db = testkit::database_on(Engine::Sqlite).await;
    // A long group time makes sure that everybody shares one commit.
    let store = db.store_with(Settings { group_time: Duration::from_secs(40), ..Settings::default() }).await;
    store.migrate(&[THINGS]).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let child = "CREATE TABLE child (id BIGINT REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED)";
    sql(child).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();

    let first = store.write().await.unwrap();
    let good: Vec<_> = (0..10)
        .map(|id| {
            tokio::spawn({
                let store = store.clone();
                async move { add(&store, id, true).await }
            })
        })
        .collect();
    let bad = tokio::spawn({
        let store = store.clone();
        async move {
            let mut tx = store.write().await?;
            sql("INSERT INTO child (id) VALUES (777)").execute(&mut tx).await?;
            tx.commit().await
        }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    first.commit().await.unwrap_err();
    for task in good.into_iter().chain([bad]) {
        assert!(matches!(task.await.unwrap(), Err(Error::CommitFailed(_))));
    }
    assert_eq!(ids(&store).await, [0; 0]);
    // The lane works on, and a repeated transaction succeeds.
    store.retry(|| add(&store, 5, true)).await.unwrap();
    assert_eq!(ids(&store).await, [5]);
}

#[tokio::test]
async fn who_holds_a_transaction_too_long_loses_it() {
    let db = testkit::database().await;
    let limit = Duration::from_millis(300);
    let store = db.store_with(Settings { hold_limit: limit, ..Settings::default() }).await;
    store.migrate(&[THINGS]).await.unwrap();
    let mut slow = store.write().await.unwrap();
    sql(ADD).bind(1_i64).bind(0_i64).execute(&mut slow).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), add(&store, 2, true)).await.expect("the others go on").unwrap();
    tokio::time::sleep(limit * 4).await;
    assert!(sql(ADD).bind(3_i64).bind(0_i64).execute(&mut slow).await.is_err());
    assert!(slow.commit().await.is_err());
    assert_eq!(ids(&store).await, [2]);
}

#[tokio::test]
async fn a_lock_makes_read_and_write_one_step() {
    let db = testkit::database().await;
    let store = db.store().await;
    store.migrate(&[THINGS]).await.unwrap();
    add(&store, 1, true).await.unwrap();
    let at_once = Arc::new(AtomicUsize::new(0));
    let raise = || async {
        let mut tx = store.write().await?;
        tx.lock("thing 1").await?;
        assert_eq!(at_once.fetch_add(1, Ordering::SeqCst), 0, "two are inside");
        let n: i64 = sql("SELECT n FROM thing WHERE id = 1").fetch_value(&mut tx).await?;
        tokio::task::yield_now().await;
        sql("UPDATE thing SET n = $1 WHERE id = 1").bind(n + 1).execute(&mut tx).await?;
        at_once.fetch_sub(1, Ordering::SeqCst);
        tx.commit().await
    };
    for result in join_all((0..50).map(|_| raise())).await {
        result.unwrap();
    }
    let n: i64 = sql("SELECT n FROM thing WHERE id = 1").fetch_value(&mut store.read().await.unwrap()).await.unwrap();
    assert_eq!(n, 50);
    assert!(matches!(store.read().await.unwrap().lock("x").await, Err(Error::NeedsTransaction(_))));
}

#[tokio::test]
async fn opposite_orders_are_repeated_until_both_are_done() {
    let db = testkit::database().await;
    let store = db.store().await;
    store.migrate(&[THINGS]).await.unwrap();
    add(&store, 1, true).await.unwrap();
    add(&store, 2, true).await.unwrap();
    let move_between = |from: i64, to: i64| {
        let store = store.clone();
        async move {
            store
                .retry(|| async {
                    let mut tx = store.write().await?;
                    sql("UPDATE thing SET n = n - 1 WHERE id = $1").bind(from).execute(&mut tx).await?;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    sql("UPDATE thing SET n = n + 1 WHERE id = $1").bind(to).execute(&mut tx).await?;
                    tx.commit().await
                })
                .await
        }
    };
    let all = (0..3).flat_map(|_| [(1, 2), (2, 1)]).map(|(from, to)| tokio::spawn(move_between(from, to)));
    for task in all.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    let sum: (i64, i64) = sql("SELECT CAST(SUM(n) AS BIGINT), MIN(n) FROM thing")
        .fetch_one(&mut store.read().await.unwrap())
        .await
        .unwrap();
    assert_eq!(sum, (0, 0));
}

#[tokio::test]
async fn a_reading_connection_cannot_write() {
    let db = testkit::database().await;
    let store = db.store().await;
    store.migrate(&[THINGS]).await.unwrap();
    assert!(sql(ADD).bind(1_i64).bind(0_i64).execute(&mut store.read().await.unwrap()).await.is_err());
}

#[tokio::test]
async fn every_statement_of_the_store_is_understood() {
    let db = testkit::database().await;
    let store = db.store().await;
    let engine_only = |text: &&&str| store.engine() == Engine::Postgres || !text.contains("FOR UPDATE");
    for statements in [store::journal::SQL, store::jobs::SQL] {
        let statements: Vec<&'static str> = statements.iter().filter(engine_only).copied().collect();
        store.prepare_all(&statements).await.unwrap();
    }
    let error = store.prepare_all(&["SELECT nothing FROM nowhere"]).await.unwrap_err();
    assert!(error.to_string().contains("SELECT nothing FROM nowhere"), "{error}");
}

#[tokio::test]
async fn what_was_committed_is_there_after_opening_again() {
    let db = testkit::database().await;
    let store = db.store().await;
    store.migrate(&[THINGS]).await.unwrap();
    add(&store, 1, true).await.unwrap();
    store.close().await;
    let again = db.store().await;
    assert_eq!(ids(&again).await, [1]);
}

#[tokio::test]
async fn addresses_that_are_not_databases_are_refused() {
    for url in ["", "mysql://x", "/tmp/x.db"] {
        assert!(matches!(Store::open(url, Settings::default()).await, Err(Error::Address(_))), "{url}");
    }
}
