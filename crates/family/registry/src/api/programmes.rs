//! The office's programmes: list, look, make, edit, try.

use axum::extract::State as Shared;
use chrono::NaiveDate;
use http::{Actor, App, Duty, Json, Path, Problem, Query};
use kernel::Id;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::views::{Line, ProgrammeView, example, example_content};
use super::{area_of, deed, require};
use crate::act::{self, Draft, LOCK, digest};
use crate::db;
use crate::model::{
    CaseResult, Content, Fault, NATION, PREFECTURE, Programme, Refused, check_area, check_key, try_content,
};

/// Whose programmes (一覧の条件).
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// `00` the nation, `02` the prefecture, or a JIS code; the caller's own if left out.
    #[param(example = "02203")]
    area: Option<String>,
}

/// A programme to be made (支援制度の登録).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryCreate)]
pub(super) struct CreateProgramme {
    /// Made by the client; sending it again changes nothing. It becomes the programme's id.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    area: String,
    /// The same as of the nation's programme that this one takes the place of, or one of its own.
    key: String,
    valid_from: NaiveDate,
    #[serde(default)]
    valid_until: Option<NaiveDate>,
    /// Left out with `copy_of`.
    #[serde(default)]
    content: Option<Content>,
    /// A programme whose newest content is taken over (another municipality's, or the nation's).
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    copy_of: Option<Uuid>,
}

/// An edit (支援制度の編集).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryDraft)]
pub(super) struct EditProgramme {
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    /// The revision that was on the screen; another one in between refuses this edit.
    revision: i64,
    valid_from: NaiveDate,
    #[serde(default)]
    valid_until: Option<NaiveDate>,
    content: Content,
}

/// What a content would do (試し).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RegistryTried)]
pub(super) struct Tried {
    faults: Vec<Fault>,
    cases: Vec<CaseResult>,
}

/// Programmes of an area with their newest versions.
#[utoipa::path(get, path = "/api/registry/programmes", operation_id = "registryProgrammes", tag = "registry",
    params(ListQuery),
    responses((status = 200, description = "The list", body = Vec<Line>, example = json!([])),
        (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("own-area"))))]
pub(super) async fn list(
    Shared(app): Shared<App>,
    actor: Actor,
    query: Result<Query<ListQuery>, Problem>,
) -> Result<Json<Vec<Line>>, Problem> {
    actor.require_anywhere(Duty::Programmes)?;
    let Query(query) = query?;
    let area = area_of(&actor, query.area)?;
    may_look(&actor, &area)?;
    let mut conn = app.store.read().await?;
    let listed = db::listed(&mut conn, &area).await?;
    let (today, mine) = (app.clock.now().jst().date_naive(), require(&actor, &area).is_ok());
    Ok(Json(listed.into_iter().map(|one| Line::of(one, today, mine)).collect()))
}

/// The nation's and the prefecture's are templates that every office may read; another municipality's may be copied.
fn may_look(actor: &Actor, area: &str) -> Result<(), Problem> {
    if area == NATION || area == PREFECTURE { Ok(()) } else { require(actor, area).map_err(|_| Problem::not_found()) }
}

/// One programme with its versions, their faults and what came of their cases.
#[utoipa::path(get, path = "/api/registry/programmes/{id}", operation_id = "registryProgramme", tag = "registry",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e21")),
    responses((status = 200, description = "The programme", body = ProgrammeView, example = json!(example())),
        (status = 404, description = "`not-found`")),
    extensions(("x-who" = json!("own-area"))))]
pub(super) async fn show(
    Shared(app): Shared<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<ProgrammeView>, Problem> {
    actor.require_anywhere(Duty::Programmes)?;
    let mut conn = app.store.read().await?;
    let programme = db::find_programme(&mut conn, Id::from_uuid(id)).await?.ok_or_else(Problem::not_found)?;
    may_look(&actor, &programme.area)?;
    view(&app, &actor, &mut conn, programme).await.map(Json)
}

pub(super) async fn view(
    app: &App,
    actor: &Actor,
    conn: &mut store::Conn,
    programme: Programme,
) -> Result<ProgrammeView, Problem> {
    let versions = db::versions_of(conn, programme.id).await?;
    let mine = require(actor, &programme.area).is_ok();
    Ok(ProgrammeView::of(programme, versions, app.clock.now().jst().date_naive(), mine))
}

/// Makes a programme, or takes one over from elsewhere. It is a draft until it was reviewed and published.
#[utoipa::path(post, path = "/api/registry/programmes", operation_id = "registryCreate", tag = "registry",
    request_body(content = CreateProgramme, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e21", "area": "02203", "key": "book_start", "valid_from": "2026-12-01",
        "content": example_content()
    })),
    responses((status = 200, description = "The programme", body = ProgrammeView, example = json!(example())),
        (status = 409, description = "`key-taken`, `command-used`"), (status = 422, description = "`invalid`")))]
pub(super) async fn create(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(wanted): Json<CreateProgramme>,
) -> Result<Json<ProgrammeView>, Problem> {
    actor.require_anywhere(Duty::Programmes)?;
    check_area(&wanted.area)?;
    require(&actor, &wanted.area)?;
    check_key(&wanted.key)?;
    let made = app.store.retry(async || create_once(&app, &actor, &wanted).await).await?;
    let mut conn = app.store.read().await?;
    view(&app, &actor, &mut conn, made).await.map(Json)
}

