//! What notices say: one file of templates for each language. A notice that lacks a language is not made.
//!
//! A new language is a new file here and a new member of [`Language`](super::subscription::Language).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kernel::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::notice::Words;

/// What a correction says; its headline is that of the notice it corrects.
pub const CORRECTION: &str = "office.correction";
/// What a cancellation says, ready before it is needed.
pub const CANCELLATION: &str = "office.cancelled";
/// The longest text a value may have, characters.
pub const LONGEST: usize = 400;

/// One template in one language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    title: String,
    body: String,
}

type Templates = BTreeMap<String, Template>;

static JA: LazyLock<Templates> = LazyLock::new(|| read(include_str!("../../templates/ja.toml")));
static EASY: LazyLock<Templates> = LazyLock::new(|| read(include_str!("../../templates/ja-easy.toml")));
static EN: LazyLock<Templates> = LazyLock::new(|| read(include_str!("../../templates/en.toml")));

/// A template that staff may choose, with the places to fill in (定型文).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = NoticeTemplate)]
pub struct Situation {
    /// `office.water`
    pub key: String,
    pub title: Text,
    pub body: Text,
    /// Names of what is to be filled in, each in every language.
    pub fields: Vec<String>,
}

/// Why there are no words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wordless {
    #[error("no template {0}")]
    NoTemplate(String),
    #[error("values.{0}: missing or empty in {1}")]
    Missing(String, &'static str),
    #[error("values.{0}: longer than {LONGEST} characters")]
    TooLong(String),
}

/// Fills a template in every language. `{name}` stands for the value of that name.
pub fn fill(key: &str, values: &BTreeMap<String, Text>) -> Result<Words, Wordless> {
    let of = |templates: &'static Templates| templates.get(key).ok_or_else(|| Wordless::NoTemplate(key.to_owned()));
    let (ja, easy, en) = (of(&JA)?, of(&EASY)?, of(&EN)?);
    for name in fields(ja) {
        let value = values.get(&name).cloned().unwrap_or_default();
        for (text, language) in [(&value.ja, "ja"), (&value.easy, "easy"), (&value.en, "en")] {
            if text.trim().is_empty() {
                return Err(Wordless::Missing(name, language));
            }
            if text.chars().count() > LONGEST {
                return Err(Wordless::TooLong(name));
            }
        }
    }
    let put = |part: fn(&Template) -> &str| {
        Text::new(
            filled(part(ja), values, |t| &t.ja),
            filled(part(easy), values, |t| &t.easy),
            filled(part(en), values, |t| &t.en),
        )
    };
    Ok(Words { title: put(|t| &t.title), body: put(|t| &t.body) })
}

/// A value that a rule made, so that it can be filled in: a language that is empty says what the Japanese says, and what is too
/// long ends in an ellipsis. Nobody is there to write it anew.
pub fn fitted(value: &Text) -> Text {
    let said = |text: &str| !text.trim().is_empty();
    let spare = [&value.ja, &value.easy, &value.en].into_iter().find(|text| said(text)).cloned().unwrap_or_default();
    let fit = |text: &str| {
        let text = if said(text) { text.trim() } else { spare.trim() };
        if text.chars().count() <= LONGEST {
            return text.to_owned();
        }
        text.chars().take(LONGEST - 1).chain(['…']).collect()
    };
    Text::new(fit(&value.ja), fit(&value.easy), fit(&value.en))
}

/// Everything staff may choose from.
pub fn situations() -> Vec<Situation> {
    let chosen = |key: &str| key.starts_with("office.") && key != CORRECTION && key != CANCELLATION;
    let office = JA.iter().filter(|(key, _)| chosen(key));
    let one = |(key, ja): (&String, &Template)| {
        let (easy, en) = (EASY.get(key)?, EN.get(key)?);
        Some(Situation {
            key: key.clone(),
            title: Text::new(&ja.title, &easy.title, &en.title),
            body: Text::new(&ja.body, &easy.body, &en.body),
            fields: fields(ja),
        })
    };
    office.filter_map(one).collect()
}

/// A file is part of the program: one that cannot be read fails the tests of this module.
fn read(file: &str) -> Templates {
    toml::from_str(file).unwrap_or_default()
}

fn fields(template: &Template) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for text in [&template.title, &template.body] {
        for part in text.split('{').skip(1) {
            if let Some((name, _)) = part.split_once('}')
                && !names.iter().any(|known| known == name)
            {
                names.push(name.to_owned());
            }
        }
    }
    names
}

fn filled(template: &str, values: &BTreeMap<String, Text>, of: impl Fn(&Text) -> &String) -> String {
    // In one pass, so that a value that looks like a place to fill in stays what it is.
    let mut parts = template.split('{');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or(("", part));
        out.push_str(values.get(name).map_or("", |text| of(text).trim()));
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, Text)]) -> BTreeMap<String, Text> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect()
    }

    #[test]
    fn every_template_is_there_in_every_language_with_the_same_places() {
        assert!(JA.len() > 20);
        for other in [&EASY, &EN] {
            assert_eq!(JA.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
            for (key, ja) in JA.iter() {
                let (mut here, mut there) = (fields(ja), fields(&other[key]));
                here.sort();
                there.sort();
                assert_eq!(here, there, "{key}");
                assert!(!other[key].title.is_empty() && !other[key].body.is_empty(), "{key}");
            }
        }
    }

    #[test]
    fn a_missing_language_is_refused() {
        let half = values(&[("place", Text::same("市川地区")), ("until", Text::new("17時", "17時", " "))]);
        assert_eq!(fill("office.water", &half), Err(Wordless::Missing("until".into(), "en")));
        assert_eq!(fill("office.water", &values(&[])), Err(Wordless::Missing("place".into(), "ja")));
        assert_eq!(fill("office.nothing", &half), Err(Wordless::NoTemplate("office.nothing".into())));
        let long = values(&[("place", Text::same("あ".repeat(401))), ("until", Text::same("17時"))]);
        assert_eq!(fill("office.water", &long), Err(Wordless::TooLong("place".into())));
    }

    #[test]
    fn what_a_rule_made_is_made_to_fit() {
        let fit = fitted(&Text::new("あ".repeat(LONGEST + 1), "", " "));
        assert_eq!(fit.ja, format!("{}…", "あ".repeat(LONGEST - 1)));
        assert_eq!((&fit.easy, &fit.en), (&fit.ja, &fit.ja));
        let whole = Text::new("あ".repeat(LONGEST), "い", "e");
        assert_eq!(fitted(&whole), whole);
        assert_eq!(fitted(&Text::new("", "い", "")), Text::same("い"));
        assert!(fitted(&Text::default()).is_empty());
    }

    #[test]
    fn what_is_filled_in_is_not_filled_in_again() {
        let given = values(&[("place", Text::same("{until}")), ("until", Text::same("17時"))]);
        let words = fill("office.water", &given).unwrap();
        assert!(words.body.ja.contains("{until}"), "{}", words.body.ja);
        assert!(words.body.en.contains("17時"));
    }

    #[test]
    fn staff_find_a_template_for_each_situation() {
        let all = situations();
        assert!(all.len() >= 6 && all.iter().all(|s| s.key.starts_with("office.")));
        let water = all.iter().find(|s| s.key == "office.water").unwrap();
        assert_eq!(water.fields, ["place", "until"]);
    }
}
