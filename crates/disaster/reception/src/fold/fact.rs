//! Facts in little memory: an event without its body, names kept once.

use std::collections::HashMap;
use std::hash::Hash;

use kernel::Id;
use uuid::Uuid;

use super::view::{Place, Scope};
use crate::clock::{BootKey, Clocks, Reading};
use crate::event::{Counts, Event, Kind, Subject, Where};
use crate::sync::{Epoch, Stamp};

/// The place of a fact in its register.
pub(super) type Slot = u32;
/// No such name.
pub(super) const NONE: u32 = u32::MAX;

/// One event.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub id: Id<Event>,
    pub hash: [u8; 32],
    /// Another subject, event or facility, by kind.
    pub other: Option<u128>,
    /// The same as a key: of the subject (link, unlink), of the place (move).
    pub target: u32,
    pub mono_ms: u64,
    pub wall_ms: i64,
    pub causes: Box<[Id<Event>]>,
    pub marks: Vec<Mark>,
    pub boot: BootKey,
    pub scope: u32,
    pub subject: u32,
    pub place: u32,
    pub actor: u32,
    pub device: u32,
    pub counts: Option<Counts>,
    pub kind: Kind,
    pub stays: Option<Where>,
    pub assurance: u8,
    pub sealed: bool,
    /// Written outside of every shelter.
    pub outside: bool,
}

/// One stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub position: i64,
    pub mono_ms: u64,
    pub wall_ms: i64,
    /// Node and epoch.
    pub node: u32,
    pub boot: BootKey,
}

/// Names kept once.
#[derive(Debug, Clone)]
pub(super) struct Names<T> {
    list: Vec<T>,
    keys: HashMap<T, u32>,
}

/// Everything that facts name.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    pub scopes: Names<Scope>,
    pub places: Names<(u32, Place)>,
    pub subjects: Names<(u32, Subject)>,
    pub actors: Names<Box<str>>,
    pub devices: Names<Uuid>,
    pub nodes: Names<(Uuid, Epoch)>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { list: Vec::new(), keys: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Names<T> {
    /// The key of a name, made if it is new.
    pub(super) fn key(&mut self, name: T) -> u32 {
        if let Some(key) = self.keys.get(&name) {
            return *key;
        }
        let key = u32::try_from(self.list.len()).unwrap_or(NONE);
        self.list.push(name.clone());
        self.keys.insert(name, key);
        key
    }

    /// The key of a name that is known.
    pub(super) fn find(&self, name: &T) -> Option<u32> {
        self.keys.get(name).copied()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The name.
    pub(super) fn name(&self, key: u32) -> &T {
        &self.list[key as usize]
    }

    /// Every name with its key.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.list)
    }
}

impl Book {
    /// Puts an event down in short.
    pub(super) fn fact(&mut self, clocks: &mut Clocks, event: &Event, hash: [u8; 32]) -> Fact {
        let scope = self.scopes.key(Scope::of(event));
        let other = event.other.as_deref().and_then(|text| Uuid::try_parse(text).ok()).map(|uuid| uuid.as_u128());
        let target = match (event.kind, other) {
            (Kind::Link | Kind::Unlink, Some(bits)) => self.subjects.key((scope, Subject(bits))),
            (Kind::Move, Some(bits)) => self.places.key((scope, Place::Shelter(Uuid::from_u128(bits)))),
            _ => NONE,
        };
        Fact {
            id: event.id,
            hash,
            other,
            target,
            mono_ms: event.mono_ms,
            wall_ms: event.wall_ms,
            causes: event.causes.iter().copied().filter(|cause| *cause != event.id).collect(),
            marks: Vec::new(),
            boot: clocks.boot(event.boot),
            scope,
            subject: event.subject.map_or(NONE, |subject| self.subjects.key((scope, subject))),
            place: self.places.key((scope, Place::of(event))),
            actor: self.actors.key(event.actor.as_str().into()),
            device: self.devices.key(event.device),
            counts: event.counts,
            kind: event.kind,
            stays: event.stays,
            assurance: event.assurance,
            sealed: event.sealed.is_some(),
            outside: event.shelter.is_none(),
        }
    }

    /// Puts a stamp down in short.
    pub(super) fn mark(&mut self, clocks: &mut Clocks, stamp: &Stamp) -> Mark {
        Mark {
            position: stamp.position,
            mono_ms: stamp.mono_ms,
            wall_ms: stamp.wall_ms,
            node: self.nodes.key((stamp.node, stamp.epoch)),
            boot: clocks.boot(stamp.boot),
        }
    }
}

impl Fact {
    /// When it was written, if its boot is tied to a trusted clock.
    pub(super) fn known(&self, clocks: &Clocks) -> Option<i64> {
        clocks.corrected(self.boot, Reading { mono_ms: self.mono_ms, wall_ms: self.wall_ms })
    }

    /// When a node first took it, among nodes whose clock is known.
    pub(super) fn taken(&self, clocks: &Clocks) -> Option<i64> {
        let at = |mark: &Mark| clocks.corrected(mark.boot, Reading { mono_ms: mark.mono_ms, wall_ms: mark.wall_ms });
        self.marks.iter().filter_map(at).min()
    }

    /// Says that the household is at the place.
    pub(super) fn arrives(&self) -> bool {
        matches!(self.kind, Kind::CheckIn | Kind::CountOnly | Kind::Return)
    }

    /// Says that it leaves the place, for a while or for good.
    pub(super) fn departs(&self) -> bool {
        matches!(self.kind, Kind::Leave | Kind::CheckOut | Kind::Move)
    }

    /// Who stays behind when only some go; `None` when all do.
    pub(super) fn stay_behind(&self) -> Option<Counts> {
        let some = matches!(self.kind, Kind::Leave | Kind::CheckOut);
        self.counts.filter(|counts| some && counts.persons() > 0)
    }

    /// Whether the place goes on counting on the household after this event.
    pub(super) fn claims(&self) -> bool {
        self.arrives() || self.kind == Kind::Leave || self.stay_behind().is_some()
    }

    /// Ties two subjects, or unties them.
    pub(super) fn is_link(&self) -> bool {
        matches!(self.kind, Kind::Link | Kind::Unlink)
    }
}
