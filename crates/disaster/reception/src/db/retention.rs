//! How long records are kept, by municipality, and which disasters' records are gone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use kernel::Timestamp;
use store::{Conn, Migration, sql};
use uuid::Uuid;

pub(super) const TABLES: Migration = Migration {
    version: 4,
    name: "how long records are kept",
    sql: "
CREATE TABLE reception_retention (
    municipality TEXT PRIMARY KEY,
    days BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE reception_erasure (
    disaster UUID NOT NULL,
    municipality TEXT NOT NULL,
    begun_at TIMESTAMPTZ NOT NULL, -- since when a new key is sealed to
    erased_at TIMESTAMPTZ,
    PRIMARY KEY (disaster, municipality)
);
",
    sample: "
INSERT INTO reception_retention (municipality, days, changed_by, changed_at)
    VALUES ('02203', 1825, 'system', '2026-11-22 00:00:00+00:00');
INSERT INTO reception_erasure (disaster, municipality, begun_at)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21', '02203', '2026-11-22 00:00:00+00:00');
",
};

const ALL: &str = "SELECT municipality, days FROM reception_retention ORDER BY municipality LIMIT 100";
const DAYS: &str = "SELECT days FROM reception_retention WHERE municipality = $1";
const SET: &str = "INSERT INTO reception_retention (municipality, days, changed_by, changed_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (municipality) DO UPDATE SET days = excluded.days, changed_by = excluded.changed_by,
        changed_at = excluded.changed_at";
const FIND: &str = "SELECT erased_at FROM reception_erasure WHERE disaster = $1 AND municipality = $2";
const BEGIN: &str = "INSERT INTO reception_erasure (disaster, municipality, begun_at) VALUES ($1, $2, $3)
    ON CONFLICT (disaster, municipality) DO NOTHING";
const ERASED: &str = "SELECT disaster, municipality FROM reception_erasure WHERE erased_at IS NOT NULL LIMIT 50000";
const OPEN: &str = "SELECT COUNT(*) FROM reception_erasure WHERE disaster = $1 AND erased_at IS NULL";
const MARK: &str = "UPDATE reception_erasure SET erased_at = $1 WHERE disaster = $2 AND municipality = $3";
const RESULTS: &str = "SELECT COALESCE(result, 'open'), COUNT(*) FROM reception_work
    WHERE disaster = $1 AND municipality = $2 GROUP BY 1 ORDER BY 1";
const FORGET_WORK: &str = "DELETE FROM reception_work WHERE disaster = $1 AND municipality = $2";
const FORGET_ASIDE: &str = "DELETE FROM reception_quarantine WHERE municipality = $1 AND at <= $2";
const HEARD: &str = "SELECT seen_at, COALESCE(waiting, 0) FROM reception_kit
    WHERE municipality = $1 AND revoked_at IS NULL ORDER BY id LIMIT 10000";

pub(super) const SQL: &[&str] =
    &[ALL, DAYS, SET, FIND, BEGIN, ERASED, OPEN, MARK, RESULTS, FORGET_WORK, FORGET_ASIDE, HEARD];

/// How far the end of a disaster's records has come.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ErasureRow {
    pub(crate) erased_at: Option<DateTime<Utc>>,
}

/// What is left of rows that are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Erasure {
    /// People who were looked for, by what came of it.
    pub(crate) work: BTreeMap<String, i64>,
    /// Events that were set aside.
    pub(crate) aside: u64,
}

/// What municipalities set.
pub(crate) async fn all(conn: &mut Conn) -> anyhow::Result<Vec<(String, u32)>> {
    let rows: Vec<(String, i64)> = sql(ALL).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(jis5, days)| (jis5, u32::try_from(days).unwrap_or(u32::MAX))).collect())
}

pub(crate) async fn days(conn: &mut Conn, jis5: &str) -> anyhow::Result<Option<u32>> {
    let row: Option<(i64,)> = sql(DAYS).bind(jis5).fetch_optional(conn).await?;
    Ok(row.map(|(days,)| u32::try_from(days).unwrap_or(u32::MAX)))
}

pub(crate) async fn set(conn: &mut Conn, jis5: &str, days: u32, by: &str, now: Timestamp) -> anyhow::Result<()> {
    sql(SET).bind(jis5).bind(i64::from(days)).bind(by).bind(now).execute(conn).await?;
    Ok(())
}

pub(crate) async fn find(conn: &mut Conn, (disaster, jis5): (Uuid, &str)) -> anyhow::Result<Option<ErasureRow>> {
    Ok(sql(FIND).bind(disaster).bind(jis5).fetch_optional(conn).await?)
}

pub(crate) async fn begin(conn: &mut Conn, (disaster, jis5): (Uuid, &str), now: Timestamp) -> anyhow::Result<()> {
    sql(BEGIN).bind(disaster).bind(jis5).bind(now).execute(conn).await?;
    Ok(())
}

/// Disasters of municipalities whose records are gone.
pub(crate) async fn erased(conn: &mut Conn) -> anyhow::Result<BTreeSet<(Uuid, String)>> {
    let rows: Vec<(Uuid, String)> = sql(ERASED).fetch_all(conn).await?;
    Ok(rows.into_iter().collect())
}

/// Whether no municipality keeps records of the disaster.
pub(crate) async fn is_erased_everywhere(conn: &mut Conn, disaster: Uuid) -> anyhow::Result<bool> {
    let open: i64 = sql(OPEN).bind(disaster).fetch_value(conn).await?;
    Ok(open == 0)
}

/// Deletes what is kept beside the journal of a disaster that ended at `until`; answers the counts of it.
pub(crate) async fn erase(
    conn: &mut Conn,
    (disaster, jis5): (Uuid, &str),
    until: Timestamp,
    now: Timestamp,
) -> anyhow::Result<Erasure> {
    let work: Vec<(String, i64)> = sql(RESULTS).bind(disaster).bind(jis5).fetch_all(conn).await?;
    sql(FORGET_WORK).bind(disaster).bind(jis5).execute(conn).await?;
    let aside = sql(FORGET_ASIDE).bind(jis5).bind(until).execute(conn).await?;
    sql(MARK).bind(now).bind(disaster).bind(jis5).execute(conn).await?;
    Ok(Erasure { work: work.into_iter().collect(), aside })
}

/// When each kit of a municipality that is in use was last heard. One that still has something to hand in was not heard out.
pub(crate) async fn kits_heard(conn: &mut Conn, jis5: &str) -> anyhow::Result<Vec<Option<Timestamp>>> {
    let rows: Vec<(Option<DateTime<Utc>>, i64)> = sql(HEARD).bind(jis5).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(at, waiting)| at.filter(|_| waiting == 0).map(Into::into)).collect())
}
