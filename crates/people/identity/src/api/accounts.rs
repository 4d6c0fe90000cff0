//! Administrators look after the accounts of their area.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use http::{Actor, App, Duty, Json, Problem};
use kernel::{Id, Timestamp};
use serde::Serialize;
use std::collections::HashMap;
use store::Tx;
use utoipa::ToSchema;

use super::invitations::WantedDuty;
use super::me::Held;
use crate::db;
use crate::model::{self, Account, Grant};
use crate::record::{self, Happened};
use crate::session;

/// An account of the staff (職員アカウント).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StaffAccount {
    #[schema(value_type = uuid::Uuid)]
    id: Id<Account>,
    name: String,
    duties: Vec<Held>,
    /// Since when it is suspended.
    suspended_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// Lists the accounts that have a duty in the administrator's own area.
#[utoipa::path(
    get, path = "/api/identity/accounts", operation_id = "identityAccounts", tag = "identity",
    responses(
        (status = 200, description = "Accounts by name", body = Vec<StaffAccount>, example = json!([{
            "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "name": "八戸市 避難情報担当 A",
            "duties": [{ "duty": "evacuation-orders", "area": "municipality:02203", "area_name": "八戸市" }],
            "suspended_at": null, "created_at": "2025-12-08T23:15:00+09:00"
        }])),
        (status = 401, description = "`unauthenticated`"), (status = 403, description = "`forbidden`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn list(State(app): State<App>, actor: Actor) -> Result<Json<Vec<StaffAccount>>, Problem> {
    actor.require_anywhere(Duty::Administrator)?;
    let mine = session::grants_of(&actor);
    let mut conn = app.store.read().await.map_err(anyhow::Error::from)?;
    let mut duties: HashMap<Id<Account>, Vec<Grant>> = HashMap::new();
    for (account, grant) in db::all_grants(&mut conn).await? {
        duties.entry(account).or_default().push(grant);
    }
    let accounts = db::accounts(&mut conn).await?;
    let shown = accounts.into_iter().filter_map(|account| {
        let grants = duties.remove(&account.id).unwrap_or_default();
        model::sees(&mine, &grants).then(|| StaffAccount {
            id: account.id,
            name: account.name,
            duties: grants.into_iter().map(Into::into).collect(),
            suspended_at: account.suspended_at,
            created_at: account.created_at,
        })
    });
    Ok(Json(shown.collect()))
}

/// Gives an account a duty. Works with its next request. Safe to repeat.
#[utoipa::path(
    post, path = "/api/identity/accounts/{id}/grant", operation_id = "identityGrantDuty", tag = "identity",
    params(("id" = uuid::Uuid, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    request_body(content = WantedDuty, example = json!({ "duty": "evacuation-orders", "area": "municipality:02203" })),
    responses(
        (status = 204, description = "Given"), (status = 401, description = "`unauthenticated`"),
        (status = 403, description = "`forbidden`"), (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    )
)]
pub(super) async fn grant(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Account>>,
    Json(wanted): Json<WantedDuty>,
) -> Result<StatusCode, Problem> {
    let mut change = Change::begin(&app, &actor, id).await?;
    let grant = wanted.grant()?;
    model::grantable(&change.mine, &grant)?;
    if db::insert_grant(&mut change.tx, id, &grant, &actor.label(), app.clock.now()).await? {
        change.record(&app, &actor, Happened::duty(record::DUTY_GRANTED, id, &grant)).await?;
    }
    change.commit().await
}

/// Takes a duty from an account. Works with its next request. Safe to repeat.
#[utoipa::path(
    post, path = "/api/identity/accounts/{id}/revoke", operation_id = "identityRevokeDuty", tag = "identity",
    params(("id" = uuid::Uuid, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    request_body(content = WantedDuty, example = json!({ "duty": "evacuation-orders", "area": "municipality:02203" })),
    responses(
        (status = 204, description = "Taken"), (status = 401, description = "`unauthenticated`"),
        (status = 403, description = "`forbidden`"), (status = 404, description = "`not-found`"),
        (status = 409, description = "`own-account`"),
    )
)]
pub(super) async fn take(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Account>>,
    Json(wanted): Json<WantedDuty>,
) -> Result<StatusCode, Problem> {
    let mut change = Change::begin(&app, &actor, id).await?;
    let grant = wanted.grant()?;
    model::revocable((change.me, &change.mine), id, &grant)?;
    if db::delete_grant(&mut change.tx, id, &grant).await? {
        change.record(&app, &actor, Happened::duty(record::DUTY_REVOKED, id, &grant)).await?;
    }
    change.commit().await
}

/// Suspends an account: its sessions end now and its keys open nothing. Safe to repeat.
#[utoipa::path(
    post, path = "/api/identity/accounts/{id}/suspend", operation_id = "identitySuspend", tag = "identity",
    params(("id" = uuid::Uuid, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    responses(
        (status = 204, description = "Suspended"), (status = 401, description = "`unauthenticated`"),
        (status = 403, description = "`forbidden`"), (status = 404, description = "`not-found`"),
        (status = 409, description = "`own-account`"),
    )
)]
pub(super) async fn suspend(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Account>>,
) -> Result<StatusCode, Problem> {
    let mut change = Change::begin(&app, &actor, id).await?;
    model::suspendable((change.me, &change.mine), (id, &change.theirs))?;
    if change.account.suspended_at.is_none() {
        db::set_suspended(&mut change.tx, id, Some(app.clock.now())).await?;
        db::delete_sessions_of(&mut change.tx, id).await?;
        change.record(&app, &actor, Happened::new(record::SUSPENDED, id)).await?;
    }
    change.commit().await
}

/// Lets a suspended account in again, with the duties it has. Safe to repeat.
#[utoipa::path(
    post, path = "/api/identity/accounts/{id}/resume", operation_id = "identityResume", tag = "identity",
    params(("id" = uuid::Uuid, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    responses(
        (status = 204, description = "Let in again"), (status = 401, description = "`unauthenticated`"),
        (status = 403, description = "`forbidden`"), (status = 404, description = "`not-found`"),
        (status = 409, description = "`own-account`"),
    )
)]
pub(super) async fn resume(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Account>>,
) -> Result<StatusCode, Problem> {
    let mut change = Change::begin(&app, &actor, id).await?;
    model::suspendable((change.me, &change.mine), (id, &change.theirs))?;
    if change.account.suspended_at.is_some() {
        db::set_suspended(&mut change.tx, id, None).await?;
        change.record(&app, &actor, Happened::new(record::RESUMED, id)).await?;
    }
    change.commit().await
}

/// A change of an account in work: who makes it and whom it concerns, as they are inside the transaction.
struct Change {
    tx: Tx,
    me: Id<Account>,
    mine: Vec<Grant>,
    account: Account,
    theirs: Vec<Grant>,
}

impl Change {
    /// 404 for an account that the administrator may not know of.
    async fn begin(app: &App, actor: &Actor, id: Id<Account>) -> Result<Self, Problem> {
        actor.require_anywhere(Duty::Administrator)?;
        let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
        let (me, mine) = session::administrator(&mut tx, actor).await?;
        let account = db::account(&mut tx, id).await?.ok_or_else(Problem::not_found)?;
        let theirs = db::grants(&mut tx, id).await?;
        if !model::sees(&mine, &theirs) {
            return Err(Problem::not_found());
        }
        Ok(Self { tx, me, mine, account, theirs })
    }

    async fn record(&mut self, app: &App, actor: &Actor, what: Happened) -> Result<(), Problem> {
        Ok(record::record(&mut self.tx, actor, &app.ids, app.clock.now(), what).await?)
    }

    async fn commit(self) -> Result<StatusCode, Problem> {
        self.tx.commit().await.map_err(anyhow::Error::from)?;
        Ok(StatusCode::NO_CONTENT)
    }
}
