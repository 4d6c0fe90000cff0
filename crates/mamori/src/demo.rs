//! `mamori demo`: everything in one process, with an earthquake replayed in drill mode.

mod places;

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use kernel::Stopwatch;
use store::Stop;

use crate::cli::Demo;
use crate::config::Config;
use crate::{child, compose, scenario, serve};

/// The file of real boundaries in the data folder.
const BOUNDARIES: &str = "aomori/boundaries/N03-21_02_210101_s0010.topojson";

/// Runs the demo until Ctrl-C; then removes what it made, unless told to keep it.
pub(crate) async fn run(demo: Demo, data: Option<PathBuf>) -> anyhow::Result<()> {
    let mut config = config(&demo, data);
    // What can be refused is refused before anything is touched.
    scenario::find(&demo.scenario, config.data.as_deref())?;
    std::net::TcpListener::bind(&config.http.bind)
        .with_context(|| format!("port {} is taken; choose another with --port", demo.port))?;
    let folder = Folder::make(&demo.data, demo.keep)?;
    config.file = Some(config.write(&demo.data.join("mamori.toml"))?);
    let (stopper, stop) = Stop::new();
    say("makes a database", &config.database);
    let watch = Stopwatch::start();
    let store = compose::open_store(&config).await?;
    // A demo invents people: nobody else's database is for it. One without tables has no journal to look into.
    let used = store::journal::head(&store).await.is_ok_and(|(position, _)| position > 0);
    anyhow::ensure!(
        !used || demo.database.is_none(),
        "the database of --database is not empty: give the demo one of its own"
    );
    store.migrate(&compose::schemas()).await?;
    let sources = compose::sources(&config);
    let app = compose::app(&config, store, &sources).await?;
    let mut tx = app.store.write().await?;
    identity::mark_demo(&mut tx, &app.ids, app.clock.now()).await?;
    tx.commit().await?;
    let people = identity::seed_demo(&app).await?;
    if let Some(data) = &config.data {
        say("uses the data folder", &data.display().to_string());
        import_boundaries(&config, &data.join(BOUNDARIES), &stop).await?;
    }
    let data = config.data.clone().filter(|_| !demo.sample);
    let taken = places::import(&config, data.as_deref(), &stop).await?;
    say("imported places", &taken.to_string());
    app.hot.refresh().await?;
    let running = serve::start(&config, app, &sources).await?;
    places::open_shelters(&running.app, &scenario::title(&demo.scenario)).await?;
    let taking = tokio::spawn(take_basemap(config.clone(), data, stop));
    feeds::sources::replay::start(&running.app, &sources, &demo.scenario, f64::from(demo.speed)).await?;
    say("is ready", &format!("after {} ms", watch.elapsed().as_millis()));
    greet(&config.http.public_url, &demo, &people);
    let result = running.until_asked().await;
    // Nobody may be writing any more when the folder goes.
    stopper.stop();
    taking.await?;
    drop(folder);
    result
}

fn config(demo: &Demo, data: Option<PathBuf>) -> Config {
    let mut config = Config { demo: true, data, state: demo.data.clone(), ..Config::default() };
    config.site_name = "まもり（デモ）".into();
    config.site_name_en = "Mamori (demo)".into();
    config.maps.redraw_after_seconds = 1;
    let file = || format!("sqlite://{}", demo.data.join("mamori.sqlite").display());
    config.database = demo.database.clone().unwrap_or_else(file);
    config.http.bind = format!("127.0.0.1:{}", demo.port);
    config.http.public_url = format!("http://localhost:{}", demo.port);
    // A demo listens to this machine alone, and may show its notices to a push service here too.
    config.notices.local_push = true;
    config
}

async fn import_boundaries(config: &Config, file: &Path, stop: &Stop) -> anyhow::Result<()> {
    if file.is_file() {
        let words = ["import".as_ref(), "boundaries".as_ref(), file.as_os_str()];
        child::run(config.file.as_deref(), &words, stop.clone()).await?.well()?;
    }
    Ok(())
}

