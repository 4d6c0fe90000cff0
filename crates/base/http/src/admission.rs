//! Admission (受付): three classes of requests, each with its own budget, so that a flood of one does not starve another.
//!
//! A request runs, waits in its class's short queue, or is answered 503 at once, before its body is read. Which class a
//! route belongs to is part of its API description (`x-class`); rooms say it with [`class`].
//! Public documents, the stream, health and the web app itself stand outside: they cost less than deciding.
//!
//! **Invariant:** whoever was let into the queue gets a turn; whoever is not is told within milliseconds.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::Method;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use utoipa::openapi::OpenApi;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, PathItem};

use crate::Router;
use crate::settings::{Budget, Settings};

/// How urgent a route is (受付区分).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Writes on which lives may depend: evacuation orders, check-ins, calls for help.
    LifeSafety,
    /// The work of staff. Also everything that changes something and is not marked.
    Staff,
    /// Everything else.
    Public,
}

const CLASS: &str = "x-class";
const BODY_LIMIT: &str = "x-body-limit";
/// The route of a request that matched none: a screen of the web app, or not found.
pub(crate) const NO_ROUTE: &str = "none";
/// Stand outside of the classes: whether we are well must be answered also when we are full.
const OUTSIDE: [&str; 6] = [NO_ROUTE, "/readyz", "/healthz", "/metrics", "/stream", "/public/{document}"];

/// Puts all routes of `router` into a class.
///
/// ```ignore
/// Router::new()
///     .routes(routes!(list))
///     .merge(http::class(Class::LifeSafety, Router::new().routes(routes!(issue, withdraw))))
/// ```
#[must_use]
pub fn class(class: Class, mut router: Router) -> Router {
    mark(&mut router, CLASS, &class.as_str().into());
    router
}

/// Lets the bodies of all routes of `router` be larger (or makes them be smaller) than the server's limit.
///
/// Bodies are read into memory before the handler runs, so that no turn is spent waiting for a client.
#[must_use]
pub fn body_limit(bytes: usize, mut router: Router) -> Router {
    mark(&mut router, BODY_LIMIT, &bytes.into());
    router
}

impl Class {
    /// The name in logs, figures and the API description.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LifeSafety => "life-safety",
            Self::Staff => "staff",
            Self::Public => "public",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::LifeSafety, Self::Staff, Self::Public].into_iter().find(|class| class.as_str() == name)
    }

    fn unmarked(method: &Method) -> Self {
        if method.is_safe() { Self::Public } else { Self::Staff }
    }
}

/// The gates of a server.
#[derive(Debug)]
pub(crate) struct Admission {
    life_safety: Gate,
    staff: Gate,
    public: Gate,
    marked: HashMap<String, Vec<Mark>>,
    /// The described routes by their paths, to know a class before the router is asked.
    routes: matchit::Router<String>,
    body_bytes: usize,
}

/// How a request is treated: its class, unless it stands outside, and how large its body may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Treatment {
    pub(crate) class: Option<Class>,
    pub(crate) body_bytes: usize,
}

impl Treatment {
    /// A read of the office without any cookie comes from nobody of the staff: it takes the public's budget, so that a
    /// crowd before the closed door does not stand in the way of those who work inside.
    pub(crate) fn as_asked(self, method: &Method, has_cookie: bool) -> Self {
        let stranger = self.class == Some(Class::Staff) && method.is_safe() && !has_cookie;
        if stranger { Self { class: Some(Class::Public), ..self } } else { self }
    }
}

#[derive(Debug)]
struct Mark {
    method: Method,
    class: Option<Class>,
    body_bytes: Option<usize>,
}

/// The gate of one class.
#[derive(Debug)]
pub(crate) struct Gate {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    may_wait: usize,
    buffered: Arc<AtomicUsize>,
}

impl Admission {
    pub(crate) fn new(settings: &Settings, api: &OpenApi) -> Self {
        let budgets = &settings.classes;
        let mut routes = matchit::Router::new();
        for path in api.paths.paths.keys() {
            // What this does not understand is left to the router, which refuses a path that nobody can reach.
            let _ = routes.insert(path.clone(), path.clone());
        }
        Self {
            life_safety: Gate::new(budgets.life_safety),
            staff: Gate::new(budgets.staff),
            public: Gate::new(budgets.public),
            marked: api.paths.paths.iter().map(|(path, item)| (path.clone(), marks(item))).collect(),
            routes,
            body_bytes: settings.limits.body_bytes,
        }
    }

    /// The described route of a path.
    pub(crate) fn route(&self, path: &str) -> Option<&str> {
        self.routes.at(path).ok().map(|found| found.value.as_str())
    }

    /// How a request that matched `route` is treated; [`NO_ROUTE`] is that of what matched nothing.
    pub(crate) fn treatment(&self, method: &Method, route: &str) -> Treatment {
        // HEAD is answered by the GET handler.
        let asked = if method == Method::HEAD { &Method::GET } else { method };
        let mark = self.marked.get(route).and_then(|marks| marks.iter().find(|mark| mark.method == asked));
        let class = mark.and_then(|mark| mark.class).unwrap_or_else(|| Class::unmarked(method));
        Treatment {
            class: (!OUTSIDE.contains(&route)).then_some(class),
            body_bytes: mark.and_then(|mark| mark.body_bytes).unwrap_or(self.body_bytes),
        }
    }

