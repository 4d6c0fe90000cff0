//! What a node knows, told as stories and as laws.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

extern crate mamori_reception as reception;

mod laws;
mod places;
mod stories;
mod support;
mod ties;
