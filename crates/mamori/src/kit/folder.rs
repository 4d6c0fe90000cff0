//! The folder of a kit: where everything of it lies, and files that survive a power cut.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use kernel::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a kit lives unless the command line says otherwise.
pub(crate) const DEFAULT: &str = "mamori-kit";

/// A kit's folder (キットのフォルダー): database, keys, certificate. Private to the user who runs the kit.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

/// What a kit knows of itself since it was enrolled (キットの登録票). Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plate {
    /// The kit, as the centre calls it.
    pub(crate) kit: Uuid,
    /// 「是川小学校 1号」
    pub(crate) name: String,
    /// JIS code of the municipality.
    pub(crate) municipality: String,
    /// Address of the centre.
    pub(crate) centre: String,
    pub(crate) enrolled_at: Timestamp,
}

impl Folder {
    /// The folder named on the command line, else [`DEFAULT`] here.
    pub(crate) fn at(path: Option<PathBuf>) -> Self {
        Self(path.unwrap_or_else(|| DEFAULT.into()))
    }

    /// Makes the folder (0700) if it is absent.
    pub(crate) fn make(&self) -> anyhow::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(&self.0).with_context(|| format!("cannot make {}", self.0.display()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> String {
        format!("sqlite://{}", self.0.join("kit.sqlite").display())
    }

    /// The sealed key, see [`super::safe::Safe`].
    pub(crate) fn safe(&self) -> PathBuf {
        self.0.join("safe.json")
    }

    /// The key with which the kit signs its requests to the centre. In clear: a locked kit goes on syncing, and the centre
    /// takes the right away the moment it hears of a theft.
    pub(crate) fn device_key(&self) -> PathBuf {
        self.0.join("device.key")
    }

    /// What an enrolment that was cut off had made.
    pub(crate) fn draft(&self) -> PathBuf {
        self.0.join("enrol.json")
    }

    /// Authorities to trust for the centre besides the system's.
    pub(crate) fn trusted(&self) -> PathBuf {
        self.0.join("centre-ca.crt")
    }

    pub(crate) fn tablets(&self) -> PathBuf {
        self.0.join("tablets.json")
    }

    /// Certificate (with its authority) and key for the LAN.
    pub(crate) fn lan(&self) -> (PathBuf, PathBuf) {
        (self.0.join("lan.crt"), self.0.join("lan.key"))
    }

    /// Certificate of the municipality's authority, for tablets to trust.
    pub(crate) fn authority(&self) -> PathBuf {
        self.0.join("ca.crt")
    }

    /// Where a running kit listens, for the other commands on this machine.
    pub(crate) fn running(&self) -> PathBuf {
        self.0.join("running.json")
    }

    /// What the kit knows of itself.
    pub(crate) fn plate(&self) -> anyhow::Result<Plate> {
        let found = read(&self.0.join("kit.json"))?;
        found.with_context(|| format!("{} is not an enrolled kit; `mamori kit enrol` makes it one", self.0.display()))
    }

    /// Keeps what the centre said at enrolment.
    pub(crate) fn keep_plate(&self, plate: &Plate) -> anyhow::Result<()> {
        write(&self.0.join("kit.json"), plate)
    }
}

/// Reads a JSON file; `None` when there is none.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Option<T>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    serde_json::from_slice(&bytes).map(Some).with_context(|| format!("{} is damaged", path.display()))
}

/// Writes a JSON file so that after a power cut it is the old one or the new one, whole.
pub(crate) fn write<T: Serialize>(path: &Path, value: &T) -> anyhow::Result<()> {
    write_bytes(path, &serde_json::to_vec_pretty(value)?)
}

/// The same for any content; readable by its owner alone.
pub(crate) fn write_bytes(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let draft = path.with_extension("draft");
    let written = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&draft, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    };
    written().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_a_kit_keeps_is_private_and_whole() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::at(Some(home.path().join("kit")));
        folder.make().unwrap();
        assert!(format!("{:#}", folder.plate().unwrap_err()).contains("mamori kit enrol"));
        let plate = Plate {
            kit: Uuid::from_u128(7),
            name: "是川小学校 1号".into(),
            municipality: "02203".into(),
            centre: "https://mamori.example.jp".into(),
            enrolled_at: Timestamp::from_secs(1_765_203_300),
        };
        folder.keep_plate(&plate).unwrap();
        folder.keep_plate(&plate).unwrap();
        assert_eq!(folder.plate().unwrap(), plate);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(folder.path()), mode(&folder.path().join("kit.json"))), (0o700, 0o600));
        std::fs::write(folder.path().join("kit.json"), "{").unwrap();
        assert!(format!("{:#}", folder.plate().unwrap_err()).contains("is damaged"));
    }
}
