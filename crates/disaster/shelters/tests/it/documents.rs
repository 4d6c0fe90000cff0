//! What everybody sees.

use std::time::Duration;

use serde_json::json;

use crate::support::{add, clerk, declare, id, set, shown, world};

#[tokio::test]
async fn every_page_finds_its_document_before_anything_happened() {
    let world = world().await;
    for prefix in ["", "drill/"] {
        let prefecture = world.document(&format!("{prefix}shelters/prefecture")).await;
        assert_eq!(prefecture["municipalities"].as_array().unwrap().len(), 40);
        assert_eq!((&prefecture["disaster"], &prefecture["persons"]), (&json!(null), &json!(null)));
        assert!(prefecture["as_of"].is_string());
        for town in kernel::areas::municipalities() {
            let document = world.document(&format!("{prefix}shelters/{}", town.jis5)).await;
            assert_eq!(document["openings"], json!([]));
        }
    }
    let version = world.app().hot.version();
    world.clock().advance(Duration::from_hours(1));
    shelters::prepare(world.app()).await.unwrap();
    world.settle().await;
    assert_eq!(world.app().hot.version(), version, "looking again is no change");
}

#[tokio::test]
async fn a_full_shelter_follows_the_place_it_sends_people_to() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    let _ = declare(&clerk, 1, "live", &["02203"]).await.ok();
    for n in 2..=4 {
        let _ = add(&clerk, n, 1, &format!("第{n}集会所"), 40.5, 141.4).await.ok();
        let _ = set(&clerk, 10 + n, 1, n, "open", None).await.ok();
    }
    let _ = set(&clerk, 20, 1, 2, "full", Some(3)).await.ok();
    assert_eq!(shown(&world, "shelters/02203", 2).await.unwrap()["instead"]["facility"], id(3));
    // The other one fills up as well and sends people on.
    let _ = set(&clerk, 21, 1, 3, "full", Some(4)).await.ok();
    assert_eq!(shown(&world, "shelters/02203", 2).await.unwrap()["instead"]["facility"], id(4));
    let _ = set(&clerk, 22, 1, 4, "closing", None).await.ok();
    assert_eq!(shown(&world, "shelters/02203", 2).await.unwrap()["instead"], json!(null));
    world.settle().await;
}

#[tokio::test]
async fn the_nearest_open_shelter_is_found_without_the_database() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    let _ = declare(&clerk, 1, "live", &["02203"]).await.ok();
    for (n, lat) in [(2, 40.50), (3, 40.51), (4, 40.52)] {
        let _ = add(&clerk, n, 1, &format!("第{n}集会所"), lat, 141.45).await.ok();
        let _ = set(&clerk, 10 + n, 1, n, "open", None).await.ok();
    }
    let _ = set(&clerk, 20, 1, 2, "full", Some(3)).await.ok();
    shelters::nearest::rebuild(world.app()).await.unwrap();
    let anyone = world.anonymous();
    let near = anyone.get("/api/shelters/nearest?lat=40.5&lon=141.45&limit=5").await.ok().json();
    let order: Vec<_> = near["shelters"].as_array().unwrap().iter().map(|one| one["facility"].clone()).collect();
    assert_eq!(order, [id(3), id(4), id(2)], "the full one comes last although it is here");
    assert_eq!((&near["shelters"][0]["distance_m"], &near["shelters"][2]["state"]), (&json!(1112), &json!("full")));
    // Nobody knows what an ad-hoc place withstands.
    let dry = anyone.get("/api/shelters/nearest?lat=40.5&lon=141.45&hazard=tsunami").await.ok().json();
    assert_eq!(dry["shelters"], json!([]));
    world.settle().await;
}
