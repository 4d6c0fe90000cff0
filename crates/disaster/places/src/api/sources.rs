//! The ledger of sources over HTTP: upload, preview, apply, undo, settings.

mod refusal;
pub(super) mod upload;
mod views;

use axum::extract::State;
use axum::response::Response;
use http::{Actor, App, Duty, Json, Page, PageQuery, Path, Problem, Query};
use kernel::{AreaCode, Id, areas};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::own;
use crate::model::{Chosen, Kind, Source, Status, Verdict};
use crate::{db, import};
use views::{ChangeRow, PlaceField, SourceView, example};

/// Which sources (絞り込み).
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SourceFilter {
    /// JIS5; the caller's own if left out.
    municipality: Option<String>,
    status: Option<Status>,
}

/// What is listed of a plan (差分の種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    Added,
    Changed,
    Gone,
    Quarantined,
    Corrected,
    /// Taken as they are, with a remark.
    Taken,
}

/// Which rows of a plan (差分の条件).
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ChangesQuery {
    /// Every change of places if left out.
    #[param(inline)]
    what: Option<What>,
}

/// Applying a source (取込の適用).
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct ApplySource {
    /// Made by the client; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    /// Take the proposed positions; without, those places have none.
    #[serde(default)]
    accept_repairs: bool,
}

/// A step on a source without further words (取込の操作).
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct SourceStep {
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
}

/// What a waiting source is, as a person says (取込の指定).
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct SourceSettings {
    /// Made by the client; may be left out, because the same settings again change nothing.
    #[schema(value_type = Option<String>, format = Uuid)]
    command: Option<Uuid>,
    #[serde(flatten)]
    chosen: Chosen,
}

/// The ledger of sources, newest first (取込台帳).
#[utoipa::path(get, path = "/api/places/sources", operation_id = "placesSources", tag = "places",
    params(SourceFilter, PageQuery),
    responses((status = 200, body = Page<SourceView>, example = json!({ "items": [example()], "next": null })),
        (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("own-area"))))]
pub(super) async fn list(
    State(app): State<App>,
    actor: Actor,
    Query(filter): Query<SourceFilter>,
    Query(ask): Query<PageQuery>,
) -> Result<Json<Page<SourceView>>, Problem> {
    let everywhere = actor.require(Duty::Places, &areas::PREFECTURE).is_ok();
    let municipality = match filter.municipality.as_deref() {
        None if everywhere => None,
        named => Some(own(&actor, named)?),
    };
    let before = ask.after()?.map(Id::from_uuid);
    let mut conn = app.store.read().await?;
    let rows = db::ledger(&mut conn, before, municipality.as_deref(), filter.status, ask.rows_to_read()).await?;
    let page = Page::from_rows(rows, &ask, |source| source.id);
    let mut views = Vec::with_capacity(page.items.len());
    for source in page.items {
        views.push(SourceView::of(&mut conn, source, false).await?);
    }
    Ok(Json(Page { items: views, next: page.next }))
}

/// One source with its numbers, columns and notes (取込の内容).
#[utoipa::path(get, path = "/api/places/sources/{id}", operation_id = "placesSource", tag = "places",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    responses((status = 200, body = SourceView, example = json!(example())), (status = 404, description = "`not-found`")),
    extensions(("x-who" = json!("own-area"))))]
pub(super) async fn show(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Source>>,
) -> Result<Json<SourceView>, Problem> {
    let source = seen(&app, &actor, id).await?;
    answer(&app, source).await
}

/// The original file, as it was handed in (原本).
#[utoipa::path(get, path = "/api/places/sources/{id}/original", operation_id = "placesSourceOriginal", tag = "places",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream", example = "名称,住所"),
        (status = 404, description = "`not-found`")),
    extensions(("x-who" = json!("own-area"))))]
pub(super) async fn original(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Source>>,
) -> Result<Response, Problem> {
    let source = seen(&app, &actor, id).await?;
    let bytes = import::original(&app, &source).await.map_err(Problem::internal)?;
    let ending = source.file.rsplit_once('.').map_or("bin", |(_, ending)| ending);
    let ending: String = ending.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    Ok(http::download("application/octet-stream", &format!("source-{id}.{ending}"), bytes))
}

/// What applying does, or did, row by row (差分).
#[utoipa::path(get, path = "/api/places/sources/{id}/changes", operation_id = "placesSourceChanges", tag = "places",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10"), ChangesQuery, PageQuery),
    responses((status = 200, body = Page<ChangeRow>, example = json!({ "items": [], "next": null })),
        (status = 404, description = "`not-found`")),
    extensions(("x-who" = json!("own-area"))))]
pub(super) async fn changes(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Source>>,
    Query(query): Query<ChangesQuery>,
    Query(ask): Query<PageQuery>,
) -> Result<Json<Page<ChangeRow>>, Problem> {
    seen(&app, &actor, id).await?;
    let after: i64 = ask.after()?.unwrap_or(0);
    let limit = ask.rows_to_read();
    let mut conn = app.store.read().await?;
    let rows = match query.what {
        Some(What::Quarantined) => views::notable(&mut conn, id, Some(Verdict::Quarantined), after, limit).await?,
        Some(What::Corrected) => views::notable(&mut conn, id, Some(Verdict::Corrected), after, limit).await?,
        Some(What::Taken) => views::notable(&mut conn, id, Some(Verdict::Taken), after, limit).await?,
        Some(What::Added) => views::planned(&mut conn, id, Some("added"), after, limit).await?,
        Some(What::Changed) => views::planned(&mut conn, id, Some("changed"), after, limit).await?,
        Some(What::Gone) => views::planned(&mut conn, id, Some("gone"), after, limit).await?,
        None => views::planned(&mut conn, id, None, after, limit).await?,
    };
    let page = Page::from_rows(rows, &ask, |(number, _)| *number);
    Ok(Json(page.map(|(_, row)| row)))
}

