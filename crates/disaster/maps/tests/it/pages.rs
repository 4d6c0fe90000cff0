//! What phones fetch: ranges of files, tiles, and the headers they live by.

use axum::http::Method;
use maps::mercator::{Spot, Tile};

use super::{Maps, boundaries};

/// A world with a map, and the path of the pack of 八戸市.
async fn drawn() -> (Maps, String) {
    let maps = Maps::new().await;
    let path = maps.file("N03-2022.geojson", boundaries());
    maps.import(&path).await;
    maps.build().await;
    let document = maps.world.document("maps/packs").await;
    let pack = document["packs"].as_array().unwrap().iter().find(|pack| pack["code"] == "02203").cloned().unwrap();
    let path = pack["files"][0]["path"].as_str().unwrap().to_owned();
    (maps, path)
}

#[tokio::test]
async fn a_file_is_sent_whole_or_in_part() {
    let (maps, path) = drawn().await;
    let browser = || maps.world.anonymous();
    let whole = browser().get(&path).await;
    assert_eq!((whole.status, &whole.body[..8]), (200, &b"PMTiles\x03"[..]));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(whole.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let tag = whole.header("etag").unwrap().to_owned();
    assert_eq!(tag.trim_matches('"'), path.rsplit('/').next().unwrap().trim_end_matches(".pmtiles"));

    let part = browser().with_header("range", "bytes=0-126").get(&path).await;
    assert_eq!((part.status, part.body.as_slice()), (206, &whole.body[..127]));
    assert_eq!(part.header("content-range"), Some(format!("bytes 0-126/{}", whole.body.len()).as_str()));
    let tail = browser().with_header("range", "bytes=-5").with_header("if-range", tag.clone()).get(&path).await;
    assert_eq!((tail.status, tail.body.as_slice()), (206, &whole.body[whole.body.len() - 5..]));
    let other = browser().with_header("range", "bytes=-5").with_header("if-range", "\"other\"").get(&path).await;
    assert_eq!((other.status, other.body.len()), (200, whole.body.len()));
    let beyond = browser().with_header("range", "bytes=999999999-").get(&path).await;
    assert_eq!(beyond.status, 416);
    assert_eq!(beyond.header("content-range"), Some(format!("bytes */{}", whole.body.len()).as_str()));
    let held = browser().with_header("if-none-match", tag).get(&path).await;
    assert_eq!((held.status, held.body.len()), (304, 0));
    let head = browser().send(Method::HEAD, &path, None, Vec::new()).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(whole.body.len().to_string().as_str()));
}

#[tokio::test]
async fn a_name_that_is_no_file_is_not_found() {
    let (maps, _) = drawn().await;
    for name in ["x", "..%2Fmamori.toml", &format!("{}.pmtiles", "0".repeat(64)), ".draft-x"] {
        assert_eq!(maps.world.anonymous().get(&format!("/maps/files/{name}")).await.status, 404, "{name}");
    }
}

#[tokio::test]
async fn tiles_come_as_they_are_stored() {
    let (maps, _) = drawn().await;
    let path = "/maps/tiles/14/14630/6170.mvt";
    let packed = maps.world.anonymous().with_header("accept-encoding", "gzip").get(path).await;
    assert_eq!((packed.status, packed.header("content-encoding")), (200, Some("gzip")));
    assert_eq!(packed.header("vary"), Some("accept-encoding"));
    let tag = packed.header("etag").unwrap().to_owned();
    let held =
        maps.world.anonymous().with_header("accept-encoding", "gzip").with_header("if-none-match", tag).get(path).await;
    assert_eq!((held.status, held.body.len()), (304, 0));
    let plain = maps.world.anonymous().get(path).await;
    assert_eq!((plain.status, plain.header("content-encoding")), (200, None));
    let tile = mvt_reader::Reader::new(plain.body).unwrap();
    assert!(tile.get_layer_names().unwrap().contains(&"land".to_owned()));
    let empty = maps.world.anonymous().get("/maps/tiles/14/0/0.mvt").await;
    assert_eq!((empty.status, empty.body.len()), (204, 0));
    assert_eq!(maps.world.anonymous().get("/maps/tiles/14/16384/0.mvt").await.status, 404);
}

#[tokio::test]
async fn the_next_map_is_shown_at_once() {
    let (maps, _) = drawn().await;
    let tile = Tile::at(12, Spot::of(kernel::Point { lat: 40.5, lon: 141.45 }));
    let path = format!("/maps/tiles/12/{}/{}.mvt", tile.x, tile.y);
    let before = maps.world.anonymous().get(&path).await.body;
    let towns = maps.file("八戸市.json", r#"[{"town":"白銀町","koaza":"","lat":40.5,"lng":141.45}]"#);
    maps.import(&towns).await;
    maps.build().await;
    maps.world.settle().await;
    let after = maps.world.anonymous().get(&path).await.body;
    assert_ne!(before, after);
}
