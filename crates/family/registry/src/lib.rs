//! The support registry: who may receive what, decided with reasons, for families and for people hit by disaster.
//!
//! Words: [`Programme`] 支援制度, [`Version`] 版, [`Condition`] 条件, [`Verdict`] 判定 (該当・要確認・非該当), [`Profile`] 匿名の属性,
//! [`Decision`] 判定結果 with its reasons 理由 and the missing answers 足りない回答, [`Case`] 検証事例.
//! In:  files and forms of municipality staff; the starting set of the law; anonymous profiles.
//! Out: journal entries `registry.*` (see [`KINDS`]); documents `registry/attributes`, `registry/programmes/{00|02|jis5}`, so
//! that a phone decides by itself; answers to `POST /api/registry/match`; search; exports.
//!
//! **Invariant:** what is not known never excludes: only known facts make a no.
//! **Invariant:** more facts turn 要確認 into 該当 or 非該当, and never one of those into anything else.
//! **Invariant:** every answer names the predicate that decided it, with its sentence, law and day.
//! **Invariant:** a rule edited for a later day changes nothing before that day.
//! **Invariant:** nothing is published whose validation cases do not pass.
//! **Invariant:** a profile carries no name, and matching it writes nothing.

mod act;
mod api;
mod db;
pub mod import;
mod jobs;
pub mod model;
pub mod publish;
mod search;
mod seed;
mod shelf;

pub use api::{document_schemas, routes};
pub use db::{SCHEMA, STATEMENTS};
pub use jobs::{prepare, run};
pub use model::{Case, Condition, Content, Decision, Facts, Profile, Programme, Rule, Verdict, Version};
pub use search::Index;
pub use seed::{Started, starting_set};
pub use shelf::Shelf;

/// Journal kinds of this room, each with what it says.
pub const KINDS: &[(&str, &str)] = &[
    ("registry.drafted", "A draft was made or changed; body {programme, key, area, name, number, revision, origin}"),
    ("registry.reviewed", "Somebody read a draft and its cases passed; the same body"),
    ("registry.published", "A version holds from a day on; the same body with {valid_from, valid_until, ended}"),
    ("registry.withdrawn", "A version was taken back; the same body"),
    ("registry.imported", "An import was applied; body {file, area, added, changed, gone}"),
];

/// Adds what the room keeps in memory.
pub fn install(builder: http::Builder) -> http::Builder {
    builder.extension(Shelf::default())
}
