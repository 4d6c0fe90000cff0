//! Laws that hold for every set of facts, in whatever order they come.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use reception::clock::Reading;
use reception::event::Observed;
use reception::{Event, Kind, Register, Stamp, Subject};
use uuid::Uuid;

use crate::support::*;

/// An event with the stamps that came with it.
type Delivered = (Event, Vec<Stamp>);

const KINDS: [Kind; 14] = [
    Kind::CheckIn,
    Kind::CheckIn,
    Kind::CountOnly,
    Kind::Leave,
    Kind::Return,
    Kind::CheckOut,
    Kind::Move,
    Kind::Amend,
    Kind::Link,
    Kind::Link,
    Kind::Unlink,
    Kind::Void,
    Kind::Note,
    Kind::Clock,
];

/// Something written by one of four boots about one of five households, upon anything written before or after.
fn delivered(n: u128, total: u128) -> impl Strategy<Value = Delivered> {
    let what = (0..KINDS.len(), 0..5_u128, 0..5_u128, 0..3_u128, 1..=total);
    let when = (0..4_u128, 0..40_i64, -2..3_i64, vec(1..=total, 0..3), any::<bool>());
    let marks = vec((0..2_u128, 0..30_i64), 0..3);
    (what, when, marks).prop_map(
        move |((kind, who, other, place, of), (boot, minute, days, causes, trusted), marks)| {
            let mut made = event(n, KINDS[kind], NOON + minute * MINUTE, &causes);
            made = unknown_clock(about(made, Subject(who)), 0xb0 + boot, days * 400 * DAY);
            made.shelter = [None, Some(GYM), Some(SCHOOL)][usize::try_from(place).unwrap()];
            made.other = match made.kind {
                Kind::Void => Some(id(of).to_string()),
                Kind::Link | Kind::Unlink => Some(Subject(other).to_string()),
                Kind::Move => Some(SCHOOL.to_string()),
                _ => None,
            };
            // Another boot, or a node's.
            let others = [0xb0 + other % 4, 0xe << 8, 0xf << 8];
            let boot = Uuid::from_u128(others[usize::try_from(place).unwrap()]);
            made.observed = match made.kind {
                Kind::Clock if trusted => Some(Observed::Trusted { at_ms: NOON + minute * MINUTE }),
                Kind::Clock => Some(Observed::Boot { boot, mono_ms: 77_000 }),
                _ => None,
            };
            if made.kind == Kind::Clock || minute % 7 == 0 {
                made.subject = None;
            }
            let stamp = |(node, position): (u128, i64)| {
                let reading = Reading { mono_ms: u64::try_from(position).unwrap() * 60_000, wall_ms: NOON - DAY };
                stamp(0xe + node, position, reading)
            };
            (made, marks.into_iter().map(stamp).collect())
        },
    )
}

fn facts() -> impl Strategy<Value = Vec<Delivered>> {
    (1..26_u128).prop_flat_map(|total| (1..=total).map(|n| delivered(n, total)).collect::<Vec<_>>())
}

fn shuffled<T: Clone>(list: &[T], seed: u64) -> Vec<T> {
    let mut state = seed;
    let mut keyed: Vec<(u64, T)> = list
        .iter()
        .map(|item| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 16, item.clone())
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, item)| item).collect()
}

fn take(register: &mut Register, facts: &[Delivered]) {
    for (event, stamps) in facts {
        register.apply(event, hash(event), stamps);
    }
}

fn folded(facts: &[Delivered]) -> Register {
    let mut register = Register::default();
    take(&mut register, facts);
    register
}

