//! A world in a box: a whole application on a database of its own, with callers by role.
//!
//! ```ignore
//! let world = World::builder().schemas(&[feeds::SCHEMA]).routes(feeds::routes()).build().await;
//! let desk = world.staff(&[(Duty::FeedOperator, areas::PREFECTURE)]).await;
//! let reply = desk.post("/api/feeds/upload", &json!({ … })).await;
//! insta::assert_snapshot!(reply, @"…");
//! world.settle().await;
//! assert_eq!(world.document("sources").await["sources"][0]["state"], "fresh");
//! ```
//! Sign-in, sessions and cookies are the real ones; the clock stands still until a test moves it, ids repeat in every run.
//! Dropping the world fails the test when a job is left, a journal reader is behind, or an error was logged.

mod caller;
mod logs;
mod rules;
mod strangers;

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{Actor, App, Assets, Duty, Router, Site};
use identity::{Account, Grant, Holder, Limits};
use kernel::{AreaCode, Clock, Id, Ids, Timestamp};
use serde_json::Value;
use store::blobs::Blobs;
use store::jobs::{self, Worker};
use store::journal::{self, Entry, Filter};
use store::sealed::{Crypter, KeyList};
use store::{Schema, Store};
use utoipa::openapi::OpenApi;

use crate::database::{TestDatabase, database};
pub use caller::{Caller, Reply};
use logs::Logs;
pub use rules::{Room, keeps_the_rules};
pub use strangers::{describes_itself, refuses_strangers};

/// Reactions that never come to rest are a bug of theirs.
const MOST_ROUNDS: usize = 200;

type Install = Box<dyn FnOnce(http::Builder) -> http::Builder>;
type AddWork = Box<dyn FnOnce(&App, Worker) -> Worker>;
type Reaction = Box<dyn Fn(App) -> Pin<Box<dyn Future<Output = anyhow::Result<usize>>>>>;

/// A whole application for one test (試験の世界).
pub struct World {
    app: App,
    site: Site,
    api: OpenApi,
    reactions: Vec<(&'static str, Reaction)>,
    worker: Worker,
    people: AtomicU64,
    logs: Logs,
    database: TestDatabase,
}

/// Puts a [`World`] together.
pub struct Builder {
    schemas: Vec<Schema>,
    rooms: Vec<Router>,
    extra: axum::Router<App>,
    settings: http::Settings,
    at: Timestamp,
    install: Vec<Install>,
    reactions: Vec<(&'static str, Reaction)>,
    worker: Vec<AddWork>,
}

impl World {
    /// A world with these rooms besides identity.
    pub async fn new(schemas: &[Schema], routes: Router) -> Self {
        Self::builder().schemas(schemas).routes(routes).build().await
    }

    /// A world with identity alone, to be added to.
    pub fn builder() -> Builder {
        Builder {
            schemas: Vec::new(),
            rooms: Vec::new(),
            extra: axum::Router::new(),
            settings: http::Settings { public_url: "http://localhost".to_owned(), ..http::Settings::default() },
            at: Timestamp::parse("2025-12-08T23:15:00+09:00").expect("a time"),
            install: Vec::new(),
            reactions: Vec::new(),
            worker: Vec::new(),
        }
    }

    /// The application, for what has no address.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// The clock, standing at 2025-12-08 23:15 JST unless the builder said otherwise.
    pub fn clock(&self) -> &Clock {
        &self.app.clock
    }

    /// The description of everything this world answers.
    pub fn openapi(&self) -> &OpenApi {
        &self.api
    }

    /// Somebody who has not signed in: a browser with an empty cookie jar.
    pub fn anonymous(&self) -> Caller {
        Caller::new(self.site.clone())
    }

    /// A resident's device that has registered its key and opened a session with it.
    pub async fn device(&self) -> Caller {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        caller::device(self.anonymous(), number).await
    }

