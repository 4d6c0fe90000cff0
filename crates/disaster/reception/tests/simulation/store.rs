//! Stores: what survives a crash, on a tablet and on a node; and the clocks of devices.

use std::collections::BTreeMap;
use std::rc::Rc;

use kernel::Id;
use reception::clock::Reading;
use reception::event::Signed;
use reception::sync::{Bucket, Centre, Cursor, Digests, Held, Listed, Seen};
use reception::{Epoch, Event, Receipt, Stamp};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::chance::Chance;
use crate::world::{DAY, HOUR};

/// An event as it is handed around.
#[derive(Debug)]
pub(crate) struct Item {
    pub event: Event,
    pub hash: [u8; 32],
    pub bytes: usize,
    /// Which save of which desk it was.
    pub origin: u32,
    /// Signed by the key of its device.
    pub genuine: bool,
}

/// An event as it travels: with its stamps, and a receipt of whichever life of the centre.
#[derive(Debug, Clone)]
pub(crate) struct Carried {
    pub item: Rc<Item>,
    pub stamps: Vec<Stamp>,
    pub receipt: Option<Receipt>,
}

/// A copy that somebody holds.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    pub item: Rc<Item>,
    pub stamps: Vec<Stamp>,
    pub receipt: Option<Receipt>,
}

/// A node's database.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub node: Uuid,
    pub epoch: Epoch,
    pub copies: BTreeMap<Id<Event>, Copy>,
    /// Id and chain hash by position, from 1.
    pub journal: Vec<(Id<Event>, [u8; 32])>,
    pub digests: Digests,
    /// What it last heard of the centre.
    pub centre: Option<Centre>,
    pub cursor: Option<Cursor>,
    /// At the centre: what each node showed last.
    pub seen: BTreeMap<(Uuid, Epoch), Vec<Seen>>,
    /// At the centre: positions that came in, where counters are used.
    pub counters: BTreeMap<(Uuid, Option<Epoch>), i64>,
}

/// A device's clocks in one boot.
#[derive(Debug, Clone)]
pub(crate) struct DeviceClock {
    pub boot: Uuid,
    pub begun: i64,
    /// Wall clock minus truth.
    pub off: i64,
    /// Whether anything was written in this boot.
    pub used: bool,
}

impl Item {
    /// As a device signs and stores it. The body is read back, as every node will.
    pub(crate) fn new(event: &Event, origin: u32, genuine: bool) -> Rc<Self> {
        let body = serde_json::to_string(event).expect("an event has a JSON form");
        let signed = Signed { body, signature: String::new() };
        let event = signed.read().expect("desks write valid events");
        Rc::new(Self { hash: signed.hash(), bytes: signed.body.len(), event, origin, genuine })
    }
}

impl Copy {
    pub(crate) fn new(item: Rc<Item>) -> Self {
        Self { item, stamps: Vec::new(), receipt: None }
    }

    pub(crate) fn held(&self) -> Held<'_> {
        let receipt = self.receipt.as_ref();
        Held { id: self.item.event.id, hash: self.item.hash, bytes: self.item.bytes, receipt }
    }

    pub(crate) fn carried(&self) -> Carried {
        Carried { item: self.item.clone(), stamps: self.stamps.clone(), receipt: self.receipt.clone() }
    }

    /// Keeps the receipt of the latest life of the centre.
    pub(crate) fn receive(&mut self, receipt: &Receipt) {
        if self.receipt.as_ref().is_none_or(|known| known.epoch < receipt.epoch) {
            self.receipt = Some(receipt.clone());
        }
    }
}

impl Store {
    pub(crate) fn new(node: Uuid, epoch: Epoch) -> Self {
        Self {
            node,
            epoch,
            copies: BTreeMap::new(),
            journal: Vec::new(),
            digests: Digests::default(),
            centre: None,
            cursor: None,
            seen: BTreeMap::new(),
            counters: BTreeMap::new(),
        }
    }

    /// Its newest position.
    pub(crate) fn position(&self) -> i64 {
        i64::try_from(self.journal.len()).unwrap_or(i64::MAX)
    }

    /// The chain at a position, where it has come that far.
    pub(crate) fn seen(&self, position: i64) -> Option<Seen> {
        let index = usize::try_from(position - 1).ok()?;
        self.journal.get(index).map(|(_, hash)| Seen { position, hash: *hash })
    }

    /// Stores a new event; returns its position.
    pub(crate) fn insert(&mut self, item: &Rc<Item>) -> i64 {
        let id = item.event.id;
        let mut chain = Sha256::new();
        chain.update(self.journal.last().map_or([0; 32], |(_, chain)| *chain));
        chain.update(id.uuid());
        self.journal.push((id, chain.finalize().into()));
        self.digests.add(Bucket::of(&item.event), id, &item.hash);
        self.copies.insert(id, Copy::new(item.clone()));
        self.position()
    }

    /// Adds a stamp; says whether it was new.
    pub(crate) fn stamp(&mut self, id: Id<Event>, stamp: &Stamp) -> bool {
        let Some(copy) = self.copies.get_mut(&id) else { return false };
        let new = !copy.stamps.contains(stamp);
        if new {
            copy.stamps.push(*stamp);
            self.digests.add_stamp(Bucket::of(&copy.item.event), id, stamp);
        }
        new
    }

    /// The lines of one bucket.
    pub(crate) fn list(&self, bucket: Bucket) -> Vec<Listed> {
        let of_it = self.copies.values().filter(|copy| Bucket::of(&copy.item.event) == bucket);
        of_it.map(|copy| Listed::new(copy.item.event.id, copy.item.hash, &copy.stamps)).collect()
    }
}

impl DeviceClock {
    /// A boot whose wall clock is right, or up to 400 days off.
    pub(crate) fn boot(chance: &mut Chance, now: i64) -> Self {
        let off = if chance.percent(30) { 0 } else { chance.between(-400 * DAY, 400 * DAY) };
        Self { boot: chance.uuid(now), begun: now - chance.between(1_000, HOUR), off, used: false }
    }

    pub(crate) fn read(&self, now: i64) -> Reading {
        Reading { mono_ms: u64::try_from(now - self.begun).unwrap_or(0), wall_ms: now + self.off }
    }

    /// Somebody sets the wall clock.
    pub(crate) fn jump(&mut self, chance: &mut Chance) {
        self.off = chance.between(-400 * DAY, 400 * DAY);
    }
}
