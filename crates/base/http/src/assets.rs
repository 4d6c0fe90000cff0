//! The web app (画面), served from the binary: every file compressed once, cached for ever where its name carries a hash.
//!
//! `mamori` embeds the files and hands them over as plain pairs. A path that no file has answers the app's shell, so that a
//! bookmarked screen opens; API paths never do.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use axum::http::{HeaderMap, HeaderValue, Method, Response, header};
use bytes::Bytes;

use crate::body::Body;
use crate::precompressed::{Effort, Precompressed};
use crate::security::{Shield, page_policy};

/// Files of the web app as `(path, bytes)`, for example `("_app/immutable/x.js", …)` (画面のファイル).
#[derive(Debug, Clone, Default)]
pub struct Assets(Vec<(String, Bytes)>);

impl Assets {
    /// From whatever embeds them.
    pub fn new<P: Into<String>, B: Into<Bytes>>(files: impl IntoIterator<Item = (P, B)>) -> Self {
        Self(files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect())
    }

    /// No web app: an API alone.
    pub fn none() -> Self {
        Self::default()
    }
}

/// The files with their headers, ready to be answered.
#[derive(Debug, Clone)]
pub(crate) struct Wardrobe(Arc<HashMap<String, File>>);

#[derive(Debug)]
struct File {
    plain: Precompressed,
    headers: HeaderMap,
    packed: OnceLock<Precompressed>,
}

/// Prefixes under which a missing path is an error, not a screen.
const NOT_SCREENS: [&str; 7] = ["/api/", "/public/", "/stream", "/metrics", "/healthz", "/readyz", "/openapi.json"];

/// A worker lives by the policy of its own script, not of the page: ours may fetch from us, and from nobody else.
const WORKER_POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'";
/// The build puts scripts that are workers alone here. One of them reads codes in pictures by WebAssembly; pages may not.
const WORKERS: &str = "/_app/immutable/workers/";
const COMPUTING_POLICY: &str =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'";

impl Wardrobe {
    pub(crate) fn new(assets: Assets, shield: &Shield) -> Self {
        let mut files = HashMap::new();
        for (path, bytes) in assets.0 {
            let path = format!("/{}", path.trim_start_matches('/'));
            let headers = headers(&path, &bytes, shield);
            let file = File { plain: Precompressed::plain(bytes, &headers), headers, packed: OnceLock::new() };
            files.insert(path, file);
        }
        Self(Arc::new(files))
    }

    /// A file by its exact path; `/` is `index.html`.
    pub(crate) fn exact(&self, method: &Method, path: &str, asked: &HeaderMap) -> Option<Response<Body>> {
        if method != Method::GET && method != Method::HEAD {
            return None;
        }
        let path = if path == "/" { "/index.html" } else { path };
        Some(self.0.get(path)?.respond(method, asked))
    }

    /// A screen: a prerendered page of that path, else the shell; only for callers that take a page.
    pub(crate) fn screen(&self, method: &Method, path: &str, asked: &HeaderMap) -> Option<Response<Body>> {
        let wants_page = takes_page(asked);
        let is_screen = !NOT_SCREENS.iter().any(|prefix| path.starts_with(prefix));
        if !wants_page || !is_screen || (method != Method::GET && method != Method::HEAD) {
            return None;
        }
        let page = path.trim_end_matches('/');
        let candidates =
            [format!("{page}.html"), format!("{page}/index.html"), "/200.html".into(), "/index.html".into()];
        candidates.iter().find_map(|name| self.0.get(name)).map(|file| file.respond(method, asked))
    }

    /// Compresses everything, small files first. Takes seconds: run it beside, files are answered plain until then.
    pub(crate) fn compress(&self) {
        let mut files: Vec<&File> = self.0.values().filter(|file| compressible(&file.headers)).collect();
        files.sort_by_key(|file| file.plain.body().len());
        for file in files {
            file.packed.get_or_init(|| Precompressed::new(file.plain.body().clone(), &file.headers, Effort::Best));
        }
    }
}

impl File {
    fn respond(&self, method: &Method, asked: &HeaderMap) -> Response<Body> {
        self.packed.get().unwrap_or(&self.plain).respond(method, asked)
    }
}

/// Whether a page is a fitting answer: it is asked for, or anything is, as link checkers and `curl` do. A script that wants
/// data names its type and is told that there is none.
fn takes_page(asked: &HeaderMap) -> bool {
    let Some(accept) = asked.get(header::ACCEPT) else { return true };
    accept.to_str().is_ok_and(|accept| {
        accept.contains("text/html")
            || accept.split(',').all(|kind| kind.split(';').next().unwrap_or("").trim() == "*/*")
    })
}

