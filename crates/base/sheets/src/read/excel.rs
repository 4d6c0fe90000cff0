//! Excel workbooks (.xlsx, .xlsm). calamine drops phonetic runs (rPh) and gives formulas as their cached value; cells are
//! streamed, because a sheet with one cell in its last corner would else become a table of 17 thousand million.
//!
//! calamine 0.38 computes with what a damaged sheet says of its cells: an address like `AAAAAAAA1` overflows inside it. The
//! profiles check its arithmetic in every build, and a panic of the library refuses the file, never takes the caller down.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Dimensions, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use chrono::{NaiveDateTime, NaiveTime};

use super::budget::{Budget, Builder};
use crate::{Cell, File, Format, Grid, GridRow, Note, NoteKind, Reason, Refusal};

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;
/// Rows by their number from 0, each with its cells by column from 0.
type Sheet = BTreeMap<u32, BTreeMap<u32, Cell>>;

pub(super) fn read(name: &str, bytes: &[u8], budget: &mut Budget<'_>) -> Result<File, Refusal> {
    // What was counted of the budget stays counted; nothing else outlives a panic.
    let read = catch_unwind(AssertUnwindSafe(|| read_book(name, bytes, budget)));
    read.unwrap_or_else(|_| Err(Refusal::damaged(name, None, "xlsx: a cell that no sheet can hold")))
}

fn read_book(name: &str, bytes: &[u8], budget: &mut Budget<'_>) -> Result<File, Refusal> {
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| refusal(name, &error))?;
    let sheets: Vec<(String, bool)> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
        .collect();
    let mut file = File { format: Format::Excel, encoding: None, grids: Vec::new(), notes: Vec::new() };
    for (sheet, visible) in sheets {
        let grid = read_sheet(&mut book, &sheet, visible, budget)?;
        if grid.rows.is_empty() {
            file.notes.push(Note::new(NoteKind::EmptyGrid, None, &sheet));
        } else {
            file.grids.push(grid);
        }
    }
    if file.grids.is_empty() { Err(budget.refuse(Reason::NoRows)) } else { Ok(file) }
}

fn read_sheet(book: &mut Book<'_>, sheet: &str, visible: bool, budget: &mut Budget<'_>) -> Result<Grid, Refusal> {
    let file = format!("{}/{sheet}", budget.file);
    let mut part = budget.part(&file);
    let mut builder = Builder::new(sheet, &mut part)?;
    if !visible {
        builder.notes.add(Note::new(NoteKind::HiddenSheet, None, sheet));
    }
    let mut cells = cells(book, sheet, &mut builder, &part)?;
    let merged = book.merge_cells_by_sheet_name(sheet).map_err(|error| refusal(&file, &error))?;
    fill(&mut cells, &merged, &mut builder, &part)?;
    for (row, cells) in cells {
        let width = cells.last_key_value().map_or(0, |(column, _)| position(*column) + 1);
        let mut dense = vec![Cell::Empty; width];
        for (column, cell) in cells {
            dense[position(column)] = cell;
        }
        builder.push(GridRow { line: row.saturating_add(1), cells: dense, ..GridRow::default() }, &mut part)?;
    }
    budget.resume(&part);
    Ok(builder.finish(None))
}

/// The cells with something in them.
fn cells(book: &mut Book<'_>, sheet: &str, builder: &mut Builder, budget: &Budget<'_>) -> Result<Sheet, Refusal> {
    let wrong = |error: XlsxError| refusal(budget.file, &error);
    let mut reader = book.worksheet_cells_reader(sheet).map_err(wrong)?;
    let mut found = Sheet::new();
    let mut count = 0;
    while let Some(next) = reader.next_cell().map_err(wrong)? {
        let (row, column) = next.get_position();
        let line = row.saturating_add(1);
        if let DataRef::Error(error) = next.get_value() {
            builder.notes.add(Note::new(NoteKind::ErrorValue, line, error.to_string()));
        }
        let cell = cell(next.get_value());
        if cell.is_empty() {
            continue;
        }
        count += 1;
        if count > budget.limits.cells {
            return Err(Refusal::too_large(budget.file, line, crate::Measure::Cells, budget.limits.cells));
        }
        budget.columns(position(column) + 1, line)?;
        found.entry(row).or_default().insert(column, cell);
    }
    Ok(found)
}

/// Fills merged cells with the value of their first one, inside the rows and columns in use.
fn fill(cells: &mut Sheet, merged: &[Dimensions], builder: &mut Builder, budget: &Budget<'_>) -> Result<(), Refusal> {
    let last_row = cells.last_key_value().map_or(0, |(row, _)| *row);
    let mut left = budget.limits.cells;
    for range in merged {
        let (top, first) = range.start;
        let Some(value) = cells.get(&top).and_then(|row| row.get(&first)).cloned() else { continue };
        let (bottom, last) = (range.end.0.min(last_row), range.end.1);
        budget.columns(position(last) + 1, top.saturating_add(1))?;
        for row in top..=bottom {
            for column in first..=last {
                left = left.checked_sub(1).ok_or_else(|| {
                    Refusal::too_large(budget.file, row.saturating_add(1), crate::Measure::Cells, budget.limits.cells)
                })?;
                cells.entry(row).or_default().entry(column).or_insert_with(|| value.clone());
            }
        }
        let about = format!("{}行 × {}列: {}", bottom - top + 1, last.saturating_sub(first) + 1, value.text());
        builder.notes.add(Note::new(
            NoteKind::Merged,
            top.saturating_add(1),
            about.chars().take(60).collect::<String>(),
        ));
    }
    Ok(())
}

fn cell(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        #[expect(clippy::cast_precision_loss, reason = "a workbook has no integers beyond 2^53")]
        DataRef::Int(value) => Cell::from_number(*value as f64),
        DataRef::Float(value) => Cell::from_number(*value),
        DataRef::String(text) => Cell::from_text(text),
        DataRef::SharedString(text) => Cell::from_text(text),
        DataRef::Bool(value) => Cell::Bool(*value),
        DataRef::DateTime(at) => moment(at.as_f64(), at.is_duration(), at.to_ymd_hms_milli()),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => iso(text),
        DataRef::Error(error) => Cell::from_text(&error.to_string()),
    }
}

/// A number with a format of dates: a day, a time of day, or both.
fn moment(serial: f64, duration: bool, parts: (u16, u8, u8, u8, u8, u8, u16)) -> Cell {
    let (year, month, day, hour, minute, second, _) = parts;
    let date = chrono::NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day));
    let time = NaiveTime::from_hms_opt(u32::from(hour), u32::from(minute), u32::from(second));
    match (date, time) {
        _ if !(0.0..3_000_000.0).contains(&serial) || (duration && serial >= 1.0) => Cell::from_number(serial),
        (_, Some(time)) if serial < 1.0 => Cell::Time(time),
        (Some(date), _) if serial.fract() == 0.0 => Cell::Date(date),
        (Some(date), Some(time)) => Cell::DateTime(date.and_time(time)),
        _ => Cell::from_number(serial),
    }
}

fn iso(text: &str) -> Cell {
    let date = text.parse().map(Cell::Date);
    date.or_else(|_| text.parse::<NaiveDateTime>().map(Cell::DateTime)).unwrap_or_else(|_| Cell::from_text(text))
}

fn position(column: u32) -> usize {
    usize::try_from(column).unwrap_or(usize::MAX - 1)
}

fn refusal(file: &str, error: &XlsxError) -> Refusal {
    match error {
        XlsxError::Password => Refusal::new(file, Reason::Locked),
        error => Refusal::damaged(file, None, format!("xlsx: {error}")),
    }
}
