//! Consents of my household, each by itself.

use axum::extract::State;
use http::{Actor, App, Json, Problem};
use identity::Browser;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::command::{self, Seen};
use super::{Family, device, in_turn};
use crate::db;
use crate::model::{Consent, ConsentAbout, current};
use crate::record::{self, Happened};

/// Longest name of a text's version.
const MAX_VERSION: usize = 40;
/// A family does not change its mind more often.
const MOST: i64 = 1_000;

/// A consent given or withdrawn (同意する・取り消す).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HouseholdConsentSay)]
pub(super) struct Say {
    /// Made on the phone; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    what: ConsentAbout,
    /// Which text was shown, e.g. `2025-12-01`.
    text_version: String,
    given: bool,
}

/// What a family consented to (同意の状況). What is not listed was never said: it counts as no.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HouseholdConsents)]
pub(super) struct Consents {
    /// The last word on each.
    given: Vec<Consent>,
    /// Every word, in order.
    history: Vec<Consent>,
}

/// What my household consented to.
#[utoipa::path(
    get, path = "/api/households/mine/consents", operation_id = "householdsConsents", tag = "households",
    responses((status = 200, description = "Consents", body = Consents, example = json!(example()))),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn list(State(app): State<App>, actor: Actor, browser: Browser) -> Result<Json<Consents>, Problem> {
    let device = device(&app, &actor, &browser)?;
    let mut conn = app.store.read().await?;
    let family = Family::of(&app, &mut conn, device).await?;
    Ok(Json(answer(db::consents(&mut conn, family.member.of()).await?)))
}

/// Gives or withdraws a consent.
#[utoipa::path(
    post, path = "/api/households/mine/consents", operation_id = "householdsConsent", tag = "households",
    request_body(content = Say, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e44", "what": "safety", "text_version": "v1", "given": true
    })),
    responses(
        (status = 200, description = "Consents as they are now", body = Consents, example = json!(example())),
        (status = 403, description = "`guardian-only`"),
        (status = 409, description = "`too-many-consents`, `command-used`"), (status = 422, description = "`invalid`"),
    ),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn say(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
    Json(say): Json<Say>,
) -> Result<Json<Consents>, Problem> {
    let device = device(&app, &actor, &browser)?;
    check_version(&say.text_version)?;
    let mut tx = app.store.write().await?;
    in_turn(&mut tx, device).await?;
    let family = Family::of(&app, &mut tx, device).await?;
    family.require_guardian()?;
    let household = family.member.of();
    if command::take(&app, &mut tx, &actor, say.command, "consent", &say).await? == Seen::New {
        if db::consents_said(&mut tx, household).await? >= MOST {
            return Err(too_many());
        }
        let Say { command, what, text_version, given } = say;
        let body = json!({ "what": what, "text_version": text_version, "given": given });
        let consent = Consent { what, text_version, given, at: app.clock.now() };
        db::insert_consent(&mut tx, command, household, &consent, device).await?;
        record::record(&app, &mut tx, &actor, Happened::to(record::CONSENTED, family.subject()).body(body)).await?;
    }
    let now = answer(db::consents(&mut tx, household).await?);
    tx.commit().await?;
    Ok(Json(now))
}

pub(super) fn answer(history: Vec<Consent>) -> Consents {
    Consents { given: current(&history), history }
}

fn check_version(version: &str) -> Result<(), Problem> {
    let plain = version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if plain && (1..=MAX_VERSION).contains(&version.len()) {
        return Ok(());
    }
    Err(Problem::invalid(
        "text_version",
        "同意文の版は半角英数字40文字までで指定してください。",
        "The version of a text has 1 to 40 letters and digits.",
    ))
}

fn too_many() -> Problem {
    Problem::conflict(
        "too-many-consents",
        "同意の変更が多すぎます。市町村の窓口にご相談ください。",
        "The consents were changed too often. Ask your municipality.",
    )
}

fn example() -> Value {
    let one = json!({ "what": "safety", "text_version": "v1", "given": true, "at": "2025-12-08T23:15:00+09:00" });
    json!({ "given": [one], "history": [one] })
}
