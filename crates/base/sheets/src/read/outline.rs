//! The build of a JSON text, without its contents: where the lists are, before anything is kept in memory.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What stands somewhere in a JSON text.
#[derive(Debug, PartialEq)]
pub(super) enum Outline {
    /// A string, cut at [`CHARS`].
    Text(String),
    /// A number, a truth value or nothing.
    Scalar,
    /// A list: how long, and what its first element is.
    List(usize, Kind),
    /// An object: its members, at most [`MEMBERS`].
    Object(Vec<(String, Outline)>),
}

/// What kind a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    List,
    Scalar,
}

/// Longest text kept.
const CHARS: usize = 300;
/// Members of an object that are looked at.
const MEMBERS: usize = 2_000;
/// Objects inside objects.
const LEVELS: usize = 4;

impl Outline {
    /// The build of a text; serde_json itself stops at 128 levels.
    pub(super) fn of(text: &str) -> Result<Self, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let outline = Seed(LEVELS).deserialize(&mut reader)?;
        reader.end()?;
        Ok(outline)
    }

    pub(super) fn member(&self, key: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

struct Seed(usize);

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Outline;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Outline, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Outline;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Outline, E> {
        Ok(Outline::Text(text.chars().take(CHARS).collect()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Outline, E> {
        Ok(Outline::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Outline, E> {
        Ok(Outline::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Outline, E> {
        Ok(Outline::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Outline, E> {
        Ok(Outline::Scalar)
    }

    fn visit_unit<E>(self) -> Result<Outline, E> {
        Ok(Outline::Scalar)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Outline, A::Error> {
        let Some(first) = list.next_element::<Kind>()? else { return Ok(Outline::List(0, Kind::Scalar)) };
        let mut length = 1;
        while list.next_element::<IgnoredAny>()?.is_some() {
            length += 1;
        }
        Ok(Outline::List(length, first))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outline, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if members.len() < MEMBERS && self.0 > 0 {
                members.push((key.chars().take(CHARS).collect(), map.next_value_seed(Seed(self.0 - 1))?));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Outline::Object(members))
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Seed(0).deserialize(deserializer)? {
            Outline::Object(_) => Self::Object,
            Outline::List(..) => Self::List,
            Outline::Text(_) | Outline::Scalar => Self::Scalar,
        })
    }
}
