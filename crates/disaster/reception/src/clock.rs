//! Clocks: when something happened, though no clock in a gymnasium can be trusted.
//!
//! Words: boot 起動 (one start of one device; its monotonic clock counts from there), observation 時計の観測, corrected time
//! 補正後の時刻.
//!
//! A device says (boot, monotonic, wall) with every event. Its wall clock may be years off and may jump; its monotonic
//! clock only counts, but from nowhere. A `clock` event ties the monotonic clock to a trusted one, or to the monotonic
//! clock of another boot; what is tied to something known becomes known.
//!
//! **Invariant:** what is known depends on the set of observations, not on their order.
//! **Invariant:** a wall clock never says when something happened; it only tells apart the times before and after a sleep,
//! in which a monotonic clock may stand still.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use kernel::Id;
use uuid::Uuid;

use crate::event::{Event, Observed};

/// Everything observed of every boot (時計の観測の集まり).
#[derive(Debug, Default, Clone)]
pub struct Clocks {
    boots: Vec<Boot>,
    keys: HashMap<Uuid, BootKey>,
}

/// A boot, as a short key of one [`Clocks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BootKey(u32);

/// A reading of a device's clocks (時計の読み).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    pub mono_ms: u64,
    pub wall_ms: i64,
}

/// Lead of the wall clock over the monotonic one, to the minute: within one lead the monotonic clock did not stand still.
type Lead = i64;

const LEAD_MS: i64 = 60_000;

#[derive(Debug, Default, Clone)]
struct Boot {
    /// Direct observations of a trusted clock; of those with one lead the first is enough.
    trusted: BTreeMap<Lead, Anchor>,
    /// Observations of other boots, and theirs of this one. A lead that nobody said is `None`.
    met: BTreeMap<(BootKey, Option<Lead>), Meeting>,
    /// Steps to a trusted clock; `None` when there is no way.
    steps: Option<u32>,
    /// What ties this boot, from observations (`steps` 0) or from boots one step nearer.
    anchors: Vec<Anchor>,
}

/// At `mono` of this boot, the true time was `mono + offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Anchor {
    mono: i64,
    by: Id<Event>,
    lead: Option<Lead>,
    offset: i64,
}

/// At `here` of this boot, the other boot's monotonic clock stood at `there`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Meeting {
    here: i64,
    by: Id<Event>,
    there: i64,
}

impl Clocks {
    /// The key of a boot, made if it is new.
    pub fn boot(&mut self, boot: Uuid) -> BootKey {
        *self.keys.entry(boot).or_insert_with(|| {
            self.boots.push(Boot::default());
            BootKey(u32::try_from(self.boots.len() - 1).unwrap_or(u32::MAX))
        })
    }

    /// The key of a boot that is known.
    pub fn find(&self, boot: Uuid) -> Option<BootKey> {
        self.keys.get(&boot).copied()
    }

    /// Takes an observation; returns the boots of which something else is known now.
    pub fn observe(&mut self, by: Id<Event>, boot: Uuid, reading: Reading, observed: Observed) -> Vec<BootKey> {
        let here = self.boot(boot);
        let mono = signed(reading.mono_ms);
        let lead = Some(reading.lead());
        let news = match observed {
            Observed::Own { .. } => false,
            Observed::Trusted { at_ms } => {
                let anchor = Anchor { mono, by, lead, offset: at_ms.saturating_sub(mono) };
                keep_first(&mut self.boots[here.at()].trusted, reading.lead(), anchor)
            }
            Observed::Boot { boot: other, mono_ms } => {
                let there = self.boot(other);
                let seen = Meeting { here: mono, by, there: signed(mono_ms) };
                let back = Meeting { here: seen.there, by, there: mono };
                // The other boot did not say its wall clock, so its lead is unknown.
                there != here
                    && keep_first(&mut self.boots[here.at()].met, (there, lead), seen)
                        | keep_first(&mut self.boots[there.at()].met, (here, None), back)
            }
        };
        if news { self.settle(here) } else { Vec::new() }
    }

    /// When it was, in milliseconds since 1970; `None` while nothing ties this boot to a trusted clock.
    pub fn corrected(&self, boot: BootKey, reading: Reading) -> Option<i64> {
        self.boots[boot.at()].at(signed(reading.mono_ms), Some(reading.lead()))
    }

    /// Whether the boot is tied to a trusted clock.
    pub fn knows(&self, boot: BootKey) -> bool {
        self.boots[boot.at()].steps.is_some()
    }

