//! Hot public documents (公開文書): what everyone may see, published once and answered from memory.
//!
//! A room publishes in the transaction that changed its rows ([`publish`]); every process notices ([`Hot::run`]), compresses
//! once, answers `/public/<name>.json` from memory and says so on `/stream`.
//!
//! **Invariant:** nobody reads the database to answer the public.
//! **Invariant:** the last good version stays, with its time, when its room or the database fails; it is loaded at start.
//! **Invariant:** unchanged bytes are no new version. So keep the time of asking out of the body; times of *facts* belong in it.

mod export;
mod run;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, header};
use kernel::Timestamp;
use parking_lot::RwLock;
use serde::Serialize;
use store::{Store, Tx};

use crate::body::Body;
use crate::db;
use crate::precompressed::{Effort, Precompressed, Ready, digest};
use crate::settings::Settings;
use crate::stream::Streams;

/// The global version of a publication: one counter over all documents, and the id of the stream's event.
pub type Version = i64;

/// How public documents may be cached: fresh for ten seconds, usable for a day when we cannot be reached.
pub const CACHE_CONTROL: &str = "public, max-age=10, stale-while-revalidate=30, stale-if-error=86400";

/// Publishes a document (公開). `None` when the bytes are what is already published.
///
/// Call it last in a transaction: from here to the commit other publishers wait. Nothing is seen before the commit.
/// A name is `a-z 0-9 _ - /`, for example `alerts/prefecture`; drills publish under `drill/`.
pub async fn publish(
    tx: &mut Tx,
    name: &str,
    body: &(impl Serialize + ?Sized),
    now: Timestamp,
) -> store::Result<Option<Version>> {
    check_name(name)?;
    let body = serde_json::to_string(body).map_err(|error| unreadable(&format!("{name}: {error}")))?;
    let etag = digest(body.as_bytes());
    if db::lock_etag(tx, name).await?.as_deref() == Some(etag.as_str()) {
        return Ok(None);
    }
    db::put(tx, name, &etag, Some(body), now).await.map(Some)
}

/// Takes a document back (公開の取りやめ): it answers 404 from then on. `None` when there is none.
pub async fn withdraw(tx: &mut Tx, name: &str, now: Timestamp) -> store::Result<Option<Version>> {
    check_name(name)?;
    match db::lock_etag(tx, name).await?.as_deref() {
        None | Some("") => Ok(None),
        Some(_) => db::put(tx, name, "", None, now).await.map(Some),
    }
}

/// The documents in memory (公開文書の置き場). Cheap to clone.
#[derive(Clone)]
pub struct Hot(Arc<Inner>);

struct Inner {
    store: Store,
    documents: RwLock<HashMap<String, Arc<Document>>>,
    version: AtomicI64,
    stale: AtomicBool,
    answered: AtomicU64,
    refreshing: tokio::sync::Mutex<()>,
    streams: Streams,
}

/// One published document (公開文書).
#[derive(Debug)]
pub struct Document {
    /// `alerts/prefecture`
    pub name: String,
    /// The version of this publication.
    pub version: Version,
    /// When it was published.
    pub published_at: Timestamp,
    effort: Effort,
    bytes: Precompressed,
}

impl Hot {
    /// Loads what was published last. The database must be migrated.
    pub async fn load(store: &Store, settings: &Settings) -> store::Result<Self> {
        let hot = Self(Arc::new(Inner {
            store: store.clone(),
            documents: RwLock::default(),
            version: AtomicI64::new(0),
            stale: AtomicBool::new(false),
            answered: AtomicU64::new(0),
            refreshing: tokio::sync::Mutex::default(),
            streams: Streams::new(&settings.stream),
        }));
        hot.refresh().await?;
        Ok(hot)
    }

    /// A document by name.
    pub fn get(&self, name: &str) -> Option<Arc<Document>> {
        self.0.documents.read().get(name).cloned()
    }

