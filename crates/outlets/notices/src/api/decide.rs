//! Steps of a notice: hand in, release by a second person, refuse, stop, correct, cancel.
//!
//! Every command carries an id made by the client and may be sent again.

use std::collections::BTreeMap;

use axum::extract::State;
use http::{Actor, App, Duty, Json, Path, Problem};
use kernel::{Id, Text, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::types::Json as Column;
use store::Tx;
use utoipa::ToSchema;
use uuid::Uuid;

use super::views::{View, example, may_see, require_all, view};
use crate::jobs::{CHANNEL, audience, queue_relays, refresh_index};
use crate::model::notice::{self, Notice, Restated, State as Standing};
use crate::model::words::{CANCELLATION, CORRECTION, fill};
use crate::{db, publish, record};

/// A step without further words.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NoticeStep)]
pub(super) struct Plain {
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
}

/// A release (承認・発信), restating what is released.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NoticeRelease)]
pub(super) struct Release {
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    restated: Restated,
}

/// A correction (訂正): what is right.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NoticeCorrection)]
pub(super) struct Correction {
    /// Also the id of the new notice.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    message: Text,
}

/// What a step makes of a notice.
struct Outcome {
    notice: Notice,
    next: Option<Notice>,
    body: Value,
}

struct Step {
    id: Uuid,
    command: Uuid,
    kind: &'static str,
}

/// Hands a draft in for release.
#[utoipa::path(
    post, path = "/api/notices/{id}/submit", operation_id = "noticesSubmit", tag = "notices",
    params(("id" = String, Path, description = "The notice", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60")),
    request_body(content = Plain, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e62" })),
    responses(
        (status = 200, description = "The notice, waiting", body = View, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 409, description = "`not-a-draft`, `writer-only`"),
    ),
)]
pub(super) async fn submit(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(wanted): Json<Plain>,
) -> Result<Json<View>, Problem> {
    actor.require_anywhere(Duty::Notices)?;
    let devices = reached(&app, id).await?;
    let step = Step { id, command: wanted.command, kind: "notices.submitted" };
    act(&app, &actor, step, |held, now| {
        let notice = notice::submit(held, &actor.label(), now)?;
        Ok(Outcome { notice, next: None, body: json!({ "devices": devices }) })
    })
    .await
}

/// Releases a notice. The caller must be another person than the writer and restate mode, municipalities and devices.
#[utoipa::path(
    post, path = "/api/notices/{id}/release", operation_id = "noticesRelease", tag = "notices",
    params(("id" = String, Path, description = "The notice", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60")),
    request_body(content = Release, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e63",
        "restated": { "mode": "drill", "municipalities": ["02203"], "devices": 12480 }
    })),
    responses(
        (status = 200, description = "The notice, released", body = View, example = json!(example())),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`second-person-needed`, `restatement-differs`, `notice-lapsed`, `not-waiting`"),
    ),
)]
pub(super) async fn release(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(wanted): Json<Release>,
) -> Result<Json<View>, Problem> {
    actor.require_anywhere(Duty::Notices)?;
    let devices = reached(&app, id).await?;
    let step = Step { id, command: wanted.command, kind: "notices.released" };
    act(&app, &actor, step, |held, now| {
        let notice = notice::release(held, &actor.label(), &wanted.restated, devices, now)?;
        Ok(Outcome { notice, next: None, body: json!({ "devices": devices }) })
    })
    .await
}

