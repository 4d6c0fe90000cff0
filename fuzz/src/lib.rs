//! The telegram parser alone, from the sources of the feeds room: no database, no network, built in a minute.

#[path = "../../crates/disaster/feeds/src/facts.rs"]
pub mod facts;
#[path = "../../crates/disaster/feeds/src/parse/mod.rs"]
pub mod parse;
