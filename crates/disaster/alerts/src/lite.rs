//! `/lite` and `/lite/{jis5}`: the essentials without a script, in one small page, from the documents in memory.

mod html;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{App, Path, Problem, Query};
use kernel::{Mode, areas};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::publish::{MunicipalityDocument, PrefectureDocument, QuakesDocument, TsunamiDocument, document_name};

/// One of the three languages of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    #[default]
    Ja,
    Easy,
    En,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    lang: Lang,
    #[serde(default)]
    drill: Option<u8>,
}

/// The pages, for the server's undescribed routes.
pub fn pages() -> axum::Router<App> {
    axum::Router::new().route("/lite", get(prefecture)).route("/lite/{place}", get(municipality))
}

/// The page as HTML: of the prefecture, or of one municipality (JIS5). `None` for a place that does not exist.
pub fn lite(app: &App, place: Option<&str>, lang: Lang, mode: Mode) -> Option<String> {
    let sources: serde_json::Value = document(app, "sources").unwrap_or_default();
    let page = html::Page { lang, mode, place, sources: &sources, now: app.clock.now() };
    if let Some(jis) = place {
        areas::municipality(jis)?;
        let body: Option<MunicipalityDocument> = document(app, &document_name(mode, &format!("alerts/{jis}")));
        return Some(page.municipality(body.as_ref()));
    }
    let body: Option<PrefectureDocument> = document(app, &document_name(mode, "alerts/prefecture"));
    let quakes: Option<QuakesDocument> = document(app, &document_name(mode, "quakes/latest"));
    let tsunami: Option<TsunamiDocument> = document(app, &document_name(mode, "tsunami"));
    Some(page.prefecture(body.as_ref(), quakes.as_ref(), tsunami.as_ref()))
}

async fn prefecture(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Response, Problem> {
    answer(&app, None, wanted)
}

async fn municipality(
    State(app): State<App>,
    Path(place): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    answer(&app, Some(&place), wanted)
}

fn answer(app: &App, place: Option<&str>, wanted: Wanted) -> Result<Response, Problem> {
    let mode = if wanted.drill.is_some_and(|d| d > 0) { Mode::Drill } else { Mode::Live };
    let html = lite(app, place, wanted.lang, mode).ok_or_else(Problem::not_found)?;
    let policy = http::page_policy(&html);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=10, stale-if-error=86400")),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    Ok((headers, html).into_response())
}

fn document<T: DeserializeOwned>(app: &App, name: &str) -> Option<T> {
    serde_json::from_slice(app.hot.get(name)?.body()).ok()
}
