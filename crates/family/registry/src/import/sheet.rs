//! Tables of offices: columns with any names become the fields of a record; what nobody knows is kept.

use std::sync::LazyLock;

use serde_json::{Value, json};
use sheets::{Cell, Dictionary, Limits, Table};

use super::Unreadable;
use crate::model::Record;

/// The dictionary of headers, as an office edits it.
static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
    Dictionary::parse(include_str!("../../headers.toml")).expect("a test reads the dictionary we ship")
});

/// Where columns of unknown meaning are kept.
const EXTRA: &str = "_extra";
const NAME: &str = "institutionName.canonicalName";

/// The records of the first sheet that has a column for the name of a programme.
pub(super) fn records(name: &str, bytes: &[u8]) -> Result<Vec<(u32, Record)>, Unreadable> {
    let said = |refusal: sheets::Refusal| Unreadable::Sheet(refusal.text().ja);
    let file = sheets::read(name, bytes, &Limits::default()).map_err(said)?;
    let mut tables = file.grids.iter().filter_map(|grid| Table::of(grid, &DICTIONARY).ok());
    let table = tables.find(|table| table.column(NAME).is_some()).ok_or(Unreadable::NoName)?;
    Ok(table.rows.iter().map(|row| (row.line, record(&table, &row.cells))).collect())
}

fn record(table: &Table, cells: &[Cell]) -> Record {
    let mut record = Record::default();
    for (at, column) in table.columns.iter().enumerate() {
        let Some(cell) = cells.get(at).filter(|cell| !cell.is_empty()) else { continue };
        match column.field.as_deref() {
            Some(field) => record.set(field, value(field, cell)),
            None => record.set_in(EXTRA, &column.name, json!(cell.text())),
        }
    }
    record
}

fn value(field: &str, cell: &Cell) -> Value {
    let text = cell.text();
    if field.starts_with("tag.") {
        return json!([text]);
    }
    if field == "electronicSubmission" {
        return json!(matches!(text.as_ref(), "TRUE" | "true" | "1" | "○" | "〇" | "可" | "あり" | "有" | "可能"));
    }
    let digits: String = kernel::fold::fold(&text).chars().filter(char::is_ascii_digit).collect();
    if field.contains("targetAge")
        && let Ok(number) = digits.parse::<i64>()
    {
        return json!(number);
    }
    json!(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_table_becomes_records_and_loses_nothing() {
        let csv = "制度名,対象者,対象年齢（以上）,対象年齢（未満）,申請期限,担当課,カテゴリー,独自の列\n\
                   ブックスタート,0歳児,０歳,1歳,随時,健康づくり推進課,003,メモ\n";
        let records = records("制度.csv", csv.as_bytes()).unwrap();
        let (line, record) = &records[0];
        assert_eq!((*line, record.name()), (2, Some("ブックスタート")));
        assert_eq!(record.at("target.greaterThanOrEqualTo.targetAge"), Some(&json!(0)));
        assert_eq!(record.at("target.lessThan.targetAge"), Some(&json!(1)));
        assert_eq!(record.at("_extra").unwrap()["独自の列"], "メモ");
        assert_eq!(record.tags("categoryCode"), ["003"]);
        assert_eq!(super::records("a.csv", "あ,い\n1,2\n".as_bytes()), Err(Unreadable::NoName));
    }
}
