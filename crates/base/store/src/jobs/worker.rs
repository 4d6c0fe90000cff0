//! Workers: claim, do, renew the lease, note failures.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use kernel::Clock;
use tokio::task::JoinSet;

use super::queue::{claim, fail, renew};
use super::{Job, QUEUED};
use crate::error::{Error, Result};
use crate::open::Store;
use crate::stop::Stop;

/// How long a worker sleeps at most before it looks without having been woken.
const SAFETY_LOOK: Duration = Duration::from_secs(1);

type Handler = Arc<dyn Fn(Job) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> + Send + Sync>;

/// Does the jobs of one queue (働き手). Any number of workers may run in any number of processes.
#[derive(Clone)]
pub struct Worker {
    store: Store,
    clock: Clock,
    queue: &'static str,
    handlers: HashMap<&'static str, Handler>,
    at_once: usize,
    lease: Duration,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: Vec<_> = self.handlers.keys().collect();
        kinds.sort_unstable();
        f.debug_struct("Worker").field("queue", &self.queue).field("kinds", &kinds).finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker for the queue `default`: four jobs at once, a lease of one minute.
    pub fn new(store: &Store, clock: &Clock) -> Self {
        Self {
            store: store.clone(),
            clock: clock.clone(),
            queue: "default",
            handlers: HashMap::new(),
            at_once: 4,
            lease: Duration::from_mins(1),
        }
    }

    /// Works on another queue.
    #[must_use]
    pub fn queue(mut self, queue: &'static str) -> Self {
        self.queue = queue;
        self
    }

    /// How many jobs at once.
    #[must_use]
    pub fn at_once(mut self, jobs: usize) -> Self {
        self.at_once = jobs.max(1);
        self
    }

    /// How long a job belongs to this worker without a sign of life.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// What to do with jobs of a kind. The work calls [`Job::done`] in the transaction of its effect; if it answers `Ok`
    /// without, the job is finished right after it (for effects outside the database, which must bear repeating).
    #[must_use]
    pub fn handle<F, Work>(mut self, kind: &'static str, work: F) -> Self
    where
        F: Fn(Job) -> Work + Send + Sync + 'static,
        Work: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.handlers.insert(kind, Arc::new(move |job| Box::pin(work(job))));
        self
    }

    /// Works until told to stop, then finishes what it has begun.
    pub async fn run(self, mut stop: Stop) {
        let mut wake = self.store.wakes().subscribe(QUEUED);
        let mut at_work = JoinSet::new();
        while !stop.is_stopped() {
            while at_work.try_join_next().is_some() {}
            let free = self.at_once - at_work.len().min(self.at_once);
            let claimed = if free == 0 { Ok(Vec::new()) } else { self.claim(free).await };
            match claimed {
                Ok(jobs) if !jobs.is_empty() => {
                    for job in jobs {
                        at_work.spawn(self.clone().attempt(job));
                    }
                    continue;
                }
                Ok(_) => {}
                Err(error) => tracing::error!(%error, queue = self.queue, "no jobs can be claimed"),
            }
            tokio::select! {
                () = stop.stopped() => {}
                _ = wake.wait(SAFETY_LOOK), if free > 0 => {}
                Some(_) = at_work.join_next() => {}
            }
        }
        while at_work.join_next().await.is_some() {}
    }

    /// Does everything that is due by the clock, one after the other, and answers how many attempts that took: for tests.
    pub async fn run_due(&self) -> Result<usize> {
        let mut attempts = 0;
        loop {
            let jobs = self.claim(1).await?;
            let Some(job) = jobs.into_iter().next() else { return Ok(attempts) };
            attempts += 1;
            self.clone().attempt(job).await;
        }
    }

    async fn claim(&self, limit: usize) -> Result<Vec<Job>> {
        let now = self.clock.now();
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        self.store.retry(|| claim(&self.store, self.queue, now, now.plus(self.lease), limit)).await
    }

    /// One attempt. Failures of every sort, panics too, end in the job's row.
    async fn attempt(self, job: Job) {
        let Some(handler) = self.handlers.get(job.kind.as_str()) else {
            return self.note_failure(&job, "no handler for this kind of job").await;
        };
        let mut work = tokio::spawn(handler(job.clone()));
        let outcome = loop {
            tokio::select! {
                outcome = &mut work => break outcome,
                () = tokio::time::sleep(self.lease / 3) => {
                    if self.lease_is_lost(&job).await {
                        // Someone else does it now; what this attempt still does cannot be kept (see Job::done).
                        work.abort();
                        tracing::warn!(job = %job.id, kind = job.kind, "job lease lost");
                        return;
                    }
                }
            }
        };
        match outcome {
            Ok(Ok(())) => self.finish(&job).await,
            Ok(Err(error)) => self.note_failure(&job, &format!("{error:#}")).await,
            Err(panic) => self.note_failure(&job, &panic.to_string()).await,
        }
    }

    async fn lease_is_lost(&self, job: &Job) -> bool {
        let until = self.clock.now().plus(self.lease);
        match self.store.retry(|| renew(&self.store, job, until)).await {
            Ok(renewed) => !renewed,
            Err(error) => {
                tracing::warn!(%error, job = %job.id, "job lease could not be renewed");
                false
            }
        }
    }

    /// Finishes a job whose work did not do so itself.
    async fn finish(&self, job: &Job) {
        let finished = self
            .store
            .retry(|| async {
                let mut tx = self.store.write().await?;
                job.done(&mut tx, self.clock.now()).await?;
                tx.commit().await
            })
            .await;
        metrics::counter!("jobs_done", "kind" => job.kind.clone()).increment(1);
        match finished {
            // The usual case: the work has finished it in its own transaction.
            Ok(()) | Err(Error::LeaseLost(_)) => {}
            // The lease runs out and the job comes again.
            Err(error) => tracing::error!(%error, job = %job.id, kind = job.kind, "job could not be finished"),
        }
    }

    async fn note_failure(&self, job: &Job, error: &str) {
        metrics::counter!("jobs_failed", "kind" => job.kind.clone()).increment(1);
        tracing::warn!(job = %job.id, kind = job.kind, attempt = job.attempt, error, "job failed");
        let now = self.clock.now();
        if let Err(error) = self.store.retry(|| fail(&self.store, job, error, now)).await {
            tracing::error!(%error, job = %job.id, "job failure could not be noted");
        }
    }
}
