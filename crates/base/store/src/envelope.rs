//! Envelopes (封書): sealed so that only those it is addressed to can read it. Whoever seals needs no secret.
//!
//! HPKE (RFC 9180) in base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, so that a browser does the same with
//! WebCrypto. The content is sealed once with a fresh key; that key is sealed to each addressee. Both name the context,
//! e.g. `event:<id>`: an envelope that is put into another event does not open.
//!
//! `tests/vectors/envelope.json` is opened by the tests of both sides.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{Infallible, TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::chance;

/// The form of envelopes that is written and read here.
pub const VERSION: u8 = 1;
/// Addressees of one envelope at most: a municipality, its older keys and its kits.
pub const MAX_ADDRESSEES: usize = 64;
/// What the sealed key of an envelope is for.
const INFO: &[u8] = b"mamori envelope 1";
/// What the sealed part of a phone's QR is for; see [`seal_once`].
pub const QR_INFO: &[u8] = b"mamori qr 1";

/// Something sealed, with the key to it sealed to each addressee (封書).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// [`VERSION`].
    pub v: u8,
    /// 12 bytes, base64url without padding, as all that follows.
    pub nonce: String,
    /// Ciphertext and tag.
    pub data: String,
    /// One for each addressee.
    #[serde(rename = "for")]
    pub addressees: Vec<Addressee>,
}

/// The key of an envelope, sealed to one public key (宛先).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    /// Which key opens it, [`PublicKey::kid`].
    pub to: String,
    /// The encapsulated key, 32 bytes.
    pub enc: String,
    /// The content key, sealed: 48 bytes.
    pub key: String,
}

/// Whom to seal to (宛先の公開鍵).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WireKey", into = "WireKey")]
pub struct PublicKey {
    point: [u8; 32],
    owner: String,
}

/// What opens (開封の鍵). Wiped from memory when dropped; shown nowhere.
#[derive(Clone)]
pub struct SecretKey {
    key: <X25519HkdfSha256 as Kem>::PrivateKey,
    point: [u8; 32],
}

/// `{"kid", "key", "owner"}`
#[derive(Serialize, Deserialize)]
struct WireKey {
    kid: String,
    key: String,
    owner: String,
}

/// Why something did not seal or open (封書の失敗). It says nothing about the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Nobody to seal to, or more than [`MAX_ADDRESSEES`].
    #[error("an envelope has 1 to {MAX_ADDRESSEES} addressees")]
    Addressees,
    /// Not addressed to this key.
    #[error("not addressed to this key")]
    NotAddressed,
    /// Altered, cut, or moved out of its context.
    #[error("does not open here")]
    Broken,
    /// Sealed in a form of a later program.
    #[error("sealed in an unknown form {0}")]
    Format(u8),
    /// Not a public key of X25519, or its `kid` is another key's.
    #[error("not a public key")]
    Key,
    /// The system gave no randomness.
    #[error("no randomness")]
    Random,
}

type Enc = <X25519HkdfSha256 as Kem>::EncappedKey;

impl Envelope {
    /// Whether this key is among the addressees.
    pub fn is_for(&self, kid: &str) -> bool {
        self.addressees.iter().any(|addressee| addressee.to == kid)
    }
}

impl PublicKey {
    /// A key of 32 bytes; `owner` is e.g. `municipality:02203` or `kit:<uuid>`.
    pub fn new(point: [u8; 32], owner: impl Into<String>) -> Self {
        Self { point, owner: owner.into() }
    }

    /// The 32 bytes.
    pub fn point(&self) -> &[u8; 32] {
        &self.point
    }

    /// Whose key it says it is.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The key's short name: the first 16 hex digits of the SHA-256 of its bytes.
    pub fn kid(&self) -> String {
        kid(&self.point)
    }
}

impl SecretKey {
    /// A fresh key.
    pub fn generate() -> Result<Self, EnvelopeError> {
        let mut bytes = Zeroizing::new([0; 32]);
        chance::fill(bytes.as_mut_slice()).map_err(|_| EnvelopeError::Random)?;
        Self::from_bytes(bytes.as_slice())
    }

