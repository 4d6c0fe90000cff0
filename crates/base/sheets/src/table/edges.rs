//! What stands above and below the rows, and headers that are printed again on every page.

use kernel::fold::fold;

use super::header::meaning;
use crate::{Cell, Dictionary, GridRow};

/// How many of the last rows are no data: totals and remarks.
pub(super) fn footer_lines(body: &[GridRow], names: &[String], dictionary: &Dictionary) -> usize {
    let named = names.iter().filter(|name| !name.is_empty()).count();
    if named < 3 {
        return 0;
    }
    body.iter().rev().take_while(|row| is_footer(row, names, named, dictionary)).count()
}

/// Whether the row says the names of the header once more.
pub(super) fn repeats_header(row: &GridRow, names: &[String]) -> bool {
    let filled = row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
    let (mut same, mut all) = (0, 0);
    for (at, cell) in filled {
        all += 1;
        same += usize::from(names.get(at).is_some_and(|name| *name == *cell.text()));
    }
    all >= 2 && same == all
}

/// The cells of a row in one text; a merged title says itself once.
pub(super) fn joined(row: &GridRow) -> String {
    let mut texts: Vec<_> = row.cells.iter().filter(|cell| !cell.is_empty()).map(Cell::text).collect();
    texts.dedup();
    texts.join(" ")
}

fn is_footer(row: &GridRow, names: &[String], named: usize, dictionary: &Dictionary) -> bool {
    let filled: Vec<(usize, &Cell)> = row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()).collect();
    let Some(&(at, first)) = filled.first() else { return true };
    let text = first.text();
    let sparse = filled.len() * 2 <= named;
    if is_remark(&text) {
        return sparse;
    }
    let totals = filled.iter().filter(|(_, cell)| matches!(cell, Cell::Text(_))).take(2);
    if totals.clone().any(|(_, cell)| is_total(&cell.text())) {
        return filled.iter().filter(|(_, cell)| crate::value::number(cell).is_some()).count() + 2 >= filled.len();
    }
    // A lone sentence under the table; a lone name in the column of names is a place of which no more is known.
    let is_name = names.get(at).is_some_and(|name| meaning(name, dictionary).is_some());
    filled.len() == 1 && sparse && !is_name && text.contains(['。', '：', ':']) && at == 0
}

fn is_total(text: &str) -> bool {
    let folded = fold(text);
    ["計", "合計", "総計", "総数", "小計", "総合計", "total"].contains(&folded.as_str())
}

fn is_remark(text: &str) -> bool {
    let folded = fold(text);
    ["※", "*", "注)", "(注", "注:", "注1", "備考:", "出典", "資料:", "作成:", "以上"]
        .iter()
        .any(|start| folded.starts_with(start))
}