    /// Derives again everything that hangs together with `from`; returns what changed.
    fn settle(&mut self, from: BootKey) -> Vec<BootKey> {
        let mut together = BTreeSet::from([from]);
        let mut next = vec![from];
        while let Some(boot) = next.pop() {
            next.extend(
                self.boots[boot.at()].met.keys().map(|(other, _)| *other).filter(|other| together.insert(*other)),
            );
        }
        let before: Vec<_> = together.iter().map(|boot| self.boots[boot.at()].state()).collect();
        let mut queue = VecDeque::new();
        for boot in &together {
            let state = &mut self.boots[boot.at()];
            state.anchors = state.trusted.values().copied().collect();
            state.steps = (!state.anchors.is_empty()).then_some(0);
            queue.extend(state.steps.map(|_| *boot));
        }
        while let Some(boot) = queue.pop_front() {
            let steps = self.boots[boot.at()].steps.unwrap_or(0) + 1;
            let others: BTreeSet<BootKey> = self.boots[boot.at()].met.keys().map(|(other, _)| *other).collect();
            for other in others {
                if self.boots[other.at()].steps.is_none() {
                    self.boots[other.at()].steps = Some(steps);
                    queue.push_back(other);
                }
                // All boots of one step are complete before the first of the next leaves the queue.
                if self.boots[other.at()].steps == Some(steps) {
                    let anchors = self.tied(other, boot);
                    self.boots[other.at()].anchors.extend(anchors);
                }
            }
        }
        for boot in &together {
            self.boots[boot.at()].anchors.sort_unstable();
        }
        let changed = together.iter().zip(before).filter(|(boot, before)| self.boots[boot.at()].state() != *before);
        changed.map(|(boot, _)| *boot).collect()
    }

    /// What `boot` learns from `nearer`.
    fn tied(&self, boot: BootKey, nearer: BootKey) -> Vec<Anchor> {
        let meetings = self.boots[boot.at()].met.range((nearer, None)..=(nearer, Some(Lead::MAX)));
        let known = meetings.filter_map(|((_, lead), seen)| {
            let at = self.boots[nearer.at()].at(seen.there, None)?;
            Some(Anchor { mono: seen.here, by: seen.by, lead: *lead, offset: at.saturating_sub(seen.here) })
        });
        known.collect()
    }
}

impl Boot {
    /// By the anchor whose lead is nearest (no sleep between), then the one nearest in monotonic time.
    fn at(&self, mono: i64, lead: Option<Lead>) -> Option<i64> {
        let far = |anchor: &Anchor| {
            let lead = match (lead, anchor.lead) {
                (Some(a), Some(b)) => a.abs_diff(b),
                (None, None) => 0,
                _ => u64::MAX,
            };
            // One minute more or less is rounding.
            (if lead <= 1 { 0 } else { lead }, mono.abs_diff(anchor.mono), anchor.by)
        };
        self.anchors.iter().min_by_key(|anchor| far(anchor)).map(|anchor| mono.saturating_add(anchor.offset))
    }

    fn state(&self) -> (Option<u32>, Vec<Anchor>) {
        (self.steps, self.anchors.clone())
    }
}

impl Reading {
    fn lead(self) -> Lead {
        self.wall_ms.saturating_sub(signed(self.mono_ms)).div_euclid(LEAD_MS)
    }
}

