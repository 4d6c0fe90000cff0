//! Questions to the register.

use std::collections::{BTreeMap, BTreeSet};

use kernel::Id;
use uuid::Uuid;

use super::fact::{Fact, NONE};
use super::party::{Entry, Read, Source, Stand};
use super::register::Register;
use super::view::{Checkpoint, Claim, CurvePoint, Effect, Line, Occupancy, Party, Place, Scope, Standing};
use crate::clock::Reading;
use crate::event::{Event, Subject};

impl Register {
    /// The party of a subject; `None` when no event speaks of it.
    pub fn subject(&self, scope: Scope, subject: Subject) -> Option<Party> {
        let key = self.key(scope, subject)?;
        Some(self.party(self.subjects[key as usize].leader))
    }

    /// The party's events in the order in which they are read, voided ones too. Content is merged in this order, without
    /// the voided.
    pub fn history(&self, scope: Scope, subject: Subject) -> Vec<Line> {
        let Some(key) = self.key(scope, subject) else { return Vec::new() };
        let read = self.read(&self.members(self.subjects[key as usize].leader));
        read.lines.iter().map(|entry| self.line(*entry)).collect()
    }

    /// How full a place is.
    pub fn occupancy(&self, scope: Scope, place: &Place) -> Occupancy {
        self.place_key(scope, place).map_or_else(Occupancy::default, |key| self.places[key as usize].now)
    }

    /// How full a shelter is.
    pub fn shelter(&self, scope: Scope, facility: Uuid) -> Occupancy {
        self.occupancy(scope, &Place::Shelter(facility))
    }

    /// Every place where something was written, in order.
    pub fn places(&self, scope: Scope) -> Vec<(Place, Occupancy)> {
        let Some(scope) = self.book.scopes.find(&scope) else { return Vec::new() };
        let of_scope = self.book.places.iter().filter(|(_, (of, _))| *of == scope);
        let mut found: Vec<_> =
            of_scope.map(|(key, (_, place))| (place.clone(), self.places[key as usize].now)).collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }

