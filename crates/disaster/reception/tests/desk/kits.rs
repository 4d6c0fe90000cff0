//! A kit and its centre: nobody lost, nobody counted twice, whatever happens to the line, the disk and the machine.

use reception::upstream::Cut;
use reception::{Role, stick};
use serde_json::{Value, json};
use testkit::World;

use crate::pair::{Kit, Line, clerk, enrol, events, kit, present};
use crate::scan::scan;
use crate::support::{Desk, HACHINOHE, Phone, family, world, world_of};

/// A kit that admitted households of 2, 3 and 4.
async fn admitted(kit: &Kit, number: u8) -> Desk {
    let desk = Desk::open(&kit.world, HACHINOHE, number).await;
    let cards =
        [("a", 2), ("b", 3), ("c", 4)].map(|(token, adults)| desk.check_in(&format!("{token}{number}"), adults));
    assert_eq!(desk.sent(&cards).await, ["stored"; 3]);
    desk
}

#[tokio::test]
async fn what_a_kit_admits_is_at_the_centre_and_the_other_way_round() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    kit.meet(&centre).await;
    let desk = admitted(&kit, 1).await;
    let there = Desk::open(&centre, HACHINOHE, 2).await;
    assert_eq!(there.sent(&[there.check_in("d", 5)]).await, ["stored"]);
    let round = kit.round(&centre).await.unwrap();
    assert_eq!((round.pulled, round.receipted, round.refused, round.waiting), (1, 3, 0, 0));
    assert_eq!((present(&centre).await, present(&kit.world).await), (14, 14));
    let again = kit.thorough(&centre).await.unwrap();
    assert_eq!((again.pulled, again.receipted, again.waiting, again.mended, again.restamped), (0, 0, 0, 0, 0));
    // Another desk of the kit scans a card that the centre's desk scanned: one household.
    assert_eq!(desk.sent(&[desk.check_in("d", 5)]).await, ["stored"]);
    assert_eq!(kit.round(&centre).await.unwrap().receipted, 1);
    assert_eq!((present(&centre).await, present(&kit.world).await), (14, 14));
    let list = clerk(&centre).await.get("/api/reception/kits").await.ok().json();
    assert_eq!(
        (&list[0]["waiting"], &list[0]["skew_ms"], &list[0]["name"]),
        (&json!(0), &json!(0), &json!("市川 1号"))
    );
    assert!(list[0]["seen_at"].is_string() && list[0]["revoked_at"].is_null());
    let books = kit.books().await;
    assert!(books.contact_at.is_some() && books.keys.len() == 1 && books.protection.is_some());
}

#[tokio::test]
async fn a_line_may_break_anywhere_and_nothing_is_lost_or_doubled() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    let desk = admitted(&kit, 1).await;
    for (at, state) in [Line::Gone, Line::Mute, Line::Torn, Line::Mute].into_iter().enumerate() {
        kit.line(state);
        assert!(matches!(kit.round(&centre).await, Err(Cut::Line(_))), "{state:?}");
        assert_eq!(
            desk.sent(&[desk.check_in(&format!("x{at}"), 1)]).await,
            ["stored"],
            "no click is refused meanwhile"
        );
    }
    kit.line(Line::Good);
    assert_eq!(kit.round(&centre).await.unwrap().waiting, 0);
    let (mut here, mut there) = (events(&kit.world).await, events(&centre).await);
    here.sort();
    there.sort();
    assert_eq!(here.len(), 7);
    assert_eq!(here, there);
    assert_eq!((present(&centre).await, present(&kit.world).await), (13, 13));
}

#[tokio::test]
async fn a_kit_whose_clock_stands_years_off_is_heard_all_the_same() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    admitted(&kit, 1).await;
    for at in ["2020-01-01T00:00:00+09:00", "2027-03-01T00:00:00+09:00"] {
        kit.world.clock().set(kernel::Timestamp::parse(at).unwrap());
        assert_eq!(kit.round(&centre).await.unwrap().waiting, 0, "{at}");
    }
    let list = clerk(&centre).await.get("/api/reception/kits").await.ok().json();
    assert!(list[0]["skew_ms"].as_i64().unwrap() > 400 * 86_400_000, "{list}");
    assert_eq!(present(&centre).await, 9);
}

