//! Whether somebody sees names: the municipality's own staff do; the prefecture only after saying why (緊急閲覧).

use axum::extract::State as Shared;
use households::{Audience, Look, Purpose};
use http::{Actor, App, Duty, Json, Problem};
use kernel::{AreaCode, Mode, Timestamp, areas};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::journal::{self, Body, NewEntry};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db;

/// Longest reason, in characters.
const MOST_WORDS: usize = 500;
/// Hours that the glass stays broken at most.
const MOST_HOURS: u32 = 24;

/// Why the prefecture must see names (緊急閲覧の理由).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReceptionBreakGlass)]
pub(super) struct BreakGlass {
    /// Made by the client; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    reason: String,
    /// JIS code; left out: the whole prefecture.
    #[serde(default)]
    municipality: Option<String>,
    /// At most, and if left out, 24.
    #[serde(default)]
    hours: Option<u32>,
}

/// How long names are shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionBrokenGlass)]
pub(super) struct BrokenGlass {
    until: Timestamp,
}

/// Opens names to a member of the prefecture's staff for some hours (緊急閲覧). The reason goes into the journal, and each
/// look to the person.
#[utoipa::path(
    post, path = "/api/reception/break-glass", operation_id = "receptionBreakGlass", tag = "reception",
    request_body(content = BreakGlass, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e50", "reason": "孤立集落の救助のため、安否不明者の氏名を確認する",
        "municipality": "02203", "hours": 12
    })),
    responses(
        (status = 200, description = "Until when", body = BrokenGlass, example = json!({ "until": "2025-12-09T11:15:00+09:00" })),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn break_glass(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(wanted): Json<BreakGlass>,
) -> Result<Json<BrokenGlass>, Problem> {
    actor.require(Duty::Evacuees, &areas::PREFECTURE)?;
    let account = actor.require_staff()?;
    let area = match &wanted.municipality {
        Some(jis5) if areas::municipality(jis5).is_some() => AreaCode::municipality(jis5),
        Some(_) => return Err(Problem::not_found().with_field("municipality")),
        None => areas::PREFECTURE,
    };
    let words = wanted.reason.trim();
    if words.is_empty() || words.chars().count() > MOST_WORDS {
        let (ja, en) = ("理由を500文字以内で書いてください。", "Give a reason of at most 500 characters.");
        return Err(Problem::invalid("reason", ja, en));
    }
    let hours = wanted.hours.unwrap_or(MOST_HOURS);
    if !(1..=MOST_HOURS).contains(&hours) {
        return Err(Problem::invalid("hours", "1から24までの時間で指定してください。", "Between 1 and 24 hours."));
    }
    let since = app.clock.now();
    let until = since.plus(Duration::from_secs(u64::from(hours) * 3_600));
    let entry = NewEntry {
        id: kernel::Id::from_uuid(wanted.command),
        kind: "reception.glass_broken",
        subject: account.to_string(),
        area: Some(area.clone()),
        mode: Mode::Live,
        actor: actor.label(),
        device: None,
        occurred_at: since,
        body: Body::Open(serde_json::json!({ "reason": words, "until": until })),
    };
    let area = area.to_string();
    let glass = db::glass::NewGlass { id: wanted.command, account, area: &area, reason: words, since, until };
    let mut tx = app.store.write().await?;
    if db::glass::add(&mut tx, glass).await? {
        journal::record(&mut tx, entry, since).await?;
        tx.commit().await?;
        return Ok(Json(BrokenGlass { until }));
    }
    let until = db::glass::until(&mut tx, wanted.command, account).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(BrokenGlass { until }))
}

/// What somebody may see of the people of a municipality.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sight {
    Names(Look),
    Figures,
}

/// The municipality's own duty sees names; the prefecture's sees figures, until it has said why it must see more.
pub(super) async fn sight(app: &App, actor: &Actor, jis5: &str, mode: Mode) -> Result<Sight, Problem> {
    super::require_of(actor, Duty::Evacuees, jis5)?;
    let area = AreaCode::municipality(jis5);
    if actor.require_anywhere(Duty::Evacuees)?.contains(&area) {
        let audience = Audience::Office { municipality: jis5.to_owned() };
        return Ok(Sight::Names(Look { purpose: Purpose::LeftBehind, audience, mode }));
    }
    let Some(account) = actor.account() else { return Ok(Sight::Figures) };
    let mut conn = app.store.read().await?;
    let open = db::glass::open_areas(&mut conn, account, app.clock.now()).await?;
    let (here, everywhere) = (area.to_string(), areas::PREFECTURE.to_string());
    let broken = open.iter().any(|area| *area == here || *area == everywhere);
    Ok(if broken {
        Sight::Names(Look { purpose: Purpose::BreakGlass, audience: Audience::Prefecture, mode })
    } else {
        Sight::Figures
    })
}
