//! Notices: the right words to the right people in seconds, and what became of each.
//!
//! Words: [`Subscription`] 通知の登録 (one device), [`Kinds`] 受け取る種類, [`Quiet`] おやすみ時間, [`Notice`] お知らせ,
//! [`State`] お知らせの状態, [`Addressed`] 本番・訓練の文, event 事象 (one tsunami, one quake, the rain of one town), occasion 発表
//! (what one telegram or order changed), delivery 配達 (one notice to one device), ledger 配達台帳.
//! In:  journal entries `alerts.*`; devices that subscribe; staff who compose and release.
//! Out: Web Push (RFC 8030, 8291, 8292); journal entries `notices.*` (see [`KINDS`]); documents `notices/push` and
//! `notices/recent` with its twin under `drill/`; the feeds `/feeds/notices.atom` and `/feeds/cap/{id}`.
//!
//! **Invariant:** a device gets one notice per event and rise of level; the all-clear goes to exactly those who got the first.
//! **Invariant:** a repeat of a telegram sends nothing; what has expired sends nothing.
//! **Invariant:** nothing that staff compose goes out before a second person released it; stopping, correcting and cancelling
//! need one.
//! **Invariant:** a drill's text begins 【訓練】 by its type, and reaches only devices that take part in drills.
//! **Invariant:** each delivery is in exactly one state, so that the sums always equal what was matched.
//! **Invariant:** a crash neither loses a delivery nor makes two of it: told, delivery and cursor are one transaction, and the
//! device replaces a message that it gets twice.
//! **Invariant:** life-safety kinds know no quiet hours and no jitter, and are claimed before everything else.
//! **Invariant:** endpoints, keys and points are sealed; no name and no account is known.

mod api;
mod db;
mod install;
mod jobs;
pub mod model;
pub mod publish;
pub mod push;
mod record;
mod subscribed;

pub use api::{document_schemas, pages, routes};
pub use db::{SCHEMA, STATEMENTS};
pub use install::{Settings, Webhook, install};
pub use jobs::{catch_up, deliver, prepare, run};
pub use model::index::{Index, Kept};
pub use model::notice::{Addressed, Notice, State};
pub use model::subscription::{Kinds, Quiet, Subscription};

/// Journal kinds of this room, each with what it says.
pub const KINDS: &[(&str, &str)] = &[
    ("notices.subscribed", "A device subscribed; subject is the subscription; no places in the open"),
    ("notices.changed", "A device changed what it wants"),
    ("notices.unsubscribed", "A device unsubscribed, or its push service said that it is gone; body {why}"),
    ("notices.issued", "A rule made a notice of what the alerts changed; body {kind, events, cause, title}"),
    ("notices.drafted", "Staff wrote a notice; body {template, kind, municipalities, title}"),
    ("notices.submitted", "The writer handed it in for release; body {devices}"),
    ("notices.released", "A second person released it; same body"),
    ("notices.rejected", "It was refused"),
    ("notices.expired", "Nobody released it within 30 minutes, or its time was over"),
    ("notices.stopped", "Staff stopped the sending; body {stopped}"),
    ("notices.corrected", "Staff corrected it: those who got the first get the correction; body {by}"),
    ("notices.cancelled", "Staff cancelled it: those who got the first are told; body {by}"),
    ("notices.sent", "Every delivery has ended; body holds the sums"),
];
