//! Kits (避難所キット) before their centre: the code that enrols one, and the signature under every request of one.
//!
//! A request is signed over method, path, body, time and a nonce. A kit's clock may be years off, so a time that is not the
//! centre's is answered with the centre's, and the kit asks again in that time; the nonce makes a captured request useless.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use kernel::hex;

/// The scheme of the `authorization` header.
const SCHEME: &str = "Mamori-Kit ";
/// How far a request's time may be from the centre's, in milliseconds.
pub(crate) const NEAR_MS: i64 = 5 * 60 * 1000;
/// Crockford's letters: no I, L, O, U.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The signature under a request (要求の署名).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub kit: Uuid,
    pub time_ms: i64,
    pub nonce: String,
    signature: String,
}

/// The key with which a kit signs (キットの署名鍵).
#[derive(Debug)]
pub struct RequestKey(EcdsaKeyPair);

impl RequestKey {
    /// A key of its PKCS#8 form; `None` if it is none.
    pub fn from_pkcs8(bytes: &[u8]) -> Option<Self> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes).ok().map(Self)
    }

    /// A fresh key in its PKCS#8 form.
    pub fn generate() -> Option<Vec<u8>> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).ok()?;
        Some(made.as_ref().to_vec())
    }

    /// The public half: the uncompressed point in base64url.
    pub fn public(&self) -> String {
        use aws_lc_rs::signature::KeyPair as _;
        B64.encode(self.0.public_key().as_ref())
    }

    /// Signs a message that names its purpose; base64url.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<String> {
        Some(B64.encode(self.0.sign(&SystemRandom::new(), message).ok()?.as_ref()))
    }

    /// The `authorization` of a request.
    pub fn authorization(&self, kit: Uuid, path: &str, body: &[u8], time_ms: i64, nonce: &str) -> Option<String> {
        let signature = self.sign(text(kit, path, body, time_ms, nonce).as_bytes())?;
        Some(format!("{SCHEME}{kit}:{time_ms}:{nonce}:{signature}"))
    }
}

impl Proof {
    /// Reads an `authorization` header; `None` when it is not a kit's.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let mut parts = header.strip_prefix(SCHEME)?.split(':');
        let proof = Self {
            kit: parts.next()?.parse().ok()?,
            time_ms: parts.next()?.parse().ok()?,
            nonce: parts.next().filter(|nonce| (8..=64).contains(&nonce.len()))?.to_owned(),
            signature: parts.next()?.to_owned(),
        };
        parts.next().is_none().then_some(proof)
    }

    /// Whether the key (uncompressed point in base64url) signed this request.
    pub(crate) fn holds(&self, key: &str, path: &str, body: &[u8]) -> bool {
        verifies(key, text(self.kit, path, body, self.time_ms, &self.nonce).as_bytes(), &self.signature)
    }
}

/// What the envelope of a kit's protection key is bound to.
pub fn key_context(kit: Uuid) -> String {
    format!("kit:{kit}")
}

/// Whether the key (uncompressed point in base64url) signed the message.
pub(crate) fn verifies(key: &str, message: &[u8], signature: &str) -> bool {
    let (Ok(key), Ok(signature)) = (B64.decode(key), B64.decode(signature)) else { return false };
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(message, &signature).is_ok()
}

/// Every request of a kit is a POST.
fn text(kit: Uuid, path: &str, body: &[u8], time_ms: i64, nonce: &str) -> String {
    let body = hex(&Sha256::digest(body));
    format!("mamori kit request 1\nPOST\n{path}\n{body}\n{kit}\n{time_ms}\n{nonce}")
}

/// A code as it is read over a telephone: three groups of four, 60 bits.
pub(crate) fn code(random: [u8; 12]) -> String {
    let letters: Vec<char> = random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What the centre keeps of a code, however it was typed.
pub(crate) fn code_hash(typed: &str) -> [u8; 32] {
    let letter = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).map(letter).collect();
    Sha256::digest(plain.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_signed_as_a_whole() {
        let key = RequestKey::from_pkcs8(&RequestKey::generate().unwrap()).unwrap();
        let other = RequestKey::from_pkcs8(&RequestKey::generate().unwrap()).unwrap();
        let kit = Uuid::from_u128(7);
        let header = key.authorization(kit, "/api/x", b"{}", 5, "nonce-nonce").unwrap();
        let proof = Proof::parse(&header).unwrap();
        assert_eq!((proof.kit, proof.time_ms, proof.nonce.as_str()), (kit, 5, "nonce-nonce"));
        assert!(proof.holds(&key.public(), "/api/x", b"{}"));
        assert!(!proof.holds(&other.public(), "/api/x", b"{}"));
        assert!(!proof.holds(&key.public(), "/api/y", b"{}"));
        assert!(!proof.holds(&key.public(), "/api/x", b"[]"));
        assert!(!Proof { time_ms: 6, ..proof.clone() }.holds(&key.public(), "/api/x", b"{}"));
        assert!(!Proof { nonce: "nonce-other".into(), ..proof.clone() }.holds(&key.public(), "/api/x", b"{}"));
        assert!(!Proof { kit: Uuid::from_u128(8), ..proof }.holds(&key.public(), "/api/x", b"{}"));
        for header in ["", "Bearer x", "Mamori-Kit x", "Mamori-Kit 1:2:3:4", &format!("{header}:5")] {
            assert!(Proof::parse(header).is_none(), "{header}");
        }
    }

    #[test]
    fn a_code_survives_being_read_aloud() {
        let made = code([0, 1, 17, 31, 32, 24, 255, 9, 8, 7, 6, 5]);
        assert_eq!(made, "01HZ-0RZ9-8765");
        for typed in ["01HZ-0RZ9-8765", "o1hz 0rz9 8765", "OIHZ0RZ98765", "0lhz-0rz9-8765"] {
            assert_eq!(code_hash(typed), code_hash(&made), "{typed}");
        }
        assert_ne!(code_hash("01HZ-0RZ9-8766"), code_hash(&made));
    }
}
