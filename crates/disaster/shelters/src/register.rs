//! The register of places as this room asks it: what can be opened, and what is known of it.

use std::collections::HashSet;

use kernel::{Id, Mode};
use places::{Facility, Kind, Place};
use store::Conn;

use crate::db::{self, AdhocOf};
use crate::model::Venue;

/// A place by its id: of the register, or ad hoc.
pub(crate) async fn venue(conn: &mut Conn, id: Id<Facility>) -> anyhow::Result<Option<Venue>> {
    if let Some(venue) = db::adhoc_of(conn, AdhocOf::One(id)).await?.pop() {
        return Ok(Some(venue));
    }
    Ok(places::facility(conn, id).await?.as_ref().and_then(of_facility))
}

/// Every place of a municipality that can be opened, ad-hoc ones of running disasters of the mode among them, by name.
pub(crate) async fn venues(conn: &mut Conn, municipality: &str, mode: Mode) -> anyhow::Result<Vec<Venue>> {
    let mut all = db::adhoc_of(conn, AdhocOf::Municipality(municipality, mode)).await?;
    let known: HashSet<Id<Facility>> = all.iter().map(|venue| venue.facility).collect();
    let listed = places::facilities(conn, municipality).await?;
    all.extend(listed.iter().filter_map(of_facility).filter(|venue| !known.contains(&venue.facility)));
    all.sort_by(|a, b| a.name.cmp(&b.name).then(a.facility.cmp(&b.facility)));
    Ok(all)
}

/// What the register says, if one of its places can be a shelter at all. Suitability keeps every source's line: the worst
/// counts when somebody asks.
fn of_facility(facility: &Facility) -> Option<Venue> {
    let mut shelters: Vec<&Place> = facility.places.iter().filter(|place| can_open(place)).collect();
    // Where to stay knows more of capacity than where to flee to.
    shelters.sort_by_key(|place| place.kind != Kind::Shelter);
    let lead = *shelters.first()?;
    let capacity = |f: fn(&places::Capacity) -> Option<u32>| {
        shelters.iter().find_map(|place| place.details.capacity.as_ref().and_then(f))
    };
    Some(Venue {
        facility: facility.id,
        name: lead.name.clone(),
        municipality: lead.municipality.clone(),
        address: shelters.iter().find_map(|place| place.address.clone()),
        point: shelters.iter().find_map(|place| place.point),
        listed: capacity(|c| c.indoor).or_else(|| capacity(|c| c.persons)),
        floor_m2: shelters.iter().find_map(|place| place.details.capacity.as_ref()?.floor_m2),
        suitability: shelters.iter().flat_map(|place| place.details.suitability.iter().cloned()).collect(),
        adhoc: shelters.iter().all(|place| is_adhoc(place)),
    })
}

/// Places that may become a shelter: those designated, public facilities, and what was a live ad-hoc shelter before.
fn can_open(place: &Place) -> bool {
    let designated =
        [Kind::EmergencySite, Kind::Shelter, Kind::TsunamiBuilding, Kind::WelfareShelter, Kind::PublicFacility];
    designated.contains(&place.kind) || is_adhoc(place)
}

fn is_adhoc(place: &Place) -> bool {
    place.kind == Kind::Other && place.label.as_deref() == Some(places::ADHOC_LABEL)
}
