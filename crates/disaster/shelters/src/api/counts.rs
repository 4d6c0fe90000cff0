//! Headcounts by the municipality's staff, until reception counts by itself.

use axum::extract::State;
use http::{Actor, App, Duty, Json, Problem};
use kernel::{Id, Timestamp};
use places::Facility;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::board::{BoardLine, line};
use super::{decides, deed, running};
use crate::act::{self, LOCK, digest};
use crate::model::{Headcount, Opening, Refused};
use crate::{db, publish};

/// A headcount (避難者数の報告). At least one of the two numbers; null means that nobody counted it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportCount {
    /// Made by the client; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    #[schema(value_type = String, format = Uuid)]
    disaster: Uuid,
    #[schema(value_type = String, format = Uuid)]
    facility: Id<Facility>,
    #[serde(default)]
    persons: Option<u32>,
    #[serde(default)]
    households: Option<u32>,
    counted_at: Timestamp,
}

/// Reports how many people and households are in a shelter. More than it holds is recorded, never refused.
#[utoipa::path(
    post, path = "/api/shelters/counts", operation_id = "sheltersCount", tag = "shelters",
    request_body(content = ReportCount, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e25", "disaster": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21",
        "facility": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23", "persons": 180, "households": 64,
        "counted_at": "2025-12-08T23:15:00+09:00"
    })),
    responses(
        (status = 200, description = "The place as it stands", body = BoardLine, example = json!(super::board::example())),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`not-open`, `disaster-over`, `command-used`"), (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn report(
    State(app): State<App>,
    actor: Actor,
    Json(wanted): Json<ReportCount>,
) -> Result<Json<BoardLine>, Problem> {
    actor.require_anywhere(Duty::Shelters)?;
    let opening = app.store.retry(async || report_once(&app, &actor, &wanted).await).await?;
    Ok(Json(line(&opening.venue, Some(&opening))))
}

async fn report_once(app: &App, actor: &Actor, wanted: &ReportCount) -> anyhow::Result<Opening> {
    let (by, digest) = (actor.label(), digest(wanted));
    let deed = deed(app, wanted.command, &by, &digest);
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let held = db::opening(&mut tx, Id::from_uuid(wanted.disaster), wanted.facility).await?;
    let Some(held) = held.filter(|held| decides(actor, &held.venue.municipality)) else {
        return Err(unopened(&mut tx, actor, wanted.facility).await?.into());
    };
    if act::is_repeat(&mut tx, deed).await? {
        return Ok(held);
    }
    let disaster = running(&mut tx, held.disaster).await?;
    let count = Headcount {
        persons: wanted.persons,
        households: wanted.households,
        counted_at: wanted.counted_at,
        by: by.clone(),
    };
    let opening = act::take_count(&mut tx, deed, &disaster, wanted.facility, count).await?;
    publish::refresh(&mut tx, opening.mode, &[opening.venue.municipality.clone()].into(), deed.now).await?;
    tx.commit().await?;
    Ok(opening)
}

/// Not opened, if it is a place of the caller's; else as if it did not exist.
async fn unopened(tx: &mut store::Tx, actor: &Actor, facility: Id<Facility>) -> anyhow::Result<Problem> {
    let own = crate::register::venue(tx, facility).await?.is_some_and(|venue| decides(actor, &venue.municipality));
    Ok(if own { Refused::NotOpen.into() } else { Problem::not_found() })
}
