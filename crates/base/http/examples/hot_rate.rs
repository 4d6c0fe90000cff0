//! Serves one public document of about 20 kB (compressed) for measuring, and prints its process id.
//!
//! `cargo run --release -p mamori-http --example hot_rate -- 127.0.0.1:8090 /tmp/hot` also writes the same bytes into the
//! folder, from which nginx with `gzip_static on` serves them for comparison:
//! `wrk -t1 -c64 -d10 -H 'Accept-Encoding: gzip' http://127.0.0.1:8090/public/bench.json`, then user + system time of the
//! process from `/proc/<pid>/stat`.

use std::path::PathBuf;

use kernel::{Clock, Ids};
use mamori_http::{App, Assets, SCHEMA, Settings, Site, hot, listen, serve};
use store::blobs::Blobs;
use store::sealed::{Crypter, KeyList};
use store::{Stop, Store};

// One door and one worker, as nginx is given one: with more, the machine's cores are shared with the load generator and the
// figure is about the scheduler (`TOKIO_WORKER_THREADS` does not override this).
#[tokio::main(worker_threads = 1)]
async fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let bind = args.next().unwrap_or_else(|| "127.0.0.1:8090".into());
    let folder = PathBuf::from(args.next().unwrap_or_else(|| "hot_rate".into()));
    let data = tempfile::tempdir()?;
    let store =
        Store::open(&format!("sqlite://{}", data.path().join("bench.db").display()), store::Settings::default())
            .await?;
    store.migrate(&[SCHEMA]).await?;
    let clock = Clock::system();
    let ids = Ids::system(clock.clone());
    let mut tx = store.write().await?;
    hot::publish(&mut tx, "bench", &document(), clock.now()).await?;
    tx.commit().await?;
    let blobs = Blobs::open(data.path().join("blobs"), store::blobs::Limits::default())?;
    let crypter = Crypter::new(KeyList::single(1, [7; 32]));
    let settings = Settings { bind, doors: 1, ..Settings::default() };
    let listener = listen(&settings).await?;
    let app = App::builder(store, clock, ids, blobs, crypter).settings(settings).build().await?;
    app.hot.export(&folder).await?;
    println!("{}", std::process::id());
    let (_running, stop) = Stop::new();
    serve(listener, Site::new(app, [], axum::Router::new(), Assets::none()), stop).await
}

/// Rows whose numbers do not repeat, so that about 20 kB remain after gzip.
fn document() -> serde_json::Value {
    let mut seed = 20_251_208_u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    let rows: Vec<_> = (0..1100)
        .map(|n| serde_json::json!({ "code": format!("{n:05}"), "level": next() % 6, "since": next(), "id": next(), "text": "警報" }))
        .collect();
    serde_json::json!({ "rows": rows })
}
