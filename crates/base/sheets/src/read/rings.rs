//! From what a file says to a sound geometry: degrees, closed rings, axes in their places, crossings noted.

use kernel::{Bbox, Point};

use super::crs::Crs;
use crate::note::Notes;
use crate::value::{Repair, in_japan};
use crate::{Geometry, Note, NoteKind};

/// Turns a geometry of x (`lon`) and y (`lat`) as written into degrees. `None` when it is broken; with a repair it is a
/// proposal. What is odd is noted.
pub(super) fn place(
    mut geometry: Geometry,
    crs: Crs,
    line: u32,
    notes: &mut Notes,
) -> Option<(Geometry, Option<Repair>)> {
    let swapped = crs == Crs::Degrees && geometry.vertices() > 0 && geometry.points().all(is_swapped);
    each(&mut geometry, &mut |point| {
        let (x, y) = if swapped { (point.lat, point.lon) } else { (point.lon, point.lat) };
        (point.lon, point.lat) = crs.degrees(x, y);
    });
    if geometry.points().any(|point| Point::new(point.lat, point.lon).is_none()) {
        notes.add(Note::new(NoteKind::BadGeometry, line, ""));
        return None;
    }
    if swapped {
        notes.add(Note::new(NoteKind::SwappedAxes, line, ""));
    } else if geometry.points().any(|point| !in_japan(point)) {
        notes.add(Note::new(NoteKind::OutsideJapan, line, ""));
    }
    if let Geometry::Polygons(polygons) = &mut geometry {
        close(polygons, line, notes);
    }
    if geometry.vertices() == 0 {
        notes.add(Note::new(NoteKind::BadGeometry, line, ""));
        return None;
    }
    Some((geometry, swapped.then_some(Repair::Swapped)))
}

/// Outer rings with their holes, for formats that do not say which hole is whose: outer rings run clockwise.
pub(super) fn grouped(rings: Vec<Vec<Point>>) -> Vec<Vec<Vec<Point>>> {
    let (outer, holes): (Vec<_>, Vec<_>) = rings.into_iter().partition(|ring| signed_area(ring) <= 0.0);
    if outer.is_empty() {
        return holes.into_iter().map(|ring| vec![ring]).collect();
    }
    let boxes: Vec<Option<Bbox>> = outer.iter().map(|ring| Bbox::of(ring.iter().copied())).collect();
    let mut polygons: Vec<Vec<Vec<Point>>> = outer.into_iter().map(|ring| vec![ring]).collect();
    let countable = polygons.len().saturating_mul(holes.len()) <= LOOKS;
    for hole in holes {
        let inside = |(at, polygon): (usize, &Vec<Vec<Point>>)| {
            let first = *hole.first()?;
            let near = boxes[at].is_some_and(|bbox| bbox.contains(first));
            (near && within(first, &polygon[0])).then_some(at)
        };
        let owner = if countable { polygons.iter().enumerate().find_map(inside) } else { None };
        match owner {
            Some(owner) => polygons[owner].push(hole),
            // A ring inside nothing is a polygon that runs the wrong way round.
            None => polygons.push(vec![hole]),
        }
    }
    polygons
}

/// Pairs of polygon and hole looked at; beyond them holes stay on their own.
const LOOKS: usize = 4_000_000;
/// Pairs of edges looked at in one ring: a coast of 100,000 points needs a tenth.
const EDGE_LOOKS: usize = 50_000_000;

fn is_swapped(point: Point) -> bool {
    in_japan(Point { lat: point.lon, lon: point.lat })
}

fn each(geometry: &mut Geometry, change: &mut impl FnMut(&mut Point)) {
    match geometry {
        Geometry::Point(point) => change(point),
        Geometry::Points(points) => points.iter_mut().for_each(change),
        Geometry::Lines(lines) => lines.iter_mut().flatten().for_each(change),
        Geometry::Polygons(polygons) => polygons.iter_mut().flatten().flatten().for_each(change),
    }
}

