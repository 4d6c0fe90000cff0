//! Group commit on SQLite: one writer connection whose users take turns inside one outer transaction.
//!
//! Each turn runs under the savepoint `s`. A finished turn hands the open transaction to the next one who waits and
//! answers its caller only after the outer `COMMIT` (WAL, `synchronous=FULL`) has succeeded for everybody in the group.
//! A turn that is dropped is rolled back to its savepoint; the others in the group do not notice. What the turns that
//! ended well have added to the journal moves its head once, right before the outer `COMMIT`.
//!
//! **Invariant:** no caller hears of success before the bytes are on the disk.
//! **Invariant:** whoever holds the lane leaves it clean or marked [`State::Dirty`]; the next one cleans first.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex as Cell;
use sqlx::{Executor as _, SqliteConnection};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard, oneshot};
use tokio::time::{Instant, timeout};

use crate::error::{Error, Result};
use crate::journal::Ends;
use crate::open::Settings;

/// The writer connection and the group that is being collected on it.
#[derive(Debug)]
pub(crate) struct Lane {
    connection: SqliteConnection,
    state: State,
    group: Vec<oneshot::Sender<Result<()>>>,
    /// How far the turns of this group have come in the journal.
    journal: Ends,
    opened: Instant,
    /// How long the last durable commit took.
    cost: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No transaction is open.
    Idle,
    /// The outer transaction is open, and a fresh savepoint with it.
    Ready,
    /// Someone works under the savepoint, or left without saying how it ended.
    Dirty,
    /// SQLite has undone the outer transaction behind our back.
    Spoiled,
}

/// Everything about writing on SQLite.
#[derive(Debug)]
pub(crate) struct Writer {
    lane: Arc<Mutex<Lane>>,
    waiting: AtomicUsize,
    holder: Cell<Option<(Weak<Seat>, Instant)>>,
    runtime: Handle,
    settings: Settings,
}

/// A turn on the lane. The place is empty once the turn is over.
#[derive(Debug)]
pub(crate) struct Seat {
    place: Mutex<Option<OwnedMutexGuard<Lane>>>,
    writer: Arc<Writer>,
}

impl Writer {
    pub(crate) fn new(connection: SqliteConnection, settings: Settings) -> Arc<Self> {
        let lane = Lane {
            connection,
            state: State::Idle,
            group: Vec::new(),
            journal: Ends::default(),
            opened: Instant::now(),
            cost: Duration::ZERO,
        };
        let writer = Arc::new(Self {
            lane: Arc::new(Mutex::new(lane)),
            waiting: AtomicUsize::new(0),
            holder: Cell::new(None),
            runtime: Handle::current(),
            settings,
        });
        tokio::spawn(watch(Arc::downgrade(&writer)));
        writer
    }

    /// Waits for a turn.
    pub(crate) async fn take_seat(self: &Arc<Self>) -> Result<Arc<Seat>> {
        let mut lane = {
            let _queue = Queue::join(&self.waiting);
            timeout(self.settings.wait_limit, self.lane.clone().lock_owned())
                .await
                .map_err(|_| Error::Busy("no turn to write became free".into()))?
        };
        lane.begin().await?;
        let seat = Arc::new(Seat { place: Mutex::new(Some(lane)), writer: self.clone() });
        *self.holder.lock() = Some((Arc::downgrade(&seat), Instant::now()));
        Ok(seat)
    }

    /// Ends a turn well: hands the transaction on, or commits the group.
    async fn finish(self: Arc<Self>, mut lane: OwnedMutexGuard<Lane>) -> Result<()> {
        let hand_over = self.waiting.load(Ordering::Acquire) > 0
            && lane.group.len() + 1 < self.settings.group_size
            && (lane.group.is_empty() || lane.opened.elapsed() < self.group_time(lane.cost));
        if !hand_over {
            return lane.commit().await;
        }
        let answer = lane.hand_over().await?;
        drop(lane);
        self.wait_for(answer).await
    }

