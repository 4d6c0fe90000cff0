//! The map as plain files, for a CDN: `maps/files/…` as published, and every tile of the whole map, plain and as gzip.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use http::App;

use crate::archive::Archive;
use crate::files::Folder;
use crate::{db, state};

/// Writes `maps/files/*` and `maps/tiles/{z}/{x}/{y}.mvt` (with `.mvt.gz` beside) below the folder; answers how many files.
pub async fn export(app: &App, folder: &Path) -> anyhow::Result<usize> {
    let files = state(app)?.files.clone();
    let made = db::made(&mut app.store.read().await?).await?;
    let names: Vec<String> = made
        .iter()
        .flat_map(|made| &made.files)
        .filter_map(|file| Some(file.path.rsplit_once('/')?.1.to_owned()))
        .collect();
    let whole = made.iter().find(|made| made.code == crate::packs::PREFECTURE);
    let whole = whole.and_then(|made| made.files.first()).map(|file| format!("{}.pmtiles", file.sha256));
    let folder = folder.join("maps");
    tokio::task::spawn_blocking(move || {
        let mut written = copy(&files, &names, &folder.join("files"))?;
        if let Some(path) = whole.and_then(|name| files.path(&name)) {
            written += tiles(&Archive::open(&path)?, &folder.join("tiles"))?;
        }
        Ok(written)
    })
    .await?
}

fn copy(files: &Folder, names: &[String], folder: &Path) -> anyhow::Result<usize> {
    make(folder)?;
    let mut written = 0;
    for name in names {
        let from = files.path(name).context("the name of a file")?;
        let to = folder.join(name);
        // A name says the content, so what is there is right.
        if !to.exists() {
            let draft = folder.join(format!(".{name}"));
            std::fs::copy(&from, &draft).with_context(|| format!("cannot write {}", draft.display()))?;
            std::fs::rename(draft, to)?;
        }
        written += 1;
    }
    Ok(written)
}

fn tiles(archive: &Archive, folder: &Path) -> anyhow::Result<usize> {
    let mut written = 0;
    for (tile, span) in archive.tiles() {
        let folder = folder.join(tile.z().to_string()).join(tile.x().to_string());
        make(&folder)?;
        let packed = archive.bytes(span)?;
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut plain)?;
        put(&folder.join(format!("{}.mvt", tile.y())), &plain)?;
        put(&folder.join(format!("{}.mvt.gz", tile.y())), &packed)?;
        written += 2;
    }
    Ok(written)
}

/// Writes a file so that nobody ever reads half of it.
fn put(path: &PathBuf, bytes: &[u8]) -> anyhow::Result<()> {
    let draft = path.with_extension("draft");
    std::fs::write(&draft, bytes).with_context(|| format!("cannot write {}", draft.display()))?;
    std::fs::rename(draft, path)?;
    Ok(())
}

fn make(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}
