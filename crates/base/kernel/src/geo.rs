//! Geometry on the map: points, polygons with holes, boxes, distances. Degrees, latitude first.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Mean radius of the earth (IUGG), metres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A point (地点) in degrees, JGD2011 / WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Point {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

impl Point {
    /// A point on the earth: `None` for NaN and for degrees that do not exist.
    pub fn new(lat: f64, lon: f64) -> Option<Self> {
        let sound = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        sound.then_some(Self { lat, lon })
    }

    /// Great-circle distance in metres, on a sphere: within 0.5 % of the ellipsoid.
    pub fn distance_m(self, other: Self) -> f64 {
        Fix::new(self).distance_m(Fix::new(other))
    }

    /// Metres to the nearest point of the line from `a` to `b`; right for lines short against the earth (≤ 100 km).
    pub fn distance_to_segment_m(self, a: Self, b: Self) -> f64 {
        let scale = self.lat.to_radians().cos();
        let flat = |p: Self| ((p.lon - self.lon) * scale, p.lat - self.lat);
        let ((ax, ay), (bx, by)) = (flat(a), flat(b));
        let (dx, dy) = (bx - ax, by - ay);
        let length2 = dx * dx + dy * dy;
        let t = if length2 == 0.0 { 0.0 } else { (-(ax * dx + ay * dy) / length2).clamp(0.0, 1.0) };
        self.distance_m(Self { lat: a.lat + t * (b.lat - a.lat), lon: a.lon + t * (b.lon - a.lon) })
    }
}

/// A point that is measured from and to many times (測点): the part of its distances that does not change is known. They are the
/// same to the last bit as those of the point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// Radians.
    lat: f64,
    /// Degrees, because their difference is turned into radians.
    lon: f64,
    cos_lat: f64,
}

impl Fix {
    #[inline]
    pub fn new(point: Point) -> Self {
        let lat = point.lat.to_radians();
        Self { lat, lon: point.lon, cos_lat: lat.cos() }
    }

    /// See [`Point::distance_m`].
    #[inline]
    pub fn distance_m(self, other: Self) -> f64 {
        let (dlat, dlon) = (other.lat - self.lat, (other.lon - self.lon).to_radians());
        let h = (dlat / 2.0).sin().powi(2) + self.cos_lat * other.cos_lat * (dlon / 2.0).sin().powi(2);
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }

    /// The place on the unit sphere: east at the Greenwich meridian, east at 90°, north.
    #[inline]
    pub fn on_sphere(self) -> [f64; 3] {
        let (sin_lon, cos_lon) = self.lon.to_radians().sin_cos();
        [self.cos_lat * cos_lon, self.cos_lat * sin_lon, self.lat.sin()]
    }
}

/// A box (範囲) between two parallels and two meridians; none of ours crosses the date line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Bbox {
    /// Southern edge, degrees north.
    pub south: f64,
    /// Western edge, degrees east.
    pub west: f64,
    /// Northern edge, degrees north.
    pub north: f64,
    /// Eastern edge, degrees east.
    pub east: f64,
}

impl Bbox {
    /// What positions in Japan lie in (日本の範囲): 20–46 N, 122–154.5 E.
    pub const JAPAN: Self = Self { south: 20.0, west: 122.0, north: 46.0, east: 154.5 };

    /// The smallest box around the points; `None` without points.
    pub fn of(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        points.into_iter().map(Self::at).reduce(Self::union)
    }

    /// The box around everything within `metres` of `centre`.
    pub fn around(centre: Point, metres: f64) -> Self {
        let dlat = (metres / EARTH_RADIUS_M).to_degrees();
        let dlon = dlat / centre.lat.to_radians().cos().max(0.01);
        Self {
            south: (centre.lat - dlat).max(-90.0),
            west: centre.lon - dlon,
            north: (centre.lat + dlat).min(90.0),
            east: centre.lon + dlon,
        }
    }

    /// Whether the point lies in the box or on its edge.
    pub fn contains(self, point: Point) -> bool {
        (self.south..=self.north).contains(&point.lat) && (self.west..=self.east).contains(&point.lon)
    }

    /// Whether the boxes share a point.
    pub fn intersects(self, other: Self) -> bool {
        self.south <= other.north && other.south <= self.north && self.west <= other.east && other.west <= self.east
    }

