//! 32 bytes as 64 hex digits on the wire.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Writes them.
pub(super) fn serialize<S: Serializer>(bytes: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&text(bytes))
}

/// Reads them.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
    bytes(&String::deserialize(from)?).ok_or_else(|| D::Error::custom(WRONG))
}

const WRONG: &str = "a hash is 64 hex digits";

fn text(bytes: &[u8; 32]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.map(|half| char::from(b"0123456789abcdef"[usize::from(half)])).collect()
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    let digit = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = text.chars().map(digit).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    bytes.try_into().ok().filter(|_| digits.len() == 64)
}
