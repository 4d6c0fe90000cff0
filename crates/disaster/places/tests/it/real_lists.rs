//! What municipalities and 国土地理院 really publish: every file is imported or set aside with a reason, and no column is lost.

use std::path::PathBuf;

use http::Actor;
use places::search::{Ask, Search};
use places::{Chosen, Order, Reach, Report, Status};
use testkit::World;

use crate::world;

const APPLY: Reach = Reach::Apply { accept_repairs: false };

async fn import(world: &World, path: PathBuf) -> Report {
    import_of(world, path, None).await
}

async fn import_of(world: &World, path: PathBuf, municipality: Option<&str>) -> Report {
    let chosen = Chosen { municipality: municipality.map(str::to_owned), ..Chosen::default() };
    let order = Order { path, chosen, ..Order::default() };
    let report = places::import(world.app(), &Actor::system(), &order, APPLY).await.unwrap();
    println!("{report}");
    for file in &report.files {
        // A clerk reads why.
        let told = file.status != Some(Status::Refused) || !file.notes.is_empty();
        assert!(told, "{}: {:?}", file.file, file.notes);
        assert!(
            file.rows.iter().all(|row| row.reason.as_ref().is_some_and(|reason| !reason.is_empty())),
            "{}",
            file.file
        );
        let counts = file.counts;
        assert_eq!(counts.rows, counts.taken + counts.corrected + counts.quarantined, "{}: {counts:?}", file.file);
    }
    report
}

#[tokio::test]
async fn the_national_lists_of_all_forty() {
    let Some(data) = testkit::data_dir() else {
        testkit::skip("no data");
        return;
    };
    let world = world().await;
    let report = import(&world, data.join("aomori/shelters")).await;
    let totals = report.totals;
    assert_eq!((totals.files, totals.applied, totals.not_published), (80, 78, 2));
    assert_eq!((totals.counts.rows, totals.counts.added, totals.counts.quarantined), (4_414, 4_414, 0));
    let again = import(&world, data.join("aomori/shelters")).await;
    assert_eq!((again.totals.repeats, again.changes()), (80, 0));

    let fujisaki = world.document("places/02361").await;
    assert_eq!(fujisaki["facilities"].as_array().unwrap().len(), 0);
    assert_eq!(fujisaki["not_published"].as_array().unwrap().len(), 2, "{fujisaki:#}");

    let index = world.document("places/index").await;
    assert_eq!(index["municipalities"].as_array().unwrap().len(), 40);
    world.settle().await;
    two_characters_of_every_name_find_it(&world).await;
}

/// Every two characters that stand together in a name, wherever in it: 「ヶ丘」 finds 旭ヶ丘会館.
async fn two_characters_of_every_name_find_it(world: &World) {
    let search = Search::default();
    let index = search.index(&world.app().hot).await;
    let (mut asked, mut joined) = (0, 0);
    for document in index.documents() {
        for facility in &document.facilities {
            let name: Vec<char> = facility.name.chars().collect();
            for pair in name.windows(2) {
                let words: String = pair.iter().collect();
                // Spaces and brackets alone are no words.
                if !pair.iter().any(|c| c.is_alphanumeric()) {
                    continue;
                }
                let municipality = Some(document.area.code.clone());
                let ask = Ask { words: words.clone(), municipality, limit: 100, ..Ask::default() };
                let found = index.find(&ask);
                let there = found.total > 100 || found.facilities.iter().any(|(one, _)| one.id == facility.id);
                assert!(there, "{words} does not find {}", facility.name);
                asked += 1;
                joined += u32::from(matches!(pair[0], 'ヶ' | 'ケ' | 'が') || matches!(pair[1], 'ヶ' | 'ケ' | 'が'));
            }
        }
    }
    assert!(asked > 20_000 && joined > 100, "{asked} {joined}");
}

#[tokio::test]
async fn hachinohe_keeps_both_its_own_list_and_the_national_one() {
    let Some(data) = testkit::data_dir() else {
        testkit::skip("no data");
        return;
    };
    let world = world().await;
    import(&world, data.join("aomori/shelters/evacuation/022039.json")).await;
    let report = import(&world, data.join("aomori/hachinohe")).await;
    assert_eq!((report.totals.files, report.totals.applied), (4, 4));
    let rows: Vec<(String, u32)> =
        report.files.iter().map(|file| (file.kind.unwrap().as_str().to_owned(), file.counts.added)).collect();
    assert!(rows.contains(&("shelter".into(), 136)) && rows.contains(&("emergency_site".into(), 136)), "{rows:?}");
    assert!(rows.contains(&("tsunami_building".into(), 27)), "{rows:?}");
    let document = world.document("places/02203").await;
    let sources = document["sources"].as_array().unwrap();
    let of = |key: &str| sources.iter().find(|one| one["key"] == key).map(|one| one["rows"].as_u64().unwrap());
    assert_eq!((of("gsi/shelter/02203"), of("02203/shelter")), (Some(211), Some(136)), "{sources:#?}");
    let facilities = document["facilities"].as_array().unwrap();
    let floors = facilities
        .iter()
        .flat_map(|one| one["suitability"].as_array().unwrap())
        .filter(|one| one["answer"] == "floor")
        .count();
    assert!(floors > 10, "{floors}");
    world.settle().await;
}

#[tokio::test]
async fn a_whole_citys_open_data() {
    let Some(data) = testkit::data_dir() else {
        testkit::skip("no data");
        return;
    };
    let world = world().await;
    let report = import(&world, data.join("municipal/yaizu")).await;
    let totals = report.totals;
    assert_eq!((totals.refused, totals.waiting), (0, 0));
    assert_eq!(totals.applied, 38);
    assert!(report.files.iter().all(|file| file.status.is_none() || file.municipality.as_deref() == Some("22212")));
    let again = import(&world, data.join("municipal/yaizu")).await;
    assert_eq!((again.totals.repeats, again.changes()), (38, 0));
    let nanao = import(&world, data.join("disasters/nanao-2024/reference_data.csv")).await;
    assert_eq!((nanao.totals.applied, nanao.files[0].municipality.as_deref()), (1, Some("17202")));
    world.settle().await;
}

#[tokio::test]
async fn towns_place_what_has_no_coordinates() {
    let Some(data) = testkit::data_dir() else {
        testkit::skip("no data");
        return;
    };
    let world = world().await;
    let towns = import(&world, data.join("aomori/address")).await;
    assert_eq!((towns.totals.files, towns.totals.refused, towns.totals.applied), (41, 0, 41));
    let report = import_of(&world, data.join("aomori/hachinohe/AED.csv"), None).await;
    let counts = report.totals.counts;
    assert!(counts.corrected > 300, "{counts:?}");
    world.settle().await;
}