    /// The smallest box around both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            south: self.south.min(other.south),
            west: self.west.min(other.west),
            north: self.north.max(other.north),
            east: self.east.max(other.east),
        }
    }

    /// The middle.
    pub fn centre(self) -> Point {
        Point { lat: f64::midpoint(self.south, self.north), lon: f64::midpoint(self.west, self.east) }
    }

    fn at(point: Point) -> Self {
        Self { south: point.lat, west: point.lon, north: point.lat, east: point.lon }
    }
}

/// A polygon (多角形) with holes. Rings may be open or closed and run either way round.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Polygon {
    /// The outer ring.
    pub outer: Vec<Point>,
    /// Lakes in it.
    pub holes: Vec<Vec<Point>>,
}

impl Polygon {
    /// Whether the point lies inside and in no hole. A point exactly on an edge is inside on south and west edges only,
    /// so that of two neighbours with a common edge exactly one has it.
    pub fn contains(&self, point: Point) -> bool {
        in_ring(&self.outer, point) && !self.holes.iter().any(|hole| in_ring(hole, point))
    }

    /// The box around the outer ring; `None` for an empty one.
    pub fn bbox(&self) -> Option<Bbox> {
        Bbox::of(self.outer.iter().copied())
    }

    /// Metres from the point to the polygon: 0 inside, else to the nearest edge. Infinite for an empty polygon.
    pub fn distance_m(&self, point: Point) -> f64 {
        if self.contains(point) {
            return 0.0;
        }
        let rings = std::iter::once(&self.outer).chain(&self.holes);
        rings.flat_map(|ring| edges(ring)).map(|(a, b)| point.distance_to_segment_m(a, b)).fold(f64::INFINITY, f64::min)
    }

    /// Area in square metres, holes taken off; flat, so right for areas up to the size of a prefecture (within 1 %).
    pub fn area_m2(&self) -> f64 {
        let holes: f64 = self.holes.iter().map(|ring| ring_area_m2(ring)).sum();
        (ring_area_m2(&self.outer) - holes).max(0.0)
    }
}

/// Several polygons that are one area (飛び地のある区域): 外ヶ浜町 and 中泊町 have detached parts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MultiPolygon(pub Vec<Polygon>);

impl MultiPolygon {
    /// Whether the point lies in one of them.
    pub fn contains(&self, point: Point) -> bool {
        self.0.iter().any(|polygon| polygon.contains(point))
    }

    /// The box around all; `None` when empty.
    pub fn bbox(&self) -> Option<Bbox> {
        self.0.iter().filter_map(Polygon::bbox).reduce(Bbox::union)
    }

    /// Metres from the point to the nearest of them.
    pub fn distance_m(&self, point: Point) -> f64 {
        self.0.iter().map(|polygon| polygon.distance_m(point)).fold(f64::INFINITY, f64::min)
    }

    /// Area in square metres.
    pub fn area_m2(&self) -> f64 {
        self.0.iter().map(Polygon::area_m2).sum()
    }
}

/// Edges of a ring, the closing one too; a ring that repeats its first point has one edge of no length.
fn edges(ring: &[Point]) -> impl Iterator<Item = (Point, Point)> + '_ {
    ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| (*a, *b))
}

/// Even-odd rule with half-open edges.
fn in_ring(ring: &[Point], p: Point) -> bool {
    let crosses = |a: Point, b: Point| {
        (a.lat > p.lat) != (b.lat > p.lat) && p.lon < (b.lon - a.lon) * (p.lat - a.lat) / (b.lat - a.lat) + a.lon
    };
    edges(ring).filter(|&(a, b)| crosses(a, b)).count() % 2 == 1
}

