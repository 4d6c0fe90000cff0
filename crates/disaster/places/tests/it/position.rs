//! A place without coordinates is put on the map by hand, and stays there.

use places::Kind;
use serde_json::json;

use crate::{clerk, lists, world};

#[tokio::test]
async fn a_place_is_put_on_the_map_and_stays() {
    let world = world().await;
    lists::both(&world).await;
    let clerk = clerk(&world).await;
    let unplaced = clerk.get("/api/places/unplaced").await.ok().json();
    assert_eq!(unplaced["items"].as_array().unwrap().len(), 1, "{unplaced:#}");
    assert_eq!(
        (&unplaced["items"][0]["name"], &unplaced["items"][0]["located"]),
        (&json!("旭ヶ丘会館"), &json!("none"))
    );
    let path = format!("/api/places/{}/position", unplaced["items"][0]["id"].as_str().unwrap());
    let at = |number: u32, lat: f64| json!({ "command": format!("019b0a3e-5c40-7d2a-9b1e-{number:012}"), "lat": lat, "lon": 141.53 });
    assert_eq!(clerk.post(&path, &at(1, 4.05)).await.status, 422);
    for _ in 0..2 {
        let placed = clerk.post(&path, &at(2, 40.49)).await.ok().json();
        assert_eq!((&placed["lat"], &placed["located"]), (&json!(40.49), &json!("by_hand")));
    }
    world.settle().await;
    assert_eq!(clerk.get("/api/places/unplaced").await.json()["items"], json!([]));
    lists::take(&world, "hinanjo.csv", Kind::Shelter, &lists::SHELTERS.replace("120", "130")).await;
    let document = world.document("places/02203").await;
    let hall =
        document["facilities"].as_array().unwrap().iter().find(|facility| facility["name"] == "旭ヶ丘会館").unwrap();
    assert_eq!((&hall["lat"], &hall["located"]), (&json!(40.49), &json!("by_hand")));
    assert_eq!(world.journal_kinds().await.iter().filter(|kind| *kind == "places.positioned").count(), 1);
}

#[tokio::test]
async fn a_place_on_no_list_is_entered_once() {
    let world = world().await;
    let app = world.app();
    let new = places::Adhoc {
        id: app.ids.next(),
        municipality: "02203".to_owned(),
        name: "町内会館".to_owned(),
        address: None,
        point: kernel::Point::new(40.5, 141.5),
        capacity: Some(30),
    };
    for _ in 0..2 {
        let mut tx = app.store.write().await.unwrap();
        places::adhoc(&mut tx, &app.ids, new.clone(), app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
    let document = world.document("places/02203").await;
    assert_eq!(document["facilities"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&document["facilities"][0]["kinds"], &document["facilities"][0]["label"]),
        (&json!(["other"]), &json!("指定外の避難所"))
    );
    assert_eq!(document["sources"][0]["key"], "02203/adhoc");
    let mut conn = app.store.read().await.unwrap();
    assert_eq!(places::facilities(&mut conn, "02203").await.unwrap().len(), 1);
    assert!(places::facility(&mut conn, new.id.cast()).await.unwrap().is_some());
}
