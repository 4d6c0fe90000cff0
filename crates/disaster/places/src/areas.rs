//! Areas (区域): hazard polygons, emergency roads and districts, whole for the map maker and simplified for the wire.

use kernel::{Id, Point};
use serde_json::{Value, json};
use sheets::Geometry;
use store::Conn;

use crate::facility::kind_name;
use crate::model::{Kind, Place};
use crate::{db, geometry};

/// Areas read at a time: one may have a hundred thousand points.
const PAGE: i64 = 50;
/// Kinds of areas, in the order in which they are read.
const KINDS: [Kind; 3] = [Kind::HazardArea, Kind::EmergencyRoad, Kind::District];

/// One area, as the maps draw it (区域).
#[derive(Debug, Clone, PartialEq)]
pub struct AreaFeature {
    pub id: Id<Place>,
    pub kind: Kind,
    /// 内水浸水想定区域, 第一次緊急輸送道路, …
    pub label: String,
    pub name: String,
    pub geometry: Geometry,
    /// Class of depth or danger 0 to 7, or 1st to 3rd road.
    pub rank: Option<u8>,
    /// The designating municipality, JIS5.
    pub municipality: String,
}

/// Where a reading of areas goes on (区域の読み取り位置).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaCursor {
    municipalities: Vec<String>,
    kinds: Vec<Kind>,
    kind: usize,
    after: Id<Place>,
}

impl AreaCursor {
    /// From the beginning: of one municipality, or of all that have places.
    pub async fn open(conn: &mut Conn, municipality: Option<&str>) -> store::Result<Self> {
        let mut municipalities = match municipality {
            Some(code) => vec![code.to_owned()],
            None => db::municipalities(conn).await?,
        };
        municipalities.reverse();
        Ok(Self { municipalities, kinds: KINDS.to_vec(), kind: 0, after: start() })
    }

    /// Only of this kind.
    #[must_use]
    pub fn only(mut self, kind: Kind) -> Self {
        self.kinds = vec![kind];
        self
    }

    /// The next areas; none at the end. Only these are held in memory.
    pub async fn next(&mut self, conn: &mut Conn) -> store::Result<Vec<AreaFeature>> {
        while let Some(municipality) = self.municipalities.last() {
            let Some(kind) = self.kinds.get(self.kind) else {
                self.municipalities.pop();
                (self.kind, self.after) = (0, start());
                continue;
            };
            let found = db::areas_of(conn, municipality, *kind, self.after, PAGE).await?;
            if let Some(last) = found.last() {
                self.after = last.id;
            } else {
                (self.kind, self.after) = (self.kind + 1, start());
            }
            let features: Vec<AreaFeature> = found.into_iter().filter_map(feature).collect();
            if !features.is_empty() {
                return Ok(features);
            }
        }
        Ok(Vec::new())
    }
}

