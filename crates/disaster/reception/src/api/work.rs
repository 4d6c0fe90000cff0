//! Work on the list of those left behind, by several people at once: whoever was slower is told, and nothing is overwritten.

use axum::extract::State as Shared;
use http::{Actor, App, Json, Problem};
use kernel::{AreaCode, Mode};
use serde::Deserialize;
use store::Tx;
use store::journal::{self, Body, NewEntry};
use utoipa::ToSchema;
use uuid::Uuid;

use super::left_behind::{WorkView, work_view};
use super::refusal::{no_disaster, stale_revision};
use super::sight::{Sight, sight};
use crate::db;
use crate::db::work::WorkRow;
use crate::event::Subject;
use crate::left_behind::{Found, Step};
use crate::live::Live;
use crate::sealing;

/// Longest words, in characters.
const MOST_WORDS: usize = 500;

/// A step of somebody who looks for somebody (安否確認の作業).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReceptionTakeStep)]
pub(super) struct TakeStep {
    /// Made by the client; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    #[schema(value_type = String, format = Uuid)]
    disaster: Uuid,
    municipality: String,
    /// `about` of the list.
    about: String,
    /// The revision that was seen; 0 when nobody had taken it on.
    revision: i64,
    step: Step,
    /// Whom it is assigned to: an account.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    to: Option<Uuid>,
    /// For `result`.
    #[serde(default)]
    result: Option<Found>,
    /// Kept sealed.
    #[serde(default)]
    words: Option<String>,
}

/// Claims, assigns or releases one of the list, or says what came of it. 409 when somebody else was quicker.
#[utoipa::path(
    post, path = "/api/reception/left-behind/work", operation_id = "receptionWork", tag = "reception",
    request_body(content = TakeStep, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e51", "disaster": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21",
        "municipality": "02203", "about": "listed:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e34", "revision": 0, "step": "claim"
    })),
    responses(
        (status = 200, description = "As it stands", body = WorkView, example = json!({
            "revision": 1, "holder": "staff:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "mine": true, "result": null,
            "words": null, "changed_by": "staff:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10",
            "changed_at": "2025-12-08T23:40:00+09:00"
        })),
        (status = 403, description = "`names-closed`: say why first"), (status = 404, description = "`not-found`"),
        (status = 409, description = "`stale-revision`"), (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn take_step(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(asked): Json<TakeStep>,
) -> Result<Json<WorkView>, Problem> {
    let scope = Live::of(&app)?.scope(asked.disaster);
    let mode = scope.map_or(Mode::Live, |scope| scope.mode);
    if sight(&app, &actor, &asked.municipality, mode).await? == Sight::Figures {
        return Err(names_closed());
    }
    if asked.words.as_ref().is_some_and(|words| words.chars().count() > MOST_WORDS) {
        return Err(Problem::invalid("words", "500文字以内で書いてください。", "At most 500 characters."));
    }
    let scope = scope.ok_or_else(no_disaster)?;
    let row = app.store.retry(async || step_once(&app, &actor, &asked, scope.mode).await).await?;
    Ok(Json(work_view(&app, &actor, &row)?))
}

async fn step_once(app: &App, actor: &Actor, asked: &TakeStep, mode: Mode) -> anyhow::Result<WorkRow> {
    let mut tx = app.store.write().await?;
    if !exists(&mut tx, asked).await? {
        return Err(Problem::not_found().with_field("about").into());
    }
    let held = db::work::find(&mut tx, asked.disaster, &asked.about).await?;
    if let Some(held) = held.as_ref().filter(|held| held.command == asked.command) {
        return Ok(held.clone());
    }
    let seen = held.as_ref().map_or(0, |held| held.revision);
    if seen != asked.revision {
        return Err(stale_revision().into());
    }
    let next = next(app, actor, asked, held.as_ref())?;
    if !db::work::keep(&mut tx, &next).await? {
        return Err(stale_revision().into());
    }
    let now = app.clock.now();
    let entry = NewEntry {
        id: kernel::Id::from_uuid(asked.command),
        kind: "reception.left_behind_worked",
        subject: asked.about.clone(),
        area: Some(AreaCode::municipality(&asked.municipality)),
        mode,
        actor: actor.label(),
        device: None,
        occurred_at: now,
        body: Body::Open(serde_json::json!({
            "disaster": asked.disaster, "step": asked.step, "holder": next.holder, "result": next.result,
        })),
    };
    journal::record(&mut tx, entry, now).await?;
    tx.commit().await?;
    Ok(next)
}

/// Whether the work is about somebody of the municipality's list, or could be about a registered family.
async fn exists(tx: &mut Tx, asked: &TakeStep) -> anyhow::Result<bool> {
    if let Some(id) = asked.about.strip_prefix("listed:") {
        let Ok(id) = id.parse::<Uuid>() else { return Ok(false) };
        let row = db::listed::find(tx, id).await?;
        return Ok(row.is_some_and(|row| row.municipality == asked.municipality));
    }
    let subject = asked.about.strip_prefix("household:").and_then(|text| text.parse::<Subject>().ok());
    let Some(subject) = subject else { return Ok(false) };
    households::disclosure::lives_in(tx, subject.0, &asked.municipality).await
}

/// The row after the step.
fn next(app: &App, actor: &Actor, asked: &TakeStep, held: Option<&WorkRow>) -> anyhow::Result<WorkRow> {
    let missing = |field: &'static str| {
        Problem::invalid(field, "この操作にはこの項目が必要です。", "This step needs this field.")
    };
    let id = held.map_or_else(|| app.ids.uuid(), |held| held.id);
    let holder = match asked.step {
        Step::Claim => Some(actor.label()),
        Step::Assign => Some(format!("staff:{}", asked.to.ok_or_else(|| missing("to"))?)),
        Step::Release => None,
        Step::Result => held.and_then(|held| held.holder.clone()).or_else(|| Some(actor.label())),
    };
    let before = held.and_then(|held| held.result.clone());
    let result = match asked.step {
        Step::Result => Some(asked.result.ok_or_else(|| missing("result"))?.as_str().to_owned()),
        _ => before,
    };
    let words = match asked.words.as_deref().map(str::trim).filter(|words| !words.is_empty()) {
        Some(words) => Some(sealing::seal_words(app, id, words)?),
        None => held.and_then(|held| held.words.clone()),
    };
    Ok(WorkRow {
        disaster: asked.disaster,
        about: asked.about.clone(),
        municipality: asked.municipality.clone(),
        holder,
        result,
        revision: asked.revision + 1,
        changed_by: actor.label(),
        changed_at: app.clock.now().into(),
        command: asked.command,
        id,
        words,
    })
}

fn names_closed() -> Problem {
    Problem::new(
        axum::http::StatusCode::FORBIDDEN,
        "names-closed",
        "県の権限では人数だけを見られます。氏名を扱うには、理由を記録して緊急閲覧を始めてください。",
        "The prefecture's duty shows figures. To work with names, record a reason and break the glass.",
    )
}
