//! 北海道・三陸沖後発地震注意情報 (VYSE60): free text with no areas, no quake and no end, so these are ours.
//!
//! The trigger is the telegram itself; the quake is found by the times in the text; it holds 168 hours from the report,
//! ends with a closing message by the clock, and needs no telegram to end.

use std::time::Duration;

use feeds::facts::MegaquakeAdvisory;
use kernel::{Mode, Timestamp, areas};
use serde::{Deserialize, Serialize};

use super::quake::quakes;
use super::{Content, Derived, Grade, Origin, State, Statement};

/// One week from the report.
pub const ADVISORY_HOURS: u64 = 168;
/// How long the closing message stays.
const CLOSING_HOURS: u64 = 24;
/// A quake this long before the report can be the one it speaks of.
const LINK_HOURS: u64 = 24;

/// The municipalities asked to act (防災対応をとるべき地域).
///
/// They are designated by the state and named in no telegram. Until staff have entered the designated list, every
/// municipality of the prefecture is asked: too many prepare rather than too few.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// JIS codes; `None` while nobody has entered the list.
    pub designated: Option<Vec<String>>,
}

impl Targets {
    pub fn codes(&self) -> Vec<String> {
        match &self.designated {
            Some(codes) => codes.clone(),
            None => areas::municipalities().iter().map(|m| m.jis5.to_owned()).collect(),
        }
    }
}

/// The advisory as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct AdvisoryView {
    pub since: Timestamp,
    /// On our clock.
    pub until: Timestamp,
    pub closed: bool,
    /// The agency's words.
    pub original: String,
    /// EventID of the quake.
    pub quake: Option<String>,
    pub municipalities: Vec<String>,
    pub designated: bool,
    pub origin: Origin,
    pub reported_at: Timestamp,
}

/// The newest advisory while it holds, and its closing message for a day after.
pub fn advisory(state: &State, now: Timestamp) -> Option<AdvisoryView> {
    let (statement, told) = newest(state)?;
    let until = on_our_clock(state, statement);
    let gone = until.plus(Duration::from_hours(CLOSING_HOURS));
    (gone > now).then(|| AdvisoryView {
        since: statement.stamp.reported_at,
        until,
        closed: until <= now,
        original: told.text.trim().to_owned(),
        quake: link(state, statement, told),
        municipalities: state.targets.codes(),
        designated: state.targets.designated.is_some(),
        origin: statement.origin.clone(),
        reported_at: statement.stamp.reported_at,
    })
}

/// The advisory as a hazard of the prefecture.
pub(crate) fn derive(state: &State, now: Timestamp) -> Option<Derived> {
    let (statement, _) = newest(state)?;
    (on_our_clock(state, statement) > now).then(|| Derived {
        code: "VYSE60".to_owned(),
        level: None,
        rank: 2,
        grade: Grade::Advisory,
        until: Some(week(statement)),
        detail: String::new(),
        origin: statement.origin.clone(),
        reported_at: statement.stamp.reported_at,
    })
}

fn newest(state: &State) -> Option<(&Statement, &MegaquakeAdvisory)> {
    state
        .of("advisory")
        .filter_map(|s| match &s.content {
            Content::Advisory(a) => Some((s, a)),
            _ => None,
        })
        .max_by(|a, b| a.0.stamp.cmp(&b.0.stamp))
}

fn week(statement: &Statement) -> Timestamp {
    statement.stamp.reported_at.plus(Duration::from_hours(ADVISORY_HOURS))
}

/// The end of the week. A drill's is told in whole minutes, so that each telegram does not move it by an instant.
fn on_our_clock(state: &State, statement: &Statement) -> Timestamp {
    const MINUTE: i64 = 60_000_000;
    let until = state.on_our_clock(statement.stamp.reported_at, week(statement));
    match state.mode {
        Mode::Live => until,
        Mode::Drill => Timestamp::from_micros((until.micros() + MINUTE / 2).div_euclid(MINUTE) * MINUTE),
    }
}

/// The quake of the same mode in the day before whose time stands in the text; else the newest of M7 or more.
fn link(state: &State, statement: &Statement, told: &MegaquakeAdvisory) -> Option<String> {
    let reported = statement.stamp.reported_at;
    let from = reported.minus(Duration::from_hours(LINK_HOURS));
    let near: Vec<_> = quakes(state)
        .into_iter()
        .filter(|q| !q.cancelled && q.arrived_at >= from && q.arrived_at <= reported)
        .collect();
    let named = near.iter().find(|q| told.text.contains(&clock_words(q.origin_at.unwrap_or(q.arrived_at))));
    named.or_else(|| near.iter().find(|q| q.is_great())).map(|q| q.event.clone())
}

/// １４時０５分, as the text writes it.
fn clock_words(at: Timestamp) -> String {
    let digits = at.jst().format("%H時%M分").to_string();
    digits.chars().map(|c| c.to_digit(10).and_then(|d| char::from_u32('０' as u32 + d)).unwrap_or(c)).collect()
}
