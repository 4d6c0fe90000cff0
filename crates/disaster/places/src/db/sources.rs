//! The ledger: series, sources, the rows of each that need words, and the steps staff took.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Id, Timestamp};
use serde_json::Value;
use store::{Conn, Error, Result, Tx, rows, sql};
use uuid::Uuid;

use super::{json, name_of, named, to_json};
use crate::model::{Kind, Series, Source, SourceRow, Status, Verdict};

const SERIES: &str = "SELECT id, name, kind, municipality FROM places_series WHERE id = $1";
const SERIES_BY_NAME: &str = "SELECT id, name, kind, municipality FROM places_series WHERE name = $1";
const INSERT_SERIES: &str =
    "INSERT INTO places_series (id, name, kind, municipality) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING";
const PUT: &str = "INSERT INTO places_source (id, series, kind, municipality, towns, title, file, blob, bytes, status,
    by_whom, at, applied_at, licence, attribution, as_of, repairs, counts, mapping, notes, chosen)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
    ON CONFLICT (id) DO UPDATE SET series = excluded.series, kind = excluded.kind, municipality = excluded.municipality,
    towns = excluded.towns, title = excluded.title, status = excluded.status, applied_at = excluded.applied_at,
    licence = excluded.licence, attribution = excluded.attribution, as_of = excluded.as_of, repairs = excluded.repairs,
    counts = excluded.counts, mapping = excluded.mapping, notes = excluded.notes, chosen = excluded.chosen";
const SOURCE: &str = "SELECT * FROM places_source WHERE id = $1";
const BY_BLOB: &str =
    "SELECT * FROM places_source WHERE blob = $1 AND status IN ('previewed', 'applied', 'not_published')
    ORDER BY id DESC LIMIT 50";
const LEDGER: &str = "SELECT * FROM places_source WHERE (CAST($1 AS UUID) IS NULL OR id < $1)
    AND (CAST($2 AS TEXT) IS NULL OR municipality = $2) AND (CAST($3 AS TEXT) IS NULL OR status = $3)
    ORDER BY id DESC LIMIT $4";
const OF_MUNICIPALITY: &str = "SELECT * FROM places_source WHERE municipality = $1 AND towns = FALSE
    AND status IN ('applied', 'not_published') ORDER BY COALESCE(applied_at, at) DESC, id DESC LIMIT 2000";
const NEWEST_OF_SERIES: &str = "SELECT * FROM places_source WHERE series = $1 AND status = 'applied'
    ORDER BY applied_at DESC, id DESC LIMIT 2";
const INSERT_ROWS: &str = "INSERT INTO places_source_row (source, line, verdict, key, name, reason, cells, proposal)";
const DELETE_ROWS: &str = "DELETE FROM places_source_row WHERE source = $1";
const ROWS: &str = "SELECT line, verdict, key, name, reason, cells, proposal FROM places_source_row
    WHERE source = $1 AND (CAST($2 AS TEXT) IS NULL OR verdict = $2) AND line > $3 ORDER BY line LIMIT $4";
const FIND_STEP: &str = "SELECT subject, action, actor FROM places_step WHERE id = $1";
const INSERT_STEP: &str = "INSERT INTO places_step (id, subject, action, actor, at) VALUES ($1, $2, $3, $4, $5)";

pub(super) const SQL: &[&str] = &[
    SERIES,
    SERIES_BY_NAME,
    INSERT_SERIES,
    PUT,
    SOURCE,
    BY_BLOB,
    LEDGER,
    OF_MUNICIPALITY,
    NEWEST_OF_SERIES,
    DELETE_ROWS,
    ROWS,
    FIND_STEP,
    INSERT_STEP,
];

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    series: Option<Uuid>,
    kind: Option<String>,
    municipality: Option<String>,
    towns: bool,
    title: String,
    file: String,
    blob: String,
    bytes: i64,
    status: String,
    by_whom: String,
    at: DateTime<Utc>,
    applied_at: Option<DateTime<Utc>>,
    licence: Option<String>,
    attribution: Option<String>,
    as_of: Option<String>,
    repairs: bool,
    counts: Value,
    mapping: Value,
    notes: Value,
    chosen: Value,
}

impl TryFrom<Row> for Source {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            series: row.series.map(Id::from_uuid),
            kind: row.kind.as_deref().and_then(Kind::parse),
            municipality: row.municipality,
            towns: row.towns,
            title: row.title,
            file: row.file,
            blob: row.blob,
            bytes: u64::try_from(row.bytes).unwrap_or(0),
            status: named(row.status)?,
            by: row.by_whom,
            at: row.at.into(),
            applied_at: row.applied_at.map(Timestamp::from),
            licence: row.licence,
            attribution: row.attribution,
            as_of: row.as_of.and_then(|text| NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()),
            counts: json(row.counts)?,
            mapping: json(row.mapping)?,
            notes: json(row.notes)?,
            chosen: json(row.chosen)?,
            repairs: row.repairs,
        })
    }
}

/// A series by its id.
pub(crate) async fn series(conn: &mut Conn, id: Id<Series>) -> Result<Option<Series>> {
    Ok(sql(SERIES).bind(id).fetch_optional(conn).await?.map(to_series))
}

/// A series by its name.
pub(crate) async fn series_by_name(conn: &mut Conn, name: &str) -> Result<Option<Series>> {
    Ok(sql(SERIES_BY_NAME).bind(name).fetch_optional(conn).await?.map(to_series))
}

/// Keeps a new series; one with the same name stays as it is.
pub(crate) async fn insert_series(tx: &mut Tx, series: &Series) -> Result<()> {
    let statement = sql(INSERT_SERIES).bind(series.id).bind(&series.name).bind(series.kind.as_str());
    statement.bind(&series.municipality).execute(tx).await?;
    Ok(())
}

