//! Callers: browsers and programs that ask a [`super::World`], each with its own cookie.

use std::fmt;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::Site;
use http_body_util::BodyExt as _;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

/// Somebody who asks (呼び出す人). A clone goes its own way from there, with the cookie it had.
pub struct Caller {
    site: Site,
    cookie: Mutex<Option<String>>,
    account: Option<Uuid>,
    device: Option<Uuid>,
    headers: Vec<(&'static str, String)>,
    fetch_site: &'static str,
}

/// What came back (応答). As text: the status, and the body, JSON laid out.
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Caller {
    pub(super) fn new(site: Site) -> Self {
        Self {
            site,
            cookie: Mutex::new(None),
            account: None,
            device: None,
            headers: Vec::new(),
            fetch_site: "same-origin",
        }
    }

    pub(super) fn known_as(mut self, account: Uuid) -> Self {
        self.account = Some(account);
        self
    }

    /// The staff account, for a caller of [`super::World::staff`].
    pub fn account(&self) -> Option<Uuid> {
        self.account
    }

    /// The device account, for a caller of [`super::World::device`].
    pub fn device(&self) -> Option<Uuid> {
        self.device
    }

    /// The same caller, sending one more header with everything.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same browser, but the request is started by a page of somebody else.
    #[must_use]
    pub fn from_another_site(&self) -> Self {
        Self { fetch_site: "cross-site", ..self.clone() }
    }

    /// `name=value` of the session's cookie.
    pub fn cookie(&self) -> Option<String> {
        self.cookie.lock().clone()
    }

    pub(super) fn set_cookie(&self, cookie: Option<String>) {
        *self.cookie.lock() = cookie;
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None, Vec::new()).await
    }

    pub async fn post(&self, path: &str, body: &impl Serialize) -> Reply {
        self.send_json(Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: &impl Serialize) -> Reply {
        self.send_json(Method::PUT, path, body).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None, Vec::new()).await
    }

    /// Posts bytes as they are, for uploads.
    pub async fn post_bytes(&self, path: &str, media_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        self.send(Method::POST, path, Some(media_type), body.into()).await
    }

    /// Sends JSON with any method.
    pub async fn send_json(&self, method: Method, path: &str, body: &impl Serialize) -> Reply {
        let bytes = serde_json::to_vec(body).expect("JSON");
        self.send(method, path, Some("application/json"), bytes).await
    }

    /// Sends anything.
    pub async fn send(&self, method: Method, path: &str, media_type: Option<&str>, body: Vec<u8>) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header("sec-fetch-site", self.fetch_site);
        if let Some(media_type) = media_type {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        if let Some(cookie) = self.cookie() {
            request = request.header(header::COOKIE, cookie);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let request = request.body(Body::from(body)).expect("a request");
        let Ok(response) = self.site.clone().oneshot(request).await;
        let (head, body) = response.into_parts();
        self.keep_cookies(&head.headers);
        let body = body.collect().await.expect("a whole body").to_bytes().to_vec();
        Reply { status: head.status.as_u16(), headers: head.headers, body }
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            let pair = line.split(';').next().unwrap_or_default();
            let gone = line.contains("Max-Age=0") || pair.ends_with('=');
            self.set_cookie((!gone).then(|| pair.to_owned()));
        }
    }
}

impl Clone for Caller {
    fn clone(&self) -> Self {
        Self {
            site: self.site.clone(),
            cookie: Mutex::new(self.cookie()),
            account: self.account,
            device: self.device,
            headers: self.headers.clone(),
            fetch_site: self.fetch_site,
        }
    }
}

impl Reply {
    /// The body as JSON; anything else fails the test and shows what came.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {self}"))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Fails the test unless the answer is a success.
    #[must_use]
    pub fn ok(self) -> Self {
        assert!((200..300).contains(&self.status), "{self}");
        self
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(mut value) => {
                // It differs with every request.
                if let Some(object) = value.as_object_mut() {
                    object.shift_remove("request_id");
                }
                write!(f, "\n{value:#}")
            }
            Err(_) if self.body.is_empty() => Ok(()),
            Err(_) => write!(f, "\n{}", self.text()),
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Registers a device with a key made from `number` and opens a session, as the web app does.
pub(super) async fn device(mut caller: Caller, number: u64) -> Caller {
    let mut scalar = [1; 32];
    scalar[24..].copy_from_slice(&number.to_be_bytes());
    let key = SigningKey::from_slice(&scalar).expect("a scalar");
    let public = B64.encode(key.verifying_key().to_sec1_point(false).as_bytes());
    let registered = caller.post("/api/identity/devices", &json!({ "key": public })).await.ok();
    let nonce = caller.post("/api/identity/devices/nonce", &json!({})).await.ok().json();
    let message = nonce["message"].as_str().expect("a message");
    let signature: Signature = key.sign(message.as_bytes());
    let proof = json!({
        "challenge": nonce["challenge"], "key": public, "signature": B64.encode(signature.to_bytes())
    });
    let _opened = caller.post("/api/identity/devices/session", &proof).await.ok();
    caller.device = registered.json()["device"].as_str().and_then(|id| id.parse().ok());
    caller
}
