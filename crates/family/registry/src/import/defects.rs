//! Defects that real records have (実在する不備), each mended with what it was beside it, or taken out of use and reported.
//!
//! **Invariant:** nothing is repaired in silence, and nothing is lost: what is taken out of use stays in `_quarantined`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use kernel::era;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::model::Record;

/// Where values that cannot be used are kept.
const QUARANTINE: &str = "_quarantined";

/// One defect of a row (不備): what it was, and what it became.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryDefect)]
pub struct Defect {
    /// The path of the field: `contact.contactPhone`.
    pub field: String,
    /// Stable: `tag-joined`, `date-words`, `age-unit`, …
    pub code: String,
    #[schema(value_type = Object)]
    pub was: Value,
    /// What it was mended to; null when it is out of use until a person decides.
    #[schema(value_type = Object)]
    pub now: Value,
    pub ja: String,
    pub en: String,
}

type Tables = BTreeMap<String, BTreeMap<String, String>>;

/// The official tables of tags.
static TAGS: LazyLock<Tables> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../tags.json")).expect("a test reads the tags we ship"));

const LISTS: [&str; 3] = ["categoryCode", "targetCode", "contentsCode"];

/// Mends a record and says what was wrong.
pub fn mend(record: &mut Record) -> Vec<Defect> {
    let mut mending = Mending { record, defects: Vec::new() };
    mending.areas();
    mending.tags();
    for period in ["implementationPeriod", "procedurePeriod"] {
        mending.period(period);
    }
    for field in ["updateDate", "odInformation.updateDate"] {
        mending.date(field, None);
    }
    mending.several();
    for list in ["relatedLink", "formLink"] {
        mending.links(list);
    }
    mending.ages();
    mending.texts();
    mending.defects
}

struct Mending<'a> {
    record: &'a mut Record,
    defects: Vec<Defect>,
}

