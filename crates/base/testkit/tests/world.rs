//! What a world forgives, and what it does not.
#![cfg(feature = "world")]

use kernel::Mode;
use mamori_testkit::World;
use serde_json::json;
use store::jobs::{self, NewJob};
use store::journal::{self, Body, NewEntry, Reader};

async fn world() -> World {
    World::builder().build().await
}

async fn enqueue(world: &World) {
    let app = world.app();
    let mut tx = app.store.write().await.expect("a transaction");
    jobs::enqueue(&mut tx, NewJob::new("test.job", json!({}), app.clock.now()), &app.ids).await.expect("queued");
    tx.commit().await.expect("a commit");
}

async fn record(world: &World) {
    let app = world.app();
    let now = app.clock.now();
    let entry = NewEntry {
        id: app.ids.next(),
        kind: "test.happened",
        subject: "x".to_owned(),
        area: None,
        mode: Mode::Drill,
        actor: "system".to_owned(),
        device: None,
        occurred_at: now,
        body: Body::Open(json!({})),
    };
    let mut tx = app.store.write().await.expect("a transaction");
    journal::record(&mut tx, entry, now).await.expect("recorded");
    tx.commit().await.expect("a commit");
}

#[tokio::test]
#[should_panic(expected = "errors were logged")]
async fn a_logged_error_fails_the_test() {
    let _world = world().await;
    tracing::error!("the roof is on fire");
}

#[tokio::test]
async fn an_expected_error_does_not() {
    let world = world().await;
    tracing::error!(room = "attic", "the roof is on fire");
    let errors = world.take_errors();
    assert!(errors[0].contains("the roof is on fire") && errors[0].contains("attic"), "{errors:?}");
}

#[tokio::test]
#[should_panic(expected = "job test.job")]
async fn a_job_left_over_fails_the_test() {
    let world = world().await;
    enqueue(&world).await;
}

#[tokio::test]
async fn settling_does_what_is_due() {
    let world = World::builder().worker(|_, worker| worker.handle("test.job", |_| async { Ok(()) })).build().await;
    enqueue(&world).await;
    world.settle().await;
}

#[tokio::test]
#[should_panic(expected = "reader slow is")]
async fn a_reader_behind_fails_the_test() {
    let world = world().await;
    Reader::open(world.store(), "slow").await.unwrap();
    record(&world).await;
    world.settle().await;
}

#[tokio::test]
async fn reactions_follow_the_journal_and_what_they_publish_is_seen() {
    let world = World::builder()
        .reaction("follower", |app| async move {
            let mut reader = Reader::open(&app.store, "follower").await?;
            let entries = reader.next(10, std::time::Duration::ZERO).await?;
            let Some(last) = entries.last() else { return Ok(0) };
            let mut tx = app.store.write().await?;
            http::hot::publish(&mut tx, "seen", &json!({ "last": last.kind }), app.clock.now()).await?;
            reader.advance(&mut tx, last.position).await?;
            tx.commit().await?;
            Ok(entries.len())
        })
        .build()
        .await;
    assert_eq!(world.find_document("seen").await, None);
    record(&world).await;
    world.settle().await;
    assert_eq!(world.document("seen").await, json!({ "last": "test.happened" }));
}
