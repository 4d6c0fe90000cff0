//! A k-d tree over points on the unit sphere. Straight distances there order as distances on the ground do, without a
//! sine per place and without a seam at the date line or the poles.

use kernel::Fix;

/// Places in one leaf: measuring a few beats going down further.
const LEAF: usize = 8;
/// What rounding can do to a squared distance on the unit sphere: an error of 2e-12 in a distance d is one of d·4e-12 in its
/// square, and no d is more than 2. Whoever lies within it of the last place is measured exactly by the caller.
const SLACK: f64 = 1e-11;

/// A place in the tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    xyz: [f64; 3],
    /// Which one it is to the caller.
    at: u32,
    /// A bit for each hazard it suits.
    hazards: u16,
}

/// The tree: the places in such an order that the middle of every range parts it along one axis.
#[derive(Debug, Default)]
pub(super) struct Tree {
    spots: Vec<Spot>,
    /// The axis at the middle of each range longer than a leaf; by position of the middle.
    axes: Vec<u8>,
}

impl Spot {
    pub(super) fn new(place: Fix, at: u32, hazards: u16) -> Self {
        Self { xyz: place.on_sphere(), at, hazards }
    }
}

impl Tree {
    pub(super) fn new(spots: impl Iterator<Item = Spot>) -> Self {
        let mut spots: Vec<Spot> = spots.collect();
        let mut axes = vec![0; spots.len()];
        part(&mut spots, &mut axes);
        Self { spots, axes }
    }

    pub(super) fn len(&self) -> usize {
        self.spots.len()
    }

    /// The `count` nearest places that have all bits of `wanted`, and those so little further that rounding could hide a
    /// different order. In no order.
    pub(super) fn candidates(&self, from: Fix, wanted: u16, count: usize) -> impl Iterator<Item = u32> {
        let mut search = Search {
            from: from.on_sphere(),
            wanted,
            count,
            kept: Vec::with_capacity(count + LEAF),
            bound: f64::INFINITY,
        };
        if count > 0 {
            self.visit(&mut search, 0, self.spots.len(), [0.0; 3], 0.0);
        }
        let bound = search.bound;
        search.kept.into_iter().filter(move |(far, _)| *far <= bound).map(|(_, at)| at)
    }

    /// `off` says how far the range lies off the question along each axis, at least, and `reach` is the sum of the squares.
    fn visit(&self, search: &mut Search, low: usize, high: usize, off: [f64; 3], reach: f64) {
        if high - low <= LEAF {
            self.spots[low..high].iter().for_each(|spot| search.look(spot));
            return;
        }
        let middle = usize::midpoint(low, high);
        let axis = usize::from(self.axes[middle]);
        let side = search.from[axis] - self.spots[middle].xyz[axis];
        let (near, far) =
            if side < 0.0 { ((low, middle), (middle + 1, high)) } else { ((middle + 1, high), (low, middle)) };
        self.visit(search, near.0, near.1, off, reach);
        search.look(&self.spots[middle]);
        let reach = reach - off[axis] * off[axis] + side * side;
        if reach <= search.bound {
            let mut off = off;
            off[axis] = side;
            self.visit(search, far.0, far.1, off, reach);
        }
    }
}

/// A question on its way through the tree.
struct Search {
    from: [f64; 3],
    wanted: u16,
    count: usize,
    /// Squared distance and place, nearest first; a few more than asked where they are as near.
    kept: Vec<(f64, u32)>,
    /// What lies further than this is of no interest.
    bound: f64,
}

impl Search {
    fn look(&mut self, spot: &Spot) {
        let [dx, dy, dz] = [0, 1, 2].map(|axis| self.from[axis] - spot.xyz[axis]);
        let far = dx * dx + dy * dy + dz * dz;
        if far > self.bound || spot.hazards & self.wanted != self.wanted {
            return;
        }
        let place = self.kept.partition_point(|(known, _)| *known <= far);
        self.kept.insert(place, (far, spot.at));
        if self.kept.len() >= self.count {
            let last = self.kept[self.count - 1].0;
            self.bound = last + SLACK;
            while self.kept.last().is_some_and(|(far, _)| *far > self.bound) {
                self.kept.pop();
            }
        }
    }
}

/// Orders the range and everything below it.
fn part(spots: &mut [Spot], axes: &mut [u8]) {
    if spots.len() <= LEAF {
        return;
    }
    let axis = widest(spots);
    let middle = spots.len() / 2;
    spots.select_nth_unstable_by(middle, |a, b| a.xyz[axis].total_cmp(&b.xyz[axis]));
    axes[middle] = u8::try_from(axis).unwrap_or(0);
    let ((left, right), (left_axes, right_axes)) = (spots.split_at_mut(middle), axes.split_at_mut(middle));
    part(left, left_axes);
    part(&mut right[1..], &mut right_axes[1..]);
}

/// The axis along which the places lie furthest apart.
fn widest(spots: &[Spot]) -> usize {
    let width = |axis: usize| {
        let (low, high) = spots.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), spot| {
            (low.min(spot.xyz[axis]), high.max(spot.xyz[axis]))
        });
        high - low
    };
    (0..3).max_by(|a, b| width(*a).total_cmp(&width(*b))).unwrap_or(0)
}
