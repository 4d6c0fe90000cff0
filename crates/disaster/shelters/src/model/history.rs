//! The history of a past disaster: snapshots of who was where, assembled into one curve per shelter and one in all.

use std::collections::BTreeMap;

use kernel::{Id, Point, Text, Timestamp, fold};
use places::Facility;
use serde::{Deserialize, Serialize};

use super::State;

/// Most shelters of one history.
pub const MAX_TRACKS: usize = 5_000;
/// Ids that a municipality made up for shelters which are on no list.
const MADE_UP: &str = "NEW";

/// One row of a snapshot, or of the official list (記録の1行).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Where it was read: file and line, for notes.
    pub place: String,
    pub at: Option<Timestamp>,
    pub id: Option<String>,
    pub name: String,
    pub address: Option<String>,
    pub point: Option<Point>,
    /// What the list says of capacity: a number where there is one, and its words.
    pub listed: Option<u32>,
    pub capacity_text: Option<String>,
    pub state: Option<State>,
    pub persons: Option<u32>,
    pub households: Option<u32>,
}

/// What one snapshot says of one shelter (ある時点の状況).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    pub at: Timestamp,
    pub state: State,
    pub persons: Option<u32>,
    pub households: Option<u32>,
}

/// One shelter through the disaster (避難所ごとの推移).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// The id of the files, or the folded name where there is none.
    pub key: String,
    pub facility: Id<Facility>,
    /// The newest name; others are in the notes.
    pub name: String,
    pub address: Option<String>,
    pub point: Option<Point>,
    pub listed: Option<u32>,
    pub capacity_text: Option<String>,
    /// On no official list.
    pub adhoc: bool,
    /// Oldest first; the last one of a shelter that closed is [`State::Closed`].
    pub series: Vec<Sample>,
}

/// All shelters together at one time (全体の推移の1点).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurvePoint {
    pub at: Timestamp,
    pub open: u32,
    /// The sum of what was counted; null when nobody counted.
    pub persons: Option<u32>,
    pub households: Option<u32>,
}

/// The history of a disaster (避難者数の推移).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    pub tracks: Vec<Track>,
    /// Oldest first.
    pub points: Vec<CurvePoint>,
    /// What was strange in the files.
    pub notes: Vec<Text>,
}

impl History {
    /// First and last time.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        Some((self.points.first()?.at, self.points.last()?.at))
    }

    /// The highest number of persons.
    pub fn peak(&self) -> Option<CurvePoint> {
        self.points.iter().copied().max_by_key(|point| point.persons)
    }
}

/// Puts rows together by time and shelter. `official` is the list of the municipality, if it came with the files; `ids` makes
/// the id of a shelter.
pub fn assemble(rows: Vec<Reading>, official: &[Reading], mut ids: impl FnMut() -> Id<Facility>) -> History {
    let mut notes = Vec::new();
    let list: BTreeMap<String, &Reading> = official.iter().map(|row| (key(row), row)).collect();
    let mut snapshots: BTreeMap<Timestamp, BTreeMap<String, Reading>> = BTreeMap::new();
    for row in rows {
        let Some(at) = row.at else {
            notes.push(note(
                &row.place,
                "時点を読み取れないため使いませんでした。",
                "has no readable time and was left out.",
            ));
            continue;
        };
        let there = snapshots.entry(at).or_default();
        let place = row.place.clone();
        if there.insert(key(&row), row).is_some() {
            notes.push(note(
                &place,
                "同じ時点に同じ避難所が2回あります。後の行を使いました。",
                "repeats a shelter of the same time; the later row counts.",
            ));
        }
    }
    let mut tracks: BTreeMap<String, Track> = BTreeMap::new();
    for (at, there) in &snapshots {
        for (key, row) in there {
            if !tracks.contains_key(key) && tracks.len() >= MAX_TRACKS {
                continue;
            }
            let track =
                tracks.entry(key.clone()).or_insert_with(|| begin(key, row, list.get(key).copied(), official, ids()));
            learn(track, row, &mut notes);
            track.series.push(sample(*at, row));
        }
        for (_, track) in tracks.iter_mut().filter(|(key, _)| !there.contains_key(*key)) {
            if track.series.last().is_some_and(|last| last.state.is_active()) {
                track.series.push(Sample { at: *at, state: State::Closed, persons: None, households: None });
            }
        }
    }
    let points = snapshots.iter().map(|(at, there)| point(*at, there.values())).collect();
    History { tracks: tracks.into_values().collect(), points, notes }
}

/// The id, without what a spreadsheet adds; else the folded name.
fn key(row: &Reading) -> String {
    match row.id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
        Some(id) => id.to_owned(),
        None => format!("name:{}", fold::fold(&row.name)),
    }
}

fn begin(key: &str, row: &Reading, listed: Option<&Reading>, official: &[Reading], facility: Id<Facility>) -> Track {
    Track {
        key: key.to_owned(),
        facility,
        name: listed.unwrap_or(row).name.clone(),
        address: None,
        point: None,
        listed: None,
        capacity_text: None,
        // A list may have taken the made-up ones in later; they stay what they were.
        adhoc: key.starts_with(MADE_UP) || (!official.is_empty() && listed.is_none()),
        series: Vec::new(),
    }
}

