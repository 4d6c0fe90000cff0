//! Group `floor`: parsing, public documents, the journal, overload, sizes and memory.

use anyhow::Result;

use super::{Bound, Figure, Measured, measure, read_figures};
use crate::{machine, run};
use Bound::{AtLeast, AtMost};

/// One figure of the group: title, key the program prints, unit, bound.
type Row = (&'static str, &'static str, &'static str, Bound);

/// `crates/disaster/feeds/benches/floor.rs`
const FEEDS: &[Row] = &[
    ("parse all telegrams, against jmaxml", "parse_ratio", "×", AtLeast(2.0)),
    ("parse one telegram, median", "parse_median_ms", "ms", AtMost(0.2)),
];

/// `crates/base/store/benches/floor.rs`
const STORE: &[Row] = &[
    (
        "journal, 20 writers and a reader 60 s, SQLite: missed, doubled or gaps",
        "journal_faults_sqlite",
        "",
        AtMost(0.0),
    ),
    (
        "journal, 20 writers and a reader 60 s, PostgreSQL: missed, doubled or gaps",
        "journal_faults_postgres",
        "",
        AtMost(0.0),
    ),
    ("durable appends, 64 callers, SQLite FULL, against pgbench at 64", "append_ratio_pgbench", "×", AtLeast(1.0)),
    (
        "durable appends, 64 callers, against one at a time when fsync is slow",
        "append_ratio_single",
        "×",
        AtLeast(10.0),
    ),
    ("kill -9, 200 rounds, SQLite: acknowledged lost or doubled", "kill_faults_sqlite", "", AtMost(0.0)),
    ("kill -9, 200 rounds, PostgreSQL: acknowledged lost or doubled", "kill_faults_postgres", "", AtMost(0.0)),
];

/// `crates/mamori/benches/floor.rs`
const MAMORI: &[Row] = &[
    ("telegram file → public document and stream, p99", "telegram_p99_ms", "ms", AtMost(300.0)),
    ("hot document of 20 KB per server CPU-second, against nginx", "hot_ratio", "×", AtLeast(0.9)),
    ("10× overload: staff writes that succeed", "overload_success_pct", "%", AtLeast(100.0)),
    ("10× overload: staff writes, p99", "overload_p99_ms", "ms", AtMost(500.0)),
    ("10× overload: normal again after", "overload_recovery_s", "s", AtMost(10.0)),
    ("memory of the demo after the replay", "demo_rss_mb", "MB", AtMost(150.0)),
];

/// `npm run budget`
const WEB: &[Row] = &[
    ("home, first visit, scripts transferred before the map", "home_js_kb", "KB", AtMost(100.0)),
    ("home, first visit, everything transferred before the map", "home_total_kb", "KB", AtMost(250.0)),
];

/// The figures of the floor.
pub(crate) fn figures() -> Vec<Figure> {
    let mut figures = room("mamori-feeds", "crates/disaster/feeds", FEEDS);
    figures.extend(room("mamori-store", "crates/base/store", STORE));
    figures.extend(room("mamori", "crates/mamori", MAMORI));
    figures.extend(judge("web", WEB, read_figures(run::npm(&["run", "--silent", "budget"]))));
    figures
}

fn room(package: &str, folder: &str, rows: &[Row]) -> Vec<Figure> {
    if !machine::root().join(folder).join("benches/floor.rs").is_file() {
        let reason = format!("{folder}/benches/floor.rs is not written");
        return rows.iter().map(|(title, _, unit, bound)| Figure::skipped(title, unit, *bound, &reason)).collect();
    }
    eprintln!("measuring {package}");
    judge(package, rows, measure(package, "floor"))
}

fn judge(what: &str, rows: &[Row], measured: Result<Measured>) -> Vec<Figure> {
    match measured {
        Ok(measured) => {
            rows.iter().map(|(title, key, unit, bound)| measured.figure(title, key, unit, *bound)).collect()
        }
        Err(error) => {
            eprintln!("{what}: {error:#}");
            rows.iter().map(|(title, _, unit, bound)| Figure::broken(title, unit, *bound)).collect()
        }
    }
}
