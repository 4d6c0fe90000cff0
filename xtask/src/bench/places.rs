//! Group `places`: imports, search, the nearest open shelters.

use super::Bound::{AtLeast, AtMost};
use super::Figure;
use super::floor::{Program, Row, bench, measure, row};

const PROGRAMS: &[Program] =
    &[Program { name: "places and shelters", command: || bench("mamori", "places"), rows: PLACES }];

const PLACES: &[Row] = &[
    row("import of the national lists of Aomori, SQLite", &["import_sqlite_s"], "s", AtMost(3.0)),
    row("import of the national lists of Aomori, PostgreSQL", &["import_postgres_s"], "s", AtMost(3.0)),
    row("the same, places, SQLite", &["import_sqlite_rows"], "places", AtLeast(4_414.0)),
    row("the same, places, PostgreSQL", &["import_postgres_rows"], "places", AtLeast(4_414.0)),
    row("second import, SQLite", &["import_sqlite_second"], "changes", AtMost(0.0)),
    row("second import, PostgreSQL", &["import_postgres_second"], "changes", AtMost(0.0)),
    row("search over all places, p99", &["search_p99_ms"], "ms", AtMost(10.0)),
    row("two-character queries that find", &["search_two_characters_found_pct"], "%", AtLeast(100.0)),
    row("kana queries that find", &["search_kana_found_pct"], "%", AtLeast(100.0)),
    row("5 nearest open shelters per CPU-second, against Redis GEOSEARCH", &["nearest_to_redis"], "×", AtLeast(10.0)),
];

/// The figures of places, shelters and maps.
pub(crate) fn figures() -> Vec<Figure> {
    PROGRAMS.iter().flat_map(measure).collect()
}
