//! Those left behind: who is on the list, who may read it, and how several people work through it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Duty;
use kernel::{AreaCode, areas};
use serde_json::{Value, json};
use testkit::{Caller, World};

use crate::support::{DISASTER, Desk, HACHINOHE, Phone, code, family, id, seal, subject, world};

async fn office(world: &World) -> Caller {
    world.staff(&[(Duty::Evacuees, AreaCode::municipality(HACHINOHE))]).await
}

async fn list(caller: &Caller, more: &str) -> Value {
    let path = format!("/api/reception/left-behind?disaster={}&municipality=02203{more}", id(DISASTER));
    caller.get(&path).await.ok().json()
}

fn names(list: &Value) -> Vec<String> {
    let people = list["people"].as_array().unwrap().iter();
    let mut names: Vec<String> =
        people.map(|one| one["household"]["persons"][0]["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn about(list: &Value, name: &str) -> String {
    let people = list["people"].as_array().unwrap();
    let one = people.iter().find(|one| one["household"]["persons"][0]["name"] == name).unwrap();
    one["about"].as_str().unwrap().to_owned()
}

/// 名簿: イチ lives alone, 花子 is of a registered family, 次郎 without a birth date in another district.
async fn import(caller: &Caller) {
    let list = json!({ "command": id(5_000), "municipality": HACHINOHE, "people": [
        { "name": "見本 イチ", "birth": "昭和25年4月1日", "district": "市川一", "phone": "0178-00-0000",
          "helpers": [{ "name": "見本 太郎", "phone": "090-0000-0000" }], "why": "歩行に介助が必要" },
        { "name": "見本 花子", "birth": "S25.4.1", "district": "市川一" },
        { "name": "見本 次郎", "district": "根城" },
    ] });
    for _ in 0..2 {
        assert_eq!(caller.post("/api/reception/left-behind/import", &list).await.ok().json(), json!({ "people": 3 }));
    }
}

#[tokio::test]
async fn whoever_is_received_anywhere_leaves_the_list() {
    let world = world().await;
    let (desk, office) = (Desk::open(&world, HACHINOHE, 1).await, office(&world).await);
    import(&office).await;
    let hanako = Phone::registered(&world, 20, &family(&["見本 花子", "見本 三郎"], "市川一")).await;
    let _shiro = Phone::registered(&world, 21, &family(&["見本 四郎"], "市川一")).await;
    let all = list(&office, "").await;
    assert_eq!(all["figures"], json!({ "listed": 3, "listed_missing": 3, "families": 2, "families_missing": 2 }));
    // The family of 花子 is looked for once.
    assert_eq!(names(&all), ["見本 イチ", "見本 四郎", "見本 次郎", "見本 花子"]);
    let ichikawa = list(&office, "&districts=市川一").await;
    assert_eq!(names(&ichikawa), ["見本 イチ", "見本 四郎", "見本 花子"]);

    // 花子's card is taken; イチ comes with a neighbour on a card that nobody registered.
    let family_card = json!({ "subject": hanako.subject().await, "counts": { "adults": 2 } });
    let mut walk_in = desk.body("check-in", &json!({ "subject": subject("walk-in"), "counts": { "adults": 2 } }));
    let content = json!({ "household": family(&["隣の 人", "見本 イチ"], "") });
    walk_in["sealed"] = seal(&world, &walk_in, &content).await;
    assert_eq!(desk.sent(&[desk.event("check-in", &family_card), desk.sign(&walk_in)]).await, ["stored", "stored"]);
    let rest = list(&office, "").await;
    assert_eq!(names(&rest), ["見本 四郎", "見本 次郎"]);
    assert_eq!(rest["figures"], json!({ "listed": 3, "listed_missing": 1, "families": 2, "families_missing": 1 }));
    // A mistake at the desk puts them back.
    let void = json!({ "subject": subject("walk-in"), "other": walk_in["id"] });
    assert_eq!(desk.sent(&[desk.event("void", &void)]).await, ["stored"]);
    assert_eq!(names(&list(&office, "").await), ["見本 イチ", "見本 四郎", "見本 次郎"]);
    assert!(!world.journal_text().await.contains("見本"), "no name stands in the journal");
    world.settle().await;
}

#[tokio::test]
async fn several_people_work_through_the_list_without_overwriting_each_other() {
    let world = world().await;
    let (first, second) = (office(&world).await, office(&world).await);
    import(&first).await;
    let before = list(&first, "").await;
    let (ichi, jiro) = (about(&before, "見本 イチ"), about(&before, "見本 次郎"));
    let step = |n: u128, about: &str, revision: i64, step: &str, more: Value| {
        let mut body = json!({ "command": id(n), "disaster": id(DISASTER), "municipality": HACHINOHE, "about": about,
            "revision": revision, "step": step });
        for (field, value) in more.as_object().unwrap() {
            body[field] = value.clone();
        }
        body
    };
    let path = "/api/reception/left-behind/work";
    let claim = step(6_000, &ichi, 0, "claim", json!({}));
    for _ in 0..2 {
        let held = first.post(path, &claim).await.ok().json();
        assert_eq!((&held["revision"], &held["mine"]), (&json!(1), &json!(true)));
    }
    let late = second.post(path, &step(6_001, &ichi, 0, "claim", json!({}))).await;
    assert_eq!(code(&late), (409, "stale-revision".to_owned()));
    let seen = list(&second, "").await;
    let work = &seen["people"].as_array().unwrap().iter().find(|one| one["about"] == ichi.as_str()).unwrap()["work"];
    assert_eq!((&work["mine"], &work["revision"]), (&json!(false), &json!(1)));

    let to = json!({ "to": second.account().unwrap() });
    let assigned = first.post(path, &step(6_002, &ichi, 1, "assign", to)).await.ok().json();
    assert_eq!(assigned["holder"], format!("staff:{}", second.account().unwrap()));
    let found = json!({ "result": "safe", "words": "隣家に避難していた。電話で本人に確認" });
    let done = second.post(path, &step(6_003, &ichi, 2, "result", found)).await.ok().json();
    assert_eq!((&done["result"], &done["revision"]), (&json!("safe"), &json!(3)));
    let help = json!({ "result": "needs-help" });
    let _ = second.post(path, &step(6_004, &jiro, 0, "result", help)).await.ok();
    let after = list(&first, "").await;
    assert_eq!(after["results"], json!({ "needs-help": 1, "safe": 1 }));
    assert_eq!(names(&after), ["見本 次郎", "見本 花子"], "who needs help stays on the list");

    for (wrong, field) in [
        (step(6_010, &jiro, 1, "assign", json!({})), "to"),
        (step(6_011, &jiro, 1, "result", json!({})), "result"),
        (step(6_012, &jiro, 1, "result", json!({ "result": "safe", "words": "あ".repeat(501) })), "words"),
    ] {
        assert_eq!(first.post(path, &wrong).await.json()["field"], field);
    }
    for unknown in ["listed:1", &format!("listed:{}", id(404)), "household:00", &format!("household:{}", subject("x"))]
    {
        assert_eq!(first.post(path, &step(6_020, unknown, 0, "claim", json!({}))).await.status, 404, "{unknown}");
    }
    assert!(!world.journal_text().await.contains("隣家"), "words are sealed");
    world.settle().await;
}

#[tokio::test]
async fn the_prefecture_sees_figures_and_names_only_after_saying_why() {
    let world = world().await;
    let (office, prefecture) = (office(&world).await, world.staff(&[(Duty::Evacuees, areas::PREFECTURE)]).await);
    import(&office).await;
    let phone = Phone::registered(&world, 21, &family(&["見本 四郎"], "市川一")).await;
    let closed = list(&prefecture, "").await;
    assert_eq!((&closed["figures"]["listed_missing"], &closed["people"]), (&json!(3), &json!(null)));
    let claim = json!({ "command": id(6_000), "disaster": id(DISASTER), "municipality": HACHINOHE,
        "about": format!("household:{}", phone.subject().await), "revision": 0, "step": "claim" });
    let refused = prefecture.post("/api/reception/left-behind/work", &claim).await;
    assert_eq!(code(&refused), (403, "names-closed".to_owned()));
    assert!(phone.looked(&world).await.is_empty());

    let glass = |n: u128, reason: &str, hours: u32| json!({ "command": id(n), "reason": reason, "municipality": HACHINOHE, "hours": hours });
    let path = "/api/reception/break-glass";
    for (wrong, field) in
        [(glass(6_001, " ", 1), "reason"), (glass(6_002, "救助", 25), "hours"), (glass(6_003, "救助", 0), "hours")]
    {
        assert_eq!(prefecture.post(path, &wrong).await.json()["field"], field);
    }
    assert_eq!(office.post(path, &glass(6_004, "救助", 1)).await.status, 403, "it has the names already");
    for _ in 0..2 {
        let broken = prefecture.post(path, &glass(6_005, "孤立集落の救助のため", 2)).await.ok().json();
        assert_eq!(broken["until"], "2025-12-09T01:15:00+09:00");
    }
    assert!(names(&list(&prefecture, "").await).contains(&"見本 四郎".to_owned()));
    let _ = prefecture.post("/api/reception/left-behind/work", &claim).await.ok();
    assert_eq!(phone.looked(&world).await[0], ("prefecture:02".to_owned(), "break-glass".to_owned()));
    let entry = world.journal().await.into_iter().find(|entry| entry.kind == "reception.glass_broken").unwrap();
    assert_eq!(entry.open_body()["reason"], "孤立集落の救助のため");
    // Another municipality stays closed, and so does this one when the time is over.
    let other = format!("/api/reception/left-behind?disaster={}&municipality=02201", id(DISASTER));
    assert_eq!(prefecture.get(&other).await.ok().json()["people"], json!(null));
    for _ in 0..12 {
        // At work all the time, so that nobody is signed out.
        world.clock().advance(std::time::Duration::from_mins(10));
        for caller in [&prefecture, &office] {
            let _ = list(caller, "").await;
        }
    }
    assert_eq!(list(&prefecture, "").await["people"], json!(null));

    let elsewhere = world.staff(&[(Duty::Evacuees, AreaCode::municipality("02201"))]).await;
    let path = format!("/api/reception/left-behind?disaster={}&municipality=02203", id(DISASTER));
    assert_eq!(elsewhere.get(&path).await.status, 404);
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    assert_eq!(desk.caller.get(&path).await.status, 403);
    world.settle().await;
}

#[tokio::test]
async fn protected_people_are_not_on_the_list_of_others() {
    let world = world().await;
    let office = office(&world).await;
    import(&office).await;
    let keeper = world.staff(&[(Duty::Protection, AreaCode::municipality(HACHINOHE))]).await;
    let wanted = json!({ "command": id(7_000), "municipality": HACHINOHE, "name": "見本 イチ", "birth": "1950-04-01" });
    let _ = keeper.put("/api/households/protection", &wanted).await.ok();
    assert_eq!(names(&list(&office, "").await), ["見本 次郎", "見本 花子"]);
    world.settle().await;
}

#[tokio::test]
async fn a_list_with_a_mistake_is_not_taken_in() {
    let world = world().await;
    let office = office(&world).await;
    import(&office).await;
    let rows = [
        (json!({ "name": "" }), "people[1].name"),
        (json!({ "name": "見本", "birth": "昭和100年1月1日" }), "people[1].birth"),
        (json!({ "name": "見本", "phone": "でんわ" }), "people[1].phone"),
        (json!({ "name": "見本", "subject": "abc" }), "people[1].subject"),
    ];
    for (row, field) in rows {
        let list = json!({ "command": id(5_001), "municipality": HACHINOHE, "people": [{ "name": "見本 五郎" }, row] });
        let refused = office.post("/api/reception/left-behind/import", &list).await;
        assert_eq!((refused.status, refused.json()["field"].as_str()), (422, Some(field)), "{refused}");
    }
    assert_eq!(list(&office, "").await["figures"]["listed"], 3, "the list is as it was");
    world.settle().await;
}

#[tokio::test]
async fn a_file_of_an_office_is_looked_at_then_taken_in_and_keeps_the_work_that_was_done() {
    let world = world().await;
    let office = office(&world).await;
    let file = |text: &str| {
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(text);
        json!({ "municipality": HACHINOHE, "name": "名簿.csv", "content": STANDARD.encode(bytes) })
    };
    let preview = async |file: &Value| office.post("/api/reception/left-behind/list/preview", file).await;
    let apply = async |file: &Value, command: u128, digest: &Value| {
        let mut wanted = file.clone();
        (wanted["command"], wanted["digest"]) = (json!(id(command)), digest.clone());
        office.post("/api/reception/left-behind/list/apply", &wanted).await
    };
    let first = file(
        "氏名,生年月日,住所,町内会\n見本 イチ,昭和10年4月1日,市川町1,市川一\n,S10.1.1,市川町2,\n見本 次郎,昭和１００年,市川町3,市川一\n",
    );
    let seen = preview(&first).await.ok().json();
    let counts = |seen: &Value| {
        ["people", "added", "changed", "same", "gone", "aside", "remarks"].map(|name| seen[name].as_u64().unwrap())
    };
    assert_eq!(counts(&seen), [2, 2, 0, 0, 0, 1, 1], "{seen}");
    assert_eq!(
        (&seen["encoding"], &seen["aside_rows"][0]["line"], &seen["aside_rows"][0]["reason"]),
        (&json!("shift_jis"), &json!(3), &json!("no-name"))
    );
    assert!(list(&office, "").await["people"].as_array().unwrap().is_empty(), "nothing was written");
    assert_eq!(code(&apply(&first, 6_000, &json!("0000")).await), (409, "file-changed".to_owned()));
    for _ in 0..2 {
        assert_eq!(apply(&first, 6_000, &seen["digest"]).await.ok().json()["applied"], true);
    }
    let all = list(&office, "").await;
    assert_eq!(names(&all), ["見本 イチ", "見本 次郎"]);
    assert!(all.to_string().contains("昭和１００年"), "kept as it was written");
    let claim = json!({ "command": id(6_001), "disaster": id(DISASTER), "municipality": HACHINOHE,
        "about": about(&all, "見本 イチ"), "revision": 0, "step": "claim" });
    let _ = office.post("/api/reception/left-behind/work", &claim).await.ok();

    // Next month's list: イチ moved, 次郎 is gone, 三郎 is new. Whoever looks for イチ goes on.
    let second = file("氏名,生年月日,住所,町内会\n見本　イチ,S10.4.1,根城2,根城\n見本 三郎,S11.1.1,市川町4,市川一\n");
    let seen = preview(&second).await.ok().json();
    assert_eq!(counts(&seen), [2, 1, 1, 0, 1, 0, 0]);
    assert_eq!(apply(&second, 6_002, &seen["digest"]).await.status, 200);
    let all = list(&office, "").await;
    let ichi = all["people"].as_array().unwrap().iter().find(|one| one["about"] == claim["about"]).unwrap();
    assert_eq!((&ichi["work"]["mine"], &ichi["household"]["neighbourhood"]), (&json!(true), &json!("根城")));

    for (wrong, field) in [
        (file("a,b\n1,2\n"), "content"),
        (json!({ "municipality": HACHINOHE, "name": "a.pdf", "content": STANDARD.encode("%PDF-1.7") }), "content"),
    ] {
        let digest = preview(&wrong).await.json()["digest"].clone();
        let refused = apply(&wrong, 6_003, if digest.is_null() { &seen["digest"] } else { &digest }).await;
        assert!(refused.status == 422 && refused.json()["field"] == field || refused.status == 409, "{refused:?}");
    }
    assert_eq!(list(&office, "").await["people"].as_array().unwrap().len(), 2, "the list is as before");
    let elsewhere = world.staff(&[(Duty::Evacuees, AreaCode::municipality("02201"))]).await;
    assert_eq!(elsewhere.post("/api/reception/left-behind/list/preview", &first).await.status, 404);
    world.settle().await;
}
