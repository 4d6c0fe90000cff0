//! The room in a world of its own: phones of a family, offices, the journal, on the engine of this run.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

extern crate mamori_households as households;

mod consents;
mod disclosure;
mod family;
mod keys;
mod mine;
mod protection;
mod support;
mod tokens;

use support::world;

#[tokio::test]
async fn the_room_keeps_the_rules_of_every_room() {
    let world = world().await;
    let kinds: Vec<&str> = households::KINDS.to_vec();
    let (schema, statements) = (households::SCHEMA, households::STATEMENTS);
    testkit::keeps_the_rules(&world, testkit::Room { schema, statements, kinds: &kinds }).await;
}
