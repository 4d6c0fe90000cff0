//! What was written of people goes when its time is past: the key is destroyed, the counts stay.

use std::time::Duration;

use http::Duty;
use kernel::AreaCode;
use reception::retention::{Swept, sweep};
use serde_json::{Value, json};
use store::envelope::{self, Envelope};
use testkit::{Caller, World};

use crate::pair::{enrol, kit};
use crate::support::{DISASTER, Desk, HACHINOHE, code, family, id, seal, subject, world};

const DAY: Duration = Duration::from_hours(24);

/// A card that arrived, as its event was signed.
async fn arrived(world: &World, desk: &Desk) -> Value {
    let mut body = desk.body("check-in", &json!({ "subject": subject("A"), "counts": { "adults": 2 } }));
    body["sealed"] = seal(world, &body, &json!({ "household": family(&["見本 花子"], "市川一") })).await;
    assert_eq!(desk.sent(&[desk.sign(&body)]).await, ["stored"]);
    body
}

/// Whether any key of the municipality still opens the card.
async fn opens(world: &World, body: &Value) -> bool {
    let sealed: Envelope = serde_json::from_value(body["sealed"].clone()).unwrap();
    let context = format!("event:{}", body["id"].as_str().unwrap());
    let keys = households::opener(world.app(), HACHINOHE).await.unwrap();
    keys.iter().any(|key| envelope::open(&context, &sealed, key).is_ok())
}

async fn close(world: &World) {
    world.clock().advance(Duration::from_mins(5));
    let clerk = world.staff(&[(Duty::Shelters, AreaCode::municipality(HACHINOHE))]).await;
    let end = json!({ "command": id(9_000), "close_shelters": true, "reason": "応急対応の終了" });
    let _ = clerk.post(&format!("/api/shelters/disasters/{}/close", id(DISASTER)), &end).await.ok();
    world.settle().await;
    world.clock().advance(Duration::from_mins(5));
}

async fn office(world: &World) -> Caller {
    world.staff(&[(Duty::Evacuees, AreaCode::municipality(HACHINOHE))]).await
}

async fn shown(office: &Caller) -> Value {
    office.get("/api/reception/retention?municipality=02203").await.ok().json()
}

#[tokio::test]
async fn what_is_past_its_time_opens_no_more_and_its_counts_stay() {
    let world = world().await;
    let (desk, office) = (Desk::open(&world, HACHINOHE, 1).await, self::office(&world).await);
    let card = arrived(&world, &desk).await;
    assert_eq!(sweep(world.app()).await.unwrap(), Swept::default(), "it is going on");
    assert_eq!((&shown(&office).await["days"], &shown(&office).await["is_default"]), (&json!(1_825), &json!(true)));
    let list = json!({ "command": id(5_000), "municipality": HACHINOHE, "people": [{ "name": "見本 イチ" }] });
    let _ = office.post("/api/reception/left-behind/import", &list).await.ok();
    let path = format!("/api/reception/left-behind?disaster={}&municipality=02203", id(DISASTER));
    let about = office.get(&path).await.ok().json()["people"][0]["about"].clone();
    let step = json!({ "command": id(5_001), "disaster": id(DISASTER), "municipality": HACHINOHE, "about": about,
        "revision": 0, "step": "result", "result": "safe", "words": "電話で確認" });
    let _ = office.post("/api/reception/left-behind/work", &step).await.ok();

    close(&world).await;
    assert_eq!(sweep(world.app()).await.unwrap(), Swept { renewed: 1, erased: 0 }, "a new key from now on");
    assert_eq!(sweep(world.app()).await.unwrap(), Swept::default());
    let set = json!({ "municipality": HACHINOHE, "days": 90 });
    for _ in 0..2 {
        let seen = office.put("/api/reception/retention", &set).await.ok().json();
        assert_eq!((&seen["days"], &seen["disasters"][0]["erased_at"]), (&json!(90), &json!(null)));
    }
    world.clock().advance(DAY * 89);
    assert_eq!(sweep(world.app()).await.unwrap(), Swept::default());
    assert!(opens(&world, &card).await);
    world.clock().advance(DAY);
    assert_eq!(sweep(world.app()).await.unwrap(), Swept { renewed: 0, erased: 1 });
    assert!(!opens(&world, &card).await, "nothing of it opens again");
    assert_eq!(sweep(world.app()).await.unwrap(), Swept::default());

    world.settle().await;
    let (desk, office) = (Desk::open(&world, HACHINOHE, 2).await, self::office(&world).await);
    let journal = world.journal().await;
    let said = journal.iter().find(|entry| entry.kind == "reception.erased").unwrap().open_body().clone();
    assert_eq!((&said["work"], &said["kids"].as_array().map(Vec::len)), (&json!({ "safe": 1 }), &Some(1)));
    // The event itself stays, with its coarse counts.
    let kept = journal.iter().find(|entry| entry.kind == "reception.check_in").unwrap();
    assert!(kept.open_body()["body"].as_str().unwrap().contains("\"adults\":2"));
    let seen = shown(&office).await;
    assert!(seen["disasters"][0]["erased_at"].is_string(), "{seen}");
    assert!(!world.journal_text().await.contains("電話で確認"));

    // What is written under the new key opens as ever.
    let clerk = world.staff(&[(Duty::Shelters, AreaCode::municipality(HACHINOHE))]).await;
    let next = json!({ "command": id(9_100), "mode": "live", "name": "大雨", "since": "2026-03-01T00:00:00+09:00",
        "municipalities": [HACHINOHE] });
    let _ = clerk.post("/api/shelters/disasters", &next).await.ok();
    world.settle().await;
    let more = json!({ "subject": subject("A"), "counts": { "adults": 2 }, "disaster": id(9_100) });
    let mut body = desk.body("check-in", &more);
    body["sealed"] = seal(&world, &body, &json!({ "household": family(&["見本 花子"], "市川一") })).await;
    assert!(opens(&world, &body).await);
    world.settle().await;
}

