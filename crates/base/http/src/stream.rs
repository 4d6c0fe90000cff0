//! The live stream (ライブ配信): `/stream` says "document X is now version Y" as server-sent events.
//!
//! ```text
//! retry: 4211
//!
//! id: 17
//! event: document
//! data: {"document":"alerts/prefecture","version":17}
//! ```
//! A client opens the stream *first* and then fetches its documents; nothing falls between. After a break the browser
//! sends `Last-Event-ID` and gets every document that is newer. Above the cap the answer is 503 and clients poll.
//!
//! **Invariant:** an event is serialised once for all clients. A client that does not keep up is dropped, not waited for.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use bytes::Bytes;
use futures_util::stream;
use parking_lot::Mutex;
use store::Stop;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

use crate::body::Body;
use crate::hot::{Hot, Version};
use crate::jitter::Jitter;
use crate::problem::Problem;
use crate::settings::StreamSettings;
use crate::tally::{Counted, Tally};

/// Bursts a client may lag behind before it is dropped.
const BACKLOG: usize = 256;

/// A place among all streams, and among those of one address.
type Seat = (OwnedSemaphorePermit, Option<Counted>);

/// All open streams.
pub(crate) struct Streams {
    news: Mutex<Option<broadcast::Sender<Bytes>>>,
    seats: Arc<Semaphore>,
    by_address: Tally,
    settings: StreamSettings,
    jitter: Jitter,
}

impl Streams {
    pub(crate) fn new(settings: &StreamSettings) -> Self {
        Self {
            news: Mutex::new(Some(broadcast::channel(BACKLOG).0)),
            seats: Arc::new(Semaphore::new(settings.clients.min(Semaphore::MAX_PERMITS))),
            by_address: Tally::default(),
            settings: settings.clone(),
            jitter: Jitter::new(),
        }
    }

    /// Streams open now.
    pub(crate) fn open(&self) -> usize {
        self.settings.clients - self.seats.available_permits()
    }

    /// Tells everyone about new versions, in one piece.
    pub(crate) fn tell(&self, news: &[(String, Version)]) {
        let mut text = String::with_capacity(news.len() * 96);
        for (name, version) in news {
            event(&mut text, name, *version);
        }
        self.send(text.into());
    }

    /// Ends all streams; clients come back elsewhere.
    pub(crate) fn close(&self) {
        self.news.lock().take();
    }

    /// Sends signs of life until stopped.
    pub(crate) async fn beat(&self, mut stop: Stop) {
        let pause = Duration::from_secs(u64::from(self.settings.heartbeat_seconds.max(1)));
        while stop.pause(pause).await {
            self.send(Bytes::from_static(b":\n\n"));
        }
    }

    fn send(&self, bytes: Bytes) {
        if let Some(sender) = self.news.lock().as_ref() {
            // An error only means that nobody listens.
            let _ = sender.send(bytes);
        }
    }

    fn join(&self, client: Option<IpAddr>) -> Option<(Seat, broadcast::Receiver<Bytes>)> {
        let of_address = match client {
            Some(client) => Some(self.by_address.take(client, self.settings.clients_per_address)?),
            None => None,
        };
        let seat = Arc::clone(&self.seats).try_acquire_owned().ok()?;
        let receiver = self.news.lock().as_ref().map(broadcast::Sender::subscribe)?;
        Some(((seat, of_address), receiver))
    }
}

/// Opens a stream. `client` is the address it is counted for, if it is.
pub(crate) fn open(hot: &Hot, asked: &HeaderMap, client: Option<IpAddr>) -> Result<Response<Body>, Problem> {
    let streams = hot.streams();
    // Listen first, look second: what is published in between is told twice, never missed.
    let joined = streams.join(client);
    let (seat, receiver) = joined.ok_or_else(|| Problem::overloaded(streams.jitter.next(30, 120)))?;
    let retry = streams.jitter.next(streams.settings.retry_min_ms, streams.settings.retry_max_ms);
    let first = Bytes::from(opening(hot, last_event_id(asked), retry));
    let parts = stream::unfold((Some(first), receiver, seat), |(first, mut receiver, seat)| async move {
        let next = match first {
            Some(first) => first,
            // Behind by more than the backlog, or the server stops: the client reconnects and resumes.
            None => receiver.recv().await.ok()?,
        };
        Some((Ok::<_, Infallible>(next), (None, receiver, seat)))
    });
    let mut response = Response::new(Body::Axum(axum::body::Body::from_stream(parts)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    // A proxy in front must not collect the events.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// The first piece: when to come back, then everything newer than what the client has seen, else where it stands now.
fn opening(hot: &Hot, seen: Option<Version>, retry: u64) -> String {
    let mut text = format!("retry: {retry}\n\n");
    let Some(seen) = seen else {
        // An id without data is not an event, but the browser keeps it for `Last-Event-ID`.
        let _ = write!(text, "id: {}\n\n", hot.version());
        return text;
    };
    // A number from the future is from another database: everything may be different.
    let seen = if seen > hot.version() { 0 } else { seen };
    for document in hot.all().iter().filter(|document| document.version > seen) {
        event(&mut text, &document.name, document.version);
    }
    text
}

fn event(text: &mut String, name: &str, version: Version) {
    // Names are checked when published: nothing in them needs escaping. Writing to a String cannot fail.
    let _ = write!(text, "id: {version}\nevent: document\ndata: {{\"document\":\"{name}\",\"version\":{version}}}\n\n");
}

fn last_event_id(asked: &HeaderMap) -> Option<Version> {
    asked.get("last-event-id")?.to_str().ok()?.trim().parse().ok()
}
