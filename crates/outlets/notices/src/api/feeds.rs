//! `/feeds/notices.atom` and `/feeds/cap/{id}`, from the documents in memory.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{App, Path, Problem, Query};
use kernel::Mode;
use serde::Deserialize;
use uuid::Uuid;

use crate::install::live;
use crate::publish::{self, NoticesRecentDocument};

#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default)]
    drill: Option<u8>,
}

impl Wanted {
    fn mode(&self) -> Mode {
        if self.drill.is_some_and(|drill| drill > 0) { Mode::Drill } else { Mode::Live }
    }
}

pub(super) fn pages() -> axum::Router<App> {
    axum::Router::new().route("/feeds/notices.atom", get(atom)).route("/feeds/cap/{id}", get(cap))
}

async fn atom(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Response, Problem> {
    let recent = recent(&app, wanted.mode())?;
    let site = app.settings.public_url.trim_end_matches('/');
    Ok(answer("application/atom+xml; charset=utf-8", publish::atom(&recent.notices, wanted.mode(), site)))
}

async fn cap(State(app): State<App>, Path(id): Path<Uuid>, Query(wanted): Query<Wanted>) -> Result<Response, Problem> {
    let recent = recent(&app, wanted.mode())?;
    let found = |id: Uuid| recent.notices.iter().find(|notice| notice.id == id);
    let notice = found(id).ok_or_else(Problem::not_found)?;
    let first = notice.follows.and_then(found);
    let live = live(&app)?;
    // CAP wants no spaces and commas in a sender; an address without its scheme is one.
    let sender = live.settings.contact.trim_start_matches("mailto:");
    Ok(answer("application/cap+xml; charset=utf-8", publish::cap(notice, first, wanted.mode(), sender)))
}

fn recent(app: &App, mode: Mode) -> Result<NoticesRecentDocument, Problem> {
    let name = if mode == Mode::Drill { "drill/notices/recent" } else { "notices/recent" };
    let document = app.hot.get(name).ok_or_else(Problem::not_found)?;
    serde_json::from_slice(document.body()).map_err(Problem::internal)
}

fn answer(media_type: &'static str, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=10, stale-if-error=86400")),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    ];
    (headers, text).into_response()
}
