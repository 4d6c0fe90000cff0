//! Who sends (VAPID, RFC 8292): a token signed with our key, one for each push service and half a day.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use kernel::Timestamp;
use parking_lot::Mutex;
use serde_json::json;

/// Push services refuse tokens that last longer than a day.
const LASTS: Duration = Duration::from_hours(12);
/// A new token is made when the old one has less than this left.
const RENEW: Duration = Duration::from_hours(6);

/// One of our keys (送信者の鍵).
pub struct Signer {
    pair: EcdsaKeyPair,
    public: String,
}

impl Signer {
    /// A fresh key as PKCS#8, to be kept sealed.
    pub fn fresh() -> anyhow::Result<Vec<u8>> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Ok(made.map_err(|_| anyhow::anyhow!("no key can be made"))?.as_ref().to_vec())
    }

    pub fn read(pkcs8: &[u8]) -> anyhow::Result<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8);
        let pair = pair.map_err(|error| anyhow::anyhow!("not a key: {error}"))?;
        let public = B64.encode(pair.public_key().as_ref());
        Ok(Self { pair, public })
    }

    /// The public half, as browsers take it for `applicationServerKey`.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The value of `Authorization` for a push service.
    pub fn authorization(&self, origin: &str, contact: &str, now: Timestamp) -> anyhow::Result<String> {
        let head = B64.encode(br#"{"typ":"JWT","alg":"ES256"}"#);
        let claims = json!({ "aud": origin, "exp": now.plus(LASTS).secs(), "sub": contact });
        let signed = format!("{head}.{}", B64.encode(claims.to_string()));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| anyhow::anyhow!("the key does not sign"))?;
        Ok(format!("vapid t={signed}.{}, k={}", B64.encode(signature.as_ref()), self.public))
    }
}

/// By key and push service: when it was made, and the token.
type Made = HashMap<(String, String), (Timestamp, Arc<str>)>;

/// Tokens made before, by key and push service (作った証明の控え).
#[derive(Default)]
pub struct Tokens {
    made: Mutex<Made>,
}

impl Tokens {
    /// The token for a push service, made when there is none or it soon ends.
    pub fn get(&self, signer: &Signer, origin: &str, contact: &str, now: Timestamp) -> anyhow::Result<Arc<str>> {
        let key = (signer.public.clone(), origin.to_owned());
        if let Some((since, token)) = self.made.lock().get(&key)
            && now.elapsed_since(*since) < RENEW
            && *since <= now
        {
            return Ok(token.clone());
        }
        let token: Arc<str> = signer.authorization(origin, contact, now)?.into();
        let mut made = self.made.lock();
        // Origins are few; a list that grows beyond reason is begun anew.
        if made.len() > 1_000 {
            made.clear();
        }
        made.insert(key, (now, token.clone()));
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    const ORIGIN: &str = "https://push.example.net";

    #[test]
    fn a_token_names_the_service_and_is_signed() {
        let signer = Signer::read(&Signer::fresh().unwrap()).unwrap();
        let now = Timestamp::from_secs(1_765_000_000);
        let value = signer.authorization(ORIGIN, "mailto:a@example.jp", now).unwrap();
        let token = value.strip_prefix("vapid t=").unwrap().split(", k=").next().unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let claims: serde_json::Value =
            serde_json::from_slice(&B64.decode(signed.split_once('.').unwrap().1).unwrap()).unwrap();
        assert_eq!(claims["aud"], ORIGIN);
        assert!(claims["exp"].as_i64().unwrap() - now.secs() <= 24 * 3600);
        let public = B64.decode(signer.public()).unwrap();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
        key.verify(signed.as_bytes(), &B64.decode(signature).unwrap()).unwrap();
    }

    #[test]
    fn a_token_serves_until_it_grows_old() {
        let (tokens, signer) = (Tokens::default(), Signer::read(&Signer::fresh().unwrap()).unwrap());
        let get = |origin: &str, hours: u64| {
            let now = Timestamp::from_secs(1_765_000_000).plus(Duration::from_hours(hours));
            tokens.get(&signer, origin, "mailto:a@example.jp", now).unwrap()
        };
        let first = get(ORIGIN, 0);
        assert_eq!(first, get(ORIGIN, 5));
        assert_ne!(first, get(ORIGIN, 7));
        assert_ne!(get(ORIGIN, 7), get("https://other.example.net", 7));
    }
}
