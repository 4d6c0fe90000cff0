//! The attribute dictionary (属性の辞書): everything a condition may ask, fixed and documented in `attributes.json`.

use std::collections::HashMap;
use std::sync::LazyLock;

use kernel::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::facts::Span;

/// Whom an attribute speaks of (属性の単位).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RegistryScope)]
pub enum Scope {
    /// 世帯
    Household,
    /// 一人ひとり
    Person,
}

/// How an attribute is answered (属性の型).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RegistryKind)]
pub enum Kind {
    /// はい・いいえ
    Flag,
    /// One of the options.
    Choice,
    /// A number from 0.
    Count,
    /// Yen from 0, of the basis that the attribute names.
    Yen,
    /// A day.
    Day,
    /// A municipality by its JIS code.
    Municipality,
}

/// One option of a choice (選択肢).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryOption)]
pub struct Choice {
    pub id: String,
    pub label: Text,
}

/// One attribute (属性).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryAttribute)]
pub struct Attribute {
    pub id: String,
    pub scope: Scope,
    pub kind: Kind,
    pub label: Text,
    /// The question that asks for it.
    pub ask: Text,
    #[serde(default)]
    pub options: Vec<Choice>,
    /// What an amount is an amount of (所得, 所得割額, 収入): mixing them up is wrong by orders of magnitude.
    #[serde(default)]
    pub basis: Option<String>,
    /// The attribute that it is worked out from.
    #[serde(default)]
    pub derived: Option<String>,
    /// The programme that it says is received now.
    #[serde(default)]
    pub programme: Option<String>,
    /// The largest number that is taken.
    #[serde(default)]
    pub most: Option<i64>,
}

impl Attribute {
    /// What is known when nothing is.
    pub fn unknown(&self) -> Span {
        match self.kind {
            Kind::Flag => Span::new(0, 1),
            Kind::Choice => Span::new(0, i64::try_from(self.options.len()).unwrap_or(1) - 1),
            Kind::Count | Kind::Yen => Span::new(0, i64::MAX),
            Kind::Day | Kind::Municipality => Span::new(i64::MIN, i64::MAX),
        }
    }

    /// The place of an option.
    pub fn option(&self, id: &str) -> Option<i64> {
        self.options.iter().position(|option| option.id == id).and_then(|at| i64::try_from(at).ok())
    }
}

/// Where an attribute stands in the facts (属性の位置).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Of a person; else of the household.
    pub person: bool,
    pub index: usize,
}

/// The dictionary, looked up by id and by place (属性の辞書).
#[derive(Debug)]
pub struct Attributes {
    all: Vec<Attribute>,
    slots: HashMap<String, Slot>,
    household: Vec<usize>,
    person: Vec<usize>,
    role: usize,
    birth: usize,
    home: usize,
}

static ATTRIBUTES: LazyLock<Attributes> = LazyLock::new(|| {
    Attributes::new(
        serde_json::from_str(include_str!("../../attributes.json")).expect("a test reads the dictionary we ship"),
    )
});

/// The dictionary we ship.
pub fn attributes() -> &'static Attributes {
    &ATTRIBUTES
}

impl Attributes {
    fn new(all: Vec<Attribute>) -> Self {
        let (mut slots, mut household, mut person) = (HashMap::new(), Vec::new(), Vec::new());
        for (at, attribute) in all.iter().enumerate() {
            let of_person = attribute.scope == Scope::Person;
            let list = if of_person { &mut person } else { &mut household };
            slots.insert(attribute.id.clone(), Slot { person: of_person, index: list.len() });
            list.push(at);
        }
        let at = |id: &str| slots.get(id).map_or(0, |slot| slot.index);
        let (role, birth, home) = (at("role"), at("birth"), at("municipality"));
        Self { all, slots, household, person, role, birth, home }
    }

    /// Every attribute in the order of the file.
    pub fn all(&self) -> &[Attribute] {
        &self.all
    }

    /// The attribute of an id.
    pub fn get(&self, id: &str) -> Option<&Attribute> {
        self.slot(id).map(|slot| self.at(slot))
    }

    /// Where it stands.
    pub fn slot(&self, id: &str) -> Option<Slot> {
        self.slots.get(id).copied()
    }

    /// The attribute of a place.
    pub fn at(&self, slot: Slot) -> &Attribute {
        let list = if slot.person { &self.person } else { &self.household };
        &self.all[list[slot.index]]
    }

    /// Its place in the order of the file.
    pub fn rank(&self, id: &str) -> usize {
        self.all.iter().position(|attribute| attribute.id == id).unwrap_or(usize::MAX)
    }

    pub(super) fn household(&self) -> impl Iterator<Item = &Attribute> {
        self.household.iter().map(|at| &self.all[*at])
    }

    pub(super) fn person(&self) -> impl Iterator<Item = &Attribute> {
        self.person.iter().map(|at| &self.all[*at])
    }

    /// The place of the role of a person.
    pub(super) fn role(&self) -> usize {
        self.role
    }

    /// The place of the municipality where the household lives.
    pub(super) fn home(&self) -> usize {
        self.home
    }

    /// The place of the day of birth.
    pub(super) fn birth(&self) -> usize {
        self.birth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_sound() {
        let dictionary = attributes();
        let mut ids: Vec<&str> = dictionary.all().iter().map(|attribute| attribute.id.as_str()).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "an id stands twice");
        for attribute in dictionary.all() {
            let id = &attribute.id;
            assert_eq!(dictionary.get(id), Some(attribute), "{id}");
            assert_eq!(attribute.kind == Kind::Yen, attribute.basis.is_some(), "{id}: an amount names its basis");
            assert_eq!(attribute.kind == Kind::Choice, !attribute.options.is_empty(), "{id}");
            for text in [&attribute.label, &attribute.ask] {
                assert!(![&text.ja, &text.easy, &text.en].iter().any(|each| each.trim().is_empty()), "{id}");
            }
            if let Some(from) = &attribute.derived {
                assert!(dictionary.get(from).is_some(), "{id}");
            }
        }
        assert!(dictionary.get("role").is_some() && dictionary.get("birth").is_some());
    }
}
