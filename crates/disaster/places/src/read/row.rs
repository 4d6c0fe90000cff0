//! One row of a list: what it says of a place, and what a clerk should know about it.

use std::collections::BTreeMap;

use kernel::{Bbox, Id, Point, Text, areas};
use sheets::value::{
    CoordinateReading, NoCoordinates, Repair, coordinate_pair, coordinates, in_japan, is_formula, municipality,
};
use sheets::{Geometry, TableRow};
use uuid::Uuid;

use super::columns::Columns;
use super::gazetteer::Gazetteer;
use super::{details, whose, words};
use crate::model::{Kind, Located, Place, Proposal};

/// Longest name and address that are believed.
const LONGEST: usize = 400;

/// A row that became a place, without ids yet (下書き).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    pub(crate) line: u32,
    /// Ids, series, source and key are filled in later.
    pub(crate) place: Place,
    /// Where it would be with a repair that nobody has accepted yet.
    pub(crate) proposal: Option<Proposal>,
    pub(crate) reason: Option<Text>,
    /// The row as in the file, when there is something to say about it.
    pub(crate) cells: BTreeMap<String, String>,
}

/// What the rows of a list have in common.
pub(super) struct Frame<'a> {
    pub(super) columns: &'a Columns,
    pub(super) kind: Kind,
    pub(super) label: &'a str,
    pub(super) municipality: &'a str,
    pub(super) gazetteer: &'a Gazetteer,
}

impl Frame<'_> {
    /// Reads a row; a refusal is why it stays in the ledger only.
    pub(super) fn read(&self, row: &TableRow, remark: Option<Text>) -> Result<Draft, Text> {
        let columns = self.columns;
        let details = details::of(columns, row, self.kind);
        let name = self.name(row)?;
        let address = address(columns, row);
        for (what, text) in [("名称", Some(&name)), ("住所", address.as_ref())] {
            if text.is_some_and(|text| text.chars().count() > LONGEST) {
                return Err(words::too_long(what));
            }
        }
        let position = self.position(row, address.as_deref())?;
        let designating = whose::of_row(columns, row).unwrap_or_else(|| self.municipality.to_owned());
        let mut reasons: Vec<Text> = position.reason.into_iter().chain(remark).collect();
        reasons.extend(stands_elsewhere(columns, row, address.as_deref(), &designating));
        let cells = columns.cells(row);
        let formula = cells.iter().find(|(_, text)| is_formula(text));
        reasons.extend(formula.map(|(column, _)| words::formula(column)));
        let kind = self.kind_of(row);
        let place = Place {
            id: Id::from_uuid(Uuid::nil()),
            facility: Id::from_uuid(Uuid::nil()),
            kind,
            label: (kind.is_area() || kind == Kind::Other).then(|| self.label.to_owned()),
            municipality: designating,
            series: Id::from_uuid(Uuid::nil()),
            source: Id::from_uuid(Uuid::nil()),
            key: String::new(),
            name,
            kana: columns.text(row, "kana"),
            address,
            point: position.point,
            located: if position.known { Located::Given } else { Located::None },
            file_point: None,
            geometry: position.shape,
            details,
            extra: columns.extra(row),
            gone_at: None,
        };
        let reason = reasons.into_iter().reduce(|all, one| joined(&all, &one));
        let cells = if reason.is_some() || position.proposal.is_some() { cells } else { BTreeMap::new() };
        Ok(Draft { line: row.line, place, proposal: position.proposal, reason, cells })
    }

    fn name(&self, row: &TableRow) -> Result<String, Text> {
        let columns = self.columns;
        if let Some(name) = columns.text(row, "name") {
            return Ok(name);
        }
        let instead: &[&str] = if self.kind.is_area() {
            &["road_class", "rank", "event", "area_name", "category", "district"]
        } else if columns.has("name") {
            return Err(words::no_name());
        } else {
            &["category", "well", "placement", "district"]
        };
        Ok(instead.iter().find_map(|field| columns.text(row, field)).unwrap_or_else(|| self.label.to_owned()))
    }

    /// In the national list of shelters, the twelfth sign of the id says which are for welfare.
    fn kind_of(&self, row: &TableRow) -> Kind {
        let welfare = || self.columns.text(row, "gsi_id").is_some_and(|id| id.get(11..13) == Some("12"));
        if self.kind == Kind::Shelter && welfare() { Kind::WelfareShelter } else { self.kind }
    }

    fn position(&self, row: &TableRow, address: Option<&str>) -> Result<Position, Text> {
        match &row.geometry {
            Some(Geometry::Point(point)) => {
                let inside = in_japan(*point);
                let given = CoordinateReading { point: *point, repair: row.repair };
                let given = inside.then_some(given).ok_or(NoCoordinates::OutsideJapan);
                return Ok(Position::of(given, &point.lat.to_string(), &point.lon.to_string()));
            }
            Some(_) if row.repair.is_some() => return Err(words::swapped_shape()),
            Some(shape) if !shape.points().all(in_japan) => return Err(words::shape_outside_japan()),
            Some(shape) => return Ok(Position::of_shape(shape, self.kind)),
            None if self.kind.is_area() => return Err(words::no_shape()),
            None => {}
        }
        let columns = self.columns;
        let (lat, lon) = (columns.cell(row, "lat"), columns.cell(row, "lon"));
        let read = match coordinates(lat, lon) {
            Err(NoCoordinates::Missing) => coordinate_pair(columns.cell(row, "position")),
            read => read,
        };
        let mut position = Position::of(read, &lat.text(), &lon.text());
        if position.point.is_none() && position.proposal.is_none() {
            let found = address.and_then(|address| self.gazetteer.find(address));
            if let Some(point) = found {
                position.proposal = Some(Proposal { located: Located::Geocoded, point });
                position.reason =
                    Some(position.reason.map_or_else(words::geocoded, |why| joined(&why, &words::geocoded())));
            } else if position.reason.is_none() && (columns.has("lat") || columns.has("position")) {
                position.reason = Some(words::no_position());
            }
        }
        Ok(position)
    }
}

