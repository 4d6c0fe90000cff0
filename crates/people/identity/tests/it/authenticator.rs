//! A software authenticator: as much of CTAP and of the browser as a passkey ceremony needs, written from the WebAuthn text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

/// One key of one person on one site, and what can be made to go wrong with it.
#[derive(Clone)]
pub(crate) struct Authenticator {
    key: SigningKey,
    credential: Vec<u8>,
    user_handle: Vec<u8>,
    pub(crate) origin: String,
    pub(crate) counter: u32,
    pub(crate) verifies_user: bool,
}

impl Authenticator {
    /// `seed` makes the key; two seeds, two keys.
    pub(crate) fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[seed; 32]).expect("a scalar"),
            credential: vec![seed; 16],
            user_handle: Vec::new(),
            origin: "http://localhost".to_owned(),
            counter: 0,
            verifies_user: true,
        }
    }

    /// `navigator.credentials.create({ publicKey })`
    pub(crate) fn create(&mut self, public_key: &Value) -> Value {
        self.user_handle = B64.decode(public_key["user"]["id"].as_str().expect("user id")).expect("base64url");
        let mut auth_data = self.auth_data(public_key["rp"]["id"].as_str().expect("rp id"), HAS_CREDENTIAL);
        auth_data.extend([0; 16]);
        auth_data.extend(u16::try_from(self.credential.len()).expect("short").to_be_bytes());
        auth_data.extend(&self.credential);
        auth_data.extend(self.cose_key());
        let client_data = self.client_data("webauthn.create", public_key);
        self.answer(&json!({
            "attestationObject": B64.encode(attestation(&auth_data)),
            "clientDataJSON": B64.encode(client_data),
        }))
    }

    /// `navigator.credentials.get({ publicKey })`
    pub(crate) fn get(&mut self, public_key: &Value) -> Value {
        self.counter += 1;
        let auth_data = self.auth_data(public_key["rpId"].as_str().expect("rp id"), 0);
        let client_data = self.client_data("webauthn.get", public_key);
        let signed = [auth_data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature: Signature = self.key.sign(&signed);
        self.answer(&json!({
            "authenticatorData": B64.encode(auth_data),
            "clientDataJSON": B64.encode(client_data),
            "signature": B64.encode(signature.to_der().as_bytes()),
            "userHandle": B64.encode(&self.user_handle),
        }))
    }

    /// Claims to hold another person's key.
    pub(crate) fn claim(&mut self, user: uuid::Uuid) {
        self.user_handle = user.as_bytes().to_vec();
    }

    fn auth_data(&self, rp_id: &str, more: u8) -> Vec<u8> {
        let verified = if self.verifies_user { USER_VERIFIED } else { 0 };
        let mut data = Sha256::digest(rp_id.as_bytes()).to_vec();
        data.push(USER_PRESENT | verified | more);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, public_key: &Value) -> Vec<u8> {
        json!({ "type": kind, "challenge": public_key["challenge"], "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn answer(&self, response: &Value) -> Value {
        let id = B64.encode(&self.credential);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
    }

    /// EC2, ES256, P-256 with both coordinates, in CBOR.
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        [&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20], x, &[0x22, 0x58, 0x20], y].concat()
    }
}

/// `{"fmt": "none", "attStmt": {}, "authData": …}` in CBOR.
fn attestation(auth_data: &[u8]) -> Vec<u8> {
    let mut cbor = vec![0xa3, 0x63];
    cbor.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
    cbor.push(u8::try_from(auth_data.len()).expect("under 256 bytes"));
    cbor.extend(auth_data);
    cbor
}
