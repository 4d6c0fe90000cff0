//! What this database is: its node, its present epoch, its role.

use kernel::Timestamp;
use store::{Conn, sql};
use uuid::Uuid;

const FIND: &str = "SELECT id, epoch, role FROM reception_node WHERE one = 1";
const PUT: &str = "INSERT INTO reception_node (one, id, epoch, role, since) VALUES (1, $1, $2, $3, $4)
    ON CONFLICT (one) DO NOTHING";
const RENEW: &str = "UPDATE reception_node SET epoch = $1, since = $2 WHERE one = 1";
const SEED: &str = "UPDATE reception_node SET receipt_seed = COALESCE(receipt_seed, $1) WHERE one = 1
    RETURNING receipt_seed";

pub(super) const SQL: &[&str] = &[FIND, PUT, RENEW, SEED];

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

/// The sealed seed of the receipts' key: the one that is kept, else this one.
pub(crate) async fn seed_or_put(conn: &mut Conn, sealed: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    Ok(sql(SEED).bind(sealed).fetch_value(conn).await?)
}
