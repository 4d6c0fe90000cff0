//! The steps of a version: reviewed, published, taken back. Each is of its own, so that nothing goes out by one click.

use axum::extract::State as Shared;
use http::{Actor, App, Duty, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::deed;
use super::programmes::{owned, view};
use super::views::{ProgrammeView, example};
use crate::act::{self, LOCK, digest};
use crate::model::{self, Programme};
use crate::{db, publish};

/// A step on the newest version (版の操作).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryStep)]
pub(super) struct Step {
    /// Made by the client; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    /// The revision that was on the screen.
    revision: i64,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Review,
    Publish,
    Withdraw,
}

/// Draft → reviewed: the cases pass, and somebody has read it.
#[utoipa::path(post, path = "/api/registry/programmes/{id}/review", operation_id = "registryReview", tag = "registry",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e21")),
    request_body(content = Step, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e28", "revision": 1 })),
    responses((status = 200, description = "The programme", body = ProgrammeView, example = json!(example())),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`edited-meanwhile`, `no-such-step`, `rule-faults`, `cases-fail`, `no-case`, `command-used`")))]
pub(super) async fn review(
    app: Shared<App>,
    actor: Actor,
    id: Path<Uuid>,
    step: Json<Step>,
) -> Result<Json<ProgrammeView>, Problem> {
    take(app, actor, id, step, Kind::Review).await
}

/// Reviewed → published: it holds from its day on, and everybody sees it.
#[utoipa::path(post, path = "/api/registry/programmes/{id}/publish", operation_id = "registryPublish", tag = "registry",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e21")),
    request_body(content = Step, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e29", "revision": 2 })),
    responses((status = 200, description = "The programme", body = ProgrammeView, example = json!(example())),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`edited-meanwhile`, `no-such-step`, `programme-cycle`, `command-used`")))]
pub(super) async fn publish(
    app: Shared<App>,
    actor: Actor,
    id: Path<Uuid>,
    step: Json<Step>,
) -> Result<Json<ProgrammeView>, Problem> {
    take(app, actor, id, step, Kind::Publish).await
}

/// Takes back the newest version that was not yet: a draft first, then what is published under it, which leaves the documents at
/// once.
#[utoipa::path(post, path = "/api/registry/programmes/{id}/withdraw", operation_id = "registryWithdraw", tag = "registry",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e21")),
    request_body(content = Step, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e30", "revision": 3 })),
    responses((status = 200, description = "The programme", body = ProgrammeView, example = json!(example())),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`edited-meanwhile`, `no-such-step`, `command-used`")))]
pub(super) async fn withdraw(
    app: Shared<App>,
    actor: Actor,
    id: Path<Uuid>,
    step: Json<Step>,
) -> Result<Json<ProgrammeView>, Problem> {
    take(app, actor, id, step, Kind::Withdraw).await
}

async fn take(
    Shared(app): Shared<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(step): Json<Step>,
    kind: Kind,
) -> Result<Json<ProgrammeView>, Problem> {
    actor.require_anywhere(Duty::Programmes)?;
    let programme = app.store.retry(async || take_once(&app, &actor, id, &step, kind).await).await?;
    let mut conn = app.store.read().await?;
    view(&app, &actor, &mut conn, programme).await.map(Json)
}

async fn take_once(app: &App, actor: &Actor, id: Uuid, step: &Step, kind: Kind) -> anyhow::Result<Programme> {
    let (by, digest) = (actor.label(), digest(&(id, step, kind)));
    let deed = deed(app, step.command, &by, &digest);
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let programme = owned(&mut tx, actor, id).await?;
    if act::made_before(&mut tx, deed).await?.is_some() {
        return Ok(programme);
    }
    let held = db::newest_version(&mut tx, programme.id).await?.ok_or_else(Problem::not_found)?;
    act::seen(&held, step.revision).map_err(Problem::from)?;
    match kind {
        Kind::Review => {
            let reviewed = model::review(&held).map_err(Problem::from)?;
            act::keep_step(&mut tx, deed, &programme, reviewed, "registry.reviewed").await?;
        }
        Kind::Publish => {
            act::publish(&mut tx, deed, &programme, &held).await?;
        }
        Kind::Withdraw => {
            let versions = db::versions_of(&mut tx, programme.id).await?;
            let stands = model::standing(&versions).unwrap_or(&held);
            let withdrawn = model::withdraw(stands).map_err(Problem::from)?;
            act::keep_step(&mut tx, deed, &programme, withdrawn, "registry.withdrawn").await?;
        }
    }
    db::add_step(&mut tx, deed.command, deed.by, deed.digest, programme.id.uuid(), deed.now).await?;
    if !matches!(kind, Kind::Review) {
        publish::refresh(&mut tx, std::slice::from_ref(&programme.area), deed.now).await?;
    }
    tx.commit().await?;
    Ok(programme)
}
