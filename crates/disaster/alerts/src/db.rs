//! Tables of this room, and the only SQL that names them.

mod orders;
mod state;

pub(crate) use orders::{
    find_step, insert_step, order_for_update, orders_in_force, orders_listed, orders_waiting, put_order,
};
pub(crate) use state::{
    TimelineRow, add_line, clear_drill, documents, forget_hazard, forget_statement, known_since, load, newest_lines,
    note_document, note_seen, put_hazard, put_statement, seen, set_targets, targets,
};

use store::{Migration, Schema};

/// The room's tables.
pub const SCHEMA: Schema = Schema { room: "alerts", migrations: &[FIRST] };

/// Every statement, so that a test can prepare each on both engines.
pub const STATEMENTS: &[&[&str]] = &[state::SQL, orders::SQL];

const FIRST: Migration = Migration {
    version: 1,
    name: "statements, hazards, timeline, documents, orders",
    sql: "
CREATE TABLE alerts_statement (
    mode TEXT NOT NULL,
    product TEXT NOT NULL,
    scope TEXT NOT NULL,
    reported_at TIMESTAMPTZ NOT NULL,
    telegram UUID NOT NULL,
    body JSONB NOT NULL,
    PRIMARY KEY (mode, product, scope)
);
CREATE TABLE alerts_hazard (
    mode TEXT NOT NULL,
    hazard TEXT NOT NULL,
    area TEXT NOT NULL,
    level BIGINT,
    rank BIGINT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    body JSONB NOT NULL,
    PRIMARY KEY (mode, hazard, area)
);
CREATE TABLE alerts_timeline (
    id UUID PRIMARY KEY,
    mode TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    body JSONB NOT NULL
);
CREATE INDEX alerts_timeline_newest ON alerts_timeline (mode, at, id);
CREATE TABLE alerts_seen (
    telegram UUID PRIMARY KEY,
    mode TEXT NOT NULL,
    disposition TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE TABLE alerts_document (
    name TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE alerts_known (
    mode TEXT PRIMARY KEY,
    since TIMESTAMPTZ NOT NULL
);
CREATE TABLE alerts_setting (
    name TEXT PRIMARY KEY,
    body JSONB NOT NULL
);
CREATE TABLE alerts_order (
    id UUID PRIMARY KEY,
    mode TEXT NOT NULL,
    municipality TEXT NOT NULL,
    status TEXT NOT NULL,
    proposed_at TIMESTAMPTZ NOT NULL,
    body JSONB NOT NULL
);
CREATE INDEX alerts_order_status ON alerts_order (status, mode, proposed_at);
CREATE INDEX alerts_order_place ON alerts_order (municipality, proposed_at);
CREATE TABLE alerts_order_step (
    id UUID PRIMARY KEY,
    order_id UUID NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX alerts_order_step_order ON alerts_order_step (order_id, at);
",
    sample: "
INSERT INTO alerts_known (mode, since) VALUES ('live', '2026-11-22 00:00:00+00:00');
INSERT INTO alerts_seen (telegram, mode, disposition, at)
    VALUES ('01939b1e-0000-7000-8000-000000000001', 'live', 'not_ours', '2026-11-22 00:00:00+00:00');
INSERT INTO alerts_document (name, digest, changed_at) VALUES ('timeline', '0', '2026-11-22 00:00:00+00:00');
INSERT INTO alerts_setting (name, body) VALUES ('advisory-targets', '{\"designated\":[\"02203\"]}');
",
};
