//! A crowd before the doors, over real sockets: who is turned away, who is held back, and who is not touched by it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mamori_http::{Settings, listen};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{World, narrow, read_some, talk};

const ASK: &[u8] = b"GET /api/test/slow HTTP/1.1\r\nhost: t\r\n\r\n";
const WRITE: &[u8] = b"POST /api/test/steps HTTP/1.1\r\nhost: t\r\nsec-fetch-site: none\r\ncontent-length: 0\r\n\r\n";
const CROWD: usize = 200;

/// People who ask again the moment they are answered, on a thread of their own.
struct Crowd {
    stop: Arc<AtomicBool>,
    turned_away: Arc<AtomicUsize>,
}

impl Crowd {
    fn come(address: SocketAddr) -> Self {
        let (stop, turned_away) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (seen, count) = (Arc::clone(&stop), Arc::clone(&turned_away));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut people = tokio::task::JoinSet::new();
                for _ in 0..CROWD {
                    people.spawn(ask_again(address, Arc::clone(&seen), Arc::clone(&count)));
                }
                people.join_all().await;
            });
        });
        Self { stop, turned_away }
    }

    /// Waits until the server has turned away that many.
    async fn until_turned_away(&self, many: usize) {
        while self.turned_away.load(Ordering::Relaxed) < many {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

async fn ask_again(address: SocketAddr, stop: Arc<AtomicBool>, turned_away: Arc<AtomicUsize>) {
    let Ok(mut socket) = TcpStream::connect(address).await else { return };
    let mut piece = [0; 4096];
    while !stop.load(Ordering::Relaxed) && socket.write_all(ASK).await.is_ok() {
        // The end of the test is the end of the server.
        let Ok(n) = socket.read(&mut piece).await else { return };
        if piece[..n].starts_with(b"HTTP/1.1 503") {
            turned_away.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Keeps the public class full until dropped, without any connection.
fn keep_full(world: &World) -> tokio::task::JoinSet<()> {
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let site = world.site.clone();
        all.spawn(async move {
            loop {
                let request = axum::http::Request::get("/api/test/slow").body(axum::body::Body::empty()).unwrap();
                let _ = tower::ServiceExt::oneshot(site.clone(), request).await;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    }
    all
}

/// Nobody is held back here: what keeps the write quick is that it does not run where the crowd is.
#[tokio::test]
async fn a_write_does_not_queue_behind_a_crowd_at_each_of_its_steps() {
    let mut settings = narrow();
    settings.limits.refusal_pause_ms = 0;
    settings.doors = 1;
    let world = World::with(settings).await;
    let (address, _running, _task) = world.serve().await;
    let crowd = Crowd::come(address);
    crowd.until_turned_away(2 * CROWD).await;
    let mut times = Vec::new();
    for _ in 0..9 {
        #[expect(clippy::disallowed_methods, reason = "the test measures how long an answer takes")]
        let began = Instant::now();
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(WRITE).await.unwrap();
        let mut piece = [0; 4096];
        let n = socket.read(&mut piece).await.unwrap();
        times.push(began.elapsed());
        let answer = String::from_utf8_lossy(&piece[..n]);
        assert!(answer.ends_with("done"), "{answer}");
    }
    times.sort_unstable();
    // Two hundred steps, each behind two hundred others, would take seconds.
    assert!(times[times.len() / 2] < Duration::from_millis(500), "{times:?}");
}

#[tokio::test]
async fn whoever_asks_again_at_once_is_read_later_unless_it_is_our_proxy() {
    for proxy in [false, true] {
        let mut settings = narrow();
        settings.limits.refusal_pause_ms = 60_000;
        if proxy {
            settings.proxies.push("127.0.0.1".parse().unwrap());
        }
        let world = World::with(settings).await;
        world.publish("news", serde_json::json!(1)).await;
        let (address, _running, _task) = world.serve().await;
        let _full = keep_full(&world);
        let mut socket = TcpStream::connect(address).await.unwrap();
        let mut refused = String::new();
        while !refused.starts_with("HTTP/1.1 503") {
            socket.write_all(ASK).await.unwrap();
            refused = read_some(&mut socket).await;
        }
        assert!(refused.contains("retry-after: ") && refused.contains("overloaded"), "{refused}");
        socket.write_all(b"GET /public/news.json HTTP/1.1\r\nhost: t\r\n\r\n").await.unwrap();
        let mut piece = [0; 4096];
        let again =
            tokio::time::timeout(Duration::from_secs(if proxy { 20 } else { 1 }), socket.read(&mut piece)).await;
        assert_eq!(again.is_ok(), proxy, "read again at once: {again:?}");
        let other = talk(address, "GET /public/news.json HTTP/1.1\r\nhost: t\r\n\r\n").await;
        assert!(other.starts_with("HTTP/1.1 200"), "another connection is not held back: {other}");
    }
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_a_proxy_of_ours_as_many_as_it_needs() {
    for proxy in [false, true] {
        let mut settings = Settings::default();
        settings.limits.connections_per_address = 2;
        if proxy {
            settings.proxies.push("127.0.0.1".parse().unwrap());
        }
        let world = World::with(settings).await;
        let (address, _running, _task) = world.serve().await;
        let mut held = Vec::new();
        for _ in 0..2 {
            let mut socket = TcpStream::connect(address).await.unwrap();
            socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: t\r\n\r\n").await.unwrap();
            assert!(read_some(&mut socket).await.ends_with("ok"));
            held.push(socket);
        }
        let third = talk(address, "GET /healthz HTTP/1.1\r\nhost: t\r\n\r\n").await;
        assert!(third.starts_with(if proxy { "HTTP/1.1 200" } else { "HTTP/1.1 503" }), "{third}");
    }
}

#[tokio::test]
async fn the_doors_share_a_port_with_each_other_and_with_nobody_else() {
    let mut settings = Settings { bind: "127.0.0.1:0".into(), doors: 3, ..Settings::default() };
    let first = listen(&settings).await.unwrap();
    settings.bind = first.address().to_string();
    let refused = listen(&settings).await.unwrap_err();
    assert!(format!("{refused:#}").contains("cannot listen on 127.0.0.1"), "{refused:#}");
    drop(first);
    assert!(listen(&settings).await.is_ok());
}
