//! What is found, and in which order.

use kernel::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::facility::tests::id;
use crate::model::Located;
use crate::publish::{PlacesArea, Saying};

fn facility(number: u128, name: &str, kana: Option<&str>, kind: Kind, lat: f64) -> FacilityView {
    FacilityView {
        id: id(number),
        also: Vec::new(),
        name: name.to_owned(),
        kana: kana.map(str::to_owned),
        kinds: vec![kind],
        label: None,
        lat: Some(lat),
        lon: Some(141.5),
        located: Located::Given,
        address: Some(format!("青森県八戸市長根{number}-1")),
        municipality: "02203".to_owned(),
        suitability: Vec::new(),
        capacity: None,
        facilities: Vec::new(),
        accepts: None,
        remark: None,
        phone: None,
        hours: None,
        url: None,
        detail: Vec::new(),
        sources: Vec::new(),
        sayings: Vec::new(),
    }
}

fn index() -> Index {
    let mut renamed = facility(6, "市民会館", None, Kind::PublicFacility, 40.6);
    renamed.also.push(id(60));
    renamed.sayings.push(Saying { source: "x".to_owned(), field: "name".to_owned(), value: "公会堂".to_owned() });
    Index::of([PlacesDocument {
        area: PlacesArea {
            code: "02203".to_owned(),
            name: "八戸市".to_owned(),
            kana: "はちのへし".to_owned(),
            romaji: "Hachinohe".to_owned(),
        },
        as_of: Timestamp::EPOCH,
        facilities: vec![
            facility(1, "長根小学校", Some("ナガネショウガッコウ"), Kind::Shelter, 40.50),
            facility(2, "八戸市立長根小学校体育館", None, Kind::Shelter, 40.51),
            facility(3, "東長根小学校", Some("ﾋｶﾞｼﾅｶﾞﾈｼｮｳｶﾞｯｺｳ"), Kind::EmergencySite, 40.52),
            facility(4, "長根", None, Kind::Aed, 40.53),
            facility(5, "コミュニティセンター", None, Kind::Shelter, 40.54),
            renamed,
        ],
        areas: Vec::new(),
        sources: Vec::new(),
        not_published: Vec::new(),
    }])
}

fn found(ask: &Ask) -> Vec<u128> {
    index().find(ask).facilities.iter().map(|(facility, _)| facility.id.uuid().as_u128()).collect()
}

fn words(text: &str) -> Ask {
    Ask { words: text.to_owned(), limit: 10, ..Ask::default() }
}

#[test]
fn the_same_name_goes_before_its_beginning_before_a_word_before_the_inside() {
    assert_eq!(found(&words("長根"))[..4], [4, 1, 2, 3]);
    assert_eq!(found(&words("長根小学校"))[..3], [1, 2, 3]);
}

#[test]
fn kana_of_every_width_and_two_characters_find() {
    for text in ["ながね", "ナガネ", "ﾅｶﾞﾈ", "なが", "ガネ"] {
        assert_eq!(found(&words(text)), [1, 3], "{text}");
    }
    for text in ["こみゅにてぃ", "コミュニティー", "ｺﾐｭﾆﾃｨｾﾝﾀｰ", "コミ", "ンタ"] {
        assert_eq!(found(&words(text)), if text == "コミュニティー" { vec![] } else { vec![5] }, "{text}");
    }
}

#[test]
fn several_words_must_all_match() {
    assert_eq!(found(&words("長根　体育館")), [2]);
    assert_eq!(found(&words("八戸 公会堂")), [6]);
    assert_eq!(found(&words("白銀 公会堂")), Vec::<u128>::new());
    assert_eq!(found(&words("はちのへ AED")), [4]);
    assert_eq!(found(&words("長根3-1")), [3]);
    assert_eq!(found(&words("東 長根小学校"))[0], 3);
}

#[test]
fn of_equals_the_nearer_goes_first_and_without_words_the_nearest() {
    let near = Point::new(40.52, 141.5);
    let ask = Ask { near, kinds: vec![Kind::Shelter, Kind::EmergencySite], limit: 3, ..Ask::default() };
    assert_eq!(found(&ask), [3, 2, 5]);
    let index = index();
    let nearest = index.find(&ask);
    assert_eq!((nearest.total, nearest.facilities[0].1), (4, Some(0.0)));
    assert_eq!(found(&Ask { municipality: Some("02201".to_owned()), ..ask }), Vec::<u128>::new());
    let by_kana = Ask { near: Point::new(40.53, 141.5), ..words("小学校") };
    assert_eq!(found(&by_kana), [3, 2, 1]);
}

#[test]
fn one_is_found_by_its_id() {
    assert_eq!(index().facility(id(5)).map(|facility| facility.name.clone()).as_deref(), Some("コミュニティセンター"));
    assert_eq!(index().facility(id(60)).map(|facility| facility.id), Some(id(6)));
    assert!(index().facility(id(99)).is_none() && index().len() == 6);
}

proptest! {
    #[test]
    fn any_query_is_answered(text in "\\PC{0,120}", limit in 0_usize..200) {
        let index = index();
        let found = index.find(&Ask { words: text, limit, ..Ask::default() });
        prop_assert!(found.facilities.len() <= limit.clamp(1, MOST_FOUND).min(found.total));
    }

    #[test]
    fn a_part_of_a_name_finds_it(at in 0_usize..5, from in 0_usize..10, length in 2_usize..6) {
        let index = index();
        let name: Vec<char> = index.documents().next().unwrap().facilities[at].name.chars().collect();
        let part: String = name.iter().skip(from).take(length).collect();
        if part.chars().count() >= 2 {
            let found = index.find(&Ask { words: part.clone(), limit: 100, ..Ask::default() });
            prop_assert!(found.facilities.iter().any(|(facility, _)| facility.id == id(at as u128 + 1)), "{part}");
        }
    }
}
