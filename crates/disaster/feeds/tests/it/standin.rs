//! A stand-in of the JMA feed server: real Atom over real HTTP, with every way a server can misbehave.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use kernel::Timestamp;

/// How one address answers.
#[derive(Clone)]
pub(crate) enum Behaviour {
    /// A body with an ETag made of it; 304 when the client has it already.
    Ok(Vec<u8>),
    /// 304, whatever was asked.
    NotModified,
    Status(u16),
    /// 503 with Retry-After.
    Busy(u64),
    /// A body that never ends, a byte at a time.
    Slow,
    /// Answers something else entirely.
    Garbage(&'static str),
    Redirect(&'static str),
}

#[derive(Default)]
struct Inner {
    files: HashMap<String, Behaviour>,
    asked: Vec<(String, Option<String>)>,
}

/// The server; clones share it.
#[derive(Clone)]
pub(crate) struct Jma {
    inner: Arc<Mutex<Inner>>,
    address: String,
}

impl Jma {
    pub(crate) async fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/{*path}", routing::get(answer)).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let jma = Self { inner, address };
        for stem in ["regular", "extra", "eqvol", "other"] {
            jma.set(&format!("feed/{stem}_l.xml"), Behaviour::Status(404));
            jma.set(&format!("feed/{stem}.xml"), Behaviour::Status(404));
        }
        jma
    }

    pub(crate) fn base(&self) -> String {
        format!("{}/developer/xml/", self.address)
    }

    /// Address of a telegram.
    pub(crate) fn url(&self, file: &str) -> String {
        format!("{}data/{file}", self.base())
    }

    /// How a file below the base answers from now on.
    pub(crate) fn set(&self, path: &str, behaviour: Behaviour) {
        self.inner.lock().unwrap().files.insert(format!("developer/xml/{path}"), behaviour);
    }

    /// Publishes a feed of these telegrams, each (file, updated), in the given order.
    pub(crate) fn feed(&self, stem: &str, entries: &[(String, Timestamp)]) {
        self.set(&format!("feed/{stem}.xml"), Behaviour::Ok(self.atom(entries)));
    }

    pub(crate) fn atom(&self, entries: &[(String, Timestamp)]) -> Vec<u8> {
        let mut body = String::from(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" lang=\"ja\">\
             <title>高頻度（地震火山）</title><subtitle>JMAXML publishing feed</subtitle>\
             <updated>2025-12-08T23:16:00+09:00</updated><id>urn:x</id>\
             <link rel=\"hub\" href=\"http://alert-hub.appspot.com/\"/>",
        );
        for (file, updated) in entries {
            let url = if file.contains("://") { file.clone() } else { self.url(file) };
            write!(
                body,
                "<entry><title>震度速報</title><id>{url}</id><updated>{}</updated><author><name>気象庁</name></author>\
                 <link type=\"application/xml\" href=\"{url}\"/><content type=\"text\">【震度速報】</content></entry>",
                updated.utc().format("%Y-%m-%dT%H:%M:%SZ")
            )
            .unwrap();
        }
        (body + "</feed>").into_bytes()
    }

    /// Puts a telegram where an entry points.
    pub(crate) fn telegram(&self, file: &str, text: impl Into<Vec<u8>>) {
        self.set(&format!("data/{file}"), Behaviour::Ok(text.into()));
    }

    /// Paths asked for since the last call, with the ETag that was sent.
    pub(crate) fn asked(&self) -> Vec<(String, Option<String>)> {
        let asked = std::mem::take(&mut self.inner.lock().unwrap().asked);
        asked.into_iter().map(|(path, tag)| (path.replace("developer/xml/", ""), tag)).collect()
    }

    pub(crate) fn asked_paths(&self) -> Vec<String> {
        self.asked().into_iter().map(|(path, _)| path).collect()
    }
}

async fn answer(State(inner): State<Arc<Mutex<Inner>>>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    let tag = headers.get(header::IF_NONE_MATCH).map(|value| value.to_str().unwrap().to_owned());
    let behaviour = {
        let mut inner = inner.lock().unwrap();
        inner.asked.push((path.clone(), tag.clone()));
        inner.files.get(&path).cloned()
    };
    match behaviour {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(Behaviour::Ok(body)) => {
            let etag = format!("W/\"{:x}-{}\"", body.len(), body.iter().map(|b| u64::from(*b)).sum::<u64>());
            if tag.as_deref() == Some(etag.as_str()) {
                return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
            }
            let headers = [
                (header::ETAG, etag),
                (header::LAST_MODIFIED, "Mon, 08 Dec 2025 14:16:00 GMT".to_owned()),
                (header::CONTENT_TYPE, "application/xml".to_owned()),
                (header::CACHE_CONTROL, "max-age=60".to_owned()),
                (header::CONTENT_ENCODING, "gzip".to_owned()),
            ];
            (headers, crate::telegrams::gzip(&String::from_utf8(body).unwrap())).into_response()
        }
        Some(Behaviour::NotModified) => StatusCode::NOT_MODIFIED.into_response(),
        Some(Behaviour::Status(code)) => StatusCode::from_u16(code).unwrap().into_response(),
        Some(Behaviour::Busy(seconds)) => {
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, seconds.to_string())]).into_response()
        }
        Some(Behaviour::Slow) => {
            let drops = futures_util::stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                Some((Ok::<_, std::convert::Infallible>("<"), ()))
            });
            axum::body::Body::from_stream(drops).into_response()
        }
        Some(Behaviour::Garbage(text)) => text.into_response(),
        Some(Behaviour::Redirect(to)) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
    }
}
