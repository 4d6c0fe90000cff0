//! What became of the files of an import, for people and for programs.

use std::fmt;

use serde::Serialize;

use super::Taken;
use crate::model::{Counts, Kind, SourceRow, Status, Verdict};

/// Rows listed for each file.
const LISTED: usize = 200;

/// What became of all files (取込の報告).
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub files: Vec<FileReport>,
    pub totals: Totals,
    /// Nothing was written.
    pub dry_run: bool,
}

/// Sums over all files.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Totals {
    pub files: usize,
    pub applied: usize,
    pub repeats: usize,
    pub refused: usize,
    pub waiting: usize,
    pub not_published: usize,
    pub skipped: usize,
    pub counts: Counts,
}

/// What became of one file (ファイルの結果).
#[derive(Debug, Clone, Serialize)]
pub struct FileReport {
    pub file: String,
    /// Id of the ledger line; null when none was written.
    pub source: Option<String>,
    /// Null for files that were passed over.
    pub status: Option<Status>,
    /// The same bytes were imported before; nothing changed.
    pub repeat: bool,
    pub title: String,
    pub kind: Option<Kind>,
    pub municipality: Option<String>,
    pub counts: Counts,
    /// What to know, Japanese.
    pub notes: Vec<String>,
    /// Columns kept as they are, because no field means them.
    pub unmapped: Vec<String>,
    /// Rows corrected or quarantined, with the reason; at most 200.
    pub rows: Vec<RowReport>,
}

/// A row that needs words (行の結果).
#[derive(Debug, Clone, Serialize)]
pub struct RowReport {
    pub line: u32,
    pub verdict: Verdict,
    pub name: Option<String>,
    pub reason: Option<String>,
}

impl Report {
    pub(super) fn add(&mut self, file: FileReport) {
        let totals = &mut self.totals;
        totals.files += 1;
        match (file.status, file.repeat) {
            (None, _) => totals.skipped += 1,
            (Some(_), true) => totals.repeats += 1,
            (Some(Status::Applied), _) => totals.applied += 1,
            (Some(Status::Refused), _) => totals.refused += 1,
            (Some(Status::NotPublished), _) => totals.not_published += 1,
            (Some(_), _) => totals.waiting += 1,
        }
        if !file.repeat {
            totals.counts.add(file.counts);
        }
        self.files.push(file);
    }

    /// How many places were added, changed or gone.
    pub fn changes(&self) -> u32 {
        let counts = self.totals.counts;
        counts.added + counts.changed + counts.gone
    }
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.taken += other.taken;
        self.corrected += other.corrected;
        self.quarantined += other.quarantined;
        self.added += other.added;
        self.changed += other.changed;
        self.gone += other.gone;
        self.unchanged += other.unchanged;
    }
}

impl FileReport {
    pub(super) fn of(file: &str, taken: &Taken, dry_run: bool) -> Self {
        let source = &taken.source;
        let row = |row: &SourceRow| RowReport {
            line: row.line,
            verdict: row.verdict,
            name: row.name.clone(),
            reason: row.reason.as_ref().map(|reason| reason.ja.clone()),
        };
        Self {
            file: file.to_owned(),
            source: (!dry_run || taken.repeat).then(|| source.id.to_string()),
            status: Some(source.status),
            repeat: taken.repeat,
            title: source.title.clone(),
            kind: source.kind,
            municipality: source.municipality.clone(),
            counts: source.counts,
            notes: source.notes.iter().map(|note| note.ja.clone()).collect(),
            unmapped: source.mapping.iter().filter(|one| one.field.is_none()).map(|one| one.column.clone()).collect(),
            rows: taken.notable.iter().take(LISTED).map(row).collect(),
        }
    }

    /// A file nobody tried to read, or that could not be read from the disk.
    pub(super) fn passed_over(file: &str, why: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            source: None,
            status: None,
            repeat: false,
            title: String::new(),
            kind: None,
            municipality: None,
            counts: Counts::default(),
            notes: vec![why.into()],
            unmapped: Vec::new(),
            rows: Vec::new(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            writeln!(f, "{file}")?;
        }
        let Totals { files, applied, repeats, refused, waiting, not_published, skipped, counts } = self.totals;
        writeln!(
            f,
            "{files} files: {applied} applied, {repeats} known already, {waiting} waiting, {not_published} not published, \
             {refused} refused, {skipped} passed over"
        )?;
        write!(
            f,
            "{} rows: {} taken, {} corrected, {} quarantined; {} added, {} changed, {} gone, {} unchanged",
            counts.rows,
            counts.taken,
            counts.corrected,
            counts.quarantined,
            counts.added,
            counts.changed,
            counts.gone,
            counts.unchanged
        )
    }
}

impl fmt::Display for FileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, counts, .. } = self;
        let what = match (self.status, self.repeat) {
            (None, _) => "passed over",
            (Some(_), true) => "known already, nothing changes",
            (Some(Status::Previewed), _) => "planned",
            (Some(status), _) => status.as_str(),
        };
        let kind = self.kind.map_or("?", Kind::as_str);
        let of = self.municipality.as_deref().unwrap_or("?");
        write!(f, "{file}: {what}")?;
        if self.status.is_some() {
            write!(
                f,
                " ({kind}, {of}; {} rows: +{} ~{} -{} ={}, {} corrected, {} quarantined)",
                counts.rows,
                counts.added,
                counts.changed,
                counts.gone,
                counts.unchanged,
                counts.corrected,
                counts.quarantined
            )?;
        }
        if !self.repeat {
            for note in &self.notes {
                write!(f, "\n    {note}")?;
            }
            for row in self.rows.iter().filter(|row| row.verdict == Verdict::Quarantined).take(20) {
                write!(f, "\n    {}行目: {}", row.line, row.reason.as_deref().unwrap_or_default())?;
            }
        }
        Ok(())
    }
}
