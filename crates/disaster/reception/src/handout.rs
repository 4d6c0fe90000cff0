//! Distribution (配布): one generic checkpoint for meals and supplies. It warns and never blocks. Pure.
//!
//! What a checkpoint says travels as an event of its own (`rule`), and a `handout` names its checkpoint as `other`, both in
//! clear: every desk of the shelter and its kit warn by the same rule, a locked kit among them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest name of a rule, in characters.
pub const MAX_NAME: usize = 60;

/// Whom a rule counts (配布の単位).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ReceptionHandoutWho)]
pub enum Who {
    /// 世帯ごと
    Household,
    /// 一人ごと: as many portions as people are here
    Person,
}

/// Whom something is meant for (配布の対象). Desks tell by age; software keeps nothing from anybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ReceptionHandoutMeant)]
pub enum Meant {
    /// 全員
    #[default]
    All,
    /// 乳幼児 (0–5)
    Infants,
    /// 子ども (0–17)
    Children,
    /// 高齢者 (65–)
    Elderly,
}

/// A checkpoint (配布のきまり): what is given out, how often, to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionHandoutRule)]
pub struct Rule {
    /// 朝食, 毛布, …
    pub name: String,
    /// `meal`, one of the eight push items (food, blanket, infant-milk, infant-nappies, adult-nappies, portable-toilet,
    /// toilet-paper, sanitary), or free words.
    pub kind: String,
    /// Minutes between two; absent: no matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_minutes: Option<u32>,
    /// On one day in Japan; absent: no matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
    /// In the whole disaster; absent: no matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_all: Option<u32>,
    pub who: Who,
    #[serde(default)]
    pub meant: Meant,
    /// Nothing is given by it any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// What the desk should look at before it gives (配布の注意).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReceptionHandoutWarning)]
pub enum Warning {
    /// 前回から間もない
    TooSoon,
    /// 本日分は配布済み
    TooManyToday,
    /// 配布済み
    TooManyInAll,
    /// この避難所に入所していない
    NotHere,
}

/// What an event says of a checkpoint; `None` for what this program does not understand, or cannot keep.
pub fn read(said: &serde_json::Value) -> Option<Rule> {
    Rule::deserialize(said).ok().filter(is_sound)
}

/// Whether the rule can be kept.
pub fn is_sound(rule: &Rule) -> bool {
    let named = |text: &str| !text.trim().is_empty() && text.chars().count() <= MAX_NAME;
    named(&rule.name) && named(&rule.kind) && rule.per_day != Some(0) && rule.in_all != Some(0)
}

/// What to look at, given when this rule gave to the household before, and the time; in unix milliseconds. A handout is all
/// that a household takes at once, be it for one or for each of its people.
pub fn check(rule: &Rule, before_ms: &[i64], is_here: bool, now_ms: i64) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let many = |count: usize, most: u32| u32::try_from(count).unwrap_or(u32::MAX) >= most;
    let since = rule.min_minutes.map(|minutes| now_ms - i64::from(minutes) * 60_000);
    if since.is_some_and(|since| before_ms.iter().any(|at| *at > since)) {
        warnings.push(Warning::TooSoon);
    }
    let today = before_ms.iter().filter(|at| day(**at) == day(now_ms)).count();
    if rule.per_day.is_some_and(|most| many(today, most)) {
        warnings.push(Warning::TooManyToday);
    }
    if rule.in_all.is_some_and(|most| many(before_ms.len(), most)) {
        warnings.push(Warning::TooManyInAll);
    }
    if !is_here {
        warnings.push(Warning::NotHere);
    }
    warnings
}

/// The day in Japan.
pub(crate) fn day(at_ms: i64) -> i64 {
    (at_ms + 9 * 3_600_000).div_euclid(86_400_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_765_162_800_000;
    const MINUTE: i64 = 60_000;

    fn rule(min_minutes: Option<u32>, per_day: Option<u32>, in_all: Option<u32>) -> Rule {
        let (name, kind) = ("朝食".to_owned(), "meal".to_owned());
        Rule { name, kind, min_minutes, per_day, in_all, who: Who::Household, meant: Meant::All, ended: false }
    }

    #[test]
    fn a_checkpoint_warns_by_interval_by_day_and_in_all() {
        let meal = rule(Some(120), Some(3), None);
        assert_eq!(check(&meal, &[], true, NOON), []);
        assert_eq!(check(&meal, &[NOON - 119 * MINUTE], true, NOON), [Warning::TooSoon]);
        assert_eq!(check(&meal, &[NOON - 120 * MINUTE], true, NOON), []);
        let three = [NOON - 400 * MINUTE, NOON - 300 * MINUTE, NOON - 200 * MINUTE];
        assert_eq!(check(&meal, &three, true, NOON), [Warning::TooManyToday]);
        // Noon in Japan is at three: the day begins at midnight there.
        assert_eq!(check(&meal, &three.map(|at| at - 24 * 60 * MINUTE), true, NOON), []);
        let once = rule(None, None, Some(1));
        assert_eq!(check(&once, &[NOON - 40 * 24 * 60 * MINUTE], true, NOON), [Warning::TooManyInAll]);
        assert_eq!(check(&rule(None, None, None), &[NOON; 9], false, NOON), [Warning::NotHere]);
        assert!(is_sound(&meal) && !is_sound(&rule(None, Some(0), None)) && !is_sound(&rule(None, None, Some(0))));
        assert!(!is_sound(&Rule { name: " ".to_owned(), ..meal }));
    }

    #[test]
    fn what_a_later_program_says_is_no_rule_here_and_breaks_nothing() {
        let said = serde_json::json!({ "name": "朝食", "kind": "meal", "who": "person", "colour": "red" });
        let known = read(&said).unwrap();
        assert_eq!((known.who, known.meant, known.ended), (Who::Person, Meant::All, false));
        assert_eq!(read(&serde_json::to_value(&known).unwrap()), Some(known));
        for said in [
            serde_json::json!(null),
            serde_json::json!({ "name": "朝食", "kind": "meal", "who": "village" }),
            serde_json::json!({ "name": "あ".repeat(61), "kind": "meal", "who": "person" }),
        ] {
            assert_eq!(read(&said), None);
        }
    }
}
