//! Signing in with a passkey, and signing out.

use axum::extract::State;
use axum::http::StatusCode;
use http::{Actor, App, Json, Problem};
use kernel::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use store::Tx;
use utoipa::ToSchema;
use uuid::Uuid;
use webauthn_rs::prelude::PublicKeyCredential;

use super::browser::{Browser, Cookie};
use super::me::{self, Me};
use super::refusal::sign_in_refused;
use crate::db::{self, Purpose};
use crate::limit::Rate;
use crate::model::{Account, CHALLENGE_LIFE, Holder, Secret, Session};
use crate::passkeys::{self, Rejected};
use crate::record::{self, Happened};
use crate::session;
use crate::settings::Settings;

/// A whole office may stand behind one address.
const PER_NETWORK: Rate = Rate { tries: 120, window: Duration::from_mins(5) };
const PER_ACCOUNT: Rate = Rate { tries: 10, window: Duration::from_mins(5) };

/// A passkey ceremony begun (パスキーの要求).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CeremonyBegun {
    /// To be given back with the answer; good once, for five minutes.
    challenge: Uuid,
    /// For `navigator.credentials`: binary members are base64url, as `PublicKeyCredential.parse…FromJSON` reads them.
    #[schema(value_type = Object)]
    public_key: Value,
    expires_at: Timestamp,
}

/// The browser's answer to a passkey ceremony (パスキーの応答).
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct CeremonyAnswer {
    /// The `challenge` of the begun ceremony.
    pub(super) challenge: Uuid,
    /// `PublicKeyCredential.toJSON()`
    #[schema(value_type = Object)]
    pub(super) credential: Value,
}

impl CeremonyBegun {
    /// Keeps the state of a ceremony and gives what the browser needs.
    pub(super) async fn keep(
        app: &App,
        purpose: Purpose,
        public_key: Value,
        state: Value,
    ) -> Result<Json<Self>, Problem> {
        let now = app.clock.now();
        let (id, expires_at) = (app.ids.next(), now.plus(CHALLENGE_LIFE));
        let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
        db::forget_ended(&mut tx, now).await?;
        db::insert_challenge(&mut tx, id, purpose, state, expires_at).await?;
        tx.commit().await.map_err(anyhow::Error::from)?;
        Ok(Json(Self { challenge: id.uuid(), public_key, expires_at }))
    }
}

/// Begins a sign-in. No name is asked: the authenticator finds its key by itself.
#[utoipa::path(
    post, path = "/api/identity/sign-in/begin", operation_id = "identityBeginSignIn", tag = "identity",
    responses((status = 200, description = "What the authenticator signs", body = CeremonyBegun, example = json!({
        "challenge": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "expires_at": "2025-12-08T23:20:00+09:00",
        "public_key": { "challenge": "mJ3…", "rpId": "mamori.example.jp", "allowCredentials": [], "userVerification": "required" }
    }))),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn begin(State(app): State<App>, browser: Browser) -> Result<Json<CeremonyBegun>, Problem> {
    browser.limit(&app, "begin", PER_NETWORK)?;
    let begun = Settings::of(&app).ceremonies(&app)?.begin_sign_in()?;
    CeremonyBegun::keep(&app, Purpose::SignIn, begun.public_key, begun.state).await
}

/// Ends a sign-in: checks the passkey's signature and gives the session cookie. Every refusal reads the same.
#[utoipa::path(
    post, path = "/api/identity/sign-in/finish", operation_id = "identityFinishSignIn", tag = "identity",
    request_body(content = CeremonyAnswer, example = json!({
        "challenge": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10",
        "credential": { "id": "AQID", "rawId": "AQID", "type": "public-key", "clientExtensionResults": {},
            "response": { "authenticatorData": "…", "clientDataJSON": "…", "signature": "…", "userHandle": "…" } }
    })),
    responses(
        (status = 200, description = "Signed in", body = Me),
        (status = 401, description = "`sign-in-refused`"),
        (status = 429, description = "`too-many-requests`"),
    ),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn finish(
    State(app): State<App>,
    old: Actor,
    browser: Browser,
    Json(answer): Json<CeremonyAnswer>,
) -> Result<(Cookie, Json<Me>), Problem> {
    browser.limit(&app, "finish", PER_NETWORK)?;
    let credential: PublicKeyCredential = serde_json::from_value(answer.credential).map_err(|_| sign_in_refused())?;
    let claimed = passkeys::claimed_account(&credential).ok_or_else(sign_in_refused)?;
    browser.limit(&app, &format!("account {claimed}"), PER_ACCOUNT)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
    let state = db::take_challenge(&mut tx, answer.challenge.into(), Purpose::SignIn, now).await?;
    let account = match state {
        Some(state) => prove(&app, &mut tx, &credential, claimed.into(), state, now).await?,
        None => None,
    };
    let Some(account) = account else {
        // The challenge is used up, and a copied key is written down.
        tx.commit().await.map_err(anyhow::Error::from)?;
        return Err(sign_in_refused());
    };
    session::replace(&mut tx, &old, &app.ids, now).await?;
    begin_session(&app, tx, &browser, Holder::Staff(account), now).await
}

