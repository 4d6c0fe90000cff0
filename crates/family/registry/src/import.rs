//! Taking files in (取込): rows become records, records are mended, compared with what is there, and shown before anything
//! changes. Pure but for what [`crate::api`] does with the plan.

mod ages;
mod defects;
mod plan;
mod sheet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::model::{Record, check_area};

pub use ages::{cases_of, rule_of};
pub use defects::{Defect, mend};
pub use plan::{Held, Planned, What, plan};

/// Most rows of one file.
pub const MOST_ROWS: usize = 20_000;

/// One row of a file (取込の行).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadRow {
    /// Line of the file, or number of the record, from 1.
    pub line: u32,
    pub record: Record,
    pub defects: Vec<Defect>,
    /// Why the row cannot be taken at all.
    pub refused: Option<RowRefusal>,
}

/// Why a row cannot be taken (取り込めない行): what staff want to see in a list of errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryRowRefusal)]
pub struct RowRefusal {
    pub field: String,
    pub code: String,
    pub ja: String,
    pub en: String,
}

/// Why a file cannot be read (読み込めないファイル).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("not JSON of records: {0}")]
    Json(String),
    #[error("{0}")]
    Sheet(String),
    #[error("no column means a name of a programme")]
    NoName,
    #[error("more than {MOST_ROWS} rows")]
    TooMany,
}

/// Reads a file: JSON of the layout (a list, one record, or lines), else a table with any names of columns. Rows whose area is
/// not said are of `area`.
pub fn read(name: &str, bytes: &[u8], area: &str) -> Result<Vec<ReadRow>, Unreadable> {
    let json = name.to_lowercase().ends_with("json") || bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
    let records = if json { records(bytes)? } else { sheet::records(name, bytes)? };
    if records.len() > MOST_ROWS {
        return Err(Unreadable::TooMany);
    }
    Ok(records.into_iter().map(|(line, record)| row(line, record, area)).collect())
}

fn records(bytes: &[u8]) -> Result<Vec<(u32, Record)>, Unreadable> {
    let text = std::str::from_utf8(bytes).map_err(|error| Unreadable::Json(error.to_string()))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    let values: Vec<Value> = match serde_json::from_str(text) {
        Ok(Value::Array(items)) => items,
        Ok(one) => vec![one],
        // One record a line.
        Err(error) => text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .map_err(|_| Unreadable::Json(error.to_string()))?,
    };
    let numbered = (1_u32..).zip(values);
    numbered
        .map(|(line, value)| match value {
            Value::Object(fields) => Ok((line, Record(fields))),
            _ => Err(Unreadable::Json(format!("record {line} is no object"))),
        })
        .collect()
}

fn row(line: u32, mut record: Record, area: &str) -> ReadRow {
    let defects = mend(&mut record);
    let refused = refusal(&record, area);
    ReadRow { line, record, defects, refused }
}

fn refusal(record: &Record, area: &str) -> Option<RowRefusal> {
    let refuse = |field: &str, code: &str, ja: &str, en: &str| {
        let (field, code, ja, en) = (field.to_owned(), code.to_owned(), ja.to_owned(), en.to_owned());
        Some(RowRefusal { field, code, ja, en })
    };
    let Some(name) = record.name() else {
        return refuse(
            "institutionName.canonicalName",
            "no-name",
            "制度の名前がありません。",
            "The programme has no name.",
        );
    };
    if name.chars().count() > 200 {
        let (ja, en) = ("制度の名前が200文字を超えています。", "The name has more than 200 characters.");
        return refuse("institutionName.canonicalName", "name-too-long", ja, en);
    }
    match record.area_code() {
        Some(code) if check_area(code).is_err() => refuse(
            "area.areaCode",
            "no-such-area",
            "青森県の市町村ではありません。",
            "It is no municipality of Aomori.",
        ),
        Some(code) if code != area => refuse(
            "area.areaCode",
            "other-area",
            "取り込む市町村と違う市町村の行です。",
            "The row is of another municipality than the import.",
        ),
        _ => None,
    }
}
