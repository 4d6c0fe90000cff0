//! What happens around every request of the API: its id, its one log line, its figures, its turn, and the words of a refusal.
//!
//! **Invariant:** one line per request that was let in, without query values, bodies, names or addresses.
//! **Invariant:** a failure is logged once, here, with the request's id; whoever asked is told the id and nothing else.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use kernel::Stopwatch;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::admission::{Admission, Class, NO_ROUTE, Treatment};
use crate::app::App;
use crate::body::Body;
use crate::intake;
use crate::problem::{Language, Problem, REQUEST_ID};
use crate::refusal::Refusals;
use crate::security::{Shield, refuse_forged};
use crate::work::Work;

/// Our id of the request (要求番号): `Extension<RequestId>`. What a client sends as its own id is not believed.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

/// Where the connection comes from; only the machine next to us, if a proxy stands in front.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// What stands in front of the handlers.
pub(crate) struct Front {
    pub(crate) app: App,
    pub(crate) admission: Admission,
    pub(crate) shield: Shield,
    pub(crate) refusals: Refusals,
}

/// How a request fared that is not turned away as a whole.
enum Outcome {
    Answered(Response),
    Refused(Problem),
    /// The class is full.
    TurnedAway(Class),
}

struct Seen {
    id: Arc<str>,
    method: Method,
    route: String,
    treatment: Treatment,
    language: Language,
}

/// The one layer around the router.
pub(crate) async fn observe(State(front): State<Arc<Front>>, mut request: Request, next: Next) -> Response {
    let watch = Stopwatch::start();
    let seen = Seen::of(&front, &request);
    request.extensions_mut().insert(RequestId(Arc::clone(&seen.id)));
    let answered = AssertUnwindSafe(front.carry_out(&seen, request, next)).catch_unwind().await;
    let mut response = match answered {
        Ok(Outcome::Answered(response)) => response,
        Ok(Outcome::Refused(problem)) => problem.into_response(),
        Ok(Outcome::TurnedAway(class)) => return front.refusals.answer(class, seen.language).map(Into::into),
        Err(panic) => Problem::internal(anyhow::anyhow!("panic: {}", words(&*panic))).into_response(),
    };
    if let Some(problem) = refusal(&response) {
        if let Some(cause) = problem.cause() {
            tracing::error!(request_id = %seen.id, code = problem.code(), "request {} failed: {cause:#}", seen.id);
        }
        response = reworded(&problem, &seen, &response);
    }
    if let Ok(id) = HeaderValue::from_str(&seen.id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    front.shield.cover(response.headers_mut());
    seen.note(response.status(), watch);
    response
}

/// The figures of this process in Prometheus form; the first call installs the recorder, so call it early.
pub fn figures() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
            let recorder = PrometheusBuilder::new().set_buckets(&buckets).ok()?.build_recorder();
            let handle = recorder.handle();
            metrics::set_global_recorder(recorder).ok()?;
            Some(handle)
        })
        .as_ref()
}

impl Front {
    /// The answer to a request that can be turned away without looking at more than its head.
    pub(crate) fn turn_away(
        &self,
        method: &Method,
        path: &str,
        asked: &HeaderMap,
    ) -> Option<axum::http::Response<Body>> {
        if !method.is_safe() {
            return None;
        }
        let route = self.admission.route(path)?;
        let treatment = self.admission.treatment(method, route);
        let class = treatment.as_asked(method, asked.contains_key(header::COOKIE)).class?;
        self.admission.gate(class).is_full().then(|| self.refusals.answer(class, Language::of(asked)))
    }

