//! The token (受付コード): what a QR or a card stands for.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHECKS: &[u8; 37] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";
/// Letters before the check letter.
const LENGTH: usize = 26;
/// What the code on paper begins with.
const PAPER: &str = "M1:";

/// 128 bits that stand for a household (受付コード). Written as 26 letters of Crockford's base 32 and one that checks them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token([u8; 16]);

/// On what a token stands (受付コードの種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = HouseholdTokenKind)]
pub enum TokenKind {
    /// スマートフォンの画面
    Phone,
    /// 紙・カードに印刷したQR
    Paper,
    /// 交通系ICカードなど, by a hash of its number
    Card,
}

impl Token {
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The token of an IC card: half of a hash of the number that its reader gives; the number itself is kept nowhere.
    pub fn of_card(uid: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"mamori card\0");
        hash.update(uid.trim().to_ascii_uppercase());
        let digest: [u8; 32] = hash.finalize().into();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Self(half)
    }

    /// What somebody typed or scanned: O counts as 0, I and L as 1; blanks, hyphens and the mark of a paper code are skipped.
    /// `None` where a letter is wrong or missing.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text
            .get(..PAPER.len())
            .filter(|mark| mark.eq_ignore_ascii_case(PAPER))
            .map_or(text, |mark| &text[mark.len()..]);
        let mut letters = Vec::with_capacity(LENGTH + 1);
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            letters.push(match c.to_ascii_uppercase() {
                'O' => b'0',
                'I' | 'L' => b'1',
                c => u8::try_from(c).ok()?,
            });
            if letters.len() > LENGTH + 1 {
                return None;
            }
        }
        let (check, rest) = letters.split_last()?;
        if rest.len() != LENGTH {
            return None;
        }
        let mut value: u128 = 0;
        for letter in rest {
            let digit = LETTERS.iter().position(|known| known == letter)?;
            if value >> 123 != 0 {
                return None;
            }
            value = value << 5 | digit as u128;
        }
        (check_of(value) == *check).then(|| Self(value.to_be_bytes()))
    }

    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The 27 letters. Never to be logged.
    pub fn reveal(&self) -> String {
        let value = u128::from_be_bytes(self.0);
        let mut text = String::with_capacity(LENGTH + 1);
        for at in (0..LENGTH).rev() {
            text.push(char::from(LETTERS[(value >> (5 * at)) as usize & 31]));
        }
        text.push(char::from(check_of(value)));
        text
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

fn check_of(value: u128) -> u8 {
    usize::try_from(value % 37).ok().and_then(|at| CHECKS.get(at)).copied().unwrap_or(b'0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_answers() {
        assert_eq!(Token::new([0; 16]).reveal(), "000000000000000000000000000");
        assert_eq!(Token::new([0xff; 16]).reveal(), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ*");
        assert_eq!(Token::of_card("04a1b2c3"), Token::of_card(" 04A1B2C3 "));
        assert_ne!(Token::of_card("04A1B2C3"), Token::of_card("04A1B2C4"));
        assert_eq!(format!("{:?}", Token::new([0; 16])), "Token(…)");
    }

    #[test]
    fn what_is_no_token_is_none() {
        for text in [
            "",
            "M1:",
            "M2:000000000000000000000000000",
            "00000000000000000000000000",
            "000000000000000000000000001",
            "Z00000000000000000000000000",
            "80000000000000000000000000G",
            "受付コード",
            "0000000000000000000000000U0",
        ] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
        assert!(Token::parse("m1:ooooo-ooooo-ooooo-ooooo-ooooo-oo").is_some());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes: [u8; 16], at in 0..27_usize, letter in "[0-9A-HJKMNP-TV-Z]") {
            let token = Token::new(bytes);
            let text = token.reveal();
            prop_assert_eq!(Token::parse(&text), Some(token));
            prop_assert_eq!(Token::parse(&format!("M1:{}", text.to_lowercase())), Some(token));
            let mut other = text.clone();
            other.replace_range(at..=at, &letter);
            prop_assert!(other == text || Token::parse(&other).is_none());
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,40}") {
            let _ = Token::parse(&text);
        }
    }
}
