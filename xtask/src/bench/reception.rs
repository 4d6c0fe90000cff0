//! Group `reception`: the kit under power cuts, kills, full and slow disks, thieves, partitions, and a crowd.

use super::Bound::{AtLeast, AtMost};
use super::Figure;
use super::floor::{Program, Row, bench, measure, row};

const PROGRAMS: &[Program] = &[Program { name: "the kit", command: || bench("mamori", "reception"), rows: KIT }];

const KIT: &[Row] = &[
    row(
        "kit: kill -9, 200 rounds: acknowledged lost or doubled",
        &["kill_lost", "kill_doubled"],
        "people",
        AtMost(0.0),
    ),
    row(
        "kit: power cut, 50 times: acknowledged lost or doubled",
        &["power_lost", "power_doubled"],
        "people",
        AtMost(0.0),
    ),
    row("kit: ready after a power cut", &["power_start_s"], "s", AtMost(5.0)),
    row("kit: disk full: acknowledged lost or doubled", &["full_lost", "full_doubled"], "people", AtMost(0.0)),
    row("kit: disk full: refuses in words", &["full_words"], "", AtLeast(1.0)),
    row("kit: disk full: admits again after there is room", &["full_recovery_s"], "s", AtMost(10.0)),
    row("kit: disk of 20 writes a second, admissions", &["slow_per_s"], "/s", AtLeast(20.0)),
    row("kit: disk of 20 writes a second, p99", &["slow_p99_ms"], "ms", AtMost(2_000.0)),
    row("kit stolen while locked: names, telephones, addresses found", &["thief_found"], "", AtMost(0.0)),
    row("kit: durable admissions, 64 clients, per CPU-second", &["admissions_per_cpu_s"], "/CPU-s", AtLeast(5_000.0)),
    row("kit: admission, p99, against 10 ms + 3 × fdatasync", &["admission_p99_to_bound"], "×", AtMost(1.0)),
    row("kit: scan → saved, p99", &["scan_saved_p99_ms"], "ms", AtMost(200.0)),
    row("kit: memory with 2,000 people", &["kit_rss_mb"], "MB", AtMost(200.0)),
    row("partition, 5,000 waiting, 1 Mbit/s: all at the centre after", &["partition_s"], "s", AtMost(120.0)),
    row("partition: refused or missing", &["partition_refused", "partition_missing"], "people", AtMost(0.0)),
    row("centre: 100 kits × 50/s, p99 of a batch", &["burst_p99_ms"], "ms", AtMost(2_000.0)),
    row("centre: 100 kits × 50/s, refused", &["burst_refused"], "batches", AtMost(0.0)),
];

/// The figures of the reception.
pub(crate) fn figures() -> Vec<Figure> {
    PROGRAMS.iter().flat_map(measure).collect()
}
