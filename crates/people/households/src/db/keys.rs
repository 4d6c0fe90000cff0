//! The room's own secrets, the keys that a municipality is sealed to, and those that phones' codes are sealed to.

use chrono::{DateTime, Utc};
use kernel::Timestamp;
use store::{Conn, sql};
use uuid::Uuid;

const SECRET: &str = "SELECT sealed FROM households_secret WHERE name = $1";
const PUT_SECRET: &str = "INSERT INTO households_secret (name, sealed) VALUES ($1, $2)";

const SEALING: Texts = Texts {
    current: "SELECT id, point, secret, retired_at FROM households_sealing_key
    WHERE municipality = $1 AND retired_at IS NULL",
    all: "SELECT id, point, secret, retired_at FROM households_sealing_key WHERE municipality = $1
    ORDER BY made_at DESC, id DESC LIMIT 100",
    insert: "INSERT INTO households_sealing_key (id, municipality, point, secret, made_at) VALUES ($1, $2, $3, $4, $5)",
    retire: "UPDATE households_sealing_key SET retired_at = $1 WHERE municipality = $2 AND retired_at IS NULL",
};
const DESK: Texts = Texts {
    current: "SELECT id, point, secret, retired_at FROM households_desk_key
    WHERE municipality = $1 AND retired_at IS NULL",
    all: "SELECT id, point, secret, retired_at FROM households_desk_key WHERE municipality = $1
    ORDER BY made_at DESC, id DESC LIMIT 100",
    insert: "INSERT INTO households_desk_key (id, municipality, point, secret, made_at) VALUES ($1, $2, $3, $4, $5)",
    retire: "UPDATE households_desk_key SET retired_at = $1 WHERE municipality = $2 AND retired_at IS NULL",
};
const LIVES: &str = "SELECT id, point, made_at, retired_at FROM households_sealing_key WHERE municipality = $1
    ORDER BY made_at, id LIMIT 1000";
const DESTROY: &str = "DELETE FROM households_sealing_key WHERE id = $1 AND retired_at IS NOT NULL";

pub(super) const SQL: &[&str] = &[
    SECRET,
    PUT_SECRET,
    SEALING.current,
    SEALING.all,
    SEALING.insert,
    SEALING.retire,
    DESK.current,
    DESK.all,
    DESK.insert,
    DESK.retire,
    LIVES,
    DESTROY,
];

/// The statements of one of the two.
struct Texts {
    current: &'static str,
    all: &'static str,
    insert: &'static str,
    retire: &'static str,
}

/// What a key of a municipality is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyFor {
    /// Cards and events: its secret stays at the centre.
    Sealing,
    /// Codes that phones show: its secret is given to enrolled kits.
    PhoneCodes,
}

/// A key of a municipality as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct StoredKey {
    pub(crate) id: Uuid,
    pub(crate) point: Vec<u8>,
    pub(crate) secret: Vec<u8>,
    pub(crate) retired_at: Option<DateTime<Utc>>,
}

impl KeyFor {
    const fn texts(self) -> &'static Texts {
        match self {
            Self::Sealing => &SEALING,
            Self::PhoneCodes => &DESK,
        }
    }
}

pub(crate) async fn secret(conn: &mut Conn, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
    let row = sql(SECRET).bind(name).fetch_optional::<(Vec<u8>,)>(conn).await?;
    Ok(row.map(|(sealed,)| sealed))
}

pub(crate) async fn insert_secret(conn: &mut Conn, name: &str, sealed: Vec<u8>) -> anyhow::Result<()> {
    sql(PUT_SECRET).bind(name).bind(sealed).execute(conn).await?;
    Ok(())
}

/// How long a sealing key was the one that is sealed to.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct StoredLife {
    pub(crate) id: Uuid,
    pub(crate) point: Vec<u8>,
    made_at: DateTime<Utc>,
    retired_at: Option<DateTime<Utc>>,
}

impl StoredLife {
    pub(crate) fn span(&self) -> (Timestamp, Option<Timestamp>) {
        (self.made_at.into(), self.retired_at.map(Into::into))
    }
}

/// The key that is sealed to now.
pub(crate) async fn current_key(conn: &mut Conn, of: KeyFor, jis5: &str) -> anyhow::Result<Option<StoredKey>> {
    Ok(sql(of.texts().current).bind(jis5).fetch_optional(conn).await?)
}

/// Every key that was ever sealed to, the newest first.
pub(crate) async fn keys(conn: &mut Conn, of: KeyFor, jis5: &str) -> anyhow::Result<Vec<StoredKey>> {
    Ok(sql(of.texts().all).bind(jis5).fetch_all(conn).await?)
}

/// Makes a key the one that is sealed to.
pub(crate) async fn insert_key(
    conn: &mut Conn,
    of: KeyFor,
    jis5: &str,
    (id, point, secret): (Uuid, Vec<u8>, Vec<u8>),
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(of.texts().retire).bind(now).bind(jis5).execute(conn).await?;
    sql(of.texts().insert).bind(id).bind(jis5).bind(point).bind(secret).bind(now).execute(conn).await?;
    Ok(())
}

/// Every key of a municipality that is left, the oldest first.
pub(crate) async fn key_lives(conn: &mut Conn, jis5: &str) -> anyhow::Result<Vec<StoredLife>> {
    Ok(sql(LIVES).bind(jis5).fetch_all(conn).await?)
}

/// Destroys a key that is not sealed to any more; false if it is, or was destroyed before.
pub(crate) async fn destroy_key(conn: &mut Conn, id: Uuid) -> anyhow::Result<bool> {
    Ok(sql(DESTROY).bind(id).execute(conn).await? == 1)
}
