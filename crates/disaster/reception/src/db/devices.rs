//! Signing keys of desks.

use chrono::{DateTime, Utc};
use kernel::Timestamp;
use store::{Conn, sql};
use uuid::Uuid;

const ADD: &str = "INSERT INTO reception_device (id, key, area, registered_by, registered_at)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
const FIND: &str = "SELECT id, key, area, registered_by, registered_at, revoked_at FROM reception_device WHERE id = $1";
const ALL: &str = "SELECT id, key, area, registered_by, registered_at, revoked_at FROM reception_device
    ORDER BY id LIMIT 100000";
const REVOKE: &str =
    "UPDATE reception_device SET revoked_at = $2, revoked_by = $3 WHERE id = $1 AND revoked_at IS NULL";

pub(super) const SQL: &[&str] = &[ADD, FIND, ALL, REVOKE];

/// A desk's device as it is stored.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub(crate) struct DeviceRow {
    pub(crate) id: Uuid,
    pub(crate) key: String,
    pub(crate) area: String,
    pub(crate) registered_by: String,
    pub(crate) registered_at: DateTime<Utc>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
}

/// Adds a device; false if it is known.
pub(crate) async fn add(
    conn: &mut Conn,
    (id, key, area): (Uuid, &str, &str),
    by: &str,
    now: Timestamp,
) -> anyhow::Result<bool> {
    Ok(sql(ADD).bind(id).bind(key).bind(area).bind(by).bind(now).execute(conn).await? == 1)
}

pub(crate) async fn find(conn: &mut Conn, id: Uuid) -> anyhow::Result<Option<DeviceRow>> {
    Ok(sql(FIND).bind(id).fetch_optional(conn).await?)
}

pub(crate) async fn all(conn: &mut Conn) -> anyhow::Result<Vec<DeviceRow>> {
    Ok(sql(ALL).fetch_all(conn).await?)
}

/// Takes a key's word away; false if it had none.
pub(crate) async fn revoke(conn: &mut Conn, id: Uuid, by: &str, now: Timestamp) -> anyhow::Result<bool> {
    Ok(sql(REVOKE).bind(id).bind(now).bind(by).execute(conn).await? == 1)
}
