//! Consents, each as it was said.

use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use store::{Conn, sql};
use uuid::Uuid;

use super::{read_word, word};
use crate::model::{Consent, ConsentAbout, Household};

const INSERT: &str = "INSERT INTO households_consent (id, household, about, text_version, given, device, at, nth)
    VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT COUNT(*) FROM households_consent c WHERE c.household = $8))";
const OF: &str =
    "SELECT about, text_version, given, at FROM households_consent WHERE household = $1 ORDER BY nth, at, id
    LIMIT 5000";
const FORGET: &str = "DELETE FROM households_consent WHERE household = $1";
const COUNT: &str = "SELECT COUNT(*) FROM households_consent WHERE household = $1";

pub(super) const SQL: &[&str] = &[INSERT, OF, FORGET, COUNT];

#[derive(sqlx::FromRow)]
struct ConsentRow {
    about: String,
    text_version: String,
    given: bool,
    at: DateTime<Utc>,
}

pub(crate) async fn insert_consent(
    conn: &mut Conn,
    id: Uuid,
    household: Id<Household>,
    consent: &Consent,
    device: Uuid,
) -> anyhow::Result<()> {
    sql(INSERT)
        .bind(id)
        .bind(household)
        .bind(word(consent.what)?)
        .bind(consent.text_version.as_str())
        .bind(consent.given)
        .bind(device)
        .bind(consent.at)
        .bind(household)
        .execute(conn)
        .await?;
    Ok(())
}

/// Everything the household said, in order.
pub(crate) async fn consents(conn: &mut Conn, household: Id<Household>) -> anyhow::Result<Vec<Consent>> {
    let rows = sql(OF).bind(household).fetch_all::<ConsentRow>(conn).await?;
    rows.into_iter().map(consent).collect()
}

pub(crate) async fn consents_said(conn: &mut Conn, household: Id<Household>) -> anyhow::Result<i64> {
    let (count,) = sql(COUNT).bind(household).fetch_one::<(i64,)>(conn).await?;
    Ok(count)
}

pub(super) async fn forget_consents(conn: &mut Conn, household: Id<Household>) -> anyhow::Result<()> {
    sql(FORGET).bind(household).execute(conn).await?;
    Ok(())
}

fn consent(row: ConsentRow) -> anyhow::Result<Consent> {
    let what: ConsentAbout = read_word(&row.about)?;
    Ok(Consent { what, text_version: row.text_version, given: row.given, at: Timestamp::from(row.at) })
}
