//! What is proposed, and what decisions make of the facilities.

use kernel::Point;
use kernel::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::facility::tests::{id, place};
use crate::model::Located;

fn at(number: u128, series: u128, name: &str, address: &str, lat: f64, lon: f64) -> Place {
    let mut place = place(number, series, Kind::Shelter, name);
    place.facility = id(number);
    place.address = Some(address.to_owned()).filter(|address| !address.is_empty());
    (place.point, place.located) = (Point::new(lat, lon), Located::Given);
    place
}

fn decision(number: u128, left: &Place, right: &Place, same: bool) -> Match {
    Match {
        id: id(number),
        municipality: "02203".to_owned(),
        left: key_of(left),
        right: key_of(right),
        same,
        by: "staff".to_owned(),
        at: Timestamp::EPOCH,
        revoked_by: None,
        revoked_at: None,
    }
}

fn pairs(places: &[Place], decided: &[Match]) -> Vec<(u128, u128, bool)> {
    let number = |place: &Place| place.id.uuid().as_u128();
    propose(places, decided).iter().map(|pair| (number(pair.left), number(pair.right), pair.score >= 0.95)).collect()
}

#[test]
fn the_same_school_of_two_lists_is_proposed_with_confidence() {
    let places = [
        at(1, 1, "長根小学校", "青森県八戸市長根三丁目24-1", 40.5001, 141.5001),
        at(2, 2, "八戸市立長根小学校", "長根3-24-1", 40.5002, 141.5002),
        at(3, 2, "長根中学校", "長根3-25-1", 40.5003, 141.5003),
        at(4, 1, "是川公民館", "是川1-1", 40.45, 141.55),
    ];
    assert_eq!(pairs(&places, &[]), [(1, 2, true)]);
    let pair = &propose(&places, &[])[0];
    assert!(pair.distance_m.is_some_and(|metres| metres < 20.0));
    assert_eq!(
        pair.reasons.iter().map(|reason| reason.ja.as_str()).collect::<Vec<_>>()[..2],
        ["名称が同じです。", "住所が同じです。"]
    );
}

#[test]
fn rows_of_one_list_and_other_kinds_are_not_compared() {
    let mut aed = at(3, 2, "長根小学校", "長根3-24-1", 40.5, 141.5);
    aed.kind = Kind::Aed;
    let places =
        [at(1, 1, "長根小学校", "長根3-24-1", 40.5, 141.5), at(2, 1, "長根小学校", "長根3-24-1", 40.5, 141.5), aed];
    assert_eq!(pairs(&places, &[]), []);
}

#[test]
fn three_lists_give_two_pairs_and_not_three() {
    let places = [1, 2, 3].map(|n| at(n, n, "長根小学校", "長根3-24-1", 40.5, 141.5));
    assert_eq!(pairs(&places, &[]), [(1, 2, true), (1, 3, true)]);
    // What a person called different is not proposed by another way round either.
    let apart = decision(9, &places[0], &places[1], false);
    assert_eq!(pairs(&places, &[apart]), [(1, 3, true)]);
}

#[test]
fn of_two_rows_of_a_list_only_the_better_is_proposed() {
    let places = [
        at(1, 1, "長根小学校", "長根3-24-1", 40.5, 141.5),
        at(2, 2, "長根小学校", "長根3-24-1", 40.5, 141.5),
        at(3, 2, "長根小学校体育館", "長根3-24-1", 40.5, 141.5),
    ];
    assert_eq!(pairs(&places, &[]), [(1, 2, true)]);
}

