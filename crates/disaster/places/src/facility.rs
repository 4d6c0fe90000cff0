//! Facilities (施設): the places that are one to a resident, and what is shown of them where their sources differ.
//!
//! **Invariant:** no source is silenced: of a field on which two differ one value leads and every one is among the sayings.
//! **Invariant:** where sources differ about suitability the more careful answer leads.
//! **Invariant:** columns that nobody knows are not shown to the public: they may name people.

mod labels;
mod suits;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{Id, Point, fold};
use store::Conn;

use crate::address::Address;
use crate::db;
use crate::model::{Capacity, Facility, Kind, Located, Place, Series};
use crate::publish::{Detail, FacilityView, Saying};

pub(crate) use labels::kind_name;
pub(crate) use suits::answer_words;

/// Names of series by their ids: what a source is called in the documents.
pub(crate) type Names = HashMap<Id<Series>, String>;

/// Positions nearer than this are the same.
const SAME_SPOT_M: f64 = 100.0;
/// Series of the national lists begin like this; a municipality's own words go before them.
const NATIONAL: &str = "gsi/";

/// Places put together by their facility, oldest first; areas are left out.
pub fn group(places: impl IntoIterator<Item = Place>) -> Vec<Facility> {
    let mut groups: BTreeMap<Id<Facility>, Vec<Place>> = BTreeMap::new();
    for place in places.into_iter().filter(|place| !place.kind.is_area()) {
        groups.entry(place.facility).or_default().push(place);
    }
    let facility = |(id, mut places): (Id<Facility>, Vec<Place>)| {
        places.sort_by_key(|place| place.id);
        Facility { id, places }
    };
    groups.into_iter().map(facility).collect()
}

/// The facilities of a municipality.
pub async fn facilities(conn: &mut Conn, municipality: &str) -> store::Result<Vec<Facility>> {
    Ok(group(db::places_of(conn, municipality).await?))
}

/// One facility, if it has places; also by an id it had before it was made one with others.
pub async fn facility(conn: &mut Conn, id: Id<Facility>) -> store::Result<Option<Facility>> {
    let mut places = db::places_of_facility(conn, id).await?;
    if places.is_empty()
        && let Some(moved) = db::place(conn, id.cast()).await?
    {
        places = db::places_of_facility(conn, moved.facility).await?;
    }
    Ok(group(places).into_iter().next())
}

/// What is shown of these facilities, as in the public documents.
pub async fn views(conn: &mut Conn, facilities: &[Facility]) -> store::Result<Vec<FacilityView>> {
    let mut names = Names::new();
    for place in facilities.iter().flat_map(|facility| &facility.places) {
        if let std::collections::hash_map::Entry::Vacant(vacant) = names.entry(place.series) {
            vacant.insert(db::series(conn, place.series).await?.map(|series| series.name).unwrap_or_default());
        }
    }
    Ok(facilities.iter().filter_map(|facility| view(facility, &names)).collect())
}

