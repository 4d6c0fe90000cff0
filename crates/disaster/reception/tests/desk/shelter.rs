//! A shelter as a whole: its log and its board by every desk, checkpoints that desks and kits share, people who are out while
//! their family stays.

use http::Duty;
use kernel::{AreaCode, areas};
use reception::Role;
use serde_json::{Value, json};
use testkit::World;

use crate::pair::{enrol, kit};
use crate::support::{
    DISASTER, Desk, HACHINOHE, ICHIKAWA, NEJO, Phone, board, code, family, id, seal, subject, world, world_of,
};

/// An event whose content is sealed to the municipality, and its id.
async fn sealed(world: &World, desk: &Desk, kind: &str, more: Value, content: Value) -> (Value, String) {
    let mut body = desk.body(kind, &more);
    body["sealed"] = seal(world, &body, &content).await;
    (desk.sign(&body), body["id"].as_str().unwrap().to_owned())
}

async fn log(desk: &Desk, more: &str) -> Value {
    let path = format!("/api/reception/shelters/{}/log?disaster={}{more}", id(ICHIKAWA), id(DISASTER));
    desk.caller.get(&path).await.ok().json()
}

fn kinds(log: &Value) -> Vec<&str> {
    log["lines"].as_array().unwrap().iter().map(|line| line["kind"].as_str().unwrap()).collect()
}

fn line<'a>(log: &'a Value, kind: &str) -> &'a Value {
    log["lines"].as_array().unwrap().iter().find(|line| line["kind"] == kind).unwrap()
}

#[tokio::test]
async fn every_desk_reads_what_the_others_wrote() {
    let world = world().await;
    let (first, second) = (Desk::open(&world, HACHINOHE, 1).await, Desk::open(&world, HACHINOHE, 2).await);
    let asked = json!({ "items": [{ "kind": "blanket", "count": 20 }, { "kind": "free", "words": "単三電池" }], "state": "asked" });
    let (request, request_id) = sealed(&world, &first, "request", json!({}), asked).await;
    let (note, _) = sealed(&world, &first, "note", json!({}), json!({ "words": "夜は裏口を閉める" })).await;
    let card = json!({ "household": family(&["見本 花子"], "市川一") });
    let of = json!({ "subject": subject("A"), "counts": { "adults": 1 } });
    let (come, _) = sealed(&world, &first, "check-in", of, card).await;
    let ill = json!({ "words": "38.5度の熱", "severity": "help" });
    let (sick, _) = sealed(&world, &first, "sick", json!({ "subject": subject("A") }), ill).await;
    let elsewhere = first.event("note", &json!({ "shelter": id(NEJO) }));
    assert_eq!(first.sent(&[request, note, come, sick, elsewhere]).await, ["stored"; 5]);

    let seen = log(&second, "").await;
    assert_eq!(kinds(&seen), ["sick", "note", "request"], "newest first, of this shelter alone");
    assert_eq!(line(&seen, "note")["words"]["words"], "夜は裏口を閉める");
    let ill = line(&seen, "sick");
    assert_eq!((&ill["name"], &ill["words"]["severity"]), (&json!("見本 花子"), &json!("help")));
    let request = line(&seen, "request");
    assert_eq!(
        (&request["state"], &request["answers"], &request["id"]),
        (&json!("asked"), &json!(0), &json!(request_id))
    );

    let on_its_way = json!({ "items": [], "state": "arranged" });
    let (answer, _) = sealed(&world, &second, "answer", json!({ "other": request_id }), on_its_way).await;
    assert_eq!(second.sent(&[answer]).await, ["stored"]);
    let seen = log(&first, "").await;
    assert_eq!((&line(&seen, "request")["state"], &line(&seen, "request")["answers"]), (&json!("arranged"), &json!(1)));
    assert_eq!(line(&seen, "answer")["other"], request_id);

    // What is old goes; what is asked for stays until it is done.
    world.clock().advance(std::time::Duration::from_hours(5 * 24));
    let (first, second) = (Desk::open(&world, HACHINOHE, 4).await, Desk::open(&world, HACHINOHE, 5).await);
    assert_eq!(kinds(&log(&first, "").await), ["request"]);
    assert_eq!(log(&first, "&days=30").await["lines"].as_array().unwrap().len(), 4);
    let done = json!({ "items": [], "state": "done" });
    let (answer, _) = sealed(&world, &second, "answer", json!({ "other": request_id }), done).await;
    assert_eq!(second.sent(&[answer]).await, ["stored"]);
    assert_eq!(kinds(&log(&first, "").await), Vec::<&str>::new());
    let path = format!("/api/reception/shelters/{}/log?disaster={}", id(ICHIKAWA), id(DISASTER));
    assert_eq!(code(&first.caller.get(&format!("{path}&days=0")).await), (422, "invalid".to_owned()));
    let stranger = Desk::unregistered(&world, "02201", 3).await;
    assert_eq!(stranger.caller.get(&path).await.status, 404);
    world.settle().await;
}

