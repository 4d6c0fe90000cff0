//! Taking originals in: read whole first, then kept, then entered into the ledger.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use http::App;
use kernel::Mode;
use serde_json::{Value, json};
use store::Tx;
use store::blobs::BlobId;
use store::journal::{self, Body, NewEntry};

use crate::build::{Listener, Progress};
use crate::model::Original;
use crate::sources::{self, Refused, Scope};
use crate::{IMPORTED, REMOVED, db, state};

/// Files of a folder that are looked at.
const MOST_FILES: usize = 10_000;

/// What became of the files (取り込みの結果).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    pub taken: Vec<Original>,
    /// Known already, byte for byte.
    pub unchanged: Vec<String>,
    pub refused: Vec<Refused>,
    /// What is missing in files that were taken: file, what.
    pub notes: Vec<(String, kernel::Text)>,
    /// Files of a folder that cannot be ours by their name.
    pub passed_over: usize,
}

/// Takes a file, or every file of a folder and its folders. One that is refused stops no other.
pub async fn import_basemap(app: &App, path: &Path, tell: Listener<'_>) -> anyhow::Result<Imported> {
    let mut imported = Imported::default();
    let files = files(path)?;
    for file in &files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if files.len() > 1 && !sources::may_be_ours(&name) {
            imported.passed_over += 1;
            continue;
        }
        tell(Progress::Reading { name: name.clone() });
        take(app, file, name, &mut imported).await?;
    }
    Ok(imported)
}

/// Takes an original out of use, by its name. The next build draws without it.
pub async fn remove_basemap(app: &App, name: &str) -> anyhow::Result<bool> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let found = db::remove(&mut tx, name, now).await?;
    if found {
        record(app, &mut tx, REMOVED, name, json!({})).await?;
        tx.commit().await?;
    }
    Ok(found)
}

async fn take(app: &App, file: &Path, name: String, imported: &mut Imported) -> anyhow::Result<()> {
    let state = state(app)?;
    let bytes = tokio::fs::read(file).await.with_context(|| format!("cannot read {}", file.display()))?;
    let sha256 = BlobId::of(&bytes).as_str().to_owned();
    let known = db::originals(&mut app.store.read().await?).await?;
    if known.iter().any(|original| original.sha256 == sha256) {
        imported.unchanged.push(name);
        return Ok(());
    }
    let (path, called) = (file.to_owned(), name.clone());
    let reading = tokio::task::spawn_blocking(move || sources::read(&path, &called, Scope::AOMORI)).await?;
    let reading = match reading {
        Ok(reading) => reading,
        Err(refused) => {
            imported.refused.push(refused);
            return Ok(());
        }
    };
    let original = Original {
        name,
        kind: reading.kind,
        bytes: bytes.len() as u64,
        features: reading.features.len() as u64,
        attribution: reading.attribution,
        imported_at: app.clock.now(),
        sha256,
    };
    state.originals.put(bytes, "application/octet-stream").await?;
    let mut tx = app.store.write().await?;
    db::insert(&mut tx, app.ids.next(), &original, "system").await?;
    let body = json!({ "kind": original.kind, "sha256": original.sha256, "features": original.features });
    record(app, &mut tx, IMPORTED, &original.name, body).await?;
    tx.commit().await?;
    imported.notes.extend(reading.notes.into_iter().map(|note| (original.name.clone(), note)));
    imported.taken.push(original);
    Ok(())
}

/// Adds an entry to the journal.
pub(crate) async fn record(
    app: &App,
    tx: &mut Tx,
    kind: &'static str,
    subject: &str,
    body: Value,
) -> store::Result<()> {
    let now = app.clock.now();
    let entry = NewEntry {
        id: app.ids.next(),
        kind,
        subject: subject.to_owned(),
        area: None,
        mode: Mode::Live,
        actor: "system".into(),
        device: None,
        occurred_at: now,
        body: Body::Open(body),
    };
    journal::record(tx, entry, now).await.map(|_| ())
}

/// The file, or the files of the folder in the order of their names.
fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        if !path.is_dir() {
            found.push(path);
            anyhow::ensure!(found.len() <= MOST_FILES, "more than {MOST_FILES} files; name a smaller folder");
            continue;
        }
        for entry in std::fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))? {
            open.push(entry?.path());
        }
    }
    found.sort();
    Ok(found)
}
