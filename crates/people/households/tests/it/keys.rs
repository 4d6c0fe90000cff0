//! The keys that a municipality is sealed to.

use households::{
    Token, blind, desk_keys_for_kits, desk_opener, opener, public_key, roster, roster_context, rotate_desk_key,
};
use http::Duty;
use serde_json::json;
use store::envelope::{self, SecretKey};

use crate::support::{actor, consent, id, kinds, registered, subject, town, world};

#[tokio::test]
async fn a_key_is_made_when_first_needed_and_kept_when_another_follows() {
    let world = world().await;
    assert!(opener(world.app(), "02203").await.unwrap().is_empty());
    let anybody = world.anonymous();
    let first = anybody.get("/api/households/keys/02203").await.ok().json();
    assert_eq!(anybody.get("/api/households/keys/02203").await.json(), first);
    assert_eq!(first["owner"], "municipality:02203");
    for place in ["13101", "02999", "x"] {
        assert_eq!(anybody.get(&format!("/api/households/keys/{place}")).await.status, 404, "{place}");
    }
    let sealed = {
        let to = public_key(world.app(), "02203").await.unwrap().unwrap();
        envelope::seal("event:1", "青森 花子".as_bytes(), &[to]).unwrap()
    };
    let office = world.staff(&[(Duty::Administrator, town("02203"))]).await;
    world.clock().advance(std::time::Duration::from_secs(1));
    let second = office.post("/api/households/keys/02203/rotate", &json!({})).await.ok().json();
    assert_ne!(second["kid"], first["kid"]);
    assert_eq!(anybody.get("/api/households/keys/02203").await.json(), second);
    let keys = opener(world.app(), "02203").await.unwrap();
    let kids: Vec<String> = keys.iter().map(SecretKey::kid).collect();
    assert_eq!(json!(kids), json!([second["kid"], first["kid"]]), "the newest first");
    assert_eq!(envelope::open("event:1", &sealed, &keys[1]).unwrap().as_slice(), "青森 花子".as_bytes());
    assert_eq!(kinds(&world).await, ["key_made", "key_made"]);
}

#[tokio::test]
async fn kits_are_given_the_keys_that_phones_may_still_have() {
    let world = world().await;
    let anybody = world.anonymous();
    let first = anybody.get("/api/households/keys/02203/desk").await.ok().json();
    assert_eq!(first["owner"], "desk:02203");
    assert_ne!(first["kid"], anybody.get("/api/households/keys/02203").await.json()["kid"], "not the key of cards");
    assert_eq!(anybody.get("/api/households/keys/13101/desk").await.status, 404);
    world.clock().advance(std::time::Duration::from_secs(1));
    let mut tx = world.app().store.write().await.unwrap();
    let system = http::Actor::system();
    let second = rotate_desk_key(world.app(), &mut tx, &system, "02203").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(anybody.get("/api/households/keys/02203/desk").await.json()["kid"], second.kid());
    let given = async || {
        let keys = desk_keys_for_kits(world.app(), "02203").await.unwrap();
        keys.iter().map(|key| json!(key.kid())).collect::<Vec<_>>()
    };
    assert_eq!(given().await, [json!(second.kid()), first["kid"].clone()]);
    world.clock().advance(std::time::Duration::from_hours(31 * 24));
    assert_eq!(given().await, [json!(second.kid())]);
    assert_eq!(desk_opener(world.app(), "02203").await.unwrap().len(), 2, "the centre reads on");
}

#[tokio::test]
async fn a_kit_gets_a_roster_that_only_it_can_read() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    let token = Token::new([3; 16]);
    let made = json!({ "command": id(101), "kind": "phone", "token": token.reveal() });
    let _token = phone.post("/api/households/mine/tokens", &made).await.ok();
    let kit = SecretKey::generate().unwrap();
    let clerk = actor(Duty::ShelterDesk, "02203");
    let given = async || {
        let (rows, next) = roster(world.app(), &clerk, "02203", None, b"roster", &kit.public("kit:1")).await.unwrap();
        assert_eq!(next, None);
        rows
    };
    let rows = given().await;
    assert_eq!((rows.len(), rows[0].subject), (1, subject(&phone).await));
    assert_eq!(rows[0].tokens, [(blind(b"roster", token.bytes()), false)]);
    assert_eq!((rows[0].signers.len(), rows[0].protected), (1, false));
    let card = |rows: &[households::RosterRow]| {
        let plain = envelope::open(&roster_context(rows[0].subject), &rows[0].card, &kit).unwrap();
        serde_json::from_slice::<households::Household>(&plain).unwrap()
    };
    let sent = serde_json::to_string(&rows[0]).unwrap();
    assert_eq!(serde_json::from_str::<households::RosterRow>(&sent).unwrap(), rows[0]);
    assert!(!sent.contains("花子") && !sent.contains(&token.reveal()));
    for (from, to) in [("\"subject\":\"", "\"subject\":\"x"), ("\"signers\":[\"", "\"signers\":[\"é")] {
        assert!(serde_json::from_str::<households::RosterRow>(&sent.replace(from, to)).is_err());
    }
    assert_eq!(card(&rows).persons[0].name, "八戸 花子");
    assert!(card(&rows).persons[0].needs.is_silent(), "needs are not shared beforehand");
    let _shared = consent(&phone, 102, "desk", true).await.ok();
    assert_eq!(card(&given().await).persons[0].needs.allergies, ["卵"]);
    let (elsewhere, _) = roster(world.app(), &clerk, "02201", None, b"roster", &kit.public("kit:1")).await.unwrap();
    assert!(elsewhere.is_empty());
}
