//! What a family registers, and the rules of it. Pure. The same shape is the evacuee card (避難者カード, 様式6, K1–K29) at a
//! desk, so that nothing is typed twice. What nobody said is absent, never false.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

mod check;
mod code;
mod consent;
mod list_file;
pub mod my_number;
mod protection;
mod purpose;
mod token;

pub use check::{Fault, Refusal};
pub(crate) use check::{kana, needed, read_birth, refusal};
pub(crate) use code::{code, read_code};
pub use consent::{Consent, ConsentAbout, current};
pub(crate) use list_file::{MAX_LINES, Unreadable, read_list};
pub(crate) use protection::keyed;
pub use protection::{Listed, Mark, Match, blind};
pub use purpose::{Audience, Look, Purpose};
pub use token::{Token, TokenKind};

/// Members of one household at most; a larger group comes as several.
pub const MAX_PERSONS: usize = 40;
/// Longest name, in characters; 外字 and emoji count as what they are.
pub const MAX_NAME: usize = 80;
/// Longest free text, in characters.
pub const MAX_TEXT: usize = 500;
/// Entries of a list (allergies, medicines, pets, contacts, preferred shelters).
pub const MAX_LIST: usize = 20;

/// A household (世帯): one card, one family (K2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Household {
    /// K7: at least one.
    pub persons: Vec<Person>,
    /// JIS code of where the family lives.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub municipality: String,
    /// 町内名・自治区名 (K6)
    #[serde(skip_serializing_if = "String::is_empty")]
    pub neighbourhood: String,
    /// Seven digits (K13).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub postcode: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// 固定 (K14)
    #[serde(skip_serializing_if = "String::is_empty")]
    pub landline: String,
    /// 携帯 (K14)
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mobile: String,
    /// 緊急連絡先 (K21)
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emergency: Vec<Contact>,
    /// K17
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pets: Vec<Pet>,
    /// 車両: number plate or description, if they would come by car.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vehicle: String,
    /// 行き先の希望: facilities of the register, the first one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub preferred: Vec<Uuid>,
    /// K25
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remarks: String,
}

/// One of the family (家族の一人).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// Made on the phone; stays with the person.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// K8, as the person writes it.
    pub name: String,
    /// ひらがな (K8)
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kana: String,
    /// K9
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub birth: Option<NaiveDate>,
    /// K11; nobody must answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// K12
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub relation: String,
    #[serde(default, skip_serializing_if = "Needs::is_silent")]
    pub needs: Needs,
    /// 資格・役割 (D8.2)
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<Skill>,
}

/// 性別 as the person gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    Female,
    Male,
    Other,
}

/// What a person needs (要配慮事項). Absent means that nobody said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Needs {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allergies: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub medicines: Vec<String>,
    /// 要支援1・2, 要介護1–5
    #[serde(skip_serializing_if = "Option::is_none")]
    pub care: Option<Care>,
    /// 障害: body, sight, hearing, mind, intellect, …
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disabilities: Vec<Disability>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pregnant: Option<bool>,
    /// 透析
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialysis: Option<bool>,
    /// 在宅酸素・人工呼吸器
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oxygen: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobility: Option<Mobility>,
    /// ミルク・おむつ (infants)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infant_goods: Option<bool>,
    /// Language in which the person can be spoken to, BCP 47, when it is not Japanese.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// Anything else, in the family's words (K25).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub other: String,
}

/// 要支援・要介護の区分
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Care {
    Support1,
    Support2,
    Care1,
    Care2,
    Care3,
    Care4,
    Care5,
}

/// 障害の種類
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Disability {
    Body,
    Sight,
    Hearing,
    Speech,
    Inner,
    Intellect,
    Mind,
    Development,
}

/// 移動
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mobility {
    /// 一人で歩ける
    Walks,
    /// つえ・手すりが要る
    Stick,
    /// 車いす
    Wheelchair,
    /// 寝たきり
    Bedridden,
}

/// 資格・役割
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Skill {
    Doctor,
    Nurse,
    Pharmacist,
    Midwife,
    CareWorker,
    Teacher,
    Childcare,
    Interpreter,
    SignLanguage,
    Volunteer,
}

/// 緊急連絡先 (K21)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Contact {
    pub name: String,
    pub phone: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub relation: String,
}

/// ペット (K17)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pet {
    /// 犬, 猫, …
    pub kind: String,
    pub count: u8,
    /// Wants to keep it at the shelter; absent when nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comes: Option<bool>,
}

impl Needs {
    /// Whether nobody said anything.
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }
}
