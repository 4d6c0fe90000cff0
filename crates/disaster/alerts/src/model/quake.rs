//! Earthquakes: one event from up to five types (震度速報 → 震源 → 震源・震度 → 更新, and 長周期).
//!
//! Each type's newest telegram of an EventID is held; the event is their union. 震源・震度情報 (VXSE53) speaks for places;
//! until it comes, 震度速報 (VXSE51) speaks for seismic areas, and its value is marked as such at every municipality.

use std::collections::BTreeMap;

use feeds::facts::{AreaIntensity, Hypocentre, Intensity, Magnitude, Quake};
use kernel::{AreaCode, CodeType, Timestamp, areas};

use crate::wording;

use super::read::jis5;
use super::{Content, Origin, State, Statement};

const TYPES: [&str; 5] = ["VXSE51", "VXSE52", "VXSE53", "VXSE61", "VXSE62"];

/// Intensity at one municipality.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalIntensity {
    /// JIS5 in Aomori, as printed elsewhere.
    pub code: String,
    pub name: String,
    pub in_aomori: bool,
    pub intensity: Option<Intensity>,
    /// 震度５弱以上未入電
    pub pending: bool,
    /// From the seismic area, not from the place.
    pub by_area: bool,
}

impl LocalIntensity {
    /// For order: an intensity that has not arrived may be 5 lower or more.
    pub fn strength(&self) -> Option<Intensity> {
        let at_least = self.pending.then_some(Intensity::FiveLower);
        self.intensity.max(at_least)
    }
}

/// One earthquake, put together.
#[derive(Debug, Clone, PartialEq)]
pub struct QuakeView {
    pub event: String,
    pub origin_at: Option<Timestamp>,
    pub arrived_at: Timestamp,
    pub hypocentre: Option<Hypocentre>,
    pub magnitude: Option<Magnitude>,
    pub max_intensity: Option<Intensity>,
    pub max_long_period: Option<u8>,
    pub areas: Vec<AreaIntensity>,
    pub municipalities: Vec<LocalIntensity>,
    pub stations: Vec<AreaIntensity>,
    pub comment_codes: Vec<String>,
    pub comments: Vec<String>,
    pub cancelled: bool,
    /// When it shook, on our clock: in a drill its past is not ours.
    pub shook_at: Timestamp,
    pub reported_at: Timestamp,
    pub telegrams: Vec<(Origin, Timestamp)>,
}

impl QuakeView {
    /// The same to everyone who reads it.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let plain = |v: &Self| Self {
            shook_at: self.shook_at,
            reported_at: self.reported_at,
            telegrams: Vec::new(),
            ..v.clone()
        };
        plain(self) == plain(other)
    }

    /// Strongest in Aomori.
    pub fn prefecture_max(&self) -> Option<Intensity> {
        self.municipalities.iter().filter(|m| m.in_aomori).filter_map(|m| m.intensity).max()
    }

    /// Strongest in Aomori, counting what has not arrived.
    pub fn prefecture_strength(&self) -> Option<Intensity> {
        self.municipalities.iter().filter(|m| m.in_aomori).filter_map(LocalIntensity::strength).max()
    }

    pub fn at(&self, jis: &str) -> Option<&LocalIntensity> {
        self.municipalities.iter().find(|m| m.in_aomori && m.code == jis)
    }

    /// Concerns people in Aomori: felt here, near here, or great.
    pub fn concerns_aomori(&self) -> bool {
        let near = self
            .hypocentre
            .as_ref()
            .and_then(|h| h.area.as_ref())
            .is_some_and(|a| matches!(a.code(), "200" | "201" | "202" | "203" | "280" | "283" | "284" | "285"));
        self.prefecture_strength().is_some() || near || self.is_great()
    }

    /// M7 or more. A magnitude the agency cannot give yet is never read as small.
    pub fn is_great(&self) -> bool {
        self.magnitude.as_ref().is_some_and(|m| match m.value {
            Some(value) => value >= 7.0,
            None => m.text.contains("巨大"),
        })
    }
}

/// Colour and order of an intensity, 0–5.
pub fn quake_rank(intensity: Option<Intensity>) -> u8 {
    match intensity {
        None | Some(Intensity::Zero) => 0,
        Some(Intensity::One | Intensity::Two) => 1,
        Some(Intensity::Three) => 2,
        Some(Intensity::Four) => 3,
        Some(Intensity::FiveLower | Intensity::FiveUpper) => 4,
        Some(Intensity::SixLower | Intensity::SixUpper | Intensity::Seven) => 5,
    }
}

/// Every earthquake held, newest first.
pub fn quakes(state: &State) -> Vec<QuakeView> {
    let mut parts: BTreeMap<&str, Vec<&Statement>> = BTreeMap::new();
    for statement in TYPES.iter().flat_map(|t| state.of(t)) {
        parts.entry(statement.key.scope.as_str()).or_default().push(statement);
    }
    let mut found: Vec<QuakeView> = parts.into_iter().map(|(event, parts)| view(state, event, &parts)).collect();
    found.sort_by(|a, b| (b.arrived_at, &b.event).cmp(&(a.arrived_at, &a.event)));
    found
}

/// One earthquake by EventID.
pub(crate) fn quake(state: &State, event: &str) -> Option<QuakeView> {
    let parts: Vec<&Statement> = TYPES.iter().filter_map(|t| state.get(t, event)).collect();
    (!parts.is_empty()).then(|| view(state, event, &parts))
}

