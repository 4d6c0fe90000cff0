//! The code with which another device joins a household (招待コード): eight letters that are easy to read out.

use uuid::Uuid;

use super::keyed;

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 8;

/// The code of a command: the same command gives the same code, and nobody without the key can tell it.
pub(crate) fn code(key: &[u8], command: Uuid) -> String {
    let bytes = keyed(key, &[b"invite code", command.as_bytes()]);
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte & 31)]);
    let letters: String = bytes[..LENGTH].iter().map(letter).collect();
    format!("{}-{}", &letters[..4], &letters[4..])
}

/// A code as somebody typed it, in the form that [`code`] gives; `None` if it cannot be one.
pub(crate) fn read_code(typed: &str) -> Option<String> {
    use unicode_normalization::UnicodeNormalization as _;
    let mut letters = String::with_capacity(LENGTH);
    for c in typed.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '−' | 'ー')) {
        let letter = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        if !u8::try_from(letter).is_ok_and(|byte| LETTERS.contains(&byte)) || letters.len() == LENGTH {
            return None;
        }
        letters.push(letter);
    }
    (letters.len() == LENGTH).then(|| format!("{}-{}", &letters[..4], &letters[4..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = code(b"key", Uuid::from_u128(7));
        assert_eq!(read_code(&code), Some(code.clone()));
        assert_eq!(read_code(&format!(" {} ", code.to_lowercase().replace('-', "　"))), Some(code.clone()));
        assert_eq!(read_code("oil0-0000"), read_code("0110-0000"));
        for typed in ["", "7K3Q", "7K3Q-9XVAA", "7K3Q-9XVU", "招待コード"] {
            assert_eq!(read_code(typed), None, "{typed}");
        }
        assert_ne!(code, super::code(b"key", Uuid::from_u128(8)));
        assert_ne!(code, super::code(b"other", Uuid::from_u128(7)));
    }

    proptest! {
        #[test]
        fn nothing_panics(typed in "\\PC{0,20}", id: u128) {
            let _ = read_code(&typed);
            let made = code(b"key", Uuid::from_u128(id));
            prop_assert_eq!(read_code(&made), Some(made));
        }
    }
}
