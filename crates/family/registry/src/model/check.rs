//! What stands against a rule (定義の誤り): said with the place, before anybody is judged by it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::attributes::{Attribute, Kind, attributes};
use super::condition::{Amount, Condition, Figure, Money, Op, Rule, Source, Test, Value};
use super::facts::MOST_YEN;
use super::programme::{Content, Refused};

/// Deepest tree, and most predicates of one.
const MOST_DEPTH: usize = 12;
const MOST_NODES: usize = 300;

/// Most cases of a content.
const MOST_CASES: usize = 100;

/// One mistake in a rule (定義の誤り): where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryFault)]
pub struct Fault {
    /// `condition.all[1].test`
    pub path: String,
    /// Stable: `no-source`, `no-basis`, `contradiction`, …
    pub code: String,
    pub ja: String,
    pub en: String,
}

impl Rule {
    /// Whether it decides anything, or only says what to ask at the counter.
    pub fn decides(&self) -> bool {
        fn any_test(condition: &Condition) -> bool {
            matches!(condition, Condition::Test(_) | Condition::Order(_)) || condition.parts().into_iter().any(any_test)
        }
        any_test(&self.condition) || !self.amounts.is_empty()
    }
}

/// Every mistake in the rule of a content.
pub fn check_content(content: &Content) -> Vec<Fault> {
    let rule = &content.rule;
    let mut checking = Checking { rule, faults: Vec::new(), nodes: 0 };
    checking.parameters();
    if content.cases.len() > MOST_CASES {
        let ja = format!("検証事例は{MOST_CASES}件までにしてください。");
        checking.fault("cases", "too-many", ja, format!("A programme has at most {MOST_CASES} cases."));
    }
    checking.condition("condition", &rule.condition, Of::Household, 0);
    for (at, amount) in rule.amounts.iter().enumerate() {
        checking.amount(&format!("amounts[{at}]"), amount);
    }
    checking.faults
}

/// Refuses a programme that can only be received by who receives it already, or that requires a benefit which its receipt
/// shuts out. `others` are the contents that hold, by key.
pub fn check_cycles(key: &str, content: &Content, others: &[(String, Content)]) -> Result<(), Refused> {
    let mut edges: HashMap<&str, Vec<(String, bool)>> = HashMap::new();
    for (key, content) in others.iter().map(|(key, content)| (key.as_str(), content)).chain([(key, content)]) {
        let mut found = Vec::new();
        asks_for(&content.rule.condition, false, &mut found);
        edges.insert(key, found);
    }
    let mut seen = BTreeSet::new();
    let mut waiting = vec![key.to_owned()];
    while let Some(at) = waiting.pop() {
        for (needed, wanted) in edges.get(at.as_str()).into_iter().flatten() {
            let shut_out = !wanted && needed == key && at != key;
            if (*wanted && needed == key) || shut_out {
                return Err(Refused::Cycle(at));
            }
            if *wanted && seen.insert(needed.clone()) {
                waiting.push(needed.clone());
            }
        }
    }
    Ok(())
}

/// Whom a part of a condition speaks of. People are gone through once inside each other and no deeper, so that what a rule
/// costs stays small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Household,
    /// Each person an amount is paid for.
    Each,
    /// Those who are looked for.
    Someone,
    /// Those who count in a birth order.
    Among,
}

struct Checking<'a> {
    rule: &'a Rule,
    faults: Vec<Fault>,
    nodes: usize,
}

