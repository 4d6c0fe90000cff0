//! Importing the history of a past disaster: a folder of snapshots, one file each, as municipalities publish them.
//!
//! Time stands in a column (時点), in the name of a column (人数_令和6年1月9日午後6時時点) or, failing both, in the file's name.
//! A file whose rows have neither time nor headcount is the official list.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use http::{Actor, App};
use kernel::{Id, Mode, Point, Text, Timestamp};
use serde_json::json;
use sheets::{Cell, Dictionary, Limits, Table, TableRow, value};

use crate::act::{self, About, Deed, LOCK};
use crate::model::history::{CurvePoint, History, Reading, assemble};
use crate::model::steps::check_words;
use crate::model::{Disaster, MAX_NAME, State};
use crate::{db, publish};

/// Most files of one folder.
const MAX_FILES: usize = 2_000;
/// Most bytes of one file.
const MAX_BYTES: u64 = 16 << 20;

/// The names that columns have in such files.
const DICTIONARY: &str = r#"
[fields]
id = ["ID", "避難所ID", "施設ID", "管理番号"]
name = ["名称", "避難所名", "施設名", "施設・場所名"]
persons = ["人数", "人数_*", "避難人数", "避難者数", "避難者数_*"]
households = ["避難世帯数", "世帯数", "世帯数_*"]
at = ["時点", "日付", "日時", "確認日時"]
state = ["開設状況", "状況", "状態"]
address = ["所在地_連結表記", "所在地", "住所"]
lat = ["緯度"]
lon = ["経度"]
capacity = ["想定収容人数", "収容人数", "収容可能人数"]
"#;

/// What came of an import (取込の結果).
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    pub disaster: Id<Disaster>,
    /// False when the same rows had been imported before: nothing changed.
    pub new: bool,
    pub files: usize,
    pub shelters: usize,
    /// Of them on no official list.
    pub adhoc: usize,
    pub points: Vec<CurvePoint>,
    pub peak: Option<CurvePoint>,
    pub notes: Vec<Text>,
}

/// Reads a folder and keeps it as a past disaster, always a drill. The same rows again change nothing.
pub async fn import(
    app: &App,
    folder: &Path,
    name: &str,
    municipality: &str,
    actor: &Actor,
) -> anyhow::Result<Imported> {
    ensure!(check_words(name, MAX_NAME).is_some(), "the name (--name) has 1 to {MAX_NAME} characters");
    let five = municipality.len() == 5 && municipality.bytes().all(|b| b.is_ascii_digit());
    ensure!(five, "--municipality takes the five digits of a municipality, for example 17202, not {municipality:?}");
    let folder = folder.to_owned();
    let (rows, official, files) = tokio::task::spawn_blocking(move || read_folder(&folder)).await??;
    ensure!(!rows.is_empty(), "no file has rows with a time and a headcount");
    let history = assemble(rows, &official, || app.ids.next());
    let Some((since, until)) = history.span() else { bail!("no row has a readable time") };
    let disaster = Disaster {
        id: app.ids.next(),
        name: Text::same(name).marked(Mode::Drill),
        mode: Mode::Drill,
        since,
        until: Some(until),
        municipalities: vec![municipality.to_owned()],
        past: true,
        replay_of: None,
    };
    let (id, new) = app.store.retry(async || keep(app, &disaster, &history, actor).await).await?;
    Ok(Imported {
        disaster: id,
        new,
        files,
        shelters: history.tracks.len(),
        adhoc: history.tracks.iter().filter(|track| track.adhoc).count(),
        peak: history.peak(),
        points: history.points,
        notes: history.notes,
    })
}

async fn keep(
    app: &App,
    disaster: &Disaster,
    history: &History,
    actor: &Actor,
) -> anyhow::Result<(Id<Disaster>, bool)> {
    let now = app.clock.now();
    let fingerprint = fingerprint(disaster, history);
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    if let Some(known) = db::find_history(&mut tx, &fingerprint).await? {
        return Ok((known, false));
    }
    let by = actor.label();
    db::put_disaster(&mut tx, disaster).await?;
    db::insert_history(&mut tx, disaster.id, &fingerprint, history, &by, now).await?;
    for track in &history.tracks {
        db::put_track(&mut tx, disaster.id, track).await?;
    }
    let deed = Deed { command: app.ids.uuid(), by: &by, digest: &fingerprint, at: now, now };
    let kind = "shelters.history_imported";
    let area = disaster.areas().into_iter().next();
    let about = About { kind, disaster: disaster.id, facility: None, area, mode: Mode::Drill };
    let body = json!({
        "name": disaster.name, "since": disaster.since, "until": disaster.until, "snapshots": history.points.len(),
        "shelters": history.tracks.len(), "notes": history.notes.len(),
    });
    act::record(&mut tx, deed, about, body).await?;
    publish::publish_history(&mut tx, disaster, history, now).await?;
    tx.commit().await?;
    Ok((disaster.id, true))
}

/// Of the rows, not of the ids given to them or of the name.
fn fingerprint(disaster: &Disaster, history: &History) -> String {
    let tracks: Vec<_> = history.tracks.iter().map(|track| (&track.key, &track.name, &track.series)).collect();
    act::digest(&(&disaster.municipalities, tracks))
}

type Rows = (Vec<Reading>, Vec<Reading>, usize);

