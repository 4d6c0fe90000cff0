//! Alerts over HTTP: `/api/alerts/…`. What everybody may see is not here but in the public documents.

mod advisory;
mod orders;
mod refusal;
mod views;

use http::{Class, Router, class};
use utoipa::OpenApi as _;
use utoipa_axum::routes;

use crate::publish;

/// Everything under `/api/alerts`, and the shapes of the public documents.
pub fn routes() -> Router {
    // An evacuation order is the write that must get through when nothing else does.
    let urgent = Router::new()
        .routes(routes!(orders::list, orders::propose))
        .routes(routes!(orders::approve))
        .routes(routes!(orders::reject))
        .routes(routes!(orders::correct))
        .routes(routes!(orders::lift))
        .routes(routes!(orders::withdraw));
    let office = Router::new().routes(routes!(advisory::show, advisory::set));
    Router::with_openapi(document_schemas()).merge(class(Class::LifeSafety, urgent)).merge(class(Class::Staff, office))
}

/// The shapes of the public documents, for the description and the web's generated types.
pub fn document_schemas() -> utoipa::openapi::OpenApi {
    Documents::openapi()
}

#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(
    publish::PrefectureDocument,
    publish::MunicipalityDocument,
    publish::QuakesDocument,
    publish::TsunamiDocument,
    publish::TimelineDocument,
)))]
struct Documents;
