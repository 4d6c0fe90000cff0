//! Tables of town names (町字): recognised by their columns, read into [`Town`]s.

use std::collections::BTreeMap;

use kernel::{Point, Text};
use sheets::value::{coordinates, municipality};
use sheets::{File, Table, TableRow};

use super::columns::{Columns, town_dictionary};
use super::{gazetteer, whose, words};
use crate::model::{SourceRow, Town, Verdict};

/// What a table of towns holds.
#[derive(Debug, Default)]
pub(super) struct Towns {
    pub(super) found: Vec<Town>,
    pub(super) refused: Vec<SourceRow>,
    pub(super) rows: u32,
    pub(super) columns: Columns,
}

/// Reads a file as a table of towns; `None` when it is none.
pub(super) fn read(file: &File, name: &str, chosen: Option<&str>) -> Option<Result<Towns, Text>> {
    let grid = file.grids.first()?;
    let table = Table::of(grid, &town_dictionary()).ok()?;
    let columns = Columns::of(&table, &BTreeMap::new(), &BTreeMap::new());
    if !(columns.has("town") && (columns.has("koaza") || columns.has("chome"))) {
        return None;
    }
    let own = chosen.map(str::to_owned).or_else(|| whose::of_name(name));
    let mut towns = Towns { rows: u32::try_from(table.rows.len()).unwrap_or(u32::MAX), ..Towns::default() };
    for row in &table.rows {
        let code = municipality(columns.cell(row, "code")).map(|code| code.jis5).or_else(|| own.clone());
        let Some(code) = code else { return Some(Err(words::no_municipality())) };
        match town(&columns, row, code) {
            Some(town) => towns.found.push(town),
            None => towns.refused.push(SourceRow {
                line: row.line,
                verdict: Verdict::Quarantined,
                key: None,
                name: None,
                reason: Some(words::no_town()),
                cells: columns.cells(row),
                proposal: None,
            }),
        }
    }
    towns.columns = columns;
    Some(Ok(towns))
}

fn town(columns: &Columns, row: &TableRow, municipality: String) -> Option<Town> {
    let parts = ["town", "chome", "koaza"];
    let name: String = parts.iter().filter_map(|field| columns.text(row, field)).collect();
    if name.is_empty() {
        return None;
    }
    let read = coordinates(columns.cell(row, "lat"), columns.cell(row, "lon"));
    // A repair is for a person to accept, and nobody looks at the rows of such a table: without it.
    let point: Option<Point> = read.ok().filter(|read| read.repair.is_none()).map(|read| read.point);
    Some(Town { municipality, folded: gazetteer::key(&name), name, point })
}
