//! The room in a world of its own: staff at work, families asking, documents and journal out, on the engine of this run.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

extern crate mamori_registry as registry;

mod defects;
mod imports;
mod office;
mod public;
mod support;
mod vectors;

use support::world;

#[tokio::test]
async fn the_room_keeps_the_rules_of_every_room() {
    let world = world().await;
    let kinds: Vec<&str> = registry::KINDS.iter().map(|(kind, _)| *kind).collect();
    let (schema, statements) = (registry::SCHEMA, registry::STATEMENTS);
    testkit::keeps_the_rules(&world, testkit::Room { schema, statements, kinds: &kinds }).await;
}
