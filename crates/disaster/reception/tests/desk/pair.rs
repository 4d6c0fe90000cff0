//! A kit and its centre, two worlds with a line between them that can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use futures_util::FutureExt as _;
use http::Duty;
use kernel::AreaCode;
use reception::Role;
use reception::exchange::{Enrol, Enrolled};
use reception::kits::RequestKey;
use reception::upstream::{Cut, Link, Reply, Request, Round, Sender, Upstream, begin, standing};
use serde_json::{Value, json};
use store::envelope::{PublicKey, SecretKey};
use testkit::{Caller, World};
use uuid::Uuid;

use crate::support::{HACHINOHE, ICHIKAWA, bare, id};

/// What happens to the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Good = 0,
    /// Nothing arrives.
    Gone = 1,
    /// The request arrives, the answer does not.
    Mute = 2,
    /// The answer breaks off in the middle.
    Torn = 3,
}

/// Everything of a kit but its database.
pub(crate) struct Identity {
    pub(crate) kit: Uuid,
    key: Vec<u8>,
    pub(crate) enrolled: Enrolled,
}

/// A kit's world with its line.
pub(crate) struct Kit {
    pub(crate) world: World,
    link: Link,
    key: Vec<u8>,
    line: Arc<AtomicU8>,
}

/// Enrols a kit for 市川集会所 at the centre.
pub(crate) async fn enrol(centre: &World) -> Identity {
    let clerk = clerk(centre).await;
    let wanted = json!({ "municipality": HACHINOHE, "name": "市川 1号", "shelters": [id(ICHIKAWA)] });
    let code = clerk.post("/api/reception/kits/codes", &wanted).await.ok().json();
    let key = RequestKey::generate().unwrap();
    let kit = Uuid::from_u128(0x0193_9b1e_0000_7000_8000_0000_0000_9001);
    let asked = Enrol {
        code: code["code"].as_str().unwrap().to_owned(),
        kit,
        device_key: RequestKey::from_pkcs8(&key).unwrap().public(),
        public_key: public(kit),
    };
    let enrolled = centre.anonymous().post("/api/reception/kits/enrol", &asked).await.ok();
    // The answer may have been lost: the same kit is told the same again, another one nothing.
    let again = centre.anonymous().post("/api/reception/kits/enrol", &asked).await.ok();
    assert_eq!(enrolled.json()["token_key"], again.json()["token_key"]);
    let thief = Enrol { kit: Uuid::from_u128(5), public_key: asked.public_key.clone(), ..asked.clone() };
    assert_eq!(centre.anonymous().post("/api/reception/kits/enrol", &thief).await.status, 422);
    let other_key = RequestKey::from_pkcs8(&RequestKey::generate().unwrap()).unwrap().public();
    let thief = Enrol { device_key: other_key, ..asked };
    assert_eq!(centre.anonymous().post("/api/reception/kits/enrol", &thief).await.status, 403);
    Identity { kit, key, enrolled: serde_json::from_value(enrolled.json()).unwrap() }
}

/// The public half of the kit's key.
fn public(kit: Uuid) -> PublicKey {
    SecretKey::from_bytes(&[9; 32]).unwrap().public(format!("kit:{kit}"))
}

pub(crate) async fn clerk(centre: &World) -> Caller {
    centre.staff(&[(Duty::Shelters, AreaCode::municipality(HACHINOHE))]).await
}

static COPIES: AtomicU8 = AtomicU8::new(0);

/// An empty world that is this kit; another one with the same identity is a copy of its disk.
pub(crate) async fn kit(identity: &Identity, centre: &World) -> Kit {
    let world = bare(Role::Kit).await;
    let books = Upstream::of(identity.kit, public(identity.kit), identity.enrolled.clone());
    begin(world.app(), &books).await.unwrap();
    shelters::prepare(world.app()).await.unwrap();
    reception::prepare(world.app()).await.unwrap();
    // Copies of one disk have the same database and, from here on, other chances.
    let mut burnt = vec![0; 100_000 * (1 + usize::from(COPIES.fetch_add(1, Ordering::SeqCst)))];
    world.app().ids.fill(&mut burnt);
    let line = Arc::new(AtomicU8::new(0));
    let link = Link::new(RequestKey::from_pkcs8(&identity.key).unwrap(), sender(centre, &line));
    Kit { world, link, key: identity.key.clone(), line }
}

