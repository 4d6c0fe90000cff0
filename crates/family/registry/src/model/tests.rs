//! Properties that hold for every rule and every household, not for examples.

use std::sync::LazyLock;

use chrono::NaiveDate;
use proptest::prelude::*;

use super::compile::{Decider, Verdict};
use super::condition::{Condition, Rule};
use super::decide::decide;
use super::facts::{Facts, Span};
use super::*;
use crate::seed::starting_set;

static RULES: LazyLock<Vec<(NaiveDate, Rule)>> = LazyLock::new(|| {
    let set = starting_set().unwrap();
    set.into_iter().map(|started| (started.valid_from, started.content.rule)).collect()
});

/// A household by a stream of numbers: some attributes settled, some ranges, some unknown.
fn household(numbers: &[u64], on: NaiveDate) -> Facts {
    let mut at = 0;
    let mut next = |below: u64| {
        at += 1;
        let mixed = numbers[at % numbers.len()].wrapping_mul(u64::try_from(at).unwrap_or(1) * 2_654_435_761 + 1);
        (mixed >> 7) % below.max(1)
    };
    let mut facts = Facts::unknown();
    facts.complete = next(3) != 0;
    let today = day_number(on);
    let one = |attribute: &Attribute, next: &mut dyn FnMut(u64) -> u64| {
        let whole = attribute.unknown();
        match next(4) {
            0 => whole,
            1 if matches!(attribute.kind, Kind::Count | Kind::Yen) => {
                let lo = i64::try_from(next(8)).unwrap() * 400_000 % 3_000_001;
                Span::new(lo, lo + i64::try_from(next(3_000_000)).unwrap())
            }
            _ => Span::exactly(match attribute.kind {
                Kind::Flag => i64::try_from(next(2)).unwrap(),
                Kind::Choice => i64::try_from(next(attribute.options.len() as u64)).unwrap(),
                Kind::Count => i64::try_from(next(6)).unwrap(),
                Kind::Yen => i64::try_from(next(8_000_000)).unwrap(),
                Kind::Day => today - i64::try_from(next(9_000)).unwrap(),
                Kind::Municipality => 2203,
            }),
        }
    };
    facts.household = attributes().household().map(|attribute| one(attribute, &mut next)).collect();
    let people = next(5);
    for _ in 0..people {
        let mut person: Vec<Span> = attributes()
            .person()
            .map(|attribute| if attribute.derived.is_some() { attribute.unknown() } else { one(attribute, &mut next) })
            .collect();
        facts::derive(&mut person, on);
        facts.people.push(person);
    }
    facts
}

/// The same household with some spans narrower.
fn narrowed(facts: &Facts, pick: &[u64], on: NaiveDate) -> Facts {
    let mut at = 0;
    let mut narrow = |span: &mut Span| {
        at += 1;
        let number = pick[at % pick.len()];
        if number.is_multiple_of(3) && !span.is_settled() {
            let (lo, hi) = (span.lo.max(-40_000), span.hi.min(5_000_000));
            let width = (hi - lo).max(0);
            let value = lo + i64::try_from(number / 3).unwrap_or(0).rem_euclid(width + 1);
            *span = Span::exactly(value.clamp(span.lo, span.hi));
        }
    };
    let mut more = facts.clone();
    more.household.iter_mut().for_each(&mut narrow);
    let derived: Vec<bool> = attributes().person().map(|attribute| attribute.derived.is_some()).collect();
    for person in &mut more.people {
        person.iter_mut().zip(&derived).filter(|(_, derived)| !**derived).for_each(|(span, _)| narrow(span));
        facts::derive(person, on);
    }
    more.complete |= pick[0].is_multiple_of(2);
    more
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn more_facts_settle_and_never_turn(
        numbers in proptest::collection::vec(any::<u64>(), 24), pick in proptest::collection::vec(any::<u64>(), 24)
    ) {
        let on = "2026-11-28".parse().unwrap();
        let less = household(&numbers, on);
        let more = narrowed(&less, &pick, on);
        for (from, rule) in RULES.iter() {
            let decider = Decider::of(rule, on.max(*from));
            let (before, after) = (decider.verdict(&less), decider.verdict(&more));
            prop_assert!(before == Verdict::Check || before == after, "{:?} became {:?}", before, after);
        }
    }

    #[test]
    fn nothing_known_excludes_nobody_and_every_answer_has_a_reason(numbers in proptest::collection::vec(any::<u64>(), 24)) {
        let on = "2026-11-28".parse().unwrap();
        for (_, rule) in RULES.iter() {
            prop_assert_ne!(decide(rule, &Facts::unknown(), on).verdict, Verdict::No);
            let facts = household(&numbers, on);
            let decision = decide(rule, &facts, on);
            let asked = !decision.reasons.is_empty() || !decision.missing.is_empty();
            let nobody = decision.verdict == Verdict::No && facts.complete;
            prop_assert!(asked || nobody, "{:?}", decision);
            for yen in &decision.amounts {
                if let (Some(least), Some(most)) = (yen.least, yen.most) {
                    prop_assert!(0 <= least && least <= most, "{:?}", yen);
                }
            }
        }
    }

    #[test]
    fn what_is_missing_settles_it(numbers in proptest::collection::vec(any::<u64>(), 24)) {
        // Whatever is named as missing is really not settled, so that a questionnaire comes to an end.
        let on = "2026-11-28".parse().unwrap();
        let facts = household(&numbers, on);
        for (_, rule) in RULES.iter() {
            for missing in decide(rule, &facts, on).missing {
                let Some(slot) = attributes().slot(&missing.attribute) else { continue };
                let span = match missing.person {
                    Some(person) => facts.people[person][slot.index],
                    None => facts.household[slot.index],
                };
                prop_assert!(!span.is_settled(), "{:?}", missing);
            }
        }
    }
}

