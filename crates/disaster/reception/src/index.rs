//! The index (索引): what this node holds, by shelter and day, with the marks of the nodes that took it, for comparing with
//! another node.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::Id;
use uuid::Uuid;

use crate::event::Event;
use crate::sync::{Bucket, Digests, Epoch, Listed, Stamp};

/// Every event that the register shows, in its bucket.
#[derive(Debug, Default)]
pub(crate) struct Index {
    held: BTreeMap<Bucket, BTreeMap<Id<Event>, [u8; 32]>>,
    /// Of each event, by node and life: the first mark stays, as in the database.
    stamps: HashMap<Id<Event>, BTreeMap<(Uuid, Epoch), Stamp>>,
}

impl Index {
    /// Notes an event. Safe to repeat.
    pub(crate) fn add(&mut self, event: &Event, hash: [u8; 32]) {
        self.held.entry(Bucket::of(event)).or_default().insert(event.id, hash);
    }

    /// Notes a mark, also one that comes before its event. Safe to repeat.
    pub(crate) fn add_stamp(&mut self, event: Id<Event>, stamp: &Stamp) {
        self.stamps.entry(event).or_default().entry((stamp.node, stamp.epoch)).or_insert(*stamp);
    }

    /// Digests of these shelters.
    pub(crate) fn digests(&self, shelters: &[Uuid]) -> Digests {
        let mut digests = Digests::default();
        for (bucket, events) in self.held.iter().filter(|(bucket, _)| is_of(bucket, shelters)) {
            for (id, hash) in events {
                digests.add(*bucket, *id, hash);
                self.marks(*id).for_each(|stamp| digests.add_stamp(*bucket, *id, stamp));
            }
        }
        digests
    }

    /// The lists of the buckets of these shelters that differ, at most `most`; whether there are more.
    pub(crate) fn differing(
        &self,
        theirs: &Digests,
        shelters: &[Uuid],
        most: usize,
    ) -> (Vec<(Bucket, Vec<Listed>)>, bool) {
        let mut differing: BTreeSet<Bucket> = self.digests(shelters).differing(theirs).into_iter().collect();
        differing.retain(|bucket| is_of(bucket, shelters));
        let more = differing.len() > most;
        let list = |bucket: Bucket| (bucket, self.list(bucket));
        (differing.into_iter().take(most).map(list).collect(), more)
    }

    /// What is held of one bucket.
    pub(crate) fn list(&self, bucket: Bucket) -> Vec<Listed> {
        let events = self.held.get(&bucket).into_iter().flatten();
        events.map(|(id, hash)| Listed::new(*id, *hash, self.marks(*id))).collect()
    }

    fn marks(&self, event: Id<Event>) -> impl Iterator<Item = &Stamp> {
        self.stamps.get(&event).into_iter().flat_map(BTreeMap::values)
    }
}

fn is_of(bucket: &Bucket, shelters: &[Uuid]) -> bool {
    bucket.shelter.is_some_and(|shelter| shelters.contains(&shelter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(n: u128, shelter: Uuid) -> Event {
        let text = format!(
            r#"{{"id":"{}","schema":1,"kind":"note","mode":"live","disaster":"{shelter}","shelter":"{shelter}",
            "municipality":"02203","actor":"desk","device":"{shelter}","boot":"{shelter}","mono_ms":1,"wall_ms":{n}}}"#,
            Uuid::from_u128(n)
        );
        serde_json::from_str(&text).unwrap()
    }

    fn stamp(node: u128, position: i64) -> Stamp {
        let node = Uuid::from_u128(node);
        Stamp { node, epoch: Epoch(node), position, boot: node, mono_ms: 0, wall_ms: 0 }
    }

    #[test]
    fn marks_are_compared_with_their_events_in_whatever_order_they_came() {
        let shelter = Uuid::from_u128(7);
        let (one, two) = (event(1, shelter), event(2, shelter));
        let (mut here, mut there) = (Index::default(), Index::default());
        here.add_stamp(one.id, &stamp(1, 5));
        for event in [&one, &two] {
            here.add(event, [1; 32]);
        }
        for event in [&two, &one] {
            there.add(event, [1; 32]);
        }
        let lists = |index: &Index, other: &Index| other.differing(&index.digests(&[shelter]), &[shelter], 9).0;
        let differing = lists(&here, &there);
        assert_eq!(differing.len(), 1);
        let found = crate::sync::compare(&here.list(differing[0].0), &differing[0].1);
        assert_eq!((found.restamp, found.ask, found.send), (vec![one.id], vec![], vec![]));
        // Told twice it is told once, and another position under the same life changes nothing, as in the database.
        for position in [5, 5, 6] {
            there.add_stamp(one.id, &stamp(1, position));
        }
        assert!(lists(&here, &there).is_empty());
        there.add_stamp(one.id, &stamp(2, 5));
        assert_eq!(lists(&here, &there).len(), 1, "a mark of another node");
        assert!(
            there.differing(&here.digests(&[shelter]), &[Uuid::from_u128(8)], 9).0.is_empty(),
            "of no shelter of ours"
        );
    }
}
