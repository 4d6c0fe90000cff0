//! Rivers, volcanoes, ash and early warnings: the smaller adapters of the one model.

use std::collections::BTreeMap;
use std::time::Duration;

use feeds::facts::{Eew, River};
use kernel::{AreaCode, CodeType, Timestamp, areas};

use super::read::{is_aomori_eew, jis5, municipalities_of};
use super::{Content, Derived, Grade, Hazard, Place, State, Statement};

/// 噴火速報 has no end of its own; a day later it is no longer news.
const ERUPTION_HOURS: u64 = 24;
/// A warning of strong shaking is about the next minutes.
const EEW_SECONDS: u64 = 180;

/// Everything but weather and tsunami, by hazard and area.
pub(crate) fn derive(state: &State, now: Timestamp, into: &mut BTreeMap<Place, Derived>) {
    for (statement, river) in rivers(state) {
        if let Some((level, grade)) = river_level(&river.code, &river.kind_name) {
            let derived = Derived { grade, ..plain(statement, &river.code, Some(level), level) };
            into.insert((Hazard::River, river.area.clone()), derived);
        }
    }
    for statement in state.of("VFVO50") {
        volcano(statement, into);
    }
    for statement in state.of("VFVO56") {
        eruption(state, statement, now, into);
    }
    for statement in state.of("ash") {
        ash(state, statement, now, into);
    }
    for statement in state.of("VXSE43") {
        eew(state, statement, now, into);
    }
}

/// Flood forecasts held, lifted ones included.
pub fn rivers(state: &State) -> Vec<(&Statement, &River)> {
    state
        .of("river")
        .filter_map(|s| match &s.content {
            Content::River(r) => Some((s, r)),
            _ => None,
        })
        .collect()
}

/// By code, never by name; an unknown code is read by the number in the name.
fn river_level(code: &str, name: &str) -> Option<(u8, Grade)> {
    let level = match code {
        "10" => return None,
        "20" | "21" | "22" => 2,
        "30" | "31" => 3,
        "40" | "41" => 4,
        "51" | "53" => 5,
        _ if name.contains("解除") => return None,
        _ if name.contains("特別警報") || name.contains("発生") => 5,
        _ if name.contains("危険") => 4,
        _ if name.contains("警") => 3,
        _ => 2,
    };
    let grade = match level {
        2 => Grade::Advisory,
        3 => Grade::Warning,
        4 => Grade::Danger,
        _ => Grade::Emergency,
    };
    Some((level, grade))
}

fn plain(statement: &Statement, code: &str, level: Option<u8>, rank: u8) -> Derived {
    let grade = match rank {
        0 | 1 => Grade::None,
        2 => Grade::Advisory,
        3 => Grade::Warning,
        4 => Grade::Danger,
        _ => Grade::Emergency,
    };
    Derived {
        code: code.to_owned(),
        level,
        rank,
        grade,
        until: None,
        detail: String::new(),
        origin: statement.origin.clone(),
        reported_at: statement.stamp.reported_at,
    }
}

/// 噴火警戒レベル is a scheme of its own: it gives a rank, not a 警戒レベル.
fn volcano_rank(code: &str) -> u8 {
    match code {
        "15" | "25" | "41" | "46" | "01" => 5,
        "14" | "24" | "47" => 4,
        "13" | "23" | "42" | "43" | "02" | "03" | "31" | "36" | "44" => 3,
        "12" | "22" | "48" | "49" | "35" => 2,
        _ => 1,
    }
}

fn volcano(statement: &Statement, into: &mut BTreeMap<Place, Derived>) {
    let Content::Volcano(v) = &statement.content else { return };
    for item in &v.volcanoes {
        let area = match jis5(&item.area) {
            Some(jis) => AreaCode::municipality(jis),
            None if item.area.kind == CodeType::Volcano => item.area.clone(),
            None => continue,
        };
        // Level 1, and a municipality whose warning is lifted, are no warning.
        if item.condition == "解除" || volcano_rank(&item.code) <= 1 {
            continue;
        }
        let derived =
            Derived { detail: item.kind_name.clone(), ..plain(statement, &item.code, None, volcano_rank(&item.code)) };
        stronger(into, (Hazard::Volcano, area), derived);
    }
}

