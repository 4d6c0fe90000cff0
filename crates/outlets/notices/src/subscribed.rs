//! Subscriptions at rest: sealed, found by digests.

use http::App;
use kernel::hex;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::db::StoredSubscription;
use crate::model::subscription::Subscription;

const COLUMN: &str = "body";

/// Seals what a device asked for.
pub(crate) fn seal(app: &App, id: Uuid, subscription: &Subscription) -> anyhow::Result<Vec<u8>> {
    let plain = serde_json::to_vec(subscription)?;
    Ok(app.crypter.seal(StoredSubscription::TABLE, id, COLUMN, &plain)?)
}

/// Opens it.
pub(crate) fn open(app: &App, id: Uuid, sealed: &[u8]) -> anyhow::Result<Subscription> {
    let plain = app.crypter.open(StoredSubscription::TABLE, id, COLUMN, sealed)?;
    Ok(serde_json::from_slice(&plain)?)
}

/// Of the secret that only the device knows, or of an endpoint.
pub(crate) fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Whether a secret is the device's, in a time that does not tell how much of it was right.
pub(crate) fn is_secret(stored: &StoredSubscription, secret: &str) -> bool {
    stored.secret.as_bytes().ct_eq(digest(secret).as_bytes()).into()
}
