//! What is about a shelter and nobody in it, and what comes a second time.

use reception::Kind;
use reception::fold::{Applied, Effect};

use crate::support::*;

#[test]
fn notes_of_a_shelter_stand_in_order_and_can_be_voided() {
    let note = |n, kind, minutes: i64| {
        let mut note = event(n, kind, NOON + minutes * MINUTE, &[]);
        note.subject = None;
        note
    };
    let void = with(note(3, Kind::Void, 9), id(1));
    let found = register(&[clock(100), note(1, Kind::Request, 5), note(2, Kind::Incident, 1), void]);
    let lines: Vec<_> = found.notes(scope(), &shelter(GYM)).iter().map(|line| (line.kind, line.effect)).collect();
    assert_eq!(
        lines,
        [(Kind::Incident, Effect::InForce), (Kind::Request, Effect::Voided), (Kind::Void, Effect::InForce)]
    );
    assert!(found.notes(scope(), &shelter(SCHOOL)).is_empty());
}

#[test]
fn what_comes_twice_has_one_effect_and_other_content_none() {
    let come = event(1, Kind::CheckIn, NOON, &[]);
    let mut found = register(std::slice::from_ref(&come));
    let before = found.state_hash();
    assert_eq!(found.apply(&come, hash(&come), &[]), Applied::Already { stamped: false });
    let forged = counting(come, people(900, 0));
    assert_eq!(found.apply(&forged, [9; 32], &[]), Applied::OtherContent);
    assert_eq!((found.state_hash(), found.len()), (before, 1));
    assert_eq!(found.shelter(scope(), GYM).present.counts, people(2, 1));
}

#[test]
fn a_kind_of_a_later_program_is_kept_and_changes_nothing() {
    let story = [event(1, Kind::CheckIn, NOON, &[]), event(2, Kind::Unknown, NOON + MINUTE, &[1])];
    let found = register(&story);
    assert_eq!(found.shelter(scope(), GYM).present.households, 1);
    assert_eq!(found.history(scope(), sato()).last().map(|line| line.kind), Some(Kind::Unknown));
    assert_eq!(party(&story).heads, [id(2)]);
}

#[test]
fn heads_fit_into_the_causes_of_the_next_event() {
    let scans: Vec<_> = (1..100).map(|n| event(n, Kind::CheckIn, NOON + i64::try_from(n).unwrap(), &[])).collect();
    let heads = party(&scans).heads;
    assert_eq!(heads.len(), reception::event::MAX_CAUSES);
    assert_eq!(heads.last(), Some(&id(99)));
}
