//! A world with alerts and notices, its devices and its staff.

use std::path::Path;

use http::Duty;
use kernel::{AreaCode, Mode};
use serde_json::{Value, json};
use testkit::{Caller, Reply, World};
use uuid::Uuid;

use crate::sink::Sink;

const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../sample/scenarios/2025-12-08-aomori-oki");

pub(crate) async fn world() -> World {
    world_with(Vec::new()).await
}

pub(crate) async fn world_with(webhooks: Vec<notices::Webhook>) -> World {
    let settings = notices::Settings { local_push: true, webhooks, ..notices::Settings::default() };
    let world = World::builder()
        .schemas(&[feeds::SCHEMA, alerts::SCHEMA, notices::SCHEMA])
        .routes(alerts::routes().merge(notices::routes()))
        .extra(notices::pages())
        .install(|builder| notices::install(builder, settings).unwrap())
        .reaction("alerts", |app| async move { alerts::catch_up(&app).await })
        .reaction("notices", |app| async move { notices::catch_up(&app).await })
        .build()
        .await;
    alerts::prepare(world.app()).await.unwrap();
    notices::prepare(world.app()).await.unwrap();
    world.settle().await;
    world
}

pub(crate) fn id(n: u128) -> String {
    Uuid::from_u128(0x0193_9b1e_0000_7000_8000_0000_0000_0000 + n).to_string()
}

pub(crate) fn code(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned())
}

/// A device of the sink that subscribed to municipalities.
pub(crate) struct Device {
    pub(crate) caller: Caller,
    pub(crate) id: String,
    wanted: Value,
}

impl Device {
    pub(crate) fn path(&self) -> String {
        format!("/api/notices/subscriptions/{}", self.id)
    }

    pub(crate) async fn change(&mut self, change: impl FnOnce(&mut Value)) {
        change(&mut self.wanted);
        let _kept = self.caller.put(&self.path(), &self.wanted).await.ok();
    }

    pub(crate) async fn leave(&self) {
        let _gone = self.caller.delete(&self.path()).await.ok();
    }
}

pub(crate) fn secret(n: u128) -> String {
    format!("Bearer secret-of-a-device-{n:010}")
}

/// What a device asks for by default, with the address of a browser.
pub(crate) async fn wanted(world: &World, sink: &Sink, sort: &str, name: &str, towns: &[&str]) -> Value {
    let key = world.document("notices/push").await["key"].as_str().unwrap().to_owned();
    let places: Vec<Value> = towns.iter().map(|code| json!({ "is": "municipality", "code": code })).collect();
    json!({
        "push": sink.push(sort, name, &key), "places": places,
        "kinds": { "tsunami": 3, "evacuation": 3, "quake": 4, "warning": 3, "office": true },
        "quiet": null, "language": "ja", "drills": true,
    })
}

pub(crate) async fn device(world: &World, sink: &Sink, n: u128, sort: &str, towns: &[&str]) -> Device {
    let caller = world.anonymous().with_header("authorization", secret(n));
    let wanted = wanted(world, sink, sort, &n.to_string(), towns).await;
    let device = Device { caller, id: id(n), wanted };
    let _kept = device.caller.put(&device.path(), &device.wanted).await.ok();
    device
}

/// A telegram of the sample arrives; `file` is the beginning of its name.
pub(crate) async fn telegram(world: &World, n: u128, file: &str, mode: Mode) {
    let name = std::fs::read_dir(Path::new(SCENARIO)).unwrap().map(|entry| entry.unwrap().path());
    let path = name.into_iter().find(|path| path.file_name().unwrap().to_string_lossy().starts_with(file)).unwrap();
    let mut text = std::fs::read_to_string(path).unwrap();
    if mode == Mode::Live {
        text = text.replace("<Status>訓練</Status>", "<Status>通常</Status>").replace("【訓練】", "");
    }
    let read = feeds::parse::parse(text.as_bytes(), None).unwrap();
    let id = Uuid::from_u128(0x0193_9b1e_0000_7000_8000_0000_0001_0000 + n);
    alerts::feed(world.app(), id, "test", mode, &read).await.unwrap();
    world.settle().await;
}

/// Everything that is due is sent.
pub(crate) async fn deliver(world: &World) -> usize {
    let sent = notices::deliver(world.app()).await.unwrap();
    world.settle().await;
    sent
}

/// Two people of 八戸市 who write and release.
pub(crate) async fn officer(world: &World) -> Caller {
    let officer = world.staff(&[(Duty::Notices, AreaCode::municipality("02203"))]).await;
    world.settle().await;
    officer
}

/// The ledger of the newest notice of a kind, as staff see it.
pub(crate) async fn ledger(caller: &Caller, notice: &str) -> Value {
    caller.get(&format!("/api/notices/{notice}")).await.ok().json()["ledger"].clone()
}

pub(crate) fn adds_up(ledger: &Value) -> bool {
    let states = ["queued", "sealed", "accepted", "shown", "expired", "gone", "failed", "stopped"];
    states.iter().map(|state| ledger[state].as_i64().unwrap()).sum::<i64>() == ledger["matched"].as_i64().unwrap()
}
