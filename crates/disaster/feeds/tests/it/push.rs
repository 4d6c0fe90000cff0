//! A distributor's push, and its keys.

use std::time::Duration;

use serde_json::json;
use testkit::{Caller, Reply, World};

use crate::telegrams::{gzip, quake};
use crate::{operator, received, source, world};

async fn push(world: &World, key: &str, body: impl Into<Vec<u8>>) -> Reply {
    let caller = world.anonymous().with_header("authorization", format!("Bearer {key}"));
    caller.post_bytes("/api/feeds/push?name=x_0_VXSE51_010000.xml", "application/xml", body).await
}

async fn issue(desk: &Caller) -> (String, String) {
    let new = json!({ "distributor": "hikari", "mode": "live", "expected_every_s": 600 });
    let issued = desk.post("/api/feeds/push/keys", &new).await.ok().json();
    (issued["id"].as_str().unwrap().to_owned(), issued["key"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_key_opens_the_push_and_nothing_else_does() {
    let world = world().await;
    let desk = operator(&world).await;
    let (_, key) = issue(&desk).await;
    assert_eq!(push(&world, "", quake(0)).await.status, 401);
    assert_eq!(push(&world, "mfk_x_y", quake(0)).await.status, 401);
    let last = if key.ends_with('0') { '1' } else { '0' };
    assert_eq!(push(&world, &format!("{}{last}", &key[..key.len() - 1]), quake(0)).await.status, 401);
    assert_eq!(desk.post_bytes("/api/feeds/push", "application/xml", quake(0)).await.status, 401);
    assert!(received(&world).await.is_empty());
    let done = push(&world, &key, quake(0)).await.ok().json();
    assert_eq!((&done["outcome"], &done["duplicate"]), (&json!("understood"), &json!(false)));
    let again = push(&world, &key, gzip(&quake(0))).await.ok().json();
    assert_eq!(again["duplicate"], true);
    let bad = push(&world, &key, "<broken").await.ok().json();
    assert_eq!(bad["outcome"], "refused");
    assert_eq!(received(&world).await.len(), 1);
}

#[tokio::test]
async fn a_key_is_replaced_without_a_gap_and_taken_back_at_once() {
    let world = world().await;
    let desk = operator(&world).await;
    let (id, old) = issue(&desk).await;
    let rotated = desk.post(&format!("/api/feeds/push/keys/{id}/rotate"), &json!({})).await.ok().json();
    let new = rotated["key"].as_str().unwrap().to_owned();
    assert_ne!(old, new);
    assert_eq!(push(&world, &old, quake(1)).await.status, 200);
    assert_eq!(push(&world, &new, quake(2)).await.status, 200);
    world.clock().advance(Duration::from_hours(1));
    assert_eq!(push(&world, &old, quake(3)).await.status, 401);
    assert_eq!(push(&world, &new, quake(4)).await.status, 200);
    let desk = operator(&world).await;
    let _ = desk.delete(&format!("/api/feeds/push/keys/{id}")).await.ok();
    assert_eq!(push(&world, &new, quake(5)).await.status, 401);
    assert_eq!(desk.post(&format!("/api/feeds/push/keys/{id}/rotate"), &json!({})).await.status, 404);
    let _ = desk.delete(&format!("/api/feeds/push/keys/{id}")).await.ok();
    let list = desk.get("/api/feeds/push/keys").await.ok();
    assert!(!list.text().contains("mfk_"), "no secret is shown again");
    assert!(list.json()[0]["revoked_at"].is_string());
    let kinds = world.journal_kinds().await;
    for kind in [feeds::KEY_ISSUED, feeds::KEY_ROTATED, feeds::KEY_REVOKED] {
        assert_eq!(kinds.iter().filter(|it| *it == kind).count(), 1, "{kind}");
    }
    let text = world.journal_text().await;
    assert!(!text.contains(&new) && !text.contains("mfk_"), "no key in the journal");
}

#[tokio::test]
async fn a_distributor_that_falls_silent_becomes_stale() {
    let world = world().await;
    let desk = operator(&world).await;
    let (_, key) = issue(&desk).await;
    assert_eq!(source(&world, "push:hikari").await["state"], "never");
    let _ = push(&world, &key, quake(0)).await.ok();
    assert_eq!(source(&world, "push:hikari").await["state"], "fresh");
    // It keeps sending the same bytes: contact, but no content.
    for _ in 0..3 {
        world.clock().advance(Duration::from_mins(9));
        let _ = push(&world, &key, quake(0)).await.ok();
    }
    let frozen = source(&world, "push:hikari").await;
    assert_eq!((&frozen["state"], &frozen["repeats"]), (&json!("stale"), &json!(3)));
}

#[tokio::test]
async fn a_key_for_drills_makes_drills_only() {
    let world = world().await;
    let desk = operator(&world).await;
    let issued =
        desk.post("/api/feeds/push/keys", &json!({ "distributor": "hikari", "mode": "drill" })).await.ok().json();
    let _ = push(&world, issued["key"].as_str().unwrap(), quake(0)).await.ok();
    assert_eq!(desk.get("/api/feeds/telegrams").await.ok().json()["items"][0]["mode"], "drill");
    for bad in ["", "Ａ", "a b", "../x", &"a".repeat(33)] {
        let reply = desk.post("/api/feeds/push/keys", &json!({ "distributor": bad, "mode": "drill" })).await;
        assert_eq!((reply.status, reply.json()["field"].as_str()), (422, Some("distributor")), "{bad}");
    }
}
