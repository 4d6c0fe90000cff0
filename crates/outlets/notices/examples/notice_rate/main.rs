//! Measures notices: finding people, sealing messages, and handing them to a push service over HTTP/2 and TLS.
//!
//! `cargo run --release -p mamori-notices --example notice_rate [devices]` prints `figure <key> <number>`. The push service of
//! the fan-out is a process of its own (this program with the word `sink`), so that the sender's CPU time is its own.

mod fanout;
mod matching;
mod sealing;

use std::time::Duration;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "sink") {
        return fanout::sink();
    }
    let devices = words.first().and_then(|word| word.parse().ok()).unwrap_or(20_000);
    matching::measure();
    sealing::measure()?;
    fanout::measure(devices)
}

/// CPU time of this thread so far, from the scheduler's own count in nanoseconds.
fn thread_cpu() -> Duration {
    nanoseconds("/proc/thread-self/schedstat")
}

/// CPU time of all threads of this process.
fn process_cpu() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    threads.map(|thread| nanoseconds(&format!("{}/schedstat", thread.path().display()))).sum()
}

fn nanoseconds(path: &str) -> Duration {
    let line = std::fs::read_to_string(path).unwrap_or_default();
    Duration::from_nanos(line.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0 up to 1.
    fn fraction(&mut self) -> f64 {
        let thousandths = u32::try_from(self.next() % 1_000_000).unwrap_or(0);
        f64::from(thousandths) / 1e6
    }
}
