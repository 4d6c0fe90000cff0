//! Measures durable admissions over HTTP on one kit: 64 clients, one event in each request, SQLite FULL.
//!
//! `cargo run --release -p mamori-reception --example admission_rate` serves in a process of its own, sends events that were
//! signed before, and prints admissions per CPU-second of the server, the latency, and what an fdatasync cost meanwhile.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::{Actor, App, Assets, Duty, Settings, Site};
use kernel::{AreaCode, Clock, Ids, Stopwatch};
use mamori_reception as reception;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;
use store::blobs::Blobs;
use store::sealed::{Crypter, KeyList};
use store::{Stop, Store};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

const CLIENTS: usize = 64;
const EACH: usize = 400;
const DISASTER: Uuid = Uuid::from_u128(0x0193_9b1e_0000_7000_8000_0000_0000_0001);

fn main() -> anyhow::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("serve") => {
            let folder = PathBuf::from(std::env::args().nth(2).context("a folder")?);
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(kit(&folder))
        }
        _ => measure(),
    }
}

/// A kit whose every desk may write.
async fn kit(folder: &Path) -> anyhow::Result<()> {
    let url = format!("sqlite://{}", folder.join("kit.db").display());
    let store = Store::open(&url, store::Settings::default()).await?;
    let rooms = [households::SCHEMA, places::SCHEMA, shelters::SCHEMA, reception::SCHEMA];
    store.migrate(&[&[http::SCHEMA], identity::schemas().as_slice(), &rooms].concat()).await?;
    let clock = Clock::system();
    let ids = Ids::system(clock.clone());
    let blobs = Blobs::open(folder.join("blobs"), store::blobs::Limits::default())?;
    let settings = Settings { bind: "127.0.0.1:0".to_owned(), doors: 1, ..Settings::default() };
    let listener = http::listen(&settings).await?;
    let town = AreaCode::municipality("02203");
    let desk = Actor::staff(Uuid::from_u128(1), vec![(Duty::ShelterDesk, town.clone()), (Duty::Shelters, town)], None);
    let app = App::builder(store, clock, ids, blobs, Crypter::new(KeyList::single(1, [7; 32])))
        .settings(settings)
        .extension(shelters::Nearest::default())
        .extension(reception::Live::new(reception::Role::Kit))
        .authenticate(move |_, _| {
            let desk = desk.clone();
            Box::pin(async move { Ok(desk) })
        })
        .build()
        .await?;
    shelters::prepare(&app).await?;
    reception::prepare(&app).await?;
    let (_running, stop) = Stop::new();
    tokio::spawn(reception::run(app.clone(), stop.clone()));
    println!("{}", listener.address());
    http::serve(
        listener,
        Site::new(app, [shelters::routes(), reception::routes()], axum::Router::new(), Assets::none()),
        stop,
    )
    .await
}

fn measure() -> anyhow::Result<()> {
    let data = tempfile::tempdir_in(".")?;
    let mut kit =
        Command::new(std::env::current_exe()?).arg("serve").arg(data.path()).stdout(Stdio::piped()).spawn()?;
    let mut address = String::new();
    BufReader::new(kit.stdout.take().context("its output")?).read_line(&mut address)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(load(address.trim(), kit.id()));
    let sync = fdatasyncs(data.path())?;
    kit.kill()?;
    kit.wait()?;
    let (cpu, took, mut latencies) = result?;
    latencies.sort_unstable();
    let at = |of: &[Duration], part: usize| of[(of.len() * part / 1_000).min(of.len() - 1)];
    let admissions = f64::from(u32::try_from(latencies.len())?);
    println!("admissions                 {}", latencies.len());
    println!("per CPU-second             {:.0}", admissions / cpu.as_secs_f64());
    println!("per second                 {:.0}", admissions / took.as_secs_f64());
    println!(
        "latency p50 / p99 / max    {:?} / {:?} / {:?}",
        at(&latencies, 500),
        at(&latencies, 990),
        at(&latencies, 1_000)
    );
    println!("fdatasync p50 / p99        {:?} / {:?}", at(&sync, 500), at(&sync, 990));
    Ok(())
}

