//! The feeds as a whole: bytes in, telegrams and freshness out, on the engine of this run.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

#[path = "it/office.rs"]
mod office;
#[path = "it/pull.rs"]
mod pull;
#[path = "it/push.rs"]
mod push;
#[path = "it/replay.rs"]
mod replay;
#[path = "it/standin.rs"]
mod standin;
#[path = "it/telegrams.rs"]
mod telegrams;
#[path = "it/watch.rs"]
mod watch;

extern crate mamori_feeds as feeds;

use http::Duty;
use kernel::areas;
use serde_json::Value;
use testkit::{Caller, World};

async fn world() -> World {
    World::new(&[feeds::SCHEMA], feeds::routes()).await
}

async fn operator(world: &World) -> Caller {
    world.staff(&[(Duty::FeedOperator, areas::PREFECTURE)]).await
}

/// One source of the public document, by its key.
async fn source(world: &World, key: &str) -> Value {
    feeds::refresh(world.app()).await.unwrap();
    let document = world.document("sources").await;
    let sources = document["sources"].as_array().unwrap();
    sources.iter().find(|source| source["key"] == key).cloned().unwrap_or_else(|| panic!("no {key} in {document:#}"))
}

/// Ids of the received telegrams in the order of the journal.
async fn received(world: &World) -> Vec<String> {
    let journal = world.journal().await;
    journal.into_iter().filter(|entry| entry.kind == feeds::RECEIVED).map(|entry| entry.subject).collect()
}

#[tokio::test]
async fn the_room_keeps_the_rules_of_every_room() {
    let world = world().await;
    let kinds: Vec<&str> = feeds::KINDS.iter().map(|(kind, _)| *kind).collect();
    let (schema, statements) = (feeds::SCHEMA, &[&feeds::statements()[..]]);
    testkit::keeps_the_rules(&world, testkit::Room { schema, statements, kinds: &kinds }).await;
}
