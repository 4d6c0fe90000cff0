//! Push by a paid distributor: one telegram per request, with a key.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use http::{App, Json, Problem, Query};
use kernel::{Id, Text, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::keys;
use crate::db::{self, KeyRow};
use crate::ingest::ingest;
use crate::model::{self, Outcome, Received};

/// Largest telegram that is taken over HTTP, compressed or not.
pub(super) const MAX_BODY: usize = 20 * 1024 * 1024;
/// How exactly the last use of a key is known.
const USED_EVERY: Duration = Duration::from_mins(1);

/// About the pushed telegram (配信の指定).
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PushQuery {
    /// File name, from which the type is read where the title leaves it open.
    name: Option<String>,
}

/// What became of the telegram (配信の結果).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Pushed {
    #[schema(value_type = String, format = Uuid)]
    pub(super) telegram: Id<Received>,
    pub(super) outcome: Outcome,
    /// The same bytes were here before; nothing changed.
    pub(super) duplicate: bool,
    pub(super) reason: Option<Text>,
}

/// Takes in one telegram from a distributor: XML, or XML in gzip, with `Authorization: Bearer <key>`. Safe to repeat. A
/// telegram that cannot be read is kept and answered with 200 and the reason: sending it again would not help (電文の配信).
#[utoipa::path(post, path = "/api/feeds/push", operation_id = "feeds_push", tag = "feeds", params(PushQuery),
    request_body(content = Vec<u8>, content_type = "application/xml",
        example = "<Report xmlns=\"http://xml.kishou.go.jp/jmaxml1/\"/>"),
    responses((status = 200, body = Pushed), (status = 401), (status = 413)))]
pub(super) async fn push(
    State(app): State<App>,
    Query(query): Query<PushQuery>,
    request: Request,
) -> Result<Json<Pushed>, Problem> {
    let key = authorise(&app, request.headers()).await?;
    let bytes = Bytes::from_request(request, &()).await.map_err(|error| unreadable(error.status()))?;
    let origin = keys::origin(&key.distributor, key.mode);
    let done = ingest(&app, &origin, &bytes, query.name.as_deref()).await.map_err(Problem::internal)?;
    note_use(&app, &key, app.clock.now()).await.map_err(Problem::internal)?;
    Ok(Json(Pushed { telegram: done.telegram, outcome: done.outcome, duplicate: done.duplicate, reason: done.reason }))
}

async fn authorise(app: &App, headers: &HeaderMap) -> Result<KeyRow, Problem> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = bearer.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    let (key, id) = key.and_then(|key| Some((key, keys::id_of(key)?))).ok_or_else(Problem::unauthenticated)?;
    let mut conn = app.store.read().await.map_err(Problem::internal)?;
    let row = db::key(&mut conn, id).await.map_err(Problem::internal)?;
    row.filter(|row| keys::opens(row, key, app.clock.now())).ok_or_else(Problem::unauthenticated)
}

async fn note_use(app: &App, key: &KeyRow, now: Timestamp) -> store::Result<()> {
    if key.last_used_at.is_some_and(|at| model::age(at, now) < USED_EVERY) {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    db::used_key(&mut tx, key.id, now).await?;
    tx.commit().await
}

fn unreadable(status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(status, "too-large", "電文が大きすぎます。", "The telegram is too large.");
    }
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unreadable-body",
        "電文を最後まで受け取れませんでした。もう一度送ってください。",
        "The telegram did not arrive whole. Send it again.",
    )
}
