//! The folder of finished files, named by their content, and what a name may look like.
//!
//! **Invariant:** a file has its name only when it is whole and on disk, and never changes afterwards.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

/// Drafts that a crash left are older than any build takes.
const DRAFT: &str = ".draft-";

/// The folder of finished files (公開ファイルの置き場). Cheap to clone.
#[derive(Debug, Clone)]
pub struct Folder(Arc<PathBuf>);

/// A file that is in the folder (公開ファイル).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// `<sha256>.pmtiles`
    pub name: String,
    pub sha256: String,
    pub bytes: u64,
}

impl Folder {
    /// Opens the folder, making it if it is absent.
    pub fn open(path: impl Into<PathBuf>) -> anyhow::Result<Self> {
        let path = path.into();
        std::fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(Arc::new(path)))
    }

    /// Where a file is, or would be. `None` for what is no name of ours.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        is_name(name).then(|| self.0.join(name))
    }

    /// A file without a name, gone when it is closed.
    pub(crate) fn scratch(&self) -> anyhow::Result<File> {
        tempfile::tempfile_in(&*self.0).with_context(|| format!("cannot write in {}", self.0.display()))
    }

    /// A file that goes unless it is kept.
    pub(crate) fn draft(&self) -> anyhow::Result<NamedTempFile> {
        let draft = tempfile::Builder::new().prefix(DRAFT).tempfile_in(&*self.0);
        draft.with_context(|| format!("cannot write in {}", self.0.display()))
    }

    /// Gives a finished draft its name. The same bytes again are the same file.
    pub(crate) fn keep(&self, draft: NamedTempFile, extension: &str) -> anyhow::Result<Kept> {
        let (sha256, bytes) = digest(draft.path())?;
        let name = format!("{sha256}.{extension}");
        let path = self.0.join(&name);
        if digest(&path).is_ok_and(|(there, _)| there == sha256) {
            return Ok(Kept { name, sha256, bytes });
        }
        draft.as_file().sync_all()?;
        readable(draft.as_file())?;
        draft.persist(&path).with_context(|| format!("cannot write {}", path.display()))?;
        File::open(&*self.0)?.sync_all()?;
        Ok(Kept { name, sha256, bytes })
    }

    /// Keeps bytes as a file.
    pub(crate) fn keep_bytes(&self, bytes: &[u8], extension: &str) -> anyhow::Result<Kept> {
        let mut draft = self.draft()?;
        draft.write_all(bytes).context("cannot write; is the disk full?")?;
        self.keep(draft, extension)
    }

    /// Removes every finished file that is not among `wanted`; answers how many went.
    pub(crate) fn prune(&self, wanted: &HashSet<String>) -> anyhow::Result<usize> {
        let mut gone = 0;
        for entry in std::fs::read_dir(&*self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_name(&name) && !wanted.contains(&name) {
                std::fs::remove_file(entry.path())?;
                gone += 1;
            }
        }
        Ok(gone)
    }
}

/// `<64 hexadecimal digits>.pmtiles` or `.json`.
pub(crate) fn is_name(name: &str) -> bool {
    let Some((stem, extension)) = name.split_once('.') else { return false };
    let hex = stem.len() == 64 && stem.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    hex && matches!(extension, "pmtiles" | "json")
}

/// SHA-256 and length of a file.
fn digest(path: &Path) -> anyhow::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut length = 0;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        length += read as u64;
    }
    Ok((kernel::hex(&hash.finalize()), length))
}

/// Drafts are for us alone; what is published may be read by a web server beside us.
fn readable(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bytes_are_one_file_and_drafts_go() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path().join("maps")).unwrap();
        let one = folder.keep_bytes(b"{}", "json").unwrap();
        let two = folder.keep_bytes(b"{}", "json").unwrap();
        assert_eq!(one, two);
        assert_eq!(one.name, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a.json");
        drop(folder.draft().unwrap());
        let names: Vec<_> = std::fs::read_dir(&*folder.0).unwrap().collect();
        assert_eq!(names.len(), 1);
        assert_eq!(folder.prune(&HashSet::from([one.name.clone()])).unwrap(), 0);
        assert_eq!(folder.prune(&HashSet::new()).unwrap(), 1);
        assert!(!folder.path(&one.name).unwrap().exists());
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let hex = "0".repeat(64);
        assert!(is_name(&format!("{hex}.pmtiles")));
        let bad =
            ["../x", "", ".", &hex, &format!("{hex}.sh"), &format!("{hex}.json/.."), &format!("{hex}.pmtiles.json")];
        assert!(bad.iter().all(|name| !is_name(name)), "{bad:?}");
    }
}
