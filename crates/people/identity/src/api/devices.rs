//! A resident's device: a key made on it, and sessions opened with that key. Nothing about the person.

use axum::extract::State;
use http::{Actor, App, Json, Problem};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

use super::browser::{Browser, Cookie};
use super::me::Me;
use super::refusal::sign_in_refused;
use super::sign_in::begin_session;
use crate::db::{self, Purpose};
use crate::limit::Rate;
use crate::model::{CHALLENGE_LIFE, Device, DeviceKey, Holder, Secret, device_message};
use crate::record::{self, Happened};
use crate::session;
use crate::settings::origin;

/// Thousands of phones may stand behind one address of a mobile network.
const PER_NETWORK: Rate = Rate { tries: 6_000, window: Duration::from_mins(5) };
const PER_KEY: Rate = Rate { tries: 20, window: Duration::from_mins(5) };

/// The public key of a device (端末の公開鍵).
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct DevicePublicKey {
    /// P-256, `raw` or `spki` as `crypto.subtle.exportKey` gives it, in base64url without padding.
    key: String,
}

/// A device account (端末アカウント).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RegisteredDevice {
    device: Uuid,
}

/// What a device signs to open a session (署名するメッセージ).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeviceNonce {
    /// To be given back with the signature; good once, for five minutes.
    challenge: Uuid,
    /// To be signed as it is, in UTF-8, with ECDSA on P-256 and SHA-256.
    message: String,
    expires_at: Timestamp,
}

/// A device's proof that it has its key (端末の署名).
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct DeviceProof {
    challenge: Uuid,
    key: String,
    /// 64 bytes r‖s as `crypto.subtle.sign` gives them, in base64url without padding.
    signature: String,
}

/// Registers a device by its key. The same key is the same device, however often it comes.
#[utoipa::path(
    post, path = "/api/identity/devices", operation_id = "identityRegisterDevice", tag = "identity",
    request_body(content = DevicePublicKey, example = json!({
        "key": "BHOzSLxAb4QFWbFBs0bOFm0TrCqIjUBhsgYwEQ8pjZnSqYTf8Q7EVpV8iP0dQcYFdPCr0Q7qF1Sx3rO8n2mGv1w"
    })),
    responses(
        (status = 200, description = "The device", body = RegisteredDevice,
            example = json!({ "device": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10" })),
        (status = 422, description = "`invalid`"), (status = 429, description = "`too-many-requests`"),
    ),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn register(
    State(app): State<App>,
    browser: Browser,
    Json(public): Json<DevicePublicKey>,
) -> Result<Json<RegisteredDevice>, Problem> {
    browser.limit(&app, "device", PER_NETWORK)?;
    let key = DeviceKey::parse(&public.key)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
    let device = Device { id: app.ids.next(), key, created_at: now };
    if db::insert_device(&mut tx, &device).await? {
        let actor = Actor::device(device.id.uuid(), None);
        record::record(&mut tx, &actor, &app.ids, now, Happened::new(record::DEVICE_REGISTERED, device.id)).await?;
        tx.commit().await.map_err(anyhow::Error::from)?;
        return Ok(Json(RegisteredDevice { device: device.id.uuid() }));
    }
    let known = db::device_by_key(&mut tx, &device.key).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(RegisteredDevice { device: known.id.uuid() }))
}

/// Gives a message for a device to sign. Answers alike whether the key is known or not.
#[utoipa::path(
    post, path = "/api/identity/devices/nonce", operation_id = "identityDeviceNonce", tag = "identity",
    responses(
        (status = 200, description = "What to sign", body = DeviceNonce, example = json!({
            "challenge": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "expires_at": "2025-12-08T23:20:00+09:00",
            "message": "mamori device session\nhttps://mamori.example.jp\nq0r…"
        })),
        (status = 429, description = "`too-many-requests`"),
    ),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn nonce(State(app): State<App>, browser: Browser) -> Result<Json<DeviceNonce>, Problem> {
    browser.limit(&app, "device", PER_NETWORK)?;
    let now = app.clock.now();
    let mut bytes = [0; 32];
    app.ids.fill(&mut bytes);
    let message = device_message(&origin(&app), &Secret::from_bytes(bytes));
    let (id, expires_at) = (app.ids.next(), now.plus(CHALLENGE_LIFE));
    let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
    db::forget_ended(&mut tx, now).await?;
    db::insert_challenge(&mut tx, id, Purpose::Device, json!({ "message": message }), expires_at).await?;
    tx.commit().await.map_err(anyhow::Error::from)?;
    Ok(Json(DeviceNonce { challenge: id.uuid(), message, expires_at }))
}

/// Opens a session for a device that signed its message. Every refusal reads the same.
#[utoipa::path(
    post, path = "/api/identity/devices/session", operation_id = "identityOpenDeviceSession", tag = "identity",
    request_body(content = DeviceProof, example = json!({
        "challenge": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "key": "BHOz…", "signature": "MEUC…"
    })),
    responses(
        (status = 200, description = "Signed in as a device", body = Me),
        (status = 401, description = "`sign-in-refused`"), (status = 429, description = "`too-many-requests`"),
    ),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn session(
    State(app): State<App>,
    old: Actor,
    browser: Browser,
    Json(proof): Json<DeviceProof>,
) -> Result<(Cookie, Json<Me>), Problem> {
    browser.limit(&app, "device", PER_NETWORK)?;
    let key = DeviceKey::parse(&proof.key).map_err(|_| sign_in_refused())?;
    browser.limit(&app, &format!("key {}", key.as_str()), PER_KEY)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
    let state = db::take_challenge(&mut tx, proof.challenge.into(), Purpose::Device, now).await?;
    let message = state.as_ref().and_then(|s| s["message"].as_str()).unwrap_or_default();
    let device = db::device_by_key(&mut tx, &key).await?;
    let proven = !message.is_empty() && key.signed(message, &proof.signature);
    let Some(device) = device.filter(|_| proven) else {
        tx.commit().await.map_err(anyhow::Error::from)?;
        return Err(sign_in_refused());
    };
    session::replace(&mut tx, &old, &app.ids, now).await?;
    begin_session(&app, tx, &browser, Holder::Device(device.id), now).await
}
