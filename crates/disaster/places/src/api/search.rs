//! Search and one facility, for everybody, from memory.

use std::sync::Arc;

use axum::extract::State;
use http::{App, Json, Path, Problem, Query};
use kernel::{Id, Point, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{check_code, kind};
use crate::model::Facility;
use crate::publish::{FacilityView, SourceNote};
use crate::search::{Ask, Index, MOST_CHARS, MOST_FOUND, Search};

/// Facilities answered when the caller does not say.
const USUAL: usize = 20;

/// What is looked for (検索の条件).
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchQuery {
    /// Name, kana, address, kind; several words must all match. Without it `near` finds the nearest.
    q: Option<String>,
    /// `lat,lon`
    near: Option<String>,
    /// Kinds with commas between, `emergency_site,shelter`.
    kinds: Option<String>,
    /// JIS5.
    municipality: Option<String>,
    /// At most 100; 20 if left out.
    limit: Option<usize>,
}

/// What was found (検索の結果).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SearchResult {
    /// How many there are, also those not in the list.
    total: usize,
    facilities: Vec<FoundFacility>,
}

/// A facility that was found (見つかった施設).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundFacility {
    #[serde(flatten)]
    facility: FacilityView,
    /// Metres to `near`, as the crow flies.
    distance_m: Option<f64>,
}

/// One facility with where it comes from (施設と出典).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FacilityPage {
    #[serde(flatten)]
    facility: FacilityView,
    /// The sources that speak of it.
    notes: Vec<SourceNote>,
    /// When the document it is taken from was made.
    as_of: Timestamp,
}

/// Finds facilities by name, kana, address or nearness (施設の検索).
#[utoipa::path(get, path = "/api/places/search", operation_id = "placesSearch", tag = "places", params(SearchQuery),
    responses((status = 200, body = SearchResult, example = json!({ "total": 0, "facilities": [] })),
        (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("anyone"))))]
pub(super) async fn search(
    State(app): State<App>,
    Query(query): Query<SearchQuery>,
) -> Result<Json<SearchResult>, Problem> {
    let ask = ask(query)?;
    let index = index(&app).await?;
    let found = index.find(&ask);
    let facility = |(facility, distance_m): (&FacilityView, Option<f64>)| FoundFacility {
        facility: facility.clone(),
        distance_m: distance_m.map(|metres| (metres * 10.0).round() / 10.0),
    };
    Ok(Json(SearchResult { total: found.total, facilities: found.facilities.into_iter().map(facility).collect() }))
}

/// One facility with all that is said of it (施設).
#[utoipa::path(get, path = "/api/places/{id}", operation_id = "placesFacility", tag = "places",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    responses((status = 200, body = FacilityPage), (status = 404, description = "`not-found`")),
    extensions(("x-who" = json!("anyone"))))]
pub(super) async fn show(State(app): State<App>, Path(id): Path<Id<Facility>>) -> Result<Json<FacilityPage>, Problem> {
    let index = index(&app).await?;
    let facility = index.facility(id).ok_or_else(Problem::not_found)?;
    let document = index.document(&facility.municipality).ok_or_else(Problem::not_found)?;
    let notes = document.sources.iter().filter(|source| facility.sources.contains(&source.key)).cloned().collect();
    Ok(Json(FacilityPage { facility: facility.clone(), notes, as_of: document.as_of }))
}

/// The index of what is published now.
pub(super) async fn index(app: &App) -> Result<Arc<Index>, Problem> {
    let Some(search) = app.extension::<Search>() else {
        return Err(Problem::internal(anyhow::anyhow!("the search is not part of this program")));
    };
    Ok(search.index(&app.hot).await)
}

fn ask(query: SearchQuery) -> Result<Ask, Problem> {
    let words = query.q.unwrap_or_default();
    if words.chars().count() > MOST_CHARS {
        return Err(Problem::invalid(
            "q",
            format!("検索語は{MOST_CHARS}文字までにしてください。"),
            format!("Search for at most {MOST_CHARS} characters."),
        ));
    }
    let near = query.near.as_deref().map(point).transpose()?;
    if words.trim().is_empty() && near.is_none() {
        return Err(Problem::invalid(
            "q",
            "検索語（q）か地点（near）を指定してください。",
            "Give words (q) or a point (near).",
        ));
    }
    if let Some(code) = &query.municipality {
        check_code(code)?;
    }
    let names = query.kinds.as_deref().unwrap_or_default().split(',').filter(|name| !name.trim().is_empty());
    let kinds = names.map(kind).collect::<Result<Vec<_>, _>>()?;
    let limit = query.limit.unwrap_or(USUAL).clamp(1, MOST_FOUND);
    Ok(Ask { words, near, kinds, municipality: query.municipality, limit })
}

fn point(text: &str) -> Result<Point, Problem> {
    let numbers =
        text.split_once(',').and_then(|(lat, lon)| Some((lat.trim().parse().ok()?, lon.trim().parse().ok()?)));
    numbers.and_then(|(lat, lon)| Point::new(lat, lon)).ok_or_else(|| {
        Problem::invalid(
            "near",
            "地点は「緯度,経度」（例：40.51,141.49）で指定してください。",
            "Give the point as latitude,longitude, for example 40.51,141.49.",
        )
    })
}
