//! Ages of a record (対象年齢), and the rule that can be made of what a record says by itself.

use chrono::{Months, NaiveDate};
use kernel::Text;
use serde_json::{Value as Json, json};

use crate::model::{Ask, Case, Condition, Given, Op, Profile, Record, Rule, Someone, Source, Test, Value, Verdict};

const BOUNDS: [(&str, Op); 4] = [
    ("greaterThanOrEqualTo", Op::AtLeast),
    ("greaterThan", Op::MoreThan),
    ("lessThan", Op::LessThan),
    ("lessThanOrEqualTo", Op::AtMost),
];

/// The rule that a record says by itself: ages where they stand as numbers, and the rest to be asked at the counter.
pub fn rule_of(record: &Record) -> Rule {
    let ages = age_tests(record);
    let words = record.text("target.conditions").is_some() || ages.is_empty();
    let mut parts = Vec::new();
    if !ages.is_empty() {
        let body = Box::new(Condition::All(ages));
        parts.push(Condition::Someone(Someone { roles: vec!["child".to_owned()], body, at_least: 1 }));
    }
    if words {
        let what = Text::new("対象の条件を案内で確認", "だれが もらえるか きいてください", "Confirm who is eligible");
        parts.push(Condition::Ask(Ask { what, source: source(record) }));
    }
    let condition = if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) };
    Rule { condition, amounts: Vec::new(), parameters: std::collections::BTreeMap::new() }
}

/// Cases for the ages, worked out from the dates alone: a child of the lowest age, and one well past the highest.
pub fn cases_of(record: &Record, on: NaiveDate) -> Vec<Case> {
    let tests = age_tests(record);
    if tests.is_empty() {
        return Vec::new();
    }
    let open = record.text("target.conditions").is_some();
    let least = months(record, "greaterThanOrEqualTo").or_else(|| months(record, "greaterThan").map(|over| over + 12));
    let most = months(record, "lessThan").or_else(|| months(record, "lessThanOrEqualTo").map(|up_to| up_to + 12));
    let born = |months: i64| on.checked_sub_months(Months::new(u32::try_from(months).unwrap_or(0)));
    let case = |name: &str, birth: Option<NaiveDate>, verdict: Verdict| {
        let person = [("role", "child".to_owned()), ("birth", birth?.to_string())];
        let person = person.map(|(id, text)| (id.to_owned(), Given::Text(text))).into();
        let profile = Profile { people: vec![person], complete: true, ..Profile::default() };
        Some(Case { name: name.to_owned(), on, profile, verdict, amounts: None })
    };
    let inside = if open { Verdict::Check } else { Verdict::Yes };
    let fits = |months: i64| most.is_none_or(|most| months < most);
    let lowest = least.unwrap_or(0);
    let low = fits(lowest).then(|| case("対象年齢の下限の子", born(lowest), inside)).flatten();
    let high = most.and_then(|most| case("対象年齢を過ぎた子", born(most + 1), Verdict::No));
    low.into_iter().chain(high).collect()
}

/// A bound that says nothing.
pub(super) fn no_bound() -> Json {
    json!({ "targetAge": null, "targetAgeOfMonths": null })
}

/// A bound in months: 7 years and 6 months are 90.
pub(super) fn months(record: &Record, bound: &str) -> Option<i64> {
    let part = |part: &str| record.at(&format!("target.{bound}.{part}")).and_then(Json::as_i64);
    match (part("targetAge"), part("targetAgeOfMonths")) {
        (None, None) => None,
        (years, months) => Some(years.unwrap_or(0).checked_mul(12)?.checked_add(months.unwrap_or(0))?),
    }
}

/// The months that the name speaks of: 3〜4か月児健診 → (3, 4).
pub(super) fn months_said(record: &Record) -> Option<(i64, i64)> {
    let name: String = kernel::fold::fold(record.name()?);
    let end = ["か月児", "ゖ月児", "け月児", "ゕ月児", "箇月児"].into_iter().find_map(|word| name.find(word))?;
    let before: String =
        name[..end].chars().rev().take_while(|c| c.is_ascii_digit() || matches!(c, '-' | '・' | ',')).collect();
    let numbers: Vec<i64> = before
        .chars()
        .rev()
        .collect::<String>()
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|n| n.parse().ok())
        .collect();
    Some((*numbers.first()?, *numbers.last()?))
}

fn source(record: &Record) -> Source {
    let said = ["target.conditions", "target.targetPersons", "summary"].into_iter().find_map(|path| record.text(path));
    let law = match (record.text("regulation.regulationName"), record.text("regulation.regulationArticle")) {
        (Some(name), Some(article)) => format!("{name} {article}"),
        (Some(name), None) => name.to_owned(),
        _ => record.name().unwrap_or("制度の案内").to_owned(),
    };
    let url = record.text("localGovernmentLink.uri").filter(|uri| uri.starts_with("http")).map(str::to_owned);
    let text = said.unwrap_or("対象の条件は案内に書かれていません。").to_owned();
    Source { text, law, url, from: None, until: None }
}

fn age_tests(record: &Record) -> Vec<Condition> {
    let tests = BOUNDS.into_iter().filter_map(|(bound, op)| {
        let whole = months(record, bound)?;
        // "5 years or younger" goes on until the sixth birthday; with months named, months count.
        let years_only = record.at(&format!("target.{bound}.targetAgeOfMonths")).is_none_or(Json::is_null);
        let (attribute, value) = if years_only { ("age_years", whole / 12) } else { ("age_months", whole) };
        let test = Test { attribute: attribute.to_owned(), op, value: Value::Number(value), source: source(record) };
        Some(Condition::Test(test))
    });
    tests.collect()
}
