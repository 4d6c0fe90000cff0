//! Documents over real sockets: the short way at the door says the same as the long way, and knows when it is not meant.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::World;

type Headers = BTreeMap<String, String>;

/// One answer of HTTP/1.1 with a known length: its first line, headers without the date, and body.
async fn answer(socket: &mut TcpStream) -> (String, Headers, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().lines();
    let first = lines.next().unwrap().to_owned();
    let mut headers: Headers = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert!(headers.remove("date").unwrap().ends_with(" GMT"), "{head}");
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.unwrap();
    (first, headers, body)
}

fn request(path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut lines = vec![format!("GET {path} HTTP/1.1"), "host: t".to_owned()];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    (lines.join("\r\n") + "\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn both_ways_say_the_same() {
    let world = World::new().await;
    world.publish("a", json!({ "rows": vec!["八戸市"; 400] })).await;
    let (address, _running, _task) = world.serve().await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    let tag = world.get("/public/a.json", &[("accept-encoding", "br")]).await.header("etag").to_owned();
    for headers in [
        &[][..],
        &[("accept-encoding", "gzip")],
        &[("Accept-Encoding", "gzip, deflate, br, zstd"), ("Connection", "keep-alive")],
        &[("accept-encoding", "br;q=0, gzip;q=0.5")],
        &[("accept-encoding", "br"), ("if-none-match", tag.as_str())],
        &[("if-none-match", "*")],
        &[("if-none-match", "\"another\"")],
        &[("range", "bytes=0-3"), ("cookie", "a=b")],
    ] {
        socket.write_all(&request("/public/a.json", headers)).await.unwrap();
        let (first, said, body) = answer(&mut socket).await;
        let long = world.get("/public/a.json", headers).await;
        assert_eq!(first, format!("HTTP/1.1 {}", long.status), "{headers:?}");
        let wanted: Headers =
            long.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        assert_eq!(said, wanted, "{headers:?}");
        assert_eq!(body, long.bytes, "{headers:?}");
    }
}

#[tokio::test]
async fn pieces_at_hand_are_the_same_on_both_ways() {
    let world = World::new().await;
    let (address, _running, _task) = world.serve().await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    for (path, headers, status) in [
        ("/pieces/a", &[("accept-encoding", "gzip, br")][..], 200),
        ("/pieces/a", &[("accept-encoding", "gzip"), ("if-none-match", "\"b\", W/\"a-1\"")], 304),
        ("/pieces/a", &[("accept-encoding", "gzip"), ("if-none-match", "\"b\"")], 200),
        ("/pieces/empty/1", &[], 204),
    ] {
        socket.write_all(&request(path, headers)).await.unwrap();
        let (first, said, body) = answer(&mut socket).await;
        let long = world.get(path, headers).await;
        assert_eq!((long.status.as_u16(), first), (status, format!("HTTP/1.1 {}", long.status)), "{headers:?}");
        let wanted: Headers =
            long.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        assert_eq!(said, wanted, "{path} {headers:?}");
        assert_eq!(body, long.bytes, "{headers:?}");
        assert_eq!(body, if status == 200 { &b"packed"[..] } else { b"" });
    }
    let head = world.send(axum::http::Method::HEAD, "/pieces/a", &[("accept-encoding", "gzip")], "").await;
    assert_eq!((head.header("content-length"), head.bytes.len()), ("6", 0));
    // Who does not take it packed, and what nobody knows, goes the long way.
    for (path, headers) in [("/pieces/a", &[][..]), ("/pieces/b", &[("accept-encoding", "gzip")])] {
        socket.write_all(&request(path, headers)).await.unwrap();
        let (first, _, body) = answer(&mut socket).await;
        let long = world.get(path, headers).await;
        assert_eq!(first, format!("HTTP/1.1 {}", long.status), "{path}");
        assert!(body != b"packed", "{path}");
    }
}

#[tokio::test]
async fn whatever_else_is_asked_is_answered_in_its_turn() {
    let world = World::new().await;
    world.publish("a", json!("first")).await;
    let (address, _running, _task) = world.serve().await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    // All at once, then again byte by byte.
    let all = [
        request("/public/a.json", &[]),
        request("/public/a.json?v=2", &[]),
        request("/public/nothing.json", &[]),
        request("/public/a.json", &[]),
        request("/healthz", &[]),
    ]
    .concat();
    socket.write_all(&all).await.unwrap();
    for bytes in [None, Some(request("/public/a.json", &[("connection", "close")]))] {
        for byte in bytes.iter().flatten() {
            socket.write_all(&[*byte]).await.unwrap();
        }
        let expected = if bytes.is_none() { &["200", "200", "404", "200", "200"][..] } else { &["200"] };
        for status in expected {
            let (first, ..) = answer(&mut socket).await;
            assert!(first.contains(status), "{first} {status}");
        }
    }
    assert_eq!(socket.read(&mut [0]).await.unwrap(), 0, "it was asked to close");
    let mut slow = TcpStream::connect(address).await.unwrap();
    for byte in request("/public/a.json", &[("accept-encoding", "br")]) {
        slow.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(answer(&mut slow).await.2, b"\"first\"");
    let mut long = TcpStream::connect(address).await.unwrap();
    long.write_all(&request("/public/a.json", &[("x-long", &"x".repeat(6_000))])).await.unwrap();
    assert_eq!(answer(&mut long).await.2, b"\"first\"");
}

#[tokio::test]
async fn a_server_that_ends_lets_go_of_whoever_only_listens() {
    let world = World::new().await;
    world.publish("a", json!("first")).await;
    let (address, running, task) = world.serve().await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(&request("/public/a.json", &[])).await.unwrap();
    answer(&mut socket).await;
    running.stop();
    let closed = tokio::time::timeout(Duration::from_secs(2), socket.read(&mut [0])).await;
    assert_eq!(closed.unwrap().unwrap(), 0);
    tokio::time::timeout(Duration::from_secs(5), task).await.unwrap().unwrap();
}
