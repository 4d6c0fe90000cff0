//! Cards and names: opened for those who have the duty, through the gate, and not at all on a locked node.

use http::Duty;
use kernel::{AreaCode, areas};
use reception::{Live, Role};
use serde_json::{Value, json};
use store::envelope::SecretKey;
use testkit::World;

use crate::support::{
    DISASTER, Desk, HACHINOHE, ICHIKAWA, NEJO, Phone, code, family, id, seal, subject, world, world_of,
};

fn households(facility: u128) -> String {
    format!("/api/reception/shelters/{}/households?disaster={}", id(facility), id(DISASTER))
}

/// An event whose content is sealed to the municipality.
async fn sealed(world: &World, desk: &Desk, kind: &str, more: Value, content: Value) -> Value {
    let mut body = desk.body(kind, &more);
    body["sealed"] = seal(world, &body, &content).await;
    desk.sign(&body)
}

async fn arrive(world: &World, desk: &Desk, token: &str, names: &[&str]) -> Value {
    let counts = json!({ "subject": subject(token), "counts": { "adults": names.len() } });
    let content = json!({ "household": family(names, "市川一"), "situation": { "tags": ["ペット同伴"] } });
    sealed(world, desk, "check-in", counts, content).await
}

async fn search(desk: &Desk, words: &str) -> Vec<String> {
    let asked = json!({ "words": words, "disaster": id(DISASTER), "municipality": HACHINOHE });
    let found = desk.caller.post("/api/reception/search", &asked).await.ok().json();
    let found = found["households"].as_array().unwrap().iter();
    let mut names: Vec<String> =
        found.map(|one| one["household"]["persons"][0]["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_card_is_what_was_written_last_field_by_field() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let of = json!({ "subject": subject("A") });
    let correction = json!({ "set": { "/household/persons/0/name": "見本 花子（改）", "/situation/tags": [] } });
    let mistake = json!({ "set": { "/household/persons/0/name": "取り違え" } });
    let mistaken = sealed(&world, &desk, "amend", of.clone(), mistake).await;
    let mistaken_id: Value = serde_json::from_str::<Value>(mistaken["body"].as_str().unwrap()).unwrap()["id"].clone();
    let events = [
        arrive(&world, &desk, "A", &["見本 花子", "見本 太郎"]).await,
        sealed(&world, &desk, "place", of.clone(), json!({ "space": "体育館", "room": "A" })).await,
        sealed(&world, &desk, "amend", of.clone(), correction).await,
        mistaken,
        desk.event("void", &json!({ "subject": subject("A"), "other": mistaken_id })),
        sealed(&world, &desk, "request", of, json!({ "items": [{ "kind": "blanket", "count": 2 }] })).await,
        desk.event("count-only", &json!({ "subject": subject("counted"), "counts": { "adults": 3 } })),
    ];
    assert!(desk.sent(&events).await.iter().all(|state| state == "stored"));
    let list = desk.caller.get(&households(ICHIKAWA)).await.ok().json();
    let list = list["households"].as_array().unwrap();
    let named = list.iter().find(|one| one["subject"] == subject("A")).unwrap();
    assert_eq!(named["household"]["persons"][0]["name"], "見本 花子（改）");
    assert_eq!(named["card"]["situation"]["tags"], json!([]));
    assert_eq!(named["card"]["place"]["room"], "A");
    let counted = list.iter().find(|one| one["subject"] == subject("counted")).unwrap();
    assert_eq!((&counted["household"], &counted["standing"]["counted_only"]), (&json!(null), &json!(true)));

    let path = format!("/api/reception/households/{}?disaster={}", subject("A"), id(DISASTER));
    let one = desk.caller.get(&path).await.ok().json();
    let history: Vec<(&str, &str)> = one["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["kind"].as_str().unwrap(), line["effect"].as_str().unwrap()))
        .collect();
    assert!(history.contains(&("amend", "voided")), "{history:?}");
    let request = one["history"].as_array().unwrap().iter().find(|line| line["kind"] == "request").unwrap();
    assert_eq!(request["words"]["items"][0]["kind"], "blanket");
    world.settle().await;
}

#[tokio::test]
async fn a_name_is_found_by_kana_and_variant_kanji() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let mut card = family(&["渡邊 さくら"], "");
    card["persons"][0]["kana"] = json!("わたなべ さくら");
    let counts = json!({ "subject": subject("A"), "counts": { "adults": 1 } });
    let watanabe = sealed(&world, &desk, "check-in", counts, json!({ "household": card })).await;
    let events =
        [watanabe, arrive(&world, &desk, "B", &["髙橋 一郎"]).await, arrive(&world, &desk, "C", &["🐟 太郎"]).await];
    assert!(desk.sent(&events).await.iter().all(|state| state == "stored"));
    let _registered = Phone::registered(&world, 20, &family(&["登録 四郎"], "市川一")).await;
    for (words, found) in [
        ("渡辺", vec!["渡邊 さくら"]),
        ("ワタナベ", vec!["渡邊 さくら"]),
        ("ﾜﾀﾅﾍﾞさくら", vec!["渡邊 さくら"]),
        ("高橋　一郎", vec!["髙橋 一郎"]),
        ("🐟太", vec!["🐟 太郎"]),
        ("登録四郎", vec!["登録 四郎"]),
        ("登録", vec![]),
        ("佐藤", vec![]),
    ] {
        assert_eq!(search(&desk, words).await, found, "{words}");
    }
    let short = json!({ "words": "渡", "disaster": id(DISASTER), "municipality": HACHINOHE });
    assert_eq!(code(&desk.caller.post("/api/reception/search", &short).await), (422, "invalid".to_owned()));
    world.settle().await;
}

#[tokio::test]
async fn names_are_for_the_desk_of_the_municipality_and_every_look_is_read_by_the_person() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let phone = Phone::registered(&world, 20, &family(&["見本 花子"], "市川一")).await;
    let arrived = json!({ "subject": phone.subject().await, "counts": { "adults": 1 } });
    assert_eq!(desk.sent(&[desk.event("check-in", &arrived)]).await, ["stored"]);
    let path = households(ICHIKAWA);
    let list = desk.caller.get(&format!("{path}&purpose=care")).await.ok().json();
    assert_eq!(list["households"][0]["household"]["persons"][0]["name"], "見本 花子", "from what it registered");
    assert_eq!(phone.looked(&world).await, [("municipality:02203".to_owned(), "care".to_owned())]);

    let (town, elsewhere) = (AreaCode::municipality(HACHINOHE), AreaCode::municipality("02201"));
    for (duties, status) in [
        (vec![(Duty::ShelterDesk, elsewhere.clone())], 404),
        (vec![(Duty::Watch, town.clone()), (Duty::Shelters, town.clone())], 403),
        (vec![(Duty::Evacuees, areas::PREFECTURE)], 403),
    ] {
        assert_eq!(world.staff(&duties).await.get(&path).await.status, status, "{duties:?}");
    }
    let one = format!("/api/reception/households/{}?disaster={}", phone.subject().await, id(DISASTER));
    let prefecture = world.staff(&[(Duty::Evacuees, areas::PREFECTURE)]).await;
    assert_eq!(prefecture.get(&one).await.status, 404, "figures only");
    let office = world.staff(&[(Duty::Evacuees, town)]).await;
    assert_eq!(office.get(&one).await.ok().json()["household"]["persons"][0]["name"], "見本 花子");
    assert_eq!(world.staff(&[(Duty::Evacuees, elsewhere)]).await.get(&one).await.status, 404);
    let board = format!("/api/reception/shelters/{}/board?disaster={}", id(ICHIKAWA), id(DISASTER));
    let seen = prefecture.get(&board).await.ok();
    assert!(!seen.text().contains("花子") && seen.json()["persons"] == 1);
    world.settle().await;
}

#[tokio::test]
async fn protected_people_are_shown_at_their_own_shelter_alone() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let keeper = world.staff(&[(Duty::Protection, AreaCode::municipality(HACHINOHE))]).await;
    let wanted = json!({ "command": id(7_000), "municipality": HACHINOHE, "name": "見本 花子", "birth": "1950-04-01" });
    let _ = keeper.put("/api/households/protection", &wanted).await.ok();
    assert_eq!(desk.sent(&[arrive(&world, &desk, "A", &["見本 花子"]).await]).await, ["stored"]);
    let name = async |facility: u128| {
        let list = desk.caller.get(&households(facility)).await.ok().json();
        list["households"][0]["household"]["persons"][0]["name"].clone()
    };
    assert_eq!(name(ICHIKAWA).await, "見本 花子");
    let moving = json!({ "subject": subject("A"), "other": id(NEJO) });
    assert_eq!(desk.sent(&[desk.event("move", &moving)]).await, ["stored"]);
    assert_eq!((name(ICHIKAWA).await, name(NEJO).await), (json!(null), json!(null)), "on the way nobody shows them");
    assert!(search(&desk, "見本花子").await.is_empty());
    let office = world.staff(&[(Duty::Evacuees, AreaCode::municipality(HACHINOHE))]).await;
    let one = format!("/api/reception/households/{}?disaster={}", subject("A"), id(DISASTER));
    assert_eq!(office.get(&one).await.ok().json()["household"], json!(null));
    world.settle().await;
}

