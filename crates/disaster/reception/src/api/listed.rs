//! The municipality's list of people who cannot flee alone (避難行動要支援者名簿): taken in whole, kept sealed.

use axum::extract::State as Shared;
use households::Household;
use http::{Actor, App, Duty, Json, Problem};
use kernel::areas;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::event::Subject;
use crate::listing::{self, Entry, MOST};

/// Bytes of one list at most: a file in base64 among them.
pub(super) const BYTES: usize = 33 << 20;

/// A list (避難行動要支援者名簿). It replaces the one before.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReceptionImportListed)]
pub(super) struct ImportListed {
    /// Made by the client; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    municipality: String,
    people: Vec<Row>,
}

/// Somebody of the list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReceptionListedRow)]
pub(super) struct Row {
    /// 氏名
    name: String,
    #[serde(default)]
    kana: String,
    /// 生年月日, as it is written in any calendar.
    #[serde(default)]
    birth: String,
    #[serde(default)]
    address: String,
    /// 町内名・自治会
    #[serde(default)]
    district: String,
    #[serde(default)]
    phone: String,
    /// 避難支援等実施者: who helps.
    #[serde(default)]
    helpers: Vec<Helper>,
    /// 避難支援を必要とする事由
    #[serde(default)]
    why: String,
    /// The household, when a desk or the office knows it (32 hex digits).
    #[serde(default)]
    subject: Option<String>,
}

/// Who helps somebody of the list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReceptionHelper)]
pub(super) struct Helper {
    name: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    relation: String,
}

/// What was taken in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionImportedListed)]
pub(super) struct Imported {
    people: usize,
}

/// Takes the municipality's list in, whole or not at all. It replaces the list before and is kept sealed.
#[utoipa::path(
    post, path = "/api/reception/left-behind/import", operation_id = "receptionImportListed", tag = "reception",
    request_body(content = ImportListed, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e52", "municipality": "02203", "people": [{
            "name": "見本 イチ", "kana": "みほん いち", "birth": "昭和10年4月1日", "address": "八戸市市川町1-1", "district": "市川一",
            "phone": "0178-00-0000", "why": "歩行に介助が必要",
            "helpers": [{ "name": "見本 太郎", "phone": "090-0000-0000", "relation": "隣人" }]
        }]
    })),
    responses(
        (status = 200, description = "Taken in", body = Imported, example = json!({ "people": 1 })),
        (status = 404, description = "`not-found`"), (status = 409, description = "`command-used`"),
        (status = 422, description = "`invalid`: the first row to be corrected"),
    ),
)]
pub(super) async fn import(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(list): Json<ImportListed>,
) -> Result<Json<Imported>, Problem> {
    super::require_of(&actor, Duty::Evacuees, &list.municipality)?;
    if areas::municipality(&list.municipality).is_none() {
        return Err(Problem::not_found());
    }
    if list.people.len() > MOST {
        return Err(Problem::invalid("people", "一度に取り込めるのは5万人までです。", "At most 50,000 people."));
    }
    let mut entries = Vec::with_capacity(list.people.len());
    for (at, row) in list.people.iter().enumerate() {
        if at % 200 == 199 {
            tokio::task::yield_now().await;
        }
        entries.push(read(&app, &list.municipality, row).map_err(|field| wrong(at, &field))?);
    }
    let people = entries.len();
    let compared = listing::compare(&app, &list.municipality, entries).await?;
    listing::keep(&app, &actor.label(), (&list.municipality, list.command), compared).await?;
    Ok(Json(Imported { people }))
}

/// A row of the list as it is kept; the field that is wrong otherwise.
fn read(app: &App, jis5: &str, row: &Row) -> Result<Entry, String> {
    let id = app.ids.uuid();
    let helpers = row
        .helpers
        .iter()
        .map(|helper| json!({ "name": helper.name, "phone": helper.phone, "relation": helper.relation }));
    let birth = Some(row.birth.trim()).filter(|birth| !birth.is_empty());
    let mut person = json!({ "id": id, "name": row.name, "kana": row.kana });
    if let Some(birth) = birth {
        person["birth"] = json!(birth);
    }
    let card = json!({
        "persons": [person], "municipality": jis5, "neighbourhood": row.district, "address": row.address,
        "mobile": row.phone, "emergency": helpers.collect::<Vec<_>>(), "remarks": row.why,
    });
    let today = app.clock.now().jst().date_naive();
    let household = Household::read(card, today).map_err(|refusal| refusal.field)?;
    let subject = row.subject.as_deref().map(str::parse::<Subject>).transpose().map_err(|_| "subject".to_owned())?;
    Ok(Entry { household, subject })
}

/// Names the row and its field, never the value.
fn wrong(at: usize, field: &str) -> Problem {
    let field = match field {
        "neighbourhood" => "district",
        "mobile" => "phone",
        "remarks" => "why",
        other => other.strip_prefix("persons[0].").unwrap_or(other),
    };
    let (ja, en) = ("この行に直すところがあります。", "This row has something to correct.");
    Problem::invalid(format!("people[{at}].{field}"), ja, en)
}
