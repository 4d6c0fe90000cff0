//! Twenty thousand made households, decided here and in TypeScript: both must come to the digests of `vectors.json`.
//!
//! The households come of a small generator that both programs have (`web/src/rooms/registry/made.ts`). When a rule or the
//! dictionary changes on purpose, this test writes the new digests beside its target folder and says where.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};
use registry::model::{Attribute, Decider, Facts, Kind, Profile, Scope, Verdict, attributes, next_question};
use serde_json::{Map, Value, json};

/// Households of a digest.
const BLOCK: usize = 1_000;
const BLOCKS: usize = 20;
const DAYS: [&str; 2] = ["2025-12-01", "2026-11-28"];
const HOMES: [&str; 3] = ["02201", "02203", "02450"];

/// Numerical Recipes' generator: the same in every language.
struct Numbers(u32);

impl Numbers {
    fn below(&mut self, below: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % below
    }
}

fn answer(attribute: &Attribute, numbers: &mut Numbers, on: NaiveDate) -> Option<Value> {
    let how = numbers.below(4);
    if how == 0 {
        return None;
    }
    if how == 1 && matches!(attribute.kind, Kind::Count | Kind::Yen) {
        let (most, width) = if attribute.kind == Kind::Yen { (3_000_000, 2_000_000) } else { (4, 3) };
        let min = numbers.below(most);
        return Some(json!({ "min": min, "max": min + numbers.below(width) }));
    }
    Some(match attribute.kind {
        Kind::Flag => json!(numbers.below(2) == 1),
        Kind::Choice => {
            let count = u32::try_from(attribute.options.len()).unwrap();
            json!(attribute.options[numbers.below(count) as usize].id)
        }
        Kind::Count => json!(numbers.below(6)),
        Kind::Yen => json!(numbers.below(8_000_000)),
        Kind::Day => json!((on - Days::new(u64::from(numbers.below(9_000)))).to_string()),
        Kind::Municipality => json!(HOMES[numbers.below(3) as usize]),
    })
}

fn household(numbers: &mut Numbers, on: NaiveDate) -> Value {
    let answers = |scope: Scope, numbers: &mut Numbers| -> Value {
        let asked = attributes().all().iter().filter(|one| one.scope == scope && one.derived.is_none());
        let given = asked.filter_map(|one| Some((one.id.clone(), answer(one, numbers, on)?)));
        Value::Object(given.collect::<Map<_, _>>())
    };
    let household = answers(Scope::Household, numbers);
    let count = numbers.below(5);
    let people: Vec<Value> = (0..count).map(|_| answers(Scope::Person, numbers)).collect();
    json!({ "household": household, "people": people, "complete": numbers.below(3) != 0 })
}

fn fnv(hash: u32, text: &str) -> u32 {
    text.bytes().fold(hash, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619))
}

fn said(deciders: &[(String, Decider)], facts: &Facts) -> String {
    let mut text = String::new();
    let mut decisions = Vec::new();
    for (key, decider) in deciders {
        let decision = decider.decide(facts);
        let verdict = match decision.verdict {
            Verdict::No => "no",
            Verdict::Check => "check",
            Verdict::Yes => "yes",
        };
        let yen = |end: Option<i64>| end.map_or_else(|| "?".to_owned(), |end| end.to_string());
        let amounts: Vec<String> =
            decision.amounts.iter().map(|one| format!("{}-{}", yen(one.least), yen(one.most))).collect();
        let missing: Vec<String> = decision
            .missing
            .iter()
            .map(|one| format!("{}@{}", one.attribute, one.person.map_or_else(String::new, |n| n.to_string())))
            .collect();
        let reasons = decision.reasons.len();
        write!(text, "{key}:{verdict}:{}:{}:{reasons}|", amounts.join(","), missing.join(",")).unwrap();
        decisions.push(decision);
    }
    if let Some(next) = next_question(&decisions, &[]) {
        write!(text, "{}@{}", next.attribute, next.person.map_or_else(String::new, |n| n.to_string())).unwrap();
    }
    text
}

#[test]
fn made_households_are_decided_as_on_the_phone() {
    let set = registry::starting_set().unwrap();
    let ready: Vec<(NaiveDate, Vec<(String, Decider)>)> = DAYS
        .iter()
        .map(|day| {
            let on: NaiveDate = day.parse().unwrap();
            let holds = |from: NaiveDate, until: Option<NaiveDate>| from <= on && until.is_none_or(|until| on <= until);
            let hold = set.iter().filter(|one| holds(one.valid_from, one.valid_until));
            (on, hold.map(|one| (one.key.clone(), Decider::of(&one.content.rule, on))).collect())
        })
        .collect();
    let mut numbers = Numbers(20_261_128);
    let mut digests = Vec::new();
    for _ in 0..BLOCKS {
        let mut hash = 2_166_136_261;
        for n in 0..BLOCK {
            let (on, deciders) = &ready[n % 2];
            let profile: Profile = serde_json::from_value(household(&mut numbers, *on)).unwrap();
            let facts = Facts::read(&profile, *on).unwrap();
            hash = fnv(hash, &said(deciders, &facts));
        }
        digests.push(format!("{hash:08x}"));
    }
    let made = json!({ "seed": 20_261_128, "block": BLOCK, "days": DAYS, "homes": HOMES, "digests": digests });
    let held: Value = serde_json::from_str(include_str!("../../vectors.json")).unwrap();
    if made != held {
        let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("vectors.json");
        std::fs::write(&file, format!("{made}\n")).unwrap();
        panic!(
            "the answers changed; if that is meant, take {} over and change the web's evaluator, too",
            file.display()
        );
    }
}
