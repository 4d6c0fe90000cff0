//! Notices over HTTP: `/api/notices/…` and the feeds. What went out stands in the public documents.

mod compose;
mod decide;
mod feeds;
mod refusal;
mod shown;
mod subscriptions;
mod views;

use http::{App, Class, Router, class};
use utoipa::OpenApi as _;
use utoipa_axum::routes;

use crate::publish;

/// Everything under `/api/notices`, and the shapes of the public documents.
pub fn routes() -> Router {
    let devices = Router::new()
        .routes(routes!(subscriptions::show, subscriptions::put, subscriptions::delete))
        .routes(routes!(subscriptions::test))
        .routes(routes!(shown::shown));
    // What must get through when nothing else does.
    let urgent = Router::new()
        .routes(routes!(compose::list, compose::write))
        .routes(routes!(compose::show))
        .routes(routes!(compose::templates))
        .routes(routes!(compose::audience))
        .routes(routes!(decide::submit))
        .routes(routes!(decide::release))
        .routes(routes!(decide::reject))
        .routes(routes!(decide::stop))
        .routes(routes!(decide::correct))
        .routes(routes!(decide::cancel));
    Router::with_openapi(document_schemas())
        .merge(class(Class::Public, devices))
        .merge(class(Class::LifeSafety, urgent))
}

/// The feeds for programs, undescribed.
pub fn pages() -> axum::Router<App> {
    feeds::pages()
}

/// The shapes of the public documents, for the description and the web's generated types.
pub fn document_schemas() -> utoipa::openapi::OpenApi {
    Documents::openapi()
}

#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(publish::NoticesPushDocument, publish::NoticesRecentDocument)))]
struct Documents;
