//! A public document of about 20 kB compressed: requests per CPU-second of the server, ours and nginx's in turn.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use http::{App, Assets, Settings, Site, hot};
use kernel::{Clock, Ids};
use serde_json::{Value, json};
use store::blobs::{Blobs, Limits};
use store::sealed::{Crypter, KeyList};
use store::{Stop, Store};

use crate::process::{Running, free_port};
use crate::said::{cpu_seconds, quantile};

/// The word with which this program is its own server.
pub(crate) const SERVE: &str = "--serve-hot";
/// Many short pairs: what else the machine does then falls on both of a pair, and the median leaves out the rest.
const ROUNDS: usize = 11;
const SECONDS: u32 = 2;

/// Prints `hot_ratio`: the median of ours / nginx, pair by pair.
pub(crate) async fn measure() -> anyhow::Result<()> {
    for tool in ["wrk", "nginx"] {
        if Command::new(tool).arg("-v").output().is_err() {
            bail!("{tool} is not installed");
        }
    }
    let folder = tempfile::tempdir()?;
    let port = free_port()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args([SERVE, &format!("127.0.0.1:{port}")]).arg(folder.path());
    let ours = Running::start(command, port, "/readyz").await?;
    let (nginx, worker) = nginx(folder.path()).await?;
    let (mut ratios, mut peers) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let a = rate(&ours.url, ours.id())?;
        let b = rate(&nginx.url, worker)?;
        if round > 0 {
            ratios.push(a / b);
            peers.push(b);
        }
    }
    println!("figure hot_ratio {}", quantile(&mut ratios, 0.5));
    println!("peer hot_ratio nginx {:.0} /CPU-s", quantile(&mut peers, 0.5));
    Ok(())
}

/// Requests per CPU-second of `process` under a steady load.
fn rate(url: &str, process: u32) -> anyhow::Result<f64> {
    let before = cpu_seconds(process)?;
    let url = format!("{url}/public/bench.json");
    let output = Command::new("wrk")
        .args(["-t1", "-c64", &format!("-d{SECONDS}s"), "-H", "Accept-Encoding: gzip", &url])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let requests = text.lines().find(|line| line.contains("requests in")).context("wrk said nothing")?;
    let requests: f64 = requests.split_whitespace().next().context("wrk said nothing")?.parse()?;
    if text.contains("Non-2xx") {
        bail!("the server refused under load: {text}");
    }
    Ok(requests / (cpu_seconds(process)? - before))
}

/// nginx on the same bytes, one worker; gives the worker's process too.
async fn nginx(folder: &Path) -> anyhow::Result<(Running, u32)> {
    let port = free_port()?;
    let root = if folder.join("public").is_dir() { folder.to_owned() } else { folder_with_public(folder)? };
    let text = format!(
        "daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/error.log; user root;\n\
         events {{ worker_connections 1024; }}\n\
         http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=100;\n\
         types {{ application/json json; }} gzip_static on; gzip_vary on; etag on;\n\
         server {{ listen 127.0.0.1:{port}; root {root}; add_header Cache-Control \"public, max-age=10\"; }} }}\n",
        dir = folder.display(),
        root = root.display(),
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, text)?;
    let mut command = Command::new("nginx");
    command.arg("-c").arg(&file).arg("-p").arg(folder);
    let running = Running::start(command, port, "/public/bench.json").await?;
    let children = format!("/proc/{0}/task/{0}/children", running.id());
    let worker =
        std::fs::read_to_string(children)?.split_whitespace().next().context("nginx has no worker")?.parse()?;
    Ok((running, worker))
}

/// The export puts `bench.json` at the top; nginx shall serve it under the same path as we do.
fn folder_with_public(folder: &Path) -> anyhow::Result<PathBuf> {
    let root = folder.join("root");
    std::fs::create_dir_all(root.join("public"))?;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some(name) = path.file_name().filter(|name| name.to_string_lossy().starts_with("bench.json")) {
            std::fs::copy(&path, root.join("public").join(name))?;
        }
    }
    Ok(root)
}

/// Serves the document on `bind`, and exports its bytes into `folder`.
pub(crate) async fn serve(bind: String, folder: String) -> anyhow::Result<()> {
    let folder = PathBuf::from(folder);
    let store =
        Store::open(&format!("sqlite://{}", folder.join("bench.sqlite").display()), store::Settings::default()).await?;
    store.migrate(&[http::SCHEMA]).await?;
    let clock = Clock::system();
    let mut tx = store.write().await?;
    hot::publish(&mut tx, "bench", &document(), clock.now()).await?;
    tx.commit().await?;
    let blobs = Blobs::open(folder.join("blobs"), Limits::default())?;
    let crypter = Crypter::new(KeyList::single(1, [7; 32]));
    // One door, as nginx has one worker: cost per request is compared, not the number of processors.
    let settings = Settings { bind, doors: 1, ..Settings::default() };
    let listener = http::listen(&settings).await?;
    let app = App::builder(store, clock.clone(), Ids::system(clock), blobs, crypter).settings(settings).build().await?;
    app.hot.export(&folder).await?;
    let (_stopper, stop) = Stop::new();
    http::serve(listener, Site::new(app, [], axum::Router::new(), Assets::none()), stop).await
}

/// Rows whose numbers do not repeat, so that about 20 kB remain after gzip.
fn document() -> Value {
    let mut seed = 20_251_208_u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    let row = |n: u32| json!({ "code": format!("{n:05}"), "level": next() % 6, "since": next(), "id": next(), "text": "警報" });
    json!({ "rows": (0..1100).map(row).collect::<Vec<_>>() })
}
