//! Wakes: "something changed, look again" between writers and waiters, in this process and (PostgreSQL) in others.
//!
//! **Invariant:** a wake is only a hint. Whoever waits also looks from time to time, because a process can die between
//! its commit and its wake.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, watch};

/// The PostgreSQL channel over which all our channels' names travel.
const CHANNEL: &str = "mamori";

/// Where one subscribes to channels (合図).
#[derive(Debug, Clone)]
pub struct Wakes {
    board: Arc<Board>,
}

#[derive(Debug, Default)]
struct Board {
    channels: Mutex<HashMap<String, watch::Sender<u64>>>,
    /// Channels that other processes have not been told about yet; `None` if there are no other processes.
    outbox: Option<Mutex<BTreeSet<&'static str>>>,
    outbox_filled: Notify,
    tasks: Mutex<Vec<tokio::task::AbortHandle>>,
}

/// A subscription to one channel.
#[derive(Debug, Clone)]
pub struct Wake(watch::Receiver<u64>);

impl Wakes {
    pub(crate) fn local() -> Self {
        Self { board: Arc::default() }
    }

    pub(crate) fn shared(pool: PgPool) -> Self {
        let mut board = Board::default();
        board.outbox = Some(Mutex::default());
        let board = Arc::new(board);
        let listen = tokio::spawn(listen(Arc::downgrade(&board), pool.clone()));
        let tell = tokio::spawn(tell(Arc::downgrade(&board), pool));
        board.tasks.lock().extend([listen.abort_handle(), tell.abort_handle()]);
        Self { board }
    }

    /// Subscribes; wakes from now on count.
    pub fn subscribe(&self, channel: &str) -> Wake {
        let mut channels = self.board.channels.lock();
        let sender = channels.entry(channel.to_owned()).or_insert_with(|| watch::channel(0).0);
        Wake(sender.subscribe())
    }

    /// Wakes the subscribers of a channel here and in other processes.
    ///
    /// Other processes are told by a task of its own that puts many wakes into one `NOTIFY`: a `NOTIFY` inside every
    /// transaction would make PostgreSQL commit them one by one.
    pub fn send(&self, channel: &'static str) {
        self.board.wake_here(channel);
        if let Some(outbox) = &self.board.outbox {
            outbox.lock().insert(channel);
            self.board.outbox_filled.notify_one();
        }
    }

    pub(crate) fn stop(&self) {
        for task in self.board.tasks.lock().drain(..) {
            task.abort();
        }
    }
}

impl Wake {
    /// Waits until the channel was woken since the last call, at most `limit`. True if it was woken.
    pub async fn wait(&mut self, limit: Duration) -> bool {
        match tokio::time::timeout(limit, self.0.changed()).await {
            Ok(Ok(())) => true,
            // The store is closed: nobody wakes any more, so keep the rhythm of the safety look.
            Ok(Err(_)) => {
                tokio::time::sleep(limit).await;
                false
            }
            Err(_) => false,
        }
    }
}

impl Board {
    fn wake_here(&self, channel: &str) {
        if let Some(sender) = self.channels.lock().get(channel) {
            sender.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    fn wake_everyone(&self) {
        for sender in self.channels.lock().values() {
            sender.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        for task in self.tasks.get_mut().drain(..) {
            task.abort();
        }
    }
}

/// Tells the other processes.
async fn tell(board: Weak<Board>, pool: PgPool) {
    loop {
        let Some(strong) = board.upgrade() else { return };
        let names: Vec<&str> =
            strong.outbox.as_ref().map(|o| std::mem::take(&mut *o.lock())).unwrap_or_default().into_iter().collect();
        if names.is_empty() {
            let wait = async { tokio::time::timeout(Duration::from_secs(1), strong.outbox_filled.notified()).await };
            let _ = wait.await;
            continue;
        }
        drop(strong);
        let told = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(names.join(" ")).execute(&pool).await;
        if let Err(error) = told {
            // Others still look from time to time.
            tracing::warn!(%error, "could not wake other processes");
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Hears the other processes. After a lost connection everybody is woken once, because wakes may have been missed.
async fn listen(board: Weak<Board>, pool: PgPool) {
    loop {
        match PgListener::connect_with(&pool).await {
            Ok(mut listener) => {
                if listener.listen(CHANNEL).await.is_ok() {
                    hear(&board, &mut listener).await;
                }
            }
            Err(error) => tracing::warn!(%error, "cannot listen for wakes"),
        }
        let Some(board) = board.upgrade() else { return };
        board.wake_everyone();
        drop(board);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn hear(board: &Weak<Board>, listener: &mut PgListener) {
    while let Ok(Some(notice)) = listener.try_recv().await {
        let Some(board) = board.upgrade() else { return };
        for channel in notice.payload().split(' ') {
            board.wake_here(channel);
        }
    }
}
