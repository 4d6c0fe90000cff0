//! One connection, watched: how long it has been silent, how long it does not take what we send, whether it comes back at
//! once after being turned away.
//!
//! Reading the clock or arming a timer at every request costs as much as answering it. So time is a tick counter that one
//! task moves ([`Watchers::tick`]), connections only note the tick, and that task cuts who is too slow.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::http::{Request, Response, StatusCode};
use bytes::Bytes;
use futures_util::task::AtomicWaker;
use hyper::body::Incoming;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio::time::{Sleep, sleep};

use crate::admission::Class;
use crate::body::{Answer, Body};
use crate::refusal::TurnedAway;
use crate::settings::Limits;
use crate::site::{Caller, Site};

/// Length of a tick. Limits are kept to within one.
pub(crate) const TICK: Duration = Duration::from_millis(250);
const TICKS_PER_SECOND: u32 = 4;
/// The first bytes of HTTP/2.
const HTTP2: &[u8] = b"PRI ";

/// All connections, and the time they live by.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    now: Arc<AtomicU32>,
    next: AtomicU64,
    open: Mutex<HashMap<u64, (Arc<Watch>, AbortHandle)>>,
}

/// What is known of one connection. A tick of 0 means "not now".
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Something was read or written.
    moved: AtomicU32,
    /// The client does not take what we send.
    stalled: AtomicU32,
    /// The head of a request is awaited or on its way.
    head: AtomicU32,
    /// Requests in the hands of handlers.
    busy: AtomicU32,
    http2: AtomicBool,
    /// Milliseconds that nothing shall be read: it was turned away. Never on HTTP/2, where others may ask through the same
    /// connection.
    rest: AtomicU32,
    ending: AtomicBool,
    waker: AtomicWaker,
}

impl Watchers {
    pub(crate) fn count(&self) -> usize {
        self.open.lock().len()
    }

    /// A watch for a new connection, whose head must come soon.
    pub(crate) fn watch(&self) -> Arc<Watch> {
        let now = self.now.load(Relaxed).max(1);
        Arc::new(Watch { moved: now.into(), head: now.into(), ..Watch::default() })
    }

    pub(crate) fn clock(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.now)
    }

    pub(crate) fn number(&self) -> u64 {
        self.next.fetch_add(1, Relaxed)
    }

    /// Starts the connection's task. The table is held meanwhile, so that a task that ends at once finds itself in it.
    pub(crate) fn spawn(&self, number: u64, watch: Arc<Watch>, task: impl Future<Output = ()> + Send + 'static) {
        let mut open = self.open.lock();
        let abort = tokio::spawn(task).abort_handle();
        open.insert(number, (watch, abort));
    }

    pub(crate) fn leave(&self, number: u64) {
        self.open.lock().remove(&number);
    }

    /// Moves time on and cuts who is too slow.
    pub(crate) fn tick(&self, limits: &Limits) {
        let now = self.now.fetch_add(1, Relaxed) + 1;
        self.open.lock().retain(|_, (watch, abort)| {
            let Some(reason) = watch.too_slow(now, limits) else { return true };
            abort.abort();
            metrics::counter!("http_connections_cut_total", "reason" => reason).increment(1);
            false
        });
    }

    /// Asks every connection to end after what it is doing.
    pub(crate) fn end(&self) {
        for (watch, _) in self.open.lock().values() {
            watch.ending.store(true, Relaxed);
            watch.waker.wake();
        }
    }

    /// Ends what is still there.
    pub(crate) fn cut_all(&self) {
        for (_, (_, abort)) in self.open.lock().drain() {
            abort.abort();
        }
    }
}

impl Watch {
    fn too_slow(&self, now: u32, limits: &Limits) -> Option<&'static str> {
        let over = |since: u32, seconds: u32| since != 0 && now.saturating_sub(since) > seconds * TICKS_PER_SECOND;
        if over(self.stalled.load(Relaxed), limits.stall_seconds) {
            return Some("stalled");
        }
        if self.busy.load(Relaxed) > 0 {
            return None;
        }
        if !self.http2.load(Relaxed) && over(self.head.load(Relaxed), limits.head_seconds) {
            return Some("slow-head");
        }
        over(self.moved.load(Relaxed), limits.idle_seconds).then_some("idle")
    }

    /// From now on the calling task is woken when the connection shall end. Once is enough: a task keeps its waker.
    pub(crate) async fn wakes_me(&self) {
        poll_fn(|cx| {
            self.waker.register(cx.waker());
            Poll::Ready(())
        })
        .await;
    }

    /// What the two sides agreed on under TLS, where the first bytes are not to be seen.
    pub(crate) fn speaks_http2(&self, http2: bool) {
        self.http2.store(http2, Relaxed);
    }

    /// Whether the server wants this connection to end.
    pub(crate) fn is_ending(&self) -> bool {
        self.ending.load(Relaxed)
    }
}

/// The site as one connection sees it.
pub(crate) struct Served {
    pub(crate) site: Site,
    pub(crate) caller: Caller,
    pub(crate) watch: Arc<Watch>,
}

impl Served {
    /// A connection that was turned away is read again after a pause: a client that asks again at once gains nothing.
    fn pause_after(watch: &Watch, site: &Site, response: &Response<Body>) {
        if !matches!(response.extensions().get(), Some(TurnedAway(Class::Public))) || watch.http2.load(Relaxed) {
            return;
        }
        watch.rest.store(u32::try_from(site.pause().as_millis()).unwrap_or(u32::MAX), Relaxed);
    }
}

