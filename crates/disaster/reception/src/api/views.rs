//! What several answers show of a household: where it stands, and what the next event names as its causes.

use kernel::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::event::{Counts, Kind, Subject, Where};
use crate::fold::{Effect, Line, Party, Place, Presence};

/// Where a household stands (現況).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ReceptionStanding)]
pub(super) struct Standing {
    presence: Presence,
    /// The shelter; null outside of every shelter.
    shelter: Option<String>,
    /// The municipality of a household outside of every shelter.
    municipality: Option<String>,
    /// Where it is moving to.
    to: Option<String>,
    counts: Counts,
    /// Who of it is out for a while.
    out: Counts,
    stays: Option<Where>,
    assurance: u8,
    /// Only counted, without a card.
    counted_only: bool,
    since: Timestamp,
    /// Whether a clock that is known says so.
    sure: bool,
    /// Shelters that count on it, when there are several (二か所で受付).
    two_places: Vec<String>,
    /// What the next event about it gives as its causes.
    heads: Vec<String>,
    /// Cards that are this household.
    subjects: Vec<String>,
}

impl Standing {
    /// Cards that are this household.
    pub(super) fn subjects(&self) -> &[String] {
        &self.subjects
    }
}

/// One event in a household's history (経過の一行).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ReceptionHistoryLine)]
pub(super) struct HistoryLine {
    id: String,
    kind: Kind,
    subject: Option<String>,
    shelter: Option<String>,
    at: Timestamp,
    sure: bool,
    actor: String,
    device: String,
    counts: Option<Counts>,
    /// Another household, event, facility or checkpoint, by kind: an id, or of households 32 hex digits.
    other: Option<String>,
    effect: Effect,
    /// What the event says besides, opened; null for what is part of the card.
    #[schema(value_type = Option<Object>)]
    words: Option<serde_json::Value>,
}

/// An event as it is shown.
pub(super) fn line(of: &Line, words: Option<&serde_json::Value>) -> HistoryLine {
    HistoryLine {
        id: of.id.to_string(),
        kind: of.kind,
        subject: of.subject.map(|subject| subject.to_string()),
        shelter: place(&of.place).0,
        at: Timestamp::from_millis(of.at_ms),
        sure: of.sure,
        actor: of.actor.to_string(),
        device: of.device.to_string(),
        counts: of.counts,
        other: of.other.map(|other| match of.kind {
            Kind::Link | Kind::Unlink => Subject(other).to_string(),
            _ => Uuid::from_u128(other).to_string(),
        }),
        effect: of.effect,
        words: words.cloned(),
    }
}

/// Where a party stands; `None` when it was not received anywhere.
pub(super) fn standing(party: &Party) -> Option<Standing> {
    let at = party.standing.as_ref()?;
    let (shelter, municipality) = place(&at.place);
    Some(Standing {
        presence: at.presence,
        shelter,
        municipality,
        to: at.to.map(|facility| facility.to_string()),
        counts: at.counts,
        out: at.out,
        stays: at.stays,
        assurance: at.assurance,
        counted_only: at.counted_only,
        since: Timestamp::from_millis(at.since_ms),
        sure: at.sure,
        two_places: party.claims.iter().filter_map(|claim| place(&claim.place).0).collect(),
        heads: party.heads.iter().map(ToString::to_string).collect(),
        subjects: party.subjects.iter().map(ToString::to_string).collect(),
    })
}

/// The shelter, or the municipality outside of every shelter.
pub(super) fn place(place: &Place) -> (Option<String>, Option<String>) {
    match place {
        Place::Shelter(facility) => (Some(facility.to_string()), None),
        Place::Outside(jis5) => (None, Some(jis5.to_string())),
    }
}

/// Figures of one place, for descriptions.
pub(super) fn example_occupancy() -> serde_json::Value {
    let tally = |households: u32, [adults, children, infants, wheelchair]: [u32; 4]| {
        let counts = Counts { adults, children, infants, wheelchair };
        serde_json::json!({ "households": households, "counts": counts })
    };
    serde_json::json!({
        "present": tally(12, [20, 8, 2, 1]), "away": tally(1, [2, 0, 0, 0]), "expected": tally(0, [0; 4]),
        "counted_only": 3, "conflicts": 0
    })
}
