//! Validation cases (検証事例): a household and what must come out. They stand beside the programme and staff run them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::check::{Fault, check_content};
use super::compile::Verdict;
use super::decide::{Decision, Yen, decide};
use super::facts::{Facts, Profile};
use super::programme::Content;

/// An amount that must come out (期待する額).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryCaseYen)]
pub struct CaseYen {
    pub least: Option<i64>,
    pub most: Option<i64>,
}

/// A case (検証事例).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryCase)]
pub struct Case {
    pub name: String,
    /// The day it is decided as of.
    pub on: NaiveDate,
    pub profile: Profile,
    pub verdict: Verdict,
    /// For each amount of the rule in order; not looked at if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amounts: Option<Vec<CaseYen>>,
}

/// What came of a case (検証の結果).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryCaseResult)]
pub struct CaseResult {
    pub name: String,
    pub passed: bool,
    /// What came out; null when the profile cannot be read.
    pub got: Option<Decision>,
    /// The field of the profile that cannot be read, and why.
    pub fault: Option<String>,
}

/// What stands against a content, and what comes of its cases: they are run only where nothing does.
pub fn try_content(content: &Content) -> (Vec<Fault>, Vec<CaseResult>) {
    let faults = check_content(content);
    let ready: &[Case] = if faults.is_empty() { &content.cases } else { &[] };
    let results = ready.iter().map(|case| run_case(content, case)).collect();
    (faults, results)
}

/// Runs a case on a content.
pub fn run_case(content: &Content, case: &Case) -> CaseResult {
    let facts = match Facts::read(&case.profile, case.on) {
        Ok(facts) => facts,
        Err((field, fault)) => {
            let fault = Some(format!("{field}: {fault}"));
            return CaseResult { name: case.name.clone(), passed: false, got: None, fault };
        }
    };
    let got = decide(&content.rule, &facts, case.on);
    let same = |wanted: &[CaseYen], got: &[Yen]| {
        wanted.len() == got.len() && wanted.iter().zip(got).all(|(w, g)| w.least == g.least && w.most == g.most)
    };
    let passed = got.verdict == case.verdict && case.amounts.as_ref().is_none_or(|wanted| same(wanted, &got.amounts));
    CaseResult { name: case.name.clone(), passed, got: Some(got), fault: None }
}
