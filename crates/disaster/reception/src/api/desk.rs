//! What a desk's page needs before its first admission, and keeps for when the line is cut.

use axum::extract::State as Shared;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::{Actor, App, Duty, Json, Problem, Query};
use kernel::{Mode, Text, Timestamp, areas};
use serde::{Deserialize, Serialize};
use shelters::{Disaster, Opening, State};
use store::envelope::PublicKey;
use utoipa::{IntoParams, ToSchema};

use super::require_desk;
use crate::live::Live;
use crate::node::{NodeView, Role};

/// Whose desk.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DeskQuery {
    /// JIS code; left out: what the caller's duty is for, as a kit's desk has one alone.
    #[serde(default)]
    #[param(example = "02203")]
    municipality: Option<String>,
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
    /// Whom personal content is sealed to: the municipality, and on a kit the kit.
    keys: Vec<SealTo>,
    /// The node's clock, in unix milliseconds. Only the centre's is to be trusted.
    clock_ms: i64,
    /// The running of the node's program, and its monotonic clock: what a device observes of a kit.
    boot: Option<String>,
    mono_ms: u64,
    /// The key of the centre's receipts; null on a kit.
    receipt_key: Option<String>,
    /// The version of the consent texts that is asked now.
    consent_text: &'static str,
}

/// A key that personal content is sealed to (宛先の公開鍵).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionSealTo)]
pub(super) struct SealTo {
    /// First 16 hex digits of the SHA-256 of the key.
    kid: String,
    /// X25519, 32 bytes, base64url without padding.
    key: String,
    /// `municipality:02203` or `kit:<id>`.
    owner: String,
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
            "keys": [{ "kid": "5f3c0a1b2c3d4e5f", "key": "O2on…", "owner": "municipality:02203" }], "clock_ms": 1_765_203_300_000_i64, "mono_ms": 81_000,
            "boot": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e37", "receipt_key": "O2on…", "consent_text": "v1"
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
    let own = actor.require_anywhere(Duty::ShelterDesk)?;
    let Query(DeskQuery { municipality, mode }) = query?;
    let first = || own.iter().find(|area| **area != areas::PREFECTURE).map(|area| area.code().to_owned());
    let municipality = municipality.or_else(first).ok_or_else(Problem::not_found)?;
    require_desk(&actor, &municipality)?;
    let live = Live::of(&app)?;
    let mode = mode.unwrap_or(Mode::Live);
    let mut conn = app.store.read().await?;
    let running = shelters::reception::running(&mut conn, mode).await?;
    let openings = shelters::reception::openings(&mut conn, mode, &municipality).await?;
    drop(conn);
    let node = live.node()?;
    let keys = match node.role {
        Role::Centre => households::public_key(&app, &municipality).await?.into_iter().collect(),
        Role::Kit => live.keyring().public_keys(),
    };
    let (boot, mono_ms) = live.clock();
    Ok(Json(Desk {
        boot: boot.map(|boot| boot.to_string()),
        mono_ms,
        keys: keys.iter().map(seal_to).collect(),
        receipt_key: live.receipt_key(),
        node: node.view(live.is_locked()),
        mode,
        disasters: running.into_iter().filter(|one| one.covers(&municipality)).map(disaster).collect(),
        shelters: openings.into_iter().filter(|one| one.state.is_active()).map(shelter).collect(),
        municipality,
        clock_ms: app.clock.now().millis(),
        consent_text: "v1",
    }))
}

fn seal_to(key: &PublicKey) -> SealTo {
    SealTo { kid: key.kid(), key: B64.encode(key.point()), owner: key.owner().to_owned() }
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
