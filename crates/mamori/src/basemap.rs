//! The map at the command line: originals in, map and packs made, files out. Progress goes to standard error.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use maps::build::Progress;

use crate::commands::plain_app;
use crate::config::Config;

/// Takes files for the map in; fails when one was refused.
pub(crate) async fn import(config: &Config, paths: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let app = plain_app(config).await?;
    let mut refused = 0;
    for path in paths {
        let imported = maps::import_basemap(&app, path, &tell).await?;
        clear();
        for original in &imported.taken {
            println!("{}: taken, {} features ({})", original.name, original.features, original.attribution.licence);
        }
        for name in &imported.unchanged {
            println!("{name}: known already");
        }
        for (name, note) in &imported.notes {
            println!("{name}: {}", note.en);
        }
        for one in &imported.refused {
            println!("refused {one}");
        }
        if imported.passed_over > 0 {
            println!("{} other files passed over", imported.passed_over);
        }
        refused += imported.refused.len();
    }
    app.store.close().await;
    println!("`mamori maps build` draws the map from what was taken");
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Draws the map and cuts the packs.
pub(crate) async fn build(config: &Config) -> anyhow::Result<()> {
    let app = plain_app(config).await?;
    let built = maps::build_all(&app, Arc::new(tell)).await?;
    app.store.close().await;
    clear();
    if built.packs == 0 {
        println!("there is nothing to draw yet; `mamori import basemap FILE` takes boundaries and extracts");
    } else {
        let (whole, middle) = (kilobytes(built.prefecture_bytes), kilobytes(built.median_bytes));
        println!("prefecture {whole} kB; {} packs, the middle one {middle} kB; {} changed", built.packs, built.changed);
    }
    Ok(())
}

/// Takes an original out of use.
pub(crate) async fn forget(config: &Config, name: &str) -> anyhow::Result<()> {
    let app = plain_app(config).await?;
    let found = maps::remove_basemap(&app, name).await?;
    app.store.close().await;
    anyhow::ensure!(found, "no file {name} is in use for the map");
    println!("{name} is out of use; `mamori maps build` draws the map without it");
    Ok(())
}

/// Writes the map as plain files.
pub(crate) async fn export(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let app = plain_app(config).await?;
    let files = maps::export(&app, folder).await.with_context(|| format!("cannot write to {}", folder.display()))?;
    app.store.close().await;
    println!("{files} files in {}", folder.display());
    Ok(())
}

/// One line that is written over, for people; nothing in a log file.
fn tell(progress: Progress) {
    let mut out = std::io::stderr();
    if !out.is_terminal() {
        return;
    }
    let text = match progress {
        Progress::Reading { name } => format!("reading {name}"),
        Progress::Tiles { done } => format!("{done} tiles"),
        Progress::Packs { done, total } => format!("pack {done} of {total}"),
    };
    // Progress that cannot be shown is no failure.
    let _ = write!(out, "\r\x1b[K{text}");
    let _ = out.flush();
}

fn clear() {
    let mut out = std::io::stderr();
    if out.is_terminal() {
        let _ = write!(out, "\r\x1b[K");
    }
}

fn kilobytes(bytes: u64) -> u64 {
    bytes.div_ceil(1024)
}
