//! Steps of openings: preparing, open, full, closing, closed.

use std::collections::BTreeSet;

use axum::extract::State as Shared;
use http::{Actor, App, Duty, Json, Problem};
use kernel::Id;
use places::Facility;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::board::{BoardLine, line};
use super::{decides, deed, running};
use crate::act::{self, LOCK, digest};
use crate::model::{Ask, Opening, State};
use crate::{db, publish, register};

/// A step of an opening (開設・満員・閉鎖などの操作).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetOpening {
    /// Made by the client; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    #[schema(value_type = String, format = Uuid)]
    disaster: Uuid,
    #[schema(value_type = String, format = Uuid)]
    facility: Id<Facility>,
    state: State,
    /// Why.
    reason: String,
    /// Where to go instead; for `full`.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    instead: Option<Id<Facility>>,
    /// Words for residents.
    #[serde(default)]
    note: Option<String>,
}

/// Opens a shelter, calls it full, closes it. Full needs a place to go instead, as long as any other is open.
#[utoipa::path(
    post, path = "/api/shelters/openings", operation_id = "sheltersSetOpening", tag = "shelters",
    request_body(content = SetOpening, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e22", "disaster": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21",
        "facility": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23", "state": "open", "reason": "津波警報の発表",
        "instead": null, "note": "北口からお入りください"
    })),
    responses(
        (status = 200, description = "The place as it stands", body = BoardLine, example = json!(super::board::example())),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`no-such-step`, `instead-needed`, `instead-not-open`, `open-elsewhere`, `disaster-over`, `command-used`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn set(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(wanted): Json<SetOpening>,
) -> Result<Json<BoardLine>, Problem> {
    actor.require_anywhere(Duty::Shelters)?;
    let opening = app.store.retry(async || set_once(&app, &actor, &wanted).await).await?;
    Ok(Json(line(&opening.venue, Some(&opening))))
}

async fn set_once(app: &App, actor: &Actor, wanted: &SetOpening) -> anyhow::Result<Opening> {
    let (by, digest) = (actor.label(), digest(wanted));
    let deed = deed(app, wanted.command, &by, &digest);
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let venue = register::venue(&mut tx, wanted.facility).await?;
    let mut venue = venue.filter(|venue| decides(actor, &venue.municipality)).ok_or_else(Problem::not_found)?;
    if act::is_repeat(&mut tx, deed).await? {
        let held = db::opening(&mut tx, Id::from_uuid(wanted.disaster), wanted.facility).await?;
        return Ok(held.ok_or_else(Problem::not_found)?);
    }
    // Since it opened it may have been made one place with another: its opening goes on under the id it began with.
    if db::opening(&mut tx, Id::from_uuid(wanted.disaster), wanted.facility).await?.is_some() {
        venue.facility = wanted.facility;
    }
    let disaster = running(&mut tx, Id::from_uuid(wanted.disaster)).await?;
    let mut touched = BTreeSet::from([venue.municipality.clone()]);
    let ask = Ask {
        state: wanted.state,
        reason: wanted.reason.clone(),
        note: wanted.note.clone().filter(|note| !note.trim().is_empty()),
        instead: wanted.instead,
    };
    let opening = act::take_step(&mut tx, deed, &disaster, venue, ask).await?;
    touched.extend(pointed_here(&mut tx, &opening).await?);
    publish::refresh(&mut tx, opening.mode, &touched, deed.now).await?;
    tx.commit().await?;
    Ok(opening)
}

/// Municipalities whose full shelters send people on, perhaps to this one: their documents must follow its state.
async fn pointed_here(tx: &mut store::Tx, opening: &Opening) -> anyhow::Result<Vec<String>> {
    let active = db::all_active(tx, opening.mode).await?;
    Ok(active.into_iter().filter(|one| one.state == State::Full).map(|one| one.venue.municipality).collect())
}
