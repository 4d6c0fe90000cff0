//! Maps as a whole: files in, tiles and packs out, on the engine of this run.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

#[path = "../../../base/sheets/tests/it/made.rs"]
#[expect(dead_code, reason = "made for the tests of `sheets`, which need more kinds of files")]
mod made;
#[path = "it/packs.rs"]
mod packs;
#[path = "it/pages.rs"]
mod pages;
#[path = "it/tiles.rs"]
mod tiles;

extern crate mamori_maps as maps;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use maps::{Built, Imported};
use serde_json::json;
use testkit::World;

/// A world with maps, and the folder they live in.
struct Maps {
    world: World,
    place: tempfile::TempDir,
}

impl Maps {
    async fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let settings = maps::Settings { folder: place.path().join("maps") };
        let world = World::builder()
            .schemas(&[places::SCHEMA, maps::SCHEMA])
            .extra(maps::pages())
            .install(move |builder| maps::install(builder, &settings).unwrap())
            .build()
            .await;
        Self { world, place }
    }

    /// A file of ours below the folder of inputs.
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.inputs().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn inputs(&self) -> PathBuf {
        self.place.path().join("inputs")
    }

    async fn import(&self, path: &Path) -> Imported {
        maps::import_basemap(self.world.app(), path, &|_| {}).await.unwrap()
    }

    async fn build(&self) -> Built {
        maps::build_all(self.world.app(), Arc::new(|_| {})).await.unwrap()
    }
}

/// Two municipalities that are squares beside each other, as N03 would say it.
fn boundaries() -> String {
    let square = |west: f64, east: f64| json!([[[west, 40.4], [east, 40.4], [east, 40.6], [west, 40.6], [west, 40.4]]]);
    let feature = |code: &str, ring| {
        json!({ "type": "Feature", "properties": { "N03_007": code },
                "geometry": { "type": "Polygon", "coordinates": ring } })
    };
    json!({ "type": "FeatureCollection",
            "features": [feature("02203", square(141.3, 141.6)), feature("02441", square(141.0, 141.3))] })
    .to_string()
}

#[tokio::test]
async fn the_room_keeps_the_rules_of_every_room() {
    let maps = Maps::new().await;
    let kinds: Vec<&str> = maps::KINDS.iter().map(|(kind, _)| *kind).collect();
    let (schema, statements) = (maps::SCHEMA, &[maps::SQL]);
    testkit::keeps_the_rules(&maps.world, testkit::Room { schema, statements, kinds: &kinds }).await;
}
