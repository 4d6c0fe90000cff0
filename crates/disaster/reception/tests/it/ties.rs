//! Voids, links and their undoing.

use kernel::Mode;
use reception::fold::{Applied, Effect};
use reception::{Event, Kind, Presence, Register, Subject};

use crate::support::*;

fn suzuki() -> Subject {
    Subject(0x5)
}

fn void(n: u128, of: u128, causes: &[u128]) -> Event {
    with(event(n, Kind::Void, NOON + i64::try_from(n).unwrap() * MINUTE, causes), id(of))
}

#[test]
fn a_voided_event_has_no_effect_and_stays_in_the_history() {
    let come = event(1, Kind::CheckIn, NOON, &[]);
    let wrong = event(2, Kind::CheckOut, NOON + MINUTE, &[1]);
    let story = [clock(100), come, wrong, void(3, 2, &[2])];
    assert_eq!(stands(&story), (Presence::In, shelter(GYM)));
    let lines = register(&story).history(scope(), sato());
    assert_eq!(
        lines.iter().map(|line| (line.id, line.effect)).collect::<Vec<_>>(),
        [(id(1), Effect::InForce), (id(2), Effect::Voided), (id(3), Effect::InForce),]
    );
    // Undone: a void of the void.
    let undone: Vec<_> = story.into_iter().chain([void(4, 3, &[3])]).collect();
    assert_eq!(stands(&undone).0, Presence::Out);
}

#[test]
fn a_void_of_the_only_event_leaves_nobody_anywhere() {
    let story = [event(1, Kind::CheckIn, NOON, &[]), void(2, 1, &[1])];
    assert_eq!(party(&story).standing, None);
    assert_eq!(register(&story).shelter(scope(), GYM).present.households, 0);
}

#[test]
fn a_void_may_come_before_its_event_and_about_nobody() {
    let mut blind = void(2, 1, &[]);
    blind.subject = None;
    for story in
        [[event(1, Kind::CheckIn, NOON, &[]), blind.clone()], [blind.clone(), event(1, Kind::CheckIn, NOON, &[])]]
    {
        assert_eq!(party(&story).standing, None);
        assert_eq!(register(&story).history(scope(), sato()).len(), 2);
    }
}

#[test]
fn what_was_written_upon_a_voided_event_is_shown_not_dropped() {
    let come = event(1, Kind::CheckIn, NOON, &[]);
    let out = event(3, Kind::Leave, NOON + 3 * MINUTE, &[1]);
    let story = [clock(100), come, void(2, 1, &[1]), out];
    let found = register(&story);
    assert_eq!(party(&story).after_void, [id(3)]);
    assert_eq!(found.surfaced(scope()), [sato()]);
    assert_eq!(stands(&story).0, Presence::Away);
    // Whoever knew of the void meant it.
    let knowing = [story[0].clone(), story[1].clone(), story[2].clone(), event(3, Kind::Leave, NOON, &[1, 2])];
    assert!(party(&knowing).after_void.is_empty() && register(&knowing).surfaced(scope()).is_empty());
}

#[test]
fn voids_in_a_circle_end_and_do_not_depend_on_their_order() {
    let (a, b) = (void(2, 3, &[]), void(3, 2, &[]));
    let come = event(1, Kind::CheckIn, NOON, &[]);
    let one = register(&[come.clone(), a.clone(), b.clone(), void(4, 1, &[])]);
    let other = register(&[void(4, 1, &[]), b, a, come]);
    assert_eq!(one.state_hash(), other.state_hash());
}

#[test]
fn linked_subjects_count_once_until_they_are_unlinked() {
    let sato_in = event(1, Kind::CheckIn, NOON, &[]);
    let suzuki_in = counting(about(event(2, Kind::CheckIn, NOON + MINUTE, &[]), suzuki()), people(4, 0));
    let link = with(event(3, Kind::Link, NOON + 2 * MINUTE, &[1, 2]), suzuki());
    let unlink = with(about(event(4, Kind::Unlink, NOON + 3 * MINUTE, &[3]), suzuki()), sato());
    let mut found = register(&[clock(100), sato_in, suzuki_in]);
    assert_eq!(found.shelter(scope(), GYM).present.households, 2);
    found.apply(&link, hash(&link), &[]);
    assert_eq!(found.shelter(scope(), GYM).present.households, 1);
    assert_eq!(found.shelter(scope(), GYM).present.counts, people(4, 0));
    let party = found.subject(scope(), sato()).unwrap();
    assert_eq!((party.subjects, party.heads), (vec![suzuki(), sato()], vec![id(3)]));
    assert_eq!(found.present_in(scope(), &shelter(GYM)).len(), 1);
    assert_eq!(found.history(scope(), suzuki()).len(), 3);
    let mut undone = found.clone();
    undone.apply(&unlink, hash(&unlink), &[]);
    assert_eq!(undone.shelter(scope(), GYM).present.households, 2);
    assert_eq!(undone.shelter(scope(), GYM).present.counts, people(6, 1));
    // Undone by a void instead.
    let void = void(5, 3, &[3]);
    found.apply(&void, hash(&void), &[]);
    assert_eq!(found.shelter(scope(), GYM).present.households, 2);
}

#[test]
fn two_cards_of_one_family_at_two_shelters_are_a_conflict_once_they_are_linked() {
    let here = event(1, Kind::CheckIn, NOON, &[]);
    let there = at(about(event(2, Kind::CheckIn, NOON + MINUTE, &[]), suzuki()), SCHOOL);
    let link = with(event(3, Kind::Link, NOON + 2 * MINUTE, &[]), suzuki());
    let found = register(&[clock(100), here, there, link]);
    assert_eq!(found.conflicts(scope()), [suzuki()]);
    let total: u32 = found.places(scope()).iter().map(|(_, now)| now.present.households).sum();
    assert_eq!(total, 1);
}

#[test]
fn a_chain_of_links_is_one_party_and_breaks_where_it_is_cut() {
    let names = [1, 2, 3, 4].map(Subject);
    let mut found = Register::default();
    let mut take = |event: Event| {
        assert_eq!(found.apply(&event, hash(&event), &[]), Applied::New);
        found.shelter(scope(), GYM).present.households
    };
    for (n, name) in (1..).zip(names) {
        take(about(event(n, Kind::CheckIn, NOON, &[]), name));
    }
    assert_eq!(take(with(about(event(11, Kind::Link, NOON, &[]), names[0]), names[1])), 3);
    assert_eq!(take(with(about(event(12, Kind::Link, NOON, &[]), names[2]), names[3])), 2);
    assert_eq!(take(with(about(event(13, Kind::Link, NOON, &[]), names[1]), names[2])), 1);
    assert_eq!(take(with(about(event(14, Kind::Unlink, NOON + 1, &[13]), names[2]), names[1])), 2);
    // A subject linked to itself is itself.
    assert_eq!(take(with(about(event(15, Kind::Link, NOON, &[]), names[0]), names[0])), 2);
}

#[test]
fn a_drill_voids_and_links_nothing_live() {
    let drill = |mut event: Event| {
        event.mode = Mode::Drill;
        event
    };
    let live = event(1, Kind::CheckIn, NOON, &[]);
    let other = about(event(2, Kind::CheckIn, NOON, &[]), suzuki());
    let story = [live, other, drill(void(3, 1, &[])), drill(with(event(4, Kind::Link, NOON, &[]), suzuki()))];
    assert_eq!(register(&story).shelter(scope(), GYM).present.households, 2);
}
