//! A push service on this machine: it takes messages over HTTP, answers as its address says, and opens what it took with the
//! browser's key.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use parking_lot::Mutex;
use serde_json::{Value, json};

const AUTH: [u8; 16] = [9; 16];

/// A message as it came.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) name: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// The push service.
#[derive(Clone)]
pub(crate) struct Sink {
    address: String,
    taken: Arc<Mutex<Vec<Taken>>>,
    key: Arc<PrivateKey>,
}

const HOOK_SECRET: &str = "the secret of a webhook";

impl Taken {
    /// Whether a webhook's message is signed as the reference of the settings says.
    pub(crate) fn is_signed(&self) -> bool {
        let header = |name: &str| self.headers[name].to_str().unwrap();
        let signed = [header("mamori-time").as_bytes(), b".", &self.body].concat();
        header("mamori-signature") == format!("sha256={}", kernel::hex(&mac(HOOK_SECRET.as_bytes(), &signed)))
    }
}

impl Sink {
    /// This service as a webhook.
    pub(crate) fn webhook(&self, name: &str) -> notices::Webhook {
        let url = format!("{}/ok/{name}", self.address);
        notices::Webhook { name: name.into(), url, secret: HOOK_SECRET.into(), drills: false }
    }

    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let key = Arc::new(PrivateKey::generate(&ECDH_P256).unwrap());
        let sink = Self { address, taken: Arc::default(), key };
        let routes = axum::Router::new().route("/{sort}/{name}", post(take)).with_state(sink.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        sink
    }

    /// What a browser of this service says of itself; `sort` is how the service will answer.
    pub(crate) fn push(&self, sort: &str, name: &str, key: &str) -> Value {
        json!({
            "endpoint": format!("{}/{sort}/{name}", self.address),
            "p256dh": B64.encode(self.key.compute_public_key().unwrap().as_ref()), "auth": B64.encode(AUTH), "key": key,
        })
    }

    /// What came for a device so far, opened.
    pub(crate) fn messages(&self, name: &str) -> Vec<Value> {
        let taken = self.taken.lock();
        taken.iter().filter(|taken| taken.name == name).map(|taken| self.opened(&taken.body)).collect()
    }

    pub(crate) fn raw(&self, name: &str) -> Vec<Taken> {
        self.taken.lock().iter().filter(|taken| taken.name == name).cloned().collect()
    }

    /// RFC 8188 and 8291 from the other side.
    fn opened(&self, body: &[u8]) -> Value {
        let (salt, rest) = body.split_at(16);
        assert_eq!(rest[..5], [0, 0, 16, 0, 65], "one record of 4096 with a key of 65 bytes");
        let (theirs, sealed) = rest[5..].split_at(65);
        let ours = self.key.compute_public_key().unwrap();
        let input = agree(&self.key, UnparsedPublicKey::new(&ECDH_P256, theirs), (), |secret| {
            let info = [b"WebPush: info\0".as_slice(), ours.as_ref(), theirs, &[1]].concat();
            Ok(mac(&mac(&AUTH, secret), &info))
        })
        .unwrap();
        let base = mac(salt, &input);
        let key = mac(&base, b"Content-Encoding: aes128gcm\0\x01");
        let nonce = mac(&base, b"Content-Encoding: nonce\0\x01");
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key[..16]).unwrap());
        let mut text = sealed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(&nonce[..12]).unwrap();
        let plain = key.open_in_place(nonce, Aad::empty(), &mut text).unwrap();
        let (last, plain) = plain.split_last().unwrap();
        assert_eq!(*last, 2, "the delimiter of the last record");
        serde_json::from_slice(plain).unwrap()
    }
}

async fn take(
    State(sink): State<Sink>,
    Path((sort, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> axum::response::Response {
    let before = sink.raw(&name).len();
    sink.taken.lock().push(Taken { name, headers, body: body.to_vec() });
    match sort.as_str() {
        "gone" => StatusCode::GONE.into_response(),
        "broken" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "refusing" => StatusCode::FORBIDDEN.into_response(),
        "leading" => (StatusCode::FOUND, [("location", "/ok/elsewhere")]).into_response(),
        "busy" if before == 0 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")]).into_response(),
        "slowly-gone" => {
            tokio::time::sleep(Duration::from_secs(1)).await;
            StatusCode::GONE.into_response()
        }
        "hanging" => {
            tokio::time::sleep(Duration::from_mins(10)).await;
            StatusCode::CREATED.into_response()
        }
        _ => StatusCode::CREATED.into_response(),
    }
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(HMAC_SHA256, key), text).as_ref().to_vec()
}
