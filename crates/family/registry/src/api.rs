//! The registry over HTTP: `/api/registry/…`. What holds is in the public documents; here are matching, search and the office.

mod export;
mod imports;
mod programmes;
mod public;
mod refusal;
mod steps;
mod views;

use http::{Actor, App, Class, Duty, Problem, Router, body_limit, class};
use kernel::areas;
use utoipa::OpenApi as _;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::act::{Deed, duty_area};
use crate::model::{PREFECTURE, check_area};
use crate::publish;

/// Everything under `/api/registry`, and the shapes of the public documents.
pub fn routes() -> Router {
    let office = Router::new()
        .routes(routes!(programmes::list, programmes::create))
        .routes(routes!(programmes::show))
        .routes(routes!(programmes::draft))
        .routes(routes!(programmes::attempt))
        .routes(routes!(steps::review))
        .routes(routes!(steps::publish))
        .routes(routes!(steps::withdraw))
        .routes(routes!(imports::list))
        .routes(routes!(imports::show))
        .routes(routes!(imports::rows))
        .routes(routes!(imports::errors))
        .routes(routes!(imports::apply))
        .routes(routes!(imports::discard));
    let upload = body_limit(imports::MAX_BODY, Router::new().routes(routes!(imports::upload)));
    let public = Router::new()
        .routes(routes!(public::match_profile))
        .routes(routes!(public::search))
        .routes(routes!(export::json))
        .routes(routes!(export::csv));
    Router::with_openapi(document_schemas())
        .merge(class(Class::Staff, office))
        .merge(class(Class::Staff, upload))
        .merge(class(Class::Public, public))
}

/// The shapes of the public documents, for the description and the web's generated types.
pub fn document_schemas() -> utoipa::openapi::OpenApi {
    Documents::openapi()
}

#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(publish::AttributesDocument, publish::ProgrammesDocument)))]
struct Documents;

/// Refuses unless the caller keeps the programmes of the area.
fn require(actor: &Actor, area: &str) -> Result<(), Problem> {
    actor.require(Duty::Programmes, &duty_area(area))
}

/// The area that was named; else the caller's own municipality, or the prefecture.
fn area_of(actor: &Actor, named: Option<String>) -> Result<String, Problem> {
    let held = actor.require_anywhere(Duty::Programmes)?;
    let own = match held.as_slice() {
        [one] if *one != areas::PREFECTURE => one.code(),
        _ => PREFECTURE,
    };
    let area = named.unwrap_or_else(|| own.to_owned());
    check_area(&area)?;
    Ok(area)
}

/// A deed of now.
fn deed<'a>(app: &App, command: Uuid, by: &'a str, digest: &'a str) -> Deed<'a> {
    Deed { command, by, digest, now: app.clock.now() }
}
