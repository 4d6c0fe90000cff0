//! Handing messages in: one client for all push services, connections kept, nothing followed, no private address reached.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, StatusCode, redirect};

use crate::model::endpoint::is_private;

/// A push service that does not answer within this counts as not there; others do not wait for it longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest pause that a push service may ask for.
const LONGEST_PAUSE: u64 = 3_600;

/// One message on its way.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) endpoint: String,
    pub(crate) authorization: Arc<str>,
    pub(crate) ttl: u64,
    pub(crate) urgent: bool,
    pub(crate) topic: String,
    pub(crate) body: Vec<u8>,
}

/// What a push service said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Accepted,
    /// 404, 410: the browser has unsubscribed.
    Gone,
    /// 429, or 503 with a time: not before this many seconds.
    Wait(u64),
    /// May go well another time.
    Trouble(String),
    /// Never will.
    Refused(String),
}

/// The way to the push services (プッシュサービスへの送信).
#[derive(Debug, Clone)]
pub(crate) struct Client(reqwest::Client);

impl Client {
    /// `trusted` is an authority besides the public ones, for a push service of a closed network.
    pub(crate) fn new(local: bool, trusted: Option<&[u8]>) -> anyhow::Result<Self> {
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(PATIENCE / 2)
            .timeout(PATIENCE)
            .http2_adaptive_window(true)
            .pool_idle_timeout(Duration::from_mins(5));
        if !local {
            builder = builder.dns_resolver(Arc::new(Public)).https_only(true);
        }
        if let Some(pem) = trusted {
            let trusted =
                Certificate::from_pem_bundle(pem).context("the push service's authority is no certificate")?;
            builder = builder.tls_certs_merge(trusted);
        }
        Ok(Self(builder.build()?))
    }

    pub(crate) async fn send(&self, parcel: Parcel) -> Answer {
        let request = self
            .0
            .post(&parcel.endpoint)
            .header("authorization", &*parcel.authorization)
            .header("ttl", parcel.ttl)
            .header("urgency", if parcel.urgent { "high" } else { "normal" })
            .header("topic", parcel.topic)
            .header("content-encoding", "aes128gcm")
            .header("content-type", "application/octet-stream")
            .body(parcel.body);
        match request.send().await {
            Ok(answer) => {
                let wait = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
                let wait = wait.and_then(|text| text.trim().parse().ok());
                read(answer.status(), wait)
            }
            Err(error) => Answer::Trouble(trouble(&error).to_owned()),
        }
    }
}

impl Client {
    /// Hands anything in over HTTP POST, under the same rules.
    pub(crate) async fn post(&self, url: &str, headers: [(&'static str, String); 4], body: Vec<u8>) -> Answer {
        let request = headers.into_iter().fold(self.0.post(url), |request, (name, value)| request.header(name, value));
        match request.body(body).send().await {
            Ok(answer) => read(answer.status(), None),
            Err(error) => Answer::Trouble(trouble(&error).to_owned()),
        }
    }
}

fn read(status: StatusCode, wait: Option<u64>) -> Answer {
    let wait = wait.map(|seconds: u64| seconds.clamp(1, LONGEST_PAUSE));
    match (status.as_u16(), wait) {
        (200..=299, _) => Answer::Accepted,
        (404 | 410, _) => Answer::Gone,
        (429, wait) => Answer::Wait(wait.unwrap_or(30)),
        (503, Some(wait)) => Answer::Wait(wait),
        (408 | 425 | 500..=599, _) => Answer::Trouble(format!("status-{}", status.as_u16())),
        (other, _) => Answer::Refused(format!("status-{other}")),
    }
}

/// In a word, without the address.
fn trouble(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no-answer"
    } else if error.is_connect() {
        "no-connection"
    } else {
        "broken-connection"
    }
}

/// Resolves names to public addresses only, so that a name cannot lead into our own network.
struct Public;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::task::spawn_blocking(move || (host.as_str(), 0).to_socket_addrs()).await??;
            let public: Vec<SocketAddr> = found.filter(|address| !is_private(address.ip())).collect();
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_meaning() {
        let cases = [
            (201, None, Answer::Accepted),
            (410, None, Answer::Gone),
            (404, Some(5), Answer::Gone),
            (429, Some(7), Answer::Wait(7)),
            (429, None, Answer::Wait(30)),
            (429, Some(1_000_000), Answer::Wait(LONGEST_PAUSE)),
            (503, Some(0), Answer::Wait(1)),
            (503, None, Answer::Trouble("status-503".into())),
            (500, None, Answer::Trouble("status-500".into())),
            (301, None, Answer::Refused("status-301".into())),
            (403, None, Answer::Refused("status-403".into())),
            (413, None, Answer::Refused("status-413".into())),
        ];
        for (status, wait, expected) in cases {
            assert_eq!(read(StatusCode::from_u16(status).unwrap(), wait), expected, "{status}");
        }
    }
}
