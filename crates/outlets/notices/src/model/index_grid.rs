//! A grid over circles of one radius: which of them a shape touches.
//!
//! Cells far from every edge are all in or all out and are decided by their middle; whole runs of them are one slice of the
//! sorted spots. Only spots in cells that an edge comes near to are asked one by one, and only against the edges of their row.
//!
//! **Invariant:** a cell is decided as a whole only when no edge comes within the radius of any point of it, or when one edge
//! is within the radius of all of it; the margins are wider than the error of the flat measure.

use kernel::{Bbox, MultiPolygon, Point, Polygon};

/// A circle's middle, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    pub(super) point: Point,
    pub(super) radius_m: u32,
    pub(super) slot: u32,
}

/// Spots sorted by cell, row by row from the south.
#[derive(Debug)]
pub(super) struct Grid {
    radius: f64,
    bounds: Bbox,
    side: usize,
    /// Degrees of a cell.
    step: (f64, f64),
    /// Where each cell's spots begin; one more than there are cells.
    begins: Vec<u32>,
    spots: Vec<Spot>,
}

/// Metres of a degree of latitude; less than the shortest there is on the sphere of `kernel::geo`.
const DEGREE_M: f64 = 111_000.0;
/// The flat measure is wrong by less than this over the few kilometres it is used for.
const SLACK: f64 = 1.01;

/// One edge of a shape with the ring it belongs to.
#[derive(Debug, Clone, Copy)]
struct Edge {
    a: Point,
    b: Point,
    ring: usize,
}

impl Grid {
    /// `None` without spots.
    pub(super) fn of(spots: Vec<Spot>) -> Option<Self> {
        let radius = f64::from(spots.first()?.radius_m);
        let bounds = Bbox::of(spots.iter().map(|spot| spot.point))?;
        // Cells of about a sixth of the radius, but not more than a million.
        let widest = (bounds.north - bounds.south).max(bounds.east - bounds.west) * DEGREE_M;
        let side = whole((widest / radius * 6.0).clamp(1.0, 1_024.0));
        let cells = f64::from(u32::try_from(side).unwrap_or(1));
        let part = |from: f64, to: f64| ((to - from) / cells).max(1e-9);
        let step = (part(bounds.south, bounds.north), part(bounds.west, bounds.east));
        let mut grid = Self { radius, bounds, side, step, begins: vec![0; side * side + 1], spots: Vec::new() };
        let mut order: Vec<(usize, Spot)> = spots.into_iter().map(|spot| (grid.cell(spot.point), spot)).collect();
        order.sort_unstable_by_key(|(cell, spot)| (*cell, spot.slot));
        for (cell, _) in &order {
            grid.begins[cell + 1] += 1;
        }
        for at in 1..grid.begins.len() {
            grid.begins[at] += grid.begins[at - 1];
        }
        grid.spots = order.into_iter().map(|(_, spot)| spot).collect();
        Some(grid)
    }

    /// Adds the slots of all circles that the shape touches; some may come twice.
    pub(super) fn touched(&self, shape: &MultiPolygon, slots: &mut Vec<u32>) {
        for polygon in &shape.0 {
            self.touched_by(polygon, slots);
        }
    }

    fn touched_by(&self, polygon: &Polygon, slots: &mut Vec<u32>) {
        let Some(bbox) = polygon.bbox() else { return };
        let edges = edges(polygon);
        let reach_lat = self.radius * SLACK / DEGREE_M;
        let widest = bbox.north.abs().max(bbox.south.abs()).max(self.bounds.north.abs()) + reach_lat;
        let reach_lon = reach_lat / widest.to_radians().cos().max(0.01);
        let (first, last) = (self.row(bbox.south - reach_lat), self.row(bbox.north + reach_lat));
        let (Some(first), Some(last)) = (first.or(Some(0)), last.or(Some(self.side - 1))) else { return };
        if bbox.south - reach_lat > self.bounds.north || bbox.north + reach_lat < self.bounds.south {
            return;
        }
        let mut row = Row::new(self, polygon.holes.len() + 1, (reach_lat, reach_lon));
        for y in first..=last {
            row.begin(y, &edges);
            row.walk(slots);
        }
    }

    /// The row of a latitude; `None` outside.
    fn row(&self, lat: f64) -> Option<usize> {
        self.bounds
            .contains(Point { lat, lon: self.bounds.west })
            .then(|| self.clamped((lat - self.bounds.south) / self.step.0))
    }

    fn cell(&self, point: Point) -> usize {
        let y = self.clamped((point.lat - self.bounds.south) / self.step.0);
        y * self.side + self.column(point.lon)
    }

    fn column(&self, lon: f64) -> usize {
        self.clamped((lon - self.bounds.west) / self.step.1)
    }

    fn clamped(&self, at: f64) -> usize {
        whole(at.max(0.0)).min(self.side - 1)
    }

    /// The spots of the cells from `from` up to, not including, `to` of a row.
    fn spots_of(&self, y: usize, from: usize, to: usize) -> &[Spot] {
        let at = |x: usize| self.begins[y * self.side + x] as usize;
        &self.spots[at(from)..at(to)]
    }
}

/// One row of cells at work.
struct Row<'a> {
    grid: &'a Grid,
    reach: (f64, f64),
    y: usize,
    /// Edges that come within the radius of the row, or cross it.
    edges: Vec<Edge>,
    /// Whether an edge comes near the cell.
    near: Vec<bool>,
    parity: Vec<bool>,
}

