//! Invitations.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use serde_json::Value;
use store::{Conn, sql};
use uuid::Uuid;

use crate::model::{Invitation, Secret};

#[derive(sqlx::FromRow)]
struct InvitationRow {
    id: Uuid,
    name: String,
    grants: Value,
    invited_by: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    accepted_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = anyhow::Error;
    fn try_from(row: InvitationRow) -> anyhow::Result<Self> {
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            grants: serde_json::from_value(row.grants).context("stored duties are known")?,
            invited_by: row.invited_by,
            created_at: row.created_at.into(),
            expires_at: row.expires_at.into(),
            accepted_at: row.accepted_at.map(Into::into),
            revoked_at: row.revoked_at.map(Into::into),
        })
    }
}

pub(crate) async fn insert_invitation(conn: &mut Conn, invitation: &Invitation, token: &Secret) -> anyhow::Result<()> {
    sql("INSERT INTO identity_invitation (id, token_hash, name, grants, invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(invitation.id)
    .bind(token.hash())
    .bind(invitation.name.as_str())
    .bind(serde_json::to_value(&invitation.grants)?)
    .bind(invitation.invited_by.as_str())
    .bind(invitation.created_at)
    .bind(invitation.expires_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn invitation(conn: &mut Conn, id: Id<Invitation>) -> anyhow::Result<Option<Invitation>> {
    sql("SELECT id, name, grants, invited_by, created_at, expires_at, accepted_at, revoked_at
         FROM identity_invitation WHERE id = $1")
    .bind(id)
    .fetch_optional::<InvitationRow>(conn)
    .await?
    .map(Invitation::try_from)
    .transpose()
}

pub(crate) async fn invitation_by_token(conn: &mut Conn, token: &Secret) -> anyhow::Result<Option<Invitation>> {
    sql("SELECT id, name, grants, invited_by, created_at, expires_at, accepted_at, revoked_at
         FROM identity_invitation WHERE token_hash = $1")
    .bind(token.hash())
    .fetch_optional::<InvitationRow>(conn)
    .await?
    .map(Invitation::try_from)
    .transpose()
}

/// Invitations that may still be used, newest first.
pub(crate) async fn open_invitations(conn: &mut Conn, now: Timestamp) -> anyhow::Result<Vec<Invitation>> {
    sql("SELECT id, name, grants, invited_by, created_at, expires_at, accepted_at, revoked_at
         FROM identity_invitation WHERE accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $1
         ORDER BY created_at DESC, id DESC LIMIT 1000")
    .bind(now)
    .fetch_all::<InvitationRow>(conn)
    .await?
    .into_iter()
    .map(Invitation::try_from)
    .collect()
}

/// Uses an invitation up; false if it no longer was open.
pub(crate) async fn accept_invitation(conn: &mut Conn, id: Id<Invitation>, now: Timestamp) -> anyhow::Result<bool> {
    let rows = sql("UPDATE identity_invitation SET accepted_at = $1
                    WHERE id = $2 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3")
    .bind(now)
    .bind(id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(rows == 1)
}

/// Takes an invitation back; false if it no longer was open.
pub(crate) async fn revoke_invitation(conn: &mut Conn, id: Id<Invitation>, now: Timestamp) -> anyhow::Result<bool> {
    let rows = sql("UPDATE identity_invitation SET revoked_at = $1
                    WHERE id = $2 AND accepted_at IS NULL AND revoked_at IS NULL")
    .bind(now)
    .bind(id)
    .execute(conn)
    .await?;
    Ok(rows == 1)
}
