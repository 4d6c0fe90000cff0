//! Tables of the register, and the only SQL that names them.

mod changes;
mod matches;
mod places;
mod shown;
mod sources;
mod towns;

pub(crate) use changes::*;
pub(crate) use matches::*;
pub(crate) use places::*;
pub(crate) use shown::*;
pub(crate) use sources::*;
pub(crate) use towns::*;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::{Error, Migration, Result, Schema};

/// The room's tables.
pub const SCHEMA: Schema = Schema { room: "places", migrations: &[FIRST] };

/// Every statement, so that a test can prepare each on both engines.
pub const STATEMENTS: &[&[&str]] = &[changes::SQL, matches::SQL, places::SQL, shown::SQL, sources::SQL, towns::SQL];

const FIRST: Migration = Migration {
    version: 1,
    name: "series, sources, rows, places, changes, matches, towns",
    sql: "
CREATE TABLE places_series (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    municipality TEXT NOT NULL
);
CREATE TABLE places_source (
    id UUID PRIMARY KEY,
    series UUID,
    kind TEXT,
    municipality TEXT,
    towns BOOLEAN NOT NULL,
    title TEXT NOT NULL,
    file TEXT NOT NULL,
    blob TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    status TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    applied_at TIMESTAMPTZ,
    licence TEXT,
    attribution TEXT,
    as_of TEXT,
    repairs BOOLEAN NOT NULL,
    counts JSONB NOT NULL,
    mapping JSONB NOT NULL,
    notes JSONB NOT NULL,
    chosen JSONB NOT NULL
);
CREATE INDEX places_source_blob ON places_source (blob, id);
CREATE INDEX places_source_series ON places_source (series, status, applied_at);
CREATE INDEX places_source_municipality ON places_source (municipality, id);
CREATE TABLE places_source_row (
    source UUID NOT NULL,
    line BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    key TEXT,
    name TEXT,
    reason JSONB,
    cells JSONB NOT NULL,
    proposal JSONB,
    PRIMARY KEY (source, line)
);
CREATE TABLE places_place (
    id UUID PRIMARY KEY,
    facility UUID NOT NULL,
    kind TEXT NOT NULL,
    label TEXT,
    municipality TEXT NOT NULL,
    series UUID NOT NULL,
    source UUID NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    kana TEXT,
    address TEXT,
    lat DOUBLE PRECISION,
    lon DOUBLE PRECISION,
    located TEXT NOT NULL,
    file_lat DOUBLE PRECISION,
    file_lon DOUBLE PRECISION,
    geometry TEXT,
    details JSONB NOT NULL,
    extra JSONB NOT NULL,
    gone_at TIMESTAMPTZ,
    UNIQUE (series, key)
);
CREATE INDEX places_place_municipality ON places_place (municipality, kind, id);
CREATE INDEX places_place_facility ON places_place (facility);
CREATE TABLE places_change (
    source UUID NOT NULL,
    number BIGINT NOT NULL,
    what TEXT NOT NULL,
    line BIGINT,
    place UUID NOT NULL,
    before JSONB,
    after JSONB,
    fields JSONB NOT NULL,
    PRIMARY KEY (source, number)
);
CREATE INDEX places_change_what ON places_change (source, what, number);
CREATE TABLE places_match (
    id UUID PRIMARY KEY,
    municipality TEXT NOT NULL,
    left_series UUID NOT NULL,
    left_key TEXT NOT NULL,
    right_series UUID NOT NULL,
    right_key TEXT NOT NULL,
    same BOOLEAN NOT NULL,
    by_whom TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    revoked_by TEXT,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX places_match_municipality ON places_match (municipality, id);
CREATE TABLE places_town (
    source UUID NOT NULL,
    municipality TEXT NOT NULL,
    folded TEXT NOT NULL,
    name TEXT NOT NULL,
    lat DOUBLE PRECISION,
    lon DOUBLE PRECISION,
    PRIMARY KEY (municipality, source, folded)
);
CREATE TABLE places_step (
    id UUID PRIMARY KEY,
    subject TEXT NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
",
    sample: "
INSERT INTO places_series (id, name, kind, municipality)
    VALUES ('01939b1e-0000-7000-8000-000000000001', '02203/shelter', 'shelter', '02203');
INSERT INTO places_source (id, series, kind, municipality, towns, title, file, blob, bytes, status, by_whom, at, applied_at,
    repairs, counts, mapping, notes, chosen)
    VALUES ('01939b1e-0000-7000-8000-000000000002', '01939b1e-0000-7000-8000-000000000001', 'shelter', '02203', FALSE,
    '避難所一覧', 'hinanjo.csv', '00', 10, 'applied', 'system', '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00',
    FALSE, '{\"rows\":1}', '[]', '[]', '{}');
INSERT INTO places_place (id, facility, kind, municipality, series, source, key, name, lat, lon, located, details, extra)
    VALUES ('01939b1e-0000-7000-8000-000000000003', '01939b1e-0000-7000-8000-000000000003', 'shelter', '02203',
    '01939b1e-0000-7000-8000-000000000001', '01939b1e-0000-7000-8000-000000000002', 'id:1', '中央公民館', 40.5, 141.5,
    'given', '{}', '{}');
INSERT INTO places_change (source, number, what, line, place, after, fields)
    VALUES ('01939b1e-0000-7000-8000-000000000002', 1, 'added', 2, '01939b1e-0000-7000-8000-000000000003', '{}', '[]');
INSERT INTO places_source_row (source, line, verdict, reason, cells)
    VALUES ('01939b1e-0000-7000-8000-000000000002', 3, 'quarantined', '{\"ja\":\"名称がありません。\",\"easy\":\"\",\"en\":\"\"}',
    '{}');
INSERT INTO places_match (id, municipality, left_series, left_key, right_series, right_key, same, by_whom, at)
    VALUES ('01939b1e-0000-7000-8000-000000000004', '02203', '01939b1e-0000-7000-8000-000000000001', 'id:1',
    '01939b1e-0000-7000-8000-000000000001', 'id:2', TRUE, 'system', '2026-11-22 00:00:00+00:00');
INSERT INTO places_town (source, municipality, folded, name, lat, lon)
    VALUES ('01939b1e-0000-7000-8000-000000000005', '02203', '内丸1丁目', '内丸一丁目', 40.51, 141.48);
INSERT INTO places_step (id, subject, action, actor, at)
    VALUES ('01939b1e-0000-7000-8000-000000000006', 'x', 'places.applied', 'system', '2026-11-22 00:00:00+00:00');
",
};

/// A name of the wire in a column, read by the type's own serde.
pub(super) fn named<T: DeserializeOwned>(name: String) -> Result<T> {
    json(Value::String(name))
}

/// The name of the wire of a value whose serde form is a plain string.
pub(super) fn name_of(value: &impl Serialize) -> Result<String> {
    match to_json(value)? {
        Value::String(name) => Ok(name),
        other => Err(Error::Unreadable(format!("{other} is no name").into())),
    }
}

pub(super) fn json<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| Error::Unreadable(error.to_string().into()))
}

pub(super) fn to_json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::Unreadable(error.to_string().into()))
}
