//! What the room keeps in memory while the program runs, and its settings.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use http::App;
use kernel::Timestamp;
use parking_lot::{Mutex, RwLock};
use serde::Deserialize;

use crate::model::endpoint::Reach;
use crate::model::index::Index;
use crate::push::{Client, Signer, Tokens};

/// Settings of notices (お知らせの設定).
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whom a push service may write to: `mailto:` or `https:`.
    pub contact: String,
    /// Push services besides those of the well-known browsers, by host name; `.example.jp` for every name under it.
    pub push_services: Vec<String>,
    /// Lets messages go to a push service on this machine or a private network.
    pub local_push: bool,
    /// PEM of an authority that a push service of a closed network has its certificate from.
    pub push_authority: Option<PathBuf>,
    /// Messages to one push service in a minute, by each process.
    pub per_minute: u32,
    /// Batches sent at the same time.
    pub senders: u32,
    /// Programs that every notice is handed to.
    pub webhooks: Vec<Webhook>,
}

/// A program that is told of every notice (外部への転送先).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// As the ledger names it.
    pub name: String,
    /// `https://…`; a public address unless `local_push` is set.
    pub url: String,
    /// What signs what is sent.
    pub secret: String,
    /// Whether it is told of drills.
    #[serde(default)]
    pub drills: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            contact: "mailto:bousai@pref.aomori.lg.jp".to_owned(),
            push_services: Vec::new(),
            local_push: false,
            push_authority: None,
            per_minute: 600_000,
            senders: 4,
            webhooks: Vec::new(),
        }
    }
}

/// The room's state in memory.
pub(crate) struct Live {
    pub(crate) settings: Settings,
    pub(crate) index: RwLock<Index>,
    /// The journal's position up to which the index is true; `None` before it was made.
    pub(crate) indexed: tokio::sync::Mutex<Option<i64>>,
    pub(crate) client: Client,
    pub(crate) signers: RwLock<Vec<Arc<Signer>>>,
    pub(crate) tokens: Tokens,
    pub(crate) services: Mutex<HashMap<String, Service>>,
}

/// How a push service is doing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service {
    /// It asked us not to come before.
    pub(crate) not_before: Timestamp,
    /// Failures without a success between.
    pub(crate) failures: u32,
    /// What may still be sent in the minute that began then.
    pub(crate) left: u32,
    pub(crate) minute: Timestamp,
}

impl Live {
    pub(crate) fn reach(&self) -> Reach {
        Reach { more: self.settings.push_services.clone(), local: self.settings.local_push }
    }
}

/// Puts the room's state into an application.
pub fn install(builder: http::Builder, settings: Settings) -> anyhow::Result<http::Builder> {
    let trusted = match &settings.push_authority {
        Some(path) => Some(std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?),
        None => None,
    };
    let client = Client::new(settings.local_push, trusted.as_deref())?;
    Ok(builder.extension(Live {
        settings,
        index: RwLock::default(),
        indexed: tokio::sync::Mutex::new(None),
        client,
        signers: RwLock::default(),
        tokens: Tokens::default(),
        services: Mutex::default(),
    }))
}

/// The room's state; a program without it has no such room.
pub(crate) fn live(app: &App) -> anyhow::Result<Arc<Live>> {
    app.extension::<Live>().context("notices are not installed")
}
