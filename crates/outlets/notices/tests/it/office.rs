//! Notices of staff: two people, drills apart, stop, correct, cancel.

use serde_json::{Value, json};
use testkit::{Caller, World};

use crate::sink::Sink;
use crate::support::{adds_up, code, deliver, device, id, ledger, officer, world};

fn water(n: u128, mode: &str) -> Value {
    json!({
        "id": id(n), "mode": mode, "template": "office.water",
        "values": {
            "place": { "ja": "市川地区", "easy": "市川（いちかわ）", "en": "Ichikawa" },
            "until": { "ja": "17時", "easy": "17時", "en": "17:00" },
        },
        "municipalities": ["02203"], "urgent": false,
    })
}

async fn step(caller: &Caller, notice: u128, what: &str, command: u128) -> testkit::Reply {
    caller.post(&format!("/api/notices/{}/{what}", id(notice)), &json!({ "command": id(command) })).await
}

async fn release(caller: &Caller, notice: u128, command: u128, mode: &str, devices: i64) -> testkit::Reply {
    let restated = json!({ "mode": mode, "municipalities": ["02203"], "devices": devices });
    caller
        .post(&format!("/api/notices/{}/release", id(notice)), &json!({ "command": id(command), "restated": restated }))
        .await
}

/// Written and released by two.
async fn sent(world: &World, notice: u128, mode: &str, devices: i64) -> (Caller, Caller) {
    let (writer, second) = (officer(world).await, officer(world).await);
    let _draft = writer.post("/api/notices", &water(notice, mode)).await.ok();
    let _pending = step(&writer, notice, "submit", notice + 1).await.ok();
    let _released = release(&second, notice, notice + 2, mode, devices).await.ok();
    world.settle().await;
    (writer, second)
}

#[tokio::test]
async fn nothing_goes_out_before_a_second_person_releases_it() {
    let (world, sink) = (world().await, Sink::start().await);
    let _device = device(&world, &sink, 1, "ok", &["02203"]).await;
    world.settle().await;
    let (writer, second) = (officer(&world).await, officer(&world).await);
    let count =
        writer.post("/api/notices/audience", &json!({ "mode": "live", "municipalities": ["02203"] })).await.ok();
    assert_eq!(count.json(), json!({ "devices": 1, "ja": 1, "easy": 0, "en": 0 }));
    let draft = writer.post("/api/notices", &water(100, "live")).await.ok().json();
    assert_eq!((&draft["state"], &draft["own"]), (&json!("drafted"), &json!(true)));
    assert_eq!(
        writer.post("/api/notices", &water(100, "live")).await.ok().json()["state"],
        "drafted",
        "a repeat is the same"
    );
    assert_eq!(code(&release(&second, 100, 102, "live", 1).await), (409, "not-waiting".to_owned()));
    let _pending = step(&writer, 100, "submit", 101).await.ok();
    assert_eq!(code(&release(&writer, 100, 102, "live", 1).await), (409, "second-person-needed".to_owned()));
    assert_eq!(code(&release(&second, 100, 102, "drill", 1).await), (409, "restatement-differs".to_owned()));
    assert_eq!(code(&release(&second, 100, 102, "live", 100).await), (409, "restatement-differs".to_owned()));
    world.settle().await;
    assert_eq!(deliver(&world).await, 0);

    let _released = release(&second, 100, 102, "live", 1).await.ok();
    let _again = release(&second, 100, 102, "live", 1).await.ok();
    world.settle().await;
    deliver(&world).await;
    let messages = sink.messages("1");
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["title"], "断水のお知らせ");
    assert_eq!(messages[0]["body"], "市川地区で断水しています。復旧の見込み：17時");
    let ledger = ledger(&writer, &id(100)).await;
    assert!(adds_up(&ledger) && ledger["accepted"] == 1, "{ledger}");
    let kinds = world.journal_kinds().await;
    for kind in ["notices.drafted", "notices.submitted", "notices.released", "notices.sent"] {
        assert_eq!(kinds.iter().filter(|known| *known == kind).count(), 1, "{kind}");
    }
}

