//! Reads and checks what a family typed: folds what machines compare, keeps names as people write them, and says what to do.

use chrono::NaiveDate;
use kernel::era::{self, EraError};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use super::{Contact, Household, MAX_LIST, MAX_NAME, MAX_PERSONS, MAX_TEXT, Needs, Person, Pet, my_number};

/// More pets than this of one kind are a slip of the hand.
const MAX_PETS: u8 = 200;
/// A tag of BCP 47 is shorter.
const MAX_LANGUAGE: usize = 35;

/// What the rules refuse, and where (登録できない項目).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {fault}")]
pub struct Refusal {
    /// Path from the household, `persons[0].birth`.
    pub field: String,
    pub fault: Fault,
}

/// Why a value is refused (登録できない理由). It never holds the value itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("a My Number")]
    MyNumber,
    #[error("nobody is in the household")]
    Empty,
    #[error("more than 40 people")]
    TooManyPersons,
    #[error("two people have one id")]
    SamePerson,
    #[error("more than 20 entries")]
    TooMany,
    #[error("nothing is written")]
    Missing,
    #[error("longer than {0} characters")]
    TooLong(usize),
    #[error("control characters")]
    Control,
    #[error("not hiragana")]
    Kana,
    #[error("not a telephone number")]
    Phone,
    #[error("not a postcode")]
    Postcode,
    #[error("not a municipality")]
    Municipality,
    #[error("not a language")]
    Language,
    #[error("no pet, or more than 200")]
    Pets,
    #[error("not a date: {0}")]
    Birth(EraError),
    #[error("born in the future")]
    Unborn,
    #[error("not in the expected form")]
    Shape,
}

impl Household {
    /// Reads what a form or another program sent. Birth dates may be typed in any way that [`kernel::era`] reads.
    pub fn read(mut sent: Value, today: NaiveDate) -> Result<Self, Refusal> {
        refuse_my_number(&sent, &mut String::new())?;
        read_births(&mut sent)?;
        let text = sent.to_string();
        let household: Self = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&text))
            .map_err(|error| refusal(error.path().to_string(), Fault::Shape))?;
        household.checked(today)
    }

    /// The same household with its values folded, if all of them are acceptable.
    pub fn checked(mut self, today: NaiveDate) -> Result<Self, Refusal> {
        match self.persons.len() {
            0 => return Err(refusal("persons", Fault::Empty)),
            count if count > MAX_PERSONS => return Err(refusal("persons", Fault::TooManyPersons)),
            _ => {}
        }
        let mut ids: Vec<_> = self.persons.iter().map(|person| person.id).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(refusal("persons", Fault::SamePerson));
        }
        for (at, person) in self.persons.iter_mut().enumerate() {
            check_person(person, today).map_err(|found| found.under(&format!("persons[{at}]")))?;
        }
        check_address(&mut self)?;
        few("emergency", &self.emergency)?;
        for (at, contact) in self.emergency.iter_mut().enumerate() {
            check_contact(contact).map_err(|found| found.under(&format!("emergency[{at}]")))?;
        }
        few("pets", &self.pets)?;
        for (at, pet) in self.pets.iter_mut().enumerate() {
            check_pet(pet).map_err(|found| found.under(&format!("pets[{at}]")))?;
        }
        few("preferred", &self.preferred)?;
        self.vehicle = line("vehicle", &self.vehicle, MAX_NAME)?;
        self.remarks = lines("remarks", &self.remarks, MAX_TEXT)?;
        Ok(self)
    }
}

impl Refusal {
    fn under(mut self, parent: &str) -> Self {
        self.field = format!("{parent}.{}", self.field);
        self
    }
}

fn check_person(person: &mut Person, today: NaiveDate) -> Result<(), Refusal> {
    person.name = needed("name", &person.name)?;
    person.kana = kana("kana", &person.kana)?;
    person.relation = line("relation", &person.relation, MAX_NAME)?;
    if person.birth.is_some_and(|birth| birth > today) {
        return Err(refusal("birth", Fault::Unborn));
    }
    few("skills", &person.skills)?;
    person.skills.sort_unstable();
    person.skills.dedup();
    check_needs(&mut person.needs).map_err(|found| found.under("needs"))
}

