//! Receipts (受領証): the centre's signed word that it holds an event durably.
//!
//! **Invariant:** only a centre gives one, and only for what its register shows, which is what the journal holds.
//! **Invariant:** a receipt that the centre's key did not sign is none, whoever passes it on.

use anyhow::Context as _;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::App;
use kernel::{Id, Timestamp};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::db;
use crate::event::Event;
use crate::node::{Node, Role};
use crate::sync::{Epoch, Receipt};
use crate::take::hex;

const SECRET: (&str, &str) = ("reception_seal", "secret");
/// There is one key; the sealed column is bound to its row.
const ROW: Uuid = Uuid::from_u128(1);

/// The key with which a centre signs receipts (受領証の署名鍵).
pub(crate) struct Seal {
    key: Ed25519KeyPair,
}

impl Seal {
    /// The centre's key, made when there is none.
    pub(crate) async fn find_or_make(app: &App) -> anyhow::Result<Self> {
        let mut conn = app.store.read().await?;
        if let Some((_, secret)) = db::receipts::seal(&mut conn).await? {
            return Self::open(app, &secret);
        }
        drop(conn);
        let mut seed = Zeroizing::new([0; 32]);
        app.ids.fill(seed.as_mut_slice());
        let made = Self::from_seed(seed.as_slice())?;
        let sealed = app.crypter.seal(SECRET.0, ROW, SECRET.1, seed.as_slice())?;
        let mut tx = app.store.write().await?;
        db::receipts::put_seal(&mut tx, made.key.public_key().as_ref(), sealed, app.clock.now()).await?;
        // Another process may have been first: what stands counts.
        let (_, secret) = db::receipts::seal(&mut tx).await?.context("a key was just kept")?;
        tx.commit().await?;
        Self::open(app, &secret)
    }

    fn open(app: &App, sealed: &[u8]) -> anyhow::Result<Self> {
        Self::from_seed(&app.crypter.open(SECRET.0, ROW, SECRET.1, sealed)?)
    }

    fn from_seed(seed: &[u8]) -> anyhow::Result<Self> {
        let key = Ed25519KeyPair::from_seed_unchecked(seed).ok().context("the centre's key is damaged")?;
        Ok(Self { key })
    }

    /// The public half, base64url.
    pub(crate) fn public(&self) -> String {
        B64.encode(self.key.public_key().as_ref())
    }

    /// The receipt of an event that this centre holds. `None` at any other node.
    pub(crate) fn receipt(&self, node: Node, event: Id<Event>, hash: [u8; 32], now: Timestamp) -> Option<Receipt> {
        if node.role != Role::Centre {
            return None;
        }
        let mut receipt =
            Receipt { event, hash, epoch: Epoch(node.epoch), at_ms: now.millis(), signature: String::new() };
        receipt.signature = B64.encode(self.key.sign(text(&receipt).as_bytes()));
        Some(receipt)
    }
}

/// Whether the key (base64url) signed the receipt.
pub fn is_signed_by(receipt: &Receipt, key: &str) -> bool {
    let (Ok(key), Ok(signature)) = (B64.decode(key), B64.decode(&receipt.signature)) else { return false };
    UnparsedPublicKey::new(&ED25519, key).verify(text(receipt).as_bytes(), &signature).is_ok()
}

fn text(receipt: &Receipt) -> String {
    format!(
        "mamori receipt 1\n{}\n{}\n{}\n{}",
        receipt.event,
        hex(&receipt.hash),
        receipt.epoch.0,
        receipt.at_ms
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_the_centres_word_and_nobody_elses() {
        let seal = Seal::from_seed(&[7; 32]).unwrap();
        let node = |role| Node { id: Uuid::from_u128(1), epoch: Uuid::from_u128(2), role };
        let event = Id::from_uuid(Uuid::from_u128(3));
        let now = Timestamp::from_secs(1_765_203_300);
        assert!(seal.receipt(node(Role::Kit), event, [1; 32], now).is_none());
        let receipt = seal.receipt(node(Role::Centre), event, [1; 32], now).unwrap();
        assert!(is_signed_by(&receipt, &seal.public()));
        assert!(!is_signed_by(&receipt, &Seal::from_seed(&[8; 32]).unwrap().public()));
        for forged in [
            Receipt { hash: [2; 32], ..receipt.clone() },
            Receipt { epoch: Epoch(Uuid::from_u128(9)), ..receipt.clone() },
            Receipt { at_ms: 0, ..receipt.clone() },
            Receipt { event: Id::from_uuid(Uuid::from_u128(9)), ..receipt },
        ] {
            assert!(!is_signed_by(&forged, &seal.public()));
        }
    }
}