/// Refuses a notice; the writer may take it back.
#[utoipa::path(
    post, path = "/api/notices/{id}/reject", operation_id = "noticesReject", tag = "notices",
    params(("id" = String, Path, description = "The notice", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60")),
    request_body(content = Plain, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e64" })),
    responses(
        (status = 200, description = "The notice, refused", body = View, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 409, description = "`not-waiting`"),
    ),
)]
pub(super) async fn reject(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(wanted): Json<Plain>,
) -> Result<Json<View>, Problem> {
    let step = Step { id, command: wanted.command, kind: "notices.rejected" };
    act(&app, &actor, step, |held, now| {
        Ok(Outcome { notice: notice::reject(held, &actor.label(), now)?, next: None, body: json!({}) })
    })
    .await
}

/// Stops the sending: what no worker has taken up yet is not sent. One person is enough.
#[utoipa::path(
    post, path = "/api/notices/{id}/stop", operation_id = "noticesStop", tag = "notices",
    params(("id" = String, Path, description = "The notice", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60")),
    request_body(content = Plain, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e65" })),
    responses(
        (status = 200, description = "The notice, stopped", body = View, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 409, description = "`not-sending`"),
    ),
)]
pub(super) async fn stop(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(wanted): Json<Plain>,
) -> Result<Json<View>, Problem> {
    let step = Step { id, command: wanted.command, kind: "notices.stopped" };
    act(&app, &actor, step, |held, now| Ok(Outcome { notice: notice::stop(held, now)?, next: None, body: json!({}) }))
        .await
}

/// Corrects a notice that went out: everybody who got it gets the correction. One person is enough.
#[utoipa::path(
    post, path = "/api/notices/{id}/correct", operation_id = "noticesCorrect", tag = "notices",
    params(("id" = String, Path, description = "The notice", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60")),
    request_body(content = Correction, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e66",
        "message": { "ja": "断水は根城地区です。", "easy": "水が 出ないのは 根城（ねじょう）です。", "en": "The water is cut in Nejo." }
    })),
    responses(
        (status = 200, description = "The notice, corrected", body = View, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 409, description = "`not-out`, `notice-over`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn correct(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(wanted): Json<Correction>,
) -> Result<Json<View>, Problem> {
    let step = Step { id, command: wanted.command, kind: "notices.corrected" };
    act(&app, &actor, step, |held, now| {
        let values = BTreeMap::from([
            ("headline".to_owned(), held.said.headline()),
            ("message".to_owned(), wanted.message.clone()),
        ]);
        follow(held, &actor, wanted.command, (Standing::Corrected, CORRECTION), &values, now)
    })
    .await
}

/// Cancels a notice that went out: everybody who got it is told. One person is enough, and no word has to be written.
#[utoipa::path(
    post, path = "/api/notices/{id}/cancel", operation_id = "noticesCancel", tag = "notices",
    params(("id" = String, Path, description = "The notice", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60")),
    request_body(content = Plain, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e67" })),
    responses(
        (status = 200, description = "The notice, cancelled", body = View, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 409, description = "`not-out`"),
    ),
)]
pub(super) async fn cancel(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(wanted): Json<Plain>,
) -> Result<Json<View>, Problem> {
    let step = Step { id, command: wanted.command, kind: "notices.cancelled" };
    act(&app, &actor, step, |held, now| {
        let values = BTreeMap::from([("headline".to_owned(), held.said.headline())]);
        follow(held, &actor, wanted.command, (Standing::Cancelled, CANCELLATION), &values, now)
    })
    .await
}

fn follow(
    held: &Notice,
    actor: &Actor,
    id: Uuid,
    (after, template): (Standing, &str),
    values: &BTreeMap<String, Text>,
    now: Timestamp,
) -> Result<Outcome, Problem> {
    let words = fill(template, values)?;
    let (notice, next) = notice::follow(held, Id::from_uuid(id), words, after, &actor.label(), now)?;
    Ok(Outcome { notice, next: Some(Notice { template: template.to_owned(), ..next }), body: json!({ "by": id }) })
}

/// How many a waiting notice reaches now.
async fn reached(app: &App, id: Uuid) -> Result<i64, Problem> {
    let mut conn = app.store.read().await?;
    let Some(notice) = db::notice(&mut conn, Id::from_uuid(id)).await? else { return Ok(0) };
    drop(conn);
    refresh_index(app).await?;
    Ok(audience(app, &notice)?.len() as i64)
}

/// The shape of every step.
async fn act(
    app: &App,
    actor: &Actor,
    step: Step,
    decide: impl Fn(&Notice, Timestamp) -> Result<Outcome, Problem>,
) -> Result<Json<View>, Problem> {
    actor.require_anywhere(Duty::Notices)?;
    let notice = app.store.retry(async || act_once(app, actor, &step, &decide).await).await?;
    Ok(Json(view(&notice, actor)))
}

async fn act_once(
    app: &App,
    actor: &Actor,
    step: &Step,
    decide: &impl Fn(&Notice, Timestamp) -> Result<Outcome, Problem>,
) -> anyhow::Result<Notice> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let held = db::notice_for_update(&mut tx, Id::from_uuid(step.id)).await?;
    let (Column(held), matched, _) = held.filter(|(held, ..)| may_see(actor, held)).ok_or_else(Problem::not_found)?;
    require_all(actor, &held.municipalities)?;
    if let Some((of, kind, who)) = db::find_step(&mut tx, step.command).await? {
        if of == step.id && kind == step.kind && who == actor.label() {
            return Ok(held);
        }
        return Err(Problem::command_used().into());
    }
    let outcome = decide(&held, now)?;
    keep(app, &mut tx, actor, step, &outcome, matched, now).await?;
    tx.commit().await?;
    Ok(outcome.notice)
}

async fn keep(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    step: &Step,
    outcome: &Outcome,
    matched: bool,
    now: Timestamp,
) -> anyhow::Result<()> {
    let Outcome { notice, next, body } = outcome;
    // From waiting to released its people have yet to be found.
    db::put_notice(tx, notice, matched && notice.state != Standing::Released).await?;
    let mut body = body.clone();
    if matches!(notice.state, Standing::Stopped | Standing::Corrected | Standing::Cancelled) {
        body["stopped"] = json!(db::stop_deliveries(tx, notice.id, now).await?);
    }
    if let Some(next) = next {
        db::insert_notice(tx, next).await?;
    }
    // A correction goes where the first went; a release, everywhere.
    if let Some(out) = next.as_ref().or(Some(notice)).filter(|out| out.state == Standing::Released) {
        queue_relays(app, tx, out, now).await?;
    }
    db::insert_step(tx, step.command, notice.id, step.kind, &actor.label(), now).await?;
    record::notice(tx, step.kind, notice, &actor.label(), step.command, body, now).await?;
    publish::refresh(tx, notice.mode(), now).await?;
    tx.wake_on_commit(CHANNEL);
    Ok(())
}
