//! `tsunami`: the coasts.

use feeds::facts::{Arrival, TsunamiObservation, TsunamiZone};
use kernel::{Mode, Timestamp, areas};

use crate::model::{Hazard, SeaView, municipalities_of, tsunami_rank};
use crate::wording;

use super::hazards::source;
use super::{
    ArrivalTime, Height, Shared, TsunamiDocument, TsunamiEstimateEntry, TsunamiGrade, TsunamiObservationEntry,
    TsunamiZoneEntry, Verbatim,
};

const OURS: [&str; 4] = ["201", "202", "200", "281"];

pub(super) fn document(shared: &Shared<'_>) -> TsunamiDocument {
    let (mode, sea) = (shared.view.state.mode, shared.sea.as_ref());
    let all: Vec<TsunamiZoneEntry> = sea.map(|s| entries(shared, s)).unwrap_or_default();
    let (mut zones, mut others): (Vec<_>, Vec<_>) = all.into_iter().partition(|z| OURS.contains(&z.code.as_str()));
    zones.sort_by_key(|z| (std::cmp::Reverse(z.rank), OURS.iter().position(|c| *c == z.code)));
    others.sort_by_key(|z| std::cmp::Reverse(z.rank));
    let strongest = zones.first().map(|z| z.grade);
    let coasts = zones.iter().filter(|z| Some(z.grade) == strongest).map(|z| z.area_text.clone());
    let coasts = wording::list(&coasts.collect::<Vec<_>>());
    // A telegram that names no coast of ours states nothing in force for us.
    let stated = strongest.or(sea.map(|_| TsunamiGrade::None));
    TsunamiDocument {
        mode,
        as_of: Timestamp::EPOCH,
        known_since: shared.view.known_since,
        in_force: strongest.is_some_and(|g| g >= TsunamiGrade::Advisory),
        headline: wording::tsunami_headline(stated, &coasts),
        zones,
        others,
        observations: sea.map(|s| s.observations.iter().map(observation).collect()).unwrap_or_default(),
        estimates: sea.map(|s| estimates(mode, &s.estimates)).unwrap_or_default(),
        comments: sea.into_iter().flat_map(|s| &s.comments).map(|c| Verbatim::new(mode, c)).collect(),
        quake: sea.map(|s| s.event.clone()),
        source: sea.map(|s| source(&s.origin, s.reported_at)),
        sources: shared.sources.clone(),
    }
}

/// The coasts of one municipality on which something stands, strongest first.
pub(super) fn at(shared: &Shared<'_>, jis: &str) -> Vec<TsunamiZoneEntry> {
    let Some(sea) = &shared.sea else { return Vec::new() };
    let mut here: Vec<TsunamiZoneEntry> = entries(shared, sea)
        .into_iter()
        .filter(|z| z.grade > TsunamiGrade::None && z.municipalities.iter().any(|m| m == jis))
        .collect();
    here.sort_by_key(|z| std::cmp::Reverse(z.rank));
    here
}

fn entries(shared: &Shared<'_>, sea: &SeaView) -> Vec<TsunamiZoneEntry> {
    sea.zones.iter().map(|z| entry(shared, sea, z)).collect()
}

fn entry(shared: &Shared<'_>, sea: &SeaView, zone: &TsunamiZone) -> TsunamiZoneEntry {
    let grade = sea.grade(zone, shared.view.now);
    let held = shared.view.state.hazards.get(&(Hazard::Tsunami, zone.area.clone()));
    TsunamiZoneEntry {
        code: zone.area.code().to_owned(),
        name: areas::name(&zone.area).unwrap_or(&zone.name).to_owned(),
        area_text: wording::area(&zone.area, &zone.name),
        grade,
        rank: tsunami_rank(grade),
        name_text: wording::tsunami_name(grade),
        action: wording::tsunami_action(grade),
        height: zone.height.as_ref().map(height),
        arrival: arrival(shared.view.state.mode, &zone.arrival),
        since: held.map_or(sea.reported_at, |h| h.since),
        municipalities: municipalities_of(&zone.area).into_iter().map(str::to_owned).collect(),
    }
}

fn estimates(mode: Mode, told: &[TsunamiZone]) -> Vec<TsunamiEstimateEntry> {
    let mut found: Vec<TsunamiEstimateEntry> = told
        .iter()
        .map(|z| TsunamiEstimateEntry {
            code: z.area.code().to_owned(),
            area_text: wording::area(&z.area, &z.name),
            arrival: arrival(mode, &z.arrival),
            max_at: z.max_at,
            height: z.height.as_ref().map(height),
        })
        .collect();
    found.sort_by_key(|z| !OURS.contains(&z.code.as_str()));
    found
}

fn height(h: &feeds::facts::TsunamiHeight) -> Height {
    Height { metres: h.metres, text: h.text.clone(), label: wording::height(&h.text) }
}

fn arrival(mode: Mode, a: &Arrival) -> Option<ArrivalTime> {
    (a.at.is_some() || !a.conditions.is_empty()).then(|| ArrivalTime {
        at: a.at,
        text: Verbatim::new(mode, &a.conditions.join("　")),
        label: wording::arrival(&a.conditions),
    })
}

fn observation(o: &TsunamiObservation) -> TsunamiObservationEntry {
    let mut conditions = o.first_wave.conditions.clone();
    conditions.extend(o.height.iter().flat_map(|h| h.conditions.clone()));
    TsunamiObservationEntry {
        station: o.station_name.clone(),
        code: o.station_code.clone(),
        zone: o.zone.as_ref().map(|z| z.code().to_owned()),
        offshore: o.offshore,
        first_wave_at: o.first_wave.at,
        polarity: o.polarity.clone(),
        max_at: o.max_at,
        height: o.height.as_ref().map(height),
        conditions,
        rising: o.rising,
    }
}
