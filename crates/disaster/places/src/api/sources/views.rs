//! What staff see of a source and of what it changes.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{Id, Text, Timestamp, areas};
use serde::Serialize;
use serde_json::{Value, json};
use store::{Conn, Result};
use utoipa::ToSchema;

use super::super::PlaceView;
use crate::db;
use crate::model::{
    Change, Chosen, Counts, Kind, Mapped, Place, Planned, Proposal, Source, SourceRow, Status, Verdict,
};

/// One line of the ledger (取込台帳の1行).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "the form of the wire: each answers a question of the screen")]
pub(in crate::api) struct SourceView {
    #[schema(value_type = String, format = Uuid)]
    id: Id<Source>,
    /// Name of the series, `02203/aed`; null while it is not known whose or what it is.
    series: Option<String>,
    kind: Option<Kind>,
    municipality: Option<String>,
    municipality_name: Option<String>,
    /// A table of town names, not of places.
    towns: bool,
    title: String,
    file: String,
    sha256: String,
    bytes: u64,
    status: Status,
    by: String,
    at: Timestamp,
    applied_at: Option<Timestamp>,
    licence: Option<String>,
    attribution: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    as_of: Option<NaiveDate>,
    counts: Counts,
    mapping: Vec<Mapped>,
    notes: Vec<Text>,
    chosen: Chosen,
    /// Repairs were accepted.
    repairs: bool,
    /// The upload was the same file once more; nothing changed.
    repeat: bool,
    /// It can be applied now.
    may_apply: bool,
    /// It is the newest of its series and can be undone now.
    may_undo: bool,
}

impl SourceView {
    pub(in crate::api) async fn of(conn: &mut Conn, source: Source, repeat: bool) -> Result<Self> {
        let mut series = None;
        let mut newest = true;
        if let Some(id) = source.series {
            series = db::series(conn, id).await?.map(|series| series.name);
            newest = db::newest_of_series(conn, id).await?.first().is_none_or(|one| one.id == source.id);
        }
        let known = source.towns || (source.kind.is_some() && source.municipality.is_some());
        Ok(Self {
            id: source.id,
            series,
            kind: source.kind,
            municipality_name: source
                .municipality
                .as_deref()
                .and_then(areas::municipality)
                .map(|one| one.name.to_owned()),
            municipality: source.municipality,
            towns: source.towns,
            title: source.title,
            file: source.file,
            sha256: source.blob,
            bytes: source.bytes,
            status: source.status,
            by: source.by,
            at: source.at,
            applied_at: source.applied_at,
            licence: source.licence,
            attribution: source.attribution,
            as_of: source.as_of,
            counts: source.counts,
            mapping: source.mapping,
            notes: source.notes,
            chosen: source.chosen,
            repairs: source.repairs,
            repeat,
            may_apply: source.status == Status::Previewed && known,
            may_undo: source.status == Status::Applied && newest,
        })
    }
}

/// A field a column can be taken for (項目).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::api) struct PlaceField {
    pub(super) field: String,
    /// In Japanese.
    pub(super) label: String,
}

/// One row of a plan (差分の1行).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::api) struct ChangeRow {
    /// Line of the file; null for a place that the file no longer has.
    line: Option<u32>,
    verdict: Option<Verdict>,
    key: Option<String>,
    name: Option<String>,
    before: Option<PlaceView>,
    after: Option<PlaceView>,
    fields: Vec<FieldChange>,
    reason: Option<Text>,
    proposal: Option<Proposal>,
    /// The row as in the file, for rows with a reason: header → text.
    cells: BTreeMap<String, String>,
}

/// What one field was and is (項目の差分).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::api) struct FieldChange {
    field: String,
    #[schema(value_type = Object, nullable)]
    before: Value,
    #[schema(value_type = Object, nullable)]
    after: Value,
}

