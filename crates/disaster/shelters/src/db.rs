//! Tables of this room, and the only SQL that names them.

mod disasters;
mod history;
mod openings;
mod replays;

pub(crate) use disasters::{disaster, disasters_listed, put_disaster, running};
pub(crate) use history::{find_history, history_of, insert_history, put_track};
pub(crate) use openings::{
    AdhocOf, NewCount, Step, Tally, active_elsewhere, active_in, add_adhoc, add_count, add_step, adhoc_named, adhoc_of,
    all_active, entries, find_step, newest_opening, note_document, of_municipality, opening, others_open, published,
    put_opening, tallies,
};
pub(crate) use replays::{
    RunRow, active_run, beat_run, bury_runs, claim_run, end_run, insert_run, newest_run, stop_run,
};

use store::{Migration, Schema};

/// The room's tables.
pub const SCHEMA: Schema = Schema { room: "shelters", migrations: &[FIRST] };

/// Every statement, so that a test can prepare each on both engines.
pub const STATEMENTS: &[&[&str]] = &[disasters::SQL, openings::SQL, history::SQL, replays::SQL];

const FIRST: Migration = Migration {
    version: 1,
    name: "disasters, openings, counts, histories, replays",
    sql: "
CREATE TABLE shelters_disaster (
    id UUID PRIMARY KEY,
    mode TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    until TIMESTAMPTZ,
    body JSONB NOT NULL
);
CREATE INDEX shelters_disaster_running ON shelters_disaster (mode, until);
CREATE TABLE shelters_opening (
    disaster UUID NOT NULL,
    facility UUID NOT NULL,
    mode TEXT NOT NULL,
    municipality TEXT NOT NULL,
    state TEXT NOT NULL,
    persons BIGINT,
    households BIGINT,
    counted_at TIMESTAMPTZ,
    body JSONB NOT NULL,
    PRIMARY KEY (disaster, facility)
);
CREATE INDEX shelters_opening_place ON shelters_opening (mode, municipality, state);
CREATE INDEX shelters_opening_facility ON shelters_opening (facility, mode);
CREATE TABLE shelters_step (
    command UUID PRIMARY KEY,
    disaster UUID NOT NULL,
    facility UUID,
    mode TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    digest TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    body JSONB NOT NULL
);
CREATE INDEX shelters_step_facility ON shelters_step (facility, at);
CREATE TABLE shelters_count (
    command UUID PRIMARY KEY,
    disaster UUID NOT NULL,
    facility UUID NOT NULL,
    mode TEXT NOT NULL,
    municipality TEXT NOT NULL,
    persons BIGINT,
    households BIGINT,
    counted_at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX shelters_count_facility ON shelters_count (facility, counted_at);
CREATE INDEX shelters_count_disaster ON shelters_count (disaster, counted_at);
CREATE TABLE shelters_adhoc (
    facility UUID PRIMARY KEY,
    disaster UUID NOT NULL,
    municipality TEXT NOT NULL,
    name_key TEXT NOT NULL,
    added_by TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    body JSONB NOT NULL,
    UNIQUE (disaster, municipality, name_key)
);
CREATE INDEX shelters_adhoc_place ON shelters_adhoc (municipality, disaster);
CREATE TABLE shelters_document (
    name TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE shelters_history (
    disaster UUID PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    points JSONB NOT NULL,
    notes JSONB NOT NULL,
    imported_by TEXT NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE shelters_track (
    disaster UUID NOT NULL,
    key TEXT NOT NULL,
    facility UUID NOT NULL,
    body JSONB NOT NULL,
    PRIMARY KEY (disaster, key)
);
CREATE TABLE shelters_replay (
    id UUID PRIMARY KEY,
    history UUID NOT NULL,
    disaster UUID NOT NULL,
    speed DOUBLE PRECISION NOT NULL,
    state TEXT NOT NULL,
    total BIGINT NOT NULL,
    done BIGINT NOT NULL,
    actor TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    beat_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
",
    sample: "
INSERT INTO shelters_disaster (id, mode, since, until, body)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21', 'drill', '2026-11-22 00:00:00+00:00', NULL, '{\"id\":\"019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21\",\"name\":{\"ja\":\"【訓練】地震\",\"easy\":\"【訓練】じしん\",\"en\":\"【訓練】[DRILL] Quake\"},\"mode\":\"drill\",\"since\":\"2026-11-22T09:00:00+09:00\",\"until\":null,\"municipalities\":[\"02203\"],\"past\":false,\"replay_of\":null}');
INSERT INTO shelters_count (command, disaster, facility, mode, municipality, persons, counted_at, actor, recorded_at)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e22', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23', 'drill', '02203', 30, '2026-11-22 00:00:00+00:00', 'system', '2026-11-22 00:00:00+00:00');
INSERT INTO shelters_document (name, digest, changed_at) VALUES ('shelters/prefecture', '0', '2026-11-22 00:00:00+00:00');
INSERT INTO shelters_replay (id, history, disaster, speed, state, total, done, actor, started_at, beat_at, ended_at)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e24', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e25', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21', 20.0, 'finished', 2, 2, 'system', '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00');
",
};