#[tokio::test]
async fn a_restored_kit_says_so_begins_anew_and_gets_everything_back() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let first = kit(&identity, &centre).await;
    admitted(&first, 1).await;
    assert_eq!(first.round(&centre).await.unwrap().waiting, 0);
    // The disk of before the first admission.
    let restored = kit(&identity, &centre).await;
    let before = restored.books().await.kit;
    let round = restored.round(&centre).await.unwrap();
    assert!(round.renewed);
    restored.round(&centre).await.unwrap();
    assert_eq!((present(&centre).await, present(&restored.world).await), (9, 9));
    assert_eq!(before, restored.books().await.kit);
    assert!(centre.journal_kinds().await.contains(&"reception.kit_doubted".to_owned()));
    assert!(restored.world.journal_kinds().await.contains(&"reception.epoch_begun".to_owned()));
    assert!(!alarms(&restored.world, &first.world, &centre).is_empty());
}

#[tokio::test]
async fn two_copies_of_one_kit_both_go_on_and_lose_nothing() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let (one, two) = (kit(&identity, &centre).await, kit(&identity, &centre).await);
    admitted(&one, 1).await;
    admitted(&two, 2).await;
    let mut renewed = 0;
    for _ in 0..4 {
        renewed += usize::from(one.round(&centre).await.unwrap().renewed);
        renewed += usize::from(two.round(&centre).await.unwrap().renewed);
    }
    assert_eq!(renewed, 2, "each began a life of its own, once");
    assert_eq!(events(&centre).await.len(), 6);
    assert_eq!((present(&centre).await, present(&one.world).await, present(&two.world).await), (18, 18, 18));
    assert!(!alarms(&two.world, &one.world, &centre).is_empty());
}

#[tokio::test]
async fn a_restored_centre_is_offered_everything_again() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let mut kit = kit(&identity, &centre).await;
    kit.meet(&centre).await;
    admitted(&kit, 1).await;
    assert_eq!(kit.round(&centre).await.unwrap().receipted, 3);
    // Yesterday's backup of the centre: the same key, the same kit, none of its events, and a new life.
    let backup = world().await;
    let there = enrol(&backup).await;
    assert_eq!(there.enrolled.receipt_key, identity.enrolled.receipt_key, "a backup holds the same key");
    let live = reception::Live::of(backup.app()).unwrap();
    let fresh = live.node().unwrap().renew(backup.app(), kit.books().await.epoch()).await.unwrap();
    live.set_node(fresh);
    kit.call(&there, &backup);
    let round = kit.round(&backup).await.unwrap();
    // Three households, and what the clock showed, in either running of the program.
    assert!((4..=5).contains(&round.receipted) && round.waiting == 0, "{round:?}");
    assert_eq!((present(&backup).await, present(&kit.world).await), (9, 9));
}

#[tokio::test]
async fn what_differs_is_found_by_comparing_and_mended() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let mut kit = kit(&identity, &centre).await;
    kit.meet(&centre).await;
    admitted(&kit, 1).await;
    assert_eq!(kit.round(&centre).await.unwrap().receipted, 3);
    // A centre that claims the same life and lost the events.
    let hollow = world().await;
    let there = enrol(&hollow).await;
    kit.call(&there, &hollow);
    // All that is new is what the clock of the program that was started anew shows.
    kit.meet(&hollow).await;
    assert_eq!((events(&hollow).await.len(), present(&hollow).await), (0, 0), "receipts say that it has them");
    let mended = kit.thorough(&hollow).await.unwrap();
    assert_eq!((mended.mended, mended.receipted), (1, 4));
    assert_eq!(present(&hollow).await, 9);
    assert_eq!(kit.thorough(&hollow).await.unwrap().mended, 0);
    let _ = alarms(&kit.world, &hollow, &centre);
}

#[tokio::test]
async fn a_revoked_kit_adds_nothing_and_nobody_elses_request_is_a_kits() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    admitted(&kit, 1).await;
    let path = format!("/api/reception/kits/{}/revoke", identity.kit);
    assert_eq!(clerk(&centre).await.post(&path, &json!({})).await.status, 204);
    assert_eq!(clerk(&centre).await.post(&path, &json!({})).await.status, 204, "twice is once");
    assert!(matches!(kit.round(&centre).await, Err(Cut::Revoked)));
    assert!(events(&centre).await.is_empty());
    assert!(kit.books().await.revoked);
    let books = kit.books().await;
    let exported = stick::export(kit.world.app(), &books, &kit.key()).await.unwrap();
    assert!(exported.is_none(), "a kit that never heard the municipality's key has nobody to seal to");
    for header in ["", "Bearer x", "Mamori-Kit a:1:bbbbbbbb:c"] {
        let stranger = centre.anonymous().with_header("authorization", header);
        assert_eq!(stranger.post("/api/reception/sync/pull", &json!({})).await.status, 401, "{header}");
    }
}

