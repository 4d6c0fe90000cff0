//! Notices, their wordings, and the commands of staff.

use kernel::{Id, Timestamp};
use sqlx::types::Json;
use store::{Conn, rows, sql};
use uuid::Uuid;

use crate::model::Variant;
use crate::model::notice::{Audience, Notice, State};
use crate::model::subscription::Kind;

const INSERT: &str = "INSERT INTO notices_notice (id, mode, kind, state, urgency, made_at, matched, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const UPDATE: &str = "UPDATE notices_notice SET state = $2, matched = $3, body = $4 WHERE id = $1";
const FIND: &str = "SELECT body, matched, reached FROM notices_notice WHERE id = $1";
const LISTED: &str = "SELECT body FROM notices_notice WHERE kind <> 'test' ORDER BY made_at DESC, id DESC LIMIT $1";
const RECENT: &str = "SELECT body FROM notices_notice WHERE mode = $1 AND kind <> 'test' AND made_at > $2
    AND state IN ('released', 'sending', 'sent', 'stopped', 'corrected', 'cancelled') ORDER BY made_at DESC, id DESC LIMIT 100";
const UNMATCHED: &str =
    "SELECT body, matched, reached FROM notices_notice WHERE NOT matched ORDER BY urgency, id LIMIT 1";
const ADVANCE: &str = "UPDATE notices_notice SET reached = $2 WHERE id = $1";
const MATCHED: &str = "UPDATE notices_notice SET matched = TRUE WHERE id = $1";
const LAPSING: &str = "SELECT body FROM notices_notice WHERE state IN ('drafted', 'pending') LIMIT 500";
const SETTLED: &str = "SELECT n.body FROM notices_notice n WHERE n.state IN ('released', 'sending') AND n.matched
    AND NOT EXISTS (SELECT 1 FROM notices_delivery d WHERE d.notice = n.id AND d.state IN ('queued', 'sealed')) LIMIT 100";
const PUT_VARIANTS: &str = "INSERT INTO notices_variant (notice, number, key, body)";
const VARIANTS: &str = "SELECT number, key, body FROM notices_variant WHERE notice = $1 ORDER BY number";
const STEP: &str = "INSERT INTO notices_step (command, notice, kind, actor, at) VALUES ($1, $2, $3, $4, $5)";
const FIND_STEP: &str = "SELECT notice, kind, actor FROM notices_step WHERE command = $1";

pub(super) const SQL: &[&str] =
    &[INSERT, UPDATE, FIND, LISTED, RECENT, UNMATCHED, ADVANCE, MATCHED, LAPSING, SETTLED, VARIANTS, STEP, FIND_STEP];

type Body = (Json<Notice>,);
type Progress = (Json<Notice>, bool, Option<Uuid>);

pub(crate) async fn insert_notice(conn: &mut Conn, notice: &Notice) -> anyhow::Result<()> {
    sql(INSERT)
        .bind(notice.id)
        .bind(notice.mode())
        .bind(notice.kind.as_str())
        .bind(notice.state.as_str())
        .bind(urgency(notice))
        .bind(notice.made_at)
        .bind(needs_no_match(notice))
        .bind(serde_json::to_value(notice)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes a changed notice; `matched` says whether everybody meant has been looked at.
pub(crate) async fn put_notice(conn: &mut Conn, notice: &Notice, matched: bool) -> anyhow::Result<()> {
    let body = serde_json::to_value(notice)?;
    let matched = matched || needs_no_match(notice);
    sql(UPDATE).bind(notice.id).bind(notice.state.as_str()).bind(matched).bind(body).execute(conn).await?;
    Ok(())
}

pub(crate) async fn notice(conn: &mut Conn, id: Id<Notice>) -> anyhow::Result<Option<Notice>> {
    let row: Option<Progress> = sql(FIND).bind(id).fetch_optional(conn).await?;
    Ok(row.map(|(Json(notice), ..)| notice))
}

/// The notice with how far the matching is, while everybody else who asks for it waits.
pub(crate) async fn notice_for_update(conn: &mut Conn, id: Id<Notice>) -> anyhow::Result<Option<Progress>> {
    conn.lock(&format!("notices:{id}")).await?;
    Ok(sql(FIND).bind(id).fetch_optional(conn).await?)
}

pub(crate) async fn listed(conn: &mut Conn, limit: i64) -> anyhow::Result<Vec<Notice>> {
    let rows: Vec<Body> = sql(LISTED).bind(limit).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(Json(notice),)| notice).collect())
}