#[test]
fn doubtful_pairs_are_left_to_a_person_or_not_shown() {
    let one = at(1, 1, "長根小学校", "長根3-24-1", 40.5, 141.5);
    let cases = [
        // Same name and address, the coordinates far off: somebody has to look.
        (at(2, 2, "長根小学校", "長根3-24-1", 40.6, 141.5), 0.75),
        // Same address, another name.
        (at(2, 2, "市民体操場", "長根3-24-1", 40.5, 141.5), 0.6),
        (at(2, 2, "長根中学校", "長根3-24-2", 40.5, 141.5), 0.5),
        (at(2, 2, "長根小学校", "根城9-24-1", 40.7, 141.5), 0.5),
    ];
    for (other, most) in cases {
        let (a, b) = (Candidate::read(&one), Candidate::read(&other));
        let score = a.score(&b).points;
        assert!(score <= most && score > most - 0.35, "{} {}: {score}", other.name, most);
    }
    let mut rough = at(2, 2, "長根小学校", "", 40.5, 141.5);
    rough.located = Located::Geocoded;
    assert!(Candidate::read(&one).score(&Candidate::read(&rough)).points <= 0.7);
}

fn moved(places: &[Place], gone: &[Place], decided: &[Match]) -> Vec<(u128, u128)> {
    let mut all: Vec<(u128, u128)> = facilities(places, gone, decided)
        .into_iter()
        .map(|(place, facility)| (place.uuid().as_u128(), facility.uuid().as_u128()))
        .collect();
    all.sort_unstable();
    all
}

#[test]
fn the_oldest_gives_its_id_and_gives_it_back() {
    let mut places = [3, 1, 2].map(|n| at(n, n, "長根小学校", "", 40.5, 141.5));
    let decided = [decision(8, &places[0], &places[1], true), decision(9, &places[0], &places[2], true)];
    assert_eq!(moved(&places, &[], &decided), [(2, 1), (3, 1)]);
    for place in &mut places {
        place.facility = id(1);
    }
    assert_eq!(moved(&places, &[], &decided), []);
    assert_eq!(moved(&places, &[], &decided[1..]), [(3, 2), (2, 2)].into_iter().rev().collect::<Vec<_>>());
    assert_eq!(moved(&places, &[], &[]), [(2, 2), (3, 3)]);
}

#[test]
fn a_place_that_is_gone_still_binds_the_others() {
    let all = [1, 2, 3].map(|n| at(n, n, "長根小学校", "", 40.5, 141.5));
    let decided = [decision(8, &all[0], &all[1], true), decision(9, &all[0], &all[2], true)];
    assert_eq!(moved(&all[1..], &all[..1], &decided), [(2, 1), (3, 1)]);
}

proptest! {
    #[test]
    fn grouping_settles_and_does_not_depend_on_the_order(
        links in proptest::collection::vec((0_usize..12, 0_usize..12, any::<bool>()), 0..20)
    ) {
        let mut places: Vec<Place> = (1..=12).map(|n| at(n, n, "学校", "", 40.5, 141.5)).collect();
        let decided: Vec<Match> = links
            .iter()
            .enumerate()
            .filter(|(_, (a, b, _))| a != b)
            .map(|(n, (a, b, same))| decision(100 + n as u128, &places[*a], &places[*b], *same))
            .collect();
        let once = facilities(&places, &[], &decided);
        let turned: Vec<Match> = decided.iter().rev().cloned().collect();
        prop_assert_eq!(&once, &facilities(&places, &[], &turned));
        for (place, facility) in &once {
            let place = places.iter_mut().find(|known| known.id == *place).unwrap();
            place.facility = *facility;
        }
        prop_assert_eq!(facilities(&places, &[], &decided), vec![]);
        for place in &places {
            prop_assert!(place.facility.uuid() <= place.id.uuid());
        }
    }

    #[test]
    fn nothing_is_proposed_twice_or_within_a_list(
        names in proptest::collection::vec(("[長白][根銀](小学校|中学校|公民館)", 0_u128..4, 0_u32..3), 2..25)
    ) {
        let places: Vec<Place> = names
            .iter()
            .enumerate()
            .map(|(n, (name, series, east))| at(n as u128 + 1, *series, name, "長根1-1", 40.5, 141.5 + f64::from(*east) / 1000.0))
            .collect();
        let mut seen = HashSet::new();
        for pair in propose(&places, &[]) {
            prop_assert!(pair.left.series != pair.right.series && pair.score >= LEAST);
            prop_assert!(seen.insert((pair.left.id, pair.right.id)));
        }
    }
}
