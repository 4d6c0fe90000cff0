//! Places over HTTP: `/api/places/…`. What everybody may see is also in the public documents.

mod areas;
mod export;
mod matches;
mod position;
mod search;
mod sources;
mod views;

use http::{Actor, Class, Duty, Problem, Router, class};
use kernel::{AreaCode, areas as codes};
use utoipa::OpenApi as _;
use utoipa_axum::routes;

use crate::publish;

pub(crate) use views::PlaceView;

/// Everything under `/api/places`, and the shapes of the public documents.
pub fn routes() -> Router {
    let office = Router::new()
        .routes(routes!(matches::list, matches::decide))
        .routes(routes!(matches::decide_all))
        .routes(routes!(matches::decided))
        .routes(routes!(matches::revoke))
        .routes(routes!(position::unplaced))
        .routes(routes!(position::place_by_hand))
        .routes(routes!(sources::list))
        .routes(routes!(sources::show))
        .routes(routes!(sources::changes))
        .routes(routes!(sources::original))
        .routes(routes!(sources::apply))
        .routes(routes!(sources::undo))
        .routes(routes!(sources::discard))
        .routes(routes!(sources::settings))
        .routes(routes!(sources::fields));
    let large = http::body_limit(sources::upload::MAX_BODY, Router::new().routes(routes!(sources::upload::upload)));
    let public = Router::new()
        .routes(routes!(search::search))
        .routes(routes!(search::show))
        .routes(routes!(export::csv))
        .routes(routes!(export::geojson))
        .routes(routes!(areas::list));
    Router::with_openapi(document_schemas())
        .merge(class(Class::Staff, large.merge(office)))
        .merge(class(Class::Public, public))
}

/// The shapes of the public documents, for the description and the web's generated types.
pub fn document_schemas() -> utoipa::openapi::OpenApi {
    Documents::openapi()
}

#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(publish::PlacesDocument, publish::PlacesIndexDocument)))]
struct Documents;

/// The municipality an office screen is about: the one named, else the only one the caller has the duty for.
fn own(actor: &Actor, named: Option<&str>) -> Result<String, Problem> {
    let held = actor.require_anywhere(Duty::Places)?;
    let code = match (named, held.as_slice()) {
        (Some(code), _) => code.to_owned(),
        (None, [one]) if *one != codes::PREFECTURE => one.code().to_owned(),
        (None, _) => {
            return Err(Problem::invalid(
                "municipality",
                "市町村を5桁のコードで指定してください。",
                "Give a municipality by its five-digit code.",
            ));
        }
    };
    check_code(&code)?;
    actor.require(Duty::Places, &AreaCode::municipality(&code))?;
    Ok(code)
}

/// Refuses what cannot be a municipality's code.
fn check_code(code: &str) -> Result<(), Problem> {
    if code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(Problem::invalid(
        "municipality",
        "市町村は5桁の数字のコード（例：02203）で指定してください。",
        "A municipality is a code of five digits, for example 02203.",
    ))
}

/// A kind by its name on the wire.
fn kind(name: &str) -> Result<crate::Kind, Problem> {
    crate::Kind::parse(name.trim()).ok_or_else(|| {
        let all: Vec<&str> = crate::Kind::ALL.iter().map(|(_, name)| *name).collect();
        Problem::invalid(
            "kind",
            format!("種別は次のいずれかです: {}", all.join(", ")),
            format!("The kind is one of: {}", all.join(", ")),
        )
    })
}