async fn create_once(app: &App, actor: &Actor, wanted: &CreateProgramme) -> anyhow::Result<Programme> {
    let (by, digest) = (actor.label(), digest(wanted));
    let deed = deed(app, wanted.command, &by, &digest);
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    if let Some(made) = act::made_before(&mut tx, deed).await? {
        return Ok(db::find_programme(&mut tx, Id::from_uuid(made)).await?.ok_or_else(Problem::not_found)?);
    }
    if db::programme_of(&mut tx, &wanted.area, &wanted.key).await?.is_some() {
        return Err(Problem::from(Refused::KeyTaken).into());
    }
    let content = content_of(&mut tx, actor, wanted).await?;
    let origin = wanted.copy_of.map_or_else(|| "office".to_owned(), |from| format!("copy:{from}"));
    let programme =
        Programme { id: Id::from_uuid(wanted.command), key: wanted.key.clone(), area: wanted.area.clone(), origin };
    db::add_programme(&mut tx, &programme).await?;
    let draft = Draft { content: &content, valid_from: wanted.valid_from, valid_until: wanted.valid_until };
    act::save_draft(&mut tx, deed, &programme, draft, app.ids.next()).await?;
    db::add_step(&mut tx, deed.command, deed.by, deed.digest, programme.id.uuid(), deed.now).await?;
    tx.commit().await?;
    Ok(programme)
}

async fn content_of(tx: &mut store::Tx, actor: &Actor, wanted: &CreateProgramme) -> anyhow::Result<Content> {
    let missing = || {
        let (ja, en) = ("内容か、写す元の制度を指定してください。", "Give a content, or a programme to copy.");
        Problem::invalid("content", ja, en)
    };
    let Some(from) = wanted.copy_of else { return Ok(wanted.content.clone().ok_or_else(missing)?) };
    let programme = db::find_programme(tx, Id::from_uuid(from)).await?.ok_or_else(Problem::not_found)?;
    let versions = db::versions_of(tx, programme.id).await?;
    // Of another office only what is published.
    let own = may_look(actor, &programme.area).is_ok();
    let shown = versions.into_iter().find(|version| own || version.state == crate::model::State::Published);
    Ok(shown.ok_or_else(Problem::not_found)?.content)
}

/// Saves an edit as a draft. A version that was published stays as it is until the draft is published.
#[utoipa::path(post, path = "/api/registry/programmes/{id}/draft", operation_id = "registryDraft", tag = "registry",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e21")),
    request_body(content = EditProgramme, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e27", "revision": 1, "valid_from": "2026-12-01",
        "content": example_content()
    })),
    responses((status = 200, description = "The programme", body = ProgrammeView, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 409, description = "`edited-meanwhile`, `command-used`"),
        (status = 422, description = "`invalid`")))]
pub(super) async fn draft(
    Shared(app): Shared<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(wanted): Json<EditProgramme>,
) -> Result<Json<ProgrammeView>, Problem> {
    actor.require_anywhere(Duty::Programmes)?;
    let programme = app.store.retry(async || draft_once(&app, &actor, id, &wanted).await).await?;
    let mut conn = app.store.read().await?;
    view(&app, &actor, &mut conn, programme).await.map(Json)
}

async fn draft_once(app: &App, actor: &Actor, id: Uuid, wanted: &EditProgramme) -> anyhow::Result<Programme> {
    let (by, digest) = (actor.label(), digest(&(id, wanted)));
    let deed = deed(app, wanted.command, &by, &digest);
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let programme = owned(&mut tx, actor, id).await?;
    if act::made_before(&mut tx, deed).await?.is_some() {
        return Ok(programme);
    }
    if let Some(newest) = db::newest_version(&mut tx, programme.id).await? {
        act::seen(&newest, wanted.revision).map_err(Problem::from)?;
    }
    let draft = Draft { content: &wanted.content, valid_from: wanted.valid_from, valid_until: wanted.valid_until };
    act::save_draft(&mut tx, deed, &programme, draft, app.ids.next()).await?;
    db::add_step(&mut tx, deed.command, deed.by, deed.digest, programme.id.uuid(), deed.now).await?;
    tx.commit().await?;
    Ok(programme)
}

/// A programme that the caller may change; to others it is not there.
pub(super) async fn owned(tx: &mut store::Tx, actor: &Actor, id: Uuid) -> anyhow::Result<Programme> {
    let found = db::find_programme(tx, Id::from_uuid(id)).await?;
    Ok(found.filter(|programme| require(actor, &programme.area).is_ok()).ok_or_else(Problem::not_found)?)
}

/// Checks a content and, where it has no fault, runs its cases; nothing is written. This is what the form shows while it is being filled in.
#[utoipa::path(post, path = "/api/registry/try", operation_id = "registryTry", tag = "registry",
    request_body(content = Content, example = json!(example_content())),
    responses((status = 200, description = "Faults and cases", body = Tried, example = json!({ "faults": [], "cases": [] }))),
    extensions(("x-who" = json!("own-area"))))]
pub(super) async fn attempt(actor: Actor, Json(content): Json<Content>) -> Result<Json<Tried>, Problem> {
    actor.require_anywhere(Duty::Programmes)?;
    let (faults, cases) = try_content(&content);
    Ok(Json(Tried { faults, cases }))
}
