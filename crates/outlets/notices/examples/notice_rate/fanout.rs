//! End to end: devices subscribed, one notice released, every message at a push service that speaks HTTP/2 over TLS.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::{Actor, App, Assets, Duty, Site};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use kernel::{Clock, Id, Ids, Stopwatch, areas};
use mamori_notices as notices;
use serde_json::{Value, json};
use store::blobs::Blobs;
use store::sealed::{Crypter, KeyList};
use store::{Stop, Store};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::process_cpu;

const STREAMS: u32 = 1_000;

pub(super) fn measure(devices: u32) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut sink = Sink::start(folder.path())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = runtime.block_on(fan_out(folder.path(), devices, &sink));
    sink.child.kill()?;
    sink.child.wait()?;
    done
}

/// The push service: it takes everything, and prints its address.
pub(super) fn sink() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(serve_sink())
}

async fn serve_sink() -> anyhow::Result<()> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    print!("https://localhost:{}\n{}end\n", listener.local_addr()?.port(), made.cert.pem());
    std::io::stdout().flush()?;
    loop {
        let (stream, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let mut server = auto::Builder::new(TokioExecutor::new());
            server.http2().max_concurrent_streams(STREAMS);
            let _ended = server.serve_connection(TokioIo::new(stream), service_fn(take)).await;
        });
    }
}

async fn take(request: Request<Incoming>) -> Result<Response<Body>, hyper::Error> {
    static TAKEN: AtomicU64 = AtomicU64::new(0);
    use http_body_util::BodyExt as _;
    let counts = request.uri().path() == "/count";
    let body = request.into_body().collect().await?.to_bytes();
    if !counts && body.len() > 86 {
        TAKEN.fetch_add(1, Ordering::Relaxed);
    }
    let mut response = Response::new(Body::from(TAKEN.load(Ordering::Relaxed).to_string()));
    *response.status_mut() = if counts { StatusCode::OK } else { StatusCode::CREATED };
    Ok(response)
}

struct Sink {
    child: Child,
    address: String,
    authority: std::path::PathBuf,
}

impl Sink {
    fn start(folder: &Path) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?).arg("sink").stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let address = lines.next().context("no address")??;
        let mut pem = String::new();
        for line in lines.by_ref() {
            let line = line?;
            if line == "end" {
                break;
            }
            pem.push_str(&line);
            pem.push('\n');
        }
        std::thread::spawn(move || lines.for_each(drop));
        let authority = folder.join("sink.pem");
        std::fs::write(&authority, pem)?;
        Ok(Self { child, address, authority })
    }
}

async fn fan_out(folder: &Path, devices: u32, sink: &Sink) -> anyhow::Result<()> {
    let settings = notices::Settings {
        local_push: true,
        push_authority: Some(sink.authority.clone()),
        per_minute: u32::MAX,
        ..notices::Settings::default()
    };
    let (app, site) = world(folder, settings).await?;
    notices::prepare(&app).await?;
    app.hot.refresh().await?;
    subscribe(&app, &site, devices, &sink.address).await?;
    let (stopper, stop) = Stop::new();
    let running = tokio::spawn(notices::run(app.clone(), stop));
    let (watch, cpu) = (Stopwatch::start(), process_cpu());
    let notice = release(&site, devices).await?;
    let ledger = until_sent(&site, &notice).await?;
    let (took, cpu) = (watch.elapsed(), process_cpu().saturating_sub(cpu));
    stopper.stop();
    running.await??;
    let accepted = ledger["accepted"].as_f64().unwrap_or(0.0);
    println!("figure fanout_per_cpu_s {:.0}", accepted / cpu.as_secs_f64());
    println!("figure fanout_per_s {:.0}", accepted / took.as_secs_f64());
    println!("figure fanout_missing {}", f64::from(devices) - accepted);
    println!("figure fanout_devices {devices}");
    app.store.close().await;
    Ok(())
}

