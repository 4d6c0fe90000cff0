//! Programmes and versions as staff see them.

use chrono::NaiveDate;
use kernel::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::Listed;
use crate::model::{CaseResult, Content, Fault, Programme, State, Version, try_content};

/// A line of the list (支援制度の一覧の行).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = RegistryLine)]
pub(super) struct Line {
    programme: String,
    key: String,
    area: String,
    origin: String,
    name: String,
    version: String,
    number: i64,
    revision: i64,
    state: State,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
    by: String,
    at: Timestamp,
    /// The caller may change it.
    mine: bool,
}

impl Line {
    pub(super) fn of(listed: Listed, today: NaiveDate, mine: bool) -> Self {
        let ended = listed.state == State::Published && listed.valid_until.is_some_and(|until| until < today);
        Self {
            programme: listed.programme.id.to_string(),
            key: listed.programme.key,
            area: listed.programme.area,
            origin: listed.programme.origin,
            name: listed.name,
            version: listed.version.to_string(),
            number: listed.number,
            revision: listed.revision,
            state: if ended { State::Expired } else { listed.state },
            valid_from: listed.valid_from,
            valid_until: listed.valid_until,
            by: listed.by,
            at: listed.at,
            mine,
        }
    }
}

/// A version with what stands against publishing it (版の内容と検証).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = RegistryVersion)]
pub(super) struct VersionView {
    version: String,
    number: i64,
    revision: i64,
    state: State,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
    by: String,
    at: Timestamp,
    content: Content,
    faults: Vec<Fault>,
    cases: Vec<CaseResult>,
}

impl VersionView {
    pub(super) fn of(version: Version, today: NaiveDate) -> Self {
        let (faults, cases) = try_content(&version.content);
        Self {
            state: version.state_on(today),
            faults,
            cases,
            version: version.id.to_string(),
            number: version.number,
            revision: version.revision,
            valid_from: version.valid_from,
            valid_until: version.valid_until,
            by: version.by,
            at: version.at,
            content: version.content,
        }
    }
}

/// A programme with its versions, the newest first (支援制度).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = RegistryProgramme)]
pub(super) struct ProgrammeView {
    programme: String,
    key: String,
    area: String,
    origin: String,
    mine: bool,
    versions: Vec<VersionView>,
}

impl ProgrammeView {
    pub(super) fn of(programme: Programme, versions: Vec<Version>, today: NaiveDate, mine: bool) -> Self {
        Self {
            programme: programme.id.to_string(),
            key: programme.key,
            area: programme.area,
            origin: programme.origin,
            mine,
            versions: versions.into_iter().map(|version| VersionView::of(version, today)).collect(),
        }
    }
}

/// A small content for the examples of the description.
pub(super) fn example_content() -> serde_json::Value {
    serde_json::json!({
        "topic": "family",
        "record": { "institutionName": { "canonicalName": "ブックスタート" }, "summary": "絵本をお渡しします。" },
        "rule": { "condition": { "someone": { "roles": ["child"], "where": { "test": {
            "attribute": "age_months", "op": "less_than", "value": 12,
            "source": { "text": "1歳未満の子", "law": "八戸市ブックスタート事業実施要綱" }
        } } } } },
        "cases": []
    })
}

/// The example of a programme.
pub(super) fn example() -> serde_json::Value {
    serde_json::json!({
        "programme": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e21", "key": "book_start", "area": "02203", "origin": "office",
        "mine": true, "versions": [{
            "version": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e25", "number": 1, "revision": 1, "state": "draft",
            "valid_from": "2026-12-01", "valid_until": null, "by": "staff:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d5e26",
            "at": "2026-11-28T09:00:00+09:00", "content": example_content(), "faults": [], "cases": []
        }]
    })
}
