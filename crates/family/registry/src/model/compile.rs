//! A rule made ready for a day: places instead of names, figures instead of parameters. Deciding it reads nothing else.

use chrono::NaiveDate;

use super::attributes::{Kind, Slot, attributes};
use super::condition::{Amount, Condition, Figure, Money, Op, Rule, Source, Test, Unit, Value};
use super::facts::{Facts, Span, municipality};

/// What may be said of a condition (判定): 非該当, 要確認, 該当. In this order all is the least and any the greatest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = RegistryVerdict)]
pub enum Verdict {
    /// 非該当
    No,
    /// 要確認
    Check,
    /// 該当
    Yes,
}

impl Verdict {
    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Check => Self::Check,
            Self::Yes => Self::No,
        }
    }

    fn of(yes: bool, no: bool) -> Self {
        if yes {
            Self::Yes
        } else if no {
            Self::No
        } else {
            Self::Check
        }
    }
}

/// Lines of a table that are worked out: more dependants than the form takes.
const LINES: i64 = 16;

/// What a predicate compares with, on this day.
#[derive(Debug, Clone)]
pub(super) enum Limit {
    One(i64),
    Set(Vec<i64>),
    /// Lines by the value of another attribute.
    Table {
        by: Slot,
        lines: Vec<i64>,
    },
    /// The law's figure of the day is not known.
    NotKnown,
}

/// Roles as bits; none is any.
type Roles = u64;

/// A condition ready for a day (評価用の条件).
#[derive(Debug, Clone)]
pub(super) enum Node {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Test {
        leaf: usize,
        slot: Slot,
        op: Op,
        limit: Limit,
    },
    Someone {
        roles: Roles,
        at_least: usize,
        body: Box<Self>,
    },
    Order {
        leaf: usize,
        op: Op,
        value: i64,
        among: Box<Self>,
    },
    /// Nothing decides it: an open question, or a sentence that does not speak of this day.
    Open {
        leaf: usize,
    },
}

/// What stands at the end of a branch (根拠つきの葉).
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// The attribute; `None` for a question to the counter.
    pub(super) attribute: Option<String>,
    /// What to ask at the counter.
    pub(super) what: Option<kernel::Text>,
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) struct CompiledMoney {
    pub(super) least: Limit,
    pub(super) most: Limit,
    pub(super) times: Option<Slot>,
}

#[derive(Debug, Clone)]
pub(super) struct CompiledAmount {
    pub(super) label: kernel::Text,
    pub(super) unit: Unit,
    pub(super) each: Option<(Roles, Node)>,
    pub(super) rows: Vec<(Option<Node>, Option<CompiledMoney>)>,
}

/// A rule ready for a day (評価用の判定).
#[derive(Debug, Clone)]
pub struct Decider {
    pub(super) root: Node,
    pub(super) leaves: Vec<Leaf>,
    pub(super) amounts: Vec<CompiledAmount>,
}

impl Decider {
    /// Makes a rule ready for a day. What the checks of a rule would refuse stays undecided here.
    pub fn of(rule: &Rule, on: NaiveDate) -> Self {
        let mut making = Making { rule, on, leaves: Vec::new() };
        let root = making.node(&rule.condition);
        let amounts = rule.amounts.iter().map(|amount| making.amount(amount)).collect();
        Self { root, leaves: making.leaves, amounts }
    }

    /// Whether the household is eligible.
    pub fn verdict(&self, facts: &Facts) -> Verdict {
        answer(&self.root, facts, None)
    }
}

struct Making<'a> {
    rule: &'a Rule,
    on: NaiveDate,
    leaves: Vec<Leaf>,
}

