//! The room in a world of its own: devices, telegrams and staff; a push service that really listens.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

extern crate mamori_notices as notices;

mod automatic;
mod delivery;
mod office;
mod sink;
mod subscriptions;
mod support;

use support::world;

#[tokio::test]
async fn the_room_keeps_the_rules_of_every_room() {
    let world = world().await;
    let kinds: Vec<&str> = notices::KINDS.iter().map(|(kind, _)| *kind).collect();
    let (schema, statements) = (notices::SCHEMA, notices::STATEMENTS);
    testkit::keeps_the_rules(&world, testkit::Room { schema, statements, kinds: &kinds }).await;
}
