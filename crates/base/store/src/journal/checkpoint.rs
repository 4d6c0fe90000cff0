//! Signed checkpoints: "at this size the chain's hash was this", to be kept off the host.
//!
//! The text follows C2SP's checkpoint and signed note, with the hash of the chain in place of a tree's root:
//! ```text
//! mamori.example/journal
//! 1234
//! <hash, base64>
//!
//! — mamori.example/journal <first 4 bytes of the key's hash, then the Ed25519 signature, base64>
//! ```

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use kernel::Timestamp;
use sha2::{Digest, Sha256};

use super::db;
use crate::error::{Error, Result};
use crate::open::Store;
use crate::query::sql;
use crate::sealed::{KeyError, read_or_create_secret};

/// A signed statement about the chain (検証点).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many entries the chain had.
    pub size: i64,
    /// The hash of the entry at position `size`.
    pub hash: [u8; 32],
    /// When it was made.
    pub made_at: Timestamp,
    /// The signed text.
    pub note: String,
}

/// Signs checkpoints (署名鍵).
#[derive(Debug, Clone)]
pub struct Signer {
    origin: String,
    key: SigningKey,
}

/// Checks checkpoints (検証鍵).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    origin: String,
    key: VerifyingKey,
}

impl Signer {
    /// Reads the secret from a file of one base64 line; makes the file (0600) if it is absent.
    ///
    /// `origin` names this journal for ever, `mamori.example/journal`.
    pub fn from_file(path: &Path, origin: &str) -> Result<Self, KeyError> {
        Ok(Self { origin: origin.to_owned(), key: SigningKey::from_bytes(&*read_or_create_secret(path)?) })
    }

    /// For tests and tools that keep the secret elsewhere.
    pub fn from_secret(secret: &[u8; 32], origin: &str) -> Self {
        Self { origin: origin.to_owned(), key: SigningKey::from_bytes(secret) }
    }

    /// The key that others check with.
    pub fn public_key(&self) -> PublicKey {
        PublicKey { origin: self.origin.clone(), key: self.key.verifying_key() }
    }

    pub(crate) fn sign(&self, size: i64, hash: [u8; 32], made_at: Timestamp) -> Checkpoint {
        let body = body(&self.origin, size, &hash);
        let mut signed = self.public_key().key_hash().to_vec();
        signed.extend(self.key.sign(body.as_bytes()).to_bytes());
        let note = format!("{body}\n\u{2014} {} {}\n", self.origin, BASE64.encode(signed));
        Checkpoint { size, hash, made_at, note }
    }
}

impl PublicKey {
    /// True if the note is this key's word for exactly this size and hash.
    pub fn vouches_for(&self, checkpoint: &Checkpoint) -> bool {
        let body = body(&self.origin, checkpoint.size, &checkpoint.hash);
        let Some(line) = checkpoint.note.strip_prefix(&body).and_then(|rest| rest.strip_prefix("\n\u{2014} ")) else {
            return false;
        };
        let Some(encoded) = line.trim_end().strip_prefix(self.origin.as_str()) else { return false };
        let Ok(bytes) = BASE64.decode(encoded.trim()) else { return false };
        let Some((key_hash, signature)) = bytes.split_at_checked(4) else { return false };
        let Ok(signature) = Signature::from_slice(signature) else { return false };
        key_hash == self.key_hash() && self.key.verify_strict(body.as_bytes(), &signature).is_ok()
    }

    /// The key in the form of C2SP signed notes: `origin+hash+base64`.
    pub fn to_text(&self) -> String {
        let mut tagged = vec![1];
        tagged.extend(self.key.as_bytes());
        format!("{}+{}+{}", self.origin, kernel::hex(&self.key_hash()), BASE64.encode(tagged))
    }

    fn key_hash(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(self.origin.as_bytes());
        hash.update([b'\n', 1]);
        hash.update(self.key.as_bytes());
        let digest = hash.finalize();
        [digest[0], digest[1], digest[2], digest[3]]
    }
}

/// Checkpoints with a size above `after`, oldest first: to be copied off the host.
pub async fn checkpoints(store: &Store, after: i64, limit: u32) -> Result<Vec<Checkpoint>> {
    let mut conn = store.read().await?;
    let rows: Vec<CheckpointRow> =
        sql(db::CHECKPOINTS).bind(after).bind(limit.min(10_000)).fetch_all(&mut conn).await?;
    rows.into_iter().map(CheckpointRow::checkpoint).collect()
}

#[derive(sqlx::FromRow)]
pub(super) struct CheckpointRow {
    size: i64,
    hash: Vec<u8>,
    made_at: DateTime<Utc>,
    note: String,
}

impl CheckpointRow {
    pub(super) fn checkpoint(self) -> Result<Checkpoint> {
        let hash = self.hash.as_slice().try_into().map_err(|_| Error::Unreadable("checkpoint hash".into()))?;
        Ok(Checkpoint { size: self.size, hash, made_at: self.made_at.into(), note: self.note })
    }
}

fn body(origin: &str, size: i64, hash: &[u8; 32]) -> String {
    format!("{origin}\n{size}\n{}\n", BASE64.encode(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signed_size_and_hash_are_vouched_for() {
        let signer = Signer::from_secret(&[9; 32], "test.example/journal");
        let good = signer.sign(12, [1; 32], Timestamp::EPOCH);
        let key = signer.public_key();
        assert!(key.vouches_for(&good));
        assert!(!key.vouches_for(&Checkpoint { size: 13, ..good.clone() }));
        assert!(!key.vouches_for(&Checkpoint { hash: [2; 32], ..good.clone() }));
        assert!(!Signer::from_secret(&[8; 32], "test.example/journal").public_key().vouches_for(&good));
        assert!(!Signer::from_secret(&[9; 32], "other.example/journal").public_key().vouches_for(&good));
        let altered = Checkpoint { note: good.note.replace("12", "21"), ..good };
        assert!(!key.vouches_for(&altered));
    }
}
