//! Group `registry`: deciding programmes for one household and for everybody, and finding one by its name.

use super::Bound::{AtLeast, AtMost};
use super::Figure;
use super::floor::{Program, Row, example, measure, row};

const PROGRAMS: &[Program] =
    &[Program { name: "programmes", command: || example("mamori-registry", "match_rate"), rows: MATCH }];

const MATCH: &[Row] = &[
    row("1.18 M profiles × 500 programmes, all again, 2 cores", &["rematch_all_s"], "s", AtMost(10.0)),
    row("1.18 M profiles after one rule was edited", &["rematch_one_s"], "s", AtMost(10.0)),
    row(
        "households decided with reasons, from JSON, per CPU-second",
        &["households_per_cpu_s"],
        "/CPU-s",
        AtLeast(10_000.0),
    ),
    row("search over 10,000 programmes, p99", &["search_p99_ms"], "ms", AtMost(20.0)),
];

/// The figures of the registry.
pub(crate) fn figures() -> Vec<Figure> {
    PROGRAMS.iter().flat_map(measure).collect()
}
