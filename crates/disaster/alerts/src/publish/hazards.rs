//! Entries that several documents share: hazards, bulletins, the advisory, evacuation orders.

use std::time::Duration;

use kernel::areas;

use crate::model::{Content, Hazard, HazardState, Origin, Place, Statement, municipalities_of};
use crate::orders::{Order, Status};
use crate::wording;

use super::{Advisory, Area, BulletinEntry, EvacuationOrder, EvacuationStatus, HazardEntry, Shared, Source, Verbatim};

/// How long a text for people is shown.
const BULLETIN_HOURS: u64 = 24;
const BULLETINS: usize = 20;

pub(super) fn source(origin: &Origin, reported_at: kernel::Timestamp) -> Source {
    Source {
        telegram: origin.telegram.to_string(),
        kind: origin.kind.clone(),
        office: origin.office.clone(),
        reported_at,
    }
}

pub(super) fn hazard_entry(state: &HazardState, drill: bool) -> HazardEntry {
    let d = &state.derived;
    HazardEntry {
        hazard: state.hazard,
        name: wording::state_name(state),
        level: d.level,
        rank: d.rank,
        grade: d.grade,
        area: Area {
            code: state.area.to_string(),
            name: areas::name(&state.area).unwrap_or_else(|| state.area.code()).to_owned(),
            name_text: wording::area(&state.area, ""),
        },
        since: state.since,
        until: d.until,
        updated_at: state.updated_at,
        detail: (!d.detail.is_empty()).then(|| wording::detail(&d.detail)),
        action: wording::action(state.hazard, d.rank),
        source: source(&d.origin, d.reported_at),
        // No telegram of the new scheme with a level 5 has ever been seen: in a drill it was made up.
        synthetic: drill && matches!(d.code.as_str(), "33" | "38" | "39") && d.origin.kind.starts_with("VPW"),
    }
}

/// Whether a hazard's area is, or touches, the municipality.
pub(super) fn touches(place: &Place, jis: &str) -> bool {
    municipalities_of(&place.1).contains(&jis)
}

/// Hazards at a municipality, strongest first. The advisory and the sea have fields of their own.
pub(super) fn at<'a>(shared: &'a Shared<'_>, jis: &str) -> Vec<&'a HazardState> {
    let mut here: Vec<&HazardState> = shared
        .view
        .state
        .hazards
        .iter()
        .filter(|(place, _)| place.0 != Hazard::AftershockAdvisory && touches(place, jis))
        .map(|(_, state)| state)
        .collect();
    here.sort_by_key(|s| (std::cmp::Reverse(s.derived.rank), order(s.hazard)));
    here
}

/// Between equals, what leaves the least time comes first.
fn order(hazard: Hazard) -> u8 {
    match hazard {
        Hazard::Eew => 0,
        Hazard::Tsunami => 1,
        Hazard::River => 2,
        Hazard::Landslide => 3,
        Hazard::Volcano => 4,
        _ => 5,
    }
}

/// Bulletins not older than a day, newest first; `jis` keeps those that name the municipality or the whole prefecture.
pub(super) fn bulletins(shared: &Shared<'_>, jis: Option<&str>) -> Vec<BulletinEntry> {
    let state = shared.view.state;
    let mut found: Vec<BulletinEntry> = state
        .of("bulletin")
        .filter_map(|s| bulletin(shared, s))
        .filter(|b| state.on_our_clock(b.at, b.until) > shared.view.now)
        .filter(|b| jis.is_none_or(|jis| b.municipalities.is_empty() || b.municipalities.iter().any(|m| m == jis)))
        .collect();
    found.sort_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
    found.truncate(BULLETINS);
    found
}

fn bulletin(shared: &Shared<'_>, statement: &Statement) -> Option<BulletinEntry> {
    let Content::Bulletin(b) = &statement.content else { return None };
    let reported = statement.stamp.reported_at;
    let mode = shared.view.state.mode;
    Some(BulletinEntry {
        id: statement.key.scope.clone(),
        title: wording::bulletin_title(&b.title, &b.tag),
        tag: b.tag.clone(),
        at: reported,
        until: reported.plus(Duration::from_hours(BULLETIN_HOURS)),
        text: Verbatim::new(mode, &b.text),
        municipalities: b.municipalities.clone(),
        source: source(&statement.origin, reported),
    })
}

pub(super) fn advisory(shared: &Shared<'_>) -> Option<Advisory> {
    let view = shared.advisory.as_ref()?;
    Some(Advisory {
        title: wording::advisory_title(),
        since: view.since,
        until: view.until,
        text: wording::advisory_text(view.until, view.closed),
        action: wording::advisory_action(),
        original: Verbatim::new(shared.view.state.mode, &view.original),
        municipalities: view.municipalities.clone(),
        municipalities_note: wording::advisory_note(view.designated),
        quake: view.quake.clone(),
        closed: view.closed,
        source: source(&view.origin, view.reported_at),
    })
}

/// An order as everyone may see it; `None` while it was never released.
fn order_entry(order: &Order) -> Option<EvacuationOrder> {
    let status = match order.status {
        Status::InForce => EvacuationStatus::InForce,
        Status::Lifted => EvacuationStatus::Lifted,
        Status::Withdrawn => EvacuationStatus::Withdrawn,
        Status::Proposed | Status::Rejected | Status::Expired => return None,
    };
    let c = &order.content;
    Some(EvacuationOrder {
        id: order.id.to_string(),
        level: c.level,
        name: wording::order_name(c.level),
        municipality: c.municipality.clone(),
        municipality_name: areas::municipality(&c.municipality).map_or_else(String::new, |m| m.name.to_owned()),
        districts: c.districts.clone(),
        reason: Verbatim::new(c.mode, &c.reason),
        action: wording::order_action(c.level),
        shelters_note: c.shelters_note.as_deref().map(|note| Verbatim::new(c.mode, note)),
        issued_at: order.issued_at?,
        corrected_at: order.corrected_at,
        ended_at: order.ended_at,
        status,
        mode: c.mode,
    })
}

/// Orders in force at a municipality, highest level first.
pub(super) fn orders_at(shared: &Shared<'_>, jis: &str) -> Vec<EvacuationOrder> {
    let here = shared.view.orders.iter().filter(|o| o.content.municipality == jis && o.status == Status::InForce);
    let mut found: Vec<EvacuationOrder> = here.filter_map(order_entry).collect();
    found.sort_by_key(|o| (std::cmp::Reverse(o.level), o.issued_at));
    found
}
