//! `mamori demo`: everything in one process, with an earthquake replayed in drill mode.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use kernel::Stopwatch;

use crate::cli::Demo;
use crate::config::Config;
use crate::{commands, compose, scenario, serve};

/// The file of real boundaries in the data folder.
const BOUNDARIES: &str = "aomori/boundaries/N03-21_02_210101_s0010.topojson";

/// Runs the demo until Ctrl-C; then removes what it made, unless told to keep it.
pub(crate) async fn run(demo: Demo, data: Option<PathBuf>) -> anyhow::Result<()> {
    let folder = Folder::make(&demo.data, demo.keep)?;
    let config = config(&demo, data);
    say("makes a database", &config.database);
    let watch = Stopwatch::start();
    let store = compose::open_store(&config).await?;
    store.migrate(&compose::schemas()).await?;
    scenario::find(&demo.scenario, config.data.as_deref())?;
    let sources = compose::sources(&config);
    let app = compose::app(&config, store, &sources).await?;
    let mut tx = app.store.write().await?;
    identity::mark_demo(&mut tx, &app.ids, app.clock.now()).await?;
    tx.commit().await?;
    let people = identity::seed_demo(&app).await?;
    if let Some(data) = &config.data {
        say("uses the data folder", &data.display().to_string());
        import_boundaries(&app, &data.join(BOUNDARIES)).await?;
    }
    let running = serve::start(&config, app, &sources).await?;
    feeds::sources::replay::start(&running.app, &sources, &demo.scenario, f64::from(demo.speed)).await?;
    say("is ready", &format!("after {} ms", watch.elapsed().as_millis()));
    greet(&config.http.public_url, &demo, &people);
    let result = running.until_asked().await;
    drop(folder);
    result
}

fn config(demo: &Demo, data: Option<PathBuf>) -> Config {
    let mut config = Config { demo: true, data, state: demo.data.clone(), ..Config::default() };
    config.site_name = "まもり（デモ）".into();
    config.site_name_en = "Mamori (demo)".into();
    config.database = format!("sqlite://{}", demo.data.join("mamori.sqlite").display());
    config.http.bind = format!("127.0.0.1:{}", demo.port);
    config.http.public_url = format!("http://localhost:{}", demo.port);
    config
}

async fn import_boundaries(app: &http::App, file: &Path) -> anyhow::Result<()> {
    if file.is_file() {
        commands::publish_boundaries(app, file).await?;
    }
    Ok(())
}

fn say(what: &str, detail: &str) {
    println!("  demo {what}: {detail}");
}

fn greet(url: &str, demo: &Demo, people: &[identity::DemoAccount]) {
    println!("\n  【訓練】 {} ×{}", scenario::title(&demo.scenario).ja, demo.speed);
    println!("\n  {url}/          ホーム  home\n  {url}/map       地図  map");
    println!("  {url}/timeline  経過  timeline\n  {url}/sources   情報源  sources");
    println!("  {url}/lite      軽量版  without script\n  {url}/office    職員  office; sign in as:");
    for person in people {
        println!("      {}", person.name);
    }
    println!("\n  Ctrl-C ends it{}.", if demo.keep { "" } else { " and leaves nothing behind" });
}

/// The folder of a demo, removed when dropped.
struct Folder {
    path: PathBuf,
    keep: bool,
}

impl Folder {
    fn make(path: &Path, keep: bool) -> anyhow::Result<Self> {
        let used = path.is_dir() && std::fs::read_dir(path)?.next().is_some();
        anyhow::ensure!(
            !used || path.join("mamori.sqlite").exists(),
            "{} holds other files: choose an empty folder with --data",
            path.display()
        );
        if used && !keep {
            std::fs::remove_dir_all(path).with_context(|| format!("cannot empty {}", path.display()))?;
        }
        std::fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self { path: path.to_owned(), keep })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep {
            // What cannot be removed now is removed by the next start.
            let _ = std::fs::remove_dir_all(&self.path);
            let _ = self.path.parent().map(std::fs::remove_dir);
        }
    }
}
