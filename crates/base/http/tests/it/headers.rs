//! Every answer there is, one by one: the headers that protect people are on all of them.

use axum::http::Method;
use mamori_http::Settings;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn every_answer_carries_the_protecting_headers() {
    let world = World::with(Settings { public_url: "https://mamori.example.jp".into(), ..Settings::default() }).await;
    world.publish("alerts/prefecture", json!({"level": 1})).await;
    let api = world.get("/openapi.json", &[]).await.json();
    let mut asked: Vec<(Method, String)> = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            asked.push((
                method,
                path.replace("{document}", "alerts/prefecture.json").replace("{id}", "1").replace("{area}", "02203"),
            ));
        }
    }
    let more = [
        "/",
        "/_app/immutable/a.b1c2.js",
        "/service-worker.js",
        "/manifest.webmanifest",
        "/map",
        "/none",
        "/metrics",
        "/openapi.json",
    ];
    asked.extend(more.map(|path| (Method::GET, path.to_owned())));
    asked.push((Method::HEAD, "/public/alerts/prefecture.json".into()));
    asked.push((Method::TRACE, "/api/test/echo".into()));
    assert!(asked.len() > 18);
    for (method, path) in asked {
        if path == "/stream" {
            continue; // It does not end: looked at in `stream`.
        }
        let headers = [("accept", "text/html"), ("sec-fetch-site", "same-origin")];
        let answer = world.send(method.clone(), &path, &headers, "").await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{method} {path}: {policy}"
        );
        for weak in ["unsafe-inline", "unsafe-eval", "http:", "https:", " *"] {
            assert!(!policy.contains(weak), "{path}: {policy}");
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{method} {path}");
        assert!(answer.headers.get("server").is_none() && answer.headers.get("x-powered-by").is_none(), "{path}");
        if path.starts_with("/public/") {
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            continue;
        }
        assert_eq!(answer.header("access-control-allow-origin"), "", "{method} {path}");
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000; includeSubDomains"),
        ] {
            assert_eq!(answer.header(name), value, "{method} {path}");
        }
        assert!(
            answer.header("permissions-policy").starts_with("geolocation=(self), camera=(self)"),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn pages_may_run_their_own_inline_script_by_its_hash() {
    let world = World::new().await;
    let home = world.get("/", &[]).await;
    let policy = home.header("content-security-policy");
    assert!(policy.contains("script-src 'self' 'sha256-"), "{policy}");
    assert_eq!(home.header("cache-control"), "no-cache");
    let shell = world.get("/map/02203", &[("accept", "text/html")]).await;
    assert!(String::from_utf8_lossy(&shell.bytes).contains("shell"));
    let script = world.get("/_app/immutable/a.b1c2.js", &[]).await;
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
    let again = world.get("/_app/immutable/a.b1c2.js", &[("if-none-match", script.header("etag"))]).await;
    assert_eq!(again.status.as_u16(), 304);
}
