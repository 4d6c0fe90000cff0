//! Handing a request over (引き渡し): from the door that read it to the runtime that works.
//!
//! A door has one thread and a crowd in front of it. What a handler awaits (the database, the journal) must not queue up
//! behind that crowd at every step: so the whole handler runs on the work runtime and the door waits once, for the answer.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};

/// Where handlers run (処理側).
#[derive(Debug, Clone)]
pub(crate) struct Work(Handle);

impl Work {
    /// The runtime this is called in.
    pub(crate) fn here() -> Self {
        Self(Handle::current())
    }

    /// Runs a task there. Whoever stops waiting cuts it off, as if it ran here. A panic goes on in the caller.
    pub(crate) async fn carry<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, JoinError> {
        match Carried(self.0.spawn(task)).await {
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            ended => ended,
        }
    }
}

/// A task that ends with whoever waits for it.
struct Carried<T>(JoinHandle<T>);

impl<T> Future for Carried<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for Carried<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn what_nobody_waits_for_is_cut_off() {
        let work = Work::here();
        assert_eq!(work.carry(async { 7 }).await.ok(), Some(7));
        let ended = Arc::new(AtomicBool::new(false));
        let note = Arc::clone(&ended);
        let long = work.carry(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            note.store(true, Ordering::Release);
        });
        assert!(tokio::time::timeout(Duration::from_millis(1), long).await.is_err());
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert!(!ended.load(Ordering::Acquire));
    }
}
