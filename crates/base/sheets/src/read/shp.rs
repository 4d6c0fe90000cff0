//! The shapes of a shapefile (.shp): ESRI Shapefile Technical Description, July 1998. Heights and measures are passed over.

use kernel::Point;

use super::budget::Budget;
use super::rings;
use crate::{Geometry, Reason, Refusal};

/// One record.
pub(super) enum Shape {
    /// No shape.
    Null,
    /// x in `lon`, y in `lat`, in the file's own system.
    Good(Geometry),
    /// Of a kind that is no place on a map, or with parts that do not fit its points.
    Broken,
}

const HEADER: usize = 100;

/// Every record, in order.
pub(super) fn read(bytes: &[u8], budget: &mut Budget<'_>) -> Result<Vec<Shape>, Refusal> {
    if bytes.len() < HEADER || !bytes.starts_with(&[0, 0, 0x27, 0x0a]) {
        return Err(budget.damaged(None, "not a .shp"));
    }
    let mut shapes = Vec::new();
    let mut rest = &bytes[HEADER..];
    while !rest.is_empty() {
        let line = u32::try_from(shapes.len() + 1).unwrap_or(u32::MAX);
        let cut = || budget.refuse_at(line, Reason::CutShort);
        let (head, body) = rest.split_at_checked(8).ok_or_else(cut)?;
        let words = Bytes(&head[4..]).big().ok_or_else(cut)?;
        let (content, tail) = body.split_at_checked(words.saturating_mul(2)).ok_or_else(cut)?;
        rest = tail;
        let shape = shape(content).unwrap_or(Shape::Broken);
        let vertices = if let Shape::Good(geometry) = &shape { geometry.vertices() } else { 0 };
        budget.vertices(vertices, line)?;
        if shapes.len() >= budget.limits.rows {
            return Err(Refusal::too_large(budget.file, line, crate::Measure::Rows, budget.limits.rows));
        }
        shapes.push(shape);
    }
    Ok(shapes)
}

fn shape(content: &[u8]) -> Option<Shape> {
    let mut bytes = Bytes(content);
    let kind = bytes.little()?;
    let geometry = match kind {
        0 => return Some(Shape::Null),
        1 | 11 | 21 => Geometry::Point(bytes.point()?),
        8 | 18 | 28 => {
            bytes.skip(32)?;
            let count = bytes.little()?;
            Geometry::Points(bytes.points(count)?)
        }
        3 | 13 | 23 => Geometry::Lines(bytes.parts()?),
        5 | 15 | 25 => Geometry::Polygons(rings::grouped(bytes.parts()?)),
        _ => return None,
    };
    Some(Shape::Good(geometry))
}

/// The rest of a record.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }

    fn big(&mut self) -> Option<usize> {
        usize::try_from(u32::from_be_bytes(self.take()?)).ok()
    }

    fn little(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.take()?)).ok()
    }

    fn point(&mut self) -> Option<Point> {
        let lon = f64::from_le_bytes(self.take()?);
        let lat = f64::from_le_bytes(self.take()?);
        Some(Point { lat, lon })
    }

    /// So many points; none when there are fewer bytes, before any memory is taken.
    fn points(&mut self, count: usize) -> Option<Vec<Point>> {
        if self.0.len() / 16 < count {
            return None;
        }
        (0..count).map(|_| self.point()).collect()
    }

    /// Parts of a line or polygon: where each begins, then all points.
    fn parts(&mut self) -> Option<Vec<Vec<Point>>> {
        self.skip(32)?;
        let (parts, count) = (self.little()?, self.little()?);
        if self.0.len() / 4 < parts {
            return None;
        }
        let starts = (0..parts).map(|_| self.little()).collect::<Option<Vec<usize>>>()?;
        let points = self.points(count)?;
        let ends = starts.iter().copied().skip(1).chain([points.len()]);
        starts.iter().zip(ends).map(|(start, end)| points.get(*start..end).map(<[Point]>::to_vec)).collect()
    }
}
