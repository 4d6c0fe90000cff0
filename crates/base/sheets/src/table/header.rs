//! Finding the header: one line or two, below title rows, with names the dictionary knows or only looks like.

use std::cmp::Reverse;
use std::collections::HashSet;

use kernel::era;

use crate::value::{is_formula, number};
use crate::{Cell, Dictionary, GridRow};

/// A header.
pub(super) struct Found {
    /// Position of its first line among the rows.
    pub first: usize,
    /// One line, two, or none at all.
    pub lines: usize,
    /// A name for each position; empty where there is none, two lines with [`JOINT`] between them.
    pub names: Vec<String>,
}

/// Between the lines of a two-line header: a mark that no one types. People see `_`.
const JOINT: char = '\u{1f}';
/// Rows looked at.
const REACH: usize = 30;
/// Characters of the longest name; longer text is prose.
const LONGEST: usize = 80;

/// The header among the first rows; `None` when nothing looks like one.
pub(super) fn find(rows: &[GridRow], dictionary: &Dictionary) -> Option<Found> {
    let head = &rows[..rows.len().min(REACH)];
    known(head, dictionary).or_else(|| likely(head))
}

/// The field of a column and the rank of its name; of a joined name the whole is tried first, then its second line.
pub(super) fn meaning<'d>(name: &str, dictionary: &'d Dictionary) -> Option<(&'d str, usize)> {
    dictionary.lookup(name).or_else(|| dictionary.lookup(name.rsplit_once(JOINT)?.1))
}

/// The row, or pair of rows, with the most fields of the dictionary, at least two: a single known word may stand anywhere.
fn known(head: &[GridRow], dictionary: &Dictionary) -> Option<Found> {
    let mut candidates = Vec::new();
    for (first, row) in head.iter().enumerate() {
        let names = one_line(row);
        candidates.push((fields(&names, dictionary), 1, Reverse(first), names));
        if let Some(next) = head.get(first + 1) {
            let grouped = is_grouped(row, next);
            if grouped || !next.cells.iter().any(is_value) {
                let names = two_lines(row, next);
                candidates.push((fields(&names, dictionary), if grouped { 2 } else { 0 }, Reverse(first), names));
            }
        }
    }
    let (score, kind, Reverse(first), names) =
        candidates.into_iter().max_by_key(|(score, kind, first, _)| (*score, *kind, *first))?;
    (score >= 2).then_some(Found { first, lines: if kind == 1 { 1 } else { 2 }, names })
}

/// The first row that looks like names, with the line below when the two are grouped.
fn likely(head: &[GridRow]) -> Option<Found> {
    let widest = widest(head);
    let first =
        head.iter().position(|row| looks_like_names(row, widest) || (widest > 2 && is_group_line(row, head)))?;
    let row = &head[first];
    match head.get(first + 1).filter(|next| is_grouped(row, next)) {
        Some(next) => Some(Found { first, lines: 2, names: two_lines(row, next) }),
        None => Some(Found { first, lines: 1, names: one_line(row) }),
    }
}

/// Whether the row is the upper line of a grouped header; its names need not be distinct.
fn is_group_line(row: &GridRow, head: &[GridRow]) -> bool {
    let next = head.iter().find(|next| next.line > row.line);
    next.is_some_and(|next| is_grouped(row, next))
}

fn fields(names: &[String], dictionary: &Dictionary) -> usize {
    names.iter().filter_map(|name| Some(meaning(name, dictionary)?.0)).collect::<HashSet<_>>().len()
}

fn one_line(row: &GridRow) -> Vec<String> {
    row.cells.iter().map(|cell| cell.text().into_owned()).collect()
}

/// Upper and lower name of each position, joined so that [`meaning`] finds the lower one.
fn two_lines(upper: &GridRow, lower: &GridRow) -> Vec<String> {
    let mut group = String::new();
    (0..upper.cells.len().max(lower.cells.len()))
        .map(|at| {
            let (top, bottom) = (text(upper, at), text(lower, at));
            // An empty cell above a name belongs to the group on its left.
            if !top.is_empty() || bottom.is_empty() {
                group.clone_from(&top);
            }
            let top = if top.is_empty() { &group } else { &top };
            match (top.is_empty(), bottom.is_empty()) {
                (true, _) => bottom,
                (false, true) => top.clone(),
                (false, false) if *top == bottom => bottom,
                (false, false) => format!("{top}{JOINT}{bottom}"),
            }
        })
        .collect()
}

/// The name for people.
pub(super) fn shown(name: &str) -> String {
    name.trim_matches(crate::file::is_blank).replace(JOINT, "_")
}

/// Whether the two rows are one header by their build alone: every column says the same twice, or has nothing below,
/// or stands in a group (one label over at least two different names).
fn is_grouped(upper: &GridRow, lower: &GridRow) -> bool {
    // One text at the left end, alone or merged over everything, is the title of the list.
    let said: HashSet<String> =
        (0..upper.cells.len()).map(|at| text(upper, at)).filter(|text| !text.is_empty()).collect();
    if said.len() == 1 && !text(upper, 0).is_empty() {
        return false;
    }
    let width = upper.cells.len().max(lower.cells.len());
    if lower.cells.iter().any(is_value) || upper.cells.iter().any(is_value) {
        return false;
    }
    let mut label = String::new();
    let (mut members, mut groups) = (HashSet::new(), 0);
    for at in 0..width {
        let (top, bottom) = (text(upper, at), text(lower, at));
        let same_group = !label.is_empty() && (top == label || (top.is_empty() && !bottom.is_empty()));
        if !same_group {
            groups += usize::from(members.len() > 1);
            // One label over one name could be a value below its name.
            if members.len() == 1 {
                return false;
            }
            members.clear();
            label = if bottom.is_empty() || top == bottom { String::new() } else { top.clone() };
        }
        if !label.is_empty() && !bottom.is_empty() && !members.insert(bottom.clone()) {
            return false;
        }
        let alone = label.is_empty() && top.is_empty() && !bottom.is_empty();
        if alone {
            return false;
        }
    }
    members.len() != 1 && groups + usize::from(members.len() > 1) > 0
}

/// Text in most of the columns, most of it different, none of it a number, a day or prose.
fn looks_like_names(row: &GridRow, widest: usize) -> bool {
    let cells: Vec<&Cell> = row.cells.iter().filter(|cell| !cell.is_empty()).collect();
    let distinct: HashSet<_> = cells.iter().map(|cell| cell.text()).collect();
    let names = |cell: &&Cell| !is_value(cell) && cell.text().chars().count() <= LONGEST;
    !cells.is_empty()
        && (cells.len() * 2 > widest || widest == 1)
        && distinct.len() * 3 >= cells.len() * 2
        && cells.iter().all(names)
}

/// Whether the cell holds a value rather than a name.
fn is_value(cell: &Cell) -> bool {
    match cell {
        Cell::Empty => false,
        Cell::Text(text) => number(cell).is_some() || is_formula(text) || era::parse(text).is_ok(),
        _ => true,
    }
}

fn widest(head: &[GridRow]) -> usize {
    head.iter().map(|row| row.cells.iter().filter(|cell| !cell.is_empty()).count()).max().unwrap_or(0)
}

fn text(row: &GridRow, at: usize) -> String {
    row.cells.get(at).map_or_else(String::new, |cell| cell.text().into_owned())
}
