//! Sentences in one language as somebody else wrote them: a telegram, or staff.

use std::fmt;
use std::ops::Deref;

use kernel::Mode;
use serde::{Deserialize, Serialize};

/// Words quoted as they are (原文). They can only be made with a mode, and a drill's begin 【訓練】 from then on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Verbatim(String);

impl Verbatim {
    /// The words as people of this mode may see them. Nothing said stays nothing.
    pub fn new(mode: Mode, words: &str) -> Self {
        Self(if words.is_empty() { String::new() } else { mode.mark(words) })
    }
}

impl Deref for Verbatim {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Verbatim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
