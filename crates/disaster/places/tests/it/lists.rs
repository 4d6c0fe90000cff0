//! Small lists as a municipality writes them, and taking them in.

use http::Actor;
use places::{Chosen, Incoming, Kind, Reach, Status};
use testkit::World;

/// 指定避難所, the city's own.
pub(crate) const SHELTERS: &str = "ID,名称,名称_カナ,住所,緯度,経度,想定収容人数
A1,八戸市立長根小学校,ナガネショウガッコウ,八戸市長根三丁目24番1号,40.5100,141.5000,789
A2,是川公民館,コレカワコウミンカン,八戸市大字是川字中居3-1,40.4700,141.5500,120
A3,旭ヶ丘会館,アサヒガオカカイカン,八戸市旭ケ丘1-1-19,,,60
";

/// 指定緊急避難場所, as another list writes it.
pub(crate) const SITES: &str = "ID,名称,住所,緯度,経度,災害種別_洪水,災害種別_地震,災害種別_津波
B1,長根小学校,長根3-24-1,40.5101,141.5001,○,○,△（３階以上）
B2,長根中学校,長根3-30-1,40.5130,141.5030,○,○,－
";

/// Takes a list in as 八戸市's own and applies it.
pub(crate) async fn take(world: &World, name: &str, kind: Kind, csv: &str) {
    let incoming = Incoming {
        name: name.to_owned(),
        bytes: csv.as_bytes().to_vec(),
        licence: Some("CC BY 4.0".to_owned()),
        attribution: Some("八戸市".to_owned()),
        as_of: chrono::NaiveDate::from_ymd_opt(2025, 5, 27),
        chosen: Chosen { kind: Some(kind), municipality: Some("02203".to_owned()), ..Chosen::default() },
        ..Incoming::default()
    };
    let reach = Reach::Apply { accept_repairs: false };
    let taken = places::take(world.app(), &Actor::system(), incoming, reach).await.unwrap();
    assert_eq!(taken.source.status, Status::Applied, "{:?}", taken.source.notes);
    world.settle().await;
}

/// Both lists.
pub(crate) async fn both(world: &World) {
    take(world, "hinanjo.csv", Kind::Shelter, SHELTERS).await;
    take(world, "hinanbasho.csv", Kind::EmergencySite, SITES).await;
}
