//! Shelters: which places of refuge are open in a disaster, how full they are, and where to go instead.
//!
//! Words: [`Disaster`] 災害 (what openings and counts belong to, live or drill), [`Opening`] 開設, [`State`] 開設の状況
//! (準備中・開設・満員・閉鎖準備・閉鎖), headcount 避難者数, ad-hoc shelter 指定外の避難所, [`History`] 避難者数の推移.
//! In:  commands of municipality staff; the history of a past disaster from files.
//! Out: journal entries `shelters.*` (see [`KINDS`]); documents `shelters/prefecture` and `shelters/{jis5}`, each with a twin
//! under `drill/`, and `shelters/history/{disaster}`; the nearest open shelters.
//!
//! **Invariant:** a drill's opening and a live one never share a disaster, and a drill's name begins 【訓練】.
//! **Invariant:** persons and households are counted apart, and a count that nobody made is not zero.
//! **Invariant:** full turns nobody away: it names another place to go and stays on the map.
//! **Invariant:** each change has who, when and why; nothing is overwritten, the curve is the history.
//! **Invariant:** what a place is and what it withstands is said by `places`; this room only says what happens there.

mod act;
mod api;
mod db;
mod history;
mod jobs;
pub mod model;
pub mod nearest;
pub mod publish;
pub mod reception;
mod register;
pub mod replay;
mod seed;

pub use api::{document_schemas, routes};
pub use db::{SCHEMA, STATEMENTS};
pub use history::{Imported, import};
pub use jobs::{prepare, run};
pub use model::history::History;
pub use model::{Disaster, Headcount, Opening, State, Venue};
pub use nearest::Nearest;
pub use seed::{Shown, begin_drill};

/// Journal kinds of this room, each with what it says.
pub const KINDS: &[(&str, &str)] = &[
    (
        "shelters.disaster_opened",
        "A disaster was declared, or a replay began one; body {name, since, municipalities, replay_of}",
    ),
    ("shelters.disaster_closed", "A disaster ended; same body with until"),
    (
        "shelters.preparing",
        "A place is being prepared (準備中); body {disaster, name, from, state, reason, note, instead, adhoc}",
    ),
    ("shelters.opened", "A shelter opened, or has room again; same body"),
    ("shelters.full", "A shelter is full (満員) and names another; same body"),
    ("shelters.closing", "A shelter announces its closing (閉鎖準備); same body"),
    ("shelters.closed", "A shelter closed; same body"),
    ("shelters.amended", "Only reason, note or place to go instead changed; same body"),
    ("shelters.counted", "A headcount; body {disaster, name, persons, households, counted_at, newest}"),
    ("shelters.adhoc_added", "A shelter on no list was added; body {disaster, name, address, lat, lon, capacity}"),
    (
        "shelters.history_imported",
        "The history of a past disaster was imported; body {name, since, until, snapshots, shelters, notes}",
    ),
    ("shelters.replay_started", "A replay of a history began; body {run, history, speed, steps}"),
    ("shelters.replay_stopped", "Staff asked a replay to stop; body {run}"),
    ("shelters.replay_ended", "A replay ended or was stopped; body {run, state, done}"),
];
