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
async fn operations_refuse_strangers_and_describe_themselves() {
    let world = world().await;
    testkit::refuses_strangers(&world).await;
    testkit::describes_itself(&world);
}

#[tokio::test]
async fn every_statement_is_understood_by_the_engine() {
    let world = world().await;
    for statements in households::STATEMENTS {
        world.store().prepare_all(statements).await.unwrap();
    }
}

#[tokio::test]
async fn migrations_run_on_a_lived_in_database() {
    let database = testkit::database().await;
    let store = database.store().await;
    store.migrate_lived_in(&[households::SCHEMA]).await.unwrap();
    store.close().await;
}

#[test]
fn every_kind_of_entry_is_listed_once() {
    let mut kinds = households::KINDS.to_vec();
    assert!(kinds.iter().all(|kind| kind.starts_with("households.")));
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), households::KINDS.len());
}
