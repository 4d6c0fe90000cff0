//! Imports: a file is read, mended and compared; a person sees what would change and applies it, or not.

mod apply;

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use http::{Actor, App, Duty, Json, Path, Problem, Query};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{area_of, deed, refusal, require};
use crate::act::{self, LOCK, digest};
use crate::db::{self, ImportRow, ImportState};
use crate::import::{self, Held, Planned};
use crate::model::{State, Version, standing};
use apply::{apply_once, previewed};

/// Largest upload.
pub(super) const MAX_BODY: usize = 32 << 20;
/// Rows answered at once.
const PAGE: i64 = 200;

/// What the caller says about the file (取込の指定).
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UploadQuery {
    /// Whose programmes: `02` or a JIS code; the caller's own if left out.
    #[param(example = "02203")]
    area: Option<String>,
    /// Name of the file.
    #[param(example = "制度.json")]
    name: Option<String>,
}

/// Whose imports (一覧の条件).
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AreaQuery {
    /// The caller's own if left out.
    #[param(example = "02203")]
    area: Option<String>,
}

/// Which rows (一覧の条件).
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RowsQuery {
    /// After this number; from the first if left out.
    after: Option<i64>,
}

/// An import (取込).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = RegistryImport)]
pub(super) struct ImportView {
    id: String,
    area: String,
    file: String,
    state: ImportState,
    by: String,
    at: Timestamp,
    /// Rows of each kind (`added`, `changed`, `same`, `gone`, `refused`), and `defects`.
    counts: BTreeMap<String, u64>,
}

/// A row of a plan with its number (変更の案の行).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = RegistryImportRow)]
pub(super) struct RowView {
    number: i64,
    #[serde(flatten)]
    row: Planned,
}

/// A step on an import (取込の操作).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryImportStep)]
pub(super) struct ImportStep {
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    /// Take back what the file has no more.
    #[serde(default)]
    withdraw_gone: bool,
}

impl From<ImportRow> for ImportView {
    fn from(row: ImportRow) -> Self {
        let counts = serde_json::from_value(row.counts).unwrap_or_default();
        let ImportRow { id, area, file, state, by, at, .. } = row;
        Self { id: id.to_string(), area, file, state, by, at, counts }
    }
}

fn example() -> Value {
    json!({
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e31", "area": "02203", "file": "制度.json", "state": "previewed",
        "by": "staff:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e26", "at": "2026-11-28T09:00:00+09:00",
        "counts": { "added": 12, "changed": 3, "same": 80, "gone": 1, "refused": 2, "defects": 9 }
    })
}

/// Takes a file in and shows what applying it would do; nothing is applied. The body is the file: JSON of the registry's
/// layout, CSV or Excel with any names of columns.
#[utoipa::path(post, path = "/api/registry/imports", operation_id = "registryImportUpload", tag = "registry",
    params(UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file",
        example = "[{\"institutionName\":{\"canonicalName\":\"ブックスタート\"}}]"),
    responses((status = 200, description = "What would change", body = ImportView, example = json!(example())),
        (status = 413, description = "`too-large`"), (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("own-area"))))]
pub(super) async fn upload(
    Shared(app): Shared<App>,
    actor: Actor,
    query: Result<Query<UploadQuery>, Problem>,
    request: Request,
) -> Result<Json<ImportView>, Problem> {
    actor.require_anywhere(Duty::Programmes)?;
    let Query(query) = query?;
    let area = area_of(&actor, query.area)?;
    require(&actor, &area)?;
    let bytes = Bytes::from_request(request, &()).await.map_err(|error| unreceived(error.status()))?;
    let name = query.name.unwrap_or_else(|| "upload.json".to_owned());
    let file: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    let (name, of, held) = (file.clone(), area.clone(), bytes.clone());
    let read = tokio::task::spawn_blocking(move || import::read(&name, &held, &of));
    let rows = read.await.map_err(|error| Problem::internal(anyhow::Error::from(error)))?;
    let rows = rows.map_err(|error| refusal::unreadable(&error))?;
    let blob = app.blobs.put(bytes.to_vec(), "application/octet-stream").await.map_err(Problem::internal)?;
    let made = app.store.retry(async || keep(&app, &actor, &area, &file, &blob.to_string(), &rows).await).await?;
    Ok(Json(made.into()))
}