#[tokio::test]
async fn what_was_sealed_to_an_older_key_is_read_after_the_key_was_changed() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    assert_eq!(desk.sent(&[arrive(&world, &desk, "A", &["見本 花子"]).await]).await, ["stored"]);
    world.clock().advance(std::time::Duration::from_secs(1));
    let keeper = world.staff(&[(Duty::Administrator, AreaCode::municipality(HACHINOHE))]).await;
    let _ = keeper.post("/api/households/keys/02203/rotate", &json!({})).await.ok();
    assert_eq!(desk.sent(&[arrive(&world, &desk, "B", &["見本 太郎"]).await]).await, ["stored"]);
    // A process that starts after the change has never held the older key.
    Live::of(world.app()).unwrap().keyring().lock();
    assert_eq!(search(&desk, "見本").await, ["見本 太郎", "見本 花子"]);
    let keys = desk.caller.get("/api/reception/desk?municipality=02203").await.ok().json()["keys"].clone();
    assert_eq!(keys.as_array().unwrap().len(), 1, "desks seal to the new one alone");
    world.settle().await;
}

#[tokio::test]
async fn a_locked_kit_takes_admissions_and_reads_nothing() {
    let world = world_of(Role::Kit).await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let key = SecretKey::generate().unwrap();
    let kit = key.public("kit:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e30");
    let live = Live::of(world.app()).unwrap();
    live.keyring().seal_to([kit.clone()]);
    let context = desk.caller.get("/api/reception/desk?municipality=02203").await.ok().json();
    assert_eq!((&context["node"]["locked"], &context["node"]["role"]), (&json!(true), &json!("kit")));
    assert_eq!((&context["keys"][0]["kid"], &context["receipt_key"]), (&json!(kit.kid()), &json!(null)));

    let mut body = desk.body("check-in", &json!({ "subject": subject("A"), "counts": { "adults": 1 } }));
    let context = format!("event:{}", body["id"].as_str().unwrap());
    let content = json!({ "household": family(&["見本 花子"], "") }).to_string();
    let envelope = store::envelope::seal(&context, content.as_bytes(), std::slice::from_ref(&kit)).unwrap();
    body["sealed"] = serde_json::to_value(envelope).unwrap();
    let answer = desk.send(&[desk.sign(&body)]).await.ok().json();
    assert_eq!((&answer["results"][0]["state"], &answer["results"][0]["receipt"]), (&json!("stored"), &json!(null)));
    assert_eq!(answer["node"]["locked"], true);

    let one = format!("/api/reception/households/{}?disaster={}", subject("A"), id(DISASTER));
    let words = json!({ "words": "見本", "disaster": id(DISASTER), "municipality": HACHINOHE });
    for locked in [
        desk.caller.get(&households(ICHIKAWA)).await,
        desk.caller.get(&one).await,
        desk.caller.post("/api/reception/search", &words).await,
    ] {
        assert_eq!(code(&locked), (423, "locked".to_owned()));
    }
    let board = format!("/api/reception/shelters/{}/board?disaster={}", id(ICHIKAWA), id(DISASTER));
    assert_eq!(desk.caller.get(&board).await.ok().json()["persons"], 1);
    let scan = json!({ "code": "M1:000000000000000000000000000", "disaster": id(DISASTER), "shelter": id(ICHIKAWA) });
    assert_eq!(desk.caller.post("/api/reception/scan", &scan).await.ok().json()["assurance"], 1);

    live.keyring().unlock(key);
    let shown = desk.caller.get(&households(ICHIKAWA)).await.ok().json();
    assert_eq!(shown["households"][0]["household"]["persons"][0]["name"], "見本 花子", "at the desk where she stands");
    assert!(search(&desk, "見本").await.is_empty(), "nobody has told this kit whom to protect");
    live.keyring().lock();
    assert_eq!(desk.caller.get(&one).await.status, 423);
    world.settle().await;
    let everything = world.journal_text().await;
    assert!(!everything.contains("花子"));
}
