//! Wakes: after the commit, here and in other processes.

use std::time::Duration;

use crate::SOON;

const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_wake_comes_with_the_commit_and_not_with_a_rollback() {
    let db = testkit::database().await;
    let store = db.store().await;
    let mut wake = store.wakes().subscribe("towns");
    let mut other = store.wakes().subscribe("elsewhere");
    let mut tx = store.write().await.unwrap();
    tx.wake_on_commit("towns");
    tx.rollback().await.unwrap();
    assert!(!wake.wait(SHORT).await);
    let mut tx = store.write().await.unwrap();
    tx.wake_on_commit("towns");
    assert!(!wake.wait(SHORT).await);
    tx.commit().await.unwrap();
    assert!(wake.wait(SOON).await);
    assert!(!other.wait(SHORT).await);
}

#[tokio::test]
async fn a_wake_before_the_wait_is_not_missed() {
    let db = testkit::database().await;
    let store = db.store().await;
    let mut wake = store.wakes().subscribe("towns");
    store.wakes().send("towns");
    assert!(wake.wait(SOON).await);
}

#[tokio::test]
async fn other_processes_are_woken_on_postgresql() {
    let db = testkit::database_on(store::Engine::Postgres).await;
    let (here, there) = (db.store().await, db.store().await);
    let mut wake = there.wakes().subscribe("towns");
    // The listener of the other store may not be connected yet: only what is sent after that can be heard.
    let heard = async {
        for _ in 0..100 {
            let mut tx = here.write().await.unwrap();
            tx.wake_on_commit("towns");
            tx.commit().await.unwrap();
            if wake.wait(Duration::from_millis(200)).await {
                return true;
            }
        }
        false
    };
    assert!(heard.await);
}
