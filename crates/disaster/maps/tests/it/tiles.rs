//! Tiles of real and of made files, read back by other people's readers.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use maps::mercator::{EXTENT, Spot, Tile};
use maps::sources::{Scope, read};
use maps::{Feature, Folder, Kept, Layer, Legend, Shape, Tag, build};
use mvt_reader::Reader;
use mvt_reader::feature::Value;
use pmtiles::{AsyncPmTilesReader, MmapBackend, TileCoord};

type Archive = AsyncPmTilesReader<MmapBackend>;

pub(crate) fn legend() -> Legend {
    Legend { name: "試験".into(), attribution: Vec::new() }
}

fn built(folder: &Folder, features: &[Feature]) -> Kept {
    build::archive(features, &legend(), folder, &|_| {}).unwrap()
}

async fn opened(folder: &Folder, kept: &Kept) -> Archive {
    AsyncPmTilesReader::new_with_path(folder.path(&kept.name).unwrap()).await.unwrap()
}

/// Layer → features as (properties, geometry in text).
type Decoded = BTreeMap<String, Vec<(BTreeMap<String, String>, String)>>;

async fn tile(archive: &Archive, tile: Tile) -> Option<Decoded> {
    let packed = archive.get_tile(TileCoord::new(tile.z, tile.x, tile.y).unwrap()).await.unwrap()?;
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut plain).unwrap();
    let reader = Reader::new(plain).unwrap();
    let mut all = Decoded::new();
    for layer in reader.get_layer_metadata().unwrap() {
        assert_eq!(layer.extent, 4096);
        let features = reader.get_features(layer.layer_index).unwrap();
        let said = |feature: &mvt_reader::feature::Feature| {
            let text = |value: &Value| match value {
                Value::String(text) => text.clone(),
                other => format!("{other:?}"),
            };
            let properties = feature.properties.iter().flatten().map(|(key, value)| (key.clone(), text(value)));
            (properties.collect(), format!("{:?}", feature.geometry))
        };
        all.insert(layer.name, features.iter().map(said).collect());
    }
    Some(all)
}

fn spot(tile: Tile, x: i32, y: i32) -> Spot {
    let frame = tile.frame(0);
    let unit = (frame.right - frame.left) / EXTENT;
    Spot { x: frame.left + x * unit, y: frame.top + y * unit }
}

fn square(tile: Tile, from: i32, to: i32) -> Vec<Spot> {
    [(from, from), (to, from), (to, to), (from, to)].map(|(x, y)| spot(tile, x, y)).to_vec()
}

const AOMORI: Tile = Tile { z: 14, x: 14597, y: 6154 };

#[tokio::test]
async fn what_is_drawn_is_read_back() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::open(place.path()).unwrap();
    let lake = vec![square(AOMORI, 0, 3000), square(AOMORI, 1000, 2000)];
    let features = [
        Feature {
            layer: Layer::Water,
            shape: Shape::Polygons(vec![lake, vec![square(AOMORI, 3000, 4000)]]),
            tags: vec![Tag::text("kind", "lake")],
            from: 8,
        },
        Feature {
            layer: Layer::Label,
            shape: Shape::Spot(spot(AOMORI, 2048, 1024)),
            tags: vec![Tag::text("name", "青森"), Tag::number("rank", 1), Tag::yes("here").from(14)],
            from: 5,
        },
    ];
    let kept = built(&folder, &features);
    let archive = opened(&folder, &kept).await;
    let decoded = tile(&archive, AOMORI).await.unwrap();
    insta::assert_debug_snapshot!(decoded);
    let low = tile(&archive, Tile::at(5, spot(AOMORI, 0, 0))).await.unwrap();
    assert_eq!(low.keys().collect::<Vec<_>>(), ["label"]);
    assert!(!low["label"][0].0.contains_key("here"));
    assert!(tile(&archive, Tile { x: AOMORI.x + 40, ..AOMORI }).await.is_none());
    let again = built(&folder, &features);
    assert_eq!(kept, again, "the same data are the same bytes");
    let ours = maps::archive::Archive::open(&folder.path(&kept.name).unwrap()).unwrap();
    for (coord, span) in ours.tiles() {
        let theirs = archive.get_tile(coord).await.unwrap().unwrap();
        assert_eq!(ours.bytes(span).unwrap(), theirs);
        let tile = Tile { z: coord.z(), x: coord.x(), y: coord.y() };
        assert_eq!(ours.find(tile), Some(span));
    }
}

