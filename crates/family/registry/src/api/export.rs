//! Exports for everybody: JSON of the layout, and the same as a table that a spreadsheet opens and an import reads again.

use axum::extract::State as Shared;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use http::{App, Problem, Query};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::model::{Record, check_area};
use crate::shelf::{self, Stock};

/// What is exported (書き出しの条件).
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportQuery {
    /// `00`, `02` or a JIS code; everything if left out.
    area: Option<String>,
}

/// The programmes that hold today as JSON in the complete layout of the registry.
#[utoipa::path(get, path = "/api/registry/export.json", operation_id = "registryExportJson", tag = "registry",
    params(ExportQuery),
    responses((status = 200, content_type = "application/json", body = String, example = json!("[]")),
        (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("anyone"))))]
pub(super) async fn json(Shared(app): Shared<App>, Query(query): Query<ExportQuery>) -> Result<Response, Problem> {
    let stock = shelf::stock(&app).await?;
    let records = records(&stock, &query)?;
    let body = serde_json::to_string(&records).map_err(|error| Problem::internal(anyhow::Error::from(error)))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// The programmes that hold today as CSV, a column for each field, UTF-8 with a byte order mark.
#[utoipa::path(get, path = "/api/registry/export.csv", operation_id = "registryExportCsv", tag = "registry",
    params(ExportQuery),
    responses((status = 200, content_type = "text/csv", body = String), (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("anyone"))))]
pub(super) async fn csv(Shared(app): Shared<App>, Query(query): Query<ExportQuery>) -> Result<Response, Problem> {
    let stock = shelf::stock(&app).await?;
    let records = records(&stock, &query)?;
    let mut columns = Vec::new();
    paths("", &Value::Object(Record::default().completed().0), &mut columns);
    let lines = records.iter().map(|record| columns.iter().map(|path| cell(record.at(path))).collect::<Vec<_>>());
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let body = table(&names, lines.collect::<Vec<_>>())?;
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], body).into_response())
}

fn records(stock: &Stock, query: &ExportQuery) -> Result<Vec<Record>, Problem> {
    if let Some(area) = &query.area {
        check_area(area)?;
    }
    let of_area = stock.in_force.iter().filter(|one| query.area.as_ref().is_none_or(|area| one.area == *area));
    Ok(of_area.map(|one| one.content.record.completed()).collect())
}

fn paths(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                paths(&if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, inner, found);
            }
        }
        _ => found.push(path.to_owned()),
    }
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";")
        }
        Some(other) => other.to_string(),
    }
}

/// A CSV that a spreadsheet opens and does not run: an apostrophe goes before what begins like a formula.
pub(super) fn table<L: IntoIterator<Item = String>>(names: &[&str], lines: Vec<L>) -> Result<String, Problem> {
    let failed = |error: csv::Error| Problem::internal(anyhow::Error::from(error));
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(names).map_err(failed)?;
    for line in lines {
        writer.write_record(line.into_iter().map(defused)).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| Problem::internal(anyhow::anyhow!("{error}")))?;
    String::from_utf8(bytes).map_err(|error| Problem::internal(anyhow::Error::from(error)))
}

fn defused(cell: String) -> String {
    let runs = cell.trim_start().starts_with(['=', '＝', '@', '＠', '+', '＋', '-', '－', '\t']);
    let number = cell.trim_start_matches(['+', '-']).bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if runs && !number { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_opened_and_not_run() {
        let csv = table(
            &["a", "b"],
            vec![vec!["=1+1".to_owned(), "-5".to_owned()], vec!["x,\"y\"".to_owned(), "－".to_owned()]],
        );
        assert_eq!(csv.unwrap(), "\u{feff}a,b\r\n'=1+1,-5\r\n\"x,\"\"y\"\"\",'－\r\n");
    }
}
