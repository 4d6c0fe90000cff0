//! Who is where: arrivals, departures and their corrections, on the boards.

use serde_json::{Value, json};

use crate::support::{Desk, HACHINOHE, ICHIKAWA, NEJO, board, id, subject, world};

#[tokio::test]
async fn a_day_of_one_household() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let of = subject("A");
    let numbers = |board: &Value| {
        let tally = |name: &str| {
            let counts = &board["occupancy"][name]["counts"];
            ["adults", "children", "infants"].iter().map(|kind| counts[kind].as_u64().unwrap()).sum::<u64>()
        };
        (tally("present"), tally("away"), tally("expected"))
    };
    let check = async |kind: &str, more: Value, at: u128, expected: (u64, u64, u64)| {
        let mut fields = json!({ "subject": of });
        for (field, value) in more.as_object().unwrap() {
            fields[field] = value.clone();
        }
        assert_eq!(desk.sent(&[desk.event(kind, &fields)]).await, ["stored"], "{kind}");
        assert_eq!(numbers(&board(&desk, at).await), expected, "after {kind}");
    };
    let family = json!({ "counts": { "adults": 2, "children": 1, "infants": 1 }, "stays": "car" });
    check("check-in", family, ICHIKAWA, (4, 0, 0)).await;
    check("leave", json!({}), ICHIKAWA, (0, 4, 0)).await;
    check("return", json!({ "counts": { "adults": 2, "children": 1, "infants": 1 } }), ICHIKAWA, (4, 0, 0)).await;
    check("move", json!({ "other": id(NEJO) }), ICHIKAWA, (0, 0, 0)).await;
    assert_eq!(numbers(&board(&desk, NEJO).await), (0, 0, 4), "on their way");
    let arrived = json!({ "shelter": id(NEJO), "counts": { "adults": 2, "children": 1, "infants": 1 } });
    check("check-in", arrived, NEJO, (4, 0, 0)).await;
    check("check-out", json!({ "shelter": id(NEJO) }), NEJO, (0, 0, 0)).await;
    assert_eq!(numbers(&board(&desk, ICHIKAWA).await), (0, 0, 0));

    let occupancy = format!("/api/reception/occupancy?disaster={}&municipality=02203", id(1));
    let occupancy = desk.caller.get(&occupancy).await.ok().json();
    let curve: Vec<u64> = occupancy["places"][0]["curve"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| point["persons"].as_u64().unwrap())
        .collect();
    assert_eq!(curve, [4, 0, 4, 0], "{occupancy}");
    world.settle().await;
}

#[tokio::test]
async fn two_desks_that_scan_one_card_in_the_same_second_count_it_once_and_both_show_it() {
    let world = world().await;
    let (first, second) = (Desk::open(&world, HACHINOHE, 1).await, Desk::open(&world, HACHINOHE, 2).await);
    let at = |desk: &Desk, shelter: u128| {
        desk.event(
            "check-in",
            &json!({ "subject": subject("A"), "counts": { "adults": 3 }, "shelter": id(shelter),
                "wall_ms": 1_765_203_300_000_i64, "mono_ms": 1 }),
        )
    };
    let (one, other) = (at(&first, ICHIKAWA), at(&second, NEJO));
    let (first_events, second_events) = ([one], [other]);
    let (one, other) = tokio::join!(first.sent(&first_events), second.sent(&second_events));
    assert_eq!((one, other), (vec!["stored".to_owned()], vec!["stored".to_owned()]));
    let (here, there) = (board(&first, ICHIKAWA).await, board(&first, NEJO).await);
    let persons = here["persons"].as_u64().unwrap() + there["persons"].as_u64().unwrap();
    assert_eq!(persons, 3, "counted once");
    assert_eq!((&here["two_places"], &there["two_places"]), (&json!(1), &json!(1)), "shown in both: {here} {there}");
    world.settle().await;
}

#[tokio::test]
async fn people_without_names_are_counted_and_named_later_without_being_counted_twice() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let counted = json!({ "subject": subject("A"), "counts": { "adults": 5, "wheelchair": 1 } });
    let events = [
        desk.event("count-only", &counted),
        // A card with nobody, and the longest one.
        desk.event("check-in", &json!({ "subject": subject("nobody"), "counts": {} })),
        desk.check_in("forty", 40),
    ];
    assert_eq!(desk.sent(&events).await, ["stored", "stored", "stored"]);
    let before = board(&desk, ICHIKAWA).await;
    assert_eq!((&before["persons"], &before["occupancy"]["counted_only"]), (&json!(45), &json!(1)));
    assert_eq!(before["occupancy"]["present"]["households"], 3);
    assert_eq!(desk.sent(&[desk.check_in("A", 4)]).await, ["stored"]);
    let after = board(&desk, ICHIKAWA).await;
    assert_eq!((&after["persons"], &after["occupancy"]["counted_only"]), (&json!(44), &json!(0)));
    world.settle().await;
}

