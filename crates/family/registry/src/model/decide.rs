//! The answer for one household with its reasons, what it takes to settle it, and the amounts.

use chrono::NaiveDate;
use kernel::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::attributes::{Slot, attributes};
use super::compile::{
    CompiledAmount, CompiledMoney, Decider, Limit, Node, Verdict, answer, has_role, is_elder, lines_of, one_of, span,
};
use super::condition::{Rule, Source, Unit};
use super::facts::Facts;

/// The pseudo-attribute "is that everybody in the household?".
pub const PEOPLE: &str = "people";

/// One reason of an answer (理由): a predicate that decided it, with its sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryReason)]
pub struct Reason {
    /// The attribute; null for a question to the counter.
    pub attribute: Option<String>,
    /// What to ask at the counter.
    pub what: Option<Text>,
    /// The person of the profile that it speaks of, from 0.
    pub person: Option<usize>,
    pub said: Verdict,
    pub source: Source,
}

/// What would have to be known (足りない回答).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryMissing)]
pub struct Missing {
    /// An attribute, or `people` for whether the list is everybody.
    pub attribute: String,
    /// The person, from 0; null for the household.
    pub person: Option<usize>,
}

/// From least to most yen (額の幅). Null is "not known": no upper bound, or a figure of the law that nobody has entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryYen)]
pub struct Yen {
    pub label: Text,
    pub unit: Unit,
    pub least: Option<i64>,
    pub most: Option<i64>,
}

/// The answer for a household (判定結果).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryDecision)]
pub struct Decision {
    pub verdict: Verdict,
    pub reasons: Vec<Reason>,
    pub missing: Vec<Missing>,
    /// Nothing when the answer is no.
    pub amounts: Vec<Yen>,
}

/// Decides a rule as of a day.
pub fn decide(rule: &Rule, facts: &Facts, on: NaiveDate) -> Decision {
    Decider::of(rule, on).decide(facts)
}

impl Decider {
    /// The answer with reasons and amounts.
    pub fn decide(&self, facts: &Facts) -> Decision {
        let verdict = self.verdict(facts);
        let mut telling = Telling { decider: self, facts, reasons: Vec::new(), missing: Vec::new() };
        telling.tell(&self.root, None, verdict);
        let (reasons, missing) = (telling.reasons, telling.missing);
        let amounts = match verdict {
            Verdict::No => Vec::new(),
            _ => self.amounts.iter().map(|amount| yen(amount, facts)).collect(),
        };
        Decision { verdict, reasons, missing, amounts }
    }
}

struct Telling<'a> {
    decider: &'a Decider,
    facts: &'a Facts,
    reasons: Vec<Reason>,
    missing: Vec<Missing>,
}

