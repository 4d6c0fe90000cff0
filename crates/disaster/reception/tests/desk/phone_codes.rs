//! Codes of phones at a kit that never heard of the family, after a key was changed, and where nobody could read them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use households::Token;
use serde_json::{Value, json};
use store::envelope::{self, PublicKey};
use testkit::World;

use crate::pair::{clerk, enrol, kit, present};
use crate::scan::{Shown, flags, scan, told};
use crate::support::{DISASTER, Desk, HACHINOHE, ICHIKAWA, Phone, family, id, public_key, world};

async fn desk_key(centre: &World) -> PublicKey {
    households::desk_key(centre.app(), HACHINOHE).await.unwrap().unwrap()
}

/// A registered family: its phone, the token on it, its subject.
async fn registered(centre: &World, name: &str) -> (Phone, Token, u128) {
    let phone = Phone::registered(centre, 20, &family(&[name], "市川一")).await;
    let token = Token::parse(&phone.paper().await).unwrap();
    let subject = u128::from_str_radix(&phone.subject().await, 16).unwrap();
    (phone, token, subject)
}

fn minute(world: &World) -> i64 {
    world.clock().now().secs() / 60
}

/// Names on the list of the shelter.
async fn names(desk: &Desk) -> Vec<Value> {
    let path = format!("/api/reception/shelters/{}/households?disaster={}", id(ICHIKAWA), id(DISASTER));
    let list = desk.caller.get(&path).await.ok().json();
    list["households"].as_array().unwrap().iter().map(|one| one["household"]["persons"][0]["name"].clone()).collect()
}

/// A count with what was scanned sealed along, as the page writes it where nothing can be read.
async fn counted(desk: &Desk, subject: &Value, code: &str) -> Value {
    let context = desk.caller.get("/api/reception/desk?municipality=02203").await.ok().json();
    let to: Vec<PublicKey> = serde_json::from_value(context["keys"].clone()).unwrap();
    let mut body = desk.body("count-only", &json!({ "subject": subject, "counts": { "adults": 2 } }));
    let place = format!("event:{}", body["id"].as_str().unwrap());
    let content = json!({ "scanned": code }).to_string();
    body["sealed"] = serde_json::to_value(envelope::seal(&place, content.as_bytes(), &to).unwrap()).unwrap();
    desk.sign(&body)
}

#[tokio::test]
async fn a_kit_reads_the_code_of_a_family_that_registered_after_its_last_contact() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    kit.round(&centre).await.unwrap();
    let (phone, token, subject) = registered(&centre, "見本 花子").await;
    let (key, household) = (desk_key(&centre).await, family(&["見本 花子"], "市川一"));
    let code =
        Shown { token: &token, subject, minute: minute(&centre), key: &key, household: &household }.by(&phone.key);
    let desk = Desk::open(&kit.world, HACHINOHE, 1).await;
    let counted = scan(&desk, &code).await;
    assert_eq!(told(&counted), (1, flags(&["unknown"]), None), "locked");
    kit.unlock();
    let shown = scan(&desk, &code).await;
    assert_eq!(shown["subject"], counted["subject"], "one family, counted before or not");
    assert_eq!(told(&shown), (1, flags(&["unknown"]), Some("見本 花子".to_owned())));
    assert_eq!(shown["subject"], format!("{subject:032x}"), "the family that it says it is");
    let arrived = desk.event("check-in", &json!({ "subject": shown["subject"], "counts": { "adults": 1 } }));
    assert_eq!(desk.sent(&[arrived]).await, ["stored"]);
    kit.round(&centre).await.unwrap();
    assert_eq!(present(&centre).await, 1);
    assert_eq!(phone.looked(&centre).await, [("municipality:02203".to_owned(), "reception".to_owned())]);
    let there = Desk::open(&centre, HACHINOHE, 2).await;
    assert_eq!(names(&there).await, ["見本 花子"], "one household with what it registered");
    // Locked again the kit has nothing to read with, and its disk has it sealed.
    let live = reception::Live::of(kit.world.app()).unwrap();
    live.keyring().lock();
    assert_eq!(told(&scan(&desk, &code).await).2, None);
    let secret = households::desk_opener(centre.app(), HACHINOHE).await.unwrap()[0].expose();
    let kept = serde_json::to_string(&kit.books().await).unwrap();
    assert!(!kept.contains(&B64.encode(secret.as_slice())));
}

