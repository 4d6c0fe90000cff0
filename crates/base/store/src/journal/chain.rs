//! The bytes that are hashed, the same on both engines.
//!
//! The body is stored as canonical text (JSON with sorted keys and no white space), never as the engine's JSON type,
//! because PostgreSQL's `jsonb` reorders keys and rewrites numbers. Every field is hashed with its length before it, so
//! that no two different entries give the same bytes.
//!
//! - `digest = SHA-256("mamori entry 1" ‖ id ‖ kind ‖ subject ‖ area ‖ mode ‖ actor ‖ device ‖ occurred_at ‖ body)`
//! - `hash(n) = SHA-256("mamori chain 1" ‖ hash(n-1) ‖ n ‖ recorded_at ‖ digest)`, `hash(0)` is 32 zero bytes.
//!
//! `recorded_at` is not in the digest: an entry that is offered again later is still the same entry.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The hash before the first entry.
pub(crate) const START: [u8; 32] = [0; 32];

/// Fields of an entry as they are stored.
pub(crate) struct Content<'a> {
    pub id: &'a [u8],
    pub kind: &'a str,
    pub subject: &'a str,
    pub area: Option<&'a str>,
    pub mode: &'a str,
    pub actor: &'a str,
    pub device: Option<&'a [u8]>,
    pub occurred_micros: i64,
    pub body: Option<&'a str>,
    pub sealed: Option<&'a [u8]>,
}

impl Content<'_> {
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"mamori entry 1");
        let texts = [Some(self.kind), Some(self.subject), self.area, Some(self.mode), Some(self.actor), self.body];
        for text in texts {
            add(&mut hash, text.map(str::as_bytes));
        }
        for bytes in [Some(self.id), self.device, self.sealed, Some(&self.occurred_micros.to_be_bytes())] {
            add(&mut hash, bytes);
        }
        hash.finalize().into()
    }
}

/// A place in the chain: a position and the hash of the entry there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub position: i64,
    pub hash: [u8; 32],
}

impl Place {
    /// Before the first entry.
    pub(crate) const START: Self = Self { position: 0, hash: START };

    /// The place of the entry that follows.
    pub(crate) fn next(self, recorded_micros: i64, digest: &[u8]) -> Self {
        let position = self.position + 1;
        Self { position, hash: link(&self.hash, position, recorded_micros, digest) }
    }
}

/// The hash of the entry at `position`.
pub(crate) fn link(previous: &[u8; 32], position: i64, recorded_micros: i64, digest: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"mamori chain 1");
    hash.update(previous);
    hash.update(position.to_be_bytes());
    hash.update(recorded_micros.to_be_bytes());
    add(&mut hash, Some(digest));
    hash.finalize().into()
}

/// JSON with sorted keys and no white space.
pub(crate) fn canonical(value: &Value) -> String {
    sorted(value).to_string()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| *key);
            Value::Object(pairs.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

fn add(hash: &mut Sha256, field: Option<&[u8]>) {
    match field {
        None => hash.update([0]),
        Some(bytes) => {
            hash.update([1]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn content<'a>(kind: &'a str, subject: &'a str, area: Option<&'a str>, body: Option<&'a str>) -> Content<'a> {
        Content {
            id: &[7; 16],
            kind,
            subject,
            area,
            mode: "live",
            actor: "system",
            device: None,
            occurred_micros: 1,
            body,
            sealed: None,
        }
    }

    #[test]
    fn key_order_does_not_matter_and_text_is_compact() {
        let one = json!({"b": [1, {"z": null, "a": "あ"}], "a": 1.5});
        assert_eq!(canonical(&one), r#"{"a":1.5,"b":[1,{"a":"あ","z":null}]}"#);
    }

    #[test]
    fn the_digest_is_fixed_for_ever() {
        // A change here would make every existing journal look tampered with.
        insta::assert_snapshot!(kernel::hex(&content("feeds.received", "x", None, Some("{}")).digest()), @"ed2f7459006c74dc8b42d57dc8e85233879e474fe2e8e260cf81c81e45189fb1");
        insta::assert_snapshot!(kernel::hex(&link(&START, 1, 2, &[3; 32])), @"093d50c0a22c259db18aa05bd9ef1056eaa90b8453473241779bcc6ee3acab06");
    }

    proptest! {
        #[test]
        fn fields_do_not_run_into_each_other(a in ".{0,6}", b in ".{0,6}", c in ".{0,6}", d in ".{0,6}") {
            let same = a == c && b == d;
            prop_assert_eq!(content(&a, &b, None, None).digest() == content(&c, &d, None, None).digest(), same);
            prop_assert!(content(&a, "", None, None).digest() != content(&a, "", Some(""), None).digest());
        }
    }
}
