//! JSON: GeoJSON, a list of objects, a list somewhere inside an object, objects under their ids, a list of lists, an
//! object on each line.

use std::cell::RefCell;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::budget::{Budget, Builder};
use super::flatten::{self, Flatten, Shared, Sink, stop};
use super::outline::{Kind, Outline};
use super::{file_name, geojson};
use crate::{Cell, File, Format, Grid, GridRow, Measure, Reason, Refusal};

/// Whether a text that begins with a bracket is JSON: by its name, or by what follows the bracket.
pub(super) fn is_json(start: &str, extension: &str) -> bool {
    let next = start.chars().skip(1).find(|c| !c.is_whitespace());
    matches!(extension, "json" | "geojson" | "topojson") || matches!(next, Some('"' | '{' | '[' | '}' | ']'))
}

pub(super) fn read(name: &str, text: &str, budget: &mut Budget<'_>) -> Result<File, Refusal> {
    let outline = match Outline::of(text) {
        Ok(outline) => outline,
        Err(_) if is_lines(text) => return lines(name, text, budget),
        Err(error) => return Err(damaged(budget, &error)),
    };
    let kind = outline.member("type").and_then(Outline::text);
    match kind {
        Some("unavailable") => {
            let said = outline.member("message").and_then(Outline::text).unwrap_or("unavailable");
            return Err(budget.refuse(Reason::NotPublished { message: said.to_owned() }));
        }
        Some("Topology") => return Err(budget.refuse(Reason::UnknownFormat(Some("TopoJSON")))),
        Some(kind) if geojson::is_kind(kind) && geojson::is_complete(kind, &outline) => {
            let grid = geojson::read(file_name(name), text, kind, &outline, budget)?;
            return Ok(File { format: Format::GeoJson, encoding: None, grids: vec![grid], notes: Vec::new() });
        }
        _ => {}
    }
    let mut places = Vec::new();
    find_lists(&outline, &mut Vec::new(), &mut places);
    // The longest list first: it is the data, the others describe it.
    places.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
    if places.is_empty() && is_keyed(&outline) {
        places.push((Vec::new(), 0));
    }
    let mut grids = Vec::new();
    for (path, _) in places {
        let mut grid = grid(file_name(name), text, &path, budget)?;
        if !path.is_empty() {
            translate(&mut grid, &outline);
        }
        if !grid.rows.is_empty() {
            grids.push(grid);
        }
    }
    match (grids.is_empty(), &outline) {
        (true, Outline::List(0, _)) => Err(budget.refuse(Reason::NoRows)),
        (true, _) => Err(budget.refuse(Reason::NoList)),
        (false, _) => Ok(File { format: Format::Json, encoding: None, grids, notes: Vec::new() }),
    }
}

pub(super) fn damaged(budget: &Budget<'_>, error: &serde_json::Error) -> Refusal {
    let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
    if error.is_eof() {
        return budget.refuse_at(line, Reason::CutShort);
    }
    budget.damaged(line, format!("JSON: {error}"))
}

