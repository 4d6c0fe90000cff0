//! The live stream over real sockets.

use std::time::Duration;

use mamori_http::Settings;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{World, read_some, talk};

async fn open(address: std::net::SocketAddr, more: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(format!("GET /stream HTTP/1.1\r\nhost: t\r\n{more}\r\n").as_bytes()).await.unwrap();
    socket
}

#[tokio::test]
async fn a_publication_is_told_to_everyone_who_listens() {
    let world = World::new().await;
    world.publish("old", json!(0)).await;
    let (address, _running, _task) = world.serve().await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = open(address, "").await;
        let opening = read_some(&mut client).await;
        assert!(
            opening.starts_with("HTTP/1.1 200 OK") && opening.contains("content-type: text/event-stream"),
            "{opening}"
        );
        assert!(
            opening.contains("nosniff") && opening.contains("content-security-policy: default-src 'none'"),
            "{opening}"
        );
        assert!(opening.contains("retry: ") && opening.contains("id: 1\n\n"), "{opening}");
        assert!(!opening.contains("event: document"), "nothing new yet: {opening}");
        clients.push(client);
    }
    world.publish("alerts/prefecture", json!({"level": 3})).await;
    for client in &mut clients {
        let told = read_some(client).await;
        assert!(
            told.contains("id: 2\nevent: document\ndata: {\"document\":\"alerts/prefecture\",\"version\":2}\n\n"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn a_client_that_comes_back_hears_what_it_missed() {
    let world = World::new().await;
    for name in ["a", "b", "c", "a"] {
        world.publish(name, json!({ "n": world.app.hot.version() })).await;
    }
    let (address, _running, _task) = world.serve().await;
    let missed = read_some(&mut open(address, "last-event-id: 2\r\n").await).await;
    assert!(!missed.contains("\"b\"") && missed.contains("\"document\":\"c\",\"version\":3"), "{missed}");
    assert!(missed.contains("\"document\":\"a\",\"version\":4"), "{missed}");
    let foreign = read_some(&mut open(address, "last-event-id: 900\r\n").await).await;
    assert!(["a", "b", "c"].iter().all(|name| foreign.contains(&format!("\"document\":\"{name}\""))), "{foreign}");
}

#[tokio::test]
async fn above_the_cap_clients_are_told_to_poll() {
    let mut settings = Settings::default();
    settings.stream.clients = 2;
    let world = World::with(settings).await;
    let (address, _running, _task) = world.serve().await;
    let mut first = open(address, "").await;
    let mut second = open(address, "").await;
    read_some(&mut first).await;
    read_some(&mut second).await;
    let refused = talk(address, "GET /stream HTTP/1.1\r\nhost: t\r\n\r\n").await;
    assert!(
        refused.starts_with("HTTP/1.1 503") && refused.contains("retry-after: ") && refused.contains("overloaded"),
        "{refused}"
    );
    drop(first);
    for attempt in 0.. {
        let taken = read_some(&mut open(address, "").await).await;
        if taken.starts_with("HTTP/1.1 200") {
            break;
        }
        assert!(attempt < 20, "the place is not given back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn one_address_does_not_take_every_place() {
    let mut settings = Settings::default();
    settings.stream.clients_per_address = 1;
    let world = World::with(settings).await;
    let (address, _running, _task) = world.serve().await;
    let mut first = open(address, "").await;
    read_some(&mut first).await;
    let refused = talk(address, "GET /stream HTTP/1.1\r\nhost: t\r\n\r\n").await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
}

#[tokio::test]
async fn signs_of_life_are_sent_and_streams_end_with_the_server() {
    let mut settings = Settings::default();
    settings.stream.heartbeat_seconds = 1;
    let world = World::with(settings).await;
    let (address, stopper, task) = world.serve().await;
    let mut client = open(address, "").await;
    read_some(&mut client).await;
    let beat = read_some(&mut client).await;
    assert!(beat.contains(":\n\n"), "{beat}");
    stopper.stop();
    tokio::time::timeout(Duration::from_secs(5), task).await.unwrap().unwrap();
    let mut rest = Vec::new();
    // The end of the stream, not a reset in the middle.
    client.read_to_end(&mut rest).await.unwrap();
    assert!(String::from_utf8_lossy(&rest).ends_with("0\r\n\r\n"));
}

#[tokio::test]
async fn a_client_that_does_not_read_is_dropped_and_the_others_go_on() {
    let mut settings = Settings::default();
    settings.limits.stall_seconds = 1;
    let world = World::with(settings).await;
    let (address, _running, _task) = world.serve().await;
    let mut deaf = open(address, "").await;
    let mut awake = open(address, "").await;
    read_some(&mut deaf).await;
    read_some(&mut awake).await;
    let reading = tokio::spawn(async move {
        let (mut all, mut piece) = (0, vec![0; 64 * 1024]);
        while let Ok(Ok(n)) = tokio::time::timeout(Duration::from_secs(2), awake.read(&mut piece)).await {
            if n == 0 {
                return None;
            }
            all += n;
        }
        Some(all)
    });
    // More than the sockets' buffers and the backlog hold.
    for n in 0..80_u32 {
        let mut tx = world.app.store.write().await.unwrap();
        for name in 0..40 {
            let name = format!("{}/{name}", "long-name-".repeat(11));
            mamori_http::hot::publish(&mut tx, &name, &json!(n), world.app.clock.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
        world.app.hot.refresh().await.unwrap();
    }
    assert!(
        reading.await.unwrap().is_some_and(|bytes| bytes > 500_000),
        "the reader got everything and is still connected"
    );
}
