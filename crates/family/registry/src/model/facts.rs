//! What is known of a household (世帯について分かっていること): a profile as it is sent, and the facts a condition reads.
//!
//! **Invariant:** a fact is a span of what may still be true; what is not known is the whole span, never a no.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::areas;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::attributes::{Attribute, Kind, Scope, attributes};
use super::calendar;

/// Most people of one profile.
pub const MOST_PEOPLE: usize = 20;

/// Most yen that anybody types.
pub(super) const MOST_YEN: i64 = 1_000_000_000_000;

/// What may be true of one attribute: from `lo` to `hi` (分かっている範囲).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub lo: i64,
    pub hi: i64,
}

impl Span {
    /// Everything between the two.
    pub const fn new(lo: i64, hi: i64) -> Self {
        Self { lo, hi }
    }

    /// Exactly this.
    pub const fn exactly(value: i64) -> Self {
        Self { lo: value, hi: value }
    }

    /// Whether one value is left.
    pub const fn is_settled(self) -> bool {
        self.lo == self.hi
    }
}

/// One end of a range (範囲の端): a number, or a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = RegistryEnd)]
pub enum End {
    Number(i64),
    Text(String),
}

/// A range, when somebody knows no more (範囲の回答). Both ends belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryRange)]
pub struct GivenRange {
    #[serde(default)]
    pub min: Option<End>,
    #[serde(default)]
    pub max: Option<End>,
}

/// One answer (回答): yes or no, a number, an option, a day or a JIS code, or a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = RegistryAnswer)]
pub enum Given {
    Flag(bool),
    Number(i64),
    Text(String),
    Range(GivenRange),
}

/// A household without names (匿名の世帯の属性): what is left out is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryProfile)]
pub struct Profile {
    #[serde(default)]
    pub household: BTreeMap<String, Given>,
    #[serde(default)]
    pub people: Vec<BTreeMap<String, Given>>,
    /// The list of people is everybody. Without it, "no such child" is not concluded from the list.
    #[serde(default)]
    pub complete: bool,
}

/// Why a profile cannot be read (回答の誤り).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileFault {
    #[error("there is no such attribute")]
    NoSuchAttribute,
    #[error("this is worked out from another attribute")]
    Derived,
    #[error("this kind of answer does not fit")]
    Kind,
    #[error("there is no such option")]
    NoSuchOption,
    #[error("a number below zero")]
    Negative,
    #[error("larger than {0}")]
    TooLarge(i64),
    #[error("a day in the future")]
    Future,
    #[error("no such day")]
    NoSuchDay,
    #[error("the range is reversed")]
    Reversed,
    #[error("no municipality of this prefecture")]
    NoSuchMunicipality,
    #[error("more than {MOST_PEOPLE} people")]
    TooManyPeople,
}

/// The facts of a household on a day, as conditions read them (判定に使う事実).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub(super) household: Vec<Span>,
    pub(super) people: Vec<Vec<Span>>,
    pub(super) complete: bool,
}

impl Facts {
    /// Nothing is known.
    pub fn unknown() -> Self {
        let household = attributes().household().map(Attribute::unknown).collect();
        Self { household, people: Vec::new(), complete: false }
    }

    /// Reads a profile as of a day; the field that is at fault comes with the fault.
    pub fn read(profile: &Profile, on: NaiveDate) -> Result<Self, (String, ProfileFault)> {
        if profile.people.len() > MOST_PEOPLE {
            return Err(("people".to_owned(), ProfileFault::TooManyPeople));
        }
        let mut facts = Self { complete: profile.complete, ..Self::unknown() };
        for (id, given) in &profile.household {
            let (index, span) =
                read_one(id, given, Scope::Household, on).map_err(|fault| (format!("household.{id}"), fault))?;
            facts.household[index] = span;
        }
        for (at, person) in profile.people.iter().enumerate() {
            let mut spans: Vec<Span> = attributes().person().map(Attribute::unknown).collect();
            for (id, given) in person {
                let (index, span) =
                    read_one(id, given, Scope::Person, on).map_err(|fault| (format!("people[{at}].{id}"), fault))?;
                spans[index] = span;
            }
            derive(&mut spans, on);
            facts.people.push(spans);
        }
        Ok(facts)
    }
}

/// Works ages out of the day of birth.
pub(super) fn derive(spans: &mut [Span], on: NaiveDate) {
    let birth = spans[attributes().birth()];
    let (first, last) = (calendar::date_of(birth.lo), calendar::date_of(birth.hi));
    for (index, attribute) in attributes().person().enumerate().filter(|(_, one)| one.derived.is_some()) {
        let count: fn(NaiveDate, NaiveDate) -> i64 = match attribute.id.as_str() {
            "age_years" => calendar::age_years,
            "age_months" => calendar::age_months,
            "age_days" => calendar::age_days,
            "calendar_months" => calendar::calendar_months,
            _ => calendar::school_age,
        };
        // Who was born later is younger.
        let lo = last.map_or(i64::MIN, |born| count(born, on));
        let hi = first.map_or(i64::MAX, |born| count(born, on));
        spans[index] = Span::new(lo, hi);
    }
}

