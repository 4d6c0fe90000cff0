//! From bytes to documents.

use serde_json::Value;
use testkit::World;

use crate::fixtures::{arrive, landslide, quake, tsunami};
use crate::world;

const LANDSLIDE: &str = "20251208141600_0_VPWW56_020000.xml";
const COAST: &str = "20251208141700_0_VTSE41_010000.xml";
const QUAKE: &str = "20251208142000_0_VXSE53_010000.xml";
const NAME4: &str = "レベル４土砂災害危険警報";

/// Earthquake, tsunami and landslide at once.
pub(crate) async fn a_bad_night(world: &World) {
    arrive(world, &quake("2025-12-08T23:20:00+09:00", "通常"), QUAKE).await;
    arrive(world, &tsunami("2025-12-08T23:17:00+09:00", "通常", "51", "津波警報"), COAST).await;
    arrive(world, &landslide("2025-12-08T23:16:00+09:00", "通常", "49", NAME4), LANDSLIDE).await;
}

async fn of(world: &World, kind: &str) -> usize {
    world.journal_kinds().await.iter().filter(|k| *k == kind).count()
}

#[tokio::test]
async fn a_telegram_becomes_the_page_of_its_place() {
    let world = world().await;
    a_bad_night(&world).await;
    let page = world.document("alerts/02203").await;
    assert_eq!((page["level"].as_u64(), page["rank"].as_u64()), (Some(4), Some(4)));
    assert_eq!(page["headline"]["ja"], "津波警報が発表されています。");
    assert_eq!(page["hazards"][0]["name"]["ja"], NAME4);
    assert_eq!(page["hazards"][0]["source"]["type"], "VPWW56");
    assert_eq!(page["quake"]["intensity"], "6+");
    assert_eq!(page["tsunami"][0]["height"]["text"], "巨大");
    assert!(page["tsunami"][0]["height"]["metres"].is_null());
    // T8: no level of the agency makes an order.
    assert_eq!(page["evacuation"].as_array().map(Vec::len), Some(0));

    let nanbu = world.document("alerts/02445").await;
    assert_eq!((nanbu["quake"]["intensity"].is_null(), nanbu["quake"]["pending"].as_bool()), (true, Some(true)));
    let inland = world.document("alerts/02204").await;
    assert_eq!((inland["rank"].as_u64(), inland["tsunami"].as_array().map(Vec::len)), (Some(0), Some(0)));

    let prefecture = world.document("alerts/prefecture").await;
    let hachinohe =
        prefecture["municipalities"].as_array().unwrap().iter().find(|m| m["code"] == "02203").unwrap().clone();
    assert_eq!((hachinohe["intensity"].as_str(), hachinohe["level"].as_u64()), (Some("6+"), Some(4)));
    let quakes = world.document("quakes/latest").await;
    assert_eq!(quakes["quakes"][0]["epicentre"]["name"], "青森県東方沖");
    assert_eq!(quakes["quakes"][0]["prefecture_max"], "6+");
    assert!(quakes["quakes"][0]["tsunami"]["ja"].as_str().unwrap().contains("発表中"));
    let sea = world.document("tsunami").await;
    assert_eq!((sea["in_force"].as_bool(), sea["zones"][0]["grade"].as_str()), (Some(true), Some("warning")));
    assert_eq!(sea["headline"]["en"], "Tsunami warning: Pacific coast of Aomori Pref.");
    assert_eq!(sea["zones"][0]["height"]["label"]["en"], "Huge");
    let title = &quakes["quakes"][0]["title"]["en"];
    assert_eq!(title, "Earthquake: Off the east coast of Aomori Pref. M7.5 — maximum intensity 6 upper");
    assert_eq!(world.document("timeline").await["entries"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_repeat_is_no_news_and_no_new_version() {
    let world = world().await;
    arrive(&world, &landslide("2025-12-08T23:16:00+09:00", "通常", "49", NAME4), LANDSLIDE).await;
    let (version, raised) = (world.app().hot.version(), of(&world, "alerts.raised").await);
    // A telegram dated ahead of its reception would count as of now.
    world.clock().advance(std::time::Duration::from_hours(2));
    arrive(&world, &landslide("2025-12-09T00:12:00+09:00", "通常", "49", NAME4), LANDSLIDE).await;
    // An older one that comes late changes nothing either.
    arrive(&world, &landslide("2025-12-08T22:00:00+09:00", "通常", "", ""), LANDSLIDE).await;
    assert_eq!((world.app().hot.version(), of(&world, "alerts.raised").await), (version, raised));
    assert_eq!((raised, of(&world, "alerts.lifted").await), (1, 0));
    // What touches one municipality republishes its page, the prefecture and the timeline.
    arrive(&world, &landslide("2025-12-09T01:00:00+09:00", "通常", "09", "レベル３土砂災害警報"), LANDSLIDE).await;
    assert_eq!(of(&world, "alerts.lowered").await, 1);
    let changed = world.app().hot.all().into_iter().filter(|d| d.version > version).map(|d| d.name.clone());
    let changed: Vec<String> = changed.collect();
    assert_eq!(changed.len(), 3, "{changed:?}");
}

#[tokio::test]
async fn a_training_telegram_never_touches_a_live_page() {
    let world = world().await;
    let before = live_documents(&world).await;
    arrive(&world, &landslide("2025-12-08T23:16:00+09:00", "訓練", "49", NAME4), LANDSLIDE).await;
    arrive(&world, &tsunami("2025-12-08T23:17:00+09:00", "試験", "52", "大津波警報"), COAST).await;
    arrive(&world, &quake("2025-12-08T23:20:00+09:00", "訓練"), QUAKE).await;
    assert_eq!(live_documents(&world).await, before);
    let page = world.document("drill/alerts/02203").await;
    assert_eq!(page["level"], 4);
    every_text_is_marked(&page);
    every_text_is_marked(&world.document("drill/alerts/prefecture").await);
    every_text_is_marked(&world.document("drill/timeline").await);
    every_text_is_marked(&world.document("drill/quakes/latest").await);
    every_text_is_marked(&world.document("drill/tsunami").await);
}

async fn live_documents(world: &World) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for document in world.app().hot.all() {
        if !document.name.starts_with("drill/") {
            all.push((document.name.clone(), world.document(&document.name).await));
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn every_text_is_marked(value: &Value) {
    match value {
        Value::Object(fields) if fields.contains_key("easy") => {
            for language in ["ja", "easy", "en"] {
                assert!(fields[language].as_str().unwrap().starts_with("【訓練】"), "{value}");
            }
        }
        Value::Object(fields) => fields.values().for_each(every_text_is_marked),
        Value::Array(items) => items.iter().for_each(every_text_is_marked),
        _ => {}
    }
}
