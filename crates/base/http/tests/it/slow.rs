//! Clients that are slow, many, or gone, over real sockets.

use std::time::{Duration, Instant};

use mamori_http::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{World, narrow, read_some, talk};

/// Reads until the server closes; `None` if it does not within the time.
async fn closed_within(socket: &mut TcpStream, seconds: u64) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(seconds), socket.read_to_end(&mut all)).await;
    read.ok().map(|_| all)
}

fn impatient() -> Settings {
    let mut settings = Settings::default();
    settings.limits.head_seconds = 1;
    settings.limits.idle_seconds = 2;
    settings.limits.stall_seconds = 1;
    settings
}

#[tokio::test]
async fn a_head_that_drips_is_cut_and_so_is_silence() {
    let world = World::with(impatient()).await;
    let (address, _running, _task) = world.serve().await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut dripping = TcpStream::connect(address).await.unwrap();
    let drip = async {
        for byte in "GET /healthz HTTP/1.1\r\nx-slow: aaaaaaaaaaaaaaaaaaaaaaa".bytes() {
            if dripping.write_all(&[byte]).await.is_err() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    };
    let (silence, cut) = tokio::join!(closed_within(&mut silent, 4), drip);
    assert!(silence.is_some_and(|bytes| bytes.is_empty()), "silence is cut");
    assert!(cut, "a dripping head is cut");
}

#[tokio::test]
async fn an_idle_connection_is_kept_for_a_while_and_then_closed() {
    let world = World::with(impatient()).await;
    let (address, _running, _task) = world.serve().await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    for _ in 0..2 {
        socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: t\r\n\r\n").await.unwrap();
        assert!(read_some(&mut socket).await.ends_with("ok"));
        tokio::time::sleep(Duration::from_millis(900)).await;
    }
    assert!(closed_within(&mut socket, 5).await.is_some());
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answers_is_cut() {
    let world = World::with(impatient()).await;
    world.publish("big", serde_json::json!("x".repeat(4_000_000))).await;
    let (address, _running, _task) = world.serve().await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    for _ in 0..8 {
        socket.write_all(b"GET /public/big.json HTTP/1.1\r\nhost: t\r\n\r\n").await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut all = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), socket.read_to_end(&mut all)).await.unwrap();
    assert!(all.len() < 30_000_000, "only what the buffers held: {}", all.len());
}

#[tokio::test]
async fn too_many_connections_are_told_so_at_once() {
    let mut settings = Settings::default();
    settings.limits.connections = 2;
    let world = World::with(settings).await;
    let (address, _running, _task) = world.serve().await;
    let held: Vec<_> = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()].into();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let refused = talk(address, "GET /healthz HTTP/1.1\r\nhost: t\r\n\r\n").await;
    assert!(
        refused.starts_with("HTTP/1.1 503") && refused.contains("retry-after: 15") && refused.contains("overloaded"),
        "{refused}"
    );
    drop(held);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(talk(address, "GET /healthz HTTP/1.1\r\nhost: t\r\n\r\n").await.ends_with("ok"));
}

#[tokio::test]
async fn a_flood_of_one_class_is_shed_and_does_not_touch_the_urgent_one() {
    let world = World::with(narrow()).await;
    let mut flood = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let site = world.site.clone();
        flood.spawn(async move {
            let request = axum::http::Request::get("/api/test/slow").body(axum::body::Body::empty()).unwrap();
            #[expect(clippy::disallowed_methods, reason = "the test measures how long an answer takes")]
            let began = Instant::now();
            let response = tower::ServiceExt::oneshot(site, request).await.unwrap();
            (response.status().as_u16(), response.headers().contains_key("retry-after"), began.elapsed())
        });
    }
    tokio::task::yield_now().await;
    let mut urgent = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let site = world.site.clone();
        urgent.spawn(async move {
            let request = axum::http::Request::post("/api/test/urgent").header("sec-fetch-site", "same-origin");
            let request = request.body(axum::body::Body::empty()).unwrap();
            tower::ServiceExt::oneshot(site, request).await.unwrap().status().as_u16()
        });
    }
    assert!(urgent.join_all().await.iter().all(|status| *status == 200), "nothing urgent is shed");
    let flood = flood.join_all().await;
    let (served, shed): (Vec<_>, Vec<_>) = flood.iter().partition(|(status, ..)| *status == 200);
    assert_eq!((served.len(), shed.len()), (4, 36), "two ran, two waited");
    assert!(shed.iter().all(|(status, retry, _)| *status == 503 && *retry));
    let mut times: Vec<_> = shed.iter().map(|(_, _, took)| *took).collect();
    times.sort_unstable();
    assert!(times[times.len() / 2] <= Duration::from_millis(10), "shed at once: {times:?}");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_ended() {
    let mut settings = Settings::default();
    settings.limits.request_seconds = 0;
    let world = World::with(settings).await;
    let answer = world.get("/api/test/slow", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (503, "timeout"));
}

#[tokio::test]
async fn running_requests_finish_when_the_server_stops() {
    let world = World::new().await;
    let (address, stopper, task) = world.serve().await;
    let running = tokio::spawn(async move { talk(address, "GET /api/test/slow HTTP/1.1\r\nhost: t\r\n\r\n").await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    stopper.stop();
    assert!(running.await.unwrap().ends_with("done"));
    tokio::time::timeout(Duration::from_secs(5), task).await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn figures_are_seen_from_this_machine_but_not_through_a_proxy() {
    let world = World::new().await;
    let (address, _running, _task) = world.serve().await;
    let seen = talk(address, "GET /metrics HTTP/1.1\r\nhost: t\r\n\r\n").await;
    assert!(seen.starts_with("HTTP/1.1 200") && seen.contains("http_documents_answered_total"), "{seen}");
    let passed_on = talk(address, "GET /metrics HTTP/1.1\r\nhost: t\r\nx-forwarded-for: 203.0.113.5\r\n\r\n").await;
    assert!(passed_on.starts_with("HTTP/1.1 404"), "{passed_on}");
}

#[tokio::test]
async fn http2_without_tls_is_understood() {
    let world = World::new().await;
    let (address, _running, _task) = world.serve().await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    // Preface, then an empty SETTINGS frame: the server answers with its own SETTINGS.
    socket.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut frame = [0; 9];
    socket.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame[3], 4, "a SETTINGS frame");
}

#[tokio::test]
async fn dripped_bodies_take_no_turn_from_others_and_are_cut() {
    let mut settings = Settings::default();
    settings.limits.body_seconds = 1;
    settings.classes.staff = mamori_http::settings::Budget { running: 1, waiting: 0 };
    let world = World::with(settings).await;
    let (address, _running, _task) = world.serve().await;
    let head = "POST /api/test/echo HTTP/1.1\r\nhost: t\r\nsec-fetch-site: none\r\ncontent-type: application/json\r\n";
    let mut dripping = Vec::new();
    for _ in 0..5 {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(format!("{head}content-length: 1000\r\n\r\n{{").as_bytes()).await.unwrap();
        dripping.push(socket);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let body = r#"{"name":"a","people":1}"#;
    let answer = talk(address, &format!("{head}content-length: {}\r\n\r\n{body}", body.len())).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for mut socket in dripping {
        let cut = closed_within(&mut socket, 4).await.unwrap();
        assert!(String::from_utf8_lossy(&cut).contains("body-too-slow"));
    }
}