fn headers(path: &str, bytes: &[u8], shield: &Shield) -> HeaderMap {
    let kind = content_type(path);
    let mut headers = HeaderMap::new();
    if kind.starts_with("text/html") {
        headers.insert(header::CONTENT_SECURITY_POLICY, page_policy(&String::from_utf8_lossy(bytes)));
    } else if kind.contains("javascript") {
        let policy = if path.starts_with(WORKERS) { COMPUTING_POLICY } else { WORKER_POLICY };
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    }
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_str(&kind).unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    let caching = if path.starts_with("/_app/immutable/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    shield.cover(&mut headers);
    headers
}

fn content_type(path: &str) -> String {
    if path.ends_with(".webmanifest") {
        return "application/manifest+json".into();
    }
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let text = kind.type_() == "text" || matches!(kind.subtype().as_str(), "javascript" | "json");
    if text { format!("{kind}; charset=utf-8") } else { kind.to_string() }
}

fn compressible(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    kind.starts_with("text/") || ["javascript", "json", "svg", "wasm", "xml"].iter().any(|part| kind.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn app() -> Wardrobe {
        let files = [
            ("index.html", "<script>go()</script>"),
            ("200.html", "<p>shell"),
            ("about.html", "<p>about"),
            ("_app/immutable/a.1.js", "let a=1;"),
            ("_app/immutable/workers/camera.1.js", "look()"),
            ("service-worker.js", "sw"),
            ("app.webmanifest", "{}"),
        ];
        Wardrobe::new(Assets::new(files), &Shield::new(&Settings::default()))
    }

    #[test]
    fn only_scripts_that_are_workers_alone_may_compute() {
        let app = app();
        let cases = [
            ("/_app/immutable/workers/camera.1.js", true),
            ("/_app/immutable/a.1.js", false),
            ("/service-worker.js", false),
            ("/", false),
        ];
        for (path, may) in cases {
            let answer = app.exact(&Method::GET, path, &HeaderMap::new()).unwrap();
            let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert_eq!(policy.contains("'wasm-unsafe-eval'"), may, "{path}: {policy}");
            assert!(!policy.contains(" 'unsafe-eval'"), "{path}: {policy}");
        }
    }

    #[test]
    fn hashed_names_are_kept_for_ever_and_pages_are_asked_for_again() {
        let app = app();
        for (path, caching) in [
            ("/_app/immutable/a.1.js", "public, max-age=31536000, immutable"),
            ("/", "no-cache"),
            ("/service-worker.js", "no-cache"),
        ] {
            let answer = app.exact(&Method::GET, path, &HeaderMap::new()).unwrap();
            assert_eq!(answer.headers()[header::CACHE_CONTROL], caching, "{path}");
        }
        assert!(app.exact(&Method::POST, "/", &HeaderMap::new()).is_none());
    }

    #[test]
    fn screens_open_but_api_paths_do_not() {
        let app = app();
        let page = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("text/html,*/*"))]);
        let length = |path: &str, asked: &HeaderMap| {
            app.screen(&Method::GET, path, asked)
                .map(|answer| answer.headers()[header::CONTENT_LENGTH].to_str().unwrap().to_owned())
        };
        assert_eq!(length("/map", &page).as_deref(), Some("8"), "the shell");
        assert_eq!(length("/about", &page).as_deref(), Some("8"), "a prerendered page");
        assert_eq!(length("/api/none", &page), None);
        assert_eq!(length("/public/none.json", &page), None);
        for anything in ["*/*", "*/*;q=0.8"] {
            let asked = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(anything))]);
            assert!(length("/map", &asked).is_some(), "{anything}");
            assert_eq!(length("/api/none", &asked), None);
        }
        assert!(length("/map", &HeaderMap::new()).is_some());
        for data in ["application/json", "application/json, */*;q=0.1", "image/avif,*/*"] {
            let asked = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(data))]);
            assert_eq!(length("/map", &asked), None, "{data}");
        }
    }

    #[test]
    fn types_are_said_with_their_charset() {
        for (path, kind) in [
            ("/a.js", "text/javascript; charset=utf-8"),
            ("/a.css", "text/css; charset=utf-8"),
            ("/a.webmanifest", "application/manifest+json"),
            ("/a.woff2", "font/woff2"),
            ("/a", "application/octet-stream"),
        ] {
            assert_eq!(content_type(path), kind);
        }
    }
}
