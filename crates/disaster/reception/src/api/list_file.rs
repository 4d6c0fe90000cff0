//! The list of people who cannot flee alone, as a file of an office: looked at first, then taken in as it was shown.

use axum::extract::State as Shared;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Actor, App, Duty, Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::listing::{self, BYTES, Chosen, Imported, Order, Reach, Unkept};

/// Columns of a file that may be given a meaning.
const MOST_COLUMNS: usize = 512;

/// A file with what its columns mean (名簿のファイル).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ReceptionListFile)]
pub(super) struct ListFile {
    /// JIS code.
    municipality: String,
    /// With its ending.
    name: String,
    /// The bytes of the file in base64, at most 24 MiB of them.
    content: String,
    /// What columns are taken for, by their name; left out: as the dictionary says. An empty field: for nothing.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    columns: Chosen,
}

/// A file to be taken in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ReceptionApplyList)]
pub(super) struct ApplyList {
    /// Made by the client; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    /// As the preview gave it.
    digest: String,
    #[serde(flatten)]
    file: ListFile,
}

/// What a file holds and would do to the list that is kept. Nothing is kept of it.
#[utoipa::path(
    post, path = "/api/reception/left-behind/list/preview", operation_id = "receptionPreviewList", tag = "reception",
    request_body(content = ListFile, example = json!(example())),
    responses(
        (status = 200, description = "What it holds", body = Imported, example = json!(answer(false))),
        (status = 404, description = "`not-found`"), (status = 422, description = "`invalid`: the file cannot be read"),
    ),
)]
pub(super) async fn preview(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(file): Json<ListFile>,
) -> Result<Json<Imported>, Problem> {
    let order = order(&actor, file)?;
    listing::import(&app, &order, &Reach::Preview).await.map(Json).map_err(refused)
}

/// Takes a file in as its preview showed it, in the place of the municipality's list. Kept sealed; the file itself is not kept.
#[utoipa::path(
    post, path = "/api/reception/left-behind/list/apply", operation_id = "receptionApplyList", tag = "reception",
    request_body(content = ApplyList, example = json!(apply_example())),
    responses(
        (status = 200, description = "Taken in", body = Imported, example = json!(answer(true))),
        (status = 404, description = "`not-found`"), (status = 409, description = "`command-used`, `file-changed`"),
        (status = 422, description = "`invalid`: the file cannot be read, or nobody is in it"),
    ),
)]
pub(super) async fn apply(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(wanted): Json<ApplyList>,
) -> Result<Json<Imported>, Problem> {
    let order = order(&actor, wanted.file)?;
    if listing::digest(&order) != wanted.digest {
        let (ja, en) = (
            "確認したときとファイルが違います。もう一度、内容を確認してください。",
            "The file is not the one that was looked at. Look at it once more.",
        );
        return Err(Problem::conflict("file-changed", ja, en));
    }
    let reach = Reach::Apply { command: wanted.command, by: actor.label() };
    listing::import(&app, &order, &reach).await.map(Json).map_err(refused)
}

fn order(actor: &Actor, file: ListFile) -> Result<Order, Problem> {
    super::require_of(actor, Duty::Evacuees, &file.municipality)?;
    if file.columns.len() > MOST_COLUMNS {
        return Err(Problem::invalid("columns", "列が多すぎます。", "Too many columns."));
    }
    let bytes = STANDARD.decode(file.content.as_bytes()).ok().filter(|bytes| bytes.len() <= BYTES);
    let bytes = bytes
        .ok_or_else(|| Problem::invalid("content", "ファイルは24MBまでです。", "A file of up to 24 MiB, in base64."))?;
    Ok(Order { name: file.name, bytes, municipality: file.municipality, chosen: file.columns })
}

fn refused(unkept: Unkept) -> Problem {
    match unkept {
        Unkept::File(refusal) => {
            let text = refusal.text();
            Problem::invalid("content", text.ja, text.en)
        }
        Unkept::Municipality => Problem::not_found().with_field("municipality"),
        Unkept::Nobody => {
            let (ja, en) = (
                "氏名の列が見つからないか、取り込める人がいません。名簿は前のままです。",
                "No column of names, or nobody that can be taken. The list is as before.",
            );
            Problem::invalid("content", ja, en)
        }
        Unkept::TooMany => Problem::invalid("content", "一度に取り込めるのは5万人までです。", "At most 50,000 people."),
        Unkept::Broken(error) => match error.downcast::<Problem>() {
            Ok(problem) => problem,
            Err(error) if error.is::<tokio::task::JoinError>() => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "ファイルを読み込めませんでした。",
                "The file could not be read.",
            ),
            Err(error) => error.into(),
        },
    }
}

const FILE: &str = "氏名,生年月日,住所,町内会\n見本 イチ,昭和10年4月1日,八戸市市川町1-1,市川一\n";

fn example() -> serde_json::Value {
    serde_json::json!({ "municipality": "02203", "name": "名簿.csv", "content": STANDARD.encode(FILE), "columns": {} })
}

fn apply_example() -> serde_json::Value {
    let order = Order {
        name: "名簿.csv".to_owned(),
        bytes: FILE.as_bytes().to_vec(),
        municipality: "02203".to_owned(),
        chosen: Chosen::new(),
    };
    let mut body = example();
    body["command"] = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e53".into();
    body["digest"] = listing::digest(&order).into();
    body
}

fn answer(applied: bool) -> serde_json::Value {
    serde_json::json!({
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "format": "csv", "encoding": "utf8",
        "people": 1, "added": 1, "changed": 0, "same": 0, "gone": 0,
        "columns": [{ "name": "氏名", "field": "name" }], "fields": [{ "field": "name", "label": "氏名" }],
        "aside": 1, "aside_rows": [{ "sheet": null, "line": 3, "column": "氏名", "reason": "no-name", "words": {
            "ja": "氏名がありません。", "easy": "氏名がありません。", "en": "There is no name." } }],
        "remarks": 0, "remark_rows": [], "notes": [], "applied": applied
    })
}
