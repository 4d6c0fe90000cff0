//! What is left of the limits while a file is read, and the grid being built under them.

use crate::note::Notes;
use crate::value::is_formula;
use crate::{Cell, Grid, GridRow, Limits, Measure, Note, NoteKind, Reason, Refusal};

/// Counts what a whole file may hold.
pub(super) struct Budget<'a> {
    pub file: &'a str,
    pub limits: &'a Limits,
    cells: usize,
    vertices: usize,
    grids: usize,
}

impl<'a> Budget<'a> {
    pub(super) fn new(file: &'a str, limits: &'a Limits) -> Self {
        Self { file, limits, cells: 0, vertices: 0, grids: 0 }
    }

    /// Goes on counting for a file inside this one.
    pub(super) fn part<'b>(&self, file: &'b str) -> Budget<'b>
    where
        'a: 'b,
    {
        Budget { file, limits: self.limits, cells: self.cells, vertices: self.vertices, grids: self.grids }
    }

    /// Takes over what a part has counted.
    pub(super) fn resume(&mut self, part: &Budget<'_>) {
        (self.cells, self.vertices, self.grids) = (part.cells, part.vertices, part.grids);
    }

    pub(super) fn grid(&mut self) -> Result<(), Refusal> {
        self.grids += 1;
        self.check(self.grids, Measure::Grids, self.limits.grids, None)
    }

    pub(super) fn vertices(&mut self, count: usize, line: u32) -> Result<(), Refusal> {
        self.vertices = self.vertices.saturating_add(count);
        self.check(self.vertices, Measure::Vertices, self.limits.vertices, line)
    }

    pub(super) fn columns(&self, count: usize, line: impl Into<Option<u32>>) -> Result<(), Refusal> {
        self.check(count, Measure::Columns, self.limits.columns, line)
    }

    pub(super) fn cell_chars(&self, text: &str, line: u32) -> Result<(), Refusal> {
        // Bytes are at least as many as characters: the count is seldom needed.
        let chars = if text.len() > self.limits.cell_chars { text.chars().count() } else { 0 };
        self.check(chars, Measure::CellChars, self.limits.cell_chars, line)
    }

    pub(super) fn row(&mut self, rows: usize, cells: usize, line: u32) -> Result<(), Refusal> {
        self.check(rows, Measure::Rows, self.limits.rows, line)?;
        self.cells = self.cells.saturating_add(cells);
        self.check(self.cells, Measure::Cells, self.limits.cells, line)
    }

    fn check(&self, count: usize, what: Measure, most: usize, line: impl Into<Option<u32>>) -> Result<(), Refusal> {
        if count <= most { Ok(()) } else { Err(Refusal::too_large(self.file, line, what, most)) }
    }

    pub(super) fn damaged(&self, line: impl Into<Option<u32>>, why: impl Into<String>) -> Refusal {
        Refusal::damaged(self.file, line, why)
    }

    pub(super) fn refuse(&self, reason: Reason) -> Refusal {
        Refusal::new(self.file, reason)
    }

    pub(super) fn refuse_at(&self, line: impl Into<Option<u32>>, reason: Reason) -> Refusal {
        Refusal::at(self.file, line, reason)
    }
}

/// A grid in the making.
pub(super) struct Builder {
    grid: Grid,
    pub notes: Notes,
}

impl Builder {
    pub(super) fn new(name: &str, budget: &mut Budget<'_>) -> Result<Self, Refusal> {
        budget.grid()?;
        Ok(Self { grid: Grid { name: name.to_owned(), ..Grid::default() }, notes: Notes::default() })
    }

    /// Adds a row, without the empty cells at its end; a row without anything is left out.
    pub(super) fn push(&mut self, mut row: GridRow, budget: &mut Budget<'_>) -> Result<(), Refusal> {
        self.grid.width = self.grid.width.max(row.cells.len());
        while row.cells.last().is_some_and(Cell::is_empty) {
            row.cells.pop();
        }
        if row.cells.is_empty() && row.geometry.is_none() {
            return Ok(());
        }
        budget.columns(row.cells.len(), row.line)?;
        for cell in &row.cells {
            if let Cell::Text(text) = cell {
                budget.cell_chars(text, row.line)?;
                if is_formula(text) {
                    self.notes.add(Note::new(NoteKind::Formula, row.line, text.chars().take(40).collect::<String>()));
                }
            }
        }
        row.cells.shrink_to_fit();
        self.grid.rows.push(row);
        let last = self.grid.rows.last().map_or((0, 0), |row| (row.cells.len(), row.line));
        budget.row(self.grid.rows.len(), last.0, last.1)
    }

    pub(super) fn rows(&self) -> &[GridRow] {
        &self.grid.rows
    }

    pub(super) fn finish(mut self, header: Option<Vec<String>>) -> Grid {
        self.grid.header = header;
        if self.grid.rows.is_empty() {
            self.notes.add(Note::new(NoteKind::EmptyGrid, None, &self.grid.name));
        }
        self.grid.notes = self.notes.finish();
        self.grid
    }
}
