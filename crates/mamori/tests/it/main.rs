//! Stories and commands, through the real binary as its users run it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod commands;
#[path = "../../benches/reception/desk.rs"]
mod desk;
mod kit;
mod server;
mod stories;