fn ring_area_m2(ring: &[Point]) -> f64 {
    let Some(bbox) = Bbox::of(ring.iter().copied()) else { return 0.0 };
    let middle = bbox.centre();
    let scale = middle.lat.to_radians().cos();
    let flat = |p: Point| ((p.lon - middle.lon).to_radians() * scale, (p.lat - middle.lat).to_radians());
    let twice: f64 = edges(ring)
        .map(|(a, b)| {
            let ((ax, ay), (bx, by)) = (flat(a), flat(b));
            ax * by - bx * ay
        })
        .sum();
    twice.abs() / 2.0 * EARTH_RADIUS_M * EARTH_RADIUS_M
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AOMORI: Point = Point { lat: 40.82, lon: 140.75 };
    const HACHINOHE: Point = Point { lat: 40.51, lon: 141.49 };

    fn square(south: f64, west: f64, edge: f64) -> Vec<Point> {
        [(0.0, 0.0), (0.0, edge), (edge, edge), (edge, 0.0)]
            .map(|(y, x)| Point { lat: south + y, lon: west + x })
            .to_vec()
    }

    fn with_hole() -> Polygon {
        Polygon { outer: square(40.0, 140.0, 1.0), holes: vec![square(40.4, 140.4, 0.2)] }
    }

    #[test]
    fn distances_are_right_to_half_a_percent() {
        assert!((AOMORI.distance_m(HACHINOHE) - 71_250.0).abs() < 400.0, "{}", AOMORI.distance_m(HACHINOHE));
        let degree = Point { lat: 40.0, lon: 140.0 }.distance_m(Point { lat: 41.0, lon: 140.0 });
        assert!((degree - 111_195.0).abs() < 1.0, "{degree}");
        assert!(AOMORI.distance_m(AOMORI) == 0.0);
        let segment = AOMORI.distance_to_segment_m(Point { lat: 40.82, lon: 140.0 }, Point { lat: 40.82, lon: 140.5 });
        assert!((segment - AOMORI.distance_m(Point { lat: 40.82, lon: 140.5 })).abs() < 1.0);
    }

    #[test]
    fn a_hole_is_outside() {
        let polygon = with_hole();
        let cases = [((40.1, 140.1), true), ((40.5, 140.5), false), ((39.9, 140.5), false), ((40.5, 141.1), false)];
        for ((lat, lon), inside) in cases {
            assert_eq!(polygon.contains(Point { lat, lon }), inside, "{lat} {lon}");
        }
        let in_lake = polygon.distance_m(Point { lat: 40.5, lon: 140.5 });
        assert!((in_lake - 0.1 * 111_195.0 * 40.5_f64.to_radians().cos()).abs() < 100.0, "{in_lake}");
        assert!((polygon.area_m2() / (0.96 * 111_195.0 * 111_195.0 * 40.5_f64.to_radians().cos()) - 1.0).abs() < 0.001);
    }

    #[test]
    fn points_that_do_not_exist_are_refused() {
        for (lat, lon) in [(f64::NAN, 140.0), (91.0, 0.0), (0.0, 181.0), (f64::INFINITY, 0.0)] {
            assert_eq!(Point::new(lat, lon), None);
        }
        assert_eq!(Point::new(40.82, 140.75), Some(AOMORI));
        assert_eq!(Polygon::default().bbox(), None);
        assert!(!MultiPolygon::default().contains(AOMORI) && MultiPolygon::default().distance_m(AOMORI).is_infinite());
    }

    prop_compose! {
        fn nearby()(lat in 39.5_f64..41.5, lon in 139.5_f64..141.5) -> Point {
            Point { lat, lon }
        }
    }

    proptest! {
        #[test]
        fn distance_is_a_metric(a in nearby(), b in nearby(), c in nearby()) {
            prop_assert!((a.distance_m(b) - b.distance_m(a)).abs() < 1e-6);
            prop_assert!(a.distance_m(c) <= a.distance_m(b) + b.distance_m(c) + 1e-6);
        }

        #[test]
        fn inside_the_polygon_is_inside_its_box(p in nearby()) {
            let polygon = with_hole();
            if polygon.contains(p) {
                prop_assert!(polygon.bbox().unwrap().contains(p) && polygon.distance_m(p) == 0.0);
            } else {
                prop_assert!(polygon.distance_m(p) > 0.0);
            }
        }

        #[test]
        fn neighbours_share_no_point(p in nearby()) {
            let halves = [square(40.0, 140.0, 1.0), square(40.0, 141.0, 1.0)].map(|outer| Polygon { outer, holes: vec![] });
            let on_edge = Point { lat: p.lat, lon: 141.0 };
            prop_assert!(halves.iter().filter(|half| half.contains(on_edge)).count() <= 1);
        }

        #[test]
        fn the_way_round_and_the_closing_point_do_not_matter(p in nearby()) {
            let polygon = with_hole();
            let mut other = polygon.clone();
            other.outer.reverse();
            other.outer.push(other.outer[0]);
            prop_assert_eq!(polygon.contains(p), other.contains(p));
            prop_assert!((polygon.area_m2() - other.area_m2()).abs() < 1.0);
        }

        #[test]
        fn the_box_around_holds_the_circle(p in nearby(), q in nearby(), metres in 1.0_f64..200_000.0) {
            if p.distance_m(q) <= metres {
                prop_assert!(Bbox::around(p, metres * 1.001).contains(q));
            }
        }
    }
}
