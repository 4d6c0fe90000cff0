//! My household: register, read, change, take along, delete.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use http::{Actor, App, Json, Problem, download};
use identity::Browser;
use kernel::{AreaCode, Id, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Tx;
use utoipa::ToSchema;
use uuid::Uuid;

use super::command::{self, Seen};
use super::refusal::{household_gone, refused, stale_revision};
use super::{Family, consents, device, family, in_turn, looked, tokens};
use crate::db;
use crate::model::{Fault, Household, Refusal};
use crate::record::{self, Happened, subject_text};
use crate::vault::DataKey;

/// What a family registers or changes (登録する内容).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HouseholdPut)]
pub(super) struct Put {
    /// Made on the phone; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    /// The revision that the phone changed; 0 to register.
    revision: i64,
    /// Birth dates may be typed in any calendar: `19630105`, `昭和38年1月5日`.
    #[schema(value_type = Household)]
    household: Value,
}

/// A family's own view of itself (マイ避難情報).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HouseholdMine)]
pub(super) struct Mine {
    household: Household,
    /// Counts the versions.
    revision: i64,
    /// How desks know the family: 32 hexadecimal digits.
    subject: String,
    changed_at: Timestamp,
    /// This device manages the family.
    guardian: bool,
    /// The entry that is this device's own.
    #[schema(value_type = Option<String>)]
    person: Option<Uuid>,
}

/// The family of this device.
#[utoipa::path(
    get, path = "/api/households/mine", operation_id = "householdsMine", tag = "households",
    responses(
        (status = 200, description = "The family", body = Mine, example = json!(example())),
        (status = 404, description = "`not-found`: nothing is registered"),
    ),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn show(State(app): State<App>, actor: Actor, browser: Browser) -> Result<Json<Mine>, Problem> {
    let device = device(&app, &actor, &browser)?;
    let mut conn = app.store.read().await?;
    let family = Family::of(&app, &mut conn, device).await?;
    Ok(Json(view(&family)?))
}

/// Registers the family (revision 0) or changes it. Whoever changed an older revision is told so.
#[utoipa::path(
    put, path = "/api/households/mine", operation_id = "householdsPut", tag = "households",
    request_body(content = Put, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e40", "revision": 0, "household": example()["household"]
    })),
    responses(
        (status = 200, description = "The family as it is now", body = Mine, example = json!(example())),
        (status = 403, description = "`guardian-only`"),
        (status = 409, description = "`stale-revision`, `household-gone`, `command-used`"),
        (status = 422, description = "`invalid`"),
    ),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn put(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
    Json(put): Json<Put>,
) -> Result<Json<Mine>, Problem> {
    let device = device(&app, &actor, &browser)?;
    let today = app.clock.now().jst().date_naive();
    let household = Household::read(put.household, today).map_err(|refusal| refused("household", &refusal))?;
    if household.municipality.is_empty() {
        let missing = Refusal { field: "municipality".to_owned(), fault: Fault::Municipality };
        return Err(refused("household", &missing));
    }
    let mut tx = app.store.write().await?;
    in_turn(&mut tx, device).await?;
    let seen = command::take(&app, &mut tx, &actor, put.command, "put", &(put.revision, &household)).await?;
    if seen == Seen::New {
        match db::member(&mut tx, device).await? {
            None if put.revision == 0 => {
                register(&app, &mut tx, &actor, device, &household).await?;
            }
            None => return Err(household_gone()),
            Some(_) => change(&app, &mut tx, &actor, device, put.revision, &household).await?,
        }
    }
    let family = Family::of(&app, &mut tx, device).await?;
    let mine = view(&family)?;
    tx.commit().await?;
    Ok(Json(mine))
}

