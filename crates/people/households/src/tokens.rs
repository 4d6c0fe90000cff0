//! From a token to the household behind it, and to the keys that may sign for it.

use http::App;
use identity::DeviceKey;
use kernel::Id;
use store::Conn;

use crate::db;
use crate::model::{Household, Token};
use crate::vault::BlindKey;

/// What a token stands for (受付コードの照合結果).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The 128 bits by which desks know the household.
    pub subject: u128,
    pub household: Id<Household>,
    /// The token was taken back: it lowers the assurance, it refuses nobody.
    pub revoked: bool,
}

/// The household behind a token. `None` for a token that no registered household has.
pub async fn find_by_token(app: &App, conn: &mut Conn, token: &Token) -> anyhow::Result<Option<Found>> {
    let Some(key) = BlindKey::find(app, conn).await? else { return Ok(None) };
    let found = db::find_token(conn, &key.token(token)).await?;
    Ok(found.map(|(subject, household, revoked)| Found { subject, household, revoked }))
}

/// The keys of the devices that are linked to a household: whoever of them signed a phone's code belongs to it.
pub async fn signers(conn: &mut Conn, household: Id<Household>) -> anyhow::Result<Vec<DeviceKey>> {
    let mut keys = Vec::new();
    for member in db::members(conn, household).await? {
        keys.extend(identity::device_key(conn, member.device.into()).await?);
    }
    Ok(keys)
}
