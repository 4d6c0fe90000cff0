//! The hash of the state: equal on every node with the same facts.

use std::collections::BTreeMap;

use kernel::Mode;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::fact::Fact;
use super::register::Register;
use super::view::Place;
use crate::event::{Counts, Subject};

impl Register {
    /// SHA-256 over every party with its order, standing, heads and claims, every place with its counts and notes, and the
    /// set of events. It reads every party anew, so that it also shows a cache that went wrong.
    pub fn state_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"mamori reception state 1\0");
        let mut events: Vec<&Fact> = self.facts.iter().collect();
        events.sort_unstable_by_key(|fact| fact.id);
        for fact in events {
            hash.update(fact.id.uuid());
            hash.update(fact.hash);
        }
        for scope in self.scopes() {
            hash.update([0, u8::from(scope.mode == Mode::Drill)]);
            hash.update(scope.disaster);
            let mut parties = BTreeMap::new();
            for (key, (of, _)) in self.book.subjects.iter() {
                let leader = self.subjects[key as usize].leader;
                if self.book.scopes.find(&scope) == Some(*of)
                    && leader == key
                    && !self.subjects[key as usize].slots.is_empty()
                {
                    parties.insert(self.name(leader), leader);
                }
            }
            for leader in parties.into_values() {
                self.hash_party(&mut hash, leader);
            }
            for (place, now) in self.places(scope) {
                hash_place(&mut hash, &place);
                for tally in [now.present, now.away, now.expected] {
                    hash.update(tally.households.to_be_bytes());
                    hash_counts(&mut hash, tally.counts);
                }
                hash.update([now.counted_only, now.conflicts].map(u32::to_be_bytes).concat());
                for checkpoint in self.checkpoints(scope, &place) {
                    hash.update([9]);
                    hash.update(checkpoint.id.to_be_bytes());
                    hash.update(checkpoint.by.uuid());
                }
                for line in self.notes(scope, &place) {
                    hash.update(line.id.uuid());
                    hash.update([line.effect as u8]);
                    hash.update(line.at_ms.to_be_bytes());
                }
            }
        }
        hash.finalize().into()
    }

    fn hash_party(&self, hash: &mut Sha256, leader: u32) {
        let party = self.party(leader);
        let read = self.read(&self.members(leader));
        hash.update([1]);
        hash.update((party.subjects.len() as u64).to_be_bytes());
        for Subject(bits) in &party.subjects {
            hash.update(bits.to_be_bytes());
        }
        for line in &read.lines {
            hash.update([2, u8::from(line.voided), u8::from(line.after_void), u8::from(line.sure)]);
            hash.update(self.facts[line.slot as usize].id.uuid());
            hash.update(line.at_ms.to_be_bytes());
        }
        for id in &party.heads {
            hash.update([3]);
            hash.update(id.uuid());
        }
        for claim in &party.claims {
            hash.update([4]);
            hash.update(claim.by.uuid());
            hash_place(hash, &claim.place);
        }
        // The cached standing, which the counts were made from.
        let Some(standing) = self.subjects[leader as usize].stand.map(|stand| self.standing(stand)) else {
            hash.update([5, u8::from(party.standing.is_some())]);
            return;
        };
        hash.update([
            6,
            standing.presence as u8,
            standing.assurance,
            u8::from(standing.counted_only),
            u8::from(standing.sure),
        ]);
        hash.update([standing.stays.map_or(255, |stays| stays as u8)]);
        hash.update(standing.to.unwrap_or(Uuid::nil()));
        hash.update(standing.by.uuid());
        hash.update(standing.since_ms.to_be_bytes());
        hash_counts(hash, standing.counts);
        hash_counts(hash, standing.out);
        hash_place(hash, &standing.place);
    }
}

fn hash_place(hash: &mut Sha256, place: &Place) {
    match place {
        Place::Shelter(facility) => {
            hash.update([7]);
            hash.update(facility);
        }
        Place::Outside(municipality) => {
            hash.update([8]);
            hash.update((municipality.len() as u64).to_be_bytes());
            hash.update(municipality.as_bytes());
        }
    }
}

fn hash_counts(hash: &mut Sha256, counts: Counts) {
    let Counts { adults, children, infants, wheelchair } = counts;
    hash.update([adults, children, infants, wheelchair].map(u32::to_be_bytes).concat());
}
