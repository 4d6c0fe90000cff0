//! Conditions as data (条件): a tree of all, any and not over typed predicates, each with the sentence it comes from.
//!
//! **Invariant:** receiving a benefit and not receiving it are different predicates, never two readings of one.
//! **Invariant:** whether an edge belongs to the range is data (`at_most`, `less_than`), not a habit of the program.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a condition or a figure comes from (根拠).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistrySource)]
pub struct Source {
    /// The sentence, shown with every answer that rests on it.
    pub text: String,
    /// Law and article: 児童手当法 第4条
    pub law: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The days that the sentence speaks of; on others the condition is not decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

/// How a predicate compares (比較). The edge belongs to `at_least` and `at_most`, and not to the other two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RegistryOp)]
pub enum Op {
    /// である
    Is,
    /// のいずれか
    In,
    /// 以上
    AtLeast,
    /// 超
    MoreThan,
    /// 以下
    AtMost,
    /// 未満
    LessThan,
}

/// A figure of the law by name, in a table by another attribute if it has one (基準額の参照).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryFigure)]
pub struct Figure {
    pub parameter: String,
    /// The attribute that chooses the line of the table (扶養親族等の数).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// What an attribute is compared with (比較の相手).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = RegistryValue)]
pub enum Value {
    Flag(bool),
    Number(i64),
    Text(String),
    Many(Vec<String>),
    Figure(Figure),
}

/// One typed predicate (述語).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryTest)]
pub struct Test {
    pub attribute: String,
    pub op: Op,
    pub value: Value,
    pub source: Source,
}

/// There are people of these roles who meet a condition (該当する人がいる).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistrySomeone)]
pub struct Someone {
    /// Of these roles; of any if empty.
    #[serde(default)]
    pub roles: Vec<String>,
    #[serde(rename = "where")]
    #[schema(no_recursion)]
    pub body: Box<Condition>,
    /// So many at least; one if left out.
    #[serde(default = "one")]
    pub at_least: u32,
}

/// The place of a person among those who count, the eldest first (第何子): who counts is the programme's own rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryBirthOrder)]
pub struct BirthOrder {
    pub op: Op,
    pub value: i64,
    /// Who counts.
    #[schema(no_recursion)]
    pub among: Box<Condition>,
    pub source: Source,
}

/// What no attribute of the dictionary decides: a person at the counter does (窓口で確認).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryAsk)]
pub struct Ask {
    pub what: Text,
    pub source: Source,
}

/// A condition (条件).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RegistryCondition)]
pub enum Condition {
    /// すべて
    #[schema(no_recursion)]
    All(Vec<Condition>),
    /// いずれか
    #[schema(no_recursion)]
    Any(Vec<Condition>),
    /// でない
    #[schema(no_recursion)]
    Not(Box<Condition>),
    Test(Test),
    Someone(Someone),
    Order(BirthOrder),
    Ask(Ask),
}

/// A figure of the law as of a day (日付つきの数値).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryDated)]
pub struct Dated {
    /// In force from this day until the next one.
    pub from: NaiveDate,
    /// The lines of the table, from 0 on; one for a plain figure. `null`: not known, so nothing is decided by it (要確認).
    pub value: Option<Vec<i64>>,
    /// What each further line adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<i64>,
    pub source: Source,
}

/// Figures by name, each with its history (基準額).
pub type Parameters = BTreeMap<String, Vec<Dated>>;

/// How often an amount is paid, or what it is (額の種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RegistryUnit)]
pub enum Unit {
    /// 月額
    Month,
    /// 年額
    Year,
    /// 一時金
    Once,
    /// 貸付の限度額
    Loan,
    /// 費用・給付の上限額
    Ceiling,
}

/// From least to most, each a figure by name (額).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryMoney)]
pub struct Money {
    pub least: Figure,
    /// The same as `least` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<Figure>,
    /// Multiplied by this attribute (胎児の数).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<String>,
}

/// A line of a decision table (決定表の行): the first whose condition is met gives the amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryRow)]
pub struct Row {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Nothing is paid if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
}

/// For each person of these roles who meets the condition (一人ごとの額).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryEach)]
pub struct Each {
    pub roles: Vec<String>,
    #[serde(rename = "where")]
    pub body: Condition,
}

/// An amount by a decision table (額の決定表).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryAmount)]
pub struct Amount {
    pub label: Text,
    pub unit: Unit,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Each>,
    pub rows: Vec<Row>,
}

/// What decides a programme (判定の定義).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryRule)]
pub struct Rule {
    pub condition: Condition,
    #[serde(default)]
    pub amounts: Vec<Amount>,
    #[serde(default)]
    pub parameters: Parameters,
}

fn one() -> u32 {
    1
}

impl Rule {
    /// The value of a figure on a day: its lines and what each further one adds. `None` when it is not known.
    pub(super) fn figure(&self, name: &str, on: NaiveDate) -> Option<(&[i64], i64)> {
        let history = self.parameters.get(name)?;
        let dated = history.iter().filter(|dated| dated.from <= on).max_by_key(|dated| dated.from)?;
        dated.value.as_deref().filter(|lines| !lines.is_empty()).map(|lines| (lines, dated.step.unwrap_or(0)))
    }
}

impl Condition {
    /// What this one is made of.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().collect(),
            Self::Not(part) => vec![part],
            Self::Someone(someone) => vec![&someone.body],
            Self::Order(order) => vec![&order.among],
            Self::Test(_) | Self::Ask(_) => Vec::new(),
        }
    }
}