fn sender(centre: &World, line: &Arc<AtomicU8>) -> Sender {
    let (caller, line) = (centre.anonymous(), Arc::clone(line));
    Box::new(move |request: Request| {
        let state = line.load(Ordering::SeqCst);
        let caller = caller.clone().with_header("authorization", request.authorization);
        async move {
            if state == Line::Gone as u8 {
                anyhow::bail!("no line");
            }
            let mut reply = caller.post_bytes(request.path, "application/json", request.body).await;
            if state == Line::Mute as u8 {
                anyhow::bail!("no answer");
            }
            if state == Line::Torn as u8 {
                reply.body.truncate(reply.body.len() / 2);
            }
            Ok(Reply { status: reply.status, body: reply.body })
        }
        .boxed()
    })
}

impl Kit {
    /// With its passphrase, as somebody types it.
    pub(crate) fn unlock(&self) {
        let live = reception::Live::of(self.world.app()).unwrap();
        live.keyring().unlock(SecretKey::from_bytes(&[9; 32]).unwrap());
    }

    pub(crate) fn line(&self, state: Line) {
        self.line.store(state as u8, Ordering::SeqCst);
    }

    /// The line leads to another centre from here on.
    pub(crate) fn call(&mut self, identity: &Identity, centre: &World) {
        self.link = Link::new(RequestKey::from_pkcs8(&identity.key).unwrap(), sender(centre, &self.line));
        self.key.clone_from(&identity.key);
    }

    /// The line leads to whoever this is.
    pub(crate) fn lead_to<F>(&mut self, send: impl Fn(Request) -> F + Send + Sync + 'static)
    where
        F: Future<Output = anyhow::Result<Reply>> + Send + 'static,
    {
        self.link = Link::new(self.key(), Box::new(move |request| send(request).boxed()));
    }

    /// The two meet in peacetime. Twice, because PostgreSQL gives what the kit writes of the time its place a moment later.
    pub(crate) async fn meet(&self, centre: &World) {
        for _ in 0..2 {
            self.round(centre).await.unwrap();
        }
    }

    /// One round, after everything here and there has come to rest.
    pub(crate) async fn round(&self, centre: &World) -> Result<Round, Cut> {
        self.one(centre, false).await
    }

    /// One in which the two compare.
    pub(crate) async fn thorough(&self, centre: &World) -> Result<Round, Cut> {
        self.one(centre, true).await
    }

    async fn one(&self, centre: &World, thorough: bool) -> Result<Round, Cut> {
        self.world.settle().await;
        centre.settle().await;
        let done = self.link.round(self.world.app(), thorough).await;
        self.world.settle().await;
        centre.settle().await;
        done
    }

    pub(crate) fn key(&self) -> RequestKey {
        RequestKey::from_pkcs8(&self.key).unwrap()
    }

    pub(crate) async fn books(&self) -> Upstream {
        standing(self.world.app()).await.unwrap().unwrap()
    }
}

/// Ids of the desks' events in the journal, in its order. What a kit writes of the time is no desk's.
pub(crate) async fn events(world: &World) -> Vec<String> {
    let entries = world.journal().await.into_iter().filter(|entry| entry.kind != "reception.clock");
    let bodies = entries.filter_map(|entry| {
        let body = entry.open_body();
        body["body"]
            .as_str()
            .map(|text| serde_json::from_str::<Value>(text).unwrap()["id"].as_str().unwrap().to_owned())
    });
    bodies.collect()
}

/// Adults present in 市川集会所 as the world counts them.
pub(crate) async fn present(world: &World) -> u64 {
    world.settle().await;
    let desk = world.staff(&[(Duty::ShelterDesk, AreaCode::municipality(HACHINOHE))]).await;
    let path = format!("/api/reception/shelters/{}/board?disaster={}", id(ICHIKAWA), id(crate::support::DISASTER));
    desk.get(&path).await.ok().json()["persons"].as_u64().unwrap()
}
