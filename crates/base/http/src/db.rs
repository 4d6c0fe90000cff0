//! Tables of the public documents. Nobody else names them.
//!
//! `hot_counter` has one row. Bumping it inside the caller's transaction locks that row until the commit, so versions become
//! visible in their order, and "version > last seen" loses nothing.

use kernel::Timestamp;
use sqlx::FromRow;
use store::{Conn, Migration, Result, Schema, Tx, sql};

/// Tables of this crate, for [`store::Store::migrate`].
pub const SCHEMA: Schema = Schema {
    room: "http",
    migrations: &[Migration {
        version: 1,
        name: "public documents",
        sql: "CREATE TABLE hot_counter (
                  id BIGINT PRIMARY KEY,
                  version BIGINT NOT NULL
              );
              INSERT INTO hot_counter (id, version) VALUES (1, 0);
              CREATE TABLE hot_document (
                  name TEXT PRIMARY KEY,
                  version BIGINT NOT NULL,
                  etag TEXT NOT NULL,
                  body TEXT,
                  published_at TIMESTAMPTZ NOT NULL
              );
              CREATE INDEX hot_document_version ON hot_document (version);",
        sample: "UPDATE hot_counter SET version = 2 WHERE id = 1;
                 INSERT INTO hot_document (name, version, etag, body, published_at) VALUES
                     ('sample/one', 1, 'a', '{\"n\":1}', '2025-12-08T14:15:00+00:00'),
                     ('sample/gone', 2, '', NULL, '2025-12-08T14:16:00+00:00');",
    }],
};

/// The channel woken by every publication.
pub(crate) const CHANNEL: &str = "hot";

const CURRENT: &str = "SELECT version FROM hot_counter WHERE id = 1";
const BUMP: &str = "UPDATE hot_counter SET version = version + 1 WHERE id = 1 RETURNING version";
const ETAG: &str = "SELECT etag FROM hot_document WHERE name = $1";
const PUT: &str = "INSERT INTO hot_document (name, version, etag, body, published_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, etag = excluded.etag, body = excluded.body,
        published_at = excluded.published_at";
const NEWER: &str =
    "SELECT name, version, body, published_at FROM hot_document WHERE version > $1 ORDER BY version LIMIT $2";

/// Every statement, for the test that prepares them on both engines.
pub const STATEMENTS: &[&str] = &[CURRENT, BUMP, ETAG, PUT, NEWER];

/// A document as stored; without a body it was withdrawn.
#[derive(Debug, FromRow)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) version: i64,
    pub(crate) body: Option<String>,
    #[sqlx(try_from = "chrono::DateTime<chrono::Utc>")]
    pub(crate) published_at: Timestamp,
}

pub(crate) async fn current(conn: &mut Conn) -> Result<i64> {
    sql(CURRENT).fetch_value(conn).await
}

pub(crate) async fn newer(conn: &mut Conn, than: i64, limit: i64) -> Result<Vec<Row>> {
    sql(NEWER).bind(than).bind(limit).fetch_all(conn).await
}

/// Keeps other publishers of the same document waiting, and tells what is published now.
pub(crate) async fn lock_etag(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    tx.lock(&format!("hot:{name}")).await?;
    let row: Option<(String,)> = sql(ETAG).bind(name).fetch_optional(tx).await?;
    Ok(row.map(|(etag,)| etag))
}

pub(crate) async fn put(tx: &mut Tx, name: &str, etag: &str, body: Option<String>, now: Timestamp) -> Result<i64> {
    let version: i64 = sql(BUMP).fetch_value(tx).await?;
    sql(PUT).bind(name).bind(version).bind(etag).bind(body).bind(now).execute(tx).await?;
    tx.wake_on_commit(CHANNEL);
    Ok(version)
}
