//! The register: facts, what points from where to where, and the cached standing of every party.

use std::collections::{BTreeSet, HashMap};

use kernel::Id;

use super::fact::{Book, Fact, Mark, NONE, Slot};
use super::party::{Read, Source, Stand};
use super::view::{Occupancy, Presence, Tally};
use crate::clock::{BootKey, Clocks, Reading};
use crate::event::{Event, Kind};
use crate::handout::{self, Rule};
use crate::sync::Stamp;

/// The facts of a node and what follows from them (受付簿). Kept in memory behind a lock; filled from the journal.
#[derive(Debug, Default, Clone)]
pub struct Register {
    pub(super) facts: Vec<Fact>,
    pub(super) slots: HashMap<Id<Event>, Slot>,
    pub(super) book: Book,
    pub(super) clocks: Clocks,
    pub(super) subjects: Vec<SubjectState>,
    pub(super) places: Vec<PlaceState>,
    /// Which subjects to read again when more is known of a boot.
    by_boot: Vec<Vec<u32>>,
    /// Voids of an event, present or not.
    pub(super) voids: HashMap<u128, Vec<Slot>>,
    /// Links and unlinks of two subjects, the smaller key first.
    pub(super) pairs: HashMap<(u32, u32), Pair>,
    /// Parties of more than one subject, under their leader.
    pub(super) parties: HashMap<u32, Vec<u32>>,
    /// What checkpoints of distribution say.
    pub(super) rules: HashMap<Slot, Rule>,
    /// Stamps that came before their event.
    early: HashMap<Id<Event>, Vec<Mark>>,
}

/// What became of a fact (適用の結果).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    New,
    /// Known; whether a stamp was new.
    Already {
        stamped: bool,
    },
    /// Another content under the same id is known: this one must be in quarantine, and is not taken.
    OtherContent,
}

