//! Alerts: what is in force where, and what the municipalities have ordered.
//!
//! Words: [`Hazard`] 災害の種類, [`HazardState`] 警報・注意報の状態, level 警戒レベル相当 (1–5), rank (0–5, for colour and order),
//! [`model::Statement`] 電文が述べる現況, quake 地震, tsunami zone 津波予報区, advisory 後発地震注意情報, bulletin 気象情報・防災速報,
//! [`orders::Order`] 避難情報 (高齢者等避難 / 避難指示 / 緊急安全確保).
//! 緊急地震速報: warnings are shown (VXSE43, and VXSE44/45 with a kind of 10, 11, 19 or 31 in Aomori) until three minutes
//! after their report. A mere forecast (00, 01, 09) is not: it is for machines, and few are about shaking people notice.
//! In:  journal entries `feeds.received`; staff commands on evacuation orders; a clock tick for what ends by itself.
//! Out: journal entries `alerts.*` (see [`KINDS`]); documents `alerts/prefecture`, `alerts/{jis5}`, `quakes/latest`, `tsunami`,
//! `timeline`, each with a twin under `drill/`; the pages `/lite` and `/lite/{jis5}`.
//!
//! **Invariant:** what is in force is a pure function of the newest statement of each (product, office or event): order and
//! repetition of arrival do not matter.
//! **Invariant:** a repeat that changes nothing adds no journal entry and no document version.
//! **Invariant:** a level of the Meteorological Agency never makes an evacuation order; only two people of a municipality do.
//! **Invariant:** what ends by itself ends live by our clock, and in a drill by the drill's own time ([`model::State::time`]).
//! **Invariant:** drill and live never share a row, and every drill text begins 【訓練】.
//! **Invariant:** areas are keyed by (code type, code), never by the number alone.
//! **Invariant:** nothing here ever says that all is well: silence is shown as silence, with its source and time.

mod api;
mod db;
mod jobs;
mod lite;
pub mod model;
pub mod orders;
pub mod publish;
pub mod wording;

pub use api::{document_schemas, routes};
pub use db::{SCHEMA, STATEMENTS};
pub use jobs::{Fed, catch_up, feed, prepare, run, tick};
pub use lite::{Lang, lite, pages};
pub use model::{Grade, Hazard, HazardState};

/// Journal kinds of this room, each with what it says.
pub const KINDS: &[(&str, &str)] = &[
    (
        "alerts.raised",
        "A hazard began or rose in an area; body {hazard, level, rank, from_level, from_rank, title, telegram}",
    ),
    ("alerts.lowered", "A hazard fell to a lower level in an area; same body"),
    ("alerts.lifted", "A hazard ended in an area, by 解除 or by its own clock; same body"),
    ("alerts.changed", "Only words or times of hazards changed; body {places}"),
    (
        "alerts.quake",
        "An earthquake is new or better known; body {event, max_intensity, municipalities, magnitude, title}",
    ),
    ("alerts.tsunami", "A coast rose, fell or was lifted, or a tsunami was seen; body {change, …}"),
    ("alerts.advisory", "The advisory of a subsequent earthquake (後発地震注意情報) began or its week is over"),
    ("alerts.bulletin", "A text for people (気象情報, 防災速報) is new or changed"),
    ("alerts.withdrawn", "A telegram was withdrawn (取消) and what rested on it ended"),
    ("alerts.drill_reset", "A replay began: what earlier drills stated is cleared"),
    ("alerts.order_proposed", "Staff proposed an evacuation order (避難情報)"),
    ("alerts.order_approved", "A second person released it"),
    ("alerts.order_rejected", "A second person, or the proposer, refused it"),
    ("alerts.order_expired", "Nobody decided within 30 minutes"),
    ("alerts.order_corrected", "One person corrected a released order (訂正)"),
    ("alerts.order_lifted", "An order ended (解除)"),
    ("alerts.order_withdrawn", "An order released in error was withdrawn (取消)"),
    ("alerts.advisory_targets_set", "Staff entered the municipalities of the 後発地震 advisory"),
];
