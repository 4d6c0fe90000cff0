//! The places a demo shows: the lists of the data folder when it is there, else our own sample; shelters open in the drill.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use http::{Actor, App};
use kernel::{Id, Text};
use places::{Facility, Kind};
use shelters::{Shown, State};

use crate::assets::SamplePlaces;

/// Lists of the data folder that the demo imports.
const LISTS: [&str; 2] = ["aomori/shelters", "aomori/hachinohe"];
/// Files of the data folder that the map is drawn from.
const BASEMAP: [&str; 3] = [
    "aomori/boundaries/aomori_N03_2022_full.geojson.gz",
    "aomori/address/geolonia-ja",
    "osm/japan_osm_motorway.geojson.gz",
];
/// Where the drill opens shelters.
const MUNICIPALITY: &str = "02203";

/// Takes the lists in; the number of places.
pub(super) async fn import(app: &App, state: &Path, data: Option<&Path>) -> anyhow::Result<u32> {
    let folders: Vec<PathBuf> = match data {
        Some(data) => LISTS.iter().map(|list| data.join(list)).filter(|folder| folder.is_dir()).collect(),
        None => vec![unpack(state)?],
    };
    let mut places = 0;
    for path in folders {
        let order = places::Order { path, ..places::Order::default() };
        let reach = places::Reach::Apply { accept_repairs: true };
        places += places::import(app, &Actor::system(), &order, reach).await?.totals.counts.added;
    }
    Ok(places)
}

/// Draws the map and cuts the packs, beside everything else.
pub(super) async fn draw(app: App, data: Option<PathBuf>) -> anyhow::Result<()> {
    let quiet = |_| {};
    for file in data.iter().flat_map(|data| BASEMAP.map(|file| data.join(file))).filter(|file| file.exists()) {
        maps::import_basemap(&app, &file, &quiet).await?;
    }
    maps::build_all(&app, Arc::new(quiet)).await?;
    Ok(())
}

/// Opens shelters of one city in the drill: two with room, one full that sends people to the first.
pub(super) async fn open_shelters(app: &App, name: &Text) -> anyhow::Result<()> {
    let mut conn = app.store.read().await?;
    let refuges: Vec<Id<Facility>> = places::facilities(&mut conn, MUNICIPALITY)
        .await?
        .into_iter()
        .filter(|facility| facility.places.iter().any(|place| place.kind == Kind::Shelter && place.point.is_some()))
        .map(|facility| facility.id)
        .take(3)
        .collect();
    drop(conn);
    let [first, second, third] = refuges[..] else { return Ok(()) };
    let shown = |facility, state, persons, instead| Shown { facility, state, persons: Some(persons), instead };
    let shelters = [
        shown(first, State::Open, 86, None),
        shown(second, State::Open, 41, None),
        shown(third, State::Full, 210, Some(first)),
    ];
    shelters::begin_drill(app, name, &shelters, "津波警報の発表").await?;
    Ok(())
}

/// The embedded sample as files, because the import reads files.
fn unpack(state: &Path) -> anyhow::Result<PathBuf> {
    let folder = state.join("sample-places");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for path in SamplePlaces::iter() {
        if let Some(file) = SamplePlaces::get(&path) {
            std::fs::write(folder.join(path.as_ref()), file.data)?;
        }
    }
    Ok(folder)
}
