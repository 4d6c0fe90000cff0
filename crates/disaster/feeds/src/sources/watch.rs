//! A drop folder (監視フォルダ): files that appear in it are taken in within a fraction of a second.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use http::App;
use kernel::{Mode, Stopwatch};
use serde::Deserialize;
use store::Stop;

use crate::db::{self, Look};
use crate::ingest::{MAX_TELEGRAM_BYTES, ingest};
use crate::model::Origin;
use crate::publish;
use crate::words::{self, Trouble};

/// A folder that is watched (監視フォルダの設定).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchFolder {
    /// Short name, shown to people.
    pub name: String,
    /// The folder; it may come and go.
    pub path: PathBuf,
    /// Live only where the folder is filled by a real feed.
    #[serde(default = "drill")]
    pub mode: Mode,
    /// Milliseconds between two looks.
    #[serde(default = "often")]
    pub every_ms: u64,
}

fn drill() -> Mode {
    Mode::Drill
}

fn often() -> u64 {
    100
}

impl WatchFolder {
    /// Where its telegrams come from.
    pub fn origin(&self) -> Origin {
        Origin { key: format!("watch:{}", self.name), mode: self.mode, run: None }
    }
}

/// Most files of a folder that are looked at.
const MAX_FILES: usize = 10_000;
/// Files taken in one look; the rest at the next.
const AT_ONCE: usize = 64;
/// A file without a proper end is given this long to grow.
const GROW: Duration = Duration::from_secs(2);
/// How often a healthy look is written down.
const BEAT: Duration = Duration::from_secs(10);

/// What a folder looked like the last time.
#[derive(Debug, Default)]
pub struct Watcher {
    seen: HashMap<PathBuf, Seen>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    stamp: Stamp,
    taken: bool,
    since: Stopwatch,
}

/// Size and time of change: when either moves, the file is looked at again.
type Stamp = (u64, Option<SystemTime>);

impl Watcher {
    /// Files that are new or changed and complete, in the order of their names.
    pub fn look(&mut self, folder: &Path) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
        let mut files = list(folder)?;
        files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let present: std::collections::HashSet<&PathBuf> = files.iter().map(|(path, _)| path).collect();
        self.seen.retain(|path, _| present.contains(path));
        let mut found = Vec::new();
        let mut held = 0;
        for (path, stamp) in &files {
            if found.len() >= AT_ONCE || held > MAX_TELEGRAM_BYTES {
                break;
            }
            if let Some(bytes) = self.take(path, *stamp) {
                held += bytes.len();
                found.push((path.clone(), bytes));
            }
        }
        Ok(found)
    }

    /// Says that a file could not be handed on and must be offered again.
    pub fn give_back(&mut self, path: &Path) {
        self.seen.remove(path);
    }

    fn take(&mut self, path: &Path, stamp: Stamp) -> Option<Vec<u8>> {
        let since = match self.seen.get(path) {
            Some(seen) if seen.stamp == stamp && seen.taken => return None,
            Some(seen) if seen.stamp == stamp => seen.since,
            _ => Stopwatch::start(),
        };
        let bytes = read(path).ok();
        let ready = bytes.as_deref().is_some_and(|bytes| complete(bytes) || since.elapsed() >= GROW);
        self.seen.insert(path.to_owned(), Seen { stamp, taken: ready, since });
        bytes.filter(|_| ready)
    }
}

/// Watches a folder until it is told to stop.
pub(crate) async fn run(app: &App, folder: &WatchFolder, mut stop: Stop) {
    let origin = folder.origin();
    let mut watcher = Watcher::default();
    let mut beat = None::<(bool, Stopwatch)>;
    loop {
        let ok = match look(app, folder, &origin, watcher).await {
            Ok((back, ok)) => {
                watcher = back;
                ok
            }
            Err(error) => {
                tracing::error!(folder = folder.name, error = format!("{error:#}"), "watching {} failed", folder.name);
                watcher = Watcher::default();
                false
            }
        };
        if beat.is_none_or(|(was, since)| was != ok || since.elapsed() >= BEAT) {
            beat = Some((ok, Stopwatch::start()));
            if let Err(error) = note(app, &origin, ok).await {
                tracing::error!(folder = folder.name, error = format!("{error:#}"), "noting {} failed", folder.name);
            }
        }
        let pause = if ok { folder.every_ms.clamp(10, 60_000) } else { 1_000 };
        if !stop.pause(Duration::from_millis(pause)).await {
            return;
        }
    }
}