impl Telling<'_> {
    /// Walks the branches that made a condition what it is.
    fn tell(&mut self, node: &Node, person: Option<usize>, said: Verdict) {
        match node {
            Node::All(parts) => self.tell_parts(parts, person, said, Verdict::No),
            Node::Any(parts) => self.tell_parts(parts, person, said, Verdict::Yes),
            Node::Not(part) => {
                let inner = answer(part, self.facts, person);
                self.tell(part, person, inner);
            }
            Node::Test { leaf, slot, limit, .. } => {
                self.reason(*leaf, person, said);
                if said == Verdict::Check {
                    self.lacks(*slot, person);
                    if let Limit::Table { by, .. } = limit {
                        self.lacks(*by, person);
                    }
                }
            }
            Node::Someone { roles, at_least, body } => self.tell_someone(*roles, *at_least, body, said),
            Node::Order { leaf, among, .. } => {
                self.reason(*leaf, person, said);
                if said == Verdict::Check {
                    self.lacks_order(among, person);
                }
            }
            Node::Open { leaf } => self.reason(*leaf, person, said),
        }
    }

    /// One part is enough to tell why all is a no and why any is a yes.
    fn tell_parts(&mut self, parts: &[Node], person: Option<usize>, said: Verdict, enough: Verdict) {
        for part in parts {
            let inner = answer(part, self.facts, person);
            if inner == said {
                self.tell(part, person, inner);
                if said == enough {
                    return;
                }
            }
        }
    }

    fn tell_someone(&mut self, roles: u64, at_least: usize, body: &Node, said: Verdict) {
        let mut told = 0;
        for person in 0..self.facts.people.len() {
            let inner = one_of(roles, body, self.facts, person);
            if inner != said || (said == Verdict::Yes && told == at_least) {
                continue;
            }
            told += 1;
            let role = has_role(roles, self.facts, person);
            if role == Verdict::Check {
                self.miss("role", Some(person));
            }
            if role != Verdict::No {
                let of_body = answer(body, self.facts, Some(person));
                if of_body == said {
                    self.tell(body, Some(person), of_body);
                }
            }
        }
        if said == Verdict::Check && !self.facts.complete {
            self.miss(PEOPLE, None);
        }
    }

    fn lacks_order(&mut self, among: &Node, person: Option<usize>) {
        let Some(person) = person else { return };
        for other in (0..self.facts.people.len()).filter(|other| *other != person) {
            let counts = answer(among, self.facts, Some(other));
            let elder = is_elder(self.facts, other, person);
            if counts.min(elder) != Verdict::Check {
                continue;
            }
            if counts == Verdict::Check {
                self.tell(among, Some(other), counts);
            }
            if elder == Verdict::Check {
                let birth = attributes().birth();
                for who in [other, person] {
                    self.lacks(Slot { person: true, index: birth }, Some(who));
                }
            }
        }
        if !self.facts.complete {
            self.miss(PEOPLE, None);
        }
    }

    /// Notes an attribute that is not settled.
    fn lacks(&mut self, slot: Slot, person: Option<usize>) {
        if span(slot, self.facts, person).is_settled() {
            return;
        }
        let attribute = attributes().at(slot);
        let id = attribute.derived.as_deref().unwrap_or(&attribute.id);
        self.miss(id, person.filter(|_| slot.person));
    }

    fn miss(&mut self, attribute: &str, person: Option<usize>) {
        let missing = Missing { attribute: attribute.to_owned(), person };
        if !self.missing.contains(&missing) {
            self.missing.push(missing);
        }
    }

    fn reason(&mut self, leaf: usize, person: Option<usize>, said: Verdict) {
        let leaf = &self.decider.leaves[leaf];
        let of_person = leaf.attribute.as_deref().and_then(|id| attributes().slot(id)).is_none_or(|slot| slot.person);
        let reason = Reason {
            attribute: leaf.attribute.clone(),
            what: leaf.what.clone(),
            person: person.filter(|_| of_person),
            said,
            source: leaf.source.clone(),
        };
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

/// Least and most; `None` is not known.
type Bounds = (Option<i64>, Option<i64>);

fn yen(amount: &CompiledAmount, facts: &Facts) -> Yen {
    let (least, most) = match &amount.each {
        None => table(amount, facts, None),
        Some((roles, body)) => {
            let (mut least, mut most) = (Some(0), Some(0));
            for person in 0..facts.people.len() {
                let counts = one_of(*roles, body, facts, person);
                if counts == Verdict::No {
                    continue;
                }
                let (low, high) = table(amount, facts, Some(person));
                least = if counts == Verdict::Yes { added(least, low) } else { least };
                most = added(most, high);
            }
            (least, most.filter(|_| facts.complete))
        }
    };
    Yen { label: amount.label.clone(), unit: amount.unit, least, most }
}

fn added(sum: Option<i64>, more: Option<i64>) -> Option<i64> {
    sum?.checked_add(more?)
}

/// Every line that may be the first one met.
fn table(amount: &CompiledAmount, facts: &Facts, person: Option<usize>) -> Bounds {
    let mut found: Option<Bounds> = None;
    for (when, paid) in &amount.rows {
        let met = when.as_ref().map_or(Verdict::Yes, |when| answer(when, facts, person));
        if met == Verdict::No {
            continue;
        }
        let bounds = paid.as_ref().map_or((Some(0), Some(0)), |paid| money(paid, facts, person));
        found = Some(wider(found, bounds));
        if met == Verdict::Yes {
            return found.unwrap_or((Some(0), Some(0)));
        }
    }
    wider(found, (Some(0), Some(0)))
}

fn wider(found: Option<Bounds>, with: Bounds) -> Bounds {
    let Some(found) = found else { return with };
    let both = |a: Option<i64>, b: Option<i64>, choose: fn(i64, i64) -> i64| Some(choose(a?, b?));
    (both(found.0, with.0, i64::min), both(found.1, with.1, i64::max))
}

fn money(paid: &CompiledMoney, facts: &Facts, person: Option<usize>) -> Bounds {
    let ends = |limit: &Limit| match limit {
        Limit::One(one) => (Some(*one), Some(*one)),
        Limit::Table { by, lines } => {
            let by = span(*by, facts, person);
            (lines_of(lines, by).min(), lines_of(lines, by).max())
        }
        Limit::Set(_) | Limit::NotKnown => (None, None),
    };
    let (least, most) = (ends(&paid.least).0, ends(&paid.most).1);
    let Some(times) = paid.times.map(|slot| span(slot, facts, person)) else { return (least, most) };
    let multiplied = |sum: Option<i64>, by: i64| sum?.checked_mul(by);
    (multiplied(least, times.lo), if times.hi == i64::MAX { None } else { multiplied(most, times.hi) })
}