fn check_needs(needs: &mut Needs) -> Result<(), Refusal> {
    for (name, list) in [("allergies", &mut needs.allergies), ("medicines", &mut needs.medicines)] {
        few(name, list)?;
        for (at, entry) in list.iter_mut().enumerate() {
            *entry = needed(&format!("{name}[{at}]"), entry)?;
        }
    }
    few("disabilities", &needs.disabilities)?;
    needs.disabilities.sort_unstable();
    needs.disabilities.dedup();
    let tag = needs.language.trim();
    if tag.len() > MAX_LANGUAGE || !tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(refusal("language", Fault::Language));
    }
    needs.language = tag.to_owned();
    needs.other = lines("other", &needs.other, MAX_TEXT)?;
    Ok(())
}

fn check_address(household: &mut Household) -> Result<(), Refusal> {
    household.municipality = household.municipality.nfkc().filter(|c| !c.is_whitespace()).collect();
    if !household.municipality.is_empty() && !is_municipality(&household.municipality) {
        return Err(refusal("municipality", Fault::Municipality));
    }
    household.neighbourhood = line("neighbourhood", &household.neighbourhood, MAX_NAME)?;
    household.postcode = postcode("postcode", &household.postcode)?;
    household.address = line("address", &household.address, MAX_TEXT)?;
    household.landline = phone("landline", &household.landline)?;
    household.mobile = phone("mobile", &household.mobile)?;
    Ok(())
}

fn check_contact(contact: &mut Contact) -> Result<(), Refusal> {
    contact.name = needed("name", &contact.name)?;
    contact.relation = line("relation", &contact.relation, MAX_NAME)?;
    contact.phone = phone("phone", &contact.phone)?;
    if contact.phone.is_empty() { Err(refusal("phone", Fault::Missing)) } else { Ok(()) }
}

fn check_pet(pet: &mut Pet) -> Result<(), Refusal> {
    pet.kind = needed("kind", &pet.kind)?;
    if (1..=MAX_PETS).contains(&pet.count) { Ok(()) } else { Err(refusal("count", Fault::Pets)) }
}

/// One line of text, without the blanks around it. Nothing else about it is changed: 外字, variants and emoji stay.
pub(crate) fn line(field: &str, text: &str, longest: usize) -> Result<String, Refusal> {
    text_of(field, text, longest, false)
}

/// A name: one line that may not be empty.
pub(crate) fn needed(field: &str, text: &str) -> Result<String, Refusal> {
    let text = line(field, text, MAX_NAME)?;
    if text.is_empty() { Err(refusal(field, Fault::Missing)) } else { Ok(text) }
}

fn lines(field: &str, text: &str, longest: usize) -> Result<String, Refusal> {
    text_of(field, &text.replace("\r\n", "\n"), longest, true)
}

fn text_of(field: &str, text: &str, longest: usize, breaks: bool) -> Result<String, Refusal> {
    let text = text.trim();
    if my_number::holds(text) {
        return Err(refusal(field, Fault::MyNumber));
    }
    if text.chars().count() > longest {
        return Err(refusal(field, Fault::TooLong(longest)));
    }
    if text.chars().any(|c| c.is_control() && !(breaks && c == '\n')) {
        return Err(refusal(field, Fault::Control));
    }
    Ok(text.to_owned())
}

/// Katakana of any width becomes hiragana; what is no kana is refused.
pub(crate) fn kana(field: &str, text: &str) -> Result<String, Refusal> {
    let text = line(field, text, MAX_NAME)?;
    let folded: String = text.nfkc().map(hiragana).collect();
    let is_kana = |c: char| matches!(c, 'ぁ'..='ゖ' | 'ー' | 'ゝ' | 'ゞ' | '・' | ' ');
    if folded.chars().all(is_kana) { Ok(folded) } else { Err(refusal(field, Fault::Kana)) }
}

fn hiragana(c: char) -> char {
    match c {
        'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        _ => c,
    }
}