/// Closes every ring, drops those that enclose nothing, and looks for crossings.
fn close(polygons: &mut Vec<Vec<Vec<Point>>>, line: u32, notes: &mut Notes) {
    let mut number = 0;
    for polygon in polygons.iter_mut() {
        for ring in polygon.iter_mut() {
            number += 1;
            if let (Some(first), Some(last)) = (ring.first().copied(), ring.last().copied())
                && first != last
            {
                ring.push(first);
                notes.add(Note::new(NoteKind::OpenRing, line, number.to_string()));
            }
            if ring.len() < 4 {
                notes.add(Note::new(NoteKind::BadGeometry, line, format!("ring {number}")));
                ring.clear();
            }
            match crosses_itself(ring) {
                Some(true) => notes.add(Note::new(NoteKind::SelfIntersection, line, format!("ring {number}"))),
                Some(false) => {}
                None => notes.add(Note::new(NoteKind::NotChecked, line, format!("ring {number}"))),
            }
        }
        // Without its outer ring a polygon is nothing; without a hole it is still one.
        if polygon.first().is_none_or(Vec::is_empty) {
            polygon.clear();
        }
        polygon.retain(|ring| !ring.is_empty());
    }
    polygons.retain(|polygon| !polygon.is_empty());
}

/// Whether two edges of a closed ring cross each other properly; a touch is none. A sweep from west to east; `None`
/// after [`EDGE_LOOKS`] pairs.
fn crosses_itself(ring: &[Point]) -> Option<bool> {
    let mut edges: Vec<(Point, Point)> = ring.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let west = |(a, b): &(Point, Point)| a.lon.min(b.lon);
    edges.sort_by(|a, b| west(a).total_cmp(&west(b)));
    let mut open: Vec<(Point, Point)> = Vec::new();
    let mut looks = 0;
    for edge in edges {
        let start = west(&edge);
        open.retain(|(a, b)| a.lon.max(b.lon) >= start);
        looks += open.len();
        if looks > EDGE_LOOKS {
            return None;
        }
        if open.iter().any(|other| cross(edge, *other)) {
            return Some(true);
        }
        open.push(edge);
    }
    Some(false)
}

fn cross((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let side = |p: Point, q: Point, r: Point| (q.lon - p.lon) * (r.lat - p.lat) - (q.lat - p.lat) * (r.lon - p.lon);
    let opposite = |one: f64, other: f64| (one > 0.0 && other < 0.0) || (one < 0.0 && other > 0.0);
    opposite(side(a, b, c), side(a, b, d)) && opposite(side(c, d, a), side(c, d, b))
}

/// Twice the area of a ring, positive when it runs counter-clockwise.
fn signed_area(ring: &[Point]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a.lon * b.lat - b.lon * a.lat).sum()
}