/// Ends the session of this browser. Safe to repeat.
#[utoipa::path(
    post, path = "/api/identity/sign-out", operation_id = "identitySignOut", tag = "identity",
    responses((status = 204, description = "Signed out")),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn out(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
) -> Result<(Cookie, StatusCode), Problem> {
    let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
    session::replace(&mut tx, &actor, &app.ids, app.clock.now()).await?;
    tx.commit().await.map_err(anyhow::Error::from)?;
    Ok((browser.forget(&app), StatusCode::NO_CONTENT))
}

/// Ends every session of the asking member of staff, on every machine.
#[utoipa::path(
    post, path = "/api/identity/sign-out-everywhere", operation_id = "identitySignOutEverywhere", tag = "identity",
    responses((status = 204, description = "Signed out everywhere"), (status = 401, description = "`unauthenticated`")),
    extensions(("x-who" = json!("staff")))
)]
pub(super) async fn out_everywhere(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
) -> Result<(Cookie, StatusCode), Problem> {
    let account: Id<Account> = actor.require_staff()?.into();
    let now = app.clock.now();
    let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
    let sessions = db::delete_sessions_of(&mut tx, account).await?;
    let what = Happened::new(record::SIGNED_OUT_EVERYWHERE, account).body(json!({ "sessions": sessions }));
    record::record(&mut tx, &actor, &app.ids, now, what).await?;
    tx.commit().await.map_err(anyhow::Error::from)?;
    Ok((browser.forget(&app), StatusCode::NO_CONTENT))
}

/// Opens a session, commits, and answers with the cookie and who one now is.
pub(super) async fn begin_session(
    app: &App,
    mut tx: Tx,
    browser: &Browser,
    holder: Holder,
    now: Timestamp,
) -> Result<(Cookie, Json<Me>), Problem> {
    let limits = Settings::of(app).limits();
    let (session, token): (Session, Secret) = session::open_session(&mut tx, holder, limits, &app.ids, now).await?;
    tx.commit().await.map_err(anyhow::Error::from)?;
    let actor = match holder {
        Holder::Staff(account) => Actor::staff(account.uuid(), Vec::new(), Some(session.id.uuid())),
        Holder::Device(device) => Actor::device(device.uuid(), Some(session.id.uuid())),
    };
    Ok((browser.keep(app, &session, &token, now), Json(me::describe(app, &actor).await?)))
}

/// The account whose passkey signed this; none is a refusal.
async fn prove(
    app: &App,
    tx: &mut Tx,
    answer: &PublicKeyCredential,
    claimed: Id<Account>,
    state: Value,
    now: Timestamp,
) -> Result<Option<Id<Account>>, Problem> {
    let credential = passkeys::credential(answer);
    let Some((owner, passkey)) = db::passkey(tx, &credential).await? else { return Ok(None) };
    let account = db::account(tx, owner).await?.filter(|a| a.suspended_at.is_none());
    if owner != claimed || account.is_none() {
        return Ok(None);
    }
    match Settings::of(app).ceremonies(app)?.finish_sign_in(answer, state, passkey) {
        Ok(passkey) => {
            db::update_passkey(tx, &credential, &passkey, now).await?;
            Ok(Some(owner))
        }
        Err(Rejected::Copied) => {
            tracing::warn!(account = %owner, "a passkey of account {owner} may have been copied: its counter went back");
            let what = Happened::new(record::PASSKEY_REFUSED, owner);
            record::record(tx, &Actor::system(), &app.ids, now, what).await?;
            Ok(None)
        }
        Err(Rejected::Wrong(_)) => Ok(None),
        Err(Rejected::Stored(error)) => Err(Problem::internal(error)),
    }
}
