//! Passkeys, devices' keys, and the challenges that prove them.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use serde_json::Value;
use store::{Conn, sql};
use uuid::Uuid;

use crate::model::{Account, Device, DeviceKey};

#[derive(sqlx::FromRow)]
struct PasskeyRow {
    account: Uuid,
    passkey: Value,
}

/// Adds a passkey; false if the credential is already somebody's.
pub(crate) async fn insert_passkey(
    conn: &mut Conn,
    credential: &str,
    account: Id<Account>,
    passkey: &Value,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let rows = sql("INSERT INTO identity_passkey (credential, account, passkey, created_at)
                    VALUES ($1, $2, $3, $4) ON CONFLICT (credential) DO NOTHING")
    .bind(credential)
    .bind(account)
    .bind(passkey.clone())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(rows == 1)
}

pub(crate) async fn passkey(conn: &mut Conn, credential: &str) -> anyhow::Result<Option<(Id<Account>, Value)>> {
    let row = sql("SELECT account, passkey FROM identity_passkey WHERE credential = $1")
        .bind(credential)
        .fetch_optional::<PasskeyRow>(conn)
        .await?;
    Ok(row.map(|row| (row.account.into(), row.passkey)))
}

pub(crate) async fn update_passkey(
    conn: &mut Conn,
    credential: &str,
    passkey: &Value,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql("UPDATE identity_passkey SET passkey = $1, used_at = $2 WHERE credential = $3")
        .bind(passkey.clone())
        .bind(now)
        .bind(credential)
        .execute(conn)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct DeviceRow {
    id: Uuid,
    public_key: String,
    created_at: DateTime<Utc>,
}

/// Adds a device; false if its key is known already.
pub(crate) async fn insert_device(conn: &mut Conn, device: &Device) -> anyhow::Result<bool> {
    let rows = sql("INSERT INTO identity_device (id, public_key, created_at) VALUES ($1, $2, $3)
                    ON CONFLICT (public_key) DO NOTHING")
    .bind(device.id)
    .bind(device.key.as_str())
    .bind(device.created_at)
    .execute(conn)
    .await?;
    Ok(rows == 1)
}

pub(crate) async fn device(conn: &mut Conn, id: Id<Device>) -> anyhow::Result<Option<Device>> {
    let row = sql("SELECT id, public_key, created_at FROM identity_device WHERE id = $1")
        .bind(id)
        .fetch_optional::<DeviceRow>(conn)
        .await?;
    row.map(Device::try_from).transpose()
}

pub(crate) async fn device_by_key(conn: &mut Conn, key: &DeviceKey) -> anyhow::Result<Option<Device>> {
    let row = sql("SELECT id, public_key, created_at FROM identity_device WHERE public_key = $1")
        .bind(key.as_str())
        .fetch_optional::<DeviceRow>(conn)
        .await?;
    row.map(Device::try_from).transpose()
}

impl TryFrom<DeviceRow> for Device {
    type Error = anyhow::Error;

    fn try_from(row: DeviceRow) -> anyhow::Result<Self> {
        let key = DeviceKey::parse(&row.public_key).context("a stored key is a key")?;
        Ok(Self { id: row.id.into(), key, created_at: row.created_at.into() })
    }
}

#[derive(sqlx::FromRow)]
struct ChallengeRow {
    state: Value,
    expires_at: DateTime<Utc>,
}

/// What a challenge was made for; one made for a purpose answers no other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    SignIn,
    Registration,
    Device,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Registration => "registration",
            Self::Device => "device",
        }
    }
}

/// Marks the id of a challenge.
pub(crate) enum Challenge {}

pub(crate) async fn insert_challenge(
    conn: &mut Conn,
    id: Id<Challenge>,
    purpose: Purpose,
    state: Value,
    expires_at: Timestamp,
) -> anyhow::Result<()> {
    sql("INSERT INTO identity_challenge (id, purpose, state, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(purpose.as_str())
        .bind(state)
        .bind(expires_at)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes a challenge out, so that it is answered once. The caller commits even when the answer is wrong.
pub(crate) async fn take_challenge(
    conn: &mut Conn,
    id: Id<Challenge>,
    purpose: Purpose,
    now: Timestamp,
) -> anyhow::Result<Option<Value>> {
    let row = sql("DELETE FROM identity_challenge WHERE id = $1 AND purpose = $2 RETURNING state, expires_at")
        .bind(id)
        .bind(purpose.as_str())
        .fetch_optional::<ChallengeRow>(conn)
        .await?;
    Ok(row.filter(|row| now < Timestamp::from(row.expires_at)).map(|row| row.state))
}
