//! Settings of sign-in, the `[identity]` part of `mamori.toml`.

use std::sync::Arc;
use std::time::Duration;

use http::App;
use serde::Deserialize;

use crate::model::Limits;
use crate::passkeys::Ceremonies;

/// How people sign in (サインインの設定).
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Minutes without a request after which a member of staff signs in again; more than 15 counts as 15.
    pub idle_minutes: u32,
    /// Hours after which a member of staff signs in again in any case; more than 12 counts as 12.
    pub absolute_hours: u32,
    /// The domain that passkeys belong to, when it is not the host of `[http] public_url`. Changing it voids every passkey.
    pub passkey_domain: Option<String>,
    /// A proxy of ours stands in front: the caller's address is the last one of `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// The name of the site as the browser shows it with a passkey.
    pub site_name: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            idle_minutes: 15,
            absolute_hours: 12,
            passkey_domain: None,
            behind_proxy: false,
            site_name: "まもり".to_owned(),
        }
    }
}

impl Settings {
    /// The limits of staff sessions.
    pub fn limits(&self) -> Limits {
        Limits::capped(
            Duration::from_secs(u64::from(self.idle_minutes) * 60),
            Duration::from_secs(u64::from(self.absolute_hours) * 3600),
        )
    }

    pub(crate) fn of(app: &App) -> Arc<Self> {
        app.extension::<Self>().unwrap_or_default()
    }

    /// The passkey ceremonies of this site.
    pub(crate) fn ceremonies(&self, app: &App) -> anyhow::Result<Ceremonies> {
        let host = app.settings.public_host();
        let domain = host.rsplit_once(':').map_or(host, |(name, _)| name);
        Ceremonies::new(self.passkey_domain.as_deref().unwrap_or(domain), &origin(app), &self.site_name)
    }
}

/// The site's origin, e.g. `https://mamori.example.jp`.
pub(crate) fn origin(app: &App) -> String {
    let scheme = if app.settings.https() { "https" } else { "http" };
    format!("{scheme}://{}", app.settings.public_host())
}
