//! An invited person takes the invitation up and registers a passkey.

use axum::extract::{Path, State};
use http::{Actor, App, Json, Problem};
use kernel::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::{Conn, Tx};
use utoipa::ToSchema;
use uuid::Uuid;
use webauthn_rs::prelude::RegisterPublicKeyCredential;

use super::browser::{Browser, Cookie};
use super::me::{Held, Me};
use super::refusal::{invitation_gone, passkey_refused};
use super::sign_in::{CeremonyAnswer, CeremonyBegun, begin_session};
use crate::db::{self, Purpose};
use crate::limit::Rate;
use crate::model::{self, Account, Holder, Invitation, Secret};
use crate::passkeys::{Registered, Rejected};
use crate::session;
use crate::settings::Settings;

const PER_NETWORK: Rate = Rate { tries: 60, window: Duration::from_mins(5) };

/// An invitation as its receiver sees it (受け取った招待).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReceivedInvitation {
    name: String,
    duties: Vec<Held>,
    expires_at: Timestamp,
}

/// What is kept while the authenticator makes its key.
#[derive(Serialize, Deserialize)]
struct Kept {
    invitation: Uuid,
    account: Uuid,
    ceremony: serde_json::Value,
}

/// Shows an invitation to whoever holds its link.
#[utoipa::path(
    get, path = "/api/identity/invitation/{token}", operation_id = "identityInvitation", tag = "identity",
    params(("token" = String, Path, example = "bm90LWEtcmVhbC10b2tlbi1ub3QtYS1yZWFsLXRva2U")),
    responses(
        (status = 200, description = "The invitation", body = ReceivedInvitation, example = json!({
            "name": "八戸市 避難情報担当 C", "expires_at": "2025-12-11T23:15:00+09:00",
            "duties": [{ "duty": "evacuation-orders", "area": "municipality:02203", "area_name": "八戸市" }]
        })),
        (status = 404, description = "`invitation-not-usable`"), (status = 429, description = "`too-many-requests`"),
    ),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn show(
    State(app): State<App>,
    browser: Browser,
    Path(token): Path<String>,
) -> Result<Json<ReceivedInvitation>, Problem> {
    let mut conn = open(&app, &browser).await?;
    let invitation = usable(&mut conn, &token, app.clock.now()).await?;
    Ok(Json(ReceivedInvitation {
        name: invitation.name,
        duties: invitation.grants.into_iter().map(Into::into).collect(),
        expires_at: invitation.expires_at,
    }))
}

/// Begins the registration of a passkey for an invitation.
#[utoipa::path(
    post, path = "/api/identity/invitation/{token}/begin", operation_id = "identityBeginRegistration", tag = "identity",
    params(("token" = String, Path, example = "bm90LWEtcmVhbC10b2tlbi1ub3QtYS1yZWFsLXRva2U")),
    responses(
        (status = 200, description = "What the authenticator makes a key for", body = CeremonyBegun, example = json!({
            "challenge": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "expires_at": "2025-12-08T23:20:00+09:00",
            "public_key": { "challenge": "mJ3…", "rp": { "id": "mamori.example.jp", "name": "まもり" },
                "user": { "id": "AZsKPlxAfSqbHj9sii1OEA", "name": "八戸市 避難情報担当 C" } }
        })),
        (status = 404, description = "`invitation-not-usable`"), (status = 429, description = "`too-many-requests`"),
    ),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn begin(
    State(app): State<App>,
    browser: Browser,
    Path(token): Path<String>,
) -> Result<Json<CeremonyBegun>, Problem> {
    let mut conn = open(&app, &browser).await?;
    let invitation = usable(&mut conn, &token, app.clock.now()).await?;
    drop(conn);
    let account = app.ids.uuid();
    let begun = Settings::of(&app).ceremonies(&app)?.begin_registration(account, &invitation.name)?;
    let kept = Kept { invitation: invitation.id.uuid(), account, ceremony: begun.state };
    let state = serde_json::to_value(kept).map_err(anyhow::Error::from)?;
    CeremonyBegun::keep(&app, Purpose::Registration, begun.public_key, state).await
}

