//! Areas as GeoJSON, simplified and limited. The maps have them whole, in tiles.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use http::{App, Problem, Query};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::{check_code, kind};
use crate::areas::{AreaCursor, AreaFeature, positions, to_feature};

/// Positions in one answer at most: some 6 MB before compression.
const MOST_POSITIONS: usize = 200_000;
/// Areas in one answer at most.
const MOST_AREAS: usize = 2_000;
/// How far a line may be moved, if the caller does not say.
const USUAL_M: f64 = 10.0;

/// Which areas (区域の条件).
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AreasQuery {
    /// JIS5.
    municipality: String,
    /// `hazard_area`, `emergency_road` or `district`; all if left out.
    kind: Option<String>,
    /// How far a line may be moved, in metres: 1 to 1000; 10 if left out.
    tolerance: Option<f64>,
}

/// Hazard areas, emergency roads and districts of a municipality as GeoJSON, simplified. `truncated` says that there are more
/// than one answer holds: ask with a larger tolerance (区域).
#[utoipa::path(get, path = "/api/places/areas", operation_id = "placesAreas", tag = "places", params(AreasQuery),
    responses((status = 200, content_type = "application/geo+json", body = String), (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("anyone"))))]
pub(super) async fn list(State(app): State<App>, Query(query): Query<AreasQuery>) -> Result<Response, Problem> {
    check_code(&query.municipality)?;
    let wanted = query.kind.as_deref().map(kind).transpose()?;
    if wanted.is_some_and(|kind| !kind.is_area()) {
        return Err(Problem::invalid(
            "kind",
            "区域の種別は hazard_area, emergency_road, district です。",
            "Kinds of areas are hazard_area, emergency_road and district.",
        ));
    }
    let tolerance = query.tolerance.filter(|metres| metres.is_finite()).unwrap_or(USUAL_M).clamp(1.0, 1000.0);
    let (mut features, mut held, mut truncated) = (Vec::new(), 0, false);
    let mut conn = app.store.read().await?;
    let all = AreaCursor::open(&mut conn, Some(&query.municipality)).await?;
    let mut cursor = wanted.into_iter().fold(all, AreaCursor::only);
    'pages: loop {
        let page = cursor.next(&mut conn).await?;
        if page.is_empty() {
            break;
        }
        let thinned = tokio::task::spawn_blocking(move || thin(&page, tolerance)).await.map_err(Problem::internal)?;
        for (size, feature) in thinned {
            if held + size > MOST_POSITIONS || features.len() == MOST_AREAS {
                truncated = true;
                break 'pages;
            }
            held += size;
            features.push(feature);
        }
    }
    let body = json!({
        "type": "FeatureCollection", "municipality": query.municipality, "tolerance_m": tolerance,
        "truncated": truncated, "features": features,
    });
    let mut response = body.to_string().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/geo+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    Ok(response)
}

fn thin(page: &[AreaFeature], tolerance_m: f64) -> Vec<(usize, serde_json::Value)> {
    let one = |area: &AreaFeature| {
        let kept = crate::areas::simplified(&area.geometry, tolerance_m)?;
        Some((positions(&kept), to_feature(&AreaFeature { geometry: kept, ..area.clone() }, 0.0)?))
    };
    page.iter().filter_map(one).collect()
}
