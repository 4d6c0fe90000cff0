//! Events as they stand, and what each device was told of them last.

use kernel::{Mode, Timestamp};
use sqlx::types::Json;
use store::{Conn, rows, sql};
use uuid::Uuid;

use crate::model::events::Slots;

const SLOTS: &str = "SELECT body FROM notices_slot WHERE mode = $1 AND event = $2";
const PUT_SLOTS: &str = "INSERT INTO notices_slot (mode, event, body, changed_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (mode, event) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at";
const CLEAR_SLOTS: &str = "DELETE FROM notices_slot WHERE mode = $1";
const CLEAR_TOLD: &str = "DELETE FROM notices_told WHERE mode = $1";
const TOLD: &str = "SELECT event, subscription, rank, towns FROM notices_told
    WHERE mode = $1 AND event = $2 AND subscription >= $3 AND subscription <= $4";
const TOLD_IDS: &str = "SELECT event, subscription, rank, towns FROM notices_told
    WHERE mode = $1 AND event = $2 AND subscription > $3 AND rank > 0 ORDER BY subscription LIMIT $4";
const PUT_TOLD: &str = "INSERT INTO notices_told (mode, event, subscription, rank, towns, told_at)";
const PUT_TOLD_END: &str = "ON CONFLICT (mode, event, subscription) DO UPDATE SET rank = excluded.rank,
    towns = excluded.towns, told_at = excluded.told_at";
const FORGET: &str = "DELETE FROM notices_told WHERE told_at < $1 AND (rank = 0 OR event LIKE 'quake/%')";
const FORGET_QUAKES: &str = "DELETE FROM notices_slot WHERE changed_at < $1 AND event LIKE 'quake/%'";

pub(super) const SQL: &[&str] = &[SLOTS, PUT_SLOTS, CLEAR_SLOTS, CLEAR_TOLD, TOLD, TOLD_IDS, FORGET, FORGET_QUAKES];

/// What a device was told of an event last.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Told {
    pub(crate) event: String,
    pub(crate) subscription: Uuid,
    pub(crate) rank: i64,
    pub(crate) towns: i64,
}

pub(crate) async fn slots(conn: &mut Conn, mode: Mode, event: &str) -> anyhow::Result<Slots> {
    let row: Option<(Json<Slots>,)> = sql(SLOTS).bind(mode).bind(event).fetch_optional(conn).await?;
    Ok(row.map(|(Json(slots),)| slots).unwrap_or_default())
}

pub(crate) async fn put_slots(
    conn: &mut Conn,
    mode: Mode,
    event: &str,
    slots: &Slots,
    now: Timestamp,
) -> anyhow::Result<()> {
    let body = serde_json::to_value(slots)?;
    sql(PUT_SLOTS).bind(mode).bind(event).bind(body).bind(now).execute(conn).await?;
    Ok(())
}

/// A replay begins on clear ground.
pub(crate) async fn clear_events(conn: &mut Conn, mode: Mode) -> anyhow::Result<()> {
    sql(CLEAR_SLOTS).bind(mode).execute(conn).await?;
    sql(CLEAR_TOLD).bind(mode).execute(conn).await?;
    Ok(())
}

/// What those with ids from `first` to `last` were told.
pub(crate) async fn told_between(
    conn: &mut Conn,
    mode: Mode,
    event: &str,
    first: Uuid,
    last: Uuid,
) -> anyhow::Result<Vec<Told>> {
    Ok(sql(TOLD).bind(mode).bind(event).bind(first).bind(last).fetch_all(conn).await?)
}

/// Those who were told and not yet told that it is over, in the order of their ids.
pub(crate) async fn told_ids(
    conn: &mut Conn,
    mode: Mode,
    event: &str,
    after: Uuid,
    limit: i64,
) -> anyhow::Result<Vec<Uuid>> {
    let rows: Vec<Told> = sql(TOLD_IDS).bind(mode).bind(event).bind(after).bind(limit).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|told| told.subscription).collect())
}

pub(crate) async fn put_told(conn: &mut Conn, mode: Mode, told: &[Told], now: Timestamp) -> anyhow::Result<()> {
    let mut all = rows(PUT_TOLD, PUT_TOLD_END);
    for one in told {
        let values = [
            mode.into(),
            one.event.clone().into(),
            one.subscription.into(),
            one.rank.into(),
            one.towns.into(),
            now.into(),
        ];
        all = all.row(values);
    }
    all.execute(conn).await?;
    Ok(())
}

/// Forgets what has ended, and quakes, which never end by themselves.
pub(crate) async fn forget_told(conn: &mut Conn, before: Timestamp) -> anyhow::Result<()> {
    sql(FORGET).bind(before).execute(conn).await?;
    sql(FORGET_QUAKES).bind(before).execute(conn).await?;
    Ok(())
}
