//! The tables of households, tokens, keys and protected people. Nobody else names them.

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::{Migration, Schema};

mod consents;
mod families;
mod keys;
mod protection;
mod ties;
mod tokens;

pub(crate) use consents::*;
pub(crate) use families::*;
pub(crate) use keys::*;
pub(crate) use protection::*;
pub(crate) use ties::*;
pub(crate) use tokens::*;

/// The room's tables.
pub const SCHEMA: Schema = Schema { room: "households", migrations: &[FIRST, DESK_KEYS, TIES] };

/// Every statement, so that a test can prepare each on both engines.
pub const STATEMENTS: &[&[&str]] = &[consents::SQL, families::SQL, keys::SQL, protection::SQL, ties::SQL, tokens::SQL];

const FIRST: Migration = Migration {
    version: 1,
    name: "households, their keys, tokens and consents; sealing keys; protected people",
    sql: include_str!("../migrations/0001_households.sql"),
    sample: include_str!("../migrations/0001_households.sample.sql"),
};

const DESK_KEYS: Migration = Migration {
    version: 2,
    name: "keys that phones' codes are sealed to",
    sql: include_str!("../migrations/0002_desk_keys.sql"),
    sample: include_str!("../migrations/0002_desk_keys.sample.sql"),
};

const TIES: Migration = Migration {
    version: 3,
    name: "which cards of desks are one household",
    sql: include_str!("../migrations/0003_ties.sql"),
    sample: include_str!("../migrations/0003_ties.sample.sql"),
};

/// How a word of the model is stored.
fn word(of: impl Serialize) -> anyhow::Result<String> {
    let value = serde_json::to_value(of)?;
    Ok(value.as_str().context("a word of the model")?.to_owned())
}

/// A stored word of the model.
fn read_word<T: DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    serde_json::from_value(Value::String(text.to_owned())).context("a stored word is known")
}
