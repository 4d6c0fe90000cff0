//! The occupancy of 七尾市 after the Noto earthquake of 2024, if its files are here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use http::Actor;
use kernel::Timestamp;
use shelters::Imported;

use crate::support::world;

fn folder() -> Option<PathBuf> {
    let folder = testkit::data_dir().map(|data| data.join("disasters/nanao-2024")).filter(|folder| folder.is_dir());
    if folder.is_none() {
        testkit::skip("no data");
    }
    folder
}

fn at(imported: &Imported, time: &str) -> (u32, Option<u32>) {
    let at = Timestamp::parse(&format!("2024-{time}:00+09:00")).unwrap();
    let point = imported.points.iter().find(|point| point.at == at).unwrap_or_else(|| panic!("nothing at {time}"));
    (point.open, point.persons)
}

#[tokio::test]
async fn the_curve_of_nanao_is_the_published_one() {
    let Some(folder) = folder() else { return };
    let world = world().await;
    let nanao = shelters::import(world.app(), &folder, "令和6年能登半島地震（七尾市）", "17202", &Actor::system())
        .await
        .unwrap();
    assert_eq!(nanao.points.len(), 117);
    // reference: occupancy in a real disaster.
    assert_eq!(at(&nanao, "01-09T18:00"), (29, Some(1_886)));
    assert_eq!(at(&nanao, "01-13T06:00").1, Some(1_933));
    let peak = nanao.peak.unwrap();
    assert_eq!((peak.persons, peak.at), (Some(1_933), Timestamp::parse("2024-01-13T06:00:00+09:00").unwrap()));
    for (time, persons) in
        [("01-20T06:00", 1_377), ("02-03T06:00", 965), ("03-08T06:00", 534), ("04-10T06:00", 256), ("07-02T12:00", 49)]
    {
        assert_eq!(at(&nanao, time).1, Some(persons), "{time}");
    }
    assert_eq!(at(&nanao, "08-31T13:30"), (1, Some(40)));
    assert_eq!((nanao.adhoc, nanao.files), (3, 118));
    assert!(nanao.points.windows(2).all(|two| two[0].at < two[1].at));
    world.settle().await;
}

/// Every point of the curve against a count of the files by other means: lines that begin with an id, fourth field.
#[tokio::test]
async fn every_point_of_nanao_agrees_with_a_plain_count_of_lines() {
    let Some(folder) = folder() else { return };
    let world = world().await;
    let nanao = shelters::import(world.app(), &folder, "能登", "17202", &Actor::system()).await.unwrap();
    let mut plain: Vec<(u32, u32)> = snapshots(&folder).into_values().collect();
    let read: Vec<(u32, u32)> = nanao.points.iter().map(|point| (point.open, point.persons.unwrap())).collect();
    assert_eq!(plain.len(), read.len());
    // Files and points are both in the order of time.
    for (n, (file, point)) in plain.drain(..).zip(&read).enumerate() {
        assert_eq!(file, *point, "snapshot {n}");
    }
    let document = world.document(&format!("shelters/history/{}", nanao.disaster)).await;
    let made_up: Vec<_> = document["shelters"].as_array().unwrap().iter().filter(|one| one["adhoc"] == true).collect();
    let rows: usize =
        made_up.iter().flat_map(|one| one["series"].as_array().unwrap()).filter(|s| s["state"] != "closed").count();
    assert_eq!((made_up.len(), rows), (3, 48));
    assert!(document["shelters"].as_array().unwrap().iter().all(|one| one["lat"].is_number()), "all are on the map");
    world.settle().await;
}

fn snapshots(folder: &Path) -> BTreeMap<String, (u32, u32)> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("open_shelter") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let rows: Vec<u32> = text
            .lines()
            .filter(|line| line.starts_with("CC") || line.starts_with("NEW"))
            .map(|line| line.split(',').nth(3).unwrap().parse().unwrap())
            .collect();
        all.insert(name, (u32::try_from(rows.len()).unwrap(), rows.iter().sum()));
    }
    all
}