#[tokio::test]
async fn a_missing_language_and_a_strange_town_are_refused() {
    let world = world().await;
    let writer = officer(&world).await;
    let mut half = water(100, "drill");
    half["values"]["until"]["en"] = json!("");
    let reply = writer.post("/api/notices", &half).await;
    assert_eq!((reply.status, &reply.json()["field"]), (422, &json!("values.until.en")), "{reply}");
    let mut far = water(100, "drill");
    far["municipalities"] = json!(["02203", "02201"]);
    assert_eq!(writer.post("/api/notices", &far).await.status, 403);
    far["municipalities"] = json!([]);
    assert_eq!(writer.post("/api/notices", &far).await.json()["field"], "municipalities");
    let mut other = water(100, "drill");
    other["template"] = json!("auto.tsunami.5");
    assert_eq!(writer.post("/api/notices", &other).await.json()["field"], "template", "staff raise no tsunami by hand");
}

#[tokio::test]
async fn a_drill_says_so_and_reaches_those_who_take_part() {
    let (world, sink) = (world().await, Sink::start().await);
    let _enrolled = device(&world, &sink, 1, "ok", &["02203"]).await;
    let mut other = device(&world, &sink, 2, "ok", &["02203"]).await;
    other.change(|wanted| wanted["drills"] = json!(false)).await;
    world.settle().await;
    sent(&world, 100, "drill", 1).await;
    deliver(&world).await;
    assert_eq!(sink.messages("1")[0]["title"], "【訓練】断水のお知らせ");
    assert!(sink.messages("2").is_empty());
}

#[tokio::test]
async fn a_correction_and_a_cancellation_reach_exactly_those_who_got_the_first() {
    let (world, sink) = (world().await, Sink::start().await);
    let _device = device(&world, &sink, 1, "ok", &["02203"]).await;
    world.settle().await;
    let (writer, _) = sent(&world, 100, "live", 1).await;
    deliver(&world).await;
    let _late = device(&world, &sink, 2, "ok", &["02203"]).await;
    let right =
        json!({ "command": id(110), "message": { "ja": "根城地区です。", "easy": "根城です。", "en": "Nejo." } });
    let corrected = writer.post(&format!("/api/notices/{}/correct", id(100)), &right).await.ok().json();
    assert_eq!(corrected["state"], "corrected");
    world.settle().await;
    deliver(&world).await;
    let _cancelled = step(&writer, 110, "cancel", 120).await.ok();
    world.settle().await;
    deliver(&world).await;
    let messages = sink.messages("1");
    let titles: Vec<&Value> = messages.iter().map(|message| &message["title"]).collect();
    assert_eq!(titles, ["断水のお知らせ", "訂正：断水のお知らせ", "取消：訂正：断水のお知らせ"]);
    assert!(
        messages.iter().all(|message| message["tag"] == messages[0]["tag"]),
        "each takes the place of what it corrects"
    );
    assert!(sink.messages("2").is_empty(), "who did not get the first gets no correction");
    assert_eq!(code(&step(&writer, 100, "cancel", 130).await), (409, "not-out".to_owned()));
}

#[tokio::test]
async fn what_is_stopped_in_time_is_not_sent() {
    let (world, sink) = (world().await, Sink::start().await);
    let _device = device(&world, &sink, 1, "ok", &["02203"]).await;
    world.settle().await;
    let (writer, _) = sent(&world, 100, "live", 1).await;
    let stopped = step(&writer, 100, "stop", 110).await.ok().json();
    assert_eq!(stopped["state"], "stopped");
    deliver(&world).await;
    assert!(sink.messages("1").is_empty());
    let ledger = ledger(&writer, &id(100)).await;
    assert!(adds_up(&ledger) && ledger["stopped"] == 1, "{ledger}");
}

