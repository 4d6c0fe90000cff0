//! The list of protected people (支援措置) of a municipality, for those who keep it.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use http::{Actor, App, Duty, Json, Path, Problem, Query};
use kernel::{AreaCode, Timestamp, areas};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::command::{self, Seen};
use super::refusal::refused;
use crate::db::{self, StoredProtection};
use crate::model::{Listed, MAX_LINES, Unreadable, read_list};
use crate::protection as sealed;
use crate::record::{self, Happened, subject_text};
use crate::vault::BlindKey;
use kernel::hex;

/// Lines that are named in a refusal.
const NAMED: usize = 20;

/// Somebody to be protected (支援措置の登録): a person by name, or a household that a desk knows.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProtectionSet)]
pub(super) struct Set {
    /// Made by the client; sending it again changes nothing. It becomes the line's id.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    municipality: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    kana: String,
    /// As it is typed, in any calendar.
    #[serde(default)]
    birth: String,
    /// 32 hexadecimal digits: the whole household.
    #[serde(default)]
    subject: Option<String>,
}

/// A line of the list (支援措置の対象者).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProtectionLine {
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
    name: String,
    kana: String,
    #[schema(value_type = Option<String>, format = Date)]
    birth: Option<chrono::NaiveDate>,
    subject: Option<String>,
    /// It came with a file, and goes with the next one.
    imported: bool,
    at: Timestamp,
}

/// What an import did (取込の結果).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProtectionImported {
    lines: usize,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Import {
    /// Made by the client; sending the same file again under it changes nothing.
    command: Option<Uuid>,
}

/// The list of a municipality, readable. Looking at it is recorded.
#[utoipa::path(
    get, path = "/api/households/protection/{jis5}", operation_id = "householdsProtection", tag = "households",
    params(("jis5" = String, Path, example = "02203")),
    responses((status = 200, description = "The list", body = Vec<ProtectionLine>, example = json!([example()]))),
)]
pub(super) async fn list(
    State(app): State<App>,
    actor: Actor,
    Path(jis5): Path<String>,
) -> Result<Json<Vec<ProtectionLine>>, Problem> {
    require(&actor, &jis5)?;
    let mut tx = app.store.write().await?;
    let stored = db::protections_of(&mut tx, &jis5).await?;
    let body = json!({ "lines": stored.len() });
    record::record(&app, &mut tx, &actor, Happened::at(record::PROTECTION_READ, &jis5).body(body)).await?;
    tx.commit().await?;
    Ok(Json(stored.iter().map(|line| view(&app, line)).collect::<anyhow::Result<_>>()?))
}

/// Protects a person or a household, at once and everywhere.
#[utoipa::path(
    put, path = "/api/households/protection", operation_id = "householdsProtect", tag = "households",
    request_body(content = Set, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e49", "municipality": "02203", "name": "見本 花子", "kana": "みほん はなこ",
        "birth": "1990-04-01"
    })),
    responses(
        (status = 200, description = "The line", body = ProtectionLine, example = json!(example())),
        (status = 409, description = "`command-used`"), (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn set(
    State(app): State<App>,
    actor: Actor,
    Json(set): Json<Set>,
) -> Result<Json<ProtectionLine>, Problem> {
    require(&actor, &set.municipality)?;
    let subject = set.subject.as_deref().map(|text| read_subject(text).ok_or_else(no_subject)).transpose()?;
    let listed = if subject.is_some() && set.name.trim().is_empty() { None } else { Some(listed(&set)?) };
    let mut tx = app.store.write().await?;
    if command::take(&app, &mut tx, &actor, set.command, "protect", &set).await? == Seen::New {
        let key = BlindKey::make(&app, &mut tx).await?;
        let new = NewLine { id: set.command, subject, listed: listed.as_ref(), imported: false };
        let line = stored(&app, &key, &set.municipality, new)?;
        db::insert_protections(&mut tx, vec![line]).await?;
        let what = Happened::at(record::PROTECTED, &set.municipality).body(json!({ "line": set.command }));
        record::record(&app, &mut tx, &actor, what).await?;
    }
    let kept = db::protection(&mut tx, set.command).await?.ok_or_else(Problem::not_found)?;
    let line = view(&app, &kept)?;
    tx.commit().await?;
    Ok(Json(line))
}

/// Ends a protection.
#[utoipa::path(
    delete, path = "/api/households/protection/{jis5}/{id}", operation_id = "householdsUnprotect", tag = "households",
    params(
        ("jis5" = String, Path, example = "02203"),
        ("id" = String, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e49"),
    ),
    responses((status = 204, description = "Ended"), (status = 404, description = "`not-found`")),
)]
pub(super) async fn unset(
    State(app): State<App>,
    actor: Actor,
    Path((jis5, id)): Path<(String, Uuid)>,
) -> Result<StatusCode, Problem> {
    require(&actor, &jis5)?;
    let mut tx = app.store.write().await?;
    let line = db::protection(&mut tx, id).await?.filter(|line| line.municipality == jis5);
    let line = line.ok_or_else(Problem::not_found)?;
    db::forget_protection(&mut tx, line.id).await?;
    let what = Happened::at(record::UNPROTECTED, &jis5).body(json!({ "line": line.id }));
    record::record(&app, &mut tx, &actor, what).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the list in as a file, whole or not at all: it replaces the lines of the file before. CSV with the columns 氏名, カナ
/// (or ふりがな) and 生年月日, in UTF-8 or Shift_JIS.
#[utoipa::path(
    post, path = "/api/households/protection/{jis5}/import", operation_id = "householdsImportProtection", tag = "households",
    params(("jis5" = String, Path, example = "02203"), Import),
    request_body(content = String, content_type = "text/csv", example = "氏名,カナ,生年月日\n見本 花子,ミホン ハナコ,H2.4.1\n"),
    responses(
        (status = 200, description = "Taken in", body = ProtectionImported, example = json!({ "lines": 1 })),
        (status = 409, description = "`command-used`"), (status = 422, description = "`invalid`: the lines to be corrected"),
    ),
)]
pub(super) async fn import(
    State(app): State<App>,
    actor: Actor,
    Path(jis5): Path<String>,
    Query(query): Query<Import>,
    bytes: Bytes,
) -> Result<Json<ProtectionImported>, Problem> {
    require(&actor, &jis5)?;
    let lines = read_list(&bytes).map_err(|unreadable| refuse(&unreadable))?;
    let key = blind_key(&app).await?;
    let line = |listed| {
        let new = NewLine { id: app.ids.uuid(), subject: None, listed: Some(listed), imported: true };
        stored(&app, &key, &jis5, new)
    };
    // Made before the transaction, which keeps others waiting.
    let ready = lines.iter().map(line).collect::<anyhow::Result<Vec<_>>>()?;
    let mut tx = app.store.write().await?;
    let command = query.command.unwrap_or_else(|| app.ids.uuid());
    if command::take(&app, &mut tx, &actor, command, "import", &(&jis5, &lines)).await? == Seen::New {
        db::forget_imported(&mut tx, &jis5).await?;
        db::insert_protections(&mut tx, ready).await?;
        let body = json!({ "lines": lines.len() });
        record::record(&app, &mut tx, &actor, Happened::at(record::PROTECTION_IMPORTED, &jis5).body(body)).await?;
    }
    tx.commit().await?;
    Ok(Json(ProtectionImported { lines: lines.len() }))
}

