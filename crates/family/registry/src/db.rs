//! Tables of this room, and the only SQL that names them.

mod imports;
mod programmes;
mod steps;

pub(crate) use imports::{ImportRow, ImportState, add_row, find_import, imports_of, put_import, rows_of};
pub(crate) use programmes::{
    Listed, add_programme, find_programme, find_version, listed, newest_version, programme_of, published_of,
    put_version, versions_of,
};
pub(crate) use steps::{add_step, find_step};

use store::{Migration, Schema};

/// The room's tables.
pub const SCHEMA: Schema = Schema { room: "registry", migrations: &[FIRST] };

/// Every statement, so that a test can prepare each on both engines.
pub const STATEMENTS: &[&[&str]] = &[programmes::SQL, imports::SQL, steps::SQL];

const FIRST: Migration = Migration {
    version: 1,
    name: "programmes, versions, imports, steps",
    sql: "
CREATE TABLE registry_programme (
    id UUID PRIMARY KEY,
    key TEXT NOT NULL,
    area TEXT NOT NULL,
    origin TEXT NOT NULL,
    UNIQUE (area, key)
);
CREATE TABLE registry_version (
    id UUID PRIMARY KEY,
    programme UUID NOT NULL,
    number BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    state TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_until TEXT,
    name TEXT NOT NULL,
    by_actor TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    content JSONB NOT NULL,
    UNIQUE (programme, number)
);
CREATE INDEX registry_version_state ON registry_version (state, programme);
CREATE TABLE registry_import (
    id UUID PRIMARY KEY,
    area TEXT NOT NULL,
    file TEXT NOT NULL,
    blob TEXT NOT NULL,
    state TEXT NOT NULL,
    by_actor TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    counts JSONB NOT NULL
);
CREATE INDEX registry_import_area ON registry_import (area, at);
CREATE TABLE registry_import_row (
    import UUID NOT NULL,
    number BIGINT NOT NULL,
    what TEXT NOT NULL,
    body JSONB NOT NULL,
    PRIMARY KEY (import, number)
);
CREATE TABLE registry_step (
    command UUID PRIMARY KEY,
    actor TEXT NOT NULL,
    digest TEXT NOT NULL,
    result UUID NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
",
    sample: "
INSERT INTO registry_programme (id, key, area, origin)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e21', 'sample', '02203', 'office');
INSERT INTO registry_step (command, actor, digest, result, at)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e22', 'system', '0', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e21', '2026-11-22 00:00:00+00:00');
INSERT INTO registry_import (id, area, file, blob, state, by_actor, at, counts)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e23', '02203', 'a.json', '0', 'previewed', 'system', '2026-11-22 00:00:00+00:00', '{}');
",
};
