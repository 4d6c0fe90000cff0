//! Public documents: published once, answered from memory, kept when everything behind them fails.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use mamori_http::{Settings, hot};
use serde_json::json;
use store::Stop;

use crate::world::World;

#[tokio::test]
async fn a_document_is_seen_after_its_commit_and_not_before() {
    let world = World::new().await;
    let mut tx = world.app.store.write().await.unwrap();
    let now = world.app.clock.now();
    assert_eq!(hot::publish(&mut tx, "alerts/02203", &json!({"level": 3}), now).await.unwrap(), Some(1));
    tx.rollback().await.unwrap();
    world.app.hot.refresh().await.unwrap();
    let missing = world.get("/public/alerts/02203.json", &[]).await;
    assert_eq!((missing.status, missing.problem().as_str()), (StatusCode::NOT_FOUND, "not-found"));

    assert_eq!(world.publish("alerts/02203", json!({"level": 4})).await, Some(1));
    let answer = world.get("/public/alerts/02203.json", &[]).await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({"level": 4})));
    assert_eq!(answer.header("cache-control"), "public, max-age=10, stale-while-revalidate=30, stale-if-error=86400");
    assert_eq!(answer.header("x-published-at"), "2025-12-08T23:15:00+09:00");
    assert_eq!(answer.header("last-modified"), "Mon, 08 Dec 2025 14:15:00 GMT");
    assert_eq!(answer.header("vary"), "accept-encoding");
}

#[tokio::test]
async fn unchanged_bytes_are_no_new_version() {
    let world = World::new().await;
    assert_eq!(world.publish("a", json!([1])).await, Some(1));
    assert_eq!(world.publish("a", json!([1])).await, None);
    assert_eq!(world.publish("b", json!([1])).await, Some(2));
    assert_eq!(world.publish("a", json!([2])).await, Some(3));
    assert_eq!(world.app.hot.version(), 3);
}

#[tokio::test]
async fn a_caller_that_has_it_is_told_so_without_a_body() {
    let world = World::new().await;
    world.publish("big", json!((0..500).collect::<Vec<_>>())).await;
    let first = world.get("/public/big.json", &[("accept-encoding", "br")]).await;
    assert_eq!(first.header("content-encoding"), "br");
    let tag = first.header("etag").to_owned();
    let again = world.get("/public/big.json", &[("accept-encoding", "br"), ("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.bytes.len(), again.header("etag")), (StatusCode::NOT_MODIFIED, 0, tag.as_str()));
    world.publish("big", json!([0])).await;
    let changed = world.get("/public/big.json", &[("if-none-match", &tag)]).await;
    assert_eq!((changed.status, changed.json()), (StatusCode::OK, json!([0])));
    let head = world.send(Method::HEAD, "/public/big.json", &[], "").await;
    assert_eq!((head.status, head.header("content-length"), head.bytes.len()), (StatusCode::OK, "3", 0));
    let post = world.send(Method::POST, "/public/big.json", &[("sec-fetch-site", "same-origin")], "").await;
    assert_eq!(post.problem(), "method-not-allowed");
}

#[tokio::test]
async fn a_withdrawn_document_is_gone_and_can_come_back() {
    let world = World::new().await;
    world.publish("drill/alerts/prefecture", json!({"mode": "drill"})).await;
    let mut tx = world.app.store.write().await.unwrap();
    let now = world.app.clock.now();
    assert_eq!(hot::withdraw(&mut tx, "drill/alerts/prefecture", now).await.unwrap(), Some(2));
    assert_eq!(hot::withdraw(&mut tx, "drill/alerts/prefecture", now).await.unwrap(), None);
    tx.commit().await.unwrap();
    world.app.hot.refresh().await.unwrap();
    assert_eq!(world.get("/public/drill/alerts/prefecture.json", &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.publish("drill/alerts/prefecture", json!({"mode": "drill"})).await, Some(3));
    assert_eq!(world.get("/public/drill/alerts/prefecture.json", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_last_good_version_survives_a_restart_and_a_lost_database() {
    let world = World::new().await;
    world.publish("tsunami", json!({"in_force": true})).await;
    let restarted = world.second().await;
    assert_eq!(restarted.hot.get("tsunami").unwrap().body(), br#"{"in_force":true}"#);

    world.app.store.close().await;
    assert!(world.app.hot.refresh().await.is_err());
    let answer = world.get("/public/tsunami.json", &[]).await;
    assert_eq!((answer.status, answer.header("x-published-at")), (StatusCode::OK, "2025-12-08T23:15:00+09:00"));
    let ready = world.get("/readyz", &[]).await;
    assert_eq!((ready.status, ready.json()["documents"].clone()), (StatusCode::SERVICE_UNAVAILABLE, json!(false)));
    assert_eq!(world.get("/healthz", &[]).await.bytes, b"ok");
}

#[tokio::test]
async fn publications_of_another_process_arrive_by_themselves_and_reach_the_export_folder() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new().await;
    let other = world.second().await;
    let (_running, stop) = Stop::new();
    let settings = Settings { export: Some(folder.path().to_owned()), ..Settings::default() };
    let hot = other.hot.clone();
    tokio::spawn(async move { hot.run(&settings, stop).await });
    world.publish("quakes/latest", json!((0..300).collect::<Vec<_>>())).await;
    let file = folder.path().join("quakes/latest.json");
    for _ in 0..100 {
        if file.exists() && file.with_extension("json.br").exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(std::fs::read(&file).unwrap(), other.hot.get("quakes/latest").unwrap().body());
    assert!(file.with_extension("json.gz").exists() && file.with_extension("json.br").exists());
    assert!(!file.with_extension("part").exists());
}

#[tokio::test]
async fn the_tables_grow_on_a_lived_in_database() {
    let database = testkit::database().await;
    let store = database.store().await;
    store.migrate_lived_in(&[mamori_http::SCHEMA]).await.unwrap();
    let hot = mamori_http::Hot::load(&store, &Settings::default()).await.unwrap();
    assert_eq!((hot.version(), hot.all().len()), (2, 1));
}

#[tokio::test]
async fn every_statement_is_understood_by_the_engine() {
    let world = World::new().await;
    world.app.store.prepare_all(mamori_http::STATEMENTS).await.unwrap();
}

#[tokio::test]
async fn many_publishers_at_once_get_versions_without_gaps() {
    let world = World::new().await;
    let mut all = tokio::task::JoinSet::new();
    for n in 0..20 {
        let app = world.app.clone();
        all.spawn(async move {
            let publish = async || {
                let mut tx = app.store.write().await?;
                let version =
                    hot::publish(&mut tx, &format!("doc/{}", n % 5), &json!({ "n": n }), app.clock.now()).await?;
                tx.commit().await?;
                Ok::<_, store::Error>(version)
            };
            app.store.retry(publish).await.unwrap().unwrap()
        });
    }
    let mut versions = all.join_all().await;
    versions.sort_unstable();
    assert_eq!(versions, (1..=20).collect::<Vec<i64>>());
    world.app.hot.refresh().await.unwrap();
    assert_eq!(world.app.hot.version(), 20);
    assert_eq!(world.app.hot.all().len(), 5);
}
