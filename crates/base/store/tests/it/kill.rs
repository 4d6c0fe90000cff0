//! A killed process loses nothing that it acknowledged and doubles nothing that is tried again.

use std::process::Command;

use crate::rounds::{CHILD, child, rounds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_writers_lose_and_double_nothing() {
    let db = testkit::database().await;
    let program = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["kill::the_child_of_the_kill_rounds", "--exact", "--nocapture"]);
        command
    };
    let url = db.url.clone();
    let outcome = rounds(&url, 6, program).await;
    assert!(outcome.acknowledged > 20, "{outcome:?}");
    assert_eq!((outcome.lost, outcome.doubled, outcome.faults), (0, 0, 0), "{outcome:?}");
}

/// Does nothing unless the test above has started it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_of_the_kill_rounds() {
    #[expect(clippy::disallowed_methods, reason = "how the parent speaks to this process")]
    if let Ok(url) = std::env::var(CHILD) {
        child(&url).await;
    }
}
