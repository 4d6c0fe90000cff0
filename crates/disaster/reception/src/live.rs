//! The live register (受付の現況): every running disaster's events in memory, folded; and what a node knows of itself.
//!
//! Filled from the journal at start and followed after each commit, so that several processes on one database agree.

mod follow;
mod ties;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use http::{App, Problem};
use kernel::{Id, Mode, Stopwatch, Timestamp};
use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

use crate::devices::Devices;
use crate::directory::Directory;
use crate::event::Event;
use crate::fold::{Applied, Register, Scope};
use crate::index::Index;
use crate::jobs::Reported;
use crate::keyring::Keyring;
use crate::node::{Node, Role};
use crate::receipts::Signer;
use crate::sync::Stamp;

pub use follow::{catch_up, prepare};
pub(crate) use follow::{follow, keep_stamps, know_disasters, position_at};

/// Contents kept at most until they can be read from the journal.
const MOST_FRESH: usize = 2_000;

/// The register of a process. Put it into the application with [`install`].
#[derive(Debug)]
pub struct Live {
    role: Role,
    node: RwLock<Option<Node>>,
    devices: Devices,
    keyring: Keyring,
    register: RwLock<Register>,
    index: RwLock<Index>,
    /// Disasters by their mode, and whether they are going on.
    disasters: RwLock<HashMap<Uuid, (Mode, bool)>>,
    /// Up to where the journal was read.
    position: AtomicI64,
    asked_at: AtomicI64,
    /// What the journal had at start is shown.
    following: AtomicBool,
    reported: Reported,
    directory: Directory,
    /// Gives receipts; none on a kit.
    signer: OnceLock<Option<Signer>>,
    boot: Boot,
}

/// One running of the program, and what it took from devices since the follower last looked.
#[derive(Debug)]
struct Boot {
    started: Stopwatch,
    id: OnceLock<Uuid>,
    taken: Mutex<HashMap<Id<Event>, (u64, Timestamp)>>,
    /// Sealed contents of what was stored and cannot be read from the journal before it has its place there.
    fresh: Mutex<HashMap<Id<Event>, serde_json::Value>>,
}

/// Puts a register for a node of this role into the application, and on a kit the guard at the gate to personal data.
pub fn install(builder: http::Builder, role: Role) -> http::Builder {
    let live = Live::new(role);
    let builder = match role {
        Role::Kit => builder.extension(live.keyring().guard().clone()),
        Role::Centre => builder,
    };
    builder.extension(live)
}

impl Live {
    /// An empty register for a node of this role. A kit is locked until it is given its keys.
    pub fn new(role: Role) -> Self {
        Self {
            role,
            node: RwLock::new(None),
            devices: Devices::default(),
            keyring: Keyring::default(),
            register: RwLock::default(),
            index: RwLock::default(),
            disasters: RwLock::default(),
            position: AtomicI64::new(0),
            asked_at: AtomicI64::new(0),
            following: AtomicBool::new(false),
            reported: Reported::default(),
            directory: Directory::default(),
            signer: OnceLock::new(),
            boot: Boot {
                started: Stopwatch::start(),
                id: OnceLock::new(),
                taken: Mutex::default(),
                fresh: Mutex::default(),
            },
        }
    }

    /// The register of an application.
    pub fn of(app: &App) -> Result<Arc<Self>, Problem> {
        app.extension::<Self>().ok_or_else(|| Problem::internal(anyhow::anyhow!("no reception in this program")))
    }

    /// Which node this is.
    pub fn node(&self) -> Result<Node, Problem> {
        let none = || Problem::internal(anyhow::anyhow!("the reception was not prepared"));
        self.node.read().ok_or_else(none)
    }

    /// Says which node this is, after a new epoch began.
    pub fn set_node(&self, node: Node) {
        *self.node.write() = Some(node);
    }

    /// The keys with which personal content is opened here.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Whether nothing personal can be read here: a kit without its keys.
    pub fn is_locked(&self) -> bool {
        self.role == Role::Kit && self.keyring.is_locked()
    }