/// An application in which the two names A and B may write and release everywhere.
async fn world(folder: &Path, settings: notices::Settings) -> anyhow::Result<(App, Site)> {
    let store = Store::open(&format!("sqlite://{}", folder.join("n.db").display()), store::Settings::default()).await?;
    store.migrate(&[http::SCHEMA, notices::SCHEMA]).await?;
    let clock = Clock::system();
    let ids = Ids::system(clock.clone());
    let blobs = Blobs::open(folder.join("blobs"), store::blobs::Limits::default())?;
    let builder =
        App::builder(store, clock, ids, blobs, Crypter::new(KeyList::single(1, [7; 32]))).authenticate(|_, parts| {
            let account = if parts.headers.contains_key("x-second") { 2 } else { 1 };
            let actor = Actor::staff(Uuid::from_u128(account), vec![(Duty::Notices, areas::PREFECTURE)], None);
            Box::pin(async move { Ok(actor) })
        });
    let app = notices::install(builder, settings)?.build().await?;
    let site = Site::new(app.clone(), [notices::routes()], axum::Router::new(), Assets::none());
    Ok((app, site))
}

async fn subscribe(app: &App, site: &Site, devices: u32, address: &str) -> anyhow::Result<()> {
    let document = app.hot.get("notices/push").context("no key")?;
    let key: Value = serde_json::from_slice(document.body())?;
    let browser = PrivateKey::generate(&ECDH_P256)?;
    let p256dh = B64.encode(browser.compute_public_key()?.as_ref());
    for n in 1..=devices {
        let wanted = json!({
            "push": { "endpoint": format!("{address}/{n}"), "p256dh": p256dh, "auth": B64.encode([9; 16]), "key": key["key"] },
            "places": [{ "is": "municipality", "code": "02203" }],
        });
        let id: Id<()> = app.ids.next();
        ask(site, "PUT", &format!("/api/notices/subscriptions/{id}"), false, &wanted).await?;
    }
    Ok(())
}

async fn release(site: &Site, devices: u32) -> anyhow::Result<String> {
    let id = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60";
    let same = |text: &str| json!({ "ja": text, "easy": text, "en": text });
    let notice = json!({
        "id": id, "mode": "live", "template": "office.water", "municipalities": ["02203"], "urgent": true,
        "values": { "place": same("市川地区"), "until": same("17時") },
    });
    ask(site, "POST", "/api/notices", false, &notice).await?;
    let command = |n: u32| format!("019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e{n}");
    ask(site, "POST", &format!("/api/notices/{id}/submit"), false, &json!({ "command": command(61) })).await?;
    let restated = json!({ "mode": "live", "municipalities": ["02203"], "devices": devices });
    let release = json!({ "command": command(62), "restated": restated });
    ask(site, "POST", &format!("/api/notices/{id}/release"), true, &release).await?;
    Ok(id.to_owned())
}

async fn until_sent(site: &Site, notice: &str) -> anyhow::Result<Value> {
    for _ in 0..36_000 {
        let detail = ask(site, "GET", &format!("/api/notices/{notice}"), false, &Value::Null).await?;
        if detail["notice"]["state"] == "sent" {
            return Ok(detail["ledger"].clone());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the notice was not sent within an hour")
}

async fn ask(site: &Site, method: &str, path: &str, second: bool, body: &Value) -> anyhow::Result<Value> {
    use http_body_util::BodyExt as _;
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/json");
    if path.contains("subscriptions") {
        request = request.header("authorization", "Bearer the-secret-of-a-device-of-the-bench");
    }
    if second {
        request = request.header("x-second", "1");
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let Ok(response) = site.clone().oneshot(request.body(body)?).await;
    let (head, body) = response.into_parts();
    let text = body.collect().await.map_err(|error| anyhow::anyhow!("{error}"))?.to_bytes();
    anyhow::ensure!(head.status.is_success(), "{method} {path}: {} {}", head.status, String::from_utf8_lossy(&text));
    Ok(serde_json::from_slice(&text).unwrap_or_default())
}
