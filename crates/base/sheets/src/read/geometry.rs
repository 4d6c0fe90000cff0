//! Geometries of GeoJSON: positions in any nesting, read without a tree of JSON values in between.

use std::fmt;

use kernel::Point;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::flatten::{Shared, stop};
use crate::Geometry;

/// A geometry as written.
#[derive(Default)]
pub(super) struct Raw {
    pub kind: String,
    pub coordinates: Option<Coordinates>,
    pub parts: Vec<Raw>,
}

/// What a geometry comes to.
pub(super) enum Read {
    Nothing,
    Broken,
    /// The geometry, and whether other kinds stood beside it.
    Good(Geometry, bool),
}

/// Positions in any nesting; longitude first.
pub(super) enum Coordinates {
    Position(Point),
    List(Vec<Coordinates>),
    Broken,
}

impl Raw {
    pub(super) fn geometry(&self) -> Read {
        if self.kind == "GeometryCollection" {
            return self.collected();
        }
        let Some(coordinates) = &self.coordinates else { return Read::Nothing };
        if matches!(coordinates, Coordinates::List(list) if list.is_empty()) {
            return Read::Nothing;
        }
        let geometry = match self.kind.as_str() {
            "Point" => coordinates.position().map(Geometry::Point),
            "MultiPoint" => coordinates.line().map(Geometry::Points),
            "LineString" => coordinates.line().map(|line| Geometry::Lines(vec![line])),
            "MultiLineString" => coordinates.lines().map(Geometry::Lines),
            "Polygon" => coordinates.lines().map(|rings| Geometry::Polygons(vec![rings])),
            "MultiPolygon" => coordinates.each(Coordinates::lines).map(Geometry::Polygons),
            _ => None,
        };
        geometry.map_or(Read::Broken, |geometry| Read::Good(geometry, false))
    }

    /// Parts of one kind together; of several kinds the one with most dimensions.
    fn collected(&self) -> Read {
        let (mut points, mut lines, mut polygons) = (Vec::new(), Vec::new(), Vec::new());
        for part in &self.parts {
            match part.geometry() {
                Read::Good(Geometry::Point(point), _) => points.push(point),
                Read::Good(Geometry::Points(more), _) => points.extend(more),
                Read::Good(Geometry::Lines(more), _) => lines.extend(more),
                Read::Good(Geometry::Polygons(more), _) => polygons.extend(more),
                Read::Nothing => {}
                Read::Broken => return Read::Broken,
            }
        }
        let kinds = [points.is_empty(), lines.is_empty(), polygons.is_empty()].iter().filter(|empty| !**empty).count();
        let geometry = match (points.first(), lines.is_empty(), polygons.is_empty()) {
            (_, _, false) => Geometry::Polygons(polygons),
            (_, false, _) => Geometry::Lines(lines),
            (Some(point), ..) if points.len() == 1 => Geometry::Point(*point),
            (Some(_), ..) => Geometry::Points(points),
            (None, ..) => return Read::Nothing,
        };
        Read::Good(geometry, kinds > 1)
    }
}

impl Coordinates {
    fn position(&self) -> Option<Point> {
        if let Self::Position(point) = self { Some(*point) } else { None }
    }

    fn line(&self) -> Option<Vec<Point>> {
        self.each(Self::position)
    }

    fn lines(&self) -> Option<Vec<Vec<Point>>> {
        self.each(Self::line)
    }

    fn each<T>(&self, of: impl Fn(&Self) -> Option<T>) -> Option<Vec<T>> {
        if let Self::List(list) = self { list.iter().map(of).collect() } else { None }
    }
}

pub(super) struct RawSeed<'a, 's, 'b> {
    pub sink: &'a Shared<'s, 'b>,
    pub depth: usize,
}

