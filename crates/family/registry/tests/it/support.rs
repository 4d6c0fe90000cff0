//! A world with this room, clerks, and what they send.

use http::Duty;
use kernel::AreaCode;
use serde_json::{Value, json};
use testkit::{Caller, Reply, World};
use uuid::Uuid;

pub(crate) async fn world() -> World {
    let world = World::builder()
        .schemas(&[registry::SCHEMA])
        .routes(registry::routes())
        .install(registry::install)
        .at("2026-11-28T09:00:00+09:00")
        .build()
        .await;
    registry::prepare(world.app()).await.unwrap();
    world.settle().await;
    world
}

/// Somebody who keeps the programmes of a municipality.
pub(crate) async fn clerk(world: &World, jis5: &str) -> Caller {
    world.staff(&[(Duty::Programmes, AreaCode::municipality(jis5))]).await
}

pub(crate) fn id(n: u128) -> String {
    Uuid::from_u128(0x0193_9b1e_0000_7000_8000_0000_0000_0000 + n).to_string()
}

pub(crate) fn code(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned())
}

/// A programme for children below an age, with a case on each side of the edge.
pub(crate) fn content(name: &str, below_months: i64) -> Value {
    let case = |name: &str, birth: &str, verdict: &str| {
        json!({
            "name": name, "on": "2026-11-28", "verdict": verdict,
            "profile": { "people": [{ "role": "child", "birth": birth }], "complete": true }
        })
    };
    json!({
        "topic": "family",
        "record": {
            "institutionName": { "canonicalName": name }, "summary": "絵本をお渡しします。",
            "area": { "areaCode": "022039;八戸市", "areaText": null }
        },
        "rule": { "condition": { "someone": { "roles": ["child"], "where": { "test": {
            "attribute": "age_months", "op": "less_than", "value": below_months,
            "source": { "text": "対象の月齢", "law": "八戸市ブックスタート事業実施要綱" }
        } } } } },
        "cases": [case("6か月の子", "2026-05-28", "yes"), case("3歳の子", "2023-05-28", "no")]
    })
}

pub(crate) async fn create(clerk: &Caller, n: u128, area: &str, key: &str, content: &Value, from: &str) -> Reply {
    let wanted = json!({ "command": id(n), "area": area, "key": key, "valid_from": from, "content": content });
    clerk.post("/api/registry/programmes", &wanted).await
}

/// A step on a programme: `review`, `publish`, `withdraw`.
pub(crate) async fn step(clerk: &Caller, n: u128, programme: u128, step: &str, revision: i64) -> Reply {
    let wanted = json!({ "command": id(n), "revision": revision });
    clerk.post(&format!("/api/registry/programmes/{}/{step}", id(programme)), &wanted).await
}

/// The answer for a profile, by key.
pub(crate) async fn answers(world: &World, profile: &Value) -> Value {
    let asked = json!({ "profile": profile, "include_no": true });
    let reply = world.anonymous().post("/api/registry/match", &asked).await.ok().json();
    let programmes = reply["programmes"].as_array().unwrap();
    programmes
        .iter()
        .map(|one| (one["key"].as_str().unwrap().to_owned(), one.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
