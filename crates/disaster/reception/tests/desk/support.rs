//! A world with this room, shelters of 八戸市 and desks whose devices really sign.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::Duty;
use kernel::AreaCode;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use reception::Role;
use serde_json::{Value, json};
use testkit::{Caller, Reply, World};
use uuid::Uuid;

pub(crate) const HACHINOHE: &str = "02203";
/// The disaster and the two shelters of every world.
pub(crate) const DISASTER: u128 = 1;
pub(crate) const ICHIKAWA: u128 = 2;
pub(crate) const NEJO: u128 = 3;

pub(crate) async fn world() -> World {
    world_of(Role::Centre).await
}

/// A world with the room, not prepared: nothing is known and nobody is there.
pub(crate) async fn bare(role: Role) -> World {
    World::builder()
        .schemas(&[households::SCHEMA, places::SCHEMA, shelters::SCHEMA, reception::SCHEMA])
        .routes(households::routes())
        .routes(shelters::routes())
        .routes(reception::routes())
        .install(move |builder| reception::install(builder.extension(shelters::Nearest::default()), role))
        .reaction("reception", |app| async move { reception::catch_up(&app).await })
        .build()
        .await
}

pub(crate) async fn world_of(role: Role) -> World {
    let world = bare(role).await;
    shelters::prepare(world.app()).await.unwrap();
    reception::prepare(world.app()).await.unwrap();
    let clerk = world.staff(&[(Duty::Shelters, AreaCode::municipality(HACHINOHE))]).await;
    let declared = json!({
        "command": id(DISASTER), "mode": "live", "name": "青森県東方沖の地震", "since": "2025-12-08T23:00:00+09:00",
        "municipalities": [HACHINOHE],
    });
    let _ = clerk.post("/api/shelters/disasters", &declared).await.ok();
    for (n, name) in [(ICHIKAWA, "市川集会所"), (NEJO, "根城会館")] {
        let place = json!({
            "command": id(n), "disaster": id(DISASTER), "municipality": HACHINOHE, "name": name, "address": null,
            "lat": 40.5, "lon": 141.45, "capacity": 40,
        });
        let _ = clerk.post("/api/shelters/adhoc", &place).await.ok();
        let step = json!({
            "command": id(n + 50), "disaster": id(DISASTER), "facility": id(n), "state": "open",
            "reason": "津波警報の発表", "instead": null, "note": null,
        });
        let _ = clerk.post("/api/shelters/openings", &step).await.ok();
    }
    world.settle().await;
    world
}

pub(crate) fn id(n: u128) -> String {
    Uuid::from_u128(0x0193_9b1e_0000_7000_8000_0000_0000_0000 + n).to_string()
}

pub(crate) fn code(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned())
}

/// A subject as a desk derives it from a token.
pub(crate) fn subject(token: &str) -> String {
    reception::Subject::of_token(token.as_bytes()).to_string()
}

/// A page at a desk: a member of staff, and a device with a key of its own.
pub(crate) struct Desk {
    pub(crate) caller: Caller,
    pub(crate) device: Uuid,
    pub(crate) boot: Uuid,
    key: SigningKey,
    municipality: String,
    made: AtomicU64,
    number: u128,
}

/// The public half of the key with this number.
pub(crate) fn public_key(number: u8) -> (SigningKey, String) {
    let key = SigningKey::from_slice(&[number; 32]).unwrap();
    let public = B64.encode(key.verifying_key().to_sec1_point(false).as_bytes());
    (key, public)
}

impl Desk {
    /// A registered desk of the municipality.
    pub(crate) async fn open(world: &World, jis5: &str, number: u8) -> Self {
        let desk = Self::unregistered(world, jis5, number).await;
        let (_, key) = public_key(number);
        let answer = desk.caller.post("/api/reception/devices", &json!({ "key": key, "municipality": jis5 })).await;
        assert_eq!(answer.ok().json()["device"], desk.device.to_string());
        desk
    }

    /// A desk whose device nobody registered.
    pub(crate) async fn unregistered(world: &World, jis5: &str, number: u8) -> Self {
        let caller = world.staff(&[(Duty::ShelterDesk, AreaCode::municipality(jis5))]).await;
        let (key, public) = public_key(number);
        let device = reception::device_of(&identity::DeviceKey::parse(&public).unwrap());
        Self {
            caller,
            device,
            boot: Uuid::from_u128(0x0193_9b1e_0000_7000_9000_0000_0000_0000 + u128::from(number)),
            key,
            municipality: jis5.to_owned(),
            made: AtomicU64::new(0),
            number: u128::from(number),
        }
    }

    /// An event's body with what every event has; `more` adds or replaces fields.
    pub(crate) fn body(&self, kind: &str, more: &Value) -> Value {
        let n = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        let mut body = json!({
            "id": Uuid::from_u128(0x0193_9b1e_0000_7000_a000_0000_0000_0000 + (self.number << 40) + u128::from(n)),
            "schema": 1, "kind": kind, "mode": "live", "disaster": id(DISASTER), "shelter": id(ICHIKAWA),
            "municipality": self.municipality, "assurance": 1, "actor": "desk", "device": self.device,
            "boot": self.boot, "mono_ms": n * 1_000, "wall_ms": 1_765_203_300_000_i64 + i64::try_from(n).unwrap() * 1_000,
        });
        for (field, value) in more.as_object().unwrap() {
            body[field] = value.clone();
        }
        body
    }

