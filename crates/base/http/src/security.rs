//! Headers that keep browsers from being used against people (応答ヘッダーによる防御), and the defence against forged requests.
//!
//! **Invariant:** nothing is loaded from anybody else: no third-party script, font, style or frame.
//! **Invariant:** a request that changes something and comes from another site is refused before it is looked at.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::problem::Problem;
use crate::settings::Settings;

/// The policy of everything that is not a page.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const PERMISSIONS: &str = "geolocation=(self), camera=(self), microphone=(), payment=(), usb=(), serial=(), bluetooth=(), \
     browsing-topics=(), display-capture=(), publickey-credentials-get=(self), publickey-credentials-create=(self)";

/// The headers every answer carries unless it brings its own.
#[derive(Debug, Clone)]
pub(crate) struct Shield(Vec<(HeaderName, HeaderValue)>);

impl Shield {
    pub(crate) fn new(settings: &Settings) -> Self {
        let fixed = [
            (header::CONTENT_SECURITY_POLICY, NOTHING),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
            (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        ];
        let mut all: Vec<_> = fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
        if settings.https() {
            let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
            all.push((header::STRICT_TRANSPORT_SECURITY, year));
        }
        Self(all)
    }

    /// Adds what is missing.
    pub(crate) fn cover(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
}

/// The Content-Security-Policy of one HTML page: our own files, and the inline scripts and styles that stand in this page,
/// by their hashes. A handler that renders a page itself sets this header.
pub fn page_policy(html: &str) -> HeaderValue {
    let scripts = hashes(inline(html, "script"));
    let attributes = hashes(style_attributes(html));
    let mut styles = hashes(inline(html, "style"));
    if !attributes.is_empty() {
        styles.push_str(" 'unsafe-hashes'");
        styles.push_str(&attributes);
    }
    let policy = format!(
        "default-src 'none'; script-src 'self'{scripts}; style-src 'self'{styles}; img-src 'self' data: blob:; \
         font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(NOTHING))
}

/// Refuses a request that changes something unless it comes from our own pages, or carries a key of its own, which
/// another site cannot make a browser send.
pub(crate) fn refuse_forged(method: &Method, headers: &HeaderMap, settings: &Settings) -> Result<(), Problem> {
    if method.is_safe() || headers.contains_key(header::AUTHORIZATION) {
        return Ok(());
    }
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let ours = match site {
        Some(b"same-origin" | b"none") => true,
        Some(_) => false,
        None => from_our_origin(headers, settings),
    };
    if ours { Ok(()) } else { Err(forged()) }
}

/// For browsers without Sec-Fetch-Site: the Origin is the host that was asked, or our public address.
fn from_our_origin(headers: &HeaderMap, settings: &Settings) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some((_, origin)) = text(header::ORIGIN).and_then(|origin| origin.split_once("://")) else { return false };
    origin == settings.public_host() || text(header::HOST) == Some(origin)
}

fn forged() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "cross-site",
        "ほかのサイトからの操作は受け付けません。このサイトの画面から操作してください。",
        "Requests from other sites are not accepted. Use the pages of this site.",
    )
}

fn hashes<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts
        .flat_map(|text| [" 'sha256-".to_owned(), STANDARD.encode(Sha256::digest(text.as_bytes())), "'".to_owned()])
        .collect()
}

/// The text of every inline `<tag>` element: those without a `src`.
fn inline<'a>(html: &'a str, tag: &'static str) -> impl Iterator<Item = &'a str> {
    let (open, close) = (format!("<{tag}"), format!("</{tag}"));
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            let (_, from_tag) = rest.split_once(open.as_str())?;
            let (attributes, body) = from_tag.split_once('>')?;
            let (text, after) = body.split_once(close.as_str())?;
            rest = after;
            let word = attributes.is_empty() || attributes.starts_with(char::is_whitespace);
            if word && !attributes.contains("src=") && !text.is_empty() {
                return Some(text);
            }
        }
    })
}

fn style_attributes(html: &str) -> impl Iterator<Item = &str> {
    html.split(" style=\"").skip(1).filter_map(|rest| rest.split_once('"').map(|(style, _)| style))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_run_what_stands_in_it_and_nothing_else() {
        let html = r#"<html><head><script src="/a.js"></script><script>start()</script><style>p{}</style></head>
            <body style="margin: 0"><scripted>no</scripted></body></html>"#;
        let policy = page_policy(html);
        let policy = policy.to_str().unwrap();
        let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
        assert!(policy.contains(&format!("script-src 'self' {};", hash("start()"))), "{policy}");
        assert!(
            policy.contains(&format!("style-src 'self' {} 'unsafe-hashes' {};", hash("p{}"), hash("margin: 0"))),
            "{policy}"
        );
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("unsafe-eval") && !policy.contains("http"),
            "{policy}"
        );
    }

    #[test]
    fn forged_requests_are_told_from_our_own() {
        let cases: &[(&[(&str, &str)], bool)] = &[
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://mamori.example.jp")], false),
            (&[("origin", "https://mamori.example.jp")], true),
            (&[("origin", "http://192.168.1.5:8080"), ("host", "192.168.1.5:8080")], true),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "null"), ("host", "mamori.example.jp")], false),
            (&[("cookie", "__Host-mamori-session=x")], false),
            (&[], false),
            (&[("authorization", "Bearer k")], true),
        ];
        let settings = Settings { public_url: "https://mamori.example.jp".into(), ..Settings::default() };
        for (headers, ours) in cases {
            let map = headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect::<HeaderMap>();
            assert_eq!(refuse_forged(&Method::POST, &map, &settings).is_ok(), *ours, "{headers:?}");
            assert!(refuse_forged(&Method::GET, &map, &settings).is_ok());
        }
    }

    #[test]
    fn hsts_is_for_https_only() {
        let mut headers = HeaderMap::new();
        Shield::new(&Settings::default()).cover(&mut headers);
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        Shield::new(&Settings { public_url: "https://a.example".into(), ..Settings::default() }).cover(&mut headers);
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}