impl Mending<'_> {
    fn mended(&mut self, field: &str, code: &str, now: Value, ja: &str, en: &str) {
        let was = self.record.at(field).cloned().unwrap_or(Value::Null);
        self.record.set(field, now.clone());
        self.note(field, code, was, now, ja, en);
    }

    /// Takes a value out of use and keeps it.
    fn quarantined(&mut self, field: &str, code: &str, empty: Value, ja: &str, en: &str) {
        let was = self.record.at(field).cloned().unwrap_or(Value::Null);
        self.record.set(field, empty);
        let kept = self.record.0.entry(QUARANTINE).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(kept) = kept {
            kept.insert(field.to_owned(), was.clone());
        }
        self.note(field, code, was, Value::Null, ja, en);
    }

    fn note(&mut self, field: &str, code: &str, was: Value, now: Value, ja: &str, en: &str) {
        let (field, code, ja, en) = (field.to_owned(), code.to_owned(), ja.to_owned(), en.to_owned());
        self.defects.push(Defect { field, code, was, now, ja, en });
    }

    fn areas(&mut self) {
        for field in ["area.areaCode", "area.areaText"] {
            let Some(text) = self.record.at(field).and_then(Value::as_str).map(str::to_owned) else { continue };
            let clean: String = text.chars().filter(|c| !c.is_control()).collect();
            let clean = clean.trim().to_owned();
            if clean != text {
                let (ja, en) =
                    ("地域名に混じっていたタブや空白を取りました。", "Tabs or spaces in the area were taken off.");
                self.mended(field, "area-tab", json!(clean), ja, en);
            }
        }
    }

    fn tags(&mut self) {
        let mut lists: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut unknown: Vec<Value> = Vec::new();
        let mut codes_of_defects: Vec<(&str, &str)> = Vec::new();
        for list in LISTS {
            for item in elements(self.record.at(&format!("tag.{list}"))) {
                let parts: Vec<&str> = item.split([',', '，', '、', ';', '；']).collect();
                if parts.len() > 1 {
                    codes_of_defects.push((list, "tag-joined"));
                }
                for part in parts {
                    let bare = part.trim();
                    if bare != part {
                        codes_of_defects.push((list, "tag-space"));
                    }
                    let code = if bare.len() < 3 && !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit()) {
                        codes_of_defects.push((list, "tag-digits"));
                        format!("{bare:0>3}")
                    } else {
                        bare.to_owned()
                    };
                    let known = |list: &&str| TAGS.get(*list).is_some_and(|table| table.contains_key(&code));
                    match Some(list).filter(known).or_else(|| LISTS.into_iter().find(known)) {
                        Some(right) => {
                            if right != list {
                                codes_of_defects.push((list, "tag-list"));
                            }
                            lists.entry(right).or_default().push(code);
                        }
                        None if code.is_empty() => {}
                        None => unknown.push(json!(code)),
                    }
                }
            }
        }
        codes_of_defects.dedup();
        if codes_of_defects.is_empty() && unknown.is_empty() {
            return;
        }
        let was = self.record.at("tag").cloned().unwrap_or(Value::Null);
        for list in LISTS {
            let mut codes = lists.remove(list).unwrap_or_default();
            let mut seen = std::collections::HashSet::new();
            codes.retain(|code| seen.insert(code.clone()));
            self.record.set(&format!("tag.{list}"), json!(codes));
        }
        let now = self.record.at("tag").cloned().unwrap_or(Value::Null);
        for (list, code) in codes_of_defects {
            let (ja, en) = tag_words(code);
            self.note(&format!("tag.{list}"), code, was.clone(), now.clone(), ja, en);
        }
        if !unknown.is_empty() {
            let (ja, en) = ("表にないコードを使わないことにしました。", "Codes that are in no table are out of use.");
            self.record.set(QUARANTINE_TAGS, Value::Array(unknown.clone()));
            self.note("tag", "tag-unknown", Value::Array(unknown), Value::Null, ja, en);
        }
    }

    fn period(&mut self, period: &str) {
        let conditions = format!("{period}.conditions");
        let ends = [format!("{period}.fromYMD"), format!("{period}.toYMD")];
        for field in &ends {
            self.date(field, Some(&conditions));
        }
        let day = |field: &String| self.record.text(field)?.parse::<NaiveDate>().ok();
        if let (Some(from), Some(until)) = (day(&ends[0]), day(&ends[1]))
            && until < from
        {
            let (ja, en) = (
                "終わりが始まりより前です。終わりを使わないことにしました。",
                "It ends before it begins; the end is out of use.",
            );
            self.quarantined(&ends[1], "dates-reversed", Value::Null, ja, en);
        }
    }

    fn date(&mut self, field: &str, words: Option<&str>) {
        let Some(text) = self.record.text(field).map(str::to_owned) else { return };
        if text.parse::<NaiveDate>().is_ok() {
            return;
        }
        if let Ok(day) = era::parse(&text) {
            let now = json!(day.to_string());
            return self.mended(
                field,
                "date-form",
                now,
                "日付の書き方をそろえました。",
                "The date was written in one form.",
            );
        }
        let Some(conditions) = words else {
            let (ja, en) = ("日付として読めないので使わないことにしました。", "It is no date, and out of use.");
            return self.quarantined(field, "date-words", Value::Null, ja, en);
        };
        let held = self.record.text(conditions).map_or_else(String::new, |held| format!("{held}\n"));
        if !held.contains(&text) {
            self.record.set(conditions, json!(format!("{held}{text}")));
        }
        let (ja, en) = (
            "日付の欄の言葉（随時など）を条件の欄に移しました。",
            "Words in a field for dates went to its conditions.",
        );
        self.mended(field, "date-words", Value::Null, ja, en);
    }

    /// Several values in one field: the first stays, the others go where texts may stand.
    fn several(&mut self) {
        for field in ["contact.contactPhone", "contact.zipCode", "contact.contactUrl"] {
            let Some(text) = self.record.text(field).map(str::to_owned) else { continue };
            let parts: Vec<&str> =
                text.split([',', '，', '、', '\n']).map(str::trim).filter(|p| !p.is_empty()).collect();
            let [first, others @ ..] = parts.as_slice() else { continue };
            if others.is_empty() {
                continue;
            }
            let held = self.record.text("contact.contactComment").map_or_else(String::new, |held| format!("{held}\n"));
            self.record.set("contact.contactComment", json!(format!("{held}{}", others.join("\n"))));
            let (ja, en) = (
                "二つ以上の値があったので、最初のものを残し、ほかは補足に移しました。",
                "Of several values the first stays; the others went to the comment.",
            );
            self.mended(field, "several-values", json!(first), ja, en);
        }
    }

    fn links(&mut self, list: &str) {
        let Some(items) = self.record.at(list).and_then(Value::as_array).cloned() else { return };
        let mut codes = Vec::new();
        let mended: Vec<Value> = items.iter().map(|item| link(item, &mut codes)).collect();
        if codes.is_empty() {
            return;
        }
        self.record.set(list, Value::Array(mended.clone()));
        codes.dedup();
        for code in codes {
            let (ja, en) = ("リンクから題名や文章を分けました。", "Title and text were taken out of the link.");
            self.note(list, code, Value::Array(items.clone()), Value::Array(mended.clone()), ja, en);
        }
    }

    fn ages(&mut self) {
        for bound in ["lessThan", "lessThanOrEqualTo", "greaterThanOrEqualTo", "greaterThan"] {
            for part in ["targetAge", "targetAgeOfMonths"] {
                let field = format!("target.{bound}.{part}");
                if let Some(number) = self.record.text(&field).and_then(|text| text.parse::<i64>().ok()) {
                    let (ja, en) = ("文字で書かれた年齢を数にしました。", "An age written as text became a number.");
                    self.mended(&field, "age-text", json!(number), ja, en);
                }
            }
        }
        let bound = |name: &str| super::ages::months(self.record, name);
        let (below, from) = (bound("lessThan"), bound("greaterThanOrEqualTo"));
        let upper = below.or_else(|| bound("lessThanOrEqualTo"));
        if below == Some(0) {
            let (ja, en) = (
                "上限が0か月未満で誰も当てはまりません。使わないことにしました。",
                "An upper bound of 0 months fits nobody; it is out of use.",
            );
            self.quarantined("target.lessThan", "age-zero", super::ages::no_bound(), ja, en);
        } else if let Some(said) = super::ages::months_said(self.record)
            && [from, upper].into_iter().flatten().any(|bound| bound > said.1 + 12)
        {
            let (ja, en) = (
                "名前は「か月」なのに年齢が大きすぎます（か月と歳の取り違えの疑い）。使わないことにしました。",
                "The name speaks of months and the ages are far larger (months taken for years?); they are out of use.",
            );
            for name in ["lessThan", "lessThanOrEqualTo", "greaterThanOrEqualTo", "greaterThan"] {
                if super::ages::months(self.record, name).is_some() {
                    self.quarantined(&format!("target.{name}"), "age-unit", super::ages::no_bound(), ja, en);
                }
            }
        } else if let (Some(from), Some(upper)) = (from, upper)
            && from > upper
        {
            let (ja, en) = (
                "対象年齢の下限が上限より大きいので、上限を使わないことにしました。",
                "The lower age is above the upper one; the upper is out of use.",
            );
            let name = if below.is_some() { "target.lessThan" } else { "target.lessThanOrEqualTo" };
            self.quarantined(name, "age-reversed", super::ages::no_bound(), ja, en);
        }
    }

    /// What is not mended, but somebody should look at.
    fn texts(&mut self) {
        let table = self
            .record
            .texts()
            .iter()
            .any(|text| text.contains("|--") || text.contains("| --") || text.contains("|:-"));
        if table {
            let (ja, en) = (
                "文章の中に表の記号（Markdown）があります。そのまま残しました。",
                "A text holds a Markdown table; it was left as it is.",
            );
            self.note("description", "markdown-table", Value::Null, Value::Null, ja, en);
        }
        let fields = ["support.description", "support.monetarySupport", "support.materiallySupport"];
        let texts: Vec<&str> = fields.iter().filter_map(|field| self.record.text(field)).collect();
        if texts.len() == 3 && texts.iter().all(|text| *text == texts[0]) {
            let (ja, en) = (
                "同じ文章が三つの欄にあります。そのまま残しました。",
                "Three fields hold the same text; they were left as they are.",
            );
            self.note("support", "same-text", json!(texts[0]), Value::Null, ja, en);
        }
    }
}

