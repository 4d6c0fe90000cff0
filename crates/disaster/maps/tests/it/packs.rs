//! Originals in, packs out: what is taken, what is refused, and that nothing changes without a reason.

use std::sync::Arc;

use kernel::Point;
use maps::archive::Archive;
use maps::mercator::{Spot, Tile};
use serde_json::json;

use super::{Maps, boundaries};

#[tokio::test]
async fn without_any_data_nothing_fails() {
    let maps = Maps::new().await;
    maps::prepare(maps.world.app()).await.unwrap();
    let document = maps.world.document("maps/packs").await;
    insta::assert_json_snapshot!(document, @r#"
    {
      "as_of": null,
      "reason": {
        "ja": "地図のデータがまだ取り込まれていません",
        "easy": "地図（ちず）の データは まだ ありません",
        "en": "No map data has been taken in yet"
      },
      "packs": [],
      "prefecture": null,
      "attribution": []
    }
    "#);
    assert_eq!(maps.build().await.packs, 0);
    assert_eq!(maps.world.anonymous().get("/maps/tiles/14/14597/6153.mvt").await.status, 204);
    assert_eq!(maps.world.journal_kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_folder_is_taken_and_what_is_refused_stops_nothing() {
    let maps = Maps::new().await;
    maps.file("N03-2022.geojson", boundaries());
    maps.file("towns/八戸市.json", r#"[{"town":"大字白銀町","koaza":"","lat":40.52,"lng":141.55}]"#);
    maps.file("bad/swapped.json", r#"[{"town":"a","lat":141.55,"lng":40.52}]"#);
    maps.file("bad/empty.osm.pbf", "");
    maps.file("readme.txt", "not a map");
    let imported = maps.import(&maps.inputs()).await;
    let names: Vec<_> = imported.taken.iter().map(|original| original.name.as_str()).collect();
    assert_eq!((names, imported.passed_over), (vec!["N03-2022.geojson", "八戸市.json"], 1));
    let refused: Vec<_> = imported.refused.iter().map(ToString::to_string).collect();
    insta::assert_debug_snapshot!(refused, @r#"
    [
        "empty.osm.pbf: ファイルが途中で切れています。もう一度入手してください / the file is cut off; fetch it again",
        "swapped.json (row 1): 緯度 141.55、経度 40.52 は日本の範囲（北緯20～46度、東経122～154.5度）の外です。緯度と経度が逆でないか確かめてください / latitude 141.55, longitude 40.52 lie outside Japan (20–46 N, 122–154.5 E); are they swapped?",
    ]
    "#);
    let again = maps.import(&maps.inputs()).await;
    assert_eq!((again.taken.len(), again.unchanged.len()), (0, 2));
    assert_eq!(maps.world.journal_kinds().await, ["maps.imported", "maps.imported"]);
}

#[tokio::test]
async fn every_municipality_has_a_pack_and_an_unchanged_one_keeps_its_name() {
    let maps = Maps::new().await;
    let path = maps.file("N03-2022.geojson", boundaries());
    maps.import(&path).await;
    let built = maps.build().await;
    assert_eq!((built.packs, built.changed), (40, 41));
    let first = maps.world.document("maps/packs").await;
    assert_eq!(first["reason"], json!(null));
    assert_eq!(first["attribution"][0]["as_of"], "2022");
    let pack = |document: &serde_json::Value, code: &str| {
        document["packs"].as_array().unwrap().iter().find(|pack| pack["code"] == code).cloned().unwrap()
    };
    assert_eq!(pack(&first, "02203")["name"], "八戸市");

    maps.world.clock().advance(std::time::Duration::from_hours(1));
    assert_eq!(maps.build().await.changed, 0);
    assert_eq!(maps.world.document("maps/packs").await, first);

    let towns = maps.file("八戸市.json", r#"[{"town":"白銀町","koaza":"","lat":40.52,"lng":141.55}]"#);
    maps.import(&towns).await;
    maps.build().await;
    let second = maps.world.document("maps/packs").await;
    let tiles = |document, code| pack(document, code)["files"][0]["sha256"].clone();
    assert_ne!(tiles(&second, "02203"), tiles(&first, "02203"));
    assert_ne!(second["prefecture"]["sha256"], first["prefecture"]["sha256"]);
    let before =
        maps.place.path().join("maps/files").join(format!("{}.pmtiles", tiles(&first, "02203").as_str().unwrap()));
    assert!(before.exists(), "phones may still be fetching the last one");

    maps.world.clock().advance(std::time::Duration::from_hours(1));
    assert!(maps::remove_basemap(maps.world.app(), "八戸市.json").await.unwrap());
    assert!(!maps::remove_basemap(maps.world.app(), "八戸市.json").await.unwrap());
    maps.build().await;
    let third = maps.world.document("maps/packs").await;
    assert_eq!(tiles(&third, "02203"), tiles(&first, "02203"), "the same data are the same bytes");
    let kinds = maps.world.journal_kinds().await;
    let expected = ["maps.imported", "maps.built", "maps.imported", "maps.built", "maps.removed", "maps.built"];
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn a_pack_holds_its_municipality_and_the_low_zooms_of_all() {
    let maps = Maps::new().await;
    let path = maps.file("N03-2022.geojson", boundaries());
    maps.import(&path).await;
    maps.build().await;
    let document = maps.world.document("maps/packs").await;
    let pack = document["packs"].as_array().unwrap().iter().find(|pack| pack["code"] == "02203").cloned().unwrap();
    let name = pack["files"][0]["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let archive = Archive::open(&maps.place.path().join("maps/files").join(name)).unwrap();
    let at = |z, lat, lon| Tile::at(z, Spot::of(Point { lat, lon }));
    assert!(archive.find(at(14, 40.5, 141.45)).is_some());
    assert!(archive.find(at(14, 40.5, 141.29)).is_some(), "a little beyond the border");
    assert!(archive.find(at(14, 40.5, 141.1)).is_none(), "but not all of the neighbour");
    assert!(archive.find(at(9, 40.5, 141.1)).is_some());
}

#[tokio::test]
async fn real_files_become_forty_packs() {
    let Some(data) = testkit::data_dir() else { return testkit::skip("no data") };
    let maps = Maps::new().await;
    for path in [
        "aomori/boundaries/aomori_N03_2022_full.geojson.gz",
        "aomori/address/geolonia-ja/八戸市.json",
        "osm/japan_osm_motorway.geojson.gz",
        "aomori/gtfs",
    ] {
        let imported = maps.import(&data.join(path)).await;
        assert!(!imported.taken.is_empty(), "{path}: {:?}", imported.refused);
    }
    let told = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let tell: maps::Teller = Arc::new(move |_| {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    });
    let built = maps::build_all(maps.world.app(), tell).await.unwrap();
    assert_eq!(built.packs, 40);
    assert!(built.median_bytes <= 5 << 20, "{built:?}");
    assert!(told.load(std::sync::atomic::Ordering::Relaxed) > 40);
}

#[tokio::test]
async fn the_map_is_written_as_plain_files() {
    let maps = Maps::new().await;
    let path = maps.file("N03-2022.geojson", boundaries());
    maps.import(&path).await;
    maps.build().await;
    let exported = maps.place.path().join("cdn");
    assert!(maps::export(maps.world.app(), &exported).await.unwrap() > 1_000);
    let tile = Tile::at(14, Spot::of(Point { lat: 40.5, lon: 141.45 }));
    let file = exported.join(format!("maps/tiles/14/{}/{}.mvt", tile.x, tile.y));
    assert!(
        mvt_reader::Reader::new(std::fs::read(file).unwrap())
            .unwrap()
            .get_layer_names()
            .unwrap()
            .contains(&"land".into())
    );
    assert!(exported.join(format!("maps/tiles/14/{}/{}.mvt.gz", tile.x, tile.y)).exists());
    assert_eq!(std::fs::read_dir(exported.join("maps/files")).unwrap().count(), 41);
}
