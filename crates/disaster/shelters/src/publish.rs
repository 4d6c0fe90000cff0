//! The public documents: which shelters are open, how full they are, where to go instead.

mod documents;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use http::hot;
use kernel::{Id, Mode, Timestamp, areas};
use places::Facility;
use serde_json::Value;
use store::Tx;

use crate::db::{self, Tally};
use crate::model::history::History;
use crate::model::{Disaster, Opening, State, capacity, instead_of};

pub use documents::*;

/// The channel that is woken when something of this room was published.
pub(crate) const CHANGED: &str = "shelters";

/// Publishes what changed in these municipalities, and the prefecture's document. Call it last in a transaction.
pub(crate) async fn refresh(
    tx: &mut Tx,
    mode: Mode,
    municipalities: &BTreeSet<String>,
    now: Timestamp,
) -> anyhow::Result<()> {
    let running = db::running(tx, mode).await?;
    let known = db::published(tx).await?;
    // Where people are sent to may lie in another municipality.
    let active = db::all_active(tx, mode).await?;
    let everywhere: HashMap<Id<Facility>, &Opening> =
        active.iter().map(|opening| (opening.venue.facility, opening)).collect();
    let mut drafts = Vec::new();
    for jis5 in municipalities {
        let openings = db::of_municipality(tx, mode, jis5).await?;
        let document = municipality(mode, jis5, &running, &openings, &everywhere, now);
        drafts.push((name(mode, &format!("shelters/{jis5}")), serde_json::to_value(document)?));
    }
    let tallies = db::tallies(tx, mode).await?;
    let document = prefecture(mode, &running, &tallies);
    drafts.push((name(mode, "shelters/prefecture"), serde_json::to_value(document)?));
    for (name, body) in drafts {
        put(tx, &known, &name, body, now).await?;
    }
    tx.wake_on_commit(CHANGED);
    Ok(())
}

/// Publishes the curve of a past disaster.
pub(crate) async fn publish_history(
    tx: &mut Tx,
    disaster: &Disaster,
    history: &History,
    now: Timestamp,
) -> anyhow::Result<()> {
    hot::publish(tx, &history_name(disaster.id), &HistoryDocument::of(disaster, history), now).await?;
    Ok(())
}

/// The name of the document with the curve of a disaster.
pub(crate) fn history_name(disaster: Id<Disaster>) -> String {
    format!("shelters/history/{disaster}")
}

/// Every municipality that has a document: all of the prefecture, and those of a replay from elsewhere.
pub(crate) fn everywhere(running: &[Disaster]) -> BTreeSet<String> {
    let ours = areas::municipalities().iter().map(|row| row.jis5.to_owned());
    ours.chain(running.iter().flat_map(|disaster| disaster.municipalities.iter().cloned())).collect()
}

fn name(mode: Mode, name: &str) -> String {
    match mode {
        Mode::Live => name.to_owned(),
        Mode::Drill => format!("drill/{name}"),
    }
}

/// Publishes a document if it says something else than before; the time of asking is no change.
async fn put(
    tx: &mut Tx,
    known: &HashMap<String, String>,
    name: &str,
    mut body: Value,
    now: Timestamp,
) -> anyhow::Result<()> {
    let digest = crate::act::digest(&body);
    if known.get(name) == Some(&digest) {
        return Ok(());
    }
    body["as_of"] = serde_json::json!(now);
    db::note_document(tx, name, &digest, now).await?;
    hot::publish(tx, name, &body, now).await?;
    Ok(())
}

