//! The keyring (鍵束): the secret keys with which this node opens envelopes, in memory only. Empty means locked.
//!
//! What was opened is kept beside the keys and wiped with them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use households::Guard;
use kernel::Id;
use parking_lot::RwLock;
use store::envelope::{self, Envelope, PublicKey, SecretKey};
use zeroize::Zeroizing;

use crate::event::Event;

/// Opened contents kept at most; a full shelter has a few thousand.
const MOST_OPENED: usize = 100_000;

/// A sealed content in clear: JSON bytes.
pub(crate) type Opened = Arc<Zeroizing<Vec<u8>>>;

/// The keys of a node (鍵束).
#[derive(Default)]
pub struct Keyring {
    keys: RwLock<HashMap<String, SecretKey>>,
    /// For codes of phones alone.
    codes: RwLock<BTreeMap<String, SecretKey>>,
    /// Whom a desk of this node seals to; known also while it is locked.
    publics: RwLock<Vec<PublicKey>>,
    opened: RwLock<HashMap<Id<Event>, Opened>>,
    /// Who is protected, on a kit.
    guard: Guard,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({} keys)", self.keys.read().len())
    }
}

impl Keyring {
    /// Takes a key in (解錠).
    pub fn unlock(&self, key: SecretKey) {
        self.keys.write().insert(key.kid(), key);
    }

    /// Whom desks of this kit seal to from here on: the municipality, the kit itself. Stays when it is locked.
    pub fn seal_to(&self, keys: impl IntoIterator<Item = PublicKey>) {
        let mut publics = self.publics.write();
        publics.clear();
        for key in keys {
            if publics.iter().all(|known| known.kid() != key.kid()) {
                publics.push(key);
            }
        }
    }

    /// The keys that open codes of phones, instead of those before. A locked node takes none.
    pub(crate) fn take_code_keys(&self, keys: Vec<SecretKey>) {
        // Under the lock of the keys: nothing is kept after they are gone.
        let unlocked = self.keys.read();
        if !unlocked.is_empty() {
            *self.codes.write() = keys.into_iter().map(|key| (key.kid(), key)).collect();
        }
    }

    /// More of them: the centre has those of every municipality.
    pub(crate) fn add_code_keys(&self, keys: Vec<SecretKey>) {
        self.codes.write().extend(keys.into_iter().map(|key| (key.kid(), key)));
    }

    /// Ids of the keys that open codes of phones, sorted.
    pub(crate) fn code_kids(&self) -> Vec<String> {
        self.codes.read().keys().cloned().collect()
    }

    /// Does something with the key that a phone's code is sealed to: a desk's, or of older phones the municipality's.
    pub(crate) fn with_code_key<T>(&self, kid: &str, work: impl Fn(&SecretKey) -> T) -> Option<T> {
        let found = self.codes.read().get(kid).map(&work);
        found.or_else(|| self.with_key(kid, work))
    }

    /// Forgets every key and wipes what was opened (施錠).
    pub fn lock(&self) {
        self.keys.write().clear();
        self.codes.write().clear();
        self.opened.write().clear();
        self.guard.forget();
    }

    /// The list of protected people that the gate of a kit asks.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Forgets keys that were destroyed, and wipes what was opened: some of it with them.
    pub(crate) fn forget(&self, kids: &[String]) {
        let mut keys = self.keys.write();
        keys.retain(|kid, _| !kids.contains(kid));
        self.opened.write().clear();
    }

    /// Whether nothing can be opened.
    pub fn is_locked(&self) -> bool {
        self.keys.read().is_empty()
    }

    /// Everybody introduced.
    pub fn public_keys(&self) -> Vec<PublicKey> {
        self.publics.read().clone()
    }

    /// Does something with the secret key of this id.
    pub(crate) fn with_key<T>(&self, kid: &str, work: impl FnOnce(&SecretKey) -> T) -> Option<T> {
        self.keys.read().get(kid).map(work)
    }

    /// What was opened of the event before.
    pub(crate) fn opened(&self, event: Id<Event>) -> Option<Opened> {
        self.opened.read().get(&event).cloned()
    }

    /// Opens an event's envelope; `None` when it is for nobody here, or was moved here from another event.
    pub(crate) fn open(&self, event: Id<Event>, sealed: &serde_json::Value) -> Option<Opened> {
        let envelope: Envelope = serde::Deserialize::deserialize(sealed).ok()?;
        let keys = self.keys.read();
        let key = keys.iter().find(|(kid, _)| envelope.is_for(kid)).map(|(_, key)| key)?;
        let plain = Arc::new(envelope::open(&context(event), &envelope, key).ok()?);
        let mut opened = self.opened.write();
        if opened.len() >= MOST_OPENED {
            opened.clear();
        }
        // Under the lock of the keys: nothing is kept after they are gone.
        opened.insert(event, Arc::clone(&plain));
        Some(plain)
    }
}

/// What an event's envelope is tied to.
pub(crate) fn context(event: Id<Event>) -> String {
    format!("event:{event}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_opens_with_its_key_for_its_event_and_not_after_the_lock() {
        let (ring, key) = (Keyring::default(), SecretKey::generate().unwrap());
        let (mine, other) = (Id::from_uuid(uuid::Uuid::from_u128(1)), Id::from_uuid(uuid::Uuid::from_u128(2)));
        let sealed = envelope::seal(&context(mine), b"{}", &[key.public("municipality:02203")]).unwrap();
        let sealed = serde_json::to_value(sealed).unwrap();
        assert!(ring.is_locked() && ring.open(mine, &sealed).is_none());
        ring.unlock(SecretKey::generate().unwrap());
        assert!(ring.open(mine, &sealed).is_none(), "another key");
        ring.take_code_keys(vec![SecretKey::generate().unwrap()]);
        assert_eq!(ring.code_kids().len(), 1);
        ring.seal_to([SecretKey::generate().unwrap().public("municipality:02203")]);
        ring.seal_to([key.public("municipality:02203"), key.public("municipality:02203")]);
        ring.unlock(key);
        assert_eq!(ring.open(mine, &sealed).unwrap().as_slice(), b"{}");
        assert!(ring.open(other, &sealed).is_none(), "moved to another event");
        assert!(ring.open(mine, &serde_json::json!({ "v": 1 })).is_none());
        assert!(ring.opened(mine).is_some());
        ring.lock();
        assert_eq!(ring.public_keys().len(), 1, "desks go on sealing");
        assert!(ring.opened(mine).is_none() && ring.open(mine, &sealed).is_none());
        ring.take_code_keys(vec![SecretKey::generate().unwrap()]);
        assert!(ring.code_kids().is_empty(), "a locked node takes none");
    }
}
