//! Nodes: the centre and the kits. A node acknowledges after its disk has it, and remembers nothing else.

use std::rc::Rc;

use kernel::Id;
use reception::clock::Reading;
use reception::event::Observed;
use reception::sync::{Asked, Centre, DeviceState, Taken, accept};
use reception::{Epoch, Event, Kind, Receipt, Register, Stamp};
use uuid::Uuid;

use crate::chance::Chance;
use crate::net::{Hello, Message, Peer, Pushed, What};
use crate::policy::{Counter, Policy};
use crate::store::{Carried, DeviceClock, Item, Store};
use crate::world::{HOUR, Next, World};

/// How far back backups go.
const BACKUPS: usize = 5;

/// One node: number 0 is the centre.
#[derive(Debug)]
pub(crate) struct Node {
    pub device: Uuid,
    pub clock: DeviceClock,
    pub store: Store,
    pub register: Register,
    /// What the disk really has, where a policy acknowledges before.
    pub synced: Option<Store>,
    /// Newest last.
    pub backups: Vec<Store>,
    pub alive: bool,
    /// The run of its program: what was under way in a former one is gone.
    pub life: u32,
    pub crash_next: bool,
    /// Boots that this boot has met.
    pub met: Vec<Uuid>,
    /// Last push, and when.
    pub asked: (u64, i64),
    /// Where the last offer ended.
    pub offered: Option<Id<Event>>,
    /// The position that the centre wants proven.
    pub prove: i64,
    /// Positions that the centre says it has, where counters are used, in which epoch.
    pub counter: (i64, Option<Epoch>),
}

impl Node {
    pub(crate) fn new(chance: &mut Chance, index: usize, now: i64, policy: Policy) -> Self {
        let clock = if index == 0 { exact_clock(chance, now) } else { DeviceClock::boot(chance, now) };
        let store = Store::new(chance.uuid(now), Epoch::begin(chance.uuid(now), None));
        Self {
            device: chance.uuid(now),
            clock,
            synced: (policy.unsynced && index > 0).then(|| store.clone()),
            store,
            register: Register::default(),
            backups: Vec::new(),
            alive: true,
            life: 0,
            crash_next: false,
            met: Vec::new(),
            asked: (0, 0),
            offered: None,
            prove: 0,
            counter: (0, None),
        }
    }

    /// Off and on again: state is rebuilt from the disk.
    pub(crate) fn restart(&mut self, chance: &mut Chance, now: i64, policy: Policy, centre: bool) {
        if let Some(synced) = &self.synced {
            self.store = synced.clone();
        }
        self.life += 1;
        self.clock = if centre { exact_clock(chance, now) } else { DeviceClock::boot(chance, now) };
        self.met.clear();
        self.asked = (0, 0);
        self.offered = None;
        self.register = Register::default();
        for (id, _) in &self.store.journal {
            let copy = &self.store.copies[id];
            fold(&mut self.register, policy, &copy.item, &copy.stamps);
        }
    }

    /// The receipt of the centre for an event that it holds.
    pub(crate) fn receipt(&self, item: &Item, now: i64) -> Receipt {
        let event = item.event.id;
        Receipt { event, hash: item.hash, epoch: self.store.epoch, at_ms: now, signature: String::new() }
    }

    /// Its newest backup goes to the shelf.
    pub(crate) fn back_up(&mut self) {
        self.backups.push(self.store.clone());
        if self.backups.len() > BACKUPS {
            self.backups.remove(0);
        }
        if self.synced.is_some() {
            self.synced = Some(self.store.clone());
        }
    }

    /// How its counter is kept.
    pub(crate) fn counter_key(&self, kind: Counter) -> Option<Epoch> {
        (kind == Counter::NodeAndEpoch).then_some(self.store.epoch)
    }
}

/// The centre keeps its clock right.
fn exact_clock(chance: &mut Chance, now: i64) -> DeviceClock {
    DeviceClock { off: 0, ..DeviceClock::boot(chance, now) }
}

/// Takes a fact into a register, by the policy of the run.
fn fold(register: &mut Register, policy: Policy, item: &Item, stamps: &[Stamp]) {
    if policy.raw_clocks {
        if item.event.kind != Kind::Clock {
            register.apply(&item.event, item.hash, &[]);
        }
    } else {
        register.apply(&item.event, item.hash, stamps);
    }
}

impl World {
    /// A letter has come to a node. What it says takes effect when the disk has it.
    pub(crate) fn node_takes(&mut self, node: usize, message: Message) {
        if !self.nodes[node].alive {
            return;
        }
        let writes = matches!(&message.what, What::Push { batch, .. } if !batch.is_empty());
        let crash = writes && std::mem::take(&mut self.nodes[node].crash_next);
        let life = self.nodes[node].life;
        if crash && self.policy.unsynced {
            // Acknowledged already; the disk never gets it.
            self.committed(message, life);
            self.restart(node);
        } else if crash {
            self.restart(node);
        } else {
            let ms = if self.faults_on && self.chance.percent(3) { self.chance.between(0, HOUR) } else { 7 };
            self.after(ms, Next::Committed { message, life });
        }
    }

    pub(crate) fn restart(&mut self, node: usize) {
        let (now, policy) = (self.now, self.policy);
        self.nodes[node].restart(&mut self.chance, now, policy, node == 0);
        if node == 0 {
            self.centre_ties_its_clock();
        }
    }