/// The earthquake that shook a municipality most since `after` (on our clock).
pub fn strongest_at<'a>(
    quakes: &'a [QuakeView],
    jis: &str,
    after: Timestamp,
) -> Option<(&'a QuakeView, &'a LocalIntensity)> {
    let felt = quakes.iter().filter(|q| !q.cancelled && q.shook_at > after);
    felt.filter_map(|q| q.at(jis).map(|at| (q, at)))
        .filter(|(_, at)| at.strength().is_some_and(|i| i > Intensity::Zero))
        .max_by_key(|(q, at)| (at.strength(), q.arrived_at))
}

fn view(state: &State, event: &str, parts: &[&Statement]) -> QuakeView {
    let facts = |kind: &str| {
        parts.iter().find(|s| s.key.product == kind).and_then(|s| match &s.content {
            Content::Quake(q) => Some(q),
            _ => None,
        })
    };
    let (quick, source, full, update, long) =
        (facts("VXSE51"), facts("VXSE52"), facts("VXSE53"), facts("VXSE61"), facts("VXSE62"));
    // Best first: the revised elements, then whichever of the two ordinary ones was reported last.
    let ordinary = if newer(parts, "VXSE52", "VXSE53") { [source, full] } else { [full, source] };
    let best: Vec<&Quake> = [update, ordinary[0], ordinary[1], long, quick].into_iter().flatten().collect();
    let places = full.or(quick);
    let reported_at = parts.iter().map(|s| s.stamp.reported_at).max().unwrap_or(Timestamp::EPOCH);
    let told = |f: fn(&Quake) -> Option<Timestamp>| best.iter().find_map(|q| f(q));
    let arrived_at = told(|q| q.origin_at.or(q.arrived_at)).unwrap_or(reported_at);
    QuakeView {
        event: event.to_owned(),
        origin_at: told(|q| q.origin_at),
        arrived_at,
        hypocentre: best.iter().find_map(|q| q.hypocentre.clone()),
        magnitude: best.iter().find_map(|q| q.magnitude.clone()),
        max_intensity: places.and_then(|q| q.max_intensity).or_else(|| long.and_then(|q| q.max_intensity)),
        max_long_period: long.and_then(|q| q.max_long_period),
        areas: places.map(|q| of_kind(q, CodeType::SeismicArea)).unwrap_or_default(),
        municipalities: municipalities(quick, full),
        stations: stations(full, long),
        comment_codes: comment_codes(parts),
        comments: best.first().map(|q| q.comments.clone()).unwrap_or_default(),
        cancelled: best.is_empty(),
        shook_at: state.on_our_clock(reported_at, arrived_at),
        reported_at,
        telegrams: parts.iter().map(|s| (s.origin.clone(), s.stamp.reported_at)).collect(),
    }
}

fn newer(parts: &[&Statement], this: &str, that: &str) -> bool {
    let stamp = |kind: &str| parts.iter().find(|s| s.key.product == kind).map(|s| &s.stamp.reported_at);
    stamp(this) > stamp(that)
}

fn of_kind(quake: &Quake, kind: CodeType) -> Vec<AreaIntensity> {
    quake.intensities.iter().filter(|i| i.area.kind == kind).cloned().collect()
}

fn municipalities(quick: Option<&Quake>, full: Option<&Quake>) -> Vec<LocalIntensity> {
    if let Some(full) = full {
        let places = full.intensities.iter().filter(|i| is_municipality(&i.area));
        return places.map(local).collect();
    }
    let Some(quick) = quick else { return Vec::new() };
    let mut found = Vec::new();
    for area in quick.intensities.iter().filter(|i| i.area.kind == CodeType::SeismicArea) {
        for m in areas::municipalities_in(&area.area) {
            found.push(LocalIntensity {
                code: m.jis5.to_owned(),
                name: m.name.to_owned(),
                in_aomori: true,
                intensity: area.intensity,
                pending: area.not_arrived,
                by_area: true,
            });
        }
    }
    found
}

fn is_municipality(area: &AreaCode) -> bool {
    matches!(area.kind, CodeType::Municipality | CodeType::JmaMunicipality)
}

fn local(i: &AreaIntensity) -> LocalIntensity {
    let ours = jis5(&i.area).and_then(areas::municipality);
    LocalIntensity {
        code: ours.map_or(i.area.code(), |m| m.jis5).to_owned(),
        name: ours.map_or(i.name.as_str(), |m| m.name).to_owned(),
        in_aomori: ours.is_some(),
        intensity: i.intensity,
        pending: i.not_arrived,
        by_area: false,
    }
}

/// Stations of 震源・震度情報, with the long-period class of VXSE62 where there is one.
fn stations(full: Option<&Quake>, long: Option<&Quake>) -> Vec<AreaIntensity> {
    let mut found = full.or(long).map(|q| of_kind(q, CodeType::SeismicStation)).unwrap_or_default();
    for station in &mut found {
        let class = long.into_iter().flat_map(|q| &q.intensities).find(|i| i.area == station.area);
        station.long_period = class.and_then(|c| c.long_period).or(station.long_period);
    }
    found
}

/// Comments of every part, newest first: what was said of the tsunami last counts.
fn comment_codes(parts: &[&Statement]) -> Vec<String> {
    let mut by_age: Vec<&&Statement> = parts.iter().collect();
    by_age.sort_by(|a, b| b.stamp.cmp(&a.stamp));
    let mut codes: Vec<String> = Vec::new();
    for statement in by_age {
        if let Content::Quake(q) = &statement.content {
            let told = wording::sea_code(&codes).is_some();
            let of_sea = |code: &String| wording::sea_code(std::slice::from_ref(code)).is_some();
            let more = q.comment_codes.iter().filter(|c| !(codes.contains(c) || (told && of_sea(c))));
            codes.extend(more.cloned().collect::<Vec<_>>());
        }
    }
    codes
}
