//! Push services as they are: gone browsers, refusals, waits, outages; and workers that die.

use std::time::Duration;

use kernel::Mode;
use serde_json::{Value, json};
use testkit::World;

use crate::sink::Sink;
use crate::support::{adds_up, deliver, device, ledger, officer, telegram, world};

/// The ledger of the newest drill notice.
async fn newest(world: &World) -> Value {
    let id = world.document("drill/notices/recent").await["notices"][0]["id"].as_str().unwrap().to_owned();
    let ledger = ledger(&officer(world).await, &id).await;
    assert!(adds_up(&ledger), "{ledger}");
    ledger
}

#[tokio::test]
async fn a_message_is_handed_in_as_the_standards_want_it() {
    let (world, sink) = (world().await, Sink::start().await);
    let _device = device(&world, &sink, 1, "ok", &["02203"]).await;
    world.settle().await;
    telegram(&world, 1, "02_", Mode::Drill).await;
    deliver(&world).await;
    let raw = sink.raw("1");
    let header = |name: &str| raw[0].headers[name].to_str().unwrap().to_owned();
    assert_eq!((header("content-encoding"), header("urgency")), ("aes128gcm".to_owned(), "high".to_owned()));
    assert_eq!(header("ttl"), "21600");
    assert!(header("topic").len() <= 32);
    let key = world.document("notices/push").await["key"].as_str().unwrap().to_owned();
    assert!(header("authorization").starts_with("vapid t=") && header("authorization").ends_with(&format!("k={key}")));
    assert!(raw[0].body.len() <= 4_096);
}

#[tokio::test]
async fn a_browser_that_is_gone_is_forgotten_and_one_that_refuses_is_a_failure_with_its_cause() {
    let (world, sink) = (world().await, Sink::start().await);
    let gone = device(&world, &sink, 1, "gone", &["02203"]).await;
    let _refusing = device(&world, &sink, 2, "refusing", &["02203"]).await;
    let _leading = device(&world, &sink, 3, "leading", &["02203"]).await;
    let _well = device(&world, &sink, 4, "ok", &["02203"]).await;
    world.settle().await;
    telegram(&world, 1, "02_", Mode::Drill).await;
    deliver(&world).await;
    let ledger = newest(&world).await;
    assert_eq!((&ledger["gone"], &ledger["failed"], &ledger["accepted"]), (&json!(1), &json!(2), &json!(1)));
    assert_eq!(ledger["causes"].as_array().unwrap().len(), 3, "{ledger}");
    assert!(sink.raw("elsewhere").is_empty(), "nothing is followed");
    assert_eq!(gone.caller.get(&gone.path()).await.status, 404);
    assert!(world.journal_kinds().await.contains(&"notices.unsubscribed".to_owned()));
}

#[tokio::test]
async fn whoever_asks_to_wait_is_waited_for() {
    let (world, sink) = (world().await, Sink::start().await);
    let _device = device(&world, &sink, 1, "busy", &["02203"]).await;
    world.settle().await;
    telegram(&world, 1, "02_", Mode::Drill).await;
    deliver(&world).await;
    assert_eq!((&newest(&world).await["queued"], sink.raw("1").len()), (&json!(1), 1));
    world.clock().advance(Duration::from_secs(6));
    deliver(&world).await;
    assert_eq!(sink.raw("1").len(), 1, "not before the time it asked for");
    world.clock().advance(Duration::from_secs(2));
    deliver(&world).await;
    assert_eq!(newest(&world).await["accepted"], 1);
}

#[tokio::test]
async fn an_outage_ends_in_a_failure_or_an_expiry_never_in_nothing() {
    let (world, sink) = (world().await, Sink::start().await);
    let _device = device(&world, &sink, 1, "broken", &["02203"]).await;
    world.settle().await;
    telegram(&world, 1, "02_", Mode::Drill).await;
    for _ in 0..20 {
        deliver(&world).await;
        world.clock().advance(Duration::from_mins(6));
    }
    let ledger = newest(&world).await;
    assert_eq!((&ledger["failed"], &ledger["causes"][0]["cause"]), (&json!(1), &json!("status-500")));
    assert_eq!(sink.raw("1").len(), 12);
    assert!(world.journal_kinds().await.contains(&"notices.sent".to_owned()));

    telegram(&world, 2, "09_", Mode::Drill).await;
    deliver(&world).await;
    world.clock().advance(Duration::from_hours(7));
    deliver(&world).await;
    assert_eq!(newest(&world).await["expired"], 1, "after its time nothing is tried any more");
}

#[tokio::test]
async fn quiet_hours_hold_back_what_saves_no_life() {
    let (world, sink) = (world().await, Sink::start().await);
    // It is 23:15.
    let mut sleeper = device(&world, &sink, 1, "ok", &["02203"]).await;
    sleeper.change(|wanted| wanted["quiet"] = json!({ "from": 22 * 60, "until": 6 * 60 })).await;
    let _awake = device(&world, &sink, 2, "ok", &["02203"]).await;
    world.settle().await;
    telegram(&world, 1, "02_", Mode::Drill).await;
    deliver(&world).await;
    assert_eq!(sink.messages("1").len(), 1, "a tsunami wakes");
    telegram(&world, 2, "11_", Mode::Drill).await;
    deliver(&world).await;
    let (asleep, awake) = (sink.messages("1").len(), sink.messages("2").len());
    if awake > 1 {
        assert_eq!(asleep, 1, "a warning waits for the morning");
    }
}

