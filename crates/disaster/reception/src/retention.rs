//! Retention (保存期間): what a municipality wrote of people in a disaster goes when its time is past; the counts stay.
//!
//! Everything personal of an event is sealed to a key of its municipality. When a disaster is closed the municipality gets a new
//! key; when the time is past the old one is destroyed, and with it everything sealed to it, in the journal and in every copy
//! of it. Events themselves stay: coarse counts in clear, under random subjects.
//!
//! **Invariant:** no key is destroyed that another disaster, whose time is not past, was written under: by the time of the key,
//! and by what the journal holds, for whoever was cut off seals to the key that they know.
//! **Invariant:** no key is destroyed that a kit may still seal to: one that was not heard out since the key was changed.

mod sweep;

use std::time::Duration;

use households::KeyLife;
use kernel::Timestamp;
use shelters::Disaster;

pub use sweep::{Swept, sweep};

/// Days after the end of a disaster, where a municipality set nothing: five years, as its other files of that kind.
pub const DEFAULT_DAYS: u32 = 1_825;
/// A municipality sets between a month and ten years.
pub const FEWEST_DAYS: u32 = 30;
/// See [`FEWEST_DAYS`].
pub const MOST_DAYS: u32 = 3_650;

/// When the records of a disaster are past their time; absent while it goes on.
pub fn due_at(disaster: &Disaster, days: u32) -> Option<Timestamp> {
    Some(disaster.until?.plus(Duration::from_hours(24 * u64::from(days))))
}

/// Keys under which a disaster may have been written.
pub fn keys_of<'a>(keys: &'a [KeyLife], disaster: &Disaster) -> impl Iterator<Item = &'a KeyLife> {
    let (since, until) = (disaster.since, disaster.until);
    keys.iter().filter(move |key| {
        let began_before = until.is_none_or(|until| key.made_at < until);
        let ended_after = key.retired_at.is_none_or(|retired| retired >= since);
        began_before && ended_after
    })
}

/// The keys of a disaster whose time is past, if all of them may be destroyed now; why not otherwise. `all` are the disasters that
/// concern the municipality, `heard` is when each of its kits that are in use was last heard.
pub fn destroyable<'a>(
    keys: &'a [KeyLife],
    disaster: &Disaster,
    all: &[Disaster],
    (days, now): (u32, Timestamp),
    heard: &[Option<Timestamp>],
) -> Result<Vec<&'a KeyLife>, Waits> {
    if due_at(disaster, days).is_none_or(|due| now < due) {
        return Err(Waits::Time);
    }
    let own: Vec<&KeyLife> = keys_of(keys, disaster).collect();
    let mut retired = Vec::with_capacity(own.len());
    for key in own {
        let Some(at) = key.retired_at else { return Err(Waits::Key) };
        let silent = heard.iter().filter(|heard| heard.is_none_or(|heard| heard < at)).count();
        if silent > 0 {
            return Err(Waits::Kits(u32::try_from(silent).unwrap_or(u32::MAX)));
        }
        let other = |one: &Disaster| {
            let its = keys_of(std::slice::from_ref(key), one).next().is_some();
            its && due_at(one, days).is_none_or(|due| now < due)
        };
        if all.iter().any(other) {
            return Err(Waits::Disaster);
        }
        retired.push(key);
    }
    Ok(retired)
}

/// What the end of a disaster's records waits for (廃棄を待つ理由).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// Its time is not past.
    Time,
    /// Its key is the one of today: the next sweep makes a new one.
    Key,
    /// So many kits were not heard since the key was changed.
    Kits(u32),
    /// Another disaster was written under the same key.
    Disaster,
}

#[cfg(test)]
mod tests {
    use kernel::{Mode, Text};
    use uuid::Uuid;

    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_secs(1_765_203_300 + n * 86_400)
    }

    fn disaster(n: u128, since: i64, until: Option<i64>) -> Disaster {
        Disaster {
            id: Uuid::from_u128(n).into(),
            name: Text::same("地震"),
            mode: Mode::Live,
            since: day(since),
            until: until.map(day),
            municipalities: Vec::new(),
            past: false,
            replay_of: None,
        }
    }

    fn key(n: u128, made: i64, retired: Option<i64>) -> KeyLife {
        KeyLife { id: Uuid::from_u128(n), kid: format!("k{n}"), made_at: day(made), retired_at: retired.map(day) }
    }

    #[test]
    fn a_key_goes_when_nothing_that_is_kept_was_written_under_it() {
        let keys = [key(1, 0, Some(50)), key(2, 50, Some(80)), key(3, 80, None)];
        let (first, second) = (disaster(1, 10, Some(49)), disaster(2, 60, Some(79)));
        let all = [first.clone(), second.clone()];
        let ids = |of: &Disaster, all: &[Disaster], now: i64, heard: &[Option<Timestamp>]| {
            destroyable(&keys, of, all, (30, day(now)), heard)
                .map(|keys| keys.iter().map(|key| key.kid.clone()).collect::<Vec<_>>())
        };
        assert_eq!(ids(&first, &all, 78, &[]), Err(Waits::Time));
        assert_eq!(ids(&first, &all, 79, &[]), Ok(vec!["k1".to_owned()]));
        assert_eq!(ids(&second, &all, 200, &[]), Ok(vec!["k2".to_owned()]));
        assert_eq!(ids(&disaster(3, 10, None), &all, 900, &[]), Err(Waits::Time), "going on");
        // A kit that was not heard since may still seal to the old key.
        assert_eq!(ids(&first, &all, 79, &[Some(day(60)), Some(day(49)), None]), Err(Waits::Kits(2)));
        assert_eq!(ids(&first, &all, 79, &[Some(day(60))]), Ok(vec!["k1".to_owned()]));
        // Another disaster under the same key, going on or not past its time.
        for other in [disaster(4, 40, None), disaster(4, 40, Some(60))] {
            let all = [first.clone(), other];
            assert_eq!(ids(&first, &all, 79, &[]), Err(Waits::Disaster));
        }
        assert_eq!(ids(&disaster(5, 85, Some(90)), &all, 200, &[]), Err(Waits::Key));
        // Nothing was ever sealed there.
        assert_eq!(destroyable(&[], &first, &all, (30, day(200)), &[]), Ok(Vec::new()));
    }
}