impl hyper::service::Service<Request<Incoming>> for Served {
    type Response = Response<Body>;
    type Error = std::convert::Infallible;
    type Future = Answer;

    fn call(&self, request: Request<Incoming>) -> Answer {
        self.watch.head.store(0, Relaxed);
        match self.site.answer(request, Some(&self.caller)) {
            Answer::Later(answer) => {
                let busy = Busy::new(Arc::clone(&self.watch));
                let (site, proxy) = (self.site.clone(), self.caller.proxy);
                Answer::Later(Box::pin(async move {
                    let answer = answer.await;
                    if !proxy {
                        Self::pause_after(&busy.0, &site, &answer);
                    }
                    drop(busy);
                    answer
                }))
            }
            Answer::Now(Some(answer)) => {
                if !self.caller.proxy && answer.status() == StatusCode::SERVICE_UNAVAILABLE {
                    Self::pause_after(&self.watch, &self.site, &answer);
                }
                Answer::Now(Some(answer))
            }
            Answer::Now(None) => Answer::Now(None),
        }
    }
}

/// A handler at work, also if it is cut off.
struct Busy(Arc<Watch>);

impl Busy {
    fn new(watch: Arc<Watch>) -> Self {
        watch.busy.fetch_add(1, Relaxed);
        Self(watch)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Relaxed);
        // Bytes of the body were not the head of a next request.
        self.0.head.store(0, Relaxed);
    }
}

/// A socket that notes its movements.
#[derive(Debug)]
pub(crate) struct Watched {
    socket: TcpStream,
    watch: Arc<Watch>,
    now: Arc<AtomicU32>,
    begun: bool,
    resting: Option<Pin<Box<Sleep>>>,
    /// Read already by somebody who had no use for it.
    before: Bytes,
}

impl Watched {
    pub(crate) fn new(socket: TcpStream, watch: Arc<Watch>, now: Arc<AtomicU32>) -> Self {
        Self { socket, watch, now, begun: false, resting: None, before: Bytes::new() }
    }

    /// Gives back what was read and not used: it is read again first.
    pub(crate) fn put_back(&mut self, unused: Vec<u8>) {
        self.before = unused.into();
    }

    /// The tick it is.
    pub(crate) fn tick(&self) -> u32 {
        self.now.load(Relaxed)
    }

    /// Whether the server wants this connection to end.
    pub(crate) fn is_ending(&self) -> bool {
        self.watch.is_ending()
    }

    /// A request was answered; `begun`: a next one is on its way.
    pub(crate) fn answered(&self, begun: bool) {
        self.watch.head.store(if begun { self.tick().max(1) } else { 0 }, Relaxed);
    }

    /// Ready when nothing keeps us from reading.
    fn poll_rested(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let asked = self.watch.rest.load(Relaxed);
        if asked > 0 {
            self.watch.rest.store(0, Relaxed);
            self.resting = Some(Box::pin(sleep(Duration::from_millis(asked.into()))));
        }
        if let Some(resting) = &mut self.resting {
            ready!(resting.as_mut().poll(cx));
            self.resting = None;
        }
        Poll::Ready(())
    }

    fn took(&self) {
        self.watch.moved.store(self.now.load(Relaxed), Relaxed);
        self.watch.stalled.store(0, Relaxed);
    }

    fn refused(&self) {
        if self.watch.stalled.load(Relaxed) == 0 {
            self.watch.stalled.store(self.now.load(Relaxed).max(1), Relaxed);
        }
    }

    fn note<T>(&self, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_pending() {
            self.refused();
        } else {
            self.took();
        }
        outcome
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.before.is_empty() {
            let some = self.before.len().min(buf.remaining());
            buf.put_slice(&self.before.split_to(some));
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_rested(cx));
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buf))?;
        let now = self.now.load(Relaxed).max(1);
        self.watch.moved.store(now, Relaxed);
        if !self.begun {
            self.begun = true;
            self.watch.http2.store(buf.filled()[before..].starts_with(HTTP2), Relaxed);
        }
        if self.watch.head.load(Relaxed) == 0 {
            self.watch.head.store(now, Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.note(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.note(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_slowness_has_its_limit() {
        let limits = Limits { head_seconds: 1, idle_seconds: 5, stall_seconds: 2, ..Limits::default() };
        let verdict = |set: &dyn Fn(&Watch), now: u32| {
            let watch = Watch { moved: 1.into(), ..Watch::default() };
            set(&watch);
            watch.too_slow(now, &limits)
        };
        assert_eq!(verdict(&|w| w.head.store(1, Relaxed), 5), None);
        assert_eq!(verdict(&|w| w.head.store(1, Relaxed), 6), Some("slow-head"));
        assert_eq!(verdict(&|_| (), 21), None);
        assert_eq!(verdict(&|_| (), 22), Some("idle"));
        assert_eq!(verdict(&|w| w.stalled.store(1, Relaxed), 10), Some("stalled"));
        let handled = |w: &Watch| {
            w.busy.store(1, Relaxed);
            w.head.store(1, Relaxed);
        };
        assert_eq!(verdict(&handled, 1000), None, "a handler at work has its own time limit");
    }
}
