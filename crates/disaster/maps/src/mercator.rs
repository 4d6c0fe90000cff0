//! The plane of the tiles: Web Mercator in whole numbers, 2³¹ to the width of the world (1.9 cm at the equator).
//!
//! Whole numbers make cutting repeatable: the same line cut from either side gives the same point.

use std::f64::consts::PI;

use kernel::{Bbox, Point};

/// The width of the world.
const WORLD: f64 = 2_147_483_648.0;

/// Units of a tile's edge in the tile itself.
pub const EXTENT: i32 = 4096;

/// Northern and southern end of the square world, degrees.
const END: f64 = 85.051_128_779_806_59;

/// A point of the plane (平面上の点): x to the east, y to the south.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Spot {
    pub x: i32,
    pub y: i32,
}

/// A tile (タイル).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    pub z: u8,
    pub x: u32,
    pub y: u32,
}

/// A box of the plane (平面上の範囲), edges included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
}

impl Spot {
    /// Where a point of the earth lies on the plane.
    pub fn of(point: Point) -> Self {
        let lat = point.lat.clamp(-END, END).to_radians();
        let x = point.lon / 360.0 + 0.5;
        let y = 0.5 - (lat / 2.0 + PI / 4.0).tan().ln() / (2.0 * PI);
        Self { x: whole(x), y: whole(y) }
    }

    /// The point of the earth.
    pub fn point(self) -> Point {
        let lon = (f64::from(self.x) / WORLD - 0.5) * 360.0;
        let lat = (2.0 * ((0.5 - f64::from(self.y) / WORLD) * 2.0 * PI).exp().atan() - PI / 2.0).to_degrees();
        Point { lat, lon }
    }
}

/// From a share of the world's width to units, kept inside the world.
fn whole(share: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the range just before")]
    let at = (share * WORLD).round().clamp(0.0, WORLD - 1.0) as i32;
    at
}

impl Tile {
    /// The tile at a zoom that has this spot.
    pub fn at(z: u8, spot: Spot) -> Self {
        let shift = 31 - u32::from(z);
        Self { z, x: spot.x.cast_unsigned() >> shift, y: spot.y.cast_unsigned() >> shift }
    }

    /// The four tiles of the next zoom in it.
    pub fn children(self) -> [Self; 4] {
        let (z, x, y) = (self.z + 1, self.x * 2, self.y * 2);
        [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| Self { z, x: x + dx, y: y + dy })
    }

    /// The tile of the zoom above that has it.
    pub fn parent(self) -> Option<Self> {
        let z = self.z.checked_sub(1)?;
        Some(Self { z, x: self.x / 2, y: self.y / 2 })
    }

    /// Units of the plane to one unit of the tile, as a shift; at zoom 19 they are the same.
    pub fn shift(self) -> u32 {
        (31 - 12 - u32::from(self.z.min(19))).min(30)
    }

    /// Its upper left corner.
    pub fn origin(self) -> (i64, i64) {
        let shift = 31 - u32::from(self.z);
        (i64::from(self.x) << shift, i64::from(self.y) << shift)
    }

    /// Its box with `buffer` units of the tile around it.
    pub fn frame(self, buffer: i32) -> Frame {
        let (x, y) = self.origin();
        let edge = 1_i64 << (31 - u32::from(self.z));
        let around = i64::from(buffer) << self.shift();
        Frame {
            left: bounded(x - around),
            top: bounded(y - around),
            right: bounded(x + edge + around),
            bottom: bounded(y + edge + around),
        }
    }
}

fn bounded(at: i64) -> i32 {
    i32::try_from(at.clamp(i64::from(i32::MIN), i64::from(i32::MAX))).unwrap_or(i32::MAX)
}

impl Frame {
    /// The smallest box around the spots; `None` without spots.
    pub fn of<'a>(spots: impl IntoIterator<Item = &'a Spot>) -> Option<Self> {
        let at = |s: &Spot| Self { left: s.x, top: s.y, right: s.x, bottom: s.y };
        spots.into_iter().map(at).reduce(Self::union)
    }

    /// The box of the plane that shows a box of the earth.
    pub fn around(bbox: Bbox) -> Self {
        let (upper, lower) =
            (Spot::of(Point { lat: bbox.north, lon: bbox.west }), Spot::of(Point { lat: bbox.south, lon: bbox.east }));
        Self { left: upper.x, top: upper.y, right: lower.x, bottom: lower.y }
    }

    /// The smallest box around both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Whether they share a spot.
    pub fn touches(self, other: Self) -> bool {
        self.left <= other.right && other.left <= self.right && self.top <= other.bottom && other.top <= self.bottom
    }

    /// Whether the other lies in it.
    pub fn holds(self, other: Self) -> bool {
        self.left <= other.left && other.right <= self.right && self.top <= other.top && other.bottom <= self.bottom
    }

    /// Whether the spot lies in it or on its edge.
    pub fn has(self, spot: Spot) -> bool {
        (self.left..=self.right).contains(&spot.x) && (self.top..=self.bottom).contains(&spot.y)
    }

    /// The tiles of a zoom that it touches.
    pub fn tiles(self, z: u8) -> impl Iterator<Item = Tile> {
        let (a, b) = (
            Tile::at(z, Spot { x: self.left.max(0), y: self.top.max(0) }),
            Tile::at(z, Spot { x: self.right.max(0), y: self.bottom.max(0) }),
        );
        (a.y..=b.y).flat_map(move |y| (a.x..=b.x).map(move |x| Tile { z, x, y }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AOMORI: Point = Point { lat: 40.8246, lon: 140.7400 };

    #[test]
    fn tiles_are_those_everybody_numbers() {
        let spot = Spot::of(AOMORI);
        assert_eq!(Tile::at(0, spot), Tile { z: 0, x: 0, y: 0 });
        assert_eq!(Tile::at(14, spot), Tile { z: 14, x: 14597, y: 6153 });
        assert_eq!(Tile::at(14, spot).parent(), Some(Tile::at(13, spot)));
        assert!(Tile::at(13, spot).children().contains(&Tile::at(14, spot)));
    }

    #[test]
    fn a_frame_names_its_tiles() {
        let tile = Tile { z: 10, x: 912, y: 384 };
        let inside = Frame { left: tile.frame(0).left + 1, top: tile.frame(0).top + 1, ..tile.frame(-1) };
        assert_eq!(inside.tiles(10).collect::<Vec<_>>(), [tile]);
        assert_eq!(inside.tiles(11).count(), 4);
        assert_eq!(tile.frame(8).tiles(10).count(), 9);
    }

    proptest! {
        #[test]
        fn there_and_back_is_within_two_centimetres(lat in -80.0_f64..80.0, lon in -179.0_f64..179.0) {
            let point = Point { lat, lon };
            prop_assert!(point.distance_m(Spot::of(point).point()) < 0.02);
        }

        #[test]
        fn a_tile_holds_its_spots(lat in 30.0_f64..45.0, lon in 129.0_f64..145.0, z in 0_u8..=15) {
            let spot = Spot::of(Point { lat, lon });
            prop_assert!(Tile::at(z, spot).frame(0).has(spot));
        }
    }
}