    /// A group may collect for as long as a commit takes, within the limits: on a fast disk answers come sooner, on a slow
    /// one more callers share a commit.
    fn group_time(&self, cost: Duration) -> Duration {
        let longest = self.settings.group_time;
        cost.mul_f64(1.5).clamp(longest / 8, longest)
    }

    /// Ends a turn badly: only this turn's work is undone.
    async fn abandon(&self, mut lane: OwnedMutexGuard<Lane>) {
        lane.undo_turn().await;
        if self.waiting.load(Ordering::Acquire) == 0 {
            lane.close().await;
        }
    }

    /// Waits for the group's commit. If everybody who waited for a turn has gone away meanwhile, nobody is left to
    /// commit, so each member looks after a short while.
    async fn wait_for(&self, mut answer: oneshot::Receiver<Result<()>>) -> Result<()> {
        loop {
            match timeout(self.settings.group_time.saturating_mul(4), &mut answer).await {
                Ok(Ok(result)) => return result,
                Ok(Err(_)) => return Err(Error::CommitFailed("the group was abandoned".into())),
                Err(_) => {
                    if let Ok(mut lane) = self.lane.try_lock() {
                        if lane.state != State::Ready {
                            lane.undo_turn().await;
                        }
                        lane.close().await;
                    }
                }
            }
        }
    }

    /// Closes the connection after the group in work is durable.
    pub(crate) async fn close(&self) {
        let mut lane = self.lane.lock().await;
        if lane.state != State::Ready {
            lane.undo_turn().await;
        }
        lane.close().await;
        // Lets the write-ahead log be emptied into the file, so that a copied file is complete.
        let _ = lane.run("PRAGMA wal_checkpoint(TRUNCATE)").await;
    }
}

impl Lane {
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    pub(crate) fn journal(&mut self) -> &mut Ends {
        &mut self.journal
    }

    /// Notes that SQLite has undone the whole outer transaction.
    pub(crate) fn spoil(&mut self) {
        self.state = State::Spoiled;
    }

    async fn run(&mut self, text: &'static str) -> Result<()> {
        self.connection.execute(sqlx::raw_sql(text)).await?;
        Ok(())
    }

    async fn begin(&mut self) -> Result<()> {
        if matches!(self.state, State::Dirty | State::Spoiled) {
            self.undo_turn().await;
        }
        let idle = self.state == State::Idle;
        self.state = State::Dirty;
        if idle && let Err(error) = self.run("BEGIN IMMEDIATE; SAVEPOINT s").await {
            self.lose(&error).await;
            return Err(error);
        }
        Ok(())
    }

    /// Keeps this turn's work in the outer transaction and opens the next savepoint.
    async fn hand_over(&mut self) -> Result<oneshot::Receiver<Result<()>>> {
        self.check().await?;
        if let Err(error) = self.run("RELEASE s; SAVEPOINT s").await {
            self.lose(&error).await;
            return Err(error);
        }
        self.state = State::Ready;
        self.journal.keep();
        if self.group.is_empty() {
            self.opened = Instant::now();
        }
        let (sender, answer) = oneshot::channel();
        self.group.push(sender);
        Ok(answer)
    }

