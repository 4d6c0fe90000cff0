//! Administrators invite colleagues.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use http::{Actor, App, Duty, Json, Problem};
use kernel::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::me::Held;
use super::refusal::area;
use crate::db;
use crate::invite;
use crate::model::{self, Grant, Invitation};
use crate::record::{self, Happened};
use crate::session;
use crate::settings::origin;

/// A duty as asked for (職務の指定).
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct WantedDuty {
    pub(super) duty: Duty,
    /// `municipality:02203`, or `prefecture:02`.
    pub(super) area: String,
}

impl WantedDuty {
    pub(super) fn grant(&self) -> Result<Grant, Problem> {
        Ok(Grant { duty: self.duty, area: area(&self.area)? })
    }
}

/// An invitation as asked for (招待の作成).
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewInvitation {
    /// Display name of the person.
    name: String,
    duties: Vec<WantedDuty>,
}

/// An invitation with its link, shown once (作成した招待).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InvitationLink {
    id: Uuid,
    /// To be given to the person by a safe way; it works once.
    url: String,
    expires_at: Timestamp,
}

/// An invitation that is still open (有効な招待).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OpenInvitation {
    id: Uuid,
    name: String,
    duties: Vec<Held>,
    /// The inviter as the journal names them.
    invited_by: String,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl From<Invitation> for OpenInvitation {
    fn from(invitation: Invitation) -> Self {
        Self {
            id: invitation.id.uuid(),
            name: invitation.name,
            duties: invitation.grants.into_iter().map(Into::into).collect(),
            invited_by: invitation.invited_by,
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        }
    }
}

/// Invites a person. The administrator's own area must cover every duty given.
#[utoipa::path(
    post, path = "/api/identity/invitations", operation_id = "identityInvite", tag = "identity",
    request_body(content = NewInvitation, example = json!({
        "name": "八戸市 避難情報担当 C", "duties": [{ "duty": "evacuation-orders", "area": "municipality:02203" }]
    })),
    responses(
        (status = 201, description = "Invited; the link is shown only here", body = InvitationLink, example = json!({
            "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10",
            "url": "https://mamori.example.jp/office/invite/…", "expires_at": "2025-12-11T23:15:00+09:00"
        })),
        (status = 401, description = "`unauthenticated`"), (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`"),
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    actor: Actor,
    Json(wanted): Json<NewInvitation>,
) -> Result<(StatusCode, Json<InvitationLink>), Problem> {
    actor.require_anywhere(Duty::Administrator)?;
    let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
    let (_, giver) = session::administrator(&mut tx, &actor).await?;
    let name = model::name(&wanted.name)?;
    let asked = wanted.duties.iter().map(WantedDuty::grant).collect::<Result<Vec<_>, _>>()?;
    let grants = model::grants(&giver, asked)?;
    let (invitation, token) = invite::invite(&mut tx, &actor, name, grants, &app.ids, app.clock.now()).await?;
    tx.commit().await.map_err(anyhow::Error::from)?;
    let url = format!("{}{}", origin(&app), invite::path(&token));
    Ok((StatusCode::CREATED, Json(InvitationLink { id: invitation.id.uuid(), url, expires_at: invitation.expires_at })))
}

/// Lists the open invitations of the administrator's own area.
#[utoipa::path(
    get, path = "/api/identity/invitations", operation_id = "identityInvitations", tag = "identity",
    responses(
        (status = 200, description = "Open invitations, newest first", body = Vec<OpenInvitation>, example = json!([{
            "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "name": "八戸市 避難情報担当 C",
            "duties": [{ "duty": "evacuation-orders", "area": "municipality:02203", "area_name": "八戸市" }],
            "invited_by": "staff:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e11",
            "created_at": "2025-12-08T23:15:00+09:00", "expires_at": "2025-12-11T23:15:00+09:00"
        }])),
        (status = 401, description = "`unauthenticated`"), (status = 403, description = "`forbidden`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn list(State(app): State<App>, actor: Actor) -> Result<Json<Vec<OpenInvitation>>, Problem> {
    actor.require_anywhere(Duty::Administrator)?;
    let mine = session::grants_of(&actor);
    let mut conn = app.store.read().await.map_err(anyhow::Error::from)?;
    let open = db::open_invitations(&mut conn, app.clock.now()).await?;
    let shown = open.into_iter().filter(|i| model::administers_all(&mine, &i.grants)).map(Into::into);
    Ok(Json(shown.collect()))
}

/// Takes an invitation back; its link no longer works. Safe to repeat.
#[utoipa::path(
    delete, path = "/api/identity/invitations/{id}", operation_id = "identityRevokeInvitation", tag = "identity",
    params(("id" = Uuid, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    responses(
        (status = 204, description = "Taken back"), (status = 401, description = "`unauthenticated`"),
        (status = 403, description = "`forbidden`"), (status = 404, description = "`not-found`"),
    )
)]
pub(super) async fn revoke(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Invitation>>,
) -> Result<StatusCode, Problem> {
    actor.require_anywhere(Duty::Administrator)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
    let (_, mine) = session::administrator(&mut tx, &actor).await?;
    let invitation = db::invitation(&mut tx, id).await?.filter(|i| model::administers_all(&mine, &i.grants));
    let invitation = invitation.ok_or_else(Problem::not_found)?;
    if db::revoke_invitation(&mut tx, invitation.id, now).await? {
        let what = Happened::new(record::INVITATION_REVOKED, invitation.id);
        record::record(&mut tx, &actor, &app.ids, now, what).await?;
    }
    tx.commit().await.map_err(anyhow::Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