#[tokio::test]
async fn what_is_said_of_protected_people_is_told_only_where_they_stand() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let card = json!({ "household": family(&["見本 花子"], "市川一") });
    let of = json!({ "subject": subject("A"), "counts": { "adults": 1 } });
    let (come, _) = sealed(&world, &desk, "check-in", of, card).await;
    let (sick, _) = sealed(&world, &desk, "sick", json!({ "subject": subject("A") }), json!({ "words": "熱" })).await;
    assert_eq!(desk.sent(&[come, sick]).await, ["stored"; 2]);
    let keeper = world.staff(&[(Duty::Protection, areas::PREFECTURE)]).await;
    let line_of_list = json!({ "command": id(7_000), "municipality": HACHINOHE, "name": "見本 花子", "kana": "", "birth": "1950-04-01" });
    let _ = keeper.put("/api/households/protection", &line_of_list).await.ok();
    let there = log(&desk, "").await;
    assert_eq!(
        (&line(&there, "sick")["name"], &line(&there, "sick")["words"]["words"]),
        (&json!("見本 花子"), &json!("熱"))
    );
    assert_eq!(desk.sent(&[desk.event("check-out", &json!({ "subject": subject("A") }))]).await, ["stored"]);
    let gone = log(&desk, "").await;
    assert_eq!((&line(&gone, "sick")["name"], &line(&gone, "sick")["words"]), (&json!(null), &json!(null)));
    world.settle().await;
}

#[tokio::test]
async fn the_board_counts_needs_and_requests_and_names_nobody() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let mut household = family(&["見本 花子", "見本 太郎", "見本 次郎"], "市川一");
    household["persons"][0]["needs"] = json!({ "dialysis": true, "allergies": ["そば"] });
    household["persons"][1]["needs"] = json!({ "oxygen": true, "language": "vi", "mobility": "wheelchair" });
    household["persons"][2]["needs"] = json!({ "care": "care3" });
    let here = json!([household["persons"][0]["id"], household["persons"][1]["id"]]);
    let card = json!({ "household": household, "situation": { "here": here } });
    let of = json!({ "subject": subject("A"), "counts": { "adults": 2, "wheelchair": 1 } });
    let (come, _) = sealed(&world, &desk, "check-in", of, card).await;
    let asked = |count: u32| json!({ "items": [{ "kind": "blanket", "count": count }, { "kind": "free", "words": "見本の薬" }], "state": "asked" });
    let (one, one_id) = sealed(&world, &desk, "request", json!({}), asked(20)).await;
    let (two, _) = sealed(&world, &desk, "request", json!({ "subject": subject("A") }), asked(5)).await;
    let part = json!({ "items": [{ "kind": "blanket", "count": 8 }], "state": "done" });
    let (answer, _) = sealed(&world, &desk, "answer", json!({ "other": one_id }), part).await;
    let counted = desk.event("count-only", &json!({ "subject": subject("B"), "counts": { "adults": 3 } }));
    assert_eq!(desk.sent(&[come, one, two, answer, counted, desk.event("sick", &json!({}))]).await, ["stored"; 6]);
    let seen = board(&desk, ICHIKAWA).await;
    let needs = &seen["needs"];
    let of = |name: &str| needs[name].as_u64().unwrap();
    assert_eq!(
        ["known", "dialysis", "oxygen", "allergy", "wheelchair", "care", "elderly"].map(of),
        [2, 1, 1, 1, 1, 0, 2],
        "{needs}"
    );
    assert_eq!(needs["languages"], json!({ "vi": 1 }));
    assert_eq!(
        seen["requests"],
        json!([
            { "kind": "blanket", "asked": 17, "arranged": 0, "done": 8 }, { "kind": "free", "asked": 2, "arranged": 0, "done": 0 }
        ])
    );
    assert_eq!(seen["days"][0], json!({ "day": "2025-12-08", "sick": 1, "incidents": 0 }));
    assert_eq!(seen["days"].as_array().unwrap().len(), 7);
    assert!(!seen.to_string().contains("見本"), "a wall names nobody: {seen}");
    // Headquarters see the same; nobody elsewhere does.
    let path = format!("/api/reception/shelters/{}/board?disaster={}", id(ICHIKAWA), id(DISASTER));
    let watch = world.staff(&[(Duty::Watch, areas::PREFECTURE)]).await;
    assert_eq!(watch.get(&path).await.ok().json()["needs"], *needs);
    let elsewhere = world.staff(&[(Duty::Shelters, AreaCode::municipality("02201"))]).await;
    assert_eq!(elsewhere.get(&path).await.status, 404);
    world.settle().await;
}

