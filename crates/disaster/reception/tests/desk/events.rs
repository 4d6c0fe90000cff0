//! Events come in: stored, repeated, set aside, refused; never a person.

use http::Duty;
use kernel::{AreaCode, areas};
use serde_json::{Value, json};

use crate::support::{DISASTER, Desk, HACHINOHE, code, id, public_key, subject, world};

#[tokio::test]
async fn an_event_is_stored_once_under_its_own_id() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let event = desk.check_in("A", 2);
    assert_eq!(desk.sent(std::slice::from_ref(&event)).await, ["stored"]);
    assert_eq!(desk.sent(&[event.clone(), event.clone()]).await, ["already", "already"]);
    // Signed once more by the same device it has other bytes and is the same event.
    let body: Value = serde_json::from_str(event["body"].as_str().unwrap()).unwrap();
    assert_eq!(desk.sent(&[desk.sign(&body)]).await, ["already"]);

    let context = desk.caller.get("/api/reception/desk?municipality=02203").await.ok().json();
    let key = context["receipt_key"].as_str().unwrap();
    let first = desk.send(std::slice::from_ref(&event)).await.ok().json()["results"][0]["receipt"].clone();
    let asked = json!({ "ids": [body["id"], id(404)] });
    let known = desk.caller.post("/api/reception/receipts", &asked).await.ok().json();
    assert_eq!((known.as_array().unwrap().len(), &known[0]), (1, &first));
    let receipt: reception::Receipt = serde_json::from_value(first).unwrap();
    assert!(reception::receipts::is_genuine(&receipt, key));
    assert!(!reception::receipts::is_genuine(&reception::Receipt { hash: [0; 32], ..receipt }, key));

    let journal = world.journal().await;
    let stored: Vec<_> = journal.iter().filter(|entry| entry.kind == "reception.check_in").collect();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].id.to_string(), body["id"].as_str().unwrap());
    assert_eq!(stored[0].subject, subject("A"));
    assert_eq!(stored[0].open_body(), event, "to the byte");
    assert_eq!(stored[0].area, Some(AreaCode::municipality(HACHINOHE)));
    world.settle().await;
}

#[tokio::test]
async fn the_same_id_with_other_content_is_set_aside_and_overwrites_nothing() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let body = desk.body("count-only", &json!({ "subject": subject("A"), "counts": { "adults": 2 } }));
    let mut other = body.clone();
    other["counts"]["adults"] = json!(20);
    assert_eq!(desk.sent(&[desk.sign(&body)]).await, ["stored"]);
    let other = desk.sign(&other);
    for _ in 0..2 {
        assert_eq!(desk.sent(&[other.clone(), desk.check_in("B", 1)]).await, ["quarantined other-content", "stored"]);
    }
    let aside = desk.caller.get("/api/reception/aside?municipality=02203").await.ok().json();
    assert_eq!((aside.as_array().unwrap().len(), &aside[0]["event"]), (1, &body["id"]), "kept once");
    assert_eq!(world.take_errors().len(), 1, "one alarm");
    let kinds = world.journal_kinds().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "reception.quarantined").count(), 1);
    assert_eq!(kinds.iter().filter(|kind| *kind == "reception.count_only").count(), 1);
    world.settle().await;
}

#[tokio::test]
async fn two_contents_of_one_id_in_one_request_keep_the_first() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let body = desk.body("count-only", &json!({ "subject": subject("A"), "counts": { "adults": 2 } }));
    let mut other = body.clone();
    other["counts"]["adults"] = json!(3);
    let mut answers = desk.sent(&[desk.sign(&body), desk.sign(&other)]).await;
    answers.sort();
    assert_eq!(answers, ["quarantined other-content", "stored"]);
    assert_eq!(world.take_errors().len(), 1);
    world.settle().await;
}

#[tokio::test]
async fn what_is_not_believed_is_set_aside_and_what_cannot_be_read_is_given_back() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let stranger = Desk::unregistered(&world, HACHINOHE, 2).await;
    let mut forged = desk.check_in("forged", 1);
    forged["body"] = json!(forged["body"].as_str().unwrap().replace("\"adults\":1", "\"adults\":9"));
    let mut cut = desk.check_in("cut", 1);
    cut["signature"] = json!("AAAA");
    let mut noise = desk.check_in("noise", 1);
    noise["signature"] = json!("これは署名ではない");
    let too_long = json!({ "body": format!("{{\"words\":\"{}\"}}", "あ".repeat(30_000)), "signature": "x" });
    let many = json!({ "subject": subject("many"), "counts": { "adults": 10_001 } });
    let batch = [
        desk.check_in("good", 1),
        forged,
        cut,
        noise,
        stranger.check_in("stranger", 1),
        json!({ "body": "<html>", "signature": "" }),
        too_long,
        desk.event("check-in", &many),
        desk.event("check-in", &json!({ "subject": subject("nobody") })),
        desk.event("count-only", &json!({ "schema": 0, "subject": subject("old"), "counts": {} })),
        desk.event("note", &json!({ "municipality": "02201" })),
        desk.event("note", &json!({ "mode": "drill" })),
        desk.event("beamed-up", &json!({ "subject": subject("later"), "warp": 9 })),
        desk.check_in("good too", 1),
    ];
    let answers = desk.sent(&batch).await;
    assert_eq!(
        answers,
        [
            "stored",
            "quarantined signature",
            "quarantined signature",
            "quarantined signature",
            "quarantined device",
            "refused malformed",
            "refused too-large",
            "refused too-many-people",
            "refused missing",
            "refused schema",
            "refused municipality",
            "refused mode",
            "stored",
            "stored",
        ]
    );
    assert_eq!(world.take_errors().len(), 4);
    let unknown = world.journal().await.into_iter().find(|entry| entry.kind == "reception.unknown").unwrap();
    assert!(unknown.open_body()["body"].as_str().unwrap().contains("\"warp\":9"), "kept to the byte");

    // The desk registers its device and offers again what it kept.
    let key = json!({ "key": public_key(2).1 });
    let _ = stranger.caller.post("/api/reception/devices", &key).await.ok();
    assert_eq!(stranger.sent(&batch[4..5]).await, ["stored"]);
    world.settle().await;
}

