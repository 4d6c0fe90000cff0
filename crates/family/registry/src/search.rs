//! Search (制度の検索): two characters are enough, kana finds kanji, and what people type finds what programmes are called.
//!
//! **Invariant:** what is found holds every word that was typed, itself or by its synonym; the index only saves looking.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use kernel::fold::fold;
use serde::Deserialize;

use crate::model::{InForce, Record};

/// Characters of a query at most.
pub(crate) const MOST_CHARS: usize = 100;
/// Words of a query at most.
const MOST_WORDS: usize = 8;
/// Programmes answered at most.
pub(crate) const MOST_FOUND: usize = 100;

#[derive(Debug, Deserialize)]
struct Words {
    readings: BTreeMap<String, String>,
    synonyms: BTreeMap<String, Vec<String>>,
}

struct Ready {
    /// Words with their reading, the longest first.
    readings: Vec<(Vec<char>, String)>,
    /// Folded word to folded words.
    synonyms: HashMap<String, Vec<String>>,
}

static WORDS: LazyLock<Ready> = LazyLock::new(|| {
    // JSON would do as well; TOML is what an office edits.
    let words: Words = parse(include_str!("../words.toml"));
    let mut readings: Vec<(Vec<char>, String)> =
        words.readings.into_iter().map(|(word, kana)| (word.chars().collect(), fold(&kana))).collect();
    readings.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    let synonyms = words
        .synonyms
        .into_iter()
        .map(|(word, all)| (fold(&word), all.iter().map(|one| fold(one)).collect()))
        .collect();
    Ready { readings, synonyms }
});

fn parse(text: &str) -> Words {
    toml::from_str(text).expect("a test reads the words we ship")
}

/// The index of published programmes (検索の索引).
#[derive(Debug, Default)]
pub struct Index {
    entries: Vec<Entry>,
    /// Two characters that follow each other, and one alone, to the entries that hold them.
    postings: HashMap<(char, char), Vec<u32>>,
}

#[derive(Debug)]
struct Entry {
    area: String,
    /// Folded; the reading is part of the name.
    name: String,
    short: String,
    text: String,
}

/// The second of a pair that stands for "whatever follows".
const ANY: char = '\0';

