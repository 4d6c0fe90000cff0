//! What is replayed: telegrams with the time that passes before each.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use kernel::Timestamp;

use crate::parse;
use crate::sources::watch::{is_telegram_name, read};

/// A series of telegrams to replay (訓練シナリオ).
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The name by which it is chosen.
    pub name: String,
    /// In the order in which they are sent.
    pub telegrams: Arc<[Timed]>,
}

/// One telegram of a series.
#[derive(Debug, Clone)]
pub struct Timed {
    /// Time since the start of the series at pace 1.
    pub at: Duration,
    /// File name, from which the type is read where the title leaves it open.
    pub name: String,
    content: Content,
}

/// Where the bytes are: a folder's stay on the disk until their turn.
#[derive(Debug, Clone)]
enum Content {
    Held(Arc<[u8]>),
    File(PathBuf),
}

/// Most telegrams in one series.
const MAX_TELEGRAMS: usize = 20_000;
/// Longest silence between two telegrams of a folder: samples of different years still follow each other.
const LONGEST_GAP: Duration = Duration::from_mins(10);

impl Scenario {
    /// A series held in memory: (time since the start, file name, bytes).
    pub fn held(name: impl Into<String>, telegrams: impl IntoIterator<Item = (Duration, String, Vec<u8>)>) -> Self {
        let mut telegrams: Vec<Timed> = telegrams
            .into_iter()
            .take(MAX_TELEGRAMS)
            .map(|(at, name, bytes)| Timed { at, name, content: Content::Held(bytes.into()) })
            .collect();
        telegrams.sort_by_key(|timed| timed.at);
        Self { name: name.into(), telegrams: telegrams.into() }
    }

    /// The telegrams of a folder, in the order of ReportDateTime and then Control/DateTime. Files that cannot be read as
    /// telegrams come last: they are part of the drill too. Waits for the disk.
    pub fn folder(name: impl Into<String>, folder: &Path) -> anyhow::Result<Self> {
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(folder).with_context(|| format!("reading the replay folder {}", folder.display()))? {
            let path = entry?.path();
            if is_telegram_name(&path) && path.is_file() {
                ensure!(files.len() < MAX_TELEGRAMS, "a replay folder holds at most {MAX_TELEGRAMS} telegrams");
                files.push(path);
            }
        }
        let mut order: Vec<(When, String, PathBuf)> = files.into_iter().map(describe).collect();
        order.sort();
        let offsets = offsets(order.iter().map(|(when, _, _)| when.sent()));
        let telegrams = order
            .into_iter()
            .zip(offsets)
            .map(|((_, name, path), at)| Timed { at, name, content: Content::File(path) })
            .collect();
        Ok(Self { name: name.into(), telegrams })
    }
}

impl Timed {
    /// The bytes; waits for the disk where they are a file.
    pub(super) fn bytes(&self) -> std::io::Result<Arc<[u8]>> {
        match &self.content {
            Content::Held(bytes) => Ok(Arc::clone(bytes)),
            Content::File(path) => read(path).map(Into::into),
        }
    }
}

/// When a telegram was reported and sent; unreadable ones sort behind all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    Known(Timestamp, Timestamp),
    Unknown,
}

impl When {
    fn sent(self) -> Option<Timestamp> {
        match self {
            Self::Known(_, sent) => Some(sent),
            Self::Unknown => None,
        }
    }
}

fn describe(path: PathBuf) -> (When, String, PathBuf) {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let telegram = read(&path).ok().and_then(|bytes| parse::parse(&bytes, Some(&name)).ok());
    let when = telegram.map_or(When::Unknown, |telegram| When::Known(telegram.head.reported_at, telegram.sent_at));
    (when, name, path)
}

/// Time since the start for each; a step back counts as no time, and no gap is longer than [`LONGEST_GAP`].
fn offsets(times: impl Iterator<Item = Option<Timestamp>>) -> Vec<Duration> {
    let mut at = Duration::ZERO;
    let mut last = None;
    times
        .map(|time| {
            if let (Some(last), Some(time)) = (last, time) {
                at += crate::model::age(last, time).min(LONGEST_GAP);
            }
            last = time.or(last);
            at
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_kept_but_bounded_and_time_never_runs_back() {
        let t = |minutes: i64| Some(Timestamp::from_secs(1_700_000_000 + minutes * 60));
        let offsets = offsets([t(0), t(2), t(1), t(5), t(100_000), None].into_iter());
        let minutes: Vec<u64> = offsets.iter().map(|at| at.as_secs() / 60).collect();
        assert_eq!(minutes, [0, 2, 2, 6, 16, 16]);
    }

    #[test]
    fn a_held_series_is_sorted_by_time() {
        let s = |secs, name: &str| (Duration::from_secs(secs), name.to_owned(), vec![]);
        let scenario = Scenario::held("x", [s(5, "b"), s(1, "a")]);
        assert_eq!(scenario.telegrams.iter().map(|timed| timed.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }
}
