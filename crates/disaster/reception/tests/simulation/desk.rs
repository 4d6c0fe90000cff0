//! Desks: a tablet with its outbox. What is saved here is what must never be lost.

use std::collections::BTreeMap;

use kernel::Id;
use reception::event::Observed;
use reception::sync::{Centre, offer};
use reception::{Event, Kind, Subject};
use uuid::Uuid;

use crate::chance::Chance;
use crate::family::Act;
use crate::net::{Peer, Pushed, What};
use crate::store::{Copy, DeviceClock};
use crate::world::{HOUR, MINUTE, Next, SHELTERS, World, facility, scope};

/// A slow answer says little about the time.
const MAX_ROUND_TRIP_MS: i64 = 20_000;

/// One tablet.
#[derive(Debug)]
pub(crate) struct Tablet {
    pub device: Uuid,
    pub clock: DeviceClock,
    /// The outbox, durable before the screen says 保存.
    pub copies: BTreeMap<Id<Event>, Copy>,
    pub centre: Option<Centre>,
    /// The kit it talks to.
    pub node: usize,
    /// Newest events that it wrote itself, by household.
    heads: BTreeMap<Subject, Vec<Id<Event>>>,
    /// Which boots this boot has met.
    met: Vec<Uuid>,
    /// Last request, and when.
    asked: (u64, i64),
    /// Where the last offer ended.
    offered: Option<Id<Event>>,
}

impl Tablet {
    pub(crate) fn new(chance: &mut Chance, index: usize, now: i64) -> Self {
        Self {
            device: chance.uuid(now),
            clock: DeviceClock::boot(chance, now),
            copies: BTreeMap::new(),
            centre: None,
            node: 1 + index % SHELTERS,
            heads: BTreeMap::new(),
            met: Vec::new(),
            asked: (0, 0),
            offered: None,
        }
    }

    /// Switched off and on. What is not on the disk is gone: here, nothing that was saved.
    pub(crate) fn restart(&mut self, chance: &mut Chance, now: i64) {
        self.clock = DeviceClock::boot(chance, now);
        self.met.clear();
        self.asked = (0, 0);
    }
}

impl World {
    /// A family stands before a desk.
    pub(crate) fn act(&mut self, act: &Act) {
        let first = act.desk + SHELTERS * self.chance.below(2);
        let id = self.scan(first, act);
        if act.twice {
            let other = (first + SHELTERS) % (2 * SHELTERS);
            let id = self.scan(other, act);
            debug_assert!(self.tablets[other].copies.contains_key(&id));
        }
        if act.mistaken {
            let soon = self.chance.between(MINUTE, 4 * MINUTE);
            self.after(soon, Next::Undo { tablet: first, family: act.family, of: id });
        }
    }

    /// The slip of the hand is voided.
    pub(crate) fn undo(&mut self, tablet: usize, family: usize, of: Id<Event>) {
        let subject = self.families[family].subject;
        let mut void = self.draft(tablet, Kind::Void, subject);
        void.shelter = Some(facility(tablet % SHELTERS));
        void.other = Some(of.to_string());
        self.save(tablet, &void);
    }

    fn scan(&mut self, tablet: usize, act: &Act) -> Id<Event> {
        let family = self.families[act.family].clone();
        let subject = family.alias.filter(|_| act.alias).unwrap_or(family.subject);
        let mut event = self.draft(tablet, act.kind, subject);
        event.shelter = (!act.outside).then(|| facility(act.desk));
        event.counts = act.counts;
        event.other = match act.kind {
            Kind::Link => family.alias.map(|alias| alias.to_string()),
            _ => act.to.map(|to| facility(to).to_string()),
        };
        self.save(tablet, &event)
    }

    /// An event upon what the desk can see: its own, and its kit's if it reaches that.
    fn draft(&mut self, tablet: usize, kind: Kind, subject: Subject) -> Event {
        let Tablet { device, node, .. } = self.tablets[tablet];
        let clock = self.tablets[tablet].clock.clone();
        let mut event = self.blank(kind, device, &clock);
        let mut heads = self.tablets[tablet].heads.get(&subject).cloned().unwrap_or_default();
        let reached = !self.is_cut(Peer::Tablet(tablet), Peer::Node(node)) && self.nodes[node].alive;
        if let Some(party) = self.nodes[node].register.subject(scope(), subject).filter(|_| reached) {
            heads.extend(party.heads);
        }
        heads.sort_unstable();
        heads.dedup();
        (event.subject, event.causes) = (Some(subject), heads);
        event
    }

