//! What everybody may see: documents, search, downloads.

use places::Kind;
use serde_json::json;

use crate::{lists, world};

#[tokio::test]
async fn an_empty_register_has_an_index_and_finds_nothing() {
    let world = world().await;
    let index = world.document("places/index").await;
    assert_eq!(index["municipalities"].as_array().unwrap().len(), 40);
    assert_eq!((&index["municipalities"][0]["published"], &index["totals"]), (&json!(false), &json!({})));
    let anyone = world.anonymous();
    assert_eq!(anyone.get("/api/places/search?q=学校").await.ok().json()["total"], 0);
    for (path, status) in [
        ("/api/places/search", 422),
        ("/api/places/search?q=a&near=x", 422),
        ("/api/places/search?q=a&kinds=castle", 422),
        ("/api/places/search?q=a&municipality=8", 422),
        ("/api/places/019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", 404),
        ("/api/places/export.csv?municipality=02203", 404),
        ("/api/places/areas?municipality=02203", 200),
        ("/api/places/areas?municipality=02203&kind=aed", 422),
    ] {
        assert_eq!(anyone.get(path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn what_is_imported_is_shown_found_and_downloaded() {
    let world = world().await;
    lists::both(&world).await;
    let index = world.document("places/index").await;
    let row = index["municipalities"].as_array().unwrap().iter().find(|row| row["code"] == "02203").unwrap();
    assert_eq!(
        row,
        &json!({
            "code": "02203", "name": "八戸市", "counts": { "emergency_site": 2, "shelter": 3 },
            "document": "places/02203", "published": true
        })
    );
    let document = world.document("places/02203").await;
    assert_eq!(document["facilities"].as_array().unwrap().len(), 5);
    assert_eq!(document["sources"][0]["licence"], "CC BY 4.0");

    let anyone = world.anonymous();
    let find = async |query: &str| {
        let found = anyone.get(&format!("/api/places/search?{query}")).await.ok().json();
        let names = found["facilities"].as_array().unwrap().iter();
        names.map(|facility| facility["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(find("q=これ").await, ["是川公民館"]);
    assert_eq!(find("q=長根&near=40.5130,141.5030").await, ["長根中学校", "長根小学校", "八戸市立長根小学校"]);
    assert_eq!(find("near=40.51,141.50&kinds=shelter&limit=1").await, ["八戸市立長根小学校"]);
    // Fresh after the next import, in the same process.
    lists::take(&world, "hinanjo.csv", Kind::Shelter, &lists::SHELTERS.replace("是川公民館", "南郷会館")).await;
    assert_eq!(find("q=南郷").await, ["南郷会館"]);
    let id = document["facilities"][0]["id"].as_str().unwrap();
    assert_eq!(anyone.get(&format!("/api/places/{id}")).await.ok().json()["notes"].as_array().unwrap().len(), 1);

    let standard = anyone.get("/api/places/export.csv?municipality=02203&kind=emergency_site&form=standard").await.ok();
    assert_eq!(standard.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(
        standard.header("link").unwrap().starts_with("<https://creativecommons.org/licenses/by/4.0/>; rel=\"license\"")
    );
    assert!(standard.header("content-disposition").unwrap().contains("02203_emergency_site_2025-05-27_CC-BY.csv"));
    assert_eq!(standard.text().lines().count(), 3);
    assert_eq!(standard.text().lines().next().unwrap().split(',').count(), 39);
    assert_eq!(anyone.get("/api/places/export.csv?kind=shelter&form=standard").await.status, 422);
    let shapes = anyone.get("/api/places/export.geojson?kind=shelter").await.ok().json();
    assert_eq!((shapes["features"].as_array().unwrap().len(), &shapes["licence"]), (3, &json!("CC BY 4.0")));
}

#[tokio::test]
async fn an_export_is_taken_in_again_as_it_went_out() {
    let world = world().await;
    lists::both(&world).await;
    let file =
        world.anonymous().get("/api/places/export.csv?municipality=02203&kind=emergency_site&form=standard").await;
    let other = crate::world().await;
    lists::take(&other, "export.csv", Kind::EmergencySite, &file.text()).await;
    let (before, after) = (world.document("places/02203").await, other.document("places/02203").await);
    let shown = |document: &serde_json::Value| {
        let sites = document["facilities"].as_array().unwrap().iter();
        let sites = sites.filter(|facility| facility["kinds"][0] == "emergency_site");
        sites.map(|site| json!([site["name"], site["lat"], site["lon"], site["address"]])).collect::<Vec<_>>()
    };
    assert_eq!(shown(&before), shown(&after));
}
