//! Shelters over HTTP: `/api/shelters/…`. What everybody may see is in the public documents, but for the nearest ones.

mod adhoc;
mod board;
mod counts;
mod disasters;
mod entries;
mod nearest;
mod openings;
mod refusal;
mod replay;

use http::{Actor, App, Class, Duty, Problem, Router, class};
use kernel::{AreaCode, Id};
use store::Tx;
use utoipa::OpenApi as _;
use utoipa_axum::routes;

use crate::act::Deed;
use crate::db;
use crate::model::{Disaster, Refused};
use crate::publish;

/// Everything under `/api/shelters`, and the shapes of the public documents.
pub fn routes() -> Router {
    // Where people are sent to must be right when nothing else gets through.
    let urgent = Router::new()
        .routes(routes!(openings::set))
        .routes(routes!(counts::report))
        .routes(routes!(adhoc::add))
        .routes(routes!(disasters::list, disasters::declare));
    let office = Router::new()
        .routes(routes!(disasters::close))
        .routes(routes!(board::board))
        .routes(routes!(entries::history))
        .routes(routes!(replay::status, replay::start, replay::stop));
    let public = Router::new().routes(routes!(nearest::nearest));
    Router::with_openapi(document_schemas())
        .merge(class(Class::LifeSafety, urgent))
        .merge(class(Class::Staff, office))
        .merge(class(Class::Public, public))
}

/// The shapes of the public documents, for the description and the web's generated types.
pub fn document_schemas() -> utoipa::openapi::OpenApi {
    Documents::openapi()
}

#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(publish::PrefectureDocument, publish::MunicipalityDocument, publish::HistoryDocument)))]
struct Documents;

/// Whether the caller decides on the shelters of the municipality.
fn decides(actor: &Actor, jis5: &str) -> bool {
    actor.require(Duty::Shelters, &AreaCode::municipality(jis5)).is_ok()
}

/// Whether the caller may look at the municipality's board.
fn may_look(actor: &Actor, jis5: &str) -> bool {
    let area = AreaCode::municipality(jis5);
    [Duty::Shelters, Duty::Watch].iter().any(|duty| actor.require(*duty, &area).is_ok())
}

/// Everybody who has to do with shelters somewhere.
fn require_office(actor: &Actor) -> Result<(), Problem> {
    if actor.require_anywhere(Duty::Shelters).is_err() {
        actor.require_anywhere(Duty::Watch)?;
    }
    Ok(())
}

/// The disaster that is going on; 404 when there is none of this id.
async fn running(tx: &mut Tx, id: Id<Disaster>) -> anyhow::Result<Disaster> {
    let disaster = db::disaster(tx, id).await?.ok_or_else(Problem::not_found)?;
    if disaster.is_running() { Ok(disaster) } else { Err(Problem::from(Refused::Ended).into()) }
}

/// A deed of now.
fn deed<'a>(app: &App, command: uuid::Uuid, by: &'a str, digest: &'a str) -> Deed<'a> {
    let now = app.clock.now();
    Deed { command, by, digest, at: now, now }
}
