//! Upload of a list: kept, read, planned; nothing is applied.

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::{StatusCode, header};
use chrono::NaiveDate;
use http::{Actor, App, Duty, Json, Problem, Query};
use kernel::areas;
use serde::Deserialize;
use utoipa::IntoParams;

use super::views::{SourceView, example};
use super::{super::check_code, kind};
use crate::import::{self, Incoming, Reach, zipped};
use crate::model::Chosen;

/// Largest upload, all parts together.
pub(in crate::api) const MAX_BODY: usize = 64 << 20;
/// Most parts: a shapefile has about seven.
const MAX_FILES: usize = 20;
/// Longest text of a field beside the file.
const MAX_FIELD: usize = 500;

/// What the caller says about the file; the same names as fields of multipart (取込の指定).
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct UploadQuery {
    /// File name, for an upload without multipart.
    name: Option<String>,
    /// JIS5, if the file does not say.
    municipality: Option<String>,
    /// What it is a list of, if the file does not say.
    kind: Option<String>,
    /// Name of the list, when there are two of one kind.
    series: Option<String>,
    title: Option<String>,
    /// CC BY 4.0
    licence: Option<String>,
    attribution: Option<String>,
    /// Day, `2025-05-27`.
    as_of: Option<String>,
}

/// Takes a file in and shows what applying it would do; nothing is applied. The same file again is answered with the
/// source that is there (`repeat`). `multipart/form-data` with the file (or the parts of a shapefile) and the fields below,
/// or the file alone as the body.
#[utoipa::path(post, path = "/api/places/sources", operation_id = "placesSourceUpload", tag = "places",
    params(UploadQuery),
    request_body(content = Vec<u8>, content_type = "text/csv", description = "A list, or multipart/form-data",
        example = "全国地方公共団体コード,名称,所在地_連結表記\n022039,中央公民館,八戸市内丸一丁目\n"),
    responses((status = 200, body = SourceView, example = json!(example())), (status = 413, description = "`too-large`"),
        (status = 422, description = "`invalid`")))]
pub(in crate::api) async fn upload(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<UploadQuery>,
    request: Request,
) -> Result<Json<SourceView>, Problem> {
    let held = actor.require_anywhere(Duty::Places)?;
    let (query, files) = read(request, query).await?;
    let mut incoming = incoming(query, files)?;
    // Somebody of one municipality means their own when neither they nor the file say whose it is.
    if let [one] = held.as_slice()
        && *one != areas::PREFECTURE
    {
        incoming.neighbours = Some(one.code().to_owned());
    }
    let taken = import::take(&app, &actor, incoming, Reach::Preview).await?;
    let mut conn = app.store.read().await?;
    Ok(Json(SourceView::of(&mut conn, taken.source, taken.repeat).await?))
}

type Files = Vec<(String, Bytes)>;

async fn read(request: Request, mut query: UploadQuery) -> Result<(UploadQuery, Files), Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        let bytes = Bytes::from_request(request, &()).await.map_err(|error| unreadable(error.status()))?;
        let name = query.name.clone().unwrap_or_else(|| "upload.csv".to_owned());
        return Ok((query, vec![(name, bytes)]));
    }
    let mut parts = Multipart::from_request(request, &()).await.map_err(|error| unreadable(error.status()))?;
    let mut files = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|error| unreadable(error.status()))? {
        let name = part.name().unwrap_or_default().to_owned();
        if let Some(file) = part.file_name().map(str::to_owned) {
            if files.len() == MAX_FILES {
                return Err(Problem::invalid(
                    "files",
                    format!("一度に送れるのは{MAX_FILES}ファイルまでです。"),
                    format!("At most {MAX_FILES} files at a time."),
                ));
            }
            files.push((file, part.bytes().await.map_err(|error| unreadable(error.status()))?));
        } else {
            let text = part.text().await.map_err(|error| unreadable(error.status()))?;
            set(&mut query, &name, &text)?;
        }
    }
    Ok((query, files))
}

fn set(query: &mut UploadQuery, name: &str, text: &str) -> Result<(), Problem> {
    if text.len() > MAX_FIELD {
        return Err(Problem::invalid(
            name,
            format!("{MAX_FIELD}文字までで入力してください。"),
            format!("At most {MAX_FIELD} characters."),
        ));
    }
    let text = Some(text.trim().to_owned()).filter(|text| !text.is_empty() && text != "null");
    match name {
        "municipality" => query.municipality = text,
        "kind" => query.kind = text,
        "series" => query.series = text,
        "title" => query.title = text,
        "licence" => query.licence = text,
        "attribution" => query.attribution = text,
        "as_of" => query.as_of = text,
        _ => {}
    }
    Ok(())
}

fn incoming(query: UploadQuery, mut files: Files) -> Result<Incoming, Problem> {
    let as_of = query.as_of.as_deref().map(day).transpose()?;
    let municipality = query.municipality.map(|code| check_code(&code).map(|()| code)).transpose()?;
    let (name, bytes) = match files.as_mut_slice() {
        [] => return Err(Problem::invalid("files", "ファイルがありません。", "There is no file.")),
        [(name, bytes)] => (std::mem::take(name), std::mem::take(bytes).to_vec()),
        several => {
            let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            if sheets::together(&names).len() > 1 {
                return Err(Problem::invalid(
                    "files",
                    "一度に送れる一覧は1つです（シェープファイルは部品をまとめて送れます）。",
                    "One list at a time; only the parts of a shapefile go together.",
                ));
            }
            let stem = names[0].rsplit_once('.').map_or(names[0], |(stem, _)| stem);
            let name = format!("{stem}.zip");
            let parts = several.iter().map(|(name, bytes)| (name.clone(), bytes.to_vec())).collect();
            (name, zipped(parts).map_err(Problem::internal)?)
        }
    };
    Ok(Incoming {
        name,
        bytes,
        title: query.title,
        licence: query.licence,
        attribution: query.attribution,
        as_of,
        chosen: Chosen {
            kind: query.kind.as_deref().map(kind).transpose()?.flatten(),
            municipality,
            series: query.series,
            ..Chosen::default()
        },
        ..Incoming::default()
    })
}

fn day(text: &str) -> Result<NaiveDate, Problem> {
    sheets::value::date(&sheets::Cell::from_text(text)).ok_or_else(|| {
        Problem::invalid("as_of", "時点は 2025-05-27 のように入力してください。", "Give the day as 2025-05-27.")
    })
}

fn unreadable(status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            status,
            "too-large",
            format!("ファイルが大きすぎます（{}MBまで）。分けて送ってください。", MAX_BODY >> 20),
            format!("The file is too large (at most {} MB). Send it in parts.", MAX_BODY >> 20),
        );
    }
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unreadable-body",
        "ファイルを最後まで受け取れませんでした。もう一度送ってください。",
        "The file did not arrive whole. Send it again.",
    )
}
