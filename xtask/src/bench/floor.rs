//! Group `floor`: parsing, public documents, the journal, overload, sizes and memory.

use std::process::Command;

use super::{Bound, Figure, Measured};
use crate::run;
use Bound::{AtLeast, AtMost};

/// A program and the figures it prints.
pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) command: fn() -> Command,
    pub(super) rows: &'static [Row],
}

/// One figure: its value is the sum of the keys; beside it labels and keys of what the peer, or both, reached.
pub(super) struct Row {
    title: &'static str,
    keys: &'static [&'static str],
    unit: &'static str,
    bound: Bound,
    beside: &'static [(&'static str, &'static str)],
}

const PROGRAMS: &[Program] = &[
    Program { name: "telegram parser", command: || example("mamori-feeds", "parse_rate"), rows: PARSE },
    Program { name: "durable appends", command: || example("mamori-store", "append_rate"), rows: APPEND },
    Program { name: "journal soak (two minutes)", command: || example("mamori-store", "journal_soak"), rows: SOAK },
    Program { name: "kill -9 loop", command: || example("mamori-store", "kill_loop"), rows: KILL },
    Program { name: "the whole program", command: || bench("mamori", "floor"), rows: MAMORI },
    Program { name: "page weight", command: || run::npm(&["run", "--silent", "budget"]), rows: WEB },
];

const PARSE: &[Row] = &[
    row("parse all telegrams, against jmaxml", &["ratio"], "×", AtLeast(2.0)).beside(&[("jmaxml MB/s", "jmaxml_mb_s")]),
    row("parse one telegram, median", &["median_ms"], "ms", AtMost(0.2)),
];

const AT_ONCE: &str = "durable appends, 64 callers, against one at a time while fsync is slow";
const APPEND: &[Row] = &[
    row(
        "durable appends with position, chain and a reader, 64 callers, SQLite FULL, against pgbench at 64",
        &["append_to_pgbench"],
        "×",
        AtLeast(1.0),
    )
    .beside(&[("pgbench /s", "medians.pgbench_64"), ("ours /s", "medians.sqlite_append_64")]),
    row(AT_ONCE, &["append_to_one_at_a_time_while_slow"], "×", AtLeast(10.0))
        .beside(&[("one at a time /s", "medians.sqlite_tx_1")]),
];

const SOAK: &[Row] = &[
    row(
        "journal, 20 writers and a reader 60 s, SQLite: missed, doubled, gaps",
        &["engines.sqlite.missed", "engines.sqlite.double", "engines.sqlite.gaps"],
        "entries",
        AtMost(0.0),
    ),
    row(
        "journal, 20 writers and a reader 60 s, PostgreSQL: missed, doubled, gaps",
        &["engines.postgres.missed", "engines.postgres.double", "engines.postgres.gaps"],
        "entries",
        AtMost(0.0),
    ),
];

const KILL: &[Row] = &[
    row(
        "kill -9, 200 rounds, 20 writers, SQLite: acknowledged lost or doubled",
        &["engines.sqlite.lost", "engines.sqlite.doubled"],
        "entries",
        AtMost(0.0),
    ),
    row(
        "kill -9, 200 rounds, 20 writers, PostgreSQL: acknowledged lost or doubled",
        &["engines.postgres.lost", "engines.postgres.doubled"],
        "entries",
        AtMost(0.0),
    ),
];

const MAMORI: &[Row] = &[
    row("telegram file → public document and stream, p99", &["telegram_p99_ms"], "ms", AtMost(300.0)),
    row("hot document of 20 KB per server CPU-second, against nginx", &["hot_ratio"], "×", AtLeast(0.9)),
    row("10× overload: staff writes that succeed", &["overload_success_pct"], "%", AtLeast(100.0)),
    row("10× overload: staff writes, p99", &["overload_p99_ms"], "ms", AtMost(500.0)),
    row("10× overload: normal again after", &["overload_recovery_s"], "s", AtMost(10.0)),
    row("memory of the demo after the replay", &["demo_rss_mb"], "MB", AtMost(150.0)),
    row("the same with the data folder", &["demo_data_rss_mb"], "MB", AtMost(150.0)),
];

const WEB: &[Row] = &[
    row("home, first visit, scripts before the map, gzip", &["home_js_gzip_kb"], "KB", AtMost(100.0)),
    row("home, first visit, scripts before the map, brotli", &["home_js_br_kb"], "KB", AtMost(100.0)),
    row("home, first visit, everything before the map, gzip", &["home_total_gzip_kb"], "KB", AtMost(250.0)),
    row("home, first visit, everything before the map, brotli", &["home_total_br_kb"], "KB", AtMost(250.0)),
];

/// The figures of the floor.
pub(crate) fn figures() -> Vec<Figure> {
    PROGRAMS.iter().flat_map(measure).collect()
}

pub(super) fn measure(program: &Program) -> Vec<Figure> {
    eprintln!("measuring: {}", program.name);
    match Measured::by((program.command)()) {
        Ok(measured) => program.rows.iter().map(|row| row.judge(&measured)).collect(),
        Err(error) => {
            eprintln!("{}: {error:#}", program.name);
            program.rows.iter().map(|row| Figure::broken(row.title, row.unit, row.bound)).collect()
        }
    }
}

pub(super) const fn row(title: &'static str, keys: &'static [&'static str], unit: &'static str, bound: Bound) -> Row {
    Row { title, keys, unit, bound, beside: &[] }
}

pub(super) fn example(package: &str, name: &str) -> Command {
    run::cargo(&["run", "-q", "--release", "-p", package, "--example", name])
}

pub(super) fn bench(package: &str, name: &str) -> Command {
    run::cargo(&["bench", "-q", "-p", package, "--bench", name])
}

impl Row {
    const fn beside(mut self, pairs: &'static [(&'static str, &'static str)]) -> Self {
        self.beside = pairs;
        self
    }

    fn judge(&self, measured: &Measured) -> Figure {
        if self.title == AT_ONCE
            && measured.value(self.keys[0]).is_none()
            && let Some(syncs) = measured.value("medians.raw_rewriting")
        {
            let reason = format!("fsync is fast at the moment, {syncs:.0}/s");
            return Figure::skipped(self.title, self.unit, self.bound, reason);
        }
        let values: Option<Vec<f64>> = self.keys.iter().map(|key| measured.value(key)).collect();
        let figure = match values {
            Some(values) => Figure::new(self.title, values.iter().sum(), self.unit, self.bound),
            None => Figure::skipped(self.title, self.unit, self.bound, measured.reason(self.keys[0])),
        };
        let one = |(label, key): &(&str, &str)| Some(format!("{label} {:.1}", measured.value(key)?));
        let reached: Vec<String> = self.beside.iter().filter_map(one).collect();
        let reached = Some(reached.join(", ")).filter(|text| !text.is_empty());
        figure.beside(reached.or_else(|| measured.peer(self.keys[0]).map(str::to_owned)))
    }
}
