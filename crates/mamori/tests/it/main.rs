//! Stories and commands, through the real binary as its users run it.

mod commands;
mod server;
mod stories;
