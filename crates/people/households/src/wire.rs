//! How hashes and subjects travel to a kit: as hexadecimal digits.

use kernel::hex;

/// 16 or 32 bytes out of their hexadecimal digits.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

/// A list of hashes.
pub(crate) mod hashes {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<const N: usize, S: Serializer>(list: &[[u8; N]], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(list.iter().map(|hash| super::hex(hash)))
    }

    pub(crate) fn deserialize<'de, const N: usize, D: Deserializer<'de>>(from: D) -> Result<Vec<[u8; N]>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|text| super::bytes(text).ok_or_else(|| D::Error::custom("not a hash"))).collect()
    }
}

/// Tokens, each with whether it was taken back.
pub(crate) mod tokens {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::model::Mark;

    pub(crate) fn serialize<S: Serializer>(list: &[(Mark, bool)], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(list.iter().map(|(mark, revoked)| (super::hex(mark), revoked)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(Mark, bool)>, D::Error> {
        let all = Vec::<(String, bool)>::deserialize(from)?;
        let read = |(text, revoked): (String, bool)| super::bytes(&text).map(|mark| (mark, revoked));
        all.into_iter().map(|one| read(one).ok_or_else(|| D::Error::custom("not a hash"))).collect()
    }
}

/// A household's subject.
pub(crate) mod subject {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(subject: &u128, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&super::hex(&subject.to_be_bytes()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u128, D::Error> {
        let text = String::deserialize(from)?;
        super::bytes(&text).map(u128::from_be_bytes).ok_or_else(|| D::Error::custom("not a subject"))
    }
}
