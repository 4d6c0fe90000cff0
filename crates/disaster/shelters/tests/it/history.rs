//! Histories from folders of our own making: every layout, and what is wrong in them.

use std::path::Path;

use http::Actor;
use serde_json::json;
use shelters::Imported;
use testkit::World;

use crate::support::{kinds, world};

const FIRST: &str = "ID,地区,名称,人数_令和6年1月9日午後6時時点,緯度,経度,災害種別_津波,想定収容人数\n\
    A1,東,東小学校,180,40.51,141.49,1.0,\"屋内480人／屋外3,350人(面積の1/2)\"\n\
    A2,西,西公民館,20,40.52,141.48,,\n";
const SECOND: &str = "ID,地区,名称,人数,時点,緯度,経度\n\
    A1,東,東小学校,200,令和6年1月13日午前6時,40.51,141.49\n\
    NEW001,西,寄合い処,5,令和6年1月13日午前6時,40.53,141.47\n";
const THIRD: &str = "ID,名称,人数,時点,緯度,経度,geometry\n\
    A1,東小学校,40,令和6年8月31日午後1時30分,40.51,141.49,POINT (-17507.7 114708.2)\n";
const OFFICIAL: &str = "ID,名称,名称_英字,緯度,経度,想定収容人数\n\
    A1,東小学校,\"higashi\nshogakko\",40.51,141.49,\"屋内480人／屋外3,350人(面積の1/2)\"\n\
    A2,西公民館,nishi,40.52,141.48,\n\
    NEW001,寄合い処,,40.53,141.47,\n";

pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("open_2024-01-09-1800.csv", FIRST),
        ("open_2024-01-13-0600.csv", SECOND),
        ("open_2024-08-31-1300.csv", THIRD),
        ("reference_data.csv", OFFICIAL),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

pub(crate) async fn import(world: &World, folder: &Path) -> anyhow::Result<Imported> {
    shelters::import(world.app(), folder, "半島の地震", "17202", &Actor::system()).await
}

#[tokio::test]
async fn three_layouts_become_one_curve() {
    let world = world().await;
    let folder = folder();
    let imported = import(&world, folder.path()).await.unwrap();
    assert!(imported.new);
    assert_eq!((imported.files, imported.shelters, imported.adhoc), (4, 3, 1));
    let document = world.document(&format!("shelters/history/{}", imported.disaster)).await;
    let points: Vec<_> =
        document["points"].as_array().unwrap().iter().map(|p| json!([p["at"], p["open"], p["persons"]])).collect();
    assert_eq!(
        points,
        [
            json!(["2024-01-09T18:00:00+09:00", 2, 200]),
            json!(["2024-01-13T06:00:00+09:00", 2, 205]),
            json!(["2024-08-31T13:30:00+09:00", 1, 40]),
        ]
    );
    assert_eq!((&document["disaster"]["mode"], &document["disaster"]["past"]), (&json!("drill"), &json!(true)));
    assert!(document["disaster"]["name"]["ja"].as_str().unwrap().starts_with("【訓練】"));
    let school = &document["shelters"][0];
    assert_eq!((&school["key"], &school["capacity"], &school["adhoc"]), (&json!("A1"), &json!(480), &json!(false)));
    assert_eq!(school["capacity_text"], "屋内480人／屋外3,350人(面積の1/2)");
    let hall = &document["shelters"][2];
    assert_eq!((&hall["key"], &hall["adhoc"]), (&json!("NEW001"), &json!(true)));
    assert_eq!(
        hall["series"][1],
        json!({ "at": "2024-08-31T13:30:00+09:00", "persons": null, "households": null, "state": "closed" })
    );
    // The same folder again, under another name: nothing changes.
    let again = shelters::import(world.app(), folder.path(), "別の名", "17202", &Actor::system()).await.unwrap();
    assert_eq!((again.new, again.disaster), (false, imported.disaster));
    assert_eq!(kinds(&world).await, ["history_imported"]);
    // A past disaster opens nothing by itself.
    assert_eq!(world.document("drill/shelters/prefecture").await["open"], 0);
    world.settle().await;
}

#[tokio::test]
async fn a_log_with_households_and_states_is_read_too() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let log = "日付,避難所名,開設状況,収容人数,避難世帯数,避難人数,緯度,経度,所在地\n\
        2024-08-30 06:00,北中学校,開設,300,12,30,34.8,138.3,北町1\n\
        2024-08-30 06:00,南中学校,満員,50,30,60,34.7,138.3,南町1\n\
        2024-08-30 18:00,北中学校,閉鎖,300,,,34.8,138.3,北町1\n\
        2024-08-30 18:00,南中学校,開設,50,,少し,34.7,138.3,南町1\n";
    std::fs::write(folder.path().join("typhoon.csv"), log).unwrap();
    let imported = import(&world, folder.path()).await.unwrap();
    let points: Vec<_> = imported.points.iter().map(|p| (p.open, p.persons, p.households)).collect();
    assert_eq!(points, [(2, Some(90), Some(42)), (1, None, None)]);
    world.settle().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_a_history_is_refused_in_words() {
    let world = world().await;
    let empty = tempfile::tempdir().unwrap();
    let error = |result: anyhow::Result<Imported>| format!("{:#}", result.unwrap_err());
    assert!(error(import(&world, empty.path()).await).contains("holds no CSV"), "empty");
    assert!(error(import(&world, Path::new("/nowhere")).await).contains("cannot read the folder"), "none");
    std::fs::write(empty.path().join("reference_data.csv"), OFFICIAL).unwrap();
    assert!(error(import(&world, empty.path()).await).contains("no file has rows"), "a list alone");
    std::fs::write(empty.path().join("a.csv"), "ID,名称,人数\nA1,東小学校,5\n").unwrap();
    assert!(error(import(&world, empty.path()).await).contains("no row has a readable time"), "no time");
    let folder = folder();
    for (name, municipality) in [("", "17202"), ("地震", "七尾"), ("地震", "172020")] {
        let refused = shelters::import(world.app(), folder.path(), name, municipality, &Actor::system()).await;
        assert!(refused.is_err(), "{name} {municipality}");
    }
    assert!(kinds(&world).await.is_empty());
    world.settle().await;
}
