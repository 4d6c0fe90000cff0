//! Identity over HTTP: `/api/identity/…`.

mod accounts;
mod browser;
mod demo;
mod devices;
mod invitations;
mod me;
mod refusal;
mod registration;
mod sign_in;

pub use browser::Browser;
use http::{Class, Router, class};
use utoipa_axum::routes;

/// Everything under `/api/identity`.
pub fn routes() -> Router {
    let office = Router::new()
        .routes(routes!(me::me))
        .routes(routes!(sign_in::begin))
        .routes(routes!(sign_in::finish))
        .routes(routes!(sign_in::out))
        .routes(routes!(sign_in::out_everywhere))
        .routes(routes!(invitations::list, invitations::create))
        .routes(routes!(invitations::revoke))
        .routes(routes!(registration::show))
        .routes(routes!(registration::begin))
        .routes(routes!(registration::finish))
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::grant))
        .routes(routes!(accounts::take))
        .routes(routes!(accounts::suspend))
        .routes(routes!(accounts::resume))
        .routes(routes!(demo::list))
        .routes(routes!(demo::sign_in));
    // A hundred thousand phones must not stand in the way of the staff.
    let residents = Router::new()
        .routes(routes!(devices::register))
        .routes(routes!(devices::nonce))
        .routes(routes!(devices::session));
    class(Class::Staff, office).merge(class(Class::Public, residents))
}
