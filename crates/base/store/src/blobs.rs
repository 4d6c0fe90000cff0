//! Blobs: originals of every telegram and upload, as files named by their content.
//!
//! **Invariant:** a blob never changes: its name is the SHA-256 of its bytes, and reading checks it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::arg::{Arg, Nullable};
use crate::chance;
use kernel::hex;

/// The name of a blob (原本の名前): 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlobId(String);

/// What may be kept (受け入れの制限).
#[derive(Debug, Clone)]
pub struct Limits {
    /// Largest blob in bytes.
    pub max_bytes: usize,
    /// Accepted media types without parameters, `application/xml`; `image/*` accepts a whole family.
    pub media_types: &'static [&'static str],
}

impl Default for Limits {
    /// 20 MiB of anything: sources archive what they got, even when it is not understood.
    fn default() -> Self {
        Self { max_bytes: 20 << 20, media_types: &["*/*"] }
    }
}

/// Why a blob was not kept or not given (原本の失敗).
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Larger than the limit.
    #[error("{bytes} bytes are more than the limit of {limit}")]
    TooLarge { bytes: usize, limit: usize },
    /// Not among the accepted media types.
    #[error("media type {0} is not accepted")]
    MediaType(String),
    /// There is no such blob.
    #[error("no blob {0}")]
    NotFound(BlobId),
    /// The file's bytes are not those that were put.
    #[error("blob {0} is damaged")]
    Damaged(BlobId),
    /// Not 64 lower-case hexadecimal digits.
    #[error("not the name of a blob")]
    Name,
    /// The disk refused.
    #[error("blob folder: {0}")]
    Io(#[from] std::io::Error),
}

/// The folder of blobs (原本の保管庫). Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    limits: Limits,
}

impl Blobs {
    /// Opens the folder, making it if it is absent.
    pub fn open(folder: impl Into<PathBuf>, limits: Limits) -> Result<Self, BlobError> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder)?;
        Ok(Self { inner: Arc::new(Inner { folder, limits }) })
    }

    /// Keeps the bytes; when this answers, they survive a power cut. The same bytes again give the same name.
    pub async fn put(&self, bytes: impl Into<Vec<u8>>, media_type: &str) -> Result<BlobId, BlobError> {
        let bytes = bytes.into();
        self.inner.limits.accept(bytes.len(), media_type)?;
        self.blocking(move |inner| inner.put(&bytes)).await
    }

    /// The bytes, checked against their name.
    pub async fn get(&self, id: &BlobId) -> Result<Vec<u8>, BlobError> {
        let id = id.clone();
        self.blocking(move |inner| inner.get(&id)).await
    }

    /// True if the blob is there (not whether it is whole).
    pub fn contains(&self, id: &BlobId) -> bool {
        self.inner.path(id).is_file()
    }

    /// Where the blob's file is, for tools that copy or export.
    pub fn path(&self, id: &BlobId) -> PathBuf {
        self.inner.path(id)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, BlobError> + Send + 'static,
    ) -> Result<T, BlobError> {
        let inner = self.inner.clone();
        tokio::task::spawn_blocking(move || work(&inner))
            .await
            .map_err(|error| BlobError::Io(std::io::Error::other(error)))?
    }
}

impl Inner {
    fn path(&self, id: &BlobId) -> PathBuf {
        self.folder.join(&id.0[..2]).join(&id.0[2..4]).join(&id.0)
    }

    fn put(&self, bytes: &[u8]) -> Result<BlobId, BlobError> {
        use std::io::Write as _;

        let id = BlobId::of(bytes);
        let path = self.path(&id);
        if self.get(&id).is_ok() {
            return Ok(id);
        }
        let folder = path.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(folder)?;
        // The name is unique to this attempt: two who put the same bytes do not write into each other's file.
        let draft = folder.join(format!(".{}.{}", &id.0[..16], hex(&nonce())));
        let written = std::fs::File::create_new(&draft).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&draft, &path)
        });
        if let Err(error) = written {
            let _ = std::fs::remove_file(&draft);
            return Err(error.into());
        }
        for folder in path.ancestors().skip(1).take(3) {
            sync_folder(folder)?;
        }
        Ok(id)
    }

    fn get(&self, id: &BlobId) -> Result<Vec<u8>, BlobError> {
        let bytes = std::fs::read(self.path(id)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => BlobError::NotFound(id.clone()),
            _ => BlobError::Io(error),
        })?;
        if BlobId::of(&bytes) == *id { Ok(bytes) } else { Err(BlobError::Damaged(id.clone())) }
    }
}

