//! The room in a world of its own: desks that really sign, on the engine of this run.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

extern crate mamori_reception as reception;

mod cards;
mod events;
mod flow;
mod kit_gate;
mod kits;
mod left_behind;
mod pair;
mod phone_codes;
mod retention;
mod scan;
mod shelter;
mod support;
mod times;

use support::world;

#[tokio::test]
async fn the_room_keeps_the_rules_of_every_room() {
    let world = world().await;
    let kinds: Vec<&str> = reception::KINDS.iter().map(|(kind, _)| *kind).collect();
    let (schema, statements) = (reception::SCHEMA, reception::STATEMENTS);
    testkit::keeps_the_rules(&world, testkit::Room { schema, statements, kinds: &kinds }).await;
}