impl<'a> Row<'a> {
    fn new(grid: &'a Grid, rings: usize, reach: (f64, f64)) -> Self {
        Self { grid, reach, y: 0, edges: Vec::new(), near: vec![false; grid.side], parity: vec![false; rings] }
    }

    fn begin(&mut self, y: usize, edges: &[Edge]) {
        let south = self.grid.bounds.south + self.grid.step.0 * f64::from(u32::try_from(y).unwrap_or(0));
        let (low, high) = (south - self.reach.0, south + self.grid.step.0 + self.reach.0);
        self.y = y;
        self.edges.clear();
        self.edges.extend(edges.iter().filter(|e| e.a.lat.min(e.b.lat) <= high && e.a.lat.max(e.b.lat) >= low));
        self.near.fill(false);
        for edge in &self.edges {
            let (from, to) = edge.longitudes(low, high);
            let (west, east) = (from - self.reach.1 - self.grid.step.1, to + self.reach.1 + self.grid.step.1);
            if east >= self.grid.bounds.west && west <= self.grid.bounds.east {
                let (first, last) = (self.grid.column(west), self.grid.column(east));
                self.near[first..=last].fill(true);
            }
        }
    }

    fn walk(&mut self, slots: &mut Vec<u32>) {
        let mut x = 0;
        while x < self.grid.side {
            if self.near[x] {
                self.one_cell(x, slots);
                x += 1;
                continue;
            }
            let end = (x..self.grid.side).find(|at| self.near[*at]).unwrap_or(self.grid.side);
            let spots = self.grid.spots_of(self.y, x, end);
            if !spots.is_empty() && self.contains(self.middle(x)) {
                slots.extend(spots.iter().map(|spot| spot.slot));
            }
            x = end;
        }
    }

    fn one_cell(&mut self, x: usize, slots: &mut Vec<u32>) {
        let grid = self.grid;
        let spots = grid.spots_of(self.y, x, x + 1);
        if spots.is_empty() {
            return;
        }
        let middle = self.middle(x);
        let scale = middle.lat.to_radians().cos();
        let half = DEGREE_M * 1.003 * (grid.step.0 / 2.0).hypot(grid.step.1 / 2.0 * scale) * SLACK + 1.0;
        let nearest = self.edges.iter().map(|edge| edge.flat_distance_m(middle, scale)).fold(f64::INFINITY, f64::min);
        if nearest * SLACK + half < grid.radius {
            slots.extend(spots.iter().map(|spot| spot.slot));
            return;
        }
        if nearest / SLACK > grid.radius + half {
            if self.contains(middle) {
                slots.extend(spots.iter().map(|spot| spot.slot));
            }
            return;
        }
        for spot in spots {
            let close = |e: &Edge| {
                e.flat_distance_m(spot.point, scale) / SLACK <= grid.radius + 1.0
                    && spot.point.distance_to_segment_m(e.a, e.b) <= grid.radius
            };
            if self.contains(spot.point) || self.edges.iter().any(close) {
                slots.push(spot.slot);
            }
        }
    }

    fn middle(&self, x: usize) -> Point {
        let at = |n: usize| f64::from(u32::try_from(n).unwrap_or(0)) + 0.5;
        let (lat_step, lon_step) = self.grid.step;
        Point { lat: self.grid.bounds.south + lat_step * at(self.y), lon: self.grid.bounds.west + lon_step * at(x) }
    }

    /// As [`Polygon::contains`] says it, by the edges of this row alone.
    fn contains(&mut self, p: Point) -> bool {
        self.parity.fill(false);
        for Edge { a, b, ring } in &self.edges {
            let crosses = (a.lat > p.lat) != (b.lat > p.lat)
                && p.lon < (b.lon - a.lon) * (p.lat - a.lat) / (b.lat - a.lat) + a.lon;
            self.parity[*ring] ^= crosses;
        }
        self.parity[0] && !self.parity[1..].contains(&true)
    }
}

impl Edge {
    /// Between which meridians it runs inside a band of latitudes.
    fn longitudes(&self, low: f64, high: f64) -> (f64, f64) {
        let (a, b) = (self.a, self.b);
        if (a.lat - b.lat).abs() < 1e-12 {
            return (a.lon.min(b.lon), a.lon.max(b.lon));
        }
        let at = |lat: f64| a.lon + (b.lon - a.lon) * ((lat - a.lat) / (b.lat - a.lat)).clamp(0.0, 1.0);
        let (from, to) = (at(low), at(high));
        (from.min(to), from.max(to))
    }

    /// Metres to a point on a flat map; cheap, and right to one percent over a few kilometres.
    fn flat_distance_m(&self, p: Point, scale: f64) -> f64 {
        let flat = |q: Point| ((q.lon - p.lon) * scale, q.lat - p.lat);
        let ((ax, ay), (bx, by)) = (flat(self.a), flat(self.b));
        let (dx, dy) = (bx - ax, by - ay);
        let length2 = dx * dx + dy * dy;
        let t = if length2 == 0.0 { 0.0 } else { (-(ax * dx + ay * dy) / length2).clamp(0.0, 1.0) };
        (ax + t * dx).hypot(ay + t * dy) * DEGREE_M * 1.0018
    }
}

fn edges(polygon: &Polygon) -> Vec<Edge> {
    let rings = std::iter::once(&polygon.outer).chain(&polygon.holes).enumerate();
    rings
        .flat_map(|(ring, points)| {
            let next = points.iter().cycle().skip(1);
            points.iter().zip(next).map(move |(a, b)| Edge { a: *a, b: *b, ring })
        })
        .collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "callers give numbers from 0 to a million")]
fn whole(number: f64) -> usize {
    number as usize
}
