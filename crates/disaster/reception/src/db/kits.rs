//! Kits and the codes that enrol them, as the centre keeps them.

use chrono::{DateTime, Utc};
use kernel::Timestamp;
use store::{Conn, Migration, sql};
use uuid::Uuid;

use crate::sync::Seen as Head;

const ADD_CODE: &str = "INSERT INTO reception_kit_code (hash, municipality, name, shelters, made_by, made_at, until)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hash) DO NOTHING";
const REDEEM: &str = "UPDATE reception_kit_code SET used_at = $2, kit = $3
    WHERE hash = $1 AND (used_at IS NULL OR kit = $3) AND until > $2 RETURNING municipality, name, shelters, made_by";
const ADD: &str = "INSERT INTO reception_kit
    (id, municipality, name, shelters, device_key, public_key, secret, enrolled_by, enrolled_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING";
const FIND: &str = "SELECT id, municipality, name, shelters, device_key, public_key, secret, enrolled_at, revoked_at,
    epoch, seen_at, waiting, skew_ms, version FROM reception_kit WHERE id = $1";
const ALL: &str = "SELECT id, municipality, name, shelters, device_key, public_key, secret, enrolled_at, revoked_at,
    epoch, seen_at, waiting, skew_ms, version FROM reception_kit ORDER BY id LIMIT 10000";
const REVOKE: &str = "UPDATE reception_kit SET revoked_at = $2, revoked_by = $3 WHERE id = $1 AND revoked_at IS NULL";
const SEEN: &str = "UPDATE reception_kit SET epoch = $2, seen_at = $3, waiting = $4, skew_ms = $5, version = $6
    WHERE id = $1";
const LIFE: &str = "SELECT heads, doubted FROM reception_kit_life WHERE kit = $1 AND epoch = $2";
const NEWEST_LIFE: &str = "SELECT epoch FROM reception_kit_life WHERE kit = $1 ORDER BY epoch DESC LIMIT 1";
const PUT_LIFE: &str = "INSERT INTO reception_kit_life (kit, epoch, heads, doubted)
    VALUES ($1, $2, $3, $4) ON CONFLICT (kit, epoch) DO UPDATE SET heads = excluded.heads, doubted = excluded.doubted";
const NONCE: &str = "INSERT INTO reception_kit_nonce (kit, nonce, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const FORGET_NONCES: &str = "DELETE FROM reception_kit_nonce WHERE at < $1";

pub(super) const SQL: &[&str] =
    &[ADD_CODE, REDEEM, ADD, FIND, ALL, REVOKE, SEEN, LIFE, NEWEST_LIFE, PUT_LIFE, NONCE, FORGET_NONCES];

pub(super) const TABLES: Migration = Migration {
    version: 2,
    name: "kits, their codes, what a kit knows of its centre",
    sql: "
CREATE TABLE reception_kit_code (
    hash BYTEA PRIMARY KEY, -- SHA-256 of the code
    municipality TEXT NOT NULL,
    name TEXT NOT NULL,
    shelters JSONB NOT NULL,
    made_by TEXT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    until TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    kit UUID
);
CREATE TABLE reception_kit (
    id UUID PRIMARY KEY,
    municipality TEXT NOT NULL,
    name TEXT NOT NULL,
    shelters JSONB NOT NULL,
    device_key TEXT NOT NULL,
    public_key JSONB NOT NULL,
    secret BYTEA NOT NULL, -- sealed: the keys of its look-ups
    enrolled_by TEXT NOT NULL,
    enrolled_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    revoked_by TEXT,
    epoch UUID, -- the life in which it last spoke
    seen_at TIMESTAMPTZ,
    waiting BIGINT,
    skew_ms BIGINT,
    version TEXT
);
CREATE TABLE reception_kit_life (
    kit UUID NOT NULL,
    epoch UUID NOT NULL,
    heads JSONB NOT NULL, -- where its journal was seen, oldest first
    doubted BOOLEAN NOT NULL,
    PRIMARY KEY (kit, epoch)
);
CREATE TABLE reception_kit_nonce (
    kit UUID NOT NULL,
    nonce TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (kit, nonce)
);
CREATE INDEX reception_kit_nonce_age ON reception_kit_nonce (at);
CREATE TABLE reception_upstream (
    part TEXT PRIMARY KEY,
    body JSONB NOT NULL
);
CREATE TABLE reception_roster (
    token BYTEA PRIMARY KEY, -- blinded
    subject TEXT NOT NULL,
    revoked BOOLEAN NOT NULL
);
CREATE TABLE reception_roster_card (
    subject TEXT PRIMARY KEY,
    round BIGINT NOT NULL,
    signers JSONB NOT NULL,
    protected BOOLEAN NOT NULL,
    card JSONB NOT NULL -- sealed to the kit
);
",
    sample: "
INSERT INTO reception_kit (id, municipality, name, shelters, device_key, public_key, secret, enrolled_by, enrolled_at)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60', '02203', '是川小学校 1号', '[]', 'BHOz', '{}', '\\x00', 'system', '2026-11-22 00:00:00+00:00');
INSERT INTO reception_roster (token, subject, revoked) VALUES ('\\x00', '00', FALSE);
",
};

/// A kit as the centre knows it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub(crate) struct KitRow {
    pub(crate) id: Uuid,
    pub(crate) municipality: String,
    pub(crate) name: String,
    pub(crate) shelters: sqlx::types::Json<Vec<Uuid>>,
    pub(crate) device_key: String,
    pub(crate) public_key: sqlx::types::Json<serde_json::Value>,
    pub(crate) secret: Vec<u8>,
    pub(crate) enrolled_at: DateTime<Utc>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    pub(crate) epoch: Option<Uuid>,
    pub(crate) seen_at: Option<DateTime<Utc>>,
    pub(crate) waiting: Option<i64>,
    pub(crate) skew_ms: Option<i64>,
    pub(crate) version: Option<String>,
}

