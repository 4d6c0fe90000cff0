//! Imports and the rows of their plans.

use chrono::{DateTime, Utc};
use kernel::Timestamp;
use serde_json::Value;
use sqlx::types::Json;
use store::{Conn, sql};
use uuid::Uuid;

use crate::import::Planned;

const PUT: &str = "INSERT INTO registry_import (id, area, file, blob, state, by_actor, at, counts)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET state = excluded.state";
const FIND: &str = "SELECT id, area, file, blob, state, by_actor, at, counts FROM registry_import WHERE id = $1";
const OF_AREA: &str = "SELECT id, area, file, blob, state, by_actor, at, counts FROM registry_import WHERE area = $1
    ORDER BY at DESC LIMIT 100";
const ADD_ROW: &str = "INSERT INTO registry_import_row (import, number, what, body) VALUES ($1, $2, $3, $4)";
const ROWS: &str =
    "SELECT number, body FROM registry_import_row WHERE import = $1 AND number > $2 ORDER BY number LIMIT $3";

pub(super) const SQL: &[&str] = &[PUT, FIND, OF_AREA, ADD_ROW, ROWS];

/// What became of an import (取込の状況).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RegistryImportState)]
pub(crate) enum ImportState {
    Previewed,
    Applied,
    Discarded,
}

impl ImportState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Previewed => "previewed",
            Self::Applied => "applied",
            Self::Discarded => "discarded",
        }
    }
}

/// An import (取込).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImportRow {
    pub(crate) id: Uuid,
    pub(crate) area: String,
    pub(crate) file: String,
    pub(crate) blob: String,
    pub(crate) state: ImportState,
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    /// How many rows of each kind, and how many defects.
    pub(crate) counts: Value,
}

#[derive(sqlx::FromRow)]
struct Stored {
    id: Uuid,
    area: String,
    file: String,
    blob: String,
    state: String,
    by_actor: String,
    at: DateTime<Utc>,
    counts: Json<Value>,
}

impl From<Stored> for ImportRow {
    fn from(row: Stored) -> Self {
        let state = match row.state.as_str() {
            "applied" => ImportState::Applied,
            "discarded" => ImportState::Discarded,
            _ => ImportState::Previewed,
        };
        Self {
            id: row.id,
            area: row.area,
            file: row.file,
            blob: row.blob,
            state,
            by: row.by_actor,
            at: Timestamp::from(row.at),
            counts: row.counts.0,
        }
    }
}

pub(crate) async fn put_import(conn: &mut Conn, import: &ImportRow) -> anyhow::Result<()> {
    sql(PUT)
        .bind(import.id)
        .bind(&import.area)
        .bind(&import.file)
        .bind(&import.blob)
        .bind(import.state.as_str())
        .bind(&import.by)
        .bind(import.at)
        .bind(import.counts.clone())
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn find_import(conn: &mut Conn, id: Uuid) -> anyhow::Result<Option<ImportRow>> {
    Ok(sql(FIND).bind(id).fetch_optional::<Stored>(conn).await?.map(ImportRow::from))
}

/// Imports of an area, the newest first.
pub(crate) async fn imports_of(conn: &mut Conn, area: &str) -> anyhow::Result<Vec<ImportRow>> {
    Ok(sql(OF_AREA).bind(area).fetch_all::<Stored>(conn).await?.into_iter().map(ImportRow::from).collect())
}

pub(crate) async fn add_row(conn: &mut Conn, import: Uuid, number: i64, row: &Planned) -> anyhow::Result<()> {
    sql(ADD_ROW)
        .bind(import)
        .bind(number)
        .bind(row.what.as_str())
        .bind(serde_json::to_value(row)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// Rows of a plan after a number.
pub(crate) async fn rows_of(
    conn: &mut Conn,
    import: Uuid,
    after: i64,
    limit: i64,
) -> anyhow::Result<Vec<(i64, Planned)>> {
    let rows: Vec<(i64, Json<Planned>)> = sql(ROWS).bind(import).bind(after).bind(limit).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(number, Json(row))| (number, row)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_stored_as_it_is_sent() {
        for state in [ImportState::Previewed, ImportState::Applied, ImportState::Discarded] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }
}
