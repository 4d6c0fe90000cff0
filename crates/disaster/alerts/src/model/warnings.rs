//! Weather warnings: the code tables of the scheme in force since 2026-05-28, and which product wins for which hazard.
//!
//! The same event arrives in up to three types. One rule for each hazard of a municipality:
//! the newest R06 statement that governs the hazard wins; the legacy types fill in only when no such statement is
//! held or it is more than a day older than theirs. Legacy types carry 危険警報 as 警報, so they never lower a level 4.
//! A landslide alert of VXWW50 is always level 4, so one newer than the R06 statement raises at once.

use std::collections::BTreeMap;

use feeds::facts::WarningKind;
use kernel::{AreaCode, Timestamp, areas};

use super::read::OFFICE;
use super::{Content, Derived, Grade, Hazard, Place, State, Statement};

/// Products of the new scheme (Ｒ０６), each speaking for its own hazards.
pub(crate) const R06: [&str; 7] = ["heavy_rain", "landslide", "storm_surge", "storm", "waves", "heavy_snow", "other"];

/// How long an R06 statement keeps the legacy types silent (microseconds).
const WINDOW: i64 = 24 * 3600 * 1_000_000;

/// What a kind code stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    pub hazard: Hazard,
    pub level: Option<u8>,
    pub rank: u8,
    pub grade: Grade,
}

/// Kind codes by hazard: 注意報, 警報, 危険警報, 特別警報 (empty where there is none), and whether levels are official.
const TABLE: [(Hazard, [&str; 4], bool); 18] = [
    (Hazard::HeavyRain, ["10", "03", "43", "33"], true),
    (Hazard::Landslide, ["29", "09", "49", "39"], true),
    (Hazard::StormSurge, ["19", "08", "48", "38"], true),
    (Hazard::Flood, ["18", "04", "", ""], true),
    (Hazard::Snowstorm, ["13", "02", "42", "32"], false),
    (Hazard::Storm, ["15", "05", "45", "35"], false),
    (Hazard::HeavySnow, ["12", "06", "46", "36"], false),
    (Hazard::Waves, ["16", "07", "47", "37"], false),
    (Hazard::Thunder, ["14", "", "", ""], false),
    (Hazard::Snowmelt, ["17", "", "", ""], false),
    (Hazard::Fog, ["20", "", "", ""], false),
    (Hazard::Dry, ["21", "", "", ""], false),
    (Hazard::Avalanche, ["22", "", "", ""], false),
    (Hazard::Cold, ["23", "", "", ""], false),
    (Hazard::Frost, ["24", "", "", ""], false),
    (Hazard::Icing, ["25", "", "", ""], false),
    (Hazard::SnowAccretion, ["26", "", "", ""], false),
    (Hazard::Other, ["27", "", "", ""], false),
];

const GRADES: [Grade; 4] = [Grade::Advisory, Grade::Warning, Grade::Danger, Grade::Emergency];

/// The kind behind a code of WeatherWarning; `None` when the code is not in the table.
pub fn kind_of(code: &str) -> Option<Kind> {
    TABLE.iter().find_map(|(hazard, codes, official)| {
        let at = codes.iter().position(|c| *c == code && !c.is_empty())?;
        let rank = u8::try_from(at).ok()? + 2;
        Some(Kind { hazard: *hazard, level: official.then_some(rank), rank, grade: GRADES[at] })
    })
}

/// The codes of one hazard, from 注意報 up; for tables of wording.
pub fn steps(hazard: Hazard) -> Option<[&'static str; 4]> {
    TABLE.iter().find(|(h, _, _)| *h == hazard).map(|(_, codes, _)| *codes)
}

/// The R06 product that governs a code. A code nobody knows goes with the rest, so that a snapshot does not lose it.
pub(crate) fn product_of_code(code: &str) -> Option<&'static str> {
    match kind_of(code) {
        Some(kind) => product_of(kind.hazard),
        None => Some("other"),
    }
}

fn product_of(hazard: Hazard) -> Option<&'static str> {
    match hazard {
        // Inland flooding and 水位周知河川 are carried by VPWW55, so 洪水 by municipality is its affair.
        Hazard::HeavyRain | Hazard::Flood | Hazard::Inundation => Some("heavy_rain"),
        Hazard::Landslide => Some("landslide"),
        Hazard::StormSurge => Some("storm_surge"),
        Hazard::Snowstorm | Hazard::Storm => Some("storm"),
        Hazard::HeavySnow => Some("heavy_snow"),
        Hazard::Waves => Some("waves"),
        Hazard::Tornado
        | Hazard::Tsunami
        | Hazard::River
        | Hazard::Volcano
        | Hazard::Ash
        | Hazard::Eew
        | Hazard::AftershockAdvisory => None,
        _ => Some("other"),
    }
}

/// Every weather warning in force, by hazard and municipality.
pub(crate) fn derive(state: &State, now: Timestamp, into: &mut BTreeMap<Place, Derived>) {
    for m in areas::municipalities() {
        let area = AreaCode::municipality(m.jis5);
        for (hazard, derived) in at(state, m.jis5) {
            into.insert((hazard, area.clone()), derived);
        }
        if let Some(derived) = tornado(state, m.jis5, now) {
            into.insert((Hazard::Tornado, area), derived);
        }
    }
}

