//! The table of a shapefile (.dbf): dBASE III, with the encoding that .cpg, the header, or the bytes themselves say.

use std::borrow::Cow;

use chrono::NaiveDate;
use encoding_rs::{EUC_JP, SHIFT_JIS};

use super::budget::Budget;
use super::text;
use crate::{Cell, Encoding, Reason, Refusal};

/// A table as it stands in the file.
pub(super) struct Dbf {
    pub names: Vec<Name>,
    /// A row for each record; `None` for one that is marked as deleted.
    pub rows: Vec<Option<Vec<Cell>>>,
    pub encoding: Encoding,
}

/// Name of a column.
pub(super) struct Name {
    pub text: String,
    /// Whether there was no room for more of it.
    pub cut: bool,
}

struct Field {
    name: Vec<u8>,
    kind: u8,
    start: usize,
    end: usize,
}

/// Bytes of a name.
const NAME: usize = 10;

pub(super) fn read(bytes: &[u8], cpg: Option<&[u8]>, budget: &mut Budget<'_>) -> Result<Dbf, Refusal> {
    let broken = || budget.damaged(None, ".dbf");
    let short = |at: usize| bytes.get(at..at + 2).map(|two| usize::from(u16::from_le_bytes([two[0], two[1]])));
    let count = bytes.get(4..8).and_then(|four| Some(u32::from_le_bytes(four.try_into().ok()?))).ok_or_else(broken)?;
    let (header, length) = (short(8).ok_or_else(broken)?, short(10).ok_or_else(broken)?);
    let fields = fields(bytes.get(..header).ok_or_else(broken)?, length).ok_or_else(broken)?;
    budget.columns(fields.len(), None)?;
    let count = usize::try_from(count).map_err(|_| broken())?;
    let body = bytes.get(header..).unwrap_or_default();
    if length == 0 || body.len() / length < count {
        let have = body.len().checked_div(length).unwrap_or(0);
        return Err(budget.refuse_at(u32::try_from(have + 1).ok(), Reason::CutShort));
    }
    if count > budget.limits.rows {
        return Err(Refusal::too_large(budget.file, None, crate::Measure::Rows, budget.limits.rows));
    }
    let records: Vec<&[u8]> = body.chunks_exact(length).take(count).collect();
    let declared = cpg.and_then(declared).or_else(|| language(bytes.get(29).copied().unwrap_or(0)));
    let encoding = encoding(declared, &fields, &records);
    let names = fields.iter().map(|field| name(&field.name, encoding)).collect();
    let row = |record: &&[u8]| {
        let cells = fields.iter().map(|field| cell(&record[field.start..field.end], field.kind, encoding)).collect();
        (record.first() != Some(&b'*')).then_some(cells)
    };
    Ok(Dbf { names, rows: records.iter().map(row).collect(), encoding })
}

fn fields(header: &[u8], length: usize) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    let mut start = 1;
    for raw in header.get(32..)?.chunks_exact(32) {
        if raw[0] == 0x0d || raw[0] == 0 {
            break;
        }
        let name = raw[..NAME].split(|b| *b == 0).next().unwrap_or_default().to_vec();
        let end = start + usize::from(raw[16]);
        if end > length {
            return None;
        }
        fields.push(Field { name, kind: raw[11].to_ascii_uppercase(), start, end });
        start = end;
    }
    Some(fields)
}

/// What a .cpg says.
fn declared(cpg: &[u8]) -> Option<Encoding> {
    let said: String =
        cpg.iter().filter(|b| b.is_ascii_alphanumeric()).map(|b| char::from(b.to_ascii_lowercase())).collect();
    match said.as_str() {
        "utf8" | "65001" => Some(Encoding::Utf8),
        "shiftjis" | "sjis" | "932" | "cp932" | "ms932" | "ansi932" | "windows31j" | "oem932" => {
            Some(Encoding::ShiftJis)
        }
        "eucjp" | "20932" | "51932" => Some(Encoding::EucJp),
        _ => None,
    }
}

