//! Desk devices (受付端末): the key with which a tablet or a laptop's page signs what happened at its desk.
//!
//! A device is named after its key, so that it is the same device at a kit and at the centre, whoever heard of it first.

use std::collections::HashMap;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::App;
use identity::DeviceKey;
use kernel::{AreaCode, Timestamp, areas};
use parking_lot::RwLock;
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use crate::db::devices::{self, DeviceRow};
use crate::event::{Event, Signed};

/// The channel that is woken when a device was registered or revoked.
pub(crate) const CHANGED: &str = "reception-devices";

/// A device's word, and for where.
#[derive(Debug, Clone)]
struct Known {
    key: ParsedPublicKey,
    area: AreaCode,
    revoked_at: Option<Timestamp>,
}

/// Every device this node knows, ready to check signatures.
#[derive(Debug, Default)]
pub(crate) struct Devices(RwLock<HashMap<Uuid, Known>>);

/// Why a device's word does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Nobody registered it here.
    Unknown,
    /// It was revoked; the signature is its own.
    Revoked,
    /// The signature is not its own.
    Signature,
    /// It writes for a municipality it was not registered for.
    Elsewhere,
}

/// The device of a key: the same everywhere.
pub fn device_of(key: &DeviceKey) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(b"mamori desk device\0");
    hash.update(key.as_str());
    let digest: [u8; 32] = hash.finalize().into();
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(half).into_uuid()
}

impl Devices {
    /// Reads all devices again.
    pub(crate) async fn load(&self, app: &App) -> anyhow::Result<()> {
        let mut conn = app.store.read().await?;
        let all: HashMap<Uuid, Known> =
            devices::all(&mut conn).await?.iter().filter_map(|row| Some((row.id, known(row)?))).collect();
        *self.0.write() = all;
        Ok(())
    }

    /// Takes one device in or over.
    pub(crate) fn put(&self, row: &DeviceRow) {
        if let Some(known) = known(row) {
            self.0.write().insert(row.id, known);
        }
    }

    /// Whether the event's device is known, trusted, and signed it.
    pub(crate) fn check(&self, event: &Event, signed: &Signed) -> Result<(), Doubt> {
        let known = self.0.read().get(&event.device).cloned().ok_or(Doubt::Unknown)?;
        let mut signature = [0; 64];
        let length = B64.decode_slice(&signed.signature, &mut signature).map_err(|_| Doubt::Signature)?;
        if known.key.verify_sig(signed.body.as_bytes(), &signature[..length]).is_err() {
            return Err(Doubt::Signature);
        }
        if !covers(&known.area, &event.municipality) {
            return Err(Doubt::Elsewhere);
        }
        // The last question: an honest node may be witness that the device was not lost yet.
        if known.revoked_at.is_some() { Err(Doubt::Revoked) } else { Ok(()) }
    }

    /// Devices whose word no longer counts, and since when.
    pub(crate) fn revoked(&self) -> HashMap<Uuid, Timestamp> {
        self.0.read().iter().filter_map(|(id, known)| Some((*id, known.revoked_at?))).collect()
    }
}

/// Whether something held for `area` holds for the municipality.
pub(crate) fn covers(area: &AreaCode, jis5: &str) -> bool {
    let municipality = AreaCode::municipality(jis5);
    *area == municipality || (*area == areas::PREFECTURE && areas::is_aomori(&municipality))
}

fn known(row: &DeviceRow) -> Option<Known> {
    let point = B64.decode(&row.key).ok()?;
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()?;
    Some(Known { key, area: row.area.parse().ok()?, revoked_at: row.revoked_at.map(Into::into) })
}
