//! Text for residents in three languages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Mode;

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
            Mode::Drill if !self.en.contains("DRILL") => format!("{}[DRILL] {}", Mode::DRILL_MARK, self.en),
            _ => self.en.clone(),
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
        assert_eq!(Text::same("むつ市").marked(Mode::Live), Text::same("むつ市"));
    }
}
