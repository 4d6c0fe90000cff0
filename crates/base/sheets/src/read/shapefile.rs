//! A shapefile: shapes, table, coordinate system and encoding in files of one name.

use super::budget::{Budget, Builder};
use super::crs::Crs;
use super::shp::Shape;
use super::{Part, dbf, extension, file_name, rings, shp, split_extension};
use crate::{Cell, File, Format, GridRow, Note, NoteKind, Reason, Refusal};

/// Whether the name is that of a part of a shapefile.
pub(super) fn is_part(name: &str) -> bool {
    let parts = ["shp", "shx", "dbf", "prj", "cpg", "sbn", "sbx", "qix", "qpj", "cst", "fix"];
    parts.contains(&extension(name).as_str())
}

/// Reads a shapefile. Without .prj it is refused: the same numbers mean a different place in each of nineteen zones.
pub(super) fn read(name: &str, parts: &[Part<'_>], budget: &mut Budget<'_>) -> Result<File, Refusal> {
    let part = |wanted: &str| parts.iter().find(|part| extension(part.name) == wanted).map(|part| part.bytes);
    let missing = |what| budget.refuse(Reason::MissingPart(what));
    let shapes = part("shp").ok_or_else(|| missing(".shp"))?;
    let table = part("dbf").ok_or_else(|| missing(".dbf"))?;
    let prj = part("prj").ok_or_else(|| missing(".prj"))?;
    let crs = Crs::from_wkt(&String::from_utf8_lossy(prj)).map_err(|name| budget.refuse(Reason::UnknownCrs(name)))?;
    let shapes = shp::read(shapes, budget)?;
    let table = dbf::read(table, part("cpg"), budget)?;
    if shapes.len() != table.rows.len() {
        let why = format!(".shp {} / .dbf {}", shapes.len(), table.rows.len());
        return Err(budget.damaged(u32::try_from(shapes.len().min(table.rows.len()) + 1).ok(), why));
    }
    let mut builder = Builder::new(split_extension(file_name(name)).0, budget)?;
    for name in table.names.iter().filter(|name| name.cut) {
        builder.notes.add(Note::new(NoteKind::CutName, None, &name.text));
    }
    for ((shape, cells), line) in shapes.into_iter().zip(table.rows).zip(1..) {
        let Some(cells) = cells else {
            builder.notes.add(Note::new(NoteKind::PassedOver, line, "deleted"));
            continue;
        };
        push(shape, cells, crs, line, &mut builder, budget)?;
    }
    let grid = builder.finish(Some(table.names.into_iter().map(|name| name.text).collect()));
    if grid.rows.is_empty() {
        return Err(budget.refuse(Reason::NoRows));
    }
    Ok(File { format: Format::Shapefile, encoding: Some(table.encoding), grids: vec![grid], notes: Vec::new() })
}

fn push(
    shape: Shape,
    cells: Vec<Cell>,
    crs: Crs,
    line: u32,
    builder: &mut Builder,
    budget: &mut Budget<'_>,
) -> Result<(), Refusal> {
    let placed = match shape {
        Shape::Good(geometry) => rings::place(geometry, crs, line, &mut builder.notes),
        Shape::Null => {
            builder.notes.add(Note::new(NoteKind::NoGeometry, line, ""));
            None
        }
        Shape::Broken => {
            builder.notes.add(Note::new(NoteKind::BadGeometry, line, ""));
            None
        }
    };
    let (geometry, repair) = placed.map_or((None, None), |(geometry, repair)| (Some(geometry), repair));
    builder.push(GridRow { line, cells, geometry, repair }, budget)
}
