//! The live register (受付の現況): every running disaster's events in memory, folded; and what a node knows of itself.
//!
//! Filled from the journal at start and followed after each commit, so that several processes on one database agree.

mod follow;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use http::{App, Problem};
use kernel::{Id, Mode};
use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

use crate::devices::Devices;
use crate::event::Event;
use crate::node::{Node, Role};

pub(crate) use follow::know_disasters;
pub use follow::{catch_up, prepare, run};

/// An event in memory: without its sealed content, which stays in the journal.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) event: Event,
    pub(crate) hash: [u8; 32],
}

impl Held {
    pub(crate) fn new(mut event: Event, hash: [u8; 32]) -> Self {
        event.sealed = None;
        Self { event, hash }
    }
}

/// The register of a process. Put it into the application with `Builder::extension`.
#[derive(Debug)]
pub struct Live {
    role: Role,
    node: RwLock<Option<Node>>,
    devices: Devices,
    books: RwLock<HashMap<Uuid, Arc<Mutex<Book>>>>,
    /// Up to where the journal was read.
    position: AtomicI64,
}

/// Everything of one running disaster.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) mode: Mode,
    held: HashMap<Id<Event>, [u8; 32]>,
}

impl Live {
    /// An empty register for a node of this role.
    pub fn new(role: Role) -> Self {
        Self {
            role,
            node: RwLock::new(None),
            devices: Devices::default(),
            books: RwLock::default(),
            position: AtomicI64::new(0),
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

    /// Whether the node is without its keys.
    pub fn is_locked(&self) -> bool {
        true
    }

    pub(crate) fn devices(&self) -> &Devices {
        &self.devices
    }

    pub(crate) fn book(&self, disaster: Uuid) -> Option<Arc<Mutex<Book>>> {
        self.books.read().get(&disaster).cloned()
    }

    /// Whether the event is held with this content (`true`), with other content (`false`), or not at all.
    pub(crate) fn holds(&self, event: Id<Event>, hash: &[u8; 32], disaster: Uuid) -> Option<bool> {
        self.book(disaster)?.lock().held.get(&event).map(|held| held == hash)
    }

    /// The mode of a running disaster.
    pub(crate) fn mode_of(&self, disaster: Uuid) -> Option<Mode> {
        Some(self.book(disaster)?.lock().mode)
    }

    /// Shows a stored event. Safe to repeat.
    pub(crate) fn apply(&self, held: Held) {
        if let Some(book) = self.book(held.event.disaster) {
            book.lock().add(held);
        }
    }
}

impl Book {
    fn new(mode: Mode) -> Self {
        Self { mode, held: HashMap::new() }
    }

    fn add(&mut self, held: Held) {
        self.held.insert(held.event.id, held.hash);
    }
}