#[tokio::test]
async fn doubles_are_linked_and_mistakes_taken_back_and_both_can_be_undone() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let persons = async || board(&desk, ICHIKAWA).await["persons"].clone();
    let (a, b) = (desk.check_in("A", 3), desk.check_in("B", 3));
    assert_eq!(desk.sent(&[a, b.clone()]).await, ["stored", "stored"]);
    assert_eq!(persons().await, 6);
    let pair = json!({ "subject": subject("A"), "other": subject("B") });
    for (kind, expected) in [("link", 3), ("unlink", 6)] {
        assert_eq!(desk.sent(&[desk.event(kind, &pair)]).await, ["stored"]);
        assert_eq!(persons().await, expected, "after {kind}");
    }
    let mistake: Value = serde_json::from_str(b["body"].as_str().unwrap()).unwrap();
    let void = desk.body("void", &json!({ "subject": subject("B"), "other": mistake["id"] }));
    assert_eq!(desk.sent(&[desk.sign(&void)]).await, ["stored"]);
    assert_eq!(persons().await, 3);
    let undo = desk.event("void", &json!({ "subject": subject("B"), "other": void["id"] }));
    assert_eq!(desk.sent(&[undo]).await, ["stored"]);
    assert_eq!(persons().await, 6);
    world.settle().await;
}

#[tokio::test]
async fn what_is_asked_for_and_what_happened_stands_on_the_board_until_it_is_answered() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let of = json!({ "subject": subject("A") });
    let asked = desk.body("request", &json!({}));
    let events = [
        desk.check_in("A", 2),
        desk.check_in("B", 1),
        desk.sign(&asked),
        desk.event("request", &of),
        desk.event("sick", &of),
        desk.event("incident", &json!({})),
        desk.event("note", &json!({})),
        desk.event("place", &of),
        desk.event("beamed-up", &of),
    ];
    assert!(desk.sent(&events).await.iter().all(|state| state == "stored"));
    let seen = board(&desk, ICHIKAWA).await;
    let figures = |board: &Value| {
        ["requests_open", "sick", "incidents", "notes", "not_understood"].map(|name| board[name].as_u64().unwrap())
    };
    assert_eq!(figures(&seen), [2, 1, 1, 1, 1]);
    assert_eq!(seen["places"], json!({ "given": 1, "waiting": 1 }));
    assert_eq!(seen["stays"], json!([{ "stays": "inside", "households": 2, "persons": 3 }]));
    let answer = desk.event("answer", &json!({ "other": asked["id"] }));
    assert_eq!(desk.sent(&[answer]).await, ["stored"]);
    assert_eq!(figures(&board(&desk, ICHIKAWA).await), [1, 1, 1, 1, 1]);
    world.settle().await;
}

#[tokio::test]
async fn the_public_learns_how_full_a_shelter_is() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    assert_eq!(desk.sent(&[desk.check_in("A", 2), desk.check_in("B", 3)]).await, ["stored", "stored"]);
    assert_eq!(reception::report_headcounts(world.app()).await.unwrap(), 1);
    assert_eq!(reception::report_headcounts(world.app()).await.unwrap(), 0, "said once");
    let shown = async || {
        let document = world.document("shelters/02203").await;
        let openings = document["openings"].as_array().unwrap().clone();
        let one = openings.into_iter().find(|one| one["facility"] == id(ICHIKAWA)).unwrap();
        (one["persons"].clone(), one["households"].clone())
    };
    assert_eq!(shown().await, (json!(5), json!(2)));
    // What staff counted at the door a moment ago is not made smaller by a desk that is behind.
    let clerk = world.staff(&[(http::Duty::Shelters, kernel::AreaCode::municipality(HACHINOHE))]).await;
    let count = json!({ "command": id(900), "disaster": id(1), "facility": id(ICHIKAWA), "persons": 60,
        "households": null, "counted_at": "2025-12-08T23:15:00+09:00" });
    let _ = clerk.post("/api/shelters/counts", &count).await.ok();
    assert_eq!(desk.sent(&[desk.check_in("C", 1)]).await, ["stored"]);
    assert_eq!(reception::report_headcounts(world.app()).await.unwrap(), 0);
    assert_eq!(shown().await.0, json!(60));
    world.clock().advance(std::time::Duration::from_mins(61));
    assert_eq!(reception::report_headcounts(world.app()).await.unwrap(), 1);
    assert_eq!(shown().await, (json!(6), json!(3)));
    world.settle().await;
}

#[tokio::test]
async fn a_process_that_starts_again_and_one_beside_it_see_the_same() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let events = [desk.check_in("A", 2), desk.check_in("B", 3)];
    assert_eq!(desk.sent(&events).await, ["stored", "stored"]);
    let before = board(&desk, ICHIKAWA).await;
    world.settle().await;
    reception::prepare(world.app()).await.unwrap();
    assert_eq!(board(&desk, ICHIKAWA).await, before);
    // A disaster that ended is forgotten; the other one stays.
    assert_eq!(before["persons"], 5);
    world.settle().await;
}
