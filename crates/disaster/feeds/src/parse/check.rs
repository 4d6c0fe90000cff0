//! `mamori feeds check <folder>`: reads every telegram of a folder and says which are not understood.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{inflate, limits, parse};
use crate::facts::{Facts, Telegram};

/// What came of a folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Read to facts, nothing left open.
    pub understood: usize,
    /// Kept and shown as received: a type outside our mission, an unknown type, or an unknown part.
    pub archived_only: usize,
    /// Not a telegram, or a broken one.
    pub refused: usize,
}

/// Reads all `.xml` and `.xml.gz` below `folder`, in order of name; one line for each that is not understood, then the sum.
pub fn check(folder: &Path, out: &mut impl Write) -> io::Result<Report> {
    let mut files = Vec::new();
    gather(folder, &mut files)?;
    files.sort();
    let mut report = Report::default();
    for file in &files {
        match outcome(file) {
            Outcome::Understood => report.understood += 1,
            Outcome::Archived(why) => {
                report.archived_only += 1;
                writeln!(out, "{}: not understood: {why}", file.display())?;
            }
            Outcome::Refused(why) => {
                report.refused += 1;
                writeln!(out, "{}: refused: {why}", file.display())?;
            }
        }
    }
    writeln!(
        out,
        "{} understood, {} archived only, {} refused",
        report.understood, report.archived_only, report.refused
    )?;
    Ok(report)
}

enum Outcome {
    Understood,
    Archived(String),
    Refused(String),
}

fn outcome(file: &Path) -> Outcome {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    let telegram = match read_limited(file) {
        Ok(bytes) => inflate::inflate(&bytes).and_then(|xml| parse(&xml, name.as_deref())),
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    match telegram {
        Err(refusal) => Outcome::Refused(refusal.to_string()),
        Ok(telegram) if !telegram.not_understood.is_empty() => Outcome::Archived(open_parts(&telegram)),
        Ok(telegram) if telegram.facts == Facts::Archived => Outcome::Archived(outside(&telegram)),
        Ok(_) => Outcome::Understood,
    }
}

/// The bytes of a file; one over the limit is enough to refuse it.
fn read_limited(file: &Path) -> io::Result<Vec<u8>> {
    use io::Read;
    let mut bytes = Vec::new();
    fs::File::open(file)?.take(limits::BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A type in our table that is none of our business.
fn outside(telegram: &Telegram) -> String {
    let title: String = telegram.title.chars().take(80).collect();
    format!("known type outside this program's mission: {} {title}", telegram.kind)
}

fn open_parts(telegram: &Telegram) -> String {
    let first = telegram.not_understood.iter().take(3).map(|note| format!("{} = {:?}", note.path, note.value));
    let mut text = first.collect::<Vec<_>>().join("; ");
    if telegram.not_understood.len() > 3 {
        text.push_str(" …");
    }
    if telegram.kind.is_empty() { text } else { format!("{} {text}", telegram.kind) }
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        let is_xml = Path::new(name.strip_suffix(".gz").unwrap_or(&name)).extension().is_some_and(|end| end == "xml");
        if kind.is_dir() {
            gather(&path, files)?;
        } else if !kind.is_symlink() && is_xml {
            files.push(path);
        }
    }
    Ok(())
}