fn is_over(state: &State, statement: &Statement, until: Timestamp, now: Timestamp) -> bool {
    state.on_our_clock(statement.stamp.reported_at, until) <= now
}

/// 噴火速報 stands until a newer 噴火警報・予報 of the volcano, or for a day.
fn eruption(state: &State, statement: &Statement, now: Timestamp, into: &mut BTreeMap<Place, Derived>) {
    let Content::Volcano(v) = &statement.content else { return };
    let answered =
        state.get("VFVO50", &statement.key.scope).is_some_and(|s| s.stamp.reported_at > statement.stamp.reported_at);
    let until = statement.stamp.reported_at.plus(Duration::from_hours(ERUPTION_HOURS));
    if answered || is_over(state, statement, until, now) {
        return;
    }
    for item in v.volcanoes.iter().filter(|i| i.area.kind == CodeType::Volcano) {
        let derived = Derived { until: Some(until), detail: v.text.clone(), ..plain(statement, &item.code, None, 4) };
        stronger(into, (Hazard::Volcano, item.area.clone()), derived);
    }
}

fn ash(state: &State, statement: &Statement, now: Timestamp, into: &mut BTreeMap<Place, Derived>) {
    let Content::Ash(a) = &statement.content else { return };
    for period in &a.periods {
        let until = period.until;
        if is_over(state, statement, until, now) {
            continue;
        }
        for (code, area, _) in &period.areas {
            let rank = match code.as_str() {
                "71" => 1,
                "72" => 2,
                _ => 3,
            };
            for jis in municipalities_of(area) {
                let derived = Derived {
                    until: Some(until),
                    detail: a.volcano_name.clone(),
                    ..plain(statement, code, None, rank)
                };
                stronger(into, (Hazard::Ash, AreaCode::municipality(jis)), derived);
            }
        }
    }
}

fn eew(state: &State, statement: &Statement, now: Timestamp, into: &mut BTreeMap<Place, Derived>) {
    let Content::Eew(e) = &statement.content else { return };
    let until = statement.stamp.reported_at.plus(Duration::from_secs(EEW_SECONDS));
    if is_over(state, statement, until, now) {
        return;
    }
    for area in e.areas.iter().filter(|a| is_warned(&a.kind_code)) {
        let whole = is_aomori_eew(&area.area);
        let here = if whole {
            areas::municipalities().iter().map(|m| m.jis5).collect()
        } else {
            municipalities_of(&area.area)
        };
        for jis in here {
            let derived = Derived { until: Some(until), detail: eew_detail(e), ..plain(statement, "31", None, 5) };
            stronger(into, (Hazard::Eew, AreaCode::municipality(jis)), derived);
        }
    }
}

fn is_warned(code: &str) -> bool {
    matches!(code, "10" | "11" | "19" | "31")
}

/// The place of an assumed source (仮定震源要素) has no meaning and is not told.
fn eew_detail(e: &Eew) -> String {
    match &e.hypocentre {
        Some(h) if !e.assumed_hypocentre && !h.name.is_empty() => format!("震源 {}", h.name),
        _ => String::new(),
    }
}

fn stronger(into: &mut BTreeMap<Place, Derived>, place: Place, derived: Derived) {
    if into.get(&place).is_none_or(|held| held.rank < derived.rank) {
        into.insert(place, derived);
    }
}

#[cfg(test)]
mod tests {
    use feeds::facts::{Ash, AshPeriod, EewArea, Facts, Volcano, VolcanoItem};
    use kernel::Mode;

    use super::super::tests::{at, in_force, live, run, telegram};
    use super::*;

    fn river(minute: i64, code: &str) -> feeds::Telegram {
        let facts = Facts::River(River {
            area: AreaCode::new(CodeType::RiverForecast, "820205000102"),
            name: "馬淵川下流".into(),
            code: code.into(),
            kind_name: "名前では決めない".into(),
            condition: String::new(),
            texts: Vec::new(),
            inundation: Vec::new(),
            stations: Vec::new(),
        });
        telegram("VXKO50", minute, "820205000102", facts)
    }