fn municipality(
    mode: Mode,
    jis5: &str,
    running: &[Disaster],
    openings: &[Opening],
    everywhere: &HashMap<Id<Facility>, &Opening>,
    now: Timestamp,
) -> MunicipalityDocument {
    let mut shown: BTreeMap<Id<Facility>, &Opening> = BTreeMap::new();
    for opening in openings {
        let other = shown.entry(opening.venue.facility).or_insert(opening);
        // Closed for one disaster and open for another is open; of two closed ones the later counts.
        if (opening.state.is_active(), opening.since) > (other.state.is_active(), other.since) {
            *other = opening;
        }
    }
    let mut entries: Vec<OpeningEntry> = shown
        .into_values()
        .filter_map(|opening| {
            let disaster = running.iter().find(|disaster| disaster.id == opening.disaster)?;
            Some(entry(opening, disaster, everywhere, now))
        })
        .collect();
    entries.sort_by(|a, b| (order(a.state), &a.name, &a.facility).cmp(&(order(b.state), &b.name, &b.facility)));
    let disaster = running.iter().find(|disaster| disaster.covers(jis5)).map(DisasterBrief::of);
    MunicipalityDocument { mode, as_of: None, disaster, openings: entries }
}

fn entry(
    opening: &Opening,
    disaster: &Disaster,
    everywhere: &HashMap<Id<Facility>, &Opening>,
    now: Timestamp,
) -> OpeningEntry {
    let (venue, mode) = (&opening.venue, opening.mode);
    let count = opening.count.as_ref().filter(|_| opening.state.is_active());
    let newest = count.map_or(opening.since, |count| count.counted_at.max(opening.since));
    let instead = instead_of(opening, |id| everywhere.get(&id).copied());
    OpeningEntry {
        facility: venue.facility.to_string(),
        disaster: opening.disaster.to_string(),
        name: venue.name.clone(),
        address: venue.address.clone(),
        lat: venue.point.map(|point| point.lat),
        lon: venue.point.map(|point| point.lon),
        state: opening.state,
        since: opening.since,
        reason: opening.reason.as_deref().map(|words| mode.mark(words)),
        adhoc: venue.adhoc,
        persons: count.and_then(|count| count.persons),
        households: count.and_then(|count| count.households),
        counted_at: count.map(|count| count.counted_at),
        capacity: venue.listed,
        capacity_now: capacity::now(venue.floor_m2, disaster.since, disaster.clock(now, Some(newest))),
        instead: instead.map(|there| InsteadEntry {
            facility: there.venue.facility.to_string(),
            name: there.venue.name.clone(),
            municipality: there.venue.municipality.clone(),
        }),
        note: opening.note.as_deref().map(|words| mode.mark(words)),
    }
}

/// Where people can go comes first.
fn order(state: State) -> u8 {
    match state {
        State::Open => 0,
        State::Full => 1,
        State::Preparing => 2,
        State::Closing => 3,
        State::Closed => 4,
    }
}

fn prefecture(mode: Mode, running: &[Disaster], tallies: &[Tally]) -> PrefectureDocument {
    let municipalities: Vec<MunicipalityTally> = everywhere(running)
        .into_iter()
        .map(|code| {
            let name = areas::municipality(&code).map_or_else(|| code.clone(), |row| row.name.to_owned());
            let of_it = tallies.iter().filter(|tally| tally.municipality == code);
            of_it.fold(MunicipalityTally::empty(code.clone(), name), MunicipalityTally::with)
        })
        .collect();
    let sum = |of: fn(&MunicipalityTally) -> u32| municipalities.iter().map(of).sum();
    let known = |of: fn(&MunicipalityTally) -> Option<u32>| {
        municipalities.iter().filter_map(of).fold(None, |sum: Option<u32>, n| Some(sum.unwrap_or(0).saturating_add(n)))
    };
    PrefectureDocument {
        mode,
        as_of: None,
        disaster: running.first().map(DisasterBrief::of),
        open: sum(|m| m.open),
        full: sum(|m| m.full),
        persons: known(|m| m.persons),
        households: known(|m| m.households),
        uncounted: sum(|m| m.uncounted),
        municipalities,
    }
}

impl MunicipalityTally {
    fn empty(code: String, name: String) -> Self {
        Self { code, name, ..Self::default() }
    }

