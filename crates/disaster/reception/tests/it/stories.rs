//! One household, from its first scan to its last.

use reception::clock::Reading;
use reception::event::Observed;
use reception::{Counts, Kind, Place, Presence, Where};
use uuid::Uuid;

use crate::support::*;

#[test]
fn a_family_comes_goes_out_comes_back_and_leaves() {
    let mut story = vec![clock(100)];
    for (n, kind, presence, counts) in [
        (1_u32, Kind::CheckIn, Presence::In, people(2, 1)),
        (2, Kind::Leave, Presence::Away, people(2, 1)),
        (3, Kind::Return, Presence::In, people(2, 1)),
        (4, Kind::CheckOut, Presence::Out, people(2, 1)),
    ] {
        let minute = i64::from(n) * MINUTE;
        story.push(event(n.into(), kind, NOON + minute, if n > 1 { &[1, 2, 3] } else { &[] }));
        let standing = standing(&story);
        assert_eq!((standing.presence, standing.counts), (presence, counts), "{kind:?}");
        assert_eq!((standing.since_ms, standing.sure), (NOON + minute, true));
    }
}

#[test]
fn nothing_is_known_of_a_household_of_which_nobody_said_where_it_is() {
    let note = event(1, Kind::Note, NOON, &[]);
    assert_eq!(party(std::slice::from_ref(&note)).standing, None);
    assert_eq!(party(&[note, event(2, Kind::Amend, NOON + 1, &[1])]).heads, [id(2)]);
    assert_eq!(register(&[]).subject(scope(), sato()), None);
}

#[test]
fn some_go_and_some_stay() {
    let come = event(1, Kind::CheckIn, NOON, &[]);
    let some = counting(event(2, Kind::Leave, NOON + MINUTE, &[1]), people(1, 1));
    let all_back = event(3, Kind::Return, NOON + 2 * MINUTE, &[2]);
    let left = standing(&[come.clone(), some.clone()]);
    assert_eq!((left.presence, left.counts), (Presence::In, people(1, 1)));
    assert_eq!(standing(&[come.clone(), some, all_back]).counts, people(2, 1));
    // Who checked out for good does not return with the others.
    let for_good = counting(event(2, Kind::CheckOut, NOON + MINUTE, &[1]), people(1, 0));
    let (out, back) = (event(3, Kind::Leave, NOON + 2 * MINUTE, &[2]), event(4, Kind::Return, NOON + 3 * MINUTE, &[3]));
    let rest = standing(&[come.clone(), for_good, out, back]);
    assert_eq!((rest.presence, rest.counts), (Presence::In, people(1, 0)));
    // Nobody stays behind: all are away.
    let all = counting(event(2, Kind::Leave, NOON + MINUTE, &[1]), Counts::default());
    let away = standing(&[come, all]);
    assert_eq!((away.presence, away.counts), (Presence::Away, people(2, 1)));
}

#[test]
fn who_is_out_comes_back_one_after_the_other() {
    let come = event(1, Kind::CheckIn, NOON, &[]);
    let some = counting(event(2, Kind::Leave, NOON + MINUTE, &[1]), people(1, 0));
    let standing_after = |more: &[reception::Event]| {
        let story: Vec<_> = [clock(100), come.clone(), some.clone()].into_iter().chain(more.iter().cloned()).collect();
        let now = register(&story).occupancy(scope(), &shelter(GYM));
        let standing = standing(&story);
        let here = if standing.presence.is_present() { standing.counts } else { people(0, 0) };
        assert_eq!((now.present.counts, now.away.counts), (here, standing.out));
        (standing.presence, standing.counts, standing.out, now.away.households)
    };
    assert_eq!(standing_after(&[]), (Presence::In, people(1, 0), people(1, 1), 0));
    let one_back = counting(event(3, Kind::Return, NOON + 2 * MINUTE, &[2]), people(1, 1));
    assert_eq!(standing_after(std::slice::from_ref(&one_back)), (Presence::In, people(1, 1), people(1, 0), 0));
    let all_back = event(4, Kind::Return, NOON + 3 * MINUTE, &[3]);
    assert_eq!(standing_after(&[one_back.clone(), all_back]), (Presence::In, people(2, 1), people(0, 0), 0));
    // Of those who stayed one leaves for good; who is out is still expected.
    let for_good = counting(event(4, Kind::CheckOut, NOON + 3 * MINUTE, &[3]), people(0, 1));
    assert_eq!(standing_after(&[one_back.clone(), for_good]), (Presence::In, people(0, 1), people(1, 0), 0));
    // All are out; some come back.
    let rest = event(3, Kind::Leave, NOON + 2 * MINUTE, &[2]);
    assert_eq!(standing_after(std::slice::from_ref(&rest)), (Presence::Away, people(2, 1), people(2, 1), 1));
    let back = counting(event(4, Kind::Return, NOON + 3 * MINUTE, &[3]), people(1, 0));
    assert_eq!(standing_after(&[rest, back]), (Presence::In, people(1, 0), people(1, 1), 0));
}