    /// A key that was kept.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let key = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(bytes).map_err(|_| EnvelopeError::Key)?;
        let mut point = [0; 32];
        X25519HkdfSha256::sk_to_pk(&key).write_exact(&mut point);
        Ok(Self { key, point })
    }

    /// The 32 bytes, to be sealed and kept. Never to be logged.
    pub fn expose(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.key.write_exact(bytes.as_mut_slice());
        bytes
    }

    /// What others seal to.
    pub fn public(&self, owner: impl Into<String>) -> PublicKey {
        PublicKey::new(self.point, owner)
    }

    /// The short name of its public key.
    pub fn kid(&self) -> String {
        kid(&self.point)
    }
}

/// Seals `plain` to every one of `to`, for this context alone (封をする).
pub fn seal(context: &str, plain: &[u8], to: &[PublicKey]) -> Result<Envelope, EnvelopeError> {
    if to.is_empty() || to.len() > MAX_ADDRESSEES {
        return Err(EnvelopeError::Addressees);
    }
    let (mut content_key, mut nonce) = (Zeroizing::new([0; 32]), [0; 12]);
    chance::fill(content_key.as_mut_slice()).map_err(|_| EnvelopeError::Random)?;
    chance::fill(&mut nonce).map_err(|_| EnvelopeError::Random)?;
    let mut data = plain.to_vec();
    cipher(&content_key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context.as_bytes()), &mut data)
        .map_err(|_| EnvelopeError::Broken)?;
    let addressee = |to: &PublicKey| {
        let (enc, key) = seal_once(to, INFO, context.as_bytes(), content_key.as_slice())?;
        Ok(Addressee { to: to.kid(), enc: BASE64.encode(enc), key: BASE64.encode(key) })
    };
    let addressees = to.iter().map(addressee).collect::<Result<_, EnvelopeError>>()?;
    Ok(Envelope { v: VERSION, nonce: BASE64.encode(nonce), data: BASE64.encode(data), addressees })
}

/// Opens an envelope in the context it was sealed for (開封する). The plaintext is wiped when dropped.
pub fn open(context: &str, envelope: &Envelope, secret: &SecretKey) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    if envelope.v != VERSION {
        return Err(EnvelopeError::Format(envelope.v));
    }
    if envelope.addressees.len() > MAX_ADDRESSEES {
        return Err(EnvelopeError::Addressees);
    }
    let kid = secret.kid();
    let mine = envelope.addressees.iter().find(|addressee| addressee.to == kid).ok_or(EnvelopeError::NotAddressed)?;
    let content_key = open_once(secret, INFO, context.as_bytes(), &bytes(&mine.enc)?, &bytes(&mine.key)?)?;
    let content_key: &[u8; 32] = content_key.as_slice().try_into().map_err(|_| EnvelopeError::Broken)?;
    let nonce: [u8; 12] = bytes(&envelope.nonce)?.try_into().map_err(|_| EnvelopeError::Broken)?;
    let mut data = Zeroizing::new(bytes(&envelope.data)?);
    let length = cipher(content_key)?
        .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(context.as_bytes()), &mut data)
        .map_err(|_| EnvelopeError::Broken)?
        .len();
    data.truncate(length);
    Ok(data)
}

/// Seals to one key without an envelope, where every byte counts, e.g. in a QR: the encapsulated key (32 bytes), and the
/// ciphertext with its tag.
pub fn seal_once(to: &PublicKey, info: &[u8], aad: &[u8], plain: &[u8]) -> Result<([u8; 32], Vec<u8>), EnvelopeError> {
    let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&to.point).map_err(|_| EnvelopeError::Key)?;
    let mut chance = Chance { gave: true };
    let sealed = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &key,
        info,
        plain,
        aad,
        &mut chance,
    );
    if !chance.gave {
        return Err(EnvelopeError::Random);
    }
    let (enc, data) = sealed.map_err(|_| EnvelopeError::Key)?;
    let mut point = [0; 32];
    enc.write_exact(&mut point);
    Ok((point, data))
}

/// Opens what [`seal_once`] sealed.
pub fn open_once(
    secret: &SecretKey,
    info: &[u8],
    aad: &[u8],
    enc: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let enc = Enc::from_bytes(enc).map_err(|_| EnvelopeError::Broken)?;
    hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &secret.key,
        &enc,
        info,
        sealed,
        aad,
    )
    .map(Zeroizing::new)
    .map_err(|_| EnvelopeError::Broken)
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.kid())
    }
}