/// Paths of all lists of objects or of lists, with their lengths.
fn find_lists(outline: &Outline, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, usize)>) {
    match outline {
        Outline::List(length, Kind::Object | Kind::List) => found.push((path.clone(), *length)),
        Outline::Object(members) => {
            for (key, value) in members {
                path.push(key.clone());
                find_lists(value, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Objects, or lists of plain values, under their ids: more than one member, all of a kind.
fn is_keyed(outline: &Outline) -> bool {
    let Outline::Object(members) = outline else { return false };
    let all = |kind: fn(&Outline) -> bool| members.iter().all(|(_, value)| kind(value));
    members.len() > 1
        && (all(|value| matches!(value, Outline::Object(_)))
            || all(|value| matches!(value, Outline::List(2.., Kind::Scalar))))
}

/// Whether every line is an object of its own (JSON Lines).
fn is_lines(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    first.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(first).is_ok() && lines.next().is_some()
}

fn lines(name: &str, text: &str, budget: &mut Budget<'_>) -> Result<File, Refusal> {
    let builder = Builder::new(file_name(name), budget)?;
    let sink = RefCell::new(Sink::new(builder, budget));
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut read = Ok(());
    while read.is_ok() && reader.end().is_err() {
        read = Row { sink: &sink, key: None }.deserialize(&mut reader);
    }
    let grid = finished(sink.into_inner(), read)?;
    Ok(File { format: Format::Json, encoding: None, grids: vec![grid], notes: Vec::new() })
}

/// The grid, or why there is none.
fn finished(sink: Sink<'_, '_>, read: Result<(), serde_json::Error>) -> Result<Grid, Refusal> {
    if let Some(refusal) = sink.refusal {
        return Err(refusal);
    }
    read.map_err(|error| damaged(sink.budget, &error))?;
    let names = sink.names.list;
    Ok(sink.builder.finish((!names.is_empty()).then_some(names)))
}

fn grid(name: &str, text: &str, path: &[String], budget: &mut Budget<'_>) -> Result<Grid, Refusal> {
    let layer = path.last().map_or(name, String::as_str);
    let builder = Builder::new(layer, budget)?;
    let sink = RefCell::new(Sink::new(builder, budget));
    let read = Walk { sink: &sink, path }.deserialize(&mut serde_json::Deserializer::from_str(text));
    finished(sink.into_inner(), read)
}

/// A member beside the list that says what its keys mean, `{"name": "名称", …}`, gives the columns their names.
fn translate(grid: &mut Grid, outline: &Outline) {
    let (Some(header), Outline::Object(members)) = (&mut grid.header, outline) else { return };
    for (_, member) in members {
        let Outline::Object(words) = member else { continue };
        let word = |name: &str| words.iter().find(|(key, _)| key == name).and_then(|(_, word)| word.text());
        let known = header.iter().filter(|name| word(name).is_some()).count();
        if known > 0 && known * 2 >= header.len() && words.iter().all(|(_, word)| word.text().is_some()) {
            *header = header.iter().map(|name| word(name).unwrap_or(name).to_owned()).collect();
            return;
        }
    }
}

/// Goes down a path and reads the rows there.
struct Walk<'a, 's, 'b> {
    sink: &'a Shared<'s, 'b>,
    path: &'a [String],
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Row { sink: self.sink, key: None })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match self.path.split_first() {
                Some((next, path)) if *next == key => map.next_value_seed(Walk { sink: self.sink, path })?,
                Some(_) => drop(map.next_value::<IgnoredAny>()?),
                None => map.next_value_seed(Row { sink: self.sink, key: Some(key) })?,
            }
        }
        Ok(())
    }
}

/// One object, or one list, as a row.
struct Row<'a, 's, 'b> {
    sink: &'a Shared<'s, 'b>,
    key: Option<String>,
}

impl<'de> DeserializeSeed<'de> for Row<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.sink.borrow_mut().line += 1;
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let depth = self.begin();
        let mut row = Vec::new();
        if let Some(key) = &self.key {
            let column = Flatten { sink: self.sink, row: &mut row, path: "key".to_owned(), depth };
            column.visit_str::<A::Error>(key)?;
        }
        Flatten { sink: self.sink, row: &mut row, path: String::new(), depth }.visit_map(map)?;
        self.end(row)
    }

    /// A list is a row of cells without names; the header stands in the first one.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.begin();
        let mut row: Vec<Cell> = self.key.iter().map(|key| Cell::from_text(key)).collect();
        while let Some(cell) = list.next_element::<Plain>()? {
            let most = self.sink.borrow().budget.limits.columns;
            if row.len() >= most {
                let refusal = Refusal::too_large(self.sink.borrow().budget.file, None, Measure::Columns, most);
                return Err(stop(self.sink, refusal));
            }
            row.push(cell.0);
        }
        self.end(row)
    }
}

impl Row<'_, '_, '_> {
    fn begin(&self) -> usize {
        let mut sink = self.sink.borrow_mut();
        sink.line = sink.line.saturating_add(1);
        sink.budget.limits.depth
    }

    fn end<E: serde::de::Error>(&self, cells: Vec<Cell>) -> Result<(), E> {
        let mut sink = self.sink.borrow_mut();
        let line = sink.line;
        let pushed = sink.push(GridRow { line, cells, ..GridRow::default() });
        drop(sink);
        pushed.map_err(|refusal| stop(self.sink, refusal))
    }
}

/// A cell of a list of lists; what is nested deeper has no place in it.
struct Plain(Cell);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsCell;

        impl<'de> Visitor<'de> for AsCell {
            type Value = Cell;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell::from_text(text))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Cell, E> {
                Ok(Cell::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Cell, E> {
                Ok(flatten::whole(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Cell, E> {
                Ok(flatten::whole(value))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Cell, E> {
                Ok(Cell::from_number(value))
            }

            fn visit_unit<E>(self) -> Result<Cell, E> {
                Ok(Cell::Empty)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cell, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Cell::Text("[…]".to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Cell::Text("{…}".to_owned()))
            }
        }

        deserializer.deserialize_any(AsCell).map(Self)
    }
}
