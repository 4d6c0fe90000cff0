//! Who am I?

use axum::extract::State;
use http::{Actor, ActorKind, App, Json, Problem};
use kernel::{Id, Timestamp, areas};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db;
use crate::model::{Account, Grant};

/// The asking person or device as the server knows it (自分の情報).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// `anonymous`, `device` or `staff`.
    kind: Kind,
    /// The staff account.
    #[schema(value_type = Option<Uuid>)]
    account: Option<Id<Account>>,
    /// The staff member's display name.
    name: Option<String>,
    /// The device account.
    device: Option<Uuid>,
    /// What the staff member may do now, and where.
    duties: Vec<Held>,
    /// When the session ends however much it is used.
    ends_at: Option<Timestamp>,
    /// Is this a demo, where anybody may sign in as the demo accounts?
    demo: bool,
}

/// A duty held, with the area's name (職務と地域).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Held {
    #[serde(flatten)]
    grant: Grant,
    /// The area's name in Japanese.
    area_name: String,
}

impl From<Grant> for Held {
    fn from(grant: Grant) -> Self {
        let area_name = areas::name(&grant.area).unwrap_or(grant.area.code()).to_owned();
        Self { grant, area_name }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Anonymous,
    Device,
    Staff,
}

/// Tells who is asking. Never refuses: without a session the answer is `anonymous`.
#[utoipa::path(
    get, path = "/api/identity/me", operation_id = "identityMe", tag = "identity",
    responses((status = 200, description = "Who is asking", body = Me, example = json!({
        "kind": "staff", "account": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "name": "八戸市 避難情報担当 A", "device": null,
        "duties": [{ "duty": "evacuation-orders", "area": "municipality:02203", "area_name": "八戸市" }],
        "ends_at": "2025-12-09T11:15:00+09:00", "demo": false
    }))),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn me(State(app): State<App>, actor: Actor) -> Result<Json<Me>, Problem> {
    Ok(Json(describe(&app, &actor).await?))
}

/// The answer of everything that changes who one is.
pub(super) async fn describe(app: &App, actor: &Actor) -> Result<Me, Problem> {
    let mut conn = app.store.read().await.map_err(anyhow::Error::from)?;
    let demo = db::demo(&mut conn).await?;
    let ends_at = match actor.session {
        Some(session) => db::session_end(&mut conn, session.into()).await?,
        None => None,
    };
    let nobody =
        Me { kind: Kind::Anonymous, account: None, name: None, device: None, duties: Vec::new(), ends_at, demo };
    Ok(match &actor.kind {
        ActorKind::Anonymous | ActorKind::System => nobody,
        ActorKind::Device(device) => Me { kind: Kind::Device, device: Some(*device), ..nobody },
        ActorKind::Staff { account, .. } => {
            let id = (*account).into();
            let name = db::account(&mut conn, id).await?.map(|a| a.name);
            let duties = db::grants(&mut conn, id).await?.into_iter().map(Into::into).collect();
            Me { kind: Kind::Staff, account: Some(id), name, duties, ..nobody }
        }
    })
}