    /// All documents, oldest publication first.
    pub fn all(&self) -> Vec<Arc<Document>> {
        let mut all: Vec<_> = self.0.documents.read().values().cloned().collect();
        all.sort_by_key(|document| document.version);
        all
    }

    /// The newest version in memory.
    pub fn version(&self) -> Version {
        self.0.version.load(Ordering::Acquire)
    }

    /// True while the database cannot be asked for newer versions; what is in memory is still answered.
    pub fn is_stale(&self) -> bool {
        self.0.stale.load(Ordering::Relaxed)
    }

    /// How many times a document was answered since the start.
    pub fn answered(&self) -> u64 {
        self.0.answered.load(Ordering::Relaxed)
    }

    /// The answer to `GET` or `HEAD` of `/public/<name>.json`; `None` when there is no such document.
    ///
    /// This is the shortest way through the server: one lookup, headers made beforehand, shared bytes.
    pub fn respond(&self, method: &Method, path: &str, asked: &HeaderMap) -> Option<Response<Body>> {
        let name = path.strip_prefix("/public/")?.strip_suffix(".json")?;
        let documents = self.0.documents.read();
        let document = documents.get(name)?;
        self.0.answered.fetch_add(1, Ordering::Relaxed);
        Some(document.bytes.respond(method, asked))
    }

    /// The document at `/public/<name>.json`, which is counted as answered.
    pub(crate) fn named(&self, path: &str) -> Option<Arc<Document>> {
        let name = path.strip_prefix("/public/")?.strip_suffix(".json")?;
        let document = self.get(name)?;
        self.0.answered.fetch_add(1, Ordering::Relaxed);
        Some(document)
    }

    pub(crate) fn streams(&self) -> &Streams {
        &self.0.streams
    }
}

impl Document {
    /// The JSON itself.
    pub fn body(&self) -> &[u8] {
        self.bytes.body()
    }

    pub(crate) fn ready(&self, accept_encoding: &str, if_none_match: Option<&[u8]>) -> Ready<'_> {
        self.bytes.ready(accept_encoding, if_none_match)
    }

    fn new(row: &db::Row, body: String, effort: Effort) -> Self {
        let bytes = Precompressed::new(body.into(), &headers(row.published_at), effort);
        Self { name: row.name.clone(), version: row.version, published_at: row.published_at, effort, bytes }
    }

    fn polished(&self) -> Self {
        let bytes = Precompressed::new(self.bytes.body().clone(), &headers(self.published_at), Effort::Best);
        Self { name: self.name.clone(), effort: Effort::Best, bytes, ..*self }
    }
}

fn headers(published_at: Timestamp) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let fixed = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, CACHE_CONTROL),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        // The same for everybody, without cookies: any site may show it.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let last_modified = published_at.utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let dated =
        [(header::LAST_MODIFIED, last_modified), (HeaderName::from_static("x-published-at"), published_at.to_string())];
    for (name, value) in dated {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    headers
}

fn check_name(name: &str) -> store::Result<()> {
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-/".contains(&b));
    let whole = name.split('/').all(|part| !part.is_empty());
    if letters && whole && name.len() <= 120 { Ok(()) } else { Err(unreadable(&format!("document name {name:?}"))) }
}

fn unreadable(what: &str) -> store::Error {
    store::Error::Unreadable(what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_paths() {
        for good in ["alerts/prefecture", "alerts/02203", "drill/quakes/latest", "sources"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "/", "a//b", "a/", "../etc/passwd", "A", "あ", "a.json", &"x".repeat(121)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn dates_are_in_the_form_http_wants() {
        let at = Timestamp::parse("2025-12-08T23:15:00+09:00").unwrap();
        let headers = headers(at);
        assert_eq!(headers[header::LAST_MODIFIED], "Mon, 08 Dec 2025 14:15:00 GMT");
        assert_eq!(headers["x-published-at"], "2025-12-08T23:15:00+09:00");
    }
}
