//! Commands that were carried out, so that one sent again changes nothing.

use kernel::Timestamp;
use store::{Conn, sql};
use uuid::Uuid;

const FIND: &str = "SELECT actor, digest, result FROM registry_step WHERE command = $1";
const ADD: &str = "INSERT INTO registry_step (command, actor, digest, result, at) VALUES ($1, $2, $3, $4, $5)";

pub(super) const SQL: &[&str] = &[FIND, ADD];

/// Who carried the command out, what it asked, and what it made.
pub(crate) async fn find_step(conn: &mut Conn, command: Uuid) -> anyhow::Result<Option<(String, String, Uuid)>> {
    Ok(sql(FIND).bind(command).fetch_optional(conn).await?)
}

pub(crate) async fn add_step(
    conn: &mut Conn,
    command: Uuid,
    actor: &str,
    digest: &str,
    result: Uuid,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(ADD).bind(command).bind(actor).bind(digest).bind(result).bind(now).execute(conn).await?;
    Ok(())
}
