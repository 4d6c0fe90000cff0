//! Tokens: made, taken back, made anew, found.

use households::{Token, find_by_token, signers};
use serde_json::json;
use testkit::{Caller, Reply, World};

use crate::support::{code, id, kinds, registered, subject, world};

const TOKENS: &str = "/api/households/mine/tokens";

async fn make(phone: &Caller, command: u128, kind: &str, token: Option<String>) -> Reply {
    phone.post(TOKENS, &json!({ "command": id(command), "kind": kind, "token": token })).await
}

/// The subject behind a token, and whether it was taken back.
async fn found(world: &World, text: &str) -> Option<(u128, bool)> {
    let mut conn = world.store().read().await.unwrap();
    let found = find_by_token(world.app(), &mut conn, &Token::parse(text).unwrap()).await.unwrap();
    found.map(|found| (found.subject, found.revoked))
}

#[tokio::test]
async fn a_token_finds_its_household_and_a_revoked_one_says_so() {
    let world = world().await;
    let unknown = Token::new([9; 16]).reveal();
    assert_eq!(found(&world, &unknown).await, None, "before anything was registered");
    let phone = registered(&world, 100).await;
    let family = subject(&phone).await;
    let paper = make(&phone, 101, "paper", None).await.ok().json();
    assert_eq!(make(&phone, 101, "paper", None).await.json(), paper, "a repeat is the same token");
    assert_eq!(code(&make(&phone, 101, "phone", None).await), (409, "command-used".to_owned()));
    let text = paper["token"].as_str().unwrap();
    assert_eq!(found(&world, text).await, Some((family, false)));
    assert_eq!(found(&world, &unknown).await, None);

    let reissued = phone.post(&format!("{TOKENS}/{}/reissue", id(101)), &json!({ "command": id(102) })).await.ok();
    let again = phone.post(&format!("{TOKENS}/{}/reissue", id(101)), &json!({ "command": id(102) })).await.ok();
    assert_eq!(reissued.json(), again.json());
    assert_eq!(found(&world, text).await, Some((family, true)));
    let newer = reissued.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(found(&world, &newer).await, Some((family, false)));

    assert_eq!(phone.delete(&format!("{TOKENS}/{}", id(102))).await.status, 204);
    assert_eq!(phone.delete(&format!("{TOKENS}/{}", id(102))).await.status, 204);
    assert_eq!(phone.delete(&format!("{TOKENS}/{}", id(999))).await.status, 404);
    assert_eq!(found(&world, &newer).await, Some((family, true)));
    assert_eq!(kinds(&world).await, ["registered", "token_made", "token_revoked", "token_made", "token_revoked"]);
    for token in [text, newer.as_str()] {
        assert!(!world.journal_text().await.contains(token));
    }
}

#[tokio::test]
async fn a_phone_makes_its_own_and_a_card_is_its_own() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    let own = Token::new([3; 16]).reveal();
    assert_eq!(make(&phone, 101, "phone", Some(own.clone())).await.ok().json()["token"], own);
    let card = Token::of_card("04A1B2C3D4E5F6").reveal();
    assert_eq!(code(&make(&phone, 102, "card", None).await), (422, "invalid".to_owned()));
    assert_eq!(code(&make(&phone, 102, "card", Some("nonsense".to_owned())).await), (422, "invalid".to_owned()));
    let made = make(&phone, 102, "card", Some(card.clone())).await.ok().json();
    assert_eq!(made["token"], serde_json::Value::Null, "what a card is known by is not told");
    let reissue = phone.post(&format!("{TOKENS}/{}/reissue", id(102)), &json!({ "command": id(103) })).await;
    assert_eq!(code(&reissue), (409, "card-is-its-own".to_owned()));

    let neighbours = registered(&world, 200).await;
    assert_eq!(code(&make(&neighbours, 201, "card", Some(card.clone())).await), (409, "token-taken".to_owned()));
    assert_eq!(neighbours.delete(&format!("{TOKENS}/{}", id(102))).await.status, 404, "not theirs");
    assert_eq!(phone.delete(&format!("{TOKENS}/{}", id(102))).await.status, 204);
    assert_eq!(make(&neighbours, 201, "card", Some(card.clone())).await.status, 200, "given away, it is good again");
    assert_eq!(found(&world, &card).await, Some((subject(&neighbours).await, false)));
}

#[tokio::test]
async fn a_household_has_twenty_good_tokens_at_most() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    for n in 0..20 {
        let _made = make(&phone, 300 + n, "paper", None).await.ok();
    }
    assert_eq!(code(&make(&phone, 320, "paper", None).await), (409, "too-many-tokens".to_owned()));
    assert_eq!(phone.delete(&format!("{TOKENS}/{}", id(300))).await.status, 204);
    assert_eq!(make(&phone, 320, "paper", None).await.status, 200);
    assert_eq!(phone.get(TOKENS).await.ok().json().as_array().unwrap().len(), 21);
}

#[tokio::test]
async fn the_devices_of_a_family_sign_for_it_and_deleting_it_forgets_its_tokens() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    let text = make(&phone, 101, "phone", None).await.ok().json()["token"].as_str().unwrap().to_owned();
    let mut conn = world.store().read().await.unwrap();
    let token = Token::parse(&text).unwrap();
    let household = find_by_token(world.app(), &mut conn, &token).await.unwrap().unwrap().household;
    assert_eq!(signers(&mut conn, household).await.unwrap().len(), 1);
    drop(conn);
    assert_eq!(phone.delete("/api/households/mine").await.status, 204);
    assert_eq!(found(&world, &text).await, None);
    let mut conn = world.store().read().await.unwrap();
    assert!(signers(&mut conn, household).await.unwrap().is_empty());
}
