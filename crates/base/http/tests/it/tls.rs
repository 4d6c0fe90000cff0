//! TLS of our own: what a tablet on a LAN meets, and a renewal while people are connected.

use std::path::Path;
use std::time::Duration;

use mamori_http::{Settings, listen};
use reqwest::{Certificate, Client, Version};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::World;

/// A certificate for this machine in `folder`, and what a client trusts.
fn certify(folder: &Path, name: &str) -> Certificate {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), name.to_owned()]).unwrap();
    std::fs::write(folder.join("a.key"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("a.crt"), made.cert.pem()).unwrap();
    Certificate::from_pem(made.cert.pem().as_bytes()).unwrap()
}

fn client(trusted: Certificate) -> Client {
    Client::builder().tls_certs_only([trusted]).timeout(Duration::from_secs(10)).build().unwrap()
}

fn settings(folder: &Path) -> Settings {
    Settings { tls_cert: Some(folder.join("a.crt")), tls_key: Some(folder.join("a.key")), ..Settings::default() }
}

#[tokio::test]
async fn over_tls_everything_is_answered_and_marked_and_a_plain_connection_is_not() {
    let folder = TempDir::new().unwrap();
    let trusted = certify(folder.path(), "kit.local");
    let world = World::with(settings(folder.path())).await;
    let (address, stopper, task) = world.serve().await;
    let client = client(trusted);
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let url = format!("https://{address}/api/test/over-tls");
        let answer = client.get(url).version(version).send().await.unwrap();
        assert_eq!(answer.version(), Version::HTTP_2, "both sides know HTTP/2 and agree on it");
        assert_eq!(answer.text().await.unwrap(), "true");
    }
    assert_eq!(world.get("/api/test/over-tls", &[]).await.bytes, b"false");
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: t\r\n\r\n").await.unwrap();
    let mut heard = Vec::new();
    // An alert of TLS, or a reset: anything but an answer.
    let _ = plain.read_to_end(&mut heard).await;
    assert!(!heard.windows(4).any(|part| part == b"HTTP"), "{heard:?}");
    stopper.stop();
    task.await.unwrap();
}

#[tokio::test]
async fn a_client_that_never_shakes_hands_is_cut() {
    let folder = TempDir::new().unwrap();
    certify(folder.path(), "kit.local");
    let mut settings = settings(folder.path());
    settings.limits.head_seconds = 1;
    let world = World::with(settings).await;
    let (address, stopper, task) = world.serve().await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut piece = [0; 8];
    let closed = tokio::time::timeout(Duration::from_secs(5), silent.read(&mut piece)).await.unwrap();
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    stopper.stop();
    task.await.unwrap();
}

#[tokio::test]
async fn half_a_pair_or_a_wrong_key_is_named_before_anybody_is_let_in() {
    let folder = TempDir::new().unwrap();
    certify(folder.path(), "kit.local");
    let half = Settings { tls_cert: Some(folder.path().join("a.crt")), ..Settings::default() };
    assert!(listen(&half).await.unwrap_err().to_string().contains("belong together"));
    let other = TempDir::new().unwrap();
    certify(other.path(), "other.local");
    let crossed = Settings { tls_key: Some(other.path().join("a.key")), ..settings(folder.path()) };
    assert!(format!("{:#}", listen(&crossed).await.unwrap_err()).contains("is not the key of"));
    let missing = Settings { tls_cert: Some("/nowhere.crt".into()), ..settings(folder.path()) };
    assert!(format!("{:#}", listen(&missing).await.unwrap_err()).contains("/nowhere.crt"));
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_and_a_broken_one_is_not() {
    let folder = TempDir::new().unwrap();
    certify(folder.path(), "kit.local");
    let world = World::with(settings(folder.path())).await;
    let (address, stopper, task) = world.serve().await;
    let url = format!("https://{address}/healthz");
    let renewed = certify(folder.path(), "kit.local");
    let until_known = async {
        while client(renewed.clone()).get(&url).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(40), until_known).await.unwrap();
    std::fs::write(folder.path().join("a.crt"), "nothing").unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(client(renewed).get(&url).send().await.unwrap().status(), 200);
    stopper.stop();
    task.await.unwrap();
}