#[tokio::test]
async fn a_key_that_a_later_disaster_was_still_sealed_to_stays_as_long_as_that_is_kept() {
    let world = world().await;
    let (desk, office) = (Desk::open(&world, HACHINOHE, 1).await, self::office(&world).await);
    let card = arrived(&world, &desk).await;
    let _ = office.put("/api/reception/retention", &json!({ "municipality": HACHINOHE, "days": 30 })).await.ok();
    let old = households::public_key(world.app(), HACHINOHE).await.unwrap().unwrap();
    close(&world).await;
    assert_eq!(sweep(world.app()).await.unwrap().renewed, 1);
    world.clock().advance(DAY);
    let clerk = world.staff(&[(Duty::Shelters, AreaCode::municipality(HACHINOHE))]).await;
    let since = world.clock().now();
    let next =
        json!({ "command": id(9_100), "mode": "live", "name": "大雨", "since": since, "municipalities": [HACHINOHE] });
    let _ = clerk.post("/api/shelters/disasters", &next).await.ok();
    world.settle().await;
    // A page that was open all the time and cut off knows the old key alone.
    let desk = Desk::open(&world, HACHINOHE, 2).await;
    let more = json!({ "subject": subject("B"), "counts": { "adults": 1 }, "disaster": id(9_100) });
    let mut late = desk.body("check-in", &more);
    let content = json!({ "household": family(&["見本 太郎"], "市川一") }).to_string();
    let place = format!("event:{}", late["id"].as_str().unwrap());
    late["sealed"] = serde_json::to_value(envelope::seal(&place, content.as_bytes(), &[old]).unwrap()).unwrap();
    assert_eq!(desk.sent(&[desk.sign(&late)]).await, ["stored"]);
    world.settle().await;
    world.clock().advance(DAY * 60);
    assert_eq!(sweep(world.app()).await.unwrap(), Swept::default());
    assert!(opens(&world, &late).await && opens(&world, &card).await, "it is going on");
    let clerk = world.staff(&[(Duty::Shelters, AreaCode::municipality(HACHINOHE))]).await;
    let end = json!({ "command": id(9_101), "close_shelters": true, "reason": "応急対応の終了" });
    let _ = clerk.post(&format!("/api/shelters/disasters/{}/close", id(9_100)), &end).await.ok();
    world.settle().await;
    assert_eq!(sweep(world.app()).await.unwrap(), Swept { renewed: 1, erased: 0 });
    world.clock().advance(DAY * 31);
    assert_eq!(sweep(world.app()).await.unwrap().erased, 2);
    assert!(!opens(&world, &late).await && !opens(&world, &card).await);
    world.settle().await;
}

#[tokio::test]
async fn a_kit_that_was_not_heard_since_keeps_the_key_and_the_office_sees_why() {
    let world = world().await;
    let (desk, office) = (Desk::open(&world, HACHINOHE, 1).await, self::office(&world).await);
    let identity = enrol(&world).await;
    let kit = kit(&identity, &world).await;
    kit.round(&world).await.unwrap();
    let card = arrived(&world, &desk).await;
    close(&world).await;
    assert_eq!(sweep(world.app()).await.unwrap().renewed, 1);
    let _ = office.put("/api/reception/retention", &json!({ "municipality": HACHINOHE, "days": 30 })).await.ok();
    world.clock().advance(DAY * 40);
    assert_eq!(sweep(world.app()).await.unwrap(), Swept::default());
    let office = self::office(&world).await;
    assert_eq!(shown(&office).await["disasters"][0]["waits_for_kits"], 1);
    assert!(opens(&world, &card).await);
    kit.world.clock().advance(DAY * 40);
    kit.round(&world).await.unwrap();
    assert_eq!(sweep(world.app()).await.unwrap().erased, 1);
    assert!(!opens(&world, &card).await);
    world.settle().await;
}

#[tokio::test]
async fn only_the_municipality_says_how_long_and_within_bounds() {
    let world = world().await;
    let office = self::office(&world).await;
    for days in [0, 29, 3_651] {
        let set = json!({ "municipality": HACHINOHE, "days": days });
        assert_eq!(code(&office.put("/api/reception/retention", &set).await), (422, "invalid".to_owned()));
    }
    let elsewhere = world.staff(&[(Duty::Evacuees, AreaCode::municipality("02201"))]).await;
    let set = json!({ "municipality": HACHINOHE, "days": 100 });
    assert_eq!(elsewhere.put("/api/reception/retention", &set).await.status, 404);
    assert_eq!(elsewhere.get("/api/reception/retention?municipality=02203").await.status, 404);
    world.settle().await;
}
