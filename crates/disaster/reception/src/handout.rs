//! Distribution (配布): one generic checkpoint for meals and supplies. It warns and never blocks. Pure.
//!
//! A `handout` event names its rule in clear (`other`), so that a locked kit can warn too.

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
    /// 一人ごと: as often as people are here
    Person,
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
    #[serde(default)]
    pub min_minutes: Option<u32>,
    /// On one day in Japan; absent: no matter.
    #[serde(default)]
    pub per_day: Option<u32>,
    pub who: Who,
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
    /// この避難所に入所していない
    NotHere,
}

/// Whether the rule can be kept.
pub fn is_sound(rule: &Rule) -> bool {
    let named = |text: &str| !text.trim().is_empty() && text.chars().count() <= MAX_NAME;
    named(&rule.name) && named(&rule.kind) && rule.per_day != Some(0)
}

/// What to look at, given when this rule gave before, how many are here, and the time. Times in unix milliseconds.
pub fn check(rule: &Rule, before_ms: &[i64], here: u32, now_ms: i64) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let each = match rule.who {
        Who::Household => 1,
        Who::Person => here.max(1),
    };
    let recent = |minutes: u32| {
        let since = now_ms - i64::from(minutes) * 60_000;
        before_ms.iter().filter(|at| **at > since).count()
    };
    let many = |count: usize, most: u32| u32::try_from(count).unwrap_or(u32::MAX) >= most;
    if rule.min_minutes.is_some_and(|minutes| many(recent(minutes), each)) {
        warnings.push(Warning::TooSoon);
    }
    let today = before_ms.iter().filter(|at| day(**at) == day(now_ms)).count();
    if rule.per_day.is_some_and(|most| many(today, most.saturating_mul(each))) {
        warnings.push(Warning::TooManyToday);
    }
    if here == 0 {
        warnings.push(Warning::NotHere);
    }
    warnings
}

/// The day in Japan.
fn day(at_ms: i64) -> i64 {
    (at_ms + 9 * 3_600_000).div_euclid(86_400_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_765_162_800_000;
    const MINUTE: i64 = 60_000;

    fn rule(min_minutes: Option<u32>, per_day: Option<u32>, who: Who) -> Rule {
        Rule { name: "朝食".to_owned(), kind: "meal".to_owned(), min_minutes, per_day, who }
    }

    #[test]
    fn a_checkpoint_warns_by_interval_by_day_and_by_head() {
        let meal = rule(Some(120), Some(3), Who::Household);
        assert_eq!(check(&meal, &[], 4, NOON), []);
        assert_eq!(check(&meal, &[NOON - 119 * MINUTE], 4, NOON), [Warning::TooSoon]);
        assert_eq!(check(&meal, &[NOON - 120 * MINUTE], 4, NOON), []);
        let three = [NOON - 400 * MINUTE, NOON - 300 * MINUTE, NOON - 200 * MINUTE];
        assert_eq!(check(&meal, &three, 4, NOON), [Warning::TooManyToday]);
        // Noon in Japan is at three: the day begins at midnight there.
        assert_eq!(check(&meal, &three.map(|at| at - 24 * 60 * MINUTE), 4, NOON), []);
        let each = rule(Some(120), Some(1), Who::Person);
        assert_eq!(check(&each, &[NOON - MINUTE; 3], 4, NOON), []);
        assert_eq!(check(&each, &[NOON - MINUTE; 4], 4, NOON), [Warning::TooSoon, Warning::TooManyToday]);
        assert_eq!(check(&rule(None, None, Who::Person), &[NOON; 9], 0, NOON), [Warning::NotHere]);
        assert!(is_sound(&meal) && !is_sound(&rule(None, Some(0), Who::Person)));
        assert!(!is_sound(&Rule { name: " ".to_owned(), ..meal }));
    }
}