const QUARANTINE_TAGS: &str = "_quarantined.tag";

fn elements(list: Option<&Value>) -> Vec<String> {
    match list {
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
        }
        Some(Value::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

fn tag_words(code: &str) -> (&'static str, &'static str) {
    match code {
        "tag-joined" => {
            ("一つの欄につながっていたコードを分けました。", "Codes joined in one element were taken apart.")
        }
        "tag-space" => ("コードの空白を取りました。", "Spaces around a code were taken off."),
        "tag-digits" => ("コードを3桁にしました。", "A code was given its three digits."),
        _ => ("別の一覧のコードを正しい一覧に移しました。", "A code went to the list it belongs to."),
    }
}

/// `{uri, title}` from whatever was published for one.
fn link(item: &Value, codes: &mut Vec<&'static str>) -> Value {
    let (uri, title) = match item {
        Value::String(text) => (text.as_str(), None),
        other => (other["uri"].as_str().unwrap_or_default(), other["title"].as_str()),
    };
    let start = uri.find("http").unwrap_or(0);
    let (before, rest) = uri.split_at(start);
    let end = rest.find(|c: char| !c.is_ascii() || c.is_ascii_whitespace()).unwrap_or(rest.len());
    let (bare, after) = rest.split_at(end);
    if before.is_empty() && after.trim().is_empty() && item.is_object() {
        return item.clone();
    }
    codes.push(if before.is_empty() && !after.is_empty() { "link-text" } else { "link-joined" });
    let words = [title.unwrap_or_default(), before.trim_end_matches([';', '；']).trim(), after.trim()];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let mut mended = item.as_object().cloned().unwrap_or_default();
    mended.insert("uri".to_owned(), json!(bare));
    mended.insert("title".to_owned(), if words.is_empty() { Value::Null } else { json!(words.join(" ")) });
    Value::Object(mended)
}