#[tokio::test]
async fn what_a_lost_tablet_wrote_before_it_was_lost_is_counted_and_nothing_after() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    kit.round(&centre).await.unwrap();
    let lost = admitted(&kit, 1).await;
    // A minute later the laptop takes its word away while the line is cut.
    for world in [&centre, &kit.world] {
        world.clock().advance(std::time::Duration::from_mins(1));
    }
    let revoke = format!("/api/reception/devices/{}/revoke", lost.device);
    assert_eq!(lost.caller.post(&revoke, &json!({})).await.status, 204);
    assert_eq!(lost.sent(&[lost.check_in("thief", 9)]).await, ["quarantined device"]);
    kit.round(&centre).await.unwrap();
    assert_eq!((present(&centre).await, present(&kit.world).await), (9, 9));
    let office = centre.staff(&[(http::Duty::ShelterDesk, kernel::AreaCode::municipality(HACHINOHE))]).await;
    let devices = office.get("/api/reception/devices").await.ok().json();
    let known = devices.as_array().unwrap().iter().find(|one| one["device"] == lost.device.to_string()).unwrap();
    assert!(known["revoked_at"].is_string(), "the centre knows, too: {devices}");
    assert_eq!(alarms(&kit.world, &centre, &centre).len(), 1, "one event was set aside, at the kit");
}

#[tokio::test]
async fn a_tablet_that_the_centre_revoked_during_a_cut_keeps_what_the_kit_took_before() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    let there = Desk::open(&centre, HACHINOHE, 1).await;
    kit.round(&centre).await.unwrap();
    let lost = admitted(&kit, 1).await;
    kit.world.settle().await;
    let minute = std::time::Duration::from_mins(1);
    for world in [&centre, &kit.world] {
        world.clock().advance(minute);
    }
    let revoke = format!("/api/reception/devices/{}/revoke", lost.device);
    assert_eq!(there.caller.post(&revoke, &json!({})).await.status, 204);
    let round = kit.round(&centre).await.unwrap();
    assert_eq!((round.refused, round.waiting), (0, 0));
    assert_eq!(present(&centre).await, 9);
    assert_eq!(lost.sent(&[lost.check_in("late", 9)]).await, ["quarantined device"], "now it knows");
    // Another kit of the shelter gets them from the centre, though it heard first that the tablet is lost.
    let second = crate::pair::kit(&identity, &centre).await;
    second.round(&centre).await.unwrap();
    second.round(&centre).await.unwrap();
    assert_eq!(present(&second.world).await, 9);
    let _ = alarms(&kit.world, &second.world, &centre);
}

#[tokio::test]
async fn who_was_looked_at_on_a_kit_reads_it_at_the_centre() {
    let centre = world().await;
    let phone = Phone::registered(&centre, 20, &family(&["見本 花子"], "市川一")).await;
    let paper = phone.paper().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    kit.round(&centre).await.unwrap();
    let desk = Desk::open(&kit.world, HACHINOHE, 1).await;
    assert_eq!(scan(&desk, &paper).await["household"], Value::Null, "locked");
    assert!(phone.looked(&centre).await.is_empty());
    kit.unlock();
    assert_eq!(scan(&desk, &paper).await["household"]["persons"][0]["name"], "見本 花子");
    kit.line(Line::Mute);
    assert!(kit.round(&centre).await.is_err(), "told, and not heard that it was");
    kit.line(Line::Good);
    for _ in 0..2 {
        kit.round(&centre).await.unwrap();
        assert_eq!(phone.looked(&centre).await, [("municipality:02203".to_owned(), "reception".to_owned())]);
    }
}

#[tokio::test]
async fn events_of_a_later_program_travel_through_an_older_kit_untouched() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    kit.meet(&centre).await;
    let desk = Desk::open(&kit.world, HACHINOHE, 1).await;
    let later = json!({ "subject": crate::support::subject("z"), "of_a_later_form": { "deep": [1, "二"] } });
    let event = desk.event("blessing", &later);
    assert_eq!(desk.sent(std::slice::from_ref(&event)).await, ["stored"]);
    assert_eq!(kit.round(&centre).await.unwrap().receipted, 1);
    let entries = centre.journal().await;
    let there = entries.iter().find(|entry| entry.kind == "reception.unknown").unwrap().open_body();
    assert_eq!((&there["body"], &there["signature"]), (&event["body"], &event["signature"]));
}

