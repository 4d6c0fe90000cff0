//! Tables of this room, and the only SQL that names them. Events themselves are in the journal.

pub(crate) mod devices;
pub(crate) mod glass;
pub(crate) mod kits;
pub(crate) mod listed;
pub(crate) mod node;
pub(crate) mod quarantine;
pub(crate) mod receipts;
pub(crate) mod retention;
pub(crate) mod upstream;
pub(crate) mod work;

use store::{Migration, Schema};

/// The room's tables.
pub const SCHEMA: Schema =
    Schema { room: "reception", migrations: &[FIRST, kits::TABLES, RULES_ARE_EVENTS, retention::TABLES] };

/// Every statement, so that a test can prepare each on both engines.
pub const STATEMENTS: &[&[&str]] = &[
    node::SQL,
    devices::SQL,
    quarantine::SQL,
    receipts::SQL,
    listed::SQL,
    work::SQL,
    glass::SQL,
    kits::SQL,
    upstream::SQL,
    retention::SQL,
];

/// Desks write their checkpoints as events, so that every node of a shelter has them.
const RULES_ARE_EVENTS: Migration = Migration {
    version: 3,
    name: "checkpoints of distribution are events",
    sql: "DROP TABLE reception_rule;",
    sample: "",
};

const FIRST: Migration = Migration {
    version: 1,
    name: "node, devices, quarantine, receipts, lists of people who need help, work on them",
    sql: "
CREATE TABLE reception_node (
    one BIGINT PRIMARY KEY, -- always 1
    id UUID NOT NULL,
    epoch UUID NOT NULL,
    role TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    receipt_seed BYTEA -- of the centre, sealed
);
CREATE TABLE reception_device (
    id UUID PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    area TEXT NOT NULL,
    registered_by TEXT NOT NULL,
    registered_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    revoked_by TEXT
);
CREATE TABLE reception_quarantine (
    hash BYTEA PRIMARY KEY, -- SHA-256 of body and signature
    event UUID NOT NULL,
    reason TEXT NOT NULL,
    municipality TEXT NOT NULL,
    device UUID NOT NULL,
    body TEXT NOT NULL,
    signature TEXT NOT NULL,
    given_by TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX reception_quarantine_place ON reception_quarantine (municipality, at);
CREATE TABLE reception_receipt (
    event UUID NOT NULL,
    epoch UUID NOT NULL,
    hash BYTEA NOT NULL,
    signature TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (event, epoch)
);
CREATE TABLE reception_stamp (
    event UUID NOT NULL,
    node UUID NOT NULL,
    epoch UUID NOT NULL,
    position BIGINT NOT NULL,
    boot UUID NOT NULL,
    mono_ms BIGINT NOT NULL,
    wall_ms BIGINT NOT NULL,
    PRIMARY KEY (event, node, epoch)
);
CREATE TABLE reception_listed (
    id UUID PRIMARY KEY,
    municipality TEXT NOT NULL,
    district_key TEXT NOT NULL,
    subject TEXT,
    list UUID NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    sealed BYTEA NOT NULL
);
CREATE INDEX reception_listed_place ON reception_listed (municipality, district_key);
CREATE INDEX reception_listed_list ON reception_listed (list);
CREATE TABLE reception_work (
    disaster UUID NOT NULL,
    about TEXT NOT NULL, -- listed:<id> or household:<subject>
    municipality TEXT NOT NULL,
    holder TEXT,
    result TEXT,
    revision BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    command UUID NOT NULL,
    id UUID NOT NULL UNIQUE,
    words BYTEA,
    PRIMARY KEY (disaster, about)
);
CREATE INDEX reception_work_place ON reception_work (disaster, municipality);
CREATE TABLE reception_rule (
    id UUID PRIMARY KEY,
    disaster UUID NOT NULL,
    facility UUID NOT NULL,
    body JSONB NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX reception_rule_place ON reception_rule (disaster, facility);
CREATE TABLE reception_glass (
    id UUID PRIMARY KEY,
    account UUID NOT NULL,
    area TEXT NOT NULL,
    reason TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    until TIMESTAMPTZ NOT NULL
);
CREATE INDEX reception_glass_account ON reception_glass (account, until);
",
    sample: "
INSERT INTO reception_node (one, id, epoch, role, since)
    VALUES (1, '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e30', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e31', 'centre', '2026-11-22 00:00:00+00:00');
INSERT INTO reception_device (id, key, area, registered_by, registered_at)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e32', 'BHOz', 'municipality:02203', 'system', '2026-11-22 00:00:00+00:00');
INSERT INTO reception_receipt (event, epoch, hash, signature, at_ms)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e33', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e31', '\\x00', 'c2ln', 1765203300000);
INSERT INTO reception_stamp (event, node, epoch, position, boot, mono_ms, wall_ms)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e33', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e30', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e31', 1, '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e37', 1000, 1765203300000);
INSERT INTO reception_work (disaster, about, municipality, revision, changed_by, changed_at, command, id)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21', 'listed:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e34', '02203', 1, 'system', '2026-11-22 00:00:00+00:00', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e38', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e35');
INSERT INTO reception_glass (id, account, area, reason, since, until)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e36', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10', 'municipality:02203', '安否の確認', '2026-11-22 00:00:00+00:00', '2026-11-22 12:00:00+00:00');
",
};
