//! A desk that signs and seals as the page does, for measuring programs and stories.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use kernel::{Clock, Ids};
use reqwest::Client;
use serde_json::{Value, json};
use store::envelope::{self, PublicKey};
use uuid::Uuid;

/// Where a desk stands.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) municipality: String,
    pub(crate) mode: String,
    pub(crate) disaster: String,
    pub(crate) shelter: String,
}

/// A desk's page.
pub(crate) struct Desk {
    client: Client,
    url: String,
    cookie: String,
    post: Post,
    key: EcdsaKeyPair,
    device: String,
    boot: Uuid,
    seal_to: Vec<PublicKey>,
    ids: Ids,
    made: AtomicU64,
}

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) id: String,
    pub(crate) state: String,
}

impl Desk {
    /// Registers a device of its own at the node.
    pub(crate) async fn register(url: &str, cookie: &str, post: &Post) -> anyhow::Result<Self> {
        let client = Client::builder().timeout(Duration::from_secs(30)).no_proxy().build()?;
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let made = made.ok().context("no key")?;
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref()).ok().context("no key")?;
        let ids = Ids::system(Clock::system());
        let mut desk = Self {
            client,
            url: url.to_owned(),
            cookie: cookie.to_owned(),
            post: post.clone(),
            boot: ids.uuid(),
            key,
            device: String::new(),
            seal_to: Vec::new(),
            ids,
            made: AtomicU64::new(0),
        };
        let public = B64.encode(desk.key.public_key().as_ref());
        let asked = json!({ "key": public, "municipality": post.municipality });
        let answer = desk.post("/api/reception/devices", &asked).await?;
        desk.device = answer["device"].as_str().with_context(|| format!("not registered: {answer}"))?.to_owned();
        let context = desk.context().await?;
        desk.seal_to = serde_json::from_value(context["keys"].clone()).context("no keys to seal to")?;
        Ok(desk)
    }

    /// What the node tells its desks.
    pub(crate) async fn context(&self) -> anyhow::Result<Value> {
        let path = format!("/api/reception/desk?municipality={}&mode={}", self.post.municipality, self.post.mode);
        self.get(&path).await
    }

    /// A household of so many adults arrives; `who` is sealed into it.
    pub(crate) fn check_in(&self, adults: u32, who: &Value) -> anyhow::Result<Value> {
        let n = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        let (id, subject) = (self.ids.uuid(), self.ids.uuid().simple().to_string());
        let mut body = json!({
            "id": id, "schema": 1, "kind": "check-in", "mode": self.post.mode, "subject": subject,
            "disaster": self.post.disaster, "shelter": self.post.shelter, "municipality": self.post.municipality,
            "counts": { "adults": adults }, "stays": "inside", "assurance": 1, "actor": "desk", "device": self.device,
            "boot": self.boot, "mono_ms": n * 10, "wall_ms": Clock::system().now().millis(),
        });
        if !self.seal_to.is_empty() {
            let plain = serde_json::to_vec(&json!({ "household": who }))?;
            let sealed = envelope::seal(&format!("event:{id}"), &plain, &self.seal_to)?;
            body["sealed"] = serde_json::to_value(sealed)?;
        }
        let text = body.to_string();
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes()).ok().context("not signed")?;
        Ok(json!({ "body": text, "signature": B64.encode(signature.as_ref()) }))
    }

    /// Sends events; what became of each, when the node says that it is durable.
    pub(crate) async fn send(&self, events: &[Value]) -> anyhow::Result<Vec<Sent>> {
        let answer = self.post("/api/reception/events", &json!({ "events": events })).await?;
        let results = answer["results"].as_array().with_context(|| format!("refused: {answer}"))?;
        let text = |one: &Value, field: &str| one[field].as_str().unwrap_or_default().to_owned();
        Ok(results.iter().map(|one| Sent { id: text(one, "id"), state: text(one, "state") }).collect())
    }

    /// Which of these events the node says it holds: sent again, they are there already.
    pub(crate) async fn persons(&self) -> anyhow::Result<u64> {
        let path = format!("/api/reception/shelters/{}/board?disaster={}", self.post.shelter, self.post.disaster);
        self.get(&path).await?["persons"].as_u64().context("no board")
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let asked = self.client.get(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let answer = asked.send().await?;
        ensure!(answer.status().is_success(), "{path} answered {}", answer.status());
        Ok(answer.json().await?)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let asked = self.client.post(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let answer = asked.header("sec-fetch-site", "same-origin").json(body).send().await?;
        Ok(answer.json().await?)
    }
}
