//! A drill's own time, and the products that are texts or estimates rather than warnings.

use std::time::Duration;

use feeds::facts::{
    Arrival, Bulletin, Eew, EewArea, Facts, Intensity, MegaquakeAdvisory, Telegram, Tsunami, TsunamiHeight,
    TsunamiZone, Volcano, VolcanoItem, WarningItem, WarningProduct,
};
use kernel::{AreaCode, CodeType, Mode};

use super::super::*;
use super::{at, coast, in_force, intensity, kind, live, minutes, quake, raised, run, telegram, warnings};

fn advice(minute: i64) -> Telegram {
    let told = MegaquakeAdvisory {
        info_kind: "南海トラフ地震臨時情報".into(),
        serial_name: "調査中".into(),
        serial_code: "111".into(),
        text: "本文".into(),
        appendix: String::new(),
        next_advisory: String::new(),
    };
    telegram("VYSE60", minute, "20261122140000", Facts::MegaquakeAdvisory(told))
}

/// The telegrams of `run` arrive at minute 600. A year before, in the eyes of a drill's staff.
const YEAR: i64 = -365 * 24 * 60;

fn shift_past(mut telegram: Telegram) -> Telegram {
    let past = |t: kernel::Timestamp| t.minus(minutes(YEAR));
    telegram.head.reported_at = past(telegram.head.reported_at);
    telegram.sent_at = past(telegram.sent_at);
    if let Facts::Quake(q) = &mut telegram.facts {
        q.origin_at = q.origin_at.map(past);
        q.arrived_at = q.arrived_at.map(past);
    }
    telegram
}

fn felt(minute: i64) -> Telegram {
    let here = vec![intensity(CodeType::JmaMunicipality, "0220300", Some(Intensity::SixUpper))];
    quake("VXSE53", minute, "E", here)
}

fn twister(minute: i64) -> Telegram {
    telegram("VPHW50", minute, "", warnings(WarningProduct::Tornado, &[("02203", kind("1", ""))]))
}

#[test]
fn a_drill_of_last_year_does_not_end_by_this_years_clock() {
    let past: Vec<Telegram> = [felt(0), advice(10), twister(12)].into_iter().map(shift_past).collect();
    let (state, _) = run(Mode::Drill, &past);
    let now = at(600);
    assert!(in_force(&state).iter().any(|(hazard, ..)| *hazard == Hazard::Tornado));
    let until = advisory(&state, now).unwrap().until;
    assert!(!advisory(&state, now).unwrap().closed);
    // 168 hours from its report, of which two minutes had gone when the last telegram came.
    assert_eq!(until, now.plus(Duration::from_hours(ADVISORY_HOURS)).minus(minutes(2)));
    let day = Duration::from_hours(24);
    assert!(strongest_at(&quakes(&state), "02203", now.minus(day)).is_some());
    assert_eq!(settle(&state, now), Vec::new());
    // An hour of the tornado goes by on our clock too.
    assert!(!settle(&state, now.plus(minutes(61))).is_empty());
    // Shaken twelve minutes before the last telegram came: shown for a day from then.
    assert!(strongest_at(&quakes(&state), "02203", now.minus(minutes(13))).is_some());
    assert!(strongest_at(&quakes(&state), "02203", now.minus(minutes(11))).is_none());
    // The same telegrams live are long over.
    let (state, _) = run(Mode::Live, &past);
    assert!(in_force(&state).is_empty() && advisory(&state, now).is_none());
    assert!(strongest_at(&quakes(&state), "02203", now.minus(day)).is_none());
}

#[test]
fn a_fast_replay_carries_the_clock_along() {
    let past: Vec<Telegram> = [twister(0), felt(59)].into_iter().map(shift_past).collect();
    assert!(run(Mode::Drill, &past).0.hazards.keys().any(|(hazard, _)| *hazard == Hazard::Tornado));
    // Two hours of the scenario within a moment of ours.
    let past: Vec<Telegram> = [twister(0), felt(120)].into_iter().map(shift_past).collect();
    let (state, told) = run(Mode::Drill, &past);
    assert!(state.hazards.is_empty());
    assert_eq!(state.time(at(600)), shift_past(felt(120)).head.reported_at);
    // What another exercise says a year later is no time of this one.
    let (mut both, lines) = (past[..1].to_vec(), told.len());
    both.push(felt(0));
    assert!(lines > 0 && run(Mode::Drill, &both).0.hazards.keys().any(|(hazard, _)| *hazard == Hazard::Tornado));
}

