//! Downloads for everybody: CSV, 自治体標準オープンデータセット, GeoJSON.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use http::{App, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::search::index;
use super::{check_code, kind};
use crate::export::{self, Form, Notice, Selection};

/// What is downloaded (書き出しの条件).
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportQuery {
    /// JIS5; all municipalities if left out.
    municipality: Option<String>,
    /// All kinds if left out.
    kind: Option<String>,
    /// `standard`: the columns of 自治体標準オープンデータセット (CSV of emergency_site, aed, public_facility).
    form: Option<String>,
}

/// The places as CSV: UTF-8 with a byte order mark. Cells that a spreadsheet would run begin with an apostrophe. Licence and
/// day stand in the file name, in `Link` and in the last columns (of the standard form: in name and headers only).
#[utoipa::path(get, path = "/api/places/export.csv", operation_id = "placesExportCsv", tag = "places", params(ExportQuery),
    responses((status = 200, content_type = "text/csv", body = String),
        (status = 404, description = "`not-found`: nothing is published"), (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("anyone"))))]
pub(super) async fn csv(State(app): State<App>, Query(query): Query<ExportQuery>) -> Result<Response, Problem> {
    let form = match query.form.as_deref() {
        None | Some("general") => Form::General,
        Some("standard") => Form::Standard,
        Some(_) => {
            return Err(Problem::invalid(
                "form",
                "形式は standard（自治体標準オープンデータセット）か general です。",
                "The form is standard or general.",
            ));
        }
    };
    download(&app, &query, "csv", "text/csv; charset=utf-8", move |selection, _| {
        export::csv(selection, form).ok_or_else(no_standard)
    })
    .await
}

/// The places as GeoJSON. Licence, attribution and day stand first in the file and in each feature.
#[utoipa::path(get, path = "/api/places/export.geojson", operation_id = "placesExportGeojson", tag = "places",
    params(ExportQuery),
    responses((status = 200, content_type = "application/geo+json", body = String),
        (status = 404, description = "`not-found`: nothing is published"), (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("anyone"))))]
pub(super) async fn geojson(State(app): State<App>, Query(query): Query<ExportQuery>) -> Result<Response, Problem> {
    download(&app, &query, "geojson", "application/geo+json", |selection, notice| {
        Ok(export::geojson(selection, notice))
    })
    .await
}

/// Writes the file on a thread of its own: a whole prefecture takes tens of milliseconds.
async fn download(
    app: &App,
    query: &ExportQuery,
    ending: &'static str,
    media_type: &'static str,
    write: impl FnOnce(Selection<'_>, &Notice) -> Result<String, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let kind = query.kind.as_deref().map(kind).transpose()?;
    if let Some(code) = &query.municipality {
        check_code(code)?;
    }
    let municipality = query.municipality.clone();
    let index = index(app).await?;
    let written = tokio::task::spawn_blocking(move || {
        let documents: Vec<_> = match &municipality {
            Some(code) => index.document(code).into_iter().collect(),
            None => index.documents().collect(),
        };
        if documents.is_empty() {
            return Err(Problem::not_found());
        }
        let selection = Selection { documents: &documents, kind };
        let notice = Notice::of(selection);
        Ok((write(selection, &notice)?, notice))
    });
    let (file, notice) = written.await.map_err(Problem::internal)??;
    let mut response = file.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    let said = [
        (header::CONTENT_DISPOSITION, notice.disposition(ending)),
        (header::LINK, notice.link()),
        (HeaderName::from_static("x-data-as-of"), notice.day().to_owned()),
    ];
    for (name, value) in said {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

fn no_standard() -> Problem {
    Problem::invalid(
        "kind",
        "自治体標準の形式で書き出せるのは emergency_site, aed, public_facility です。ほかの種別は form を指定せずに書き出してください。",
        "The standard form is there for emergency_site, aed and public_facility. Leave form out for other kinds.",
    )
}
