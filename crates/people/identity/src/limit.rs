//! How often somebody may try: counted per key and window, in memory, bounded.

use std::collections::HashMap;
use std::time::Duration;

use kernel::Timestamp;
use parking_lot::Mutex;

/// At most this many keys are remembered; beyond it the oldest are forgotten first.
const MAX_KEYS: usize = 20_000;

/// Tries so far, by key.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<String, Window>>);

#[derive(Clone, Copy)]
struct Window {
    since: Timestamp,
    tries: u32,
}

/// So many tries in so long (回数の制限).
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub tries: u32,
    pub window: Duration,
}

impl Attempts {
    /// Counts one try; the error is how many seconds to wait.
    pub(crate) fn take(&self, key: &str, rate: Rate, now: Timestamp) -> Result<(), u64> {
        let mut windows = self.0.lock();
        if windows.len() >= MAX_KEYS && !windows.contains_key(key) {
            make_room(&mut windows, rate.window, now);
        }
        let window = windows.entry(key.to_owned()).or_insert(Window { since: now, tries: 0 });
        if now >= window.since.plus(rate.window) {
            *window = Window { since: now, tries: 0 };
        }
        window.tries = window.tries.saturating_add(1);
        if window.tries <= rate.tries {
            return Ok(());
        }
        let left = window.since.plus(rate.window).since(now).num_seconds();
        Err(u64::try_from(left).unwrap_or(0) + 1)
    }
}

fn make_room(windows: &mut HashMap<String, Window>, life: Duration, now: Timestamp) {
    windows.retain(|_, window| now < window.since.plus(life));
    if windows.len() >= MAX_KEYS {
        let mut starts: Vec<Timestamp> = windows.values().map(|window| window.since).collect();
        let (_, median, _) = starts.select_nth_unstable(MAX_KEYS / 2);
        let median = *median;
        windows.retain(|_, window| window.since > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { tries: 3, window: Duration::from_mins(1) };

    fn at(second: u64) -> Timestamp {
        Timestamp::from_micros(1_765_000_000_000_000).plus(Duration::from_secs(second))
    }

    #[test]
    fn the_fourth_try_in_a_window_waits_and_the_next_window_is_new() {
        let attempts = Attempts::default();
        for _ in 0..3 {
            assert_eq!(attempts.take("a", RATE, at(0)), Ok(()));
        }
        assert_eq!(attempts.take("a", RATE, at(10)), Err(51));
        assert_eq!(attempts.take("b", RATE, at(10)), Ok(()));
        assert_eq!(attempts.take("a", RATE, at(60)), Ok(()));
    }

    #[test]
    fn it_never_holds_more_than_its_bound() {
        let attempts = Attempts::default();
        for i in 0..(MAX_KEYS as u64 + 10) {
            assert_eq!(attempts.take(&i.to_string(), RATE, at(i / 1000)), Ok(()));
        }
        assert!(attempts.0.lock().len() <= MAX_KEYS);
    }
}