/// Even-odd rule.
fn within(point: Point, ring: &[Point]) -> bool {
    kernel::Polygon { outer: ring.to_vec(), holes: Vec::new() }.contains(point)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring(points: &[(f64, f64)]) -> Vec<Point> {
        points.iter().map(|(lon, lat)| Point { lat: *lat, lon: *lon }).collect()
    }

    fn square(lon: f64, lat: f64, size: f64) -> Vec<Point> {
        ring(&[(lon, lat), (lon + size, lat), (lon + size, lat + size), (lon, lat + size), (lon, lat)])
    }

    fn kinds(geometry: Geometry) -> (Option<Geometry>, Option<Repair>, Vec<NoteKind>) {
        let mut notes = Notes::default();
        let placed = place(geometry, Crs::Degrees, 7, &mut notes);
        let (geometry, repair) = placed.map_or((None, None), |(geometry, repair)| (Some(geometry), repair));
        (geometry, repair, notes.finish().into_iter().map(|note| note.kind).collect())
    }

    #[test]
    fn sound_polygons_pass_without_a_word() {
        let polygon = Geometry::Polygons(vec![vec![square(141.0, 40.0, 1.0), square(141.2, 40.2, 0.2)]]);
        assert_eq!(kinds(polygon.clone()), (Some(polygon), None, vec![]));
    }

    #[test]
    fn a_bow_tie_is_seen_and_kept() {
        let tie = ring(&[(141.0, 40.0), (142.0, 41.0), (142.0, 40.0), (141.0, 41.0), (141.0, 40.0)]);
        let (geometry, _, notes) = kinds(Geometry::Polygons(vec![vec![tie]]));
        assert!(geometry.is_some());
        assert_eq!(notes, [NoteKind::SelfIntersection]);
    }

    #[test]
    fn swapped_axes_become_a_proposal() {
        let right = square(141.0, 40.0, 1.0);
        let swapped = right.iter().map(|point| Point { lat: point.lon, lon: point.lat }).collect();
        let (geometry, repair, notes) = kinds(Geometry::Polygons(vec![vec![swapped]]));
        assert_eq!((geometry, repair), (Some(Geometry::Polygons(vec![vec![right]])), Some(Repair::Swapped)));
        assert_eq!(notes, [NoteKind::SwappedAxes]);
    }

    #[test]
    fn broken_ones_are_no_geometry() {
        let broken = [
            Geometry::Point(Point { lat: 400.0, lon: 141.0 }),
            Geometry::Point(Point { lat: f64::NAN, lon: 141.0 }),
            Geometry::Polygons(vec![vec![ring(&[(141.0, 40.0), (142.0, 40.0)])]]),
            Geometry::Polygons(vec![]),
            Geometry::Lines(vec![]),
        ];
        for geometry in broken {
            let (geometry, _, notes) = kinds(geometry);
            assert!(geometry.is_none() && notes.contains(&NoteKind::BadGeometry), "{notes:?}");
        }
        let (geometry, _, notes) = kinds(Geometry::Point(Point { lat: 51.5, lon: -0.1 }));
        assert!(geometry.is_some() && notes == [NoteKind::OutsideJapan]);
    }

    #[test]
    fn open_rings_are_closed() {
        let mut open = square(141.0, 40.0, 1.0);
        open.pop();
        let (geometry, _, notes) = kinds(Geometry::Polygons(vec![vec![open]]));
        assert_eq!(geometry, Some(Geometry::Polygons(vec![vec![square(141.0, 40.0, 1.0)]])));
        assert_eq!(notes, [NoteKind::OpenRing]);
    }

    #[test]
    fn holes_find_their_polygon() {
        let clockwise = |mut ring: Vec<Point>| {
            ring.reverse();
            ring
        };
        let (west, east) = (clockwise(square(139.0, 40.0, 1.0)), clockwise(square(141.0, 40.0, 1.0)));
        let (lake, stray) = (square(141.2, 40.2, 0.2), square(145.0, 40.0, 1.0));
        let polygons = grouped(vec![west.clone(), lake.clone(), east.clone(), stray.clone()]);
        assert_eq!(polygons, [vec![west], vec![east, lake], vec![stray.clone()]]);
        assert_eq!(grouped(vec![stray.clone()]), [vec![stray]]);
    }

    proptest! {
        #[test]
        fn the_sweep_agrees_with_every_pair(points in proptest::collection::vec((0..12_i32, 0..12_i32), 3..14)) {
            let mut ring: Vec<Point> =
                points.iter().map(|(x, y)| Point { lon: f64::from(*x), lat: f64::from(*y) }).collect();
            ring.push(ring[0]);
            let edges: Vec<_> = ring.windows(2).map(|pair| (pair[0], pair[1])).collect();
            let naive = edges.iter().enumerate().any(|(at, edge)| edges[..at].iter().any(|other| cross(*edge, *other)));
            prop_assert_eq!(crosses_itself(&ring), Some(naive));
        }
    }
}