    /// The gate of a class.
    pub(crate) fn gate(&self, class: Class) -> &Gate {
        match class {
            Class::LifeSafety => &self.life_safety,
            Class::Staff => &self.staff,
            Class::Public => &self.public,
        }
    }
}

impl Gate {
    fn new(budget: Budget) -> Self {
        let running = Arc::new(Semaphore::new(budget.running.clamp(1, Semaphore::MAX_PERMITS)));
        Self { running, waiting: AtomicUsize::new(0), may_wait: budget.waiting, buffered: Arc::default() }
    }

    /// Bytes of request bodies held now.
    pub(crate) fn buffered(&self) -> &Arc<AtomicUsize> {
        &self.buffered
    }

    /// Whether one more request would be turned away now.
    pub(crate) fn is_full(&self) -> bool {
        self.running.available_permits() == 0 && self.waiting.load(Ordering::Acquire) >= self.may_wait
    }

    /// Lets a request in, perhaps after a wait in the queue; keep the permit while it runs. `None`: turn it away.
    pub(crate) async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.running).try_acquire_owned() {
            return Some(permit);
        }
        let _place = Place::take(&self.waiting, self.may_wait)?;
        Arc::clone(&self.running).acquire_owned().await.ok()
    }
}

/// A place in a queue, given back also when the caller goes away.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, most: usize) -> Option<Self> {
        let place = Self(waiting);
        // Dropping the place on refusal takes the count back.
        (waiting.fetch_add(1, Ordering::AcqRel) < most).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn mark(router: &mut Router, name: &str, value: &serde_json::Value) {
    for item in router.get_openapi_mut().paths.paths.values_mut() {
        for operation in operations_mut(item) {
            operation.extensions.get_or_insert_with(Extensions::default).insert(name.to_owned(), value.clone());
        }
    }
}

fn marks(item: &PathItem) -> Vec<Mark> {
    let read = |(method, operation): (Method, &Operation)| {
        let marks = operation.extensions.as_ref();
        let class = marks.and_then(|marks| Class::named(marks.get(CLASS)?.as_str()?));
        let body_bytes = marks.and_then(|marks| usize::try_from(marks.get(BODY_LIMIT)?.as_u64()?).ok());
        Mark { method, class, body_bytes }
    };
    operations(item).map(read).collect()
}

/// The operations of a path with their methods.
pub(crate) fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    [
        (Method::GET, &item.get),
        (Method::PUT, &item.put),
        (Method::POST, &item.post),
        (Method::DELETE, &item.delete),
        (Method::PATCH, &item.patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_ref().map(|operation| (method, operation)))
}

pub(crate) fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Classes;

    fn gates(running: usize, waiting: usize) -> Admission {
        let budget = Budget { running, waiting };
        let classes = Classes { life_safety: budget, staff: budget, public: budget };
        Admission::new(&Settings { classes, ..Settings::default() }, &OpenApi::default())
    }

    #[tokio::test]
    async fn one_runs_one_waits_and_the_next_is_sent_away_at_once() {
        let gates = gates(1, 1);
        let public = gates.gate(Class::Public);
        assert!(!public.is_full());
        let running = public.enter().await.unwrap();
        let mut waiting = std::pin::pin!(public.enter());
        assert!(!public.is_full());
        assert!(futures_util::poll!(&mut waiting).is_pending());
        assert!(public.is_full());
        assert!(public.enter().await.is_none());
        // Another class is not affected.
        assert!(gates.gate(Class::LifeSafety).enter().await.is_some());
        drop(running);
        assert!(waiting.await.is_some());
    }

    #[tokio::test]
    async fn whoever_leaves_the_queue_gives_the_place_back() {
        let gates = gates(1, 1);
        let staff = gates.gate(Class::Staff);
        let _running = staff.enter().await.unwrap();
        for _ in 0..3 {
            let mut waiting = Box::pin(staff.enter());
            assert!(futures_util::poll!(&mut waiting).is_pending());
        }
    }

    #[test]
    fn what_is_not_marked_goes_by_its_method() {
        let gates = gates(1, 1);
        assert_eq!(gates.treatment(&Method::GET, "/api/x").class, Some(Class::Public));
        assert_eq!(gates.treatment(&Method::POST, "/api/x").class, Some(Class::Staff));
        assert_eq!(gates.treatment(&Method::GET, "/readyz").class, None);
        let office = Treatment { class: Some(Class::Staff), body_bytes: 0 };
        assert_eq!(office.as_asked(&Method::GET, false).class, Some(Class::Public));
        assert_eq!(office.as_asked(&Method::GET, true).class, Some(Class::Staff));
        assert_eq!(office.as_asked(&Method::POST, false).class, Some(Class::Staff));
    }
}
