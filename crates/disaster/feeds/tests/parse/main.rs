//! The telegram parser: families on telegrams of our own, broken input, mutations, and every real telegram.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

extern crate mamori_feeds as feeds;

mod bad;
mod families;
mod property;
mod real;
mod support;
mod walk;
