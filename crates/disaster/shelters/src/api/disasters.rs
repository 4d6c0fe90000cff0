//! Disasters: declare, list, close.

use axum::extract::State;
use http::{Actor, App, Duty, Json, Path, Problem};
use kernel::{Id, Mode, Text, Timestamp, areas};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{decides, deed, may_look, require_office};
use crate::act::{self, LOCK, digest};
use crate::model::{self, Disaster};
use crate::{db, publish, replay};

/// A disaster to be declared (災害の登録).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclareDisaster {
    /// Made by the client; sending it again changes nothing. It becomes the disaster's id.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    mode: Mode,
    /// A drill's is marked 【訓練】 whatever is sent.
    name: String,
    /// やさしい日本語 and English; the name itself where they are left out.
    #[serde(default)]
    name_easy: Option<String>,
    #[serde(default)]
    name_en: Option<String>,
    since: Timestamp,
    /// JIS codes; empty means the whole prefecture.
    municipalities: Vec<String>,
}

/// The end of a disaster (災害の終了).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CloseDisaster {
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    /// Closes the shelters that are still open, each with the reason.
    #[serde(default)]
    close_shelters: bool,
    reason: String,
}

/// A disaster as staff see it (災害).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ShelterDisaster)]
pub(super) struct DisasterView {
    id: String,
    name: Text,
    mode: Mode,
    since: Timestamp,
    until: Option<Timestamp>,
    municipalities: Vec<String>,
    /// Imported: its curve is in `document`, and a drill can play it again.
    past: bool,
    replay_of: Option<String>,
    /// The document with its curve.
    document: Option<String>,
    /// The caller may open shelters in it.
    may_open: bool,
    /// The caller may close it.
    may_close: bool,
}

/// Disasters of both modes that concern the caller, newest first, ended and past ones among them.
#[utoipa::path(
    get, path = "/api/shelters/disasters", operation_id = "sheltersDisasters", tag = "shelters",
    responses((status = 200, description = "Disasters", body = Vec<DisasterView>, example = json!([example()]))),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn list(State(app): State<App>, actor: Actor) -> Result<Json<Vec<DisasterView>>, Problem> {
    require_office(&actor)?;
    let mut conn = app.store.read().await?;
    let all = db::disasters_listed(&mut conn).await?;
    Ok(Json(all.iter().filter(|one| concerns(&actor, one)).map(|one| view(&actor, one)).collect()))
}

/// Declares a disaster, live or drill, for municipalities that the caller is responsible for.
#[utoipa::path(
    post, path = "/api/shelters/disasters", operation_id = "sheltersDeclare", tag = "shelters",
    request_body(content = DeclareDisaster, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21", "mode": "drill", "name": "青森県東方沖の地震",
        "name_en": "Earthquake off Aomori", "since": "2025-12-08T23:15:00+09:00", "municipalities": ["02203"]
    })),
    responses(
        (status = 200, description = "The disaster", body = DisasterView, example = json!(example())),
        (status = 409, description = "`command-used`"), (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn declare(
    State(app): State<App>,
    actor: Actor,
    Json(wanted): Json<DeclareDisaster>,
) -> Result<Json<DisasterView>, Problem> {
    let name = Text::new(
        &wanted.name,
        wanted.name_easy.as_ref().unwrap_or(&wanted.name),
        wanted.name_en.as_ref().unwrap_or(&wanted.name),
    );
    actor.require_anywhere(Duty::Shelters)?;
    let now = app.clock.now();
    let id = Id::from_uuid(wanted.command);
    let asked = wanted.municipalities.clone();
    let disaster = model::declare(id, &name, wanted.mode, wanted.since, asked, now)?;
    for area in disaster.areas() {
        actor.require(Duty::Shelters, &area)?;
    }
    let made = app.store.retry(async || declare_once(&app, &actor, &wanted, &disaster).await).await?;
    Ok(Json(view(&actor, &made)))
}

async fn declare_once(app: &App, actor: &Actor, wanted: &DeclareDisaster, new: &Disaster) -> anyhow::Result<Disaster> {
    let (by, digest) = (actor.label(), digest(wanted));
    let deed = deed(app, wanted.command, &by, &digest);
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    if act::is_repeat(&mut tx, deed).await? {
        return Ok(db::disaster(&mut tx, new.id).await?.unwrap_or_else(|| new.clone()));
    }
    act::keep_disaster(&mut tx, deed, new).await?;
    publish::refresh(&mut tx, new.mode, &places_of(new), deed.now).await?;
    tx.commit().await?;
    Ok(new.clone())
}

/// Ends a disaster. Its shelters must be closed, or are closed with it.
#[utoipa::path(
    post, path = "/api/shelters/disasters/{id}/close", operation_id = "sheltersDisasterClose", tag = "shelters",
    params(("id" = String, Path, description = "The disaster", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21")),
    request_body(content = CloseDisaster, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e26", "close_shelters": false, "reason": "応急対応の終了"
    })),
    responses(
        (status = 200, description = "The disaster, ended", body = DisasterView, example = json!(example())),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`shelters-still-open`, `disaster-over`, `command-used`"),
    ),
)]
pub(super) async fn close(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(wanted): Json<CloseDisaster>,
) -> Result<Json<DisasterView>, Problem> {
    if actor.require_anywhere(Duty::Shelters).is_err() {
        actor.require(Duty::DrillControl, &areas::PREFECTURE)?;
    }
    let ended = app.store.retry(async || close_once(&app, &actor, id, &wanted).await).await?;
    Ok(Json(view(&actor, &ended)))
}

