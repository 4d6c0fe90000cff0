//! Feeds: how telegrams of the outside world reach us, are kept, and are read into facts.
//!
//! Words: [`Telegram`] 電文, [`Origin`] 受信元, [`Outcome`] 受信結果, [`Freshness`] 鮮度, [`Scenario`] 訓練シナリオ,
//! [`sources::watch::WatchFolder`] 監視フォルダ.
//! In:  the JMA pull feeds (気象庁防災情報XML PULL 型), drop folders, replays, uploads by staff, a distributor's push.
//! Out: `feeds.received` and `feeds.refused` in the journal (subject = id of the received telegram), the public document
//! `sources`, and `feeds.*` entries for what staff did. Rooms read the facts with [`load`].
//!
//! **Invariant:** the original bytes are archived before they are read; what cannot be read is kept with its reason.
//! **Invariant:** the same bytes from any source count once; a drill copy never hides a live one.
//! **Invariant:** silence is published as silence: a late or stale source is a change of state, even when nothing arrives.
//! **Invariant:** nothing from a drill source, and no 訓練 or 試験 telegram from a live one, is ever `Mode::Live`.
//! **Invariant:** one slow, broken or lying source stops no other.
//! **Invariant:** this room decides nothing about hazards; it does not know what is in force.

pub mod api;
pub mod facts;
pub mod parse;
pub mod sources;

mod db;
mod ingest;
mod jobs;
mod model;
mod publish;
mod words;

pub use api::routes;
pub use db::{SCHEMA, statements};
pub use facts::Telegram;
pub use ingest::{ingest, load};
pub use jobs::{refresh, run};
pub use model::{
    Budget, Expectation, Freshness, Ingested, Origin, Outcome, PushKey, Received, ReplayRun, Sight, SourceSpec,
    TelegramRow, freshness,
};
pub use parse::{Refusal, check, parse};
pub use publish::SourcesDocument;
pub use sources::{Sources, replay::Scenario};

/// Journal kinds of this room, each with what it says.
pub const KINDS: &[(&str, &str)] = &[
    (RECEIVED, "A telegram came in and was read or archived; body {kind, mode, source, outcome}"),
    (REFUSED, "Bytes came in that are no telegram; kept with the reason; body {source, reason}"),
    (SOURCE_STATE, "A source became fresh, late or stale; body {from, to}"),
    (UPLOADED, "Staff uploaded files; body {files, understood, archived, refused, repeats}"),
    (REPLAY_STARTED, "Staff started a replay; body {scenario, speed, telegrams}"),
    (REPLAY_STOPPED, "Staff asked a replay to stop"),
    (REPLAY_ENDED, "A replay ended or was stopped; body {state, sent}"),
    (KEY_ISSUED, "A distributor's key was issued; body {distributor, mode}"),
    (KEY_ROTATED, "A distributor's key was replaced; the old one ends after an hour"),
    (KEY_REVOKED, "A distributor's key was revoked"),
];

/// A telegram was received.
pub const RECEIVED: &str = "feeds.received";
/// Bytes were refused.
pub const REFUSED: &str = "feeds.refused";
/// A source's freshness changed.
pub const SOURCE_STATE: &str = "feeds.source_state";
/// Staff uploaded telegrams.
pub const UPLOADED: &str = "feeds.uploaded";
/// A replay began.
pub const REPLAY_STARTED: &str = "feeds.replay_started";
/// Staff stopped a replay.
pub const REPLAY_STOPPED: &str = "feeds.replay_stopped";
/// A replay is over.
pub const REPLAY_ENDED: &str = "feeds.replay_ended";
/// A push key was made.
pub const KEY_ISSUED: &str = "feeds.key_issued";
/// A push key was replaced.
pub const KEY_ROTATED: &str = "feeds.key_rotated";
/// A push key was taken back.
pub const KEY_REVOKED: &str = "feeds.key_revoked";
