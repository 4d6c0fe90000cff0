//! [`App`]: what every handler can reach. Cheap to clone.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use axum::http::request::Parts;
use futures_util::future::BoxFuture;
use kernel::{Clock, Ids};
use store::Store;
use store::blobs::Blobs;
use store::sealed::Crypter;

use crate::actor::Actor;
use crate::at_hand::{AtHand, Packed};
use crate::hot::Hot;
use crate::problem::Problem;
use crate::settings::Settings;

/// Finds out who is asking from the head of a request. Set once by `identity`.
pub type Authenticate = Arc<dyn for<'a> Fn(&'a App, &'a Parts) -> BoxFuture<'a, Result<Actor, Problem>> + Send + Sync>;

/// The running application (アプリケーション), the state of every handler: `State(app): State<App>`.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The only clock.
    pub clock: Clock,
    /// The only source of new ids.
    pub ids: Ids,
    /// The public documents in memory.
    pub hot: Hot,
    /// Originals of telegrams and uploads.
    pub blobs: Blobs,
    /// Seals personal columns.
    pub crypter: Arc<Crypter>,
    /// Settings of the web server.
    pub settings: Arc<Settings>,
    extensions: Arc<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    at_hand: Arc<[(&'static str, AtHand)]>,
    authenticate: Option<Authenticate>,
}

/// Puts an [`App`] together.
pub struct Builder {
    store: Store,
    clock: Clock,
    ids: Ids,
    blobs: Blobs,
    crypter: Arc<Crypter>,
    settings: Settings,
    extensions: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    at_hand: Vec<(&'static str, AtHand)>,
    authenticate: Option<Authenticate>,
}

impl App {
    /// Starts an application on these parts.
    pub fn builder(store: Store, clock: Clock, ids: Ids, blobs: Blobs, crypter: Crypter) -> Builder {
        Builder {
            store,
            clock,
            ids,
            blobs,
            crypter: Arc::new(crypter),
            settings: Settings::default(),
            extensions: HashMap::new(),
            at_hand: Vec::new(),
            authenticate: None,
        }
    }

    /// What a room put in with [`Builder::extension`]. `None` when that room is not part of this program.
    pub fn extension<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.extensions.get(&TypeId::of::<T>()).and_then(|any| Arc::clone(any).downcast().ok())
    }

    /// What a room has ready under this path.
    pub fn at_hand(&self, path: &str) -> Option<Packed> {
        let (_, find) = self.at_hand.iter().find(|(prefix, _)| path.starts_with(prefix))?;
        find(self, path)
    }

    /// Who is asking; anonymous when no hook is set.
    pub async fn authenticate(&self, parts: &Parts) -> Result<Actor, Problem> {
        match &self.authenticate {
            Some(hook) => hook(self, parts).await,
            None => Ok(Actor::anonymous()),
        }
    }
}

impl Builder {
    /// Other than default settings.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// State of a room's own, found again by its type.
    #[must_use]
    pub fn extension<T: Any + Send + Sync>(mut self, value: T) -> Self {
        self.extensions.insert(TypeId::of::<T>(), Arc::new(value));
        self
    }

    /// What a room has ready under every path that begins with `prefix`.
    #[must_use]
    pub fn at_hand(mut self, prefix: &'static str, find: AtHand) -> Self {
        self.at_hand.push((prefix, find));
        self
    }

    /// How requests are authenticated. A plain async function fits:
    /// `.authenticate(|app, parts| Box::pin(identity::authenticate(app, parts)))`.
    #[must_use]
    pub fn authenticate<F>(mut self, hook: F) -> Self
    where
        F: for<'a> Fn(&'a App, &'a Parts) -> BoxFuture<'a, Result<Actor, Problem>> + Send + Sync + 'static,
    {
        self.authenticate = Some(Arc::new(hook));
        self
    }

    /// The application, with the last published documents loaded from the (migrated) database.
    pub async fn build(self) -> anyhow::Result<App> {
        let settings = Arc::new(self.settings);
        let hot = Hot::load(&self.store, &settings).await?;
        Ok(App {
            store: self.store,
            clock: self.clock,
            ids: self.ids,
            hot,
            blobs: self.blobs,
            crypter: self.crypter,
            settings,
            extensions: Arc::new(self.extensions),
            at_hand: self.at_hand.into(),
            authenticate: self.authenticate,
        })
    }
}
