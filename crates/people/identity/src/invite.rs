//! Invitations: a link that makes one account, once, within three days.

use http::{Actor, Duty};
use kernel::{Ids, Timestamp, areas};
use serde_json::json;
use store::{Store, Tx};

use crate::db;
use crate::model::{self, Grant, INVITATION_LIFE, Invitation, Secret};
use crate::record::{self, Happened};

/// The link for the first administrator (最初の管理者への招待).
#[derive(Debug)]
pub struct FirstInvitation {
    /// To be opened under the site's address: `/office/invite/<secret>`. Shown once.
    pub path: String,
    pub expires_at: Timestamp,
}

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// Somebody administers already: they invite the next one.
    #[error("there is an administrator already, who can invite others in the office")]
    HasAdministrator,
    #[error("the name must have 1 to 60 characters")]
    Name,
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

impl From<store::Error> for InviteError {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Invites the first administrator of the prefecture (`mamori admin invite`). With `recover`, also when there is one:
/// for an office that has lost its keys; whoever can run this has the machine anyway.
pub async fn invite_first_administrator(
    store: &Store,
    ids: &Ids,
    now: Timestamp,
    name: &str,
    recover: bool,
) -> Result<FirstInvitation, InviteError> {
    let name = model::name(name).map_err(|_| InviteError::Name)?;
    let mut tx = store.write().await?;
    tx.lock("identity.duties").await?;
    if !recover && db::administrators(&mut tx).await? > 0 {
        return Err(InviteError::HasAdministrator);
    }
    let grants = vec![Grant { duty: Duty::Administrator, area: areas::PREFECTURE }];
    let (invitation, token) = invite(&mut tx, &Actor::system(), name, grants, ids, now).await?;
    tx.commit().await?;
    Ok(FirstInvitation { path: path(&token), expires_at: invitation.expires_at })
}

/// Writes an invitation; its rules are checked already.
pub(crate) async fn invite(
    tx: &mut Tx,
    by: &Actor,
    name: String,
    grants: Vec<Grant>,
    ids: &Ids,
    now: Timestamp,
) -> anyhow::Result<(Invitation, Secret)> {
    let mut bytes = [0; 32];
    ids.fill(&mut bytes);
    let token = Secret::from_bytes(bytes);
    let invitation = Invitation {
        id: ids.next(),
        name,
        grants,
        invited_by: by.label(),
        created_at: now,
        expires_at: now.plus(INVITATION_LIFE),
        accepted_at: None,
        revoked_at: None,
    };
    db::insert_invitation(tx, &invitation, &token).await?;
    let what = Happened::new(record::INVITED, invitation.id).body(json!({ "grants": invitation.grants }));
    record::record(tx, by, ids, now, what).await?;
    Ok((invitation, token))
}

/// Where the web app takes an invitation up.
pub(crate) fn path(token: &Secret) -> String {
    format!("/office/invite/{}", token.reveal())
}
