//! Words of a query and of a name, in the form in which they are compared.

use kernel::fold;

use super::{MOST_CHARS, MOST_WORDS};

/// A query (検索語): words that must all be found.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub(super) words: Vec<Word>,
    /// All words as one, when there are several: 八戸 小学校 is the name 八戸小学校.
    pub(super) whole: Option<Word>,
}

/// One word, folded, ready to be looked for.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: String,
    finder: memchr::memmem::Finder<'static>,
}

/// A name that can be found (検索できる名称).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Findable {
    pub(super) text: String,
    /// Where words begin, in bytes, the beginning of the name left out.
    starts: Vec<u32>,
}

/// How well a word fits, the best first (一致の度合い).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    Exact,
    Prefix,
    WordStart,
    Inside,
    Address,
    Municipality,
}

impl Query {
    /// Spaces and commas part the words; more than the limits is left out.
    pub(super) fn read(text: &str) -> Self {
        let text: String = text.chars().take(MOST_CHARS).collect();
        let parted = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '、' | '，'));
        let bare = |word: &str| fold::fold(&word.replace(BREAKS, ""));
        let words: Vec<Word> =
            parted.map(bare).filter(|word| !word.is_empty()).take(MOST_WORDS).map(Word::new).collect();
        let whole = (words.len() > 1).then(|| Word::new(words.iter().map(|word| word.text.as_str()).collect()));
        Self { words, whole }
    }
}

impl Word {
    fn new(text: String) -> Self {
        let finder = memchr::memmem::Finder::new(text.as_bytes()).into_owned();
        Self { text, finder }
    }

    /// Where the word stands in a text.
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        self.finder.find(text.as_bytes())
    }
}

impl Findable {
    /// Folds a name and notes where its words begin.
    pub(super) fn read(name: &str) -> Self {
        let mut text = String::with_capacity(name.len());
        let mut starts = Vec::new();
        let mark = |text: &str, starts: &mut Vec<u32>| {
            if let Some(at) = u32::try_from(text.len()).ok().filter(|at| *at > 0) {
                starts.push(at);
            }
        };
        for part in name.split(|c: char| c.is_whitespace() || BREAKS.contains(&c)) {
            mark(&text, &mut starts);
            text.push_str(&fold::fold(part));
        }
        for owner in OWNERS {
            if let Some(at) = text.find(owner) {
                mark(&text[..at + owner.len()], &mut starts);
            }
        }
        Self { text, starts }
    }

    /// How well the word fits this name.
    pub(super) fn fit(&self, word: &Word) -> Option<Fit> {
        let at = word.find(&self.text)?;
        if at == 0 {
            return Some(if word.text.len() == self.text.len() { Fit::Exact } else { Fit::Prefix });
        }
        let begins = |start: &u32| {
            let rest = usize::try_from(*start).ok().and_then(|start| self.text.get(start..));
            rest.is_some_and(|rest| rest.starts_with(word.text.as_str()))
        };
        Some(if self.starts.iter().any(begins) { Fit::WordStart } else { Fit::Inside })
    }
}

const BREAKS: &[char] = &['（', '）', '(', ')', '・', '･', '「', '」', '／', '/', '【', '】'];
/// What stands before the name proper: 八戸市立|長根小学校.
const OWNERS: &[&str] = &["市立", "町立", "村立", "県立", "国立", "私立", "公立"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_fits_better_the_nearer_to_the_beginning() {
        let name = Findable::read("八戸市立 長根小学校（体育館）");
        let fit = |word: &str| name.fit(&Query::read(word).words[0]);
        let cases = [
            ("八戸市立長根小学校体育館", Some(Fit::Exact)),
            ("八戸", Some(Fit::Prefix)),
            ("長根小", Some(Fit::WordStart)),
            ("体育館", Some(Fit::WordStart)),
            ("根小", Some(Fit::Inside)),
            ("根城", None),
        ];
        for (word, wanted) in cases {
            assert_eq!(fit(word), wanted, "{word}");
        }
        assert_eq!(Findable::read("八戸市立長根小学校").fit(&Query::read("長根").words[0]), Some(Fit::WordStart));
    }

    #[test]
    fn a_query_is_bounded_and_parted() {
        let words = |text: &str| Query::read(text).words.into_iter().map(|word| word.text).collect::<Vec<_>>();
        assert_eq!(words("　ナガネ、ｺｳﾐﾝｶﾝ "), ["ながね", "こうみんかん"]);
        assert_eq!(words(&"あ ".repeat(90)).len(), MOST_WORDS);
        assert_eq!(words(&"あ".repeat(500))[0].chars().count(), MOST_CHARS);
        assert!(words(" ， ").is_empty());
        assert_eq!(Query::read("八戸 小学校").whole.unwrap().text, "八戸小学校");
    }
}