    /// A new member of staff with these duties, signed in.
    pub async fn staff(&self, duties: &[(Duty, AreaCode)]) -> Caller {
        let app = &self.app;
        let (now, number) = (app.clock.now(), self.people.fetch_add(1, Ordering::Relaxed));
        let account = Account {
            id: app.ids.next(),
            name: format!("職員 {number}"),
            suspended_at: None,
            demo: false,
            created_at: now,
        };
        let grants: Vec<Grant> = duties.iter().map(|(duty, area)| Grant { duty: *duty, area: area.clone() }).collect();
        let mut tx = app.store.write().await.expect("a transaction");
        identity::create_account(&mut tx, &Actor::system(), &account, &grants, &app.ids).await.expect("an account");
        let (_, token) = identity::open_session(&mut tx, Holder::Staff(account.id), Limits::MOST, &app.ids, now)
            .await
            .expect("a session");
        tx.commit().await.expect("a commit");
        let caller = self.anonymous();
        caller.set_cookie(Some(format!("__Host-mamori-session={}", token.reveal())));
        caller.known_as(account.id.uuid())
    }

    /// Runs the journal's sequencer, the reactions and the jobs that are due until nothing happens any more,
    /// then loads what was published.
    pub async fn settle(&self) {
        for _ in 0..MOST_ROUNDS {
            let mut done =
                usize::try_from(journal::sequence_now(&self.app.store).await.expect("sequenced")).unwrap_or(0);
            for (name, react) in &self.reactions {
                done += react(self.app.clone()).await.unwrap_or_else(|error| panic!("reaction {name}: {error:#}"));
            }
            done += self.worker.run_due().await.expect("jobs");
            if done == 0 {
                self.app.hot.refresh().await.expect("published documents");
                return;
            }
        }
        panic!("the world does not settle: its reactions keep each other going");
    }

    /// A public document as everybody gets it; `None` when it was never published.
    pub async fn find_document(&self, name: &str) -> Option<Value> {
        self.app.hot.refresh().await.expect("published documents");
        let reply = self.anonymous().get(&format!("/public/{name}.json")).await;
        (reply.status == 200).then(|| reply.json())
    }

    /// A public document as everybody gets it.
    pub async fn document(&self, name: &str) -> Value {
        self.find_document(name).await.unwrap_or_else(|| panic!("no document {name}"))
    }

    /// Everything in the journal, in its order.
    pub async fn journal(&self) -> Vec<Entry> {
        journal::sequence_now(&self.app.store).await.expect("sequenced");
        journal::entries_after(&self.app.store, 0, &Filter::default(), 10_000).await.expect("entries")
    }

    /// The kinds of everything in the journal, in its order.
    pub async fn journal_kinds(&self) -> Vec<String> {
        self.journal().await.into_iter().map(|entry| entry.kind).collect()
    }

    /// Everything in the journal as text, to look for what must not stand in it.
    pub async fn journal_text(&self) -> String {
        format!("{:?}", self.journal().await)
    }

    /// Errors logged so far, which are thereby expected and no longer fail the test.
    pub fn take_errors(&self) -> Vec<String> {
        self.logs.take()
    }
}

impl Builder {
    /// Adds rooms' tables.
    #[must_use]
    pub fn schemas(mut self, schemas: &[Schema]) -> Self {
        self.schemas.extend_from_slice(schemas);
        self
    }

    /// Adds a room's routes.
    #[must_use]
    pub fn routes(mut self, routes: Router) -> Self {
        self.rooms.push(routes);
        self
    }

