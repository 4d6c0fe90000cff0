//! From bytes to drafts: what a file is a list of, whose it is, and what each of its rows says.

mod columns;
mod details;
mod gazetteer;
mod keys;
mod kinds;
mod row;
mod towns;
mod whose;
mod words;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::Text;
use sheets::{File, Limits, NoteKind, Reason, Refusal, Table, value};

use crate::model::{Chosen, Kind, Mapped, SourceRow, Town, Verdict};
use columns::Columns;
pub(crate) use columns::fields;
pub(crate) use gazetteer::Gazetteer;
pub(crate) use row::Draft;
use row::Frame;

/// Most rows of one list; a whole prefecture's hydrants are fewer.
pub(crate) const MOST_ROWS: usize = 50_000;
/// Most columns without a field that the report names.
const NAMED_COLUMNS: usize = 30;

/// A file that came in, with what came along with it (届いたファイル).
#[derive(Debug, Clone, Default)]
pub struct Incoming {
    /// File name, with the folders it lay in.
    pub name: String,
    pub bytes: Vec<u8>,
    /// What the publisher calls it.
    pub title: Option<String>,
    /// What the publisher calls its columns.
    pub names: BTreeMap<String, String>,
    /// Whose it is if nothing in the file says so.
    pub neighbours: Option<String>,
    pub licence: Option<String>,
    pub attribution: Option<String>,
    pub as_of: Option<NaiveDate>,
    pub chosen: Chosen,
}

/// What a file turned out to be (読み取り結果).
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) title: String,
    pub(crate) kind: Option<Kind>,
    pub(crate) municipality: Option<String>,
    pub(crate) as_of: Option<NaiveDate>,
    pub(crate) series: Option<String>,
    pub(crate) label: String,
    pub(crate) rows: u32,
    pub(crate) mapping: Vec<Mapped>,
    pub(crate) notes: Vec<Text>,
    pub(crate) content: Content,
}

/// What a file holds.
#[derive(Debug)]
pub(crate) enum Content {
    /// Places, as tables whose columns are known.
    Places(Vec<Sheet>),
    Towns(Vec<Town>, Vec<SourceRow>),
    /// The publisher says that there is nothing.
    NotPublished,
    /// Nothing that can be taken; the notes say why.
    Nothing,
}

/// One table of a file.
#[derive(Debug)]
pub(crate) struct Sheet {
    name: String,
    table: Table,
    columns: Columns,
    /// Another kind of list than the file's largest one.
    stray: bool,
}

/// The rows of a file, read (下書き).
#[derive(Debug, Default)]
pub(crate) struct Drafted {
    pub(crate) drafts: Vec<Draft>,
    pub(crate) refused: Vec<SourceRow>,
}

/// Finds out what a file is. A refusal is for files that cannot be read at all.
pub(crate) fn open(incoming: &Incoming) -> Result<Opened, Refusal> {
    match sheets::read(&incoming.name, &incoming.bytes, &Limits::default()) {
        Ok(file) => opened(incoming, &file),
        Err(Refusal { reason: Reason::NotPublished { message }, .. }) => Ok(not_published(incoming, &message)),
        Err(refusal) => Err(refusal),
    }
}

/// Reads the rows of an opened file.
pub(crate) fn drafts(opened: &Opened, gazetteer: &Gazetteer) -> Drafted {
    let (Content::Places(sheets), Some(kind), Some(municipality)) =
        (&opened.content, opened.kind, opened.municipality.as_deref())
    else {
        return Drafted::default();
    };
    let mut drafted = Drafted::default();
    for (index, sheet) in (0_u32..).zip(sheets) {
        let frame = Frame { columns: &sheet.columns, kind, label: &opened.label, municipality, gazetteer };
        let remarks = remarks(&sheet.table);
        for row in &sheet.table.rows {
            let read = if sheet.stray {
                Err(words::other_sheet(&sheet.name))
            } else {
                frame.read(row, remarks.get(&row.line).cloned())
            };
            match read {
                // Lines of later sheets are counted on from a million, so that each line is one line.
                Ok(draft) => drafted.drafts.push(Draft { line: draft.line + index * 1_000_000, ..draft }),
                Err(why) => drafted.refused.push(SourceRow {
                    line: row.line + index * 1_000_000,
                    verdict: Verdict::Quarantined,
                    key: None,
                    name: sheet.columns.text(row, "name"),
                    reason: Some(why),
                    cells: sheet.columns.cells(row),
                    proposal: None,
                }),
            }
        }
    }
    let (kept, refused) = keys::give(std::mem::take(&mut drafted.drafts));
    drafted.drafts = kept;
    drafted.refused.extend(refused.into_iter().map(|(draft, why)| SourceRow {
        line: draft.line,
        verdict: Verdict::Quarantined,
        key: Some(draft.place.key),
        name: Some(draft.place.name),
        reason: Some(why),
        cells: draft.cells,
        proposal: None,
    }));
    drafted.refused.sort_by_key(|row| row.line);
    drafted
}

