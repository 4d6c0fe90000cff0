//! Receipts (受領証): the centre's signed word that it holds an event durably. Only after it may a copy ever be let go.

use std::collections::{HashMap, HashSet};

use anyhow::Context as _;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::App;
use kernel::Id;
use store::journal;
use zeroize::Zeroizing;

use crate::db;
use crate::event::{Event, Signed};
use crate::live::Live;
use crate::node::{Node, Role};
use crate::sync::{Epoch, Receipt};
use crate::take::{entry_id, read_entry};

const SEED: (&str, &str) = ("reception_node", "receipt_seed");

/// The centre's key for receipts.
#[derive(Debug)]
pub(crate) struct Signer(Ed25519KeyPair);

impl Signer {
    /// The key of this centre, made at its first start; `None` for a kit, which gives no receipts.
    pub(crate) async fn find_or_make(app: &App, node: Node) -> anyhow::Result<Option<Self>> {
        if node.role == Role::Kit {
            return Ok(None);
        }
        let mut fresh = Zeroizing::new([0; 32]);
        app.ids.fill(fresh.as_mut_slice());
        let mut tx = app.store.write().await?;
        let sealed = app.crypter.seal(SEED.0, node.id, SEED.1, fresh.as_slice())?;
        let sealed = db::node::seed_or_put(&mut tx, sealed).await?;
        tx.commit().await?;
        let seed = app.crypter.open(SEED.0, node.id, SEED.1, &sealed)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok().context("the seed of the receipts has 32 bytes")?;
        Ok(Some(Self(pair)))
    }

    /// The public half, base64url: what kits check receipts with.
    pub(crate) fn public(&self) -> String {
        B64.encode(self.0.public_key().as_ref())
    }

    fn sign(&self, event: Id<Event>, hash: [u8; 32], epoch: Epoch, at_ms: i64) -> Receipt {
        let signature = self.0.sign(&message(event, &hash, epoch, at_ms));
        Receipt { event, hash, epoch, at_ms, signature: B64.encode(signature) }
    }
}

/// Whether the centre with this public key (base64url) gave the receipt.
pub fn is_genuine(receipt: &Receipt, public: &str) -> bool {
    let (Ok(key), Ok(signature)) = (B64.decode(public), B64.decode(&receipt.signature)) else { return false };
    let said = message(receipt.event, &receipt.hash, receipt.epoch, receipt.at_ms);
    UnparsedPublicKey::new(&ED25519, key).verify(&said, &signature).is_ok()
}

/// The centre's receipt for an event that it holds durably; `None` from a kit.
pub(crate) fn give(app: &App, live: &Live, node: Node, event: Id<Event>, hash: [u8; 32]) -> Option<Receipt> {
    live.signer().map(|signer| signer.sign(event, hash, node.epoch, app.clock.now().millis()))
}

/// The centre's receipt for an event out of its own journal.
pub(crate) fn of_held(app: &App, live: &Live, node: Node, signed: &Signed) -> Option<Receipt> {
    let event = signed.read().ok()?;
    give(app, live, node, event.id, signed.hash())
}

/// Receipts for these events: of the centre for all it holds, of a kit those that it was given.
pub async fn known(app: &App, live: &Live, events: &[Id<Event>]) -> anyhow::Result<Vec<Receipt>> {
    let node = live.node()?;
    if node.role == Role::Kit {
        let mut conn = app.store.read().await?;
        return db::receipts::of(&mut conn, events).await;
    }
    let mut held: HashMap<Id<Event>, [u8; 32]> =
        live.ask(|register| events.iter().filter_map(|id| Some((*id, register.hash_of(*id)?))).collect());
    let asked: HashSet<Id<Event>> = events.iter().copied().collect();
    for id in asked {
        // Of a disaster that is over, for example.
        if !held.contains_key(&id)
            && let Some(entry) = journal::entry(&app.store, entry_id(id)).await?
            && let Some((_, signed)) = read_entry(&entry)
        {
            held.insert(id, signed.hash());
        }
    }
    Ok(held.into_iter().filter_map(|(id, hash)| give(app, live, node, id, hash)).collect())
}

/// Keeps receipts that the centre gave, on a kit. The caller has checked that they are genuine.
pub async fn keep(app: &App, receipts: &[Receipt]) -> anyhow::Result<()> {
    let mut tx = app.store.write().await?;
    db::receipts::add(&mut tx, receipts).await?;
    tx.commit().await?;
    Ok(())
}

/// What is signed: it names its purpose, so that no other signature can stand in for it.
fn message(event: Id<Event>, hash: &[u8; 32], epoch: Epoch, at_ms: i64) -> Vec<u8> {
    let mut message = b"mamori receipt 1\0".to_vec();
    message.extend_from_slice(event.uuid().as_bytes());
    message.extend_from_slice(hash);
    message.extend_from_slice(epoch.0.as_bytes());
    message.extend_from_slice(&at_ms.to_be_bytes());
    message
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_receipt_is_genuine_as_it_was_given_and_in_no_other_way() {
        let [mine, other] = [1, 2].map(|n| Signer(Ed25519KeyPair::from_seed_unchecked(&[n; 32]).unwrap()));
        let (event, epoch) = (Id::from_uuid(Uuid::from_u128(1)), Epoch(Uuid::from_u128(2)));
        let receipt = mine.sign(event, [3; 32], epoch, 4);
        assert!(is_genuine(&receipt, &mine.public()));
        assert!(!is_genuine(&receipt, &other.public()) && !is_genuine(&receipt, ""));
        let changed = [
            Receipt { event: Id::from_uuid(Uuid::from_u128(9)), ..receipt.clone() },
            Receipt { hash: [9; 32], ..receipt.clone() },
            Receipt { epoch: Epoch(Uuid::from_u128(9)), ..receipt.clone() },
            Receipt { at_ms: 9, ..receipt.clone() },
            Receipt { signature: "!".to_owned(), ..receipt },
        ];
        assert!(changed.iter().all(|one| !is_genuine(one, &mine.public())));
    }
}