#[test]
fn receiving_and_not_receiving_are_two_predicates() {
    let source = serde_json::json!({ "text": "児童扶養手当を受けていないこと", "law": "見本" });
    let rule = |value: bool| -> Rule {
        let test = serde_json::json!({ "condition": { "test": {
            "attribute": "receives.child_rearing_allowance", "op": "is", "value": value, "source": source
        } } });
        serde_json::from_value(test).unwrap()
    };
    let on = "2026-11-28".parse().unwrap();
    let read = |household: serde_json::Value| {
        Facts::read(&serde_json::from_value(serde_json::json!({ "household": household })).unwrap(), on).unwrap()
    };
    let receives = read(serde_json::json!({ "receives.child_rearing_allowance": true }));
    let unknown = read(serde_json::json!({}));
    for (value, facts, verdict) in [
        (true, &receives, Verdict::Yes),
        (false, &receives, Verdict::No),
        (true, &unknown, Verdict::Check),
        (false, &unknown, Verdict::Check),
    ] {
        assert_eq!(decide(&rule(value), facts, on).verdict, verdict);
    }
}

#[test]
fn a_sentence_of_other_days_decides_nothing() {
    let rule = |from: &str| -> Rule {
        serde_json::from_value(serde_json::json!({ "condition": { "test": {
            "attribute": "pregnant", "op": "is", "value": true,
            "source": { "text": "妊婦", "law": "見本", "from": from }
        } } }))
        .unwrap()
    };
    let on = "2026-11-28".parse().unwrap();
    let profile = serde_json::from_value(serde_json::json!({ "household": { "pregnant": false } })).unwrap();
    let facts = Facts::read(&profile, on).unwrap();
    assert_eq!(decide(&rule("2026-04-01"), &facts, on).verdict, Verdict::No);
    assert_eq!(decide(&rule("2027-04-01"), &facts, on).verdict, Verdict::Check);
}

#[test]
fn a_rule_with_faults_is_told_where() {
    let source = serde_json::json!({ "text": "文", "law": "法" });
    let test = |attribute: &str, op: &str, value: serde_json::Value| serde_json::json!({ "test": { "attribute": attribute, "op": op, "value": value, "source": source } });
    let cases = [
        (test("ghost", "is", true.into()), "no-such-attribute"),
        (test("age_years", "less_than", 3.into()), "person-only"),
        (test("total_income", "less_than", 1_000_000.into()), "no-basis"),
        (test("pregnant", "at_least", true.into()), "does-not-fit"),
        (test("damage_grade", "is", "半壊".into()), "does-not-fit"),
        (test("total_income", "at_most", serde_json::json!({ "parameter": "nowhere" })), "no-such-figure"),
        (serde_json::json!({ "all": [] }), "empty"),
        (
            serde_json::json!({ "someone": { "roles": ["baby"], "where": test("age_years", "less_than", 3.into()) } }),
            "no-such-role",
        ),
        (
            serde_json::json!({ "all": [test("dependents", "at_least", 3.into()), test("dependents", "less_than", 3.into())] }),
            "contradiction",
        ),
        (
            serde_json::json!({ "all": [test("pregnant", "is", true.into()), { "not": test("pregnant", "is", true.into()) }] }),
            "contradiction",
        ),
        (
            serde_json::json!({ "test": { "attribute": "pregnant", "op": "is", "value": true, "source": { "text": " ", "law": "" } } }),
            "no-source",
        ),
    ];
    for (condition, code) in cases {
        let content: Content = serde_json::from_value(serde_json::json!({
            "topic": "family", "record": {}, "rule": { "condition": condition }
        }))
        .unwrap();
        let faults = check_content(&content);
        assert!(faults.iter().any(|fault| fault.code == code), "{condition}: {faults:?}");
    }
    faults_of_size();
    let deep = (0..40).fold(test("pregnant", "is", true.into()), |inner, _| serde_json::json!({ "not": inner }));
    let condition: Condition = serde_json::from_value(deep).unwrap();
    let content = Content {
        rule: Rule { condition, amounts: Vec::new(), parameters: Parameters::new() },
        ..starting_set().unwrap().remove(0).content
    };
    assert!(check_content(&content).iter().any(|fault| fault.code == "too-large"));
}

