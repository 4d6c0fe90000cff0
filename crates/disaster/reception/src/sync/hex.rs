//! 32 bytes as 64 hex digits on the wire.

use kernel::{hex, unhex};
use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Writes them.
pub(super) fn serialize<S: Serializer>(bytes: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&hex(bytes))
}

/// Reads them.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
    unhex(&String::deserialize(from)?).ok_or_else(|| D::Error::custom("a hash is 64 hex digits"))
}
