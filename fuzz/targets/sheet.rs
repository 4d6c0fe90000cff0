//! Any bytes as a file of an office: no panic, bounded grids, and a table that loses no column. The first byte chooses
//! the name, because names break ties.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sheets::{Dictionary, Grid, Limits, Table, value};

const NAMES: [&str; 8] = ["a", "a.csv", "a.json", "a.geojson", "a.xlsx", "a.zip", "a.csv.gz", "a.txt"];

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let limits = Limits { unpacked_bytes: 8 << 20, cells: 100_000, vertices: 100_000, ..Limits::default() };
    let dictionary = Dictionary::parse("[fields]\nname = [\"名称\", \"name\"]\nlat = [\"緯度\"]\nlon = [\"経度\"]");
    let dictionary = dictionary.expect("the dictionary above is sound");
    match sheets::read(NAMES[usize::from(*first) % NAMES.len()], bytes, &limits) {
        Ok(file) => {
            assert!(!file.grids.is_empty());
            assert!(file.grids.iter().flat_map(|grid| &grid.rows).map(|row| row.cells.len()).sum::<usize>() <= limits.cells);
            for grid in &file.grids {
                look(grid, &dictionary);
            }
        }
        Err(refusal) => assert!(!refusal.text().ja.is_empty() && !refusal.text().en.is_empty()),
    }
});

fn look(grid: &Grid, dictionary: &Dictionary) {
    let Ok(table) = Table::of(grid, dictionary) else { return assert!(grid.rows.is_empty()) };
    for row in &grid.rows {
        for (at, _) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            assert!(table.columns.iter().any(|column| column.position == at) || table.rows.iter().all(|found| found.line != row.line));
        }
    }
    for row in &table.rows {
        let _ = value::coordinates(table.get(row, "lat"), table.get(row, "lon"));
        for cell in &row.cells {
            let text = cell.text();
            let _ = (value::number(cell), value::date(cell), value::mark(cell), value::capacity(cell), value::municipality(cell));
            let _ = (value::as_of(&text), value::floors(&text), value::coordinate_pair(cell));
        }
    }
}