/// What would make one decision slow, or its sums too large.
fn faults_of_size() {
    let source = serde_json::json!({ "text": "文", "law": "法" });
    let child =
        serde_json::json!({ "test": { "attribute": "in_facility", "op": "is", "value": false, "source": source } });
    let someone = |inner: &serde_json::Value| serde_json::json!({ "someone": { "roles": ["child"], "where": inner } });
    let order = |inner: &serde_json::Value| serde_json::json!({ "order": { "op": "at_least", "value": 2, "among": inner, "source": source } });
    let rule = |condition: serde_json::Value, value: i64, step: i64| {
        serde_json::json!({ "condition": condition, "parameters": { "limit": [
            { "from": "2026-04-01", "value": [value], "step": step, "source": source }
        ] } })
    };
    let most = facts::MOST_YEN;
    let case = serde_json::json!({ "name": "例", "on": "2026-11-28", "profile": {}, "verdict": "check" });
    for (rule, cases, code) in [
        (rule(someone(&someone(&child)), 0, 0), 1, Some("nested-people")),
        (rule(someone(&order(&order(&child))), 0, 0), 1, Some("nested-people")),
        (rule(someone(&order(&someone(&child))), 0, 0), 1, Some("nested-people")),
        (rule(someone(&order(&child)), most, most), 100, None),
        (rule(someone(&child), -1, 0), 1, Some("out-of-range")),
        (rule(someone(&child), most + 1, 0), 1, Some("out-of-range")),
        (rule(someone(&child), 0, i64::MAX), 1, Some("out-of-range")),
        (rule(someone(&child), 0, -1), 1, Some("out-of-range")),
        (rule(someone(&child), 0, 0), 101, Some("too-many")),
    ] {
        let content: Content = serde_json::from_value(serde_json::json!({
            "topic": "family", "record": {}, "rule": rule, "cases": vec![&case; cases]
        }))
        .unwrap();
        let (faults, results) = try_content(&content);
        assert_eq!(faults.first().map(|fault| fault.code.as_str()), code, "{rule}: {faults:?}");
        assert_eq!(results.len(), if code.is_none() { cases } else { 0 }, "cases are run only where nothing is wrong");
    }
}

#[test]
fn a_step_beyond_all_numbers_does_not_overflow() {
    let source = serde_json::json!({ "text": "文", "law": "法" });
    let rule: Rule = serde_json::from_value(serde_json::json!({
        "condition": { "test": { "attribute": "total_income", "op": "at_most", "source": source,
            "value": { "parameter": "limit", "by": "dependents" } } },
        "parameters": { "limit": [{ "from": "2026-04-01", "value": [1], "step": i64::MAX, "source": source }] }
    }))
    .unwrap();
    let on = "2026-11-28".parse().unwrap();
    let profile = serde_json::json!({ "household": { "total_income": 5, "dependents": 9 } });
    let facts = Facts::read(&serde_json::from_value(profile).unwrap(), on).unwrap();
    assert_eq!(decide(&rule, &facts, on).verdict, Verdict::Yes);
}

#[test]
fn programmes_that_wait_for_each_other_are_refused() {
    let needs = |id: &str, value: bool| -> Content {
        serde_json::from_value(serde_json::json!({ "topic": "family", "record": {}, "rule": { "condition": { "test": {
            "attribute": id, "op": "is", "value": value, "source": { "text": "文", "law": "法" }
        } } } }))
        .unwrap()
    };
    let (a, b) = ("child_allowance", "child_rearing_allowance");
    let of = |key: &str| format!("receives.{key}");
    let cycle = check_cycles(a, &needs(&of(b), true), &[(b.to_owned(), needs(&of(a), true))]);
    assert_eq!(cycle, Err(Refused::Cycle(b.to_owned())));
    assert!(check_cycles(a, &needs(&of(a), true), &[]).is_err(), "nobody can begin");
    let shut_out = check_cycles(a, &needs(&of(b), true), &[(b.to_owned(), needs(&of(a), false))]);
    assert!(shut_out.is_err(), "to receive it one must receive what its receipt shuts out");
    let either = check_cycles(a, &needs(&of(b), false), &[(b.to_owned(), needs(&of(a), false))]);
    assert_eq!(either, Ok(()), "one or the other is no cycle");
    assert_eq!(check_cycles(a, &needs(&of(b), true), &[(b.to_owned(), needs("pregnant", true))]), Ok(()));
}
