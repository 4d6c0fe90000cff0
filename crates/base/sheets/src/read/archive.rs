//! Zip: a workbook, shapefiles, or a bundle of lists. Sizes are measured by unpacking, because a zip may lie about them.

use std::io::{self, Cursor, Read};

use zip::ZipArchive;

use super::budget::Budget;
use super::{Part, excel, extension, file_name, read_single, shapefile, split_extension, text};
use crate::note::Notes;
use crate::{File, Format, Limits, Measure, Note, NoteKind, Reason, Refusal};

type Zip<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// What every workbook has.
const WORKBOOK: &str = "xl/workbook.xml";

/// A file in the zip.
struct Member {
    index: usize,
    name: String,
}

pub(super) fn read(name: &str, bytes: &[u8], budget: &mut Budget<'_>) -> Result<File, Refusal> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| budget.damaged(None, format!("zip: {error}")))?;
    let members = members(&mut zip, budget)?;
    let has = |path: &str| members.iter().any(|member| member.name == path);
    if has(WORKBOOK) {
        measure(&mut zip, &members, budget.limits, bytes.len()).map_err(|reason| budget.refuse(reason))?;
        return excel::read(name, bytes, budget);
    }
    let office = [
        ("xl/workbook.bin", "Excel binary (.xlsb)"),
        ("word/document.xml", "Word"),
        ("ppt/presentation.xml", "PowerPoint"),
        ("mimetype", "OpenDocument (.ods)"),
    ];
    if let Some((_, what)) = office.iter().find(|(path, _)| has(path)) {
        return Err(budget.refuse(Reason::UnknownFormat(Some(what))));
    }
    let held = unpack(&mut zip, members, budget.limits, bytes.len()).map_err(|reason| budget.refuse(reason))?;
    if held.iter().any(|(name, _)| shapefile::is_part(name)) {
        shapefiles(name, &held, budget)
    } else {
        lists(name, &held, budget)
    }
}

/// The files in the zip, without folders and the copies macOS adds.
fn members(zip: &mut Zip<'_>, budget: &Budget<'_>) -> Result<Vec<Member>, Refusal> {
    if zip.len() > budget.limits.members {
        return Err(Refusal::too_large(budget.file, None, Measure::Members, budget.limits.members));
    }
    let mut members = Vec::new();
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(|error| budget.damaged(None, format!("zip: {error}")))?;
        if file.encrypted() {
            return Err(budget.refuse(Reason::Locked));
        }
        // Windows in Japan writes names in cp932 and does not say so.
        let name = text::decode(file.name_raw()).map_or_else(|_| index.to_string(), |name| name.text.into_owned());
        let name = name.replace('\\', "/");
        if !file.is_dir() && !name.starts_with("__MACOSX/") && !file_name(&name).starts_with('.') {
            members.push(Member { index, name });
        }
    }
    Ok(members)
}

/// Unpacks every member into nothing.
fn measure(zip: &mut Zip<'_>, members: &[Member], limits: &Limits, packed: usize) -> Result<(), Reason> {
    let mut left = Left::new(limits, packed);
    for member in members {
        left.member(zip, member, &mut io::sink())?;
    }
    Ok(())
}

fn unpack(
    zip: &mut Zip<'_>,
    members: Vec<Member>,
    limits: &Limits,
    packed: usize,
) -> Result<Vec<(String, Vec<u8>)>, Reason> {
    let mut left = Left::new(limits, packed);
    let mut held = Vec::new();
    for member in members {
        let mut bytes = Vec::new();
        left.member(zip, &member, &mut bytes)?;
        held.push((member.name, bytes));
    }
    Ok(held)
}

/// What may still be unpacked.
struct Left {
    bytes: u64,
    total: usize,
    whole: usize,
}

impl Left {
    fn new(limits: &Limits, packed: usize) -> Self {
        let total = limits.unpacked_of(packed);
        Self { bytes: u64::try_from(total).unwrap_or(u64::MAX), total, whole: limits.unpacked_bytes }
    }

