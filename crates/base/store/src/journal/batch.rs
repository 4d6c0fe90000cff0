//! Appends that wait at the same time share one statement and one commit.
//!
//! Whoever finds nobody at work becomes the one who writes: it takes everything that waits, writes it in one
//! transaction, answers everybody, and goes on until nothing waits. The others come meanwhile; the longer a commit
//! takes, the larger the next batch.

use std::sync::Arc;
use std::time::Duration;

use kernel::Timestamp;
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::record::{Places, Stored, record_stored};
use super::{NewEntry, Recorded, db};
use crate::error::{Error, Result};
use crate::open::Store;
use crate::query::rows;

/// Entries in one transaction.
const LARGEST: usize = 256;
/// How long at most a batch waits for those who may come.
const LONGEST_WAIT: Duration = Duration::from_millis(2);

/// Entries that wait to be appended.
#[derive(Debug, Default)]
pub(crate) struct Appends {
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Waiting>,
    someone_writes: bool,
}

#[derive(Debug)]
struct Waiting {
    entry: Stored,
    now: Timestamp,
    answer: oneshot::Sender<Result<Recorded>>,
}

/// Records an entry that has no other rows with it, for example a look at personal data (閲覧の記録).
///
/// Safe to drop: an entry that was handed in may then be recorded or not.
pub async fn append(store: &Store, entry: NewEntry, now: Timestamp) -> Result<Recorded> {
    let (answer, answered) = oneshot::channel();
    let appends = store.appends();
    let first = {
        let mut queue = appends.queue.lock();
        queue.waiting.push(Waiting { entry: entry.into(), now, answer });
        !std::mem::replace(&mut queue.someone_writes, true)
    };
    if first {
        // A task of its own: it writes for others too, so it must not end with this caller.
        tokio::spawn(write_until_nothing_waits(store.clone(), appends.clone()));
    }
    answered.await.unwrap_or_else(|_| Err(Error::CommitFailed("the appending task ended".into())))
}

async fn write_until_nothing_waits(store: Store, appends: Arc<Appends>) {
    // How many wrote at the same time last, and how long that took.
    let (mut together, mut took) = (1, Duration::ZERO);
    loop {
        appends.gather(together, took / 4).await;
        let batch = {
            let mut queue = appends.queue.lock();
            if queue.waiting.is_empty() {
                queue.someone_writes = false;
                return;
            }
            let count = queue.waiting.len().min(LARGEST);
            queue.waiting.drain(..count).collect::<Vec<_>>()
        };
        together = batch.len();
        let begun = Instant::now();
        write_batch(&store, batch).await;
        took = begun.elapsed();
    }
}

impl Appends {
    /// Those who were just answered usually come back at once. Waiting for them a fraction of what a commit costs puts
    /// them into this commit and not into the next one.
    async fn gather(&self, together: usize, limit: Duration) {
        let begun = Instant::now();
        while self.queue.lock().waiting.len() < together && begun.elapsed() < limit.min(LONGEST_WAIT) {
            tokio::task::yield_now().await;
        }
    }
}

async fn write_batch(store: &Store, batch: Vec<Waiting>) {
    let result = store.retry(|| insert(store, &batch)).await;
    for (n, waiting) in batch.into_iter().enumerate() {
        let answer = match &result {
            Ok(answers) => answers[n].clone(),
            Err(error) => Err(error.clone()),
        };
        // A caller who has gone away needs no answer.
        let _ = waiting.answer.send(answer);
    }
}

/// One transaction for the whole batch; answers for each entry in order.
async fn insert(store: &Store, batch: &[Waiting]) -> Result<Vec<Result<Recorded>>> {
    let mut tx = store.write().await?;
    let mut places = Places::begin(&mut tx).await?;
    let mut all = rows(db::INSERT, db::INSERT_END);
    for waiting in batch {
        let (entry, now) = (waiting.entry.clone(), waiting.now);
        let place = places.next(&entry, now);
        all = all.row(entry.into_args(store.arrival(now), now, place));
    }
    if all.padded().execute(&mut tx).await? == batch.len() as u64 {
        places.keep(&mut tx).await?;
        tx.commit().await?;
        return Ok(vec![Ok(Recorded::New); batch.len()]);
    }
    // Some were there before, or came twice: the others must not keep the places that were meant for them.
    tx.rollback().await?;
    insert_one_by_one(store, batch).await
}

async fn insert_one_by_one(store: &Store, batch: &[Waiting]) -> Result<Vec<Result<Recorded>>> {
    let mut tx = store.write().await?;
    let mut answers = Vec::with_capacity(batch.len());
    for waiting in batch {
        answers.push(match record_stored(&mut tx, waiting.entry.clone(), waiting.now).await {
            Err(error) if !matches!(error, Error::OtherContent(_)) => return Err(error),
            answer => answer,
        });
    }
    tx.commit().await?;
    Ok(answers)
}