    fn with(mut self, tally: &Tally) -> Self {
        let n = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        let add = |known: Option<u32>, more: Option<i64>| match (known, more.map(n)) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        let shelters = n(tally.shelters);
        match tally.state.as_str() {
            "open" => self.open += shelters,
            "full" => self.full += shelters,
            "preparing" => self.preparing += shelters,
            _ => self.closing += shelters,
        }
        self.persons = add(self.persons, tally.persons);
        self.households = add(self.households, tally.households);
        if tally.state != "preparing" {
            self.uncounted += n(tally.shelters - tally.counted);
        }
        self.counted_at = self.counted_at.max(tally.counted_at.map(Timestamp::from));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::{at, disaster, opening};
    use crate::model::{Headcount, Venue};

    fn reads_back<T: serde::Serialize + serde::de::DeserializeOwned>(document: &T) -> T {
        serde_json::from_value(serde_json::to_value(document).unwrap()).unwrap()
    }

    #[test]
    fn a_municipality_lists_each_place_once_and_the_open_ones_first() {
        let (live, now) = (disaster(Mode::Live), at("2025-12-09T06:00:00+09:00"));
        let other = Disaster { id: Id::from_uuid(uuid::Uuid::from_u128(98)), ..live.clone() };
        let full = Opening {
            instead: Some(opening(2, State::Open).venue.facility),
            count: Some(Headcount { persons: Some(400), households: None, counted_at: now, by: "x".to_owned() }),
            ..opening(1, State::Full)
        };
        let closed_for_other = Opening { disaster: other.id, since: now, ..opening(1, State::Closed) };
        let openings = [closed_for_other, full, opening(2, State::Open), opening(3, State::Closed)];
        let everywhere = openings.iter().filter(|o| o.state.is_active()).map(|o| (o.venue.facility, o)).collect();
        let document = municipality(Mode::Live, "02203", &[other, live], &openings, &everywhere, now);
        let lines: Vec<String> = document
            .openings
            .iter()
            .map(|o| {
                format!("{} {} {:?} → {:?}", o.name, o.state.as_str(), o.persons, o.instead.as_ref().map(|i| &i.name))
            })
            .collect();
        assert_eq!(
            lines,
            [
                "第2小学校 open None → None",
                "第1小学校 full Some(400) → Some(\"第2小学校\")",
                "第3小学校 closed None → None",
            ]
        );
        assert_eq!(reads_back(&document), document);
    }

    #[test]
    fn a_drill_is_marked_in_every_word_of_staff() {
        let drill = disaster(Mode::Drill);
        let one = Opening {
            mode: Mode::Drill,
            disaster: drill.id,
            note: Some("北口から".to_owned()),
            venue: Venue { floor_m2: Some(350.0), ..opening(1, State::Open).venue },
            ..opening(1, State::Open)
        };
        let now = at("2025-12-12T06:00:00+09:00");
        let shown = entry(&one, &drill, &HashMap::new(), now);
        assert_eq!(shown.note.as_deref(), Some("【訓練】北口から"));
        assert!(shown.reason.unwrap().starts_with("【訓練】"));
        assert_eq!((shown.capacity, shown.capacity_now.unwrap().persons), (Some(300), 100));
        let brief = DisasterBrief::of(&drill);
        assert!(brief.name.ja.starts_with("【訓練】") && brief.name.en.starts_with("【訓練】"));
    }

    #[test]
    fn what_nobody_counted_is_not_zero() {
        let tally = |state: &str, shelters, persons, counted| Tally {
            municipality: "02203".to_owned(),
            state: state.to_owned(),
            shelters,
            persons,
            households: None,
            counted,
            counted_at: None,
        };
        let document = prefecture(Mode::Live, &[], &[tally("open", 3, None, 0), tally("preparing", 2, None, 0)]);
        assert_eq!((document.open, document.persons, document.uncounted), (3, None, 3));
        let document = prefecture(Mode::Live, &[], &[tally("open", 3, Some(70), 2), tally("full", 1, Some(300), 1)]);
        assert_eq!((document.full, document.persons, document.uncounted), (1, Some(370), 1));
        assert_eq!(document.municipalities.len(), 40);
        assert_eq!(reads_back(&document), document);
    }
}
