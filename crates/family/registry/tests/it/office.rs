//! A clerk edits, sees the cases, publishes by a second step; what a later day brings changes nothing before.

use serde_json::json;

use crate::support::{answers, clerk, code, content, create, id, step, world};

#[tokio::test]
async fn a_programme_from_the_form_to_a_mother() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    let baby = json!({
        "household": { "municipality": "02203" },
        "people": [{ "role": "child", "birth": "2026-05-28" }], "complete": true
    });
    for _ in 0..2 {
        let made = create(&clerk, 1, "02203", "book_start", &content("ブックスタート", 12), "2026-11-28").await;
        assert_eq!(made.status, 200, "{made}");
    }
    assert_eq!(answers(&world, &baby).await.get("book_start"), None, "a draft is nobody's");
    assert_eq!(code(&step(&clerk, 2, 1, "publish", 1).await), (409, "no-such-step".to_owned()));
    let reviewed = step(&clerk, 3, 1, "review", 1).await.ok().json();
    assert_eq!(reviewed["versions"][0]["state"], "reviewed");
    assert_eq!(reviewed["versions"][0]["cases"][1]["passed"], true);
    assert_eq!(code(&step(&clerk, 4, 1, "publish", 1).await), (409, "edited-meanwhile".to_owned()));
    for _ in 0..2 {
        assert_eq!(step(&clerk, 5, 1, "publish", 2).await.status, 200);
    }
    world.settle().await;

    let answer = &answers(&world, &baby).await["book_start"];
    assert_eq!((&answer["verdict"], &answer["name"]), (&json!("yes"), &json!("ブックスタート")));
    assert_eq!(answer["reasons"][0]["source"]["law"], "八戸市ブックスタート事業実施要綱");
    let document = world.document("registry/programmes/02203").await;
    let published = document["programmes"].as_array().unwrap().iter().find(|one| one["key"] == "book_start").unwrap();
    assert_eq!(published["versions"][0]["content"]["cases"], json!([]), "cases stay in the office");
    // In another municipality it is not there; where nothing is said of the home, it has to be checked.
    let elsewhere = json!({ "household": { "municipality": "02201" }, "people": baby["people"], "complete": true });
    assert_eq!(answers(&world, &elsewhere).await.get("book_start"), None);
    let nowhere = json!({ "people": baby["people"], "complete": true });
    let open = &answers(&world, &nowhere).await["book_start"];
    assert_eq!((&open["verdict"], &open["missing"][0]["attribute"]), (&json!("check"), &json!("municipality")));
    assert_eq!(code(&step(&clerk, 6, 1, "withdraw", 3).await).0, 200);
    world.settle().await;
    assert_eq!(answers(&world, &baby).await.get("book_start"), None);
    let kinds: Vec<String> =
        world.journal_kinds().await.into_iter().filter(|kind| kind.starts_with("registry.")).collect();
    assert_eq!(
        kinds[kinds.len() - 4..],
        ["registry.drafted", "registry.reviewed", "registry.published", "registry.withdrawn"]
    );
}

#[tokio::test]
async fn a_rule_for_a_later_day_changes_nothing_before_it() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    let _ = create(&clerk, 1, "02203", "book_start", &content("ブックスタート", 12), "2026-04-01").await.ok();
    let _ = step(&clerk, 2, 1, "review", 1).await.ok();
    let _ = step(&clerk, 3, 1, "publish", 2).await.ok();
    let mut later = content("ブックスタート", 48);
    later["cases"][1]["verdict"] = json!("yes");
    let edit = json!({ "command": id(4), "revision": 3, "valid_from": "2027-04-01", "content": later });
    let path = format!("/api/registry/programmes/{}/draft", id(1));
    assert_eq!(clerk.post(&path, &edit).await.status, 200);
    let _ = step(&clerk, 5, 1, "review", 4).await.ok();
    let published = step(&clerk, 6, 1, "publish", 5).await.ok().json();
    assert_eq!(published["versions"][1]["valid_until"], "2027-03-31");
    world.settle().await;
    for (on, verdict) in [("2026-11-28", "no"), ("2027-03-31", "no"), ("2027-04-01", "yes")] {
        let asked = json!({
            "on": on, "include_no": true,
            "profile": {
                "household": { "municipality": "02203" },
                "people": [{ "role": "child", "birth": "2024-05-28" }], "complete": true
            }
        });
        let reply = world.anonymous().post("/api/registry/match", &asked).await.ok().json();
        let found = reply["programmes"].as_array().unwrap().iter().find(|one| one["key"] == "book_start").unwrap();
        assert_eq!(found["verdict"], verdict, "{on}");
    }
}

