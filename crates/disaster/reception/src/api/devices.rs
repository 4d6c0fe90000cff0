//! Devices of desks: their keys, and taking a lost one's word away.

use axum::extract::State as Shared;
use http::{Actor, App, Duty, Json, Path, Problem};
use identity::DeviceKey;
use kernel::{AreaCode, Timestamp, areas};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use uuid::Uuid;

use super::kits;
use crate::db;
use crate::db::devices::DeviceRow;
use crate::devices::{CHANGED, device_of};
use crate::live::Live;

/// The key of a desk's device (受付端末の公開鍵).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ReceptionRegisterDevice)]
pub(super) struct RegisterDevice {
    /// P-256, `raw` or `spki` as `crypto.subtle.exportKey` gives it, in base64url without padding.
    key: String,
    /// JIS code of the municipality it writes for; left out: what the caller's duty is for.
    #[serde(default)]
    municipality: Option<String>,
}

/// A registered device (受付端末).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionDevice)]
pub(super) struct Registered {
    device: String,
}

/// A device as the office sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionKnownDevice)]
pub(super) struct KnownDevice {
    device: String,
    area: String,
    registered_by: String,
    registered_at: Timestamp,
    revoked_at: Option<Timestamp>,
}

/// Registers the signing key of a desk's device. The same key is the same device, here and at every other node.
#[utoipa::path(
    post, path = "/api/reception/devices", operation_id = "receptionRegisterDevice", tag = "reception",
    request_body(content = RegisterDevice, example = json!({
        "key": "BHOzSLxAb4QFWbFBs0bOFm0TrCqIjUBhsgYwEQ8pjZnSqYTf8Q7EVpV8iP0dQcYFdPCr0Q7qF1Sx3rO8n2mGv1w",
        "municipality": "02203"
    })),
    responses(
        (status = 200, description = "The device", body = Registered,
            example = json!({ "device": "019b0a3e-5c40-8d2a-9b1e-3f6c8a2d4e32" })),
        (status = 404, description = "`not-found`"), (status = 409, description = "`device-revoked`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn register(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(wanted): Json<RegisterDevice>,
) -> Result<Json<Registered>, Problem> {
    let areas = actor.require_anywhere(Duty::ShelterDesk)?;
    let area = match &wanted.municipality {
        Some(jis5) => {
            super::require_desk(&actor, jis5)?;
            AreaCode::municipality(jis5)
        }
        None => areas.first().cloned().ok_or_else(Problem::forbidden)?,
    };
    let key = DeviceKey::parse(&wanted.key)?;
    let row = app.store.retry(async || register_once(&app, &actor, &key, &area).await).await?;
    if row.revoked_at.is_some() {
        let (ja, en) = (
            "この端末は登録を取り消されています。ブラウザの設定を消して、新しい鍵で登録してください。",
            "This device was revoked. Let it make a new key.",
        );
        return Err(Problem::conflict("device-revoked", ja, en));
    }
    Live::of(&app)?.devices().put(&row);
    Ok(Json(Registered { device: row.id.to_string() }))
}

async fn register_once(app: &App, actor: &Actor, key: &DeviceKey, area: &AreaCode) -> anyhow::Result<DeviceRow> {
    let (id, now) = (device_of(key), app.clock.now());
    let mut tx = app.store.write().await?;
    let new = db::devices::add(&mut tx, (id, key.as_str(), &area.to_string()), &actor.label(), now).await?;
    let row = db::devices::find(&mut tx, id).await?.ok_or(store::Error::NotFound)?;
    if new {
        note(&mut tx, app, actor, ("reception.device_registered", &row)).await?;
        tx.wake_on_commit(CHANGED);
        tx.commit().await?;
    }
    Ok(row)
}

/// Devices of the caller's areas.
#[utoipa::path(
    get, path = "/api/reception/devices", operation_id = "receptionDevices", tag = "reception",
    responses((status = 200, description = "Devices of the caller's own areas", body = Vec<KnownDevice>, example = json!([{
        "device": "019b0a3e-5c40-8d2a-9b1e-3f6c8a2d4e32", "area": "municipality:02203",
        "registered_by": "staff:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "registered_at": "2025-12-08T23:20:00+09:00",
        "revoked_at": null
    }]))),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn list(Shared(app): Shared<App>, actor: Actor) -> Result<Json<Vec<KnownDevice>>, Problem> {
    actor.require_anywhere(Duty::ShelterDesk)?;
    let mut conn = app.store.read().await?;
    let rows = db::devices::all(&mut conn).await?;
    let view = |row: DeviceRow| KnownDevice {
        device: row.id.to_string(),
        area: row.area,
        registered_by: row.registered_by,
        registered_at: row.registered_at.into(),
        revoked_at: row.revoked_at.map(Into::into),
    };
    Ok(Json(rows.into_iter().filter(|row| is_own(&actor, row)).map(view).collect()))
}

/// Takes a lost or stolen device's word away (端末の失効). What it wrote before stays; what it sends from now on is set
/// aside.
#[utoipa::path(
    post, path = "/api/reception/devices/{id}/revoke", operation_id = "receptionRevokeDevice", tag = "reception",
    params(("id" = String, Path, example = "019b0a3e-5c40-8d2a-9b1e-3f6c8a2d4e32")),
    responses((status = 204, description = "Revoked"), (status = 404, description = "`not-found`")),
)]
pub(super) async fn revoke(
    Shared(app): Shared<App>,
    actor: Actor,
    id: Result<Path<Uuid>, Problem>,
) -> Result<axum::http::StatusCode, Problem> {
    actor.require_anywhere(Duty::ShelterDesk)?;
    let Path(id) = id?;
    let row = app.store.retry(async || revoke_once(&app, &actor, id).await).await?;
    Live::of(&app)?.devices().put(&row);
    Ok(axum::http::StatusCode::NO_CONTENT)
}

async fn revoke_once(app: &App, actor: &Actor, id: Uuid) -> anyhow::Result<DeviceRow> {
    let mut tx = app.store.write().await?;
    let known = db::devices::find(&mut tx, id).await?.filter(|row| is_own(actor, row));
    let row = known.ok_or_else(Problem::not_found)?;
    if !db::devices::revoke(&mut tx, id, &actor.label(), app.clock.now()).await? {
        return Ok(row);
    }
    note(&mut tx, app, actor, ("reception.device_revoked", &row)).await?;
    let row = db::devices::find(&mut tx, id).await?.ok_or(store::Error::NotFound)?;
    tx.wake_on_commit(CHANGED);
    tx.commit().await?;
    Ok(row)
}

fn is_own(actor: &Actor, row: &DeviceRow) -> bool {
    row.area.parse().is_ok_and(|area: AreaCode| actor.require(Duty::ShelterDesk, &area).is_ok())
}

/// What became of a device, with its key.
async fn note(tx: &mut Tx, app: &App, actor: &Actor, (kind, row): (&'static str, &DeviceRow)) -> anyhow::Result<()> {
    let area = row.area.parse().unwrap_or(areas::PREFECTURE);
    kits::note(tx, app, &actor.label(), (kind, Some(row.id), &area), serde_json::json!({ "key": row.key })).await
}
