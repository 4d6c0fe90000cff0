//! Places: the register of places and areas, as the municipalities' own files and the national lists say it.
//!
//! Words: [`Place`] 台帳の1行 (what one source says of one place), [`Facility`] 施設 (what a resident goes to: one place or
//! several that a person declared to be the same), [`Kind`] 種別, [`Source`] 取込元 (one file with its hash, licence and
//! as-of date), [`Series`] 系列 (the files that replace one another: publisher, kind, municipality), [`Change`] 差分,
//! ledger 取込台帳, reconciliation 名寄せ, suitability 災害種別ごとの適否, quarantine 保留.
//! In:  files (`mamori import`, the office); decisions of staff: apply, undo, place by hand, same or different.
//! Out: journal entries `places.*` (see [`KINDS`]); documents `places/index` and `places/{jis5}`; exports as CSV, GeoJSON and
//! 自治体標準オープンデータセット; [`Search`] in memory; facilities and areas for the rooms above.
//!
//! **Invariant:** every file is kept unchanged, and every row of it ends as taken, corrected or quarantined, with its reason.
//! **Invariant:** nothing is lost: a column nobody knows is kept in `extra` and named in the report.
//! **Invariant:** nothing is repaired in silence: a repair is a proposal until a person accepts it, and stays marked.
//! **Invariant:** a source is applied whole or not at all, and undone in one step.
//! **Invariant:** the same file twice changes nothing.
//! **Invariant:** the designating municipality comes from the source, never from where the point lies.
//! **Invariant:** what two sources say differently is shown as both; neither overwrites the other.
//! **Invariant:** this room does not know what is open; `shelters` does.

pub mod geometry;
pub mod model;
pub mod search;

mod address;
mod adhoc;
mod api;
mod areas;
mod db;
mod export;
mod facility;
mod import;
mod matches;
mod plan;
mod publish;
mod read;

pub use adhoc::{ADHOC_LABEL, Adhoc, adhoc};
pub use api::{document_schemas, routes};
pub use areas::{AreaCursor, AreaFeature, areas};
pub use db::{SCHEMA, STATEMENTS};
pub use facility::{facilities, facility, group, views};
pub use import::{
    FileReport, Incoming, Order, Reach, Refused, Report, Taken, apply, discard, import, settle, take, undo,
};
pub use model::*;
pub use publish::{
    AreaIndex, Detail, FacilityView, PlacesArea, PlacesDocument, PlacesIndexDocument, PlacesIndexRow, Saying,
    SourceNote, prepare,
};
pub use search::{Search, install};

/// Journal kinds of this room, each with what it says.
pub const KINDS: &[(&str, &str)] = &[
    (
        PREVIEWED,
        "A file was taken into the ledger and planned; body {title, kind, municipality, counts, sha256, repairs}",
    ),
    (
        REFUSED,
        "A file was taken into the ledger that cannot be read or is no list of places; body as `places.previewed`",
    ),
    (SETTLED, "Staff chose what a waiting file is, or whose, and it was planned again; body as `places.previewed`"),
    (APPLIED, "A source was applied: the register changed; body as `places.previewed`"),
    (UNDONE, "An applied source was taken back: the register is as before it; body as `places.previewed`"),
    (DISCARDED, "A waiting source was put aside; body as `places.previewed`"),
    (MATCHED, "A person said whether two places are one (名寄せ); body {left, right, same}"),
    (MATCHED_ALL, "A person made one of every sure pair; body {decided, at_least}"),
    (MATCH_REVOKED, "A decision about two places was taken back; body {match, same}"),
    (POSITIONED, "A place was put on the map by hand; body {lat, lon}"),
];

/// A file was planned.
pub const PREVIEWED: &str = "places.previewed";
/// A file was kept and not understood.
pub const REFUSED: &str = "places.refused";
/// A file was planned again as staff chose.
pub const SETTLED: &str = "places.settled";
/// A source was applied.
pub const APPLIED: &str = "places.applied";
/// A source was undone.
pub const UNDONE: &str = "places.undone";
/// A source was put aside.
pub const DISCARDED: &str = "places.discarded";
/// Two places were decided on.
pub const MATCHED: &str = "places.matched";
/// Every sure pair was decided on.
pub const MATCHED_ALL: &str = "places.matched_all";
/// A decision was revoked.
pub const MATCH_REVOKED: &str = "places.match_revoked";
/// A place was put on the map.
pub const POSITIONED: &str = "places.positioned";
