//! Keys of distributors (配信鍵): only digests are stored.

use chrono::{DateTime, Utc};
use kernel::{Id, Mode, Timestamp};
use store::{Conn, Result, sql};
use uuid::Uuid;

use super::mode_of;
use crate::model::PushKey;

const INSERT_KEY: &str =
    "INSERT INTO feeds_push_key (id, distributor, mode, digest, created_at) VALUES ($1, $2, $3, $4, $5)";
const KEY: &str = "SELECT * FROM feeds_push_key WHERE id = $1";
const KEYS: &str = "SELECT * FROM feeds_push_key ORDER BY id DESC LIMIT 200";
const ROTATE_KEY: &str = "UPDATE feeds_push_key SET old_digest = digest, old_until = $3, digest = $2, rotated_at = $4
    WHERE id = $1 AND revoked_at IS NULL";
const REVOKE_KEY: &str = "UPDATE feeds_push_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
const USED_KEY: &str = "UPDATE feeds_push_key SET last_used_at = $2 WHERE id = $1";

/// Every statement of this file, for the test that prepares them on both engines.
pub(crate) const KEYS_SQL: &[&str] = &[INSERT_KEY, KEY, KEYS, ROTATE_KEY, REVOKE_KEY, USED_KEY];

/// A key as stored.
#[derive(Debug, Clone)]
pub(crate) struct KeyRow {
    pub(crate) id: Id<PushKey>,
    pub(crate) distributor: String,
    pub(crate) mode: Mode,
    pub(crate) digest: Vec<u8>,
    /// The digest before the last rotation, and until when it still opens.
    pub(crate) old: Option<(Vec<u8>, Timestamp)>,
    pub(crate) created_at: Timestamp,
    pub(crate) rotated_at: Option<Timestamp>,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Stored {
    id: Uuid,
    distributor: String,
    mode: String,
    digest: Vec<u8>,
    old_digest: Option<Vec<u8>>,
    old_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    rotated_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl From<Stored> for KeyRow {
    fn from(row: Stored) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            distributor: row.distributor,
            mode: mode_of(&row.mode),
            digest: row.digest,
            old: row.old_digest.zip(row.old_until.map(Timestamp::from)),
            created_at: Timestamp::from(row.created_at),
            rotated_at: row.rotated_at.map(Timestamp::from),
            last_used_at: row.last_used_at.map(Timestamp::from),
            revoked_at: row.revoked_at.map(Timestamp::from),
        }
    }
}

/// Stores a new key.
pub(crate) async fn insert_key(
    conn: &mut Conn,
    id: Id<PushKey>,
    distributor: &str,
    mode: Mode,
    digest: [u8; 32],
    now: Timestamp,
) -> Result<()> {
    sql(INSERT_KEY).bind(id).bind(distributor).bind(mode).bind(digest).bind(now).execute(conn).await?;
    Ok(())
}

/// One key.
pub(crate) async fn key(conn: &mut Conn, id: Id<PushKey>) -> Result<Option<KeyRow>> {
    Ok(sql(KEY).bind(id).fetch_optional::<Stored>(conn).await?.map(KeyRow::from))
}

/// All keys, newest first.
pub(crate) async fn keys(conn: &mut Conn) -> Result<Vec<KeyRow>> {
    let rows = sql(KEYS).fetch_all::<Stored>(conn).await?;
    Ok(rows.into_iter().map(KeyRow::from).collect())
}

/// Replaces a key's digest; the old one opens until `old_until`.
pub(crate) async fn rotate_key(
    conn: &mut Conn,
    id: Id<PushKey>,
    digest: [u8; 32],
    old_until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    Ok(sql(ROTATE_KEY).bind(id).bind(digest).bind(old_until).bind(now).execute(conn).await? == 1)
}

/// Takes a key back; false when it was taken back before.
pub(crate) async fn revoke_key(conn: &mut Conn, id: Id<PushKey>, now: Timestamp) -> Result<bool> {
    Ok(sql(REVOKE_KEY).bind(id).bind(now).execute(conn).await? == 1)
}

/// Notes that a key was used.
pub(crate) async fn used_key(conn: &mut Conn, id: Id<PushKey>, now: Timestamp) -> Result<()> {
    sql(USED_KEY).bind(id).bind(now).execute(conn).await?;
    Ok(())
}
