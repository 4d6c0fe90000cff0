//! The one question that would settle most (次に聞くこと).

use std::collections::BTreeMap;

use super::attributes::attributes;
use super::compile::Verdict;
use super::decide::{Decision, Missing, PEOPLE};

/// Shared among the questions that a programme still needs; divided without a rest by every count up to 10.
const SHARE: u64 = 2_520;

/// The question that comes nearest to settling the most programmes, none of `skip` among them. Of equals the one that
/// stands first in the dictionary, and then the first person.
pub fn next_question<'a>(decisions: impl IntoIterator<Item = &'a Decision>, skip: &[Missing]) -> Option<Missing> {
    let mut scores: BTreeMap<(usize, Option<usize>), (u64, &Missing)> = BTreeMap::new();
    for decision in decisions.into_iter().filter(|decision| decision.verdict == Verdict::Check) {
        let open: Vec<&Missing> = decision.missing.iter().filter(|missing| !skip.contains(missing)).collect();
        let share = SHARE / u64::try_from(open.len().max(1)).unwrap_or(SHARE);
        for missing in open {
            scores.entry((rank(&missing.attribute), missing.person)).or_insert((0, missing)).0 += share;
        }
    }
    let best = scores.values().map(|(score, _)| *score).max()?;
    scores.values().find(|(score, _)| *score == best).map(|(_, missing)| (*missing).clone())
}

fn rank(id: &str) -> usize {
    if id == PEOPLE { 0 } else { attributes().rank(id).saturating_add(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(verdict: Verdict, missing: &[(&str, Option<usize>)]) -> Decision {
        let missing =
            missing.iter().map(|(id, person)| Missing { attribute: (*id).to_owned(), person: *person }).collect();
        Decision { verdict, reasons: Vec::new(), missing, amounts: Vec::new() }
    }

    #[test]
    fn what_settles_most_is_asked_first_and_nothing_twice() {
        let open = [
            decision(Verdict::Check, &[("single_parent", None), ("allowance_income", None)]),
            decision(Verdict::Check, &[("resident_tax", None)]),
            decision(Verdict::Check, &[("resident_tax", None), ("public_assistance", None)]),
            decision(Verdict::No, &[("pregnant", None)]),
        ];
        let first = next_question(&open, &[]).unwrap();
        assert_eq!(first.attribute, "resident_tax");
        let second = next_question(&open, std::slice::from_ref(&first)).unwrap();
        assert_eq!(second.attribute, "public_assistance", "it alone would settle one");
        assert_eq!(next_question(&open[3..], &[]), None, "what is decided asks nothing");
    }

    #[test]
    fn of_equals_the_first_of_the_dictionary_and_the_first_person() {
        let open = [decision(Verdict::Check, &[("birth", Some(1)), ("birth", Some(0)), ("people", None)])];
        assert_eq!(next_question(&open, &[]).unwrap().attribute, "people");
        let skip = [Missing { attribute: "people".to_owned(), person: None }];
        assert_eq!(next_question(&open, &skip).unwrap().person, Some(0));
    }
}