    #[test]
    fn a_river_is_read_by_its_code() {
        for (code, level) in [("20", 2), ("22", 2), ("30", 3), ("41", 4), ("51", 5), ("53", 5)] {
            let state = live(&[river(0, code)]);
            let held = state.hazards.values().next().unwrap();
            assert_eq!((held.hazard, held.derived.level), (Hazard::River, Some(level)), "{code}");
            assert!(municipalities_of(&held.area).contains(&"02203"));
        }
        assert!(live(&[river(0, "41"), river(1, "10")]).hazards.is_empty());
    }

    fn warning(assumed: bool) -> feeds::Telegram {
        let facts = Facts::Eew(Eew {
            warning: true,
            last_report: false,
            origin_at: None,
            hypocentre: None,
            assumed_hypocentre: assumed,
            magnitude: None,
            max_intensity: None,
            areas: vec![EewArea {
                area: AreaCode::new(CodeType::EewPrefecture, "9020"),
                name: "青森".into(),
                kind_code: "31".into(),
                from: None,
                to: None,
                over: false,
                arrives_at: None,
                arrived: false,
            }],
        });
        telegram("VXSE43", 600, "20251208231519", facts)
    }

    #[test]
    fn a_warning_of_shaking_is_over_in_minutes() {
        let state = live(&[warning(true)]);
        assert_eq!(state.hazards.len(), 40);
        assert!(state.hazards.values().all(|h| h.derived.rank == 5 && h.derived.detail.is_empty()));
        let mut later = state.clone();
        super::super::apply(&mut later, &super::super::settle(&state, at(604)));
        assert!(later.hazards.is_empty());
    }

    fn mountain(kind: &str, minute: i64, number: &str, code: &str) -> feeds::Telegram {
        let item = |area: AreaCode| VolcanoItem {
            area,
            name: String::new(),
            code: code.into(),
            kind_name: "レベル３（入山規制）".into(),
            condition: String::new(),
            last_code: String::new(),
            event_at: None,
        };
        let volcanoes = vec![
            item(AreaCode::new(CodeType::Volcano, number)),
            item(AreaCode::new(CodeType::JmaMunicipality, "0220200")),
        ];
        telegram(kind, minute, number, Facts::Volcano(Volcano { volcanoes, text: String::new() }))
    }

    #[test]
    fn our_volcanoes_and_no_others() {
        let state = live(&[mountain("VFVO50", 0, "202", "13")]);
        assert_eq!(in_force(&state).iter().map(|(_, _, _, rank)| *rank).collect::<Vec<_>>(), [3, 3]);
        assert!(state.hazards.values().all(|h| h.derived.level.is_none()), "噴火警戒レベル is another scheme");
        assert!(live(&[mountain("VFVO50", 0, "202", "13"), mountain("VFVO50", 1, "202", "11")]).hazards.is_empty());
        assert!(live(&[mountain("VFVO50", 0, "506", "15")]).hazards.is_empty());
        // 噴火速報 gives way to the warning that follows it.
        let state = live(&[mountain("VFVO56", 590, "202", "52"), mountain("VFVO50", 595, "202", "11")]);
        assert!(state.hazards.is_empty());
    }

    #[test]
    fn ash_of_any_volcano_counts_where_it_falls() {
        let period = AshPeriod {
            from: at(600),
            until: at(660),
            areas: vec![("73".into(), AreaCode::new(CodeType::JmaMunicipality, "0220200"), "弘前市".into())],
        };
        let ash = Ash {
            volcano: AreaCode::new(CodeType::Volcano, "213"),
            volcano_name: "秋田焼山".into(),
            periods: vec![period],
            text: String::new(),
        };
        let (state, _) = run(Mode::Live, &[telegram("VFVO54", 600, "213", Facts::Ash(ash.clone()))]);
        assert_eq!(in_force(&state).len(), 1);
        let (state, _) = run(Mode::Live, &[telegram("VFVO53", 600, "213", Facts::Ash(ash))]);
        assert!(state.hazards.is_empty(), "定時 says only what would fall");
    }
}
