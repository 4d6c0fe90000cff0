//! Invite, join, leave, unlink.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Caller, Reply};

use crate::support::{code, consent, family, id, kinds, mine, put, registered, subject, world};

async fn invite(phone: &Caller, command: u128, person: Option<u128>) -> Reply {
    let wanted = json!({ "command": id(command), "person": person.map(id) });
    phone.post("/api/households/mine/invite", &wanted).await
}

async fn join(phone: &Caller, command: u128, code: &str) -> Reply {
    phone.post("/api/households/join", &json!({ "command": id(command), "code": code })).await
}

async fn leave(phone: &Caller, command: u128, person: Option<u128>) -> Reply {
    let wanted = json!({ "command": id(command), "person": person.map(id) });
    phone.post("/api/households/leave", &wanted).await
}

fn code_of(reply: &Reply) -> String {
    reply.json()["code"].as_str().unwrap().to_owned()
}

fn device(phone: &Caller) -> String {
    format!("/api/households/mine/devices/{}", phone.device().unwrap())
}

#[tokio::test]
async fn a_code_links_one_device_once() {
    let world = world().await;
    let (mother, son, stranger) = (registered(&world, 100).await, world.device().await, world.device().await);
    let invited = invite(&mother, 101, Some(2)).await.ok();
    assert_eq!(invite(&mother, 101, Some(2)).await.json(), invited.json(), "a repeat gives the same code");
    assert_eq!(code(&join(&son, 110, "0000-0000").await), (422, "invalid".to_owned()));
    let joined = join(&son, 111, &code_of(&invited).to_lowercase()).await.ok().json();
    assert_eq!((&joined["guardian"], &joined["person"]), (&json!(false), &json!(id(2))));
    assert_eq!(joined["household"], mine(&mother).await["household"]);
    assert_eq!(join(&son, 111, &code_of(&invited).to_lowercase()).await.json(), joined, "a repeat changes nothing");
    assert_eq!(code(&join(&stranger, 112, &code_of(&invited)).await), (422, "invalid".to_owned()), "it was good once");
    assert_eq!(code(&join(&mother, 113, &code_of(&invited)).await), (409, "already-registered".to_owned()));
    assert_eq!(kinds(&world).await, ["registered", "invited", "joined"]);
    assert!(!world.journal_text().await.contains(&code_of(&invited)));
}

#[tokio::test]
async fn a_code_expires_and_cannot_be_guessed() {
    let world = world().await;
    let (mother, son) = (registered(&world, 100).await, world.device().await);
    let late = code_of(&invite(&mother, 101, None).await.ok());
    world.clock().advance(Duration::from_mins(31));
    assert_eq!(code(&join(&son, 110, &late).await), (422, "invalid".to_owned()));
    for n in 0..9 {
        assert_eq!(join(&son, 120 + n, "0000-0000").await.status, 422);
    }
    let good = code_of(&invite(&mother, 102, None).await.ok());
    assert_eq!(code(&join(&son, 130, &good).await), (429, "too-many-requests".to_owned()));
    world.clock().advance(Duration::from_mins(11));
    assert_eq!(join(&son, 130, &good).await.status, 200);
}

#[tokio::test]
async fn a_member_changes_the_own_entry_and_no_other() {
    let world = world().await;
    let (mother, son) = (registered(&world, 100).await, world.device().await);
    let _joined = join(&son, 110, &code_of(&invite(&mother, 101, Some(2)).await)).await.ok();
    let household = |change: fn(&mut Value)| {
        let mut household = family();
        change(&mut household);
        household
    };
    let own = household(|all| all["persons"][1]["needs"] = json!({ "medicines": ["ワルファリン"] }));
    assert_eq!(put(&son, 120, 1, &own).await.ok().json()["revision"], 2);
    let others = household(|all| all["persons"][0]["name"] = json!("誰か"));
    assert_eq!(code(&put(&son, 121, 2, &others).await), (403, "guardian-only".to_owned()));
    assert_eq!(code(&put(&son, 122, 1, &own).await), (409, "stale-revision".to_owned()));
    for refused in [
        invite(&son, 123, None).await,
        consent(&son, 124, "safety", true).await,
        son.delete("/api/households/mine").await,
        son.delete(&device(&mother)).await,
        son.put(&device(&son), &json!({ "guardian": true })).await,
    ] {
        assert_eq!(code(&refused), (403, "guardian-only".to_owned()));
    }
}