    pub(crate) fn devices(&self) -> &Devices {
        &self.devices
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    pub(crate) fn signer(&self) -> Option<&Signer> {
        self.signer.get()?.as_ref()
    }

    /// The public key of this centre's receipts; none on a kit.
    pub fn receipt_key(&self) -> Option<String> {
        self.signer().map(Signer::public)
    }

    /// This running of the program and its monotonic clock, for a device to observe.
    pub fn clock(&self) -> (Option<Uuid>, u64) {
        let elapsed = self.boot.started.elapsed().as_millis();
        (self.boot.id.get().copied(), u64::try_from(elapsed).unwrap_or(u64::MAX))
    }

    /// Notes when an event was taken from its device, for the stamp.
    pub(crate) fn note_taken(&self, event: Id<Event>, now: Timestamp) {
        self.boot.taken.lock().insert(event, (self.clock().1, now));
    }

    /// It was taken before, or not at all.
    pub(crate) fn forget_taken(&self, event: Id<Event>) {
        self.boot.taken.lock().remove(&event);
    }

    pub(crate) fn reported(&self) -> &Reported {
        &self.reported
    }

    /// Asks the register. Short: writers wait.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Register) -> T) -> T {
        question(&self.register.read())
    }

    /// Whether the event is held with this content (`true`), with other content (`false`), or not at all.
    pub(crate) fn holds(&self, event: Id<Event>, hash: &[u8; 32]) -> Option<bool> {
        self.register.read().hash_of(event).map(|held| held == *hash)
    }

    /// The scope of a disaster that this node knows, over or not.
    pub(crate) fn scope(&self, disaster: Uuid) -> Option<Scope> {
        self.disasters.read().get(&disaster).map(|(mode, _)| Scope { disaster, mode: *mode })
    }

    /// Whether to ask the database again for a disaster that is not known: once a second is enough.
    pub(crate) fn may_ask_again(&self, now: Timestamp) -> bool {
        let before = self.asked_at.swap(now.secs(), Ordering::AcqRel);
        before != now.secs()
    }

    fn is_over(&self, disaster: Uuid) -> bool {
        self.disasters.read().get(&disaster).is_some_and(|(_, runs)| !runs)
    }

    /// What is held by shelter and day.
    pub(crate) fn index(&self) -> parking_lot::RwLockReadGuard<'_, Index> {
        self.index.read()
    }

    /// Shows marks of nodes on events.
    pub(crate) fn show_stamps(&self, stamps: &[(Id<Event>, Stamp)]) {
        {
            let mut index = self.index.write();
            for (event, stamp) in stamps {
                index.add_stamp(*event, stamp);
            }
        }
        let mut register = self.register.write();
        for (event, stamp) in stamps {
            register.stamp(*event, stamp);
        }
    }

    /// The disasters that are going on.
    pub(crate) fn running(&self) -> Vec<Scope> {
        let all = self.disasters.read();
        let going_on = all.iter().filter(|(_, (_, runs))| *runs);
        going_on.map(|(disaster, (mode, _))| Scope { disaster: *disaster, mode: *mode }).collect()
    }

    /// The sealed content of an event that was stored a moment ago.
    pub(crate) fn fresh_content(&self, event: Id<Event>) -> Option<serde_json::Value> {
        self.boot.fresh.lock().get(&event).cloned()
    }

    /// Shows a stored event. Safe to repeat.
    pub(crate) fn apply(&self, mut event: Event, hash: [u8; 32]) {
        self.index.write().add(&event, hash);
        let applied = self.register.write().apply(&event, hash, &[]);
        if let Some(sealed) = event.sealed.take() {
            let mut fresh = self.boot.fresh.lock();
            if fresh.len() >= MOST_FRESH {
                // The follower was quicker than the answer; by now all of it is in the journal.
                fresh.clear();
            }
            fresh.insert(event.id, sealed);
        }
        if applied == Applied::OtherContent {
            // The journal refuses other content under one id, so that the register cannot meet it.
            tracing::error!(event = %event.id, "reception: the register holds other content of event {}", event.id);
        }
    }
}
