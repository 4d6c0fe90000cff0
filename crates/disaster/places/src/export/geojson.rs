//! Facilities as GeoJSON (RFC 7946): licence, attribution and day first, in the file and in every feature.

use serde_json::{Map, Value, json};

use super::standard::{part, sources_of};
use super::{Notice, Selection};
use crate::publish::{FacilityView, PlacesDocument};

/// The file. A facility without a position has the geometry null.
pub(crate) fn geojson(selection: Selection<'_>, notice: &Notice) -> String {
    let features: Vec<Value> = selection.rows().map(|(document, facility)| feature(document, facility)).collect();
    json!({
        "type": "FeatureCollection",
        "licence": notice.licence,
        "attribution": notice.attribution,
        "as_of": notice.as_of,
        "name": format!("{}_{}", selection.place_name(), selection.what()),
        "features": features,
    })
    .to_string()
}

fn feature(document: &PlacesDocument, facility: &FacilityView) -> Value {
    let all = |column: &str| {
        let mut parts: Vec<String> = sources_of(document, facility).map(|source| part(source, column)).collect();
        parts.retain(|part| !part.is_empty());
        parts.dedup();
        parts.join("／")
    };
    let mut properties = Map::new();
    for (name, column) in [("licence", "ライセンス"), ("attribution", "出典"), ("as_of", "時点")] {
        properties.insert(name.to_owned(), all(column).into());
    }
    // A view is made of strings, numbers and lists: it always becomes JSON.
    if let Ok(Value::Object(view)) = serde_json::to_value(facility) {
        let kept = view.into_iter().filter(|(name, _)| !matches!(name.as_str(), "id" | "lat" | "lon"));
        properties.extend(kept);
    }
    let geometry =
        facility.lat.zip(facility.lon).map(|(lat, lon)| json!({ "type": "Point", "coordinates": [lon, lat] }));
    json!({ "type": "Feature", "id": facility.id, "properties": properties, "geometry": geometry })
}
