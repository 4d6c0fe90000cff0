//! The list of protected people (支援措置): how one is found in it without the list being readable.
//!
//! The list holds keyed hashes of name and kana, each with the birth date. A registered person without a birth date, or a
//! line of the list without one, is found by the name alone: rather one protected too many.

use aws_lc_rs::hmac;
use chrono::NaiveDate;
use kernel::fold;

use super::{Person, Refusal, kana, needed, read_birth, refusal};

/// A keyed hash (照合用の値), 16 bytes.
pub type Mark = [u8; 16];

/// A line of the list (支援措置の対象者).
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Listed {
    pub name: String,
    #[serde(default)]
    pub kana: String,
    #[serde(default)]
    pub birth: Option<NaiveDate>,
}

/// How a hash is to be compared (照合の種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// Name and birth date of both.
    Exact,
    /// The line has no birth date: it is anybody of that name.
    Any,
    /// The line has one: whoever of that name does not say theirs.
    Loose,
}

impl Listed {
    /// A line as somebody typed it.
    pub(crate) fn read(name: &str, reading: &str, birth: &str) -> Result<Self, Refusal> {
        let date = |text: &str| read_birth(text).map_err(|fault| refusal("birth", fault));
        let birth = Some(birth.trim()).filter(|text| !text.is_empty()).map(date).transpose()?;
        Ok(Self { name: needed("name", name)?, kana: kana("kana", reading)?, birth })
    }

    /// The hashes under which the line is kept.
    pub fn marks(&self, key: &[u8]) -> Vec<Mark> {
        let mut marks = Vec::new();
        for name in names(&self.name, &self.kana) {
            match self.birth {
                Some(birth) => {
                    marks.push(mark(key, Match::Exact, &name, Some(birth)));
                    marks.push(mark(key, Match::Loose, &name, None));
                }
                None => marks.push(mark(key, Match::Any, &name, None)),
            }
        }
        marks
    }
}

impl Person {
    /// The hashes under which the person would be found in the list.
    pub fn marks(&self, key: &[u8]) -> Vec<Mark> {
        let mut marks = Vec::new();
        for name in names(&self.name, &self.kana) {
            marks.push(mark(key, Match::Any, &name, None));
            marks.push(match self.birth {
                Some(birth) => mark(key, Match::Exact, &name, Some(birth)),
                None => mark(key, Match::Loose, &name, None),
            });
        }
        marks
    }
}

impl std::fmt::Debug for Listed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listed(…)")
    }
}

/// HMAC-SHA256 of parts that cannot run into each other, cut to 16 bytes.
pub(crate) fn keyed(key: &[u8], parts: &[&[u8]]) -> Mark {
    let mut whole = Vec::new();
    for part in parts {
        whole.extend((part.len() as u64).to_be_bytes());
        whole.extend(*part);
    }
    blind(key, &whole)
}

/// HMAC-SHA256 of the bytes as they are, cut to 16 bytes: how a kit knows tokens and subjects without holding them.
pub fn blind(key: &[u8], bytes: &[u8]) -> Mark {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes);
    let mut half = [0; 16];
    half.copy_from_slice(&tag.as_ref()[..16]);
    half
}

/// Name and kana in the form in which they are compared, marked apart.
fn names(name: &str, kana: &str) -> Vec<String> {
    let folded = [("n", fold::fold(name)), ("k", fold::fold(kana))];
    folded.into_iter().filter(|(_, text)| !text.is_empty()).map(|(what, text)| format!("{what}{text}")).collect()
}

fn mark(key: &[u8], kind: Match, name: &str, birth: Option<NaiveDate>) -> Mark {
    let kind = match kind {
        Match::Exact => "exact",
        Match::Any => "any",
        Match::Loose => "loose",
    };
    let birth = birth.map(|day| day.to_string()).unwrap_or_default();
    keyed(key, &[b"protection", kind.as_bytes(), name.as_bytes(), birth.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        (!text.is_empty()).then(|| text.parse().unwrap())
    }

    fn listed(name: &str, kana: &str, birth: &str) -> Listed {
        Listed { name: name.to_owned(), kana: kana.to_owned(), birth: day(birth) }
    }

    fn person(name: &str, kana: &str, birth: &str) -> Person {
        Person {
            id: uuid::Uuid::from_u128(1),
            name: name.to_owned(),
            kana: kana.to_owned(),
            birth: day(birth),
            sex: None,
            relation: String::new(),
            needs: super::super::Needs::default(),
            skills: Vec::new(),
        }
    }

    fn meets(line: &Listed, person: &Person) -> bool {
        let kept = line.marks(b"key");
        person.marks(b"key").iter().any(|mark| kept.contains(mark))
    }

    #[test]
    fn people_are_found_however_their_name_is_written() {
        let line = listed("渡邊 花子", "ワタナベ ハナコ", "1990-04-01");
        for (person, found) in [
            (person("渡辺花子", "", "1990-04-01"), true),
            (person("Hanako", "わたなべ　はなこ", "1990-04-01"), true),
            (person("渡辺花子", "", ""), true),
            (person("渡辺花子", "わたなべはなこ", "1991-04-01"), false),
            (person("渡辺太郎", "わたなべたろう", "1990-04-01"), false),
            (person("わたなべはなこ", "", "1990-04-01"), false),
        ] {
            assert_eq!(meets(&line, &person), found, "{} {:?}", person.name, person.birth);
        }
    }

    #[test]
    fn a_line_without_a_birth_date_is_anybody_of_that_name() {
        let line = listed("渡邊 花子", "", "");
        assert!(meets(&line, &person("渡辺花子", "", "1990-04-01")));
        assert!(meets(&line, &person("渡辺花子", "", "")));
        assert!(!meets(&line, &person("渡辺華子", "", "")));
    }

    #[test]
    fn another_key_gives_other_hashes_and_debug_shows_nobody() {
        let line = listed("渡邊 花子", "", "1990-04-01");
        assert!(line.marks(b"one").iter().all(|mark| !line.marks(b"two").contains(mark)));
        assert_eq!(format!("{line:?}"), "Listed(…)");
        assert_ne!(keyed(b"k", &[b"ab", b"c"]), keyed(b"k", &[b"a", b"bc"]));
    }
}
