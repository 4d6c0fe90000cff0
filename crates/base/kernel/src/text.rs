//! Text for residents in three languages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Mode;

/// Follows [`Mode::DRILL_MARK`] in English.
const ENGLISH_MARK: &str = "[DRILL]";

/// A text for residents (住民向けの文): Japanese, やさしい日本語, English. The official wording is `ja`; the others explain it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Text {
    /// 日本語
    pub ja: String,
    /// やさしい日本語
    pub easy: String,
    /// English
    pub en: String,
}

impl Text {
    /// The three texts.
    pub fn new(ja: impl Into<String>, easy: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ja: ja.into(), easy: easy.into(), en: en.into() }
    }

    /// The same words in every language: names of places, verbatim telegram text.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { ja: text.clone(), easy: text.clone(), en: text }
    }

    /// Marks all three in a drill: 【訓練】 stands in every language, because it is what people here know to look for.
    #[must_use]
    pub fn marked(&self, mode: Mode) -> Self {
        let en = match mode {
            // A mark further inside, of something that is quoted, marks nothing.
            Mode::Drill => {
                let bare = self.en.trim_start_matches(Mode::DRILL_MARK).trim_start();
                let bare = bare.strip_prefix(ENGLISH_MARK).unwrap_or(bare).trim_start();
                format!("{}{ENGLISH_MARK} {bare}", Mode::DRILL_MARK)
            }
            Mode::Live => self.en.clone(),
        };
        Self { ja: mode.mark(&self.ja), easy: mode.mark(&self.easy), en }
    }

    /// Whether nothing is said in Japanese.
    pub fn is_empty(&self) -> bool {
        self.ja.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_of_a_drill_is_marked() {
        let text = Text::new("避難指示", "にげてください", "Evacuate").marked(Mode::Drill);
        assert!(
            text.ja.starts_with("【訓練】")
                && text.easy.starts_with("【訓練】")
                && text.en.starts_with("【訓練】[DRILL]")
        );
        assert_eq!(text.marked(Mode::Drill), text);
        for en in ["The DRILL team: go", "[DRILL] The DRILL team: go", "【訓練】The DRILL team: go"] {
            let marked = Text::new("", "", en).marked(Mode::Drill);
            assert_eq!(marked.en, "【訓練】[DRILL] The DRILL team: go");
            assert_eq!(marked.marked(Mode::Drill), marked);
        }
        assert_eq!(Text::same("むつ市").marked(Mode::Live), Text::same("むつ市"));
    }
}
