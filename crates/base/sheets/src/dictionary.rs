//! The alias dictionary: which names of columns mean which field. Data that an office edits, not code.

use std::collections::HashMap;
use std::ops::Range;

use kernel::fold::fold;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The dictionary of column names (見出し辞書).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dictionary {
    /// The general one under the empty name, then one for each kind, in the order of the file.
    sections: Vec<Section>,
    /// The kind whose names come before the general ones.
    kind: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Section {
    kind: String,
    /// Fields in the order of the file.
    fields: Vec<String>,
    /// Key of a name to its field and its place among the names of the section.
    exact: HashMap<String, Meaning>,
    /// Beginnings (`人数_*`) and ends (`*_人数`), folded.
    open: Vec<(Open, Meaning)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meaning {
    field: usize,
    rank: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Open {
    Starts(String),
    Ends(String),
}

/// Why a dictionary cannot be used; the line counts from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DictionaryError {
    /// Not TOML.
    #[error("line {line}: {why}")]
    Toml {
        /// Where.
        line: u32,
        /// What the TOML reader says.
        why: String,
    },
    /// Not of the shape of a dictionary.
    #[error("line {line}: expected `field = [\"name\", …]` under [fields] or [kind.…]")]
    Shape {
        /// Where.
        line: u32,
    },
    /// A name stands for two fields.
    #[error("line {line}: {name:?} already means {field:?}; a name can mean only one field")]
    Taken {
        /// Of the second one.
        line: u32,
        /// The name.
        name: String,
        /// The field that has it.
        field: String,
    },
    /// A name of which nothing is left to compare.
    #[error("line {line}: {name:?} has no letter or digit to compare")]
    Blank {
        /// Where.
        line: u32,
        /// The name.
        name: String,
    },
}

impl Dictionary {
    /// Reads a dictionary:
    ///
    /// ```toml
    /// [fields]                                # for every kind
    /// name = ["名称", "施設名"]                # the earlier name wins when a file has both
    /// headcount = ["人数", "人数_*"]           # a star at the end or the beginning: whatever is there
    ///
    /// [kind.aed]                              # for one kind, before the general ones
    /// place = ["設置位置"]
    /// ```
    pub fn parse(toml: &str) -> Result<Self, DictionaryError> {
        let table = DeTable::parse(toml).map_err(|error| DictionaryError::Toml {
            line: line_at(toml, &error.span().unwrap_or_default()),
            why: error.message().to_owned(),
        })?;
        let mut sections = vec![Section::default()];
        for (key, value) in in_order(table.get_ref()) {
            let shape = || DictionaryError::Shape { line: line_at(toml, &key.span()) };
            let inner = value.get_ref().as_table().ok_or_else(shape)?;
            match key.get_ref().as_ref() {
                "fields" => sections[0].fill(toml, inner)?,
                "kind" => {
                    for (kind, fields) in in_order(inner) {
                        let fields = fields.get_ref().as_table().ok_or_else(shape)?;
                        let mut section = Section { kind: kind.get_ref().to_string(), ..Section::default() };
                        section.fill(toml, fields)?;
                        sections.push(section);
                    }
                }
                _ => return Err(shape()),
            }
        }
        Ok(Self { sections, kind: None })
    }

    /// The dictionary for files of one kind: its own names first, then those of `[fields]`. For a kind without names
    /// those of `[fields]` alone.
    #[must_use]
    pub fn of_kind(&self, kind: &str) -> Self {
        Self { sections: self.sections.clone(), kind: Some(kind.to_owned()) }
    }

    /// The kinds it has names for, in the order of the file.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().filter(|section| !section.kind.is_empty()).map(|section| section.kind.as_str())
    }

    /// Every field in use, those of the kind first, each in the order of the file.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.active().flat_map(|section| section.fields.iter().map(String::as_str))
    }

    /// The field a column of this name means, in any spelling.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.lookup(name).map(|(field, _)| field)
    }

    /// The key under which names are compared: `コ―ド（６桁）` and `コード (6桁)` have the same. Folded, without brackets,
    /// dashes, spaces and punctuation.
    pub fn key(name: &str) -> String {
        fold(name).chars().filter(|c| !is_noise(*c)).collect()
    }

    /// The field with its rank: the smaller, the earlier its name stands.
    pub(crate) fn lookup(&self, name: &str) -> Option<(&str, usize)> {
        let key = Self::key(name);
        if key.is_empty() {
            return None;
        }
        self.active().enumerate().find_map(|(at, section)| {
            let meaning = section.find(&key)?;
            Some((section.fields[meaning.field].as_str(), at * RANKS + meaning.rank))
        })
    }

    fn active(&self) -> impl Iterator<Item = &Section> {
        let kind = self.kind.as_deref().filter(|kind| !kind.is_empty());
        let own = self.sections.iter().filter(move |section| Some(section.kind.as_str()) == kind);
        own.chain(self.sections.iter().filter(|section| section.kind.is_empty()))
    }
}