#[tokio::test]
async fn heidelberg_becomes_tiles() {
    let Some(data) = testkit::data_dir() else { return testkit::skip("no data") };
    let reading = read(&data.join("osm/heidelberg.test.pbf"), "heidelberg.test.pbf", Scope::ANYWHERE).unwrap();
    assert!(reading.features.len() > 25_000, "{}", reading.features.len());
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::open(place.path()).unwrap();
    let kept = built(&folder, &reading.features);
    let archive = opened(&folder, &kept).await;
    let centre = Spot::of(kernel::Point { lat: 49.4094, lon: 8.6943 });
    let decoded = tile(&archive, Tile::at(14, centre)).await.unwrap();
    for layer in ["road", "rail"] {
        assert!(decoded.contains_key(layer), "{layer}: {:?}", decoded.keys());
    }
    assert!(decoded["road"].iter().any(|(tags, _)| tags.get("name").is_some_and(|name| name == "Hauptstraße")));
}

#[tokio::test]
async fn boundaries_become_land_borders_and_coast() {
    let Some(data) = testkit::data_dir() else { return testkit::skip("no data") };
    let path = data.join("aomori/boundaries/aomori_N03_2022_full.geojson.gz");
    let reading = read(&path, "aomori_N03_2022_full.geojson.gz", Scope::AOMORI).unwrap();
    let codes: BTreeSet<_> = reading.features.iter().filter(|f| f.layer == Layer::Land).map(|f| &f.tags).collect();
    assert_eq!((codes.len(), reading.attribution.as_of.as_deref()), (40, Some("2022")));
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::open(place.path()).unwrap();
    let kept = built(&folder, &reading.features);
    let archive = opened(&folder, &kept).await;
    let ends = |lat, lon| Tile::at(14, Spot::of(kernel::Point { lat, lon }));
    let kinds = |decoded: &Decoded| -> BTreeSet<String> {
        decoded.get("border").into_iter().flatten().map(|(tags, _)| tags["kind"].clone()).collect()
    };
    // The middle of 青森市 is land; the border to 秋田 south of 弘前 is the prefecture's; 深浦 lies on the coast.
    let inland = tile(&archive, ends(40.75, 140.75)).await.unwrap();
    assert_eq!(inland["land"][0].0["code"], "02201");
    assert!(kinds(&tile(&archive, ends(40.6477, 139.9276)).await.unwrap()).contains("coast"));
    let low = tile(&archive, Tile::at(7, Spot::of(kernel::Point { lat: 40.6, lon: 140.7 }))).await.unwrap();
    assert_eq!(kinds(&low), BTreeSet::from(["coast", "municipality", "prefecture"].map(String::from)));
}

#[test]
fn every_real_file_is_read_or_refused_with_its_reason() {
    let Some(data) = testkit::data_dir() else { return testkit::skip("no data") };
    let said = |path: &str, scope: Scope| {
        let path = data.join(path);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match read(&path, &name, scope) {
            Ok(reading) => format!("{:?}", reading.kind),
            Err(refused) => refused.what.en,
        }
    };
    let cases = [
        ("osm/Hokudai-SatsuEki.00.orig.osm.gz", Scope::ANYWHERE, "Osm"),
        ("osm/shibuya.osm", Scope::ANYWHERE, "Osm"),
        ("osm/shibuya.osm", Scope::AOMORI, "nothing in it lies in Aomori"),
        ("osm/liechtenstein-latest.osm.pbf", Scope::ANYWHERE, "Osm"),
        ("osm/heidelberg.test.pbf", Scope::AOMORI, "lie outside Japan"),
        ("osm/japan_osm_motorway.geojson.gz", Scope::AOMORI, "Roads"),
        ("aomori/gtfs/gtfs-aomoricitybus-2019.zip", Scope::AOMORI, "Bus"),
        ("aomori/gtfs/hachinohe-city-2024.zip", Scope::AOMORI, "no shapes.txt"),
        ("aomori/address/geolonia-ja/三戸郡三戸町.json", Scope::AOMORI, "Towns"),
        ("aomori/aomori-codes.json", Scope::AOMORI, "neither boundaries"),
    ];
    for (path, scope, expected) in cases {
        let said = said(path, scope);
        assert!(said.contains(expected), "{path}: {said}");
    }
}

#[test]
fn a_cut_extract_is_refused_where_it_ends() {
    let Some(data) = testkit::data_dir() else { return testkit::skip("no data") };
    let place = tempfile::tempdir().unwrap();
    let cut = |name: &str, share: usize| {
        let bytes = std::fs::read(data.join("osm").join(name)).unwrap();
        let path = place.path().join(name);
        std::fs::write(&path, &bytes[..bytes.len() * share / 100]).unwrap();
        read(Path::new(&path), name, Scope::ANYWHERE).unwrap_err()
    };
    for (name, share) in [("heidelberg.test.pbf", 60), ("shibuya.osm", 50), ("north-bayreuth.osm.gz", 90)] {
        let refused = cut(name, share);
        println!("{refused}");
        assert!(refused.what.en.contains("cut off"), "{refused}");
        assert!(!refused.at.is_empty(), "{refused}");
    }
}