/// What is shown of a facility. `None` only for one without places.
pub(crate) fn view(facility: &Facility, names: &Names) -> Option<FacilityView> {
    let voices = voices(facility, names);
    let first = voices.first()?.place;
    let mut said = Vec::new();
    let (point, located) = position(&voices, &mut said);
    let text = |field, get: fn(&Place) -> Option<&str>, said: &mut Vec<Saying>| pick(&voices, field, get, plain, said);
    let name = text("name", |place| Some(&place.name), &mut said)?;
    let kana = text("kana", |place| place.kana.as_deref(), &mut said);
    let same_address = |text: &str| {
        let read = Address::read(text, &first.municipality);
        format!("{} {:?}", read.town, read.numbers)
    };
    let address = pick(&voices, "address", |place| place.address.as_deref(), same_address, &mut said);
    let suitability = suits::merge(&voices, &mut said);
    let capacity = capacity(&voices, &mut said);
    let accepts = text("accepts", |place| place.details.accepts.as_deref(), &mut said);
    let remark = text("remark", |place| place.details.remark.as_deref(), &mut said);
    let phone = pick(&voices, "phone", |place| place.details.phone.as_deref(), digits, &mut said);
    let hours = text("hours", |place| place.details.hours.as_deref(), &mut said);
    let url = pick(&voices, "url", |place| place.details.url.as_deref().filter(|url| is_link(url)), plain, &mut said);
    let features: BTreeSet<_> = voices.iter().flat_map(|voice| &voice.place.details.features).copied().collect();
    let kinds: BTreeSet<Kind> = voices.iter().map(|voice| voice.place.kind).collect();
    let sources: BTreeSet<String> = voices.iter().map(|voice| voice.source.to_owned()).collect();
    Some(FacilityView {
        id: facility.id,
        also: facility.places.iter().map(|place| place.id.cast()).filter(|id| *id != facility.id).collect(),
        name,
        kana,
        kinds: kinds.into_iter().collect(),
        label: voices.iter().find_map(|voice| voice.place.label.clone()),
        lat: point.map(|point| point.lat),
        lon: point.map(|point| point.lon),
        located,
        address,
        municipality: first.municipality.clone(),
        suitability,
        capacity,
        facilities: features.into_iter().collect(),
        accepts,
        remark,
        phone,
        hours,
        url,
        detail: detail(&voices, &mut said),
        sources: sources.into_iter().collect(),
        sayings: said,
    })
}

/// One place with the name of its source.
#[derive(Debug, Clone, Copy)]
struct Voice<'a> {
    place: &'a Place,
    source: &'a str,
}

impl Voice<'_> {
    fn says(&self, field: &str, value: impl Into<String>) -> Saying {
        Saying { source: self.source.to_owned(), field: field.to_owned(), value: value.into() }
    }
}

/// The places in the order in which they are believed: the municipality's own lists, then by age, so that a new list does
/// not change what a place is called.
fn voices<'a>(facility: &'a Facility, names: &'a Names) -> Vec<Voice<'a>> {
    let named = |place: &'a Place| names.get(&place.series).map_or("", String::as_str);
    let mut voices: Vec<_> = facility.places.iter().map(|place| Voice { place, source: named(place) }).collect();
    voices.sort_by_key(|voice| (voice.source.starts_with(NATIONAL), voice.place.id));
    voices
}

