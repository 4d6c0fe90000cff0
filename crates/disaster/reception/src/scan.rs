//! What a desk scans (受付コードの読み取り): paper, card or phone. Reading never refuses: what is doubtful lowers the assurance.

use std::io::Read as _;

use flate2::read::DeflateDecoder;
use households::{Household, Token};
use kernel::Timestamp;
use serde::Serialize;
use store::envelope::{QR_INFO, SecretKey, open_once};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use kernel::hex;

/// What a phone's code begins with.
const PHONE: &str = "M2:";
/// How far a phone's clock and the desk's may be apart.
const FRESH_MINUTES: i64 = 15;
/// A household of forty with everything filled in stays far below.
const MOST_BYTES: u64 = 256 * 1024;
/// 0x01 ‖ token ‖ subject ‖ minute ‖ kid ‖ enc ‖ length.
const HEAD: usize = 1 + 16 + 16 + 4 + 8 + 32 + 2;
const SIGNATURE: usize = 64;
/// How cards are written; phones have the same text.
const WORDS: &[u8] = include_bytes!("phone-code-dictionary.txt");

/// Why a code does not say as much as it could (受付コードの注意).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ReceptionFlag)]
pub(crate) enum Flag {
    /// A phone's code that was made more than a quarter of an hour ago, or later.
    Stale,
    /// No registered household has it.
    Unknown,
    /// It was taken back.
    Revoked,
    /// The signature is none of the household's devices.
    Forged,
    /// It is sealed to another municipality, or of a family that lives in one.
    Foreign,
    /// No code of ours at all.
    Unreadable,
}

/// A code as it was read.
#[derive(Debug, Clone)]
pub(crate) enum Code {
    /// Paper, or a card whose reader gave the token.
    Token(Token),
    Phone(Box<PhoneCode>),
    Unreadable,
}

/// The code that a phone shows.
#[derive(Debug, Clone)]
pub(crate) struct PhoneCode {
    pub(crate) token: Token,
    pub(crate) subject: u128,
    minute: u32,
    /// Whose key it is sealed to, 16 hex digits.
    pub(crate) kid: String,
    enc: [u8; 32],
    sealed: Vec<u8>,
    signed: Vec<u8>,
    signature: [u8; SIGNATURE],
}

impl Code {
    /// Reads what a scanner gave or somebody typed.
    pub(crate) fn read(text: &str) -> Self {
        let text = text.trim();
        if let Some(token) = Token::parse(text) {
            return Self::Token(token);
        }
        let phone = text.strip_prefix(PHONE).or_else(|| text.strip_prefix("m2:"));
        phone
            .and_then(|rest| PhoneCode::read(&base45(rest)?))
            .map_or(Self::Unreadable, |code| Self::Phone(Box::new(code)))
    }
}

impl PhoneCode {
    fn read(bytes: &[u8]) -> Option<Self> {
        let head = bytes.get(..HEAD)?;
        if head[0] != 1 {
            return None;
        }
        let array = |at: usize| head.get(at..at + 16)?.try_into().ok();
        let length = usize::from(u16::from_be_bytes([head[HEAD - 2], head[HEAD - 1]]));
        if bytes.len() != HEAD + length + SIGNATURE {
            return None;
        }
        let (signed, signature) = bytes.split_at(HEAD + length);
        Some(Self {
            token: Token::new(array(1)?),
            subject: u128::from_be_bytes(array(17)?),
            minute: u32::from_be_bytes(head[33..37].try_into().ok()?),
            kid: kernel::hex(&head[37..45]),
            enc: head[45..77].try_into().ok()?,
            sealed: signed[HEAD..].to_vec(),
            signed: signed.to_vec(),
            signature: signature.try_into().ok()?,
        })
    }

    /// Whether it was made within a quarter of an hour.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        (now.secs().div_euclid(60) - i64::from(self.minute)).abs() <= FRESH_MINUTES
    }

    /// Whether one of these keys (65 bytes, uncompressed) signed it.
    pub(crate) fn is_signed_by(&self, points: &[Vec<u8>]) -> bool {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
        let by = |point: &Vec<u8>| {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(&self.signed, &self.signature).is_ok()
        };
        points.iter().any(by)
    }

    /// Whether a key with one of these hashes (SHA-256 in hex) signed it: all that a kit's roster has. The signature itself
    /// says which keys could have made it.
    pub(crate) fn is_signed_by_one_of(&self, hashes: &[String]) -> bool {
        use p256::ecdsa::{RecoveryId, Signature, VerifyingKey};
        use sha2::{Digest as _, Sha256};
        let Ok(signature) = Signature::from_slice(&self.signature) else { return false };
        let digest = Sha256::digest(&self.signed);
        let made_by = |half: u8| {
            let id = RecoveryId::from_byte(half)?;
            VerifyingKey::recover_from_prehash(&digest, &signature, id).ok()
        };
        let keys = (0..4).filter_map(made_by);
        keys.map(|key| hex(&Sha256::digest(key.to_sec1_point(false).as_bytes()))).any(|hash| hashes.contains(&hash))
    }

    /// What the phone said of the family; `None` when the key is another's or the bytes are no household.
    pub(crate) fn open(&self, key: &SecretKey) -> Option<Household> {
        let packed = open_once(key, QR_INFO, self.token.bytes(), &self.enc, &self.sealed).ok()?;
        let mut plain = Zeroizing::new(Vec::new());
        let stream = words_first()?.chain(packed.as_slice());
        DeflateDecoder::new(stream).take(MOST_BYTES + 1).read_to_end(&mut plain).ok()?;
        let small = u64::try_from(plain.len()).is_ok_and(|length| length <= MOST_BYTES);
        serde_json::from_slice(plain.get(WORDS.len()..).filter(|_| small)?).ok()
    }
}

