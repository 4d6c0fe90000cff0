//! What a facility shows of its places.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::model::{Answer, Details, HazardKind, Source, Suitability};

pub(crate) fn id<T>(number: u128) -> Id<T> {
    Id::from_uuid(Uuid::from_u128(number))
}

pub(crate) fn place(number: u128, series: u128, kind: Kind, name: &str) -> Place {
    Place {
        id: id(number),
        facility: id(1),
        kind,
        label: None,
        municipality: "02203".to_owned(),
        series: id(series),
        source: id::<Source>(1),
        key: format!("id:{number}"),
        name: name.to_owned(),
        kana: None,
        address: None,
        point: None,
        located: Located::None,
        file_point: None,
        geometry: None,
        details: Details::default(),
        extra: BTreeMap::new(),
        gone_at: None,
    }
}

fn names() -> Names {
    Names::from([(id(1), "gsi/shelter/02203".to_owned()), (id(2), "02203/shelter".to_owned())])
}

fn shown(places: Vec<Place>) -> FacilityView {
    view(&Facility { id: id(1), places }, &names()).unwrap()
}

fn said<'a>(view: &'a FacilityView, field: &str) -> Vec<&'a str> {
    view.sayings.iter().filter(|saying| saying.field == field).map(|saying| saying.value.as_str()).collect()
}

#[test]
fn places_of_one_facility_are_together_and_areas_apart() {
    let mut other = place(3, 1, Kind::Shelter, "公民館");
    other.facility = id(3);
    let groups = group([
        place(2, 2, Kind::Shelter, "八戸小学校"),
        other,
        place(4, 2, Kind::HazardArea, "浸水"),
        place(1, 1, Kind::EmergencySite, "八戸小学校"),
    ]);
    let ids: Vec<Vec<u128>> =
        groups.iter().map(|group| group.places.iter().map(|place| place.id.uuid().as_u128()).collect()).collect();
    assert_eq!(ids, [vec![1, 2], vec![3]]);
}

#[test]
fn the_municipality_leads_and_both_are_told() {
    let mut national = place(1, 1, Kind::Shelter, "八戸小学校");
    national.address = Some("青森県八戸市大字長根三丁目24番1号".to_owned());
    national.details.phone = Some("0178-22-1111".to_owned());
    let mut own = place(2, 2, Kind::Shelter, "八戸市立八戸小学校");
    own.address = Some("長根3-24-1".to_owned());
    own.details.phone = Some("0178(22)1111".to_owned());
    own.details.remark = Some("体育館のみ".to_owned());
    let view = shown(vec![national, own]);
    assert_eq!(view.name, "八戸市立八戸小学校");
    assert_eq!(view.sources, ["02203/shelter", "gsi/shelter/02203"]);
    assert_eq!(said(&view, "name"), ["八戸市立八戸小学校", "八戸小学校"]);
    // The same address and number in other spelling are no difference, and silence is none.
    assert_eq!(view.sayings.len(), 2, "{:?}", view.sayings);
    assert_eq!(view.remark.as_deref(), Some("体育館のみ"));
}

#[test]
fn a_shelter_and_a_tsunami_building_hold_different_numbers() {
    let holds = |persons| Some(Capacity { persons: Some(persons), ..Capacity::default() });
    let mut tsunami = place(1, 2, Kind::TsunamiBuilding, "八戸小学校");
    tsunami.details.capacity = holds(1175);
    let mut shelter = place(2, 2, Kind::Shelter, "八戸小学校");
    shelter.details.capacity = holds(789);
    let view = shown(vec![tsunami, shelter]);
    assert_eq!(view.capacity.as_ref().and_then(|capacity| capacity.persons), Some(789));
    assert_eq!(said(&view, "capacity"), ["789人", "1175人"]);
}

fn suits(hazard: HazardKind, answer: Answer, floor: Option<u8>) -> Suitability {
    Suitability { hazard, answer, floor, text: None }
}

