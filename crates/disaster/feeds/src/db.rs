//! Tables of the feeds, and the only SQL that names them.

mod keys;
mod replays;
mod sources;
mod telegrams;

pub(crate) use keys::*;
pub(crate) use replays::*;
pub(crate) use sources::*;
pub(crate) use telegrams::*;

use store::{Migration, Schema};

/// The room's tables.
pub const SCHEMA: Schema = Schema { room: "feeds", migrations: &[FIRST] };

/// Every statement of the room, for the test that prepares them on both engines.
pub fn statements() -> Vec<&'static str> {
    [SOURCES_SQL, TELEGRAMS_SQL, KEYS_SQL, REPLAYS_SQL].concat()
}

const FIRST: Migration = Migration {
    version: 1,
    name: "sources, telegrams, keys, replays",
    sql: "
CREATE TABLE feeds_source (
    key TEXT PRIMARY KEY,
    mode TEXT NOT NULL,
    name JSONB NOT NULL,
    contact_s BIGINT,
    content_s BIGINT,
    state TEXT NOT NULL,
    last_attempt TIMESTAMPTZ,
    last_success TIMESTAMPTZ,
    last_change TIMESTAMPTZ,
    newest TIMESTAMPTZ,
    last_error JSONB,
    failures BIGINT NOT NULL,
    next_at TIMESTAMPTZ,
    etag TEXT,
    last_modified TEXT,
    content_hash TEXT,
    understood BIGINT NOT NULL,
    archived BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    repeats BIGINT NOT NULL
);
CREATE TABLE feeds_telegram (
    id UUID PRIMARY KEY,
    lane TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    source TEXT NOT NULL,
    mode TEXT NOT NULL,
    outcome TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    office TEXT NOT NULL,
    event_id TEXT NOT NULL,
    serial TEXT NOT NULL,
    hint TEXT NOT NULL,
    reported_at TIMESTAMPTZ,
    received_at TIMESTAMPTZ NOT NULL,
    size BIGINT NOT NULL,
    kept BOOLEAN NOT NULL,
    repeats BIGINT NOT NULL,
    unknown_parts BIGINT NOT NULL,
    reason JSONB,
    UNIQUE (lane, sha256)
);
CREATE INDEX feeds_telegram_source ON feeds_telegram (source, id);
CREATE INDEX feeds_telegram_kind ON feeds_telegram (kind, id);
CREATE INDEX feeds_telegram_outcome ON feeds_telegram (outcome, id);
CREATE TABLE feeds_entry (
    url TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    urgent BOOLEAN NOT NULL,
    attempts BIGINT NOT NULL,
    done BOOLEAN NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX feeds_entry_open ON feeds_entry (source, done, updated_at);
CREATE INDEX feeds_entry_seen ON feeds_entry (seen_at);
CREATE TABLE feeds_spent (
    day TEXT PRIMARY KEY,
    bytes BIGINT NOT NULL
);
CREATE TABLE feeds_mark (
    name TEXT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL
);
CREATE TABLE feeds_push_key (
    id UUID PRIMARY KEY,
    distributor TEXT NOT NULL,
    mode TEXT NOT NULL,
    digest BYTEA NOT NULL,
    old_digest BYTEA,
    old_until TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    rotated_at TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ
);
CREATE TABLE feeds_replay (
    id UUID PRIMARY KEY,
    scenario TEXT NOT NULL,
    speed DOUBLE PRECISION NOT NULL,
    state TEXT NOT NULL,
    total BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    actor TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    beat_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
",
    sample: "
INSERT INTO feeds_source (key, mode, name, contact_s, content_s, state, failures, understood, archived, refused, repeats)
VALUES ('jma-extra', 'live', '{\"ja\":\"気象庁\",\"easy\":\"気象庁\",\"en\":\"JMA\"}', 120, 3600, 'never', 0, 0, 0, 0, 0);
INSERT INTO feeds_spent (day, bytes) VALUES ('2026-11-22', 1024);
",
};
