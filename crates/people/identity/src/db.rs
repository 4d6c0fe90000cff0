//! The tables of accounts, duties, keys and sessions. Nobody else names them.

use kernel::Timestamp;
use store::{Conn, Migration, Schema, sql};

mod accounts;
mod invitations;
mod keys;
mod sessions;

pub(crate) use accounts::*;
pub(crate) use invitations::*;
pub(crate) use keys::*;
pub(crate) use sessions::*;

/// The room's migrations.
pub fn schema() -> Schema {
    Schema { room: "identity", migrations: MIGRATIONS }
}

static MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "accounts",
    sql: include_str!("../migrations/0001_accounts.sql"),
    sample: include_str!("../migrations/0001_accounts.sample.sql"),
}];

#[derive(sqlx::FromRow)]
struct Count {
    n: i64,
}

pub(crate) async fn demo(conn: &mut Conn) -> anyhow::Result<bool> {
    let count = sql("SELECT COUNT(*) AS n FROM identity_demo").fetch_one::<Count>(conn).await?;
    Ok(count.n > 0)
}

pub(crate) async fn mark_demo(conn: &mut Conn, now: Timestamp) -> anyhow::Result<()> {
    sql("INSERT INTO identity_demo (one, marked_at) VALUES (1, $1)").bind(now).execute(conn).await?;
    Ok(())
}

/// Has nobody been here yet?
pub(crate) async fn untouched(conn: &mut Conn) -> anyhow::Result<bool> {
    let count = sql("SELECT (SELECT COUNT(*) FROM identity_account) + (SELECT COUNT(*) FROM identity_invitation)
                     + (SELECT COUNT(*) FROM identity_device) AS n")
    .fetch_one::<Count>(conn)
    .await?;
    Ok(count.n == 0)
}

/// Accounts that may administer something, are not suspended, and can sign in.
pub(crate) async fn administrators(conn: &mut Conn) -> anyhow::Result<i64> {
    let count = sql("SELECT COUNT(*) AS n FROM identity_account a
                     WHERE a.suspended_at IS NULL
                       AND EXISTS (SELECT 1 FROM identity_duty d WHERE d.account = a.id AND d.duty = 'administrator')
                       AND EXISTS (SELECT 1 FROM identity_passkey p WHERE p.account = a.id)")
    .fetch_one::<Count>(conn)
    .await?;
    Ok(count.n)
}
