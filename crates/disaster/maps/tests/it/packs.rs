//! Originals in, packs out: what is taken, what is refused, and that nothing changes without a reason.

use std::sync::Arc;

use kernel::Point;
use maps::archive::Archive;
use maps::mercator::{Spot, Tile};
use serde_json::json;

use super::made::{JGD2011, polygons, zipped};
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
async fn boundaries_are_taken_from_the_shapefile_of_the_ministry() {
    let west = [(141.0, 40.4), (141.0, 40.6), (141.3, 40.6), (141.3, 40.4), (141.0, 40.4)];
    let east = west.map(|(lon, lat)| (lon + 0.3, lat));
    let (shp, mut dbf) = polygons(&[&west, &east], &["02441", "02203"]);
    dbf[32..43].copy_from_slice(b"N03_007\0\0\0\0");
    let (other_shp, other_dbf) = polygons(&[&west], &["青森県"]);
    let prj = JGD2011.as_bytes();
    let layers: [(&str, &[u8]); 7] = [
        ("N03-20240101_02_GML/N03-20240101_02_prefecture.shp", &other_shp),
        ("N03-20240101_02_GML/N03-20240101_02_prefecture.dbf", &other_dbf),
        ("N03-20240101_02_GML/N03-20240101_02_prefecture.prj", prj),
        ("N03-20240101_02_GML/N03-20240101_02.shp", &shp),
        ("N03-20240101_02_GML/N03-20240101_02.dbf", &dbf),
        ("N03-20240101_02_GML/N03-20240101_02.prj", prj),
        ("N03-20240101_02_GML/KS-META-N03-20240101_02.xml", b"<meta/>"),
    ];
    let maps = Maps::new().await;
    let imported = maps.import(&maps.file("N03-20240101_02_GML.zip", zipped(&layers))).await;
    assert_eq!(imported.refused, []);
    let taken = &imported.taken[0];
    assert_eq!((taken.kind, taken.attribution.as_of.as_deref()), (maps::OriginalKind::Boundaries, Some("2024")));
    let same = Maps::new().await;
    let said = same.import(&same.file("N03-20240101.geojson", boundaries())).await;
    assert_eq!((taken.features, &taken.attribution), (said.taken[0].features, &said.taken[0].attribution));
    maps.build().await;
    let document = maps.world.document("maps/packs").await;
    let file = document["prefecture"]["path"].as_str().unwrap().rsplit('/').next().unwrap();
    let archive = Archive::open(&maps.place.path().join("maps/files").join(file)).unwrap();
    let at = |lat, lon| archive.find(Tile::at(14, Spot::of(Point { lat, lon }))).is_some();
    assert!(at(40.5, 141.1) && at(40.5, 141.5) && !at(40.7, 141.3), "the land of both is drawn where it lies");

    for (name, members, why) in [
        ("no-prj.zip", &layers[3..5], "prj"),
        ("other.zip", &layers[..3], "no shapefile in it holds boundaries"),
        ("neither.zip", &layers[6..], "no shapes.txt"),
    ] {
        let refused = maps.import(&maps.file(name, zipped(members))).await.refused;
        assert!(refused[0].to_string().contains(why), "{name}: {refused:?}");
    }
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

/// A list of the register, taken in as a clerk would.
async fn register(maps: &Maps, name: &str, bytes: &str, kind: places::Kind) {
    let order = places::Order {
        path: maps.file(name, bytes),
        chosen: places::Chosen { municipality: Some("02203".into()), kind: Some(kind), ..places::Chosen::default() },
        licence: Some("CC BY 4.0".into()),
        attribution: Some("八戸市".into()),
    };
    let reach = places::Reach::Apply { accept_repairs: false };
    let report = places::import(maps.world.app(), &http::Actor::system(), &order, reach).await.unwrap();
    assert_eq!(report.totals.applied, 1, "{report}");
    maps.world.settle().await;
}

/// What a server does when the register has changed: queues, waits, draws; how many drawings it were.
async fn followed(maps: &Maps) -> usize {
    let app = maps.world.app();
    let drawn = app.clone();
    let draw: maps::Draw = Arc::new(move |_| {
        let app = drawn.clone();
        Box::pin(async move { maps::build_all(&app, Arc::new(|_| {})).await.map(|_| ()) })
    });
    let redraw = maps::Redraw { after: std::time::Duration::from_secs(30), draw };
    let (_stopper, stop) = store::Stop::new();
    while maps::catch_up(app, redraw.after).await.unwrap() > 0 {}
    assert_eq!(maps::draw_due(app, &redraw, stop.clone()).await.unwrap(), 0, "nothing is drawn before its time");
    maps.world.clock().advance(redraw.after);
    let attempts = maps::draw_due(app, &redraw, stop).await.unwrap();
    maps.world.settle().await;
    while maps::catch_up(app, redraw.after).await.unwrap() > 0 {}
    attempts
}

#[tokio::test]
async fn packs_follow_the_register_and_only_what_changed_is_new() {
    let maps = Maps::new().await;
    maps.import(&maps.file("N03-2022.geojson", boundaries())).await;
    let depth = json!({ "type": "FeatureCollection", "features": [{ "type": "Feature",
        "properties": { "名称": "馬淵川", "浸水深": "3m" },
        "geometry": { "type": "Polygon",
            "coordinates": [[[141.4, 40.45], [141.5, 40.45], [141.5, 40.55], [141.4, 40.55], [141.4, 40.45]]] } }] });
    register(&maps, "洪水浸水想定区域.geojson", &depth.to_string(), places::Kind::HazardArea).await;
    register(&maps, "避難所.csv", "名称,住所,緯度,経度\n長根小,長根1,40.5,141.45\n", places::Kind::Shelter).await;
    assert_eq!(followed(&maps).await, 1, "several changes are one drawing");
    let first = maps.world.document("maps/packs").await;
    let credits: Vec<_> =
        first["attribution"].as_array().unwrap().iter().map(|one| (&one["text"], &one["licence"])).collect();
    assert!(credits.contains(&(&json!("八戸市"), &json!("CC BY 4.0"))), "{credits:?}");
    let archive = maps.place.path().join("maps/files");
    let tiles = first["packs"][2]["files"][0]["sha256"].as_str().unwrap();
    let reader = pmtiles::AsyncPmTilesReader::new_with_path(archive.join(format!("{tiles}.pmtiles"))).await.unwrap();
    let metadata: serde_json::Value = serde_json::from_str(&reader.get_metadata().await.unwrap()).unwrap();
    assert_eq!(metadata["sources"], first["attribution"], "a pack says itself whose data it holds");
    assert_eq!(followed(&maps).await, 0, "our own entry draws nothing");

    register(
        &maps,
        "避難所.csv",
        "名称,住所,緯度,経度\n長根小,長根1,40.5,141.45\n白銀小,白銀2,40.5,141.5\n",
        places::Kind::Shelter,
    )
    .await;
    assert_eq!(followed(&maps).await, 1);
    let second = maps.world.document("maps/packs").await;
    assert_eq!(second["prefecture"], first["prefecture"], "no tile was drawn again");
    let changed: Vec<_> = (0..40).filter(|at| second["packs"][at] != first["packs"][at]).collect();
    assert_eq!(changed.len(), 1);
    let (was, is) = (&first["packs"][changed[0]], &second["packs"][changed[0]]);
    assert_eq!((&is["code"], &is["files"][0]), (&json!("02203"), &was["files"][0]));
    assert_ne!(is["files"][1], was["files"][1]);
    std::fs::remove_file(archive.join(format!("{tiles}.pmtiles"))).unwrap();
    maps.build().await;
    assert!(archive.join(format!("{tiles}.pmtiles")).exists(), "what was lost is drawn again");
}
