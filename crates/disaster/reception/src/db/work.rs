//! Work on the list of those left behind: who looks for whom, and what came of it.

use chrono::{DateTime, Utc};
use kernel::Timestamp;
use store::{Conn, sql};
use uuid::Uuid;

const FIND: &str =
    "SELECT disaster, about, municipality, holder, result, revision, changed_by, changed_at, command, id, words
    FROM reception_work WHERE disaster = $1 AND about = $2";
const OF_PLACE: &str =
    "SELECT disaster, about, municipality, holder, result, revision, changed_by, changed_at, command, id, words
    FROM reception_work WHERE disaster = $1 AND municipality = $2 LIMIT 100000";
const ADD: &str = "INSERT INTO reception_work
    (disaster, about, municipality, holder, result, revision, changed_by, changed_at, command, id, words)
    VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10) ON CONFLICT (disaster, about) DO NOTHING";
const CHANGE: &str = "UPDATE reception_work
    SET holder = $3, result = $4, revision = revision + 1, changed_by = $5, changed_at = $6, command = $7, words = $8
    WHERE disaster = $1 AND about = $2 AND revision = $9";

pub(super) const SQL: &[&str] = &[FIND, OF_PLACE, ADD, CHANGE];

/// One piece of work as stored.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub(crate) struct WorkRow {
    pub(crate) disaster: Uuid,
    pub(crate) about: String,
    pub(crate) municipality: String,
    pub(crate) holder: Option<String>,
    pub(crate) result: Option<String>,
    pub(crate) revision: i64,
    pub(crate) changed_by: String,
    pub(crate) changed_at: DateTime<Utc>,
    /// The last one.
    pub(crate) command: Uuid,
    pub(crate) id: Uuid,
    /// Sealed under [`WorkRow::id`].
    pub(crate) words: Option<Vec<u8>>,
}

pub(crate) async fn find(conn: &mut Conn, disaster: Uuid, about: &str) -> anyhow::Result<Option<WorkRow>> {
    Ok(sql(FIND).bind(disaster).bind(about).fetch_optional(conn).await?)
}

pub(crate) async fn of_municipality(conn: &mut Conn, disaster: Uuid, jis5: &str) -> anyhow::Result<Vec<WorkRow>> {
    Ok(sql(OF_PLACE).bind(disaster).bind(jis5).fetch_all(conn).await?)
}

/// Keeps a piece of work whose revision is one above what is stored (0: nothing is); false if somebody was quicker.
pub(crate) async fn keep(conn: &mut Conn, work: &WorkRow) -> anyhow::Result<bool> {
    let changed_at: Timestamp = work.changed_at.into();
    let ask = if work.revision == 1 {
        sql(ADD)
            .bind(work.disaster)
            .bind(&work.about)
            .bind(&work.municipality)
            .bind(work.holder.clone())
            .bind(work.result.clone())
            .bind(&work.changed_by)
            .bind(changed_at)
            .bind(work.command)
            .bind(work.id)
            .bind(work.words.clone())
    } else {
        sql(CHANGE)
            .bind(work.disaster)
            .bind(&work.about)
            .bind(work.holder.clone())
            .bind(work.result.clone())
            .bind(&work.changed_by)
            .bind(changed_at)
            .bind(work.command)
            .bind(work.words.clone())
            .bind(work.revision - 1)
    };
    Ok(ask.execute(conn).await? == 1)
}
