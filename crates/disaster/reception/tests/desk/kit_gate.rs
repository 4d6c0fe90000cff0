//! The gate of a kit: who is protected is shown to the desk where they stand, and to nobody else, though no register knows them.

use serde_json::{Value, json};
use store::envelope;
use testkit::World;

use crate::pair::{Kit, enrol, kit};
use crate::scan::protect;
use crate::support::{DISASTER, Desk, HACHINOHE, ICHIKAWA, family, id, subject, world};

/// A family that nobody registered, written by a desk of the kit and sealed to whom the kit says.
async fn walk_in(desk: &Desk, token: &str, name: &str) -> Value {
    let context = desk.caller.get("/api/reception/desk?municipality=02203").await.ok().json();
    let to: Vec<envelope::PublicKey> = serde_json::from_value(context["keys"].clone()).unwrap();
    let mut body = desk.body("check-in", &json!({ "subject": subject(token), "counts": { "adults": 1 } }));
    let content = json!({ "household": family(&[name], "市川一") }).to_string();
    let place = format!("event:{}", body["id"].as_str().unwrap());
    body["sealed"] = serde_json::to_value(envelope::seal(&place, content.as_bytes(), &to).unwrap()).unwrap();
    desk.sign(&body)
}

async fn found(desk: &Desk, shelter: Option<u128>) -> Vec<String> {
    let asked = json!({
        "words": "見本", "disaster": id(DISASTER), "municipality": HACHINOHE, "shelter": shelter.map(id),
    });
    let found = desk.caller.post("/api/reception/search", &asked).await.ok().json();
    names(&found)
}

/// Names on the list of the shelter.
async fn listed(desk: &Desk) -> Vec<String> {
    let path = format!("/api/reception/shelters/{}/households?disaster={}", id(ICHIKAWA), id(DISASTER));
    names(&desk.caller.get(&path).await.ok().json())
}

fn names(found: &Value) -> Vec<String> {
    let all = found["households"].as_array().unwrap().iter();
    let mut names: Vec<String> =
        all.filter_map(|one| one["household"]["persons"][0]["name"].as_str().map(str::to_owned)).collect();
    names.sort();
    names
}

async fn an_unlocked_kit(centre: &World) -> (Kit, Desk) {
    let identity = enrol(centre).await;
    let kit = kit(&identity, centre).await;
    reception::upstream::introduce(kit.world.app(), &reception::Live::of(kit.world.app()).unwrap()).await.unwrap();
    kit.unlock();
    let desk = Desk::open(&kit.world, HACHINOHE, 1).await;
    (kit, desk)
}

#[tokio::test]
async fn a_protected_walk_in_is_shown_where_she_stands_and_nowhere_else() {
    let centre = world().await;
    let (kit, desk) = an_unlocked_kit(&centre).await;
    protect(&centre, "見本 花子").await;
    kit.round(&centre).await.unwrap();
    let arrivals = [walk_in(&desk, "a", "見本 花子").await, walk_in(&desk, "b", "見本 太郎").await];
    assert_eq!(desk.sent(&arrivals).await, ["stored"; 2]);
    assert_eq!(listed(&desk).await, ["見本 太郎", "見本 花子"]);
    assert_eq!(found(&desk, Some(ICHIKAWA)).await, ["見本 太郎", "見本 花子"], "at the desk where she stands");
    assert_eq!(found(&desk, None).await, ["見本 太郎"], "and at no other");
    let gone = ["a", "b"].map(|token| desk.event("check-out", &json!({ "subject": subject(token) })));
    assert_eq!(desk.sent(&gone).await, ["stored"; 2]);
    assert_eq!(listed(&desk).await, ["見本 太郎"]);
    let live = reception::Live::of(kit.world.app()).unwrap();
    live.keyring().lock();
    kit.unlock();
    assert_eq!(listed(&desk).await, ["見本 太郎"], "the list is taken up again with the key");
}

#[tokio::test]
async fn a_kit_without_a_list_takes_everybody_for_protected() {
    let centre = world().await;
    let (kit, desk) = an_unlocked_kit(&centre).await;
    // Hears of the disaster, but nobody could give it a list: as if the first exchange had broken off there.
    kit.round(&centre).await.unwrap();
    let mut books = kit.books().await;
    books.protection = None;
    books.keep(kit.world.app()).await.unwrap();
    assert_eq!(desk.sent(&[walk_in(&desk, "a", "見本 花子").await]).await, ["stored"]);
    assert_eq!((found(&desk, None).await, found(&desk, Some(ICHIKAWA)).await.len()), (vec![], 1));
    kit.round(&centre).await.unwrap();
    assert_eq!(found(&desk, None).await, ["見本 花子"], "the centre gave one, and she is not on it");
}
