//! Desks that write events, and a register that takes them.

use kernel::{Id, Mode};
use reception::clock::Reading;
use reception::event::Observed;
use reception::fold::{Applied, Party, Register, Scope, Standing};
use reception::{Counts, Epoch, Event, Kind, Place, Presence, Stamp, Subject};
use uuid::Uuid;

pub(crate) const NOON: i64 = 1_765_200_000_000;
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const DAY: i64 = 86_400_000;

pub(crate) const GYM: Uuid = Uuid::from_u128(0xa1);
pub(crate) const SCHOOL: Uuid = Uuid::from_u128(0xa2);

pub(crate) fn scope() -> Scope {
    Scope { disaster: Uuid::from_u128(0xd15), mode: Mode::Live }
}

pub(crate) fn sato() -> Subject {
    Subject(0x5a70)
}

pub(crate) fn people(adults: u32, children: u32) -> Counts {
    Counts { adults, children, ..Counts::default() }
}

pub(crate) fn id(n: u128) -> Id<Event> {
    Id::from_uuid(Uuid::from_u128(n))
}

pub(crate) fn hash(event: &Event) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(event.id.uuid().as_bytes());
    hash
}

/// An event as a desk with a right clock would write it; change what matters.
pub(crate) fn event(n: u128, kind: Kind, at_ms: i64, causes: &[u128]) -> Event {
    let arrives = matches!(kind, Kind::CheckIn | Kind::CountOnly);
    Event {
        id: id(n),
        schema: 1,
        kind,
        mode: Mode::Live,
        subject: Some(sato()),
        disaster: scope().disaster,
        shelter: Some(GYM),
        municipality: "02203".to_owned(),
        counts: arrives.then(|| people(2, 1)),
        stays: None,
        assurance: 0,
        other: None,
        causes: causes.iter().map(|n| id(*n)).collect(),
        actor: "desk".to_owned(),
        device: Uuid::from_u128(0xdd),
        boot: Uuid::from_u128(0xb0),
        mono_ms: u64::try_from(at_ms - NOON + DAY).unwrap(),
        wall_ms: at_ms,
        observed: None,
        rule: None,
        sealed: None,
        prev: None,
    }
}

/// Ties the boot of [`event`] to the trusted clock.
pub(crate) fn clock(n: u128) -> Event {
    let mut clock = event(n, Kind::Clock, NOON, &[]);
    (clock.subject, clock.observed) = (None, Some(Observed::Trusted { at_ms: NOON }));
    clock
}

pub(crate) fn at(mut event: Event, facility: Uuid) -> Event {
    event.shelter = Some(facility);
    event
}

pub(crate) fn about(mut event: Event, subject: Subject) -> Event {
    event.subject = Some(subject);
    event
}

pub(crate) fn with(mut event: Event, other: impl std::fmt::Display) -> Event {
    event.other = Some(format!("{other}"));
    event
}

pub(crate) fn counting(mut event: Event, counts: Counts) -> Event {
    event.counts = Some(counts);
    event
}

/// A boot of its own, whose wall clock is off by `off_ms`.
pub(crate) fn unknown_clock(mut event: Event, boot: u128, off_ms: i64) -> Event {
    (event.boot, event.wall_ms) = (Uuid::from_u128(boot), event.wall_ms + off_ms);
    event
}

/// A stamp of node `node` in its only epoch.
pub(crate) fn stamp(node: u128, position: i64, reading: Reading) -> Stamp {
    let uuid = Uuid::from_u128(node);
    let Reading { mono_ms, wall_ms } = reading;
    Stamp { node: uuid, epoch: Epoch(uuid), position, boot: Uuid::from_u128(node << 8), mono_ms, wall_ms }
}

pub(crate) fn register(events: &[Event]) -> Register {
    let mut register = Register::default();
    for event in events {
        assert_eq!(register.apply(event, hash(event), &[]), Applied::New);
    }
    register
}

pub(crate) fn party(events: &[Event]) -> Party {
    register(events).subject(scope(), sato()).unwrap()
}

pub(crate) fn standing(events: &[Event]) -> Standing {
    party(events).standing.unwrap()
}

/// Where it stands, in short.
pub(crate) fn stands(events: &[Event]) -> (Presence, Place) {
    let standing = standing(events);
    (standing.presence, standing.place)
}

pub(crate) fn shelter(facility: Uuid) -> Place {
    Place::Shelter(facility)
}
