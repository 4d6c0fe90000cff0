//! Message encryption for Web Push: aes128gcm (RFC 8188) under keys agreed with the browser (RFC 8291).
//!
//! Each message has a key pair and a salt of its own; nothing is kept that would open it later.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::rand;

/// The record size that RFC 8291 asks for; a message is one record.
const RECORD: u32 = 4_096;
/// The longest text that fits into one record with delimiter and tag, and into 4096 bytes with the head.
const LONGEST: usize = 4_096 - HEAD - 17;
const HEAD: usize = 16 + 4 + 1 + 65;

/// A sealed message, ready to be the body of a request (封をした通知).
pub type Sealed = Vec<u8>;

/// Why a message cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsealable {
    #[error("the browser's key is no point of P-256")]
    Key,
    #[error("the message is longer than {LONGEST} bytes")]
    TooLong,
    #[error("the library refused")]
    Library,
}

/// Seals `plain` for the browser with this key and secret.
pub fn seal(browser: &[u8; 65], auth: &[u8; 16], plain: &[u8]) -> Result<Sealed, Unsealable> {
    let ours = PrivateKey::generate(&ECDH_P256).map_err(|_| Unsealable::Library)?;
    let mut salt = [0; 16];
    rand::fill(&mut salt).map_err(|_| Unsealable::Library)?;
    seal_with(&ours, &salt, browser, auth, plain)
}

/// The same with a key pair and salt made before: each may serve for one message only.
pub fn seal_with(
    ours: &PrivateKey,
    salt: &[u8; 16],
    browser: &[u8; 65],
    auth: &[u8; 16],
    plain: &[u8],
) -> Result<Sealed, Unsealable> {
    if plain.len() > LONGEST {
        return Err(Unsealable::TooLong);
    }
    let public = ours.compute_public_key().map_err(|_| Unsealable::Library)?;
    let public = public.as_ref();
    let peer = UnparsedPublicKey::new(&ECDH_P256, browser);
    let input = agree(ours, peer, Unsealable::Key, |secret| {
        let mut info = Vec::with_capacity(14 + 65 + 65 + 1);
        info.extend_from_slice(b"WebPush: info\0");
        info.extend_from_slice(browser);
        info.extend_from_slice(public);
        info.push(1);
        Ok(mac(&mac(auth, secret), &info))
    })?;
    let base = mac(salt, &input);
    let key = mac(&base, b"Content-Encoding: aes128gcm\0\x01");
    let nonce = mac(&base, b"Content-Encoding: nonce\0\x01");
    let mut nonce_bytes = [0; 12];
    nonce_bytes.copy_from_slice(&nonce[..12]);

    let mut text = Vec::with_capacity(plain.len() + 17);
    text.extend_from_slice(plain);
    // The delimiter of the last record.
    text.push(2);
    let key = UnboundKey::new(&AES_128_GCM, &key[..16]).map_err(|_| Unsealable::Library)?;
    LessSafeKey::new(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce_bytes), Aad::empty(), &mut text)
        .map_err(|_| Unsealable::Library)?;

    let mut sealed = Vec::with_capacity(HEAD + text.len());
    sealed.extend_from_slice(salt);
    sealed.extend_from_slice(&RECORD.to_be_bytes());
    sealed.push(65);
    sealed.extend_from_slice(public);
    sealed.extend_from_slice(&text);
    Ok(sealed)
}

fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(&hmac::Key::new(HMAC_SHA256, key), text).as_ref());
    out
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;

    use super::*;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        B64.decode(text).unwrap().try_into().unwrap()
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_example_of_the_rfc_is_met_to_the_byte() {
        let ours: [u8; 32] = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let ours = PrivateKey::from_private_key(&ECDH_P256, &ours).unwrap();
        let browser = bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw");
        let sealed = seal_with(&ours, &salt, &browser, &auth, b"When I grow up, I want to be a watermelon").unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml\
            mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT\
            pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(B64.encode(sealed), expected);
    }

    #[test]
    fn no_two_messages_are_alike_and_bad_keys_are_refused() {
        let browser = bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let (a, b) = (seal(&browser, &auth, b"x").unwrap(), seal(&browser, &auth, b"x").unwrap());
        assert_ne!(a[..16], b[..16]);
        assert_ne!(a[21..86], b[21..86]);
        assert_eq!(seal(&[4; 65], &auth, b"x"), Err(Unsealable::Key));
        assert_eq!(seal(&browser, &auth, &[0; LONGEST + 1]), Err(Unsealable::TooLong));
        assert_eq!(seal(&browser, &auth, &[0; LONGEST]).unwrap().len(), 4_096);
    }
}