/// Applies a source as its preview showed it (取込の適用). When the register has changed since, it is planned again and the
/// answer is `plan-changed`: look at it once more.
#[utoipa::path(post, path = "/api/places/sources/{id}/apply", operation_id = "placesSourceApply", tag = "places",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    request_body(content = ApplySource, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e11", "accept_repairs": false })),
    responses((status = 200, body = SourceView, example = json!(example())), (status = 404, description = "`not-found`"),
        (status = 409, description = "`not-waiting`, `not-ready`, `plan-changed`, `command-used`")))]
pub(super) async fn apply(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Source>>,
    Json(wanted): Json<ApplySource>,
) -> Result<Json<SourceView>, Problem> {
    seen(&app, &actor, id).await?;
    let source = import::apply(&app, &actor, id, wanted.accept_repairs, wanted.command).await??;
    answer(&app, source).await
}

/// Takes an applied source back in one step (取込の取り消し). Later sources of the same series are undone first.
#[utoipa::path(post, path = "/api/places/sources/{id}/undo", operation_id = "placesSourceUndo", tag = "places",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    request_body(content = SourceStep, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e12" })),
    responses((status = 200, body = SourceView, example = json!(example())), (status = 404, description = "`not-found`"),
        (status = 409, description = "`not-applied`, `later-source`, `command-used`")))]
pub(super) async fn undo(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Source>>,
    Json(wanted): Json<SourceStep>,
) -> Result<Json<SourceView>, Problem> {
    seen(&app, &actor, id).await?;
    let source = import::undo(&app, &actor, id, wanted.command).await??;
    answer(&app, source).await
}

/// Puts a waiting source aside (取込の破棄).
#[utoipa::path(post, path = "/api/places/sources/{id}/discard", operation_id = "placesSourceDiscard", tag = "places",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    request_body(content = SourceStep, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e13" })),
    responses((status = 200, body = SourceView, example = json!(example())), (status = 404, description = "`not-found`"),
        (status = 409, description = "`not-waiting`, `command-used`")))]
pub(super) async fn discard(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Source>>,
    Json(wanted): Json<SourceStep>,
) -> Result<Json<SourceView>, Problem> {
    seen(&app, &actor, id).await?;
    let source = import::discard(&app, &actor, id, wanted.command).await??;
    answer(&app, source).await
}

/// Says what a waiting source is, whose, and what its columns mean; it is planned again (取込の指定).
#[utoipa::path(post, path = "/api/places/sources/{id}/settings", operation_id = "placesSourceSettings", tag = "places",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    request_body(content = SourceSettings, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e14", "kind": "shelter", "municipality": "02203", "series": null,
        "mapping": { "収容": "capacity" } })),
    responses((status = 200, body = SourceView, example = json!(example())), (status = 404, description = "`not-found`"),
        (status = 409, description = "`not-waiting`, `command-used`"), (status = 422, description = "`invalid`")))]
pub(super) async fn settings(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Source>>,
    Json(wanted): Json<SourceSettings>,
) -> Result<Json<SourceView>, Problem> {
    seen(&app, &actor, id).await?;
    let command = wanted.command.unwrap_or_else(|| app.ids.uuid());
    let source = import::settle(&app, &actor, id, wanted.chosen, command).await??;
    answer(&app, source).await
}

/// The fields a column can be taken for (項目の一覧).
#[utoipa::path(get, path = "/api/places/fields", operation_id = "placesFields", tag = "places",
    responses((status = 200, body = [PlaceField], example = json!([{ "field": "name", "label": "名称" }]))),
    extensions(("x-who" = json!("own-area"))))]
pub(super) async fn fields(actor: Actor) -> Result<Json<Vec<PlaceField>>, Problem> {
    actor.require_anywhere(Duty::Places)?;
    let fields = crate::read::fields();
    Ok(Json(fields.into_iter().map(|(field, label)| PlaceField { field, label }).collect()))
}

/// The source, if the caller may know of it: of a municipality they keep, or their own upload.
async fn seen(app: &App, actor: &Actor, id: Id<Source>) -> Result<Source, Problem> {
    actor.require_anywhere(Duty::Places)?;
    let mut conn = app.store.read().await?;
    let source = db::source(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    let keeps = match source.municipality.as_deref() {
        Some(code) => actor.require(Duty::Places, &AreaCode::municipality(code)).is_ok(),
        None => actor.require(Duty::Places, &areas::PREFECTURE).is_ok() || source.by == actor.label(),
    };
    if keeps { Ok(source) } else { Err(Problem::not_found()) }
}

async fn answer(app: &App, source: Source) -> Result<Json<SourceView>, Problem> {
    let mut conn = app.store.read().await?;
    Ok(Json(SourceView::of(&mut conn, source, false).await?))
}

/// A kind by name; nothing for an empty field of a form.
fn kind(name: &str) -> Result<Option<Kind>, Problem> {
    if name.trim().is_empty() { Ok(None) } else { super::kind(name).map(Some) }
}
