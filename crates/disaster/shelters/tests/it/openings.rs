//! Staff open, fill, count and close.

use kernel::{Mode, areas};
use serde_json::json;

use crate::support::{add, clerk, code, counted, declare, id, kinds, set, shown, step, world};

#[tokio::test]
async fn a_night_in_a_shelter_from_opening_to_closing() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    assert_eq!(declare(&clerk, 1, "live", &["02203"]).await.status, 200);
    for (n, name) in [(2, "市川集会所"), (3, "根城会館")] {
        assert_eq!(add(&clerk, n, 1, name, 40.5, 141.45).await.status, 200);
    }
    assert!(shown(&world, "shelters/02203", 2).await.is_none(), "on the list, but not opened");

    assert_eq!(set(&clerk, 10, 1, 2, "preparing", None).await.status, 200);
    let opened = set(&clerk, 11, 1, 2, "open", None).await;
    assert_eq!((opened.status, opened.json()["next"].clone()), (200, json!(["full", "closing"])));
    assert_eq!(clerk.post("/api/shelters/counts", &counted(12, 1, 2, json!(38), json!(15), "23:10")).await.status, 200);
    let _ = set(&clerk, 13, 1, 3, "open", None).await.ok();
    let alone = set(&clerk, 14, 1, 2, "full", None).await;
    assert_eq!(code(&alone), (409, "instead-needed".to_owned()));
    assert_eq!(set(&clerk, 15, 1, 2, "full", Some(3)).await.status, 200);

    let full = shown(&world, "shelters/02203", 2).await.unwrap();
    assert_eq!(full["instead"]["name"], "根城会館");
    assert_eq!((&full["persons"], &full["households"], &full["capacity"]), (&json!(38), &json!(15), &json!(40)));
    assert_eq!((&full["adhoc"], &full["state"]), (&json!(true), &json!("full")));
    // More than it holds is recorded.
    assert_eq!(
        clerk.post("/api/shelters/counts", &counted(16, 1, 2, json!(55), json!(null), "23:14")).await.status,
        200
    );
    let prefecture = world.document("shelters/prefecture").await;
    assert_eq!((&prefecture["open"], &prefecture["full"], &prefecture["persons"]), (&json!(1), &json!(1), &json!(55)));
    assert_eq!(prefecture["uncounted"], 1, "nobody counted 根城会館");
    let hachinohe = prefecture["municipalities"].as_array().unwrap().iter().find(|m| m["code"] == "02203").unwrap();
    assert_eq!((&hachinohe["persons"], &hachinohe["households"]), (&json!(55), &json!(null)));

    let refused = set(&clerk, 17, 1, 2, "closed", None).await;
    assert_eq!(code(&refused), (409, "no-such-step".to_owned()));
    for (n, state) in [(18, "closing"), (19, "closed")] {
        assert_eq!(set(&clerk, n, 1, 2, state, None).await.status, 200);
    }
    let closed = shown(&world, "shelters/02203", 2).await.unwrap();
    assert_eq!((&closed["state"], &closed["persons"]), (&json!("closed"), &json!(null)));
    assert_eq!(
        kinds(&world).await,
        [
            "disaster_opened",
            "adhoc_added",
            "adhoc_added",
            "preparing",
            "opened",
            "counted",
            "opened",
            "full",
            "counted",
            "closing",
            "closed",
        ]
    );
    let who = world.journal().await.into_iter().find(|entry| entry.kind == "shelters.full").unwrap();
    assert_eq!(who.actor, format!("staff:{}", clerk.account().unwrap()));
    assert_eq!(who.open_body()["reason"], "津波警報の発表");

    let history = clerk.get(&format!("/api/shelters/{}/history?limit=2", id(2))).await.ok().json();
    assert_eq!(history["items"][0]["kind"], "shelters.closed");
    let next = history["next"].as_str().unwrap();
    let more = clerk.get(&format!("/api/shelters/{}/history?limit=50&after={next}", id(2))).await.ok().json();
    assert_eq!(more["items"].as_array().unwrap().len(), 6);
    world.settle().await;
}

