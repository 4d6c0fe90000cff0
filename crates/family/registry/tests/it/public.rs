//! Families ask without a name: matching, search, exports.

use serde_json::{Value, json};

use crate::support::{answers, world};

#[tokio::test]
async fn a_family_with_two_children_and_a_family_hit_by_disaster() {
    let world = world().await;
    let family = json!({
        "household": {
            "municipality": "02203", "single_parent": true, "dependents": 2, "allowance_income": { "max": 900_000 },
            "guardian_income": 0, "pregnant": false, "pregnancy_ended": false
        },
        "people": [
            { "role": "self", "birth": "1995-01-01" },
            { "role": "child", "birth": "2021-06-01", "raised_here": true, "in_facility": false, "enrolment": "nursery" },
            { "role": "child", "birth": "2024-06-01", "raised_here": true, "in_facility": false, "enrolment": "nursery" }
        ],
        "complete": true
    });
    let found = answers(&world, &family).await;
    assert_eq!(found["child_allowance"]["verdict"], "yes");
    assert_eq!(found["child_allowance"]["amounts"][0]["least"], 25_000, "15,000 and 10,000");
    assert_eq!(found["child_rearing_allowance"]["verdict"], "yes", "below every edge, whatever it is exactly");
    assert_eq!(found["free_childcare"]["verdict"], "yes");
    assert_eq!(found["pregnancy_support"]["verdict"], "no");

    let half = json!({
        "household": {
            "municipality": "02203", "affected": true, "damage_grade": "half", "household_size": 3,
            "relief_act_applied": true, "relief_act_in_prefecture": true, "rebuilding_act_applied": true,
            "household_income": { "max": 6_000_000 }, "head_injured_month": false, "goods_damage": false, "dwelling_lost": false
        }
    });
    let found = answers(&world, &half).await;
    assert_eq!(found["relief_loan"]["verdict"], "yes");
    assert_eq!(found["relief_loan"]["amounts"][0]["most"], 1_700_000);
    assert_eq!(found["livelihood_recovery"]["verdict"], "no");
    assert_eq!(found["livelihood_recovery"]["reasons"][0]["said"], "no");
    assert_eq!(found["emergency_repair"]["verdict"], "check");
    assert!(found["emergency_repair"]["reasons"][0]["what"]["ja"].as_str().unwrap().contains("資力"));
}

#[tokio::test]
async fn questions_come_to_an_end_and_every_answer_settles_something() {
    let world = world().await;
    let anyone = world.anonymous();
    let mut asked: Vec<Value> = Vec::new();
    loop {
        let request = json!({ "profile": {}, "topic": "disaster", "skip": asked });
        let reply = anyone.post("/api/registry/match", &request).await.ok().json();
        if reply["next"].is_null() {
            break;
        }
        assert!(!asked.contains(&reply["next"]), "asked twice: {}", reply["next"]);
        asked.push(reply["next"].clone());
        assert!(asked.len() < 60);
    }
    assert!(asked.iter().any(|one| one["attribute"] == "damage_grade"), "{asked:?}");
}

#[tokio::test]
async fn bad_answers_are_refused_with_their_field() {
    let world = world().await;
    let anyone = world.anonymous();
    for (profile, field) in [
        (json!({ "household": { "total_income": -5 } }), "profile.household.total_income"),
        (json!({ "people": [{ "birth": "2030-01-01" }] }), "profile.people[0].birth"),
        (json!({ "household": { "name": "みほん" } }), "profile.household.name"),
        (json!({ "people": (0..30).map(|_| json!({})).collect::<Vec<_>>() }), "profile.people"),
    ] {
        let reply = anyone.post("/api/registry/match", &json!({ "profile": profile })).await;
        assert_eq!((reply.status, reply.json()["field"].as_str()), (422, Some(field)), "{reply}");
    }
    let far = anyone.post("/api/registry/match", &json!({ "profile": {}, "on": "2126-01-01" })).await;
    assert_eq!((far.status, far.json()["field"].as_str()), (422, Some("on")));
    let number =
        anyone.post("/api/registry/match", &json!({ "profile": { "household": { "x": "123456789012" } } })).await;
    assert_eq!(number.status, 422, "nothing but attributes of the dictionary is taken");
}

#[tokio::test]
async fn search_and_exports_are_for_everybody() {
    let world = world().await;
    let anyone = world.anonymous();
    for (q, first) in
        [("児童", "child_allowance"), ("ひさいしゃ", "livelihood_recovery"), ("母子家庭", "child_rearing_allowance")]
    {
        let reply = anyone.get(&format!("/api/registry/search?q={}", encoded(q))).await.ok().json();
        assert_eq!(reply["programmes"][0]["key"], first, "{q}: {reply}");
    }
    let long = anyone.get(&format!("/api/registry/search?q={}", "a".repeat(101))).await;
    assert_eq!(long.status, 422);
    let records = anyone.get("/api/registry/export.json?area=00").await.ok().json();
    let records = records.as_array().unwrap();
    assert!(records.len() >= 16 && records.iter().all(|record| record.as_object().unwrap().len() >= 34));
    let csv = anyone.get("/api/registry/export.csv?area=00").await.ok().text();
    assert_eq!(csv.lines().next().unwrap().split(',').count(), 76, "{}", csv.lines().next().unwrap());
    assert!(csv.contains("児童扶養手当"));
    assert_eq!(anyone.get("/api/registry/export.json?area=99").await.status, 422);
    let attributes = world.document("registry/attributes").await;
    assert!(attributes["attributes"].as_array().unwrap().len() > 40);
}

fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "%{byte:02X}");
        all
    })
}

#[tokio::test]
async fn no_more_questions_are_left_out_than_there_can_be() {
    let world = world().await;
    for (count, status) in [(500, 200), (501, 422)] {
        let skip = vec![json!({ "attribute": "pregnant", "person": null }); count];
        let reply = world.anonymous().post("/api/registry/match", &json!({ "profile": {}, "skip": skip })).await;
        assert_eq!(reply.status, status, "{reply}");
    }
}
