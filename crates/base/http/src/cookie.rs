//! Cookies of our own (クッキー): one name per purpose, `__Host-` wherever the browser allows it.
//!
//! Over https, and on `http://localhost` and `http://127.0.0.1` (which Chromium and Firefox trust like https), the cookie is
//! `__Host-mamori-<purpose>` and `Secure`. A shelter kit reached over plain http in the LAN cannot have that: there the name
//! goes without the prefix. The two never mix, because the name is looked up the same way as it is set.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::settings::Settings;

/// The value of our cookie for `purpose`, e.g. `session`.
pub fn read<'a>(headers: &'a HeaderMap, settings: &Settings, purpose: &str) -> Option<&'a str> {
    let wanted = name(headers, settings, purpose);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(wanted.as_str())?.strip_prefix('='))
}

/// The `Set-Cookie` that keeps `value` for `seconds`. The value must be of cookie characters (a token in base64url is).
pub fn set(headers: &HeaderMap, settings: &Settings, purpose: &str, value: &str, seconds: u64) -> Option<HeaderValue> {
    let name = name(headers, settings, purpose);
    let secure = if name.starts_with("__Host-") { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")).ok()
}

/// The `Set-Cookie` that takes it back.
pub fn clear(headers: &HeaderMap, settings: &Settings, purpose: &str) -> Option<HeaderValue> {
    set(headers, settings, purpose, "", 0)
}

fn name(headers: &HeaderMap, settings: &Settings, purpose: &str) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_else(|| settings.public_host());
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let trusted = settings.https() || matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    format!("{}mamori-{purpose}", if trusted { "__Host-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(host: &'static str, cookie: &'static str) -> HeaderMap {
        HeaderMap::from_iter([
            (header::HOST, HeaderValue::from_static(host)),
            (header::COOKIE, HeaderValue::from_static(cookie)),
        ])
    }

    #[test]
    fn the_prefix_is_used_wherever_it_works() {
        let plain = Settings::default();
        let tls = Settings { public_url: "https://mamori.example.jp".into(), ..Settings::default() };
        let cases = [
            (&plain, "localhost:8080", true),
            (&plain, "127.0.0.1:8080", true),
            (&plain, "192.168.1.5:8080", false),
            (&tls, "mamori.example.jp", true),
            (&tls, "10.0.0.1", true),
        ];
        for (settings, host, prefixed) in cases {
            let line = set(&asked(host, ""), settings, "session", "abc", 60).unwrap();
            let line = line.to_str().unwrap();
            assert_eq!(line.starts_with("__Host-mamori-session=abc;"), prefixed, "{line}");
            assert_eq!(line.contains("Secure"), prefixed, "{line}");
            assert!(line.contains("HttpOnly; SameSite=Strict"), "{line}");
        }
    }

    #[test]
    fn a_cookie_of_another_name_is_not_ours() {
        let settings = Settings::default();
        let read = |cookie| read(&asked("localhost", cookie), &settings, "session").map(str::to_owned);
        assert_eq!(read("a=1; __Host-mamori-session=xyz; b=2").as_deref(), Some("xyz"));
        assert_eq!(read("mamori-session=forged"), None);
        assert_eq!(read("__Host-mamori-session2=xyz"), None);
        assert_eq!(read(""), None);
    }
}
