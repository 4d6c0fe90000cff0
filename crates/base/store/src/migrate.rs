//! Forward-only migrations, one list per room, the same text on both engines.

use kernel::hex;
use sha2::{Digest, Sha256};

use crate::conn::{Conn, Tx};
use crate::error::{Error, Result};
use crate::open::Store;
use crate::query::sql;

/// One step of a room's tables (表の変更).
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// 1, 2, 3, … without gaps.
    pub version: u32,
    /// A few words for people, `create alerts tables`.
    pub name: &'static str,
    /// Statements for both engines, separated by semicolons.
    pub sql: &'static str,
    /// Rows as they are found in a lived-in database after this step; only tests insert them, so that the next
    /// migration meets data. UUIDs are written `'01234567-…'`, times `'2025-12-08T14:15:00+00:00'`. May be empty.
    pub sample: &'static str,
}

/// The tables of one room (部屋の表).
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The room's name, `alerts`.
    pub room: &'static str,
    /// Its steps in order.
    pub migrations: &'static [Migration],
}

/// The store's own tables come before everybody else's.
const OWN: [Schema; 2] = [crate::journal::SCHEMA, crate::jobs::SCHEMA];

const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_version (
    room TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (room, version)
)";
const APPLIED: &str = "SELECT version, checksum FROM schema_version WHERE room = $1 ORDER BY version";
const NOTE: &str = "INSERT INTO schema_version (room, version, name, checksum) VALUES ($1, $2, $3, $4)";

impl Store {
    /// Brings the store's own tables and the given rooms' tables up to date, all in one transaction.
    ///
    /// Refuses ([`Error::NewerSchema`], [`Error::ChangedMigration`]) rather than guess.
    pub async fn migrate(&self, schemas: &[Schema]) -> Result<()> {
        let mut tx = self.write().await?;
        tx.without_hold_limit();
        tx.lock("schema_version").await?;
        sql(CREATE).execute(&mut tx).await?;
        for schema in OWN.iter().chain(schemas) {
            migrate_room(&mut tx, schema).await?;
        }
        tx.commit().await
    }

    /// What [`Store::migrate`] would still do, as `room version name`; refuses like it. Changes nothing.
    pub async fn pending(&self, schemas: &[Schema]) -> Result<Vec<String>> {
        let mut conn = self.read().await?;
        let mut pending = Vec::new();
        for schema in OWN.iter().chain(schemas) {
            // In an empty database not even the list of versions is there: then everything is pending.
            let applied =
                sql(APPLIED).bind(schema.room).fetch_all::<(i64, String)>(&mut conn).await.unwrap_or_default();
            let known = schema.migrations.len() as i64;
            if let Some((found, _)) = applied.last().filter(|(version, _)| *version > known) {
                return Err(Error::NewerSchema { room: schema.room.to_owned(), found: *found, known });
            }
            let missing = schema.migrations.iter().skip(applied.len());
            pending.extend(missing.map(|step| format!("{} {} {}", schema.room, step.version, step.name)));
        }
        Ok(pending)
    }

    /// Like [`Store::migrate`], but inserts each step's sample rows before the next step runs: for tests.
    pub async fn migrate_lived_in(&self, schemas: &[Schema]) -> Result<()> {
        let mut tx = self.write().await?;
        sql(CREATE).execute(&mut tx).await?;
        for schema in OWN.iter().chain(schemas) {
            for (n, step) in schema.migrations.iter().enumerate() {
                migrate_room(&mut tx, &Schema { room: schema.room, migrations: &schema.migrations[..=n] }).await?;
                tx.script(step.sample).await?;
            }
        }
        tx.commit().await
    }
}

async fn migrate_room(tx: &mut Tx, schema: &Schema) -> Result<()> {
    let applied: Vec<(i64, String)> = sql(APPLIED).bind(schema.room).fetch_all(tx).await?;
    let known = schema.migrations.len() as i64;
    if let Some((found, _)) = applied.last().filter(|(version, _)| *version > known) {
        return Err(Error::NewerSchema { room: schema.room.to_owned(), found: *found, known });
    }
    for (n, migration) in schema.migrations.iter().enumerate() {
        let version = i64::from(migration.version);
        debug_assert_eq!(version, n as i64 + 1, "migrations of {} are numbered 1, 2, 3", schema.room);
        let now = checksum(migration.sql);
        match applied.get(n) {
            Some((_, recorded)) if *recorded == now => {}
            Some((_, recorded)) => {
                return Err(Error::ChangedMigration {
                    room: schema.room.to_owned(),
                    version,
                    recorded: recorded.clone(),
                    now,
                });
            }
            None => {
                tx.script(migration.sql).await?;
                sql(NOTE).bind(schema.room).bind(version).bind(migration.name).bind(now).execute(tx).await?;
                tracing::info!(room = schema.room, version, name = migration.name, "schema brought up to date");
            }
        }
    }
    Ok(())
}

impl Conn {
    /// Runs several statements that take no values.
    pub(crate) async fn script(&mut self, text: &'static str) -> Result<()> {
        use sqlx::{AssertSqlSafe, Executor as _};

        use crate::conn::Link;
        if text.trim().is_empty() {
            return Ok(());
        }
        let mut statement = self.enter().await?;
        let result = match statement.link()? {
            Link::Sqlite(c) => c.execute(sqlx::raw_sql(AssertSqlSafe(with_uuid_bytes(text)))).await.map(drop),
            Link::Postgres(c) => c.execute(sqlx::raw_sql(text)).await.map(drop),
        };
        statement.leave(result)
    }
}

/// SQLite keeps UUIDs as 16 bytes: a quoted UUID, which PostgreSQL reads as it stands, becomes a byte literal.
fn with_uuid_bytes(text: &str) -> String {
    let mut parts = text.split('\'');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // Every other part is inside quotes; one outside that reads as a UUID does not occur in SQL.
        if let Some(id) = uuid::Uuid::try_parse(part).ok().filter(|_| part.len() == 36) {
            plain.push_str("X'");
            plain.push_str(&hex(id.as_bytes()));
        } else {
            plain.push('\'');
            plain.push_str(part);
        }
    }
    plain
}

/// The first 16 hex digits of the SHA-256 of the text without comments and repeated white space.
fn checksum(text: &str) -> String {
    let plain: Vec<&str> =
        text.lines().map(|line| line.split("--").next().unwrap_or_default()).flat_map(str::split_whitespace).collect();
    hex(&Sha256::digest(plain.join(" ").as_bytes())[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_uuids_become_bytes_on_sqlite() {
        let text = "VALUES ('00000000-0000-0000-0000-0000000000ff', 'it''s', '')";
        assert_eq!(with_uuid_bytes(text), "VALUES (X'000000000000000000000000000000ff', 'it''s', '')");
    }

    #[test]
    fn layout_and_comments_do_not_change_a_migration() {
        assert_eq!(checksum("CREATE TABLE t (\n  a TEXT -- why\n)"), checksum("CREATE TABLE t ( a TEXT )"));
        assert_ne!(checksum("CREATE TABLE t (a TEXT)"), checksum("CREATE TABLE t (b TEXT)"));
    }
}
