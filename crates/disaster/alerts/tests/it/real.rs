//! Telegrams of the real world, where the folder of real inputs is at hand.

use std::path::{Path, PathBuf};

use alerts::model::{self, Hazard, Incoming, State};
use kernel::{AreaCode, CodeType, Mode, Timestamp};
use uuid::Uuid;

fn folder() -> Option<PathBuf> {
    let found = testkit::data_dir().map(|d| d.join("jma"));
    if found.is_none() {
        testkit::skip("no data");
    }
    found
}

fn files(folder: &Path, part: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ["official-samples", "live-2021"]
        .iter()
        .flat_map(|f| std::fs::read_dir(folder.join(f)).unwrap())
        .map(|e| e.unwrap().path())
        .filter(|p| p.file_name().unwrap().to_string_lossy().contains(part))
        .collect();
    found.sort();
    found
}

fn telegram(path: &Path) -> feeds::Telegram {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    feeds::parse(&std::fs::read(path).unwrap(), Some(&name)).unwrap()
}

fn fold_in(state: &mut State, telegram: &feeds::Telegram, now: Timestamp) -> model::Disposition {
    let fold = model::fold(state, Incoming { id: Uuid::nil(), source: "test", telegram }, now);
    model::apply(state, &fold.changes);
    fold.disposition
}

#[test]
fn the_coast_of_aomori_on_2011_03_11() {
    let Some(folder) = folder() else { return };
    let mut series: Vec<feeds::Telegram> = files(&folder, "32-39_11_").iter().map(|p| telegram(p)).collect();
    series.sort_by_key(|t| (t.head.reported_at, t.sent_at));
    let mut state = State::empty(Mode::Drill);
    let mut course = Vec::new();
    let zone = (Hazard::Tsunami, AreaCode::new(CodeType::TsunamiZone, "201"));
    for telegram in &series {
        fold_in(&mut state, telegram, telegram.sent_at);
        let code = state.hazards.get(&zone).map_or("-", |h| h.derived.code.as_str()).to_owned();
        if course.last() != Some(&code) {
            course.push(code);
        }
    }
    // 警報 14:49, 大津波警報 14:53 (switched) and 15:00 (with heights), 予報 after the advisory was lifted on 03-13.
    assert_eq!(course, ["-", "51", "53", "52", "72"]);
    let sea = model::sea(&state).unwrap();
    assert!(sea.observations.iter().any(|o| o.station_name.contains("むつ市関根浜")), "{:?}", sea.observations);
    // The same telegrams in another order end in the same state.
    let mut reversed = State::empty(Mode::Drill);
    // All of it has happened by then: a clock does not run backwards.
    let end = series.iter().map(|t| t.sent_at).max().unwrap();
    for telegram in series.iter().rev() {
        fold_in(&mut reversed, telegram, end);
    }
    let codes = |s: &State| s.hazards.iter().map(|(p, h)| (p.clone(), h.derived.code.clone())).collect::<Vec<_>>();
    assert_eq!(codes(&reversed), codes(&state));
    let quake = &model::quakes(&state)[0];
    assert!(quake.prefecture_max().is_some() && quake.concerns_aomori());
}

#[test]
fn the_official_advisory_keeps_its_words() {
    let Some(folder) = folder() else { return };
    let path = files(&folder, "VYSE60").remove(0);
    let report = telegram(&path);
    let mut state = State::empty(Mode::Live);
    fold_in(&mut state, &report, report.sent_at);
    let view = model::advisory(&state, report.sent_at).unwrap();
    assert!(view.original.contains("百回に１回程度") && !view.closed);
    assert_eq!(view.until.since(view.since).num_hours(), 168);
    let text = alerts::wording::advisory_text(view.until, false);
    assert!(
        text.ja.contains("予知ではありません") && text.en.contains("not a prediction") && text.en.contains("1 in 100")
    );
    assert!(text.easy.contains("100回に 1回ぐらい"));
}

#[test]
fn a_real_landslide_telegram_moved_to_aomori() {
    let Some(folder) = folder() else { return };
    let mut seen = 0;
    for path in files(&folder, "VPWW56") {
        let mut report = telegram(&path);
        let feeds::facts::Facts::Warnings(w) = &mut report.facts else { panic!("{path:?}") };
        let Some(item) = w.items.iter_mut().find(|i| i.kinds.iter().any(|k| !k.is_lifted())) else { continue };
        item.area = AreaCode::new(CodeType::JmaMunicipality, "0220300");
        let mut state = State::empty(Mode::Live);
        assert_eq!(fold_in(&mut state, &report, report.sent_at), model::Disposition::Applied);
        let held = state.hazards.values().next().unwrap();
        assert_eq!(held.hazard, Hazard::Landslide);
        assert!(held.derived.level.is_some_and(|l| l >= 2), "{path:?}");
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn every_real_telegram_folds_and_settles() {
    let Some(folder) = folder() else { return };
    let mut telegrams = Vec::new();
    for path in files(&folder, ".xml") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if let Ok(telegram) = feeds::parse(&std::fs::read(&path).unwrap(), Some(&name)) {
            telegrams.push(telegram);
        }
    }
    assert!(telegrams.len() > 600, "{}", telegrams.len());
    let mut state = State::empty(Mode::Drill);
    let now = telegrams.iter().map(|t| t.sent_at).max().unwrap();
    for telegram in &telegrams {
        fold_in(&mut state, telegram, now);
        assert_eq!(model::settle(&state, now), Vec::new(), "{} {}", telegram.kind, telegram.head.event_id);
    }
    let again: Vec<_> = telegrams.iter().map(|t| fold_in(&mut state, t, now)).collect();
    assert!(again.iter().all(|d| *d != model::Disposition::Applied));
}