#[test]
fn the_more_careful_answer_leads() {
    use Answer::{Conditional, Floor, No, Unknown, Yes};
    let cases = [
        (Yes, None, No, None, No, 2),
        (Yes, None, Floor, Some(3), Floor, 2),
        (Floor, Some(2), Floor, Some(3), Floor, 2),
        (Yes, None, Conditional, None, Conditional, 2),
        (Yes, None, Unknown, None, Yes, 0),
        (Unknown, None, Unknown, None, Unknown, 0),
        (No, None, No, None, No, 0),
    ];
    for (left, low, right, high, leads, told) in cases {
        let (mut a, mut b) = (place(1, 1, Kind::EmergencySite, "学校"), place(2, 2, Kind::EmergencySite, "学校"));
        a.details.suitability = vec![suits(HazardKind::Tsunami, left, low)];
        b.details.suitability = vec![suits(HazardKind::Tsunami, right, high)];
        let view = shown(vec![a, b]);
        assert_eq!((view.suitability.len(), view.suitability[0].answer), (1, leads), "{left:?} {right:?}");
        assert_eq!(said(&view, "suitability.tsunami").len(), told, "{left:?} {right:?}");
        if let (Some(_), Some(high)) = (low, high) {
            assert_eq!(view.suitability[0].floor, Some(high));
        }
    }
}

#[test]
fn a_list_that_splits_a_hazard_contradicts_one_that_does_not() {
    let (mut a, mut b) = (place(1, 1, Kind::EmergencySite, "学校"), place(2, 2, Kind::EmergencySite, "学校"));
    a.details.suitability = vec![suits(HazardKind::Tsunami, Answer::Yes, None)];
    b.details.suitability =
        vec![suits(HazardKind::TsunamiL1, Answer::Yes, None), suits(HazardKind::TsunamiL2, Answer::No, None)];
    let view = shown(vec![a.clone(), b.clone()]);
    assert_eq!(view.suitability.len(), 3);
    assert_eq!((said(&view, "suitability.tsunami"), said(&view, "suitability.tsunami_l2")), (vec!["○"], vec!["×"]));
    b.details.suitability.pop();
    assert!(shown(vec![a, b]).sayings.is_empty());
}

#[test]
fn only_links_are_links_and_unknown_columns_stay_inside() {
    let mut odd = place(1, 1, Kind::Other, "集会所");
    odd.details.url = Some("javascript:alert(1)".to_owned());
    odd.extra.insert("鍵の管理者".to_owned(), "氏名".to_owned());
    odd.details.more.insert("no_such_field".to_owned(), "x".to_owned());
    let view = shown(vec![odd]);
    assert_eq!(view.url, None);
    assert_eq!(view.detail, [Detail { label: "URL".to_owned(), value: "javascript:alert(1)".to_owned() }]);
}

#[test]
fn a_position_of_a_person_or_a_list_goes_before_the_middle_of_a_town() {
    let (mut a, mut b) = (place(1, 1, Kind::Shelter, "学校"), place(2, 2, Kind::Shelter, "学校"));
    (a.point, a.located) = (Point::new(40.5, 141.5), Located::Given);
    (b.point, b.located) = (Point::new(40.51, 141.5), Located::Geocoded);
    let view = shown(vec![a.clone(), b.clone()]);
    assert_eq!((view.lat, view.located, view.sayings.len()), (Some(40.5), Located::Given, 0));
    b.located = Located::ByHand;
    let view = shown(vec![a, b]);
    assert_eq!((view.lat, view.located), (Some(40.51), Located::ByHand));
    assert_eq!(said(&view, "position"), ["40.510000,141.500000", "40.500000,141.500000"]);
}

proptest! {
    #[test]
    fn every_source_that_differs_is_told(names in proptest::collection::vec("[甲乙]", 1..5)) {
        let places: Vec<Place> = names
            .iter()
            .enumerate()
            .map(|(at, name)| place(at as u128 + 1, at as u128 % 2 + 1, Kind::Shelter, name))
            .collect();
        let view = shown(places);
        let distinct: BTreeSet<&String> = names.iter().collect();
        let told: BTreeSet<&str> = said(&view, "name").into_iter().collect();
        if distinct.len() > 1 {
            prop_assert_eq!(told.len(), distinct.len());
        } else {
            prop_assert!(told.is_empty());
        }
    }
}