    /// Adds routes that are not described, such as pages.
    #[must_use]
    pub fn extra(mut self, routes: axum::Router<App>) -> Self {
        self.extra = self.extra.merge(routes);
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn at(mut self, at: &str) -> Self {
        self.at = Timestamp::parse(at).expect("a time");
        self
    }

    /// Other settings of the server.
    #[must_use]
    pub fn settings(mut self, change: impl FnOnce(&mut http::Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Lets a room put its own state into the application.
    #[must_use]
    pub fn install(mut self, install: impl FnOnce(http::Builder) -> http::Builder + 'static) -> Self {
        self.install.push(Box::new(install));
        self
    }

    /// Adds what a room does about new journal entries; it answers how many it handled.
    /// `.reaction("alerts", |app| async move { alerts::catch_up(&app).await })`
    #[must_use]
    pub fn reaction<F, Work>(mut self, name: &'static str, react: F) -> Self
    where
        F: Fn(App) -> Work + 'static,
        Work: Future<Output = anyhow::Result<usize>> + 'static,
    {
        self.reactions.push((name, Box::new(move |app| Box::pin(react(app)))));
        self
    }

    /// Adds what is done about jobs.
    #[must_use]
    pub fn worker(mut self, add: impl FnOnce(&App, Worker) -> Worker + 'static) -> Self {
        self.worker.push(Box::new(add));
        self
    }

    /// The world, on a fresh database of the engine that `MAMORI_TEST_ENGINE` names.
    pub async fn build(self) -> World {
        let logs = Logs::capture();
        let database = database().await;
        let store = database.store().await;
        store.migrate(&all_schemas(&self.schemas)).await.expect("migrated");
        let clock = Clock::fixed(self.at);
        let ids = Ids::seeded(1, clock.clone());
        let blobs = Blobs::open(database.folder.path().join("blobs"), store::blobs::Limits::default())
            .expect("a folder for blobs");
        let crypter = Crypter::new(KeyList::single(1, [7; 32]));
        let builder = App::builder(store, clock, ids, blobs, crypter).settings(self.settings);
        let builder = identity::install(builder, identity::Settings::default());
        let builder = self.install.into_iter().fold(builder, |builder, install| install(builder));
        let app = builder.build().await.expect("an application");
        let worker = Worker::new(&app.store, &app.clock);
        let worker = self.worker.into_iter().fold(worker, |worker, add| add(&app, worker));
        let rooms: Vec<Router> = std::iter::once(identity::routes()).chain(self.rooms).collect();
        let api = http::openapi(rooms.clone());
        let site = Site::new(app.clone(), rooms, self.extra, Assets::none());
        World { app, site, api, reactions: self.reactions, worker, people: AtomicU64::new(1), logs, database }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let errors = self.logs.take();
        assert!(errors.is_empty(), "errors were logged: {errors:#?}");
        let url = self.database.url.clone();
        // The test's own runtime cannot wait inside a drop; a thread looks with a connection of its own.
        let left = std::thread::spawn(move || left_over(&url)).join().expect("the look at the database");
        assert!(left.is_empty(), "the test left work behind (world.settle().await?): {left:#?}");
    }
}

fn all_schemas(rooms: &[Schema]) -> Vec<Schema> {
    let mut all = vec![http::SCHEMA];
    for schema in identity::schemas().iter().chain(rooms) {
        if all.iter().all(|known| known.room != schema.room) {
            all.push(*schema);
        }
    }
    all
}

/// Jobs and journal entries that nobody has dealt with.
fn left_over(url: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(url, store::Settings::default()).await.expect("the test's database");
        let mut left = Vec::new();
        for job in jobs::unfinished(&store, 100).await.expect("jobs") {
            left.push(format!("job {} ({}): {:?}", job.kind, job.queue, job.last_error));
        }
        for job in jobs::dead_letters(&store, 100).await.expect("jobs") {
            left.push(format!("dead job {}: {:?}", job.kind, job.last_error));
        }
        for cursor in journal::cursors(&store).await.expect("cursors") {
            if cursor.behind > 0 {
                left.push(format!("reader {} is {} behind", cursor.name, cursor.behind));
            }
        }
        left
    })
}

/// The account of a caller made by [`World::staff`].
impl Caller {
    /// The account this caller signed in with, as [`World::staff`] made it.
    pub fn account_id(&self) -> Id<Account> {
        self.account().expect("a member of staff").into()
    }
}
