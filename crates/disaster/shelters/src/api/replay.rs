//! Replays of past disasters: who controls drills starts and stops them.

use axum::extract::State;
use http::{Actor, App, Duty, Json, Problem};
use kernel::{Id, areas};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::require_office;
use crate::replay::{self, Status};

/// What to replay (再生の開始).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StartHistory {
    /// The past disaster.
    #[schema(value_type = String, format = Uuid)]
    history: Uuid,
    /// How many times faster than it happened; a day each second is 86,400.
    #[serde(default = "a_day_each_second")]
    speed: f64,
}

/// The replay (再生の状態).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ShelterReplays)]
pub(super) struct Replays {
    /// The one that is going on, or the last one.
    current: Option<Status>,
}

fn a_day_each_second() -> f64 {
    86_400.0
}

/// What is being replayed, and how far it is.
#[utoipa::path(
    get, path = "/api/shelters/replay", operation_id = "sheltersReplay", tag = "shelters",
    responses((status = 200, description = "The replay", body = Replays, example = json!({ "current": example() }))),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn status(State(app): State<App>, actor: Actor) -> Result<Json<Replays>, Problem> {
    if require_office(&actor).is_err() {
        actor.require_anywhere(Duty::DrillControl)?;
    }
    Ok(Json(Replays { current: replay::status(&app).await? }))
}

/// Plays a past disaster again, always as a drill. What an earlier replay left open is closed.
#[utoipa::path(
    post, path = "/api/shelters/replay", operation_id = "sheltersStartReplay", tag = "shelters",
    request_body(content = StartHistory, example = json!({
        "history": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e27", "speed": 86400.0
    })),
    responses(
        (status = 200, description = "The replay", body = Status, example = json!(example())),
        (status = 409, description = "`replay-running`"), (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn start(
    State(app): State<App>,
    actor: Actor,
    Json(wanted): Json<StartHistory>,
) -> Result<Json<Status>, Problem> {
    actor.require(Duty::DrillControl, &areas::PREFECTURE)?;
    let started = replay::start(&app, Id::from_uuid(wanted.history), wanted.speed, &actor).await?;
    Ok(Json(started?))
}

/// Stops the replay that is going on.
#[utoipa::path(
    delete, path = "/api/shelters/replay", operation_id = "sheltersStopReplay", tag = "shelters",
    responses(
        (status = 200, description = "The replay", body = Status, example = json!(example())),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(super) async fn stop(State(app): State<App>, actor: Actor) -> Result<Json<Status>, Problem> {
    actor.require(Duty::DrillControl, &areas::PREFECTURE)?;
    replay::stop(&app, &actor).await?.map(Json).ok_or_else(Problem::not_found)
}

fn example() -> serde_json::Value {
    serde_json::json!({
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e28", "history": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e27",
        "disaster": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e29", "speed": 86400.0, "state": "running", "active": true,
        "total": 1300, "done": 40, "started_at": "2025-12-08T23:15:00+09:00", "ended_at": null
    })
}