/// Writes a line of the ledger, new or known. File, hash, size and who brought it when are never changed.
pub(crate) async fn put_source(tx: &mut Tx, source: &Source) -> Result<()> {
    sql(PUT)
        .bind(source.id)
        .bind(source.series)
        .bind(source.kind.map(Kind::as_str))
        .bind(source.municipality.clone())
        .bind(source.towns)
        .bind(&source.title)
        .bind(&source.file)
        .bind(&source.blob)
        .bind(i64::try_from(source.bytes).unwrap_or(i64::MAX))
        .bind(source.status.as_str())
        .bind(&source.by)
        .bind(source.at)
        .bind(source.applied_at)
        .bind(source.licence.clone())
        .bind(source.attribution.clone())
        .bind(source.as_of.map(|day| day.to_string()))
        .bind(source.repairs)
        .bind(to_json(&source.counts)?)
        .bind(to_json(&source.mapping)?)
        .bind(to_json(&source.notes)?)
        .bind(to_json(&source.chosen)?)
        .execute(tx)
        .await?;
    Ok(())
}

/// One line of the ledger.
pub(crate) async fn source(conn: &mut Conn, id: Id<Source>) -> Result<Option<Source>> {
    sql(SOURCE).bind(id).fetch_optional::<Row>(conn).await?.map(Source::try_from).transpose()
}

/// Sources with these bytes that are in force or wait, newest first.
pub(crate) async fn sources_by_blob(conn: &mut Conn, blob: &str) -> Result<Vec<Source>> {
    sources(sql(BY_BLOB).bind(blob).fetch_all(conn).await?)
}

/// A page of the ledger, newest first.
pub(crate) async fn ledger(
    conn: &mut Conn,
    before: Option<Id<Source>>,
    municipality: Option<&str>,
    status: Option<Status>,
    limit: i64,
) -> Result<Vec<Source>> {
    let statement = sql(LEDGER).bind(before).bind(municipality).bind(status.map(Status::as_str));
    sources(statement.bind(limit).fetch_all(conn).await?)
}

/// What stands behind the present places of a municipality: of each series the source applied last, and the notices of
/// publishers who have nothing. Newest first.
pub(crate) async fn sources_of(conn: &mut Conn, municipality: &str) -> Result<Vec<Source>> {
    let all = sources(sql(OF_MUNICIPALITY).bind(municipality).fetch_all(conn).await?)?;
    let mut seen = std::collections::BTreeSet::new();
    Ok(all.into_iter().filter(|source| source.series.is_none_or(|series| seen.insert(series))).collect())
}

/// The sources of a series applied last and before last.
pub(crate) async fn newest_of_series(conn: &mut Conn, id: Id<Series>) -> Result<Vec<Source>> {
    sources(sql(NEWEST_OF_SERIES).bind(id).fetch_all(conn).await?)
}

/// Replaces the rows of a source that need words.
pub(crate) async fn put_source_rows(tx: &mut Tx, id: Id<Source>, notable: &[SourceRow]) -> Result<()> {
    sql(DELETE_ROWS).bind(id).execute(tx).await?;
    let mut all = rows(INSERT_ROWS, "");
    for row in notable {
        all = all.row([
            id.into(),
            row.line.into(),
            name_of(&row.verdict)?.into(),
            row.key.clone().into(),
            row.name.clone().into(),
            row.reason.as_ref().map(to_json).transpose()?.into(),
            to_json(&row.cells)?.into(),
            row.proposal.as_ref().map(to_json).transpose()?.into(),
        ]);
    }
    all.execute(tx).await?;
    Ok(())
}

type NotableRow = (i64, String, Option<String>, Option<String>, Option<Value>, Value, Option<Value>);

/// Rows of a source that need words, after the line `after`.
pub(crate) async fn source_rows(
    conn: &mut Conn,
    id: Id<Source>,
    verdict: Option<Verdict>,
    after: i64,
    limit: i64,
) -> Result<Vec<SourceRow>> {
    let verdict = verdict.as_ref().map(name_of).transpose()?;
    let found: Vec<NotableRow> = sql(ROWS).bind(id).bind(verdict).bind(after).bind(limit).fetch_all(conn).await?;
    let read = |(line, verdict, key, name, reason, cells, proposal): NotableRow| {
        Ok(SourceRow {
            line: u32::try_from(line).unwrap_or(0),
            verdict: named(verdict)?,
            key,
            name,
            reason: reason.map(json).transpose()?,
            cells: json::<BTreeMap<String, String>>(cells)?,
            proposal: proposal.map(json).transpose()?,
        })
    };
    found.into_iter().map(read).collect()
}

/// A command once carried out: on what, which, by whom.
pub(crate) async fn find_step(conn: &mut Conn, id: Uuid) -> Result<Option<(String, String, String)>> {
    sql(FIND_STEP).bind(id).fetch_optional(conn).await
}

/// Remembers a command, so that its repetition does nothing.
pub(crate) async fn insert_step(
    tx: &mut Tx,
    id: Uuid,
    subject: &str,
    action: &str,
    actor: &str,
    now: Timestamp,
) -> Result<()> {
    sql(INSERT_STEP).bind(id).bind(subject).bind(action).bind(actor).bind(now).execute(tx).await?;
    Ok(())
}

fn to_series((id, name, kind, municipality): (Uuid, String, String, String)) -> Series {
    Series { id: id.into(), name, kind: Kind::parse(&kind).unwrap_or(Kind::Other), municipality }
}

fn sources(found: Vec<Row>) -> Result<Vec<Source>> {
    found.into_iter().map(Source::try_from).collect()
}