#[tokio::test]
async fn a_locked_kit_tells_numbers_and_no_words() {
    let world = world_of(Role::Kit).await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let (note, _) = sealed(&world, &desk, "note", json!({}), json!({ "words": "夜は裏口を閉める" })).await;
    let (request, _) = sealed(&world, &desk, "request", json!({}), json!({ "items": [], "state": "asked" })).await;
    assert_eq!(desk.sent(&[note, request, desk.check_in("A", 2)]).await, ["stored"; 3]);
    let seen = log(&desk, "").await;
    assert_eq!((&seen["locked"], kinds(&seen)), (&json!(true), vec!["request", "note"]));
    assert!(seen["lines"].as_array().unwrap().iter().all(|line| line["words"].is_null() && line["state"].is_null()));
    let seen = board(&desk, ICHIKAWA).await;
    assert_eq!((&seen["needs"], &seen["requests"], &seen["requests_open"]), (&json!(null), &json!(null), &json!(1)));
    world.settle().await;
}

fn rule(name: &str) -> Value {
    json!({ "name": name, "kind": "meal", "min_minutes": 120, "per_day": 1, "who": "household" })
}

async fn rules(desk: &Desk) -> Vec<Value> {
    let path = format!("/api/reception/shelters/{}/rules?disaster={}", id(ICHIKAWA), id(DISASTER));
    desk.caller.get(&path).await.ok().json().as_array().unwrap().clone()
}

async fn warnings(desk: &Desk) -> Value {
    let asked = json!({ "disaster": id(DISASTER), "rule": id(800), "subject": subject("A") });
    let path = format!("/api/reception/shelters/{}/handouts/check", id(ICHIKAWA));
    desk.caller.post(&path, &asked).await.ok().json()["warnings"].clone()
}

#[tokio::test]
async fn a_checkpoint_is_the_same_at_every_desk_warns_of_giving_twice_and_blocks_nothing() {
    let world = world().await;
    let (desk, other) = (Desk::open(&world, HACHINOHE, 1).await, Desk::open(&world, HACHINOHE, 2).await);
    let made = desk.body("rule", &json!({ "other": id(800), "rule": rule("朝食") }));
    assert_eq!(desk.sent(&[desk.sign(&made)]).await, ["stored"]);
    let known = rules(&other).await;
    assert_eq!(
        (known.len(), &known[0]["id"], &known[0]["name"], &known[0]["by"]),
        (1, &json!(id(800)), &json!("朝食"), &made["id"])
    );
    assert_eq!(warnings(&other).await, json!(["not-here"]));
    assert_eq!(desk.sent(&[desk.check_in("A", 2)]).await, ["stored"]);
    assert_eq!(warnings(&other).await, json!([]));
    let given = desk.body("handout", &json!({ "subject": subject("A"), "other": id(800) }));
    assert_eq!(desk.sent(&[desk.sign(&given)]).await, ["stored"]);
    assert_eq!(warnings(&other).await, json!(["too-soon", "too-many-today"]));
    assert_eq!(rules(&other).await[0]["today"], 1);
    let again = other.body("handout", &json!({ "subject": subject("A"), "other": id(800) }));
    assert_eq!(other.sent(&[other.sign(&again)]).await, ["stored"], "the desk decides");
    let voids = [&given, &again].map(|one| desk.event("void", &json!({ "subject": subject("A"), "other": one["id"] })));
    assert_eq!(desk.sent(&voids).await, ["stored", "stored"]);
    assert_eq!(warnings(&other).await, json!([]));

    // Two desks change it, one upon the other; what a later program says of it is kept and changes nothing here.
    let changed = json!({ "other": id(800), "causes": [made["id"]], "rule": rule("朝食（2回目）") });
    let later = json!({ "other": id(800), "rule": { "name": "朝食", "kind": "meal", "who": "village" } });
    assert_eq!(other.sent(&[other.event("rule", &changed), other.event("rule", &later)]).await, ["stored", "stored"]);
    assert_eq!(rules(&desk).await[0]["name"], "朝食（2回目）");
    let mut ended = rule("朝食（2回目）");
    ended["ended"] = json!(true);
    let end = other.body("rule", &json!({ "other": id(800), "rule": ended, "causes": [rules(&desk).await[0]["by"]] }));
    assert_eq!(other.sent(&[other.sign(&end)]).await, ["stored"]);
    assert!(rules(&desk).await.is_empty());
    assert_eq!(desk.sent(&[desk.event("void", &json!({ "other": end["id"] }))]).await, ["stored"]);
    assert_eq!(rules(&desk).await.len(), 1, "taken back");
    assert_eq!(desk.sent(&[desk.event("rule", &json!({ "other": id(801) }))]).await, ["refused missing"]);
    world.settle().await;
}