impl Checking<'_> {
    fn fault(&mut self, path: &str, code: &str, ja: impl Into<String>, en: impl Into<String>) {
        self.faults.push(Fault { path: path.to_owned(), code: code.to_owned(), ja: ja.into(), en: en.into() });
    }

    fn condition(&mut self, path: &str, condition: &Condition, of: Of, depth: usize) {
        self.nodes += 1;
        if depth > MOST_DEPTH || self.nodes > MOST_NODES {
            if self.nodes <= MOST_NODES + 1 {
                self.fault(
                    path,
                    "too-large",
                    format!("条件が大きすぎます（深さ{MOST_DEPTH}、{MOST_NODES}項目まで）。分けてください。"),
                    format!("The condition is too large (depth {MOST_DEPTH}, {MOST_NODES} items). Split it."),
                );
            }
            return;
        }
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                let word = if matches!(condition, Condition::All(_)) { "all" } else { "any" };
                if parts.is_empty() {
                    let (ja, en) = ("条件が一つもありません。", "There is no condition in it.");
                    self.fault(path, "empty", ja, en);
                }
                if word == "all" {
                    self.contradictions(path, parts);
                }
                for (at, part) in parts.iter().enumerate() {
                    self.condition(&format!("{path}.{word}[{at}]"), part, of, depth + 1);
                }
            }
            Condition::Not(part) => self.condition(&format!("{path}.not"), part, of, depth + 1),
            Condition::Test(test) => self.test(&format!("{path}.test"), test, of != Of::Household),
            Condition::Someone(someone) => {
                let path = format!("{path}.someone");
                self.nested(&path, matches!(of, Of::Someone | Of::Among));
                self.roles(&format!("{path}.roles"), &someone.roles);
                self.condition(&format!("{path}.where"), &someone.body, Of::Someone, depth + 1);
            }
            Condition::Order(order) => {
                let path = format!("{path}.order");
                self.nested(&path, of == Of::Among);
                if of == Of::Household {
                    let (ja, en) =
                        ("第何子かは、一人ひとりの条件の中でだけ使えます。", "A birth order is of a person.");
                    self.fault(&path, "person-only", ja, en);
                }
                self.source(&path, &order.source);
                self.condition(&format!("{path}.among"), &order.among, Of::Among, depth + 1);
            }
            Condition::Ask(ask) => {
                self.source(&format!("{path}.ask"), &ask.source);
                if ask.what.ja.trim().is_empty() {
                    let (ja, en) = ("窓口で何を確認するか書いてください。", "Say what to ask at the counter.");
                    self.fault(&format!("{path}.ask.what"), "empty", ja, en);
                }
            }
        }
    }

    fn nested(&mut self, path: &str, nested: bool) {
        if nested {
            let (ja, en) = (
                "人を数える条件の中で、もう一度人を数えることはできません。条件を分けてください。",
                "People are not counted again inside a condition on people. Split it.",
            );
            self.fault(path, "nested-people", ja, en);
        }
    }

    fn test(&mut self, path: &str, test: &Test, of_person: bool) {
        self.source(path, &test.source);
        let Some(slot) = attributes().slot(&test.attribute) else {
            return self.fault(
                path,
                "no-such-attribute",
                format!("「{}」という項目は辞書にありません。", test.attribute),
                format!("{} is not in the dictionary.", test.attribute),
            );
        };
        let attribute = attributes().at(slot);
        if slot.person && !of_person {
            self.fault(
                path,
                "person-only",
                format!("「{}」は、一人ひとりの条件の中でだけ使えます。", attribute.label.ja),
                format!("{} is asked of a person only.", attribute.label.en),
            );
        }
        if !fits(attribute, test) {
            self.fault(
                path,
                "does-not-fit",
                format!("「{}」と比べ方・値が合いません。", attribute.label.ja),
                format!("Comparison or value does not fit {}.", attribute.label.en),
            );
        }
        match &test.value {
            Value::Figure(figure) => self.figure(path, figure),
            _ if attribute.kind == Kind::Yen => {
                let (ja, en) = (
                    "金額の基準は、根拠と日付のある基準額として登録してください。",
                    "Enter an amount as a figure with its source and date.",
                );
                self.fault(path, "no-basis", ja, en);
            }
            _ => {}
        }
    }

    fn figure(&mut self, path: &str, figure: &Figure) {
        if !self.rule.parameters.contains_key(&figure.parameter) {
            self.fault(
                path,
                "no-such-figure",
                format!("基準額「{}」が登録されていません。", figure.parameter),
                format!("There is no figure {}.", figure.parameter),
            );
        }
        let by = figure.by.as_deref().map(|by| attributes().get(by));
        if by.is_some_and(|by| by.is_none_or(|by| by.kind != Kind::Count)) {
            let (ja, en) = ("表の行は人数の項目で選びます。", "The line of a table is chosen by a count.");
            self.fault(path, "does-not-fit", ja, en);
        }
    }

    fn parameters(&mut self) {
        for (name, history) in &self.rule.parameters {
            let path = format!("parameters.{name}");
            let mut days = BTreeSet::new();
            for dated in history {
                self.source(&path, &dated.source);
                if !days.insert(dated.from) {
                    let ja = format!("{} からの値が二つあります。", dated.from);
                    self.fault(&path, "two-values", ja, format!("Two values begin on {}.", dated.from));
                }
                let lines = dated.value.as_deref().unwrap_or(&[0]);
                let out_of_range = |one: &i64| !(0..=MOST_YEN).contains(one);
                if lines.is_empty() || lines.iter().chain(&dated.step).any(out_of_range) {
                    let ja = format!("値と加算額は0以上{MOST_YEN}以下の数で入力してください。");
                    self.fault(
                        &path,
                        "out-of-range",
                        ja,
                        format!("Values and steps are numbers from 0 to {MOST_YEN}."),
                    );
                }
            }
            if history.is_empty() {
                self.fault(&path, "empty", "値が一つもありません。", "It has no value.");
            }
        }
    }

    fn amount(&mut self, path: &str, amount: &Amount) {
        if let Some(each) = &amount.each {
            self.roles(&format!("{path}.each.roles"), &each.roles);
            self.condition(&format!("{path}.each.where"), &each.body, Of::Each, 0);
        }
        if amount.rows.is_empty() {
            self.fault(path, "empty", "額の表に行がありません。", "The table of amounts has no line.");
        }
        for (at, row) in amount.rows.iter().enumerate() {
            let path = format!("{path}.rows[{at}]");
            if let Some(when) = &row.when {
                let of = if amount.each.is_some() { Of::Each } else { Of::Household };
                self.condition(&format!("{path}.when"), when, of, 0);
            }
            if let Some(money) = &row.money {
                self.money(&path, money);
            }
        }
    }

    fn money(&mut self, path: &str, money: &Money) {
        self.figure(path, &money.least);
        if let Some(most) = &money.most {
            self.figure(path, most);
        }
        let times = money.times.as_deref().map(|id| attributes().get(id));
        if times.is_some_and(|times| times.is_none_or(|times| times.kind != Kind::Count)) {
            self.fault(path, "does-not-fit", "掛ける項目は人数にしてください。", "An amount is multiplied by a count.");
        }
    }

    fn roles(&mut self, path: &str, roles: &[String]) {
        let known = attributes().get("role");
        if roles.iter().any(|role| known.is_none_or(|known| known.option(role).is_none())) {
            self.fault(path, "no-such-role", "続柄が辞書にありません。", "There is no such role.");
        }
    }

    fn source(&mut self, path: &str, source: &Source) {
        if source.text.trim().is_empty() || source.law.trim().is_empty() {
            let (ja, en) =
                ("根拠の文と法令・要綱の名前を書いてください。", "Give the sentence and the law or rule it stands in.");
            self.fault(path, "no-source", ja, en);
        }
        if source.url.as_deref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
            self.fault(path, "no-link", "URLはhttps://で始めてください。", "A link begins with https://.");
        }
        if let (Some(from), Some(until)) = (source.from, source.until)
            && until < from
        {
            let (ja, en) = ("根拠の期間の始まりと終わりが逆です。", "The days of the source are reversed.");
            self.fault(path, "dates-reversed", ja, en);
        }
    }

    /// Parts of an all that cannot be true together.
    fn contradictions(&mut self, path: &str, parts: &[Condition]) {
        let mut spans: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        for part in parts {
            let Some((attribute, lo, hi)) = allows(part) else { continue };
            let span = spans.entry(attribute).or_insert((i64::MIN, i64::MAX));
            *span = (span.0.max(lo), span.1.min(hi));
        }
        for (attribute, _) in spans.into_iter().filter(|(_, (lo, hi))| lo > hi) {
            let label = attributes().get(attribute).map_or(attribute, |attribute| attribute.label.ja.as_str());
            self.fault(
                path,
                "contradiction",
                format!("「{label}」の条件が同時には成り立ちません。"),
                format!("The conditions on {attribute} cannot hold together."),
            );
        }
    }
}

