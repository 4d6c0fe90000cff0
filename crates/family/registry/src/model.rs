//! Programmes, the conditions that decide them, and the answer for a household. Pure: the day is an argument.

mod attributes;
mod calendar;
mod case;
mod check;
mod compile;
mod condition;
mod decide;
mod facts;
mod matching;
mod programme;
mod question;
mod record;

#[cfg(test)]
mod tests;

pub use attributes::{Attribute, Attributes, Choice, Kind, Scope, Slot, attributes};
pub use calendar::{age_days, age_months, age_years, calendar_months, day_number, school_age};
pub use case::{Case, CaseResult, CaseYen, run_case, try_content};
pub use check::{Fault, check_content, check_cycles};
pub use compile::{Decider, Verdict};
pub use condition::{
    Amount, Ask, BirthOrder, Condition, Dated, Each, Figure, Money, Op, Parameters, Row, Rule, Someone, Source, Test,
    Unit, Value,
};
pub use decide::{Decision, Missing, PEOPLE, Reason, Yen, decide};
pub use facts::{End, Facts, Given, GivenRange, MOST_PEOPLE, Profile, ProfileFault, Span};
pub use matching::{InForce, match_all};
pub use programme::{
    Content, NATION, PREFECTURE, Programme, Refused, State, Topic, Version, check_area, check_draft, check_key,
    check_ready, check_revision, publish, review, standing, withdraw,
};
pub use question::next_question;
pub use record::Record;
