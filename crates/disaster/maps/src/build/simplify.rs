//! Leaving out what cannot be seen: Douglas and Peucker's rule, and joining lines that continue one another.

use std::collections::HashMap;

use crate::mercator::Spot;

/// A line without the spots that lie within `tolerance` of what is left. Ends stay.
pub fn line(spots: &[Spot], tolerance: f64) -> Vec<Spot> {
    if spots.len() < 3 || tolerance <= 0.0 {
        return spots.to_vec();
    }
    let mut keep = vec![false; spots.len()];
    keep[0] = true;
    keep[spots.len() - 1] = true;
    let mut open = vec![(0, spots.len() - 1)];
    while let Some((first, last)) = open.pop() {
        let Some((index, distance)) = farthest(spots, first, last) else { continue };
        if distance > tolerance * tolerance {
            keep[index] = true;
            open.push((first, index));
            open.push((index, last));
        }
    }
    spots.iter().zip(keep).filter_map(|(spot, keep)| keep.then_some(*spot)).collect()
}

/// A ring likewise; empty when fewer than three spots are left.
pub fn ring(spots: &[Spot], tolerance: f64) -> Vec<Spot> {
    // From a start that does not depend on where the ring was begun, once around.
    let Some(start) = spots.iter().enumerate().min_by_key(|(_, spot)| **spot).map(|(index, _)| index) else {
        return Vec::new();
    };
    let mut around: Vec<Spot> = spots[start..].iter().chain(&spots[..=start]).copied().collect();
    let far = around.iter().enumerate().max_by_key(|(_, spot)| square(**spot, around[0])).map_or(0, |(index, _)| index);
    let back = line(&around[far..], tolerance);
    around.truncate(far + 1);
    let mut kept = line(&around, tolerance);
    kept.extend_from_slice(&back[1..]);
    kept.pop();
    if kept.len() < 3 { Vec::new() } else { kept }
}

/// Lines joined where exactly two ends meet, so that a street of many pieces is one line. The order of the result follows
/// the order of the lines.
pub fn join(lines: Vec<Vec<Spot>>) -> Vec<Vec<Spot>> {
    let mut ends: HashMap<Spot, Vec<usize>> = HashMap::with_capacity(lines.len() * 2);
    for (index, line) in lines.iter().enumerate() {
        for end in [line.first(), line.last()].into_iter().flatten() {
            ends.entry(*end).or_default().push(index);
        }
    }
    let mut lines: Vec<Option<Vec<Spot>>> = lines.into_iter().map(Some).collect();
    let mut joined = Vec::new();
    for index in 0..lines.len() {
        let Some(mut line) = lines[index].take() else { continue };
        if line.first() != line.last() {
            grow(&mut line, &mut lines, &ends);
            line.reverse();
            grow(&mut line, &mut lines, &ends);
            line.reverse();
        }
        joined.push(line);
    }
    joined
}

/// Adds to the end of a line what continues it.
fn grow(line: &mut Vec<Spot>, lines: &mut [Option<Vec<Spot>>], ends: &HashMap<Spot, Vec<usize>>) {
    while let Some(end) = line.last().copied() {
        let Some(meeting) = ends.get(&end).filter(|meeting| meeting.len() == 2) else { return };
        let Some(mut next) = meeting.iter().find_map(|index| lines[*index].take()) else { return };
        if next.first() != Some(&end) {
            next.reverse();
        }
        line.extend_from_slice(&next[1..]);
    }
}

fn farthest(spots: &[Spot], first: usize, last: usize) -> Option<(usize, f64)> {
    let (a, b) = (spots[first], spots[last]);
    let (dx, dy) = (f64::from(b.x) - f64::from(a.x), f64::from(b.y) - f64::from(a.y));
    let length = dx * dx + dy * dy;
    let distance = |spot: &Spot| {
        let (px, py) = (f64::from(spot.x) - f64::from(a.x), f64::from(spot.y) - f64::from(a.y));
        let t = if length == 0.0 { 0.0 } else { ((px * dx + py * dy) / length).clamp(0.0, 1.0) };
        let (ex, ey) = (px - t * dx, py - t * dy);
        ex * ex + ey * ey
    };
    let between = spots[first + 1..last].iter().enumerate();
    between.map(|(index, spot)| (first + 1 + index, distance(spot))).max_by(|a, b| a.1.total_cmp(&b.1))
}

