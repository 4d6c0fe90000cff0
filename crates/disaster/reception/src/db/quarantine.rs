//! Events that were set aside: readable as events, but not to be believed without a person looking.

use chrono::{DateTime, Utc};
use kernel::Timestamp;
use store::{Conn, sql};
use uuid::Uuid;

use crate::event::{Event, Signed};

const ADD: &str = "INSERT INTO reception_quarantine
    (hash, event, reason, municipality, device, body, signature, given_by, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (hash) DO NOTHING";
const LIST: &str = "SELECT event, reason, municipality, device, given_by, at FROM reception_quarantine
    WHERE municipality = $1 ORDER BY at DESC, event LIMIT 500";

pub(super) const SQL: &[&str] = &[ADD, LIST];

/// What was set aside, without its content.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub(crate) struct AsideRow {
    pub(crate) event: Uuid,
    pub(crate) reason: String,
    pub(crate) municipality: String,
    pub(crate) device: Uuid,
    pub(crate) given_by: String,
    pub(crate) at: DateTime<Utc>,
}

/// Sets an event aside; false if these very bytes lie there already.
pub(crate) async fn add(
    conn: &mut Conn,
    (hash, signed, event): ([u8; 32], &Signed, &Event),
    reason: &str,
    given_by: &str,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let added = sql(ADD)
        .bind(hash)
        .bind(event.id)
        .bind(reason)
        .bind(&event.municipality)
        .bind(event.device)
        .bind(&signed.body)
        .bind(&signed.signature)
        .bind(given_by)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(added == 1)
}

/// The newest of a municipality.
pub(crate) async fn list(conn: &mut Conn, jis5: &str) -> anyhow::Result<Vec<AsideRow>> {
    Ok(sql(LIST).bind(jis5).fetch_all(conn).await?)
}
