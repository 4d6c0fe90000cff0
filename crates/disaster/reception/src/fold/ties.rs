//! What ties events to events and subjects to subjects: voids, links, and the parties that follow from links.

use std::collections::BTreeSet;

use kernel::Id;

use super::fact::{NONE, Slot};
use super::party::Source;
use super::register::Register;
use crate::event::Kind;

/// A void of a void of a void …: further than this nobody goes.
const MAX_VOIDS: u32 = 16;

impl Register {
    /// Whether the event is without effect: some void of it, of the same scope, has effect.
    pub(super) fn is_voided(&self, slot: Slot) -> bool {
        self.voided_within(slot, MAX_VOIDS)
    }

    fn voided_within(&self, slot: Slot, depth: u32) -> bool {
        let fact = &self.facts[slot as usize];
        let voids = self.voids.get(&fact.id.uuid().as_u128()).into_iter().flatten();
        let effective = |void: &Slot| {
            self.facts[*void as usize].scope == fact.scope && depth > 0 && !self.voided_within(*void, depth - 1)
        };
        voids.into_iter().any(effective)
    }

    /// The subjects whose reading the event takes part in.
    pub(super) fn concerned(&self, slot: Slot) -> Vec<u32> {
        let mut found = Vec::new();
        let mut next = Some(slot);
        for _ in 0..=MAX_VOIDS {
            let Some(fact) = next.map(|slot| &self.facts[slot as usize]) else { break };
            found.extend([fact.subject].into_iter().filter(|subject| *subject != NONE));
            found.extend([fact.target].into_iter().filter(|subject| fact.is_link() && *subject != NONE));
            let target = fact.other.filter(|_| fact.kind == Kind::Void);
            next = target.and_then(|target| self.slot_of_bits(target));
        }
        found
    }

    /// Voids of the event, and voids of those.
    pub(super) fn voids_upon(&self, slot: Slot) -> Vec<Slot> {
        let mut found: Vec<Slot> = Vec::new();
        let mut next = vec![slot];
        while let Some(slot) = next.pop() {
            for void in self.voids.get(&self.facts[slot as usize].id.uuid().as_u128()).into_iter().flatten() {
                if !found.contains(void) {
                    found.push(*void);
                    next.push(*void);
                }
            }
        }
        found
    }

    fn slot_of_bits(&self, bits: u128) -> Option<Slot> {
        self.slots.get(&Id::from_uuid(uuid::Uuid::from_u128(bits))).copied()
    }

    /// Whether the newest word about two subjects is that they are one.
    pub(super) fn is_tied(&self, key: (u32, u32)) -> bool {
        let of_both = |slot: &Slot| {
            let fact = &self.facts[*slot as usize];
            fact.is_link() && (fact.subject.min(fact.target), fact.subject.max(fact.target)) == key
        };
        let slots = self.slots_of(&[key.0, key.1]);
        let placed = Source { register: self, slots: &slots }.placed();
        let newest = placed.into_iter().rev().find(|slot| of_both(slot) && !self.is_voided(*slot));
        newest.is_some_and(|slot| self.facts[slot as usize].kind == Kind::Link)
    }

    /// Takes the parties of these leaders apart and puts them together again by what is tied now.
    pub(super) fn regroup(&mut self, leaders: &BTreeSet<u32>) -> BTreeSet<u32> {
        let mut members: BTreeSet<u32> = BTreeSet::new();
        for leader in leaders {
            self.retire(*leader);
            members.extend(self.parties.remove(leader).unwrap_or_else(|| vec![*leader]));
        }
        let mut found = BTreeSet::new();
        while let Some(first) = members.pop_first() {
            let mut party = BTreeSet::from([first]);
            let mut next = vec![first];
            while let Some(subject) = next.pop() {
                for key in &self.subjects[subject as usize].pairs {
                    let other = if key.0 == subject { key.1 } else { key.0 };
                    if self.pairs.get(key).is_some_and(|pair| pair.tied) && party.insert(other) {
                        next.push(other);
                    }
                }
            }
            // Whoever is tied to a member was a member of one of the parties, or alone.
            for subject in &party {
                members.remove(subject);
                self.retire(*subject);
                self.subjects[*subject as usize].leader = first;
            }
            if party.len() > 1 {
                self.parties.insert(first, party.into_iter().collect());
            }
            found.insert(first);
        }
        found
    }
}