fn read_one(id: &str, given: &Given, scope: Scope, on: NaiveDate) -> Result<(usize, Span), ProfileFault> {
    let slot = attributes().slot(id).ok_or(ProfileFault::NoSuchAttribute)?;
    let attribute = attributes().at(slot);
    if attribute.scope != scope {
        return Err(ProfileFault::NoSuchAttribute);
    }
    if attribute.derived.is_some() {
        return Err(ProfileFault::Derived);
    }
    let span = match given {
        Given::Flag(flag) if attribute.kind == Kind::Flag => Span::exactly(i64::from(*flag)),
        Given::Number(number) => Span::exactly(end(attribute, &End::Number(*number), on)?),
        Given::Text(text) => Span::exactly(end(attribute, &End::Text(text.clone()), on)?),
        Given::Range(range) if matches!(attribute.kind, Kind::Count | Kind::Yen | Kind::Day) => {
            let whole = attribute.unknown();
            let lo = range.min.as_ref().map_or(Ok(whole.lo), |min| end(attribute, min, on))?;
            let hi = range.max.as_ref().map_or(Ok(whole.hi), |max| end(attribute, max, on))?;
            if lo > hi {
                return Err(ProfileFault::Reversed);
            }
            Span::new(lo, hi)
        }
        Given::Flag(_) | Given::Range(_) => return Err(ProfileFault::Kind),
    };
    Ok((slot.index, span))
}

/// One value of an attribute as a number.
fn end(attribute: &Attribute, end: &End, on: NaiveDate) -> Result<i64, ProfileFault> {
    match (attribute.kind, end) {
        (Kind::Count | Kind::Yen, End::Number(number)) => {
            let most = attribute.most.unwrap_or(MOST_YEN);
            match *number {
                ..0 => Err(ProfileFault::Negative),
                number if number > most => Err(ProfileFault::TooLarge(most)),
                number => Ok(number),
            }
        }
        (Kind::Choice, End::Text(text)) => attribute.option(text).ok_or(ProfileFault::NoSuchOption),
        (Kind::Day, End::Text(text)) => {
            let day: NaiveDate = text.parse().map_err(|_| ProfileFault::NoSuchDay)?;
            if day > on { Err(ProfileFault::Future) } else { Ok(calendar::day_number(day)) }
        }
        (Kind::Municipality, End::Text(text)) => municipality(text).ok_or(ProfileFault::NoSuchMunicipality),
        _ => Err(ProfileFault::Kind),
    }
}

/// A municipality of the prefecture as a number.
pub(super) fn municipality(jis5: &str) -> Option<i64> {
    areas::municipality(jis5)?;
    jis5.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn on() -> NaiveDate {
        "2026-11-28".parse().unwrap()
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_field() {
        let many: Vec<serde_json::Value> = (0..30).map(|_| json!({ "role": "child" })).collect();
        for (profile, field, fault) in [
            (json!({ "household": { "ghost": true } }), "household.ghost", ProfileFault::NoSuchAttribute),
            (json!({ "household": { "total_income": -1 } }), "household.total_income", ProfileFault::Negative),
            (json!({ "household": { "dependents": 99 } }), "household.dependents", ProfileFault::TooLarge(15)),
            (json!({ "household": { "pregnant": 1 } }), "household.pregnant", ProfileFault::Kind),
            (json!({ "household": { "birth": "2020-01-01" } }), "household.birth", ProfileFault::NoSuchAttribute),
            (json!({ "people": [{ "birth": "2027-01-01" }] }), "people[0].birth", ProfileFault::Future),
            (json!({ "people": [{}, { "birth": "2025-02-30" }] }), "people[1].birth", ProfileFault::NoSuchDay),
            (json!({ "people": [{ "age_years": 3 }] }), "people[0].age_years", ProfileFault::Derived),
            (
                json!({ "household": { "municipality": "13101" } }),
                "household.municipality",
                ProfileFault::NoSuchMunicipality,
            ),
            (json!({ "household": { "resident_tax": "免除" } }), "household.resident_tax", ProfileFault::NoSuchOption),
            (
                json!({ "household": { "total_income": { "min": 5, "max": 1 } } }),
                "household.total_income",
                ProfileFault::Reversed,
            ),
            (json!({ "people": many }), "people", ProfileFault::TooManyPeople),
        ] {
            let read: Profile = serde_json::from_value(profile.clone()).unwrap();
            assert_eq!(Facts::read(&read, on()), Err((field.to_owned(), fault)), "{profile}");
        }
    }

    #[test]
    fn a_range_of_births_gives_a_range_of_ages() {
        let profile: Profile = serde_json::from_value(
            json!({ "people": [{ "birth": { "min": "2020-04-02", "max": "2021-04-01" } }, {}] }),
        )
        .unwrap();
        let facts = Facts::read(&profile, on()).unwrap();
        let school = attributes().slot("school_age").unwrap().index;
        assert_eq!(facts.people[0][school], Span::exactly(5));
        assert_eq!(facts.people[1][school], Span::new(i64::MIN, i64::MAX));
    }
}