#[tokio::test]
async fn a_revoked_device_adds_nothing_and_what_it_wrote_before_stays() {
    let world = world().await;
    let (lost, other) = (Desk::open(&world, HACHINOHE, 1).await, Desk::open(&world, HACHINOHE, 2).await);
    assert_eq!(lost.sent(&[lost.check_in("A", 1)]).await, ["stored"]);
    let path = format!("/api/reception/devices/{}/revoke", lost.device);
    let elsewhere = world.staff(&[(Duty::ShelterDesk, AreaCode::municipality("02201"))]).await;
    assert_eq!(elsewhere.post(&path, &json!({})).await.status, 404);
    for _ in 0..2 {
        assert_eq!(other.caller.post(&path, &json!({})).await.status, 204);
    }
    let late = lost.check_in("B", 1);
    assert_eq!(lost.sent(std::slice::from_ref(&late)).await, ["quarantined device"]);
    assert_eq!(other.sent(&[late]).await, ["quarantined device"], "nobody else can hand it in");
    let again = lost.caller.post("/api/reception/devices", &json!({ "key": public_key(1).1 })).await;
    assert_eq!(code(&again), (409, "device-revoked".to_owned()));
    let devices = other.caller.get("/api/reception/devices").await.ok().json();
    assert_eq!(devices.as_array().unwrap().iter().filter(|one| one["revoked_at"].is_null()).count(), 1);
    assert_eq!(world.take_errors().len(), 1);
    world.settle().await;
}

#[tokio::test]
async fn five_hundred_events_share_their_commits_and_more_are_sent_in_parts() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let events: Vec<Value> = (0..500).map(|n| desk.event("note", &json!({ "mono_ms": n }))).collect();
    let answers = desk.sent(&events).await;
    assert!(answers.len() == 500 && answers.iter().all(|answer| answer == "stored"));
    let again = desk.sent(&events).await;
    assert!(again.len() == 500 && again.iter().all(|answer| answer == "already"));
    let more: Vec<Value> = (0..501).map(|_| json!({ "body": "", "signature": "" })).collect();
    assert_eq!(code(&desk.send(&more).await), (422, "invalid".to_owned()));
    let large = json!({ "events": [{ "body": "x".repeat(1 << 20), "signature": "" }] });
    assert_eq!(desk.caller.post("/api/reception/events", &large).await.status, 413);
    world.settle().await;
}

#[tokio::test]
async fn strangers_write_nothing_and_the_prefecture_may_help_everywhere() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let event = desk.check_in("A", 1);
    let send = json!({ "events": [event] });
    for (stranger, status) in [(world.anonymous(), 401), (world.device().await, 401), (world.staff(&[]).await, 403)] {
        assert_eq!(stranger.post("/api/reception/events", &send).await.status, status);
    }
    let elsewhere = world.staff(&[(Duty::ShelterDesk, AreaCode::municipality("02201"))]).await;
    let refused = elsewhere.post("/api/reception/events", &send).await.ok().json();
    assert_eq!(
        (&refused["results"][0]["state"], &refused["results"][0]["code"]),
        (&json!("refused"), &json!("municipality"))
    );
    let prefecture = world.staff(&[(Duty::ShelterDesk, areas::PREFECTURE)]).await;
    let taken = prefecture.post("/api/reception/events", &send).await.ok().json();
    assert_eq!(taken["results"][0]["state"], "stored");
    world.settle().await;
}

#[tokio::test]
async fn a_wild_clock_is_stored_like_any_other() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let wild = [i64::MIN, -1, i64::MAX].map(|wall| desk.event("note", &json!({ "wall_ms": wall })));
    assert_eq!(desk.sent(&wild).await, ["stored", "stored", "stored"]);
    world.settle().await;
}

#[tokio::test]
async fn a_desk_learns_what_it_works_with() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let context = desk.caller.get("/api/reception/desk?municipality=02203").await.ok().json();
    assert_eq!((&context["node"]["role"], &context["clock_ms"]), (&json!("centre"), &json!(1_765_203_300_000_i64)));
    assert_eq!(context["disasters"][0]["id"], id(DISASTER));
    assert_eq!(context["shelters"].as_array().unwrap().len(), 2);
    assert_eq!(desk.caller.get("/api/reception/desk?municipality=02201").await.status, 404);
    let drill = desk.caller.get("/api/reception/desk?municipality=02203&mode=drill").await.ok().json();
    assert_eq!(drill["disasters"], json!([]));
    world.settle().await;
}
