//! What stands in an export.

use kernel::Timestamp;

use super::*;
use crate::facility::tests::id;
use crate::model::{Answer, Capacity, Feature, HazardKind, Located, Suitability};
use crate::publish::{Detail, PlacesArea, Saying, SourceNote};

fn suits(hazard: HazardKind, answer: Answer, floor: Option<u8>) -> Suitability {
    Suitability { hazard, answer, floor, text: None }
}

fn document() -> PlacesDocument {
    let school = FacilityView {
        id: id(1),
        also: Vec::new(),
        name: "=HYPERLINK(\"http://x\")".to_owned(),
        kana: Some("ナガネショウガッコウ".to_owned()),
        kinds: vec![Kind::EmergencySite, Kind::Shelter],
        label: None,
        lat: Some(40.5),
        lon: Some(141.5),
        located: Located::Given,
        address: Some("青森県八戸市長根三丁目24-1".to_owned()),
        municipality: "02203".to_owned(),
        suitability: vec![
            suits(HazardKind::FloodPlanned, Answer::Yes, None),
            suits(HazardKind::FloodMax, Answer::No, None),
            suits(HazardKind::Earthquake, Answer::Yes, None),
            suits(HazardKind::Tsunami, Answer::Floor, Some(3)),
            suits(HazardKind::Volcano, Answer::Unknown, None),
        ],
        capacity: Some(Capacity { persons: Some(789), ..Capacity::default() }),
        facilities: vec![Feature::Toilet],
        accepts: None,
        remark: Some("夜間は\n閉鎖".to_owned()),
        phone: Some("+81178221111".to_owned()),
        hours: None,
        url: Some("https://example.jp/".to_owned()),
        detail: vec![Detail { label: "標高".to_owned(), value: "-1.5m".to_owned() }],
        sources: vec!["02203/emergency_site".to_owned()],
        sayings: vec![Saying { source: "a".to_owned(), field: "name".to_owned(), value: "b".to_owned() }],
    };
    PlacesDocument {
        area: PlacesArea {
            code: "02203".to_owned(),
            name: "八戸市".to_owned(),
            kana: "はちのへし".to_owned(),
            romaji: "Hachinohe".to_owned(),
        },
        as_of: Timestamp::EPOCH,
        facilities: vec![school],
        areas: Vec::new(),
        sources: vec![SourceNote {
            key: "02203/emergency_site".to_owned(),
            title: "指定緊急避難場所一覧".to_owned(),
            licence: Some("CC BY 4.0".to_owned()),
            attribution: Some("八戸市".to_owned()),
            as_of: chrono::NaiveDate::from_ymd_opt(2025, 5, 27),
            imported_at: Timestamp::EPOCH,
            rows: 1,
        }],
        not_published: Vec::new(),
    }
}

fn cells<'a>(columns: &'a [&'a str], row: &'a str) -> Vec<(&'a str, &'a str)> {
    columns.iter().copied().zip(row.split(',')).filter(|(_, cell)| !cell.is_empty()).collect()
}

#[test]
fn the_standard_has_its_columns_exactly_and_says_conditions_in_words() {
    let document = document();
    let documents = [&document];
    let selection = Selection { documents: &documents, kind: Some(Kind::EmergencySite) };
    let file = csv(selection, Form::Standard).unwrap();
    let (header, row) = file.trim_start_matches('\u{feff}').split_once("\r\n").unwrap();
    let columns: Vec<&str> = header.split(',').collect();
    assert_eq!((columns.len(), columns[0], columns[38]), (39, "全国地方公共団体コード", "備考"));
    // The remark has a line break and stands last.
    let (row, remark) = row.split_once(",\"夜間は\n閉鎖").unwrap();
    assert_eq!(remark, "／洪水（計画規模降雨）のみ／津波：△（3階以上）\"\r\n");
    assert_eq!(
        cells(&columns, row),
        [
            ("全国地方公共団体コード", "022039"),
            ("ID", "00000000-0000-0000-0000-000000000001"),
            ("名称", "\"'=HYPERLINK(\"\"http://x\"\")\""),
            ("名称_カナ", "ナガネショウガッコウ"),
            ("所在地_全国地方公共団体コード", "022039"),
            ("所在地_連結表記", "青森県八戸市長根三丁目24-1"),
            ("所在地_都道府県", "青森県"),
            ("所在地_市区町村", "八戸市"),
            ("緯度", "40.5"),
            ("経度", "141.5"),
            ("標高", "-1.5"),
            ("電話番号", "+81178221111"),
            ("市区町村コード", "022039"),
            ("地方公共団体名", "八戸市"),
            ("災害種別_地震", "1"),
            ("災害種別_津波", "1"),
            ("指定避難所との重複", "1"),
            ("想定収容人数", "789"),
            ("URL", "https://example.jp/"),
        ]
    );
    assert_eq!(csv(Selection { kind: Some(Kind::WaterPoint), ..selection }, Form::Standard), None);
}

#[test]
fn the_general_form_ends_with_licence_attribution_and_day() {
    let document = document();
    let documents = [&document];
    let selection = Selection { documents: &documents, kind: None };
    let file = csv(selection, Form::General).unwrap();
    assert!(file.lines().next().unwrap().ends_with("ライセンス,出典,時点"));
    assert!(file.ends_with("CC BY 4.0,八戸市,2025-05-27\r\n"), "{file}");
    let notice = Notice::of(selection);
    assert_eq!(
        notice.link(),
        "<https://creativecommons.org/licenses/by/4.0/>; rel=\"license\", </public/places/02203.json>; rel=\"describedby\""
    );
    let disposition = notice.disposition("csv");
    assert!(disposition.starts_with("attachment; filename=\"02203_places_2025-05-27_CC-BY.csv\"; filename*=UTF-8''"));
    let shape: serde_json::Value = serde_json::from_str(&geojson(selection, &notice)).unwrap();
    let first: Vec<&String> = shape["features"][0]["properties"].as_object().unwrap().keys().take(3).collect();
    assert_eq!(first, ["licence", "attribution", "as_of"]);
    assert_eq!(shape["features"][0]["geometry"]["coordinates"], serde_json::json!([141.5, 40.5]));
    assert_eq!(shape.as_object().unwrap().keys().nth(1).map(String::as_str), Some("licence"));
}