/// Rows of the snapshots, rows of the official list, number of files.
fn read_folder(folder: &Path) -> anyhow::Result<Rows> {
    let dictionary = Dictionary::parse(DICTIONARY)?;
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read the folder {}", folder.display()))? {
        let path = entry?.path();
        if path.is_file() && is_sheet(&path) {
            ensure!(names.len() < MAX_FILES, "{} holds more than {MAX_FILES} files", folder.display());
            names.insert(path);
        }
    }
    ensure!(!names.is_empty(), "{} holds no CSV or Excel file", folder.display());
    let (mut rows, mut official) = (Vec::new(), Vec::new());
    for path in &names {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        ensure!(path.metadata()?.len() <= MAX_BYTES, "{file} is larger than {MAX_BYTES} bytes");
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let read = sheets::read(&file, &bytes, &Limits::default())?;
        for grid in &read.grids {
            let table = Table::of(grid, &dictionary)?;
            let (snapshot, list) =
                if table.column("persons").is_some() { (&mut rows, None) } else { (&mut official, Some(())) };
            read_table(&file, &table, list.is_none(), snapshot);
        }
    }
    Ok((rows, official, names.len()))
}

fn is_sheet(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| matches!(extension.as_str(), "csv" | "xlsx" | "xlsm" | "txt" | "tsv"))
}

fn read_table(file: &str, table: &Table, snapshot: bool, rows: &mut Vec<Reading>) {
    let of_column = table.column("persons").and_then(|column| moment(&column.name));
    let of_file = time_in_name(file);
    for row in &table.rows {
        let get = |field| table.get(row, field);
        let name = get("name").text().into_owned();
        if name.is_empty() && get("id").is_empty() {
            continue;
        }
        let at = snapshot.then(|| cell_moment(get("at")).or(of_column).or(of_file)).flatten();
        let capacity = value::capacity(get("capacity"));
        rows.push(Reading {
            place: format!("{file}:{}", row.line),
            at,
            id: text(get("id")),
            name,
            address: text(get("address")),
            point: point(table, row),
            listed: capacity.as_ref().and_then(|capacity| capacity.indoor.or(capacity.total)),
            capacity_text: capacity.map(|capacity| capacity.text),
            state: state(&get("state").text()),
            persons: whole(get("persons")),
            households: whole(get("households")),
        });
    }
}

fn text(cell: &Cell) -> Option<String> {
    (!cell.is_empty()).then(|| cell.text().into_owned())
}

fn whole(cell: &Cell) -> Option<u32> {
    value::integer(cell).and_then(|n| u32::try_from(n).ok())
}

fn point(table: &Table, row: &TableRow) -> Option<Point> {
    Point::new(value::number(table.get(row, "lat"))?, value::number(table.get(row, "lon"))?)
}

fn state(words: &str) -> Option<State> {
    // 閉鎖準備 before 閉鎖, 開設準備 before 開設.
    let known = [
        ("閉鎖準備", State::Closing),
        ("閉鎖", State::Closed),
        ("未開設", State::Closed),
        ("準備", State::Preparing),
        ("満", State::Full),
        ("開設", State::Open),
    ];
    known.iter().find(|(word, _)| words.contains(word)).map(|(_, state)| *state)
}

fn cell_moment(cell: &Cell) -> Option<Timestamp> {
    let read = value::date_time(cell).map(|at| Timestamp::from(at.and_utc()).minus(JST));
    read.or_else(|| moment(&cell.text()))
}

/// The day and time said anywhere in a text; a day alone is none, for a curve has several points a day.
fn moment(text: &str) -> Option<Timestamp> {
    let said = value::as_of(text)?;
    Some(Timestamp::from(said.date.and_time(said.time?).and_utc()).minus(JST))
}

const JST: std::time::Duration = std::time::Duration::from_hours(9);

/// `open_shelter_2024-01-09-1800.csv`
fn time_in_name(file: &str) -> Option<Timestamp> {
    let digits: String = file.chars().filter(char::is_ascii_digit).collect();
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
    if digits.len() != 12 {
        return None;
    }
    let year = i32::try_from(number(0, 4)?).ok()?;
    Timestamp::from_jst(year, number(4, 6)?, number(6, 8)?, number(8, 10)?, number(10, 12)?, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_found_wherever_it_is_written() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let cases = [
            ("令和6年1月11日午後6時", "2024-01-11T18:00:00+09:00"),
            ("令和6年8月31日午後1時30分", "2024-08-31T13:30:00+09:00"),
            ("令和6年5月29日正午", "2024-05-29T12:00:00+09:00"),
            ("令和6年1月13日午前6時", "2024-01-13T06:00:00+09:00"),
            ("2024-01-09 18:00", "2024-01-09T18:00:00+09:00"),
        ];
        for (text, time) in cases {
            assert_eq!(cell_moment(&Cell::from(text)), Some(at(time)), "{text}");
        }
        assert_eq!(moment("人数_令和6年1月9日午後6時時点"), Some(at("2024-01-09T18:00:00+09:00")));
        assert_eq!(time_in_name("open_shelter_2024-01-09-1800.csv"), Some(at("2024-01-09T18:00:00+09:00")));
        assert_eq!(time_in_name("reference_data.csv"), None);
        assert_eq!(time_in_name("a_2024-13-09-1800.csv"), None);
    }

    #[test]
    fn states_are_read_from_their_words() {
        let words = ["開設", "閉鎖", "閉鎖準備中", "満員", "開設準備中", "未開設", ""];
        let states: Vec<_> = words.iter().map(|word| state(word).map(State::as_str)).collect();
        assert_eq!(
            states,
            [Some("open"), Some("closed"), Some("closing"), Some("full"), Some("preparing"), Some("closed"), None]
        );
    }
}
