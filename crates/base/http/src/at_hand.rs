//! What a room has at hand besides the public documents (手元の応答): packed bytes, or the word that there are none, under a path
//! of its own. They are answered at the door, before admission, like the documents: nothing is asked of anybody.

use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use bytes::Bytes;

use crate::app::App;
use crate::body::Body;
use crate::precompressed::{Ready, head, holds, takes_gzip};

/// Finds what lies ready under a path; `None` sends the request the long way, to the room's own route.
pub type AtHand = fn(&App, &str) -> Option<Packed>;

/// What the answers of one kind have in common (共通の頭), made once.
#[derive(Debug)]
pub struct Common {
    ok: HeaderMap,
    /// Of an answer without a body.
    bare: HeaderMap,
    /// The answer with a body up to its tag, as HTTP/1.1 writes it.
    head: Vec<u8>,
}

/// Bytes packed with gzip under a strong tag, or nothing (圧縮済みの断片).
#[derive(Debug)]
pub struct Packed {
    common: &'static Common,
    content: Option<(String, Bytes)>,
}

impl Common {
    /// `headers` go on every answer (type, caching, …).
    pub fn new(headers: &HeaderMap) -> Self {
        let mut bare = headers.clone();
        bare.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let mut ok = bare.clone();
        bare.remove(header::CONTENT_TYPE);
        ok.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let head = head(StatusCode::OK, &ok);
        Self { ok, bare, head }
    }
}

impl Packed {
    /// `gzip` under the strong tag `tag`, quotes included.
    pub fn new(common: &'static Common, tag: String, gzip: Bytes) -> Self {
        Self { common, content: Some((tag, gzip)) }
    }

    /// There is nothing under this path, and that is the answer: 204.
    pub fn nothing(common: &'static Common) -> Self {
        Self { common, content: None }
    }

    /// The answer to a GET or HEAD; `None` when the caller does not take gzip.
    pub fn respond(&self, method: &Method, asked: &HeaderMap) -> Option<Response<Body>> {
        let mut response = Response::new(Body::empty());
        let Some((tag, gzip)) = &self.content else {
            *response.status_mut() = StatusCode::NO_CONTENT;
            *response.headers_mut() = self.common.bare.clone();
            return Some(response);
        };
        let said = asked.get_all(header::ACCEPT_ENCODING).iter().map(|value| value.to_str().unwrap_or(""));
        if !takes_gzip(said) {
            return None;
        }
        let same = asked.get(header::IF_NONE_MATCH).is_some_and(|list| holds(list, tag));
        if same {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.headers_mut() = self.common.bare.clone();
        } else {
            *response.headers_mut() = self.common.ok.clone();
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(gzip.len()));
            if method != Method::HEAD {
                *response.body_mut() = Body::from(gzip.clone());
            }
        }
        if let Ok(tag) = HeaderValue::from_str(tag) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        Some(response)
    }

    /// The answer to a GET as bytes; see [`Packed::respond`].
    pub(crate) fn ready(&self, accept_encoding: &str, if_none_match: Option<&[u8]>) -> Option<Ready<'static>> {
        let Some((tag, gzip)) = &self.content else {
            return Some(Ready::Made(head(StatusCode::NO_CONTENT, &self.common.bare), Bytes::new()));
        };
        if !takes_gzip([accept_encoding].into_iter()) {
            return None;
        }
        let list = if_none_match.and_then(|list| HeaderValue::from_bytes(list).ok());
        let same = list.is_some_and(|list| holds(&list, tag));
        let (mut written, body) = if same {
            (head(StatusCode::NOT_MODIFIED, &self.common.bare), Bytes::new())
        } else {
            let mut written = Vec::with_capacity(self.common.head.len() + 128);
            written.extend_from_slice(&self.common.head);
            written.extend_from_slice(format!("content-length: {}\r\n", gzip.len()).as_bytes());
            (written, gzip.clone())
        };
        for part in ["etag: ", tag, "\r\n"] {
            written.extend_from_slice(part.as_bytes());
        }
        Some(Ready::Made(written, body))
    }
}
