//! `/kit/guide`: the printed page by which somebody who has never seen a kit admits the first household.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{App, Problem};

use super::desk::Kit;

/// The page, A4.
const GUIDE: &str = include_str!("guide.html");
/// Where a tablet types its code.
const PAIR: &str = include_str!("pair.html");

/// The kit's undescribed routes.
pub(crate) fn pages() -> axum::Router<App> {
    axum::Router::new()
        .route("/kit/guide", get(|| async { page(GUIDE) }))
        .route("/kit/pair", get(|| async { page(PAIR) }))
        .route("/kit/ca.crt", get(authority))
}

fn page(html: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, http::page_policy(html)),
    ];
    (headers, html).into_response()
}

/// The certificate of the municipality's authority, for a tablet to take in. It is public.
async fn authority(axum::extract::State(app): axum::extract::State<App>) -> Result<Response, Problem> {
    let kit = app.extension::<Kit>().ok_or_else(Problem::not_found)?;
    let text = tokio::fs::read(&kit.authority).await.map_err(|_| Problem::not_found())?;
    Ok(([(header::CONTENT_TYPE, "application/x-x509-ca-cert")], text).into_response())
}
