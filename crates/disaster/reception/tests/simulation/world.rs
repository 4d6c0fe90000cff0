//! A world: three shelters with a kit and two tablets each, a centre, families, and everything that goes wrong.
//!
//! Time is a queue of things to come. Whatever decides is `reception`; here are only disks, wires, clocks and bad luck.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::rc::Rc;

use kernel::{Id, Mode};
use reception::event::SCHEMA;
use reception::{Event, Kind, Scope};
use uuid::Uuid;

use crate::chance::Chance;
use crate::desk::Tablet;
use crate::family::{self, Act, Family};
use crate::net::{Message, Peer};
use crate::node::Node;
use crate::policy::Policy;
use crate::store::{DeviceClock, Item};

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
pub(crate) const SHELTERS: usize = 3;
pub(crate) const TABLETS: usize = 2 * SHELTERS;
/// Families finish within this time; then come days in which copies may be forgotten, and disasters still strike.
pub(crate) const OPERATIONS_END: i64 = 4 * DAY;
/// Faults end here.
pub(crate) const FAULTS_END: i64 = 12 * DAY;
/// Everything has met everything.
const HEALED: i64 = FAULTS_END + 12 * HOUR;
const FAMILIES: usize = 10;
/// The true time at which a run begins.
const BEGIN: i64 = 1_765_200_000_000;

/// Something to come.
#[derive(Debug, Clone)]
pub(crate) enum Next {
    Act(Act),
    /// The desk notices its slip.
    Undo {
        tablet: usize,
        family: usize,
        of: Id<Event>,
    },
    TabletSyncs(usize),
    NodeSyncs(usize),
    Arrives(Message),
    /// The disk has it; `life` is the run of the node's program that took it.
    Committed {
        message: Message,
        life: u32,
    },
    Fault(Fault),
    Backup,
}

/// Bad luck.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// Crashes when the next batch has come and the disk has not got it.
    CrashNode(usize),
    RestartTablet(usize),
    Jump(usize),
    JumpNode(usize),
    Cut(Peer, Peer),
    Mend(Peer, Peer),
    /// An old backup is put back.
    RestoreNode {
        node: usize,
        announced: bool,
    },
    Clone(usize),
    RestoreCentre,
    Steal(usize),
    Revoke(usize),
    /// Whoever has the stolen kit writes with its key.
    Forge(usize),
}

/// One run.
pub(crate) struct World {
    pub policy: Policy,
    pub chance: Chance,
    pub now: i64,
    queue: BinaryHeap<Reverse<(i64, u64, usize)>>,
    pending: BTreeMap<usize, Next>,
    count: u64,
    pub families: Vec<Family>,
    pub tablets: Vec<Tablet>,
    /// Node 0 is the centre, then the kits, then copies of kits.
    pub nodes: Vec<Node>,
    /// Cut wires.
    pub cut: BTreeSet<(Peer, Peer)>,
    pub faults_on: bool,
    /// Percent of messages lost, and doubled.
    pub loss: u64,
    pub doubling: u64,
    pub origins: u32,
    /// Saves of desks: origin → what was saved.
    pub saved: BTreeMap<u32, Rc<Item>>,
    pub forged: Vec<Id<Event>>,
    /// Nodes told to begin a new epoch.
    pub alarms: u32,
    /// Whether a node was restored or copied.
    pub tampered: bool,
    pub revoked: BTreeMap<Uuid, i64>,
    pub requests: u64,
}

impl World {
    /// Runs a seed to its end.
    pub(crate) fn run(seed: u64, policy: Policy) -> Self {
        let mut world = Self::new(seed, policy);
        world.prepare();
        while let Some(Reverse((at, _, key))) = world.queue.pop() {
            if at > BEGIN + HEALED {
                break;
            }
            world.now = at;
            if at > BEGIN + FAULTS_END && world.faults_on {
                world.heal();
            }
            if let Some(next) = world.pending.remove(&key) {
                world.happen(next);
            }
        }
        world
    }

