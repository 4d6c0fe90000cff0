//! What happens at shelters, and the rules of it. Pure: time and ids are arguments.

pub mod capacity;
pub mod curve;
pub mod history;
pub mod steps;
pub mod suits;

use kernel::{AreaCode, Id, Mode, Point, Text, Timestamp, areas};
use places::{Facility, Suitability};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use steps::{Around, Ask, Counted, count, declare, end, step};

/// Longest name of a disaster or an ad-hoc shelter, in characters.
pub const MAX_NAME: usize = 100;
/// Longest reason, note or address, in characters.
pub const MAX_WORDS: usize = 500;
/// More people than this are a slip of the hand: no shelter of the country is as large.
pub const MAX_PERSONS: u32 = 100_000;

/// A disaster (災害): what openings and headcounts belong to, live or drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disaster {
    pub id: Id<Disaster>,
    /// A drill's begins 【訓練】: [`declare`] sees to it.
    pub name: Text,
    pub mode: Mode,
    pub since: Timestamp,
    /// When it was closed; running until then.
    pub until: Option<Timestamp>,
    /// JIS codes; empty means the whole prefecture.
    pub municipalities: Vec<String>,
    /// Its history was imported from files: it happened elsewhere or before, and only a drill can play it again.
    pub past: bool,
    /// The past disaster that this drill plays.
    pub replay_of: Option<Id<Disaster>>,
}

/// Where an opening stands (開設の状況).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ShelterState)]
pub enum State {
    /// 準備中
    Preparing,
    /// 開設
    Open,
    /// 満員
    Full,
    /// 閉鎖準備
    Closing,
    /// 閉鎖
    Closed,
}

/// A place as this room needs it (場所): what the register said of it at the last step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Venue {
    pub facility: Id<Facility>,
    pub name: String,
    /// The designating municipality (JIS5).
    pub municipality: String,
    pub address: Option<String>,
    pub point: Option<Point>,
    /// The number of the list (想定収容人数).
    pub listed: Option<u32>,
    pub floor_m2: Option<f64>,
    pub suitability: Vec<Suitability>,
    /// On no list (指定外).
    pub adhoc: bool,
}

/// A headcount (避難者数). Persons and households are counted apart, and what nobody counted is not zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headcount {
    pub persons: Option<u32>,
    pub households: Option<u32>,
    pub counted_at: Timestamp,
    /// `staff:<account>`
    pub by: String,
}

/// An opening (開設) of one place in one disaster, as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    pub disaster: Id<Disaster>,
    pub mode: Mode,
    pub venue: Venue,
    pub state: State,
    /// Since when it is in this state.
    pub since: Timestamp,
    /// Who brought it there, and why.
    pub by: String,
    pub reason: Option<String>,
    /// Words for residents: entrance, pets, what to bring.
    pub note: Option<String>,
    /// Where to go instead while it is full.
    pub instead: Option<Id<Facility>>,
    /// The newest headcount.
    pub count: Option<Headcount>,
}

/// What the rules refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("a name has 1 to 100 characters")]
    Name,
    #[error("a live disaster must not be called 【訓練】")]
    DrillMark,
    #[error("no such municipality in Aomori")]
    Municipality,
    #[error("a disaster does not begin in the future")]
    Since,
    #[error("the disaster is over")]
    Ended,
    #[error("shelters are still open")]
    StillOpen(usize),
    #[error("the place is not in a municipality of this disaster")]
    OutsideDisaster,
    #[error("the place is open for another disaster")]
    OpenElsewhere,
    #[error("no step from {from:?} to {to:?}")]
    Step { from: State, to: State },
    #[error("a reason is needed, of at most 500 characters")]
    Reason,
    #[error("a note has at most 500 characters")]
    Note,
    #[error("full needs a place to go instead")]
    InsteadNeeded,
    #[error("the place to go instead is the place itself")]
    InsteadItself,
    #[error("the place to go instead is not open")]
    InsteadNotOpen,
    #[error("only a full shelter names a place to go instead")]
    InsteadUnasked,
    #[error("the place is not open")]
    NotOpen,
    #[error("a count needs persons or households")]
    EmptyCount,
    #[error("more than 100,000 persons or households")]
    TooMany,
    #[error("more households than persons")]
    Households,
    #[error("counted in the future, or before the disaster")]
    CountedAt,
    #[error("an address has 1 to 500 characters")]
    Address,
    #[error("coordinates outside of Japan")]
    Position,
}

impl Disaster {
    /// Whether it is going on.
    pub fn is_running(&self) -> bool {
        self.until.is_none()
    }

    /// Whether it concerns the municipality.
    pub fn covers(&self, jis5: &str) -> bool {
        if self.municipalities.is_empty() {
            areas::municipality(jis5).is_some()
        } else {
            self.municipalities.iter().any(|one| one == jis5)
        }
    }

    /// The areas a person must be responsible for to begin or end it.
    pub fn areas(&self) -> Vec<AreaCode> {
        if self.municipalities.is_empty() {
            return vec![areas::PREFECTURE];
        }
        self.municipalities.iter().map(|jis5| AreaCode::municipality(jis5)).collect()
    }