impl Index {
    /// An index of records; `in_force` says in the same order whose they are.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>, in_force: &[InForce]) -> Self {
        let mut index = Self::default();
        for (record, one) in records.into_iter().zip(in_force) {
            let plain =
                one.content.plain.iter().flat_map(|text| [text.ja.as_str(), text.easy.as_str(), text.en.as_str()]);
            index.add(&one.area, record, plain);
        }
        index
    }

    /// Adds a programme with more words of its own.
    pub fn add<'a>(&mut self, area: &str, record: &'a Record, more: impl IntoIterator<Item = &'a str>) {
        let name = record.name().unwrap_or_default();
        let short = record.short_name().unwrap_or_default();
        let readings = [reading(name), reading(short)].into_iter().flatten().collect::<Vec<_>>().join("\n");
        let texts: Vec<&str> = record.texts().into_iter().chain(more).collect();
        let entry = Entry {
            area: area.to_owned(),
            name: format!("{}\n{readings}", fold(name)),
            short: fold(short),
            text: texts.iter().map(|text| fold(text)).collect::<Vec<_>>().join("\n"),
        };
        let at = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let mut pairs: Vec<(char, char)> = Vec::new();
        for text in [&entry.name, &entry.short, &entry.text] {
            let mut chars = text.chars().peekable();
            while let Some(c) = chars.next() {
                pairs.push((c, ANY));
                if let Some(next) = chars.peek() {
                    pairs.push((c, *next));
                }
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        for pair in pairs {
            self.postings.entry(pair).or_default().push(at);
        }
        self.entries.push(entry);
    }

    /// How many programmes it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Places of the programmes that hold every word, the best first, of these areas (of all if empty).
    pub fn find(&self, words: &str, areas: &[&str]) -> Vec<usize> {
        let asked: Vec<Vec<String>> = words
            .split_whitespace()
            .map(fold)
            .filter(|word| !word.is_empty())
            .take(MOST_WORDS)
            .map(|word| {
                let others = WORDS.synonyms.get(&word).cloned().unwrap_or_default();
                std::iter::once(word).chain(others).collect()
            })
            .collect();
        if asked.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(u32, usize)> = self
            .candidates(&asked[0])
            .into_iter()
            .map(|at| at as usize)
            .filter(|at| areas.is_empty() || areas.contains(&self.entries[*at].area.as_str()))
            .filter_map(|at| Some((self.entries[at].score(&asked)?, at)))
            .collect();
        found.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), self.entries[*at].name.len(), *at));
        found.into_iter().map(|(_, at)| at).collect()
    }

    /// What may hold one of these words.
    fn candidates(&self, words: &[String]) -> Vec<u32> {
        let mut all: Vec<u32> = Vec::new();
        for word in words {
            let chars: Vec<char> = word.chars().collect();
            let pairs: Vec<(char, char)> = match chars.as_slice() {
                [one] => vec![(*one, ANY)],
                several => several.windows(2).map(|pair| (pair[0], pair[1])).collect(),
            };
            let empty = Vec::new();
            let lists: Vec<&Vec<u32>> = pairs.iter().map(|pair| self.postings.get(pair).unwrap_or(&empty)).collect();
            let Some(shortest) = lists.iter().min_by_key(|list| list.len()) else { continue };
            all.extend(shortest.iter().filter(|at| lists.iter().all(|list| list.binary_search(at).is_ok())));
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Entry {
    /// How well it fits; `None` unless every word is held.
    fn score(&self, asked: &[Vec<String>]) -> Option<u32> {
        asked.iter().map(|words| words.iter().enumerate().filter_map(|(n, word)| self.of_word(word, n > 0)).max()).sum()
    }

    fn of_word(&self, word: &str, synonym: bool) -> Option<u32> {
        let score = if self.name.starts_with(word) {
            100
        } else if self.name.contains(word) || self.short.contains(word) {
            60
        } else if self.text.contains(word) {
            20
        } else {
            return None;
        };
        Some(if synonym { score / 2 } else { score })
    }
}

/// How a name is read, where every kanji of it is covered by words we know.
fn reading(name: &str) -> Option<String> {
    let chars: Vec<char> = name.chars().collect();
    let (mut at, mut kana) = (0, String::new());
    while at < chars.len() {
        if let Some((word, read)) = WORDS.readings.iter().find(|(word, _)| chars[at..].starts_with(word)) {
            kana.push_str(read);
            at += word.len();
        } else if matches!(chars[at], '\u{4e00}'..='\u{9fff}' | '々') {
            return None;
        } else {
            kana.push_str(&fold(&chars[at].to_string()));
            at += 1;
        }
    }
    Some(kana)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn index() -> Index {
        let mut index = Index::default();
        for (area, name, text) in [
            ("00", "児童手当", "18歳の年度末まで"),
            ("00", "児童扶養手当", "ひとり親の家庭などに支給"),
            ("02203", "予防接種の助成", "子どもの任意接種。健診のときに相談"),
            ("02201", "ショートステイ", "保育所に預けられないとき"),
        ] {
            let record = json!({ "institutionName": { "canonicalName": name }, "summary": text });
            index.add(area, &serde_json::from_value(record).unwrap(), []);
        }
        index
    }

    #[test]
    fn two_characters_kana_and_synonyms_find() {
        let index = index();
        for (words, first) in [
            ("児童", Some(0)),
            ("扶養", Some(1)),
            ("保育", Some(3)),
            ("予防", Some(2)),
            ("健診", Some(2)),
            ("じどうてあて", Some(0)),
            ("ジドウフヨウ", Some(1)),
            ("よぼうせっしゅ", Some(2)),
            ("ｼｮｰﾄ", Some(3)),
            ("母子家庭", Some(1)),
            ("手当 ひとり親", Some(1)),
            ("親", Some(1)),
            ("宇宙", None),
            ("児童 宇宙", None),
            ("　", None),
        ] {
            assert_eq!(index.find(words, &[]).first().copied(), first, "{words}");
        }
        assert_eq!(index.find("児童", &["02203"]), Vec::<usize>::new());
    }

    #[test]
    fn a_name_of_unknown_kanji_has_no_reading() {
        assert_eq!(reading("児童手当").as_deref(), Some("じどうてあて"));
        assert_eq!(reading("こども医療費助成").as_deref(), Some("こどもいりょうひじょせい"));
        assert_eq!(reading("謎手当"), None);
    }
}
