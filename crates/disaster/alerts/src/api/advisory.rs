//! The municipalities asked to act under 後発地震注意情報: designated by the state, entered by staff.

use axum::extract::State;
use http::{Actor, App, Duty, Json, Problem};
use kernel::{Id, Mode, Text, Timestamp, areas};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::journal::{self, Body, NewEntry};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db;
use crate::jobs::{LOCK, refresh};
use crate::model::Targets;
use crate::wording;

const KIND: &str = "alerts.advisory_targets_set";

/// The list as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AdvisoryTargets {
    /// JIS codes.
    municipalities: Vec<String>,
    /// False while nobody has entered the designated list: then it is every municipality.
    designated: bool,
    note: Text,
}

/// The list to enter; null goes back to every municipality.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct SetAdvisoryTargets {
    #[schema(value_type = String)]
    command: Uuid,
    municipalities: Option<Vec<String>>,
}

/// Shows which municipalities the 後発地震注意情報 asks to act.
#[utoipa::path(
    get, path = "/api/alerts/advisory/targets", operation_id = "alertsAdvisoryTargets", tag = "alerts",
    responses((status = 200, description = "The list", body = AdvisoryTargets, example = json!({
        "municipalities": ["02203", "02207"], "designated": true,
        "note": { "ja": "…", "easy": "…", "en": "…" }
    }))),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn show(State(app): State<App>, actor: Actor) -> Result<Json<AdvisoryTargets>, Problem> {
    if actor.require_anywhere(Duty::EvacuationOrders).is_err() {
        actor.require_anywhere(Duty::Watch)?;
    }
    let mut conn = app.store.read().await?;
    Ok(Json(shown(&db::targets(&mut conn).await?)))
}

/// Enters the designated municipalities. Needs the duty for the whole prefecture.
#[utoipa::path(
    put, path = "/api/alerts/advisory/targets", operation_id = "alertsAdvisoryTargetsSet", tag = "alerts",
    request_body(content = SetAdvisoryTargets, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e17", "municipalities": ["02203", "02207"]
    })),
    responses(
        (status = 200, description = "The list", body = AdvisoryTargets, example = json!({
            "municipalities": ["02203", "02207"], "designated": true, "note": { "ja": "…", "easy": "…", "en": "…" }
        })),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn set(
    State(app): State<App>,
    actor: Actor,
    Json(wanted): Json<SetAdvisoryTargets>,
) -> Result<Json<AdvisoryTargets>, Problem> {
    actor.require(Duty::EvacuationOrders, &areas::PREFECTURE)?;
    let known = |codes: &Vec<String>| !codes.is_empty() && codes.iter().all(|c| areas::municipality(c).is_some());
    if wanted.municipalities.as_ref().is_some_and(|codes| !known(codes)) {
        let (ja, en) = ("青森県内の市町村を1件以上指定してください。", "Give at least one municipality of Aomori.");
        return Err(Problem::invalid("municipalities", ja, en));
    }
    let targets = app.store.retry(async || set_once(&app, &actor, &wanted).await).await?;
    Ok(Json(shown(&targets)))
}

async fn set_once(app: &App, actor: &Actor, wanted: &SetAdvisoryTargets) -> anyhow::Result<Targets> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let mut codes = wanted.municipalities.clone();
    if let Some(codes) = &mut codes {
        codes.sort_unstable();
        codes.dedup();
    }
    let targets = Targets { designated: codes };
    if db::find_step(&mut tx, wanted.command).await?.is_some() {
        return db::targets(&mut tx).await;
    }
    db::insert_step(&mut tx, wanted.command, Id::from_uuid(wanted.command), KIND, &actor.label(), now).await?;
    journal::record(&mut tx, entry(actor, wanted.command, &targets, now), now).await?;
    db::set_targets(&mut tx, &targets).await?;
    for mode in [Mode::Live, Mode::Drill] {
        let state = db::load(&mut tx, mode).await?;
        refresh(&mut tx, &state, now).await?;
    }
    tx.commit().await?;
    Ok(targets)
}

fn entry(actor: &Actor, command: Uuid, targets: &Targets, now: Timestamp) -> NewEntry {
    NewEntry {
        id: Id::from_uuid(command),
        kind: KIND,
        subject: "advisory-targets".to_owned(),
        area: Some(areas::PREFECTURE),
        mode: Mode::Live,
        actor: actor.label(),
        device: None,
        occurred_at: now,
        body: Body::Open(json!({ "municipalities": targets.designated })),
    }
}

fn shown(targets: &Targets) -> AdvisoryTargets {
    let designated = targets.designated.is_some();
    AdvisoryTargets { municipalities: targets.codes(), designated, note: wording::advisory_note(designated) }
}
