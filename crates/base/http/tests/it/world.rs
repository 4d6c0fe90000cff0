//! A small server with a room made for the tests.

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use kernel::{AreaCode, Clock, Ids, Timestamp};
use mamori_http::settings::{Budget, Settings};
use mamori_http::{
    Actor, App, Assets, Body, Class, Common, Duty, Json, OverTls, Packed, Page, PageQuery, Path, Problem, Query,
    Router, SCHEMA, Site, class,
};
use mamori_http::{hot, listen, serve};
use serde::{Deserialize, Serialize};
use store::blobs::Blobs;
use store::sealed::{Crypter, KeyList};
use store::{Stop, Stopper, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;

/// An application with its database and a clock that stands still.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) site: Site,
    database: testkit::TestDatabase,
}

/// The answer to a request, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let database = testkit::database().await;
        let store = database.store().await;
        store.migrate(&[SCHEMA]).await.unwrap();
        let app = app(&store, database.folder.path(), settings).await;
        let site = Site::new(app.clone(), [routes()], axum::Router::new(), assets());
        Self { app, site, database }
    }

    /// The same database in another process, so to speak.
    pub(crate) async fn second(&self) -> App {
        app(&self.app.store, self.database.folder.path(), Settings::default()).await
    }

    pub(crate) async fn publish(&self, name: &str, body: serde_json::Value) -> Option<i64> {
        let mut tx = self.app.store.write().await.unwrap();
        let version = hot::publish(&mut tx, name, &body, self.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        self.app.hot.refresh().await.unwrap();
        version
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, path, headers, "").await
    }

    /// A JSON body sent from our own page.
    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        let headers = [("content-type", "application/json"), ("sec-fetch-site", "same-origin")];
        self.send(Method::POST, path, &headers, body).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(axum::body::Body::from(body.to_owned())).unwrap();
        Answer::of(self.site.clone().oneshot(request).await.unwrap()).await
    }

    /// Serves on a free port until the stopper is dropped.
    pub(crate) async fn serve(&self) -> (SocketAddr, Stopper, tokio::task::JoinHandle<()>) {
        let settings =
            Settings { bind: "127.0.0.1:0".into(), tls_bind: "127.0.0.1:0".into(), ..(*self.app.settings).clone() };
        let listener = listen(&settings).await.unwrap();
        // With a certificate the tests speak TLS.
        let address = listener.tls_address().unwrap_or(listener.address());
        let (stopper, stop) = Stop::new();
        let site = self.site.clone();
        let task = tokio::spawn(async move { serve(listener, site, stop).await.unwrap() });
        (address, stopper, task)
    }
}

impl Answer {
    async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Self { status: parts.status, headers: parts.headers, bytes }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The code of a problem, checked to be one in every respect.
    pub(crate) fn problem(&self) -> String {
        let json = self.json();
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(json["status"], self.status.as_u16());
        assert!(json["details"]["ja"].is_string() && json["details"]["en"].is_string(), "{json}");
        let code = json["code"].as_str().unwrap().to_owned();
        assert_eq!(json["type"], format!("urn:mamori:problem:{code}"));
        code
    }
}

/// Sends bytes and reads until the server has nothing more to say for now, or closes.
pub(crate) async fn talk(address: SocketAddr, text: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(text.as_bytes()).await.unwrap();
    read_some(&mut socket).await
}

pub(crate) async fn read_some(socket: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let mut piece = vec![0; 16 * 1024];
    loop {
        match tokio::time::timeout(Duration::from_millis(300), socket.read(&mut piece)).await {
            Ok(Ok(n)) if n > 0 => all.extend_from_slice(&piece[..n]),
            Err(_) if all.is_empty() => {}
            _ => return String::from_utf8_lossy(&all).into_owned(),
        }
    }
}

/// Small budgets, so that a test can fill them.
pub(crate) fn narrow() -> Settings {
    let mut settings = Settings::default();
    settings.classes.public = Budget { running: 2, waiting: 2 };
    settings
}

async fn app(store: &Store, files: &std::path::Path, settings: Settings) -> App {
    let clock = Clock::fixed(Timestamp::parse("2025-12-08T23:15:00+09:00").unwrap());
    let ids = Ids::seeded(1, clock.clone());
    let blobs = Blobs::open(files.join("blobs"), store::blobs::Limits::default()).unwrap();
    App::builder(store.clone(), clock, ids, blobs, Crypter::new(KeyList::single(1, [1; 32])))
        .settings(settings)
        .extension(Motto("mamori"))
        .at_hand("/pieces/", piece)
        .authenticate(|_, parts| {
            let desk = parts.headers.contains_key("x-test-desk");
            let actor = if desk {
                Actor::staff(Uuid::from_u128(7), vec![(Duty::EvacuationOrders, AreaCode::municipality("02203"))], None)
            } else {
                Actor::anonymous()
            };
            Box::pin(async move { Ok(actor) })
        })
        .build()
        .await
        .unwrap()
}