async fn close_once(app: &App, actor: &Actor, id: Uuid, wanted: &CloseDisaster) -> anyhow::Result<Disaster> {
    let (by, digest) = (actor.label(), digest(&(id, wanted)));
    let deed = deed(app, wanted.command, &by, &digest);
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let held = db::disaster(&mut tx, Id::from_uuid(id)).await?.filter(|held| may_end(actor, held));
    let held = held.ok_or_else(Problem::not_found)?;
    if act::is_repeat(&mut tx, deed).await? {
        return Ok(held);
    }
    let mut touched = places_of(&held);
    if wanted.close_shelters && held.is_running() {
        touched.extend(replay::close_all(app, &mut tx, &held, &wanted.reason, &by, deed.now).await?);
    }
    let open = db::active_in(&mut tx, held.id).await?.len();
    let ended = model::end(&held, open, deed.now).map_err(Problem::from)?;
    act::keep_disaster(&mut tx, deed, &ended).await?;
    publish::refresh(&mut tx, ended.mode, &touched, deed.now).await?;
    tx.commit().await?;
    Ok(ended)
}

fn places_of(disaster: &Disaster) -> std::collections::BTreeSet<String> {
    if disaster.municipalities.is_empty() {
        return publish::everywhere(&[]);
    }
    disaster.municipalities.iter().cloned().collect()
}

/// A replay plays what happened elsewhere: whoever controls drills ends it.
fn may_end(actor: &Actor, disaster: &Disaster) -> bool {
    let drills = || actor.require(Duty::DrillControl, &areas::PREFECTURE).is_ok();
    if disaster.replay_of.is_some() {
        return drills();
    }
    !disaster.past && disaster.areas().iter().all(|area| actor.require(Duty::Shelters, area).is_ok())
}

fn concerns(actor: &Actor, disaster: &Disaster) -> bool {
    let from_elsewhere = disaster.past || disaster.replay_of.is_some() || disaster.municipalities.is_empty();
    from_elsewhere || disaster.municipalities.iter().any(|jis5| may_look(actor, jis5))
}

fn view(actor: &Actor, disaster: &Disaster) -> DisasterView {
    let anywhere = || publish::everywhere(&[]).iter().any(|jis5| decides(actor, jis5));
    let may_open = if disaster.municipalities.is_empty() {
        anywhere()
    } else {
        disaster.municipalities.iter().any(|jis5| decides(actor, jis5))
    };
    DisasterView {
        id: disaster.id.to_string(),
        name: disaster.name.clone(),
        mode: disaster.mode,
        since: disaster.since,
        until: disaster.until,
        municipalities: disaster.municipalities.clone(),
        past: disaster.past,
        replay_of: disaster.replay_of.map(|id| id.to_string()),
        document: disaster.past.then(|| publish::history_name(disaster.id)),
        may_open: may_open && disaster.is_running() && disaster.replay_of.is_none(),
        may_close: disaster.is_running() && may_end(actor, disaster),
    }
}

fn example() -> serde_json::Value {
    serde_json::json!({
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21",
        "name": { "ja": "【訓練】青森県東方沖の地震", "easy": "【訓練】青森県東方沖の地震", "en": "【訓練】[DRILL] Earthquake off Aomori" },
        "mode": "drill", "since": "2025-12-08T23:15:00+09:00", "until": null, "municipalities": ["02203"],
        "past": false, "replay_of": null, "document": null, "may_open": true, "may_close": true
    })
}