/// What the packing of a card begins with, as a stored block of deflate (RFC 1951): no decoder here takes a dictionary.
fn words_first() -> Option<std::io::Cursor<Vec<u8>>> {
    let length = u16::try_from(WORDS.len()).ok()?;
    let mut block = vec![0];
    block.extend(length.to_le_bytes());
    block.extend((!length).to_le_bytes());
    block.extend(WORDS);
    Some(std::io::Cursor::new(block))
}

/// Base45 (RFC 9285), as QR codes carry bytes.
fn base45(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let digit = |letter: &u8| LETTERS.iter().position(|known| known == letter);
    let digits: Vec<usize> = text.as_bytes().iter().map(digit).collect::<Option<_>>()?;
    let mut bytes = Vec::with_capacity(digits.len() * 2 / 3);
    for chunk in digits.chunks(3) {
        match chunk {
            [a, b, c] => bytes.extend(u16::try_from(a + b * 45 + c * 45 * 45).ok()?.to_be_bytes()),
            [a, b] => bytes.push(u8::try_from(a + b * 45).ok()?),
            _ => return None,
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn base45_is_that_of_the_rfc() {
        for (text, bytes) in
            [("BB8", "AB"), ("%69 VD92EX0", "Hello!!"), ("UJCLQE7W581", "base-45"), ("QED8WEX0", "ietf!")]
        {
            assert_eq!(base45(text).as_deref(), Some(bytes.as_bytes()));
        }
        for wrong in ["GGW", ":::", "A", "ab", "あ"] {
            assert_eq!(base45(wrong), None, "{wrong}");
        }
    }

    /// The browser's tests draw and open the same one.
    #[test]
    fn a_phones_code_is_read_as_the_phone_drew_it() {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
        let drawn: serde_json::Value = serde_json::from_str(include_str!("../tests/vectors/phone-code.json")).unwrap();
        let bytes = |field: &str| B64.decode(drawn[field].as_str().unwrap()).unwrap();
        let text = drawn["text"].as_str().unwrap();
        assert!(text.len() <= 758, "more than version 15 at level L holds: {}", text.len());
        let Code::Phone(code) = Code::read(text) else { panic!("no phone's code") };
        let at = Timestamp::parse(drawn["at"].as_str().unwrap()).unwrap();
        assert!(code.is_fresh(at) && !code.is_fresh(at.plus(std::time::Duration::from_mins(17))));
        assert!(code.is_signed_by(&[bytes("signer")]));
        let key = SecretKey::from_bytes(&bytes("secret")).unwrap();
        let household = code.open(&key).expect("sealed to this key");
        assert_eq!(household, serde_json::from_value(drawn["household"].clone()).unwrap());
    }

    #[test]
    fn what_is_no_code_is_unreadable() {
        for text in ["", "M1:", "M2:", "M2:BB8", "https://example.jp", "受付", "M3:0000", &"0".repeat(5_000)] {
            assert!(matches!(Code::read(text), Code::Unreadable), "{text}");
        }
        let token = Token::new([7; 16]);
        assert!(matches!(Code::read(&format!(" m1:{} ", token.reveal())), Code::Token(read) if read == token));
    }

    proptest! {
        #[test]
        fn no_code_panics(text in "(M2:)?[0-9A-Z $%*+./:-]{0,400}", raw in "\\PC{0,80}") {
            let _ = (Code::read(&text), Code::read(&raw));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, length in 0_u16..200) {
            let mut whole = vec![1; HEAD - 2];
            whole.extend(length.to_be_bytes());
            whole.extend(bytes);
            if let Some(code) = PhoneCode::read(&whole) {
                prop_assert_eq!(code.sealed.len(), usize::from(length));
                prop_assert!(!code.is_signed_by(&[vec![4; 65]]));
                prop_assert!(code.open(&SecretKey::generate().unwrap()).is_none());
            }
        }
    }
}
