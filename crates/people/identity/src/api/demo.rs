//! Sign-in as the people of a demo. In any other database these addresses do not exist.

use axum::extract::State;
use http::{Actor, App, Json, Problem};
use kernel::Id;
use serde::Deserialize;
use utoipa::ToSchema;

use super::browser::{Browser, Cookie};
use super::me::Me;
use super::sign_in::begin_session;
use crate::demo::{self, DemoAccount};
use crate::model::{Account, Holder};
use crate::session;

/// Whom to be (デモ用サインイン).
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct DemoSignIn {
    #[schema(value_type = uuid::Uuid)]
    account: Id<Account>,
}

/// Lists the people of the demo.
#[utoipa::path(
    get, path = "/api/identity/demo-accounts", operation_id = "identityDemoAccounts", tag = "identity",
    responses(
        (status = 200, description = "The people of the demo", body = Vec<DemoAccount>, example = json!([{
            "account": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "name": "八戸市 避難情報担当 A",
            "duties": [{ "duty": "evacuation-orders", "area": "municipality:02203" }]
        }])),
        (status = 404, description = "`not-found`: this is not a demo"),
    ),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Vec<DemoAccount>>, Problem> {
    let mut conn = app.store.read().await.map_err(anyhow::Error::from)?;
    let accounts = demo::accounts(&mut conn).await?;
    if accounts.is_empty() { Err(Problem::not_found()) } else { Ok(Json(accounts)) }
}

/// Signs in as one of the people of the demo.
#[utoipa::path(
    post, path = "/api/identity/demo-sign-in", operation_id = "identityDemoSignIn", tag = "identity",
    request_body(content = DemoSignIn, example = json!({ "account": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10" })),
    responses(
        (status = 200, description = "Signed in", body = Me),
        (status = 404, description = "`not-found`: this is not a demo, or nobody of it"),
    ),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn sign_in(
    State(app): State<App>,
    old: Actor,
    browser: Browser,
    Json(wanted): Json<DemoSignIn>,
) -> Result<(Cookie, Json<Me>), Problem> {
    let now = app.clock.now();
    let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
    let person = demo::accounts(&mut tx).await?.into_iter().find(|d| d.account == wanted.account);
    let person = person.ok_or_else(Problem::not_found)?;
    session::replace(&mut tx, &old, &app.ids, now).await?;
    begin_session(&app, tx, &browser, Holder::Staff(person.account), now).await
}
