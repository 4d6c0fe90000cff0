//! The lock (施錠): whether the kit's secret key is in memory, and when it leaves it.
//!
//! **Invariant:** the key is in memory only between an unlock and the next of: a lock, five minutes without work that needs
//! it, the end of the process.
//! **Invariant:** a locked kit goes on taking people in; only reading waits.

use std::sync::Arc;
use std::time::Duration;

use kernel::Timestamp;
use parking_lot::Mutex;
use store::Stop;
use store::envelope::SecretKey;
use tokio::time::Instant;

use super::safe::{Safe, Shut};

/// How long the key stays without work that needs it.
pub(crate) const IDLE: Duration = Duration::from_mins(5);

/// What is done with the key when it comes and goes.
type Turned = Box<dyn Fn(Option<SecretKey>) + Send + Sync>;

/// The lock of a running kit.
pub(crate) struct Lock {
    safe: Safe,
    turned: Turned,
    /// When the key was last needed; `None` while locked.
    used: Mutex<Option<Instant>>,
    /// One try at a time: a crowd of them would only fill the memory.
    trying: tokio::sync::Mutex<()>,
}

impl Lock {
    /// A locked lock. `turned` hears the key when it is opened and nothing when it is locked.
    pub(crate) fn new(safe: Safe, turned: impl Fn(Option<SecretKey>) + Send + Sync + 'static) -> anyhow::Result<Self> {
        // A safe that is not there is said before anybody stands at the desk.
        safe.public()?;
        Ok(Self { safe, turned: Box::new(turned), used: Mutex::new(None), trying: tokio::sync::Mutex::new(()) })
    }

    /// Opens it with the passphrase.
    pub(crate) async fn unlock(&self, passphrase: zeroize::Zeroizing<String>, now: Timestamp) -> Result<(), Shut> {
        let _one = self.trying.lock().await;
        let safe = self.safe.clone();
        let opened = tokio::task::spawn_blocking(move || safe.open(&passphrase, now));
        let secret = opened.await.map_err(|error| Shut::Broken(error.into()))??;
        *self.used.lock() = Some(Instant::now());
        (self.turned)(Some(secret));
        tracing::info!("the kit was unlocked");
        Ok(())
    }

    /// Locks it. Safe to repeat.
    pub(crate) fn lock(&self, why: &'static str) {
        let was = self.used.lock().take();
        (self.turned)(None);
        if was.is_some() {
            tracing::info!(why, "the kit was locked");
        }
    }

    /// Seconds until it locks by itself; `None` while locked.
    pub(crate) fn seconds_left(&self) -> Option<u64> {
        let used = (*self.used.lock())?;
        Some(IDLE.saturating_sub(used.elapsed()).as_secs())
    }

    /// Work that needs the key was done.
    pub(crate) fn used(&self) {
        if let Some(used) = self.used.lock().as_mut() {
            *used = Instant::now();
        }
    }

    /// Locks when nobody worked with it for a while, and at the end.
    pub(crate) async fn watch(self: Arc<Self>, mut stop: Stop) {
        while stop.pause(Duration::from_secs(1)).await {
            let idle = self.used.lock().is_some_and(|used| used.elapsed() >= IDLE);
            if idle {
                self.lock("nobody worked with it for five minutes");
            }
        }
        self.lock("the kit ends");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use kernel::{Clock, Ids};
    use zeroize::Zeroizing;

    use super::*;

    const WORDS: &str = "うみねこ りんご ねぶた いか";

    fn lock(folder: &std::path::Path) -> (Arc<Lock>, Arc<AtomicBool>) {
        let safe = Safe::new(folder.join("safe.json"), "kit:1");
        safe.put(&SecretKey::generate().unwrap(), WORDS, &Ids::system(Clock::system())).unwrap();
        let open = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&open);
        let lock = Lock::new(safe, move |key| seen.store(key.is_some(), Ordering::SeqCst)).unwrap();
        (Arc::new(lock), open)
    }

    #[tokio::test(start_paused = true)]
    async fn the_key_leaves_after_five_minutes_without_work_and_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let (lock, open) = lock(folder.path());
        let (stopper, stop) = Stop::new();
        let watching = tokio::spawn(Arc::clone(&lock).watch(stop));
        let words = || Zeroizing::new(WORDS.to_owned());
        let now = Timestamp::from_secs(1_765_203_300);
        assert!(matches!(lock.unlock(Zeroizing::new("wrong".into()), now).await, Err(Shut::Wrong)));
        assert!(!open.load(Ordering::SeqCst) && lock.seconds_left().is_none());
        lock.unlock(words(), now).await.unwrap();
        tokio::time::sleep(IDLE.saturating_sub(Duration::from_secs(5))).await;
        assert!(open.load(Ordering::SeqCst));
        lock.used();
        tokio::time::sleep(IDLE.saturating_sub(Duration::from_secs(5))).await;
        assert!(open.load(Ordering::SeqCst), "work puts it off");
        tokio::time::sleep(Duration::from_secs(8)).await;
        assert!(!open.load(Ordering::SeqCst), "idle");
        lock.unlock(words(), now).await.unwrap();
        lock.lock("by hand");
        assert!(!open.load(Ordering::SeqCst));
        lock.unlock(words(), now).await.unwrap();
        stopper.stop();
        watching.await.unwrap();
        assert!(!open.load(Ordering::SeqCst), "the end");
    }
}
