//! The 12 digits of a My Number (個人番号) are taken nowhere: 番号法 forbids to collect them outside of its own affairs.

use unicode_normalization::UnicodeNormalization as _;

/// Digits of a My Number, with its check digit.
const DIGITS: usize = 12;
/// Blanks and marks that people write between groups of digits, at most so many in a row.
const MOST_BETWEEN: usize = 3;

/// Whether twelve digits in a row stand in the text, full-width ones and groups among them, whose last one checks the others.
pub fn holds(text: &str) -> bool {
    let runs = runs(text);
    runs.iter().any(|groups| {
        (0..groups.len()).any(|first| {
            let mut digits = Vec::with_capacity(DIGITS);
            groups[first..].iter().any(|group| {
                digits.extend_from_slice(group);
                digits.len() == DIGITS && checks(&digits)
            })
        })
    })
}

/// Groups of digits that stand close to each other.
fn runs(text: &str) -> Vec<Vec<Vec<u32>>> {
    let (mut runs, mut groups, mut group) = (Vec::new(), Vec::new(), Vec::new());
    let mut between = 0;
    for c in text.nfkc() {
        if let Some(digit) = c.to_digit(10) {
            group.push(digit);
            between = 0;
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        if !group.is_empty() {
            groups.push(std::mem::take(&mut group));
        }
        between += 1;
        if !is_between(c) || between > MOST_BETWEEN {
            runs.push(std::mem::take(&mut groups));
        }
    }
    groups.push(group);
    runs.push(groups);
    runs
}

fn is_between(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | 'ー' | '_' | '.' | '・' | ',' | '、' | '/' | '|')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The check digit (行政手続における特定の個人を識別するための番号…に関する省令 第5条).
fn checks(digits: &[u32]) -> bool {
    let Some((check, rest)) = digits.split_last() else { return false };
    let sum: u32 = rest.iter().rev().zip([2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6]).map(|(digit, weight)| digit * weight).sum();
    let expected = if sum % 11 <= 1 { 0 } else { 11 - sum % 11 };
    *check == expected
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Eleven digits of nobody, and their check digit.
    const NOBODY: &str = "123456789018";

    #[test]
    fn twelve_digits_that_check_are_found_however_they_are_written() {
        for text in [
            NOBODY,
            "マイナンバーは１２３４５６７８９０１８です",
            "1234 5678 9018",
            "1234-5678-9018",
            "１２３４　５６７８　９０１８",
            "1234ー5678ー9018",
            "1 2 3 4 5 6 7 8 9 0 1 8",
            "1234\n5678\n9018",
            "12345\u{200b}6789018",
            "電話 0172 番号 1234・5678・9018 以上",
            "①②③④⑤⑥⑦⑧⑨018",
        ] {
            assert!(holds(text), "{text}");
        }
    }

    #[test]
    fn telephones_postcodes_and_other_digits_are_not() {
        for text in [
            "",
            "123456789012",
            "1234567890188",
            "017-734-1111 090-1234-5678",
            "〒030-8570 青森市長島1-1-1",
            "123456 と 789018",
            "1963年1月5日",
            "薬 5mg 朝1 昼1 夜1",
        ] {
            assert!(!holds(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_of_ten_last_digits_checks_and_nothing_panics(rest in "[0-9]{11}", noise in "\\PC{0,30}") {
            let found = (0..10).filter(|last| holds(&format!("{rest}{last}"))).count();
            prop_assert_eq!(found, 1);
            let _ = holds(&noise);
        }
    }
}