    /// Stored durably; only now the screen says 保存.
    fn save(&mut self, tablet: usize, event: &Event) -> Id<Event> {
        let item = self.write(event);
        self.saved.insert(item.origin, item.clone());
        let tablet = &mut self.tablets[tablet];
        tablet.clock.used = true;
        if let Some(subject) = event.subject {
            tablet.heads.insert(subject, vec![event.id]);
        }
        tablet.copies.insert(event.id, Copy::new(item));
        event.id
    }

    /// Offers to its kit what the centre has not receipted; now and then straight to the centre.
    pub(crate) fn tablet_syncs(&mut self, tablet: usize) {
        let pause = if self.faults_on { self.pause(20 * MINUTE, 3 * HOUR) } else { 30 * MINUTE };
        self.after(pause, Next::TabletSyncs(tablet));
        let straight = self.faults_on && self.policy.counter.is_none() && self.chance.percent(4);
        let state = &self.tablets[tablet];
        let to = if straight { 0 } else { state.node };
        let behind = state.copies.iter().filter(|(id, _)| state.offered.is_none_or(|last| **id > last));
        let before = state.copies.iter().filter(|(id, _)| state.offered.is_some_and(|last| **id <= last));
        let held = behind.chain(before).map(|(_, copy)| copy.held());
        let ids = offer(held, state.centre.map(|centre| centre.epoch));
        let batch = ids.iter().map(|id| state.copies[id].carried()).collect();
        let request = self.request(Peer::Tablet(tablet), Peer::Node(to), What::Push { batch, hello: None });
        let state = &mut self.tablets[tablet];
        state.offered = ids.last().copied();
        state.asked = (request, self.now);
    }

    /// What the kit, or the centre, answers.
    pub(crate) fn tablet_hears(&mut self, tablet: usize, from: Peer, request: u64, answer: &Pushed) {
        let state = &mut self.tablets[tablet];
        if let Some(said) = answer.centre {
            state.centre = Some(Centre::heard(state.centre, said));
        }
        for receipt in &answer.receipts {
            if let Some(copy) = state.copies.get_mut(&receipt.event) {
                copy.receive(receipt);
            }
        }
        let (policy, centre) = (self.policy, state.centre);
        if policy.delete_on_ack || policy.server_ids {
            state.copies.retain(|id, _| !answer.acknowledged.contains(id));
        }
        let epoch = centre.map(|centre| centre.epoch);
        let receipted = |copy: &Copy| epoch.is_some_and(|epoch| copy.held().is_receipted(epoch));
        state.copies.retain(|_, copy| !(copy.held().may_forget(centre) || policy.drop_on_receipt && receipted(copy)));
        let prompt = state.asked.0 == request && self.now - state.asked.1 <= MAX_ROUND_TRIP_MS;
        if prompt {
            self.observe(tablet, from, answer);
        }
    }

    /// Writes down what the other clock said, once for each pair of boots.
    fn observe(&mut self, tablet: usize, from: Peer, answer: &Pushed) {
        let (boot, reading) = answer.clock;
        if self.tablets[tablet].met.contains(&boot) {
            return;
        }
        let (device, clock) = (self.tablets[tablet].device, self.tablets[tablet].clock.clone());
        let mut event = self.blank(Kind::Clock, device, &clock);
        event.shelter = Some(facility(tablet % SHELTERS));
        event.observed = Some(match answer.centre.filter(|_| answer.direct) {
            Some(centre) => Observed::Trusted { at_ms: centre.clock_ms },
            None => Observed::Boot { boot, mono_ms: reading.mono_ms },
        });
        debug_assert!(matches!(from, Peer::Node(_)));
        self.tablets[tablet].met.push(boot);
        self.save(tablet, &event);
    }
}