/// Later rows fill what earlier ones left open; a new name is noted.
fn learn(track: &mut Track, row: &Reading, notes: &mut Vec<Text>) {
    if !fold::same(&track.name, &row.name) && !row.name.is_empty() {
        let ja = format!("{}の名称が「{}」から「{}」に変わりました。", track.key, track.name, row.name);
        let en = format!("{} changed its name from {} to {}.", track.key, track.name, row.name);
        notes.push(Text::new(ja.clone(), ja, en));
        track.name.clone_from(&row.name);
    }
    track.address = row.address.clone().or(track.address.take());
    track.point = row.point.or(track.point);
    track.listed = row.listed.or(track.listed);
    track.capacity_text = row.capacity_text.clone().or(track.capacity_text.take());
}

fn sample(at: Timestamp, row: &Reading) -> Sample {
    let state = row.state.unwrap_or(State::Open);
    Sample { at, state, persons: row.persons, households: row.households }
}

fn point<'a>(at: Timestamp, rows: impl Iterator<Item = &'a Reading>) -> CurvePoint {
    let sum = |total: &mut Option<u32>, more: Option<u32>| {
        if let Some(more) = more {
            *total = Some(total.unwrap_or(0).saturating_add(more));
        }
    };
    let mut all = CurvePoint { at, open: 0, persons: None, households: None };
    for row in rows.filter(|row| row.state.is_none_or(State::takes_people)) {
        all.open += 1;
        sum(&mut all.persons, row.persons);
        sum(&mut all.households, row.households);
    }
    all
}

fn note(place: &str, ja: &str, en: &str) -> Text {
    let ja = format!("{place}：{ja}");
    Text::new(ja.clone(), ja, format!("{place} {en}"))
}

#[cfg(test)]
mod tests {
    use super::super::samples::at;
    use super::*;

    fn row(time: &str, id: &str, name: &str, persons: Option<u32>) -> Reading {
        Reading {
            place: "a.csv:2".to_owned(),
            at: (!time.is_empty()).then(|| at(&format!("2024-01-{time}:00+09:00"))),
            id: (!id.is_empty()).then(|| id.to_owned()),
            name: name.to_owned(),
            persons,
            ..Reading::default()
        }
    }

    fn put(rows: Vec<Reading>) -> History {
        let mut n = 0;
        let official = [row("", "C1", "小学校", None), row("", "NEW1", "集会所", None)];
        assemble(rows, &official, || {
            n += 1;
            Id::from_uuid(uuid::Uuid::from_u128(n))
        })
    }

    #[test]
    fn snapshots_become_curves_and_a_missing_row_is_a_closing() {
        let history = put(vec![
            row("09T18:00", "C1", "小学校", Some(180)),
            row("09T18:00", "NEW1", "集会所", None),
            row("13T06:00", "C1", "小学校", Some(200)),
            row("20T06:00", "NEW1", "集会所（福祉避難所）", Some(5)),
            row("20T06:00", "", "寺", Some(7)),
        ]);
        let points: Vec<(u32, Option<u32>)> = history.points.iter().map(|p| (p.open, p.persons)).collect();
        assert_eq!(points, [(2, Some(180)), (1, Some(200)), (2, Some(12))]);
        let states =
            |n: usize| history.tracks[n].series.iter().map(|s| (s.state.as_str(), s.persons)).collect::<Vec<_>>();
        assert_eq!(states(0), [("open", Some(180)), ("open", Some(200)), ("closed", None)]);
        assert_eq!(states(1), [("open", None), ("closed", None), ("open", Some(5))]);
        let kinds: Vec<(&str, bool)> = history.tracks.iter().map(|t| (t.key.as_str(), t.adhoc)).collect();
        assert_eq!(kinds, [("C1", false), ("NEW1", true), ("name:寺", true)]);
        assert_eq!(history.tracks[1].name, "集会所（福祉避難所）");
        assert!(history.notes[0].ja.contains("名称が「集会所」から"), "{:?}", history.notes);
        assert_eq!(history.peak().map(|p| p.persons), Some(Some(200)));
    }

    #[test]
    fn rows_without_a_time_and_rows_said_twice_are_noted() {
        let history = put(vec![
            row("", "C1", "小学校", Some(1)),
            row("09T18:00", "C1", "小学校", Some(2)),
            row("09T18:00", "C1", "小学校", Some(3)),
        ]);
        assert_eq!(history.points[0].persons, Some(3));
        assert_eq!(history.notes.len(), 2);
        assert!(put(Vec::new()).span().is_none());
    }

    #[test]
    fn what_nobody_counted_is_not_zero() {
        let history = put(vec![row("09T18:00", "C1", "小学校", None)]);
        assert_eq!((history.points[0].open, history.points[0].persons), (1, None));
    }
}