#[test]
fn what_is_seen_offshore_is_told_for_the_coasts() {
    let zone = TsunamiZone {
        area: AreaCode::new(CodeType::TsunamiZone, "201"),
        name: "青森県太平洋沿岸".into(),
        kind_code: String::new(),
        kind_name: String::new(),
        last_kind_code: String::new(),
        arrival: Arrival { at: Some(at(20)), conditions: Vec::new() },
        height: Some(TsunamiHeight { metres: Some(3.0), text: "３ｍ".into(), conditions: Vec::new() }),
        max_at: Some(at(30)),
        stations: Vec::new(),
    };
    let warned = coast(0, "201", "51");
    let Facts::Tsunami(empty) = &warned.facts else { panic!() };
    let offshore = Tsunami { zones: Vec::new(), estimates: vec![zone.clone()], ..empty.clone() };
    let seen = telegram("VTSE52", 5, "20251208231519", Facts::Tsunami(offshore));
    let (state, told) = run(Mode::Live, &[warned, seen]);
    assert_eq!(sea(&state).unwrap().estimates, [zone]);
    assert_eq!(raised(&told, "alerts.tsunami"), 3, "raised, its words, and the estimate");
}

#[test]
fn only_a_warning_of_shaking_is_shown() {
    let forecast = |code: &str| {
        let area = EewArea {
            area: AreaCode::new(CodeType::SeismicArea, "202"),
            name: String::new(),
            kind_code: code.into(),
            from: None,
            to: None,
            over: false,
            arrives_at: None,
            arrived: false,
        };
        let eew = Eew {
            warning: matches!(code, "10" | "11" | "19" | "31"),
            last_report: false,
            origin_at: None,
            hypocentre: None,
            assumed_hypocentre: false,
            magnitude: None,
            max_intensity: None,
            areas: vec![area],
        };
        telegram("VXSE45", 599, "E", Facts::Eew(eew))
    };
    for (code, places) in [("00", 0), ("01", 0), ("09", 0), ("10", 16), ("11", 16), ("19", 16)] {
        assert_eq!(live(&[forecast(code)]).hazards.len(), places, "{code}");
    }
}

#[test]
fn texts_of_volcanoes_and_of_the_nankai_trough_are_bulletins() {
    let mountain = |kind: &str, code: &str| {
        let item = VolcanoItem {
            area: AreaCode::new(CodeType::Volcano, code),
            name: "岩木山".into(),
            code: String::new(),
            kind_name: String::new(),
            condition: String::new(),
            last_code: String::new(),
            event_at: None,
        };
        telegram(kind, 590, code, Facts::Volcano(Volcano { volcanoes: vec![item], text: "静穏に経過".into() }))
    };
    let mut nankai = advice(591);
    nankai.kind = "VYSE50".into();
    let mut early = telegram(
        "VPFD61",
        592,
        "",
        Facts::Bulletin(Bulletin { tag: String::new(), areas: Vec::new(), text: "警報級の可能性".into() }),
    );
    early.head.title = "青森県早期注意情報".into();
    let (state, told) = run(Mode::Live, &[mountain("VFVO51", "202"), mountain("VFVO52", "506"), nankai, early]);
    let mut tags: Vec<String> = state
        .of("bulletin")
        .filter_map(|s| match &s.content {
            Content::Bulletin(b) => Some(b.tag.clone()),
            _ => None,
        })
        .collect();
    tags.sort();
    assert_eq!(tags, ["岩木山", "早期注意情報", "調査中"]);
    assert!(state.hazards.is_empty() && advisory(&state, at(600)).is_none());
    let lines =
        told.iter().filter(|c| matches!(c, Change::Line(l) if l.kind == crate::publish::TimelineKind::Bulletin));
    assert_eq!(lines.count(), 3);
}

#[test]
fn a_coast_under_water_leads_the_words_of_the_storm_surge() {
    let mut surge = warnings(WarningProduct::StormSurge, &[("02201", kind("48", ""))]);
    if let Facts::Warnings(w) = &mut surge {
        w.sections.push(WarningItem {
            area: AreaCode::new(CodeType::Other, "020010"),
            area_name: "陸奥湾西岸".into(),
            kinds: vec![kind("48", "氾濫発生")],
        });
    }
    let state = live(&[telegram("VPWW57", 0, "", surge)]);
    let held = state.hazards.values().next().unwrap();
    assert_eq!((held.derived.level, held.derived.detail.as_str()), (Some(4), "氾濫発生 陸奥湾西岸"));
    assert!(crate::wording::detail(&held.derived.detail).en.contains("flooding the land"));
}
