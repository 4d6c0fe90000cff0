//! kill -9 in a loop: twenty writers are killed at another moment each round; nothing acknowledged may be lost or doubled.
//!
//! `kill_loop [rounds] [sqlite|postgres|both]`. The last line is JSON.

// The name by which everybody else knows this crate.
extern crate mamori_store as store;

mod engine;
#[path = "../tests/it/rounds.rs"]
mod rounds;

use std::process::Command;

use serde_json::json;
use testkit::durable_database_on;

use crate::engine::Arguments;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    #[expect(clippy::disallowed_methods, reason = "how the parent speaks to this process")]
    if let Ok(url) = std::env::var(rounds::CHILD) {
        return rounds::child(&url).await;
    }
    let mut arguments = Arguments::new();
    let count = usize::try_from(arguments.number(200)).expect("a number of rounds");
    let engines = arguments.engines();
    let mut results = serde_json::Map::new();
    for engine in engines {
        let db = durable_database_on(*engine).await;
        let program = || Command::new(std::env::current_exe().expect("a program knows its file"));
        let outcome = rounds::rounds(&db.url, count, program).await;
        println!("{engine:?}: {outcome:?}");
        let result = json!({
            "rounds": outcome.rounds, "acknowledged": outcome.acknowledged,
            "lost": outcome.lost, "doubled": outcome.doubled, "chain_faults": outcome.faults,
        });
        results.insert(format!("{engine:?}").to_lowercase(), result);
    }
    println!("{}", json!({"figure": "kill_loop", "engines": results}));
}
