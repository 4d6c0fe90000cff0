//! GeoJSON (RFC 7946, and the older form with a `crs`): features become rows as they stream by.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::budget::{Budget, Builder};
use super::crs::Crs;
use super::flatten::{Flatten, Shared, Sink, stop};
use super::geometry::{CoordinatesSeed, PartsSeed, Raw, RawSeed, Read};
use super::json::damaged;
use super::outline::Outline;
use super::rings;
use crate::{Cell, Grid, GridRow, Note, NoteKind, Reason, Refusal};

const GEOMETRIES: [&str; 7] =
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"];

pub(super) fn is_kind(kind: &str) -> bool {
    matches!(kind, "FeatureCollection" | "Feature") || GEOMETRIES.contains(&kind)
}

/// Whether the object has what its type promises; other JSON may have a `type` too.
pub(super) fn is_complete(kind: &str, outline: &Outline) -> bool {
    let has = |key| outline.member(key).is_some();
    match kind {
        "FeatureCollection" => has("features"),
        "Feature" => has("geometry") || has("properties"),
        "GeometryCollection" => has("geometries"),
        _ => has("coordinates"),
    }
}

pub(super) fn read(
    name: &str,
    text: &str,
    kind: &str,
    outline: &Outline,
    budget: &mut Budget<'_>,
) -> Result<Grid, Refusal> {
    let named = outline.member("crs").and_then(|crs| crs.member("properties")?.member("name")?.text());
    let crs = named.map_or(Ok(Crs::Degrees), Crs::from_name).map_err(|name| budget.refuse(Reason::UnknownCrs(name)))?;
    let builder = Builder::new(name, budget)?;
    let sink = RefCell::new(Sink::new(builder, budget));
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = match kind {
        "FeatureCollection" => Collection { sink: &sink, crs }.deserialize(&mut reader),
        _ => Feature { sink: &sink, crs }.deserialize(&mut reader),
    };
    let sink = sink.into_inner();
    if let Some(refusal) = sink.refusal {
        return Err(refusal);
    }
    read.map_err(|error| damaged(sink.budget, &error))?;
    let grid = sink.builder.finish(Some(sink.names.list));
    if grid.rows.is_empty() { Err(sink.budget.refuse(Reason::NoRows)) } else { Ok(grid) }
}

struct Collection<'a, 's, 'b> {
    sink: &'a Shared<'s, 'b>,
    crs: Crs,
}

impl<'de> DeserializeSeed<'de> for Collection<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Collection<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of features")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "features" {
                map.next_value_seed(Collection { sink: self.sink, crs: self.crs })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Feature { sink: self.sink, crs: self.crs })?.is_some() {}
        Ok(())
    }
}

/// One feature, or a bare geometry, as a row.
struct Feature<'a, 's, 'b> {
    sink: &'a Shared<'s, 'b>,
    crs: Crs,
}

impl<'de> DeserializeSeed<'de> for Feature<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Feature<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a feature")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (line, depth) = {
            let mut sink = self.sink.borrow_mut();
            sink.line = sink.line.saturating_add(1);
            (sink.line, sink.budget.limits.depth)
        };
        let mut cells = Vec::new();
        let mut raw = Raw::default();
        let mut bare = Raw::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => bare.kind = map.next_value()?,
                "bbox" | "crs" => drop(map.next_value::<IgnoredAny>()?),
                "geometry" => raw = map.next_value_seed(RawSeed { sink: self.sink, depth })?,
                "coordinates" => bare.coordinates = Some(map.next_value_seed(CoordinatesSeed { sink: self.sink })?),
                "geometries" => bare.parts = map.next_value_seed(PartsSeed { sink: self.sink, depth })?,
                // Members beside the properties (`id` above all) are columns too.
                "properties" => {
                    let path = String::new();
                    map.next_value_seed(Flatten { sink: self.sink, row: &mut cells, path, depth })?;
                }
                _ => {
                    map.next_value_seed(Flatten { sink: self.sink, row: &mut cells, path: key, depth })?;
                }
            }
        }
        if bare.coordinates.is_some() || !bare.parts.is_empty() {
            raw = bare;
        }
        self.finish(line, cells, &raw)
    }
}

impl Feature<'_, '_, '_> {
    fn finish<E: Error>(&self, line: u32, cells: Vec<Cell>, raw: &Raw) -> Result<(), E> {
        let mut sink = self.sink.borrow_mut();
        let read = raw.geometry();
        match &read {
            Read::Nothing => sink.builder.notes.add(Note::new(NoteKind::NoGeometry, line, "")),
            Read::Broken => sink.builder.notes.add(Note::new(NoteKind::BadGeometry, line, raw.kind.as_str())),
            Read::Good(_, true) => sink.builder.notes.add(Note::new(NoteKind::MixedGeometry, line, "")),
            Read::Good(_, false) => {}
        }
        let placed = match read {
            Read::Good(geometry, _) => rings::place(geometry, self.crs, line, &mut sink.builder.notes),
            _ => None,
        };
        let (geometry, repair) = placed.map_or((None, None), |(geometry, repair)| (Some(geometry), repair));
        let pushed = sink.push(GridRow { line, cells, geometry, repair });
        drop(sink);
        pushed.map_err(|refusal| stop(self.sink, refusal))
    }
}
