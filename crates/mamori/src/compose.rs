//! The rooms, put together: schemas, routes, background work. The only list of rooms in the program.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http::{App, Assets, Site};
use kernel::{Clock, Ids};
use serde_json::Value;
use store::blobs::{Blobs, Limits};
use store::journal::{PublicKey, Sequencer, Signer};
use store::sealed::{Crypter, KeyList};
use store::{Schema, Stop, Store};
use tokio::task::JoinSet;

use crate::assets::Web;
use crate::config::Config;
use crate::{child, kit, scenario, site};

/// The name under which this program signs checkpoints of the journal.
const ORIGIN: &str = "mamori/journal";

/// Largest original that is kept: a list or a shapefile of an office.
const LARGEST_ORIGINAL: usize = 64 << 20;

/// Every table of the program above the store's own, the lowest tier first.
pub(crate) fn schemas() -> Vec<Schema> {
    let mut schemas = vec![http::SCHEMA];
    schemas.extend(identity::schemas());
    schemas.extend([households::SCHEMA, feeds::SCHEMA, alerts::SCHEMA, places::SCHEMA, maps::SCHEMA]);
    schemas.extend([shelters::SCHEMA, reception::SCHEMA, notices::SCHEMA, registry::SCHEMA]);
    schemas
}

/// The described routes of every room.
pub(crate) fn rooms() -> Vec<http::Router> {
    vec![
        identity::routes(),
        households::routes(),
        feeds::routes(),
        alerts::routes(),
        places::routes(),
        shelters::routes(),
        reception::routes(),
        notices::routes(),
        registry::routes(),
        kit::routes(),
    ]
}

/// The API description, as committed in `openapi/mamori.json`.
pub(crate) fn openapi() -> anyhow::Result<String> {
    let api = http::openapi(rooms());
    let faults = http::faults(&api);
    anyhow::ensure!(faults.is_empty(), "the API description has faults:\n{}", faults.join("\n"));
    let mut api = serde_json::to_value(&api)?;
    order_extensions(&mut api);
    Ok(serde_json::to_string_pretty(&api)?)
}

/// Extensions (`x-…`) come in an order that changes from run to run; a committed file needs one that does not.
fn order_extensions(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let mut extensions: Vec<String> = fields.keys().filter(|key| key.starts_with("x-")).cloned().collect();
            extensions.sort();
            for key in extensions {
                if let Some(extension) = fields.shift_remove(&key) {
                    fields.insert(key, extension);
                }
            }
            fields.values_mut().for_each(order_extensions);
        }
        Value::Array(items) => items.iter_mut().for_each(order_extensions),
        _ => {}
    }
}

/// The database of the configuration, opened. A folder that is missing is made.
pub(crate) async fn open_store(config: &Config) -> anyhow::Result<Store> {
    if let Some(file) = config.database.strip_prefix("sqlite://") {
        let folder = std::path::Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
    }
    Store::open(&config.database, store::Settings::default())
        .await
        .with_context(|| "cannot open the database; check `database` in the configuration".to_owned())
}

/// The application on a migrated database. `sources` is what the feeds read; the same value goes to [`background`].
pub(crate) async fn app(config: &Config, store: Store, sources: &Arc<feeds::Sources>) -> anyhow::Result<App> {
    builder(config, store, sources)?.build().await
}

/// The same, to be added to.
pub(crate) fn builder(config: &Config, store: Store, sources: &Arc<feeds::Sources>) -> anyhow::Result<http::Builder> {
    std::fs::create_dir_all(&config.state).with_context(|| format!("cannot make {}", config.state.display()))?;
    let clock = Clock::system();
    let ids = Ids::system(clock.clone());
    let blobs = Blobs::open(config.state.join("blobs"), Limits { max_bytes: LARGEST_ORIGINAL, ..Limits::default() })?;
    let crypter = Crypter::new(KeyList::from_file(&config.state.join("keys"))?);
    let builder = App::builder(store, clock, ids, blobs, crypter)
        .settings(config.http.clone())
        .extension(feeds::Sources::clone(sources))
        .extension(shelters::Nearest::default());
    let builder = reception::install(builder, config.role);
    let builder = registry::install(places::install(identity::install(builder, config.identity.clone())));
    let builder = notices::install(builder, config.notices.clone())?;
    maps::install(builder, &maps::Settings { folder: config.state.join("maps") })
}

/// What the configuration says the feeds read, with the scenarios of this machine added.
pub(crate) fn sources(config: &Config) -> Arc<feeds::Sources> {
    let mut sources = config.feeds.clone();
    sources.scenarios = scenario::all(config.data.as_deref());
    Arc::new(sources)
}