/// One look; the watcher travels to a thread that may wait for the disk, and back.
async fn look(
    app: &App,
    folder: &WatchFolder,
    origin: &Origin,
    mut watcher: Watcher,
) -> anyhow::Result<(Watcher, bool)> {
    let path = folder.path.clone();
    let (mut watcher, found) = tokio::task::spawn_blocking(move || {
        let found = watcher.look(&path);
        (watcher, found)
    })
    .await?;
    let Ok(found) = found else {
        return Ok((watcher, false));
    };
    for (path, bytes) in found {
        let hint = path.file_name().and_then(|name| name.to_str());
        if let Err(error) = ingest(app, origin, &bytes, hint).await {
            tracing::error!(
                folder = folder.name,
                error = format!("{error:#}"),
                "a file of {} was not taken in",
                folder.name
            );
            watcher.give_back(&path);
        }
    }
    Ok((watcher, true))
}

async fn note(app: &App, origin: &Origin, ok: bool) -> anyhow::Result<()> {
    let look = Look { error: (!ok).then(|| Trouble::Folder.text()), success: ok, ..Look::default() };
    let mut tx = app.store.write().await?;
    db::announce(&mut tx, &words::spec(origin)).await?;
    if db::looked(&mut tx, &origin.key, &look, app.clock.now()).await? {
        db::clear_mark(&mut tx, publish::NAME).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn list(folder: &Path) -> io::Result<Vec<(PathBuf, Stamp)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)?.take(MAX_FILES) {
        let entry = entry?;
        let path = entry.path();
        if !is_telegram_name(&path) {
            continue;
        }
        // A file may go away between the two looks, and links are not followed.
        if let Ok(about) = entry.metadata()
            && about.is_file()
        {
            files.push((path, (about.len(), about.modified().ok())));
        }
    }
    Ok(files)
}

/// `.xml` and `.xml.gz`; hidden files are somebody's unfinished copies.
pub(crate) fn is_telegram_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
    let stem = name.strip_suffix(".gz").unwrap_or(&name);
    !name.starts_with('.') && stem.strip_suffix(".xml").is_some_and(|stem| !stem.is_empty())
}

/// Reads a file, but never more than a little over the limit: the rest would be refused anyway.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MAX_TELEGRAM_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a file has its proper end, so that it need not be waited for.
fn complete(bytes: &[u8]) -> bool {
    let end = bytes.trim_ascii_end();
    end.ends_with(b"</Report>") || end.ends_with(b":Report>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &[(PathBuf, Vec<u8>)]) -> Vec<String> {
        found.iter().map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_complete_file_is_taken_at_once_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut watcher = Watcher::default();
        fs::write(folder.path().join("b.xml"), "<Report></Report>\n").unwrap();
        fs::write(folder.path().join("a.XML"), "<jmx:Report></jmx:Report>").unwrap();
        fs::write(folder.path().join("c.txt"), "</Report>").unwrap();
        fs::write(folder.path().join(".d.xml"), "</Report>").unwrap();
        fs::create_dir(folder.path().join("e.xml")).unwrap();
        assert_eq!(names(&watcher.look(folder.path()).unwrap()), ["a.XML", "b.xml"]);
        assert!(watcher.look(folder.path()).unwrap().is_empty());
        fs::write(folder.path().join("b.xml"), "<Report>changed</Report>\n").unwrap();
        assert_eq!(names(&watcher.look(folder.path()).unwrap()), ["b.xml"]);
        watcher.give_back(&folder.path().join("b.xml"));
        assert_eq!(names(&watcher.look(folder.path()).unwrap()), ["b.xml"]);
    }

    #[test]
    fn a_file_being_written_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let mut watcher = Watcher::default();
        let path = folder.path().join("a.xml");
        fs::write(&path, "<Report><Hea").unwrap();
        assert!(watcher.look(folder.path()).unwrap().is_empty());
        fs::write(&path, "<Report><Head/></Report>").unwrap();
        assert_eq!(watcher.look(folder.path()).unwrap().len(), 1);
    }

    #[test]
    fn a_file_that_never_ends_is_taken_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut watcher = Watcher::default();
        fs::write(folder.path().join("a.xml"), "garbage").unwrap();
        assert!(watcher.look(folder.path()).unwrap().is_empty());
        #[expect(clippy::disallowed_methods, reason = "this test is about real time passing")]
        std::thread::sleep(GROW);
        assert_eq!(watcher.look(folder.path()).unwrap().len(), 1);
        assert!(watcher.look(folder.path()).unwrap().is_empty());
    }

    #[test]
    fn a_missing_folder_is_an_error_and_no_panic() {
        assert!(Watcher::default().look(Path::new("/nonexistent/feeds")).is_err());
    }
}
