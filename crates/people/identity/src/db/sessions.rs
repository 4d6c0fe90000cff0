//! Sessions.

use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use store::{Conn, sql};
use uuid::Uuid;

use crate::model::{Account, Holder, Secret, Session};

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: Uuid,
    account: Option<Uuid>,
    device: Option<Uuid>,
    created_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

impl TryFrom<SessionRow> for Session {
    type Error = anyhow::Error;
    fn try_from(row: SessionRow) -> anyhow::Result<Self> {
        let holder = match (row.account, row.device) {
            (Some(account), None) => Holder::Staff(account.into()),
            (None, Some(device)) => Holder::Device(device.into()),
            _ => anyhow::bail!("a session belongs to one account or one device"),
        };
        Ok(Self {
            id: row.id.into(),
            holder,
            created_at: row.created_at.into(),
            seen_at: row.seen_at.into(),
            ends_at: row.ends_at.into(),
        })
    }
}

pub(crate) async fn insert_session(conn: &mut Conn, session: &Session, token: &Secret) -> anyhow::Result<()> {
    let (account, device) = match session.holder {
        Holder::Staff(account) => (Some(account.uuid()), None),
        Holder::Device(device) => (None, Some(device.uuid())),
    };
    sql("INSERT INTO identity_session (id, token_hash, account, device, created_at, seen_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(session.id)
    .bind(token.hash())
    .bind(account)
    .bind(device)
    .bind(session.created_at)
    .bind(session.seen_at)
    .bind(session.ends_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn session(conn: &mut Conn, token: &Secret) -> anyhow::Result<Option<Session>> {
    sql("SELECT id, account, device, created_at, seen_at, ends_at FROM identity_session WHERE token_hash = $1")
        .bind(token.hash())
        .fetch_optional::<SessionRow>(conn)
        .await?
        .map(Session::try_from)
        .transpose()
}

pub(crate) async fn touch_session(conn: &mut Conn, id: Id<Session>, now: Timestamp) -> anyhow::Result<()> {
    sql("UPDATE identity_session SET seen_at = $1 WHERE id = $2").bind(now).bind(id).execute(conn).await?;
    Ok(())
}

/// Ends one session; false if there was none.
pub(crate) async fn delete_session(conn: &mut Conn, id: Id<Session>) -> anyhow::Result<bool> {
    Ok(sql("DELETE FROM identity_session WHERE id = $1").bind(id).execute(conn).await? == 1)
}

/// Ends every session of a person; how many there were.
pub(crate) async fn delete_sessions_of(conn: &mut Conn, account: Id<Account>) -> anyhow::Result<u64> {
    Ok(sql("DELETE FROM identity_session WHERE account = $1").bind(account).execute(conn).await?)
}

/// Forgets sessions and challenges whose end has passed, so that the tables stay small.
pub(crate) async fn forget_ended(conn: &mut Conn, now: Timestamp) -> anyhow::Result<()> {
    sql("DELETE FROM identity_session WHERE ends_at <= $1").bind(now).execute(conn).await?;
    sql("DELETE FROM identity_challenge WHERE expires_at <= $1").bind(now).execute(conn).await?;
    Ok(())
}

/// When a session ends at the latest.
pub(crate) async fn session_end(conn: &mut Conn, id: Id<Session>) -> anyhow::Result<Option<Timestamp>> {
    let row = sql("SELECT ends_at FROM identity_session WHERE id = $1")
        .bind(id)
        .fetch_optional::<(DateTime<Utc>,)>(conn)
        .await?;
    Ok(row.map(|(ends_at,)| ends_at.into()))
}
