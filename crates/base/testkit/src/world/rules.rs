//! What every room keeps, in one place: a room's test names its tables, its statements and its kinds.

use std::collections::BTreeSet;

use store::Schema;

use super::{World, describes_itself, refuses_strangers};
use crate::database::database;

/// What a room says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Room<'a> {
    /// Its tables.
    pub schema: Schema,
    /// Every statement of its `db`.
    pub statements: &'a [&'a [&'static str]],
    /// The kinds of its journal entries.
    pub kinds: &'a [&'static str],
}

/// Every operation refuses strangers and describes itself; every statement is understood by the engine; migrations run on a
/// lived-in database; every kind of entry is listed once, under the room's name.
pub async fn keeps_the_rules(world: &World, room: Room<'_>) {
    refuses_strangers(world).await;
    describes_itself(world);
    world.settle().await;
    for statements in room.statements {
        world.store().prepare_all(statements).await.expect("every statement is understood by the engine");
    }
    let lived_in = database().await;
    let store = lived_in.store().await;
    store.migrate_lived_in(&[room.schema]).await.expect("migrations run on a lived-in database");
    store.close().await;
    let prefix = format!("{}.", room.schema.room);
    let strange: Vec<_> = room.kinds.iter().filter(|kind| !kind.starts_with(&prefix)).collect();
    assert!(strange.is_empty(), "kinds that do not begin with {prefix}: {strange:?}");
    let once: BTreeSet<_> = room.kinds.iter().collect();
    assert_eq!(once.len(), room.kinds.len(), "a kind is listed twice");
}
