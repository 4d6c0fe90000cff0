//! The journal's tables and SQL.

use chrono::{DateTime, Utc};
use kernel::{AreaCode, Id, Mode, Timestamp};
use uuid::Uuid;

use super::chain::Content;
use super::{Body, Entry};
use crate::error::{Error, Result};
use crate::migrate::{Migration, Schema};

/// The journal's tables. [`crate::Store::migrate`] creates them.
pub const SCHEMA: Schema = Schema {
    room: "journal",
    migrations: &[Migration { version: 1, name: "create the journal", sql: CREATE, sample: SAMPLE }],
};

const CREATE: &str = "
CREATE TABLE journal (
    id UUID NOT NULL PRIMARY KEY,
    position BIGINT, -- null until the sequencer has seen the entry
    arrival BIGINT NOT NULL, -- order of arrival, see Store::arrival
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    area TEXT,
    mode TEXT NOT NULL,
    actor TEXT NOT NULL,
    device UUID,
    occurred_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    body TEXT, -- canonical JSON text, see chain.rs
    sealed BYTEA,
    digest BYTEA NOT NULL,
    hash BYTEA
);
CREATE INDEX journal_waiting ON journal (arrival, id) WHERE position IS NULL;
-- Only placed entries: recording touches as few pages as possible, the sequencer does the rest in its batches.
CREATE UNIQUE INDEX journal_position ON journal (position) WHERE position IS NOT NULL;
CREATE INDEX journal_subject ON journal (subject, position) WHERE position IS NOT NULL;
CREATE TABLE journal_head (
    one BIGINT NOT NULL PRIMARY KEY, -- always 1
    position BIGINT NOT NULL,
    hash BYTEA NOT NULL
);
CREATE TABLE journal_reader (
    name TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);
CREATE TABLE journal_checkpoint (
    size BIGINT NOT NULL PRIMARY KEY,
    hash BYTEA NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    note TEXT NOT NULL
);
";

const SAMPLE: &str = "
INSERT INTO journal_reader (name, position) VALUES ('sample', 0);
";

pub(super) const INSERT: &str = "INSERT INTO journal (id, arrival, kind, subject, area, mode, actor, device, occurred_at, recorded_at, body, sealed, digest, position, hash)";
pub(super) const INSERT_END: &str = "ON CONFLICT (id) DO NOTHING";
pub(super) const INSERT_ONE: &str = "INSERT INTO journal (id, arrival, kind, subject, area, mode, actor, device, occurred_at, recorded_at, body, sealed, digest, position, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (id) DO NOTHING";
pub(super) const DIGEST: &str = "SELECT digest FROM journal WHERE id = $1";
pub(super) const WAITING: &str =
    "SELECT id, recorded_at, digest FROM journal WHERE position IS NULL ORDER BY arrival, id LIMIT $1";
pub(super) const PLACE: &str = "UPDATE journal SET position = v.column2, hash = v.column3 FROM (";
pub(super) const PLACE_END: &str = ") AS v WHERE journal.id = v.column1";
pub(super) const HEAD: &str = "SELECT position, hash FROM journal_head WHERE one = 1";
/// The first entry makes the row.
pub(super) const MOVE_HEAD: &str = "INSERT INTO journal_head (one, position, hash) VALUES (1, $1, $2)
    ON CONFLICT (one) DO UPDATE SET position = excluded.position, hash = excluded.hash WHERE journal_head.position = $3";
pub(super) const PAGE: &str = "SELECT position, id, kind, subject, area, mode, actor, device, occurred_at, recorded_at, body, sealed, digest, hash
    FROM journal WHERE position > $1 ORDER BY position LIMIT $2";
pub(super) const PAGE_BACK: &str = "SELECT position, id, kind, subject, area, mode, actor, device, occurred_at, recorded_at, body, sealed, digest, hash
    FROM journal WHERE position < $1 AND (CAST($3 AS TEXT) IS NULL OR subject = $3) AND (CAST($4 AS TEXT) IS NULL OR kind = $4) ORDER BY position DESC LIMIT $2";
pub(super) const PAGE_FORWARD: &str = "SELECT position, id, kind, subject, area, mode, actor, device, occurred_at, recorded_at, body, sealed, digest, hash
    FROM journal WHERE position > $1 AND (CAST($3 AS TEXT) IS NULL OR subject = $3) AND (CAST($4 AS TEXT) IS NULL OR kind = $4) ORDER BY position LIMIT $2";
