//! Why a telegram was refused: a stable code, two sentences, and the place.

use std::fmt;

/// A refusal (受理できない理由). The bytes are still archived by the caller; only the reading stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of refusal.
    pub code: RefusalCode,
    /// One Japanese sentence for staff.
    pub ja: String,
    /// The same in English.
    pub en: String,
    /// Line, counted from 1, where known.
    pub line: Option<u32>,
    /// Column in characters, counted from 1, where known.
    pub column: Option<u32>,
}

/// The kinds of refusal, with stable kebab-case names for journal and screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// Nothing there.
    Empty,
    /// More bytes than [`super::limits::BYTES`].
    TooLarge,
    /// Elements nested deeper than [`super::limits::DEPTH`].
    TooDeep,
    /// More elements, or more attributes, than the limits.
    TooMany,
    /// Declared or actual encoding is not UTF-8.
    Encoding,
    /// A DTD or an entity of one's own.
    Entities,
    /// The text ends before the root element does.
    Truncated,
    /// Not well-formed XML.
    Malformed,
    /// Well-formed, but not 気象庁防災情報XML.
    Namespace,
    /// A part of the envelope that every telegram must have is absent or unreadable.
    Envelope,
    /// A gzip file that does not unpack, or unpacks to too much.
    Compression,
}

impl RefusalCode {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too-large",
            Self::TooDeep => "too-deep",
            Self::TooMany => "too-many-elements",
            Self::Encoding => "encoding",
            Self::Entities => "dtd-or-entities",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
            Self::Namespace => "wrong-namespace",
            Self::Envelope => "incomplete-envelope",
            Self::Compression => "compression",
        }
    }
}

impl Refusal {
    pub(crate) fn new(code: RefusalCode, ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, ja: ja.into(), en: en.into(), line: None, column: None }
    }

    pub(crate) fn at(mut self, (line, column): (u32, u32)) -> Self {
        self.line = Some(line);
        self.column = Some(column);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.en)?;
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, " (line {line}, column {column})"),
            (Some(line), None) => write!(f, " (line {line})"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}
