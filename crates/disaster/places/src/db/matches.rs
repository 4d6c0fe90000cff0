//! Decisions of people about which places are the same.

use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use store::{Conn, Result, Tx, sql};
use uuid::Uuid;

use crate::model::{Match, PlaceKey};

/// Most decisions of one municipality.
const MOST: i64 = 100_000;

const INSERT: &str = "INSERT INTO places_match (id, municipality, left_series, left_key, right_series, right_key, same,
    by_whom, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING";
const FIND: &str = "SELECT * FROM places_match WHERE id = $1";
const IN_FORCE: &str = "SELECT * FROM places_match WHERE municipality = $1 AND revoked_at IS NULL ORDER BY id LIMIT $2";
const PAGE: &str = "SELECT * FROM places_match WHERE municipality = $1 AND (CAST($2 AS UUID) IS NULL OR id < $2)
    ORDER BY id DESC LIMIT $3";
const REVOKE: &str = "UPDATE places_match SET revoked_by = $2, revoked_at = $3 WHERE id = $1 AND revoked_at IS NULL";

pub(super) const SQL: &[&str] = &[INSERT, FIND, IN_FORCE, PAGE, REVOKE];

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    municipality: String,
    left_series: Uuid,
    left_key: String,
    right_series: Uuid,
    right_key: String,
    same: bool,
    by_whom: String,
    at: DateTime<Utc>,
    revoked_by: Option<String>,
    revoked_at: Option<DateTime<Utc>>,
}

impl From<Row> for Match {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            municipality: row.municipality,
            left: PlaceKey { series: row.left_series.into(), key: row.left_key },
            right: PlaceKey { series: row.right_series.into(), key: row.right_key },
            same: row.same,
            by: row.by_whom,
            at: row.at.into(),
            revoked_by: row.revoked_by,
            revoked_at: row.revoked_at.map(Timestamp::from),
        }
    }
}

/// Keeps a decision; one with the same id stays as it is.
pub(crate) async fn insert_match(tx: &mut Tx, decided: &Match) -> Result<()> {
    sql(INSERT)
        .bind(decided.id)
        .bind(&decided.municipality)
        .bind(decided.left.series)
        .bind(&decided.left.key)
        .bind(decided.right.series)
        .bind(&decided.right.key)
        .bind(decided.same)
        .bind(&decided.by)
        .bind(decided.at)
        .execute(tx)
        .await?;
    Ok(())
}

/// One decision.
pub(crate) async fn find_match(conn: &mut Conn, id: Id<Match>) -> Result<Option<Match>> {
    Ok(sql(FIND).bind(id).fetch_optional::<Row>(conn).await?.map(Match::from))
}

/// Decisions of a municipality that are in force, oldest first.
pub(crate) async fn matches_in_force(conn: &mut Conn, municipality: &str) -> Result<Vec<Match>> {
    let found: Vec<Row> = sql(IN_FORCE).bind(municipality).bind(MOST).fetch_all(conn).await?;
    Ok(found.into_iter().map(Match::from).collect())
}

/// A page of decisions of a municipality, revoked ones too, newest first.
pub(crate) async fn matches_decided(
    conn: &mut Conn,
    municipality: &str,
    before: Option<Id<Match>>,
    limit: i64,
) -> Result<Vec<Match>> {
    let found: Vec<Row> = sql(PAGE).bind(municipality).bind(before).bind(limit).fetch_all(conn).await?;
    Ok(found.into_iter().map(Match::from).collect())
}

/// Takes a decision back; false when it was already.
pub(crate) async fn revoke_match(tx: &mut Tx, id: Id<Match>, by: &str, now: Timestamp) -> Result<bool> {
    Ok(sql(REVOKE).bind(id).bind(by).bind(now).execute(tx).await? == 1)
}