impl Limits {
    fn accept(&self, bytes: usize, media_type: &str) -> Result<(), BlobError> {
        if bytes > self.max_bytes {
            return Err(BlobError::TooLarge { bytes, limit: self.max_bytes });
        }
        let plain = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let accepts = |pattern: &&str| match pattern.strip_suffix('*') {
            Some("*/") => true,
            Some(family) => plain.starts_with(family),
            None => plain == *pattern,
        };
        if self.media_types.iter().any(accepts) { Ok(()) } else { Err(BlobError::MediaType(media_type.to_owned())) }
    }
}

impl BlobId {
    /// The name of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(hex(&Sha256::digest(bytes)))
    }

    /// 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BlobId {
    type Err = BlobError;

    fn from_str(text: &str) -> Result<Self, BlobError> {
        let digits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if digits { Ok(Self(text.to_owned())) } else { Err(BlobError::Name) }
    }
}

impl TryFrom<String> for BlobId {
    type Error = BlobError;

    fn try_from(text: String) -> Result<Self, BlobError> {
        text.parse()
    }
}

impl From<BlobId> for String {
    fn from(id: BlobId) -> Self {
        id.0
    }
}

impl From<&BlobId> for Arg {
    fn from(id: &BlobId) -> Self {
        Self::Text(Some(id.0.clone()))
    }
}

impl From<BlobId> for Arg {
    fn from(id: BlobId) -> Self {
        Self::Text(Some(id.0))
    }
}

impl Nullable for BlobId {
    const NULL: Arg = Arg::Text(None);
}

impl Nullable for &BlobId {
    const NULL: Arg = Arg::Text(None);
}

fn nonce() -> [u8; 8] {
    let mut bytes = [0; 8];
    // Without randomness the name may be taken, and create_new then refuses; nothing is overwritten.
    let _ = chance::fill(&mut bytes);
    bytes
}

/// A new name in a folder is durable only when the folder is.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blobs(limits: Limits) -> (tempfile::TempDir, Blobs) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path().join("blobs"), limits).unwrap();
        (folder, blobs)
    }

    #[tokio::test]
    async fn the_same_bytes_are_kept_once_and_given_back() {
        let (_folder, blobs) = blobs(Limits::default());
        let one = blobs.put(b"<Report/>".to_vec(), "application/xml").await.unwrap();
        let two = blobs.put(b"<Report/>".to_vec(), "application/xml").await.unwrap();
        assert_eq!(one, two);
        assert_eq!(blobs.get(&one).await.unwrap(), b"<Report/>");
        assert_eq!(std::fs::read_dir(blobs.path(&one).parent().unwrap()).unwrap().count(), 1, "no drafts are left");
    }

    #[tokio::test]
    async fn limits_are_kept() {
        let (_folder, blobs) = blobs(Limits { max_bytes: 4, media_types: &["application/xml", "image/*"] });
        assert!(matches!(
            blobs.put(b"12345".to_vec(), "image/png").await,
            Err(BlobError::TooLarge { bytes: 5, limit: 4 })
        ));
        assert!(matches!(blobs.put(b"1".to_vec(), "text/html").await, Err(BlobError::MediaType(_))));
        assert!(blobs.put(b"1".to_vec(), "Application/XML; charset=utf-8").await.is_ok());
        assert!(blobs.put(b"2".to_vec(), "image/png").await.is_ok());
    }

    #[tokio::test]
    async fn damage_is_noticed_and_repaired_by_putting_again() {
        let (_folder, blobs) = blobs(Limits::default());
        let id = blobs.put(b"right".to_vec(), "text/plain").await.unwrap();
        std::fs::write(blobs.path(&id), b"wrong").unwrap();
        assert!(matches!(blobs.get(&id).await, Err(BlobError::Damaged(_))));
        blobs.put(b"right".to_vec(), "text/plain").await.unwrap();
        assert_eq!(blobs.get(&id).await.unwrap(), b"right");
    }

    #[tokio::test]
    async fn many_put_the_same_bytes_at_once() {
        let (_folder, blobs) = blobs(Limits::default());
        let puts = (0..32).map(|_| blobs.put(vec![7; 100_000], "text/plain"));
        let ids = futures_util::future::try_join_all(puts).await.unwrap();
        assert!(ids.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        for bad in ["", "..", "../../etc/passwd", &"g".repeat(64), &"A".repeat(64), &"0".repeat(63)] {
            assert!(bad.parse::<BlobId>().is_err(), "{bad}");
        }
    }
}