#[test]
fn a_household_only_counted_is_refined_by_its_check_in() {
    let counted = counting(event(1, Kind::CountOnly, NOON, &[]), people(5, 0));
    let mut named = counting(event(2, Kind::CheckIn, NOON + MINUTE, &[1]), people(3, 2));
    named.assurance = 2;
    let first = standing(std::slice::from_ref(&counted));
    assert!(first.counted_only && first.counts == people(5, 0));
    let again = counting(event(3, Kind::CountOnly, NOON + 2 * MINUTE, &[2]), people(3, 1));
    let refined = standing(&[counted.clone(), named.clone()]);
    assert!(!refined.counted_only && refined.counts == people(3, 2));
    assert_eq!(refined.assurance, 2);
    // Counting heads later does not make it nameless again.
    let recounted = standing(&[counted, named, again]);
    assert!(!recounted.counted_only && recounted.counts == people(3, 1) && recounted.assurance == 2);
}

#[test]
fn outside_of_shelters_a_household_stands_in_its_municipality() {
    let mut car = event(1, Kind::CheckIn, NOON, &[]);
    (car.shelter, car.stays) = (None, Some(Where::Car));
    let found = standing(std::slice::from_ref(&car));
    assert_eq!((found.presence, found.stays), (Presence::Outside, Some(Where::Car)));
    assert_eq!(found.place, Place::Outside("02203".into()));
    assert!(register(&[car]).occupancy(scope(), &Place::Outside("02203".into())).present.households == 1);
}

#[test]
fn a_hand_over_is_expected_at_the_other_shelter_until_it_arrives() {
    let come = event(1, Kind::CheckIn, NOON, &[]);
    let go = with(event(2, Kind::Move, NOON + MINUTE, &[1]), SCHOOL);
    let moving = register(&[come.clone(), go.clone()]);
    let standing = moving.subject(scope(), sato()).unwrap().standing.unwrap();
    assert_eq!((standing.presence, standing.to), (Presence::Moving, Some(SCHOOL)));
    assert_eq!(moving.shelter(scope(), GYM).present.households, 0);
    assert_eq!(moving.shelter(scope(), SCHOOL).expected.counts, people(2, 1));
    assert_eq!(moving.standing_in(scope(), &shelter(SCHOOL)).len(), 1);
    let arrive = at(event(3, Kind::CheckIn, NOON + 2 * MINUTE, &[]), SCHOOL);
    let arrived = register(&[come, go, arrive]);
    assert_eq!(arrived.shelter(scope(), SCHOOL).present.households, 1);
    assert_eq!(arrived.shelter(scope(), SCHOOL).expected.households, 0);
    assert!(arrived.conflicts(scope()).is_empty());
}

#[test]
fn two_desks_that_scan_one_card_make_one_household_without_a_conflict() {
    let scans = [clock(100), event(1, Kind::CheckIn, NOON, &[]), event(2, Kind::CheckIn, NOON + 1, &[])];
    let found = register(&scans);
    assert_eq!(found.shelter(scope(), GYM).present.households, 1);
    assert!(found.conflicts(scope()).is_empty());
    assert_eq!(party(&scans).heads, [id(1), id(2)]);
}

#[test]
fn two_places_that_count_on_one_household_are_both_shown_and_it_counts_once() {
    let story =
        [clock(100), event(1, Kind::CheckIn, NOON, &[]), at(event(2, Kind::CheckIn, NOON + MINUTE, &[]), SCHOOL)];
    let found = register(&story);
    let places: Vec<Place> = party(&story).claims.into_iter().map(|claim| claim.place).collect();
    assert_eq!(places, [shelter(GYM), shelter(SCHOOL)]);
    assert_eq!(found.conflicts(scope()), [sato()]);
    assert_eq!(
        (found.shelter(scope(), GYM).present.households, found.shelter(scope(), SCHOOL).present.households),
        (0, 1)
    );
    assert_eq!(found.shelter(scope(), SCHOOL).conflicts, 1);
    // Whoever sees both ends it: by a check-out from the old place, or by an event that knows both.
    for end in [event(3, Kind::CheckOut, NOON + 2 * MINUTE, &[1]), at(event(3, Kind::CheckIn, NOON, &[1, 2]), SCHOOL)] {
        let ended: Vec<_> = story.iter().cloned().chain([end]).collect();
        assert!(register(&ended).conflicts(scope()).is_empty());
        assert_eq!(stands(&ended), (Presence::In, shelter(SCHOOL)));
    }
}

#[test]
fn a_departure_from_where_it_no_longer_stands_moves_nobody() {
    let story =
        [clock(100), event(1, Kind::CheckIn, NOON, &[]), at(event(2, Kind::CheckIn, NOON + MINUTE, &[]), SCHOOL)];
    for kind in [Kind::Leave, Kind::CheckOut, Kind::Move] {
        let unknowing = with(event(3, kind, NOON + 2 * MINUTE, &[1]), SCHOOL);
        let after: Vec<_> = story.iter().cloned().chain([unknowing]).collect();
        assert_eq!(stands(&after), (Presence::In, shelter(SCHOOL)), "{kind:?}");
    }
    // A desk that saw where it stands may check it out from anywhere.
    let knowing: Vec<_> = story.into_iter().chain([event(3, Kind::CheckOut, NOON + 2 * MINUTE, &[2])]).collect();
    assert_eq!(stands(&knowing).0, Presence::Out);
}

