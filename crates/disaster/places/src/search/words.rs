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
    /// The keys it may have in a name, all of the same length; rarely more than one.
    keys: Vec<(String, memchr::memmem::Finder<'static>)>,
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
        let bare = parted.map(|word| word.replace(BREAKS, ""));
        let bare: Vec<String> = bare.filter(|word| !fold::fold(word).is_empty()).take(MOST_WORDS).collect();
        let whole = (bare.len() > 1).then(|| Word::new(&bare.concat()));
        Self { words: bare.iter().map(|word| Word::new(word)).collect(), whole }
    }
}

impl Word {
    fn new(word: &str) -> Self {
        let ready = |key: String| {
            let finder = memchr::memmem::Finder::new(key.as_bytes()).into_owned();
            (key, finder)
        };
        Self { keys: fold::fold_part(word).into_iter().map(ready).collect() }
    }

    /// Where the word stands in a text.
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        self.keys.iter().filter_map(|(_, finder)| finder.find(text.as_bytes())).min()
    }

    /// Whether the text begins with the word.
    fn begins(&self, text: &str) -> bool {
        self.keys.iter().any(|(key, _)| text.starts_with(key.as_str()))
    }

    /// Whether the word is the text.
    fn is(&self, text: &str) -> bool {
        self.keys.iter().any(|(key, _)| key == text)
    }
}

impl Findable {
    /// Folds a name and notes where its words begin.
    pub(super) fn read(name: &str) -> Self {
        let parts: Vec<&str> = name.split(|c: char| c.is_whitespace() || BREAKS.contains(&c)).collect();
        // As one: what stands on both sides of a break is beside each other to whoever types the name without it.
        let text = fold::fold(&parts.concat());
        let mut starts = Vec::new();
        let mark = |at: usize, starts: &mut Vec<u32>| {
            if let Some(at) = u32::try_from(at).ok().filter(|at| *at > 0) {
                starts.push(at);
            }
        };
        for many in 1..parts.len() {
            mark(fold::fold(&parts[..many].concat()).len(), &mut starts);
        }
        for owner in OWNERS {
            if let Some(at) = text.find(owner) {
                mark(at + owner.len(), &mut starts);
            }
        }
        Self { text, starts }
    }

    /// How well the word fits this name.
    pub(super) fn fit(&self, word: &Word) -> Option<Fit> {
        let at = word.find(&self.text)?;
        if at == 0 {
            return Some(if word.is(&self.text) { Fit::Exact } else { Fit::Prefix });
        }
        let begins = |start: &u32| {
            let rest = usize::try_from(*start).ok().and_then(|start| self.text.get(start..));
            rest.is_some_and(|rest| word.begins(rest))
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
    fn a_word_that_begins_or_ends_at_a_joining_kana_fits() {
        for name in ["旭ヶ丘会館", "旭ケ丘会館", "旭が丘会館", "旭（ヶ）丘会館"] {
            let name = Findable::read(name);
            for word in ["ヶ丘", "ケ丘", "が丘", "旭ヶ", "旭ケ", "旭が", "旭ヶ丘", "ヶ", "ヶ丘会館"]
            {
                assert!(name.fit(&Query::read(word).words[0]).is_some(), "{word} in {name:?}");
            }
        }
        assert_eq!(Findable::read("旭ヶ丘").fit(&Query::read("ヶ丘").words[0]), Some(Fit::Inside));
        assert_eq!(
            Findable::read("外ヶ").fit(&Query::read("外ケ").words[0]),
            None,
            "where nothing joins, kana stay apart"
        );
    }

    #[test]
    fn a_query_is_bounded_and_parted() {
        let words =
            |text: &str| Query::read(text).words.into_iter().map(|word| word.keys[0].0.clone()).collect::<Vec<_>>();
        assert_eq!(words("　ナガネ、ｺｳﾐﾝｶﾝ "), ["ながね", "こうみんかん"]);
        assert_eq!(words(&"あ ".repeat(90)).len(), MOST_WORDS);
        assert_eq!(words(&"あ".repeat(500))[0].chars().count(), MOST_CHARS);
        assert!(words(" ， ").is_empty());
        assert_eq!(Query::read("八戸 小学校").whole.unwrap().keys[0].0, "八戸小学校");
    }
}