#[tokio::test]
async fn a_stick_carries_everything_and_a_cut_one_what_is_whole() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    // In peacetime the kit heard the municipality's key; then the line was cut.
    kit.meet(&centre).await;
    let desk = Desk::open(&kit.world, HACHINOHE, 1).await;
    let cards: Vec<Value> = (0..450).map(|n| desk.check_in(&format!("s{n}"), 1)).collect();
    assert_eq!(desk.sent(&cards).await.len(), 450);
    kit.world.settle().await;
    let books = kit.books().await;
    let (text, count) = stick::export(kit.world.app(), &books, &kit.key()).await.unwrap().unwrap();
    assert_eq!((count, text.lines().count()), (450, 4));
    assert!(!text.contains("check-in"), "sealed");
    let clerk = clerk(&centre).await;
    let import = async |text: &str| {
        let reply = clerk.post_bytes("/api/reception/kits/import", "text/plain", text.as_bytes().to_vec()).await;
        centre.settle().await;
        reply
    };
    let half: String = text.chars().take(text.len() / 2).collect();
    let report = import(&half).await.ok().json();
    assert_eq!((&report["stored"], &report["missing"]), (&json!(200), &json!([2, 3])));
    let report = import(&text).await.ok().json();
    assert_eq!((&report["stored"], &report["already"], &report["missing"]), (&json!(250), &json!(200), &json!([])));
    let forged = text.replacen("\"part\":1", "\"part\":2", 1);
    let report = import(&forged).await.ok().json();
    assert_eq!((&report["stored"], &report["missing"]), (&json!(0), &json!([1])), "a part in another's place is none");
    for (text, status) in [("", 422), ("{}\n", 422), ("PDF\n…", 422)] {
        assert_eq!(import(text).await.status, status, "{text}");
    }
    assert_eq!(present(&centre).await, 450);
    // The answer goes back on the stick, and the kit offers nothing again.
    let whole =
        stick::import(centre.app(), &reception::Live::of(centre.app()).unwrap(), &text, |_| true).await.unwrap();
    let answer = stick::answer(&whole).unwrap();
    assert_eq!(stick::take_answer(kit.world.app(), &books, &answer).await.unwrap(), 450);
    assert!(stick::export(kit.world.app(), &books, &kit.key()).await.unwrap().is_none());
    assert!(stick::take_answer(kit.world.app(), &books, &text).await.is_err(), "not the centre's answer");
    let round = kit.round(&centre).await.unwrap();
    assert_eq!((round.receipted, round.waiting), (0, 0));
}

#[tokio::test]
async fn a_code_is_good_once_for_one_kit_and_one_day() {
    let centre = world().await;
    let clerk = clerk(&centre).await;
    let wanted = json!({ "municipality": HACHINOHE, "name": "市川 1号", "shelters": [] });
    let code = clerk.post("/api/reception/kits/codes", &wanted).await.ok().json()["code"].clone();
    let asked = |kit: u128| {
        let kit = uuid::Uuid::from_u128(kit);
        let key = store::envelope::SecretKey::from_bytes(&[9; 32]).unwrap().public(format!("kit:{kit}"));
        let device =
            reception::kits::RequestKey::from_pkcs8(&reception::kits::RequestKey::generate().unwrap()).unwrap();
        json!({ "code": code, "kit": kit, "device_key": device.public(), "public_key": key })
    };
    centre.clock().advance(std::time::Duration::from_hours(25));
    assert_eq!(centre.anonymous().post("/api/reception/kits/enrol", &asked(1)).await.status, 403, "over");
    let code = clerk.post("/api/reception/kits/codes", &wanted).await;
    assert_eq!(code.status, 401, "and so is the clerk's session");
    let kit_world = world_of(Role::Kit).await;
    assert_eq!(
        kit_world.anonymous().post("/api/reception/kits/enrol", &asked(1)).await.status,
        404,
        "a kit enrols nobody"
    );
}

/// What the worlds logged as errors; two of one thread share the newest one's ear.
fn alarms(first: &World, second: &World, third: &World) -> Vec<String> {
    [first, second, third].into_iter().flat_map(World::take_errors).collect()
}