impl From<PublicKey> for WireKey {
    fn from(key: PublicKey) -> Self {
        Self { kid: key.kid(), key: BASE64.encode(key.point), owner: key.owner }
    }
}

impl TryFrom<WireKey> for PublicKey {
    type Error = EnvelopeError;

    fn try_from(wire: WireKey) -> Result<Self, EnvelopeError> {
        let point = BASE64.decode(&wire.key).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(EnvelopeError::Key)?;
        let key = Self::new(point, wire.owner);
        if key.kid() == wire.kid { Ok(key) } else { Err(EnvelopeError::Key) }
    }
}

/// The store's randomness as HPKE asks for it. Whether it gave is looked at afterwards, before anything is handed out.
struct Chance {
    gave: bool,
}

impl TryRng for Chance {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.gave &= chance::fill(bytes).is_ok();
        Ok(())
    }
}

impl TryCryptoRng for Chance {}

fn kid(point: &[u8; 32]) -> String {
    kernel::hex(&Sha256::digest(point)[..8])
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, EnvelopeError> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| EnvelopeError::Key)
}

fn bytes(text: &str) -> Result<Vec<u8>, EnvelopeError> {
    BASE64.decode(text).map_err(|_| EnvelopeError::Broken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn key() -> SecretKey {
        SecretKey::generate().unwrap()
    }

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../tests/vectors/envelope.json")).unwrap()
    }

    fn secret_of(vector: &Value) -> SecretKey {
        SecretKey::from_bytes(&bytes(vector["secret"].as_str().unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn envelopes_of_this_and_the_other_implementation_open() {
        let vectors = vectors();
        let envelopes = vectors["envelopes"].as_array().unwrap();
        assert!(envelopes.len() >= 2);
        for vector in envelopes {
            let (name, secret) = (&vector["name"], secret_of(vector));
            let public: PublicKey = serde_json::from_value(vector["public"].clone()).unwrap();
            assert_eq!(secret.public(public.owner()), public, "{name}");
            let envelope: Envelope = serde_json::from_value(vector["envelope"].clone()).unwrap();
            let plain = open(vector["context"].as_str().unwrap(), &envelope, &secret).unwrap();
            assert_eq!(std::str::from_utf8(&plain).unwrap(), vector["plain"].as_str().unwrap(), "{name}");
            assert_eq!(serde_json::to_value(&envelope).unwrap(), vector["envelope"], "{name}");
        }
    }

    #[test]
    fn sealed_parts_of_a_qr_of_this_and_the_other_implementation_open() {
        let vectors = vectors();
        let singles = vectors["qr"].as_array().unwrap();
        assert!(singles.len() >= 2);
        for vector in singles {
            let part = |name: &str| bytes(vector[name].as_str().unwrap()).unwrap();
            let plain = open_once(&secret_of(vector), QR_INFO, &part("token"), &part("enc"), &part("sealed")).unwrap();
            assert_eq!(std::str::from_utf8(&plain).unwrap(), vector["plain"].as_str().unwrap(), "{}", vector["name"]);
        }
    }

    #[test]
    fn every_addressee_opens_it_and_nobody_else() {
        let (town, kit, stranger) = (key(), key(), key());
        let to = [town.public("municipality:02203"), kit.public("kit:1")];
        let envelope = seal("event:1", "青森 花子".as_bytes(), &to).unwrap();
        for secret in [&town, &kit] {
            assert_eq!(open("event:1", &envelope, secret).unwrap().as_slice(), "青森 花子".as_bytes());
            assert!(envelope.is_for(&secret.kid()));
        }
        assert_eq!(open("event:1", &envelope, &stranger), Err(EnvelopeError::NotAddressed));
        let mut readdressed = envelope.clone();
        readdressed.addressees[0].to = stranger.kid();
        assert_eq!(open("event:1", &readdressed, &stranger), Err(EnvelopeError::Broken));
        assert_eq!(seal("event:1", b"x", &[]), Err(EnvelopeError::Addressees));
    }

    #[test]
    fn an_envelope_in_anothers_place_does_not_open() {
        let town = key();
        let to = [town.public("municipality:02203")];
        let (one, two) = (seal("event:1", b"one", &to).unwrap(), seal("event:2", b"two", &to).unwrap());
        assert_eq!(open("event:2", &one, &town), Err(EnvelopeError::Broken));
        assert_eq!(open("event:1", &two, &town), Err(EnvelopeError::Broken));
        let mixed = Envelope { data: two.data.clone(), nonce: two.nonce.clone(), ..one.clone() };
        assert_eq!(open("event:1", &mixed, &town), Err(EnvelopeError::Broken));
        let borrowed = Envelope { addressees: two.addressees, ..one };
        assert_eq!(open("event:1", &borrowed, &town), Err(EnvelopeError::Broken));
    }

    #[test]
    fn what_is_cut_or_of_a_later_form_says_so() {
        let town = key();
        let whole = seal("event:1", b"content", &[town.public("x")]).unwrap();
        let later = Envelope { v: 2, ..whole.clone() };
        assert_eq!(open("event:1", &later, &town), Err(EnvelopeError::Format(2)));
        for cut in [
            Envelope { data: whole.data[..8].to_owned(), ..whole.clone() },
            Envelope { data: String::new(), ..whole.clone() },
            Envelope { nonce: whole.nonce[..8].to_owned(), ..whole.clone() },
            Envelope { nonce: "?".to_owned(), ..whole.clone() },
        ] {
            assert_eq!(open("event:1", &cut, &town), Err(EnvelopeError::Broken));
        }
    }

    #[test]
    fn a_key_under_anothers_name_and_the_empty_point_are_refused() {
        let mut wire = serde_json::to_value(key().public("kit:1")).unwrap();
        wire["kid"] = "0000000000000000".into();
        assert!(serde_json::from_value::<PublicKey>(wire).is_err());
        assert_eq!(seal("c", b"x", &[PublicKey::new([0; 32], "kit:1")]), Err(EnvelopeError::Key));
    }

    #[test]
    fn secret_keys_do_not_show_in_debug_output() {
        let secret = SecretKey::from_bytes(&[7; 32]).unwrap();
        assert_eq!(format!("{secret:?}"), format!("SecretKey({})", secret.kid()));
        assert_eq!(SecretKey::from_bytes(secret.expose().as_slice()).unwrap().kid(), secret.kid());
        assert_eq!(SecretKey::from_bytes(&[7; 31]).unwrap_err(), EnvelopeError::Key);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_flipped_bit_is_noticed(plain in prop::collection::vec(any::<u8>(), 0..64), part in 0..4_usize, at in any::<prop::sample::Index>(), bit in 0..8_u32) {
            let secret = SecretKey::from_bytes(&[9; 32]).unwrap();
            let whole = seal("event:1", &plain, &[secret.public("x")]).unwrap();
            let opened = open("event:1", &whole, &secret).unwrap();
            prop_assert_eq!(opened.as_slice(), plain.as_slice());
            let mut altered = whole.clone();
            let mine = &mut altered.addressees[0];
            let text = [&mut altered.data, &mut altered.nonce, &mut mine.enc, &mut mine.key].into_iter().nth(part).unwrap();
            let mut raw = bytes(text).unwrap();
            let index = at.index(raw.len());
            raw[index] ^= 1_u8 << bit;
            // The highest bit of an X25519 point is not part of it (RFC 7748), but HPKE binds the bytes.
            *text = BASE64.encode(raw);
            prop_assert_eq!(open("event:1", &altered, &secret), Err(EnvelopeError::Broken));
        }

        #[test]
        fn no_bytes_panic(text in "\\PC{0,80}", nonce in prop::collection::vec(any::<u8>(), 0..16), data in prop::collection::vec(any::<u8>(), 0..64), enc in prop::collection::vec(any::<u8>(), 0..40), sealed in prop::collection::vec(any::<u8>(), 0..60)) {
            let secret = SecretKey::from_bytes(&[9; 32]).unwrap();
            let _ = serde_json::from_str::<Envelope>(&text);
            let _ = serde_json::from_str::<PublicKey>(&text);
            let envelope = Envelope {
                v: VERSION,
                nonce: BASE64.encode(&nonce),
                data: BASE64.encode(&data),
                addressees: vec![Addressee { to: secret.kid(), enc: BASE64.encode(&enc), key: BASE64.encode(&sealed) }],
            };
            prop_assert!(open(&text, &envelope, &secret).is_err());
            prop_assert!(open_once(&secret, QR_INFO, text.as_bytes(), &enc, &sealed).is_err());
        }
    }
}
