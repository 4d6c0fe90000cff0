//! Devices: what they may ask for, who may change it, and what is kept of them.

use serde_json::json;

use crate::sink::Sink;
use crate::support::{code, deliver, device, id, secret, wanted, world};

#[tokio::test]
async fn a_device_is_known_by_its_secret_alone() {
    let (world, sink) = (world().await, Sink::start().await);
    let device = device(&world, &sink, 1, "ok", &["02203"]).await;
    let kept = device.caller.get(&device.path()).await.ok().json();
    assert_eq!((&kept["places"][0]["code"], &kept["push"]), (&json!("02203"), &json!(null)));
    let stranger = world.anonymous().with_header("authorization", secret(2));
    assert_eq!(stranger.get(&device.path()).await.status, 404);
    assert_eq!(stranger.delete(&device.path()).await.status, 404);
    let theirs = wanted(&world, &sink, "ok", "other", &["02201"]).await;
    assert_eq!(stranger.put(&device.path(), &theirs).await.status, 404);
    assert_eq!(world.anonymous().get(&device.path()).await.status, 401);
    let text = world.journal_text().await;
    assert!(text.contains("notices.subscribed") && !text.contains("02203\"") && !text.contains("127.0.0.1"), "{text}");
    world.settle().await;
}

#[tokio::test]
async fn bad_values_are_refused_by_name() {
    let (world, sink) = (world().await, Sink::start().await);
    let caller = world.anonymous().with_header("authorization", secret(1));
    let path = format!("/api/notices/subscriptions/{}", id(1));
    let cases = [
        ("/places", json!([]), "places"),
        ("/places/0/code", json!("13101"), "places[0]"),
        ("/kinds/quake", json!(12), "kinds.quake"),
        ("/push/endpoint", json!("https://evil.example/x"), "push.endpoint"),
        ("/push/endpoint", json!("ftp://fcm.googleapis.com/x"), "push.endpoint"),
        ("/push/auth", json!("AA"), "push"),
        ("/push/key", json!("AA"), "push.key"),
    ];
    for (pointer, value, field) in cases {
        let mut wanted = wanted(&world, &sink, "ok", "1", &["02203"]).await;
        *wanted.pointer_mut(pointer).unwrap() = value;
        let reply = caller.put(&path, &wanted).await;
        assert_eq!((reply.status, &reply.json()["field"]), (422, &json!(field)), "{pointer}: {reply}");
    }
    world.settle().await;
}

#[tokio::test]
async fn a_browser_that_lost_its_secret_takes_the_place_of_its_old_self() {
    let (world, sink) = (world().await, Sink::start().await);
    let old = device(&world, &sink, 1, "ok", &["02203"]).await;
    let test = |device: &str| format!("/api/notices/subscriptions/{device}/test");
    let _tested = old.caller.post(&test(&id(1)), &json!({})).await.ok();
    let again = wanted(&world, &sink, "ok", "1", &["02201"]).await;
    let caller = world.anonymous().with_header("authorization", secret(9));
    let _kept = caller.put(&format!("/api/notices/subscriptions/{}", id(9)), &again).await.ok();
    assert_eq!(old.caller.get(&old.path()).await.status, 404, "the same browser would get everything twice");
    let hasty = caller.post(&test(&id(9)), &json!({})).await;
    assert_eq!(code(&hasty), (429, "too-many-requests".to_owned()), "a new id is no way to ask for more tests");
    world.settle().await;
}

#[tokio::test]
async fn a_test_goes_the_whole_way_and_its_showing_is_noted() {
    let (world, sink) = (world().await, Sink::start().await);
    let device = device(&world, &sink, 1, "ok", &["02203"]).await;
    let notice = device.caller.post(&format!("{}/test", device.path()), &json!({})).await.ok().json();
    let again = device.caller.post(&format!("{}/test", device.path()), &json!({})).await;
    assert_eq!(code(&again), (429, "too-many-requests".to_owned()));
    world.settle().await;
    deliver(&world).await;
    let messages = sink.messages("1");
    assert_eq!((messages.len(), &messages[0]["id"], &messages[0]["kind"]), (1, &notice["notice"], &json!("test")));
    let shown = json!({ "receipt": messages[0]["receipt"] });
    for _ in 0..2 {
        assert_eq!(world.anonymous().post("/api/notices/shown", &shown).await.status, 204);
    }
    let unknown = json!({ "receipt": id(77) });
    assert_eq!(world.anonymous().post("/api/notices/shown", &unknown).await.status, 204, "nobody learns which exist");
    assert_eq!(world.document("notices/recent").await["notices"], json!([]), "a test is nobody else's business");
}

#[tokio::test]
async fn whoever_leaves_gets_nothing_more() {
    let (world, sink) = (world().await, Sink::start().await);
    let device = device(&world, &sink, 1, "ok", &["02203"]).await;
    let _sent = device.caller.post(&format!("{}/test", device.path()), &json!({})).await.ok();
    device.leave().await;
    world.settle().await;
    deliver(&world).await;
    assert!(sink.messages("1").is_empty());
    assert_eq!(device.caller.get(&device.path()).await.status, 404);
}
