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

#[test]
fn a_checkpoint_is_what_was_said_last_upon_what_was_known() {
    let rule = |n: u128, name: &str, at_ms: i64, causes: &[u128]| {
        let mut event = with(event(n, Kind::Rule, at_ms, causes), id(50));
        event.subject = None;
        event.rule = Some(serde_json::json!({ "name": name, "kind": "meal", "who": "person" }));
        event
    };
    let names = |events: &[reception::Event]| -> Vec<String> {
        let found = register(events);
        found.checkpoints(scope(), &shelter(GYM)).into_iter().map(|one| one.rule.name).collect()
    };
    // The second desk's clock is an hour behind: it had seen the first word, so that its own stands.
    let (first, upon) = (rule(1, "朝食", NOON, &[]), rule(2, "朝食と飲み物", NOON - 60 * MINUTE, &[1]));
    assert_eq!(names(&[clock(100), first.clone(), upon.clone()]), ["朝食と飲み物"]);
    assert_eq!(names(&[upon.clone(), first.clone(), clock(100)]), ["朝食と飲み物"]);
    let mut void = with(event(3, Kind::Void, NOON + MINUTE, &[]), id(2));
    void.subject = None;
    let taken_back = [clock(100), first.clone(), upon.clone(), void];
    assert_eq!(names(&taken_back), ["朝食"]);
    assert_ne!(register(&taken_back).state_hash(), register(&taken_back[..3]).state_hash());
    // Of a later program: kept, and nothing here.
    let mut later = rule(4, "x", NOON + 2 * MINUTE, &[]);
    later.rule = Some(serde_json::json!({ "name": "x", "kind": "meal", "who": "village" }));
    assert_eq!(names(&[first, later]), ["朝食"]);
}