async fn load(address: &str, kit: u32) -> anyhow::Result<(Duration, Duration, Vec<Duration>)> {
    let key = SigningKey::from_slice(&[3; 32])?;
    let public = B64.encode(key.verifying_key().to_sec1_point(false).as_bytes());
    let mut first = TcpStream::connect(address).await?;
    let declared = json!({ "command": DISASTER, "mode": "live", "name": "地震", "since": "2025-12-08T23:00:00+09:00",
        "municipalities": ["02203"] });
    ask(&mut first, &request("/api/shelters/disasters", &declared.to_string())).await?;
    let registered = ask(&mut first, &request("/api/reception/devices", &json!({ "key": public }).to_string())).await?;
    let registered: serde_json::Value = serde_json::from_slice(&registered)?;
    let device: Uuid = registered["device"].as_str().context("a device")?.parse()?;
    let sealed = json!({ "v": 1, "nonce": "A".repeat(16), "data": "B".repeat(900),
        "for": [{ "to": "0123456789abcdef", "enc": "C".repeat(43), "key": "D".repeat(64) }] });
    let mut sets = Vec::new();
    for client in 0..CLIENTS {
        let event = |n: usize| {
            let id = Uuid::from_u128(0x0193_9b1e_0000_7000_a000_0000_0000_0000 + (client * EACH + n) as u128);
            let body = json!({ "id": id, "schema": 1, "kind": "check-in", "mode": "live", "disaster": DISASTER,
                "subject": reception::Subject::of_token(id.as_bytes()), "shelter": Uuid::from_u128(7 + (n % 5) as u128),
                "municipality": "02203", "counts": { "adults": 2, "children": 1 }, "stays": "inside", "assurance": 2,
                "actor": "desk", "device": device, "boot": Uuid::from_u128(9), "mono_ms": n, "wall_ms": 1_765_203_300_000_i64,
                "sealed": sealed })
            .to_string();
            let signature: Signature = key.sign(body.as_bytes());
            let events = json!({ "events": [{ "body": body, "signature": B64.encode(signature.to_bytes()) }] });
            request("/api/reception/events", &events.to_string())
        };
        sets.push((0..EACH).map(event).collect::<Vec<_>>());
    }
    let (before, begun) = (cpu_of(kit)?, Stopwatch::start());
    let mut clients = tokio::task::JoinSet::new();
    for set in sets {
        let address = address.to_owned();
        clients.spawn(async move {
            let mut stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let mut latencies = Vec::with_capacity(set.len());
            for request in set {
                let begun = Stopwatch::start();
                let answer = ask(&mut stream, &request).await?;
                latencies.push(begun.elapsed());
                let stored = answer.windows(8).any(|part| part == b"\"stored\"");
                anyhow::ensure!(stored, "not stored: {}", String::from_utf8_lossy(&answer));
            }
            Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(done) = clients.join_next().await {
        latencies.extend(done??);
    }
    let took = begun.elapsed();
    // What follows after the answers is part of the cost.
    tokio::time::sleep(Duration::from_secs(1)).await;
    Ok((cpu_of(kit)?.saturating_sub(before), took, latencies))
}

fn request(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: same-origin\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends a request and gives the body of its answer.
async fn ask(stream: &mut TcpStream, request: &[u8]) -> anyhow::Result<Vec<u8>> {
    stream.write_all(request).await?;
    let mut bytes = Vec::with_capacity(1_024);
    loop {
        anyhow::ensure!(stream.read_buf(&mut bytes).await? > 0, "closed");
        let Some(head) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:")).map(str::trim);
        let length: usize = length.context("a length")?.parse()?;
        if bytes.len() >= head + 4 + length {
            anyhow::ensure!(text.starts_with("http/1.1 200"), "{}", String::from_utf8_lossy(&bytes));
            return Ok(bytes.split_off(head + 4));
        }
    }
}

/// User and system time of a process.
fn cpu_of(process: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields: Vec<&str> = stat.rsplit_once(')').context("a stat line")?.1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}

/// What it costs to write a page durably, here and now.
fn fdatasyncs(folder: &Path) -> anyhow::Result<Vec<Duration>> {
    let mut file = std::fs::File::create(folder.join("sync"))?;
    let mut took = Vec::new();
    for _ in 0..200 {
        file.write_all(&[0; 4_096])?;
        let begun = Stopwatch::start();
        file.sync_data()?;
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    Ok(took)
}
