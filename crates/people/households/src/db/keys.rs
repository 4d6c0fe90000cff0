//! The room's own secrets, and the keys that a municipality is sealed to.

use kernel::Timestamp;
use store::{Conn, sql};
use uuid::Uuid;

const SECRET: &str = "SELECT sealed FROM households_secret WHERE name = $1";
const PUT_SECRET: &str = "INSERT INTO households_secret (name, sealed) VALUES ($1, $2)";
const CURRENT: &str =
    "SELECT id, point, secret FROM households_sealing_key WHERE municipality = $1 AND retired_at IS NULL";
const ALL: &str = "SELECT id, point, secret FROM households_sealing_key WHERE municipality = $1
    ORDER BY made_at DESC, id DESC LIMIT 100";
const INSERT: &str =
    "INSERT INTO households_sealing_key (id, municipality, point, secret, made_at) VALUES ($1, $2, $3, $4, $5)";
const RETIRE: &str = "UPDATE households_sealing_key SET retired_at = $1 WHERE municipality = $2 AND retired_at IS NULL";

pub(super) const SQL: &[&str] = &[SECRET, PUT_SECRET, CURRENT, ALL, INSERT, RETIRE];

/// A sealing key as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct StoredKey {
    pub(crate) id: Uuid,
    pub(crate) point: Vec<u8>,
    pub(crate) secret: Vec<u8>,
}

pub(crate) async fn secret(conn: &mut Conn, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
    let row = sql(SECRET).bind(name).fetch_optional::<(Vec<u8>,)>(conn).await?;
    Ok(row.map(|(sealed,)| sealed))
}

pub(crate) async fn insert_secret(conn: &mut Conn, name: &str, sealed: Vec<u8>) -> anyhow::Result<()> {
    sql(PUT_SECRET).bind(name).bind(sealed).execute(conn).await?;
    Ok(())
}

/// The key that a municipality is sealed to now.
pub(crate) async fn current_key(conn: &mut Conn, jis5: &str) -> anyhow::Result<Option<StoredKey>> {
    Ok(sql(CURRENT).bind(jis5).fetch_optional(conn).await?)
}

/// Every key that a municipality was ever sealed to, the newest first.
pub(crate) async fn sealing_keys(conn: &mut Conn, jis5: &str) -> anyhow::Result<Vec<StoredKey>> {
    Ok(sql(ALL).bind(jis5).fetch_all(conn).await?)
}

/// Makes a key the one that is sealed to.
pub(crate) async fn insert_key(conn: &mut Conn, jis5: &str, key: StoredKey, now: Timestamp) -> anyhow::Result<()> {
    sql(RETIRE).bind(now).bind(jis5).execute(conn).await?;
    sql(INSERT).bind(key.id).bind(jis5).bind(key.point).bind(key.secret).bind(now).execute(conn).await?;
    Ok(())
}
