//! Tsunami: the coasts as the newest telegram states them, and what was seen.
//!
//! 解除 (50, 60) ends a warning and is a statement like any other; 取消 withdraws a telegram.
//! VTSE41 decides the grades; VTSE51 repeats them with times and heights.

use std::collections::BTreeMap;

use feeds::facts::{Tsunami, TsunamiObservation, TsunamiZone};
use kernel::{AreaCode, CodeType, Timestamp};

use crate::publish::TsunamiGrade;
use crate::wording;

use super::{Content, Derived, Grade, Hazard, Origin, Place, State, Statement};

/// The state of the sea.
#[derive(Debug, Clone, PartialEq)]
pub struct SeaView {
    /// EventID(s) of the telegram that decides.
    pub event: String,
    pub zones: Vec<TsunamiZone>,
    pub observations: Vec<TsunamiObservation>,
    /// From what was seen offshore (VTSE52): what is to be expected on the coasts.
    pub estimates: Vec<TsunamiZone>,
    pub comment_codes: Vec<String>,
    pub comments: Vec<String>,
    pub origin: Origin,
    pub reported_at: Timestamp,
    /// When a mere forecast (若干の海面変動) ends: no telegram lifts it.
    pub forecast_until: Timestamp,
    /// The same on our clock.
    pub forecast_over: Timestamp,
}

impl SeaView {
    /// The grade of a zone now.
    pub fn grade(&self, zone: &TsunamiZone, now: Timestamp) -> TsunamiGrade {
        match grade_of(&zone.kind_code, &zone.kind_name) {
            TsunamiGrade::Forecast if self.forecast_over <= now => TsunamiGrade::None,
            grade => grade,
        }
    }

    /// The same to everyone who reads it.
    pub(crate) fn same(&self, other: &Self) -> bool {
        (&self.zones, &self.observations, &self.estimates, &self.comments)
            == (&other.zones, &other.observations, &other.estimates, &other.comments)
    }
}

/// Grade of a kind code. Unknown codes are read by their name, never as nothing.
pub fn grade_of(code: &str, name: &str) -> TsunamiGrade {
    match code {
        "52" | "53" => TsunamiGrade::MajorWarning,
        "51" => TsunamiGrade::Warning,
        "62" => TsunamiGrade::Advisory,
        "71" | "72" | "73" => TsunamiGrade::Forecast,
        "00" | "50" | "60" => TsunamiGrade::None,
        _ if name.contains("解除") => TsunamiGrade::None,
        _ if name.contains("大津波警報") => TsunamiGrade::MajorWarning,
        _ if name.contains("警報") => TsunamiGrade::Warning,
        _ if name.contains("注意報") => TsunamiGrade::Advisory,
        _ => TsunamiGrade::Forecast,
    }
}

/// Colour and order of a grade.
pub fn tsunami_rank(grade: TsunamiGrade) -> u8 {
    match grade {
        TsunamiGrade::None => 0,
        TsunamiGrade::Forecast => 1,
        TsunamiGrade::Advisory => 3,
        TsunamiGrade::Warning => 4,
        TsunamiGrade::MajorWarning => 5,
    }
}

/// The newest statement of the coasts; `None` when none was ever made or it was withdrawn.
pub fn sea(state: &State) -> Option<SeaView> {
    let warned: Vec<&Statement> = state.of("VTSE41").collect();
    let informed = state.of("VTSE51").filter(|s| {
        // A warning withdrawn takes the information that rested on it along.
        let withdrawn = warned.iter().find(|w| w.key.scope == s.key.scope && facts(w).is_none());
        withdrawn.is_none_or(|w| w.stamp.reported_at < s.stamp.reported_at)
    });
    let newest = warned
        .iter()
        .copied()
        .chain(informed)
        .filter(|s| facts(s).is_some_and(|t| t.zones.iter().any(|z| !z.kind_code.is_empty())))
        .max_by_key(|s| (s.stamp.reported_at, s.key.product == "VTSE41", s.stamp.sent_at))?;
    let told = facts(newest)?;
    let event = newest.key.scope.clone();
    Some(SeaView {
        zones: zones(state, told, &event),
        observations: observations(state, &event),
        estimates: estimates(state, &event),
        comment_codes: told.comment_codes.clone(),
        comments: told.comments.clone(),
        origin: newest.origin.clone(),
        reported_at: newest.stamp.reported_at,
        forecast_until: forecast_end(newest),
        forecast_over: state.on_our_clock(newest.stamp.reported_at, forecast_end(newest)),
        event,
    })
}

