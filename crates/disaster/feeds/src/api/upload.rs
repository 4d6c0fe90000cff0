//! Upload of telegrams by staff: when a feed fails, or to check a file.

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::{StatusCode, header};
use http::{Actor, App, Json, Problem, Query};
use kernel::{Id, Mode, Text};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::journal::{self, Body, NewEntry};
use utoipa::{IntoParams, ToSchema};

use super::require_operator;
use crate::ingest::ingest;
use crate::model::{Ingested, Origin, Outcome, Received};
use crate::words;

/// Largest upload, all files together.
pub(super) const MAX_BODY: usize = 40 * 1024 * 1024;
/// Most files in one upload.
const MAX_FILES: usize = 50;

/// How an upload is meant (アップロードの指定).
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UploadQuery {
    /// `live` only for telegrams that are in force now; without it an upload is a drill.
    mode: Option<Mode>,
    /// File name, for an upload without multipart.
    name: Option<String>,
}

/// What became of each file (アップロードの結果).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Uploaded {
    pub(super) files: Vec<UploadedFile>,
}

/// What became of one file (ファイルの結果).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UploadedFile {
    pub(super) name: String,
    #[schema(value_type = String, format = Uuid)]
    pub(super) telegram: Id<Received>,
    pub(super) outcome: Outcome,
    /// The same bytes were here before; nothing changed.
    pub(super) duplicate: bool,
    pub(super) reason: Option<Text>,
}

/// Takes in telegrams as files: `multipart/form-data` with any number of files, or one file as the body. XML, or XML in
/// gzip. Safe to repeat (電文のアップロード).
#[utoipa::path(post, path = "/api/feeds/upload", operation_id = "feeds_upload", tag = "feeds", params(UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/xml", description = "One telegram, or multipart/form-data",
        example = "<Report xmlns=\"http://xml.kishou.go.jp/jmaxml1/\"/>"),
    responses((status = 200, body = Uploaded), (status = 413), (status = 422)))]
pub(super) async fn upload(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<UploadQuery>,
    request: Request,
) -> Result<Json<Uploaded>, Problem> {
    require_operator(&actor)?;
    let files = read_files(request, query.name).await?;
    let mode = query.mode.unwrap_or(Mode::Drill);
    let origin = Origin { key: source_key(mode), mode, run: None };
    let mut done = Vec::with_capacity(files.len());
    for (name, bytes) in files {
        let ingested = ingest(&app, &origin, &bytes, Some(&name)).await.map_err(Problem::internal)?;
        done.push((name, ingested));
    }
    note(&app, &actor, mode, &done).await.map_err(Problem::internal)?;
    let files = done
        .into_iter()
        .map(|(name, ingested)| UploadedFile {
            name,
            telegram: ingested.telegram,
            outcome: ingested.outcome,
            duplicate: ingested.duplicate,
            reason: ingested.reason,
        })
        .collect();
    Ok(Json(Uploaded { files }))
}

/// A drill upload is a source of its own, so that its name says so.
fn source_key(mode: Mode) -> String {
    match mode {
        Mode::Live => words::UPLOAD.to_owned(),
        Mode::Drill => words::UPLOAD_DRILL.to_owned(),
    }
}

async fn read_files(request: Request, name: Option<String>) -> Result<Vec<(String, Bytes)>, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        let bytes = Bytes::from_request(request, &()).await.map_err(|error| unreadable(error.status()))?;
        return Ok(vec![(clip(name.as_deref().unwrap_or("upload.xml")), bytes)]);
    }
    let mut parts = Multipart::from_request(request, &()).await.map_err(|error| unreadable(error.status()))?;
    let mut files = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|error| unreadable(error.status()))? {
        let Some(name) = part.file_name().map(clip) else {
            continue;
        };
        if files.len() == MAX_FILES {
            return Err(Problem::invalid(
                "files",
                format!("一度に送れるのは{MAX_FILES}ファイルまでです。"),
                format!("At most {MAX_FILES} files at a time."),
            ));
        }
        let bytes = part.bytes().await.map_err(|error| unreadable(error.status()))?;
        files.push((name, bytes));
    }
    if files.is_empty() {
        return Err(Problem::invalid("files", "ファイルがありません。", "There is no file."));
    }
    Ok(files)
}

fn unreadable(status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            status,
            "too-large",
            "ファイルが大きすぎます。小さく分けて送ってください。",
            "The files are too large. Send them in smaller parts.",
        );
    }
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unreadable-body",
        "ファイルを最後まで受け取れませんでした。もう一度送ってください。",
        "The files did not arrive whole. Send them again.",
    )
}

async fn note(app: &App, actor: &Actor, mode: Mode, done: &[(String, Ingested)]) -> anyhow::Result<()> {
    let count = |outcome: Outcome| done.iter().filter(|(_, it)| !it.duplicate && it.outcome == outcome).count();
    let id = app.ids.next();
    let now = app.clock.now();
    let body = json!({
        "files": done.len(),
        "understood": count(Outcome::Understood),
        "archived": count(Outcome::Archived),
        "refused": count(Outcome::Refused),
        "repeats": done.iter().filter(|(_, it)| it.duplicate).count(),
    });
    let entry = NewEntry {
        id,
        kind: crate::UPLOADED,
        subject: id.to_string(),
        area: None,
        mode,
        actor: actor.label(),
        device: None,
        occurred_at: now,
        body: Body::Open(body),
    };
    let mut tx = app.store.write().await?;
    journal::record(&mut tx, entry, now).await?;
    tx.commit().await?;
    Ok(())
}

fn clip(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(120).collect()
}
