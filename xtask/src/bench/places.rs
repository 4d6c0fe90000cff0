//! Group `places`: imports, search, the nearest open shelters.

use std::process::Command;

use super::Bound::{AtLeast, AtMost};
use super::Figure;
use super::floor::{Program, Row, bench, example, measure, row};
use crate::{machine, run};

const PROGRAMS: &[Program] = &[
    Program { name: "places and shelters", command: || bench("mamori", "places"), rows: PLACES },
    Program { name: "tiles and packs", command: || example("mamori-maps", "map_rate"), rows: MAPS },
    Program { name: "a pack on a phone", command: phone, rows: PHONE },
];

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

const MAPS: &[Row] = &[
    row("tiles of heidelberg.test.pbf (221k nodes)", &["extract_s"], "s", AtMost(15.0)),
    row("the same, memory", &["extract_rss_mb"], "MB", AtMost(1_024.0)),
    row("packs of all 40 municipalities", &["packs_s"], "s", AtMost(60.0)),
    row("a pack, median of 40", &["packs_median_mb"], "MB", AtMost(5.0)),
    row("1,000 mixed tiles per server CPU-second, against nginx", &["tiles_ratio"], "×", AtLeast(0.8)),
];

const PHONE: &[Row] =
    &[row("map painted from a pack in aeroplane mode, 4× slower processor", &["pack_paint_s"], "s", AtMost(3.0))];

/// The program that the first of the group has built, in release mode as everything here.
fn phone() -> Command {
    let mut command = run::npm(&["run", "--silent", "pack-paint"]);
    command.env("MAMORI_BIN", machine::target_dir().join("release/mamori"));
    command
}

/// The figures of places, shelters and maps.
pub(crate) fn figures() -> Vec<Figure> {
    PROGRAMS.iter().flat_map(measure).collect()
}
