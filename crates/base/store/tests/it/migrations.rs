//! Migrations: forward only, never guessed.

use store::{Error, Migration, Schema, sql};

const ONE: Migration = Migration {
    version: 1,
    name: "create towns",
    sql: "CREATE TABLE town (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL); CREATE INDEX town_name ON town (name);",
    sample: "INSERT INTO town (id, name) VALUES (1, '八戸市'), (2, '三沢市');",
};
const TWO: Migration = Migration {
    version: 2,
    name: "add the kana",
    sql: "ALTER TABLE town ADD COLUMN kana TEXT NOT NULL DEFAULT '';",
    sample: "INSERT INTO town (id, name, kana) VALUES (3, 'おいらせ町', 'おいらせちょう');",
};
const BAD: Migration = Migration {
    version: 2,
    name: "bad",
    sql: "CREATE TABLE half (id BIGINT); CREATE TABLE town (id BIGINT);",
    sample: "",
};
const FIRST: Schema = Schema { room: "towns", migrations: &[ONE] };
const BOTH: Schema = Schema { room: "towns", migrations: &[ONE, TWO] };

#[tokio::test]
async fn they_run_once_and_in_order() {
    let db = testkit::database().await;
    let store = db.store().await;
    store.migrate(&[FIRST]).await.unwrap();
    store.migrate(&[BOTH]).await.unwrap();
    store.migrate(&[BOTH]).await.unwrap();
    let mut conn = store.read().await.unwrap();
    let steps: Vec<(i64, String)> =
        sql("SELECT version, name FROM schema_version WHERE room = 'towns' ORDER BY version")
            .fetch_all(&mut conn)
            .await
            .unwrap();
    assert_eq!(steps, [(1, "create towns".to_owned()), (2, "add the kana".to_owned())]);
}

#[tokio::test]
async fn the_next_one_meets_a_lived_in_database() {
    let db = testkit::database().await;
    let store = db.store().await;
    store.migrate_lived_in(&[BOTH]).await.unwrap();
    let mut conn = store.read().await.unwrap();
    let count: i64 = sql("SELECT COUNT(*) FROM town").fetch_value(&mut conn).await.unwrap();
    assert_eq!(count, 3);
    let dead = store::jobs::dead_letters(&store, 10).await.unwrap();
    assert_eq!(dead.len(), 1, "the store's own samples are there too");
}

#[tokio::test]
async fn a_newer_database_is_refused_and_left_alone() {
    let db = testkit::database().await;
    let store = db.store().await;
    store.migrate(&[BOTH]).await.unwrap();
    let error = store.migrate(&[FIRST]).await.unwrap_err();
    assert!(matches!(error, Error::NewerSchema { found: 2, known: 1, .. }), "{error}");
    // A room that this program does not know at all is newer too, but only the list of all rooms can tell.
    store.migrate(&[BOTH]).await.unwrap();
}

#[tokio::test]
async fn a_changed_migration_is_refused() {
    let db = testkit::database().await;
    let store = db.store().await;
    store.migrate(&[FIRST]).await.unwrap();
    let changed = Migration { sql: "CREATE TABLE town (id BIGINT NOT NULL PRIMARY KEY)", ..ONE };
    let changed: &'static [Migration] = Box::leak(Box::new([changed]));
    let error = store.migrate(&[Schema { room: "towns", migrations: changed }]).await.unwrap_err();
    assert!(matches!(error, Error::ChangedMigration { version: 1, .. }), "{error}");
}

#[tokio::test]
async fn a_failing_migration_leaves_nothing_behind() {
    let db = testkit::database().await;
    let store = db.store().await;
    store.migrate(&[Schema { room: "towns", migrations: &[ONE, BAD] }]).await.unwrap_err();
    let mut conn = store.read().await.unwrap();
    assert!(sql("SELECT * FROM town").execute(&mut conn).await.is_err());
    drop(conn);
    store.migrate(&[BOTH]).await.unwrap();
}

#[tokio::test]
async fn two_processes_may_start_at_the_same_time() {
    let db = testkit::database().await;
    let (one, two) = (db.store().await, db.store().await);
    let (first, second) = tokio::join!(one.migrate(&[BOTH]), two.migrate(&[BOTH]));
    first.unwrap();
    second.unwrap();
}