    /// In this order: a forged request is refused, the body is read, then a turn of the class, then the handler.
    async fn carry_out(&self, seen: &Seen, mut request: Request, next: Next) -> Outcome {
        if let Err(problem) = refuse_forged(request.method(), request.headers(), &self.app.settings) {
            return Outcome::Refused(problem);
        }
        let work = request.extensions_mut().remove::<Work>();
        let Some(class) = seen.treatment.class else {
            // Screens and what is not found lie ready; how the server is asks the database.
            let elsewhere = work.filter(|_| seen.route != NO_ROUTE);
            return carry(elsewhere, next.run(request)).await;
        };
        let gate = self.admission.gate(class);
        let read = intake::read(request, seen.treatment.body_bytes, gate.buffered(), &self.app.settings.limits);
        let (request, held) = match read.await {
            Ok(read) => read,
            Err(problem) => return Outcome::Refused(problem),
        };
        let turn = async {
            let Some(turn) = gate.enter().await else { return Outcome::TurnedAway(class) };
            let handled = async move {
                let answered = next.run(request).await;
                drop((turn, held));
                answered
            };
            carry(work, handled).await
        };
        tokio::time::timeout(self.app.settings.request_time(), turn)
            .await
            .unwrap_or_else(|_| Outcome::Refused(timeout()))
    }
}

impl Seen {
    fn of(front: &Front, request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str);
        Self {
            id: front.app.ids.uuid().to_string().into(),
            method: request.method().clone(),
            route: route.to_owned(),
            treatment: front
                .admission
                .treatment(request.method(), route)
                .as_asked(request.method(), request.headers().contains_key(header::COOKIE)),
            language: Language::of(request.headers()),
        }
    }

    fn note(&self, status: StatusCode, watch: Stopwatch) {
        let elapsed = watch.elapsed();
        let class = self.treatment.class.map_or("none", Class::as_str);
        let status = status.as_u16();
        tracing::info!(
            request_id = %self.id, method = %self.method, route = %self.route, status, class,
            ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX), "request"
        );
        let method = if is_usual(&self.method) { self.method.to_string() } else { "OTHER".into() };
        metrics::counter!("http_requests_total", "method" => method, "route" => self.route.clone(),
            "status" => status.to_string(), "class" => class)
        .increment(1);
        metrics::histogram!("http_request_seconds", "class" => class).record(elapsed.as_secs_f64());
    }
}

/// Runs the handler where handlers run, or here.
async fn carry(work: Option<Work>, handled: impl Future<Output = Response> + Send + 'static) -> Outcome {
    let Some(work) = work else { return Outcome::Answered(handled.await) };
    match work.carry(handled).await {
        Ok(answered) => Outcome::Answered(answered),
        // The runtime ends: another process, or this one after its start, can do it.
        Err(stopped) => Outcome::Refused(Problem::unavailable(2, stopped)),
    }
}

fn timeout() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "timeout",
        "時間内に終わりませんでした。少し待ってからもう一度お試しください。",
        "It did not finish in time. Wait a little and try again.",
    )
    .with_retry_after(5)
}

/// The problem behind an answer: ours, or one made of a bare refusal by the framework.
fn refusal(response: &Response) -> Option<Problem> {
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.clone());
    }
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("text/plain");
    let bare = (status.is_client_error() || status.is_server_error()) && kind.starts_with("text/plain");
    bare.then(|| match status {
        StatusCode::NOT_FOUND => Problem::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            status,
            "method-not-allowed",
            "このURLではその操作はできません。",
            "This address does not take that method.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        _ => Problem::new(
            status,
            "refused",
            "送られた内容を処理できませんでした。内容を確かめてください。",
            "The request could not be understood. Check what was sent.",
        ),
    })
}

/// The problem in the caller's language with the request's id; other headers of the answer (cookies, Allow) stay.
fn reworded(problem: &Problem, seen: &Seen, old: &Response) -> Response {
    let mut response = problem.render(seen.language, Some(&seen.id));
    for (name, value) in old.headers() {
        let replaced = *name == header::CONTENT_LENGTH || response.headers().contains_key(name);
        if !replaced || *name == header::SET_COOKIE {
            response.headers_mut().append(name, value.clone());
        }
    }
    response
}

fn is_usual(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS]
        .contains(method)
}

fn words(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without words")
}