    /// The time that counts as now in it: a past disaster runs by its own time.
    pub fn clock(&self, now: Timestamp, newest: Option<Timestamp>) -> Timestamp {
        if self.replay_of.is_some() { newest.unwrap_or(self.since) } else { now }
    }
}

impl State {
    /// All, in their usual order.
    pub const ALL: [Self; 5] = [Self::Preparing, Self::Open, Self::Full, Self::Closing, Self::Closed];

    /// As on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Open => "open",
            Self::Full => "full",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }

    /// In words.
    pub fn text(self) -> Text {
        let (ja, easy, en) = match self {
            Self::Preparing => ("準備中", "じゅんびしています", "Preparing"),
            Self::Open => ("開設", "あいています", "Open"),
            Self::Full => ("満員", "いっぱいです", "Full"),
            Self::Closing => ("閉鎖準備", "もうすぐ しまります", "Closing"),
            Self::Closed => ("閉鎖", "しまりました", "Closed"),
        };
        Text::new(ja, easy, en)
    }

    /// Whether people are, or may be, there: they are counted.
    pub const fn is_active(self) -> bool {
        !matches!(self, Self::Closed)
    }

    /// Whether residents are sent there; to a full one only when nothing else is near.
    pub const fn takes_people(self) -> bool {
        matches!(self, Self::Open | Self::Full)
    }
}

impl Opening {
    /// The area whose staff decide.
    pub fn area(&self) -> AreaCode {
        AreaCode::municipality(&self.venue.municipality)
    }
}

/// Where to go instead of a full place: the named one, or where that one sends people in turn; `None` when the chain ends
/// at a place that takes nobody. Never the place itself.
pub fn instead_of<'a>(full: &Opening, find: impl Fn(Id<Facility>) -> Option<&'a Opening>) -> Option<&'a Opening> {
    if full.state != State::Full {
        return None;
    }
    let mut seen = vec![full.venue.facility];
    let mut next = full.instead?;
    loop {
        if seen.contains(&next) {
            return None;
        }
        seen.push(next);
        let there = find(next)?;
        match there.state {
            State::Open => return Some(there),
            State::Full => next = there.instead?,
            _ => return None,
        }
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    pub(crate) fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time of the test")
    }

    pub(crate) fn venue(n: u128) -> Venue {
        Venue {
            facility: Id::from_uuid(uuid::Uuid::from_u128(n)),
            name: format!("第{n}小学校"),
            municipality: "02203".to_owned(),
            address: None,
            point: Point::new(40.5, 141.5),
            listed: Some(300),
            floor_m2: None,
            suitability: Vec::new(),
            adhoc: false,
        }
    }

    pub(crate) fn disaster(mode: Mode) -> Disaster {
        let (id, since) = (Id::from_uuid(uuid::Uuid::from_u128(99)), at("2025-12-08T23:15:00+09:00"));
        declare(id, &Text::same("青森県東方沖の地震"), mode, since, vec!["02203".to_owned()], since)
            .expect("a sound one")
    }

    pub(crate) fn opening(n: u128, state: State) -> Opening {
        Opening {
            disaster: disaster(Mode::Live).id,
            mode: Mode::Live,
            venue: venue(n),
            state,
            since: at("2025-12-08T23:30:00+09:00"),
            by: "system".to_owned(),
            reason: Some("津波警報".to_owned()),
            note: None,
            instead: None,
            count: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{disaster, opening};
    use super::*;

    #[test]
    fn a_full_shelter_sends_people_on_until_somewhere_is_open() {
        let to = |n: u128, state, next: Option<u128>| Opening {
            instead: next.map(|n| Id::from_uuid(uuid::Uuid::from_u128(n))),
            ..opening(n, state)
        };
        let all = [
            to(1, State::Full, Some(2)),
            to(2, State::Full, Some(3)),
            to(3, State::Open, None),
            to(4, State::Full, Some(5)),
            to(5, State::Full, Some(4)),
            to(6, State::Full, Some(7)),
            to(7, State::Closed, None),
            to(8, State::Full, None),
            to(9, State::Full, Some(77)),
        ];
        let find = |id| all.iter().find(|one| one.venue.facility == id);
        let names: Vec<Option<&str>> =
            all.iter().map(|one| instead_of(one, find).map(|o| o.venue.name.as_str())).collect();
        assert_eq!(names, [Some("第3小学校"), Some("第3小学校"), None, None, None, None, None, None, None]);
    }

    #[test]
    fn a_disaster_covers_its_municipalities_or_the_whole_prefecture() {
        let narrow = disaster(Mode::Live);
        assert!(narrow.covers("02203") && !narrow.covers("02201"));
        let whole = Disaster { municipalities: Vec::new(), ..narrow };
        assert!(whole.covers("02201") && !whole.covers("17202"));
        assert_eq!(whole.areas(), [areas::PREFECTURE]);
    }
}
