//! More seeds of the simulation: `cargo run --release -p mamori-reception --example simulate -- --seeds 100000`.
//!
//! Prints `figure <key> <value>` for the true policy, and for each sabotaged one with `--sabotage`.

extern crate mamori_reception as reception;

#[path = "../tests/simulation/chance.rs"]
mod chance;
#[path = "../tests/simulation/desk.rs"]
mod desk;
#[path = "../tests/simulation/family.rs"]
mod family;
#[path = "../tests/simulation/fault.rs"]
mod fault;
#[path = "../tests/simulation/net.rs"]
mod net;
#[path = "../tests/simulation/node.rs"]
mod node;
#[path = "../tests/simulation/policy.rs"]
mod policy;
#[path = "../tests/simulation/store.rs"]
mod store;
#[path = "../tests/simulation/sync.rs"]
mod sync;
#[path = "../tests/simulation/verdict.rs"]
mod verdict;
#[path = "../tests/simulation/world.rs"]
mod world;

use std::process::ExitCode;

use kernel::Stopwatch;
use policy::{Policy, SABOTAGE, SOUND};
use verdict::{Verdict, judge};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |flag: &str| {
        let at = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    let (first, seeds) = (number("--first").unwrap_or(0), number("--seeds").unwrap_or(10_000));
    let mut clean = true;
    for (name, policy) in SOUND {
        clean &= run(name, first..first + seeds, policy).is_clean();
    }
    if arguments.iter().any(|argument| argument == "--sabotage") {
        for (name, policy) in SABOTAGE {
            clean &= !run(name, first..first + seeds, policy).is_clean();
        }
    }
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(name: &str, seeds: std::ops::Range<u64>, policy: Policy) -> Verdict {
    let watch = Stopwatch::start();
    let verdict = judge(seeds, policy);
    let figures = [
        ("seeds", verdict.seeds),
        ("events", verdict.events),
        ("lost", verdict.lost),
        ("doubled", verdict.doubled),
        ("wrong", verdict.wrong),
        ("diverged", verdict.diverged),
        ("forged", verdict.forged),
        ("misjudged", verdict.misjudged),
        ("bad_seeds", verdict.bad_seeds),
    ];
    for (key, value) in figures {
        println!("figure simulation.{name}.{key} {value}");
    }
    if let Some(seed) = verdict.first_bad {
        println!("{name}: the first of the bad seeds is {seed}");
    }
    println!("figure simulation.{name}.seconds {:.1}", watch.elapsed().as_secs_f64());
    verdict
}