/// What went out since, newest first.
pub(crate) async fn recent(conn: &mut Conn, mode: kernel::Mode, since: Timestamp) -> anyhow::Result<Vec<Notice>> {
    let rows: Vec<Body> = sql(RECENT).bind(mode).bind(since).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(Json(notice),)| notice).collect())
}

/// The most urgent notice whose people are not all found yet, with how far it is.
pub(crate) async fn next_unmatched(conn: &mut Conn) -> anyhow::Result<Option<(Notice, Option<Uuid>)>> {
    let row: Option<Progress> = sql(UNMATCHED).fetch_optional(conn).await?;
    Ok(row.map(|(Json(notice), _, reached)| (notice, reached)))
}

pub(crate) async fn advance_match(conn: &mut Conn, id: Id<Notice>, reached: Uuid) -> anyhow::Result<()> {
    sql(ADVANCE).bind(id).bind(reached).execute(conn).await?;
    Ok(())
}

pub(crate) async fn end_match(conn: &mut Conn, id: Id<Notice>) -> anyhow::Result<()> {
    sql(MATCHED).bind(id).execute(conn).await?;
    Ok(())
}

pub(crate) async fn lapsing(conn: &mut Conn) -> anyhow::Result<Vec<Notice>> {
    let rows: Vec<Body> = sql(LAPSING).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(Json(notice),)| notice).collect())
}

/// Notices that are still called sending though every delivery has ended.
pub(crate) async fn settled(conn: &mut Conn) -> anyhow::Result<Vec<Notice>> {
    let rows: Vec<Body> = sql(SETTLED).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(Json(notice),)| notice).collect())
}

pub(crate) async fn put_variants(
    conn: &mut Conn,
    notice: Id<Notice>,
    new: &[(i64, String, Variant)],
) -> anyhow::Result<()> {
    let mut all = rows(PUT_VARIANTS, "ON CONFLICT DO NOTHING");
    for (number, key, variant) in new {
        all = all.row([notice.into(), (*number).into(), key.clone().into(), serde_json::to_value(variant)?.into()]);
    }
    all.execute(conn).await?;
    Ok(())
}

pub(crate) async fn variants(conn: &mut Conn, notice: Id<Notice>) -> anyhow::Result<Vec<(i64, String, Variant)>> {
    let rows: Vec<(i64, String, Json<Variant>)> = sql(VARIANTS).bind(notice).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(number, key, Json(variant))| (number, key, variant)).collect())
}

pub(crate) async fn insert_step(
    conn: &mut Conn,
    command: Uuid,
    notice: Id<Notice>,
    kind: &str,
    actor: &str,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(STEP).bind(command).bind(notice).bind(kind).bind(actor).bind(now).execute(conn).await?;
    Ok(())
}

/// What a command was used for before: notice, kind, actor.
pub(crate) async fn find_step(conn: &mut Conn, command: Uuid) -> anyhow::Result<Option<(Uuid, String, String)>> {
    Ok(sql(FIND_STEP).bind(command).fetch_optional(conn).await?)
}

/// In which order people are found: 0 lives depend on it, 1 one device waits for its test, 2 everything else. What rules made
/// keeps its own order, whatever its urgency: who is told what depends on what was told before.
fn urgency(notice: &Notice) -> i64 {
    match (&notice.audience, notice.urgent, notice.kind) {
        (Audience::Occasion(_), ..) | (_, true, _) => 0,
        (_, _, Kind::Test) => 1,
        _ => 2,
    }
}

/// Nobody is to be matched before the release, nor after a stop.
fn needs_no_match(notice: &Notice) -> bool {
    !matches!(notice.state, State::Released | State::Sending)
}
