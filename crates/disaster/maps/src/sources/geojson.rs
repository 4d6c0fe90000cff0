//! GeoJSON: which of our kinds it is, and its geometry.

use std::fmt;

use kernel::Point;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{Reading, Scope, What, both, boundaries, whole, year_in};
use crate::mercator::Spot;
use crate::model::{Attribution, Feature, Layer, OriginalKind, Shape};

#[derive(Deserialize)]
struct Collection {
    #[serde(default)]
    features: Vec<Item>,
}

/// A feature of the file.
#[derive(Deserialize)]
pub(super) struct Item {
    #[serde(default)]
    pub(super) properties: Option<Map<String, Value>>,
    geometry: Option<Geometry>,
}

#[derive(Deserialize)]
struct Geometry {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    coordinates: Nest,
}

/// Numbers in lists in lists.
enum Nest {
    Number(f64),
    List(Vec<Nest>),
}

pub(super) fn read(text: &[u8], name: &str, scope: Scope) -> Result<Reading, What> {
    let collection: Collection = serde_json::from_slice(text).map_err(|error| broken(&error))?;
    let has = |keys: &[&str]| collection.features.iter().any(|item| item.text(keys).is_some());
    if has(boundaries::CODES) {
        boundaries::read(&collection.features, name, scope)
    } else if has(CLASSES) {
        roads(&collection.features, name, scope)
    } else {
        Err(whole(
            "行政区域（N03_007 または code5）でも道路（highway または fclass）でもありません",
            "neither boundaries (N03_007 or code5) nor roads (highway or fclass)",
        ))
    }
}

const CLASSES: &[&str] = &["highway", "fclass"];

fn roads(items: &[Item], name: &str, scope: Scope) -> Result<Reading, What> {
    let mut features = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(class) = item.text(CLASSES) else { continue };
        let pairs = vec![("highway", class), ("name", item.text(&["name"]).unwrap_or_default())];
        let Some(drawing) = super::osm_tags::way(&super::osm_tags::Tags(pairs)) else { continue };
        let shape = item.shape(scope).map_err(super::at(|| format!("feature {index}")))?;
        if let Some(shape @ Shape::Lines(_)) = shape {
            features.push(Feature { layer: Layer::Road, shape, tags: drawing.tags, from: drawing.from });
        }
    }
    let attribution = Attribution {
        name: "OpenStreetMap（道路）".into(),
        licence: "ODbL 1.0".into(),
        text: "© OpenStreetMap contributors".into(),
        as_of: year_in(name),
    };
    Ok(Reading { kind: OriginalKind::Roads, features, attribution, notes: Vec::new() })
}

impl Item {
    /// The first of these properties that has a text or a number.
    pub(super) fn text(&self, keys: &[&str]) -> Option<&str> {
        let properties = self.properties.as_ref()?;
        keys.iter().find_map(|key| properties.get(*key)?.as_str()).filter(|text| !text.is_empty())
    }

    /// The geometry on the plane; `None` when there is none.
    pub(super) fn shape(&self, scope: Scope) -> Result<Option<Shape>, What> {
        let Some(geometry) = &self.geometry else { return Ok(None) };
        let nest = &geometry.coordinates;
        let shape = match geometry.kind.as_str() {
            "Point" => Shape::Spot(nest.spot(scope)?),
            "LineString" => Shape::Lines(vec![nest.line(scope)?]),
            "MultiLineString" => {
                Shape::Lines(nest.list()?.iter().map(|line| line.line(scope)).collect::<Result<_, _>>()?)
            }
            "Polygon" => Shape::Polygons(vec![nest.rings(scope)?]),
            "MultiPolygon" => {
                Shape::Polygons(nest.list()?.iter().map(|rings| rings.rings(scope)).collect::<Result<_, _>>()?)
            }
            other => {
                let ja = format!("図形の種類「{other}」は読めません");
                return Err((String::new(), both(ja, format!("a geometry of type {other:?} cannot be read"))));
            }
        };
        Ok(Some(shape))
    }
}

impl Nest {
    fn list(&self) -> Result<&[Nest], What> {
        match self {
            Self::List(list) => Ok(list),
            Self::Number(_) => Err(whole("座標の形が違います", "the coordinates are not nested as their type demands")),
        }
    }

    fn spot(&self, scope: Scope) -> Result<Spot, What> {
        match self.list()? {
            [Self::Number(lon), Self::Number(lat), ..] => scope.sound_spot(Point { lat: *lat, lon: *lon }),
            _ => Err(whole("座標の形が違います", "the coordinates are not nested as their type demands")),
        }
    }

    fn line(&self, scope: Scope) -> Result<Vec<Spot>, What> {
        self.list()?.iter().map(|spot| spot.spot(scope)).collect()
    }

    fn rings(&self, scope: Scope) -> Result<Vec<Vec<Spot>>, What> {
        let closed = self.list()?.iter().map(|ring| ring.line(scope));
        let open = |mut ring: Vec<Spot>| {
            while ring.len() > 1 && ring.first() == ring.last() {
                ring.pop();
            }
            ring
        };
        closed.map(|ring| ring.map(open)).collect()
    }
}

impl Default for Nest {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl<'de> Deserialize<'de> for Nest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NestVisitor)
    }
}

struct NestVisitor;

impl<'de> Visitor<'de> for NestVisitor {
    type Value = Nest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("coordinates: numbers in lists")
    }

    fn visit_f64<E>(self, number: f64) -> Result<Nest, E> {
        Ok(Nest::Number(number))
    }

    #[expect(clippy::cast_precision_loss, reason = "coordinates are far below 2⁵³")]
    fn visit_u64<E>(self, number: u64) -> Result<Nest, E> {
        Ok(Nest::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "coordinates are far below 2⁵³")]
    fn visit_i64<E>(self, number: i64) -> Result<Nest, E> {
        Ok(Nest::Number(number as f64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Nest, A::Error> {
        let mut list = Vec::with_capacity(seq.size_hint().unwrap_or(2));
        while let Some(item) = seq.next_element()? {
            list.push(item);
        }
        Ok(Nest::List(list))
    }
}

pub(super) fn broken(error: &serde_json::Error) -> What {
    let at = format!("line {}, column {}", error.line(), error.column());
    if error.is_eof() {
        return super::cut(at);
    }
    let ja = format!("JSON として読めません（{error}）");
    (at, both(ja, format!("not readable as JSON: {error}")))
}
