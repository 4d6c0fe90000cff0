//! Households: what a family says of itself before anything happens, and who may see it.
//!
//! Words: [`Household`] 世帯 (マイ避難情報, what a family registered), [`Person`] 家族の一人, [`Needs`] 要配慮事項, consent 同意,
//! [`Token`] 受付コード (what a QR or a card stands for), [`Personal`] 個人情報, [`Purpose`] 利用目的, protection 支援措置.
//! In:  what residents register on their phones, with a device account alone; lists of protected people from staff.
//! Out: journal entries `households.*` without personal data (see [`KINDS`]); the household behind a token, for a desk with a
//! purpose ([`disclosure`]); the roster of a kit ([`roster()`]); the keys that a municipality is sealed to ([`public_key`]).
//!
//! **Invariant:** what a family registers is stored sealed under a key of its own; deleting the family destroys that key.
//! **Invariant:** personal data opens only with a purpose and an audience, and every look is a journal entry that the person
//! can read.
//! **Invariant:** protected people (支援措置) are refused to everybody but the desk where they stand and those who keep the list,
//! by default.
//! **Invariant:** unknown, not consented and protected get byte-identical answers.
//! **Invariant:** a consent is an event with the version of its text; nothing is ticked beforehand, and missing means no.
//! **Invariant:** the 12 digits of a My Number are refused wherever text is taken.

pub mod disclosure;
pub mod model;

mod api;
mod db;
mod looks;
mod protection;
mod record;
mod roster;
mod sealing;
mod ties;
mod tokens;
mod vault;
mod wire;

pub use api::routes;
pub use db::{SCHEMA, STATEMENTS};
pub use disclosure::Personal;
pub use looks::{Looked, looks_after, take_looks};
pub use model::{Audience, Household, Look, Needs, Person, Purpose, Token, TokenKind, blind};
pub use protection::{Guard, KitProtection, ProtectionList};
pub use record::KINDS;
pub use roster::{PAGE as ROSTER_PAGE, RosterRow, roster, roster_context};
pub use sealing::{
    KeyLife, desk_key, desk_keys_for_kits, desk_opener, destroy_key, key_lives, opener, public_key, rotate,
    rotate_desk_key,
};
pub use ties::{forget_ties_of, tie};
pub use tokens::{Found, find_by_token, signers};