/// Which values a plain predicate leaves, where it compares with a number of its own.
fn allows(condition: &Condition) -> Option<(&str, i64, i64)> {
    let (test, turned) = match condition {
        Condition::Test(test) => (test, false),
        Condition::Not(part) => match part.as_ref() {
            Condition::Test(test) => (test, true),
            _ => return None,
        },
        _ => return None,
    };
    let number = match &test.value {
        Value::Flag(flag) => i64::from(*flag) ^ i64::from(turned),
        Value::Number(number) if !turned => *number,
        Value::Text(text) if !turned => attributes().get(&test.attribute)?.option(text)?,
        _ => return None,
    };
    let (lo, hi) = match test.op {
        Op::Is => (number, number),
        Op::AtLeast => (number, i64::MAX),
        Op::MoreThan => (number.checked_add(1)?, i64::MAX),
        Op::AtMost => (i64::MIN, number),
        Op::LessThan => (i64::MIN, number.checked_sub(1)?),
        Op::In => return None,
    };
    Some((&test.attribute, lo, hi))
}

fn fits(attribute: &Attribute, test: &Test) -> bool {
    let ordered = !matches!(test.op, Op::Is | Op::In);
    match (&test.value, attribute.kind) {
        (Value::Flag(_), Kind::Flag) => test.op == Op::Is,
        (Value::Number(_), Kind::Count) => test.op != Op::In,
        (Value::Number(_), Kind::Yen) | (Value::Figure(_), Kind::Count | Kind::Yen) => ordered,
        (Value::Text(text), Kind::Choice) => test.op == Op::Is && attribute.option(text).is_some(),
        (Value::Many(texts), Kind::Choice) => {
            test.op == Op::In && !texts.is_empty() && texts.iter().all(|text| attribute.option(text).is_some())
        }
        (Value::Text(text), Kind::Municipality) => test.op == Op::Is && kernel::areas::municipality(text).is_some(),
        (Value::Text(text), Kind::Day) => ordered && text.parse::<chrono::NaiveDate>().is_ok(),
        _ => false,
    }
}

/// Benefits that must be received (true) or must not be (false).
fn asks_for(condition: &Condition, turned: bool, found: &mut Vec<(String, bool)>) {
    match condition {
        Condition::Test(test) => {
            let programme = attributes().get(&test.attribute).and_then(|attribute| attribute.programme.clone());
            if let (Some(programme), Value::Flag(flag)) = (programme, &test.value) {
                found.push((programme, *flag != turned));
            }
        }
        Condition::Not(part) => asks_for(part, !turned, found),
        // One of several ways need not be gone.
        Condition::Any(parts) if parts.len() > 1 => {}
        other => other.parts().into_iter().for_each(|part| asks_for(part, turned, found)),
    }
}