/// Packed pieces under their own name; below `empty/` there is nothing, and of other letters nobody knows.
fn piece(_: &App, path: &str) -> Option<Packed> {
    static COMMON: LazyLock<Common> = LazyLock::new(|| {
        Common::new(&HeaderMap::from_iter([
            (header::CONTENT_TYPE, HeaderValue::from_static("application/x-piece")),
            (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
        ]))
    });
    let name = path.strip_prefix("/pieces/")?;
    match name.strip_prefix("empty/") {
        Some(_) => Some(Packed::nothing(&COMMON)),
        None => (name == "a").then(|| Packed::new(&COMMON, "\"a-1\"".to_owned(), Bytes::from_static(b"packed"))),
    }
}

fn assets() -> Assets {
    let script = format!("let words = '{}';", "mamori ".repeat(200));
    Assets::new([
        ("index.html", "<!doctype html><script>start()</script><p>home".to_owned()),
        ("200.html", "<!doctype html><script>start()</script><p>shell".to_owned()),
        ("_app/immutable/a.b1c2.js", script),
        ("service-worker.js", "self.skipWaiting()".to_owned()),
        ("manifest.webmanifest", "{}".to_owned()),
    ])
}

pub(crate) struct Motto(pub &'static str);

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    name: String,
    people: u8,
}

fn routes() -> Router {
    let urgent = class(Class::LifeSafety, Router::new().routes(routes!(urgent)));
    Router::new()
        .routes(routes!(echo))
        .routes(routes!(slow))
        .routes(routes!(broken))
        .routes(routes!(fails))
        .routes(routes!(item))
        .routes(routes!(list))
        .routes(routes!(order))
        .routes(routes!(steps))
        .routes(routes!(over_tls))
        .merge(urgent)
}

/// Gives the card back.
#[utoipa::path(post, path = "/api/test/echo", operation_id = "testEcho", tag = "test", responses((status = 200, body = Card)))]
async fn echo(Json(card): Json<Card>) -> Json<Card> {
    Json(card)
}

/// Takes 300 ms.
#[utoipa::path(get, path = "/api/test/slow", operation_id = "testSlow", tag = "test", responses((status = 200)))]
async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_millis(300)).await;
    "done"
}

/// Panics.
#[utoipa::path(get, path = "/api/test/broken", operation_id = "testBroken", tag = "test", responses((status = 200)))]
async fn broken() -> &'static str {
    panic!("the handler is broken")
}

/// Fails below.
#[utoipa::path(get, path = "/api/test/fails", operation_id = "testFails", tag = "test", responses((status = 200)))]
async fn fails(Query(busy): Query<Busy>) -> Result<&'static str, Problem> {
    if busy.busy {
        Err(store::Error::Busy("the disk is slow".into()))?;
    }
    Err(anyhow::anyhow!("a secret cause"))?
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct Busy {
    busy: bool,
}

/// A typed path.
#[utoipa::path(get, path = "/api/test/items/{id}", operation_id = "testItem", tag = "test", params(("id" = Uuid, Path)), responses((status = 200)))]
async fn item(State(app): State<App>, Path(id): Path<Uuid>) -> String {
    let motto = app.extension::<Motto>().map_or("none", |motto| motto.0);
    format!("{motto} {id}")
}

/// A list of numbers to 120.
#[utoipa::path(get, path = "/api/test/list", operation_id = "testList", tag = "test", params(PageQuery), responses((status = 200, body = Page<i64>)))]
async fn list(Query(ask): Query<PageQuery>) -> Result<Json<Page<i64>>, Problem> {
    let after: i64 = ask.after()?.unwrap_or(0);
    let rows = (after + 1..=120).take(ask.limit() + 1).collect();
    Ok(Json(Page::from_rows(rows, &ask, |n| *n)))
}

/// Needs a duty for the municipality.
#[utoipa::path(post, path = "/api/test/orders/{area}", operation_id = "testOrder", tag = "test", params(("area" = String, Path)), responses((status = 200)))]
async fn order(desk: Actor, Path(area): Path<String>) -> Result<String, Problem> {
    desk.require(Duty::EvacuationOrders, &AreaCode::municipality(&area))?;
    Ok(desk.label())
}

/// A write on which lives may depend.
#[utoipa::path(post, path = "/api/test/urgent", operation_id = "testUrgent", tag = "test", responses((status = 200)))]
async fn urgent() -> &'static str {
    tokio::time::sleep(Duration::from_millis(5)).await;
    "safe"
}

/// A write of staff that waits many times for something else, as one does that speaks with a database.
#[utoipa::path(post, path = "/api/test/steps", operation_id = "testSteps", tag = "test", responses((status = 200)))]
async fn steps() -> &'static str {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    "done"
}

/// Whether the request came over TLS of ours.
#[utoipa::path(get, path = "/api/test/over-tls", operation_id = "testOverTls", tag = "test", responses((status = 200)))]
async fn over_tls(mark: Option<axum::Extension<OverTls>>) -> String {
    mark.is_some().to_string()
}
