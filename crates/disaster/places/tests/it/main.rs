//! The room in a world of its own: files in, documents, search and exports out, staff at work.
#![expect(clippy::unwrap_used, reason = "a test may panic, and so may what it shares with others")]

extern crate mamori_places as places;

mod imports;
mod lists;
mod matching;
mod position;
mod real_lists;
mod real_matches;
mod shown;

use http::Duty;
use kernel::AreaCode;
use testkit::World;

/// A world with places, its index written.
async fn world() -> World {
    let world =
        World::builder().schemas(&[places::SCHEMA]).routes(places::routes()).install(places::install).build().await;
    places::prepare(world.app()).await.unwrap();
    world.settle().await;
    world
}

/// Somebody of 八戸市 who keeps the register.
async fn clerk(world: &World) -> testkit::Caller {
    world.staff(&[(Duty::Places, AreaCode::municipality("02203"))]).await
}

#[tokio::test]
async fn the_room_keeps_the_rules_of_every_room() {
    let world = world().await;
    let kinds: Vec<&str> = places::KINDS.iter().map(|(kind, _)| *kind).collect();
    let (schema, statements) = (places::SCHEMA, places::STATEMENTS);
    testkit::keeps_the_rules(&world, testkit::Room { schema, statements, kinds: &kinds }).await;
}