/// Rows that need words.
pub(in crate::api) async fn notable(
    conn: &mut Conn,
    id: Id<Source>,
    verdict: Option<Verdict>,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, ChangeRow)>> {
    let rows = db::source_rows(conn, id, verdict, after, limit).await?;
    let view = |row: SourceRow| ChangeRow {
        line: Some(row.line),
        verdict: Some(row.verdict),
        key: row.key,
        name: row.name,
        before: None,
        after: None,
        fields: Vec::new(),
        reason: row.reason,
        proposal: row.proposal,
        cells: row.cells,
    };
    Ok(rows.into_iter().map(|row| (i64::from(row.line), view(row))).collect())
}

/// Changes of places.
pub(in crate::api) async fn planned(
    conn: &mut Conn,
    id: Id<Source>,
    what: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, ChangeRow)>> {
    let changes = db::changes(conn, id, what, after, limit).await?;
    let first = changes.first().map(|(_, planned)| match &planned.change {
        Change::Add(place) | Change::Gone(place) => place.series,
        Change::Change { after, .. } => after.series,
    });
    let series = match first {
        Some(series) => db::series(conn, series).await?.map(|series| series.name).unwrap_or_default(),
        None => String::new(),
    };
    Ok(changes.into_iter().map(|(number, planned)| (number, row(&planned, &series))).collect())
}

fn row(planned: &Planned, series: &str) -> ChangeRow {
    let (before, after, fields) = match &planned.change {
        Change::Add(after) => (None, Some(after), Vec::new()),
        Change::Gone(before) => (Some(before), None, Vec::new()),
        Change::Change { before, after, fields } => {
            let change = |field: &String| FieldChange {
                field: field.clone(),
                before: value(before, field),
                after: value(after, field),
            };
            (Some(before), Some(after), fields.iter().map(change).collect())
        }
    };
    let one = after.or(before);
    ChangeRow {
        line: planned.line,
        verdict: None,
        key: one.map(|place| place.key.clone()),
        name: one.map(|place| place.name.clone()),
        before: before.map(|place| PlaceView::of(place, series)),
        after: after.map(|place| PlaceView::of(place, series)),
        fields,
        reason: None,
        proposal: None,
        cells: BTreeMap::new(),
    }
}

/// What a place says in a field of the plan.
fn value(place: &Place, field: &str) -> Value {
    let details = &place.details;
    match field {
        "kind" => json!(place.kind),
        "label" => json!(place.label),
        "municipality" => json!(place.municipality),
        "name" => json!(place.name),
        "kana" => json!(place.kana),
        "address" => json!(place.address),
        "position" => json!({ "point": place.point, "located": place.located }),
        "suitability" => json!(details.suitability),
        "capacity" => json!(details.capacity),
        "features" => json!(details.features),
        "accepts" => json!(details.accepts),
        "remark" => json!(details.remark),
        "phone" => json!(details.phone),
        "hours" => json!(details.hours),
        "url" => json!(details.url),
        "elevation" => json!(details.elevation_m),
        "rank" => json!(details.rank),
        "more" => json!(details.more),
        "extra" => json!(place.extra),
        _ => Value::Null,
    }
}

/// An example for the description.
pub(super) fn example() -> Value {
    json!({
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "series": "02203/aed", "kind": "aed", "municipality": "02203",
        "municipality_name": "八戸市", "towns": false, "title": "AED設置箇所一覧", "file": "aed.csv",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "bytes": 48213,
        "status": "previewed", "by": "staff:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e01", "at": "2026-11-22T10:00:00+09:00",
        "applied_at": null, "licence": "CC BY 4.0", "attribution": "八戸市", "as_of": "2025-05-27",
        "counts": { "rows": 451, "taken": 449, "corrected": 0, "quarantined": 2, "added": 449, "changed": 0, "gone": 0,
            "unchanged": 0 },
        "mapping": [{ "column": "名称", "field": "name" }, { "column": "担当", "field": null }],
        "notes": [], "chosen": { "kind": null, "municipality": null, "series": null, "mapping": {} },
        "repairs": false, "repeat": false, "may_apply": true, "may_undo": false
    })
}