#[tokio::test]
async fn what_does_not_pass_is_not_published() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    let mut wrong = content("ブックスタート", 12);
    wrong["cases"][0]["verdict"] = json!("no");
    let _ = create(&clerk, 1, "02203", "book_start", &wrong, "2026-11-28").await.ok();
    let refused = step(&clerk, 2, 1, "review", 1).await;
    assert_eq!(code(&refused), (409, "cases-fail".to_owned()));
    assert!(refused.json()["detail"].as_str().unwrap().contains("6か月の子"), "{refused}");
    wrong["cases"] = json!([]);
    let edit = |n: u128, revision: i64, content: &serde_json::Value| json!({ "command": id(n), "revision": revision, "valid_from": "2026-11-28", "content": content });
    let path = format!("/api/registry/programmes/{}/draft", id(1));
    let _ = clerk.post(&path, &edit(3, 1, &wrong)).await.ok();
    assert_eq!(code(&step(&clerk, 4, 1, "review", 2).await), (409, "no-case".to_owned()));
    wrong["rule"]["condition"]["someone"]["where"]["test"]["source"]["text"] = json!("");
    let _ = clerk.post(&path, &edit(5, 2, &wrong)).await.ok();
    let refused = step(&clerk, 6, 1, "review", 3).await;
    assert_eq!(code(&refused), (409, "rule-faults".to_owned()));
    assert_eq!(refused.json()["field"], "condition.someone.where.test");
    assert_eq!(code(&clerk.post(&path, &edit(7, 1, &wrong)).await), (409, "edited-meanwhile".to_owned()));
    let mut reversed = edit(8, 3, &wrong);
    reversed["valid_until"] = json!("2026-01-01");
    let reply = clerk.post(&path, &reversed).await;
    assert_eq!((reply.status, &reply.json()["field"]), (422, &json!("valid_until")));
    let tried = clerk.post("/api/registry/try", &content("試し", 12)).await.ok().json();
    assert_eq!((&tried["faults"], &tried["cases"][0]["passed"]), (&json!([]), &json!(true)));
}

#[tokio::test]
async fn a_municipality_takes_the_place_of_the_nation_for_its_own_people() {
    let world = world().await;
    let (ours, others) = (clerk(&world, "02203").await, clerk(&world, "02201").await);
    let listed = ours.get("/api/registry/programmes?area=00").await.ok().json();
    let national = listed.as_array().unwrap().iter().find(|one| one["key"] == "school_aid").unwrap();
    assert_eq!(national["mine"], false);
    let copy = json!({
        "command": id(1), "area": "02203", "key": "school_aid", "valid_from": "2026-04-01", "copy_of": national["programme"]
    });
    assert_eq!(others.post("/api/registry/programmes", &copy).await.status, 403);
    let _ = ours.post("/api/registry/programmes", &copy).await.ok();
    let _ = step(&ours, 2, 1, "review", 1).await.ok();
    assert_eq!(step(&others, 3, 1, "publish", 2).await.status, 404);
    let _ = step(&ours, 4, 1, "publish", 2).await.ok();
    let taken = create(&ours, 5, "02203", "school_aid", &content("二つ目", 12), "2026-11-28").await;
    assert_eq!(code(&taken), (409, "key-taken".to_owned()));
    world.settle().await;
    for (home, area) in [("02203", "02203"), ("02201", "00")] {
        let profile =
            json!({ "household": { "municipality": home }, "people": [{ "role": "child", "birth": "2018-05-01" }] });
        assert_eq!(answers(&world, &profile).await["school_aid"]["area"], area, "{home}");
    }
    assert_eq!(others.get(&format!("/api/registry/programmes/{}", id(1))).await.status, 404);
    assert_eq!(ours.get("/api/registry/programmes?area=02201").await.status, 404);
}

#[tokio::test]
async fn under_a_draft_that_was_taken_back_the_published_version_can_be_too() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    let baby = json!({
        "household": { "municipality": "02203" },
        "people": [{ "role": "child", "birth": "2026-05-28" }], "complete": true
    });
    let _ = create(&clerk, 1, "02203", "book_start", &content("ブックスタート", 12), "2026-11-28").await.ok();
    let _ = step(&clerk, 2, 1, "review", 1).await.ok();
    let _ = step(&clerk, 3, 1, "publish", 2).await.ok();
    let edit = json!({
        "command": id(4), "revision": 3, "valid_from": "2027-04-01", "content": content("ブックスタート", 12)
    });
    let _ = clerk.post(&format!("/api/registry/programmes/{}/draft", id(1)), &edit).await.ok();
    let discarded = step(&clerk, 5, 1, "withdraw", 4).await.ok().json();
    assert_eq!(
        (&discarded["versions"][0]["state"], &discarded["versions"][1]["state"]),
        (&json!("withdrawn"), &json!("published"))
    );
    world.settle().await;
    assert_eq!(answers(&world, &baby).await["book_start"]["verdict"], "yes");
    let taken = step(&clerk, 6, 1, "withdraw", 5).await.ok().json();
    assert_eq!(taken["versions"][1]["state"], "withdrawn");
    world.settle().await;
    assert_eq!(answers(&world, &baby).await.get("book_start"), None);
    assert_eq!(code(&step(&clerk, 7, 1, "withdraw", 5).await), (409, "no-such-step".to_owned()));
}