fn unreceived(status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::too_large();
    }
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unreadable-body",
        "ファイルを最後まで受け取れませんでした。もう一度送ってください。",
        "The file did not arrive whole. Send it again.",
    )
}

async fn keep(
    app: &App,
    actor: &Actor,
    area: &str,
    file: &str,
    blob: &str,
    rows: &[import::ReadRow],
) -> anyhow::Result<ImportRow> {
    let mut tx = app.store.write().await?;
    let held = held(&mut tx, area).await?;
    let planned = import::plan(rows.to_vec(), &held);
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &planned {
        *counts.entry(row.what.as_str()).or_default() += 1;
        *counts.entry("defects").or_default() += row.defects.len() as u64;
    }
    let import = ImportRow {
        id: app.ids.uuid(),
        area: area.to_owned(),
        file: file.to_owned(),
        blob: blob.to_owned(),
        state: ImportState::Previewed,
        by: actor.label(),
        at: app.clock.now(),
        counts: serde_json::to_value(counts)?,
    };
    db::put_import(&mut tx, &import).await?;
    for (number, row) in (1..).zip(&planned) {
        db::add_row(&mut tx, import.id, number, row).await?;
    }
    tx.commit().await?;
    Ok(import)
}

/// What earlier imports brought to the area.
async fn held(tx: &mut store::Tx, area: &str) -> anyhow::Result<Vec<Held>> {
    let mut held = Vec::new();
    for listed in db::listed(tx, area).await? {
        if !listed.programme.origin.starts_with("import:") {
            continue;
        }
        // What was taken back is not there; what is published under a draft that was taken back is.
        let Some(version) = standing_of(tx, &listed).await? else { continue };
        held.push(Held {
            key: listed.programme.key,
            record: version.content.record,
            version: version.id.to_string(),
            revision: version.revision,
        });
    }
    Ok(held)
}

async fn standing_of(tx: &mut store::Tx, listed: &db::Listed) -> anyhow::Result<Option<Version>> {
    if listed.state != State::Withdrawn {
        return db::find_version(tx, listed.version).await;
    }
    Ok(standing(&db::versions_of(tx, listed.programme.id).await?).cloned())
}

/// Imports of an area, the newest first.
#[utoipa::path(get, path = "/api/registry/imports", operation_id = "registryImports", tag = "registry", params(AreaQuery),
    responses((status = 200, description = "Imports", body = Vec<ImportView>, example = json!([example()]))),
    extensions(("x-who" = json!("own-area"))))]
pub(super) async fn list(
    Shared(app): Shared<App>,
    actor: Actor,
    query: Result<Query<AreaQuery>, Problem>,
) -> Result<Json<Vec<ImportView>>, Problem> {
    actor.require_anywhere(Duty::Programmes)?;
    let Query(query) = query?;
    let area = area_of(&actor, query.area)?;
    require(&actor, &area)?;
    let mut conn = app.store.read().await?;
    Ok(Json(db::imports_of(&mut conn, &area).await?.into_iter().map(ImportView::from).collect()))
}

async fn found(conn: &mut store::Conn, actor: &Actor, id: Uuid) -> Result<ImportRow, Problem> {
    actor.require_anywhere(Duty::Programmes)?;
    let import = db::find_import(conn, id).await?;
    import.filter(|import| require(actor, &import.area).is_ok()).ok_or_else(Problem::not_found)
}

/// One import.
#[utoipa::path(get, path = "/api/registry/imports/{id}", operation_id = "registryImport", tag = "registry",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e31")),
    responses((status = 200, description = "The import", body = ImportView, example = json!(example())),
        (status = 404, description = "`not-found`")))]
pub(super) async fn show(
    Shared(app): Shared<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<ImportView>, Problem> {
    let mut conn = app.store.read().await?;
    Ok(Json(found(&mut conn, &actor, id).await?.into()))
}

/// Rows of the plan, 200 at a time, with what was mended and what cannot be taken.
#[utoipa::path(get, path = "/api/registry/imports/{id}/rows", operation_id = "registryImportRows", tag = "registry",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e31"), RowsQuery),
    responses((status = 200, description = "Rows", body = Vec<RowView>, example = json!([])),
        (status = 404, description = "`not-found`")))]
