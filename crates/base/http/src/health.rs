//! Answers about the server itself: is it alive, is it ready, what does it count, what does it offer.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json as Plain};
use serde::Serialize;
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use crate::app::App;
use crate::db;
use crate::observe::{Peer, figures};
use crate::problem::Problem;

/// How long the database may take to answer before we say that we are not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether this process can do its work (稼働状況).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Everything below is well.
    ready: bool,
    /// The database answers and has our tables.
    store: bool,
    /// The public documents in memory follow the database.
    documents: bool,
    /// The newest published version in memory.
    version: i64,
}

/// The process runs. It says nothing about the database.
#[utoipa::path(get, path = "/healthz", operation_id = "healthz", tag = "server",
    responses((status = 200, description = "The process runs", body = String, content_type = "text/plain", example = "ok")))]
pub(crate) async fn healthz() -> &'static str {
    "ok"
}

/// Ready to work: database reachable and migrated, public documents current. 503 otherwise.
#[utoipa::path(get, path = "/readyz", operation_id = "readyz", tag = "server",
    responses((status = 200, description = "Ready", body = Readiness), (status = 503, description = "Not ready", body = Readiness)))]
pub(crate) async fn readyz(State(app): State<App>) -> Response {
    let store = matches!(tokio::time::timeout(PATIENCE, store_answers(&app)).await, Ok(Ok(_)));
    let documents = !app.hot.is_stale();
    let ready = store && documents;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (
        status,
        [(header::CACHE_CONTROL, "no-store")],
        Plain(Readiness { ready, store, documents, version: app.hot.version() }),
    )
        .into_response()
}

/// Figures for Prometheus: with the configured token, or without one only to this machine itself.
pub(crate) async fn metrics(
    State(app): State<App>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !may_see_figures(&app, peer.map(|peer| peer.0), &headers) {
        return Err(Problem::not_found());
    }
    let handle = figures().ok_or_else(|| Problem::internal(anyhow::anyhow!("no metrics recorder")))?;
    gauge("http_documents_answered_total", app.hot.answered());
    gauge("http_document_version", app.hot.version().unsigned_abs());
    gauge("http_streams_open", app.hot.streams().open() as u64);
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4"), (header::CACHE_CONTROL, "no-store")];
    Ok((kind, handle.render()).into_response())
}

fn may_see_figures(app: &App, peer: Option<Peer>, headers: &HeaderMap) -> bool {
    if let Some(token) = &app.settings.metrics_token {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or("");
        return given.as_bytes().ct_eq(token.reveal().as_bytes()).into();
    }
    // A proxy on this machine also comes from here: what it passes on is from outside.
    let passed_on = ["x-forwarded-for", "forwarded", "via"].iter().any(|name| headers.contains_key(*name));
    !passed_on && peer.is_some_and(|peer| peer.0.ip().is_loopback())
}

async fn store_answers(app: &App) -> store::Result<i64> {
    let mut conn = app.store.read().await?;
    db::current(&mut conn).await
}

fn gauge(name: &'static str, value: u64) {
    #[expect(clippy::cast_precision_loss, reason = "Prometheus knows only floating point numbers")]
    metrics::gauge!(name).set(value as f64);
}
