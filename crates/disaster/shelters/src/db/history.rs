//! Imported histories of past disasters.

use kernel::{Id, Text, Timestamp};
use sqlx::types::Json;
use store::{Conn, sql};
use uuid::Uuid;

use crate::model::Disaster;
use crate::model::history::{CurvePoint, History, Track};

const INSERT: &str = "INSERT INTO shelters_history (disaster, digest, points, notes, imported_by, imported_at)
    VALUES ($1, $2, $3, $4, $5, $6)";
const BY_DIGEST: &str = "SELECT disaster FROM shelters_history WHERE digest = $1";
const FIND: &str = "SELECT points, notes FROM shelters_history WHERE disaster = $1";
const PUT_TRACK: &str = "INSERT INTO shelters_track (disaster, key, facility, body) VALUES ($1, $2, $3, $4)";
const TRACKS: &str = "SELECT body FROM shelters_track WHERE disaster = $1 ORDER BY key LIMIT 5000";

pub(super) const SQL: &[&str] = &[INSERT, BY_DIGEST, FIND, PUT_TRACK, TRACKS];

pub(crate) async fn insert_history(
    conn: &mut Conn,
    disaster: Id<Disaster>,
    digest: &str,
    history: &History,
    by: &str,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(INSERT)
        .bind(disaster)
        .bind(digest)
        .bind(serde_json::to_value(&history.points)?)
        .bind(serde_json::to_value(&history.notes)?)
        .bind(by)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn put_track(conn: &mut Conn, disaster: Id<Disaster>, track: &Track) -> anyhow::Result<()> {
    sql(PUT_TRACK)
        .bind(disaster)
        .bind(&track.key)
        .bind(track.facility)
        .bind(serde_json::to_value(track)?)
        .execute(conn)
        .await?;
    Ok(())
}

type Head = (Json<Vec<CurvePoint>>, Json<Vec<Text>>);

/// The disaster that was made from the same rows before.
pub(crate) async fn find_history(conn: &mut Conn, digest: &str) -> anyhow::Result<Option<Id<Disaster>>> {
    let row: Option<(Uuid,)> = sql(BY_DIGEST).bind(digest).fetch_optional(conn).await?;
    Ok(row.map(|(id,)| Id::from_uuid(id)))
}

pub(crate) async fn history_of(conn: &mut Conn, disaster: Id<Disaster>) -> anyhow::Result<Option<History>> {
    let head: Option<Head> = sql(FIND).bind(disaster).fetch_optional(conn).await?;
    let Some((Json(points), Json(notes))) = head else { return Ok(None) };
    let tracks: Vec<(Json<Track>,)> = sql(TRACKS).bind(disaster).fetch_all(conn).await?;
    Ok(Some(History { tracks: tracks.into_iter().map(|(Json(track),)| track).collect(), points, notes }))
}
