//! The journal (記録簿): one ordered record of everything that happened.
//!
//! Each change of state adds one entry in the same transaction ([`record`]). An entry's gapless position and its place in
//! the hash chain are given, on SQLite, inside that transaction, because it is the only one that writes; on PostgreSQL
//! by the [`Sequencer`], after the commit. [`Reader`]s keep a durable cursor over the position and move it in the
//! transaction of their own effect; [`verify()`] walks the chain and names the first bad entry.
//!
//! **Invariant:** an entry's id is its idempotency key: the same entry twice is one entry, other content is an error.
//! **Invariant:** positions are 1, 2, 3, … in the order in which the entries arrived, without gaps, and never change.

mod batch;
mod chain;
mod checkpoint;
mod db;
mod end;
mod reader;
mod record;
mod sequencer;
mod tail;
mod verify;

use kernel::{AreaCode, Id, Mode, Timestamp};
use serde_json::Value;
use uuid::Uuid;

pub(crate) use batch::Appends;
pub use batch::append;
pub(crate) use chain::Place;
pub use checkpoint::{Checkpoint, PublicKey, Signer, checkpoints};
pub use db::{SCHEMA, SQL};
pub(crate) use end::Ends;
pub use reader::{Cursor, Reader, cursors};
pub use record::record;
pub use sequencer::{Sequencer, sequence_now};
pub use tail::{Filter, entries_after, entries_before, entry, head};
pub use verify::{Fault, Report, verify, verify_with};

/// The channel that is woken when entries got their positions.
pub const SEQUENCED: &str = "journal";
/// The channel that is woken when entries were recorded and wait for their positions (on PostgreSQL).
pub(crate) const RECORDED: &str = "journal-recorded";

/// What is to be recorded (記録する出来事).
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntry {
    /// Made where it happened; also the idempotency key.
    pub id: Id<Entry>,
    /// `room.happened`, `shelters.admitted`; listed in `docs/audit-events.md`.
    pub kind: &'static str,
    /// What it is about: usually the id of a thing of the room.
    pub subject: String,
    /// Where, if it has a place.
    pub area: Option<AreaCode>,
    /// Live or drill.
    pub mode: Mode,
    /// Who did it: `staff:<id>`, `device:<id>`, `system`.
    pub actor: String,
    /// On which device.
    pub device: Option<Uuid>,
    /// When it happened, by the clock of where it happened.
    pub occurred_at: Timestamp,
    /// What happened.
    pub body: Body,
}

/// What an entry says (記録の中身).
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Readable by everyone who may read the journal; no personal data.
    Open(Value),
    /// Personal data, sealed by [`crate::sealed`].
    Sealed(Vec<u8>),
}

/// A recorded entry with its place in the order (記録).
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// 1, 2, 3, …
    pub position: i64,
    /// See [`NewEntry::id`].
    pub id: Id<Entry>,
    /// See [`NewEntry::kind`].
    pub kind: String,
    /// See [`NewEntry::subject`].
    pub subject: String,
    /// See [`NewEntry::area`].
    pub area: Option<AreaCode>,
    /// See [`NewEntry::mode`].
    pub mode: Mode,
    /// See [`NewEntry::actor`].
    pub actor: String,
    /// See [`NewEntry::device`].
    pub device: Option<Uuid>,
    /// See [`NewEntry::occurred_at`].
    pub occurred_at: Timestamp,
    /// When this database took it in.
    pub recorded_at: Timestamp,
    /// See [`NewEntry::body`].
    pub body: Body,
    /// SHA-256 over the previous entry's hash and this entry.
    pub hash: [u8; 32],
}

/// Whether an entry was new (記録の結果).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is recorded now.
    New,
    /// The same entry had been recorded before; nothing changed.
    Already,
}

impl Entry {
    /// The open body; an empty object stands for a sealed one.
    pub fn open_body(&self) -> Value {
        match &self.body {
            Body::Open(value) => value.clone(),
            Body::Sealed(_) => Value::Object(serde_json::Map::new()),
        }
    }
}
