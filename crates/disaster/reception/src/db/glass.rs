//! Names shown to the prefecture in an emergency, with the reason that was given (緊急閲覧).

use chrono::{DateTime, Utc};
use kernel::Timestamp;
use store::{Conn, sql};
use uuid::Uuid;

const ADD: &str = "INSERT INTO reception_glass (id, account, area, reason, since, until)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";
const OPEN: &str = "SELECT area FROM reception_glass WHERE account = $1 AND until > $2 LIMIT 200";
const UNTIL: &str = "SELECT until FROM reception_glass WHERE id = $1 AND account = $2";

pub(super) const SQL: &[&str] = &[ADD, OPEN, UNTIL];

/// A broken glass.
#[derive(Debug, Clone)]
pub(crate) struct NewGlass<'a> {
    pub(crate) id: Uuid,
    pub(crate) account: Uuid,
    pub(crate) area: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
}

pub(crate) async fn add(conn: &mut Conn, glass: NewGlass<'_>) -> anyhow::Result<bool> {
    let NewGlass { id, account, area, reason, since, until } = glass;
    let added = sql(ADD).bind(id).bind(account).bind(area).bind(reason).bind(since).bind(until).execute(conn).await?;
    Ok(added == 1)
}

/// Areas that the account may look into now.
pub(crate) async fn open_areas(conn: &mut Conn, account: Uuid, now: Timestamp) -> anyhow::Result<Vec<String>> {
    let rows: Vec<(String,)> = sql(OPEN).bind(account).bind(now).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(area,)| area).collect())
}

/// Until when the account's own command opened names.
pub(crate) async fn until(conn: &mut Conn, id: Uuid, account: Uuid) -> anyhow::Result<Option<Timestamp>> {
    let row: Option<(DateTime<Utc>,)> = sql(UNTIL).bind(id).bind(account).fetch_optional(conn).await?;
    Ok(row.map(|(until,)| until.into()))
}