/// Ends the registration: the account exists, has the invitation's duties and is signed in; the link is used up.
#[utoipa::path(
    post, path = "/api/identity/invitation/{token}/finish", operation_id = "identityFinishRegistration", tag = "identity",
    params(("token" = String, Path, example = "bm90LWEtcmVhbC10b2tlbi1ub3QtYS1yZWFsLXRva2U")),
    request_body(content = CeremonyAnswer, example = json!({
        "challenge": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10",
        "credential": { "id": "AQID", "rawId": "AQID", "type": "public-key", "clientExtensionResults": {},
            "response": { "attestationObject": "…", "clientDataJSON": "…" } }
    })),
    responses(
        (status = 200, description = "Registered and signed in", body = Me),
        (status = 404, description = "`invitation-not-usable`"), (status = 422, description = "`passkey-refused`"),
        (status = 429, description = "`too-many-requests`"),
    ),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn finish(
    State(app): State<App>,
    old: Actor,
    browser: Browser,
    Path(token): Path<String>,
    Json(answer): Json<CeremonyAnswer>,
) -> Result<(Cookie, Json<Me>), Problem> {
    browser.limit(&app, "invitation", PER_NETWORK)?;
    let credential: RegisterPublicKeyCredential =
        serde_json::from_value(answer.credential).map_err(|_| passkey_refused())?;
    let now = app.clock.now();
    let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
    let invitation = usable(&mut tx, &token, now).await?;
    let state = db::take_challenge(&mut tx, answer.challenge.into(), Purpose::Registration, now).await?;
    let Some((account, key)) = state.map(|state| prove(&app, &credential, &invitation, state)).transpose()?.flatten()
    else {
        // The challenge is used up; the invitation may be tried again.
        tx.commit().await.map_err(anyhow::Error::from)?;
        return Err(passkey_refused());
    };
    if !db::accept_invitation(&mut tx, invitation.id, now).await? {
        return Err(invitation_gone());
    }
    add_account(&app, &mut tx, &invitation, account, &key, now).await?;
    session::replace(&mut tx, &old, &app.ids, now).await?;
    begin_session(&app, tx, &browser, Holder::Staff(account), now).await
}

async fn open(app: &App, browser: &Browser) -> Result<Conn, Problem> {
    browser.limit(app, "invitation", PER_NETWORK)?;
    Ok(app.store.read().await.map_err(anyhow::Error::from)?)
}

/// The invitation of this link, if it may be used: it is open, and its inviter may still give what it gives.
async fn usable(conn: &mut Conn, token: &str, now: Timestamp) -> Result<Invitation, Problem> {
    let token = Secret::parse(token).ok_or_else(invitation_gone)?;
    let invitation = db::invitation_by_token(conn, &token).await?.filter(|i| i.open(now));
    let invitation = invitation.ok_or_else(invitation_gone)?;
    let inviter: Option<Id<Account>> = invitation.invited_by.strip_prefix("staff:").and_then(|id| id.parse().ok());
    if let Some(inviter) = inviter {
        let active = db::account(conn, inviter).await?.is_some_and(|a| a.suspended_at.is_none());
        let grants = db::grants(conn, inviter).await?;
        if !active || !model::administers_all(&grants, &invitation.grants) {
            return Err(invitation_gone());
        }
    }
    Ok(invitation)
}

/// The new account and its key, if the answer is right and was made for this invitation.
fn prove(
    app: &App,
    answer: &RegisterPublicKeyCredential,
    invitation: &Invitation,
    state: serde_json::Value,
) -> Result<Option<(Id<Account>, Registered)>, Problem> {
    let kept: Kept = serde_json::from_value(state).map_err(anyhow::Error::from)?;
    if invitation.id != kept.invitation.into() {
        return Ok(None);
    }
    match Settings::of(app).ceremonies(app)?.finish_registration(answer, kept.ceremony) {
        Ok(key) => Ok(Some((kept.account.into(), key))),
        Err(Rejected::Wrong(_) | Rejected::Copied) => Ok(None),
        Err(Rejected::Stored(error)) => Err(Problem::internal(error)),
    }
}

async fn add_account(
    app: &App,
    tx: &mut Tx,
    invitation: &Invitation,
    id: Id<Account>,
    key: &Registered,
    now: Timestamp,
) -> Result<(), Problem> {
    let account = Account { id, name: invitation.name.clone(), suspended_at: None, demo: false, created_at: now };
    let person = Actor::staff(id.uuid(), Vec::new(), None);
    session::create_account(tx, &person, &account, &invitation.grants, &app.ids).await?;
    if db::insert_passkey(tx, &key.credential, id, &key.passkey, now).await? { Ok(()) } else { Err(passkey_refused()) }
}
