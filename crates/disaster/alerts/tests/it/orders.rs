//! Two people, one order.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{officer, world};

fn id(n: u128) -> String {
    Uuid::from_u128(0x0193_9b1e_0000_7000_8000_0000_0000_0000 + n).to_string()
}

fn proposal(n: u128, mode: &str, level: u8) -> Value {
    json!({ "id": id(n), "mode": mode, "municipality": "02203", "level": level, "districts": ["市川地区"], "reason": "津波警報の発表" })
}

fn release(n: u128, mode: &str, level: u8) -> Value {
    json!({ "command": id(n), "restated": { "mode": mode, "municipality": "02203", "level": level } })
}

#[tokio::test]
async fn an_order_needs_two_people_and_is_corrected_by_one() {
    let world = world().await;
    let (first, second) = (officer(&world).await, officer(&world).await);
    let proposed = first.post("/api/alerts/orders", &proposal(1, "live", 4)).await;
    assert_eq!(proposed.status, 200, "{proposed}");
    assert!(proposed.json()["prompt"]["ja"].as_str().unwrap().starts_with("これは訓練ではありません。対象：八戸市"));
    // Sent again: the same proposal. Nothing is out yet.
    assert_eq!(first.post("/api/alerts/orders", &proposal(1, "live", 4)).await.status, 200);
    assert_eq!(world.document("alerts/02203").await["evacuation"], json!([]));

    let path = format!("/api/alerts/orders/{}", id(1));
    let alone = first.post(&format!("{path}/approve"), &release(2, "live", 4)).await;
    assert_eq!((alone.status, alone.json()["code"].as_str()), (409, Some("second-person-needed")));
    let wrong = second.post(&format!("{path}/approve"), &release(3, "drill", 4)).await;
    assert_eq!((wrong.status, wrong.json()["code"].as_str()), (409, Some("restatement-differs")));
    for _ in 0..2 {
        assert_eq!(second.post(&format!("{path}/approve"), &release(4, "live", 4)).await.status, 200);
    }
    let page = world.document("alerts/02203").await;
    assert_eq!(page["evacuation"][0]["name"]["ja"], "警戒レベル４ 避難指示");
    assert_eq!(page["headline"]["ja"], "市川地区に警戒レベル４ 避難指示が発令されています。");
    // The agency's level stays its own.
    assert!(page["level"].is_null());
    assert_eq!(world.document("alerts/prefecture").await["headline"]["ja"], "1市町村で避難情報が発令されています。");

    let mut corrected = proposal(1, "live", 4);
    corrected["command"] = json!(id(5));
    corrected["districts"] = json!(["市川地区", "根城地区"]);
    let wider = first.post(&format!("{path}/correct"), &corrected).await;
    assert_eq!((wider.status, wider.json()["code"].as_str()), (409, Some("new-order-needed")));
    corrected["districts"] = json!(["市川地区"]);
    corrected["reason"] = json!("大津波警報の発表");
    assert_eq!(first.post(&format!("{path}/correct"), &corrected).await.status, 200);
    assert_eq!(world.document("alerts/02203").await["evacuation"][0]["reason"], "大津波警報の発表");
    assert_eq!(first.post(&format!("{path}/withdraw"), &json!({ "command": id(6) })).await.status, 200);
    assert_eq!(world.document("alerts/02203").await["evacuation"], json!([]));
    let kinds = world.journal_kinds().await;
    let steps: Vec<&str> = kinds.iter().map(String::as_str).filter(|k| k.starts_with("alerts.order_")).collect();
    assert_eq!(
        steps,
        ["alerts.order_proposed", "alerts.order_approved", "alerts.order_corrected", "alerts.order_withdrawn"]
    );
    world.settle().await;
}

