//! Programmes and their versions.

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Id, Timestamp};
use sqlx::types::Json;
use store::{Conn, sql};
use uuid::Uuid;

use crate::model::{Content, Programme, State, Version};

const ADD: &str = "INSERT INTO registry_programme (id, key, area, origin) VALUES ($1, $2, $3, $4)";
const FIND: &str = "SELECT id, key, area, origin FROM registry_programme WHERE id = $1";
const OF_KEY: &str = "SELECT id, key, area, origin FROM registry_programme WHERE area = $1 AND key = $2";
const PUT_VERSION: &str = "INSERT INTO registry_version
    (id, programme, number, revision, state, valid_from, valid_until, name, by_actor, at, content)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, state = excluded.state, valid_from = excluded.valid_from,
    valid_until = excluded.valid_until, name = excluded.name, by_actor = excluded.by_actor, at = excluded.at, content = excluded.content";
const VERSION: &str = "SELECT id, programme, number, revision, state, valid_from, valid_until, by_actor, at, content
    FROM registry_version WHERE id = $1";
const VERSIONS: &str = "SELECT id, programme, number, revision, state, valid_from, valid_until, by_actor, at, content
    FROM registry_version WHERE programme = $1 ORDER BY number DESC LIMIT 200";
const NEWEST: &str = "SELECT id, programme, number, revision, state, valid_from, valid_until, by_actor, at, content
    FROM registry_version WHERE programme = $1 ORDER BY number DESC LIMIT 1";
const LISTED: &str =
    "SELECT p.id, p.key, p.area, p.origin, v.id AS version, v.number, v.revision, v.state, v.valid_from,
    v.valid_until, v.name, v.by_actor, v.at FROM registry_programme p JOIN registry_version v ON v.programme = p.id
    WHERE p.area = $1 AND v.number = (SELECT MAX(n.number) FROM registry_version n WHERE n.programme = p.id)
    ORDER BY p.key LIMIT 20000";
const PUBLISHED: &str =
    "SELECT v.id, v.programme, v.number, v.revision, v.state, v.valid_from, v.valid_until, v.by_actor, v.at,
    v.content, p.key, p.area, p.origin FROM registry_version v JOIN registry_programme p ON p.id = v.programme
    WHERE v.state = 'published' AND p.area = $1 AND (v.valid_until IS NULL OR v.valid_until >= $2)
    ORDER BY p.key, v.valid_from LIMIT 40000";

pub(super) const SQL: &[&str] = &[ADD, FIND, OF_KEY, PUT_VERSION, VERSION, VERSIONS, NEWEST, LISTED, PUBLISHED];

#[derive(sqlx::FromRow)]
struct ProgrammeRow {
    id: Uuid,
    key: String,
    area: String,
    origin: String,
}

impl From<ProgrammeRow> for Programme {
    fn from(row: ProgrammeRow) -> Self {
        Self { id: Id::from_uuid(row.id), key: row.key, area: row.area, origin: row.origin }
    }
}

#[derive(sqlx::FromRow)]
struct VersionRow {
    id: Uuid,
    programme: Uuid,
    number: i64,
    revision: i64,
    state: String,
    valid_from: String,
    valid_until: Option<String>,
    by_actor: String,
    at: DateTime<Utc>,
    content: Json<Content>,
}

#[derive(sqlx::FromRow)]
struct PublishedRow {
    #[sqlx(flatten)]
    version: VersionRow,
    key: String,
    area: String,
    origin: String,
}

/// A programme with what its newest version is, without the content (一覧の行).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listed {
    pub(crate) programme: Programme,
    pub(crate) version: Id<Version>,
    pub(crate) number: i64,
    pub(crate) revision: i64,
    pub(crate) state: State,
    pub(crate) valid_from: NaiveDate,
    pub(crate) valid_until: Option<NaiveDate>,
    pub(crate) name: String,
    pub(crate) by: String,
    pub(crate) at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    programme: ProgrammeRow,
    version: Uuid,
    number: i64,
    revision: i64,
    state: String,
    valid_from: String,
    valid_until: Option<String>,
    name: String,
    by_actor: String,
    at: DateTime<Utc>,
}

fn state(text: &str) -> State {
    [State::Draft, State::Reviewed, State::Published, State::Withdrawn]
        .into_iter()
        .find(|state| state.as_str() == text)
        .unwrap_or(State::Withdrawn)
}

