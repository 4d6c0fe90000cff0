//! Jobs (仕事の待ち行列): work to be done later, kept in a table.
//!
//! A job is queued in the transaction of its cause ([`enqueue`]) and finished in the transaction of its effect
//! ([`Job::done`]), so a crash neither loses nor doubles it. A [`Worker`] claims jobs for the length of a lease and
//! renews it while it works; a job whose worker died is claimed again when the lease runs out. What keeps failing becomes
//! a dead letter that staff can see and revive.
//!
//! **Invariant:** an effect is kept only by whoever holds the lease at that moment.

mod db;
mod queue;
mod worker;

use std::time::Duration;

use kernel::{Id, Timestamp};
use serde_json::Value;

pub use db::{SCHEMA, SQL};
pub use queue::{Enqueued, dead_letters, discard, enqueue, enqueue_many, revive, unfinished};
pub use worker::Worker;

/// The channel that is woken when jobs were queued.
pub(crate) const QUEUED: &str = "jobs";

/// A job to be queued (新しい仕事).
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Which workers do it.
    pub queue: &'static str,
    /// What it is, `feeds.fetch`.
    pub kind: &'static str,
    /// While a job with this key is unfinished in the queue, another one is not queued.
    pub key: Option<String>,
    /// If the unfinished job with the same key is already being done, it is done once more afterwards. Set this when a
    /// job works on "the state as it is now", because the one at work may have looked before this change.
    pub again: bool,
    /// Its input: an object or array.
    pub payload: Value,
    /// Not before this time.
    pub run_at: Timestamp,
    /// Lower numbers first; 0 is life safety, 10 is usual.
    pub priority: i64,
    /// After this many failed attempts it is a dead letter.
    pub max_attempts: i64,
}

impl NewJob {
    /// A usual job in the queue `default`, to be done at once, with 12 attempts (about a day).
    pub fn new(kind: &'static str, payload: Value, now: Timestamp) -> Self {
        Self { queue: "default", kind, key: None, again: false, payload, run_at: now, priority: 10, max_attempts: 12 }
    }

    /// Sets the key under which it is queued only once.
    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// A job that this process has claimed (引き受けた仕事).
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: Id<Job>,
    /// See [`NewJob::queue`].
    pub queue: String,
    /// See [`NewJob::kind`].
    pub kind: String,
    /// See [`NewJob::key`].
    pub key: Option<String>,
    /// See [`NewJob::payload`].
    pub payload: Value,
    /// See [`NewJob::priority`].
    pub priority: i64,
    /// 1 for the first attempt.
    pub attempt: i64,
    /// See [`NewJob::max_attempts`].
    pub max_attempts: i64,
    /// The number of this claim: a later claim of the same job has a higher one.
    pub claim: i64,
}

/// A job that was given up (配達不能の仕事), or one that still waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its id.
    pub id: Id<Job>,
    /// See [`NewJob::queue`].
    pub queue: String,
    /// See [`NewJob::kind`].
    pub kind: String,
    /// See [`NewJob::key`].
    pub key: Option<String>,
    /// See [`NewJob::payload`].
    pub payload: Value,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it runs next, or when it was given up.
    pub at: Timestamp,
}

/// The pause before the attempt after `attempt` failed ones: 2, 4, 8, … seconds up to an hour, before jitter.
fn backoff(attempt: i64) -> Duration {
    let exponent = u32::try_from(attempt.clamp(1, 12)).unwrap_or(12);
    Duration::from_secs(1 << exponent).min(Duration::from_hours(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stop_growing() {
        let pauses: Vec<u64> = [0, 1, 2, 3, 11, 12, 1_000].iter().map(|n| backoff(*n).as_secs()).collect();
        assert_eq!(pauses, [2, 2, 4, 8, 2_048, 3_600, 3_600]);
    }
}