#[tokio::test]
async fn a_command_sent_again_changes_nothing_and_another_with_its_id_is_refused() {
    let world = world().await;
    let (first, second) = (clerk(&world, "02203").await, clerk(&world, "02203").await);
    for _ in 0..2 {
        assert_eq!(declare(&first, 1, "live", &["02203"]).await.status, 200);
        assert_eq!(add(&first, 2, 1, "市川集会所", 40.5, 141.45).await.status, 200);
        assert_eq!(set(&first, 3, 1, 2, "open", None).await.status, 200);
        let count = counted(4, 1, 2, json!(38), json!(15), "23:10");
        assert_eq!(first.post("/api/shelters/counts", &count).await.status, 200);
    }
    assert_eq!(kinds(&world).await, ["disaster_opened", "adhoc_added", "opened", "counted"]);
    world.settle().await;
    let version = world.app().hot.version();
    assert_eq!(set(&first, 3, 1, 2, "open", None).await.status, 200);
    world.settle().await;
    assert_eq!(world.app().hot.version(), version, "unchanged bytes are no new version");

    let other = [
        set(&first, 3, 1, 2, "closing", None).await,
        set(&second, 3, 1, 2, "open", None).await,
        first.post("/api/shelters/counts", &counted(4, 1, 2, json!(39), json!(15), "23:10")).await,
        add(&first, 2, 1, "別の集会所", 40.5, 141.45).await,
        declare(&first, 1, "drill", &["02203"]).await,
    ];
    for reply in other {
        assert_eq!(code(&reply), (409, "command-used".to_owned()), "{reply}");
    }
    let twice = add(&first, 9, 1, "市川　集会所", 40.5, 141.45).await;
    assert_eq!(code(&twice), (409, "name-taken".to_owned()));
    world.settle().await;
}

#[tokio::test]
async fn only_staff_of_the_municipality_decide_and_the_prefecture_may_everywhere() {
    let world = world().await;
    let (ours, others) = (clerk(&world, "02203").await, clerk(&world, "02201").await);
    let prefecture = world.staff(&[(http::Duty::Shelters, areas::PREFECTURE)]).await;
    assert_eq!(declare(&others, 1, "live", &["02203"]).await.status, 403);
    assert_eq!(declare(&ours, 1, "live", &["02203", "02201"]).await.status, 403);
    assert_eq!(declare(&ours, 1, "live", &[]).await.status, 403);
    assert_eq!(declare(&prefecture, 1, "live", &[]).await.status, 200);
    assert_eq!(add(&ours, 2, 1, "市川集会所", 40.5, 141.45).await.status, 200);
    assert_eq!(add(&others, 3, 1, "根城会館", 40.5, 141.45).await.status, 403);
    assert_eq!(set(&ours, 4, 1, 2, "open", None).await.status, 200);
    let count = counted(5, 1, 2, json!(1), json!(null), "23:10");
    for (path, body) in [("openings", step(6, 1, 2, "closing", None)), ("counts", count.clone())] {
        assert_eq!(others.post(&format!("/api/shelters/{path}"), &body).await.status, 404, "{path}");
    }
    assert_eq!(others.get(&format!("/api/shelters/{}/history", id(2))).await.status, 404);
    assert_eq!(others.get("/api/shelters/board?municipality=02203").await.status, 404);
    assert_eq!(prefecture.post("/api/shelters/counts", &count).await.status, 200);
    // A municipality does not end what the prefecture declared.
    let path = format!("/api/shelters/disasters/{}/close", id(1));
    let close = |n: u128, all: bool| json!({ "command": id(n), "close_shelters": all, "reason": "応急対応の終了" });
    assert_eq!(ours.post(&path, &close(7, true)).await.status, 404);
    let open = prefecture.post(&path, &close(8, false)).await;
    assert_eq!(code(&open), (409, "shelters-still-open".to_owned()));
    for _ in 0..2 {
        assert_eq!(prefecture.post(&path, &close(9, true)).await.status, 200);
    }
    assert_eq!(code(&set(&ours, 10, 1, 2, "open", None).await), (409, "disaster-over".to_owned()));
    let document = world.document("shelters/02203").await;
    assert_eq!((&document["disaster"], &document["openings"]), (&json!(null), &json!([])));
    world.settle().await;
}

