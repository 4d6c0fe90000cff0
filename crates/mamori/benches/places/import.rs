//! The national lists of the whole prefecture, taken in on a real disk: seconds on each engine, and what a second import
//! changes.

use std::path::Path;

use http::{Actor, App};
use kernel::{Clock, Ids, Stopwatch};
use places::{Order, Reach};
use store::Engine;
use store::blobs::{Blobs, Limits};
use store::sealed::{Crypter, KeyList};

/// Prints `import_<engine>_s`, `import_<engine>_rows` and `import_<engine>_second` for both engines.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let Some(lists) = testkit::data_dir().map(|data| data.join("aomori/shelters")).filter(|folder| folder.is_dir())
    else {
        println!("skipped import_sqlite_s no data");
        println!("skipped import_postgres_s no data");
        return Ok(());
    };
    for (engine, name) in [(Engine::Sqlite, "sqlite"), (Engine::Postgres, "postgres")] {
        if engine == Engine::Postgres && testkit::postgres_programs().is_none() {
            println!("skipped import_postgres_s no PostgreSQL on this machine");
            continue;
        }
        on(engine, name, &lists).await?;
    }
    Ok(())
}

async fn on(engine: Engine, name: &str, lists: &Path) -> anyhow::Result<()> {
    let database = testkit::durable_database_on(engine).await;
    let store = database.store().await;
    store.migrate(&[http::SCHEMA, places::SCHEMA]).await?;
    let clock = Clock::system();
    let blobs = Blobs::open(database.folder.path().join("blobs"), Limits::default())?;
    let ids = Ids::system(clock.clone());
    let crypter = Crypter::new(KeyList::single(1, [7; 32]));
    let app = places::install(App::builder(store, clock, ids, blobs, crypter)).build().await?;
    let order = Order { path: lists.to_owned(), ..Order::default() };
    let reach = Reach::Apply { accept_repairs: false };
    let watch = Stopwatch::start();
    let first = places::import(&app, &Actor::system(), &order, reach).await?;
    println!("figure import_{name}_s {:.3}", watch.elapsed().as_secs_f64());
    println!("figure import_{name}_rows {}", first.totals.counts.added);
    let watch = Stopwatch::start();
    let second = places::import(&app, &Actor::system(), &order, reach).await?;
    println!("figure import_{name}_second {}", second.changes());
    println!("figure import_{name}_second_s {:.3}", watch.elapsed().as_secs_f64());
    app.store.close().await;
    Ok(())
}
