//! From the names in the header to columns: every position with a name or a value becomes one.

use std::collections::HashMap;

use crate::note::Notes;
use crate::{Column, Dictionary, GridRow, Note, NoteKind};

pub(super) struct Named {
    pub columns: Vec<Column>,
    pub dropped: Vec<usize>,
}

/// Columns of a table `width` positions wide. A field goes to the column whose name the dictionary has first.
pub(super) fn columns(
    names: &[String],
    body: &[GridRow],
    width: usize,
    dictionary: &Dictionary,
    notes: &mut Notes,
) -> Named {
    let mut filled = vec![false; width];
    for row in body {
        for (at, cell) in row.cells.iter().enumerate() {
            filled[at] |= !cell.is_empty();
        }
    }
    let mut named = Named { columns: Vec::new(), dropped: Vec::new() };
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (position, filled) in filled.into_iter().enumerate() {
        let written = names.get(position).map_or_else(String::new, |name| super::header::shown(name));
        if written.is_empty() && !filled {
            named.dropped.push(position);
            continue;
        }
        let base = if written.is_empty() { format!("{}列", letters(position)) } else { written.clone() };
        if written.is_empty() && !names.is_empty() {
            notes.add(Note::new(NoteKind::NamelessColumn, None, &base));
        }
        let name = unique(&base, &mut seen);
        if name != base {
            notes.add(Note::new(NoteKind::RepeatedName, None, &base));
        }
        named.columns.push(Column { name, field: None, position });
    }
    assign(&mut named.columns, names, dictionary, notes);
    named
}

/// The name, with a number behind it when it was there before.
fn unique(base: &str, seen: &mut HashMap<String, usize>) -> String {
    let mut name = base.to_owned();
    while let Some(count) = seen.get_mut(&name) {
        *count += 1;
        name = format!("{base} ({count})");
    }
    seen.insert(name.clone(), 1);
    name
}

fn assign(columns: &mut [Column], names: &[String], dictionary: &Dictionary, notes: &mut Notes) {
    let mut best: HashMap<String, (usize, usize)> = HashMap::new();
    let mut losers = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let written = names.get(column.position).map_or("", String::as_str);
        let Some((field, rank)) = super::header::meaning(written, dictionary) else { continue };
        match best.get(field) {
            Some((earlier, _)) if *earlier <= rank => losers.push((at, field.to_owned())),
            Some((_, other)) => {
                losers.push((*other, field.to_owned()));
                best.insert(field.to_owned(), (rank, at));
            }
            None => {
                best.insert(field.to_owned(), (rank, at));
            }
        }
    }
    for (field, (_, at)) in best {
        columns[at].field = Some(field);
    }
    losers.sort_unstable();
    for (at, field) in losers {
        notes.add(Note::new(NoteKind::RepeatedField, None, format!("{}: {field}", columns[at].name)));
    }
}

/// A, B, … Z, AA: as spreadsheets call columns.
fn letters(position: usize) -> String {
    let mut rest = position;
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        match (rest / 26).checked_sub(1) {
            Some(next) => rest = next,
            None => break,
        }
    }
    letters.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_spreadsheets() {
        for (position, name) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(letters(position), name);
        }
    }

    #[test]
    fn repeated_names_are_numbered() {
        let mut seen = HashMap::new();
        let names: Vec<_> = ["備考", "備考", "備考 (2)", "備考"].iter().map(|name| unique(name, &mut seen)).collect();
        assert_eq!(names, ["備考", "備考 (2)", "備考 (2) (2)", "備考 (3)"]);
    }
}
