//! Reception over HTTP: `/api/reception/…`.

mod board;
mod desk;
mod devices;
mod events;
mod occupancy;
mod refusal;
mod scan;
mod views;

use http::{Actor, Class, Duty, Problem, Router, body_limit, class};
use kernel::AreaCode;
use utoipa_axum::routes;

/// Largest request of events.
const EVENTS_BYTES: usize = 1 << 20;

/// Everything under `/api/reception`.
pub fn routes() -> Router {
    let urgent = Router::new().routes(routes!(events::send)).routes(routes!(events::receipts)).routes(routes!(devices::register)).routes(routes!(scan::scan));
    let office = Router::new()
        .routes(routes!(desk::context))
        .routes(routes!(board::board))
        .routes(routes!(occupancy::occupancy))
        .routes(routes!(devices::list))
        .routes(routes!(devices::revoke))
        .routes(routes!(events::aside));
    Router::new()
        .merge(class(Class::LifeSafety, body_limit(EVENTS_BYTES, urgent)))
        .merge(class(Class::Staff, office))
}

/// Refuses whoever does not work at the desks of the municipality; as if it did not exist.
fn require_desk(actor: &Actor, jis5: &str) -> Result<(), Problem> {
    require_of(actor, Duty::ShelterDesk, jis5)
}

/// The duty for the municipality. Whoever holds it nowhere hears that; elsewhere, that there is nothing.
fn require_of(actor: &Actor, duty: Duty, jis5: &str) -> Result<(), Problem> {
    actor.require_anywhere(duty)?;
    actor.require(duty, &AreaCode::municipality(jis5)).map_err(|_| Problem::not_found())
}