#[tokio::test]
async fn a_kit_and_the_centre_hand_out_by_one_rule() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    let (there, here) = (Desk::open(&centre, HACHINOHE, 1).await, Desk::open(&kit.world, HACHINOHE, 2).await);
    let made = there.event("rule", &json!({ "other": id(800), "rule": rule("朝食") }));
    assert_eq!(there.sent(&[made, there.check_in("A", 2)]).await, ["stored", "stored"]);
    kit.round(&centre).await.unwrap();
    assert_eq!(rules(&here).await[0]["name"], "朝食");
    assert_eq!(warnings(&here).await, json!([]));
    // The line is cut; the kit gives, and the centre learns of it when the line is back.
    let given = here.event("handout", &json!({ "subject": subject("A"), "other": id(800) }));
    assert_eq!(here.sent(&[given]).await, ["stored"]);
    assert_eq!((warnings(&there).await, warnings(&here).await), (json!([]), json!(["too-soon", "too-many-today"])));
    kit.round(&centre).await.unwrap();
    assert_eq!(warnings(&there).await, json!(["too-soon", "too-many-today"]));
}

#[tokio::test]
async fn some_go_out_while_the_others_stay() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let household = family(&["見本 花子", "見本 太郎", "見本 次郎"], "市川一");
    let out = json!([household["persons"][1]["id"]]);
    let of = |counts: u32| json!({ "subject": subject("A"), "counts": { "adults": counts } });
    let (come, _) = sealed(&world, &desk, "check-in", of(3), json!({ "household": household })).await;
    let (leave, leave_id) = sealed(&world, &desk, "leave", of(2), json!({ "set": { "/situation/out": out } })).await;
    assert_eq!(desk.sent(&[come, leave]).await, ["stored", "stored"]);
    let figures = async || {
        let seen = board(&desk, ICHIKAWA).await;
        let tally = |name: &str| {
            let tally = &seen["occupancy"][name];
            (tally["households"].as_u64().unwrap(), tally["counts"]["adults"].as_u64().unwrap())
        };
        (tally("present"), tally("away"), seen["needs"]["known"].as_u64().unwrap())
    };
    assert_eq!(figures().await, ((1, 2), (0, 1), 2));
    let card = async || {
        let path = format!("/api/reception/households/{}?disaster={}", subject("A"), id(DISASTER));
        desk.caller.get(&path).await.ok().json()
    };
    let one = card().await;
    assert_eq!((&one["standing"]["presence"], &one["standing"]["out"]["adults"]), (&json!("in"), &json!(1)));
    assert_eq!(one["card"]["situation"]["out"], out);
    // The others go, too; then all come back.
    assert_eq!(desk.sent(&[desk.event("leave", &json!({ "subject": subject("A") }))]).await, ["stored"]);
    assert_eq!(figures().await, ((0, 0), (1, 3), 0));
    let (back, _) = sealed(
        &world,
        &desk,
        "return",
        json!({ "subject": subject("A") }),
        json!({ "set": { "/situation/out": null } }),
    )
    .await;
    assert_eq!(desk.sent(&[back]).await, ["stored"]);
    assert_eq!(figures().await, ((1, 3), (0, 0), 3));
    assert_eq!(card().await["card"]["situation"]["out"], json!(null));
    // It was a mistake that somebody went.
    let void = desk.event("void", &json!({ "subject": subject("A"), "other": leave_id }));
    assert_eq!(desk.sent(&[void]).await, ["stored"]);
    assert_eq!(figures().await, ((1, 3), (0, 0), 3));
    world.settle().await;
}

#[tokio::test]
async fn whoever_was_looked_at_without_a_name_reads_it_when_a_desk_knows_them() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let phone = Phone::registered(&world, 20, &family(&["見本 花子"], "市川一")).await;
    let card = json!({ "household": family(&["見本 花子"], "市川一") });
    let of = json!({ "subject": subject("walk-in"), "counts": { "adults": 1 } });
    let (come, _) = sealed(&world, &desk, "check-in", of, card).await;
    assert_eq!(desk.sent(&[come]).await, ["stored"]);
    let path = format!("/api/reception/households/{}?disaster={}", subject("walk-in"), id(DISASTER));
    assert_eq!(desk.caller.get(&path).await.ok().json()["household"]["persons"][0]["name"], "見本 花子");
    assert!(phone.looked(&world).await.is_empty());
    let pair = json!({ "subject": subject("walk-in"), "other": phone.subject().await });
    assert_eq!(desk.sent(&[desk.event("link", &pair)]).await, ["stored"]);
    assert_eq!(phone.looked(&world).await, [("municipality:02203".to_owned(), "reception".to_owned())]);
    assert_eq!(desk.sent(&[desk.event("unlink", &pair)]).await, ["stored"]);
    assert!(phone.looked(&world).await.is_empty());
    world.settle().await;
}
