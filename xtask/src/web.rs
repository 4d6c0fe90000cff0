//! The web app: its packages, its build, the types it takes from the API description.

use std::path::Path;
use std::time::SystemTime;

use anyhow::{Result, bail};

use crate::{machine, run};

/// Fetches the packages of the lock file, when they are not there or older than it. True when it did.
pub(crate) fn install() -> Result<bool> {
    if machine::which("npm").is_none() {
        bail!(
            "npm is not installed; the web app needs Node 20.19 or newer with npm (Debian: apt-get install nodejs npm)"
        );
    }
    let web = machine::root().join("web");
    let installed = changed(&web.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= changed(&web.join("package-lock.json")) {
        return Ok(false);
    }
    run::shown(run::npm(&["ci", "--no-audit", "--no-fund"]))?;
    Ok(true)
}

/// Builds the app into `web/build`, when a source is newer than what stands there. True when it did.
pub(crate) fn build() -> Result<bool> {
    let web = machine::root().join("web");
    let sources = ["src", "static", "plugins", "package-lock.json", "vite.config.ts", "svelte.config.js"];
    let newest = sources.iter().filter_map(|source| newest(&web.join(source))).max();
    if newest.is_some() && newest < self::newest(&web.join("build")) {
        return Ok(false);
    }
    run::shown(run::npm(&["run", "--silent", "build"]))?;
    Ok(true)
}

fn changed(file: &Path) -> Option<SystemTime> {
    file.metadata().ok()?.modified().ok()
}

/// When the newest file in there was written.
fn newest(path: &Path) -> Option<SystemTime> {
    if !path.is_dir() {
        return changed(path);
    }
    let entries = std::fs::read_dir(path).ok()?;
    entries.flatten().filter_map(|entry| newest(&entry.path())).max()
}
