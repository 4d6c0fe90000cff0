//! Subscriptions; what they say is sealed.

use chrono::{DateTime, Utc};
use kernel::Timestamp;
use store::{Conn, sql};
use uuid::Uuid;

const PUT: &str = "INSERT INTO notices_subscription (id, secret, endpoint, service, body, made_at, changed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (id) DO UPDATE SET endpoint = excluded.endpoint, service = excluded.service, body = excluded.body,
        changed_at = excluded.changed_at";
const FIND: &str = "SELECT id, secret, service, body FROM notices_subscription WHERE id = $1";
const WITH_ENDPOINT: &str =
    "SELECT id, secret, service, body FROM notices_subscription WHERE endpoint = $1 AND id <> $2";
const DELETE: &str = "DELETE FROM notices_subscription WHERE id = $1";
const DELETE_AS_READ: &str = "DELETE FROM notices_subscription WHERE id = $1 AND body = $2";
const PAGE: &str = "SELECT id, secret, service, body FROM notices_subscription WHERE id > $1 ORDER BY id LIMIT $2";
const TESTED_AT: &str = "SELECT tested_at FROM notices_subscription WHERE id = $1";
const TESTED: &str = "UPDATE notices_subscription SET tested_at = $2
    WHERE id = $1 AND (tested_at IS NULL OR tested_at < $3)";

pub(super) const SQL: &[&str] = &[PUT, FIND, WITH_ENDPOINT, DELETE, DELETE_AS_READ, PAGE, TESTED_AT, TESTED];

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct StoredSubscription {
    pub(crate) id: Uuid,
    /// Digest of what only the device knows.
    pub(crate) secret: String,
    pub(crate) service: String,
    pub(crate) body: Vec<u8>,
}

impl StoredSubscription {
    /// The table's name, which is part of every seal.
    pub(crate) const TABLE: &str = "notices_subscription";
}

pub(crate) async fn put_subscription(
    conn: &mut Conn,
    stored: &StoredSubscription,
    endpoint: &str,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(PUT)
        .bind(stored.id)
        .bind(&stored.secret)
        .bind(endpoint)
        .bind(&stored.service)
        .bind(&stored.body)
        .bind(now)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn subscription(conn: &mut Conn, id: Uuid) -> anyhow::Result<Option<StoredSubscription>> {
    Ok(sql(FIND).bind(id).fetch_optional(conn).await?)
}

/// Another subscription of the same browser.
pub(crate) async fn subscription_with(
    conn: &mut Conn,
    endpoint: &str,
    not: Uuid,
) -> anyhow::Result<Option<StoredSubscription>> {
    Ok(sql(WITH_ENDPOINT).bind(endpoint).bind(not).fetch_optional(conn).await?)
}

/// True if it was there.
pub(crate) async fn delete_subscription(conn: &mut Conn, id: Uuid) -> anyhow::Result<bool> {
    Ok(sql(DELETE).bind(id).execute(conn).await? == 1)
}

/// True if it was there and still said what was read: a device that subscribed anew meanwhile stays.
pub(crate) async fn delete_as_read(conn: &mut Conn, id: Uuid, body: &[u8]) -> anyhow::Result<bool> {
    Ok(sql(DELETE_AS_READ).bind(id).bind(body).execute(conn).await? == 1)
}

/// A page of all of them, in the order of their ids.
pub(crate) async fn subscriptions(conn: &mut Conn, after: Uuid, limit: i64) -> anyhow::Result<Vec<StoredSubscription>> {
    Ok(sql(PAGE).bind(after).bind(limit).fetch_all(conn).await?)
}

/// When it was tested last.
pub(crate) async fn tested_at(conn: &mut Conn, id: Uuid) -> anyhow::Result<Option<Timestamp>> {
    let row: Option<(Option<DateTime<Utc>>,)> = sql(TESTED_AT).bind(id).fetch_optional(conn).await?;
    Ok(row.and_then(|(at,)| at).map(Timestamp::from))
}

/// Notes a test, unless the last one was after `not_since`. True if it was noted.
pub(crate) async fn note_test(conn: &mut Conn, id: Uuid, now: Timestamp, not_since: Timestamp) -> anyhow::Result<bool> {
    Ok(sql(TESTED).bind(id).bind(now).bind(not_since).execute(conn).await? == 1)
}