#[tokio::test]
async fn what_a_dead_worker_had_in_hand_is_not_sent_after_a_stop() {
    let (world, sink) = (world().await, Sink::start().await);
    let _device = device(&world, &sink, 1, "hanging", &["02203"]).await;
    world.settle().await;
    let (writer, _) = sent(&world, 100, "live", 1).await;
    let app = world.app().clone();
    let dying = tokio::spawn(async move { notices::deliver(&app).await });
    while sink.raw("1").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    let _stopped = step(&writer, 100, "stop", 110).await.ok();
    world.clock().advance(std::time::Duration::from_secs(61));
    deliver(&world).await;
    assert_eq!(sink.raw("1").len(), 1, "nothing is sent after the stop");
    let ledger = ledger(&writer, &id(100)).await;
    assert!(adds_up(&ledger) && ledger["stopped"] == 1, "{ledger}");
}

#[tokio::test]
async fn a_correction_comes_in_time_or_not_at_all_and_the_clock_changes_no_notice_that_was_stopped() {
    let (world, sink) = (world().await, Sink::start().await);
    let _device = device(&world, &sink, 1, "ok", &["02203"]).await;
    world.settle().await;
    sent(&world, 100, "live", 1).await;
    deliver(&world).await;
    world.clock().advance(std::time::Duration::from_hours(24 * 8));
    let writer = officer(&world).await;
    let right = json!({ "command": id(110), "message": { "ja": "根城", "easy": "根城", "en": "Nejo" } });
    let refused = writer.post(&format!("/api/notices/{}/correct", id(100)), &right).await;
    assert_eq!(code(&refused), (409, "notice-over".to_owned()));
    let _cancelled = step(&writer, 100, "cancel", 120).await.ok();
    world.settle().await;
    deliver(&world).await;
    assert_eq!(sink.messages("1").len(), 2, "a cancellation is always possible");
    let seen = writer.get(&format!("/api/notices/{}", id(100))).await.ok().json();
    assert_eq!(seen["notice"]["state"], "cancelled");
}

#[tokio::test]
async fn a_notice_that_nobody_releases_lapses() {
    let world = world().await;
    let writer = officer(&world).await;
    let _draft = writer.post("/api/notices", &water(100, "live")).await.ok();
    let _pending = step(&writer, 100, "submit", 101).await.ok();
    world.clock().advance(std::time::Duration::from_mins(31));
    // The writer's session has ended meanwhile, too.
    let second = officer(&world).await;
    assert_eq!(code(&release(&second, 100, 102, "live", 0).await), (409, "notice-lapsed".to_owned()));
    deliver(&world).await;
    let seen = second.get(&format!("/api/notices/{}", id(100))).await.ok().json();
    assert_eq!(seen["notice"]["state"], "expired");
    assert!(world.journal_kinds().await.contains(&"notices.expired".to_owned()));
    world.settle().await;
}

#[tokio::test]
async fn a_webhook_is_told_signed_and_not_of_drills() {
    let (sink, hook) = (Sink::start().await, Sink::start().await);
    let world = crate::support::world_with(vec![hook.webhook("signage")]).await;
    let _device = device(&world, &sink, 1, "ok", &["02203"]).await;
    world.settle().await;
    sent(&world, 100, "drill", 1).await;
    deliver(&world).await;
    assert!(hook.raw("signage").is_empty());
    let (writer, _) = sent(&world, 200, "live", 1).await;
    deliver(&world).await;
    let told = hook.raw("signage");
    assert_eq!(told.len(), 1);
    let body: Value = serde_json::from_slice(&told[0].body).unwrap();
    assert_eq!((&body["mode"], &body["notice"]["title"]["ja"]), (&json!("live"), &json!("断水のお知らせ")));
    assert!(told[0].is_signed());
    let detail = writer.get(&format!("/api/notices/{}", id(200))).await.ok().json();
    assert_eq!(
        (&detail["channels"][0]["name"], &detail["channels"][0]["state"]),
        (&json!("signage"), &json!("accepted"))
    );
    assert!(detail["drafts"]["radio"].as_str().unwrap().starts_with("こちらは、防災八戸市です。断水のお知らせ。"));
}
