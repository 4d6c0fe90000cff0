//! Tables of the maps, and the only SQL that names them.

use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use serde_json::Value;
use store::{Conn, Migration, Result, Schema, Tx, sql};

use crate::model::{Original, OriginalKind, PackFile, Role};

/// The room's tables.
pub const SCHEMA: Schema = Schema { room: "maps", migrations: &[FIRST, DRAWN_FROM] };

const ORIGINALS: &str = "SELECT name, kind, sha256, bytes, features, attribution, imported_at FROM maps_original
    WHERE replaced_at IS NULL ORDER BY kind, name LIMIT 10000";
const REPLACE: &str = "UPDATE maps_original SET replaced_at = $2 WHERE name = $1 AND replaced_at IS NULL";
const INSERT: &str = "INSERT INTO maps_original
    (id, name, kind, sha256, bytes, features, attribution, actor, imported_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const FILES: &str = "SELECT code, made_at, files, drawn_from FROM maps_pack ORDER BY code LIMIT 1000";
const PUT_FILES: &str = "INSERT INTO maps_pack (code, made_at, files, drawn_from) VALUES ($1, $2, $3, $4)
    ON CONFLICT (code) DO UPDATE SET made_at = excluded.made_at, files = excluded.files, drawn_from = excluded.drawn_from";

/// Every statement of the room, for the test that prepares them on both engines.
pub const SQL: &[&str] = &[ORIGINALS, REPLACE, INSERT, FILES, PUT_FILES];

/// The files of one pack, or of the prefecture (`02`), as last made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) code: String,
    pub(crate) changed_at: Timestamp,
    pub(crate) files: Vec<PackFile>,
    /// Digest of everything its tiles were drawn from; `None` for what was made before that was kept.
    pub(crate) drawn_from: Option<String>,
}

impl Made {
    /// Its tiles.
    pub(crate) fn tiles(&self) -> Option<&PackFile> {
        self.files.iter().find(|file| file.role == Role::Tiles)
    }
}

#[derive(sqlx::FromRow)]
struct OriginalRow {
    name: String,
    kind: String,
    sha256: String,
    bytes: i64,
    features: i64,
    attribution: Value,
    imported_at: DateTime<Utc>,
}

/// The originals the map is drawn from now.
pub(crate) async fn originals(conn: &mut Conn) -> Result<Vec<Original>> {
    let rows: Vec<OriginalRow> = sql(ORIGINALS).fetch_all(conn).await?;
    rows.into_iter().map(original).collect()
}

/// Enters an original into the ledger; it takes the place of the one of the same name.
pub(crate) async fn insert(tx: &mut Tx, id: Id<Original>, original: &Original, actor: &str) -> Result<()> {
    sql(REPLACE).bind(original.name.clone()).bind(original.imported_at).execute(tx).await?;
    sql(INSERT)
        .bind(id)
        .bind(original.name.clone())
        .bind(original.kind.as_str())
        .bind(original.sha256.clone())
        .bind(original.bytes as i64)
        .bind(original.features as i64)
        .bind(json(&original.attribution)?)
        .bind(actor)
        .bind(original.imported_at)
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes an original out of use; its bytes and its line in the ledger stay. False when there is none of that name.
pub(crate) async fn remove(tx: &mut Tx, name: &str, now: Timestamp) -> Result<bool> {
    Ok(sql(REPLACE).bind(name).bind(now).execute(tx).await? > 0)
}

/// What was made last, by code.
pub(crate) async fn made(conn: &mut Conn) -> Result<Vec<Made>> {
    let rows: Vec<(String, DateTime<Utc>, Value, Option<String>)> = sql(FILES).fetch_all(conn).await?;
    rows.into_iter()
        .map(|(code, made_at, files, drawn_from)| {
            let files = serde_json::from_value(files).map_err(|error| unreadable(&error))?;
            Ok(Made { code, changed_at: Timestamp::from(made_at), files, drawn_from })
        })
        .collect()
}

/// Keeps what was made.
pub(crate) async fn put_made(tx: &mut Tx, made: &Made) -> Result<()> {
    sql(PUT_FILES)
        .bind(made.code.clone())
        .bind(made.changed_at)
        .bind(json(&made.files)?)
        .bind(made.drawn_from.clone())
        .execute(tx)
        .await?;
    Ok(())
}

fn original(row: OriginalRow) -> Result<Original> {
    let kinds =
        [OriginalKind::Boundaries, OriginalKind::Osm, OriginalKind::Roads, OriginalKind::Towns, OriginalKind::Bus];
    let unknown = || store::Error::Unreadable(format!("kind of original {:?}", row.kind).into());
    Ok(Original {
        kind: kinds.into_iter().find(|kind| kind.as_str() == row.kind).ok_or_else(unknown)?,
        name: row.name,
        sha256: row.sha256,
        bytes: row.bytes.unsigned_abs(),
        features: row.features.unsigned_abs(),
        attribution: serde_json::from_value(row.attribution).map_err(|error| unreadable(&error))?,
        imported_at: Timestamp::from(row.imported_at),
    })
}

fn json(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> store::Error {
    store::Error::Unreadable(error.to_string().into())
}

const FIRST: Migration = Migration {
    version: 1,
    name: "originals and packs",
    sql: "
CREATE TABLE maps_original (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    features BIGINT NOT NULL,
    attribution JSONB NOT NULL,
    actor TEXT NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    replaced_at TIMESTAMPTZ
);
CREATE INDEX maps_original_name ON maps_original (name, replaced_at);
CREATE TABLE maps_pack (
    code TEXT PRIMARY KEY,
    made_at TIMESTAMPTZ NOT NULL,
    files JSONB NOT NULL
);
",
    sample: "
INSERT INTO maps_pack (code, made_at, files) VALUES ('02', '2026-11-22T00:00:00Z', '[]');
",
};

const DRAWN_FROM: Migration = Migration {
    version: 2,
    name: "what the tiles were drawn from",
    sql: "
ALTER TABLE maps_pack ADD COLUMN drawn_from TEXT;
",
    sample: "
UPDATE maps_pack SET drawn_from = 'f1d2d2f924e986ac86fdf7b36c94bcdf32beec15' WHERE code = '02';
",
};
