//! The facilities of one municipality, ready to be searched.

use std::cmp::Ordering;
use std::collections::HashMap;

use http::Version;
use http::hot::Document;
use kernel::{Id, Point, fold};

use super::Ask;
use super::words::{Findable, Fit, Query, Word};
use crate::facility::kind_name;
use crate::model::Facility;
use crate::publish::{FacilityView, PlacesDocument};

/// One document with what is needed to search it.
#[derive(Debug)]
pub(super) struct Shard {
    version: Version,
    document: PlacesDocument,
    entries: Vec<Entry>,
    by_id: HashMap<Id<Facility>, usize>,
    /// Name and kana of the municipality.
    around: String,
}

/// What one facility is found by.
#[derive(Debug)]
struct Entry {
    /// Name, kana, and what other sources call it.
    names: Vec<Findable>,
    address: String,
    /// The words for its kinds.
    kinds: String,
}

/// A facility that was found.
#[derive(Debug)]
pub(super) struct Hit<'a> {
    pub(super) facility: &'a FacilityView,
    pub(super) distance_m: Option<f64>,
    /// The worst fit of a word, then the sum.
    fit: (u8, u32),
    length: usize,
}

impl Shard {
    pub(super) fn new(version: Version, document: PlacesDocument) -> Self {
        let entries = document.facilities.iter().map(Entry::of).collect();
        let ids = |facility: &FacilityView| std::iter::once(facility.id).chain(facility.also.clone());
        let numbered = document.facilities.iter().enumerate();
        let by_id =
            numbered.flat_map(|(at, facility)| ids(facility).map(move |id| (id, at)).collect::<Vec<_>>()).collect();
        let around = format!("{}\n{}", fold::fold(&document.area.name), fold::fold(&document.area.kana));
        Self { version, document, entries, by_id, around }
    }

    /// Reads a published document; one that cannot be read is told and left out.
    pub(super) fn read(published: &Document) -> Option<Self> {
        match serde_json::from_slice(published.body()) {
            Ok(document) => Some(Self::new(published.version, document)),
            Err(error) => {
                tracing::error!(name = published.name, %error, "places: a published document cannot be read for the search");
                None
            }
        }
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    pub(super) fn document(&self) -> &PlacesDocument {
        &self.document
    }

    pub(super) fn facility(&self, id: Id<Facility>) -> Option<&FacilityView> {
        self.by_id.get(&id).map(|at| &self.document.facilities[*at])
    }

    pub(super) fn find<'a>(&'a self, query: &Query, ask: &Ask, hits: &mut Vec<Hit<'a>>) {
        for (entry, facility) in self.entries.iter().zip(&self.document.facilities) {
            if !ask.kinds.is_empty() && !facility.kinds.iter().any(|kind| ask.kinds.contains(kind)) {
                continue;
            }
            let Some(fit) = self.fit(entry, query) else { continue };
            let point = facility.lat.zip(facility.lon).map(|(lat, lon)| Point { lat, lon });
            let distance_m = ask.near.zip(point).map(|(near, point)| near.distance_m(point));
            if query.words.is_empty() && ask.near.is_some() && distance_m.is_none() {
                continue;
            }
            hits.push(Hit { facility, distance_m, fit, length: facility.name.len() });
        }
    }

    /// The fit of all words together; `None` when one is nowhere.
    fn fit(&self, entry: &Entry, query: &Query) -> Option<(u8, u32)> {
        let (mut worst, mut sum) = (0, 0);
        for word in &query.words {
            let fit = entry.fit(word).or_else(|| word.find(&self.around).map(|_| Fit::Municipality))? as u8;
            worst = worst.max(fit);
            sum += u32::from(fit);
        }
        let whole = query.whole.as_ref().and_then(|word| entry.names.iter().filter_map(|name| name.fit(word)).min());
        Some(match whole {
            Some(fit) if (fit as u8) < worst => (fit as u8, 0),
            _ => (worst, sum),
        })
    }
}

impl Entry {
    fn of(facility: &FacilityView) -> Self {
        let others = facility.sayings.iter().filter(|saying| matches!(saying.field.as_str(), "name" | "kana"));
        let mut names: Vec<Findable> = std::iter::once(facility.name.as_str())
            .chain(facility.kana.as_deref())
            .chain(others.map(|saying| saying.value.as_str()))
            .map(Findable::read)
            .collect();
        let mut seen = Vec::new();
        names.retain(|name| {
            let new = !name.text.is_empty() && !seen.contains(&name.text);
            seen.push(name.text.clone());
            new
        });
        let kinds = facility.kinds.iter().map(|kind| kind_name(*kind)).chain(facility.label.as_deref());
        let kinds: Vec<String> = kinds.map(fold::fold).collect();
        Self {
            names,
            address: Findable::read(facility.address.as_deref().unwrap_or_default()).text,
            kinds: kinds.join("\n"),
        }
    }

    fn fit(&self, word: &Word) -> Option<Fit> {
        let by_name = self.names.iter().filter_map(|name| name.fit(word)).min();
        by_name
            .or_else(|| word.find(&self.address).map(|_| Fit::Address))
            .or_else(|| word.find(&self.kinds).map(|_| Fit::Municipality))
    }
}

impl Hit<'_> {
    /// Best first.
    pub(super) fn order(a: &Self, b: &Self) -> Ordering {
        let far = |hit: &Self| hit.distance_m.unwrap_or(f64::INFINITY);
        a.fit
            .cmp(&b.fit)
            .then_with(|| far(a).total_cmp(&far(b)))
            .then_with(|| a.length.cmp(&b.length))
            .then_with(|| a.facility.name.cmp(&b.facility.name))
            .then_with(|| a.facility.id.cmp(&b.facility.id))
    }
}
