//! Files and folders from the disk: what belongs together is read together, one bad file never stops the rest.

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use futures_util::{StreamExt as _, stream};
use http::{Actor, App};
use sheets::{Cell, Dictionary, Limits, Table, together};

use super::report::{FileReport, Report};
use super::{Incoming, Reach, take};
use crate::model::Chosen;
use crate::read::municipality_of_name;

/// Folders in each other, and files in all, that are looked at.
const DEEPEST: usize = 8;
const MOST_FILES: usize = 10_000;
/// Files at work at the same time: while one waits for the disk another is read.
const AT_ONCE: usize = 4;
/// Beside a list: what the publisher calls it and its columns.
const TITLE_FILE: &str = "config.yml";
const NAMES_FILE: &str = "attributes.csv";
/// Parts and companions that are no lists.
const NOT_LISTS: [&str; 7] = ["md", "txt", "pdf", "html", "qpj", "sbn", "sbx"];

/// What to import (取込の指示).
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// A file, or a folder with everything below it.
    pub path: PathBuf,
    /// What the caller knows better than the files.
    pub chosen: Chosen,
    pub licence: Option<String>,
    pub attribution: Option<String>,
}

/// Files that are one source.
#[derive(Debug, Clone)]
struct Group {
    files: Vec<PathBuf>,
}

/// Imports a file or a folder.
pub async fn import(app: &App, actor: &Actor, order: &Order, reach: Reach) -> anyhow::Result<Report> {
    let dry_run = reach == Reach::DryRun;
    let mut report = Report { dry_run, ..Report::default() };
    let root = order.path.clone();
    let found =
        tokio::task::spawn_blocking(move || groups(&root)).await.context("looking at the folder broke off")??;
    let (lists, rest) = found;
    // Tables of towns first: what follows may be placed by them.
    let (mut towns, mut lists): (Vec<Group>, Vec<Group>) = (Vec::new(), lists);
    lists.retain(|group| {
        let is_town = group.files.iter().any(|file| file.to_string_lossy().contains("address"));
        if is_town {
            towns.push(group.clone());
        }
        !is_town
    });
    let majority = neighbours(&lists);
    for part in [towns, lists] {
        let work = part.into_iter().map(|group| one(app, actor, order, reach, group, majority.as_deref()));
        let mut done = stream::iter(work).buffered(AT_ONCE);
        while let Some(file) = done.next().await {
            report.add(file);
        }
    }
    for file in rest {
        report.add(file);
    }
    report.files.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(report)
}

/// One source; whatever goes wrong with it is its own report.
async fn one(
    app: &App,
    actor: &Actor,
    order: &Order,
    reach: Reach,
    group: Group,
    majority: Option<&str>,
) -> FileReport {
    let name = shown(&order.path, &group.files[0]);
    let read = {
        let (group, root) = (group.clone(), order.path.clone());
        tokio::task::spawn_blocking(move || incoming(&root, &group)).await
    };
    let incoming = match read.map_err(anyhow::Error::from).and_then(|read| read) {
        Ok(incoming) => incoming,
        Err(error) => return FileReport::passed_over(&name, format!("読み込めません: {error:#}")),
    };
    let incoming = Incoming {
        neighbours: majority.map(str::to_owned),
        licence: order.licence.clone(),
        attribution: order.attribution.clone(),
        chosen: order.chosen.clone(),
        ..incoming
    };
    match take(app, actor, incoming, reach).await {
        Ok(taken) => FileReport::of(&name, &taken, reach == Reach::DryRun),
        Err(error) => FileReport::passed_over(&name, format!("取り込めませんでした: {error:#}")),
    }
}

