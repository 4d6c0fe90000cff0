//! What this database is: its node, its present epoch, its role.

use kernel::Timestamp;
use store::{Conn, sql};
use uuid::Uuid;

const FIND: &str = "SELECT id, epoch, role FROM reception_node WHERE one = 1";
const PUT: &str = "INSERT INTO reception_node (one, id, epoch, role, since) VALUES (1, $1, $2, $3, $4)
    ON CONFLICT (one) DO NOTHING";
const RENEW: &str = "UPDATE reception_node SET epoch = $1, since = $2 WHERE one = 1";

pub(super) const SQL: &[&str] = &[FIND, PUT, RENEW];

/// Id, epoch and role.
pub(crate) async fn find(conn: &mut Conn) -> anyhow::Result<Option<(Uuid, Uuid, String)>> {
    Ok(sql(FIND).fetch_optional(conn).await?)
}

/// Keeps what this database is, unless it is known already.
pub(crate) async fn put(conn: &mut Conn, id: Uuid, epoch: Uuid, role: &str, now: Timestamp) -> anyhow::Result<()> {
    sql(PUT).bind(id).bind(epoch).bind(role).bind(now).execute(conn).await?;
    Ok(())
}

/// A new epoch: this database was restored or copied.
pub(crate) async fn renew(conn: &mut Conn, epoch: Uuid, now: Timestamp) -> anyhow::Result<()> {
    sql(RENEW).bind(epoch).bind(now).execute(conn).await?;
    Ok(())
}
