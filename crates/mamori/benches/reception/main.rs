//! Measures the kit as a thief, a power cut and a full gymnasium meet it: real processes, a real disk, a real network.
//!
//! `cargo bench -p mamori --bench reception [-- kill power full slow thief speed partition burst]`; `kill=20` and `power=5` are
//! shorter. What this machine cannot
//! do is said to be skipped, with the reason. Needs root for the disk, the network and the look into memory.

mod burst;
mod crash;
mod desk;
mod disk;
mod network;
#[path = "../floor/process.rs"]
mod process;
#[path = "../said/mod.rs"]
mod said;
mod speed;
mod stage;
mod thief;

use std::process::ExitCode;

use said::told;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            println!("skipped reception {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(async {
        match words.first().map(String::as_str) {
            // What this program does inside a network namespace.
            Some("forward") => network::forward(&words[1], &words[2]).await,
            Some("inside") => network::inside(&words[1..]).await,
            _ => measure(&words).await,
        }
    });
    ExitCode::SUCCESS
}

async fn measure(words: &[String]) {
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| word.split('=').next() == Some(name));
    let rounds = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('=')?.parse().ok());
    if wanted("kill") {
        told("kill_lost", crash::kill(rounds("kill"))).await;
    }
    if wanted("power") {
        told("power_lost", crash::power(rounds("power"))).await;
    }
    if wanted("full") {
        told("full_lost", disk::full()).await;
    }
    if wanted("slow") {
        told("slow_per_s", disk::slow()).await;
    }
    if wanted("thief") {
        told("thief_found", thief::measure()).await;
    }
    if wanted("speed") {
        told("admissions_per_cpu_s", speed::measure()).await;
    }
    if wanted("partition") {
        told("partition_s", network::measure()).await;
    }
    if wanted("burst") {
        told("burst_p99_ms", burst::measure()).await;
    }
}
