//! CSV: commas, semicolons or tabs, quoted line breaks, ragged rows.

use std::collections::HashMap;

use csv::{ByteRecord, ReaderBuilder};

use super::budget::{Budget, Builder};
use super::{extension, file_name, text::Decoded};
use crate::{Cell, File, Format, GridRow, Note, NoteKind, Reason, Refusal};

pub(super) fn read(name: &str, decoded: &Decoded<'_>, budget: &mut Budget<'_>) -> Result<File, Refusal> {
    let text = decoded.text.as_ref();
    let separator = separator(text);
    let mut builder = Builder::new(file_name(name), budget)?;
    let mut widths = Vec::new();
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut lines = Lines::new(text);
    let mut last = (0, 1);
    while reader.read_byte_record(&mut record).map_err(|error| budget.damaged(None, error.to_string()))? {
        let start = record.position().map_or(0, csv::Position::byte);
        let (start, line) = lines.at(usize::try_from(start).unwrap_or(usize::MAX));
        last = (start, line);
        budget.columns(record.len(), line)?;
        let cells: Vec<Cell> = record.iter().map(|cell| Cell::from_text(&String::from_utf8_lossy(cell))).collect();
        let rows = builder.rows().len();
        builder.push(GridRow { line, cells, ..GridRow::default() }, budget)?;
        if builder.rows().len() > rows {
            widths.push(record.len());
        }
    }
    if ends_in_quotes(text.get(last.0..).unwrap_or_default(), separator) {
        return Err(budget.refuse_at(last.1, Reason::OpenQuote));
    }
    let foreign = !matches!(extension(name).as_str(), "csv" | "tsv" | "txt" | "tab" | "dat" | "");
    if foreign && widths.iter().all(|width| *width < 2) {
        return Err(budget.refuse(Reason::UnknownFormat(None)));
    }
    note_ragged(&mut builder, &widths);
    if decoded.bad > 0 {
        builder.notes.add(Note::new(NoteKind::BadCharacters, None, decoded.bad.to_string()));
    }
    let grid = builder.finish(None);
    if grid.rows.is_empty() {
        return Err(budget.refuse(Reason::NoRows));
    }
    Ok(File { format: Format::Csv, encoding: Some(decoded.encoding), grids: vec![grid], notes: Vec::new() })
}

/// The separator that most of the first rows have the same number of times outside quotation marks.
fn separator(text: &str) -> u8 {
    const CHOICE: [u8; 3] = *b";\t,";
    let mut rows: Vec<[usize; 3]> = vec![[0; 3]];
    let mut quoted = false;
    for b in text.bytes().take(1 << 18) {
        quoted ^= b == b'"';
        match CHOICE.iter().position(|separator| *separator == b) {
            _ if quoted => {}
            Some(at) => {
                if let Some(row) = rows.last_mut() {
                    row[at] += 1;
                }
            }
            None if b == b'\n' && rows.len() < 60 => rows.push([0; 3]),
            None if b == b'\n' => break,
            None => {}
        }
    }
    let score = |at: usize| {
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for count in rows.iter().map(|row| row[at]).filter(|count| *count > 0) {
            *counts.entry(count).or_default() += 1;
        }
        counts.into_iter().map(|(count, rows)| (rows, count)).max().unwrap_or((0, 0))
    };
    // The last of equals wins, so the comma stands last.
    (0..CHOICE.len()).max_by_key(|at| score(*at)).map_or(b',', |at| CHOICE[at])
}

/// Rows of another width than most, from the first row of that width on: what stands above is title.
fn note_ragged(builder: &mut Builder, widths: &[usize]) {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for width in widths {
        *counts.entry(*width).or_default() += 1;
    }
    let Some(usual) = counts.into_iter().max_by_key(|(width, count)| (*count, *width)).map(|(width, _)| width) else {
        return;
    };
    let odd: Vec<(u32, usize)> = widths
        .iter()
        .zip(builder.rows())
        .skip_while(|(width, _)| **width != usual)
        .filter(|(width, _)| **width != usual)
        .map(|(width, row)| (row.line, *width))
        .collect();
    for (line, width) in odd {
        builder.notes.add(Note::new(NoteKind::RaggedRow, line, format!("{width} / {usual}")));
    }
}

/// Physical lines. The csv crate counts a record from the end of the one before, blank lines and `\r\n` included.
struct Lines<'a> {
    text: &'a [u8],
    seen: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), seen: 0, line: 1 }
    }

    /// Where the record that begins at or after `byte` really begins, and on which line.
    fn at(&mut self, byte: usize) -> (usize, u32) {
        let blank = self.text.iter().skip(byte).take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let start = byte.saturating_add(blank).min(self.text.len());
        let passed = self.text.get(self.seen..start).unwrap_or_default();
        let breaks = passed.split(|b| *b == b'\n').count() - 1;
        self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.seen = start;
        (start, self.line)
    }
}

/// Whether the last record stops inside quotation marks: everything behind an open one was taken for one cell.
fn ends_in_quotes(record: &str, separator: u8) -> bool {
    #[derive(PartialEq)]
    enum At {
        Start,
        Bare,
        Quoted,
        Closed,
    }
    let mut at = At::Start;
    for b in record.bytes() {
        at = match (at, b) {
            (At::Start | At::Closed, b'"') | (At::Quoted, 0..=b'!' | b'#'..) => At::Quoted,
            (At::Quoted, b'"') => At::Closed,
            (_, b'\n' | b'\r') => At::Start,
            (_, b) if b == separator => At::Start,
            _ => At::Bare,
        };
    }
    at == At::Quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_found() {
        let cases = [
            ("a,b,c\n1,2,3\n", b','),
            ("a;b;c\n1;2;3\n", b';'),
            ("a\tb\tc\n1\t2\t3\n", b'\t'),
            ("名称,タグ\nA,\"x;y;z\"\nB,x;y\n", b','),
            ("名称;住所\nA;1,2\nB;3,4\n", b';'),
            ("表題\n\na,b\n1,2\n", b','),
            ("ひとつ\nふたつ\n", b','),
            ("", b','),
        ];
        for (text, expected) in cases {
            assert_eq!(separator(text), expected, "{text}");
        }
    }

    #[test]
    fn open_quotes_are_seen() {
        for (record, open) in [
            ("1,\"a\nb\n", true),
            ("1,\"a\nb\"\n", false),
            ("1,\"a\"\"b\"", false),
            ("1,\"a\"\"b", true),
            ("1,5\" pipe", false),
            ("\"", true),
            ("", false),
        ] {
            assert_eq!(ends_in_quotes(record, b','), open, "{record}");
        }
    }
}
