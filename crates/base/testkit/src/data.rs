//! Real inputs, which are never part of the tree: where they are, and how a test says that they are not there.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The folder of real inputs: `MAMORI_DATA`, else `data` or `../shared/data` beside the workspace. `None` if there is none.
///
/// `./data` also holds the demo's database, so a folder counts only if it has telegrams (`jma`) in it.
pub fn data_dir() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no settings file; the variable is documented in CONTRIBUTING"
    )]
    let named = std::env::var_os("MAMORI_DATA").map(PathBuf::from);
    let root = workspace();
    named.into_iter().chain([root.join("data"), root.join("../shared/data")]).find(|folder| folder.join("jma").is_dir())
}

/// The root of the workspace, for tests that look at our own files.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap_or(Path::new("."))
}

/// Says that the calling test cannot run here; return right after it. `MAMORI_SKIPS` names a file that collects these
/// lines, so that the test command can count them.
pub fn skip(reason: &str) {
    println!("skipped: {reason}");
    #[expect(clippy::disallowed_methods, reason = "set by the test command only")]
    let file = std::env::var_os("MAMORI_SKIPS");
    let Some(file) = file else { return };
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("skipped: {reason} ({name})\n");
    let mut file =
        std::fs::OpenOptions::new().create(true).append(true).open(file).expect("the file of skips can be written");
    file.write_all(line.as_bytes()).expect("the file of skips can be written");
}