#[derive(Debug, Clone)]
pub(super) struct SubjectState {
    /// Its own events, and links that others wrote.
    pub slots: Vec<Slot>,
    /// Which pairs it is in.
    pub(super) pairs: Vec<(u32, u32)>,
    /// Leader of its party.
    pub leader: u32,
    /// What the party's events say, kept at the leader.
    pub stand: Option<Stand>,
    pub conflict: bool,
    pub surfaced: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct PlaceState {
    pub now: Occupancy,
    /// Subjects with an event here, or on their way here.
    pub visitors: Vec<u32>,
    /// Events about the shelter, of no subject.
    pub slots: Vec<Slot>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Pair {
    pub(super) slots: Vec<Slot>,
    pub(super) tied: bool,
}

impl Register {
    /// Takes an event with its stamps; touches the parties that it speaks of.
    pub fn apply(&mut self, event: &Event, hash: [u8; 32], stamps: &[Stamp]) -> Applied {
        if let Some(slot) = self.slots.get(&event.id).copied() {
            if self.facts[slot as usize].hash != hash {
                return Applied::OtherContent;
            }
            let new = stamps.iter().filter(|stamp| self.stamp(event.id, stamp)).count();
            return Applied::Already { stamped: new > 0 };
        }
        let mut fact = self.book.fact(&mut self.clocks, event, hash);
        fact.marks = self.early.remove(&event.id).unwrap_or_default();
        for stamp in stamps {
            let mark = self.book.mark(&mut self.clocks, stamp);
            add_mark(&mut fact.marks, mark);
        }
        let slot = self.file(fact);
        if let Some(rule) = event.rule.as_ref().filter(|_| event.kind == Kind::Rule).and_then(handout::read) {
            self.rules.insert(slot, rule);
        }
        let mut dirty: BTreeSet<u32> = self.concerned(slot).into_iter().collect();
        self.watch(slot);
        for void in self.voids_upon(slot) {
            self.watch(void);
        }
        if let Some(observed) = event.observed.filter(|_| event.kind == Kind::Clock) {
            let reading = Reading { mono_ms: event.mono_ms, wall_ms: event.wall_ms };
            for boot in self.clocks.observe(event.id, event.boot, reading, observed) {
                dirty.extend(self.by_boot.get(boot.at()).into_iter().flatten());
            }
        }
        self.refresh(&dirty);
        Applied::New
    }

    /// Takes a stamp alone; says whether it was new. One that comes before its event waits for it.
    pub fn stamp(&mut self, event: Id<Event>, stamp: &Stamp) -> bool {
        let mark = self.book.mark(&mut self.clocks, stamp);
        let Some(slot) = self.slots.get(&event).copied() else {
            return add_mark(self.early.entry(event).or_default(), mark);
        };
        let new = add_mark(&mut self.facts[slot as usize].marks, mark);
        if new {
            self.watch(slot);
            let dirty = self.concerned(slot).into_iter().collect();
            self.refresh(&dirty);
        }
        new
    }

    /// When the node stamped, by the trusted clocks that its boot is tied to.
    pub(crate) fn time_of(&self, stamp: &Stamp) -> Option<i64> {
        let reading = Reading { mono_ms: stamp.mono_ms, wall_ms: stamp.wall_ms };
        self.clocks.corrected(self.clocks.find(stamp.boot)?, reading)
    }

    /// Events known.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// The hash of the content under this id.
    pub fn hash_of(&self, event: Id<Event>) -> Option<[u8; 32]> {
        self.slots.get(&event).map(|slot| self.facts[*slot as usize].hash)
    }

    /// Puts the fact where it is looked for.
    fn file(&mut self, fact: Fact) -> Slot {
        let slot = u32::try_from(self.facts.len()).unwrap_or(NONE);
        self.slots.insert(fact.id, slot);
        self.subjects.resize_with(self.book.subjects.len(), SubjectState::default);
        for new in
            (0..self.subjects.len()).rev().take_while(|new| self.subjects[*new].leader == NONE).collect::<Vec<_>>()
        {
            self.subjects[new].leader = u32::try_from(new).unwrap_or(NONE);
        }
        self.places.resize_with(self.book.places.len(), PlaceState::default);
        if let (Kind::Void, Some(target)) = (fact.kind, fact.other) {
            self.voids.entry(target).or_default().push(slot);
        }
        if fact.subject == NONE {
            // What a device observed of a clock is nothing that happened at the shelter.
            if fact.kind != Kind::Clock {
                self.places[fact.place as usize].slots.push(slot);
            }
        } else {
            self.subjects[fact.subject as usize].slots.push(slot);
            self.visit(fact.place, fact.subject);
        }
        if fact.is_link() && fact.target != fact.subject && fact.target != NONE && fact.subject != NONE {
            let key = (fact.subject.min(fact.target), fact.subject.max(fact.target));
            self.pairs.entry(key).or_default().slots.push(slot);
            self.subjects[fact.target as usize].slots.push(slot);
            for subject in [fact.subject, fact.target] {
                let pairs = &mut self.subjects[subject as usize].pairs;
                if !pairs.contains(&key) {
                    pairs.push(key);
                }
            }
        } else if fact.kind == Kind::Move && fact.target != NONE && fact.subject != NONE {
            self.visit(fact.target, fact.subject);
        }
        self.facts.push(fact);
        slot
    }

    fn visit(&mut self, place: u32, subject: u32) {
        let visitors = &mut self.places[place as usize].visitors;
        if visitors.last() != Some(&subject) {
            visitors.push(subject);
        }
    }

    /// Remembers whom to read again when more is known of the clocks behind this event.
    fn watch(&mut self, slot: Slot) {
        let fact = &self.facts[slot as usize];
        let boots: Vec<usize> =
            std::iter::once(fact.boot).chain(fact.marks.iter().map(|mark| mark.boot)).map(BootKey::at).collect();
        let concerned = self.concerned(slot);
        for boot in boots {
            if self.by_boot.len() <= boot {
                self.by_boot.resize_with(boot + 1, Vec::new);
            }
            for subject in &concerned {
                let list = &mut self.by_boot[boot];
                if list.last() != Some(subject) {
                    list.push(*subject);
                }
            }
        }
    }

    /// Reads again what the dirty subjects take part in.
    fn refresh(&mut self, dirty: &BTreeSet<u32>) {
        let mut loose: BTreeSet<u32> = BTreeSet::new();
        for subject in dirty {
            for key in self.subjects[*subject as usize].pairs.clone() {
                let tied = self.is_tied(key);
                if self.pairs.get(&key).is_some_and(|pair| pair.tied != tied) {
                    self.pairs.entry(key).or_default().tied = tied;
                    loose.extend([key.0, key.1]);
                }
            }
        }
        let mut leaders: BTreeSet<u32> = dirty.iter().map(|subject| self.subjects[*subject as usize].leader).collect();
        if !loose.is_empty() {
            leaders.extend(loose.iter().map(|subject| self.subjects[*subject as usize].leader));
            leaders = self.regroup(&leaders);
        }
        for leader in leaders {
            self.reread(leader);
        }
    }

    /// The subjects of a party, by its leader.
    pub(super) fn members(&self, leader: u32) -> Vec<u32> {
        self.parties.get(&leader).cloned().unwrap_or_else(|| vec![leader])
    }

    /// Everything that the events of these subjects say.
    pub(super) fn read(&self, members: &[u32]) -> Read {
        Source { register: self, slots: &self.slots_of(members) }.read()
    }

    /// The events of these subjects and the voids of them, in ascending order, each once.
    pub(super) fn slots_of(&self, members: &[u32]) -> Vec<Slot> {
        let own = members.iter().flat_map(|subject| &self.subjects[*subject as usize].slots);
        let mut slots: Vec<Slot> = own.copied().collect();
        if !self.voids.is_empty() {
            let voids: Vec<Slot> = slots.iter().flat_map(|slot| self.voids_upon(*slot)).collect();
            slots.extend(voids);
        }
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    /// Reads one party again and moves it from where it was counted to where it is.
    fn reread(&mut self, leader: u32) {
        self.retire(leader);
        let read = self.read(&self.members(leader));
        let state = &mut self.subjects[leader as usize];
        state.stand = read.stand;
        state.conflict = read.is_conflict();
        state.surfaced = read.lines.iter().any(|line| line.after_void);
        self.count(leader, Tally::add, |n| n + 1);
    }

    /// Takes a party out of the counts.
    pub(super) fn retire(&mut self, leader: u32) {
        self.count(leader, Tally::remove, |n: u32| n.saturating_sub(1));
        let state = &mut self.subjects[leader as usize];
        (state.stand, state.conflict, state.surfaced) = (None, false, false);
    }

    fn count(&mut self, leader: u32, tally: fn(&mut Tally, crate::event::Counts), one: fn(u32) -> u32) {
        let state = &self.subjects[leader as usize];
        let Some(stand) = state.stand else { return };
        let conflict = state.conflict;
        let now = &mut self.places[stand.place as usize].now;
        if conflict {
            now.conflicts = one(now.conflicts);
        }
        match stand.presence {
            Presence::In | Presence::Outside => {
                tally(&mut now.present, stand.counts);
                // The household itself stands among those present.
                let households = now.away.households;
                tally(&mut now.away, stand.out());
                now.away.households = households;
                if stand.counted_only {
                    now.counted_only = one(now.counted_only);
                }
            }
            Presence::Away => tally(&mut now.away, stand.counts),
            Presence::Moving if stand.to != NONE => {
                tally(&mut self.places[stand.to as usize].now.expected, stand.counts);
            }
            Presence::Moving | Presence::Out => {}
        }
    }
}

impl Default for SubjectState {
    fn default() -> Self {
        Self { slots: Vec::new(), pairs: Vec::new(), leader: NONE, stand: None, conflict: false, surfaced: false }
    }
}

fn add_mark(marks: &mut Vec<Mark>, mark: Mark) -> bool {
    let new = !marks.contains(&mark);
    if new {
        marks.reserve_exact(1);
        marks.push(mark);
    }
    new
}