#[tokio::test]
async fn a_member_leaves_with_the_own_entry_alone() {
    let world = world().await;
    let (mother, son) = (registered(&world, 100).await, world.device().await);
    let _joined = join(&son, 110, &code_of(&invite(&mother, 101, Some(2)).await)).await.ok();
    let token = json!({ "command": id(111), "kind": "phone" });
    let _token = son.post("/api/households/mine/tokens", &token).await.ok();
    assert_eq!(code(&leave(&son, 120, Some(1)).await), (409, "not-your-entry".to_owned()));
    assert_eq!(code(&leave(&mother, 121, None).await), (409, "last-guardian".to_owned()));
    assert_eq!(leave(&son, 122, Some(2)).await.status, 204);
    assert_eq!(leave(&son, 122, Some(2)).await.status, 204, "a repeat changes nothing");
    let (hers, his) = (mine(&mother).await, mine(&son).await);
    assert_eq!(hers["household"]["persons"].as_array().unwrap().len(), 1);
    assert_eq!(his["household"]["persons"][0]["id"], id(2));
    assert_eq!((&his["household"]["address"], &his["household"]["mobile"]), (&json!("内丸一丁目"), &Value::Null));
    assert_eq!((&his["guardian"], &his["revision"]), (&json!(true), &json!(1)));
    assert_ne!(subject(&mother).await, subject(&son).await);
    let tokens = mother.get("/api/households/mine/tokens").await.ok().json();
    assert_ne!(tokens[0]["revoked_at"], Value::Null, "the code on his screen is hers no more");
    assert_eq!(kinds(&world).await, ["registered", "invited", "joined", "token_made", "changed", "left", "registered"]);
}

#[tokio::test]
async fn somebody_always_manages_the_family() {
    let world = world().await;
    let (mother, son) = (registered(&world, 100).await, world.device().await);
    let _joined = join(&son, 110, &code_of(&invite(&mother, 101, None).await)).await.ok();
    let demote = mother.put(&device(&mother), &json!({ "guardian": false })).await;
    assert_eq!(code(&demote), (409, "last-guardian".to_owned()));
    assert_eq!(code(&mother.delete(&device(&mother)).await), (409, "last-guardian".to_owned()));
    assert_eq!(mother.put(&device(&son), &json!({ "guardian": true })).await.status, 204);
    assert_eq!(leave(&mother, 120, None).await.status, 204);
    assert_eq!(mother.get("/api/households/mine").await.status, 404);
    assert_eq!(mine(&son).await["guardian"], true);
    let stranger = world.device().await;
    assert_eq!(code(&son.delete(&device(&stranger)).await), (404, "not-found".to_owned()));
}

#[tokio::test]
async fn a_lost_phone_is_unlinked() {
    let world = world().await;
    let (mother, lost) = (registered(&world, 100).await, world.device().await);
    let _joined = join(&lost, 110, &code_of(&invite(&mother, 101, Some(2)).await)).await.ok();
    let devices = mother.get("/api/households/mine/devices").await.ok().json();
    assert_eq!(devices.as_array().unwrap().len(), 2);
    assert_eq!(mother.delete(&device(&lost)).await.status, 204);
    assert_eq!(lost.get("/api/households/mine").await.status, 404);
    assert_eq!(mine(&mother).await["household"]["persons"].as_array().unwrap().len(), 2);
}