    /// The body signed.
    pub(crate) fn sign(&self, body: &Value) -> Value {
        let text = body.to_string();
        let signature: Signature = self.key.sign(text.as_bytes());
        json!({ "body": text, "signature": B64.encode(signature.to_bytes()) })
    }

    /// An event, signed.
    pub(crate) fn event(&self, kind: &str, more: &Value) -> Value {
        self.sign(&self.body(kind, more))
    }

    /// A household of so many adults arrives.
    pub(crate) fn check_in(&self, token: &str, adults: u32) -> Value {
        self.event("check-in", &json!({ "subject": subject(token), "counts": { "adults": adults }, "stays": "inside" }))
    }

    pub(crate) async fn send(&self, events: &[Value]) -> Reply {
        self.caller.post("/api/reception/events", &json!({ "events": events })).await
    }

    /// Sends and answers state and code of each.
    pub(crate) async fn sent(&self, events: &[Value]) -> Vec<String> {
        let reply = self.send(events).await.ok().json();
        let results = reply["results"].as_array().unwrap().iter();
        results
            .map(|one| match one["code"].as_str() {
                Some(code) => format!("{} {code}", one["state"].as_str().unwrap()),
                None => one["state"].as_str().unwrap().to_owned(),
            })
            .collect()
    }
}

/// A shelter's board.
pub(crate) async fn board(desk: &Desk, facility: u128) -> Value {
    let path = format!("/api/reception/shelters/{}/board?disaster={}", id(facility), id(DISASTER));
    desk.caller.get(&path).await.ok().json()
}

/// A resident's phone that registered a family in 八戸市.
pub(crate) struct Phone {
    pub(crate) caller: Caller,
    pub(crate) key: SigningKey,
    number: u128,
}

impl Phone {
    pub(crate) async fn registered(world: &World, number: u8, household: &Value) -> Self {
        let (key, public) = public_key(number);
        let caller = world.anonymous();
        let _ = caller.post("/api/identity/devices", &json!({ "key": public })).await.ok();
        let nonce = caller.post("/api/identity/devices/nonce", &json!({})).await.ok().json();
        let signature: Signature = key.sign(nonce["message"].as_str().unwrap().as_bytes());
        let proof = json!({
            "challenge": nonce["challenge"], "key": public, "signature": B64.encode(signature.to_bytes())
        });
        let _ = caller.post("/api/identity/devices/session", &proof).await.ok();
        let phone = Self { caller, key, number: u128::from(number) * 1_000 };
        let wanted = json!({ "command": id(phone.number), "revision": 0, "household": household });
        let _ = phone.caller.put("/api/households/mine", &wanted).await.ok();
        phone
    }

    pub(crate) async fn subject(&self) -> String {
        let mine = self.caller.get("/api/households/mine").await.ok().json();
        mine["subject"].as_str().unwrap().to_owned()
    }

    /// A token on paper.
    pub(crate) async fn paper(&self) -> String {
        let wanted = json!({ "command": id(self.number + 1), "kind": "paper" });
        let made = self.caller.post("/api/households/mine/tokens", &wanted).await.ok().json();
        made["token"].as_str().unwrap().to_owned()
    }

    /// Takes the token on paper back.
    pub(crate) async fn revoke_paper(&self) {
        let path = format!("/api/households/mine/tokens/{}", id(self.number + 1));
        assert_eq!(self.caller.delete(&path).await.status, 204);
    }

    /// Who looked, for what, newest first.
    pub(crate) async fn looked(&self, world: &World) -> Vec<(String, String)> {
        // On PostgreSQL entries are read once they have their places.
        world.settle().await;
        let looks = self.caller.get("/api/households/mine/looked").await.ok().json();
        let look =
            |one: &Value| (one["area"].as_str().unwrap().to_owned(), one["purpose"].as_str().unwrap().to_owned());
        looks.as_array().unwrap().iter().map(look).collect()
    }
}

/// A family of people born on 1 April 1950, by their names.
pub(crate) fn family(names: &[&str], district: &str) -> Value {
    let person = |name: &&str| json!({ "id": Uuid::new_v7(uuid::Timestamp::now(uuid::NoContext)), "name": name, "birth": "1950-04-01" });
    json!({
        "persons": names.iter().map(person).collect::<Vec<_>>(), "municipality": HACHINOHE,
        "neighbourhood": district, "address": "八戸市市川町1-1",
    })
}

/// Content sealed to the municipality for this event.
pub(crate) async fn seal(world: &World, event: &Value, content: &Value) -> Value {
    let key = households::public_key(world.app(), HACHINOHE).await.unwrap().unwrap();
    let context = format!("event:{}", event["id"].as_str().unwrap());
    let sealed = store::envelope::seal(&context, content.to_string().as_bytes(), &[key]).unwrap();
    serde_json::to_value(sealed).unwrap()
}
