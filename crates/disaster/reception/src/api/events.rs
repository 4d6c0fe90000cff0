//! Events come in: the one request that must never fail a person.

use axum::extract::State as Shared;
use http::{Actor, App, Duty, Json, Problem, Query};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::require_desk;
use crate::db;
use crate::event::Signed;
use crate::live::Live;
use crate::node::NodeView;
use crate::receipts::known;
use crate::sync::Receipt;
use crate::take::{Giver, State, Taken, take};
use kernel::hex;

/// Events of one request at most.
const MOST: usize = 500;

/// Events of one desk (出来事の送信).
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ReceptionSendEvents)]
pub(super) struct SendEvents {
    /// At most 500, in any order.
    events: Vec<Signed>,
}

/// What became of each event, in the order in which they were sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionSent)]
pub(super) struct Sent {
    node: NodeView,
    results: Vec<Outcome>,
}

/// What became of one event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionOutcome)]
pub(super) struct Outcome {
    /// Null when it could not be read.
    id: Option<String>,
    state: State,
    /// Why it was refused (`too-large`, `malformed`, `schema`, `too-many-people`, `missing`, `municipality`, `mode`) or set
    /// aside (`device`, `signature`, `other-content`).
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// SHA-256 (hex) of the body.
    hash: String,
    /// The centre's word that it holds the event (県に到達).
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<Receipt>,
}

/// Stores events durably (受付の出来事の保存). Safe to repeat. No event is refused because of another one, and no person
/// because of a device: what is not believed is set aside, and the device keeps its copy.
#[utoipa::path(
    post, path = "/api/reception/events", operation_id = "receptionEvents", tag = "reception",
    request_body(content = SendEvents, example = json!({ "events": [{
        "body": "{\"id\":\"019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e40\",\"schema\":1,\"kind\":\"count-only\",…}",
        "signature": "Xh0…"
    }] })),
    responses(
        (status = 200, description = "What became of each", body = Sent, example = json!({
            "node": { "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e30", "epoch": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e31",
                "role": "centre", "locked": false },
            "results": [{ "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e40", "state": "stored",
                "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }]
        })),
        (status = 413, description = "`too-large`: more than 1 MiB"),
        (status = 422, description = "`invalid`: more than 500"),
        (status = 503, description = "`unavailable`: nothing of it is lost, send it again"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn send(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(sent): Json<SendEvents>,
) -> Result<Json<Sent>, Problem> {
    let areas = actor.require_anywhere(Duty::ShelterDesk)?;
    if sent.events.len() > MOST {
        let (ja, en) = (
            "一度に送れるのは500件までです。分けて送ってください。",
            "At most 500 events at once; send them in parts.",
        );
        return Err(Problem::invalid("events", ja, en));
    }
    let live = Live::of(&app)?;
    let node = live.node()?.view(live.is_locked());
    let taken = take(&app, &live, &Giver::device(actor.label(), areas), sent.events).await?;
    Ok(Json(Sent { node, results: taken.into_iter().map(outcome).collect() }))
}

fn outcome(taken: Taken) -> Outcome {
    let Taken { id, state, code, hash, receipt } = taken;
    Outcome { id: id.map(|id| id.to_string()), state, code, hash: hex(&hash), receipt }
}

/// Whose events.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AsideQuery {
    /// JIS code.
    #[param(example = "02203")]
    municipality: String,
}

/// An event that was set aside (隔離された出来事).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionAside)]
pub(super) struct Aside {
    event: String,
    /// `device`, `signature` or `other-content`.
    reason: String,
    device: String,
    /// Who handed it in.
    given_by: String,
    at: Timestamp,
}

/// Events that were set aside, the newest 500 of the municipality: somebody must look which desk did not know its device.
#[utoipa::path(
    get, path = "/api/reception/aside", operation_id = "receptionAside", tag = "reception", params(AsideQuery),
    responses(
        (status = 200, description = "Newest first", body = Vec<Aside>, example = json!([{
            "event": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e40", "reason": "device",
            "device": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e32", "given_by": "staff:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10",
            "at": "2025-12-08T23:40:00+09:00"
        }])),
        (status = 404, description = "`not-found`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn aside(
    Shared(app): Shared<App>,
    actor: Actor,
    query: Result<Query<AsideQuery>, Problem>,
) -> Result<Json<Vec<Aside>>, Problem> {
    actor.require_anywhere(Duty::ShelterDesk)?;
    let Query(AsideQuery { municipality }) = query?;
    require_desk(&actor, &municipality)?;
    let mut conn = app.store.read().await?;
    let rows = db::quarantine::list(&mut conn, &municipality).await?;
    let view = |row: db::quarantine::AsideRow| Aside {
        event: row.event.to_string(),
        reason: row.reason,
        device: row.device.to_string(),
        given_by: row.given_by,
        at: row.at.into(),
    };
    Ok(Json(rows.into_iter().map(view).collect()))
}

/// Events whose receipts are asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ReceptionAskReceipts)]
pub(super) struct AskReceipts {
    /// At most 500.
    #[schema(value_type = Vec<String>)]
    ids: Vec<Uuid>,
}

/// Receipts that are known here (受領証の照会): of the centre for everything that it holds. An event without one is kept.
#[utoipa::path(
    post, path = "/api/reception/receipts", operation_id = "receptionReceipts", tag = "reception",
    request_body(content = AskReceipts, example = json!({ "ids": ["019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e40"] })),
    responses(
        (status = 200, description = "In any order", body = Vec<Receipt>, example = json!([{
            "event": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e40",
            "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "epoch": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e31", "at_ms": 1_765_203_300_000_i64, "signature": "Xh0…"
        }])),
        (status = 422, description = "`invalid`: more than 500"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn receipts(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(asked): Json<AskReceipts>,
) -> Result<Json<Vec<Receipt>>, Problem> {
    actor.require_anywhere(Duty::ShelterDesk)?;
    if asked.ids.len() > MOST {
        return Err(Problem::invalid("ids", "一度に照会できるのは500件までです。", "At most 500 ids at once."));
    }
    let ids: Vec<_> = asked.ids.into_iter().map(kernel::Id::from_uuid).collect();
    Ok(Json(known(&app, &*Live::of(&app)?, &ids).await?))
}
