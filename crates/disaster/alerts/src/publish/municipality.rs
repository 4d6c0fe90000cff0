//! `alerts/{jis5}`: everything for one municipality.

use std::time::Duration;

use kernel::{Municipality, Text, Timestamp};

use crate::model::{Hazard, HazardState, quake_rank, strongest_at};
use crate::wording;

use super::hazards::{advisory, at, bulletins, hazard_entry, orders_at};
use super::{AreaNames, LocalQuake, MunicipalityDocument, Shared, tsunami};

/// How long a quake stays on the page of a place it shook.
pub(super) const QUAKE_HOURS: u64 = 24;

pub(super) fn document(shared: &Shared<'_>, m: &Municipality) -> MunicipalityDocument {
    let state = shared.view.state;
    let drill = state.mode == kernel::Mode::Drill;
    let here = at(shared, m.jis5);
    let orders = orders_at(shared, m.jis5);
    let quake = local_quake(shared, m.jis5);
    let top = here.first().copied();
    let (headline, action) = lead(&orders, top, quake.as_ref(), shared, m.jis5);
    let own = |s: &&&HazardState| s.hazard != Hazard::Tsunami;
    MunicipalityDocument {
        mode: state.mode,
        as_of: Timestamp::EPOCH,
        known_since: shared.view.known_since,
        last_report: here.iter().map(|s| s.derived.reported_at).max(),
        area: AreaNames {
            code: m.jis5.to_owned(),
            name: m.name.to_owned(),
            kana: m.kana.to_owned(),
            romaji: m.romaji.to_owned(),
        },
        level: here.iter().filter_map(|s| s.derived.level).max(),
        rank: rank(&here, orders.first().map(|o| o.level)),
        headline,
        action,
        since: orders.first().map(|o| o.issued_at).or(top.map(|t| t.since)),
        hazards: here.iter().filter(own).map(|s| hazard_entry(s, drill)).collect(),
        evacuation: orders,
        quake,
        tsunami: tsunami::at(shared, m.jis5),
        bulletins: bulletins(shared, Some(m.jis5)),
        advisory: advisory(shared).filter(|a| a.municipalities.iter().any(|c| c == m.jis5)),
        sources: shared.sources.clone(),
    }
}

/// Colour and order: the strongest hazard, or the municipality's own order.
pub(super) fn rank(here: &[&HazardState], order: Option<u8>) -> u8 {
    here.iter().map(|s| s.derived.rank).chain(order).max().unwrap_or(0)
}

/// The one thing to know now: the municipality's order, else the gravest of hazard and shaking.
fn lead(
    orders: &[super::EvacuationOrder],
    top: Option<&HazardState>,
    quake: Option<&LocalQuake>,
    shared: &Shared<'_>,
    jis: &str,
) -> (Text, Text) {
    if let Some(order) = orders.first() {
        return (wording::headline_municipality(Some(&order.name), None), order.action.clone());
    }
    let just = shared.view.now.minus(Duration::from_hours(1));
    let shaken = |after| strongest_at(&shared.quakes, jis, after).map_or(0, |(_, at)| quake_rank(at.strength()));
    match (top, quake) {
        (None, Some(quake)) if shaken(since(shared)) >= 3 => (quake.text.clone(), quake.action.clone()),
        // The sea and shaking yet to come always go before shaking that is over.
        (Some(top), Some(quake)) if shaken(just) >= 3 && !leads(top) && top.derived.rank < shaken(just) => {
            (quake.text.clone(), quake.action.clone())
        }
        (Some(top), _) => {
            let name = wording::state_name(top);
            (wording::headline_municipality(None, Some(&name)), wording::action(top.hazard, top.derived.rank))
        }
        (None, _) => (wording::headline_municipality(None, None), wording::be_ready()),
    }
}

fn leads(top: &HazardState) -> bool {
    top.hazard == Hazard::Eew || (top.hazard == Hazard::Tsunami && top.derived.rank >= 3)
}

fn since(shared: &Shared<'_>) -> Timestamp {
    shared.view.now.minus(Duration::from_hours(QUAKE_HOURS))
}

/// The strongest shaking here within the last day; after-shocks do not hide the main one.
fn local_quake(shared: &Shared<'_>, jis: &str) -> Option<LocalQuake> {
    let (quake, felt) = strongest_at(&shared.quakes, jis, since(shared))?;
    let intensity = wording::intensity(felt.intensity, felt.pending);
    Some(LocalQuake {
        id: quake.event.clone(),
        intensity: felt.intensity.map(|i| wording::intensity_str(i).to_owned()),
        pending: felt.pending,
        by_area: felt.by_area,
        at: quake.arrived_at,
        epicentre: quake.hypocentre.as_ref().map(|h| h.name.clone()),
        epicentre_text: quake.hypocentre.as_ref().map(wording::epicentre),
        magnitude: quake.magnitude.as_ref().map(|m| m.text.clone()),
        text: wording::local_quake(quake.arrived_at, &intensity, felt.by_area),
        action: wording::quake_action(quake_rank(felt.strength()) >= 3),
    })
}
