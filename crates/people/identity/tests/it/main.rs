//! The room through its front door: a whole application, real sessions, real keys.

extern crate mamori_identity as identity;

mod accounts;
mod authenticator;
mod demo;
mod devices;
mod invitations;
mod sign_in;
mod strangers;

use http::Duty;
use kernel::{AreaCode, areas};
use serde_json::{Value, json};
use testkit::{Caller, World};

use crate::authenticator::Authenticator;

/// A world with this room only.
async fn world() -> World {
    World::builder().build().await
}

fn hachinohe() -> AreaCode {
    AreaCode::municipality("02203")
}

async fn prefecture_administrator(world: &World) -> Caller {
    world.staff(&[(Duty::Administrator, areas::PREFECTURE)]).await
}

/// Invites somebody and gives the secret of the link.
async fn invite(administrator: &Caller, name: &str, duty: &str, area: &str) -> String {
    let wanted = json!({ "name": name, "duties": [{ "duty": duty, "area": area }] });
    let invited = administrator.post("/api/identity/invitations", &wanted).await;
    assert_eq!(invited.status, 201, "{invited}");
    token(&invited.json())
}

fn token(link: &Value) -> String {
    link["url"].as_str().expect("a link").rsplit('/').next().expect("a secret").to_owned()
}

/// Takes an invitation up with a passkey, as a browser would.
async fn register(browser: &Caller, secret: &str, key: &mut Authenticator) -> testkit::Reply {
    let begun = browser.post(&format!("/api/identity/invitation/{secret}/begin"), &json!({})).await;
    assert_eq!(begun.status, 200, "{begun}");
    let begun = begun.json();
    let answer = json!({ "challenge": begun["challenge"], "credential": key.create(&begun["public_key"]) });
    browser.post(&format!("/api/identity/invitation/{secret}/finish"), &answer).await
}

/// Signs in with a passkey, as a browser would.
async fn sign_in(browser: &Caller, key: &mut Authenticator) -> testkit::Reply {
    let begun = browser.post("/api/identity/sign-in/begin", &json!({})).await.json();
    let answer = json!({ "challenge": begun["challenge"], "credential": key.get(&begun["public_key"]) });
    browser.post("/api/identity/sign-in/finish", &answer).await
}

async fn who(caller: &Caller) -> Value {
    let me = caller.get("/api/identity/me").await;
    assert_eq!(me.status, 200, "{me}");
    me.json()
}

#[tokio::test]
async fn the_tables_come_up_in_a_lived_in_database() {
    let database = testkit::database().await;
    database.store().await.migrate_lived_in(&identity::schemas()).await.expect("migrated");
}
