//! Listening and serving (待ち受け): the doors opened, what goes on beside them, an orderly end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use socket2::{Domain, Protocol, Socket, Type};
use store::Stop;
use tokio::net::lookup_host;

use crate::connection::TICK;
use crate::door::{self, Hall};
use crate::observe::figures;
use crate::settings::Settings;
use crate::site::Site;
use crate::tls::Tls;

/// Connections that may stand in the kernel's queue of one door.
const BACKLOG: i32 = 4096;
/// Ticks between two looks at the files of the certificate: two seconds.
const LOOK_AT_CERTIFICATE: u32 = 8;

/// Where the server listens (待ち受け口): a socket for each door, all on one address.
#[derive(Debug)]
pub struct Listening {
    sockets: Vec<std::net::TcpListener>,
    address: SocketAddr,
    tls: Option<TlsListening>,
}

/// The same for TLS.
#[derive(Debug)]
struct TlsListening {
    sockets: Vec<std::net::TcpListener>,
    address: SocketAddr,
    tls: Tls,
}

impl Listening {
    /// The address that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address that was taken for TLS, if there is a certificate.
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.tls.as_ref().map(|tls| tls.address)
    }
}

/// Opens the sockets of [`Settings::bind`] and, with a certificate, of [`Settings::tls_bind`]; port 0 takes any free one.
pub async fn listen(settings: &Settings) -> anyhow::Result<Listening> {
    let tls = match Tls::of(settings)? {
        Some(tls) => {
            let (sockets, address) = open_first(&settings.tls_bind, settings.door_count()).await?;
            Some(TlsListening { sockets, address, tls })
        }
        None => None,
    };
    let (sockets, address) = open_first(&settings.bind, settings.door_count()).await?;
    Ok(Listening { sockets, address, tls })
}

/// Serves until stopped: follows publications, answers, and at the end lets running requests finish.
///
/// Handlers run in the runtime this is called in; the doors have threads of their own.
pub async fn serve(listening: Listening, site: Site, stop: Stop) -> anyhow::Result<()> {
    let hall = Arc::new(Hall::new(site.clone()));
    let tls = listening.tls.as_ref().map(|listening| listening.tls.clone());
    let beside = tokio::spawn(beside(site, Arc::clone(&hall), tls, stop.clone()));
    let plain = listening.sockets.into_iter().map(|socket| (socket, None));
    let over_tls = listening.tls.into_iter().flat_map(|TlsListening { sockets, tls, .. }| {
        sockets.into_iter().map(move |socket| (socket, Some(tls.clone())))
    });
    let mut doors = Vec::new();
    for (number, (socket, tls)) in plain.chain(over_tls).enumerate() {
        doors.push(door::open(number, socket, tls, Arc::clone(&hall), stop.clone()).context("cannot open a door")?);
    }
    for door in doors {
        door.await.context("a door broke")??;
    }
    Ok(beside.await?)
}

/// The sockets of one address, and which it is: the first of the name's addresses that can be had.
async fn open_first(bind: &str, doors: usize) -> anyhow::Result<(Vec<std::net::TcpListener>, SocketAddr)> {
    let mut refused = None;
    for address in lookup_host(bind).await? {
        match open(address, doors) {
            Ok(opened) => return Ok(opened),
            Err(error) => refused = Some(anyhow::Error::new(error).context(format!("cannot listen on {address}"))),
        }
    }
    Err(refused.unwrap_or_else(|| anyhow::anyhow!("{bind} is no address")))
}

/// Everything that goes on beside answering.
async fn beside(site: Site, hall: Arc<Hall>, tls: Option<Tls>, stop: Stop) {
    let app = site.app().clone();
    let compress = tokio::task::spawn_blocking({
        let site = site.clone();
        move || site.compress_assets()
    });
    let mut tick_stop = stop.clone();
    let ticking = async {
        let mut ticks = 0_u32;
        while tick_stop.pause(TICK).await {
            ticks = ticks.wrapping_add(1);
            if ticks.is_multiple_of(4) {
                site.tell_refusals();
            }
            if ticks.is_multiple_of(20) {
                #[expect(clippy::cast_precision_loss, reason = "Prometheus knows only floating point numbers")]
                metrics::gauge!("http_connections_open").set(hall.open() as f64);
                if let Some(handle) = figures() {
                    handle.run_upkeep();
                }
            }
            if ticks.is_multiple_of(LOOK_AT_CERTIFICATE)
                && let Some(tls) = tls.clone()
            {
                // It reads files. If the look fails to run at all, the next one will.
                let _ = tokio::task::spawn_blocking(move || tls.refresh()).await;
            }
        }
    };
    tokio::join!(app.hot.run(&app.settings, stop.clone()), ticking);
    compress.abort();
}

/// One socket for each door. Several share the port; that nobody else has it is found out first, because the kernel would
/// let another program of the same user share it too.
fn open(address: SocketAddr, doors: usize) -> io::Result<(Vec<std::net::TcpListener>, SocketAddr)> {
    let several = doors > 1;
    if several && address.port() != 0 {
        bound(address, false)?;
    }
    let mut sockets: Vec<std::net::TcpListener> = Vec::with_capacity(doors);
    let mut taken = address;
    for _ in 0..doors {
        let socket = bound(taken, several)?;
        socket.listen(BACKLOG)?;
        let listener = std::net::TcpListener::from(socket);
        taken = listener.local_addr()?;
        sockets.push(listener);
    }
    Ok((sockets, taken))
}

fn bound(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(shared)?;
    // Data that a dead client never acknowledges ends the connection in the kernel.
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(Duration::from_secs(30)))?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}
