//! Tables of this room, and the only SQL that names them.

mod deliveries;
mod events;
mod keys;
mod notices;
mod relays;
mod subscriptions;

pub(crate) use deliveries::{
    Claimed, Fate, NewDelivery, Sum, claim, claimed, expire_overdue, finish, finish_rest, has_overdue,
    insert_deliveries, move_gone, note_shown, receivers, stop_deliveries, sums, supersede,
};
pub(crate) use events::{Told, clear_events, forget_told, put_slots, put_told, slots, told_between, told_ids};
pub(crate) use keys::{StoredKey, insert_key, keys};
pub(crate) use notices::{
    advance_match, end_match, find_step, insert_notice, insert_step, lapsing, listed, next_unmatched, notice,
    notice_for_update, put_notice, put_variants, recent, settled, variants,
};
pub(crate) use relays::{Relay, Relayed, claim_relays, insert_relays, note_relay, relays_of};
pub(crate) use subscriptions::{
    StoredSubscription, delete_as_read, delete_subscription, note_test, put_subscription, subscription,
    subscription_with, subscriptions, tested_at,
};

use store::{Migration, Schema};

/// The room's tables.
pub const SCHEMA: Schema = Schema { room: "notices", migrations: &[FIRST] };

/// Every statement, so that a test can prepare each on both engines.
pub const STATEMENTS: &[&[&str]] =
    &[deliveries::SQL, events::SQL, keys::SQL, notices::SQL, relays::SQL, subscriptions::SQL];

const FIRST: Migration = Migration {
    version: 1,
    name: "subscriptions, events, notices, deliveries",
    sql: "
CREATE TABLE notices_key (
    id UUID PRIMARY KEY,
    public TEXT NOT NULL UNIQUE,
    sealed BYTEA NOT NULL,
    made_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE notices_subscription (
    id UUID PRIMARY KEY,
    secret TEXT NOT NULL,
    endpoint TEXT NOT NULL UNIQUE, -- its digest: one browser, one subscription
    service TEXT NOT NULL,
    body BYTEA NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    tested_at TIMESTAMPTZ
);
CREATE TABLE notices_slot (
    mode TEXT NOT NULL,
    event TEXT NOT NULL,
    body JSONB NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (mode, event)
);
CREATE TABLE notices_told (
    mode TEXT NOT NULL,
    event TEXT NOT NULL,
    subscription UUID NOT NULL,
    rank BIGINT NOT NULL,
    towns BIGINT NOT NULL,
    told_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (mode, event, subscription)
);
CREATE TABLE notices_notice (
    id UUID PRIMARY KEY,
    mode TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    urgency BIGINT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    matched BOOLEAN NOT NULL,
    reached UUID, -- the last subscription that was looked at
    body JSONB NOT NULL
);
CREATE INDEX notices_notice_waiting ON notices_notice (urgency, id) WHERE NOT matched;
CREATE INDEX notices_notice_state ON notices_notice (state, id);
CREATE TABLE notices_variant (
    notice UUID NOT NULL,
    number BIGINT NOT NULL,
    key TEXT NOT NULL,
    body JSONB NOT NULL,
    PRIMARY KEY (notice, number)
);
CREATE TABLE notices_delivery (
    notice UUID NOT NULL,
    subscription UUID NOT NULL,
    variant BIGINT NOT NULL,
    topic TEXT NOT NULL, -- a later one of the same topic takes its place
    receipt UUID NOT NULL UNIQUE,
    state TEXT NOT NULL,
    urgency BIGINT NOT NULL,
    due_at TIMESTAMPTZ NOT NULL, -- not before; of a claimed one: when it may be claimed again
    expires_at TIMESTAMPTZ NOT NULL,
    attempts BIGINT NOT NULL,
    batch UUID, -- whose claim it is
    cause TEXT,
    ended_at TIMESTAMPTZ,
    PRIMARY KEY (notice, subscription)
);
CREATE INDEX notices_delivery_due ON notices_delivery (urgency, due_at) WHERE state IN ('queued', 'sealed');
CREATE INDEX notices_delivery_waiting ON notices_delivery (subscription) WHERE state = 'queued';
CREATE INDEX notices_delivery_state ON notices_delivery (notice, state);
CREATE INDEX notices_delivery_batch ON notices_delivery (batch) WHERE batch IS NOT NULL;
CREATE TABLE notices_relay (
    notice UUID NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    attempts BIGINT NOT NULL,
    batch UUID,
    cause TEXT,
    PRIMARY KEY (notice, channel)
);
CREATE INDEX notices_relay_due ON notices_relay (due_at) WHERE state = 'queued';
CREATE TABLE notices_step (
    command UUID PRIMARY KEY,
    notice UUID NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
",
    sample: "
INSERT INTO notices_slot (mode, event, body, changed_at) VALUES ('drill', 'tsunami', '{}', '2026-11-28 00:00:00+00:00');
INSERT INTO notices_told (mode, event, subscription, rank, towns, told_at)
    VALUES ('drill', 'tsunami', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21', 4, 4, '2026-11-28 00:00:00+00:00');
INSERT INTO notices_delivery (notice, subscription, variant, topic, receipt, state, urgency, due_at, expires_at, attempts)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e22', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21', 0, 't', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23', 'accepted', 0, '2026-11-28 00:00:00+00:00', '2026-11-28 06:00:00+00:00', 1);
",
};