#[tokio::test]
async fn a_worker_that_dies_leaves_its_batch_to_the_next() {
    let (world, sink) = (world().await, Sink::start().await);
    let _slow = device(&world, &sink, 1, "hanging", &["02203"]).await;
    for n in 2..40 {
        let _device = device(&world, &sink, n, "ok", &["02203"]).await;
    }
    world.settle().await;
    telegram(&world, 1, "02_", Mode::Drill).await;
    // The batch is claimed and half of it handed in, then the worker is gone before it could note anything.
    let app = world.app().clone();
    let dying = tokio::spawn(async move { notices::deliver(&app).await });
    while sink.raw("39").is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    assert_eq!(newest(&world).await["sealed"], 39, "nothing is called accepted that nobody noted");
    assert_eq!(deliver(&world).await, 0, "its lease has not run out");
    world.clock().advance(Duration::from_secs(61));
    let app = world.app().clone();
    let next = tokio::spawn(async move { notices::deliver(&app).await });
    next.await.unwrap().unwrap();
    let ledger = newest(&world).await;
    assert_eq!((&ledger["matched"], &ledger["accepted"], &ledger["queued"]), (&json!(39), &json!(38), &json!(1)));
    assert_eq!(ledger["causes"][0]["cause"], "no-answer");
    let receipts: Vec<Value> = sink.messages("39").iter().map(|message| message["receipt"].clone()).collect();
    assert!(receipts.windows(2).all(|pair| pair[0] == pair[1]), "a message that came twice is known as the same");
}

#[tokio::test]
async fn a_device_that_moved_while_its_old_address_was_tried_is_kept_and_reached() {
    let (world, sink) = (world().await, Sink::start().await);
    let mut device = device(&world, &sink, 1, "slowly-gone", &["02203"]).await;
    world.settle().await;
    telegram(&world, 1, "02_", Mode::Drill).await;
    let app = world.app().clone();
    let sending = tokio::spawn(async move { notices::deliver(&app).await });
    while sink.raw("1").is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let key = world.document("notices/push").await["key"].as_str().unwrap().to_owned();
    device.change(|wanted| wanted["push"] = sink.push("ok", "moved", &key)).await;
    sending.await.unwrap().unwrap();
    deliver(&world).await;
    assert_eq!((sink.raw("1").len(), sink.messages("moved").len()), (1, 1));
    assert_eq!(device.caller.get(&device.path()).await.status, 200, "the new address is not the one that is gone");
    assert_eq!(newest(&world).await["accepted"], 1);
}

#[tokio::test]
async fn one_device_that_is_asked_to_wait_holds_up_no_other() {
    let (world, sink) = (world().await, Sink::start().await);
    let _busy = device(&world, &sink, 1, "busy", &["02203"]).await;
    let _well = device(&world, &sink, 2, "ok", &["02203"]).await;
    world.settle().await;
    telegram(&world, 1, "02_", Mode::Drill).await;
    deliver(&world).await;
    telegram(&world, 2, "09_", Mode::Drill).await;
    deliver(&world).await;
    assert_eq!(sink.messages("2").len(), 2, "the push service itself is well");
}

#[tokio::test]
async fn who_leaves_drills_gets_no_drill_that_was_already_on_its_way() {
    let (world, sink) = (world().await, Sink::start().await);
    let mut device = device(&world, &sink, 1, "ok", &["02203"]).await;
    world.settle().await;
    telegram(&world, 1, "02_", Mode::Drill).await;
    device.change(|wanted| wanted["drills"] = json!(false)).await;
    deliver(&world).await;
    assert!(sink.raw("1").is_empty());
    let ledger = newest(&world).await;
    assert_eq!((&ledger["stopped"], &ledger["causes"][0]["cause"]), (&json!(1), &json!("left-drills")));
    assert_eq!(device.caller.get(&device.path()).await.status, 200, "it stays subscribed to what is real");
}

#[tokio::test]
async fn what_was_shown_counts_although_the_push_service_answered_with_trouble() {
    let (world, sink) = (world().await, Sink::start().await);
    let _device = device(&world, &sink, 1, "broken", &["02203"]).await;
    world.settle().await;
    telegram(&world, 1, "02_", Mode::Drill).await;
    deliver(&world).await;
    assert_eq!(newest(&world).await["queued"], 1);
    let receipt = json!({ "receipt": sink.messages("1")[0]["receipt"] });
    assert_eq!(world.anonymous().post("/api/notices/shown", &receipt).await.status, 204);
    assert_eq!(newest(&world).await["shown"], 1);
    world.clock().advance(Duration::from_mins(6));
    deliver(&world).await;
    assert_eq!(sink.raw("1").len(), 1, "what was shown is not sent again");
}