    fn member(&mut self, zip: &mut Zip<'_>, member: &Member, to: &mut impl io::Write) -> Result<(), Reason> {
        let damaged = |error: String| Reason::Damaged(format!("zip, {}: {error}", member.name));
        let file = zip.by_index(member.index).map_err(|error| damaged(error.to_string()))?;
        let limit = self.bytes.saturating_add(1);
        let written = io::copy(&mut file.take(limit), to).map_err(|error| damaged(error.to_string()))?;
        self.bytes = self.bytes.checked_sub(written).ok_or(if self.total < self.whole {
            Reason::Bomb
        } else {
            Reason::TooLarge { what: Measure::UnpackedBytes, most: self.whole }
        })?;
        Ok(())
    }
}

/// Every shapefile of the zip; other files beside them (metadata, the same data once more) are passed over.
fn shapefiles(name: &str, held: &[(String, Vec<u8>)], budget: &mut Budget<'_>) -> Result<File, Refusal> {
    let mut file = File { format: Format::Shapefile, encoding: None, grids: Vec::new(), notes: Vec::new() };
    let mut notes = Notes::default();
    let mut stems: Vec<String> = Vec::new();
    for (path, _) in held {
        let stem = split_extension(path).0.to_lowercase();
        if !shapefile::is_part(path) {
            notes.add(Note::new(NoteKind::PassedOver, None, path));
        } else if !stems.contains(&stem) {
            stems.push(stem);
        }
    }
    for stem in stems {
        let parts: Vec<Part<'_>> = held
            .iter()
            .filter(|(path, _)| shapefile::is_part(path) && split_extension(path).0.to_lowercase() == stem)
            .map(|(path, bytes)| Part { name: path, bytes })
            .collect();
        let layer =
            parts.iter().find(|part| extension(part.name) == "shp").or(parts.first()).map_or("", |part| part.name);
        let mut part_budget = budget.part(layer);
        let read = shapefile::read(layer, &parts, &mut part_budget).map_err(|refusal| refusal.within(name))?;
        budget.resume(&part_budget);
        file.encoding = file.encoding.or(read.encoding);
        file.grids.extend(read.grids);
    }
    file.notes = notes.finish();
    Ok(file)
}

/// A bundle of lists: all that can be read; what cannot is passed over with its reason. Refused when nothing is left.
fn lists(name: &str, held: &[(String, Vec<u8>)], budget: &mut Budget<'_>) -> Result<File, Refusal> {
    let mut notes = Notes::default();
    let mut whole: Option<File> = None;
    let mut first_refusal = None;
    for (path, bytes) in held {
        let mut part_budget = budget.part(path);
        let read = if is_zip(bytes) {
            workbook(path, bytes, &mut part_budget)
        } else {
            read_single(path, bytes, &mut part_budget)
        };
        budget.resume(&part_budget);
        match (read, &mut whole) {
            (Ok(read), Some(whole)) => whole.grids.extend(read.grids),
            (Ok(read), None) => whole = Some(read),
            (Err(refusal), _) => {
                let refusal = refusal.within(name);
                // Too much is too much for the whole.
                if matches!(refusal.reason, Reason::TooLarge { .. } | Reason::Bomb) {
                    return Err(refusal);
                }
                notes.add(Note::new(NoteKind::PassedOver, None, refusal.text().ja));
                first_refusal = first_refusal.or(Some(refusal));
            }
        }
    }
    match whole {
        Some(mut file) => {
            file.notes = notes.finish();
            Ok(file)
        }
        None => Err(first_refusal.unwrap_or_else(|| budget.refuse(Reason::Empty))),
    }
}

/// A workbook in a zip; a zip in a zip is not opened.
fn workbook(path: &str, bytes: &[u8], budget: &mut Budget<'_>) -> Result<File, Refusal> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| budget.damaged(None, format!("zip: {error}")))?;
    let members = members(&mut zip, budget)?;
    if !members.iter().any(|member| member.name == WORKBOOK) {
        return Err(budget.refuse(Reason::UnknownFormat(Some("zip"))));
    }
    measure(&mut zip, &members, budget.limits, bytes.len()).map_err(|reason| budget.refuse(reason))?;
    excel::read(path, bytes, budget)
}

/// Whether the bytes begin as a zip does.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}