fn opened(incoming: &Incoming, file: &File) -> Result<Opened, Refusal> {
    let chosen = &incoming.chosen;
    let mut found = blank(incoming);
    found.notes.extend(file.notes.iter().take(20).map(sheets::Note::text));
    if chosen.kind.is_none()
        && let Some(towns) = towns::read(file, &incoming.name, chosen.municipality.as_deref())
    {
        return Ok(opened_towns(found, towns));
    }
    let general: Vec<Sheet> = tables(incoming, file, None)?;
    let kind = chosen.kind.or_else(|| kind_of(incoming, &general));
    let guessed = kind.is_none();
    let kind = kind.or_else(|| general.iter().find_map(|sheet| kinds::by_likelihood(&sheet.columns)));
    let kind = kind.unwrap_or(Kind::Other);
    let mut sheets = tables(incoming, file, Some(kind))?;
    mark_strays(&mut sheets, kind, chosen.kind.is_some());
    describe(&mut found, incoming, &sheets);
    if guessed {
        found.notes.push(words::guessed_kind());
    }
    found.kind = Some(kind);
    found.series = found.municipality.as_deref().map(|of| series_name(incoming, of, kind, &found.label, &sheets));
    if let Some(why) = unfit(&sheets, found.rows) {
        found.notes.push(why);
        found.content = Content::Nothing;
    } else {
        found.content = Content::Places(sheets);
    }
    Ok(found)
}

/// Title, municipality, as-of date, mapping and notes.
fn describe(found: &mut Opened, incoming: &Incoming, sheets: &[Sheet]) {
    let pairs: Vec<(&Table, &Columns)> =
        sheets.iter().filter(|sheet| !sheet.stray).map(|sheet| (&sheet.table, &sheet.columns)).collect();
    let of_rows = whose::of_rows(&pairs);
    let mixed = of_rows.as_ref().is_some_and(|(_, mixed)| *mixed);
    found.municipality = incoming
        .chosen
        .municipality
        .clone()
        .or_else(|| of_rows.map(|(code, _)| code))
        .or_else(|| whose::of_name(&incoming.name))
        .or_else(|| whose::of_addresses(&pairs))
        .or_else(|| whose::of_locations(&pairs))
        .or_else(|| incoming.neighbours.clone());
    if mixed && incoming.chosen.municipality.is_none() {
        found.notes.push(words::mixed_municipalities());
    }
    if found.municipality.is_none() {
        found.notes.push(words::no_municipality());
    }
    let titles = || sheets.iter().flat_map(|sheet| &sheet.table.title).map(|remark| remark.text.as_str());
    if incoming.title.is_none()
        && let Some(title) = titles().find(|text| kinds::by_words([*text]).is_some())
    {
        title.clone_into(&mut found.title);
        found.label = label(title);
    }
    let headers = sheets.iter().flat_map(|sheet| &sheet.table.columns).map(|column| column.name.as_str());
    let said = titles().chain(headers).find_map(value::as_of).map(|said| said.date);
    found.as_of = incoming.as_of.or(said).or_else(|| date_in_name(&incoming.name));
    found.rows = sheets.iter().map(|sheet| u32::try_from(sheet.table.rows.len()).unwrap_or(u32::MAX)).sum();
    found.mapping = sheets.iter().flat_map(|sheet| sheet.columns.mapping().to_vec()).collect();
    let outside: (usize, usize) =
        sheets.iter().fold((0, 0), |sum, sheet| (sum.0 + sheet.table.title.len(), sum.1 + sheet.table.footer.len()));
    if outside != (0, 0) {
        found.notes.push(words::dropped_lines(outside.0, outside.1));
    }
    let unknown: Vec<String> = found
        .mapping
        .iter()
        .filter(|one| one.field.is_none())
        .take(NAMED_COLUMNS)
        .map(|one| one.column.clone())
        .collect();
    if !unknown.is_empty() {
        found.notes.push(words::unknown_columns(&unknown));
    }
    let notes = sheets.iter().flat_map(|sheet| &sheet.table.notes).filter(|note| note.line.is_none());
    found.notes.extend(notes.take(20).map(sheets::Note::text));
}

