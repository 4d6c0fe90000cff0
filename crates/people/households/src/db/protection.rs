//! The list of protected people: keyed hashes to be compared, and the lines themselves sealed.

use chrono::{DateTime, Utc};
use kernel::Timestamp;
use store::{Conn, rows, sql};
use uuid::Uuid;

const INSERT: &str = "INSERT INTO households_protection (id, municipality, subject, imported, sealed, at)";
const MARK: &str = "INSERT INTO households_protection_mark (protection, mark)";
const OF: &str =
    "SELECT id, municipality, subject, imported, sealed, at FROM households_protection WHERE municipality = $1
    ORDER BY at, id LIMIT 50000";
const ALL: &str =
    "SELECT id, municipality, subject, imported, sealed, at FROM households_protection ORDER BY id LIMIT 500000";
const ONE: &str = "SELECT id, municipality, subject, imported, sealed, at FROM households_protection WHERE id = $1";
const MARKS: &str = "SELECT m.mark, p.municipality FROM households_protection_mark m JOIN households_protection p ON p.id = m.protection
    LIMIT 2000000";
const SUBJECTS: &str = "SELECT subject, municipality FROM households_protection WHERE subject IS NOT NULL LIMIT 500000";
const OF_MARK: &str = "SELECT m.mark, p.municipality FROM households_protection_mark m
    JOIN households_protection p ON p.id = m.protection WHERE m.mark = $1 LIMIT 1000";
const OF_SUBJECT: &str = "SELECT subject, municipality FROM households_protection WHERE subject = $1 LIMIT 1000";
const FORGET_MARKS: &str = "DELETE FROM households_protection_mark WHERE protection = $1";
const FORGET: &str = "DELETE FROM households_protection WHERE id = $1";
const FORGET_IMPORTED_MARKS: &str = "DELETE FROM households_protection_mark WHERE protection IN
    (SELECT id FROM households_protection WHERE municipality = $1 AND imported)";
const FORGET_IMPORTED: &str = "DELETE FROM households_protection WHERE municipality = $1 AND imported";

pub(super) const SQL: &[&str] =
    &[OF, ALL, ONE, MARKS, SUBJECTS, OF_MARK, OF_SUBJECT, FORGET_MARKS, FORGET, FORGET_IMPORTED_MARKS, FORGET_IMPORTED];

/// A line of the list as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct StoredProtection {
    pub(crate) id: Uuid,
    pub(crate) municipality: String,
    pub(crate) subject: Option<Uuid>,
    pub(crate) imported: bool,
    pub(crate) sealed: Option<Vec<u8>>,
    at: DateTime<Utc>,
}

impl StoredProtection {
    pub(crate) fn new(
        id: Uuid,
        municipality: &str,
        subject: Option<u128>,
        imported: bool,
        sealed: Option<Vec<u8>>,
        at: Timestamp,
    ) -> Self {
        let subject = subject.map(Uuid::from_u128);
        Self { id, municipality: municipality.to_owned(), subject, imported, sealed, at: at.into() }
    }

    pub(crate) fn at(&self) -> Timestamp {
        self.at.into()
    }
}

/// Adds lines, each with the hashes under which it is found.
pub(crate) async fn insert_protections(
    conn: &mut Conn,
    lines: Vec<(StoredProtection, Vec<String>)>,
) -> anyhow::Result<()> {
    let (mut all, mut found) = (rows(INSERT, ""), rows(MARK, "ON CONFLICT (protection, mark) DO NOTHING"));
    for (line, marks) in lines {
        for mark in marks {
            found = found.row([line.id.into(), mark.into()]);
        }
        let StoredProtection { id, municipality, subject, imported, sealed, at } = line;
        all = all.row([id.into(), municipality.into(), subject.into(), imported.into(), sealed.into(), at.into()]);
    }
    all.execute(conn).await?;
    found.execute(conn).await?;
    Ok(())
}

pub(crate) async fn protections_of(conn: &mut Conn, jis5: &str) -> anyhow::Result<Vec<StoredProtection>> {
    Ok(sql(OF).bind(jis5).fetch_all(conn).await?)
}

pub(crate) async fn all_protections(conn: &mut Conn) -> anyhow::Result<Vec<StoredProtection>> {
    Ok(sql(ALL).fetch_all(conn).await?)
}

pub(crate) async fn protection(conn: &mut Conn, id: Uuid) -> anyhow::Result<Option<StoredProtection>> {
    Ok(sql(ONE).bind(id).fetch_optional(conn).await?)
}

/// Every hash with the municipality whose line it is of.
pub(crate) async fn marks(conn: &mut Conn) -> anyhow::Result<Vec<(String, String)>> {
    Ok(sql(MARKS).fetch_all(conn).await?)
}

/// Every subject that is protected as such, with the municipality.
pub(crate) async fn protected_subjects(conn: &mut Conn) -> anyhow::Result<Vec<(Uuid, String)>> {
    Ok(sql(SUBJECTS).fetch_all(conn).await?)
}

/// As [`marks`], of one hash alone.
pub(crate) async fn lines_of_mark(conn: &mut Conn, mark: &str) -> anyhow::Result<Vec<(String, String)>> {
    Ok(sql(OF_MARK).bind(mark).fetch_all(conn).await?)
}

/// As [`protected_subjects`], of one subject alone.
pub(crate) async fn lines_of_subject(conn: &mut Conn, subject: u128) -> anyhow::Result<Vec<(Uuid, String)>> {
    Ok(sql(OF_SUBJECT).bind(Uuid::from_u128(subject)).fetch_all(conn).await?)
}

pub(crate) async fn forget_protection(conn: &mut Conn, id: Uuid) -> anyhow::Result<()> {
    sql(FORGET_MARKS).bind(id).execute(conn).await?;
    sql(FORGET).bind(id).execute(conn).await?;
    Ok(())
}

pub(crate) async fn forget_imported(conn: &mut Conn, jis5: &str) -> anyhow::Result<()> {
    sql(FORGET_IMPORTED_MARKS).bind(jis5).execute(conn).await?;
    sql(FORGET_IMPORTED).bind(jis5).execute(conn).await?;
    Ok(())
}
