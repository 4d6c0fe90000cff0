//! The jobs' table and SQL.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Job, Listed};
use crate::migrate::{Migration, Schema};
use crate::open::Engine;

/// The jobs' table. [`crate::Store::migrate`] creates it.
pub const SCHEMA: Schema = Schema {
    room: "jobs",
    migrations: &[Migration { version: 1, name: "create the job queue", sql: CREATE, sample: SAMPLE }],
};

const CREATE: &str = "
CREATE TABLE job (
    id UUID NOT NULL PRIMARY KEY,
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT,
    again BOOLEAN NOT NULL, -- do it once more after the attempt in work
    payload JSONB NOT NULL,
    priority BIGINT NOT NULL,
    run_at TIMESTAMPTZ NOT NULL, -- not before; for the dead: when it was given up
    attempt BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    claim BIGINT NOT NULL, -- how often it was claimed
    lease_until TIMESTAMPTZ, -- not null while someone works on it
    dead BOOLEAN NOT NULL,
    last_error TEXT
);
CREATE INDEX job_due ON job (queue, priority, run_at) WHERE NOT dead;
CREATE UNIQUE INDEX job_key ON job (queue, key) WHERE NOT dead;
";

const SAMPLE: &str = "
INSERT INTO job (id, queue, kind, key, again, payload, priority, run_at, attempt, max_attempts, claim, dead, last_error)
VALUES ('00000000-0000-0000-0000-000000000001', 'sample', 'sample', 'k', FALSE, '{}', 10, '2025-12-08T14:15:00+00:00', 3, 3, 3, TRUE, 'gave up');
";

pub(super) const INSERT: &str =
    "INSERT INTO job (id, queue, kind, key, again, payload, priority, run_at, attempt, max_attempts, claim, dead)";
pub(super) const INSERT_ONE: &str =
    "INSERT INTO job (id, queue, kind, key, again, payload, priority, run_at, attempt, max_attempts, claim, dead)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING";
pub(super) const RUN_AGAIN: &str =
    "UPDATE job SET again = TRUE, payload = $3 WHERE queue = $1 AND key = $2 AND NOT dead AND lease_until IS NOT NULL";
const CLAIM_SQLITE: &str =
    "UPDATE job SET lease_until = $3, attempt = attempt + 1, claim = claim + 1, again = FALSE WHERE id IN (
        SELECT id FROM job WHERE queue = $1 AND NOT dead AND run_at <= $2 AND (lease_until IS NULL OR lease_until < $2)
        ORDER BY priority, run_at, id LIMIT $4)
    RETURNING id, queue, kind, key, payload, priority, run_at, attempt, max_attempts, claim";
const CLAIM_POSTGRES: &str =
    "UPDATE job SET lease_until = $3, attempt = attempt + 1, claim = claim + 1, again = FALSE WHERE id IN (
        SELECT id FROM job WHERE queue = $1 AND NOT dead AND run_at <= $2 AND (lease_until IS NULL OR lease_until < $2)
        ORDER BY priority, run_at, id LIMIT $4 FOR UPDATE SKIP LOCKED)
    RETURNING id, queue, kind, key, payload, priority, run_at, attempt, max_attempts, claim";
pub(super) const DUE: &str = "SELECT id FROM job WHERE queue = $1 AND NOT dead AND run_at <= $2 AND (lease_until IS NULL OR lease_until < $2) LIMIT 1";
pub(super) const RENEW: &str =
    "UPDATE job SET lease_until = $3 WHERE id = $1 AND claim = $2 AND lease_until IS NOT NULL";
pub(super) const REPEAT: &str =
    "UPDATE job SET lease_until = NULL, again = FALSE, attempt = 0, run_at = $3, last_error = NULL
    WHERE id = $1 AND claim = $2 AND lease_until IS NOT NULL AND again";
pub(super) const FINISH: &str =
    "DELETE FROM job WHERE id = $1 AND claim = $2 AND lease_until IS NOT NULL AND NOT again";
pub(super) const FAIL: &str = "UPDATE job SET lease_until = NULL, run_at = $3, last_error = $4, dead = $5
    WHERE id = $1 AND claim = $2 AND lease_until IS NOT NULL";
pub(super) const DEAD: &str = "SELECT id, queue, kind, key, payload, attempt, last_error, run_at FROM job WHERE dead ORDER BY run_at DESC, id LIMIT $1";
pub(super) const UNFINISHED: &str = "SELECT id, queue, kind, key, payload, attempt, last_error, run_at FROM job WHERE NOT dead ORDER BY priority, run_at, id LIMIT $1";
pub(super) const REVIVE: &str = "UPDATE job SET dead = FALSE, attempt = 0, lease_until = NULL, run_at = $2
    WHERE id = $1 AND dead AND (key IS NULL OR NOT EXISTS (SELECT 1 FROM job AS other WHERE other.queue = job.queue AND other.key = job.key AND NOT other.dead))";
pub(super) const DISCARD: &str = "DELETE FROM job WHERE id = $1 AND dead";

/// Every statement that runs on both engines, for the test that prepares them.
pub const SQL: &[&str] =
    &[INSERT_ONE, RUN_AGAIN, CLAIM_SQLITE, DUE, RENEW, REPEAT, FINISH, FAIL, DEAD, UNFINISHED, REVIVE, DISCARD];

/// The only text of the jobs that differs: on PostgreSQL several workers claim at the same time.
pub(super) fn claim(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => CLAIM_SQLITE,
        Engine::Postgres => CLAIM_POSTGRES,
    }
}

/// A claimed row.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct JobRow {
    id: Uuid,
    queue: String,
    kind: String,
    key: Option<String>,
    payload: Value,
    priority: i64,
    run_at: DateTime<Utc>,
    attempt: i64,
    max_attempts: i64,
    claim: i64,
}

impl JobRow {
    /// `RETURNING` gives rows in any order.
    pub(super) fn order(&self) -> (i64, DateTime<Utc>, Uuid) {
        (self.priority, self.run_at, self.id)
    }

    pub(super) fn job(self) -> Job {
        Job {
            id: self.id.into(),
            queue: self.queue,
            kind: self.kind,
            key: self.key,
            payload: self.payload,
            priority: self.priority,
            attempt: self.attempt,
            max_attempts: self.max_attempts,
            claim: self.claim,
        }
    }
}

/// A row for a list.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct ListedRow {
    id: Uuid,
    queue: String,
    kind: String,
    key: Option<String>,
    payload: Value,
    attempt: i64,
    last_error: Option<String>,
    run_at: DateTime<Utc>,
}

impl ListedRow {
    pub(super) fn listed(self) -> Listed {
        Listed {
            id: self.id.into(),
            queue: self.queue,
            kind: self.kind,
            key: self.key,
            payload: self.payload,
            attempts: self.attempt,
            last_error: self.last_error,
            at: self.run_at.into(),
        }
    }
}
