//! What a desk's page needs before its first admission, and keeps for when the line is cut.

use axum::extract::State as Shared;
use http::{Actor, App, Duty, Json, Problem, Query};
use kernel::{Mode, Text, Timestamp};
use serde::{Deserialize, Serialize};
use shelters::{Disaster, Opening, State};
use utoipa::{IntoParams, ToSchema};

use super::require_desk;
use crate::live::Live;
use crate::node::NodeView;

/// Whose desk.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DeskQuery {
    /// JIS code.
    #[param(example = "02203")]
    municipality: String,
    /// Live if left out.
    #[serde(default)]
    mode: Option<Mode>,
}

/// What a desk works with (受付の準備).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionDesk)]
pub(super) struct Desk {
    node: NodeView,
    municipality: String,
    mode: Mode,
    /// Running disasters that concern the municipality, newest first.
    disasters: Vec<DeskDisaster>,
    /// Its shelters where people are or may be.
    shelters: Vec<DeskShelter>,
    /// The node's clock, in unix milliseconds.
    clock_ms: i64,
    /// The version of the consent texts that is asked now.
    consent_text: &'static str,
}

/// A running disaster.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionDeskDisaster)]
pub(super) struct DeskDisaster {
    id: String,
    name: Text,
    since: Timestamp,
}

/// A shelter that takes people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionDeskShelter)]
pub(super) struct DeskShelter {
    facility: String,
    disaster: String,
    name: String,
    address: Option<String>,
    state: State,
    capacity: Option<u32>,
}

/// What the desks of a municipality work with. Kept by the page for when the line is cut.
#[utoipa::path(
    get, path = "/api/reception/desk", operation_id = "receptionDesk", tag = "reception", params(DeskQuery),
    responses(
        (status = 200, description = "The desk", body = Desk, example = json!({
            "node": { "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e30", "epoch": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e31",
                "role": "centre", "locked": false },
            "municipality": "02203", "mode": "live",
            "disasters": [{ "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21",
                "name": { "ja": "青森県東方沖の地震", "easy": "あおもりけん とうほうおきの じしん", "en": "Earthquake off Aomori" },
                "since": "2025-12-08T23:15:00+09:00" }],
            "shelters": [{ "facility": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23", "name": "市川集会所", "state": "open",
                "disaster": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21", "address": "八戸市市川町", "capacity": 40 }],
            "clock_ms": 1_765_203_300_000_i64, "consent_text": "v1"
        })),
        (status = 404, description = "`not-found`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn context(
    Shared(app): Shared<App>,
    actor: Actor,
    query: Result<Query<DeskQuery>, Problem>,
) -> Result<Json<Desk>, Problem> {
    actor.require_anywhere(Duty::ShelterDesk)?;
    let Query(DeskQuery { municipality, mode }) = query?;
    require_desk(&actor, &municipality)?;
    let live = Live::of(&app)?;
    let mode = mode.unwrap_or(Mode::Live);
    let mut conn = app.store.read().await?;
    let running = shelters::reception::running(&mut conn, mode).await?;
    let openings = shelters::reception::openings(&mut conn, mode, &municipality).await?;
    drop(conn);
    Ok(Json(Desk {
        node: live.node()?.view(live.keyring().is_locked()),
        mode,
        disasters: running.into_iter().filter(|one| one.covers(&municipality)).map(disaster).collect(),
        shelters: openings.into_iter().filter(|one| one.state.is_active()).map(shelter).collect(),
        municipality,
        clock_ms: app.clock.now().millis(),
        consent_text: "v1",
    }))
}

fn disaster(one: Disaster) -> DeskDisaster {
    DeskDisaster { id: one.id.to_string(), name: one.name, since: one.since }
}

fn shelter(one: Opening) -> DeskShelter {
    DeskShelter {
        facility: one.venue.facility.to_string(),
        disaster: one.disaster.to_string(),
        name: one.venue.name,
        address: one.venue.address,
        state: one.state,
        capacity: one.venue.listed,
    }
}