    /// Commits the outer transaction and tells the group.
    async fn commit(&mut self) -> Result<()> {
        self.check().await?;
        let begun = Instant::now();
        if let Err(error) = self.end().await {
            let error = Error::CommitFailed(error.to_string().into());
            self.lose(&error).await;
            return Err(error);
        }
        self.state = State::Idle;
        self.cost = begun.elapsed();
        metrics::counter!("journal_entries").increment(std::mem::take(&mut self.journal).count());
        metrics::histogram!("store_group_size")
            .record(f64::from(u32::try_from(self.group.len() + 1).unwrap_or(u32::MAX)));
        for member in self.group.drain(..) {
            let _ = member.send(Ok(()));
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<()> {
        self.journal.store(&mut self.connection).await?;
        self.run("COMMIT").await
    }

    async fn check(&mut self) -> Result<()> {
        if self.state == State::Spoiled {
            let error = Error::CommitFailed("the database has undone the transaction".into());
            self.lose(&error).await;
            return Err(error);
        }
        Ok(())
    }

    /// Undoes the work under the savepoint. Afterwards the lane is [`State::Ready`] or [`State::Idle`].
    async fn undo_turn(&mut self) {
        if self.state == State::Idle {
            return;
        }
        if self.state != State::Spoiled && self.run("ROLLBACK TO s").await.is_ok() {
            self.state = State::Ready;
            self.journal.undo();
            return;
        }
        self.lose(&Error::CommitFailed("the database has undone the transaction".into())).await;
    }

    /// With nobody waiting: commits for those who are in the group, or gives the lock back.
    async fn close(&mut self) {
        if self.state != State::Ready {
            return;
        }
        if self.group.is_empty() {
            let _ = self.run("ROLLBACK").await;
            self.state = State::Idle;
            self.journal = Ends::default();
        } else if let Err(error) = self.commit().await {
            tracing::error!(%error, "group commit failed");
        }
    }

    /// The outer transaction is gone: nobody of the group is told anything but the error.
    async fn lose(&mut self, error: &Error) {
        let _ = self.run("ROLLBACK").await;
        self.state = State::Idle;
        self.journal = Ends::default();
        for member in self.group.drain(..) {
            let _ = member.send(Err(Error::CommitFailed(error.to_string().into())));
        }
    }
}

impl Seat {
    pub(crate) async fn place(&self) -> MutexGuard<'_, Option<OwnedMutexGuard<Lane>>> {
        self.place.lock().await
    }

    pub(crate) fn without_hold_limit(&self) {
        *self.writer.holder.lock() = None;
    }

    /// Commits in a task of its own: a caller that goes away cannot leave the lane half way.
    pub(crate) async fn commit(self: Arc<Self>) -> Result<()> {
        let lane = self.place.lock().await.take().ok_or(Error::HeldTooLong)?;
        let finish = self.writer.clone().finish(lane);
        tokio::spawn(finish).await.map_err(|error| Error::CommitFailed(error.to_string().into()))?
    }

    pub(crate) async fn rollback(self: Arc<Self>) -> Result<()> {
        let lane = self.place.lock().await.take().ok_or(Error::HeldTooLong)?;
        let writer = self.writer.clone();
        let abandon = async move { writer.abandon(lane).await };
        tokio::spawn(abandon).await.map_err(|error| Error::Database(error.to_string().into()))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(lane) = self.place.get_mut().take() {
            let writer = self.writer.clone();
            self.writer.runtime.spawn(async move { writer.abandon(lane).await });
        }
    }
}

/// Counts those who wait for a turn, also when they stop waiting.
struct Queue<'a>(&'a AtomicUsize);

impl<'a> Queue<'a> {
    fn join(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::AcqRel);
        Self(waiting)
    }
}

impl Drop for Queue<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Takes the turn away from whoever holds it longer than the limit.
async fn watch(writer: Weak<Writer>) {
    let mut pause = Duration::from_millis(100);
    loop {
        tokio::time::sleep(pause).await;
        let Some(writer) = writer.upgrade() else { return };
        let limit = writer.settings.hold_limit;
        pause = (limit / 4).max(Duration::from_millis(5));
        let holder = writer.holder.lock().clone();
        let Some((seat, since)) = holder else { continue };
        let Some(seat) = seat.upgrade().filter(|_| since.elapsed() > limit) else { continue };
        // Waits for the statement in work; the turn ends after it.
        let lane = seat.place.lock().await.take();
        if let Some(lane) = lane {
            tracing::warn!(
                held_ms = since.elapsed().as_millis(),
                "a write transaction was held too long and is undone"
            );
            metrics::counter!("store_held_too_long").increment(1);
            writer.abandon(lane).await;
        }
    }
}
