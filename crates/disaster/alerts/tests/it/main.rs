//! The room in a world of its own: telegrams in, documents and journal out, staff at work.
#![expect(clippy::unwrap_used, reason = "a test may panic, and so may what it shares with others")]

extern crate mamori_alerts as alerts;

mod fixtures;
mod orders;
mod real;
mod telegrams;

use http::Duty;
use kernel::AreaCode;
use testkit::World;

/// A world with feeds and alerts, its documents written once.
async fn world() -> World {
    let world = World::builder()
        .schemas(&[feeds::SCHEMA, alerts::SCHEMA])
        .routes(alerts::routes())
        .extra(alerts::pages())
        .reaction("alerts", |app| async move { alerts::catch_up(&app).await })
        .build()
        .await;
    alerts::prepare(world.app()).await.unwrap();
    world.settle().await;
    world
}

/// Somebody of 八戸市 with the duty for evacuation orders.
async fn officer(world: &World) -> testkit::Caller {
    world.staff(&[(Duty::EvacuationOrders, AreaCode::municipality("02203"))]).await
}

#[tokio::test]
async fn the_room_keeps_the_rules_of_every_room() {
    let world = world().await;
    let kinds: Vec<&str> = alerts::KINDS.iter().map(|(kind, _)| *kind).collect();
    let (schema, statements) = (alerts::SCHEMA, alerts::STATEMENTS);
    testkit::keeps_the_rules(&world, testkit::Room { schema, statements, kinds: &kinds }).await;
}

#[tokio::test]
async fn an_empty_world_says_what_it_knows_and_no_more() {
    let world = world().await;
    for name in ["alerts/prefecture", "alerts/02203", "quakes/latest", "tsunami", "timeline"] {
        for name in [name.to_owned(), format!("drill/{name}")] {
            let document = world.document(&name).await;
            assert!(document["known_since"].is_string(), "{name}");
            assert!(!document.to_string().contains("異常なし"), "{name}");
        }
    }
    let prefecture = world.document("alerts/prefecture").await;
    assert_eq!(prefecture["municipalities"].as_array().unwrap().len(), 40);
    assert!(prefecture["headline"]["ja"].as_str().unwrap().starts_with("青森県に関する電文をまだ受信していません"));
    for language in ["ja", "easy", "en"] {
        assert_eq!(world.document("alerts/02203").await["headline"][language], prefecture["headline"][language]);
    }
    // Nothing changes by looking again.
    let version = world.app().hot.version();
    world.clock().advance(std::time::Duration::from_mins(10));
    alerts::tick(world.app()).await.unwrap();
    world.settle().await;
    assert_eq!(world.app().hot.version(), version);
}

#[tokio::test]
async fn the_light_pages_are_small_and_need_no_script() {
    use std::io::Write as _;
    let world = world().await;
    telegrams::a_bad_night(&world).await;
    for path in ["/lite", "/lite?lang=easy", "/lite?lang=en", "/lite/02203", "/lite/02203?lang=en&drill=1"] {
        let reply = world.anonymous().get(path).await;
        assert_eq!(reply.status, 200, "{path}");
        let html = String::from_utf8(reply.body.clone()).unwrap();
        assert!(!html.contains("<script"), "{path}");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&reply.body).unwrap();
        let size = gzip.finish().unwrap().len();
        assert!(size <= 14 * 1024, "{path}: {size} bytes");
        assert!(reply.headers["content-security-policy"].to_str().unwrap().contains("'sha256-"), "{path}");
    }
    let html = String::from_utf8(world.anonymous().get("/lite/02203").await.body).unwrap();
    assert!(
        html.contains("レベル４土砂災害危険警報") && html.contains("情報源の受信が遅れているか止まっています"),
        "{html}"
    );
    assert_eq!(world.anonymous().get("/lite/13101").await.status, 404);
}