    fn new(seed: u64, policy: Policy) -> Self {
        let mut chance = Chance::new(seed);
        let nodes = (0..=SHELTERS).map(|index| Node::new(&mut chance, index, BEGIN, policy)).collect();
        let tablets = (0..TABLETS).map(|index| Tablet::new(&mut chance, index, BEGIN)).collect();
        let (loss, doubling) = (chance.next() % 31, chance.next() % 21);
        Self {
            policy,
            chance,
            now: BEGIN,
            queue: BinaryHeap::new(),
            pending: BTreeMap::new(),
            count: 0,
            families: Vec::new(),
            tablets,
            nodes,
            cut: BTreeSet::new(),
            faults_on: true,
            loss,
            doubling,
            origins: 0,
            saved: BTreeMap::new(),
            forged: Vec::new(),
            alarms: 0,
            tampered: false,
            revoked: BTreeMap::new(),
            requests: 0,
        }
    }

    fn prepare(&mut self) {
        for index in 0..FAMILIES {
            let (family, acts) = family::script(&mut self.chance, index);
            self.families.push(family);
            for act in acts {
                self.at(BEGIN + act.at, Next::Act(act));
            }
        }
        for tablet in 0..TABLETS {
            let first = self.chance.between(0, HOUR);
            self.at(BEGIN + first, Next::TabletSyncs(tablet));
        }
        for node in 0..=SHELTERS {
            let first = self.chance.between(0, HOUR);
            self.at(BEGIN + first, Next::NodeSyncs(node));
        }
        self.at(BEGIN, Next::Backup);
        self.plan_faults();
    }

    /// Lets something happen at a time.
    pub(crate) fn at(&mut self, at: i64, next: Next) {
        self.count += 1;
        let key = usize::try_from(self.count).unwrap_or(0);
        self.pending.insert(key, next);
        self.queue.push(Reverse((at, self.count, key)));
    }

    /// Lets something happen so many milliseconds from now.
    pub(crate) fn after(&mut self, ms: i64, next: Next) {
        self.at(self.now + ms, next);
    }

    /// Lets something happen so many milliseconds after the beginning.
    pub(crate) fn later(&mut self, ms: i64, next: Next) {
        self.at(BEGIN + ms, next);
    }

    /// How long somebody waits who would sync again after so long; the quiet days after the last family are quicker told.
    pub(crate) fn pause(&mut self, from: i64, to: i64) -> i64 {
        let quiet = (OPERATIONS_END + DAY..FAULTS_END - DAY).contains(&(self.now - BEGIN));
        self.chance.between(from, to) * if quiet { 4 } else { 1 }
    }

    fn happen(&mut self, next: Next) {
        match next {
            Next::Act(act) => self.act(&act),
            Next::Undo { tablet, family, of } => self.undo(tablet, family, of),
            Next::TabletSyncs(tablet) => self.tablet_syncs(tablet),
            Next::NodeSyncs(node) => self.node_syncs(node),
            Next::Arrives(message) => self.arrives(message),
            Next::Committed { message, life } => self.committed(message, life),
            Next::Fault(fault) => self.fault(&fault),
            Next::Backup => self.back_up(),
        }
    }

    /// The storm is over: wires are whole, machines run.
    fn heal(&mut self) {
        self.faults_on = false;
        self.cut.clear();
        (self.loss, self.doubling) = (0, 0);
        for node in &mut self.nodes {
            node.crash_next = false;
        }
    }

    /// What one desk has saved; the screen says 保存.
    pub(crate) fn write(&mut self, event: &Event) -> Rc<Item> {
        self.origins += 1;
        Item::new(event, self.origins, true)
    }

    /// An event with nothing in it but who wrote it and when.
    pub(crate) fn blank(&mut self, kind: Kind, device: Uuid, clock: &DeviceClock) -> Event {
        let reading = clock.read(self.now);
        Event {
            id: Id::from_uuid(self.chance.uuid(reading.wall_ms)),
            schema: SCHEMA,
            kind,
            mode: Mode::Live,
            subject: None,
            disaster: scope().disaster,
            shelter: None,
            municipality: "02203".to_owned(),
            counts: None,
            stays: None,
            assurance: 0,
            other: None,
            causes: Vec::new(),
            actor: "desk".to_owned(),
            device,
            boot: clock.boot,
            mono_ms: reading.mono_ms,
            wall_ms: reading.wall_ms,
            observed: None,
            rule: None,
            sealed: None,
            prev: None,
        }
    }
}

/// The one disaster of a run.
pub(crate) fn scope() -> Scope {
    Scope { disaster: Uuid::from_u128(0xd15), mode: Mode::Live }
}

/// The facility of a shelter.
pub(crate) fn facility(shelter: usize) -> Uuid {
    Uuid::from_u128(0xfac0 + shelter as u128)
}