/// Aomori's coasts under a warning, advisory or forecast.
pub(crate) fn derive(state: &State, now: Timestamp, into: &mut BTreeMap<Place, Derived>) {
    let Some(sea) = sea(state) else { return };
    for zone in &sea.zones {
        let grade = sea.grade(zone, now);
        if grade == TsunamiGrade::None || !is_ours(&zone.area) {
            continue;
        }
        let derived = Derived {
            code: zone.kind_code.clone(),
            level: None,
            rank: tsunami_rank(grade),
            grade: scheme_grade(grade),
            until: (grade == TsunamiGrade::Forecast).then_some(sea.forecast_until),
            detail: detail(zone),
            origin: sea.origin.clone(),
            reported_at: sea.reported_at,
        };
        into.insert((Hazard::Tsunami, zone.area.clone()), derived);
    }
}

/// Zones that touch Aomori: the three coasts and their sum.
pub(crate) fn is_ours(area: &AreaCode) -> bool {
    area.kind == CodeType::TsunamiZone && matches!(area.code(), "200" | "201" | "202" | "281")
}

/// ValidDateTime, else a day.
fn forecast_end(statement: &Statement) -> Timestamp {
    statement.valid_until.unwrap_or_else(|| statement.stamp.reported_at.plus(std::time::Duration::from_hours(24)))
}

fn scheme_grade(grade: TsunamiGrade) -> Grade {
    match grade {
        TsunamiGrade::None | TsunamiGrade::Forecast => Grade::None,
        TsunamiGrade::Advisory => Grade::Advisory,
        TsunamiGrade::Warning => Grade::Warning,
        TsunamiGrade::MajorWarning => Grade::Emergency,
    }
}

fn detail(zone: &TsunamiZone) -> String {
    let height = zone.height.as_ref().map(|h| h.text.as_str()).filter(|t| !t.is_empty());
    height.map(wording::height_line).unwrap_or_default()
}

fn facts(statement: &Statement) -> Option<&Tsunami> {
    match &statement.content {
        Content::Tsunami(t) => Some(t),
        _ => None,
    }
}

/// The zones of the deciding telegram; stations come from VTSE51 of the same event where it has them.
fn zones(state: &State, told: &Tsunami, event: &str) -> Vec<TsunamiZone> {
    let more = state.get("VTSE51", event).and_then(facts);
    let mut zones = told.zones.clone();
    for zone in &mut zones {
        if zone.stations.is_empty()
            && let Some(other) = more.and_then(|t| t.zones.iter().find(|z| z.area == zone.area))
        {
            zone.stations.clone_from(&other.stations);
        }
    }
    zones
}

/// Of the newest VTSE52, whether or not it repeats what was seen.
fn estimates(state: &State, event: &str) -> Vec<TsunamiZone> {
    let told = ["VTSE52", "VTSE52.seen"].into_iter().filter_map(|p| state.get(p, event));
    told.max_by_key(|s| s.stamp.reported_at).and_then(facts).map(|t| t.estimates.clone()).unwrap_or_default()
}

fn observations(state: &State, event: &str) -> Vec<TsunamiObservation> {
    let parts = ["VTSE51.seen", "VTSE52.seen"].into_iter().filter_map(|p| state.get(p, event)).filter_map(facts);
    let mut found: BTreeMap<String, TsunamiObservation> = BTreeMap::new();
    for seen in parts.flat_map(|t| &t.observations) {
        found.entry(seen.station_code.clone()).or_insert_with(|| seen.clone());
    }
    found.into_values().collect()
}
