//! Who looked at my household: when, which office, for what. Never which person of the staff: the office answers for them.

use axum::extract::State;
use http::{Actor, App, Json, Problem};
use identity::Browser;
use kernel::{AreaCode, Mode, Text, Timestamp, areas};
use serde::Serialize;
use store::journal::{self, Filter};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Family, device};
use crate::model::Purpose;
use crate::record::{DISCLOSED, subject_text};
use crate::ties::tied;

/// The newest so many are shown.
const SHOWN: u32 = 500;

/// Somebody of an office opened the family's information (閲覧の記録).
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = HouseholdLook)]
pub(super) struct LookView {
    /// To ten minutes: several looks for one purpose are one.
    at: Timestamp,
    /// The name of the office's area, e.g. 八戸市.
    office: String,
    office_text: Text,
    /// `municipality:02203`
    area: String,
    purpose: Purpose,
    /// In a drill (訓練).
    mode: Mode,
    /// The shelter at whose desk it was.
    #[schema(value_type = Option<String>)]
    facility: Option<Uuid>,
}

/// Who looked at my household, newest first.
#[utoipa::path(
    get, path = "/api/households/mine/looked", operation_id = "householdsLooked", tag = "households",
    responses((status = 200, description = "Looks", body = Vec<LookView>, example = json!([{
        "at": "2025-12-08T23:10:00+09:00", "office": "八戸市",
        "office_text": { "ja": "八戸市", "easy": "八戸市（はちのへし）", "en": "Hachinohe City" }, "area": "municipality:02203",
        "purpose": "reception", "mode": "live", "facility": null
    }]))),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn list(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
) -> Result<Json<Vec<LookView>>, Problem> {
    let device = device(&app, &actor, &browser)?;
    let mut conn = app.store.read().await?;
    let family = Family::of(&app, &mut conn, device).await?;
    drop(conn);
    Ok(Json(of(&app, family.subject()).await?))
}

/// The looks at one household, under whatever card desks knew it, newest first.
pub(super) async fn of(app: &App, subject: u128) -> anyhow::Result<Vec<LookView>> {
    let mut looks = Vec::new();
    for subject in tied(app, subject).await? {
        let filter = Filter { subject: Some(subject_text(subject)), kind: Some(DISCLOSED.to_owned()) };
        let entries = journal::entries_before(&app.store, None, &filter, SHOWN).await?;
        looks.extend(entries.into_iter().filter_map(view));
    }
    // One look at both cards of a household is one look.
    looks.sort_by(|a, b| (b.at, &b.area, b.purpose, b.facility).cmp(&(a.at, &a.area, a.purpose, a.facility)));
    looks.dedup();
    looks.truncate(SHOWN as usize);
    Ok(looks)
}

fn view(entry: journal::Entry) -> Option<LookView> {
    let body = entry.open_body();
    let area = entry.area.unwrap_or(areas::PREFECTURE);
    Some(LookView {
        at: entry.occurred_at,
        office: office(&area).ja,
        office_text: office(&area),
        area: area.to_string(),
        purpose: serde_json::from_value(body["purpose"].clone()).ok()?,
        mode: entry.mode,
        facility: body["facility"].as_str().and_then(|id| id.parse().ok()),
    })
}

fn office(area: &AreaCode) -> Text {
    areas::text(area).unwrap_or_else(|| Text::same(area.code()))
}