/// What the language byte of the header says.
fn language(byte: u8) -> Option<Encoding> {
    matches!(byte, 0x13 | 0x7b).then_some(Encoding::ShiftJis)
}

/// The declared encoding where the text bears it out, else the one the text looks like.
fn encoding(declared: Option<Encoding>, fields: &[Field], records: &[&[u8]]) -> Encoding {
    let texts = fields.iter().filter(|field| field.kind == b'C');
    let mut sample: Vec<u8> = fields.iter().flat_map(|field| field.name.iter().copied().chain([b'\n'])).collect();
    for record in records.iter().take(2_000) {
        for field in texts.clone() {
            sample.extend(record[field.start..field.end].trim_ascii());
            sample.push(b'\n');
        }
    }
    sample.retain(|b| *b != 0);
    let detected = text::decode(&sample).ok();
    match (declared, detected) {
        (Some(declared), Some(detected)) if detected.bad == 0 && bad(&sample, declared) > 0 => detected.encoding,
        (Some(declared), _) => declared,
        (None, detected) => detected.map_or(Encoding::ShiftJis, |detected| detected.encoding),
    }
}

fn bad(bytes: &[u8], encoding: Encoding) -> usize {
    decode(bytes, encoding).chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count()
}

fn decode(bytes: &[u8], encoding: Encoding) -> Cow<'_, str> {
    match encoding {
        Encoding::ShiftJis => SHIFT_JIS.decode_without_bom_handling(bytes).0,
        Encoding::EucJp => EUC_JP.decode_without_bom_handling(bytes).0,
        Encoding::Utf8 | Encoding::Utf8Bom | Encoding::Utf16 => String::from_utf8_lossy(bytes),
    }
}

/// Text that fills its field to the last byte may end inside a character.
fn whole(bytes: &[u8], encoding: Encoding) -> String {
    let text = decode(bytes, encoding);
    let full = !bytes.ends_with(b" ") && !bytes.ends_with(&[0]);
    let text = if full { text.trim_end_matches(char::REPLACEMENT_CHARACTER) } else { &text };
    text.trim_end_matches('\0').to_owned()
}

fn name(bytes: &[u8], encoding: Encoding) -> Name {
    let text = whole(bytes, encoding);
    let last = match (encoding, text.chars().next_back()) {
        (_, None) => 0,
        (_, Some(c)) if c.is_ascii() => 0,
        (Encoding::Utf8 | Encoding::Utf8Bom | Encoding::Utf16, Some(c)) => c.len_utf8(),
        (Encoding::ShiftJis | Encoding::EucJp, Some(_)) => 2,
    };
    Name { cut: last > 0 && bytes.len() + last > NAME, text: text.trim().to_owned() }
}

fn cell(bytes: &[u8], kind: u8, encoding: Encoding) -> Cell {
    let text = || Cell::from_text(&whole(bytes, encoding));
    let ascii = std::str::from_utf8(bytes).unwrap_or_default().trim_matches([' ', '\0']);
    match kind {
        b'N' | b'F' => match ascii.parse::<f64>() {
            Ok(value) if value.is_finite() => Cell::Number { value, text: ascii.to_owned() },
            _ => text(),
        },
        b'D' => NaiveDate::parse_from_str(ascii, "%Y%m%d").map_or_else(|_| text(), Cell::Date),
        b'L' => match ascii {
            "T" | "t" | "Y" | "y" => Cell::Bool(true),
            "F" | "f" | "N" | "n" => Cell::Bool(false),
            _ => Cell::Empty,
        },
        b'I' => bytes.try_into().map_or_else(|_| text(), |four| Cell::from_number(f64::from(i32::from_le_bytes(four)))),
        b'O' | b'B' => bytes.try_into().map_or_else(|_| text(), |eight| Cell::from_number(f64::from_le_bytes(eight))),
        _ => text(),
    }
}
