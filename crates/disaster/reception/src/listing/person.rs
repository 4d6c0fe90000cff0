//! One row of the list: a person with who helps, and what is to be said of the row.

use chrono::NaiveDate;
use households::Household;
use households::model::{Fault, MAX_TEXT, Refusal, my_number};
use serde_json::{Value, json};
use sheets::TableRow;
use sheets::value::{date, is_missing, yes_no};
use uuid::Uuid;

use super::{Columns, RowNote, RowReason};

/// Fields of the card with the field of the dictionary they came from, by which the column is named.
const CAME_FROM: [(&str, &str); 7] = [
    ("persons[0].kana", "kana"),
    ("postcode", "postcode"),
    ("address", "address"),
    ("neighbourhood", "district"),
    ("landline", "phone"),
    ("mobile", "mobile"),
    ("emergency", "helper_phone"),
];
const HELPERS: [(&str, &str, &str); 3] = [
    ("helper_name", "helper_phone", "helper_relation"),
    ("helper2_name", "helper2_phone", "helper2_relation"),
    ("helper3_name", "helper3_phone", "helper3_relation"),
];
/// Fields that go into the remarks in the words of the list, under the name of their column.
const IN_WORDS: [&str; 12] = [
    "why",
    "care",
    "disability",
    "intellect",
    "mind",
    "mobility",
    "dialysis",
    "oxygen",
    "refuge",
    "contact",
    "fax",
    "remarks",
];

/// A sheet whose columns are known.
pub(crate) struct Sheet<'a> {
    /// In a workbook of several: it stands for the district.
    pub(crate) name: Option<&'a str>,
    pub(crate) jis5: &'a str,
    pub(crate) columns: &'a Columns,
    pub(crate) today: NaiveDate,
}

