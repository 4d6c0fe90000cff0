//! A resident's device: a key, a nonce, a session.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

use crate::{who, world};

fn key(seed: u8) -> (SigningKey, String) {
    let key = SigningKey::from_slice(&[seed; 32]).expect("a scalar");
    let public = B64.encode(key.verifying_key().to_sec1_point(false).as_bytes());
    (key, public)
}

fn proof(nonce: &Value, key: &SigningKey, public: &str) -> Value {
    let signature: Signature = key.sign(nonce["message"].as_str().expect("a message").as_bytes());
    json!({ "challenge": nonce["challenge"], "key": public, "signature": B64.encode(signature.to_bytes()) })
}

#[tokio::test]
async fn a_device_registers_once_and_opens_sessions_with_its_key() {
    let world = world().await;
    let phone = world.anonymous();
    let (signing, public) = key(9);
    let first = phone.post("/api/identity/devices", &json!({ "key": public })).await;
    let again = phone.post("/api/identity/devices", &json!({ "key": public })).await;
    assert_eq!((first.status, again.status), (200, 200));
    assert_eq!(first.json(), again.json());
    let nonce = phone.post("/api/identity/devices/nonce", &json!({})).await.json();
    let opened = phone.post("/api/identity/devices/session", &proof(&nonce, &signing, &public)).await;
    assert_eq!(opened.status, 200, "{opened}");
    let me = who(&phone).await;
    assert_eq!((me["kind"].clone(), me["device"].clone()), (json!("device"), first.json()["device"].clone()));
    assert_eq!(world.journal_kinds().await, ["identity.device_registered", "identity.device_signed_in"]);
}

#[tokio::test]
async fn a_wrong_a_replayed_or_an_unknown_proof_opens_nothing() {
    let world = world().await;
    let phone = world.anonymous();
    let ((signing, public), (stranger, strange)) = (key(9), key(8));
    phone.post("/api/identity/devices", &json!({ "key": public })).await;

    let nonce = phone.post("/api/identity/devices/nonce", &json!({})).await.json();
    let wrong = proof(&nonce, &stranger, &public);
    assert_eq!(phone.post("/api/identity/devices/session", &wrong).await.status, 401);
    let used_up = proof(&nonce, &signing, &public);
    assert_eq!(phone.post("/api/identity/devices/session", &used_up).await.status, 401, "one answer per nonce");

    let nonce = phone.post("/api/identity/devices/nonce", &json!({})).await.json();
    let unknown = proof(&nonce, &stranger, &strange);
    assert_eq!(phone.post("/api/identity/devices/session", &unknown).await.status, 401);

    let nonce = phone.post("/api/identity/devices/nonce", &json!({})).await.json();
    world.clock().advance(std::time::Duration::from_mins(5));
    let late = proof(&nonce, &signing, &public);
    assert_eq!(phone.post("/api/identity/devices/session", &late).await.status, 401);
    assert_eq!(who(&phone).await["kind"], "anonymous");
}

#[tokio::test]
async fn what_is_not_a_key_is_refused_by_its_field() {
    let world = world().await;
    for bad in ["", "AAAA", "くじら", &B64.encode([4; 65])] {
        let reply = world.anonymous().post("/api/identity/devices", &json!({ "key": bad })).await;
        assert_eq!((reply.status, reply.json()["field"].clone()), (422, json!("key")), "{bad}");
    }
}

#[tokio::test]
async fn the_worlds_own_device_is_a_real_one() {
    let world = world().await;
    let device = world.device().await;
    assert_eq!(who(&device).await["kind"], "device");
    assert_eq!(device.get("/api/identity/accounts").await.status, 401);
}