/// The real map comes when it is drawn; until then the outline of the sample, or the coarse one, stands.
async fn take_basemap(config: Config, data: Option<PathBuf>, stop: Stop) {
    let Some(data) = data else { return };
    match places::import_basemap(&config, &data, stop.clone()).await {
        Ok(()) => say("has taken in", "what the map is drawn from"),
        Err(_) if stop.is_stopped() => {}
        Err(error) => say("cannot take in what the map is drawn from", &format!("{error:#}")),
    }
}

fn say(what: &str, detail: &str) {
    println!("  demo {what}: {detail}");
}

fn greet(url: &str, demo: &Demo, people: &[identity::DemoAccount]) {
    println!("\n  【訓練】 {} ×{}", scenario::title(&demo.scenario).ja, demo.speed);
    println!(
        "\n  {url}/          ホーム  home\n  {url}/map       地図  map\n  {url}/places    避難所など  places\n  {url}/packs     持ち出し地図  offline maps"
    );
    println!("  {url}/timeline  経過  timeline\n  {url}/sources   情報源  sources");
    println!("  {url}/lite?drill=1  軽量版  without script\n  {url}/office    職員  office; sign in as:");
    for person in people {
        println!("      {}", person.name);
    }
    println!("\n  Ctrl-C ends it{}.", if demo.keep { "" } else { " and leaves nothing behind" });
}

/// The file by which a demo knows its own folder; locked while the demo runs.
const MARK: &str = "this-is-a-mamori-demo";

/// The folder of a demo, removed when dropped. Only a folder that a demo made is ever emptied or removed.
struct Folder {
    path: PathBuf,
    keep: bool,
    _lock: File,
}

impl Folder {
    fn make(path: &Path, keep: bool) -> anyhow::Result<Self> {
        let mark = path.join(MARK);
        let used = path.is_dir() && std::fs::read_dir(path)?.next().is_some();
        anyhow::ensure!(
            !used || mark.is_file(),
            "{} holds files that no demo made: choose an empty folder with --data",
            path.display()
        );
        std::fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
        let lock = File::create(&mark).with_context(|| format!("cannot write {}", mark.display()))?;
        anyhow::ensure!(
            lock.try_lock().is_ok(),
            "another demo runs in {}: end it, or choose another folder with --data",
            path.display()
        );
        if used && !keep {
            empty(path)?;
        }
        Ok(Self { path: path.to_owned(), keep, _lock: lock })
    }
}

/// Removes everything of a demo but its mark.
fn empty(path: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name() == MARK {
            continue;
        }
        let removed = if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())
        } else {
            std::fs::remove_file(entry.path())
        };
        removed.with_context(|| format!("cannot remove {}", entry.path().display()))?;
    }
    Ok(())
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep {
            // What cannot be removed now is removed by the next start.
            let _ = std::fs::remove_dir_all(&self.path);
            // `data/`, if we made it and nothing else is in it.
            let _ = self.path.parent().map(std::fs::remove_dir);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_no_demo_made_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mamori.sqlite"), "precious").unwrap();
        let refused = Folder::make(folder.path(), false).map(drop).unwrap_err().to_string();
        assert!(refused.contains("no demo made"), "{refused}");
        assert_eq!(std::fs::read(folder.path().join("mamori.sqlite")).unwrap(), b"precious");
    }

    #[test]
    fn a_running_demo_is_left_alone_and_an_ended_one_is_emptied() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data/demo");
        let running = Folder::make(&path, false).unwrap();
        std::fs::write(path.join("mamori.sqlite"), "of the running one").unwrap();
        assert!(Folder::make(&path, false).is_err());
        assert!(path.join("mamori.sqlite").exists());
        std::mem::drop(running);
        assert!(!parent.path().join("data").exists());

        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join(MARK), "").unwrap();
        std::fs::write(path.join("mamori.sqlite"), "of a killed one").unwrap();
        let _again = Folder::make(&path, false).unwrap();
        assert!(!path.join("mamori.sqlite").exists());
    }
}
