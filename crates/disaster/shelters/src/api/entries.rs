//! What happened at a place (経過): every step and count, by whom and why.

use axum::extract::State;
use http::{Actor, App, Json, Page, PageQuery, Path, Problem, Query};
use kernel::{Id, Timestamp};
use places::Facility;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{may_look, require_office};
use crate::{db, register};

/// One thing that happened at a place (経過の1件).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ShelterHistoryEntry)]
pub(super) struct HistoryEntry {
    id: String,
    at: Timestamp,
    /// The kind of the journal entry, e.g. `shelters.opened`.
    kind: String,
    mode: String,
    disaster: String,
    actor: String,
    /// What the journal says of it: reason, note, persons, …
    #[schema(value_type = Object)]
    body: serde_json::Value,
}

/// Every step and count of a place, newest first.
#[utoipa::path(
    get, path = "/api/shelters/{facility}/history", operation_id = "sheltersHistory", tag = "shelters",
    params(
        ("facility" = String, Path, description = "The place", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23"), PageQuery
    ),
    responses(
        (status = 200, description = "What happened there", body = Page<HistoryEntry>, example = json!({ "items": [{
            "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e25", "at": "2025-12-09T00:00:00+09:00", "kind": "shelters.counted",
            "mode": "live", "disaster": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21",
            "actor": "staff:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "body": { "persons": 180, "households": 64 }
        }], "next": null })),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(super) async fn history(
    State(app): State<App>,
    actor: Actor,
    Path(facility): Path<Id<Facility>>,
    Query(ask): Query<PageQuery>,
) -> Result<Json<Page<HistoryEntry>>, Problem> {
    require_office(&actor)?;
    let after: Option<(Timestamp, Uuid)> = ask.after()?;
    let mut conn = app.store.read().await?;
    let venue = register::venue(&mut conn, facility).await?;
    if !venue.is_some_and(|venue| may_look(&actor, &venue.municipality)) {
        return Err(Problem::not_found());
    }
    let before = after.unwrap_or((Timestamp::from_micros(i64::MAX), Uuid::max()));
    let rows = db::entries(&mut conn, facility, before, ask.rows_to_read()).await?;
    let page = Page::from_rows(rows, &ask, |row| (Timestamp::from(row.at), row.command));
    Ok(Json(page.map(|row| HistoryEntry {
        id: row.command.to_string(),
        at: row.at.into(),
        kind: row.kind,
        mode: row.mode,
        disaster: row.disaster.to_string(),
        actor: row.actor,
        body: row.body.0,
    })))
}
