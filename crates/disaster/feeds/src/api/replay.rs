//! Replay control: only scenarios and folders that the settings name, always as a drill.

use axum::extract::State;
use http::{Actor, App, Duty, Json, Problem};
use kernel::areas;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::sources::Sources;
use crate::sources::replay::{self, StartRefusal, Status};

/// What to replay (再生の開始). Give one of `scenario` and `folder`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StartReplay {
    /// Name of a built-in scenario.
    #[schema(example = "2025-12-08-aomori-oki")]
    pub(super) scenario: Option<String>,
    /// Name of a folder from the settings.
    pub(super) folder: Option<String>,
    /// 1 is the telegrams' own pace.
    #[serde(default = "own_pace")]
    #[schema(example = 20.0)]
    pub(super) speed: f64,
}

fn own_pace() -> f64 {
    1.0
}

/// What can be replayed, and what is being replayed (再生の状態).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Replays {
    /// The replay that is going on, or the last one.
    pub(super) current: Option<Status>,
    pub(super) scenarios: Vec<String>,
    pub(super) folders: Vec<String>,
}

/// What can be replayed, and what is being replayed (再生の状態).
#[utoipa::path(get, path = "/api/feeds/replay", operation_id = "feeds_replay", tag = "feeds",
    responses((status = 200, body = Replays)), extensions(("x-who" = json!("own-area"))))]
pub(super) async fn status(State(app): State<App>, actor: Actor) -> Result<Json<Replays>, Problem> {
    super::require_office(&actor)?;
    let sources = sources(&app);
    Ok(Json(Replays {
        current: replay::status(&app).await.map_err(Problem::internal)?,
        scenarios: sources.scenarios.iter().map(|scenario| scenario.name.clone()).collect(),
        folders: sources.replay_folders.keys().cloned().collect(),
    }))
}

/// Starts a replay (再生の開始).
#[utoipa::path(post, path = "/api/feeds/replay", operation_id = "feeds_start_replay", tag = "feeds",
    request_body(content = StartReplay, example = json!({ "scenario": "2025-12-08-aomori-oki", "speed": 20.0 })), responses((status = 200, body = Status), (status = 409), (status = 422)))]
pub(super) async fn start(
    State(app): State<App>,
    actor: Actor,
    Json(ask): Json<StartReplay>,
) -> Result<Json<Status>, Problem> {
    actor.require(Duty::DrillControl, &areas::PREFECTURE)?;
    let ((Some(name), None) | (None, Some(name))) = (ask.scenario, ask.folder) else {
        return Err(Problem::invalid(
            "scenario",
            "シナリオかフォルダのどちらか一つを選んでください。",
            "Choose either a scenario or a folder.",
        ));
    };
    let started = replay::outcome_of_start(&app, &sources(&app), &name, ask.speed, &actor).await;
    started.map_err(Problem::internal)?.map(Json).map_err(refuse)
}

/// Stops the running replay (再生の停止).
#[utoipa::path(delete, path = "/api/feeds/replay", operation_id = "feeds_stop_replay", tag = "feeds",
    responses((status = 200, body = Status), (status = 404)))]
pub(super) async fn stop(State(app): State<App>, actor: Actor) -> Result<Json<Status>, Problem> {
    actor.require(Duty::DrillControl, &areas::PREFECTURE)?;
    let ended = replay::end(&app, &actor).await.map_err(Problem::internal)?;
    ended.map(Json).ok_or_else(Problem::not_found)
}

fn sources(app: &App) -> std::sync::Arc<Sources> {
    app.extension::<Sources>().unwrap_or_default()
}

fn refuse(refusal: StartRefusal) -> Problem {
    match refusal {
        StartRefusal::UnknownScenario => {
            Problem::invalid("scenario", "その名前のシナリオはありません。", "There is no scenario of this name.")
        }
        StartRefusal::Speed => {
            Problem::invalid("speed", "速さは0.1倍から10,000倍までです。", "The speed is between 0.1 and 10,000.")
        }
        StartRefusal::Empty => {
            Problem::invalid("scenario", "電文が一つもありません。", "The scenario holds no telegrams.")
        }
        StartRefusal::Unreadable => Problem::invalid("folder", "フォルダを読めません。", "The folder cannot be read."),
        StartRefusal::Running => Problem::conflict(
            "replay-running",
            "ほかの再生が続いています。止めてから始めてください。",
            "Another replay is running. Stop it first.",
        ),
    }
}
