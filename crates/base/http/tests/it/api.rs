//! Requests to the rooms: refusals in words, forged requests, failures, figures.

use axum::http::{Method, StatusCode};
use mamori_http::settings::{Secret, Settings};
use serde_json::json;

use crate::world::{Answer, World};

#[tokio::test]
async fn refusals_name_the_place_in_the_language_of_the_caller() {
    let world = World::new().await;
    let refused = world.post("/api/test/echo", r#"{"name":"a","people":"many"}"#).await;
    assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "invalid"));
    assert_eq!(refused.json()["field"], "people");
    assert_eq!(refused.json()["request_id"], refused.header("x-request-id"));
    assert_eq!(refused.header("content-language"), "ja");

    let headers =
        [("content-type", "application/json"), ("sec-fetch-site", "none"), ("accept-language", "en-GB,ja;q=0.4")];
    let refused = world.send(Method::POST, "/api/test/echo", &headers, "{").await;
    assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (400, "json-syntax"));
    assert_eq!(refused.header("content-language"), "en");
    assert!(refused.json()["detail"].as_str().unwrap().starts_with("This is not JSON at line 1"));
}

/// Method, path, headers, body; status and code.
type Case<'a> = (Method, &'a str, &'a [(&'a str, &'a str)], &'a str, u16, &'a str);

#[tokio::test]
async fn every_way_to_be_wrong_is_a_problem() {
    let world = World::new().await;
    let ours = ("sec-fetch-site", "same-origin");
    let json = ("content-type", "application/json");
    let large = format!("{{\"name\":\"{}\",\"people\":1}}", "x".repeat(300_000));
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let cases: [Case<'_>; 10] = [
        (Method::POST, "/api/test/echo", &[ours], "{}", 415, "not-json"),
        (Method::POST, "/api/test/echo", &[ours, json], &large, 413, "too-large"),
        (Method::POST, "/api/test/echo", &[ours, json], &deep, 400, "json-too-deep"),
        (Method::GET, "/api/test/items/7", &[], "", 400, "unreadable-path"),
        (Method::GET, "/api/test/list?limit=many", &[], "", 400, "unreadable-query"),
        (Method::GET, "/api/test/list?after=xyz", &[], "", 422, "invalid"),
        (Method::GET, "/api/test/fails", &[], "", 400, "unreadable-query"),
        (Method::GET, "/api/none", &[("accept", "text/html")], "", 404, "not-found"),
        (Method::GET, "/map", &[("accept", "application/json")], "", 404, "not-found"),
        (Method::DELETE, "/api/test/echo", &[ours], "", 405, "method-not-allowed"),
    ];
    for (method, path, headers, body, status, code) in cases {
        let refused = world.send(method, path, headers, body).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (status, code), "{path}");
    }
    assert_eq!(world.get("/api/test/list?limit=many", &[]).await.json()["field"], "limit");
    assert_eq!(world.get("/api/test/fails", &[]).await.json()["field"], "busy");
    assert_eq!(world.get("/api/test/items/7", &[]).await.json()["field"], "id");
    assert_eq!(world.send(Method::DELETE, "/api/test/echo", &[ours], "").await.header("allow"), "POST");
}

#[tokio::test]
async fn failures_are_ours_and_say_nothing_of_their_cause() {
    let world = World::new().await;
    let cases = [
        ("/api/test/broken", 500, "internal"),
        ("/api/test/fails?busy=false", 500, "internal"),
        ("/api/test/fails?busy=true", 503, "unavailable"),
    ];
    for (path, status, code) in cases {
        let failed = world.get(path, &[]).await;
        assert_eq!((failed.status.as_u16(), failed.problem().as_str()), (status, code), "{path}");
        let text = String::from_utf8_lossy(&failed.bytes);
        assert!(!text.contains("secret") && !text.contains("disk") && !text.contains("broken"), "{text}");
        assert_eq!(failed.headers.contains_key("retry-after"), status == 503);
    }
}