/// The lists below a folder, and what was passed over.
fn groups(root: &Path) -> anyhow::Result<(Vec<Group>, Vec<FileReport>)> {
    let mut files = Vec::new();
    if root.is_dir() {
        walk(root, 0, &mut files)?;
    } else {
        anyhow::ensure!(root.exists(), "there is no file or folder {}", root.display());
        files.push(root.to_owned());
    }
    files.sort();
    let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for file in files {
        folders.entry(file.parent().unwrap_or(Path::new("")).to_owned()).or_default().push(file);
    }
    let (mut lists, mut rest) = (Vec::new(), Vec::new());
    for files in folders.into_values() {
        let (own, others): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(|file| is_list(file));
        for file in others {
            let why = match name_of(&file).as_str() {
                TITLE_FILE => "隣の一覧の題名として使いました。",
                NAMES_FILE => "隣の一覧の列の名前として使いました。",
                _ => "一覧ではないので取り込みません。",
            };
            rest.push(FileReport::passed_over(&shown(root, &file), why));
        }
        let names: Vec<String> = own.iter().map(|file| name_of(file)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for group in together(&names) {
            lists.push(Group { files: group.into_iter().map(|at| own[at].clone()).collect() });
        }
    }
    Ok((lists, rest))
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < DEEPEST {
            walk(&entry.path(), depth + 1, files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
        anyhow::ensure!(files.len() <= MOST_FILES, "more than {MOST_FILES} files; import the folders one by one");
    }
    Ok(())
}

fn is_list(file: &Path) -> bool {
    let name = name_of(file);
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default();
    name != TITLE_FILE && name != NAMES_FILE && !NOT_LISTS.contains(&extension.as_str())
}

/// The bytes of a group, with what lies beside it. Several parts become one zip, always the same for the same parts.
fn incoming(root: &Path, group: &Group) -> anyhow::Result<Incoming> {
    let first = &group.files[0];
    let folder = first.parent().unwrap_or(Path::new(""));
    let mut incoming = Incoming { name: shown(root, first), ..Incoming::default() };
    if group.files.len() == 1 {
        incoming.bytes = read_limited(first)?;
    } else {
        let parts = group.files.iter().map(|file| Ok((name_of(file), read_limited(file)?)));
        incoming.bytes = zipped(parts.collect::<anyhow::Result<_>>()?)?;
        incoming.name = format!("{}.zip", incoming.name.trim_end_matches(".shp"));
    }
    // A folder of many lists has no title of its own.
    if let Ok(text) = std::fs::read_to_string(folder.join(TITLE_FILE)) {
        incoming.title = title_in(&text);
    }
    if let Ok(bytes) = std::fs::read(folder.join(NAMES_FILE)) {
        incoming.names = names_in(&bytes);
    }
    Ok(incoming)
}

fn read_limited(file: &Path) -> anyhow::Result<Vec<u8>> {
    let most = Limits::default().file_bytes as u64;
    let size = std::fs::metadata(file).with_context(|| file.display().to_string())?.len();
    anyhow::ensure!(
        size <= most,
        "{}MBを超えるファイルです（{}MB）。分けて取り込んでください。",
        most >> 20,
        size >> 20
    );
    std::fs::read(file).with_context(|| file.display().to_string())
}

/// Several parts as one zip, always the same for the same parts.
pub(crate) fn zipped(mut parts: Vec<(String, Vec<u8>)>) -> anyhow::Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    parts.sort();
    for (name, bytes) in &parts {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// `name:` of a config.yml, else `category:`.
fn title_in(yaml: &str) -> Option<String> {
    let value = |key: &str| {
        let line = yaml.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        let text = line.trim().trim_matches(['"', '\'']).trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    value("name").or_else(|| value("category"))
}

/// original_name → display_name of an attributes.csv.
fn names_in(bytes: &[u8]) -> BTreeMap<String, String> {
    let Ok(file) = sheets::read(NAMES_FILE, bytes, &Limits::default()) else { return BTreeMap::new() };
    let Some(table) = file.grids.first().and_then(|grid| Table::of(grid, &Dictionary::default()).ok()) else {
        return BTreeMap::new();
    };
    let at = |name: &str| table.columns.iter().position(|column| column.name == name);
    let (Some(original), Some(shown)) = (at("original_name"), at("display_name")) else { return BTreeMap::new() };
    let text = |row: &sheets::TableRow, at: usize| row.cells.get(at).unwrap_or(Cell::EMPTY).text().into_owned();
    let pairs = table.rows.iter().map(|row| (text(row, original), text(row, shown)));
    pairs.filter(|(original, shown)| !original.is_empty() && !shown.is_empty()).collect()
}

/// The municipality that the names of most files agree on, for those that do not say.
fn neighbours(lists: &[Group]) -> Option<String> {
    let mut votes: HashMap<String, usize> = HashMap::new();
    for code in lists.iter().filter_map(|group| municipality_of_name(&name_of(&group.files[0]))) {
        *votes.entry(code).or_default() += 1;
    }
    let told: usize = votes.values().sum();
    let most = votes.into_iter().max_by_key(|(_, votes)| *votes)?;
    (most.1 * 10 >= told * 9).then_some(most.0)
}

fn name_of(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The name as the ledger shows it: with the folders below the one that was named, and that one.
fn shown(root: &Path, file: &Path) -> String {
    let base = if root.is_dir() { root.parent().unwrap_or(Path::new("")) } else { file.parent().unwrap_or(root) };
    file.strip_prefix(base).unwrap_or(file).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_of_a_folder_is_read() {
        assert_eq!(title_in("category: 避難所\nname: 避難所一覧 \ndataType: location").as_deref(), Some("避難所一覧"));
        assert_eq!(title_in("category: \"公園\"\nname:").as_deref(), Some("公園"));
        assert_eq!(title_in("dataType: x"), None);
    }

    #[test]
    fn the_same_parts_give_the_same_zip() {
        let parts = vec![("道.shp".to_owned(), b"shape".to_vec()), ("道.dbf".to_owned(), b"table".to_vec())];
        let mut other = parts.clone();
        other.reverse();
        assert_eq!(zipped(parts).unwrap(), zipped(other).unwrap());
    }
}
