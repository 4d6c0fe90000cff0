//! Checkpoints of distribution, by shelter.

use kernel::Timestamp;
use sqlx::types::Json;
use store::{Conn, sql};
use uuid::Uuid;

use crate::handout::Rule;

const PUT: &str = "INSERT INTO reception_rule (id, disaster, facility, body, changed_by, changed_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (id) DO UPDATE SET body = excluded.body, changed_by = excluded.changed_by, changed_at = excluded.changed_at
    WHERE reception_rule.disaster = excluded.disaster AND reception_rule.facility = excluded.facility";
const LIST: &str = "SELECT id, body FROM reception_rule WHERE disaster = $1 AND facility = $2 ORDER BY id LIMIT 200";
const FIND: &str = "SELECT body FROM reception_rule WHERE id = $1 AND disaster = $2 AND facility = $3";

pub(super) const SQL: &[&str] = &[PUT, LIST, FIND];

/// Keeps a rule; false when its id belongs to another shelter's.
pub(crate) async fn put(
    conn: &mut Conn,
    (id, disaster, facility): (Uuid, Uuid, Uuid),
    rule: &Rule,
    by: &str,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let body = serde_json::to_value(rule)?;
    let put = sql(PUT).bind(id).bind(disaster).bind(facility).bind(body).bind(by).bind(now);
    Ok(put.execute(conn).await? == 1)
}

pub(crate) async fn list(conn: &mut Conn, disaster: Uuid, facility: Uuid) -> anyhow::Result<Vec<(Uuid, Rule)>> {
    let rows: Vec<(Uuid, Json<Rule>)> = sql(LIST).bind(disaster).bind(facility).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(id, Json(rule))| (id, rule)).collect())
}

pub(crate) async fn find(
    conn: &mut Conn,
    (id, disaster, facility): (Uuid, Uuid, Uuid),
) -> anyhow::Result<Option<Rule>> {
    let row: Option<(Json<Rule>,)> = sql(FIND).bind(id).bind(disaster).bind(facility).fetch_optional(conn).await?;
    Ok(row.map(|(Json(rule),)| rule))
}
