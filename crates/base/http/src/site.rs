//! [`Site`] (受付窓口): everything the server answers, in one value: documents, stream, web app, API.
//!
//! A request for a public document, the stream, health or a file takes the short way, before the router and everything
//! around it. The rest goes through the router.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::HttpBody;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Request, Response, Uri, header};
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use tower::Service;
use utoipa::openapi::OpenApi;
use utoipa_axum::routes;

use crate::admission::Admission;
use crate::app::App;
use crate::assets::{Assets, Wardrobe};
use crate::body::{Answer, Body};
use crate::jitter::Jitter;
use crate::observe::{Front, Peer, observe};
use crate::problem::{Language, Problem};
use crate::refusal::Refusals;
use crate::security::Shield;
use crate::tls::OverTls;
use crate::work::Work;
use crate::{Router, description, health, stream};

/// Everything the server answers. Cheap to clone; a [`tower::Service`] for tests and for [`crate::serve`].
#[derive(Clone)]
pub struct Site(Arc<Inner>);

/// Who is at the door (接続元), and where the work for them is done.
pub(crate) struct Caller {
    pub(crate) peer: Peer,
    /// A proxy of ours: many people speak through it, so it is neither made to wait nor counted as one.
    pub(crate) proxy: bool,
    /// The connection is TLS of ours.
    pub(crate) tls: bool,
    pub(crate) work: Work,
}

struct Inner {
    app: App,
    router: axum::Router,
    wardrobe: Wardrobe,
    shield: Shield,
    front: Arc<Front>,
    pauses: Jitter,
}

impl Site {
    /// Puts the rooms' routes, further (undescribed) routes and the web app together.
    pub fn new(app: App, rooms: impl IntoIterator<Item = Router>, extra: axum::Router<App>, assets: Assets) -> Self {
        // The recorder must be there before anything counts.
        crate::observe::figures();
        let shield = Shield::new(&app.settings);
        let wardrobe = Wardrobe::new(assets, &shield);
        let (router, api) = description::merge(rooms).split_for_parts();
        let front = Arc::new(Front {
            admission: Admission::new(&app.settings, &api),
            app: app.clone(),
            shield: shield.clone(),
            refusals: Refusals::new(&shield),
        });
        let router = router
            .merge(extra)
            .route("/metrics", get(health::metrics))
            .merge(document_of(&api))
            .fallback(screen)
            .method_not_allowed_fallback(method_not_allowed)
            .layer(axum::Extension(wardrobe.clone()))
            // Bodies have been read and measured before a handler sees them.
            .layer(DefaultBodyLimit::disable())
            .layer(axum::middleware::from_fn_with_state(Arc::clone(&front), observe))
            .with_state(app.clone());
        Self(Arc::new(Inner { app, router, wardrobe, shield, front, pauses: Jitter::new() }))
    }

