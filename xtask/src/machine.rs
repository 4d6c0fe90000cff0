//! The machine the tool runs on: its environment, its clock, its programs.
#![expect(
    clippy::disallowed_methods,
    reason = "the tool stands outside the product; this file reads its environment and clock"
)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// The workspace this tool was built from.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// Where cargo builds, honouring `CARGO_TARGET_DIR`.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The cargo that runs us.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Whether this is continuous integration, where nothing may be skipped.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// Whether `name` can be run, and where it is.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// The server programs of PostgreSQL, which Debian keeps off the path.
pub(crate) fn initdb() -> Option<PathBuf> {
    which("initdb").or_else(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let mut found: Vec<_> = versions.flatten().map(|dir| dir.path().join("bin/initdb")).collect();
        found.retain(|file| file.is_file());
        found.sort();
        found.pop()
    })
}

/// Whether we may install Debian packages: root, and `apt-get` is there.
pub(crate) fn may_install() -> bool {
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0");
    root && which("apt-get").is_some()
}

/// A clock for showing how long things take.
#[derive(Clone, Copy)]
pub(crate) struct Timer(Instant);

impl Timer {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// `3:07`
    pub(crate) fn shown(self) -> String {
        let secs = self.0.elapsed().as_secs();
        format!("{}:{:02}", secs / 60, secs % 60)
    }
}