/// The first value; where `same` tells them apart, what each source says.
fn pick(
    voices: &[Voice<'_>],
    field: &str,
    get: impl Fn(&Place) -> Option<&str>,
    same: impl Fn(&str) -> String,
    said: &mut Vec<Saying>,
) -> Option<String> {
    let values: Vec<(&Voice<'_>, &str)> =
        voices.iter().filter_map(|voice| Some((voice, get(voice.place).filter(|text| !text.is_empty())?))).collect();
    let distinct: BTreeSet<String> = values.iter().map(|(_, text)| same(text)).collect();
    if distinct.len() > 1 {
        tell(said, values.iter().map(|(voice, text)| voice.says(field, *text)));
    }
    values.first().map(|(_, text)| (*text).to_owned())
}

/// Adds sayings, each once.
fn tell(said: &mut Vec<Saying>, sayings: impl IntoIterator<Item = Saying>) {
    for saying in sayings {
        if !said.contains(&saying) {
            said.push(saying);
        }
    }
}

fn position(voices: &[Voice<'_>], said: &mut Vec<Saying>) -> (Option<Point>, Located) {
    let trust = |located| match located {
        Located::ByHand => 0,
        Located::Given => 1,
        Located::Repaired | Located::Swapped => 2,
        Located::Geocoded => 3,
        Located::None => 4,
    };
    let mut known: Vec<(&Voice<'_>, Point)> =
        voices.iter().filter_map(|voice| Some((voice, voice.place.point?))).collect();
    known.sort_by_key(|(voice, _)| trust(voice.place.located));
    let Some(&(best, point)) = known.first() else { return (None, Located::None) };
    // The middle of a town is no second opinion.
    known.retain(|(voice, _)| voice.place.located != Located::Geocoded);
    if known.iter().any(|(_, other)| point.distance_m(*other) > SAME_SPOT_M) {
        tell(said, known.iter().map(|(voice, p)| voice.says("position", format!("{:.6},{:.6}", p.lat, p.lon))));
    }
    (Some(point), best.place.located)
}

/// The capacity as a place to stay leads; a tsunami building holds more people standing.
fn capacity(voices: &[Voice<'_>], said: &mut Vec<Saying>) -> Option<Capacity> {
    let mut known: Vec<(&Voice<'_>, &Capacity)> =
        voices.iter().filter_map(|voice| Some((voice, voice.place.details.capacity.as_ref()?))).collect();
    known.sort_by_key(|(voice, _)| match voice.place.kind {
        Kind::Shelter => 0,
        Kind::WelfareShelter => 1,
        Kind::TsunamiBuilding => 3,
        _ => 2,
    });
    let key = |capacity: &Capacity| match capacity.persons {
        Some(persons) => persons.to_string(),
        None => plain(capacity.text.as_deref().unwrap_or_default()),
    };
    let distinct: BTreeSet<String> = known.iter().map(|(_, capacity)| key(capacity)).collect();
    if distinct.len() > 1 {
        tell(said, known.iter().map(|(voice, capacity)| voice.says("capacity", capacity_words(capacity))));
    }
    known.first().map(|(_, capacity)| (*capacity).clone())
}

/// A capacity in words: the source's own, else the number.
pub(crate) fn capacity_words(capacity: &Capacity) -> String {
    let persons = || capacity.persons.map(|persons| format!("{persons}人"));
    capacity.text.clone().or_else(persons).unwrap_or_default()
}

fn detail(voices: &[Voice<'_>], said: &mut Vec<Saying>) -> Vec<Detail> {
    let mut all = Vec::new();
    let metres = |place: &Place| place.details.elevation_m.map(|metres| metres.to_string());
    if let Some(metres) = voices.iter().find_map(|voice| metres(voice.place)) {
        all.push(Detail { label: labels::ELEVATION.to_owned(), value: format!("{metres}m") });
    }
    let fields: BTreeSet<&String> = voices.iter().flat_map(|voice| voice.place.details.more.keys()).collect();
    for field in fields {
        let Some(label) = labels::of(field) else { continue };
        let get = |place: &Place| place.details.more.get(field).cloned();
        let values: Vec<(&Voice<'_>, String)> =
            voices.iter().filter_map(|voice| Some((voice, get(voice.place)?))).collect();
        let distinct: BTreeSet<String> = values.iter().map(|(_, value)| plain(value)).collect();
        if distinct.len() > 1 {
            tell(said, values.iter().map(|(voice, value)| voice.says(label, value)));
        }
        if let Some((_, value)) = values.into_iter().next() {
            all.push(Detail { label: label.to_owned(), value });
        }
    }
    let shown = |url: &&str| !url.is_empty() && !is_link(url);
    for url in voices.iter().filter_map(|voice| voice.place.details.url.as_deref()).filter(shown) {
        all.push(Detail { label: "URL".to_owned(), value: url.to_owned() });
    }
    all
}

/// Folded, so that spelling alone is no difference.
fn plain(text: &str) -> String {
    fold::fold(text)
}

fn digits(text: &str) -> String {
    fold::fold(text).chars().filter(char::is_ascii_digit).collect()
}

/// Only these may be followed: a list may hold anything.
fn is_link(url: &str) -> bool {
    let lower = url.trim().to_ascii_lowercase();
    (lower.starts_with("https://") || lower.starts_with("http://")) && !lower.contains(char::is_whitespace)
}

#[cfg(test)]
pub(crate) mod tests;