impl Making<'_> {
    fn node(&mut self, condition: &Condition) -> Node {
        match condition {
            Condition::All(parts) => Node::All(parts.iter().map(|part| self.node(part)).collect()),
            Condition::Any(parts) => Node::Any(parts.iter().map(|part| self.node(part)).collect()),
            Condition::Not(part) => Node::Not(Box::new(self.node(part))),
            Condition::Test(test) => self.test(test),
            Condition::Someone(someone) => Node::Someone {
                roles: roles(&someone.roles),
                at_least: someone.at_least.max(1) as usize,
                body: Box::new(self.node(&someone.body)),
            },
            Condition::Order(order) => {
                let leaf = self.leaf(Some("birth"), None, &order.source);
                let among = Box::new(self.node(&order.among));
                if self.speaks(&order.source) {
                    Node::Order { leaf, op: order.op, value: order.value, among }
                } else {
                    Node::Open { leaf }
                }
            }
            Condition::Ask(ask) => Node::Open { leaf: self.leaf(None, Some(&ask.what), &ask.source) },
        }
    }

    fn test(&mut self, test: &Test) -> Node {
        let leaf = self.leaf(Some(&test.attribute), None, &test.source);
        let Some(slot) = attributes().slot(&test.attribute).filter(|_| self.speaks(&test.source)) else {
            return Node::Open { leaf };
        };
        let limit = self.limit(slot, &test.value);
        Node::Test { leaf, slot, op: test.op, limit }
    }

    fn leaf(&mut self, attribute: Option<&str>, what: Option<&kernel::Text>, source: &Source) -> usize {
        self.leaves.push(Leaf { attribute: attribute.map(str::to_owned), what: what.cloned(), source: source.clone() });
        self.leaves.len() - 1
    }

    fn speaks(&self, source: &Source) -> bool {
        source.from.is_none_or(|from| from <= self.on) && source.until.is_none_or(|until| self.on <= until)
    }

    fn limit(&self, slot: Slot, value: &Value) -> Limit {
        let named = |text: &str| {
            let attribute = attributes().at(slot);
            match attribute.kind {
                Kind::Municipality => municipality(text),
                Kind::Day => text.parse().ok().map(super::calendar::day_number),
                _ => attribute.option(text),
            }
        };
        match value {
            Value::Flag(flag) => Limit::One(i64::from(*flag)),
            Value::Number(number) => Limit::One(*number),
            Value::Text(text) => named(text).map_or(Limit::NotKnown, Limit::One),
            Value::Many(texts) => {
                texts.iter().map(|text| named(text)).collect::<Option<_>>().map_or(Limit::NotKnown, Limit::Set)
            }
            Value::Figure(figure) => self.figure(figure),
        }
    }

    fn figure(&self, figure: &Figure) -> Limit {
        let Some((lines, step)) = self.rule.figure(&figure.parameter, self.on) else { return Limit::NotKnown };
        match &figure.by {
            None => Limit::One(lines[0]),
            Some(by) => {
                let Some(by) = attributes().slot(by) else { return Limit::NotKnown };
                let last = i64::try_from(lines.len()).unwrap_or(LINES) - 1;
                let line = |at: i64| {
                    let known = usize::try_from(at.min(last)).unwrap_or(0);
                    lines[known].saturating_add(step.saturating_mul((at - last).max(0)))
                };
                Limit::Table { by, lines: (0..LINES).map(line).collect() }
            }
        }
    }

    fn amount(&mut self, amount: &Amount) -> CompiledAmount {
        let each = amount.each.as_ref().map(|each| (roles(&each.roles), self.node(&each.body)));
        let rows = amount.rows.iter().map(|row| {
            (row.when.as_ref().map(|when| self.node(when)), row.money.as_ref().map(|money| self.money(money)))
        });
        let rows = rows.collect();
        CompiledAmount { label: amount.label.clone(), unit: amount.unit, each, rows }
    }

    fn money(&self, money: &Money) -> CompiledMoney {
        CompiledMoney {
            least: self.figure(&money.least),
            most: self.figure(money.most.as_ref().unwrap_or(&money.least)),
            times: money.times.as_ref().and_then(|id| attributes().slot(id)),
        }
    }
}

fn roles(names: &[String]) -> Roles {
    let role = attributes().get("role");
    names.iter().filter_map(|name| role?.option(name)).fold(0, |bits, at| bits | (1 << at))
}

/// What is known of an attribute.
pub(super) fn span(slot: Slot, facts: &Facts, person: Option<usize>) -> Span {
    match person {
        _ if !slot.person => facts.household[slot.index],
        Some(person) => facts.people[person][slot.index],
        None => Span::new(i64::MIN, i64::MAX),
    }
}

/// Whether a person is of these roles.
pub(super) fn has_role(roles: Roles, facts: &Facts, person: usize) -> Verdict {
    if roles == 0 {
        return Verdict::Yes;
    }
    let role = facts.people[person][attributes().role()];
    let each = || (role.lo..=role.hi).map(|at| roles & (1 << at) != 0);
    Verdict::of(each().all(|one| one), !each().any(|one| one))
}

