//! Asking background work to end.

use std::time::Duration;

use tokio::sync::watch;

/// Seen by the work: whether it should end (停止の合図).
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// Held by whoever ends the work. Dropping it ends the work too.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

impl Stop {
    /// A pair: keep the [`Stopper`], give clones of the [`Stop`] to the work.
    pub fn new() -> (Stopper, Self) {
        let (sender, receiver) = watch::channel(false);
        (Stopper(sender), Self(receiver))
    }

    /// True once the work should end.
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits until the work should end.
    pub async fn stopped(&mut self) {
        // An error means that the stopper was dropped.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }

    /// Sleeps, but not longer than the work should go on. True if the work should go on.
    pub async fn pause(&mut self, time: Duration) -> bool {
        tokio::select! {
            () = self.stopped() => false,
            () = tokio::time::sleep(time) => true,
        }
    }
}

impl Stopper {
    /// Asks the work to end.
    pub fn stop(&self) {
        let _ = self.0.send(true);
    }
}
