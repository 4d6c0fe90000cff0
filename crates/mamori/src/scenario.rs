//! Scenarios for drills: series of telegrams, ours or from the data folder, each with the moment it is sent.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use feeds::Scenario;
use kernel::{Text, Timestamp};

use crate::assets::Scenarios;

/// The scenario that ships with the program.
pub(crate) const BUILT_IN: &str = "2025-12-08-aomori-oki";

/// The real series of 2011-03-11; needs the data folder.
pub(crate) const JMA_2011: &str = "jma-2011";

/// A quiet stretch longer than this (in the scenario's own time) is cut to it, so that a replay is never silent for long.
const LONGEST_QUIET: Duration = Duration::from_mins(10);

/// The scenario of that name, with what to do if it is not there.
pub(crate) fn find(name: &str, data: Option<&Path>) -> anyhow::Result<Scenario> {
    match (name, data) {
        (BUILT_IN, _) => built_in(),
        (JMA_2011, Some(data)) => jma_2011(data),
        (JMA_2011, None) => {
            bail!("scenario `{JMA_2011}` needs the data folder: set MAMORI_DATA, or put it at ./data or ../shared/data")
        }
        (other, _) => bail!("there is no scenario `{other}`: choose {BUILT_IN} or {JMA_2011}"),
    }
}

/// All scenarios that this machine can show.
pub(crate) fn all(data: Option<&Path>) -> Vec<Scenario> {
    [BUILT_IN, JMA_2011].into_iter().filter_map(|name| find(name, data).ok()).collect()
}

fn built_in() -> anyhow::Result<Scenario> {
    let prefix = format!("{BUILT_IN}/");
    let files = Scenarios::iter()
        .filter(|path| path.starts_with(&prefix))
        .filter_map(|path| Scenarios::get(&path).map(|file| (path[prefix.len()..].to_owned(), file.data.into_owned())))
        .collect();
    paced(BUILT_IN, files)
}

fn jma_2011(data: &Path) -> anyhow::Result<Scenario> {
    let folder = data.join("jma/official-samples");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if name.starts_with("32-39_11_") {
            files.push((name, std::fs::read(&path)?));
        }
    }
    if files.is_empty() {
        bail!("{} holds no telegrams of 2011-03-11 (32-39_11_*)", folder.display());
    }
    paced(JMA_2011, files)
}

/// Each telegram at the moment it was sent, with long quiet stretches cut.
fn paced(name: &str, files: Vec<(String, Vec<u8>)>) -> anyhow::Result<Scenario> {
    let mut sent = Vec::new();
    for (file, bytes) in files {
        let telegram = feeds::parse(&bytes, Some(&file)).map_err(|refusal| anyhow::anyhow!("{file}: {refusal}"))?;
        sent.push((telegram.sent_at, file, bytes));
    }
    sent.sort();
    let mut at = Duration::ZERO;
    let mut before: Option<Timestamp> = None;
    let mut timed = Vec::new();
    for (sent_at, file, bytes) in sent {
        let pause = before.map_or(Duration::ZERO, |before| sent_at.since(before).to_std().unwrap_or_default());
        at += pause.min(LONGEST_QUIET);
        before = Some(sent_at);
        timed.push((at, file, bytes));
    }
    Ok(Scenario::held(name, timed))
}

/// What people call a scenario; its own name where we have no other.
pub(crate) fn title(name: &str) -> Text {
    match name {
        BUILT_IN => Text::new(
            "2025年12月8日 青森県東方沖 M7.5（想定）",
            "青森県の 東の海の 大きな地震（練習）",
            "8 Dec 2025, off the east coast of Aomori, M7.5 (exercise)",
        ),
        JMA_2011 => Text::new(
            "2011年3月11日 東北地方太平洋沖地震（気象庁の電文例）",
            "2011年3月11日の 大きな地震（気象庁の例）",
            "11 March 2011, Tohoku earthquake (JMA's sample telegrams)",
        ),
        other => Text::new(other, other, other),
    }
}

/// The data folder with real inputs, if this machine has one; `named` is `MAMORI_DATA`.
pub(crate) fn data_folder(named: Option<PathBuf>) -> Option<PathBuf> {
    let usual = ["data", "../shared/data"].into_iter().map(PathBuf::from);
    named.into_iter().chain(usual).find(|path| path.join("SOURCES.md").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_scenario_is_read_by_our_own_parser() {
        let kinds: Vec<String> = Scenarios::iter()
            .map(|path| (Scenarios::get(&path).unwrap(), path))
            .map(|(file, path)| feeds::parse(&file.data, Some(&path)).unwrap())
            .inspect(|telegram| assert_ne!(telegram.status, feeds::facts::Status::Normal))
            .inspect(|telegram| assert!(telegram.not_understood.is_empty(), "{:?}", telegram.not_understood))
            .map(|telegram| telegram.kind)
            .collect();
        for kind in ["VXSE51", "VTSE41", "VXSE53", "VTSE51", "VYSE60", "VPWW58", "VPWW60"] {
            assert!(kinds.iter().any(|one| one == kind), "{kind} is missing");
        }
        assert_eq!(built_in().unwrap().telegrams.len(), kinds.len());
    }

    #[test]
    fn an_unknown_scenario_is_named() {
        let error = find("godzilla", None).unwrap_err().to_string();
        assert!(error.contains("godzilla") && error.contains(BUILT_IN), "{error}");
        assert!(find(JMA_2011, None).unwrap_err().to_string().contains("MAMORI_DATA"));
    }
}
