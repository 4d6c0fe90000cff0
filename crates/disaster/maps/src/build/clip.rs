//! Cutting geometry to a box: polygons after Sutherland and Hodgman, lines piece by piece.
//!
//! Edges of a cut polygon that run along the box lie in the buffer around the tile, where nobody sees them.

use crate::mercator::{Frame, Spot};
use crate::model::Shape;

/// A side of a box.
#[derive(Clone, Copy)]
enum Side {
    Left(i32),
    Right(i32),
    Top(i32),
    Bottom(i32),
}

/// The part of a shape inside the box; `None` when there is none.
pub fn cut(shape: &Shape, frame: Frame) -> Option<Shape> {
    match shape {
        Shape::Spot(spot) => frame.has(*spot).then_some(Shape::Spot(*spot)),
        Shape::Lines(lines) => {
            let mut kept = Vec::new();
            for line in lines {
                cut_line(line, frame, &mut kept);
            }
            (!kept.is_empty()).then_some(Shape::Lines(kept))
        }
        Shape::Polygons(polygons) => {
            let kept: Vec<_> = polygons.iter().filter_map(|rings| cut_polygon(rings, frame)).collect();
            (!kept.is_empty()).then_some(Shape::Polygons(kept))
        }
    }
}

/// The part of a ring inside the box; `None` when fewer than three spots are left.
pub fn cut_ring(ring: &[Spot], frame: Frame) -> Option<Vec<Spot>> {
    let around = Frame::of(ring)?;
    if frame.holds(around) {
        return (ring.len() >= 3).then(|| ring.to_vec());
    }
    if !frame.touches(around) {
        return None;
    }
    let sides = [Side::Left(frame.left), Side::Right(frame.right), Side::Top(frame.top), Side::Bottom(frame.bottom)];
    let mut kept = ring.to_vec();
    for side in sides {
        kept = cut_side(&kept, side);
        if kept.len() < 3 {
            return None;
        }
    }
    Some(kept)
}

/// Adds the parts of a line inside the box to `kept`.
pub fn cut_line(line: &[Spot], frame: Frame, kept: &mut Vec<Vec<Spot>>) {
    let Some(around) = Frame::of(line) else { return };
    if frame.holds(around) {
        kept.push(line.to_vec());
        return;
    }
    if !frame.touches(around) {
        return;
    }
    let mut part: Vec<Spot> = Vec::new();
    for pair in line.windows(2) {
        let Some((a, b)) = cut_segment(pair[0], pair[1], frame) else {
            finish(&mut part, kept);
            continue;
        };
        if part.last() != Some(&a) {
            finish(&mut part, kept);
            part.push(a);
        }
        if b != a {
            part.push(b);
        }
        if b != pair[1] {
            finish(&mut part, kept);
        }
    }
    finish(&mut part, kept);
}

/// Twice the area of a ring, positive when it runs clockwise on the screen (x right, y down).
pub fn twice_area(ring: &[Spot]) -> i128 {
    let next = ring.iter().cycle().skip(1);
    let cross = |(a, b): (&Spot, &Spot)| i128::from(a.x) * i128::from(b.y) - i128::from(b.x) * i128::from(a.y);
    ring.iter().zip(next).map(cross).sum()
}

fn cut_polygon(rings: &[Vec<Spot>], frame: Frame) -> Option<Vec<Vec<Spot>>> {
    let (outer, holes) = rings.split_first()?;
    let outer = cut_ring(outer, frame)?;
    let holes = holes.iter().filter_map(|hole| cut_ring(hole, frame));
    Some(std::iter::once(outer).chain(holes).collect())
}

fn cut_side(ring: &[Spot], side: Side) -> Vec<Spot> {
    let mut kept: Vec<Spot> = Vec::with_capacity(ring.len());
    let mut put = |spot: Spot| {
        if kept.last() != Some(&spot) {
            kept.push(spot);
        }
    };
    let Some(mut before) = ring.last().copied() else { return Vec::new() };
    for &spot in ring {
        if side.keeps(before) != side.keeps(spot) {
            put(side.crossing(before, spot));
        }
        if side.keeps(spot) {
            put(spot);
        }
        before = spot;
    }
    if kept.len() > 1 && kept.first() == kept.last() {
        kept.pop();
    }
    kept
}

fn finish(part: &mut Vec<Spot>, kept: &mut Vec<Vec<Spot>>) {
    if part.len() > 1 {
        kept.push(std::mem::take(part));
    }
    part.clear();
}

fn cut_segment(mut a: Spot, mut b: Spot, frame: Frame) -> Option<(Spot, Spot)> {
    for side in [Side::Left(frame.left), Side::Right(frame.right), Side::Top(frame.top), Side::Bottom(frame.bottom)] {
        match (side.keeps(a), side.keeps(b)) {
            (true, true) => {}
            (true, false) => b = side.crossing(a, b),
            (false, true) => a = side.crossing(a, b),
            (false, false) => return None,
        }
    }
    Some((a, b))
}

impl Side {
    fn keeps(self, spot: Spot) -> bool {
        match self {
            Self::Left(at) => spot.x >= at,
            Self::Right(at) => spot.x <= at,
            Self::Top(at) => spot.y >= at,
            Self::Bottom(at) => spot.y <= at,
        }
    }