/// Deletes the family: its key is destroyed, so that nothing of it opens again. What was deleted before stays deleted.
#[utoipa::path(
    delete, path = "/api/households/mine", operation_id = "householdsDelete", tag = "households",
    responses((status = 204, description = "Deleted"), (status = 403, description = "`guardian-only`")),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn delete(State(app): State<App>, actor: Actor, browser: Browser) -> Result<StatusCode, Problem> {
    let device = device(&app, &actor, &browser)?;
    let mut tx = app.store.write().await?;
    in_turn(&mut tx, device).await?;
    let Some(member) = db::member(&mut tx, device).await? else { return Ok(StatusCode::NO_CONTENT) };
    let family = Family::of(&app, &mut tx, member.device).await?;
    family.require_guardian()?;
    db::bury(&mut tx, member.of(), app.clock.now()).await?;
    db::forget_ties(&mut tx, family.subject()).await?;
    record::record(&app, &mut tx, &actor, Happened::to(record::DELETED, family.subject())).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Everything that is kept about the family, as a file.
#[utoipa::path(
    get, path = "/api/households/mine/export", operation_id = "householdsExport", tag = "households",
    responses(
        (status = 200, description = "JSON to be saved", body = String, content_type = "application/json",
            example = json!({ "household": example()["household"], "revision": 1 })),
        (status = 404, description = "`not-found`"),
    ),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn export(State(app): State<App>, actor: Actor, browser: Browser) -> Result<Response, Problem> {
    let device = device(&app, &actor, &browser)?;
    let mut tx = app.store.write().await?;
    let family = Family::of(&app, &mut tx, device).await?;
    let mut all = serde_json::to_value(view(&family)?).map_err(anyhow::Error::from)?;
    all["tokens"] = json!(tokens::of(&mut tx, &family).await?);
    all["consents"] = json!(db::consents(&mut tx, family.member.of()).await.map(consents::answer)?);
    all["devices"] = json!(family::of(&mut tx, &family.member).await?);
    record::record(&app, &mut tx, &actor, Happened::to(record::EXPORTED, family.subject())).await?;
    tx.commit().await?;
    all["looked"] = json!(looked::of(&app, family.subject()).await?);
    let bytes = serde_json::to_vec_pretty(&all).map_err(anyhow::Error::from)?;
    Ok(download("application/json", "mamori-household.json", bytes))
}

/// A new household whose guardian is the device.
pub(super) async fn register(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    device: Uuid,
    household: &Household,
) -> anyhow::Result<Id<Household>> {
    let (id, now): (Id<Household>, _) = (app.ids.next(), app.clock.now());
    let mut bits = [0; 16];
    app.ids.fill(&mut bits);
    let subject = u128::from_be_bytes(bits);
    let key = DataKey::make(app, tx, id).await?;
    let data = key.seal(id, household)?;
    db::insert_household(tx, id, subject, &household.municipality, data, now).await?;
    db::link(tx, device, id, true, None, now).await?;
    record::record(app, tx, actor, happened(record::REGISTERED, subject, household)).await?;
    Ok(id)
}

async fn change(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    device: Uuid,
    revision: i64,
    household: &Household,
) -> Result<(), Problem> {
    let family = Family::of(app, tx, device).await?;
    if family.stored.revision != revision {
        return Err(stale_revision());
    }
    if !family.member.guardian && !only_own_entry(&family, household)? {
        return Err(super::refusal::guardian_only());
    }
    keep(app, tx, actor, &family, household).await
}

/// Writes the next revision of a family.
pub(super) async fn keep(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    family: &Family,
    household: &Household,
) -> Result<(), Problem> {
    let id = family.member.of();
    let data = family.key.seal(id, household)?;
    let now = app.clock.now();
    if !db::update_household(tx, id, family.stored.revision, &household.municipality, data, now).await? {
        return Err(stale_revision());
    }
    record::record(app, tx, actor, happened(record::CHANGED, family.subject(), household)).await?;
    Ok(())
}

/// Whether nothing differs but the entry of the device itself.
fn only_own_entry(family: &Family, wanted: &Household) -> anyhow::Result<bool> {
    let mut now = family.key.open(&family.stored)?;
    let own = family.member.person;
    let theirs = wanted.persons.iter().find(|person| Some(person.id) == own);
    if let (Some(mine), Some(theirs)) = (now.persons.iter_mut().find(|person| Some(person.id) == own), theirs) {
        *mine = theirs.clone();
    }
    Ok(now == *wanted)
}

fn happened(kind: &'static str, subject: u128, household: &Household) -> Happened {
    Happened::to(kind, subject)
        .area(AreaCode::municipality(&household.municipality))
        .body(json!({ "persons": household.persons.len() }))
}

pub(super) fn view(family: &Family) -> anyhow::Result<Mine> {
    Ok(Mine {
        household: family.key.open(&family.stored)?,
        revision: family.stored.revision,
        subject: subject_text(family.subject()),
        changed_at: family.stored.changed_at(),
        guardian: family.member.guardian,
        person: family.member.person,
    })
}

pub(super) fn example() -> Value {
    json!({
        "household": {
            "persons": [{
                "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e41", "name": "八戸 花子", "kana": "はちのへ はなこ", "birth": "1963-01-05",
                "needs": { "allergies": ["卵"], "mobility": "stick" }
            }],
            "municipality": "02203", "postcode": "0310000", "address": "内丸一丁目", "mobile": "09000000000"
        },
        "revision": 1, "subject": "5d3f0c1e7a9b4c2d8e6f0a1b2c3d4e5f", "changed_at": "2025-12-08T23:15:00+09:00", "guardian": true,
        "person": null
    })
}
