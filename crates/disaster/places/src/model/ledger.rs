//! The ledger: where files came from, what became of their rows, what people decided.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{Id, Point, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Kind, Located, Place};

/// Files that replace one another (系列).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    pub id: Id<Series>,
    /// Stable name: `gsi/emergency_site/02203`, `02203/aed`, `02203/tsunami_building`.
    pub name: String,
    pub kind: Kind,
    pub municipality: String,
}

/// Where a source stands (取込の状態).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Read and planned; nothing has changed yet.
    Previewed,
    Applied,
    Undone,
    /// A person put it aside before it was applied.
    Discarded,
    /// It cannot be read at all; the reason is in the ledger.
    Refused,
    /// A notice instead of data: the publisher has none (藤崎町).
    NotPublished,
}

impl Status {
    /// The name on the wire, `not_published`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Previewed => "previewed",
            Self::Applied => "applied",
            Self::Undone => "undone",
            Self::Discarded => "discarded",
            Self::Refused => "refused",
            Self::NotPublished => "not_published",
        }
    }
}

/// One line of the ledger: a file that was taken in (取込台帳の1行).
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    pub id: Id<Source>,
    pub series: Option<Id<Series>>,
    /// What it is a list of; null while nobody knows, and for a table of town names.
    pub kind: Option<Kind>,
    /// The designating municipality (JIS5); null while nobody knows.
    pub municipality: Option<String>,
    /// A table of town names (町字) for finding addresses, not a list of places.
    pub towns: bool,
    /// What the publisher calls it, else the file name.
    pub title: String,
    pub file: String,
    /// SHA-256 of the bytes, and the name of the kept original.
    pub blob: String,
    pub bytes: u64,
    pub status: Status,
    pub by: String,
    pub at: Timestamp,
    pub applied_at: Option<Timestamp>,
    pub licence: Option<String>,
    pub attribution: Option<String>,
    pub as_of: Option<NaiveDate>,
    pub counts: Counts,
    pub mapping: Vec<Mapped>,
    pub notes: Vec<kernel::Text>,
    /// What a person chose instead of what the file says.
    pub chosen: Chosen,
    /// Repairs were accepted when it was applied.
    pub repairs: bool,
}

/// What a person chose for a source (取込の指定); null and empty where the file decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Chosen {
    pub kind: Option<Kind>,
    /// JIS5.
    pub municipality: Option<String>,
    /// Name of the series, when a municipality keeps two lists of one kind.
    pub series: Option<String>,
    /// Column → field of the dictionary; an empty field keeps the column in `extra`.
    pub mapping: BTreeMap<String, String>,
}

/// What became of one row of a file (行の扱い).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Taken,
    /// Taken with a repair, or waiting for a person to accept one.
    Corrected,
    /// Kept in the ledger only.
    Quarantined,
}

/// One row of a file that needs words (取込元の行). Rows taken without a remark are in the kept original only.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceRow {
    pub line: u32,
    pub verdict: Verdict,
    /// Of the place it became; null when it became none.
    pub key: Option<String>,
    pub name: Option<String>,
    pub reason: Option<kernel::Text>,
    /// Header → text, as in the file.
    pub cells: BTreeMap<String, String>,
    pub proposal: Option<Proposal>,
}

/// A repair that a person may accept (修正案).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Proposal {
    pub located: Located,
    pub point: Point,
}

/// A change with the line of the file it comes from (差分の1行).
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Null for a place that the file no longer has.
    pub line: Option<u32>,
    pub change: Change,
}

/// How many rows became what (件数).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Counts {
    pub rows: u32,
    /// Taken as they are.
    pub taken: u32,
    /// Taken with a repair that a person accepted, or that waits for acceptance.
    pub corrected: u32,
    /// Kept, but not in the register: a reason stands beside each.
    pub quarantined: u32,
    pub added: u32,
    pub changed: u32,
    pub gone: u32,
    pub unchanged: u32,
}

/// What a column was taken for (列の対応).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mapped {
    pub column: String,
    /// A field of the dictionary, or null: kept in `extra`.
    pub field: Option<String>,
}

/// What becomes of one row when the source is applied (差分).
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Add(Box<Place>),
    Change { before: Box<Place>, after: Box<Place>, fields: Vec<String> },
    Gone(Box<Place>),
}

/// What a person decided about two places (名寄せの判断).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    pub id: Id<Match>,
    pub municipality: String,
    pub left: PlaceKey,
    pub right: PlaceKey,
    pub same: bool,
    pub by: String,
    pub at: Timestamp,
    pub revoked_by: Option<String>,
    pub revoked_at: Option<Timestamp>,
}

/// A place by series and key: what a decision is remembered by, whatever becomes of the rows (台帳の項目の鍵).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceKey {
    pub series: Id<Series>,
    pub key: String,
}

/// A town with its position, from an imported table (町字).
#[derive(Debug, Clone, PartialEq)]
pub struct Town {
    pub municipality: String,
    /// As written in the table.
    pub name: String,
    /// For finding: see [`kernel::fold`].
    pub folded: String,
    /// Null in a table of names only.
    pub point: Option<Point>,
}