/// What a code enrols.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Code<'a> {
    pub(crate) hash: [u8; 32],
    pub(crate) municipality: &'a str,
    pub(crate) name: &'a str,
    pub(crate) shelters: &'a [Uuid],
}

/// What a redeemed code said.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub(crate) struct Redeemed {
    pub(crate) municipality: String,
    pub(crate) name: String,
    pub(crate) shelters: sqlx::types::Json<Vec<Uuid>>,
    pub(crate) made_by: String,
}

/// What a kit said of itself when it called.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen<'a> {
    pub(crate) epoch: Uuid,
    pub(crate) waiting: i64,
    pub(crate) skew_ms: i64,
    pub(crate) version: &'a str,
}

pub(crate) async fn add_code(
    conn: &mut Conn,
    code: &Code<'_>,
    by: &str,
    now: Timestamp,
    until: Timestamp,
) -> anyhow::Result<()> {
    sql(ADD_CODE)
        .bind(code.hash.to_vec())
        .bind(code.municipality)
        .bind(code.name)
        .bind(serde_json::to_value(code.shelters)?)
        .bind(by)
        .bind(now)
        .bind(until)
        .execute(conn)
        .await?;
    Ok(())
}

/// Uses a code up for a kit; `None` when another kit used it, when it is over, or none of ours. The kit whose answer was lost
/// asks again.
pub(crate) async fn redeem(
    conn: &mut Conn,
    hash: [u8; 32],
    kit: Uuid,
    now: Timestamp,
) -> anyhow::Result<Option<Redeemed>> {
    Ok(sql(REDEEM).bind(hash.to_vec()).bind(now).bind(kit).fetch_optional(conn).await?)
}

/// Adds a kit; false when its id is taken.
pub(crate) async fn add(
    conn: &mut Conn,
    id: Uuid,
    (of, device_key, public_key): (&Redeemed, &str, serde_json::Value),
    secret: Vec<u8>,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let added = sql(ADD)
        .bind(id)
        .bind(&of.municipality)
        .bind(&of.name)
        .bind(serde_json::to_value(&of.shelters.0)?)
        .bind(device_key)
        .bind(public_key)
        .bind(secret)
        .bind(&of.made_by)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(added == 1)
}

pub(crate) async fn find(conn: &mut Conn, id: Uuid) -> anyhow::Result<Option<KitRow>> {
    Ok(sql(FIND).bind(id).fetch_optional(conn).await?)
}

pub(crate) async fn all(conn: &mut Conn) -> anyhow::Result<Vec<KitRow>> {
    Ok(sql(ALL).fetch_all(conn).await?)
}

/// Takes a kit's word away; false if it had none.
pub(crate) async fn revoke(conn: &mut Conn, id: Uuid, by: &str, now: Timestamp) -> anyhow::Result<bool> {
    Ok(sql(REVOKE).bind(id).bind(now).bind(by).execute(conn).await? == 1)
}

/// Keeps what a kit said of itself.
pub(crate) async fn seen(conn: &mut Conn, id: Uuid, seen: &Seen<'_>, now: Timestamp) -> anyhow::Result<()> {
    sql(SEEN)
        .bind(id)
        .bind(seen.epoch)
        .bind(now)
        .bind(seen.waiting)
        .bind(seen.skew_ms)
        .bind(seen.version)
        .execute(conn)
        .await?;
    Ok(())
}

/// A life of a kit's database as it was last seen (世代の記録).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Life {
    /// Where its journal was seen, oldest first.
    pub(crate) heads: Vec<Head>,
    /// It was restored or copied: whoever goes on in it must begin a new one.
    pub(crate) doubted: bool,
}

pub(crate) async fn life(conn: &mut Conn, kit: Uuid, epoch: Uuid) -> anyhow::Result<Option<Life>> {
    let row: Option<(sqlx::types::Json<Vec<Head>>, bool)> =
        sql(LIFE).bind(kit).bind(epoch).fetch_optional(conn).await?;
    Ok(row.map(|(heads, doubted)| Life { heads: heads.0, doubted }))
}

/// The newest life of a kit that has spoken.
pub(crate) async fn newest_life(conn: &mut Conn, kit: Uuid) -> anyhow::Result<Option<Uuid>> {
    let row: Option<(Uuid,)> = sql(NEWEST_LIFE).bind(kit).fetch_optional(conn).await?;
    Ok(row.map(|(epoch,)| epoch))
}

pub(crate) async fn put_life(conn: &mut Conn, kit: Uuid, epoch: Uuid, life: &Life) -> anyhow::Result<()> {
    let insert = sql(PUT_LIFE).bind(kit).bind(epoch).bind(serde_json::to_value(&life.heads)?).bind(life.doubted);
    insert.execute(conn).await?;
    Ok(())
}

/// Uses a nonce up; false when it was used before.
pub(crate) async fn nonce(conn: &mut Conn, kit: Uuid, nonce: &str, now: Timestamp) -> anyhow::Result<bool> {
    Ok(sql(NONCE).bind(kit).bind(nonce).bind(now).execute(conn).await? == 1)
}

pub(crate) async fn forget_nonces(conn: &mut Conn, before: Timestamp) -> anyhow::Result<()> {
    sql(FORGET_NONCES).bind(before).execute(conn).await?;
    Ok(())
}
