//! Hexadecimal digits, as hashes and keys are named.

/// The bytes in lower-case hexadecimal digits, two for each.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Bytes out of lower- or upper-case hexadecimal digits; nothing for any other text, or for more or fewer of them.
pub fn unhex<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    let digit = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = text.chars().take(BYTES * 2 + 1).map(digit).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    bytes.try_into().ok().filter(|_| digits.len() == BYTES * 2)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_byte_has_two_digits() {
        assert_eq!(super::hex(&[0, 9, 10, 255]), "00090aff");
        assert_eq!(super::hex(&[]), "");
    }

    #[test]
    fn only_so_many_digits_are_read() {
        assert_eq!(super::unhex("00090aFf"), Some([0, 9, 10, 255]));
        for text in ["", "00090af", "00090aff0", "+0090aff", "00090ag0", "０0090aff"] {
            assert_eq!(super::unhex::<4>(text), None, "{text}");
        }
    }
}
