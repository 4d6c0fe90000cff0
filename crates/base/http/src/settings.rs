//! Settings of the web server, the `[http]` part of `mamori.toml`. Every field has a default that suits a laptop.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

/// How the server listens and what it bears (サーバー設定).
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen on.
    pub bind: String,
    /// Threads that read requests and answer what lies ready; 0 is one for each processor.
    pub doors: usize,
    /// Addresses of our own proxies: never made to wait, never counted as one client.
    pub proxies: Vec<IpAddr>,
    /// The address people type. `https://…` turns on HSTS and `Secure` cookies.
    pub public_url: String,
    /// PEM of a certificate with its chain; with [`Settings::tls_key`], a TLS listener stands beside the plain one.
    pub tls_cert: Option<PathBuf>,
    /// PEM of its private key.
    pub tls_key: Option<PathBuf>,
    /// Address and port of the TLS listener.
    pub tls_bind: String,
    /// When set, `/metrics` answers only to `Authorization: Bearer <token>`; otherwise only to this machine itself.
    pub metrics_token: Option<Secret>,
    /// Folder into which the public documents are also written, for a CDN.
    pub export: Option<PathBuf>,
    /// What is cut off, and when.
    pub limits: Limits,
    /// How much of each class runs at a time.
    pub classes: Classes,
    /// The live stream.
    pub stream: StreamSettings,
}

/// Bounds on what one client can take (制限値).
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Open connections; above it new ones get a 503 and are closed.
    pub connections: usize,
    /// Open connections of one address (IPv6: of one /64); generous, because carriers put many people behind one.
    pub connections_per_address: usize,
    /// Bytes of a request body, unless a route says otherwise with [`crate::body_limit`].
    pub body_bytes: usize,
    /// Bytes of request bodies held at a time, in each admission class.
    pub held_bytes: usize,
    /// Seconds of grace for a request body; it must then have come with 16 KiB/s or more.
    pub body_seconds: u32,
    /// Seconds a client may take to send the head of a request.
    pub head_seconds: u32,
    /// Seconds a connection may stay without any traffic.
    pub idle_seconds: u32,
    /// Seconds a client may refuse to take what we send.
    pub stall_seconds: u32,
    /// Milliseconds, at most, that a connection is not read after a public request on it was turned away.
    pub refusal_pause_ms: u64,
    /// Seconds a request may wait and run after its body has come.
    pub request_seconds: u32,
    /// Seconds that running requests get to finish when the server stops.
    pub stop_seconds: u32,
}

/// Budgets of the three admission classes (受付区分ごとの上限).
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Classes {
    /// Writes on which lives may depend.
    pub life_safety: Budget,
    /// Work of signed-in staff.
    pub staff: Budget,
    /// Everything else.
    pub public: Budget,
}

/// How many requests of a class run and wait (同時実行数と待ち行列).
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Run at the same time.
    pub running: usize,
    /// Wait for a turn; one more is answered 503 at once.
    pub waiting: usize,
}

/// The live stream (ライブ配信).
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamSettings {
    /// Open streams; above it clients are told to poll.
    pub clients: usize,
    /// Open streams of one address (IPv6: of one /64).
    pub clients_per_address: usize,
    /// Seconds between signs of life.
    pub heartbeat_seconds: u32,
    /// The earliest reconnection a client is told, in milliseconds.
    pub retry_min_ms: u64,
    /// The latest reconnection a client is told, in milliseconds.
    pub retry_max_ms: u64,
}

/// A value that never appears in a log (秘密の値).
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Settings {
    /// Whether people reach us over TLS.
    pub fn https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// `host[:port]` of the public address.
    pub fn public_host(&self) -> &str {
        let rest = self.public_url.split_once("://").map_or(self.public_url.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest)
    }

    /// How many doors there are.
    pub(crate) fn door_count(&self) -> usize {
        match self.doors {
            // Elsewhere the kernel does not spread connections over several sockets.
            0 if cfg!(target_os = "linux") => std::thread::available_parallelism().map_or(1, usize::from),
            0 => 1,
            some => some.min(64),
        }
    }

    pub(crate) fn request_time(&self) -> Duration {
        Duration::from_secs(u64::from(self.limits.request_seconds))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bind: "127.0.0.1:8080".into(),
            doors: 0,
            proxies: Vec::new(),
            public_url: "http://localhost:8080".into(),
            tls_cert: None,
            tls_key: None,
            tls_bind: "0.0.0.0:8443".into(),
            metrics_token: None,
            export: None,
            limits: Limits::default(),
            classes: Classes::default(),
            stream: StreamSettings::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            connections_per_address: 4_000,
            body_bytes: 256 * 1024,
            held_bytes: 128 * 1024 * 1024,
            body_seconds: 10,
            head_seconds: 10,
            idle_seconds: 60,
            stall_seconds: 20,
            refusal_pause_ms: 250,
            request_seconds: 60,
            stop_seconds: 10,
        }
    }
}

impl Default for Classes {
    fn default() -> Self {
        Self {
            life_safety: Budget { running: 256, waiting: 4096 },
            staff: Budget { running: 64, waiting: 512 },
            public: Budget { running: 16, waiting: 80 },
        }
    }
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self {
            clients: 10_000,
            clients_per_address: 2_000,
            heartbeat_seconds: 15,
            retry_min_ms: 2_000,
            retry_max_ms: 12_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_host_is_taken_from_the_address() {
        let cases = [
            ("http://localhost:8080", "localhost:8080"),
            ("https://mamori.example.jp/", "mamori.example.jp"),
            ("kit.local", "kit.local"),
        ];
        for (url, host) in cases {
            assert_eq!(Settings { public_url: url.into(), ..Settings::default() }.public_host(), host);
        }
    }

    #[test]
    fn a_secret_is_not_printed() {
        let settings = Settings { metrics_token: Some(Secret::new("open sesame")), ..Settings::default() };
        assert!(!format!("{settings:?}").contains("sesame"));
    }
}