#[tokio::test]
async fn a_lost_kit_changes_the_key_and_codes_under_the_old_one_are_still_read() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    kit.round(&centre).await.unwrap();
    let (phone, token, subject) = registered(&centre, "見本 花子").await;
    let (old, household) = (desk_key(&centre).await, family(&["見本 花子"], "市川一"));
    let code = |key: &PublicKey| {
        Shown { token: &token, subject, minute: minute(&centre), key, household: &household }.by(&phone.key)
    };
    // Another kit of the town is lost.
    centre.clock().advance(std::time::Duration::from_secs(1));
    let mut tx = centre.app().store.write().await.unwrap();
    let system = http::Actor::system();
    let new = households::rotate_desk_key(centre.app(), &mut tx, &system, HACHINOHE).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(desk_key(&centre).await.kid(), new.kid());
    assert_ne!(new.kid(), old.kid());
    let there = Desk::open(&centre, HACHINOHE, 2).await;
    for key in [&old, &new] {
        assert_eq!(told(&scan(&there, &code(key)).await), (2, flags(&[]), Some("見本 花子".to_owned())));
    }
    kit.round(&centre).await.unwrap();
    kit.unlock();
    assert_eq!(kit.books().await.desk_keys.len(), 2);
    let desk = Desk::open(&kit.world, HACHINOHE, 1).await;
    for key in [&old, &new] {
        assert_eq!(told(&scan(&desk, &code(key)).await).2, Some("見本 花子".to_owned()));
    }
    // This one is lost, too: whatever it read with is the key of nobody's phone from now on.
    let path = format!("/api/reception/kits/{}/revoke", identity.kit);
    assert_eq!(clerk(&centre).await.post(&path, &json!({})).await.status, 204);
    assert_ne!(desk_key(&centre).await.kid(), new.kid());
    assert!(kit.round(&centre).await.is_err());
    assert_eq!(kit.books().await.desk_keys.len(), 2, "it never hears the new one");
}

#[tokio::test]
async fn a_code_that_was_scanned_on_a_locked_kit_is_read_at_the_centre() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    kit.round(&centre).await.unwrap();
    let live = reception::Live::of(kit.world.app()).unwrap();
    reception::upstream::introduce(kit.world.app(), &live).await.unwrap();
    let (phone, token, subject) = registered(&centre, "見本 花子").await;
    let (key, household) = (desk_key(&centre).await, family(&["見本 花子（今の姓）"], "市川一"));
    let shown = Shown { token: &token, subject, minute: minute(&centre), key: &key, household: &household };
    let (thief, _) = public_key(99);
    let (code, forged) = (shown.by(&phone.key), shown.by(&thief));
    let desk = Desk::open(&kit.world, HACHINOHE, 1).await;
    let scanned = scan(&desk, &code).await;
    let own = counted(&desk, &scanned["subject"], &code).await;
    let paper = counted(&desk, &json!("00000000000000000000000000000001"), &token.reveal()).await;
    let false_one = counted(&desk, &json!("00000000000000000000000000000002"), &forged).await;
    assert_eq!(desk.sent(&[own, paper, false_one]).await, ["stored"; 3]);
    kit.round(&centre).await.unwrap();
    let there = Desk::open(&centre, HACHINOHE, 2).await;
    let mut read = names(&there).await;
    read.sort_by_key(ToString::to_string);
    assert_eq!(
        read,
        [json!("見本 花子"), json!("見本 花子（今の姓）"), Value::Null],
        "not the one that somebody else signed"
    );
    let whose = scanned["subject"].as_str().unwrap();
    let path = format!("/api/reception/households/{whose}?disaster={}", id(DISASTER));
    assert!(!there.caller.get(&path).await.ok().text().contains("M2:"), "the code itself is shown to nobody");
}