/// More than a section has names.
const RANKS: usize = 1 << 20;

impl Section {
    fn find(&self, key: &str) -> Option<Meaning> {
        self.exact.get(key).copied().or_else(|| {
            let mut open = self.open.iter();
            open.find_map(|(open, meaning)| open.holds(key).then_some(*meaning))
        })
    }

    fn fill(&mut self, toml: &str, fields: &DeTable<'_>) -> Result<(), DictionaryError> {
        for (field, names) in in_order(fields) {
            let line = line_at(toml, &field.span());
            self.fields.push(field.get_ref().to_string());
            let names = names.get_ref().as_array().ok_or(DictionaryError::Shape { line })?;
            for name in names {
                let line = line_at(toml, &name.span());
                let name = name.get_ref().as_str().ok_or(DictionaryError::Shape { line })?;
                self.add(name, line)?;
            }
        }
        Ok(())
    }

    /// One more name of the last field.
    fn add(&mut self, name: &str, line: u32) -> Result<(), DictionaryError> {
        let (starts, ends) = (name.strip_suffix('*'), name.strip_prefix('*'));
        let bare = starts.or(ends).unwrap_or(name);
        let key = Dictionary::key(bare);
        if key.is_empty() {
            return Err(DictionaryError::Blank { line, name: name.to_owned() });
        }
        let meaning = Meaning { field: self.fields.len() - 1, rank: self.exact.len() + self.open.len() };
        let open = match (starts, ends) {
            (Some(_), _) => Some(Open::Starts(key.clone())),
            (None, Some(_)) => Some(Open::Ends(key.clone())),
            (None, None) => None,
        };
        let earlier = match open {
            Some(open) => {
                let earlier = self.open.iter().find(|(known, _)| *known == open).map(|(_, meaning)| *meaning);
                self.open.push((open, meaning));
                earlier
            }
            None => self.exact.insert(key, meaning),
        };
        // The same name twice for the same field, in two spellings, is no mistake.
        match earlier.filter(|earlier| earlier.field != meaning.field) {
            Some(earlier) => {
                let field = self.fields[earlier.field].clone();
                Err(DictionaryError::Taken { line, name: name.to_owned(), field })
            }
            None => Ok(()),
        }
    }
}

impl Open {
    fn holds(&self, key: &str) -> bool {
        match self {
            Self::Starts(start) => key.starts_with(start.as_str()),
            Self::Ends(end) => key.ends_with(end.as_str()),
        }
    }
}

type Entry<'a, 't> = (&'a Spanned<std::borrow::Cow<'t, str>>, &'a Spanned<DeValue<'t>>);

/// The entries in the order of the file; the map has them by name.
fn in_order<'a, 't>(table: &'a DeTable<'t>) -> Vec<Entry<'a, 't>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn line_at(text: &str, span: &Range<usize>) -> u32 {
    let before = text.as_bytes().get(..span.start).unwrap_or_default();
    u32::try_from(before.split(|b| *b == b'\n').count()).unwrap_or(u32::MAX)
}

