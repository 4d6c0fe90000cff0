//! Digests: whether two nodes hold the same, said in a few bytes for each shelter and day.

use std::collections::BTreeMap;

use kernel::Id;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::epoch::Stamp;
use super::hex;
use crate::event::Event;

const DAY_MS: i64 = 86_400_000;
/// A day begins at midnight in Japan.
const JST_MS: i64 = 9 * 3_600_000;

/// The events of one shelter that their devices wrote on one day (照合の区分). The day is what the event says of itself,
/// right or wrong, so that every node puts it into the same bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionBucket)]
pub struct Bucket {
    #[schema(value_type = Option<String>, format = Uuid)]
    pub shelter: Option<Uuid>,
    /// Days since 1970-01-01 in Japan.
    pub day: i64,
}

/// What a node holds of one bucket, in short (照合値).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionDigest)]
pub struct Digest {
    pub count: u64,
    /// XOR of SHA-256(id‖hash), 64 hex digits.
    #[serde(with = "hex")]
    #[schema(value_type = String)]
    pub events: [u8; 32],
    /// XOR of SHA-256(id‖node‖epoch‖position) over all stamps, 64 hex digits.
    #[serde(with = "hex")]
    #[schema(value_type = String)]
    pub stamps: [u8; 32],
}

/// Digests of everything a node holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digests(pub BTreeMap<Bucket, Digest>);

/// One event of a bucket, for comparing lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionListed)]
pub struct Listed {
    #[schema(value_type = String, format = Uuid)]
    pub id: Id<Event>,
    #[serde(with = "hex")]
    #[schema(value_type = String)]
    pub hash: [u8; 32],
    /// XOR over its stamps.
    #[serde(with = "hex")]
    #[schema(value_type = String)]
    pub stamps: [u8; 32],
}

/// What two lists of one bucket say of each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// They have it, we do not: ask for it.
    pub ask: Vec<Id<Event>>,
    /// We have it, they do not: send it.
    pub send: Vec<Id<Event>>,
    /// Both have it, with different stamps: exchange those.
    pub restamp: Vec<Id<Event>>,
    /// Different content under one id: to quarantine, with an alarm.
    pub quarantine: Vec<Id<Event>>,
}

impl Bucket {
    /// Where the event belongs.
    pub fn of(event: &Event) -> Self {
        Self { shelter: event.shelter, day: event.wall_ms.saturating_add(JST_MS).div_euclid(DAY_MS) }
    }
}

impl Digests {
    /// Counts one event in. Each is counted once: when it is stored.
    pub fn add(&mut self, bucket: Bucket, id: Id<Event>, hash: &[u8; 32]) {
        let digest = self.0.entry(bucket).or_default();
        digest.count += 1;
        mix(&mut digest.events, &[id.uuid().as_bytes(), hash]);
    }

    /// Counts one stamp in. Each is counted once.
    pub fn add_stamp(&mut self, bucket: Bucket, id: Id<Event>, stamp: &Stamp) {
        mix_stamp(&mut self.0.entry(bucket).or_default().stamps, id, stamp);
    }

    /// The buckets whose lists must be exchanged. A bucket that one side lacks differs, too.
    pub fn differing(&self, other: &Self) -> Vec<Bucket> {
        let mine =
            self.0.iter().filter(|(bucket, digest)| other.0.get(bucket) != Some(digest)).map(|(bucket, _)| *bucket);
        let theirs = other.0.keys().filter(|bucket| !self.0.contains_key(bucket)).copied();
        let mut found: Vec<Bucket> = mine.chain(theirs).collect();
        found.sort_unstable();
        found
    }
}

impl Listed {
    /// The line of one event.
    pub fn new<'a>(id: Id<Event>, hash: [u8; 32], stamps: impl IntoIterator<Item = &'a Stamp>) -> Self {
        let mut mixed = [0; 32];
        for stamp in stamps {
            mix_stamp(&mut mixed, id, stamp);
        }
        Self { id, hash, stamps: mixed }
    }
}

