//! Our own keys towards the push services (VAPID), sealed.

use kernel::Timestamp;
use store::{Conn, sql};
use uuid::Uuid;

const INSERT: &str =
    "INSERT INTO notices_key (id, public, sealed, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const ALL: &str = "SELECT id, sealed FROM notices_key ORDER BY made_at, id LIMIT 100";

pub(super) const SQL: &[&str] = &[INSERT, ALL];

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct StoredKey {
    pub(crate) id: Uuid,
    pub(crate) sealed: Vec<u8>,
}

impl StoredKey {
    /// The table's name, which is part of every seal.
    pub(crate) const TABLE: &str = "notices_key";
}

pub(crate) async fn insert_key(
    conn: &mut Conn,
    id: Uuid,
    public: &str,
    sealed: Vec<u8>,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(INSERT).bind(id).bind(public).bind(sealed).bind(now).execute(conn).await?;
    Ok(())
}

/// Every key, the newest last: devices that subscribed with an older one are still sent to with it.
pub(crate) async fn keys(conn: &mut Conn) -> anyhow::Result<Vec<StoredKey>> {
    Ok(sql(ALL).fetch_all(conn).await?)
}
