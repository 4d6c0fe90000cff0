//! The public documents as files, for a CDN or a plain web server (書き出し).

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Document, Hot};

/// Endings of the files of one document.
const ENDINGS: [&str; 3] = ["", ".gz", ".br"];

impl Hot {
    /// Writes every document as `<folder>/<name>.json` with `.gz` and `.br` beside it. Each file appears whole or not at all.
    pub async fn export(&self, folder: &Path) -> io::Result<usize> {
        let (all, folder) = (self.all(), folder.to_owned());
        let count = all.len();
        blocking(move || all.iter().try_for_each(|document| write(&folder, document))).await?;
        Ok(count)
    }
}

/// Keeps a folder equal to what is published.
pub(super) struct Exporter {
    folder: PathBuf,
    written: HashMap<String, Arc<Document>>,
    failing: bool,
}

impl Exporter {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, written: HashMap::new(), failing: false }
    }

    /// Writes what changed and removes what was withdrawn since the last call; a failure is tried again by the next.
    pub(super) async fn write_changed(&mut self, hot: &Hot) {
        let now: HashMap<String, Arc<Document>> = hot.all().into_iter().map(|d| (d.name.clone(), d)).collect();
        let changed: Vec<_> = now
            .values()
            .filter(|d| self.written.get(&d.name).is_none_or(|old| !Arc::ptr_eq(old, d)))
            .cloned()
            .collect();
        let gone: Vec<_> = self.written.keys().filter(|name| !now.contains_key(*name)).cloned().collect();
        if changed.is_empty() && gone.is_empty() {
            return;
        }
        let folder = self.folder.clone();
        let done = blocking(move || {
            changed.iter().try_for_each(|document| write(&folder, document))?;
            gone.iter().try_for_each(|name| remove(&folder, name))
        });
        match done.await {
            Ok(()) => (self.written, self.failing) = (now, false),
            Err(error) if !self.failing => {
                self.failing = true;
                tracing::error!(%error, "public documents cannot be exported; trying again");
            }
            Err(_) => {}
        }
    }
}

fn write(folder: &Path, document: &Document) -> io::Result<()> {
    let base = folder.join(&document.name);
    if let Some(parent) = base.parent() {
        std::fs::create_dir_all(parent)?;
    }
    for (ending, bytes) in document.bytes.forms() {
        let target = file(folder, &document.name, ending);
        let temporary = target.with_extension("part");
        std::fs::write(&temporary, bytes)?;
        std::fs::rename(&temporary, &target)?;
    }
    Ok(())
}

fn remove(folder: &Path, name: &str) -> io::Result<()> {
    for ending in ENDINGS {
        match std::fs::remove_file(file(folder, name, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn file(folder: &Path, name: &str, ending: &str) -> PathBuf {
    folder.join(format!("{name}.json{ending}"))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