fn day(text: &str) -> anyhow::Result<NaiveDate> {
    text.parse().with_context(|| format!("{text} is no day"))
}

fn version(row: VersionRow) -> anyhow::Result<Version> {
    Ok(Version {
        id: Id::from_uuid(row.id),
        programme: Id::from_uuid(row.programme),
        number: row.number,
        revision: row.revision,
        state: state(&row.state),
        valid_from: day(&row.valid_from)?,
        valid_until: row.valid_until.as_deref().map(day).transpose()?,
        content: row.content.0,
        by: row.by_actor,
        at: Timestamp::from(row.at),
    })
}

pub(crate) async fn add_programme(conn: &mut Conn, programme: &Programme) -> anyhow::Result<()> {
    sql(ADD)
        .bind(programme.id)
        .bind(&programme.key)
        .bind(&programme.area)
        .bind(&programme.origin)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn find_programme(conn: &mut Conn, id: Id<Programme>) -> anyhow::Result<Option<Programme>> {
    Ok(sql(FIND).bind(id).fetch_optional::<ProgrammeRow>(conn).await?.map(Programme::from))
}

/// The programme of a key in an area.
pub(crate) async fn programme_of(conn: &mut Conn, area: &str, key: &str) -> anyhow::Result<Option<Programme>> {
    Ok(sql(OF_KEY).bind(area).bind(key).fetch_optional::<ProgrammeRow>(conn).await?.map(Programme::from))
}

pub(crate) async fn put_version(conn: &mut Conn, version: &Version) -> anyhow::Result<()> {
    sql(PUT_VERSION)
        .bind(version.id)
        .bind(version.programme)
        .bind(version.number)
        .bind(version.revision)
        .bind(version.state.as_str())
        .bind(version.valid_from.to_string())
        .bind(version.valid_until.map(|day| day.to_string()))
        .bind(version.content.record.name().unwrap_or_default())
        .bind(&version.by)
        .bind(version.at)
        .bind(serde_json::to_value(&version.content)?)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn find_version(conn: &mut Conn, id: Id<Version>) -> anyhow::Result<Option<Version>> {
    sql(VERSION).bind(id).fetch_optional::<VersionRow>(conn).await?.map(version).transpose()
}

/// Versions of a programme, the newest first.
pub(crate) async fn versions_of(conn: &mut Conn, programme: Id<Programme>) -> anyhow::Result<Vec<Version>> {
    sql(VERSIONS).bind(programme).fetch_all::<VersionRow>(conn).await?.into_iter().map(version).collect()
}

pub(crate) async fn newest_version(conn: &mut Conn, programme: Id<Programme>) -> anyhow::Result<Option<Version>> {
    sql(NEWEST).bind(programme).fetch_optional::<VersionRow>(conn).await?.map(version).transpose()
}

/// Programmes of an area with their newest versions.
pub(crate) async fn listed(conn: &mut Conn, area: &str) -> anyhow::Result<Vec<Listed>> {
    let rows: Vec<ListedRow> = sql(LISTED).bind(area).fetch_all(conn).await?;
    let listed = rows.into_iter().map(|row| {
        Ok(Listed {
            programme: Programme::from(row.programme),
            version: Id::from_uuid(row.version),
            number: row.number,
            revision: row.revision,
            state: state(&row.state),
            valid_from: day(&row.valid_from)?,
            valid_until: row.valid_until.as_deref().map(day).transpose()?,
            name: row.name,
            by: row.by_actor,
            at: Timestamp::from(row.at),
        })
    });
    listed.collect()
}

/// Published versions of an area that hold on a day or later.
pub(crate) async fn published_of(
    conn: &mut Conn,
    area: &str,
    today: NaiveDate,
) -> anyhow::Result<Vec<(Programme, Version)>> {
    let rows: Vec<PublishedRow> = sql(PUBLISHED).bind(area).bind(today.to_string()).fetch_all(conn).await?;
    let pairs = rows.into_iter().map(|row| {
        let id = row.version.programme;
        let programme = ProgrammeRow { id, key: row.key, area: row.area, origin: row.origin };
        Ok((Programme::from(programme), version(row.version)?))
    });
    pairs.collect()
}
