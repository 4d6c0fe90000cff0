//! The index (索引): what this node holds, by shelter and day, for comparing with another node.

use std::collections::{BTreeMap, BTreeSet};

use kernel::Id;
use uuid::Uuid;

use crate::event::Event;
use crate::sync::{Bucket, Digests, Listed};

/// Every event that the register shows, in its bucket.
#[derive(Debug, Default)]
pub(crate) struct Index {
    held: BTreeMap<Bucket, BTreeMap<Id<Event>, [u8; 32]>>,
}

impl Index {
    /// Notes an event. Safe to repeat.
    pub(crate) fn add(&mut self, event: &Event, hash: [u8; 32]) {
        self.held.entry(Bucket::of(event)).or_default().insert(event.id, hash);
    }

    /// Digests of these shelters.
    pub(crate) fn digests(&self, shelters: &[Uuid]) -> Digests {
        let mut digests = Digests::default();
        for (bucket, events) in self.held.iter().filter(|(bucket, _)| is_of(bucket, shelters)) {
            for (id, hash) in events {
                digests.add(*bucket, *id, hash);
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
        events.map(|(id, hash)| Listed::new(*id, *hash, [])).collect()
    }
}

fn is_of(bucket: &Bucket, shelters: &[Uuid]) -> bool {
    bucket.shelter.is_some_and(|shelter| shelters.contains(&shelter))
}
