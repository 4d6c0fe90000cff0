//! One tile: features of the tile → layers, gathered by what they say, simplified, quantised → MVT → gzip.

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::Context as _;
use flate2::write::GzEncoder;
use mvt::{GeomData, GeomEncoder, GeomType};

use super::clip::twice_area;
use super::simplify;
use crate::mercator::{EXTENT, Spot, Tile};
use crate::model::{Feature, Layer, MAX_ZOOM, Shape, Tag, Value};

/// Spots nearer than this to a line are left out, in units of the tile: about half a pixel, a metre at the last zoom.
const TOLERANCE: f64 = 5.0;
const LAST_TOLERANCE: f64 = 1.5;
/// Polygons smaller than this are left out, in square units.
const SPECK: i128 = 24;
const LAST_SPECK: i128 = 4;

/// What of a layer says the same: its geometry is written as one feature.
#[derive(Default)]
struct Gathered {
    spots: Vec<Spot>,
    lines: Vec<Vec<Spot>>,
    polygons: Vec<Vec<Vec<Spot>>>,
}

/// The compressed tile with these features, cut to it; `None` when nothing of them can be seen.
pub(super) fn tile<'a>(
    tile: Tile,
    features: impl Iterator<Item = (&'a Feature, &'a Shape)>,
) -> anyhow::Result<Option<Vec<u8>>> {
    let mut layers: BTreeMap<Layer, BTreeMap<Vec<&Tag>, Gathered>> = BTreeMap::new();
    for (feature, shape) in features {
        let tags: Vec<&Tag> = feature.tags.iter().filter(|tag| tag.from <= tile.z).collect();
        layers.entry(feature.layer).or_default().entry(tags).or_default().add(shape);
    }
    let mut out = mvt::Tile::new(EXTENT.unsigned_abs());
    for (layer, groups) in layers {
        let mut written = out.create_layer(layer.name());
        for (tags, gathered) in groups {
            for geometry in gathered.encode(tile)? {
                let mut feature = written.into_feature(geometry);
                for tag in &tags {
                    match &tag.value {
                        Value::Text(text) => feature.add_tag_string(tag.key, text),
                        Value::Number(number) => feature.add_tag_sint(tag.key, *number),
                        Value::Yes => feature.add_tag_bool(tag.key, true),
                    }
                }
                written = feature.into_layer();
            }
        }
        if written.num_features() > 0 {
            out.add_layer(written).context("a layer")?;
        }
    }
    if out.num_layers() == 0 {
        return Ok(None);
    }
    Ok(Some(gzip(&out.to_bytes().context("a tile")?)?))
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), flate2::Compression::new(7));
    encoder.write_all(bytes)?;
    encoder.finish()
}

impl Gathered {
    fn add(&mut self, shape: &Shape) {
        match shape {
            Shape::Spot(spot) => self.spots.push(*spot),
            Shape::Lines(lines) => self.lines.extend_from_slice(lines),
            Shape::Polygons(polygons) => self.polygons.extend_from_slice(polygons),
        }
    }

    fn encode(self, tile: Tile) -> Result<Vec<GeomData>, mvt::Error> {
        let mut all = Vec::new();
        for spot in &self.spots {
            let Spot { x, y } = quantise(tile, *spot);
            all.push(GeomEncoder::new(GeomType::Point).point(x, y)?.encode()?);
        }
        all.extend(lines(tile, self.lines)?);
        all.extend(polygons(tile, &self.polygons)?);
        Ok(all)
    }
}

fn lines(tile: Tile, lines: Vec<Vec<Spot>>) -> Result<Option<GeomData>, mvt::Error> {
    let tolerance = tolerance(tile);
    let mut encoder = GeomEncoder::new(GeomType::Linestring);
    let mut any = false;
    for line in simplify::join(lines) {
        let mut line: Vec<Spot> =
            simplify::line(&line, tolerance).into_iter().map(|spot| quantise(tile, spot)).collect();
        line.dedup();
        if line.len() < 2 {
            continue;
        }
        for spot in line {
            encoder.add_point(spot.x, spot.y)?;
        }
        encoder.complete_geom()?;
        any = true;
    }
    any.then(|| encoder.encode()).transpose()
}

fn polygons(tile: Tile, polygons: &[Vec<Vec<Spot>>]) -> Result<Option<GeomData>, mvt::Error> {
    let mut encoder = GeomEncoder::new(GeomType::Polygon);
    let mut last = None;
    for rings in polygons {
        for (index, ring) in rings.iter().enumerate() {
            let Some(mut ring) = drawn_ring(tile, ring, index == 0) else {
                if index == 0 {
                    break;
                }
                continue;
            };
            // The encoder begins a ring with its first spot only if the pen is not there already.
            if last.is_some() && ring.first() == last.as_ref() {
                ring.rotate_left(1);
            }
            for spot in &ring {
                encoder.add_point(spot.x, spot.y)?;
            }
            encoder.complete_geom()?;
            last = ring.last().copied();
        }
    }
    last.map(|_| encoder.encode()).transpose()
}

/// A ring as it is drawn: clockwise on the screen for an outer one, else the other way; `None` for a speck.
fn drawn_ring(tile: Tile, ring: &[Spot], outer: bool) -> Option<Vec<Spot>> {
    let mut ring: Vec<Spot> =
        simplify::ring(ring, tolerance(tile)).into_iter().map(|spot| quantise(tile, spot)).collect();
    ring.dedup();
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    let area = twice_area(&ring);
    let speck = if tile.z < MAX_ZOOM { SPECK } else { LAST_SPECK };
    if ring.len() < 3 || area.abs() < 2 * speck {
        return None;
    }
    if (area > 0) != outer {
        ring.reverse();
    }
    Some(ring)
}

/// In units of the plane.
fn tolerance(tile: Tile) -> f64 {
    let units = if tile.z < MAX_ZOOM { TOLERANCE } else { LAST_TOLERANCE };
    units * f64::from(1_u32 << tile.shift())
}

fn quantise(tile: Tile, spot: Spot) -> Spot {
    let (x, y) = tile.origin();
    let shift = tile.shift();
    let half = (1_i64 << shift) / 2;
    let to = |at: i32, origin: i64| i32::try_from((i64::from(at) - origin + half) >> shift).unwrap_or(i32::MAX);
    Spot { x: to(spot.x, x), y: to(spot.y, y) }
}
