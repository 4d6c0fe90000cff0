//! The store on a real database: `MAMORI_TEST_ENGINE` chooses which.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// The name by which everybody else knows this crate.
extern crate mamori_store as store;

mod jobs;
mod journal;
mod kill;
mod migrations;
mod places;
mod rounds;
mod transactions;
mod wakes;

use std::time::Duration;

use kernel::{AreaCode, Clock, Ids, Mode, Timestamp};
use serde_json::json;
use store::journal::{Body, NewEntry};

/// A clock that stands still, and ids that repeat from run to run.
fn clock_and_ids() -> (Clock, Ids) {
    let clock = Clock::fixed(Timestamp::parse("2025-12-08T23:15:00+09:00").unwrap());
    let ids = Ids::seeded(7, clock.clone());
    (clock, ids)
}

/// An entry with everything in it.
fn entry(ids: &Ids, subject: &str) -> NewEntry {
    NewEntry {
        id: ids.next(),
        kind: "test.happened",
        subject: subject.to_owned(),
        area: Some(AreaCode::municipality("02203")),
        mode: Mode::Drill,
        actor: "system".to_owned(),
        device: Some(ids.uuid()),
        occurred_at: Timestamp::parse("2025-12-08T23:15:09.5+09:00").unwrap(),
        body: Body::Open(json!({"z": 1, "a": {"y": [1.5, null], "b": "青森"}})),
    }
}

/// Long enough for a busy machine, short enough for a failing test.
const SOON: Duration = Duration::from_secs(20);
