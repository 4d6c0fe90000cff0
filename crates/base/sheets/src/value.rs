//! What a cell says: numbers, days, marks and places in the many ways people write them. Each function reads one cell
//! and says `None` rather than guess.

mod code;
mod coordinates;
mod mark;
mod number;
mod when;

pub use code::{MunicipalityReading, municipality};
pub use coordinates::{CoordinateReading, NoCoordinates, Repair, coordinate_pair, coordinates, in_japan, run_together};
pub use mark::{FloorRemark, Mark, floors, mark, yes_no};
pub use number::{Capacity, capacity, integer, number};
pub use when::{AsOf, as_of, date, date_time};

use kernel::fold::fold;
use unicode_normalization::UnicodeNormalization;

/// Words for "nothing known here", folded.
const MISSING: [&str; 15] = [
    "不明",
    "未定",
    "未設定",
    "未入力",
    "未記入",
    "未調査",
    "調査中",
    "該当なし",
    "記載なし",
    "で-たなし",
    "n/a",
    "#n/a",
    "na",
    "null",
    "none",
];

/// Bytes of the longest text that could be one of them, spaces included.
const MISSING_BYTES: usize = 60;

/// Words for "nothing known here": `---`, a full-width space, `*`, 不明, －, `#N/A`. なし is an answer and not among them.
pub fn is_missing(text: &str) -> bool {
    if text.len() > MISSING_BYTES {
        return false;
    }
    let folded = fold(text);
    let marks = folded.chars().all(|c| matches!(c, '-' | '*' | '.' | '?' | '…' | '/' | '_' | '・'));
    let error = || ["#ref!", "#value!", "#name?", "#div/0!"].iter().any(|error| folded == *error);
    marks || MISSING.contains(&folded.as_str()) || error()
}

/// Whether a spreadsheet would run this text when it is written out again (`=HYPERLINK(…`, `+cmd|…`). Plain numbers,
/// telephone numbers and dashes are not meant.
pub fn is_formula(text: &str) -> bool {
    let mut chars = text.chars().skip_while(|c| crate::file::is_blank(*c));
    let first = chars.next();
    let mut rest = chars.peekable();
    match first {
        Some('=' | '＝' | '@' | '＠') => rest.peek().is_some(),
        Some('+' | '-' | '＋') => rest.any(|c| matches!(c, '(' | '|' | '!' | '=' | '&')),
        _ => false,
    }
}

/// Full-width digits, signs and letters as plain ones, without outer spaces.
fn plain(text: &str) -> String {
    let plain: String = text.nfkc().collect();
    plain.trim_matches(crate::file::is_blank).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_are_nothing() {
        assert!(MISSING.iter().all(|word| fold(word) == *word));
        for text in [
            "",
            " ",
            "　",
            "---",
            "--- ",
            "－",
            "ー",
            "*",
            "＊",
            "不明",
            "未定",
            "N/A",
            "#N/A",
            "…",
            "#REF!",
            "データなし",
        ] {
            assert!(is_missing(text), "{text:?}");
        }
        for text in ["0", "なし", "無", "○", "×", "-1", "1-2", "ー丁目"] {
            assert!(!is_missing(text), "{text:?}");
        }
    }

    #[test]
    fn formulas_are_seen() {
        for text in
            ["=HYPERLINK(\"http://x\")", "=1+1", " =A1", "＝SUM(A1)", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|x"]
        {
            assert!(is_formula(text), "{text}");
        }
        for text in ["", "=", "+81-17-777-1111", "-", "－", "-12.5", "- 未定", "a=b", "(054)626-1139"] {
            assert!(!is_formula(text), "{text}");
        }
    }
}
