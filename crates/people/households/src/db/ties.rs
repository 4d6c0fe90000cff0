//! Which subjects are one household, by disaster.

use kernel::Timestamp;
use store::{Conn, sql};
use uuid::Uuid;

const PUT: &str = "INSERT INTO households_tie (disaster, subject, party, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (disaster, subject) DO UPDATE SET party = excluded.party, at = excluded.at
    WHERE households_tie.party <> excluded.party";
const FORGET: &str = "DELETE FROM households_tie WHERE disaster = $1 AND subject = $2";
const FORGET_ALL: &str = "DELETE FROM households_tie WHERE subject = $1";
const FORGET_IN: &str = "DELETE FROM households_tie WHERE disaster = $1";
const OF: &str = "SELECT DISTINCT o.subject FROM households_tie t
    JOIN households_tie o ON o.disaster = t.disaster AND o.party = t.party
    WHERE t.subject = $1 AND o.subject <> t.subject ORDER BY o.subject LIMIT 100";

pub(super) const SQL: &[&str] = &[PUT, FORGET, FORGET_ALL, FORGET_IN, OF];

pub(crate) async fn put_tie(
    conn: &mut Conn,
    disaster: Uuid,
    subject: u128,
    party: u128,
    now: Timestamp,
) -> anyhow::Result<()> {
    let (subject, party) = (Uuid::from_u128(subject), Uuid::from_u128(party));
    sql(PUT).bind(disaster).bind(subject).bind(party).bind(now).execute(conn).await?;
    Ok(())
}

pub(crate) async fn forget_tie(conn: &mut Conn, disaster: Uuid, subject: u128) -> anyhow::Result<()> {
    sql(FORGET).bind(disaster).bind(Uuid::from_u128(subject)).execute(conn).await?;
    Ok(())
}

/// Of a household that deletes itself.
pub(crate) async fn forget_ties(conn: &mut Conn, subject: u128) -> anyhow::Result<()> {
    sql(FORGET_ALL).bind(Uuid::from_u128(subject)).execute(conn).await?;
    Ok(())
}

/// Of a disaster.
pub(crate) async fn forget_ties_in(conn: &mut Conn, disaster: Uuid) -> anyhow::Result<()> {
    sql(FORGET_IN).bind(disaster).execute(conn).await?;
    Ok(())
}

/// Other subjects that are this household, in any disaster; the first hundred.
pub(crate) async fn tied_to(conn: &mut Conn, subject: u128) -> anyhow::Result<Vec<u128>> {
    let rows: Vec<(Uuid,)> = sql(OF).bind(Uuid::from_u128(subject)).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(other,)| other.as_u128()).collect())
}