    /// Every scope that an event was written in.
    pub fn scopes(&self) -> Vec<Scope> {
        self.book.scopes.iter().map(|(_, scope)| *scope).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The parties that count as present in a place, each under its first subject.
    pub fn present_in(&self, scope: Scope, place: &Place) -> Vec<(Subject, Standing)> {
        self.standing_in(scope, place).into_iter().filter(|(_, standing)| standing.presence.is_present()).collect()
    }

    /// The parties whose newest word is of this place (present, away, gone from here), and those on their way to it.
    pub fn standing_in(&self, scope: Scope, place: &Place) -> Vec<(Subject, Standing)> {
        let Some(key) = self.place_key(scope, place) else { return Vec::new() };
        let mut found = BTreeMap::new();
        for leader in self.leaders_at(key) {
            if let Some(stand) =
                self.subjects[leader as usize].stand.filter(|stand| stand.place == key || stand.to == key)
            {
                found.insert(self.name(leader), self.standing(stand));
            }
        }
        found.into_iter().collect()
    }

    /// The parties of which something was written in a place, or that were sent to it, wherever they stand now.
    pub fn visitors(&self, scope: Scope, place: &Place) -> Vec<Subject> {
        let Some(key) = self.place_key(scope, place) else { return Vec::new() };
        let names: BTreeSet<Subject> = self.leaders_at(key).into_iter().map(|leader| self.name(leader)).collect();
        names.into_iter().collect()
    }

    /// How the number of those present went, over corrected time.
    pub fn curve(&self, scope: Scope, place: &Place) -> Vec<CurvePoint> {
        let Some(key) = self.place_key(scope, place) else { return Vec::new() };
        let mut changes: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for leader in self.leaders_at(key) {
            let mut here: Option<u32> = None;
            for (at, stand) in self.read(&self.members(leader)).steps {
                let next = (stand.place == key && stand.presence.is_present()).then(|| stand.counts.persons());
                if next != here {
                    let change = changes.entry(at).or_default();
                    change.0 += i64::from(next.is_some()) - i64::from(here.is_some());
                    change.1 += i64::from(next.unwrap_or(0)) - i64::from(here.unwrap_or(0));
                    here = next;
                }
            }
        }
        let (mut households, mut persons) = (0, 0);
        let point = |(at_ms, change): (i64, (i64, i64))| {
            households += change.0;
            persons += change.1;
            let whole = |n: i64| u32::try_from(n).unwrap_or(0);
            CurvePoint { at_ms, households: whole(households), persons: whole(persons) }
        };
        changes.into_iter().filter(|(_, change)| *change != (0, 0)).map(point).collect()
    }

    /// Parties that more than one place counts on, each under its first subject.
    pub fn conflicts(&self, scope: Scope) -> Vec<Subject> {
        self.flagged(scope, |key| self.subjects[key as usize].conflict)
    }

    /// Parties with events written upon a voided one.
    pub fn surfaced(&self, scope: Scope) -> Vec<Subject> {
        self.flagged(scope, |key| self.subjects[key as usize].surfaced)
    }

    /// Events about a place and of no subject (requests, incidents, notes), oldest first.
    pub fn notes(&self, scope: Scope, place: &Place) -> Vec<Line> {
        let Some(key) = self.place_key(scope, place) else { return Vec::new() };
        let line = |slot: &u32| {
            let fact = &self.facts[*slot as usize];
            let (at_ms, sure) = (self.at_ms(fact), fact.known(&self.clocks).is_some());
            self.line(Entry { slot: *slot, at_ms, sure, voided: self.is_voided(*slot), after_void: false })
        };
        let mut lines: Vec<Line> = self.places[key as usize].slots.iter().map(line).collect();
        lines.sort_by_key(|line| (line.at_ms, line.id));
        lines
    }

    /// The checkpoints of distribution at a place, by the newest word of each, those that ended among them.
    pub fn checkpoints(&self, scope: Scope, place: &Place) -> Vec<Checkpoint> {
        let Some(key) = self.place_key(scope, place) else { return Vec::new() };
        let of_rules = |slot: &&u32| self.rules.contains_key(slot);
        let mut slots: Vec<u32> = self.places[key as usize].slots.iter().filter(of_rules).copied().collect();
        slots.sort_unstable();
        let mut newest = BTreeMap::new();
        for slot in (Source { register: self, slots: &slots }).placed() {
            let (fact, rule) = (&self.facts[slot as usize], self.rules.get(&slot));
            let (Some(id), Some(rule)) = (fact.other, rule.filter(|_| !self.is_voided(slot))) else { continue };
            let at_ms = self.at_ms(fact);
            newest.insert(id, Checkpoint { id, rule: rule.clone(), by: fact.id, at_ms });
        }
        newest.into_values().collect()
    }

    /// When something happened, as far as anybody can say without its neighbours.
    fn at_ms(&self, fact: &Fact) -> i64 {
        fact.known(&self.clocks).or_else(|| fact.taken(&self.clocks)).unwrap_or(fact.wall_ms)
    }

    /// The parties that an event speaks of, as they stand now: of a link both, or the one that they have become.
    pub fn parties_of(&self, event: Id<Event>) -> Vec<(Scope, Vec<Subject>)> {
        let Some(slot) = self.slots.get(&event).copied() else { return Vec::new() };
        let concerned = self.concerned(slot).into_iter();
        let leaders: BTreeSet<u32> = concerned.map(|subject| self.subjects[subject as usize].leader).collect();
        let party = |leader: u32| {
            let subjects = self.members(leader).into_iter().map(|key| self.book.subjects.name(key).1);
            (*self.book.scopes.name(self.book.subjects.name(leader).0), subjects.collect())
        };
        leaders.into_iter().map(party).collect()
    }

    /// The true time of a reading, if that boot is tied to a trusted clock.
    pub fn corrected(&self, boot: Uuid, reading: Reading) -> Option<i64> {
        self.clocks.corrected(self.clocks.find(boot)?, reading)
    }

    pub(super) fn party(&self, leader: u32) -> Party {
        let members = self.members(leader);
        let read = self.read(&members);
        let mut subjects: Vec<Subject> = members.iter().map(|key| self.book.subjects.name(*key).1).collect();
        subjects.sort_unstable();
        let id = |slot: u32| self.facts[slot as usize].id;
        let claims = if read.is_conflict() { self.claims(&read) } else { Vec::new() };
        Party {
            subjects,
            standing: read.stand.map(|stand| self.standing(stand)),
            heads: read.heads.iter().map(|slot| id(*slot)).collect(),
            claims,
            after_void: read.lines.iter().filter(|line| line.after_void).map(|line| id(line.slot)).collect(),
        }
    }

    pub(super) fn standing(&self, stand: Stand) -> Standing {
        let to = (stand.to != NONE).then(|| self.book.places.name(stand.to).1.clone());
        Standing {
            presence: stand.presence,
            place: self.book.places.name(stand.place).1.clone(),
            to: match to {
                Some(Place::Shelter(facility)) => Some(facility),
                _ => None,
            },
            counts: stand.counts,
            out: stand.out(),
            stays: stand.stays,
            assurance: stand.assurance,
            counted_only: stand.counted_only,
            since_ms: stand.since_ms,
            sure: stand.sure,
            by: self.facts[stand.by as usize].id,
        }
    }

    fn claims(&self, read: &Read) -> Vec<Claim> {
        let claim = |(place, slot): &(u32, u32)| Claim {
            place: self.book.places.name(*place).1.clone(),
            by: self.facts[*slot as usize].id,
        };
        read.claims.iter().map(claim).collect()
    }

    fn line(&self, entry: Entry) -> Line {
        let fact = &self.facts[entry.slot as usize];
        Line {
            id: fact.id,
            kind: fact.kind,
            subject: (fact.subject != NONE).then(|| self.book.subjects.name(fact.subject).1),
            place: self.book.places.name(fact.place).1.clone(),
            at_ms: entry.at_ms,
            sure: entry.sure,
            actor: self.book.actors.name(fact.actor).clone(),
            device: *self.book.devices.name(fact.device),
            counts: fact.counts,
            other: fact.other,
            sealed: fact.sealed,
            effect: match (entry.voided, entry.after_void) {
                (true, _) => Effect::Voided,
                (false, true) => Effect::AfterVoid,
                (false, false) => Effect::InForce,
            },
        }
    }

    /// The smallest subject of a party names it, whichever came first.
    pub(super) fn name(&self, leader: u32) -> Subject {
        let names = self.members(leader).into_iter().map(|key| self.book.subjects.name(key).1);
        names.min().unwrap_or(self.book.subjects.name(leader).1)
    }

    fn flagged(&self, scope: Scope, flag: impl Fn(u32) -> bool) -> Vec<Subject> {
        let Some(scope) = self.book.scopes.find(&scope) else { return Vec::new() };
        let subjects = self.book.subjects.iter().filter(|(key, (of, _))| *of == scope && flag(*key));
        let mut found: Vec<Subject> = subjects.map(|(key, _)| self.name(key)).collect();
        found.sort_unstable();
        found
    }

    fn leaders_at(&self, place: u32) -> BTreeSet<u32> {
        self.places[place as usize].visitors.iter().map(|subject| self.subjects[*subject as usize].leader).collect()
    }

    fn key(&self, scope: Scope, subject: Subject) -> Option<u32> {
        let key = self.book.subjects.find(&(self.book.scopes.find(&scope)?, subject))?;
        // A link may name a subject of which nothing else is known.
        (!self.subjects.get(key as usize)?.slots.is_empty()).then_some(key)
    }

    fn place_key(&self, scope: Scope, place: &Place) -> Option<u32> {
        let key = self.book.places.find(&(self.book.scopes.find(&scope)?, place.clone()))?;
        ((key as usize) < self.places.len()).then_some(key)
    }
}