/// Why these tables are no list of places; `None` when they are.
fn unfit(sheets: &[Sheet], rows: u32) -> Option<Text> {
    let private = |sheet: &Sheet| {
        sheet
            .table
            .columns
            .iter()
            .any(|column| column.name.contains("マイナンバー") || column.name.contains("個人番号"))
    };
    if sheets.iter().any(private) {
        return Some(words::personal_number());
    }
    if rows as usize > MOST_ROWS {
        return Some(words::too_many(MOST_ROWS));
    }
    let fits = |sheet: &Sheet| {
        let has = |field: &str| sheet.columns.has(field);
        let shaped = sheet.table.rows.iter().any(|row| row.geometry.is_some() || row.repair.is_some());
        let somewhere = has("lat") || has("position") || has("address") || has("address_town") || shaped;
        somewhere && (has("name") || has("category") || has("lat") || shaped)
    };
    (!sheets.iter().any(|sheet| !sheet.stray && fits(sheet))).then(words::no_list)
}

fn tables(incoming: &Incoming, file: &File, kind: Option<Kind>) -> Result<Vec<Sheet>, Refusal> {
    let dictionary = columns::dictionary(kind);
    let mut sheets = Vec::with_capacity(file.grids.len());
    for grid in &file.grids {
        let table = match Table::of(grid, &dictionary) {
            Ok(table) => table,
            // An empty sheet beside a full one is nothing to refuse a workbook for.
            Err(_) if file.grids.len() > 1 => continue,
            Err(refusal) => return Err(refusal),
        };
        let columns = Columns::of(&table, &incoming.names, &incoming.chosen.mapping);
        sheets.push(Sheet { name: grid.name.clone(), table, columns, stray: false });
    }
    Ok(sheets)
}

fn kind_of(incoming: &Incoming, sheets: &[Sheet]) -> Option<Kind> {
    let largest = sheets.iter().max_by_key(|sheet| sheet.table.rows.len())?;
    kinds::by_columns(&largest.columns).or_else(|| {
        let titles = largest.table.title.iter().map(|remark| remark.text.as_str());
        let (folder, name) = incoming.name.rsplit_once(['/', '\\']).unwrap_or(("", &incoming.name));
        let folder = folder.rsplit(['/', '\\']).next().unwrap_or_default();
        let texts = incoming.title.as_deref().into_iter().chain(titles).chain([largest.name.as_str(), name, folder]);
        kinds::by_words(texts)
    })
}

/// A workbook may hold another list on another sheet.
fn mark_strays(sheets: &mut [Sheet], kind: Kind, chosen: bool) {
    if sheets.len() < 2 {
        return;
    }
    for sheet in sheets {
        let own = kinds::by_columns(&sheet.columns).or_else(|| kinds::by_words([sheet.name.as_str()]));
        let unfit = !(sheet.columns.has("name") || sheet.table.rows.iter().any(|row| row.geometry.is_some()));
        sheet.stray = unfit || (!chosen && own.is_some_and(|own| own != kind));
    }
}

