//! The desk (受付): who is asking, on a kit. There is no sign-in: who stands at the laptop is the desk.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{Method, header};
use http::{Actor, App, Duty, OverTls, Peer, Problem};
use kernel::AreaCode;
use reception::upstream::Link;
use uuid::Uuid;

use super::folder::Plate;
use super::lock::Lock;
use super::tablets::Tablets;

/// A running kit, found by handlers as an extension of the application.
pub(crate) struct Kit {
    pub(crate) plate: Plate,
    pub(crate) lock: Arc<Lock>,
    pub(crate) tablets: Tablets,
    pub(crate) link: Arc<Link>,
    /// Where tablets reach it.
    pub(crate) lan: Option<String>,
    /// Certificate of the authority that tablets trust.
    pub(crate) authority: PathBuf,
}

impl Kit {
    /// The kit of this program; a server that is none answers as if there were no such path.
    pub(crate) fn of(app: &App, actor: &Actor) -> Result<Arc<Self>, Problem> {
        actor.require_anywhere(Duty::ShelterDesk)?;
        app.extension::<Self>().ok_or_else(Problem::not_found)
    }

    /// The kit's desk as an actor; `seat` is the tablet, if it is one.
    fn actor(&self, seat: Option<Uuid>) -> Actor {
        let area = AreaCode::municipality(&self.plate.municipality);
        Actor::staff(self.plate.kit, vec![(Duty::ShelterDesk, area)], seat)
    }
}

/// Who is asking: the hook of the kit's application.
pub(crate) fn authenticate(app: &App, parts: &Parts) -> Actor {
    let Some(kit) = app.extension::<Kit>() else { return Actor::anonymous() };
    let tablet = || parts.extensions.get::<OverTls>().and_then(|_| kit.tablets.of(&parts.headers));
    let actor = if is_this_machine(parts) {
        kit.actor(None)
    } else {
        let Some(tablet) = tablet() else { return Actor::anonymous() };
        kit.actor(Some(tablet))
    };
    if is_work(&parts.method, parts.uri.path()) {
        kit.lock.used();
    }
    actor
}

/// Whether somebody works with people's data: it puts the lock off. What a page asks by itself does not.
fn is_work(method: &Method, path: &str) -> bool {
    match *method {
        Method::POST => ["scan", "search", "events"].iter().any(|end| path == format!("/api/reception/{end}")),
        Method::GET => path.starts_with("/api/reception/households/"),
        _ => false,
    }
}

/// Whether a browser of this machine asks, and asks for this machine: a page of somebody else's whose name was made to lead
/// here (DNS rebinding) comes from here, too, but asks for another host.
pub(crate) fn is_this_machine(parts: &Parts) -> bool {
    let from_here = parts.extensions.get::<Peer>().is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
    let host = parts.uri.host().or_else(|| parts.headers.get(header::HOST)?.to_str().ok());
    from_here && host.is_some_and(names_this_machine)
}

fn names_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn work_puts_the_lock_off_and_a_page_that_asks_by_itself_does_not() {
        for (method, path, work) in [
            (Method::POST, "/api/reception/scan", true),
            (Method::POST, "/api/reception/events", true),
            (Method::GET, "/api/reception/households/00", true),
            (Method::GET, "/api/reception/desk", false),
            (Method::GET, "/api/kit/status", false),
            (Method::POST, "/api/reception/receipts", false),
        ] {
            assert_eq!(is_work(&method, path), work, "{method} {path}");
        }
    }

    #[test]
    fn only_a_browser_of_this_machine_that_asks_for_it_is_at_the_desk() {
        let cases = [
            ("127.0.0.1:9", "localhost:8090", true),
            ("127.0.0.1:9", "127.0.0.1:8090", true),
            ("[::1]:9", "[::1]:8090", true),
            ("[::1]:9", "[::1]", true),
            ("[::ffff:127.0.0.1]:9", "localhost", true),
            ("127.0.0.1:9", "evil.example:8090", false),
            ("127.0.0.1:9", "localhost.evil.example", false),
            ("127.0.0.1:9", "10.77.0.1:8090", false),
            ("10.77.0.5:9", "localhost:8090", false),
        ];
        for (peer, host, here) in cases {
            let mut request = Request::builder().uri("/api/kit/status").header("host", host).body(()).unwrap();
            request.extensions_mut().insert(Peer(peer.parse().unwrap()));
            let (parts, ()) = request.into_parts();
            assert_eq!(is_this_machine(&parts), here, "{peer} {host}");
        }
        let (parts, ()) = Request::builder().uri("/").header("host", "localhost").body(()).unwrap().into_parts();
        assert!(!is_this_machine(&parts), "nobody knows where from");
    }
}
