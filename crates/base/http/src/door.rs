//! A door (窓口): one thread with its own runtime and its own listening socket. It accepts, reads, answers at once what lies
//! ready or is turned away, and hands everything else over to the runtime that works.
//!
//! **Invariant:** a door never runs a handler that asks a database.
//! **Invariant:** a connection on which a public request was turned away is read again only after a pause, so that a crowd
//! that asks again at once costs a bounded part of a door. The answer to what was read is never held back.

use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use store::Stop;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};

use crate::connection::{Served, TICK, Watch, Watched, Watchers};
use crate::observe::Peer;
use crate::problem::{Language, Problem};
use crate::site::{Caller, Site};
use crate::swift;
use crate::tally::{Counted, Tally};
use crate::tls::Tls;
use crate::work::Work;

/// Farewells said at the same time to connections above a cap; more are closed without a word.
const FAREWELLS: usize = 256;
/// Polls of tasks between two looks at what came back from the work runtime: it is not left behind a crowd.
const LOOK_FOR_ANSWERS: u32 = 8;

/// What all doors share.
pub(crate) struct Hall {
    site: Site,
    work: Work,
    open: AtomicUsize,
    by_address: Tally,
    farewells: Arc<Semaphore>,
}

/// A connection that is counted until this is dropped.
struct Place {
    hall: Arc<Hall>,
    /// None for a proxy of ours.
    _of_address: Option<Counted>,
}

impl Hall {
    /// Handlers run in the runtime this is called in.
    pub(crate) fn new(site: Site) -> Self {
        Self {
            site,
            work: Work::here(),
            open: AtomicUsize::new(0),
            by_address: Tally::default(),
            farewells: Arc::new(Semaphore::new(FAREWELLS)),
        }
    }

    /// Connections open at all doors.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    fn is_proxy(&self, peer: IpAddr) -> bool {
        self.site.app().settings.proxies.contains(&peer.to_canonical())
    }

    /// A place for one more connection from there; `None` when there is none.
    fn place(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let limits = &self.site.app().settings.limits;
        let of_address =
            if self.is_proxy(peer) { None } else { Some(self.by_address.take(peer, limits.connections_per_address)?) };
        self.open.fetch_add(1, Ordering::Relaxed);
        // Dropping it on refusal takes the count back.
        let place = Place { hall: Arc::clone(self), _of_address: of_address };
        (self.open() <= limits.connections).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hall.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Opens a door on its own thread. The receiver hears when it has closed.
pub(crate) fn open(
    number: usize,
    listener: std::net::TcpListener,
    tls: Option<Tls>,
    hall: Arc<Hall>,
    stop: Stop,
) -> io::Result<oneshot::Receiver<io::Result<()>>> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().global_queue_interval(LOOK_FOR_ANSWERS).build()?;
    let (closed, hears) = oneshot::channel();
    let keep = move || {
        let kept = runtime.block_on(async {
            keep(TcpListener::from_std(listener)?, tls, hall, stop).await;
            io::Result::Ok(())
        });
        // Whoever has gone does not need to hear it.
        let _ = closed.send(kept);
    };
    std::thread::Builder::new().name(format!("door-{number}")).spawn(keep)?;
    Ok(hears)
}

async fn keep(listener: TcpListener, tls: Option<Tls>, hall: Arc<Hall>, stop: Stop) {
    let watchers = Arc::new(Watchers::default());
    let ticking = tokio::spawn(tick(Arc::clone(&watchers), Arc::clone(&hall)));
    accept(&listener, tls.as_ref(), &hall, &watchers, stop).await;
    // New connections are refused from here on, so that a proxy turns to another process at once.
    drop(listener);
    watchers.end();
    let patience = Duration::from_secs(u64::from(hall.site.app().settings.limits.stop_seconds));
    let finished = async {
        while watchers.count() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(patience, finished).await.is_err() {
        tracing::warn!(connections = watchers.count(), "some requests did not finish in time and were cut");
        watchers.cut_all();
    }
    ticking.abort();
}

/// Moves time on until the door is closed.
async fn tick(watchers: Arc<Watchers>, hall: Arc<Hall>) {
    loop {
        tokio::time::sleep(TICK).await;
        watchers.tick(&hall.site.app().settings.limits);
    }
}

async fn accept(listener: &TcpListener, tls: Option<&Tls>, hall: &Arc<Hall>, watchers: &Arc<Watchers>, mut stop: Stop) {
    let builder = Arc::new(builder());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.stopped() => return,
        };
        match accepted {
            Ok((socket, peer)) => match hall.place(peer.ip()) {
                Some(place) => start(socket, Peer(peer), tls.cloned(), place, watchers, Arc::clone(&builder)),
                // Over TLS the words would cost a handshake each; the connection is only closed.
                None if tls.is_some() => metrics::counter!("http_connections_refused_total").increment(1),
                None => send_away(socket, &hall.farewells),
            },
            // Out of file handles or memory: go on when some are free again.
            Err(error) if !is_of_the_client(&error) => {
                tracing::error!(%error, "cannot accept connections");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(_) => {}
        }
    }
}