/// Digits alone: 0 and nine or ten more, or `+` and the number of another country.
fn phone(field: &str, text: &str) -> Result<String, Refusal> {
    let folded: String = text.nfkc().filter(|c| !is_phone_mark(*c)).collect();
    let national =
        folded.strip_prefix("+81").map_or_else(|| folded.clone(), |rest| format!("0{}", rest.trim_start_matches('0')));
    if my_number::holds(&national) {
        return Err(refusal(field, Fault::MyNumber));
    }
    let abroad = national.strip_prefix('+').filter(|rest| (7..=15).contains(&rest.len()));
    let digits = abroad.unwrap_or(&national);
    let home = abroad.is_none() && !digits.is_empty();
    let bad = !digits.bytes().all(|b| b.is_ascii_digit())
        || home && !(digits.starts_with('0') && matches!(digits.len(), 10 | 11));
    if bad { Err(refusal(field, Fault::Phone)) } else { Ok(national) }
}

fn is_phone_mark(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | 'ー' | '(' | ')' | '.')
}

fn postcode(field: &str, text: &str) -> Result<String, Refusal> {
    let digits: String = text.nfkc().filter(|c| !is_phone_mark(*c) && *c != '〒').collect();
    let good = digits.is_empty() || digits.len() == 7 && digits.bytes().all(|b| b.is_ascii_digit());
    if good { Ok(digits) } else { Err(refusal(field, Fault::Postcode)) }
}

/// Five digits of JIS X 0402 of one of the 47 prefectures: visitors live elsewhere.
fn is_municipality(code: &str) -> bool {
    let digits = code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit());
    digits && code[..2].parse().is_ok_and(|prefecture: u8| (1..=47).contains(&prefecture))
}

fn few<T>(field: &str, list: &[T]) -> Result<(), Refusal> {
    if list.len() > MAX_LIST { Err(refusal(field, Fault::TooMany)) } else { Ok(()) }
}