/// What is known of where something is.
#[derive(Default)]
struct Position {
    point: Option<Point>,
    shape: Option<Geometry>,
    known: bool,
    proposal: Option<Proposal>,
    reason: Option<Text>,
}

impl Position {
    fn of(read: Result<CoordinateReading, NoCoordinates>, lat: &str, lon: &str) -> Self {
        match read {
            Ok(CoordinateReading { point, repair: None }) => {
                Self { point: Some(point), known: true, ..Self::default() }
            }
            Ok(CoordinateReading { point, repair: Some(repair) }) => {
                let (located, reason) = match repair {
                    Repair::Swapped => (Located::Swapped, words::swapped(lat, lon)),
                    Repair::MissingPoint => (Located::Repaired, words::missing_point(lat, lon)),
                    Repair::SwappedMissingPoint => {
                        (Located::Repaired, joined(&words::swapped(lat, lon), &words::missing_point(lat, lon)))
                    }
                };
                Self { proposal: Some(Proposal { located, point }), reason: Some(reason), ..Self::default() }
            }
            Err(NoCoordinates::Missing) => Self::default(),
            Err(NoCoordinates::Half) => Self { reason: Some(words::half_position()), ..Self::default() },
            Err(NoCoordinates::Unreadable) => {
                Self { reason: Some(words::unreadable_position(lat, lon)), ..Self::default() }
            }
            Err(NoCoordinates::OutsideJapan) => {
                Self { reason: Some(words::outside_japan(lat, lon)), ..Self::default() }
            }
        }
    }

    /// A place with an outline is where the middle of its outline is; an area is everywhere in it.
    fn of_shape(shape: &Geometry, kind: Kind) -> Self {
        let middle = Bbox::of(shape.points()).map(Bbox::centre);
        let point = if kind.is_area() { None } else { middle };
        Self { point, shape: Some(shape.clone()), known: true, ..Self::default() }
    }
}

/// Both texts, one after the other.
pub(super) fn joined(first: &Text, second: &Text) -> Text {
    Text::new(
        format!("{}{}", first.ja, second.ja),
        format!("{} {}", first.easy, second.easy),
        format!("{} {}", first.en, second.en),
    )
}

/// The address in one piece, or put together from its parts.
fn address(columns: &Columns, row: &TableRow) -> Option<String> {
    let whole = columns.text(row, "address");
    let parts = || {
        let parts = ["address_prefecture", "address_city", "address_town", "address_rest"];
        let text: String = parts.iter().filter_map(|field| columns.text(row, field)).collect();
        (!text.is_empty()).then_some(text)
    };
    let whole = whole.or_else(parts)?;
    match columns.text(row, "building") {
        Some(building) if !whole.contains(&building) => Some(format!("{whole} {building}")),
        _ => Some(whole),
    }
}

/// The designating municipality is one thing, where the place stands another: both are kept.
fn stands_elsewhere(columns: &Columns, row: &TableRow, address: Option<&str>, designating: &str) -> Option<Text> {
    let here = areas::municipality(designating)?;
    let by_code = municipality(columns.cell(row, "location_code")).and_then(|code| areas::municipality(&code.jis5));
    let by_address = || address.and_then(whose::named_in).and_then(areas::municipality);
    let there = by_code.or_else(by_address)?;
    (there.jis5 != here.jis5).then(|| words::elsewhere(there.name, here.name))
}
