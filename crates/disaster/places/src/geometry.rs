//! Shapes as GeoJSON geometry (RFC 7946: longitude first), for the database and the wire.

use kernel::Point;
use serde_json::{Value, json};
use sheets::Geometry;

/// Decimal places of a degree that are kept: about a centimetre.
const PLACES: f64 = 1e7;

/// The shape as GeoJSON. Coordinates are rounded to a centimetre, so that writing and reading again changes nothing.
pub fn to_json(geometry: &Geometry) -> Value {
    match geometry {
        Geometry::Point(point) => json!({ "type": "Point", "coordinates": position(*point) }),
        Geometry::Points(points) => json!({ "type": "MultiPoint", "coordinates": line(points) }),
        Geometry::Lines(lines) => json!({ "type": "MultiLineString", "coordinates": rings(lines) }),
        Geometry::Polygons(polygons) => {
            let polygons: Vec<Value> = polygons.iter().map(|polygon| rings(polygon)).collect();
            json!({ "type": "MultiPolygon", "coordinates": polygons })
        }
    }
}

/// The shape of what [`to_json`] made; `None` for anything else.
pub fn from_json(value: &Value) -> Option<Geometry> {
    let coordinates = value.get("coordinates")?;
    match value.get("type")?.as_str()? {
        "Point" => point(coordinates).map(Geometry::Point),
        "MultiPoint" => points(coordinates).map(Geometry::Points),
        "MultiLineString" => lines(coordinates).map(Geometry::Lines),
        "MultiPolygon" => {
            let polygons: Option<Vec<_>> = coordinates.as_array()?.iter().map(lines).collect();
            polygons.map(Geometry::Polygons)
        }
        _ => None,
    }
}

/// Whether two shapes are the same to the centimetre.
pub fn same(left: Option<&Geometry>, right: Option<&Geometry>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => left == right || to_json(left) == to_json(right),
        _ => false,
    }
}

/// A coordinate to the centimetre.
pub fn rounded(degrees: f64) -> f64 {
    (degrees * PLACES).round() / PLACES
}

/// For `#[serde(with)]`: a shape or null.
pub mod optional {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
    use serde_json::Value;
    use sheets::Geometry;

    #[expect(clippy::ref_option, reason = "the form serde asks for")]
    pub(crate) fn serialize<S: Serializer>(geometry: &Option<Geometry>, serializer: S) -> Result<S::Ok, S::Error> {
        geometry.as_ref().map(super::to_json).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Geometry>, D::Error> {
        let value = Option::<Value>::deserialize(deserializer)?;
        Ok(value.as_ref().and_then(super::from_json))
    }
}

fn position(point: Point) -> Value {
    json!([rounded(point.lon), rounded(point.lat)])
}

fn line(points: &[Point]) -> Value {
    points.iter().map(|point| position(*point)).collect()
}

fn rings(lines: &[Vec<Point>]) -> Value {
    lines.iter().map(|points| line(points)).collect()
}

fn point(value: &Value) -> Option<Point> {
    let [lon, lat] = value.as_array()?.get(..2)? else { return None };
    Point::new(lat.as_f64()?, lon.as_f64()?)
}

fn points(value: &Value) -> Option<Vec<Point>> {
    value.as_array()?.iter().map(point).collect()
}

fn lines(value: &Value) -> Option<Vec<Vec<Point>>> {
    value.as_array()?.iter().map(points).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_the_same() {
        let p = |lat, lon| Point { lat, lon };
        let ring = vec![p(40.5, 141.5), p(40.512_345_678_9, 141.5), p(40.5, 141.600_000_04), p(40.5, 141.5)];
        for shape in [
            Geometry::Point(ring[1]),
            Geometry::Points(ring.clone()),
            Geometry::Lines(vec![ring.clone()]),
            Geometry::Polygons(vec![vec![ring.clone()], vec![ring]]),
        ] {
            let again = from_json(&to_json(&shape)).unwrap();
            assert!(same(Some(&again), Some(&shape)));
            assert_eq!(to_json(&again), to_json(&shape));
        }
        assert!(!same(None, Some(&Geometry::Points(Vec::new()))));
        for bad in [json!({}), json!({ "type": "Point", "coordinates": [141.5] }), json!({ "type": "Circle" })] {
            assert_eq!(from_json(&bad), None, "{bad}");
        }
    }
}