fn square(a: Spot, b: Spot) -> i128 {
    let (dx, dy) = (i128::from(a.x) - i128::from(b.x), i128::from(a.y) - i128::from(b.y));
    dx * dx + dy * dy
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spots(at: &[(i32, i32)]) -> Vec<Spot> {
        at.iter().map(|(x, y)| Spot { x: *x, y: *y }).collect()
    }

    #[test]
    fn what_cannot_be_seen_is_left_out() {
        let zigzag = spots(&[(0, 0), (10, 1), (20, 0), (30, 1), (40, 0), (50, 40)]);
        assert_eq!(line(&zigzag, 2.0), spots(&[(0, 0), (40, 0), (50, 40)]));
        assert_eq!(line(&zigzag, 0.0), zigzag);
        let square = spots(&[(100, 0), (100, 100), (50, 101), (0, 100), (0, 0), (50, 0)]);
        assert_eq!(ring(&square, 2.0), spots(&[(0, 0), (100, 0), (100, 100), (0, 100)]));
        assert_eq!(ring(&spots(&[(0, 0), (1, 0), (1, 1)]), 5.0), []);
    }

    #[test]
    fn lines_that_continue_one_another_are_one() {
        let pieces = vec![
            spots(&[(0, 0), (1, 0)]),
            spots(&[(3, 0), (2, 0)]),
            spots(&[(1, 0), (2, 0)]),
            // Three ends meet at (3, 0): a junction stays.
            spots(&[(3, 0), (4, 0)]),
            spots(&[(3, 0), (3, 9)]),
        ];
        let joined = join(pieces);
        assert_eq!(joined[0], spots(&[(0, 0), (1, 0), (2, 0), (3, 0)]));
        assert_eq!(joined.len(), 3);
        let ring = join(vec![spots(&[(0, 0), (1, 0)]), spots(&[(1, 0), (1, 1)]), spots(&[(1, 1), (0, 0)])]);
        assert_eq!(ring, [spots(&[(0, 0), (1, 0), (1, 1), (0, 0)])]);
    }

    proptest! {
        #[test]
        fn nothing_left_out_lies_farther_than_the_tolerance(
            at in prop::collection::vec((-1000_i32..1000, -1000_i32..1000), 3..60), tolerance in 1.0_f64..200.0,
        ) {
            let all = spots(&at);
            let kept = line(&all, tolerance);
            prop_assert_eq!((kept.first(), kept.last()), (all.first(), all.last()));
            for spot in &all {
                let nearest = kept.windows(2).map(|pair| {
                    farthest(&[pair[0], *spot, pair[1]], 0, 2).map_or(0.0, |(_, distance)| distance)
                });
                prop_assert!(nearest.fold(f64::INFINITY, f64::min) <= tolerance * tolerance + 1e-6);
            }
        }

        #[test]
        fn joining_keeps_every_edge(edges in prop::collection::btree_set(((0_i32..6, 0_i32..6), (0_i32..6, 0_i32..6)), 1..30)) {
            let edges: Vec<Vec<Spot>> = edges.into_iter().filter(|(a, b)| a < b).map(|(a, b)| spots(&[a, b])).collect();
            let mut before: Vec<[Spot; 2]> = edges.iter().map(|edge| [edge[0], edge[1]]).collect();
            let ordered = |pair: &[Spot]| [pair[0].min(pair[1]), pair[0].max(pair[1])];
            let mut after: Vec<[Spot; 2]> =
                join(edges).iter().flat_map(|line| line.windows(2).map(ordered).collect::<Vec<_>>()).collect();
            before.sort();
            after.sort();
            prop_assert_eq!(before, after);
        }
    }
}
