//! The room in a world of its own: staff at work, documents and journal out, on the engine of this run.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

extern crate mamori_shelters as shelters;

mod documents;
mod history;
mod openings;
mod places;
mod real;
mod replay;
mod support;

use support::world;

#[tokio::test]
async fn the_room_keeps_the_rules_of_every_room() {
    let world = world().await;
    let kinds: Vec<&str> = shelters::KINDS.iter().map(|(kind, _)| *kind).collect();
    let (schema, statements) = (shelters::SCHEMA, shelters::STATEMENTS);
    testkit::keeps_the_rules(&world, testkit::Room { schema, statements, kinds: &kinds }).await;
}