#[tokio::test]
async fn forged_requests_are_refused_before_anything_is_done() {
    let world = World::new().await;
    let body = r#"{"name":"a","people":1}"#;
    let json = ("content-type", "application/json");
    let send = async |headers: &[(&str, &str)]| world.send(Method::POST, "/api/test/echo", headers, body).await;
    for forged in
        [vec![json], vec![json, ("sec-fetch-site", "cross-site")], vec![json, ("origin", "https://evil.example")]]
    {
        let refused = send(&forged).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (403, "cross-site"), "{forged:?}");
    }
    let ours = [
        vec![json, ("sec-fetch-site", "same-origin")],
        vec![json, ("origin", "http://localhost:8080")],
        vec![json, ("authorization", "Bearer key")],
    ];
    for headers in ours {
        assert_eq!(send(&headers).await.status, StatusCode::OK, "{headers:?}");
    }
}

#[tokio::test]
async fn the_actor_comes_from_the_hook_and_duties_hold_for_their_area() {
    let world = World::new().await;
    let ask = async |path: &str, desk: bool| -> Answer {
        let headers: &[_] = if desk {
            &[("sec-fetch-site", "same-origin"), ("x-test-desk", "1")]
        } else {
            &[("sec-fetch-site", "same-origin")]
        };
        world.send(Method::POST, path, headers, "").await
    };
    let own = ask("/api/test/orders/02203", true).await;
    assert_eq!(own.bytes, b"staff:00000000-0000-0000-0000-000000000007");
    assert_eq!(ask("/api/test/orders/02201", true).await.problem(), "forbidden");
    assert_eq!(ask("/api/test/orders/02203", false).await.problem(), "unauthenticated");
}

#[tokio::test]
async fn rooms_find_their_own_state_and_lists_come_in_pages() {
    let world = World::new().await;
    let item = world.get("/api/test/items/00000000-0000-0000-0000-000000000001", &[]).await;
    assert_eq!(item.bytes, b"mamori 00000000-0000-0000-0000-000000000001");
    let first = world.get("/api/test/list", &[]).await.json();
    assert_eq!(first["items"].as_array().unwrap().len(), 50);
    let next = format!("/api/test/list?limit=200&after={}", first["next"].as_str().unwrap());
    let rest = world.get(&next, &[]).await.json();
    assert_eq!(
        (rest["items"].as_array().unwrap().len(), rest["items"][0].clone(), rest["next"].clone()),
        (70, json!(51), json!(null))
    );
}

#[tokio::test]
async fn figures_are_for_those_who_may_see_them() {
    let world = World::new().await;
    assert_eq!(world.get("/metrics", &[]).await.problem(), "not-found");
    let token = Some(Secret::new("open"));
    let world = World::with(Settings { metrics_token: token, ..Settings::default() }).await;
    assert_eq!(world.get("/metrics", &[("authorization", "Bearer wrong")]).await.problem(), "not-found");
    world.get("/api/test/list", &[]).await;
    let seen = world.get("/metrics", &[("authorization", "Bearer open")]).await;
    let text = String::from_utf8(seen.bytes).unwrap();
    assert!(text.contains("http_requests_total{") && text.contains("http_request_seconds_bucket{"), "{text}");
    assert!(text.contains("route=\"/api/test/list\""), "{text}");
}

#[tokio::test]
async fn the_description_is_whole() {
    let world = World::new().await;
    let api = world.get("/openapi.json", &[]).await.json();
    assert_eq!(api["openapi"], "3.1.0");
    assert_eq!(api["paths"]["/api/test/urgent"]["post"]["x-class"], "life-safety");
    let refusal =
        &api["paths"]["/api/test/echo"]["post"]["responses"]["default"]["content"]["application/problem+json"];
    assert_eq!(refusal["schema"]["$ref"], "#/components/schemas/Problem");
    assert!(api["components"]["schemas"]["Problem"]["properties"]["code"].is_object(), "{api}");
    for path in ["/public/{document}", "/stream", "/healthz", "/readyz"] {
        assert!(api["paths"][path]["get"]["operationId"].is_string(), "{path}");
    }
    assert_eq!(mamori_http::faults(&mamori_http::openapi([])), Vec::<String>::new());
}
