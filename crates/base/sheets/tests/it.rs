//! Files through the front door: made here, broken on purpose, and real ones.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

#[path = "it/bad.rs"]
mod bad;
#[path = "it/formats.rs"]
mod formats;
#[path = "it/made.rs"]
mod made;
#[path = "it/real.rs"]
mod real;

extern crate mamori_sheets as sheets;