/// The answer to a condition by all, any, not over three values (Kleene).
pub(super) fn answer(node: &Node, facts: &Facts, person: Option<usize>) -> Verdict {
    match node {
        Node::All(parts) => {
            let mut all = Verdict::Yes;
            for part in parts {
                all = all.min(answer(part, facts, person));
                if all == Verdict::No {
                    break;
                }
            }
            all
        }
        Node::Any(parts) => {
            let mut any = Verdict::No;
            for part in parts {
                any = any.max(answer(part, facts, person));
                if any == Verdict::Yes {
                    break;
                }
            }
            any
        }
        Node::Not(part) => answer(part, facts, person).not(),
        Node::Test { slot, op, limit, .. } => {
            limited(span(*slot, facts, person), *op, limit, |by| span(by, facts, person))
        }
        Node::Someone { roles, at_least, body } => {
            let each = (0..facts.people.len()).map(|person| one_of(*roles, body, facts, person));
            let (mut sure, mut possible) = (0, 0);
            for verdict in each {
                sure += usize::from(verdict == Verdict::Yes);
                possible += usize::from(verdict != Verdict::No);
            }
            Verdict::of(sure >= *at_least, facts.complete && possible < *at_least)
        }
        Node::Order { op, value, among, .. } => match person {
            Some(person) => compare(order(among, facts, person), *op, *value),
            None => Verdict::Check,
        },
        Node::Open { .. } => Verdict::Check,
    }
}

/// Whether one person counts for "there is somebody who".
pub(super) fn one_of(roles: Roles, body: &Node, facts: &Facts, person: usize) -> Verdict {
    let role = has_role(roles, facts, person);
    if role == Verdict::No { role } else { role.min(answer(body, facts, Some(person))) }
}

/// The place of a person among those who count, as far as it is known. Of twins the one who stands first is the elder.
fn order(among: &Node, facts: &Facts, person: usize) -> Span {
    let (mut sure, mut possible) = (1, 1);
    for other in (0..facts.people.len()).filter(|other| *other != person) {
        let counts = answer(among, facts, Some(other)).min(is_elder(facts, other, person));
        sure += i64::from(counts == Verdict::Yes);
        possible += i64::from(counts != Verdict::No);
    }
    Span::new(sure, if facts.complete { possible } else { i64::MAX })
}

/// Whether one was born before another.
pub(super) fn is_elder(facts: &Facts, one: usize, other: usize) -> Verdict {
    let birth = attributes().birth();
    let (a, b) = (facts.people[one][birth], facts.people[other][birth]);
    if a.is_settled() && a == b {
        return if one < other { Verdict::Yes } else { Verdict::No };
    }
    Verdict::of(a.hi < b.lo, a.lo > b.hi)
}

fn limited(value: Span, op: Op, limit: &Limit, by: impl Fn(Slot) -> Span) -> Verdict {
    match limit {
        Limit::One(one) => compare(value, op, *one),
        Limit::Set(set) => {
            let inside = || set.iter().any(|one| (value.lo..=value.hi).contains(one));
            Verdict::of(value.is_settled() && set.contains(&value.lo), !inside())
        }
        Limit::Table { by: slot, lines } => {
            let mut said = lines_of(lines, by(*slot)).map(|line| compare(value, op, line));
            let first = said.next().unwrap_or(Verdict::Check);
            if said.all(|next| next == first) { first } else { Verdict::Check }
        }
        Limit::NotKnown => Verdict::Check,
    }
}

/// The lines of a table that may be meant.
pub(super) fn lines_of(lines: &[i64], by: Span) -> impl Iterator<Item = i64> + '_ {
    let last = LINES - 1;
    let at = |end: i64| usize::try_from(end.clamp(0, last)).unwrap_or(0);
    lines[at(by.lo)..=at(by.hi)].iter().copied()
}

fn compare(value: Span, op: Op, limit: i64) -> Verdict {
    match op {
        Op::Is | Op::In => Verdict::of(value.is_settled() && value.lo == limit, limit < value.lo || value.hi < limit),
        Op::AtLeast => Verdict::of(value.lo >= limit, value.hi < limit),
        Op::MoreThan => Verdict::of(value.lo > limit, value.hi <= limit),
        Op::AtMost => Verdict::of(value.hi <= limit, value.lo > limit),
        Op::LessThan => Verdict::of(value.hi < limit, value.lo >= limit),
    }
}