fn start(
    socket: TcpStream,
    peer: Peer,
    tls: Option<Tls>,
    place: Place,
    watchers: &Arc<Watchers>,
    builder: Arc<Builder<TokioExecutor>>,
) {
    // Answers go out in one piece; waiting for more would only delay them.
    if socket.set_nodelay(true).is_err() {
        return;
    }
    let (number, watch) = (watchers.number(), watchers.watch());
    let io = Watched::new(socket, Arc::clone(&watch), watchers.clock());
    let hall = &place.hall;
    let caller = Caller { peer, proxy: hall.is_proxy(peer.0.ip()), tls: tls.is_some(), work: hall.work.clone() };
    let served = Served { site: hall.site.clone(), caller, watch: Arc::clone(&watch) };
    let leaving = Leave(Arc::clone(watchers), number, place);
    let talk = {
        let watch = Arc::clone(&watch);
        async move {
            watch.wakes_me().await;
            let Some(tls) = tls else { return speak_plainly(io, served, builder, watch, leaving).await };
            // The time for the head of the first request runs meanwhile: a slow handshake is a slow head.
            // How a handshake fails (a plain request, an unknown authority) is the client's affair.
            let Ok((io, http2)) = tls.accept(io).await else { return };
            watch.speaks_http2(http2);
            converse(io, served, builder, watch, leaving).await;
        }
    };
    watchers.spawn(number, watch, talk);
}

/// The swift way as long as it is enough, then the whole of HTTP.
async fn speak_plainly(
    mut io: Watched,
    served: Served,
    builder: Arc<Builder<TokioExecutor>>,
    watch: Arc<Watch>,
    leaving: Leave,
) {
    // An error is the end of the connection, and the client's affair.
    let Ok(Some(unused)) = swift::serve(&mut io, served.site.app()).await else { return };
    io.put_back(unused);
    converse(io, served, builder, watch, leaving).await;
}

/// Reads requests and answers them until one side ends.
async fn converse<IO>(io: IO, served: Served, builder: Arc<Builder<TokioExecutor>>, watch: Arc<Watch>, _leave: Leave)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut connection = pin!(builder.serve_connection(TokioIo::new(io), served));
    let mut told = false;
    poll_fn(|cx| {
        if !told && watch.is_ending() {
            told = true;
            connection.as_mut().graceful_shutdown();
        }
        // How a connection ends (reset, timeout, garbage) is the client's affair.
        Pin::as_mut(&mut connection).poll(cx).map(drop)
    })
    .await;
}

/// Takes the connection off the table, however its task ends.
struct Leave(Arc<Watchers>, u64, #[expect(dead_code, reason = "held for its end")] Place);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.leave(self.1);
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // Hyper's own head timeout arms a timer for every request; ours is in `connection`. No `pipeline_flush`: it copies every
    // body behind its head, which costs a tenth of the answer of a document; without it both go out in one `writev`.
    // And no `max_headers`: any number but hyper's own (100) makes it fill a table before it reads each head.
    builder.http1().header_read_timeout(None).max_buf_size(64 * 1024);
    builder
        .http2()
        .max_concurrent_streams(64)
        .max_header_list_size(16 * 1024)
        .max_send_buf_size(256 * 1024)
        .max_pending_accept_reset_streams(32)
        .max_local_error_reset_streams(64);
    builder
}

/// Too many connections: says so at once and closes.
fn send_away(mut socket: TcpStream, farewells: &Arc<Semaphore>) {
    metrics::counter!("http_connections_refused_total").increment(1);
    let Ok(permit) = Arc::clone(farewells).try_acquire_owned() else { return };
    tokio::spawn(async move {
        let farewell = async {
            socket.write_all(&farewell()).await?;
            socket.shutdown().await?;
            // What the client was sending must be read, or closing would reset the answer away.
            let mut rest = [0; 1024];
            while socket.read(&mut rest).await? > 0 {}
            io::Result::Ok(())
        };
        // A client that has gone or does not listen is not our concern.
        let _ = tokio::time::timeout(Duration::from_secs(1), farewell).await;
        drop(permit);
    });
}

fn farewell() -> Vec<u8> {
    let wait = 15;
    let body = Problem::overloaded(wait).json(Language::Ja, None);
    let mut answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\n\
         retry-after: {wait}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend(body);
    answer
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        error.kind(),
        K::ConnectionAborted | K::ConnectionReset | K::ConnectionRefused | K::Interrupted | K::WouldBlock
    )
}
