//! How long a municipality keeps what was written of people, and what will go when (保存期間).

use axum::extract::State as Shared;
use http::{Actor, App, Duty, Json, Problem, Query};
use kernel::{AreaCode, Mode, Text, Timestamp, areas};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::journal::{self, Body, NewEntry};
use utoipa::{IntoParams, ToSchema};

use crate::db;
use crate::retention::{DEFAULT_DAYS, FEWEST_DAYS, MOST_DAYS, Waits, destroyable, due_at};

/// Whose records.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RetentionQuery {
    /// JIS code.
    #[param(example = "02203")]
    municipality: String,
}

/// How long records are kept.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ReceptionSetRetention)]
pub(super) struct SetRetention {
    municipality: String,
    /// After the end of each disaster; 30 to 3650.
    days: u32,
}

/// How long a municipality keeps records, and what will go when (保存期間).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionRetention)]
pub(super) struct Retention {
    municipality: String,
    days: u32,
    /// Nobody set it: five years.
    is_default: bool,
    /// Disasters that are over and concern the municipality, newest first.
    disasters: Vec<DisasterRecords>,
}

/// The records of one disaster.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionDisasterRecords)]
pub(super) struct DisasterRecords {
    disaster: String,
    name: Text,
    mode: Mode,
    closed_at: Timestamp,
    /// When they are past their time.
    due_at: Timestamp,
    /// When they were erased; the counts stay.
    erased_at: Option<Timestamp>,
    /// Past their time, and kits that may still seal to the old key were not heard since: how many.
    waits_for_kits: u32,
    /// Past their time, and another disaster, whose time is not, was written under the same key.
    waits_for_disaster: bool,
}

/// How long the municipality keeps what was written of people, and what will go when.
#[utoipa::path(
    get, path = "/api/reception/retention", operation_id = "receptionRetention", tag = "reception", params(RetentionQuery),
    responses((status = 200, description = "As it stands", body = Retention, example = json!(example())),
        (status = 404, description = "`not-found`")),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn show(
    Shared(app): Shared<App>,
    actor: Actor,
    query: Result<Query<RetentionQuery>, Problem>,
) -> Result<Json<Retention>, Problem> {
    actor.require_anywhere(Duty::Evacuees)?;
    let Query(RetentionQuery { municipality }) = query?;
    require(&actor, &municipality)?;
    Ok(Json(view(&app, municipality).await?))
}

/// Says how long the municipality keeps what was written of people. What is past its time then goes within the hour.
#[utoipa::path(
    put, path = "/api/reception/retention", operation_id = "receptionSetRetention", tag = "reception",
    request_body(content = SetRetention, example = json!({ "municipality": "02203", "days": 1_095 })),
    responses((status = 200, description = "As it stands", body = Retention, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 422, description = "`invalid`")),
)]
pub(super) async fn set(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(wanted): Json<SetRetention>,
) -> Result<Json<Retention>, Problem> {
    require(&actor, &wanted.municipality)?;
    if !(FEWEST_DAYS..=MOST_DAYS).contains(&wanted.days) {
        let (ja, en) = ("30日から3650日までで指定してください。", "Between 30 and 3650 days.");
        return Err(Problem::invalid("days", ja, en));
    }
    app.store.retry(async || set_once(&app, &actor, &wanted).await).await?;
    Ok(Json(view(&app, wanted.municipality).await?))
}

async fn set_once(app: &App, actor: &Actor, wanted: &SetRetention) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if db::retention::days(&mut tx, &wanted.municipality).await? == Some(wanted.days) {
        return Ok(());
    }
    db::retention::set(&mut tx, &wanted.municipality, wanted.days, &actor.label(), now).await?;
    let entry = NewEntry {
        id: app.ids.next(),
        kind: "reception.retention_set",
        subject: wanted.municipality.clone(),
        area: Some(AreaCode::municipality(&wanted.municipality)),
        mode: Mode::Live,
        actor: actor.label(),
        device: None,
        occurred_at: now,
        body: Body::Open(json!({ "days": wanted.days })),
    };
    journal::record(&mut tx, entry, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Staff of the municipality; the prefecture's, too, may look.
fn require(actor: &Actor, jis5: &str) -> Result<(), Problem> {
    super::require_of(actor, Duty::Evacuees, jis5)?;
    areas::municipality(jis5).map(|_| ()).ok_or_else(Problem::not_found)
}

async fn view(app: &App, municipality: String) -> Result<Retention, Problem> {
    let mut conn = app.store.read().await?;
    let set = db::retention::days(&mut conn, &municipality).await?;
    let days = set.unwrap_or(DEFAULT_DAYS);
    let known = shelters::reception::known(&mut conn).await?;
    let concerned: Vec<_> = known.into_iter().filter(|one| !one.past && one.covers(&municipality)).collect();
    let keys = households::key_lives(&mut conn, &municipality).await?;
    let heard = db::retention::kits_heard(&mut conn, &municipality).await?;
    let now = app.clock.now();
    let mut disasters = Vec::new();
    for disaster in &concerned {
        let (Some(closed_at), Some(due_at)) = (disaster.until, due_at(disaster, days)) else { continue };
        let held = db::retention::find(&mut conn, (disaster.id.uuid(), &municipality)).await?;
        let erased_at = held.and_then(|held| held.erased_at).map(Into::into);
        let waits = destroyable(&keys, disaster, &concerned, (days, now), &heard).err().filter(|_| erased_at.is_none());
        disasters.push(DisasterRecords {
            disaster: disaster.id.to_string(),
            name: disaster.name.clone(),
            mode: disaster.mode,
            closed_at,
            due_at,
            erased_at,
            waits_for_kits: if let Some(Waits::Kits(kits)) = waits { kits } else { 0 },
            waits_for_disaster: waits == Some(Waits::Disaster),
        });
    }
    Ok(Retention { municipality, days, is_default: set.is_none(), disasters })
}

fn example() -> serde_json::Value {
    json!({
        "municipality": "02203", "days": 1_825, "is_default": true, "disasters": [{
            "disaster": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21",
            "name": { "ja": "青森県東方沖の地震", "easy": "あおもりけん とうほうおきの じしん", "en": "Earthquake off Aomori" },
            "mode": "live", "closed_at": "2026-03-31T17:00:00+09:00", "due_at": "2031-03-30T17:00:00+09:00",
            "erased_at": null, "waits_for_kits": 0, "waits_for_disaster": false
        }]
    })
}
