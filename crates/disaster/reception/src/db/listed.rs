//! People who cannot flee alone, as the municipality lists them (避難行動要支援者名簿). Sealed; only where they live is in clear.

use kernel::Timestamp;
use store::{Conn, rows, sql};
use uuid::Uuid;

const CLEAR: &str = "DELETE FROM reception_listed WHERE municipality = $1";
const ADD: &str = "INSERT INTO reception_listed (id, municipality, district_key, subject, list, imported_at, sealed)";
const OF_PLACE: &str = "SELECT id, municipality, district_key, subject, sealed FROM reception_listed
    WHERE municipality = $1 ORDER BY district_key, id LIMIT 100000";
const HAS: &str = "SELECT COUNT(*) FROM reception_listed WHERE list = $1";
const FIND: &str = "SELECT id, municipality, district_key, subject, sealed FROM reception_listed WHERE id = $1";

pub(super) const SQL: &[&str] = &[CLEAR, OF_PLACE, HAS, FIND];

/// A listed person as stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ListedRow {
    pub(crate) id: Uuid,
    pub(crate) municipality: String,
    pub(crate) district_key: String,
    pub(crate) subject: Option<String>,
    pub(crate) sealed: Vec<u8>,
}

/// Takes a new list in the place of the municipality's old one.
pub(crate) async fn replace(
    conn: &mut Conn,
    (jis5, list): (&str, Uuid),
    people: Vec<ListedRow>,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(CLEAR).bind(jis5).execute(conn).await?;
    let all = people.into_iter().fold(rows(ADD, ""), |all, one| {
        all.row([
            one.id.into(),
            jis5.into(),
            one.district_key.into(),
            one.subject.into(),
            list.into(),
            now.into(),
            one.sealed.into(),
        ])
    });
    all.execute(conn).await?;
    Ok(())
}

pub(crate) async fn of_municipality(conn: &mut Conn, jis5: &str) -> anyhow::Result<Vec<ListedRow>> {
    Ok(sql(OF_PLACE).bind(jis5).fetch_all(conn).await?)
}

/// Whether this list is the one that is kept.
pub(crate) async fn has_list(conn: &mut Conn, list: Uuid) -> anyhow::Result<bool> {
    let people: i64 = sql(HAS).bind(list).fetch_value(conn).await?;
    Ok(people > 0)
}

pub(crate) async fn find(conn: &mut Conn, id: Uuid) -> anyhow::Result<Option<ListedRow>> {
    Ok(sql(FIND).bind(id).fetch_optional(conn).await?)
}
