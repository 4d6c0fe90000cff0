//! The browser at the other end: where it stands in the network, and its session cookie.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponseParts, ResponseParts};
use http::{App, Peer, Problem};
use kernel::Timestamp;

use crate::limit::{Attempts, Rate};
use crate::model::{Secret, Session};
use crate::session::COOKIE;
use crate::settings::Settings;

/// Who asks, as far as the network tells (呼び出し元のブラウザー).
pub struct Browser {
    /// An IPv4 address, or an IPv6 /64, which one household or attacker has whole.
    network: String,
    headers: HeaderMap,
}

/// A `Set-Cookie` beside an answer.
pub(super) struct Cookie(Option<HeaderValue>);

impl Browser {
    /// Counts one try at something from this network, and refuses the one too many.
    pub fn limit(&self, app: &App, what: &str, rate: Rate) -> Result<(), Problem> {
        let Some(attempts) = app.extension::<Attempts>() else { return Ok(()) };
        attempts.take(&format!("{what} {}", self.network), rate, app.clock.now()).map_err(Problem::too_many)
    }

    /// The cookie of a session that has begun.
    pub(super) fn keep(&self, app: &App, session: &Session, token: &Secret, now: Timestamp) -> Cookie {
        let seconds = session.ends_at.elapsed_since(now).as_secs();
        Cookie(http::cookie::set(&self.headers, &app.settings, COOKIE, token.reveal(), seconds))
    }

    /// Takes the cookie back.
    pub(super) fn forget(&self, app: &App) -> Cookie {
        Cookie(http::cookie::clear(&self.headers, &app.settings, COOKIE))
    }
}

impl FromRequestParts<App> for Browser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let next_to_us = parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
        let ip = if Settings::of(app).behind_proxy { forwarded(&parts.headers).or(next_to_us) } else { next_to_us };
        Ok(Self { network: network(ip), headers: parts.headers.clone() })
    }
}

impl IntoResponseParts for Cookie {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        if let Some(line) = self.0 {
            parts.headers_mut().append(header::SET_COOKIE, line);
        }
        Ok(parts)
    }
}

/// The last address of `X-Forwarded-For`: the one that our own proxy saw, and no client can invent.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next()?.trim().parse().ok()
}

fn network(ip: Option<IpAddr>) -> String {
    match ip {
        Some(IpAddr::V4(v4)) => v4.to_string(),
        Some(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => format!("{:x?}", &v6.segments()[..4]),
        },
        None => "local".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_caller_is_its_64() {
        let network = |ip: &str| network(ip.parse().ok());
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }

    #[test]
    fn of_forwarded_addresses_only_the_last_is_believed() {
        let mut headers = HeaderMap::new();
        assert_eq!(forwarded(&headers), None);
        headers.append("x-forwarded-for", HeaderValue::from_static("10.9.9.9, 192.0.2.7"));
        assert_eq!(forwarded(&headers), "192.0.2.7".parse().ok());
        headers.append("x-forwarded-for", HeaderValue::from_static("nonsense"));
        assert_eq!(forwarded(&headers), None);
    }
}
