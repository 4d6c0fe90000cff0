//! Listening and accepting (待ち受け): connections in, answers out, slow ones cut, an orderly end.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use socket2::{Domain, Protocol, Socket, Type};
use store::Stop;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::sync::Semaphore;

use crate::connection::{Served, TICK, Watched, Watchers};
use crate::observe::{Peer, figures};
use crate::problem::{Language, Problem};
use crate::settings::Settings;
use crate::site::Site;

/// Connections that may stand in the kernel's queue.
const BACKLOG: i32 = 4096;
/// Farewells said at the same time to connections above the cap; more are closed without a word.
const FAREWELLS: usize = 256;

/// Opens the socket of [`Settings::bind`]; port 0 takes any free one.
pub async fn listen(settings: &Settings) -> anyhow::Result<TcpListener> {
    let mut refused = None;
    for address in lookup_host(&settings.bind).await? {
        match open(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => refused = Some(anyhow::Error::new(error).context(format!("cannot listen on {address}"))),
        }
    }
    Err(refused.unwrap_or_else(|| anyhow::anyhow!("{} is no address", settings.bind)))
}

/// Serves until stopped: follows publications, answers, and at the end lets running requests finish.
pub async fn serve(listener: TcpListener, site: Site, stop: Stop) -> anyhow::Result<()> {
    let settings = Arc::clone(&site.app().settings);
    let watchers = Arc::new(Watchers::default());
    let beside = tokio::spawn(beside(site.clone(), Arc::clone(&watchers), stop.clone()));
    accept(&listener, &site, &watchers, stop).await;
    // New connections are refused from here on, so that a proxy turns to another process at once.
    drop(listener);
    watchers.end();
    let patience = Duration::from_secs(u64::from(settings.limits.stop_seconds));
    let finished = async {
        while watchers.count() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(patience, finished).await.is_err() {
        tracing::warn!(connections = watchers.count(), "some requests did not finish in time and were cut");
        watchers.cut_all();
    }
    Ok(beside.await?)
}

/// Everything that goes on beside answering.
async fn beside(site: Site, watchers: Arc<Watchers>, stop: Stop) {
    let app = site.app().clone();
    let compress = tokio::task::spawn_blocking({
        let site = site.clone();
        move || site.compress_assets()
    });
    let mut tick_stop = stop.clone();
    let ticking = async {
        let mut ticks = 0_u32;
        while tick_stop.pause(TICK).await {
            watchers.tick(&app.settings.limits);
            ticks = ticks.wrapping_add(1);
            if ticks.is_multiple_of(20) {
                #[expect(clippy::cast_precision_loss, reason = "Prometheus knows only floating point numbers")]
                metrics::gauge!("http_connections_open").set(watchers.count() as f64);
                if let Some(handle) = figures() {
                    handle.run_upkeep();
                }
            }
        }
    };
    tokio::join!(app.hot.run(&app.settings, stop.clone()), ticking);
    compress.abort();
}

async fn accept(listener: &TcpListener, site: &Site, watchers: &Arc<Watchers>, mut stop: Stop) {
    let builder = Arc::new(builder());
    let farewells = Arc::new(Semaphore::new(FAREWELLS));
    let most = site.app().settings.limits.connections;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.stopped() => return,
        };
        match accepted {
            Ok((socket, _)) if watchers.count() >= most => send_away(socket, &farewells),
            Ok((socket, peer)) => start(socket, Peer(peer), site.clone(), watchers, Arc::clone(&builder)),
            // Out of file handles or memory: go on when some are free again.
            Err(error) if !is_of_the_client(&error) => {
                tracing::error!(%error, "cannot accept connections");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(_) => {}
        }
    }
}

fn start(socket: TcpStream, peer: Peer, site: Site, watchers: &Arc<Watchers>, builder: Arc<Builder<TokioExecutor>>) {
    // Answers go out in one piece; waiting for more would only delay them.
    if socket.set_nodelay(true).is_err() {
        return;
    }
    let (number, watch) = (watchers.number(), watchers.watch());
    let io = TokioIo::new(Watched { socket, watch: Arc::clone(&watch), now: watchers.clock(), begun: false });
    let served = Served { site, peer, watch: Arc::clone(&watch) };
    let leaving = Arc::clone(watchers);
    let task = {
        let watch = Arc::clone(&watch);
        async move {
            let _leave = Leave(leaving, number);
            let mut connection = pin!(builder.serve_connection(io, served));
            let mut told = false;
            poll_fn(|cx| {
                if !told && watch.is_ending(cx) {
                    told = true;
                    connection.as_mut().graceful_shutdown();
                }
                // How a connection ends (reset, timeout, garbage) is the client's affair.
                Pin::as_mut(&mut connection).poll(cx).map(drop)
            })
            .await;
        }
    };
    watchers.spawn(number, watch, task);
}

/// Takes the connection off the table, however its task ends.
struct Leave(Arc<Watchers>, u64);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.leave(self.1);
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // Hyper's own head timeout arms a timer for every request; ours is in `connection`. No `pipeline_flush`: it copies every
    // body behind its head, which costs a tenth of the answer of a document; without it both go out in one `writev`.
    builder.http1().header_read_timeout(None).max_buf_size(64 * 1024).max_headers(64);
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

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    // Data that a dead client never acknowledges ends the connection in the kernel.
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(Duration::from_secs(30)))?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        error.kind(),
        K::ConnectionAborted | K::ConnectionReset | K::ConnectionRefused | K::Interrupted | K::WouldBlock
    )
}