fn at(state: &State, jis: &str) -> BTreeMap<Hazard, Derived> {
    let mut found = BTreeMap::new();
    let mut governing: BTreeMap<&str, &Statement> = BTreeMap::new();
    for product in R06 {
        if let Some(statement) = state.get(product, OFFICE).filter(|s| says(s).is_some()) {
            governing.insert(product, statement);
            for kind in kinds(statement, jis) {
                let (hazard, derived) = read_kind(statement, kind, &kind.code);
                keep_stronger(&mut found, hazard, derived);
            }
        }
    }
    if let Some(legacy) = state.get("legacy", OFFICE) {
        fill_in(&mut found, &governing, legacy, jis);
    }
    if let Some(alert) = state.get("legacy_landslide", OFFICE) {
        landslide_alert(&mut found, governing.get("landslide").copied(), alert, jis);
    }
    found
}

/// What VPWW53/54 say where no R06 statement of the hazard is fresh enough.
fn fill_in(
    found: &mut BTreeMap<Hazard, Derived>,
    governing: &BTreeMap<&str, &Statement>,
    legacy: &Statement,
    jis: &str,
) {
    if says(legacy).is_none() {
        return;
    }
    let silenced =
        |hazard: Hazard| product_of(hazard).and_then(|p| governing.get(p)).is_some_and(|r06| covers(r06, legacy));
    let mut said: BTreeMap<Hazard, Derived> = BTreeMap::new();
    for kind in kinds(legacy, jis) {
        for code in legacy_codes(kind) {
            let (hazard, derived) = read_kind(legacy, kind, code);
            if !silenced(hazard) {
                keep_stronger(&mut said, hazard, derived);
            }
        }
    }
    // R06 statements a day older than the legacy one give way to it, except a 危険警報 it can only call 警報.
    found.retain(|hazard, r06| {
        silenced(*hazard) || (r06.rank == 4 && said.get(hazard).is_some_and(|l| l.grade == Grade::Warning))
    });
    for (hazard, derived) in said {
        keep_stronger(found, hazard, derived);
    }
}

fn landslide_alert(found: &mut BTreeMap<Hazard, Derived>, r06: Option<&Statement>, alert: &Statement, jis: &str) {
    if r06.is_some_and(|r06| r06.stamp.reported_at >= alert.stamp.reported_at) {
        return;
    }
    if let Some(kind) = kinds(alert, jis).find(|k| k.code.trim_start_matches('0') == "3") {
        let (hazard, derived) = read_kind(alert, kind, "49");
        keep_stronger(found, hazard, derived);
    }
}

fn covers(r06: &Statement, other: &Statement) -> bool {
    r06.stamp.reported_at.micros().saturating_add(WINDOW) >= other.stamp.reported_at.micros()
}

fn keep_stronger(found: &mut BTreeMap<Hazard, Derived>, hazard: Hazard, derived: Derived) {
    let weaker = found.get(&hazard).is_none_or(|held| (held.rank, &held.code) < (derived.rank, &derived.code));
    if weaker {
        found.insert(hazard, derived);
    }
}

/// 大雨警報 of the legacy types names its hazards in Condition.
fn legacy_codes(kind: &WarningKind) -> Vec<&str> {
    let (surface, slope) = match kind.code.as_str() {
        "03" => ("03", "09"),
        "33" => ("33", "39"),
        other => return vec![other],
    };
    match (kind.condition.contains("浸水"), kind.condition.contains("土砂")) {
        (true, true) => vec![surface, slope],
        (false, true) => vec![slope],
        _ => vec![surface],
    }
}

fn read_kind(statement: &Statement, kind: &WarningKind, code: &str) -> (Hazard, Derived) {
    let known = kind_of(code);
    let meaning = known.unwrap_or_else(|| guess(&kind.name));
    let sentences = kind.details.join("\n");
    let detail = match known {
        Some(_) => sentences,
        None => format!("{}\n{sentences}", kind.name).trim().to_owned(),
    };
    let derived = Derived {
        code: code.to_owned(),
        level: meaning.level,
        rank: meaning.rank,
        grade: meaning.grade,
        until: kind.until,
        detail,
        origin: statement.origin.clone(),
        reported_at: statement.stamp.reported_at,
    };
    (meaning.hazard, derived)
}

/// A code that is not in the table is shown with its own name and the grade the name tells.
fn guess(name: &str) -> Kind {
    let (rank, grade) = if name.contains("特別警報") {
        (5, Grade::Emergency)
    } else if name.contains("危険警報") {
        (4, Grade::Danger)
    } else if name.contains("警報") {
        (3, Grade::Warning)
    } else {
        (2, Grade::Advisory)
    };
    Kind { hazard: Hazard::Other, level: None, rank, grade }
}

/// 竜巻注意情報 holds for about an hour and is never lifted by a telegram.
fn tornado(state: &State, jis: &str, now: Timestamp) -> Option<Derived> {
    let statement = state.get("tornado", OFFICE)?;
    let kind = kinds(statement, jis).next()?;
    let until = kind.until.unwrap_or_else(|| statement.stamp.reported_at.plus(std::time::Duration::from_hours(1)));
    let seen = kind.code == "seen";
    (state.on_our_clock(statement.stamp.reported_at, until) > now).then(|| Derived {
        code: kind.code.clone(),
        level: None,
        rank: if seen { 3 } else { 2 },
        grade: if seen { Grade::Warning } else { Grade::Advisory },
        until: Some(until),
        detail: kind.details.join("\n"),
        origin: statement.origin.clone(),
        reported_at: statement.stamp.reported_at,
    })
}

fn says(statement: &Statement) -> Option<&BTreeMap<String, Vec<WarningKind>>> {
    match &statement.content {
        Content::Warnings(by_area) => Some(by_area),
        _ => None,
    }
}

fn kinds<'a>(statement: &'a Statement, jis: &str) -> impl Iterator<Item = &'a WarningKind> + use<'a> {
    says(statement).and_then(|by_area| by_area.get(jis)).into_iter().flatten()
}