impl Sheet<'_> {
    /// The person of a row, if it is taken, and what is to be said of it.
    pub(crate) fn person(&self, row: &TableRow) -> (Option<Household>, Vec<RowNote>) {
        if row.cells.iter().all(|cell| is_missing(&cell.text())) {
            return (None, Vec::new());
        }
        let name = self.joined(row, "name", ["family_name", "given_name"]);
        if name.is_empty() {
            return (None, vec![self.note(row, self.columns.name("name"), RowReason::NoName)]);
        }
        let mut notes = Vec::new();
        let mut remarks = self.words(row);
        let mut card = self.card(row, &name, &mut remarks, &mut notes);
        // Each field that is refused goes into the remarks; there are fewer fields than turns.
        for _ in 0..CAME_FROM.len() + 2 {
            card["remarks"] = json!(self.cut(row, &remarks, &mut notes));
            match Household::read(card.clone(), self.today) {
                Ok(household) => return (Some(household), notes),
                Err(refusal) => match self.mend(row, &mut card, &mut remarks, &refusal) {
                    Ok(note) => notes.push(note),
                    Err(reason) => return (None, vec![self.note(row, None, reason)]),
                },
            }
        }
        (None, vec![self.note(row, None, RowReason::Unfit)])
    }

    pub(crate) fn note(&self, row: &TableRow, column: Option<String>, reason: RowReason) -> RowNote {
        RowNote { sheet: self.name.map(str::to_owned), line: row.line, column, reason }
    }

    fn text(&self, row: &TableRow, field: &str) -> String {
        self.columns.text(row, field)
    }

    /// A field, or else its two parts.
    fn joined(&self, row: &TableRow, whole: &str, parts: [&str; 2]) -> String {
        let text = self.text(row, whole);
        if !text.is_empty() {
            return text;
        }
        let parts = parts.map(|part| self.text(row, part));
        parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ")
    }

    fn card(&self, row: &TableRow, name: &str, remarks: &mut Vec<String>, notes: &mut Vec<RowNote>) -> Value {
        let mut person = json!({
            "id": Uuid::nil(), "name": name, "kana": self.joined(row, "kana", ["family_kana", "given_kana"]),
            "needs": self.needs(row),
        });
        match self.birth(row) {
            Ok(Some(birth)) => person["birth"] = json!(birth),
            Ok(None) => {}
            Err((column, written)) => {
                remarks.push(format!("{}: {written}", column.as_deref().unwrap_or("生年月日")));
                notes.push(self.note(row, column, RowReason::Birth));
            }
        }
        match self.text(row, "sex").as_str() {
            "女" | "女性" | "F" | "2" => person["sex"] = json!("female"),
            "男" | "男性" | "M" | "1" => person["sex"] = json!("male"),
            _ => {}
        }
        let address = [self.text(row, "address"), self.text(row, "building")];
        let district = self.text(row, "district");
        let district = if district.is_empty() { self.name.unwrap_or_default().to_owned() } else { district };
        json!({
            "persons": [person], "municipality": self.jis5, "neighbourhood": district,
            "address": address.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" "),
            "postcode": self.text(row, "postcode"), "landline": self.text(row, "phone"), "mobile": self.text(row, "mobile"),
            "emergency": self.helpers(row, remarks),
        })
    }

    /// The birth date; what is written, with its column, where it cannot be read.
    fn birth(&self, row: &TableRow) -> Result<Option<NaiveDate>, (Option<String>, String)> {
        let cell = self.columns.cell(row, "birth");
        let whole = self.text(row, "birth");
        let (written, found, column) = if whole.is_empty() {
            let [era, year, month, day] =
                ["birth_era", "birth_year", "birth_month", "birth_day"].map(|part| self.text(row, part));
            if year.is_empty() {
                return Ok(None);
            }
            let text = format!("{era}{year}年{month}月{day}日");
            (text.clone(), date(&text.as_str().into()), self.columns.name("birth_year"))
        } else {
            (whole, date(cell), self.columns.name("birth"))
        };
        match found.filter(|birth| *birth <= self.today) {
            Some(birth) => Ok(Some(birth)),
            None => Err((column, written)),
        }
    }

    /// Who helps. Whoever has no telephone stands among the remarks.
    fn helpers(&self, row: &TableRow, remarks: &mut Vec<String>) -> Vec<Value> {
        let mut helpers = Vec::new();
        for (name, phone, relation) in HELPERS {
            let column = self.columns.name(name);
            let [name, phone, relation] = [name, phone, relation].map(|field| self.text(row, field));
            match (name.is_empty(), phone.is_empty()) {
                (true, true) => {}
                (_, false) => {
                    let name =
                        if name.is_empty() { column.clone().unwrap_or_else(|| "支援者".to_owned()) } else { name };
                    helpers.push(json!({ "name": name, "phone": phone, "relation": relation }));
                }
                (false, true) => {
                    let of = if relation.is_empty() { String::new() } else { format!("（{relation}）") };
                    remarks.push(format!("{}: {name}{of}", column.as_deref().unwrap_or("支援者")));
                }
            }
        }
        helpers
    }

    /// What the list says of needs where it says so plainly; the words stand among the remarks besides.
    fn needs(&self, row: &TableRow) -> Value {
        let mut needs = json!({});
        if let Some(care) = care(&self.text(row, "care")) {
            needs["care"] = json!(care);
        }
        let mut disabilities = Vec::new();
        let words = self.text(row, "disability");
        for (marks, disability) in [
            (&["視覚", "盲"][..], "sight"),
            (&["聴覚", "ろう"], "hearing"),
            (&["音声", "言語"], "speech"),
            (&["内部", "心臓", "腎臓", "呼吸器", "ぼうこう"], "inner"),
            (&["知的"], "intellect"),
            (&["精神"], "mind"),
            (&["発達"], "development"),
            (&["肢体", "下肢", "上肢", "体幹", "身体"], "body"),
        ] {
            if marks.iter().any(|mark| words.contains(mark)) {
                disabilities.push(disability);
            }
        }
        for (field, disability) in [("intellect", "intellect"), ("mind", "mind")] {
            let said = self.text(row, field);
            let no = yes_no(self.columns.cell(row, field)) == Some(false);
            if !said.is_empty() && !no && !disabilities.contains(&disability) {
                disabilities.push(disability);
            }
        }
        if !disabilities.is_empty() {
            needs["disabilities"] = json!(disabilities);
        }
        for field in ["dialysis", "oxygen"] {
            if let Some(said) = yes_no(self.columns.cell(row, field)) {
                needs[field] = json!(said);
            }
        }
        let moves = self.text(row, "mobility");
        let of = [
            ("寝たきり", "bedridden"),
            ("車いす", "wheelchair"),
            ("車椅子", "wheelchair"),
            ("杖", "stick"),
            ("つえ", "stick"),
        ];
        if let Some((_, mobility)) = of.iter().find(|(word, _)| moves.contains(word)) {
            needs["mobility"] = json!(mobility);
        }
        needs
    }

    /// What is kept in the words of the list.
    fn words(&self, row: &TableRow) -> Vec<String> {
        let said = |field: &&str| {
            let text = self.text(row, field);
            let plain = matches!(*field, "why" | "remarks");
            let name = self.columns.name(field).filter(|_| !plain);
            (!text.is_empty()).then(|| name.map_or_else(|| text.clone(), |name| format!("{name}: {text}")))
        };
        IN_WORDS.iter().filter_map(said).collect()
    }

    fn cut(&self, row: &TableRow, remarks: &[String], notes: &mut Vec<RowNote>) -> String {
        let all = remarks.join("\n");
        if all.chars().count() <= MAX_TEXT {
            return all;
        }
        let note = self.note(row, self.columns.name("remarks"), RowReason::Cut);
        if !notes.contains(&note) {
            notes.push(note);
        }
        all.chars().take(MAX_TEXT - 1).chain(['…']).collect()
    }

    /// Moves the field that was refused into the remarks; the reason for which the row cannot be taken otherwise.
    fn mend(
        &self,
        row: &TableRow,
        card: &mut Value,
        remarks: &mut Vec<String>,
        refusal: &Refusal,
    ) -> Result<RowNote, RowReason> {
        if refusal.fault == Fault::MyNumber {
            return Err(RowReason::MyNumber);
        }
        let of = CAME_FROM.iter().find(|(field, _)| refusal.field.starts_with(field)).ok_or(RowReason::Unfit)?;
        let pointer = format!("/{}", of.0.replace("[0].", "/0/"));
        let value = card.pointer_mut(&pointer).map(Value::take).unwrap_or_default();
        let words = match &value {
            Value::Array(helpers) => {
                let word = |helper: &Value| {
                    ["name", "phone", "relation"]
                        .map(|part| helper[part].as_str().unwrap_or_default().to_owned())
                        .join(" ")
                };
                helpers.iter().map(word).collect::<Vec<_>>().join("、")
            }
            value => value.as_str().unwrap_or_default().to_owned(),
        };
        if let Some(field) = card.pointer_mut(&pointer) {
            *field = if value.is_array() { json!([]) } else { json!("") };
        }
        // A My Number in a field that is refused for something else must not go on.
        if my_number::holds(&words) {
            return Err(RowReason::MyNumber);
        }
        let column = self.columns.name(of.1);
        // One line of what may have been several.
        let words: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        remarks.push(format!("{}: {words}", column.as_deref().unwrap_or(of.1)));
        Ok(self.note(row, column, RowReason::Unread))
    }
}

/// 要介護３, 介護3, 支援2, or the digit alone.
fn care(text: &str) -> Option<String> {
    let digit = text.chars().rev().find_map(|c| match c {
        '1' | '１' | '一' | 'Ⅰ' => Some(1),
        '2' | '２' | '二' | 'Ⅱ' => Some(2),
        '3' | '３' | '三' | 'Ⅲ' => Some(3),
        '4' | '４' | '四' | 'Ⅳ' => Some(4),
        '5' | '５' | '五' | 'Ⅴ' => Some(5),
        _ => None,
    })?;
    if text.contains("支援") {
        return (digit <= 2).then(|| format!("support{digit}"));
    }
    (text.contains("介護") || text.chars().count() == 1).then(|| format!("care{digit}"))
}