#[test]
fn a_departure_that_knows_one_of_two_scans_of_the_new_place_is_believed() {
    let story = [
        clock(100),
        event(1, Kind::CheckIn, NOON, &[]),
        at(event(2, Kind::CheckIn, NOON + MINUTE, &[]), SCHOOL),
        at(event(3, Kind::CheckIn, NOON + MINUTE + 1, &[]), SCHOOL),
        event(4, Kind::CheckOut, NOON + 2 * MINUTE, &[1, 2]),
    ];
    assert_eq!(stands(&story).0, Presence::Out);
}

#[test]
fn corrected_time_decides_where_wall_clocks_would_err() {
    // The school's tablet lives 400 days ago; the family went there after the gym.
    let gym = event(1, Kind::CheckIn, NOON, &[]);
    let school = unknown_clock(at(event(2, Kind::CheckIn, NOON + MINUTE, &[]), SCHOOL), 0xb1, -400 * DAY);
    let mut observed = unknown_clock(event(3, Kind::Clock, NOON + 2 * MINUTE, &[]), 0xb1, -400 * DAY);
    (observed.subject, observed.observed) = (None, Some(Observed::Trusted { at_ms: NOON + 2 * MINUTE }));
    let before = [clock(100), gym.clone(), school.clone()];
    assert_eq!(stands(&before).1, shelter(GYM));
    assert!(party(&before).claims.len() == 2);
    let after = [clock(100), gym, school, observed];
    assert_eq!(stands(&after).1, shelter(SCHOOL));
    assert_eq!(standing(&after).since_ms, NOON + MINUTE);
}

#[test]
fn the_clock_of_the_node_that_took_it_stands_in_for_the_tablets() {
    let gym = event(1, Kind::CheckIn, NOON, &[]);
    let school = unknown_clock(at(event(2, Kind::CheckIn, NOON + MINUTE, &[]), SCHOOL), 0xb1, -400 * DAY);
    let taken = stamp(0xe, 1, Reading { mono_ms: 9_000, wall_ms: 0 });
    let mut node = event(3, Kind::Clock, NOON, &[]);
    (node.subject, node.boot, node.mono_ms, node.wall_ms) = (None, taken.boot, 10_000, 0);
    node.observed = Some(Observed::Trusted { at_ms: NOON + 2 * MINUTE });
    let mut found = register(&[clock(100), gym, school.clone()]);
    assert!(found.stamp(school.id, &taken));
    assert!(!found.stamp(school.id, &taken));
    let place = |found: &reception::Register| found.subject(scope(), sato()).unwrap().standing.unwrap().place;
    assert_eq!(place(&found), shelter(GYM));
    found.apply(&node, hash(&node), &[]);
    assert_eq!(place(&found), shelter(SCHOOL));
    let line = found.history(scope(), sato()).pop().unwrap();
    assert_eq!((line.at_ms, line.sure), (NOON + 2 * MINUTE - 1_000, false));
}

#[test]
fn the_curve_goes_over_corrected_time() {
    let late = unknown_clock(about(event(2, Kind::CheckIn, NOON + MINUTE, &[]), reception::Subject(7)), 0xb1, 90 * DAY);
    let mut observed = unknown_clock(event(3, Kind::Clock, NOON, &[]), 0xb1, 90 * DAY);
    (observed.subject, observed.observed) = (None, Some(Observed::Trusted { at_ms: NOON }));
    let found = register(&[
        clock(100),
        event(1, Kind::CheckIn, NOON, &[]),
        late,
        observed,
        event(4, Kind::CheckOut, NOON + 5 * MINUTE, &[1]),
    ]);
    let curve: Vec<_> =
        found.curve(scope(), &shelter(GYM)).iter().map(|p| (p.at_ms - NOON, p.households, p.persons)).collect();
    assert_eq!(curve, [(0, 1, 3), (MINUTE, 2, 6), (5 * MINUTE, 1, 3)]);
}

#[test]
fn a_register_answers_nothing_for_what_it_does_not_know() {
    let found = register(&[event(1, Kind::CheckIn, NOON, &[])]);
    let nowhere = shelter(Uuid::from_u128(99));
    assert!(found.curve(scope(), &nowhere).is_empty() && found.present_in(scope(), &nowhere).is_empty());
    let drill = reception::Scope { mode: kernel::Mode::Drill, ..scope() };
    assert_eq!(found.subject(drill, sato()), None);
    assert_eq!(found.shelter(drill, GYM), reception::fold::Occupancy::default());
    assert!(found.history(drill, sato()).is_empty() && found.places(drill).is_empty());
}