#[tokio::test]
async fn an_order_for_one_district_hides_no_tsunami_warning() {
    use crate::fixtures::{arrive, tsunami};
    let world = world().await;
    let coast = tsunami("2025-12-08T23:17:00+09:00", "通常", "51", "津波警報");
    arrive(&world, &coast, "20251208141700_0_VTSE41_010000.xml").await;
    let (first, second) = (officer(&world).await, officer(&world).await);
    for (order, command, level, headline, prefecture) in [
        (1, 2, 3, "津波警報が", "青森県太平洋沿岸に津波警報が発表されています。1市町村で避難情報が"),
        (
            3,
            4,
            4,
            "市川地区に警戒レベル４ 避難指示が",
            "1市町村で避難情報が発令されています。青森県太平洋沿岸に津波警報が",
        ),
    ] {
        first.post("/api/alerts/orders", &proposal(order, "live", level)).await;
        let path = format!("/api/alerts/orders/{}/approve", id(order));
        assert_eq!(second.post(&path, &release(command, "live", level)).await.status, 200);
        let page = world.document("alerts/02203").await;
        assert!(page["headline"]["ja"].as_str().unwrap().starts_with(headline), "{}", page["headline"]);
        // Whichever leads, the other is there.
        assert_eq!(
            (page["tsunami"][0]["rank"].as_u64(), page["evacuation"][0]["level"].as_u64()),
            (Some(4), Some(level.into()))
        );
        let whole = world.document("alerts/prefecture").await;
        assert!(whole["headline"]["ja"].as_str().unwrap().starts_with(prefecture), "{}", whole["headline"]);
        let brief = whole["municipalities"].as_array().unwrap().iter().find(|m| m["code"] == "02203").unwrap();
        let top = if level == 3 { "津波警報" } else { "警戒レベル４ 避難指示（市川地区）" };
        assert_eq!(brief["top"]["ja"], top);
    }
    world.settle().await;
}

#[tokio::test]
async fn a_drill_order_stays_in_the_drill() {
    let world = world().await;
    let (first, second) = (officer(&world).await, officer(&world).await);
    first.post("/api/alerts/orders", &proposal(1, "drill", 5)).await;
    let path = format!("/api/alerts/orders/{}/approve", id(1));
    assert_eq!(second.post(&path, &release(2, "drill", 5)).await.status, 200);
    assert_eq!(world.document("alerts/02203").await["evacuation"], json!([]));
    let order = &world.document("drill/alerts/02203").await["evacuation"][0];
    assert_eq!(order["name"]["ja"], "【訓練】警戒レベル５ 緊急安全確保");
    assert!(order["reason"].as_str().unwrap().starts_with("【訓練】"));
    world.settle().await;
}

#[tokio::test]
async fn a_proposal_lapses_and_a_new_level_replaces_the_old() {
    let world = world().await;
    let early = officer(&world).await;
    early.post("/api/alerts/orders", &proposal(1, "live", 3)).await;
    world.clock().advance(Duration::from_mins(31));
    // Their sessions have been idle too long by then.
    let (first, second) = (officer(&world).await, officer(&world).await);
    let late = second.post(&format!("/api/alerts/orders/{}/approve", id(1)), &release(2, "live", 3)).await;
    assert_eq!((late.status, late.json()["code"].as_str()), (409, Some("proposal-lapsed")));
    alerts::tick(world.app()).await.unwrap();
    assert_eq!(first.get("/api/alerts/orders").await.json()[0]["status"], "expired");

    for (order, command, level) in [(3, 4, 3), (5, 6, 4)] {
        first.post("/api/alerts/orders", &proposal(order, "live", level)).await;
        let path = format!("/api/alerts/orders/{}/approve", id(order));
        assert_eq!(second.post(&path, &release(command, "live", level)).await.status, 200);
    }
    let page = world.document("alerts/02203").await;
    assert_eq!((page["evacuation"].as_array().unwrap().len(), page["evacuation"][0]["level"].as_u64()), (1, Some(4)));
    world.settle().await;
}

#[tokio::test]
async fn staff_enter_the_municipalities_of_the_advisory() {
    use http::Duty;
    let world = world().await;
    let prefecture = world.staff(&[(Duty::EvacuationOrders, kernel::areas::PREFECTURE)]).await;
    let before = prefecture.get("/api/alerts/advisory/targets").await.json();
    assert_eq!((before["designated"].as_bool(), before["municipalities"].as_array().unwrap().len()), (Some(false), 40));
    let wanted = json!({ "command": id(1), "municipalities": ["02203", "02207"] });
    for _ in 0..2 {
        assert_eq!(prefecture.put("/api/alerts/advisory/targets", &wanted).await.json()["designated"], true);
    }
    let nonsense = json!({ "command": id(2), "municipalities": ["13101"] });
    assert_eq!(prefecture.put("/api/alerts/advisory/targets", &nonsense).await.status, 422);
    world.settle().await;
}
