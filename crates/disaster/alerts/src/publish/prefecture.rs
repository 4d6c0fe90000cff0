//! `alerts/prefecture`: the whole prefecture on one page.

use std::time::Duration;

use kernel::{CodeType, Mode, Municipality, Text, Timestamp, areas};

use crate::model::{Hazard, HazardState, municipalities_of, rivers, strongest_at};
use crate::wording;

use super::hazards::{advisory, at, bulletins, hazard_entry, orders_at};
use super::municipality::{QUAKE_HOURS, heard, order_leads, rank};
use super::{HazardBrief, MunicipalityBrief, PrefectureDocument, RiverEntry, RiverStationEntry, Shared, Verbatim};

pub(super) fn document(shared: &Shared<'_>) -> PrefectureDocument {
    let state = shared.view.state;
    let drill = state.mode == Mode::Drill;
    let municipalities: Vec<MunicipalityBrief> = areas::municipalities().iter().map(|m| brief(shared, m)).collect();
    let volcanoes = state.hazards.values().filter(|s| s.hazard == Hazard::Volcano && s.area.kind == CodeType::Volcano);
    PrefectureDocument {
        mode: state.mode,
        as_of: Timestamp::EPOCH,
        known_since: shared.view.known_since,
        last_report: state.hazards.values().map(|s| s.derived.reported_at).max(),
        level: municipalities.iter().filter_map(|m| m.level).max(),
        rank: municipalities.iter().map(|m| m.rank).max().unwrap_or(0),
        headline: headline(shared, &municipalities),
        municipalities,
        advisory: advisory(shared),
        bulletins: bulletins(shared, None),
        rivers: river_entries(shared, drill),
        volcanoes: volcanoes.map(|s| hazard_entry(s, drill)).collect(),
        sources: shared.sources.clone(),
    }
}

fn brief(shared: &Shared<'_>, m: &Municipality) -> MunicipalityBrief {
    let here = at(shared, m.jis5);
    let orders = orders_at(shared, m.jis5);
    let after = shared.view.now.minus(Duration::from_hours(QUAKE_HOURS));
    let shaken = strongest_at(&shared.quakes, m.jis5, after).map(|(_, at)| at);
    let gravest = here.first().copied();
    let order = orders.first().filter(|o| order_leads(o.level, gravest));
    let top = order.map(|o| wording::order_at(o.level, &o.districts)).or_else(|| gravest.map(wording::state_name));
    MunicipalityBrief {
        code: m.jis5.to_owned(),
        name: m.name.to_owned(),
        kana: m.kana.to_owned(),
        romaji: m.romaji.to_owned(),
        level: here.iter().filter_map(|s| s.derived.level).max(),
        rank: rank(&here, orders.first().map(|o| o.level)),
        top,
        hazards: here.iter().map(|s| hazard_brief(s)).collect(),
        intensity: shaken.and_then(|at| at.intensity).map(|i| wording::intensity_str(i).to_owned()),
        intensity_pending: shaken.is_some_and(|at| at.pending),
        intensity_by_area: shaken.is_some_and(|at| at.by_area),
        evacuation_level: orders.first().map(|o| o.level),
    }
}

fn hazard_brief(state: &HazardState) -> HazardBrief {
    HazardBrief {
        hazard: state.hazard,
        level: state.derived.level,
        rank: state.derived.rank,
        name: wording::state_name(state),
    }
}

/// Orders, the gravest hazard and the sea: gravest first, an order first among equals. No order hides a warning.
fn headline(shared: &Shared<'_>, municipalities: &[MunicipalityBrief]) -> Text {
    let mut told: Vec<(u8, Text)> = Vec::new();
    if let Some(level) = municipalities.iter().filter_map(|m| m.evacuation_level).max() {
        let ordered = municipalities.iter().filter(|m| m.evacuation_level.is_some()).count();
        told.push((level, wording::headline_orders(ordered)));
    }
    let in_force = || shared.view.state.hazards.values().filter(|s| s.hazard != Hazard::AftershockAdvisory);
    let gravest = in_force().max_by_key(|s| (s.derived.rank, s.hazard == Hazard::Tsunami));
    let sea = in_force().filter(|s| s.hazard == Hazard::Tsunami).max_by_key(|s| s.derived.rank);
    // Beside an order, an advisory of a lesser kind is left to the list.
    let least = if told.is_empty() { 2 } else { 3 };
    let gravest = gravest.filter(|s| s.derived.rank >= least);
    let sea = sea.filter(|s| s.derived.rank >= 3 && gravest.is_none_or(|g| g.hazard != Hazard::Tsunami));
    for state in [gravest, sea].into_iter().flatten() {
        told.push((state.derived.rank, wording::headline_places(&wording::state_name(state), &places(shared, state))));
    }
    told.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    let told: Vec<Text> = told.into_iter().map(|(_, text)| text).collect();
    if told.is_empty() { wording::nothing_stated(heard(shared)) } else { wording::sentences(&told) }
}

/// Everywhere the same stands.
fn places(shared: &Shared<'_>, top: &HazardState) -> Text {
    let held = shared.view.state.hazards.values();
    let alike = held.filter(|s| s.hazard == top.hazard && s.derived.code == top.derived.code);
    if matches!(top.hazard, Hazard::Tsunami | Hazard::River | Hazard::Volcano) {
        wording::list(&alike.map(|s| wording::area(&s.area, "")).collect::<Vec<_>>())
    } else {
        let codes: Vec<String> = alike.flat_map(|s| municipalities_of(&s.area)).map(str::to_owned).collect();
        wording::places(&codes)
    }
}

fn river_entries(shared: &Shared<'_>, drill: bool) -> Vec<RiverEntry> {
    let state = shared.view.state;
    let mut found: Vec<RiverEntry> = rivers(state)
        .into_iter()
        .filter_map(|(_, river)| {
            let held = state.hazards.get(&(Hazard::River, river.area.clone()))?;
            Some(RiverEntry {
                state: hazard_entry(held, drill),
                river: river.name.clone(),
                river_text: wording::area(&river.area, &river.name),
                texts: river.texts.iter().map(|text| Verbatim::new(state.mode, text)).collect(),
                municipalities: municipalities_of(&river.area).into_iter().map(str::to_owned).collect(),
                districts: river.inundation.iter().map(|(_, district)| district.clone()).collect(),
                stations: river.stations.iter().map(station).collect(),
            })
        })
        .collect();
    found.sort_by_key(|r| std::cmp::Reverse(r.state.rank));
    found
}

fn station(station: &feeds::facts::RiverStation) -> RiverStationEntry {
    let seen = station.readings.iter().filter(|r| !r.forecast).max_by_key(|r| r.at);
    let coming = station
        .readings
        .iter()
        .filter(|r| r.forecast)
        .max_by(|a, b| a.metres.unwrap_or(f64::MIN).total_cmp(&b.metres.unwrap_or(f64::MIN)));
    RiverStationEntry {
        code: station.code.clone(),
        name: station.name.clone(),
        at: seen.map(|r| r.at),
        metres: seen.and_then(|r| r.metres),
        level: seen.and_then(|r| r.level),
        forecast_at: coming.map(|r| r.at),
        forecast_metres: coming.and_then(|r| r.metres),
        forecast_level: coming.and_then(|r| r.level),
    }
}
