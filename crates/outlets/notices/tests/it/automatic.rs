//! A tsunami as it happened: whom it concerns hears of it once for each rise, and of its end.

use kernel::Mode;
use serde_json::{Value, json};

use crate::sink::Sink;
use crate::support::{adds_up, deliver, device, ledger, officer, telegram, world};

fn titles(messages: &[Value]) -> Vec<String> {
    messages.iter().map(|message| message["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_tsunami_reaches_the_coast_once_for_each_turn() {
    let (world, sink) = (world().await, Sink::start().await);
    let _hachinohe = device(&world, &sink, 1, "ok", &["02203"]).await;
    let _inland = device(&world, &sink, 2, "ok", &["02202"]).await;
    let _both_coasts = device(&world, &sink, 3, "ok", &["02208", "02203"]).await;
    world.settle().await;

    telegram(&world, 1, "02_", Mode::Drill).await;
    deliver(&world).await;
    let first = sink.messages("1");
    assert_eq!(titles(&first), ["【訓練】津波警報 発表"]);
    assert!(first[0]["body"].as_str().unwrap().starts_with("【訓練】八戸市：津波警報です。"), "{}", first[0]);
    assert_eq!(
        (&first[0]["mode"], &first[0]["urgent"], &first[0]["towns"]),
        (&json!("drill"), &json!(true), &json!(["02203"]))
    );
    assert_eq!(titles(&sink.messages("2")), [""; 0]);
    assert_eq!(sink.messages("3").len(), 1, "one notice however many coasts: {:?}", sink.messages("3"));

    // The same again, and the information that repeats the grades with heights.
    telegram(&world, 2, "02_", Mode::Drill).await;
    telegram(&world, 3, "04_", Mode::Drill).await;
    telegram(&world, 4, "05_", Mode::Drill).await;
    assert_eq!(deliver(&world).await, 0, "a repeat sends nothing");

    telegram(&world, 5, "09_", Mode::Drill).await;
    deliver(&world).await;
    telegram(&world, 6, "10_", Mode::Drill).await;
    deliver(&world).await;
    let all = sink.messages("1");
    assert_eq!(
        titles(&all),
        ["【訓練】津波警報 発表", "【訓練】津波注意報に切り替え（津波警報から）", "【訓練】津波注意報 解除"]
    );
    assert_eq!(sink.messages("3").len(), 3);
    let tags: Vec<&Value> = all.iter().map(|message| &message["tag"]).collect();
    assert!(tags.windows(2).all(|pair| pair[0] == pair[1]), "each takes the place of the one before");
}

#[tokio::test]
async fn a_drill_reaches_only_those_who_take_part() {
    let (world, sink) = (world().await, Sink::start().await);
    let _enrolled = device(&world, &sink, 1, "ok", &["02203"]).await;
    let mut other = device(&world, &sink, 2, "ok", &["02203"]).await;
    other.change(|wanted| wanted["drills"] = json!(false)).await;
    world.settle().await;
    telegram(&world, 1, "02_", Mode::Drill).await;
    deliver(&world).await;
    assert_eq!((sink.messages("1").len(), sink.messages("2").len()), (1, 0));

    telegram(&world, 2, "02_", Mode::Live).await;
    deliver(&world).await;
    assert_eq!(titles(&sink.messages("2")), ["津波警報 発表"]);
    assert_eq!(titles(&sink.messages("1"))[1], "津波警報 発表");
}

#[tokio::test]
async fn a_quake_is_told_from_the_intensity_that_was_asked_for() {
    let (world, sink) = (world().await, Sink::start().await);
    let _usual = device(&world, &sink, 1, "ok", &["02203"]).await;
    let mut other = device(&world, &sink, 2, "ok", &["02203"]).await;
    other.change(|wanted| wanted["kinds"]["quake"] = json!(9)).await;
    let mut english = device(&world, &sink, 3, "ok", &["02203"]).await;
    english.change(|wanted| wanted["language"] = json!("en")).await;
    world.settle().await;
    telegram(&world, 1, "01_", Mode::Drill).await;
    telegram(&world, 2, "03_", Mode::Drill).await;
    deliver(&world).await;
    let quakes = sink.messages("1");
    assert!(!quakes.is_empty() && quakes.len() <= 2, "{quakes:?}");
    assert!(quakes[0]["title"].as_str().unwrap().starts_with("【訓練】"), "{}", quakes[0]);
    assert_eq!(sink.messages("2").len(), 0);
    assert!(sink.messages("3")[0]["title"].as_str().unwrap().starts_with("【訓練】[DRILL]"));
}

#[tokio::test]
async fn what_is_too_old_is_not_told() {
    let (world, sink) = (world().await, Sink::start().await);
    let _device = device(&world, &sink, 1, "ok", &["02203"]).await;
    world.settle().await;
    // Recorded, and then nobody reads the journal for a night.
    let text = "02_";
    let app = world.app().clone();
    telegram_unread(&world, text).await;
    world.clock().advance(std::time::Duration::from_hours(7));
    world.settle().await;
    assert_eq!(notices::deliver(&app).await.unwrap(), 0);
    assert_eq!(world.document("drill/notices/recent").await["notices"], json!([]));
}

/// Feeds a telegram without letting anybody react.
async fn telegram_unread(world: &testkit::World, file: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../sample/scenarios/2025-12-08-aomori-oki");
    let path = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.file_name().unwrap().to_string_lossy().starts_with(file))
        .unwrap();
    let read = feeds::parse::parse(&std::fs::read(path).unwrap(), None).unwrap();
    alerts::feed(world.app(), uuid::Uuid::from_u128(7), "test", Mode::Drill, &read).await.unwrap();
}

#[tokio::test]
async fn what_went_out_is_public_and_its_ledger_adds_up() {
    let (world, sink) = (world().await, Sink::start().await);
    let _device = device(&world, &sink, 1, "ok", &["02203"]).await;
    let _gone = device(&world, &sink, 2, "gone", &["02203"]).await;
    world.settle().await;
    telegram(&world, 1, "02_", Mode::Drill).await;
    deliver(&world).await;
    let recent = world.document("drill/notices/recent").await;
    let notice = &recent["notices"][0];
    assert_eq!((&notice["kind"], &notice["state"]), (&json!("tsunami"), &json!("sent")));
    assert_eq!(world.document("notices/recent").await["notices"], json!([]), "no drill stands among what is live");
    let office = officer(&world).await;
    let ledger = ledger(&office, notice["id"].as_str().unwrap()).await;
    assert!(adds_up(&ledger), "{ledger}");
    assert_eq!((&ledger["matched"], &ledger["accepted"], &ledger["gone"]), (&json!(2), &json!(1), &json!(1)));

    let feed = world.anonymous().get("/feeds/notices.atom?drill=1").await.ok().text();
    assert!(feed.contains("【訓練】") && feed.contains(notice["id"].as_str().unwrap()), "{feed}");
    let cap =
        world.anonymous().get(&format!("/feeds/cap/{}?drill=1", notice["id"].as_str().unwrap())).await.ok().text();
    assert!(cap.contains("<status>Exercise</status>") && cap.contains("<value>02203</value>"), "{cap}");
    assert_eq!(world.anonymous().get(&format!("/feeds/cap/{}", notice["id"].as_str().unwrap())).await.status, 404);
}

#[tokio::test]
async fn what_still_waits_is_not_sent_after_what_is_newer() {
    let (world, sink) = (world().await, Sink::start().await);
    let _device = device(&world, &sink, 1, "ok", &["02203"]).await;
    world.settle().await;
    for (n, file) in [(1, "02_"), (2, "09_"), (3, "10_")] {
        telegram(&world, n, file, Mode::Drill).await;
    }
    deliver(&world).await;
    assert_eq!(titles(&sink.messages("1")), ["【訓練】津波注意報 解除"], "an older word must not come last");
    let office = officer(&world).await;
    let recent = world.document("drill/notices/recent").await;
    for notice in recent["notices"].as_array().unwrap() {
        let ledger = ledger(&office, notice["id"].as_str().unwrap()).await;
        assert!(adds_up(&ledger) && ledger["matched"] == 1, "{ledger}");
        assert!(ledger["accepted"] == 1 || ledger["causes"][0]["cause"] == "superseded", "{ledger}");
    }
}
