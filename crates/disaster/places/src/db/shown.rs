//! Figures over the whole register, for the index.

use store::{Conn, Result, sql};

/// Most rows of the counts: municipalities of the country times kinds.
const MOST: i64 = 30_000;

const COUNTS: &str = "SELECT municipality, kind, COUNT(DISTINCT facility) FROM places_place WHERE gone_at IS NULL
    GROUP BY municipality, kind ORDER BY municipality, kind LIMIT $1";
const WITH_SOURCES: &str = "SELECT DISTINCT municipality FROM places_source WHERE towns = FALSE
    AND status IN ('applied', 'not_published') AND municipality IS NOT NULL ORDER BY municipality LIMIT 2000";
const AREA_KINDS: &str = "SELECT kind, label, series, COUNT(*) FROM places_place WHERE municipality = $1
    AND gone_at IS NULL AND kind IN ('hazard_area', 'emergency_road', 'district')
    GROUP BY kind, label, series ORDER BY kind, label, series LIMIT 1000";

pub(super) const SQL: &[&str] = &[COUNTS, WITH_SOURCES, AREA_KINDS];

/// Municipality, kind, number of facilities.
pub(crate) async fn counts(conn: &mut Conn) -> Result<Vec<(String, String, i64)>> {
    sql(COUNTS).bind(MOST).fetch_all(conn).await
}

/// Municipalities with a source in force, also where it says that there is nothing.
pub(crate) async fn municipalities_with_sources(conn: &mut Conn) -> Result<Vec<String>> {
    let found: Vec<(String,)> = sql(WITH_SOURCES).fetch_all(conn).await?;
    Ok(found.into_iter().map(|(code,)| code).collect())
}

/// Kind, label, series and number of the areas of a municipality.
pub(crate) async fn area_kinds(
    conn: &mut Conn,
    municipality: &str,
) -> Result<Vec<(String, Option<String>, uuid::Uuid, i64)>> {
    sql(AREA_KINDS).bind(municipality).fetch_all(conn).await
}