    /// The centre's own boot is right by definition.
    pub(crate) fn centre_ties_its_clock(&mut self) {
        let clock = self.nodes[0].clock.clone();
        self.tie(0, &clock, Observed::Trusted { at_ms: self.now });
    }

    /// A node writes down what it saw of another clock.
    pub(crate) fn tie(&mut self, node: usize, clock: &DeviceClock, observed: Observed) {
        let device = self.nodes[node].device;
        let mut event = self.blank(Kind::Clock, device, clock);
        event.observed = Some(observed);
        let item = Item::new(&event, 0, true);
        self.keep(node, &item, &[]);
    }

    /// The disk has it.
    pub(crate) fn committed(&mut self, message: Message, life: u32) {
        let Peer::Node(node) = message.to else { return };
        if !self.nodes[node].alive || self.nodes[node].life != life {
            return;
        }
        let answer = match message.what {
            What::Push { batch, hello } => Some(self.pushed(node, message.from, batch, hello)),
            What::Pushed(answer) => {
                self.node_hears(node, message.request, &answer);
                None
            }
            What::Pull(cursor) => Some(self.pulled(node, cursor)),
            What::Pulled { events, centre, page } => {
                self.read(node, events, centre, page);
                None
            }
            What::Digests(theirs) => Some(self.lists(node, &theirs)),
            What::Lists(lists) => {
                self.compare_lists(node, message.from, &lists);
                None
            }
            What::Fetch(ids) => Some(self.fetched(node, &ids)),
        };
        if let Some(what) = answer {
            self.send(&Message { from: message.to, to: message.from, request: message.request, what });
        }
    }

    /// A batch is stored; the answer acknowledges.
    fn pushed(&mut self, node: usize, from: Peer, batch: Vec<Carried>, hello: Option<Hello>) -> What {
        let from_device = matches!(from, Peer::Tablet(_));
        let mut answer = self.greeting(node);
        for Carried { item, stamps, receipt } in batch {
            if !matches!(self.decide(node, &item, receipt.as_ref()), Taken::Store | Taken::Already) {
                continue;
            }
            answer.acknowledged.push(item.event.id);
            let stored = if self.policy.server_ids && from_device { self.renamed(&item) } else { item.clone() };
            let stamps = if from_device { self.own_stamp(node, &stored) } else { stamps };
            self.keep(node, &stored, &stamps);
            if let (Some(receipt), Some(copy)) = (receipt, self.nodes[node].store.copies.get_mut(&stored.event.id)) {
                copy.receive(&receipt);
            }
            let receipt = match node {
                0 => Some(self.nodes[0].receipt(&stored, self.now)),
                _ => self.nodes[node].store.copies.get(&stored.event.id).and_then(|copy| copy.receipt.clone()),
            };
            answer.receipts.extend(receipt);
        }
        if let Some(hello) = hello.filter(|_| node == 0) {
            self.listen(&hello, &mut answer);
        }
        What::Pushed(answer)
    }

    fn greeting(&self, node: usize) -> Pushed {
        let own = Centre { epoch: self.nodes[0].store.epoch, clock_ms: self.now };
        Pushed {
            acknowledged: Vec::new(),
            receipts: Vec::new(),
            centre: if node == 0 { Some(own) } else { self.nodes[node].store.centre },
            direct: node == 0,
            clock: (self.nodes[node].clock.boot, self.reading(node)),
            prove: None,
            begin_above: None,
            counter: 0,
        }
    }

    fn reading(&self, node: usize) -> Reading {
        self.nodes[node].clock.read(self.now)
    }

    /// Asks the rules what becomes of an event.
    fn decide(&self, node: usize, item: &Item, receipt: Option<&Receipt>) -> Taken {
        let revoked = self.revoked.get(&item.event.device).filter(|_| node == 0);
        accept(&Asked {
            hash: item.hash,
            held: self.nodes[node].store.copies.get(&item.event.id).map(|copy| copy.item.hash),
            device: revoked.map_or(DeviceState::Known, |at_ms| DeviceState::Revoked { at_ms: *at_ms }),
            signed: item.genuine,
            vouched_ms: receipt.filter(|receipt| receipt.hash == item.hash).map(|receipt| receipt.at_ms),
        })
    }

    /// The mark of the node that takes an event from a device; only the first time.
    fn own_stamp(&self, node: usize, item: &Rc<Item>) -> Vec<Stamp> {
        let state = &self.nodes[node];
        if state.store.copies.contains_key(&item.event.id) {
            return Vec::new();
        }
        let Reading { mono_ms, wall_ms } = self.reading(node);
        let Store { node, epoch, .. } = state.store;
        let position = state.store.position() + 1;
        vec![Stamp { node, epoch, position, boot: state.clock.boot, mono_ms, wall_ms }]
    }

    /// Sabotage: the same thing under an id of the node's making.
    fn renamed(&mut self, item: &Rc<Item>) -> Rc<Item> {
        let id = Id::from_uuid(self.chance.uuid(self.now));
        Item::new(&Event { id, ..item.event.clone() }, item.origin, item.genuine)
    }

    /// Stores an event or the stamps that are new, and folds them.
    pub(crate) fn keep(&mut self, node: usize, item: &Rc<Item>, stamps: &[Stamp]) {
        let policy = self.policy;
        let state = &mut self.nodes[node];
        if !state.store.copies.contains_key(&item.event.id) {
            state.store.insert(item);
        }
        for stamp in stamps {
            state.store.stamp(item.event.id, stamp);
        }
        fold(&mut state.register, policy, item, stamps);
    }
}
