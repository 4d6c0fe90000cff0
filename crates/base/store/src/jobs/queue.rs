//! Queueing, finishing, and what staff can do with jobs that were given up.

use kernel::{Id, Ids, Timestamp};

use super::db::{self, JobRow, ListedRow};
use super::{Job, Listed, NewJob, QUEUED, backoff};
use crate::arg::Arg;
use crate::chance;
use crate::conn::Tx;
use crate::error::{Error, Result};
use crate::open::Store;
use crate::query::{rows, sql};

/// Whether a job was queued (待ち行列に入れた結果).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// It waits now.
    New,
    /// A job with the same key waits or is being done; see [`NewJob::again`].
    Already,
}

/// Queues a job in the transaction of its cause.
pub async fn enqueue(tx: &mut Tx, job: NewJob, ids: &Ids) -> Result<Enqueued> {
    tx.wake_on_commit(QUEUED);
    let repeat = job.key.clone().filter(|_| job.again).map(|key| (job.queue, key, job.payload.clone()));
    if sql(db::INSERT_ONE).bind_all(args(job, ids)).execute(tx).await? == 1 {
        return Ok(Enqueued::New);
    }
    if let Some((queue, key, payload)) = repeat {
        sql(db::RUN_AGAIN).bind(queue).bind(key).bind(payload).execute(tx).await?;
    }
    Ok(Enqueued::Already)
}

/// Queues many jobs in few statements; answers how many were new. [`NewJob::again`] is not looked at.
pub async fn enqueue_many(tx: &mut Tx, jobs: impl IntoIterator<Item = NewJob>, ids: &Ids) -> Result<u64> {
    tx.wake_on_commit(QUEUED);
    let all = jobs.into_iter().fold(rows(db::INSERT, "ON CONFLICT DO NOTHING"), |all, job| all.row(args(job, ids)));
    all.execute(tx).await
}

impl Job {
    /// Finishes the job in the transaction of its effect: both are kept or neither.
    ///
    /// [`Error::LeaseLost`] if someone else has claimed it meanwhile: drop the transaction.
    pub async fn done(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        if sql(db::FINISH).bind(self.id).bind(self.claim).execute(tx).await? == 1 {
            return Ok(());
        }
        tx.wake_on_commit(QUEUED);
        if sql(db::REPEAT).bind(self.id).bind(self.claim).bind(now).execute(tx).await? == 1 {
            return Ok(());
        }
        Err(Error::LeaseLost(self.id.uuid()))
    }
}

/// Jobs that were given up, newest first, for staff to see.
pub async fn dead_letters(store: &Store, limit: u32) -> Result<Vec<Listed>> {
    list(store, db::DEAD, limit).await
}

/// Jobs that wait or are being done, the next ones first.
pub async fn unfinished(store: &Store, limit: u32) -> Result<Vec<Listed>> {
    list(store, db::UNFINISHED, limit).await
}

/// Gives a dead letter all its attempts again. False if it is not there, or if a job with its key waits already.
pub async fn revive(tx: &mut Tx, id: Id<Job>, now: Timestamp) -> Result<bool> {
    tx.wake_on_commit(QUEUED);
    Ok(sql(db::REVIVE).bind(id).bind(now).execute(tx).await? == 1)
}

/// Throws a dead letter away. False if it is not there.
pub async fn discard(tx: &mut Tx, id: Id<Job>) -> Result<bool> {
    Ok(sql(db::DISCARD).bind(id).execute(tx).await? == 1)
}

/// Claims up to `limit` due jobs for the length of a lease, the most urgent first.
pub(super) async fn claim(
    store: &Store,
    queue: &str,
    now: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<Job>> {
    let mut conn = store.read().await?;
    // A look that costs nobody a turn to write.
    let due: Option<(uuid::Uuid,)> = sql(db::DUE).bind(queue).bind(now).fetch_optional(&mut conn).await?;
    drop(conn);
    if due.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = store.write().await?;
    let text = db::claim(tx.engine());
    let mut claimed: Vec<JobRow> = sql(text).bind(queue).bind(now).bind(until).bind(limit).fetch_all(&mut tx).await?;
    tx.commit().await?;
    claimed.sort_by_key(JobRow::order);
    Ok(claimed.into_iter().map(JobRow::job).collect())
}

/// Lengthens the lease. False if it is gone.
pub(super) async fn renew(store: &Store, job: &Job, until: Timestamp) -> Result<bool> {
    let mut tx = store.write().await?;
    let renewed = sql(db::RENEW).bind(job.id).bind(job.claim).bind(until).execute(&mut tx).await?;
    tx.commit().await?;
    Ok(renewed == 1)
}

/// Notes a failed attempt: the job comes again after a pause, or is given up.
pub(super) async fn fail(store: &Store, job: &Job, error: &str, now: Timestamp) -> Result<()> {
    let dead = job.attempt >= job.max_attempts;
    let next = if dead { now } else { now.plus(chance::up_to(backoff(job.attempt))) };
    let short: String = error.chars().take(2_000).collect();
    let mut tx = store.write().await?;
    sql(db::FAIL).bind(job.id).bind(job.claim).bind(next).bind(short).bind(dead).execute(&mut tx).await?;
    tx.commit().await
}

async fn list(store: &Store, text: &'static str, limit: u32) -> Result<Vec<Listed>> {
    let mut conn = store.read().await?;
    let rows: Vec<ListedRow> = sql(text).bind(limit.min(1_000)).fetch_all(&mut conn).await?;
    Ok(rows.into_iter().map(ListedRow::listed).collect())
}

fn args(job: NewJob, ids: &Ids) -> [Arg; 12] {
    [
        ids.uuid().into(),
        job.queue.into(),
        job.kind.into(),
        job.key.into(),
        false.into(),
        job.payload.into(),
        job.priority.into(),
        job.run_at.into(),
        0_i64.into(),
        job.max_attempts.into(),
        0_i64.into(),
        false.into(),
    ]
}
