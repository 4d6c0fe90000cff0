//! One HTTP request, bounded in time and size, over https only (except to this machine itself).

use std::time::Duration;

use anyhow::{Context as _, ensure};
use reqwest::header::{ETAG, HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url, redirect};

use crate::words::Trouble;

/// What a feed's server is told about the copy we have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Validators {
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
}

/// A readable answer.
#[derive(Debug)]
pub(super) enum Answer {
    NotModified,
    Body { bytes: Vec<u8>, validators: Validators },
}

/// An unusable answer, and when the server asks us to come back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failure {
    pub(super) trouble: Trouble,
    pub(super) retry_after: Option<Duration>,
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self { trouble, retry_after: None }
    }
}

/// Asks one server and no other.
#[derive(Debug, Clone)]
pub(super) struct Fetcher {
    client: Client,
    base: Url,
}

/// Longest header value that is kept (ETag, Last-Modified, Retry-After); a longer one is treated as not sent.
const MAX_HEADER: usize = 200;

impl Fetcher {
    pub(super) fn new(base_url: &str, timeout: Duration) -> anyhow::Result<Self> {
        let mut base = Url::parse(base_url).context("the base address of the JMA feeds")?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let here = matches!(base.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
        ensure!(
            base.scheme() == "https" || (here && base.scheme() == "http"),
            "the JMA feeds are pulled over https only"
        );
        let client = Client::builder()
            .https_only(!here)
            .redirect(redirect::Policy::none())
            .connect_timeout(timeout.min(Duration::from_secs(10)))
            .timeout(timeout)
            .gzip(true)
            .user_agent(concat!("mamori/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("an HTTP client for the JMA feeds")?;
        Ok(Self { client, base })
    }

    /// The address of a file below the base.
    pub(super) fn below(&self, path: &str) -> Option<Url> {
        self.base.join(path).ok()
    }

    /// An announced address, if it is one of the same server: a feed must not send us anywhere else.
    pub(super) fn same_server(&self, url: &str) -> Option<Url> {
        let url = Url::parse(url).ok()?;
        let same = url.origin() == self.base.origin() && url.username().is_empty() && url.password().is_none();
        same.then_some(url)
    }

    pub(super) async fn get(&self, url: Url, validators: &Validators, limit: usize) -> Result<Answer, Failure> {
        let mut request = self.client.get(url);
        if let Some(etag) = &validators.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(last_modified) = &validators.last_modified {
            request = request.header(IF_MODIFIED_SINCE, last_modified);
        }
        let response = request.send().await.map_err(|error| trouble_of(&error))?;
        match response.status() {
            StatusCode::NOT_MODIFIED => Ok(Answer::NotModified),
            StatusCode::OK => {
                let validators = Validators {
                    etag: header(response.headers(), ETAG.as_str()),
                    last_modified: header(response.headers(), LAST_MODIFIED.as_str()),
                };
                let bytes = body(response, limit).await?;
                Ok(Answer::Body { bytes, validators })
            }
            status => Err(Failure {
                trouble: Trouble::Status(status.as_u16()),
                retry_after: header(response.headers(), RETRY_AFTER.as_str())
                    .and_then(|seconds| seconds.trim().parse().ok())
                    .map(Duration::from_secs),
            }),
        }
    }
}

/// Reads the body piece by piece, so that neither a huge answer nor a gzip bomb fills the memory.
async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| trouble_of(&error))? {
        if bytes.len() + piece.len() > limit {
            return Err(Trouble::TooLarge.into());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= MAX_HEADER).then(|| value.to_owned())
}

fn trouble_of(error: &reqwest::Error) -> Trouble {
    if error.is_timeout() { Trouble::Slow } else { Trouble::Unreachable }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetcher(base: &str) -> anyhow::Result<Fetcher> {
        Fetcher::new(base, Duration::from_secs(1))
    }

    #[test]
    fn only_https_except_on_this_machine() {
        assert!(fetcher("https://www.data.jma.go.jp/developer/xml").is_ok());
        assert!(fetcher("http://127.0.0.1:9/x/").is_ok());
        assert!(fetcher("http://www.data.jma.go.jp/developer/xml/").is_err());
        assert!(fetcher("file:///etc/passwd").is_err());
        assert!(fetcher("not an address").is_err());
    }

    #[test]
    fn a_feed_cannot_send_us_elsewhere() {
        let fetcher = fetcher("https://www.data.jma.go.jp/developer/xml/").unwrap();
        assert!(fetcher.same_server("https://www.data.jma.go.jp/developer/xml/data/a.xml").is_some());
        for bad in [
            "http://www.data.jma.go.jp/developer/xml/data/a.xml",
            "https://www.data.jma.go.jp:8443/a.xml",
            "https://evil.example/a.xml",
            "https://u:p@www.data.jma.go.jp/a.xml",
            "file:///etc/passwd",
            "/relative.xml",
        ] {
            assert!(fetcher.same_server(bad).is_none(), "{bad}");
        }
        assert_eq!(fetcher.below("feed/extra.xml").unwrap().path(), "/developer/xml/feed/extra.xml");
    }
}