/// Looks into every text, also of fields that this program does not know. Telephones have their own turn, once their
/// country is off.
fn refuse_my_number(value: &Value, path: &mut String) -> Result<(), Refusal> {
    let length = path.len();
    match value {
        Value::String(text) => {
            let telephone = ["phone", "landline", "mobile"].iter().any(|name| path.ends_with(name));
            if !telephone && !is_id(text) && my_number::holds(text) {
                return Err(refusal(path.clone(), Fault::MyNumber));
            }
        }
        Value::Number(number) => {
            if my_number::holds(&number.to_string()) {
                return Err(refusal(path.clone(), Fault::MyNumber));
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                path.extend(["[", &at.to_string(), "]"]);
                refuse_my_number(item, path)?;
                path.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
                refuse_my_number(field, path)?;
                path.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
    Ok(())
}

/// Some ids of ours are made of digits alone; nobody writes a My Number like that.
fn is_id(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// Makes dates of birth dates as they were typed; an empty one is one that nobody said.
fn read_births(sent: &mut Value) -> Result<(), Refusal> {
    let persons = sent.get_mut("persons").and_then(Value::as_array_mut);
    for (at, person) in persons.into_iter().flatten().enumerate() {
        let Some(birth) = person.get_mut("birth") else { continue };
        let Some(typed) = birth.as_str() else { continue };
        if typed.trim().is_empty() {
            *birth = Value::Null;
            continue;
        }
        let date = read_birth(typed).map_err(|fault| refusal(format!("persons[{at}].birth"), fault))?;
        *birth = Value::String(date.to_string());
    }
    Ok(())
}

/// A birth date as people type it.
pub(crate) fn read_birth(typed: &str) -> Result<NaiveDate, Fault> {
    era::parse(typed).map_err(Fault::Birth)
}

pub(crate) fn refusal(field: impl Into<String>, fault: Fault) -> Refusal {
    Refusal { field: field.into(), fault }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 12, 8).unwrap()
    }

    fn one(person: &Value) -> Value {
        json!({ "persons": [person], "municipality": "02203" })
    }

    fn person() -> Value {
        json!({ "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "name": "青森 花子" })
    }

    fn with(field: &str, value: Value) -> Result<Household, Refusal> {
        let mut person = person();
        person[field] = value;
        Household::read(one(&person), today())
    }

    fn beside(field: &str, value: Value) -> Result<Household, Refusal> {
        let mut household = one(&person());
        household[field] = value;
        Household::read(household, today())
    }

    fn family(count: u128) -> Value {
        let persons = (0..count).map(|n| json!({ "id": uuid::Uuid::from_u128(n + 1), "name": format!("家族{n}") }));
        json!({ "persons": persons.collect::<Vec<_>>() })
    }

    #[test]
    fn names_stay_as_people_write_them() {
        for name in ["𠮷田 葛\u{e0100}城", "髙橋 👨‍👩‍👧‍👦", "Nguyễn Thị Hòa", "邉󠄂 さくら", "か\u{3099}く"]
        {
            assert_eq!(with("name", json!(format!("　{name} "))).unwrap().persons[0].name, name);
        }
    }

    #[test]
    fn kana_telephones_and_postcodes_become_one_form() {
        assert_eq!(with("kana", json!("ｱｵﾓﾘ　ハナコ")).unwrap().persons[0].kana, "あおもり はなこ");
        for (typed, kept) in [
            ("０９０－１２３４－５６７８", "09012345678"),
            ("+81 90-1234-5678", "09012345678"),
            ("(017)734-1111", "0177341111"),
            ("", ""),
            ("+1 202 555 0100", "+12025550100"),
        ] {
            assert_eq!(beside("mobile", json!(typed)).unwrap().mobile, kept, "{typed}");
        }
        assert_eq!(beside("postcode", json!("〒０３０－８５７０")).unwrap().postcode, "0308570");
    }

    #[test]
    fn birth_dates_are_typed_in_any_calendar() {
        for typed in ["19630105", "昭和38年1月5日", "S38.1.5", "3380105", "１９６３／１／５"] {
            let birth = with("birth", json!(typed)).unwrap().persons[0].birth;
            assert_eq!(birth, NaiveDate::from_ymd_opt(1963, 1, 5), "{typed}");
        }
        assert_eq!(with("birth", json!(" ")).unwrap().persons[0].birth, None);
        assert_eq!(with("birth", Value::Null).unwrap().persons[0].birth, None);
        let refused = with("birth", json!("昭和100年1月5日")).unwrap_err();
        assert_eq!(refused.field, "persons[0].birth");
        assert!(matches!(refused.fault, Fault::Birth(EraError::OutsideEra { .. })));
        assert_eq!(with("birth", json!("昭和100年")).unwrap_err().fault, Fault::Birth(EraError::Unreadable));
        assert_eq!(with("birth", json!("R8.1.1")).unwrap_err().fault, Fault::Unborn);
    }

    #[test]
    fn forty_may_come_forty_one_are_two_households() {
        assert_eq!(Household::read(family(40), today()).unwrap().persons.len(), 40);
        assert_eq!(Household::read(family(41), today()).unwrap_err().fault, Fault::TooManyPersons);
        assert_eq!(Household::read(family(0), today()).unwrap_err().fault, Fault::Empty);
        assert_eq!(Household::read(json!({}), today()).unwrap_err().fault, Fault::Empty);
        let twice = json!({ "persons": [person(), person()] });
        assert_eq!(Household::read(twice, today()).unwrap_err().fault, Fault::SamePerson);
    }

    #[test]
    fn every_text_has_its_limit() {
        let (name, text) = ("あ".repeat(MAX_NAME), "字".repeat(MAX_TEXT));
        for (field, fits) in [("name", &name), ("kana", &name), ("relation", &name)] {
            assert!(with(field, json!(fits)).is_ok(), "{field}");
            let refused = with(field, json!(format!("{fits}あ"))).unwrap_err();
            assert_eq!((refused.field, refused.fault), (format!("persons[0].{field}"), Fault::TooLong(MAX_NAME)));
        }
        for (field, fits, longest) in [
            ("neighbourhood", &name, MAX_NAME),
            ("vehicle", &name, MAX_NAME),
            ("address", &text, MAX_TEXT),
            ("remarks", &text, MAX_TEXT),
        ] {
            assert!(beside(field, json!(fits)).is_ok(), "{field}");
            let refused = beside(field, json!(format!("{fits}字"))).unwrap_err();
            assert_eq!((refused.field.as_str(), refused.fault), (field, Fault::TooLong(longest)));
        }
        let other = with("needs", json!({ "other": format!("{text}字") })).unwrap_err();
        assert_eq!((other.field.as_str(), other.fault), ("persons[0].needs.other", Fault::TooLong(MAX_TEXT)));
        let long = json!({ "kind": format!("{name}犬"), "count": 1 });
        assert_eq!(beside("pets", json!([long])).unwrap_err().field, "pets[0].kind");
        let contact = json!({ "name": format!("{name}子"), "phone": "0177341111" });
        assert_eq!(beside("emergency", json!([contact])).unwrap_err().field, "emergency[0].name");
        let medicine = with("needs", json!({ "medicines": [format!("{name}薬")] })).unwrap_err();
        assert_eq!(medicine.field, "persons[0].needs.medicines[0]");
        let many: Vec<String> = (0..=MAX_LIST).map(|n| format!("卵{n}")).collect();
        let allergies = with("needs", json!({ "allergies": many })).unwrap_err();
        assert_eq!((allergies.field.as_str(), allergies.fault), ("persons[0].needs.allergies", Fault::TooMany));
    }

    #[test]
    fn what_is_none_is_refused_by_its_field() {
        let cases = [
            (with("name", json!(" ")), "persons[0].name", Fault::Missing),
            (with("name", json!("青\u{7}森")), "persons[0].name", Fault::Control),
            (with("name", json!("青\n森")), "persons[0].name", Fault::Control),
            (with("kana", json!("青森")), "persons[0].kana", Fault::Kana),
            (with("sex", json!("?")), "persons[0].sex", Fault::Shape),
            (with("needs", json!({ "language": "日本語" })), "persons[0].needs.language", Fault::Language),
            (beside("mobile", json!("1234")), "mobile", Fault::Phone),
            (beside("mobile", json!("090-1234-567a")), "mobile", Fault::Phone),
            (beside("postcode", json!("030")), "postcode", Fault::Postcode),
            (beside("municipality", json!("48203")), "municipality", Fault::Municipality),
            (beside("pets", json!([{ "kind": "犬", "count": 0 }])), "pets[0].count", Fault::Pets),
            (beside("emergency", json!([{ "name": "兄", "phone": "" }])), "emergency[0].phone", Fault::Missing),
            (beside("preferred", json!(["x"])), "preferred[0]", Fault::Shape),
        ];
        for (read, field, fault) in cases {
            assert_eq!(read, Err(refusal(field, fault)));
        }
        assert_eq!(beside("remarks", json!("一行目\r\n二行目")).unwrap().remarks, "一行目\n二行目");
    }

    #[test]
    fn a_my_number_is_refused_wherever_it_stands() {
        const NOBODY: &str = "１２３４ー５６７８ー９０１８";
        for (read, field) in [
            (with("name", json!(NOBODY)), "persons[0].name"),
            (with("relation", json!(NOBODY)), "persons[0].relation"),
            (with("needs", json!({ "other": format!("番号 {NOBODY}") })), "persons[0].needs.other"),
            (with("needs", json!({ "allergies": ["卵", NOBODY] })), "persons[0].needs.allergies[1]"),
            (beside("address", json!(NOBODY)), "address"),
            (beside("mobile", json!(NOBODY)), "mobile"),
            (beside("emergency", json!([{ "name": "兄", "phone": NOBODY }])), "emergency[0].phone"),
            (beside("of_a_later_program", json!({ "deep": [NOBODY] })), "of_a_later_program.deep[0]"),
            (beside("number", json!(123_456_789_018_u64)), "number"),
        ] {
            assert_eq!(read, Err(refusal(field, Fault::MyNumber)));
        }
        assert_eq!(
            beside("mobile", json!("+81 70 1234 5673")).unwrap().mobile,
            "07012345673",
            "a country is no part of it"
        );
    }

    proptest! {
        #[test]
        fn what_is_accepted_once_is_accepted_again_unchanged(name in "\\PC{1,20}", kana in "[ぁ-んァ-ヶーｱ-ﾝ ]{0,20}", phone in "0[0-9 -]{9,14}", remarks in "\\PC{0,40}") {
            let mut sent = one(&person());
            sent["persons"][0]["name"] = json!(name);
            sent["persons"][0]["kana"] = json!(kana);
            sent["mobile"] = json!(phone);
            sent["remarks"] = json!(remarks);
            if let Ok(read) = Household::read(sent, today()) {
                prop_assert_eq!(Household::read(serde_json::to_value(&read).unwrap(), today()), Ok(read));
            }
        }

        #[test]
        fn no_json_panics(text in "\\PC{0,60}", birth in "\\PC{0,12}") {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                let _ = Household::read(value, today());
            }
            let _ = with("birth", json!(birth));
        }
    }
}
