//! A grid whose header was found: columns with names and fields, rows below them.

mod edges;
mod header;
mod names;

use crate::note::Notes;
use crate::value::Repair;
use crate::{Cell, Dictionary, Geometry, Grid, GridRow, Note, NoteKind, Reason, Refusal};

/// A table (表): what a grid says once its header is known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Every column that has a name or a value, in the order of the file.
    pub columns: Vec<Column>,
    /// The rows below the header.
    pub rows: Vec<TableRow>,
    /// What stands above the header: 「令和元年９月１日現在」.
    pub title: Vec<Remark>,
    /// What stands below the rows: 合計, ※….
    pub footer: Vec<Remark>,
    /// Positions of columns without name and values, from 0.
    pub dropped_columns: Vec<usize>,
    /// What to know about this table; those of the grid among them.
    pub notes: Vec<Note>,
}

/// A column (列).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// As written, the two lines of a two-line header joined with `_`; a repeated name ends in ` (2)`, a missing one is
    /// `C列`.
    pub name: String,
    /// The field of the dictionary.
    pub field: Option<String>,
    /// Position in the grid, from 0.
    pub position: usize,
}

/// A row of a table (表の行).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TableRow {
    /// As [`crate::GridRow::line`].
    pub line: u32,
    /// One cell for each column.
    pub cells: Vec<Cell>,
    /// Where it is; with a repair, the proposal.
    pub geometry: Option<Geometry>,
    /// As [`crate::GridRow::repair`].
    pub repair: Option<Repair>,
}

/// A line outside the rows (表の外の行).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// As [`crate::GridRow::line`].
    pub line: u32,
    /// Its cells joined with a space.
    pub text: String,
}

impl Table {
    /// Finds the header of `grid` and what stands around it. The header is the row among the first thirty with the most
    /// names the dictionary knows; where it knows fewer than two, the first row that looks like names; where there is
    /// none, columns are called by their letters. Refused only when there are no rows.
    pub fn of(grid: &Grid, dictionary: &Dictionary) -> Result<Self, Refusal> {
        if grid.rows.is_empty() {
            return Err(Refusal::new(&grid.name, Reason::NoRows));
        }
        let mut notes = Notes::resume(grid.notes.clone());
        let width = grid.rows.iter().map(|row| row.cells.len()).chain(grid.header.iter().map(Vec::len)).max();
        let width = width.unwrap_or(0).max(grid.width);
        let found = match &grid.header {
            Some(names) => header::Found { first: 0, lines: 0, names: names.clone() },
            None => header::find(&grid.rows, dictionary).unwrap_or_else(|| {
                notes.add(Note::new(NoteKind::NoHeader, None, ""));
                header::Found { first: 0, lines: 0, names: Vec::new() }
            }),
        };
        let (above, rest) = grid.rows.split_at(found.first);
        let body = rest.get(found.lines..).unwrap_or_default();
        let (body, below) = if grid.header.is_some() {
            (body, &[][..])
        } else {
            body.split_at(body.len() - edges::footer_lines(body, &found.names, dictionary))
        };
        let named = names::columns(&found.names, body, width, dictionary, &mut notes);
        let repeats = |row: &&GridRow| {
            let again = grid.header.is_none() && edges::repeats_header(row, &found.names);
            if again {
                notes.add(Note::new(NoteKind::RepeatedHeader, row.line, edges::joined(row)));
            }
            !again
        };
        let rows = body.iter().filter(repeats).map(|row| table_row(row, &named.columns)).collect();
        let remarks = |rows: &[GridRow]| {
            rows.iter().map(|row| Remark { line: row.line, text: edges::joined(row) }).collect::<Vec<_>>()
        };
        Ok(Self {
            columns: named.columns,
            rows,
            title: remarks(above),
            footer: remarks(below),
            dropped_columns: named.dropped,
            notes: notes.finish(),
        })
    }

    /// The cell of `row` in the column that means `field`; empty where there is no such column.
    pub fn get<'r>(&self, row: &'r TableRow, field: &str) -> &'r Cell {
        let at = self.columns.iter().position(|column| column.field.as_deref() == Some(field));
        at.and_then(|at| row.cells.get(at)).unwrap_or(Cell::EMPTY)
    }

    /// The column that means `field`.
    pub fn column(&self, field: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.field.as_deref() == Some(field))
    }

    /// Columns that mean no field of the dictionary, with their place among the columns.
    pub fn unmapped(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.columns.iter().enumerate().filter(|(_, column)| column.field.is_none())
    }
}

fn table_row(row: &GridRow, columns: &[Column]) -> TableRow {
    let cells = columns.iter().map(|column| row.cells.get(column.position).cloned().unwrap_or_default()).collect();
    TableRow { line: row.line, cells, geometry: row.geometry.clone(), repair: row.repair }
}