pub(super) async fn rows(
    Shared(app): Shared<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Query(query): Query<RowsQuery>,
) -> Result<Json<Vec<RowView>>, Problem> {
    let mut conn = app.store.read().await?;
    found(&mut conn, &actor, id).await?;
    let rows = db::rows_of(&mut conn, id, query.after.unwrap_or(0), PAGE).await?;
    Ok(Json(rows.into_iter().map(|(number, row)| RowView { number, row }).collect()))
}

/// The list of errors as staff want it: 行番号, psid, 通称, エラー項目名, エラー内容.
#[utoipa::path(get, path = "/api/registry/imports/{id}/errors.csv", operation_id = "registryImportErrors", tag = "registry",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e31")),
    responses((status = 200, content_type = "text/csv", body = String), (status = 404, description = "`not-found`")))]
pub(super) async fn errors(Shared(app): Shared<App>, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let mut conn = app.store.read().await?;
    found(&mut conn, &actor, id).await?;
    let mut lines = Vec::new();
    for row in all_rows(&mut conn, id).await? {
        let refused = row.refused.iter().map(|refused| (refused.field.clone(), refused.ja.clone()));
        let defects = row.defects.iter().map(|defect| (defect.field.clone(), defect.ja.clone()));
        for (field, said) in refused.chain(defects) {
            let psid = row.record.psid().unwrap_or_default().to_owned();
            let short = row.record.text("institutionName.shortName").unwrap_or(&row.name).to_owned();
            lines.push([row.line.to_string(), psid, short, field, said]);
        }
    }
    let csv = super::export::table(&["行番号", "psid", "通称", "エラー項目名", "エラー内容"], lines)?;
    Ok(http::download("text/csv; charset=utf-8", "registry-import-errors.csv", csv.into_bytes()))
}

async fn all_rows(conn: &mut store::Conn, id: Uuid) -> anyhow::Result<Vec<Planned>> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = db::rows_of(conn, id, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(all) };
        after = *last;
        all.extend(page.into_iter().map(|(_, row)| row));
    }
}

/// Applies an import: every added and changed row becomes a draft, in one step or not at all.
#[utoipa::path(post, path = "/api/registry/imports/{id}/apply", operation_id = "registryImportApply", tag = "registry",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e31")),
    request_body(content = ImportStep, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e32" })),
    responses((status = 200, description = "The import, applied", body = ImportView, example = json!(example())),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`plan-changed`, `not-previewed`, `command-used`")))]
pub(super) async fn apply(
    Shared(app): Shared<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(step): Json<ImportStep>,
) -> Result<Json<ImportView>, Problem> {
    actor.require_anywhere(Duty::Programmes)?;
    let done = app.store.retry(async || apply_once(&app, &actor, id, &step).await).await?;
    Ok(Json(done.into()))
}

/// Gives an import up; nothing was changed by it.
#[utoipa::path(post, path = "/api/registry/imports/{id}/discard", operation_id = "registryImportDiscard", tag = "registry",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e31")),
    request_body(content = ImportStep, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e33" })),
    responses((status = 200, description = "The import", body = ImportView, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 409, description = "`not-previewed`, `command-used`")),
    extensions(("x-journal" = json!("nothing of the registry changes"))))]
pub(super) async fn discard(
    Shared(app): Shared<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(step): Json<ImportStep>,
) -> Result<Json<ImportView>, Problem> {
    actor.require_anywhere(Duty::Programmes)?;
    let done = app.store.retry(async || discard_once(&app, &actor, id, &step).await).await?;
    Ok(Json(done.into()))
}

async fn discard_once(app: &App, actor: &Actor, id: Uuid, step: &ImportStep) -> anyhow::Result<ImportRow> {
    let (by, digest) = (actor.label(), digest(&(id, step, "discard")));
    let deed = deed(app, step.command, &by, &digest);
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let import = found(&mut tx, actor, id).await?;
    if act::made_before(&mut tx, deed).await?.is_some() {
        return Ok(import);
    }
    previewed(&import)?;
    let discarded = ImportRow { state: ImportState::Discarded, ..import };
    db::put_import(&mut tx, &discarded).await?;
    db::add_step(&mut tx, deed.command, deed.by, deed.digest, id, deed.now).await?;
    tx.commit().await?;
    Ok(discarded)
}