#[tokio::test]
async fn a_drill_and_the_real_thing_never_meet() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    let drill = declare(&clerk, 1, "drill", &["02203"]).await.json();
    for language in ["ja", "easy", "en"] {
        assert!(drill["name"][language].as_str().unwrap().starts_with(Mode::DRILL_MARK), "{drill}");
    }
    let _ = declare(&clerk, 2, "live", &["02203"]).await.ok();
    let named = json!({
        "command": id(3), "mode": "live", "name": "【訓練】地震", "since": "2025-12-08T23:00:00+09:00",
        "municipalities": ["02203"],
    });
    assert_eq!(clerk.post("/api/shelters/disasters", &named).await.status, 422);
    let _ = add(&clerk, 4, 1, "訓練の集会所", 40.5, 141.45).await.ok();
    let _ = set(&clerk, 5, 1, 4, "open", None).await.ok();
    let shown_in_drill = shown(&world, "drill/shelters/02203", 4).await.unwrap();
    assert!(shown_in_drill["reason"].as_str().unwrap().starts_with(Mode::DRILL_MARK));
    assert_eq!(world.document("shelters/02203").await["openings"], json!([]));
    assert_eq!(world.document("shelters/prefecture").await["open"], 0);
    assert_eq!(world.document("drill/shelters/prefecture").await["open"], 1);
    // The live board does not know the drill's place, and the live nearest neither.
    let board = clerk.get("/api/shelters/board?municipality=02203").await.ok().json();
    assert!(!board["places"].to_string().contains("訓練の集会所"), "{board}");
    shelters::nearest::rebuild(world.app()).await.unwrap();
    let near = |mode: &str| format!("/api/shelters/nearest?lat=40.5&lon=141.4&mode={mode}");
    let anyone = world.anonymous();
    assert_eq!(anyone.get(&near("live")).await.ok().json()["shelters"], json!([]));
    assert_eq!(anyone.get(&near("drill")).await.ok().json()["shelters"][0]["facility"], id(4));
    // A drill's place cannot be where a live shelter sends people.
    let _ = add(&clerk, 6, 2, "本番の集会所", 40.5, 141.45).await.ok();
    let _ = set(&clerk, 7, 2, 6, "open", None).await.ok();
    let crossed = set(&clerk, 8, 2, 6, "full", Some(4)).await;
    assert_eq!(code(&crossed), (409, "instead-not-open".to_owned()));
    let drills = world.journal().await.into_iter().filter(|entry| entry.mode == Mode::Drill);
    assert_eq!(drills.filter(|entry| entry.kind.starts_with("shelters.")).count(), 3);
    world.settle().await;
}

#[tokio::test]
async fn bad_input_is_refused_with_the_field_that_is_wrong() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    let _ = declare(&clerk, 1, "live", &["02203"]).await.ok();
    let _ = add(&clerk, 2, 1, "市川集会所", 40.5, 141.45).await.ok();
    let _ = set(&clerk, 3, 1, 2, "open", None).await.ok();
    let wrong_counts = [
        (counted(20, 1, 2, json!(null), json!(null), "23:10"), "persons"),
        (counted(21, 1, 2, json!(100_001), json!(null), "23:10"), "persons"),
        (counted(22, 1, 2, json!(2), json!(3), "23:10"), "households"),
        (counted(23, 1, 2, json!(2), json!(1), "23:59"), "counted_at"),
        (counted(24, 1, 2, json!(-1), json!(1), "23:10"), "persons"),
        (counted(25, 1, 2, json!("三人"), json!(1), "23:10"), "persons"),
    ];
    for (body, field) in wrong_counts {
        let reply = clerk.post("/api/shelters/counts", &body).await;
        assert!(matches!(reply.status, 400 | 422), "{reply}");
        assert_eq!(reply.json()["field"], field, "{reply}");
    }
    for (lat, lon) in [(141.45, 40.5), (0.0, 0.0), (95.0, 141.0)] {
        let reply = add(&clerk, 30, 1, "根城会館", lat, lon).await;
        assert_eq!((reply.status, reply.json()["field"].as_str()), (422, Some("lat")), "{reply}");
    }
    let mut worded = step(31, 1, 2, "closing", None);
    worded["reason"] = json!("あ".repeat(501));
    assert_eq!(clerk.post("/api/shelters/openings", &worded).await.json()["field"], "reason");
    assert_eq!(set(&clerk, 32, 1, 99, "open", None).await.status, 404);
    assert_eq!(set(&clerk, 33, 98, 2, "closing", None).await.status, 404);
    let unopened = add(&clerk, 34, 1, "根城会館", 40.5, 141.4).await;
    assert_eq!(unopened.status, 200);
    let early = clerk.post("/api/shelters/counts", &counted(35, 1, 34, json!(5), json!(null), "23:10")).await;
    assert_eq!(code(&early), (409, "not-open".to_owned()));
    let _ = declare(&clerk, 40, "live", &["02203"]).await.ok();
    assert_eq!(code(&set(&clerk, 41, 40, 2, "open", None).await), (409, "open-elsewhere".to_owned()));
    let anyone = world.anonymous();
    for query in ["lat=95&lon=141", "lat=NaN&lon=141", "lat=40.5", "lat=40.5&lon=141&hazard=ghost"] {
        let reply = anyone.get(&format!("/api/shelters/nearest?{query}")).await;
        assert!(matches!(reply.status, 400 | 422), "{query}: {reply}");
    }
    world.settle().await;
}