impl BootKey {
    /// Its place in a list with one entry for each boot.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

fn signed(mono_ms: u64) -> i64 {
    i64::try_from(mono_ms).unwrap_or(i64::MAX)
}

/// Keeps the smaller of two; says whether anything changed.
fn keep_first<K: Ord, V: Ord>(map: &mut BTreeMap<K, V>, key: K, value: V) -> bool {
    match map.entry(key) {
        std::collections::btree_map::Entry::Vacant(free) => {
            free.insert(value);
            true
        }
        std::collections::btree_map::Entry::Occupied(mut taken) => {
            let better = value < *taken.get();
            if better {
                taken.insert(value);
            }
            better
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400_000;
    const NOON: i64 = 1_765_200_000_000;

    fn id(n: u128) -> Id<Event> {
        Id::from_uuid(Uuid::from_u128(n))
    }

    fn boot(n: u128) -> Uuid {
        Uuid::from_u128(0xb007 << 64 | n)
    }

    fn reading(mono_ms: u64, wall_ms: i64) -> Reading {
        Reading { mono_ms, wall_ms }
    }

    #[test]
    fn a_trusted_clock_corrects_the_whole_boot_in_both_directions() {
        let mut clocks = Clocks::default();
        let tablet = clocks.boot(boot(1));
        let wrong = NOON - 400 * DAY;
        assert_eq!(clocks.corrected(tablet, reading(1_000, wrong)), None);
        let changed =
            clocks.observe(id(1), boot(1), reading(50_000, wrong + 49_000), Observed::Trusted { at_ms: NOON });
        assert_eq!(changed, [tablet]);
        assert_eq!(clocks.corrected(tablet, reading(1_000, wrong)), Some(NOON - 49_000));
        // The wall clock jumped; the monotonic one did not.
        assert_eq!(clocks.corrected(tablet, reading(60_000, NOON + 300 * DAY)), Some(NOON + 10_000));
    }

    #[test]
    fn what_is_tied_to_something_known_becomes_known() {
        let mut clocks = Clocks::default();
        let (tablet, edge) = (clocks.boot(boot(1)), clocks.boot(boot(2)));
        let met = Observed::Boot { boot: boot(2), mono_ms: 700_000 };
        assert!(clocks.observe(id(1), boot(1), reading(10_000, 0), met).is_empty());
        assert_eq!(clocks.corrected(tablet, reading(10_000, 0)), None);
        let changed = clocks.observe(id(2), boot(2), reading(800_000, 0), Observed::Trusted { at_ms: NOON });
        assert_eq!(changed, [tablet, edge]);
        assert_eq!(clocks.corrected(tablet, reading(10_000, 0)), Some(NOON - 100_000));
        // The other way round: an edge that only ever met tablets.
        let third = clocks.boot(boot(3));
        clocks.observe(id(3), boot(1), reading(20_000, 0), Observed::Boot { boot: boot(3), mono_ms: 5 });
        assert_eq!(clocks.corrected(third, reading(5, 123)), Some(NOON - 90_000));
    }

    #[test]
    fn a_night_in_which_the_tablet_slept_is_told_from_a_clock_that_was_set() {
        let mut clocks = Clocks::default();
        let tablet = clocks.boot(boot(1));
        // 22:00, then eight hours in which the monotonic clock stood still, then 06:05.
        let evening = reading(100_000, NOON);
        let morning = reading(400_000, NOON + 8 * 3_600_000 + 300_000);
        clocks.observe(id(1), boot(1), evening, Observed::Trusted { at_ms: NOON });
        clocks.observe(id(2), boot(1), morning, Observed::Trusted { at_ms: morning.wall_ms });
        let before_sleep = reading(390_000, NOON + 290_000);
        let after_sleep = reading(110_000, NOON + 8 * 3_600_000 + 10_000);
        assert_eq!(clocks.corrected(tablet, before_sleep), Some(NOON + 290_000));
        assert_eq!(clocks.corrected(tablet, after_sleep), Some(NOON + 8 * 3_600_000 + 10_000));
    }

    #[test]
    fn what_a_kit_takes_for_the_time_puts_nothing_right() {
        let mut clocks = Clocks::default();
        let kit = clocks.boot(boot(1));
        let own = Observed::Own { at_ms: NOON, heard_ms: Some(NOON - DAY) };
        assert!(clocks.observe(id(1), boot(1), reading(5, NOON), own).is_empty());
        assert!(!clocks.knows(kit));
        assert_eq!(
            serde_json::from_str::<Observed>(r#"{"of":"own","at_ms":1}"#).ok(),
            Some(Observed::Own { at_ms: 1, heard_ms: None })
        );
    }

    #[test]
    fn readings_at_the_ends_of_the_numbers_do_not_overflow() {
        let mut clocks = Clocks::default();
        let key = clocks.boot(boot(1));
        for (mono, wall, at_ms) in [(u64::MAX, i64::MIN, i64::MAX), (0, i64::MAX, i64::MIN), (u64::MAX, 0, i64::MIN)] {
            clocks.observe(id(1), boot(1), reading(mono, wall), Observed::Trusted { at_ms });
            clocks.observe(id(2), boot(1), reading(mono, wall), Observed::Boot { boot: boot(1), mono_ms: 0 });
            let _ = clocks.corrected(key, reading(u64::MAX, i64::MIN));
        }
        assert!(clocks.knows(key));
    }

    proptest! {
        #[test]
        fn the_order_of_observations_does_not_matter(
            seen in proptest::collection::vec((0_u128..6, 0_u128..9, 0_u64..500_000, 0_u64..500_000, -3_i64..3), 1..25),
            seed in any::<u64>(),
        ) {
            let observations: Vec<_> = seen.iter().enumerate().map(|(n, (here, there, mono, other, days))| {
                let observed = match there {
                    6.. => Observed::Trusted { at_ms: NOON + i64::try_from(*mono).unwrap() },
                    there => Observed::Boot { boot: boot(*there), mono_ms: *other },
                };
                (id(n as u128), boot(*here), reading(*mono, NOON + days * DAY), observed)
            }).collect();
            let mut shuffled = observations.clone();
            let mut state = seed;
            shuffled.sort_by_cached_key(|_| { state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); state });
            let known = |list: &[(Id<Event>, Uuid, Reading, Observed)]| {
                let mut clocks = Clocks::default();
                for (by, boot, reading, observed) in list {
                    clocks.observe(*by, *boot, *reading, *observed);
                }
                (0..6).map(|n| {
                    let key = clocks.boot(boot(n));
                    (0..4).map(|k| clocks.corrected(key, reading(k * 100_000, NOON + DAY))).collect::<Vec<_>>()
                }).collect::<Vec<_>>()
            };
            prop_assert_eq!(known(&observations), known(&shuffled));
        }
    }
}
