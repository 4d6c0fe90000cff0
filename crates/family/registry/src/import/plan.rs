//! What an import would change (変更の案): added, changed, the same, gone.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::{Defect, ReadRow, RowRefusal};
use crate::model::Record;

/// What becomes of a row (変更の種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RegistryWhat)]
pub enum What {
    /// 追加
    Added,
    /// 変更
    Changed,
    /// 同じ
    Same,
    /// なくなった
    Gone,
    /// 取り込めない
    Refused,
}

impl What {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Same => "same",
            Self::Gone => "gone",
            Self::Refused => "refused",
        }
    }
}

/// What is there of a programme that came by an import (登録済みの制度).
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    pub key: String,
    pub record: Record,
    /// Version and revision that were looked at.
    pub version: String,
    pub revision: i64,
}

/// One row of a plan (変更の案の行).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryPlanned)]
pub struct Planned {
    /// Line of the file; 0 for what is gone.
    pub line: u32,
    pub what: What,
    pub key: String,
    pub name: String,
    pub record: Record,
    /// Paths that say something else than before.
    pub fields: Vec<String>,
    pub defects: Vec<Defect>,
    pub refused: Option<RowRefusal>,
    /// Version and revision that the plan was made against.
    pub version: Option<String>,
    pub revision: Option<i64>,
}

/// Compares the rows of a file with what earlier imports of the area brought.
pub fn plan(rows: Vec<ReadRow>, held: &[Held]) -> Vec<Planned> {
    let mut ids: HashMap<String, usize> = HashMap::new();
    for row in &rows {
        *ids.entry(row.record.psid().unwrap_or_default().to_owned()).or_default() += 1;
    }
    let before: HashMap<&str, &Held> = held.iter().map(|held| (held.key.as_str(), held)).collect();
    let mut seen = HashSet::new();
    let mut planned: Vec<Planned> = rows
        .into_iter()
        .map(|row| {
            let alone = row.record.psid().is_some_and(|psid| ids.get(psid) == Some(&1));
            let key = key(&row.record, alone);
            let twice = row.refused.is_none() && !seen.insert(key.clone());
            line(row, key, twice, &before)
        })
        .collect();
    planned.extend(held.iter().filter(|held| !seen.contains(&held.key)).map(gone));
    planned
}

fn line(row: ReadRow, key: String, twice: bool, before: &HashMap<&str, &Held>) -> Planned {
    let held = before.get(key.as_str()).copied();
    let twice = twice.then(|| RowRefusal {
        field: "basicInformation.psid".to_owned(),
        code: "row-twice".to_owned(),
        ja: "同じ制度の行がこのファイルに二つあります。".to_owned(),
        en: "The file has this programme twice.".to_owned(),
    });
    let refused = row.refused.or(twice);
    let fields = held.map_or_else(Vec::new, |held| differences(&held.record, &row.record));
    let what = match (&refused, held) {
        (Some(_), _) => What::Refused,
        (None, None) => What::Added,
        (None, Some(_)) if fields.is_empty() => What::Same,
        (None, Some(_)) => What::Changed,
    };
    Planned {
        line: row.line,
        what,
        key,
        name: row.record.name().unwrap_or_default().to_owned(),
        fields,
        defects: row.defects,
        refused,
        version: held.map(|held| held.version.clone()),
        revision: held.map(|held| held.revision),
        record: row.record,
    }
}

fn gone(held: &Held) -> Planned {
    Planned {
        line: 0,
        what: What::Gone,
        key: held.key.clone(),
        name: held.record.name().unwrap_or_default().to_owned(),
        record: held.record.clone(),
        fields: Vec::new(),
        defects: Vec::new(),
        refused: None,
        version: Some(held.version.clone()),
        revision: Some(held.revision),
    }
}

/// The key of an imported programme: of its psid, or of its names where the psid is missing or shared.
fn key(record: &Record, alone: bool) -> String {
    let psid = record.psid().unwrap_or_default();
    let names = [record.name().unwrap_or_default(), record.text("institutionName.shortName").unwrap_or_default()];
    let whole = if alone { psid.to_owned() } else { format!("{psid}\n{}", names.join("\n")) };
    let digest = Sha256::digest(whole.as_bytes());
    format!("p_{}", kernel::hex(&digest[..12]))
}

/// Paths whose values differ; what is missing and what is null are the same.
fn differences(before: &Record, after: &Record) -> Vec<String> {
    let mut found = Vec::new();
    differ("", &Value::Object(before.completed().0), &Value::Object(after.completed().0), &mut found);
    found
}

fn differ(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(a), Value::Object(b)) => {
            let names: Vec<&String> = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name))).collect();
            for name in names {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                differ(&inner, a.get(name).unwrap_or(&Value::Null), b.get(name).unwrap_or(&Value::Null), found);
            }
        }
        (a, b) if a != b => found.push(path.to_owned()),
        _ => {}
    }
}