/// What a node passes on of what it holds: every event once, with all its stamps.
fn kept(facts: &[Delivered]) -> Vec<Delivered> {
    let mut kept = std::collections::BTreeMap::new();
    for (event, stamps) in facts {
        let entry: &mut Delivered = kept.entry(event.id).or_insert_with(|| (event.clone(), Vec::new()));
        for stamp in stamps {
            if !entry.1.contains(stamp) {
                entry.1.push(*stamp);
            }
        }
    }
    kept.into_values().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// I3: applying in any order gives what rebuilding gives.
    #[test]
    fn the_same_facts_give_the_same_state(facts in facts(), seed in any::<u64>()) {
        let (one, other) = (folded(&facts), folded(&shuffled(&facts, seed)));
        prop_assert_eq!(one.state_hash(), other.state_hash());
        prop_assert_eq!(one.places(scope()), other.places(scope()));
        for subject in (0..5).map(Subject) {
            prop_assert_eq!(one.subject(scope(), subject), other.subject(scope(), subject));
            prop_assert_eq!(one.history(scope(), subject), other.history(scope(), subject));
        }
        for (place, _) in one.places(scope()) {
            prop_assert_eq!(one.curve(scope(), &place), other.curve(scope(), &place));
        }
    }

    /// I2: repeated deliveries, and stamps that come apart from their events, change nothing.
    #[test]
    fn each_event_has_one_effect(facts in facts(), again in vec(any::<Index>(), 0..20), seed in any::<u64>()) {
        let repeated = again.iter().map(|index| (index.get(&facts).0.clone(), Vec::new()));
        let all: Vec<Delivered> = facts.iter().cloned().chain(repeated).collect();
        let mut apart = Register::default();
        for (event, stamps) in shuffled(&facts, seed) {
            if seed % 2 == 0 {
                take(&mut apart, &[(event.clone(), Vec::new())]);
            }
            for stamp in &stamps {
                apart.stamp(event.id, stamp);
            }
            take(&mut apart, &[(event, Vec::new())]);
        }
        let expected = folded(&facts);
        prop_assert_eq!(folded(&shuffled(&all, seed)).state_hash(), expected.state_hash());
        prop_assert_eq!(apart.state_hash(), expected.state_hash());
        prop_assert_eq!(apart.len(), facts.len());
    }

    /// I4: no event ever goes, whatever comes.
    #[test]
    fn the_set_only_grows(facts in facts()) {
        let mut register = Register::default();
        for (count, (event, stamps)) in facts.iter().enumerate() {
            register.apply(event, hash(event), stamps);
            prop_assert_eq!(register.len(), count + 1);
            for (earlier, _) in &facts[..=count] {
                prop_assert_eq!(register.hash_of(earlier.id), Some(hash(earlier)));
            }
        }
    }

    /// I5: once the offsets of its boots are known, no wall clock has a say.
    #[test]
    fn presence_does_not_depend_on_wall_clocks(facts in facts(), skews in vec(-800..800_i64, 4)) {
        let known = |skewed: bool| {
            let observed = (0..4_u128).map(|boot| {
                let mut observed = unknown_clock(clock(900 + boot), 0xb0 + boot, 0);
                observed.wall_ms = NOON;
                (observed, Vec::new())
            });
            let plain = facts.iter().filter(|(event, _)| event.kind != Kind::Clock).cloned();
            let mut all: Vec<Delivered> = plain.chain(observed).collect();
            for (event, _) in &mut all {
                let boot = usize::try_from(event.boot.as_u128() - 0xb0).unwrap();
                if skewed {
                    event.wall_ms += skews[boot] * DAY;
                }
            }
            folded(&all)
        };
        let (right, skewed) = (known(false), known(true));
        prop_assert_eq!(right.places(scope()), skewed.places(scope()));
        for subject in (0..5).map(Subject) {
            prop_assert_eq!(right.subject(scope(), subject), skewed.subject(scope(), subject));
        }
    }

    /// I8: the head-count is the number of parties whose newest word is "in", each once.
    #[test]
    fn the_head_count_is_the_number_of_present_parties(facts in facts()) {
        let register = folded(&facts);
        let mut parties: Vec<_> = (0..5).filter_map(|n| register.subject(scope(), Subject(n))).collect();
        parties.dedup_by(|a, b| a.subjects == b.subjects);
        parties.sort_by_key(|party| party.subjects[0]);
        parties.dedup_by(|a, b| a.subjects == b.subjects);
        let present = parties.iter().filter_map(|party| party.standing.as_ref()).filter(|standing| standing.presence.is_present());
        let (households, persons) = present.fold((0, 0), |sum, standing| (sum.0 + 1, sum.1 + standing.counts.persons()));
        let places = register.places(scope());
        prop_assert_eq!(places.iter().map(|(_, now)| now.present.households).sum::<u32>(), households);
        prop_assert_eq!(places.iter().map(|(_, now)| now.present.counts.persons()).sum::<u32>(), persons);
        for (place, now) in places {
            let listed = register.present_in(scope(), &place);
            prop_assert_eq!(listed.len(), usize::try_from(now.present.households).unwrap());
            let end = register.curve(scope(), &place).last().map_or((0, 0), |point| (point.households, point.persons));
            prop_assert_eq!(end, (now.present.households, now.present.counts.persons()));
        }
    }
}

proptest! {
    // Each case folds at every cut.
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// r(B) = r(r(B ≤ c) ∪ B > c) for every c.
    #[test]
    fn what_was_kept_and_what_came_later_give_the_whole(facts in facts(), again in vec(any::<Index>(), 0..10)) {
        let repeated = again.iter().map(|index| index.get(&facts).clone());
        let deliveries: Vec<Delivered> = facts.iter().cloned().chain(repeated).collect();
        let whole = folded(&kept(&deliveries)).state_hash();
        for cut in 0..=deliveries.len() {
            let (before, after) = deliveries.split_at(cut);
            let mut resumed = kept(before);
            resumed.extend(after.iter().cloned());
            prop_assert_eq!(folded(&kept(&resumed)).state_hash(), whole);
            let mut live = folded(&kept(before));
            take(&mut live, after);
            prop_assert_eq!(live.state_hash(), whole);
        }
    }
}