/// What to exchange so that both hold the union.
pub fn compare(ours: &[Listed], theirs: &[Listed]) -> Compared {
    let by_id = |list: &[Listed]| list.iter().map(|listed| (listed.id, *listed)).collect::<BTreeMap<_, _>>();
    let (ours, theirs) = (by_id(ours), by_id(theirs));
    let mut found = Compared::default();
    for (id, mine) in &ours {
        match theirs.get(id) {
            None => found.send.push(*id),
            Some(other) if other.hash != mine.hash => found.quarantine.push(*id),
            Some(other) if other.stamps != mine.stamps => found.restamp.push(*id),
            Some(_) => {}
        }
    }
    found.ask.extend(theirs.keys().filter(|id| !ours.contains_key(id)));
    found
}

fn mix_stamp(into: &mut [u8; 32], id: Id<Event>, stamp: &Stamp) {
    let position = stamp.position.to_be_bytes();
    mix(into, &[id.uuid().as_bytes(), stamp.node.as_bytes(), stamp.epoch.0.as_bytes(), &position]);
}

fn mix(into: &mut [u8; 32], parts: &[&[u8]]) {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let hash: [u8; 32] = hash.finalize().into();
    for (byte, more) in into.iter_mut().zip(hash) {
        *byte ^= more;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sync::Epoch;

    fn id(n: u8) -> Id<Event> {
        Id::from_uuid(Uuid::from_u128(n.into()))
    }

    fn bucket(n: u8) -> Bucket {
        Bucket { shelter: Some(Uuid::from_u128((n % 3).into())), day: (n % 2).into() }
    }

    fn stamp(position: i64) -> Stamp {
        let uuid = Uuid::from_u128(9);
        Stamp { node: uuid, epoch: Epoch(uuid), position, boot: uuid, mono_ms: 0, wall_ms: 0 }
    }

    fn digests(of: &[u8]) -> Digests {
        let mut digests = Digests::default();
        for n in of {
            digests.add(bucket(*n), id(*n), &[*n; 32]);
        }
        digests
    }

    #[test]
    fn a_day_begins_at_midnight_in_japan() {
        let text = r#"{"id":"019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10","schema":1,"kind":"note","mode":"live",
            "disaster":"019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10","municipality":"02203","actor":"desk",
            "device":"019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10","boot":"019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10",
            "mono_ms":1,"wall_ms":0}"#;
        let mut event: Event = serde_json::from_str(text).unwrap();
        let midnight = 15 * 3_600_000;
        for (wall_ms, day) in [(midnight - 1, 0), (midnight, 1), (-JST_MS - 1, -1), (i64::MAX, 106_751_991_167)] {
            event.wall_ms = wall_ms;
            assert_eq!(Bucket::of(&event), Bucket { shelter: None, day });
        }
    }

    #[test]
    fn other_content_and_other_stamps_are_told_apart() {
        let listed = |n: u8, hash: u8, stamps: &[Stamp]| Listed::new(id(n), [hash; 32], stamps);
        let ours = [listed(1, 1, &[]), listed(2, 2, &[]), listed(3, 3, &[stamp(1)]), listed(4, 4, &[])];
        let theirs = [listed(4, 4, &[]), listed(3, 3, &[stamp(2)]), listed(2, 9, &[]), listed(5, 5, &[])];
        let expected = Compared { ask: vec![id(5)], send: vec![id(1)], restamp: vec![id(3)], quarantine: vec![id(2)] };
        assert_eq!(compare(&ours, &theirs), expected);
        let mut stamped = digests(&[1]);
        stamped.add_stamp(bucket(1), id(1), &stamp(1));
        assert_eq!(stamped.differing(&digests(&[1])), [bucket(1)]);
    }

    proptest! {
        #[test]
        fn a_difference_is_found_and_equality_too(ours in proptest::collection::btree_set(0_u8..30, 0..20), theirs in proptest::collection::btree_set(0_u8..30, 0..20)) {
            let (a, b): (Vec<u8>, Vec<u8>) = (ours.iter().copied().collect(), theirs.iter().rev().copied().collect());
            let differing = digests(&a).differing(&digests(&b));
            prop_assert_eq!(&differing, &digests(&b).differing(&digests(&a)));
            for n in 0..30 {
                let only_one = ours.contains(&n) != theirs.contains(&n);
                prop_assert!(!only_one || differing.contains(&bucket(n)));
            }
            prop_assert_eq!(differing.is_empty(), ours == theirs);
        }
    }
}
