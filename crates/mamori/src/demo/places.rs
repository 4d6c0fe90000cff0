//! The places a demo shows: the lists of the data folder when it is there, else our own sample; shelters open in the drill.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use http::App;
use kernel::{Id, Text};
use places::{Facility, Kind};
use serde_json::Value;
use shelters::{Shown, State};
use store::Stop;

use crate::assets::SamplePlaces;
use crate::child;
use crate::config::Config;

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

/// Takes the lists in, each folder by a child; the number of places.
pub(super) async fn import(config: &Config, data: Option<&Path>, stop: &Stop) -> anyhow::Result<u64> {
    let folders: Vec<PathBuf> = match data {
        Some(data) => LISTS.iter().map(|list| data.join(list)).filter(|folder| folder.is_dir()).collect(),
        None => vec![unpack(&config.state)?],
    };
    let mut places = 0;
    for folder in folders {
        let words = ["import", "--accept-repairs", "--report", "json"].map(OsStr::new);
        let words = [words.as_slice(), &[folder.as_os_str()]].concat();
        let report = child::run(config.file.as_deref(), &words, stop.clone()).await?;
        // A list that is refused fails the command, and is no reason to show nothing.
        let report: Value = serde_json::from_str(&report.said).context("the import's report cannot be read")?;
        places += report["totals"]["counts"]["added"].as_u64().context("the import's report does not count")?;
    }
    Ok(places)
}

/// Takes in what the map is drawn from, by a child; the drawing follows by itself, as it does on a server.
pub(super) async fn import_basemap(config: &Config, data: &Path, stop: Stop) -> anyhow::Result<()> {
    let files: Vec<PathBuf> = BASEMAP.iter().map(|file| data.join(file)).filter(|file| file.exists()).collect();
    if files.is_empty() {
        return Ok(());
    }
    let words = ["import", "basemap"].map(OsStr::new).into_iter().chain(files.iter().map(|file| file.as_os_str()));
    child::run(config.file.as_deref(), &words.collect::<Vec<_>>(), stop).await?.well()?;
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
