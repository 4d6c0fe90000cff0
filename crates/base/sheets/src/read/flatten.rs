//! Objects of JSON as rows: members become columns, members of members `a.b`, lists of plain values one text.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::budget::{Budget, Builder};
use crate::{Cell, GridRow, Measure, Note, NoteKind, Refusal};

/// What grows while a JSON text streams by. serde's errors carry only words, so a refusal is left here.
pub(super) struct Sink<'s, 'b> {
    pub builder: Builder,
    pub budget: &'s mut Budget<'b>,
    pub names: Names,
    pub refusal: Option<Refusal>,
    /// Number of the row being read, from 1.
    pub line: u32,
}

pub(super) type Shared<'s, 'b> = RefCell<Sink<'s, 'b>>;

/// Longest key of a member, in bytes.
const KEY: usize = 1_000;

/// Names of the columns in the order they first appear.
#[derive(Default)]
pub(super) struct Names {
    index: HashMap<String, usize>,
    pub list: Vec<String>,
}

impl<'s, 'b> Sink<'s, 'b> {
    pub(super) fn new(builder: Builder, budget: &'s mut Budget<'b>) -> Self {
        Self { builder, budget, names: Names::default(), refusal: None, line: 0 }
    }

    /// The place of a column in a row.
    fn column(&mut self, name: &str) -> Result<usize, Refusal> {
        if let Some(at) = self.names.index.get(name) {
            return Ok(*at);
        }
        self.budget.columns(self.names.list.len() + 1, self.line)?;
        self.budget.cell_chars(name, self.line)?;
        self.names.index.insert(name.to_owned(), self.names.list.len());
        self.names.list.push(name.to_owned());
        Ok(self.names.list.len() - 1)
    }

    fn set(&mut self, row: &mut Vec<Cell>, name: &str, cell: Cell) -> Result<(), Refusal> {
        let at = self.column(name)?;
        if row.len() <= at {
            row.resize(at + 1, Cell::Empty);
        }
        // A name that is there twice: the first value with something in it stays, as everywhere in this crate.
        if row[at].is_empty() {
            row[at] = cell;
        } else if !cell.is_empty() {
            let line = self.line;
            self.builder.notes.add(Note::new(NoteKind::RepeatedName, line, name));
        }
        Ok(())
    }

    pub(super) fn push(&mut self, row: GridRow) -> Result<(), Refusal> {
        self.builder.push(row, self.budget)
    }
}

/// A whole number with its exact text, beyond what a float counts exactly too.
pub(super) fn whole(value: impl fmt::Display) -> Cell {
    let text = value.to_string();
    Cell::Number { value: text.parse().unwrap_or_default(), text }
}

/// Keeps the refusal and stops the reading.
pub(super) fn stop<E: Error>(sink: &Shared<'_, '_>, refusal: Refusal) -> E {
    sink.borrow_mut().refusal.get_or_insert(refusal);
    E::custom("stopped")
}

/// Reads one value into the columns of a row.
pub(super) struct Flatten<'a, 's, 'b> {
    pub sink: &'a Shared<'s, 'b>,
    pub row: &'a mut Vec<Cell>,
    /// Name of the column; empty for the object that is the row.
    pub path: String,
    pub depth: usize,
}

impl Flatten<'_, '_, '_> {
    fn put<E: Error>(self, cell: Cell) -> Result<Option<String>, E> {
        let text = cell.text().into_owned();
        let name = if self.path.is_empty() { "value" } else { &self.path };
        self.sink.borrow_mut().set(self.row, name, cell).map_err(|refusal| stop(self.sink, refusal))?;
        Ok(Some(text))
    }

    fn inside<E: Error>(&self, key: &str) -> Result<String, E> {
        if self.depth == 0 {
            let sink = self.sink.borrow();
            let most = sink.budget.limits.depth;
            let refusal = Refusal::too_large(sink.budget.file, sink.line, Measure::Depth, most);
            drop(sink);
            return Err(stop(self.sink, refusal));
        }
        if key.len() > KEY {
            return Err(E::custom("a key is too long"));
        }
        Ok(if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) })
    }
}

impl<'de> DeserializeSeed<'de> for Flatten<'_, '_, '_> {
    /// The text of a plain value; `None` for objects and lists.
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Flatten<'_, '_, '_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.put(Cell::from_text(text))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        self.put(Cell::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        self.put(whole(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        self.put(whole(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        self.put(Cell::from_number(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        if self.path.is_empty() { Ok(None) } else { self.put(Cell::Empty) }
    }

    /// Plain values are joined with a semicolon, everything else gets a column with its number.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut plain: Vec<String> = Vec::new();
        let mut number = 0_usize;
        loop {
            let path = self.inside::<A::Error>(&number.to_string())?;
            let mut cells = Vec::new();
            let element =
                Element { sink: self.sink, row: &mut *self.row, path, depth: self.depth - 1, scalar: &mut cells };
            if list.next_element_seed(element)?.is_none() {
                break;
            }
            plain.extend(cells.into_iter().map(|cell: Cell| cell.text().into_owned()));
            number += 1;
        }
        if !plain.is_empty() || number == 0 {
            self.put::<A::Error>(Cell::from_text(&plain.join(";")))?;
        }
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let path = self.inside::<A::Error>(&key)?;
            map.next_value_seed(Flatten { sink: self.sink, row: &mut *self.row, path, depth: self.depth - 1 })?;
        }
        Ok(None)
    }
}

/// An element of a list: plain values are handed back, the rest is flattened.
struct Element<'a, 's, 'b> {
    sink: &'a Shared<'s, 'b>,
    row: &'a mut Vec<Cell>,
    path: String,
    depth: usize,
    scalar: &'a mut Vec<Cell>,
}

impl<'a, 's, 'b> Element<'a, 's, 'b> {
    fn nested(self) -> Flatten<'a, 's, 'b> {
        Flatten { sink: self.sink, row: self.row, path: self.path, depth: self.depth }
    }
}

impl<'de> DeserializeSeed<'de> for Element<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.scalar.push(Cell::from_text(text));
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.scalar.push(Cell::Bool(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.scalar.push(Cell::Text(value.to_string()));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.scalar.push(Cell::Text(value.to_string()));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.scalar.push(Cell::from_number(value));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.scalar.push(Cell::Empty);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.nested().visit_seq(list).map(drop)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.nested().visit_map(map).map(drop)
    }
}