    /// The application behind it.
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// Answers a request. Without a caller (in a test) its handler runs here.
    pub(crate) fn answer<B>(&self, request: Request<B>, caller: Option<&Caller>) -> Answer
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (method, path, asked) = (request.method(), request.uri().path(), request.headers());
        let at_once =
            self.short_way(method, path, asked, caller).or_else(|| self.0.front.turn_away(method, path, asked));
        if let Some(response) = at_once {
            return Answer::Now(Some(response));
        }
        let mut request = request.map(axum::body::Body::new);
        if let Some(caller) = caller {
            request.extensions_mut().insert(caller.peer);
            request.extensions_mut().insert(caller.work.clone());
            if caller.tls {
                request.extensions_mut().insert(OverTls);
            }
        }
        let mut router = self.0.router.clone();
        Answer::Later(Box::pin(async move {
            let Ok(response) = router.call(request).await;
            response.map(Body::Axum)
        }))
    }

    /// How long a connection that was turned away is not read: not the same for everyone, so that they come back spread.
    pub(crate) fn pause(&self) -> Duration {
        let most = self.0.app.settings.limits.refusal_pause_ms;
        Duration::from_millis(self.0.pauses.next(most / 2, most))
    }

    /// Says how many requests were turned away since the last time.
    pub(crate) fn tell_refusals(&self) {
        self.0.front.refusals.tell();
    }

    /// Compresses the web app's files; takes seconds of one core.
    pub(crate) fn compress_assets(&self) {
        self.0.wardrobe.compress();
    }

    fn short_way(
        &self,
        method: &Method,
        path: &str,
        asked: &HeaderMap,
        caller: Option<&Caller>,
    ) -> Option<Response<Body>> {
        if method != Method::GET && method != Method::HEAD {
            return None;
        }
        if path.starts_with("/public/") {
            return self.0.app.hot.respond(method, path, asked);
        }
        match path {
            "/stream" if method == Method::GET => Some(self.stream(asked, caller)),
            "/healthz" => Some(self.covered(health_answer())),
            _ => self.at_hand(method, path, asked).or_else(|| self.0.wardrobe.exact(method, path, asked)),
        }
    }

    fn at_hand(&self, method: &Method, path: &str, asked: &HeaderMap) -> Option<Response<Body>> {
        self.0.app.at_hand(path)?.respond(method, asked)
    }

    fn stream(&self, asked: &HeaderMap, caller: Option<&Caller>) -> Response<Body> {
        let client = caller.filter(|caller| !caller.proxy).map(|caller| caller.peer.0.ip());
        let opened = stream::open(&self.0.app.hot, asked, client);
        self.covered(opened.unwrap_or_else(|problem| problem.render(Language::of(asked), None).map(Body::Axum)))
    }

    fn covered(&self, mut response: Response<Body>) -> Response<Body> {
        self.0.shield.cover(response.headers_mut());
        response
    }
}

impl<B> Service<Request<B>> for Site
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answer {
        self.answer(request, None)
    }
}

/// The routes of this crate itself, so that they are described like any other.
pub(crate) fn own_routes() -> Router {
    Router::new()
        .routes(routes!(public_document))
        .routes(routes!(live_stream))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
}

/// A public document, the same for everybody: `alerts/prefecture`, `quakes/latest`, … Compressed, with a strong ETag.
#[utoipa::path(get, path = "/public/{document}", operation_id = "publicDocument", tag = "public",
    params(("document" = String, Path, description = "Name with slashes, ending in .json", example = "alerts/prefecture.json")),
    responses((status = 200, description = "The document", content_type = "application/json"),
        (status = 304, description = "The caller has it already")))]
async fn public_document(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    asked: HeaderMap,
) -> axum::response::Response {
    let found = app.hot.respond(&method, uri.path(), &asked);
    found.map_or_else(|| Problem::not_found().into_response(), |response| response.map(Into::into))
}

/// Says which document has a new version, as server-sent events named `document`; resumes by `Last-Event-ID`.
#[utoipa::path(get, path = "/stream", operation_id = "stream", tag = "public",
    responses((status = 200, description = "Events", content_type = "text/event-stream")))]
async fn live_stream(State(app): State<App>, asked: HeaderMap) -> Result<axum::response::Response, Problem> {
    stream::open(&app.hot, &asked, None).map(|response| response.map(Into::into))
}

fn document_of(api: &OpenApi) -> axum::Router<App> {
    let json = Bytes::from(serde_json::to_vec_pretty(api).unwrap_or_default());
    let answer = move || async move {
        ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], json)
    };
    axum::Router::new().route("/openapi.json", get(answer))
}

async fn screen(
    axum::Extension(wardrobe): axum::Extension<Wardrobe>,
    method: Method,
    uri: Uri,
    asked: HeaderMap,
) -> axum::response::Response {
    let found = wardrobe.screen(&method, uri.path(), &asked);
    found.map_or_else(|| Problem::not_found().into_response(), |response| response.map(Into::into))
}

async fn method_not_allowed() -> axum::http::StatusCode {
    axum::http::StatusCode::METHOD_NOT_ALLOWED
}

fn health_answer() -> Response<Body> {
    let mut response = Response::new(Body::from(Bytes::from_static(b"ok")));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, axum::http::HeaderValue::from_static("text/plain"));
    headers.insert(header::CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    response
}
