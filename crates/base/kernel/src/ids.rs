//! Typed ids: `Id<Shelter>` is not `Id<Card>`, though both are a UUIDv7.
#![expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for randomness")]

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::{Builder, Uuid};

use crate::Clock;

/// The id (識別子) of one `T`: a UUIDv7, made where the thing came to be. Also the idempotency key of its making.
///
/// In a type that derives `ToSchema`, name it through an alias (`pub type CardId = Id<Card>;`): the derive asks every
/// generic argument it sees for a schema of its own.
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// The id with these bits.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The bits, for the database.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// The same bits as the id of something else: only where one thing is named after another (a receipt after its command).
    pub const fn cast<U>(self) -> Id<U> {
        Id::from_uuid(self.0)
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<T> FromStr for Id<T> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self::from_uuid)
    }
}

impl<T> From<Uuid> for Id<T> {
    fn from(uuid: Uuid) -> Self {
        Self::from_uuid(uuid)
    }
}

impl<T> From<Id<T>> for Uuid {
    fn from(id: Id<T>) -> Self {
        id.0
    }
}

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}

impl<T> PartialSchema for Id<T> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .description(Some("UUIDv7, made where the thing came to be"))
            .examples(["019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10"])
            .into()
    }
}

impl<T> ToSchema for Id<T> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Id")
    }
}

/// Where new ids come from. Ids of one source never go backwards, also within a millisecond.
#[derive(Clone)]
pub struct Ids {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

struct State {
    random: Random,
    millis: u64,
    tail: u128,
}

enum Random {
    System,
    Seeded(u64),
}

/// 74 bits stand beside the time in a UUIDv7.
const TAIL_BITS: u32 = 74;
/// A clock that stepped back further than this is believed; less is bridged by counting on.
const BACKSTEP_MS: u64 = 10_000;

impl Ids {
    /// Ids no one can guess.
    pub fn system(clock: Clock) -> Self {
        Self::with(Random::System, clock)
    }

    /// The same ids in every run: for tests and for the demo's scenario.
    pub fn seeded(seed: u64, clock: Clock) -> Self {
        Self::with(Random::Seeded(seed), clock)
    }

    /// A new id.
    pub fn next<T>(&self) -> Id<T> {
        Id::from_uuid(self.uuid())
    }

    /// A new id without a type, for the tables of `store`.
    pub fn uuid(&self) -> Uuid {
        let now = self.clock.now().millis();
        self.state.lock().next(now)
    }

    /// Fills `bytes` from the same source: for invitation tokens, nonces and keys.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.state.lock().random.fill(bytes);
    }

    fn with(random: Random, clock: Clock) -> Self {
        Self { clock, state: Arc::new(Mutex::new(State { random, millis: 0, tail: 0 })) }
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}

impl State {
    fn next(&mut self, now: i64) -> Uuid {
        let now = u64::try_from(now).unwrap_or(0);
        let mut bytes = [0_u8; 16];
        self.random.fill(&mut bytes);
        let fresh = u128::from_be_bytes(bytes);
        if now > self.millis || now + BACKSTEP_MS < self.millis {
            self.start(now, fresh);
        } else {
            // Same millisecond: go on by a random step, so that neighbours cannot be guessed.
            self.tail += 1 + (fresh & 0xffff_ffff);
            if self.tail >> TAIL_BITS != 0 {
                self.start(self.millis + 1, fresh);
            }
        }
        build(self.millis, self.tail)
    }

    fn start(&mut self, millis: u64, fresh: u128) {
        self.millis = millis;
        // One bit of room to count on.
        self.tail = fresh & ((1 << (TAIL_BITS - 1)) - 1);
    }
}

impl Random {
    fn fill(&mut self, bytes: &mut [u8]) {
        match self {
            Self::System => getrandom::fill(bytes).expect("the operating system's random source works after boot"),
            Self::Seeded(state) => {
                for chunk in bytes.chunks_mut(8) {
                    chunk.copy_from_slice(&splitmix(state).to_be_bytes()[..chunk.len()]);
                }
            }
        }
    }
}

fn build(millis: u64, tail: u128) -> Uuid {
    let mut bytes = [0_u8; 10];
    let high = u16::try_from((tail >> 62) & 0xfff).unwrap_or(0);
    let low = u64::try_from(tail & ((1 << 62) - 1)).unwrap_or(0);
    bytes[..2].copy_from_slice(&high.to_be_bytes());
    bytes[2..].copy_from_slice(&low.to_be_bytes());
    Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

/// SplitMix64: small, good enough for repeatable tests, never used for secrets outside them.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::Timestamp;

    struct Card;

    fn noon() -> Clock {
        Clock::fixed(Timestamp::from_secs(1_765_200_000))
    }

    #[test]
    fn an_id_is_a_uuid_v7_of_its_moment() {
        let clock = noon();
        let id: Id<Card> = Ids::system(clock.clone()).next();
        let (secs, nanos) = id.uuid().get_timestamp().unwrap().to_unix();
        assert_eq!(id.uuid().get_version_num(), 7);
        assert_eq!(u64::from(nanos) / 1_000_000 + secs * 1000, u64::try_from(clock.now().millis()).unwrap());
        assert_eq!(id.to_string().parse::<Id<Card>>().unwrap(), id);
        assert_eq!(serde_json::to_value(id).unwrap(), id.to_string());
    }

    #[test]
    fn ids_never_repeat_or_go_back() {
        for ids in [Ids::system(Clock::system()), Ids::system(noon()), Ids::seeded(7, noon())] {
            let made: Vec<Id<Card>> = (0..20_000).map(|_| ids.next()).collect();
            assert!(made.is_sorted());
            assert_eq!(made.iter().collect::<HashSet<_>>().len(), made.len());
        }
    }

    #[test]
    fn a_seed_repeats_itself() {
        let (a, b, c) = (Ids::seeded(1, noon()), Ids::seeded(1, noon()), Ids::seeded(2, noon()));
        assert!((0..100).all(|_| a.uuid() == b.uuid()));
        assert_ne!(a.uuid(), c.uuid());
    }

    #[test]
    fn a_small_step_back_is_bridged_and_a_large_one_believed() {
        let clock = noon();
        let ids = Ids::seeded(1, clock.clone());
        let first = ids.uuid();
        clock.set(clock.now().minus(Duration::from_secs(5)));
        let bridged = ids.uuid();
        clock.set(clock.now().minus(Duration::from_hours(1)));
        assert!(first < bridged && ids.uuid() < first);
    }

    proptest! {
        #[test]
        fn every_tail_makes_a_valid_uuid(millis in 0_u64..1 << 48, tail in 0_u128..1 << TAIL_BITS, next in 1_u128..1 << 32) {
            let id = build(millis, tail);
            prop_assert_eq!(id.get_version_num(), 7);
            prop_assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
            if (tail + next) >> TAIL_BITS == 0 {
                prop_assert!(build(millis, tail + next) > id);
            }
        }
    }
}