pub(super) const BY_ID: &str = "SELECT position, id, kind, subject, area, mode, actor, device, occurred_at, recorded_at, body, sealed, digest, hash
    FROM journal WHERE id = $1 AND position IS NOT NULL";
pub(super) const UNREAD: &str = "SELECT position, id, kind, subject, area, mode, actor, device, occurred_at, recorded_at, body, sealed, digest, hash
    FROM journal WHERE position > (SELECT r.position FROM journal_reader r WHERE r.name = $1) ORDER BY position LIMIT $2";
pub(super) const OPEN_READER: &str =
    "INSERT INTO journal_reader (name, position) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING";
pub(super) const MOVE_READER: &str = "UPDATE journal_reader SET position = $2 WHERE name = $1 AND position = $3";
pub(super) const CURSORS: &str =
    "SELECT name, position, COALESCE((SELECT position FROM journal_head WHERE one = 1), 0) - position
    FROM journal_reader ORDER BY name LIMIT 1000";
pub(super) const ADD_CHECKPOINT: &str =
    "INSERT INTO journal_checkpoint (size, hash, made_at, note) VALUES ($1, $2, $3, $4) ON CONFLICT (size) DO NOTHING";
pub(super) const CHECKPOINTS: &str =
    "SELECT size, hash, made_at, note FROM journal_checkpoint WHERE size > $1 ORDER BY size LIMIT $2";
pub(super) const LAST_CHECKPOINT: &str =
    "SELECT size, hash, made_at, note FROM journal_checkpoint ORDER BY size DESC LIMIT 1";

/// Every statement of the journal, for the test that prepares them on both engines.
pub const SQL: &[&str] = &[
    INSERT_ONE,
    DIGEST,
    WAITING,
    HEAD,
    MOVE_HEAD,
    PAGE,
    PAGE_BACK,
    PAGE_FORWARD,
    BY_ID,
    UNREAD,
    OPEN_READER,
    MOVE_READER,
    CURSORS,
    ADD_CHECKPOINT,
    CHECKPOINTS,
    LAST_CHECKPOINT,
];

/// A row of the journal as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct EntryRow {
    pub position: i64,
    pub id: Uuid,
    pub kind: String,
    pub subject: String,
    pub area: Option<String>,
    pub mode: String,
    pub actor: String,
    pub device: Option<Uuid>,
    pub occurred_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub body: Option<String>,
    pub sealed: Option<Vec<u8>>,
    pub digest: Vec<u8>,
    pub hash: Vec<u8>,
}

impl EntryRow {
    pub(super) fn content(&self) -> Content<'_> {
        Content {
            id: self.id.as_bytes(),
            kind: &self.kind,
            subject: &self.subject,
            area: self.area.as_deref(),
            mode: &self.mode,
            actor: &self.actor,
            device: self.device.as_ref().map(|id| id.as_bytes().as_slice()),
            occurred_micros: self.occurred_at.timestamp_micros(),
            body: self.body.as_deref(),
            sealed: self.sealed.as_deref(),
        }
    }

    pub(super) fn entry(self) -> Result<Entry> {
        let unreadable = |what: &str| Error::Unreadable(format!("journal entry {}: {what}", self.id).into());
        let area: Option<AreaCode> =
            self.area.as_deref().map(str::parse).transpose().map_err(|_| unreadable("area"))?;
        let mode = if self.mode == Mode::Live.as_str() { Mode::Live } else { Mode::Drill };
        let hash = self.hash.as_slice().try_into().map_err(|_| unreadable("hash"))?;
        let body = match (&self.body, &self.sealed) {
            (_, Some(sealed)) => Body::Sealed(sealed.clone()),
            (Some(text), None) => Body::Open(serde_json::from_str(text).map_err(|_| unreadable("body"))?),
            (None, None) => return Err(unreadable("no body")),
        };
        Ok(Entry {
            position: self.position,
            id: Id::from(self.id),
            kind: self.kind,
            subject: self.subject,
            area,
            mode,
            actor: self.actor,
            device: self.device,
            occurred_at: Timestamp::from(self.occurred_at),
            recorded_at: Timestamp::from(self.recorded_at),
            body,
            hash,
        })
    }
}
