//! The front door: what is it, and who reads it.

mod archive;
mod budget;
mod crs;
mod csv;
mod dbf;
mod excel;
mod flatten;
mod geojson;
mod geometry;
mod json;
mod outline;
mod rings;
mod shapefile;
mod shp;
mod text;

use std::io::Read;

use budget::Budget;
use flate2::read::MultiGzDecoder;

use crate::{File, Limits, Measure, Reason, Refusal};

/// One file of several that belong together (同じ名前のファイルの一つ).
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Name with extension, `roads.dbf`.
    pub name: &'a str,
    /// What it holds.
    pub bytes: &'a [u8],
}

/// Reads a file. The content decides what it is, then the name; a `.gz` around it is unpacked.
pub fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<File, Refusal> {
    if bytes.len() > limits.file_bytes {
        return Err(Refusal::too_large(name, None, Measure::Bytes, limits.file_bytes));
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return read_plain(name, bytes, limits);
    }
    let inner = name.strip_suffix(".gz").unwrap_or(name);
    let unpacked = gunzip(bytes, limits).map_err(|reason| Refusal::new(name, reason))?;
    if unpacked.starts_with(&[0x1f, 0x8b]) {
        return Err(Refusal::new(name, Reason::UnknownFormat(Some("gzip in gzip"))));
    }
    read_plain(inner, &unpacked, limits)
}

/// Reads a shapefile that lies in a folder as several files with one name (.shp, .dbf, .prj, .cpg).
pub fn read_shapefile(name: &str, parts: &[Part<'_>], limits: &Limits) -> Result<File, Refusal> {
    if parts.iter().map(|part| part.bytes.len()).sum::<usize>() > limits.file_bytes {
        return Err(Refusal::too_large(name, None, Measure::Bytes, limits.file_bytes));
    }
    shapefile::read(name, parts, &mut Budget::new(name, limits))
}

/// Which files of a folder are read together: positions in `names`, a shapefile's parts in one group with the .shp
/// first; everything else alone. Names may have folders in them.
pub fn together(names: &[&str]) -> Vec<Vec<usize>> {
    let key = |name: &str| split_extension(name).0.to_lowercase();
    let shapes: Vec<String> = names.iter().filter(|name| extension(name) == "shp").map(|name| key(name)).collect();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        // roads.shp.xml is metadata of roads.shp.
        let stem = key(name.strip_suffix(".shp.xml").map_or(name, |_| name.trim_end_matches(".xml")));
        let beside = shapefile::is_part(name) || extension(name) == "xml";
        let group = beside.then(|| groups.iter().position(|group| key(names[group[0]]) == stem)).flatten();
        match group.filter(|_| shapes.contains(&stem)) {
            Some(group) => groups[group].push(at),
            None => groups.push(vec![at]),
        }
    }
    for group in &mut groups {
        group.sort_by_key(|at| (extension(names[*at]) != "shp", *at));
    }
    groups
}

/// What an unpacked file is, by its first bytes, then by its name.
fn read_plain(name: &str, bytes: &[u8], limits: &Limits) -> Result<File, Refusal> {
    let mut budget = Budget::new(name, limits);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::new(name, Reason::Empty));
    }
    if archive::is_zip(bytes) {
        return archive::read(name, bytes, &mut budget);
    }
    read_single(name, bytes, &mut budget)
}

/// A file that is no archive.
fn read_single(name: &str, bytes: &[u8], budget: &mut Budget<'_>) -> Result<File, Refusal> {
    let unknown = |what| Err(Refusal::new(name, Reason::UnknownFormat(what)));
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        let locked = memory_has(bytes, "EncryptedPackage");
        return if locked { Err(Refusal::new(name, Reason::Locked)) } else { unknown(Some("Excel 97 (.xls)")) };
    }
    if shapefile::is_part(name) || bytes.starts_with(&[0x00, 0x00, 0x27, 0x0a]) {
        return unknown(Some("part of a shapefile"));
    }
    if let Some((_, what)) = SIGNATURES.iter().find(|(start, _)| bytes.starts_with(start)) {
        return unknown(Some(what));
    }
    let text = text::decode(bytes).map_err(|reason| Refusal::new(name, reason))?;
    let start = text.text.trim_start_matches(crate::file::is_blank);
    match (extension(name).as_str(), start.chars().next()) {
        (_, None) => Err(Refusal::new(name, Reason::Empty)),
        ("yml" | "yaml", _) => unknown(Some("YAML")),
        (_, Some('<')) => unknown(Some(markup(start))),
        (extension, Some('{' | '[')) if json::is_json(start, extension) => json::read(name, text.text.as_ref(), budget),
        _ => csv::read(name, &text, budget),
    }
}

/// First bytes of what people upload by mistake.
const SIGNATURES: [(&[u8], &str); 8] = [
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "RAR"),
    (b"SQLite format 3", "SQLite"),
    (b"fgb", "FlatGeobuf"),
    (b"PMTiles", "PMTiles"),
];

fn markup(start: &str) -> &'static str {
    let head: String = start.chars().take(2_000).collect::<String>().to_ascii_lowercase();
    [("<html", "HTML"), ("<!doctype html", "HTML"), ("<kml", "KML"), ("<gml", "GML"), ("<gpx", "GPX")]
        .iter()
        .find(|(tag, _)| head.contains(tag))
        .map_or("XML", |(_, name)| name)
}

/// Whether the bytes hold the word in UTF-16, as directories of old Office files do.
fn memory_has(bytes: &[u8], word: &str) -> bool {
    let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(wide.len()).any(|window| window == wide)
}

fn gunzip(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Reason> {
    let mut unpacked = Vec::new();
    let most = limits.unpacked_of(bytes.len());
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut unpacked)
        .map_err(|error| Reason::Damaged(format!("gzip: {error}")))?;
    match unpacked.len() {
        len if len > limits.unpacked_bytes => {
            Err(Reason::TooLarge { what: Measure::UnpackedBytes, most: limits.unpacked_bytes })
        }
        len if len > most => Err(Reason::Bomb),
        _ => Ok(unpacked),
    }
}

/// The extension in lower case, without the dot.
fn extension(name: &str) -> String {
    split_extension(name).1.to_ascii_lowercase()
}

/// `dir/roads.shp` → `dir/roads`, `shp`.
fn split_extension(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !extension.contains(['/', '\\']) && !stem.is_empty() => (stem, extension),
        _ => (name, ""),
    }
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_shapefile_are_read_together() {
        let names =
            ["a/roads.dbf", "a/list.csv", "a/roads.shp", "a/roads.prj", "a/roads.shp.xml", "b/roads.dbf", "notes.xml"];
        assert_eq!(together(&names), [vec![2, 0, 3, 4], vec![1], vec![5], vec![6]]);
        assert_eq!(together(&["x.SHP", "X.dbf", "x.xml"]), [vec![0, 1, 2]]);
        assert!(together(&[]).is_empty());
    }
}