/// Everything the server answers.
pub(crate) fn site(app: App) -> Site {
    let files = Web::iter().filter_map(|path| Web::get(&path).map(|file| (path.into_owned(), file.data.into_owned())));
    Site::new(app, rooms(), pages(), Assets::new(files))
}

/// What is answered besides the described routes.
fn pages() -> axum::Router<App> {
    alerts::pages().merge(maps::pages()).merge(notices::pages()).merge(kit::pages())
}

/// Starts all background work; it ends when `stop` says so.
pub(crate) fn background(
    config: &Config,
    app: &App,
    sources: &Arc<feeds::Sources>,
    stop: &Stop,
) -> anyhow::Result<JoinSet<()>> {
    let mut tasks = JoinSet::new();
    let sequencer = Sequencer::new(&app.store, &app.clock).signed_by(signer(config)?);
    tasks.spawn(sequencer.run(stop.clone()));
    tasks.spawn(told("feeds", feeds::run(app.clone(), feeds::Sources::clone(sources), stop.clone())));
    tasks.spawn(told("alerts", alerts::run(app.clone(), stop.clone())));
    tasks.spawn(told("shelters", shelters::run(app.clone(), stop.clone())));
    tasks.spawn(told("maps", maps::run(app.clone(), redraw(config), stop.clone())));
    tasks.spawn(told("reception", reception::run(app.clone(), stop.clone())));
    if config.role == reception::Role::Centre {
        tasks.spawn(told("notices", notices::run(app.clone(), stop.clone())));
    }
    tasks.spawn(told("registry", registry::run(app.clone(), stop.clone())));
    tasks.spawn(told("site", site::follow(app.clone(), site::Names::of(config), stop.clone())));
    Ok(tasks)
}

/// Packs are made again by a child, so that a server's memory stays what serving needs.
fn redraw(config: &Config) -> maps::Redraw {
    let after = Duration::from_secs(config.maps.redraw_after_seconds.into());
    maps::Redraw { after, draw: child::draw(config.file.clone()) }
}

/// The key that signs checkpoints; made at the first start.
fn signer(config: &Config) -> anyhow::Result<Signer> {
    Ok(Signer::from_file(&config.state.join("journal.key"), ORIGIN)?)
}

/// The public half of the key that signs checkpoints, if this machine has it.
pub(crate) fn public_key(config: &Config) -> anyhow::Result<Option<PublicKey>> {
    let file = config.state.join("journal.key");
    if !file.exists() {
        return Ok(None);
    }
    Ok(Some(Signer::from_file(&file, ORIGIN)?.public_key()))
}

/// A room's background work that ends with an error is a fault of ours: it is said once, here.
async fn told(room: &'static str, work: impl Future<Output = anyhow::Result<()>>) {
    if let Err(error) = work.await {
        tracing::error!(room, error = format!("{error:#}"), "the background work of {room} ended");
    }
}

#[cfg(test)]
mod tests {
    use testkit::World;

    use super::*;

    async fn world() -> World {
        // The World brings everything up to identity itself.
        World::builder()
            .schemas(&[
                households::SCHEMA,
                feeds::SCHEMA,
                alerts::SCHEMA,
                places::SCHEMA,
                maps::SCHEMA,
                shelters::SCHEMA,
                reception::SCHEMA,
                notices::SCHEMA,
                registry::SCHEMA,
            ])
            .routes(
                households::routes()
                    .merge(feeds::routes())
                    .merge(alerts::routes())
                    .merge(places::routes())
                    .merge(shelters::routes())
                    .merge(reception::routes())
                    .merge(notices::routes())
                    .merge(registry::routes())
                    .merge(kit::routes()),
            )
            .install(|builder| reception::install(builder, reception::Role::Centre))
            .install(places::install)
            .install(|builder| notices::install(builder, notices::Settings::default()).unwrap())
            .install(registry::install)
            .build()
            .await
    }

    #[tokio::test]
    async fn every_operation_refuses_strangers() {
        let world = world().await;
        testkit::refuses_strangers(&world).await;
    }

    #[tokio::test]
    async fn every_operation_describes_itself() {
        let world = world().await;
        testkit::describes_itself(&world);
        assert_eq!(openapi().unwrap(), openapi().unwrap(), "the description changes from one look to the next");
    }

    #[tokio::test]
    async fn every_migration_runs_on_a_lived_in_database() {
        let database = testkit::database().await;
        let store = Store::open(&database.url, store::Settings::default()).await.unwrap();
        store.migrate_lived_in(&schemas()).await.unwrap();
        store.close().await;
    }
}