fn opened_towns(mut found: Opened, read: Result<towns::Towns, Text>) -> Opened {
    match read {
        Ok(read) => {
            let mut codes: Vec<&str> = read.found.iter().map(|town| town.municipality.as_str()).collect();
            codes.sort_unstable();
            codes.dedup();
            found.municipality = match codes.as_slice() {
                [one] => Some((*one).to_owned()),
                _ => None,
            };
            found.rows = read.rows;
            found.mapping = read.columns.mapping().to_vec();
            if read.found.iter().all(|town| town.point.is_none()) {
                found.notes.push(words::names_only());
            }
            found.content = Content::Towns(read.found, read.refused);
        }
        Err(why) => found.notes.push(why),
    }
    found
}

/// 藤崎町: a notice in place of a list.
fn not_published(incoming: &Incoming, message: &str) -> Opened {
    let mut found = blank(incoming);
    found.kind = incoming.chosen.kind.or_else(|| kinds::by_words([message, incoming.name.as_str()]));
    let chosen = incoming.chosen.municipality.clone();
    found.municipality = chosen.or_else(|| whose::of_name(&incoming.name)).or_else(|| incoming.neighbours.clone());
    found.series =
        found.municipality.as_deref().zip(found.kind).map(|(of, kind)| format!("gsi/{}/{of}", kind.as_str()));
    found.notes.push(Text::same(message));
    found.content = Content::NotPublished;
    found
}

fn blank(incoming: &Incoming) -> Opened {
    let file = incoming.name.rsplit(['/', '\\']).next().unwrap_or(&incoming.name);
    let title = incoming.title.clone().unwrap_or_else(|| file.to_owned());
    Opened {
        label: label(&title),
        title,
        kind: None,
        municipality: incoming.chosen.municipality.clone(),
        as_of: incoming.as_of,
        series: None,
        rows: 0,
        mapping: Vec::new(),
        notes: Vec::new(),
        content: Content::Nothing,
    }
}

/// `gsi/emergency_site/02203`, `02203/aed`, `22212/other/公園`.
fn series_name(incoming: &Incoming, municipality: &str, kind: Kind, label: &str, sheets: &[Sheet]) -> String {
    let kind_name = kind.as_str();
    if let Some(name) = incoming.chosen.series.as_deref().filter(|name| !name.trim().is_empty()) {
        return format!("{municipality}/{kind_name}/{}", kernel::fold::fold(name));
    }
    if sheets.iter().any(|sheet| sheet.columns.has("gsi_id")) {
        return format!("gsi/{kind_name}/{municipality}");
    }
    if kinds::is_labelled(kind) {
        return format!("{municipality}/{kind_name}/{}", kernel::fold::fold(label));
    }
    format!("{municipality}/{kind_name}")
}

/// A title without what changes from one issue of a list to the next: 公園一覧 is 公園, `222127_park_info.csv` is park_info.
fn label(title: &str) -> String {
    let stem = match title.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 7 && extension.is_ascii() => stem,
        _ => title,
    };
    let stem = stem.trim_end_matches(".geojson");
    let stem = stem.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_').trim();
    let stem = stem.strip_suffix("一覧").unwrap_or(stem).trim();
    if stem.is_empty() { title.to_owned() } else { stem.to_owned() }
}

/// `20250527_siteihinanjo.xlsx` is of 2025-05-27.
fn date_in_name(name: &str) -> Option<NaiveDate> {
    let file = name.rsplit(['/', '\\']).next()?;
    let digits: Vec<&str> = file.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 8).collect();
    digits.into_iter().find_map(|digits| NaiveDate::parse_from_str(digits, "%Y%m%d").ok())
}

/// What the reader remarked about single rows.
fn remarks(table: &Table) -> BTreeMap<u32, Text> {
    let mut by_line: BTreeMap<u32, Text> = BTreeMap::new();
    for note in &table.notes {
        if let Some(line) = note.line
            && matches!(
                note.kind,
                NoteKind::BadGeometry | NoteKind::MixedGeometry | NoteKind::SelfIntersection | NoteKind::ErrorValue
            )
        {
            by_line.entry(line).and_modify(|all| *all = row::joined(all, &note.text())).or_insert_with(|| note.text());
        }
    }
    by_line
}

/// The municipality a file is named after.
pub(crate) fn municipality_of_name(name: &str) -> Option<String> {
    whose::of_name(name)
}