    /// Where a line that crosses the side crosses it; the same from either end.
    fn crossing(self, a: Spot, b: Spot) -> Spot {
        let (a, b) = if a <= b { (a, b) } else { (b, a) };
        match self {
            Self::Left(x) | Self::Right(x) => Spot { x, y: between(a.y, b.y, a.x, b.x, x) },
            Self::Top(y) | Self::Bottom(y) => Spot { x: between(a.x, b.x, a.y, b.y, y), y },
        }
    }
}

/// The value at `at` of the line that has `v0` at `t0` and `v1` at `t1`.
fn between(v0: i32, v1: i32, t0: i32, t1: i32, at: i32) -> i32 {
    let share = (f64::from(at) - f64::from(t0)) / (f64::from(t1) - f64::from(t0));
    #[expect(clippy::cast_possible_truncation, reason = "lies between two i32")]
    let value = (f64::from(v0) + share * (f64::from(v1) - f64::from(v0))).round() as i32;
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FRAME: Frame = Frame { left: 0, top: 0, right: 1000, bottom: 1000 };

    fn spot(x: i32, y: i32) -> Spot {
        Spot { x, y }
    }

    fn square(x: i32, y: i32, edge: i32) -> Vec<Spot> {
        vec![spot(x, y), spot(x + edge, y), spot(x + edge, y + edge), spot(x, y + edge)]
    }

    #[test]
    fn a_polygon_around_the_box_becomes_the_box() {
        let mut cut = cut_ring(&square(-50, -50, 2000), FRAME).unwrap();
        cut.sort();
        let mut corners = square(0, 0, 1000);
        corners.sort();
        assert_eq!(cut, corners);
        assert_eq!(cut_ring(&square(2000, 0, 10), FRAME), None);
    }

    #[test]
    fn a_line_that_leaves_and_returns_is_two() {
        let line = [spot(500, 500), spot(1500, 500), spot(1500, 600), spot(500, 600)];
        let mut kept = Vec::new();
        cut_line(&line, FRAME, &mut kept);
        assert_eq!(kept, [vec![spot(500, 500), spot(1000, 500)], vec![spot(1000, 600), spot(500, 600)]]);
    }

    #[test]
    fn a_hole_is_cut_with_its_polygon() {
        let donut = Shape::Polygons(vec![vec![square(-100, -100, 1200), square(900, 400, 500)]]);
        let Some(Shape::Polygons(kept)) = cut(&donut, FRAME) else { panic!("it is inside") };
        assert_eq!(kept[0].len(), 2);
        let area: i128 = twice_area(&kept[0][0]) - twice_area(&kept[0][1]);
        assert_eq!(area / 2, 1_000_000 - 100 * 500);
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a few small numbers")]
    fn ring() -> impl Strategy<Value = Vec<Spot>> {
        // Star-shaped around a centre, so it does not cross itself.
        (prop::collection::vec(10_i32..900, 3..40), -500_i32..1500, -500_i32..1500).prop_map(|(radii, x, y)| {
            let count = radii.len() as f64;
            let at = |(index, radius): (usize, &i32)| {
                let angle = index as f64 / count * std::f64::consts::TAU;
                spot(
                    x + (angle.cos() * f64::from(*radius)).round() as i32,
                    y + (angle.sin() * f64::from(*radius)).round() as i32,
                )
            };
            radii.iter().enumerate().map(at).collect()
        })
    }

    proptest! {
        #[test]
        fn a_cut_polygon_stays_inside(ring in ring()) {
            if let Some(kept) = cut_ring(&ring, FRAME) {
                prop_assert!(kept.iter().all(|spot| FRAME.has(*spot)));
                // Rounding of crossings moves an edge by at most half a unit.
                prop_assert!(twice_area(&kept).abs() <= twice_area(&ring).abs() + 4_000);
            }
        }

        #[test]
        fn a_polygon_inside_keeps_its_area(ring in ring()) {
            let wide = Frame { left: -5000, top: -5000, right: 5000, bottom: 5000 };
            if let Some(kept) = cut_ring(&ring, wide) {
                prop_assert_eq!(twice_area(&kept), twice_area(&ring));
            }
        }

        #[test]
        fn two_halves_make_the_whole(ring in ring(), at in 0_i32..1000) {
            let left = Frame { left: -5000, top: -5000, right: at, bottom: 5000 };
            let right = Frame { left: at, ..Frame { right: 5000, ..left } };
            let area = |frame| cut_ring(&ring, frame).map_or(0, |kept| twice_area(&kept));
            // Every crossing is the same from both sides; what is lost is rounding.
            prop_assert!((area(left) + area(right) - twice_area(&ring)).abs() <= 4_000);
        }

        #[test]
        fn a_cut_line_stays_inside(line in prop::collection::vec((-500_i32..1500, -500_i32..1500), 2..30)) {
            let line: Vec<Spot> = line.into_iter().map(|(x, y)| spot(x, y)).collect();
            let mut kept = Vec::new();
            cut_line(&line, FRAME, &mut kept);
            prop_assert!(kept.iter().flatten().all(|spot| FRAME.has(*spot)));
            prop_assert!(kept.iter().all(|part| part.len() > 1));
            let inside = line.windows(2).any(|pair| pair[0] != pair[1] && FRAME.has(pair[0]) && FRAME.has(pair[1]));
            prop_assert!(!inside || !kept.is_empty());
        }
    }
}