/// What names are written with or without: brackets, dashes (and the long-vowel mark, folded to one), punctuation.
fn is_noise(c: char) -> bool {
    !(c.is_alphanumeric() || matches!(c, '々' | '○' | '〇' | '%' | '+' | '&' | '=' | '№' | '゛' | '゜'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SAMPLE: &str = r#"
[fields]
code = ["全国地方公共団体コード", "都道府県コード又は市区町村コード"]
name = ["名称", "施設・場所名"]
kana = ["名称_カナ"]
headcount = ["人数", "人数_*"]
landslide = ["災害種別_崖崩れ、土石流及び地滑り"]
flood_max = ["洪水（想定最大規模降雨）"]
number = ["NO", "№"]

[kind.aed]
place = ["設置位置", "場所"]
name = ["設置施設名"]
"#;

    fn sample() -> Dictionary {
        Dictionary::parse(SAMPLE).unwrap()
    }

    #[test]
    fn look_alike_names_mean_the_same() {
        let cases = [
            ("都道府県コ―ド又は市区町村コ―ド", "code"),
            ("都道府県コード又は\n市区町村コード", "code"),
            ("都道府県ｺｰﾄﾞ又は市区町村ｺｰﾄﾞ", "code"),
            ("\u{feff}名称", "name"),
            ("名　称", "name"),
            ("名称（カナ）", "kana"),
            ("名称カナ", "kana"),
            ("名称 (かな)", "kana"),
            ("人数_令和6年1月9日午後6時時点", "headcount"),
            ("災害種別　崖崩れ・土石流及び地滑り", "landslide"),
            ("洪水(想定最大規模降雨)", "flood_max"),
            ("洪水［想定最大規模降雨］", "flood_max"),
            ("Ｎｏ．", "number"),
            ("No", "number"),
        ];
        for (name, field) in cases {
            assert_eq!(sample().field(name), Some(field), "{name}: {}", Dictionary::key(name));
        }
        for name in ["", "　", "---", "名称_英字", "一人数", "収容人数", "設置位置"] {
            assert_eq!(sample().field(name), None, "{name}");
        }
    }

    #[test]
    fn names_of_a_kind_come_first() {
        let aed = sample().of_kind("aed");
        assert_eq!(aed.field("場所"), Some("place"));
        assert!(aed.lookup("設置施設名").unwrap().1 < aed.lookup("名称").unwrap().1);
        assert_eq!(aed.fields().take(2).collect::<Vec<_>>(), ["place", "name"]);
        assert_eq!(sample().kinds().collect::<Vec<_>>(), ["aed"]);
        assert_eq!(sample().of_kind("wells").field("名称"), Some("name"));
    }

    #[test]
    fn mistakes_name_their_line() {
        let cases = [
            ("[fields]\nname = [\"名称\"]\nother = [\"a\", \"名 称\"]", 3),
            ("[fields]\nname = [\"名称\", \"---\"]", 2),
            ("[fields]\nname = \"名称\"", 2),
            ("[fields]\n\nname = [1]", 3),
            ("[field]\nname = [\"名称\"]", 1),
            ("[kind]\naed = 1", 1),
            ("[fields]\nname = [\"名称\"", 2),
        ];
        for (text, line) in cases {
            let error = Dictionary::parse(text).unwrap_err();
            assert!(error.to_string().starts_with(&format!("line {line}:")), "{text}: {error}");
        }
        // Two spellings of one name for one field are welcome.
        assert!(Dictionary::parse("[fields]\nname = [\"名称\", \"名　称\"]").is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_a_dictionary_or_a_mistake(text in "\\PC{0,60}") {
            let _ = Dictionary::parse(&text);
            let _ = Dictionary::parse(&format!("[fields]\nname = [{text}]"));
        }

        #[test]
        fn spaces_width_and_dashes_do_not_matter(name in "[一-三ァ-ヴa-z0-9]{1,8}") {
            let Ok(dictionary) = Dictionary::parse(&format!("[fields]\nx = [\"{name}\"]")) else { return Ok(()) };
            let wide: String = name.chars().map(|c| if c.is_ascii_graphic() {
                char::from_u32(u32::from(c) + 0xfee0).unwrap()
            } else {
                c
            }).collect();
            prop_assert_eq!(dictionary.field(&wide), Some("x"));
            prop_assert_eq!(dictionary.field(&format!(" （{name}）\n")), Some("x"));
        }
    }
}
