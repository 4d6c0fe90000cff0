//! One signed request after the other, over whatever carries them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use futures_util::future::BoxFuture;
use http::App;
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::books::Upstream;
use super::timekeeping::Told;
use crate::kits::RequestKey;
use crate::sync::Epoch;

/// A request as it goes out (送る要求).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub path: &'static str,
    pub authorization: String,
    pub body: Vec<u8>,
}

/// What came back (返事).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

/// What carries requests: a network connection, or a test's.
pub type Sender = Box<dyn Fn(Request) -> BoxFuture<'static, anyhow::Result<Reply>> + Send + Sync>;

/// A kit's line to its centre (中央への回線).
pub struct Link {
    pub(super) key: RequestKey,
    send: Sender,
    /// Up to this position everything has a receipt of this life of the centre.
    floor: Mutex<(Option<Epoch>, i64)>,
    /// What was written of the time in this running of the program.
    pub(super) told: Mutex<Told>,
}

/// Why a round ended early (中断の理由).
#[derive(Debug, thiserror::Error)]
pub enum Cut {
    /// No line, or it broke; the next round goes on.
    #[error("the line to the centre is cut")]
    Line(#[source] anyhow::Error),
    /// The centre took this kit's word away.
    #[error("this kit was revoked")]
    Revoked,
    /// The centre refused for another reason; its code.
    #[error("the centre refused: {0}")]
    Refused(String),
    /// This kit's own database failed.
    #[error(transparent)]
    Own(#[from] anyhow::Error),
}

impl Link {
    pub fn new(key: RequestKey, send: Sender) -> Self {
        Self { key, send, floor: Mutex::new((None, 0)), told: Mutex::default() }
    }

    /// From where on there may be events without a receipt of this life of the centre.
    pub(super) fn floor(&self, centre: Option<Epoch>) -> i64 {
        let (epoch, position) = *self.floor.lock();
        if epoch == centre { position } else { 0 }
    }

    pub(super) fn set_floor(&self, centre: Option<Epoch>, position: i64) {
        *self.floor.lock() = (centre, position);
    }

    /// Asks; when the centre's clock is another, asks once more in its time.
    pub(super) async fn ask<A: Serialize, B: DeserializeOwned>(
        &self,
        app: &App,
        books: &mut Upstream,
        path: &'static str,
        asked: &A,
    ) -> Result<B, Cut> {
        let body = serde_json::to_vec(asked).map_err(anyhow::Error::from)?;
        for _ in 0..2 {
            let reply = self.send(app, books, path, body.clone()).await?;
            if reply.status == 200 {
                return serde_json::from_slice(&reply.body).map_err(|error| Cut::Line(error.into()));
            }
            let problem: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            let code = problem["code"].as_str().unwrap_or_default();
            let clock =
                problem["field"].as_str().and_then(|field| field.strip_prefix("clock_ms:")?.parse::<i64>().ok());
            match (code, clock) {
                ("other-time", Some(clock_ms)) => books.offset_ms = clock_ms - app.clock.now().millis(),
                ("kit-revoked", _) => return Err(Cut::Revoked),
                // A full server, a gateway on the way: the line is no good just now.
                _ if reply.status >= 500 || code.is_empty() => {
                    return Err(Cut::Line(anyhow::anyhow!("{path} answered {}", reply.status)));
                }
                _ => return Err(Cut::Refused(code.to_owned())),
            }
        }
        Err(Cut::Line(anyhow::anyhow!("the centre's clock does not stand still")))
    }

    async fn send(&self, app: &App, books: &Upstream, path: &'static str, body: Vec<u8>) -> Result<Reply, Cut> {
        let mut nonce = [0; 16];
        app.ids.fill(&mut nonce);
        let time_ms = app.clock.now().millis().saturating_add(books.offset_ms);
        let signed = self.key.authorization(books.kit, path, &body, time_ms, &B64.encode(nonce));
        let authorization = signed.ok_or_else(|| anyhow::anyhow!("the kit's key does not sign"))?;
        (self.send)(Request { path, authorization, body }).await.map_err(Cut::Line)
    }
}
