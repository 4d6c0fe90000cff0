//! A world with this room, people of 八戸市, and what they send.

use http::Duty;
use kernel::AreaCode;
use serde_json::{Value, json};
use testkit::{Caller, Reply, World};
use uuid::Uuid;

pub(crate) async fn world() -> World {
    let world = World::builder()
        .schemas(&[places::SCHEMA, shelters::SCHEMA])
        .routes(shelters::routes())
        .install(|builder| builder.extension(shelters::Nearest::default()))
        .build()
        .await;
    shelters::prepare(world.app()).await.unwrap();
    world.settle().await;
    world
}

/// Somebody with the duty for the shelters of a municipality.
pub(crate) async fn clerk(world: &World, jis5: &str) -> Caller {
    world.staff(&[(Duty::Shelters, AreaCode::municipality(jis5))]).await
}

pub(crate) fn id(n: u128) -> String {
    Uuid::from_u128(0x0193_9b1e_0000_7000_8000_0000_0000_0000 + n).to_string()
}

pub(crate) fn code(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned())
}

/// Declares a disaster under the given id.
pub(crate) async fn declare(clerk: &Caller, n: u128, mode: &str, municipalities: &[&str]) -> Reply {
    let wanted = json!({
        "command": id(n), "mode": mode, "name": "青森県東方沖の地震", "since": "2025-12-08T23:00:00+09:00",
        "municipalities": municipalities,
    });
    clerk.post("/api/shelters/disasters", &wanted).await
}

/// Adds an ad-hoc shelter; its id is that of the command.
pub(crate) async fn add(clerk: &Caller, n: u128, disaster: u128, name: &str, lat: f64, lon: f64) -> Reply {
    let wanted = json!({
        "command": id(n), "disaster": id(disaster), "municipality": "02203", "name": name, "address": null, "lat": lat,
        "lon": lon, "capacity": 40,
    });
    clerk.post("/api/shelters/adhoc", &wanted).await
}

/// A step of an opening.
pub(crate) fn step(n: u128, disaster: u128, facility: u128, state: &str, instead: Option<u128>) -> Value {
    json!({
        "command": id(n), "disaster": id(disaster), "facility": id(facility), "state": state, "reason": "津波警報の発表",
        "instead": instead.map(id), "note": null,
    })
}

pub(crate) async fn set(
    clerk: &Caller,
    n: u128,
    disaster: u128,
    facility: u128,
    state: &str,
    instead: Option<u128>,
) -> Reply {
    clerk.post("/api/shelters/openings", &step(n, disaster, facility, state, instead)).await
}

pub(crate) fn counted(
    n: u128,
    disaster: u128,
    facility: u128,
    persons: impl Into<Value>,
    households: impl Into<Value>,
    at: &str,
) -> Value {
    let (persons, households): (Value, Value) = (persons.into(), households.into());
    json!({
        "command": id(n), "disaster": id(disaster), "facility": id(facility), "persons": persons,
        "households": households, "counted_at": format!("2025-12-08T{at}:00+09:00"),
    })
}

/// The opening of a place in the document of 八戸市.
pub(crate) async fn shown(world: &World, document: &str, facility: u128) -> Option<Value> {
    let document = world.document(document).await;
    document["openings"].as_array().unwrap().iter().find(|one| one["facility"] == id(facility)).cloned()
}

/// Kinds of this room's journal entries, in order.
pub(crate) async fn kinds(world: &World) -> Vec<String> {
    let all = world.journal_kinds().await;
    all.into_iter().filter_map(|kind| kind.strip_prefix("shelters.").map(str::to_owned)).collect()
}
