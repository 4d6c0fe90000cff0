//! `alerts/{jis5}`: everything for one municipality.

use std::time::Duration;

use kernel::{Municipality, Text, Timestamp};

use crate::model::{Grade, Hazard, HazardState, QuakeView, quake_rank, strongest_at};
use crate::wording::{self, Shore};

use super::hazards::{advisory, at, bulletins, hazard_entry, orders_at};
use super::{AreaNames, LocalQuake, MunicipalityDocument, Shared, tsunami};

/// How long a quake stays on the page of a place it shook.
pub(super) const QUAKE_HOURS: u64 = 24;

pub(super) fn document(shared: &Shared<'_>, m: &Municipality) -> MunicipalityDocument {
    let state = shared.view.state;
    let drill = state.mode == kernel::Mode::Drill;
    let here = at(shared, m.jis5);
    let orders = orders_at(shared, m.jis5);
    let quake = local_quake(shared, m);
    let top = here.first().copied();
    let Lead { headline, action, since } = lead(&orders, top, quake.as_ref(), shared, m.jis5);
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
        since,
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

struct Lead {
    headline: Text,
    action: Text,
    since: Option<Timestamp>,
}

/// Whether the municipality's order goes before the gravest hazard: by its level, and first among equals.
pub(super) fn order_leads(order: u8, top: Option<&HazardState>) -> bool {
    top.is_none_or(|t| order >= t.derived.rank)
}

/// The one thing to know now: the gravest of order, hazard and shaking. What does not lead is listed below it.
fn lead(
    orders: &[super::EvacuationOrder],
    top: Option<&HazardState>,
    quake: Option<&LocalQuake>,
    shared: &Shared<'_>,
    jis: &str,
) -> Lead {
    let just = shared.view.now.minus(Duration::from_hours(1));
    let shaken = |after| strongest_at(&shared.quakes, jis, after).map_or(0, |(_, at)| quake_rank(at.strength()));
    // "Evacuate" is about what comes: shaking that is over hides at most a call to those who need time.
    let order = orders.first().filter(|o| order_leads(o.level, top) && o.level >= shaken(just).min(4));
    if let Some(order) = order {
        return Lead {
            headline: wording::headline_order(&order.name, &order.districts),
            action: order.action.clone(),
            since: Some(order.issued_at),
        };
    }
    let of_quake = |q: &LocalQuake| Lead { headline: q.text.clone(), action: q.action.clone(), since: Some(q.at) };
    match (top, quake) {
        (None, Some(quake)) if shaken(since(shared)) >= 3 => of_quake(quake),
        // The sea and shaking yet to come always go before shaking that is over.
        (Some(top), Some(quake)) if shaken(just) >= 3 && !leads(top) && top.derived.rank < shaken(just) => {
            of_quake(quake)
        }
        (Some(top), _) => Lead {
            headline: wording::headline_hazard(&wording::state_name(top)),
            action: wording::action(top.hazard, top.derived.rank),
            since: Some(top.since),
        },
        (None, _) => {
            Lead { headline: wording::nothing_stated(heard(shared)), action: wording::be_ready(), since: None }
        }
    }
}

/// Whether any telegram is held at all.
pub(super) fn heard(shared: &Shared<'_>) -> bool {
    !shared.view.state.statements.is_empty()
}

fn leads(top: &HazardState) -> bool {
    top.hazard == Hazard::Eew || (top.hazard == Hazard::Tsunami && top.derived.rank >= 3)
}

fn since(shared: &Shared<'_>) -> Timestamp {
    shared.view.now.minus(Duration::from_hours(QUAKE_HOURS))
}

/// The strongest shaking here within the last day; after-shocks do not hide the main one.
fn local_quake(shared: &Shared<'_>, m: &Municipality) -> Option<LocalQuake> {
    let (quake, felt) = strongest_at(&shared.quakes, m.jis5, since(shared))?;
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
        action: wording::quake_action(quake_rank(felt.strength()) >= 3, shore(shared, m, quake)),
    })
}

/// A warning in force comes first, then the agency's word that nothing comes; without either a coast is never called safe.
fn shore(shared: &Shared<'_>, m: &Municipality, quake: &QuakeView) -> Shore {
    let warned = |s: &&HazardState| s.hazard == Hazard::Tsunami && s.derived.grade >= Grade::Warning;
    if m.tsunami_zones.is_empty() {
        Shore::Away
    } else if at(shared, m.jis5).iter().any(warned) {
        Shore::Warned
    } else if matches!(wording::sea_code(&quake.comment_codes), Some("0215" | "0230")) {
        Shore::Away
    } else {
        Shore::Unsure
    }
}
