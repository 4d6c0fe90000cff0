//! Disasters.

use kernel::{Id, Mode};
use sqlx::types::Json;
use store::{Conn, sql};

use crate::model::Disaster;

const PUT: &str = "INSERT INTO shelters_disaster (id, mode, since, until, body) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id) DO UPDATE SET until = excluded.until, body = excluded.body";
const FIND: &str = "SELECT body FROM shelters_disaster WHERE id = $1";
const RUNNING: &str = "SELECT body FROM shelters_disaster WHERE mode = $1 AND until IS NULL ORDER BY id DESC LIMIT 200";
const LISTED: &str = "SELECT body FROM shelters_disaster ORDER BY id DESC LIMIT 500";

pub(super) const SQL: &[&str] = &[PUT, FIND, RUNNING, LISTED];

type Body = (Json<Disaster>,);

pub(crate) async fn put_disaster(conn: &mut Conn, disaster: &Disaster) -> anyhow::Result<()> {
    sql(PUT)
        .bind(disaster.id)
        .bind(disaster.mode)
        .bind(disaster.since)
        .bind(disaster.until)
        .bind(serde_json::to_value(disaster)?)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn disaster(conn: &mut Conn, id: Id<Disaster>) -> anyhow::Result<Option<Disaster>> {
    let row: Option<Body> = sql(FIND).bind(id).fetch_optional(conn).await?;
    Ok(row.map(|(Json(disaster),)| disaster))
}

/// Disasters that are going on, newest first.
pub(crate) async fn running(conn: &mut Conn, mode: Mode) -> anyhow::Result<Vec<Disaster>> {
    let rows: Vec<Body> = sql(RUNNING).bind(mode).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(Json(disaster),)| disaster).collect())
}

/// The newest 500 of both modes, past ones among them.
pub(crate) async fn disasters_listed(conn: &mut Conn) -> anyhow::Result<Vec<Disaster>> {
    let rows: Vec<Body> = sql(LISTED).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(Json(disaster),)| disaster).collect())
}