/// What becomes a line of the list.
#[derive(Clone, Copy)]
struct NewLine<'a> {
    id: Uuid,
    subject: Option<u128>,
    listed: Option<&'a Listed>,
    imported: bool,
}

/// The line as it is stored, and the hashes under which it is found.
fn stored(app: &App, key: &BlindKey, jis5: &str, new: NewLine<'_>) -> anyhow::Result<(StoredProtection, Vec<String>)> {
    let NewLine { id, subject, listed, imported } = new;
    let content = listed.map(|listed| sealed::seal(app, id, listed)).transpose()?;
    let marks = listed.iter().flat_map(|listed| listed.marks(key.bytes())).map(|mark| hex(&mark)).collect();
    Ok((StoredProtection::new(id, jis5, subject, imported, content, app.clock.now()), marks))
}

/// The secret under which names are compared, made if it is absent.
async fn blind_key(app: &App) -> anyhow::Result<BlindKey> {
    let mut tx = app.store.write().await?;
    let key = BlindKey::make(app, &mut tx).await?;
    tx.commit().await?;
    Ok(key)
}

/// Refuses whoever does not keep the list of this municipality of Aomori.
fn require(actor: &Actor, jis5: &str) -> Result<(), Problem> {
    actor.require(Duty::Protection, &AreaCode::municipality(jis5))?;
    areas::municipality(jis5).map(drop).ok_or_else(Problem::not_found)
}

fn listed(set: &Set) -> Result<Listed, Problem> {
    Listed::read(&set.name, &set.kana, &set.birth).map_err(|refusal| refused("", &refusal))
}

fn view(app: &App, line: &StoredProtection) -> anyhow::Result<ProtectionLine> {
    let listed = sealed::open(app, line)?;
    let (name, kana, birth) = listed.map(|one| (one.name, one.kana, one.birth)).unwrap_or_default();
    Ok(ProtectionLine {
        id: line.id,
        name,
        kana,
        birth,
        subject: line.subject.map(|subject| subject_text(subject.as_u128())),
        imported: line.imported,
        at: line.at(),
    })
}

fn read_subject(text: &str) -> Option<u128> {
    let hex = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    hex.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

fn no_subject() -> Problem {
    Problem::invalid(
        "subject",
        "世帯の番号は32桁の16進数で指定してください。",
        "A household is named by 32 hexadecimal digits.",
    )
}

fn refuse(unreadable: &Unreadable) -> Problem {
    let (ja, en) = match unreadable {
        Unreadable::Header => (
            "1行目に「氏名」「カナ」「生年月日」の見出しが必要です。".to_owned(),
            "The first line needs the columns 氏名, カナ and 生年月日.".to_owned(),
        ),
        Unreadable::TooMany => {
            (format!("一度に取り込めるのは{MAX_LINES}行までです。"), format!("A list has at most {MAX_LINES} lines."))
        }
        Unreadable::Lines(lines) => {
            let named: Vec<String> = lines.iter().take(NAMED).map(ToString::to_string).collect();
            let named = named.join(", ");
            (
                format!(
                    "{named}行目の氏名または生年月日を読み取れません。直してから、もう一度ファイル全体を取り込んでください。前の名簿はそのままです。"
                ),
                format!(
                    "Name or birth date cannot be read in lines {named}. Correct them and take the whole file in again; the list is as it was."
                ),
            )
        }
    };
    Problem::invalid("body", ja, en)
}

fn example() -> Value {
    json!({
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e49", "name": "見本 花子", "kana": "みほん はなこ", "birth": "1990-04-01",
        "subject": null, "imported": false, "at": "2025-12-08T23:15:00+09:00"
    })
}
