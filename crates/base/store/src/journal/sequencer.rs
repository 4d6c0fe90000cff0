//! The sequencer: gives positions and hashes to committed entries that have none, and signs checkpoints.
//!
//! Entries without a position are taken in batches under one lock (an advisory lock on PostgreSQL, the only writer on
//! SQLite), so that an entry that commits late simply gets a later position: no reader can miss it. On SQLite entries
//! are recorded with their place (see `head.rs`); only those of an older version of this program wait for one.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::{Clock, Timestamp};
use uuid::Uuid;

use super::chain::Place;
use super::checkpoint::{CheckpointRow, Signer};
use super::{RECORDED, SEQUENCED, db, end};
use crate::arg::Arg;
use crate::conn::Tx;
use crate::error::{Error, Result};
use crate::open::{Engine, Store};
use crate::query::{rows, sql};
use crate::stop::Stop;

/// Entries in one batch.
const BATCH: i64 = 512;
/// How long it leaves the database to others after a batch.
const BREATH: Duration = Duration::from_millis(4);
/// How long it sleeps at most before it looks without having been woken.
const SAFETY_LOOK: Duration = Duration::from_millis(500);

/// Gives committed entries their positions (通し番号を付ける係). Any number of processes may run one.
#[derive(Debug)]
pub struct Sequencer {
    store: Store,
    clock: Clock,
    signer: Option<Signer>,
    checkpoint_entries: i64,
    checkpoint_time: Duration,
}

impl Sequencer {
    /// A sequencer without checkpoints.
    pub fn new(store: &Store, clock: &Clock) -> Self {
        Self {
            store: store.clone(),
            clock: clock.clone(),
            signer: None,
            checkpoint_entries: 10_000,
            checkpoint_time: Duration::from_mins(1),
        }
    }

    /// Also signs checkpoints: after 10,000 entries or 60 seconds, when there is something new.
    #[must_use]
    pub fn signed_by(mut self, signer: Signer) -> Self {
        self.signer = Some(signer);
        self
    }

    /// Signs checkpoints after this many entries or this much time.
    #[must_use]
    pub fn checkpoint_every(mut self, entries: i64, time: Duration) -> Self {
        self.checkpoint_entries = entries;
        self.checkpoint_time = time;
        self
    }

    /// Works until told to stop.
    pub async fn run(self, mut stop: Stop) {
        let mut wake = self.store.wakes().subscribe(RECORDED);
        let mut trouble = false;
        while !stop.is_stopped() {
            match self.step().await {
                Ok(placed) if placed == BATCH => continue,
                Ok(placed) => {
                    trouble = false;
                    if placed > 0 {
                        // Those who write now need the database too; what they add meanwhile is placed in one batch.
                        stop.pause(BREATH).await;
                    }
                }
                Err(error) => {
                    // Once per spell of trouble, not twice a second.
                    if !std::mem::replace(&mut trouble, true) {
                        tracing::error!(%error, "the journal cannot be sequenced");
                    }
                    stop.pause(Duration::from_secs(1)).await;
                }
            }
            tokio::select! {
                () = stop.stopped() => {}
                _ = wake.wait(SAFETY_LOOK) => {}
            }
        }
    }

    /// One batch, and a checkpoint if it is time. Answers how many entries got their position.
    async fn step(&self) -> Result<i64> {
        let now = self.clock.now();
        let placed = self.store.retry(|| place_batch(&self.store)).await?;
        if let Some(signer) = &self.signer {
            self.store.retry(|| self.sign_if_due(signer, now)).await?;
        }
        Ok(placed)
    }

    async fn sign_if_due(&self, signer: &Signer, now: Timestamp) -> Result<()> {
        let mut conn = self.store.read().await?;
        let Some(row) = sql(db::HEAD).fetch_optional(&mut conn).await? else { return Ok(()) };
        let Place { position, hash } = end::place(row)?;
        let last: Option<CheckpointRow> = sql(db::LAST_CHECKPOINT).fetch_optional(&mut conn).await?;
        let last = last.map(CheckpointRow::checkpoint).transpose()?;
        drop(conn);
        let (size, made_at) = last.map_or((0, Timestamp::EPOCH), |c| (c.size, c.made_at));
        let waited = now.since(made_at).to_std().unwrap_or_default();
        if position == size || (position - size < self.checkpoint_entries && waited < self.checkpoint_time) {
            return Ok(());
        }
        let made = signer.sign(position, hash, now);
        let mut tx = self.store.write().await?;
        sql(db::ADD_CHECKPOINT)
            .bind(made.size)
            .bind(made.hash)
            .bind(made.made_at)
            .bind(made.note)
            .execute(&mut tx)
            .await?;
        tx.commit().await
    }
}

/// Gives every waiting entry its position now: for tests and tools that run no sequencer.
pub async fn sequence_now(store: &Store) -> Result<i64> {
    let mut all = 0;
    loop {
        let placed = store.retry(|| place_batch(store)).await?;
        all += placed;
        if placed < BATCH {
            return Ok(all);
        }
    }
}

async fn place_batch(store: &Store) -> Result<i64> {
    if !anything_waits(store).await? {
        return Ok(0);
    }
    let mut tx = store.write().await?;
    tx.lock("journal sequencer").await?;
    let waiting: Vec<(Uuid, DateTime<Utc>, Vec<u8>)> = sql(db::WAITING).bind(BATCH).fetch_all(&mut tx).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let count = waiting.len() as i64;
    place(&mut tx, waiting).await?;
    tx.wake_on_commit(SEQUENCED);
    tx.commit().await?;
    if store.engine() == Engine::Postgres {
        // On SQLite the lane counts them, with those that never waited.
        metrics::counter!("journal_entries").increment(count.unsigned_abs());
    }
    Ok(count)
}

/// A look that costs nobody a turn to write.
async fn anything_waits(store: &Store) -> Result<bool> {
    let mut conn = store.read().await?;
    let first: Option<(Uuid, DateTime<Utc>, Vec<u8>)> = sql(db::WAITING).bind(1).fetch_optional(&mut conn).await?;
    Ok(first.is_some())
}

async fn place(tx: &mut Tx, waiting: Vec<(Uuid, DateTime<Utc>, Vec<u8>)>) -> Result<()> {
    let before = end::find(tx).await?;
    let mut last = before;
    let count = waiting.len() as u64;
    let mut placed = rows(db::PLACE, db::PLACE_END);
    for (id, recorded_at, digest) in waiting {
        last = last.next(recorded_at.timestamp_micros(), &digest);
        placed = placed.row([Arg::from(id), last.position.into(), last.hash.into()]);
    }
    if placed.execute(tx).await? != count {
        return Err(Error::Conflict("another sequencer was at work".into()));
    }
    end::reach(tx, before, last).await
}
