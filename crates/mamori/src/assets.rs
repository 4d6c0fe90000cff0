//! What is embedded in the binary: the built web app, and the sample scenarios.

use rust_embed::RustEmbed;

/// The web app as `npm run build` leaves it. Empty when it was not built: the server then says so instead of a page.
#[derive(RustEmbed)]
#[folder = "../../web/build"]
#[allow_missing = true]
pub(crate) struct Web;

/// Scenarios of our own making.
#[derive(RustEmbed)]
#[folder = "../../sample/scenarios"]
pub(crate) struct Scenarios;

/// Lists of places of our own making.
#[derive(RustEmbed)]
#[folder = "../../sample/places"]
pub(crate) struct SamplePlaces;