impl<'de> DeserializeSeed<'de> for RawSeed<'_, '_, '_> {
    type Value = Raw;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RawSeed<'_, '_, '_> {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a geometry")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| A::Error::custom("geometries too deep in each other"))?;
        let mut raw = Raw::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => raw.kind = map.next_value()?,
                "coordinates" => raw.coordinates = Some(map.next_value_seed(CoordinatesSeed { sink: self.sink })?),
                "geometries" => raw.parts = map.next_value_seed(PartsSeed { sink: self.sink, depth })?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(raw)
    }
}

pub(super) struct PartsSeed<'a, 's, 'b> {
    pub sink: &'a Shared<'s, 'b>,
    pub depth: usize,
}

impl<'de> DeserializeSeed<'de> for PartsSeed<'_, '_, '_> {
    type Value = Vec<Raw>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Raw>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for PartsSeed<'_, '_, '_> {
    type Value = Vec<Raw>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of geometries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Raw>, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = list.next_element_seed(RawSeed { sink: self.sink, depth: self.depth })? {
            count(self.sink)?;
            parts.push(part);
        }
        Ok(parts)
    }
}

pub(super) struct CoordinatesSeed<'a, 's, 'b> {
    pub sink: &'a Shared<'s, 'b>,
}

impl<'de> DeserializeSeed<'de> for CoordinatesSeed<'_, '_, '_> {
    type Value = Coordinates;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Coordinates, D::Error> {
        match Item::visit(deserializer, self.sink)? {
            Item::Nested(coordinates) => Ok(coordinates),
            Item::Number(_) | Item::Nothing => Ok(Coordinates::Broken),
        }
    }
}

/// An element of a list of coordinates.
enum Item {
    Number(f64),
    Nested(Coordinates),
    Nothing,
}

struct ItemSeed<'a, 's, 'b>(&'a Shared<'s, 'b>);

impl Item {
    fn visit<'de, D: Deserializer<'de>>(deserializer: D, sink: &Shared<'_, '_>) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemSeed(sink))
    }
}

impl<'de> DeserializeSeed<'de> for ItemSeed<'_, '_, '_> {
    type Value = Item;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Item, D::Error> {
        Item::visit(deserializer, self.0)
    }
}

impl<'de> Visitor<'de> for ItemSeed<'_, '_, '_> {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("coordinates")
    }

    fn visit_f64<E>(self, value: f64) -> Result<Item, E> {
        Ok(Item::Number(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "degrees and metres are small")]
    fn visit_i64<E>(self, value: i64) -> Result<Item, E> {
        Ok(Item::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "degrees and metres are small")]
    fn visit_u64<E>(self, value: u64) -> Result<Item, E> {
        Ok(Item::Number(value as f64))
    }

    fn visit_unit<E>(self) -> Result<Item, E> {
        Ok(Item::Nothing)
    }

    fn visit_str<E>(self, _: &str) -> Result<Item, E> {
        Ok(Item::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Item, E> {
        Ok(Item::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Item, A::Error> {
        IgnoredAny.visit_map(map).map(|_| Item::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Item, A::Error> {
        let (mut numbers, mut count_of, mut nested, mut broken) = ([0.0; 2], 0_usize, Vec::new(), false);
        while let Some(item) = list.next_element_seed(ItemSeed(self.0))? {
            match item {
                Item::Number(value) => {
                    if let Some(number) = numbers.get_mut(count_of) {
                        *number = value;
                    }
                    count_of += 1;
                }
                Item::Nested(coordinates) => nested.push(coordinates),
                Item::Nothing => broken = true,
            }
        }
        count(self.0)?;
        Ok(Item::Nested(match (broken, count_of, nested.is_empty()) {
            (false, 0, _) => Coordinates::List(nested),
            (false, 2.., true) => Coordinates::Position(Point { lat: numbers[1], lon: numbers[0] }),
            _ => Coordinates::Broken,
        }))
    }
}

/// Counts a position, a line or a ring: each takes memory.
fn count<E: Error>(sink: &Shared<'_, '_>) -> Result<(), E> {
    let mut inner = sink.borrow_mut();
    let line = inner.line;
    let counted = inner.budget.vertices(1, line);
    drop(inner);
    counted.map_err(|refusal| stop(sink, refusal))
}