/// Every area of a municipality, or of all. For the whole prefecture use [`AreaCursor`], which holds few at a time.
pub async fn areas(conn: &mut Conn, municipality: Option<&str>) -> store::Result<Vec<AreaFeature>> {
    let mut cursor = AreaCursor::open(conn, municipality).await?;
    let mut all = Vec::new();
    loop {
        let page = cursor.next(conn).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// A GeoJSON feature of the area, simplified. `None` when nothing is left of it.
pub(crate) fn to_feature(area: &AreaFeature, tolerance_m: f64) -> Option<Value> {
    let shape = simplified(&area.geometry, tolerance_m)?;
    Some(json!({
        "type": "Feature",
        "id": area.id,
        "properties": {
            "kind": area.kind, "label": area.label, "name": area.name, "rank": area.rank,
            "municipality": area.municipality,
        },
        "geometry": geometry::to_json(&shape),
    }))
}

/// How many positions a shape has.
pub(crate) fn positions(shape: &Geometry) -> usize {
    match shape {
        Geometry::Point(_) => 1,
        Geometry::Points(points) => points.len(),
        Geometry::Lines(lines) => lines.iter().map(Vec::len).sum(),
        Geometry::Polygons(polygons) => polygons.iter().flatten().map(Vec::len).sum(),
    }
}

/// The shape without what lies within `tolerance_m` of the rest (Douglas and Peucker). Rings stay closed; polygons too small
/// to be seen vanish.
pub(crate) fn simplified(shape: &Geometry, tolerance_m: f64) -> Option<Geometry> {
    let kept = match shape {
        Geometry::Lines(lines) => Geometry::Lines(lines.iter().map(|line| thin(line, tolerance_m)).collect()),
        Geometry::Polygons(polygons) => {
            let polygon = |rings: &Vec<Vec<Point>>| {
                let mut rings = rings.iter().map(|ring| thin_ring(ring, tolerance_m));
                let outer = rings.next().filter(|outer| outer.len() >= 4)?;
                Some(std::iter::once(outer).chain(rings.filter(|hole| hole.len() >= 4)).collect::<Vec<_>>())
            };
            Geometry::Polygons(polygons.iter().filter_map(polygon).collect())
        }
        Geometry::Point(_) | Geometry::Points(_) => shape.clone(),
    };
    (positions(&kept) > 0).then_some(kept)
}

fn start() -> Id<Place> {
    Id::from_uuid(uuid::Uuid::nil())
}

fn feature(place: Place) -> Option<AreaFeature> {
    Some(AreaFeature {
        id: place.id,
        kind: place.kind,
        label: place.label.unwrap_or_else(|| kind_name(place.kind).to_owned()),
        name: place.name,
        geometry: place.geometry?,
        rank: place.details.rank,
        municipality: place.municipality,
    })
}

fn thin_ring(ring: &[Point], tolerance_m: f64) -> Vec<Point> {
    let open = if ring.first() == ring.last() { &ring[..ring.len().saturating_sub(1)] } else { ring };
    let Some(first) = open.first() else { return Vec::new() };
    // Two halves between a spot and the one farthest from it: a line that begins where it ends has no direction.
    let far = open.iter().enumerate().max_by(|a, b| first.distance_m(*a.1).total_cmp(&first.distance_m(*b.1)));
    let far = far.map_or(0, |(at, _)| at);
    let mut kept = thin(&open[..=far], tolerance_m);
    let back: Vec<Point> = open[far..].iter().chain(std::iter::once(first)).copied().collect();
    kept.extend(thin(&back, tolerance_m).into_iter().skip(1));
    kept
}

fn thin(line: &[Point], tolerance_m: f64) -> Vec<Point> {
    if line.len() < 3 || tolerance_m <= 0.0 {
        return line.to_vec();
    }
    let mut keep = vec![false; line.len()];
    keep[0] = true;
    keep[line.len() - 1] = true;
    let mut open = vec![(0, line.len() - 1)];
    while let Some((first, last)) = open.pop() {
        let off = |at: usize| line[at].distance_to_segment_m(line[first], line[last]);
        let farthest = (first + 1..last).map(|at| (at, off(at))).max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((at, _)) = farthest.filter(|(_, metres)| *metres > tolerance_m) {
            keep[at] = true;
            open.extend([(first, at), (at, last)]);
        }
    }
    line.iter().zip(keep).filter_map(|(point, keep)| keep.then_some(*point)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring(points: &[(f64, f64)]) -> Vec<Point> {
        points.iter().map(|(lat, lon)| Point { lat: *lat, lon: *lon }).collect()
    }

    #[test]
    fn what_is_too_small_to_see_is_left_out() {
        let square =
            ring(&[(40.0, 141.0), (40.0, 141.01), (40.000_01, 141.02), (40.02, 141.02), (40.02, 141.0), (40.0, 141.0)]);
        let tiny = ring(&[(40.0, 141.0), (40.000_01, 141.0), (40.000_01, 141.000_01), (40.0, 141.0)]);
        let shape = Geometry::Polygons(vec![vec![square, tiny.clone()], vec![tiny.clone()]]);
        let Some(Geometry::Polygons(kept)) = simplified(&shape, 10.0) else { panic!("it has not vanished") };
        assert_eq!((kept.len(), kept[0].len(), kept[0][0].len()), (1, 1, 5));
        assert_eq!(kept[0][0].first(), kept[0][0].last());
        assert_eq!(simplified(&Geometry::Polygons(vec![vec![tiny]]), 10.0), None);
        assert_eq!(simplified(&Geometry::Polygons(vec![vec![Vec::new()]]), 10.0), None);
    }

    proptest! {
        #[test]
        fn nothing_left_out_lies_far_from_what_is_left(
            points in proptest::collection::vec((40.0_f64..40.1, 141.0_f64..141.1), 2..40), tolerance in 1.0_f64..2000.0
        ) {
            let line = ring(&points);
            let kept = thin(&line, tolerance);
            prop_assert_eq!((kept.first(), kept.last()), (line.first(), line.last()));
            for point in &line {
                let near = kept.windows(2).map(|pair| point.distance_to_segment_m(pair[0], pair[1])).fold(f64::INFINITY, f64::min);
                prop_assert!(near <= tolerance * 1.01 + 1e-6, "{near}");
            }
        }

        #[test]
        fn rings_stay_closed(points in proptest::collection::vec((40.0_f64..40.1, 141.0_f64..141.1), 1..40)) {
            let mut outer = ring(&points);
            outer.push(outer[0]);
            if let Some(Geometry::Polygons(kept)) = simplified(&Geometry::Polygons(vec![vec![outer]]), 100.0) {
                prop_assert!(kept.iter().flatten().all(|ring| ring.len() >= 4 && ring.first() == ring.last()));
            }
        }
    }
}
