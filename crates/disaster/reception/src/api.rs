//! Reception over HTTP: `/api/reception/…`.

mod board;
mod desk;
mod devices;
mod events;
mod households;
mod kits;
mod left_behind;
mod list_file;
mod listed;
mod log;
mod occupancy;
mod refusal;
mod retention;
mod rules;
mod scan;
mod search;
mod sight;
pub(crate) mod sync;
mod views;
mod work;

use http::{Actor, Class, Duty, Problem, Router, body_limit, class};
use kernel::AreaCode;
use utoipa_axum::routes;

/// Largest request of events.
const EVENTS_BYTES: usize = 1 << 20;
/// Largest request of a kit: a batch of 1 MiB of bodies, escaped, with stamps and signatures.
const SYNC_BYTES: usize = 4 << 20;
/// Largest file of a kit that is taken in at once: some ten thousand events.
const STICK_BYTES: usize = 32 << 20;

/// Everything under `/api/reception`.
pub fn routes() -> Router {
    let urgent = Router::new()
        .routes(routes!(events::send))
        .routes(routes!(events::receipts))
        .routes(routes!(devices::register))
        .routes(routes!(scan::scan));
    let lists = Router::new()
        .routes(routes!(listed::import))
        .routes(routes!(list_file::preview))
        .routes(routes!(list_file::apply));
    let office = Router::new()
        .routes(routes!(desk::context))
        .routes(routes!(board::board))
        .routes(routes!(occupancy::occupancy))
        .routes(routes!(devices::list))
        .routes(routes!(devices::revoke))
        .routes(routes!(events::aside))
        .routes(routes!(log::log))
        .routes(routes!(rules::list))
        .routes(routes!(rules::check_handout))
        .routes(routes!(households::of_shelter))
        .routes(routes!(households::one))
        .routes(routes!(search::search))
        .routes(routes!(left_behind::list))
        .routes(routes!(work::take_step))
        .routes(routes!(sight::break_glass))
        .routes(routes!(retention::show, retention::set))
        .routes(routes!(kits::make_code))
        .routes(routes!(kits::list))
        .routes(routes!(kits::revoke))
        .merge(body_limit(listed::BYTES, lists));
    let sticks = Router::new().routes(routes!(kits::import));
    // Kits: what they hand in is as urgent as a desk's own.
    let kits = Router::new()
        .routes(routes!(kits::enrol))
        .routes(routes!(sync::roster))
        .routes(routes!(sync::pull))
        .routes(routes!(sync::push))
        .routes(routes!(sync::digests))
        .routes(routes!(sync::fetch));
    Router::new()
        .merge(class(Class::LifeSafety, body_limit(EVENTS_BYTES, urgent)))
        .merge(class(Class::LifeSafety, body_limit(SYNC_BYTES, kits)))
        .merge(class(Class::LifeSafety, body_limit(STICK_BYTES, sticks)))
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
