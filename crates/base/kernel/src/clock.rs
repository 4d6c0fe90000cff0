//! The clock: the only place that asks the machine what time it is.
#![expect(clippy::disallowed_methods, reason = "this is the one place that reads the system clock")]

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crate::Timestamp;

/// Where "now" (現在時刻) comes from: the machine, or a hand that sets it.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is set or advanced; clones share it.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(at.micros()))))
    }

    /// The time now, to the microsecond.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => system_now(),
            Source::Fixed(micros) => Timestamp::from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// Sets a fixed clock; does nothing to the machine's.
    pub fn set(&self, at: Timestamp) {
        if let Source::Fixed(micros) = &self.0 {
            micros.store(at.micros(), Ordering::SeqCst);
        }
    }

    /// Moves a fixed clock on; does nothing to the machine's.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }

    /// Whether a test holds this clock.
    pub fn is_fixed(&self) -> bool {
        matches!(self.0, Source::Fixed(_))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", if self.is_fixed() { "fixed" } else { "system" })
    }
}

/// Measures how long something took, unmoved by changes of the wall clock. For figures and logs, never for rules.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

fn system_now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_by_hand() {
        let clock = Clock::fixed(Timestamp::EPOCH);
        let shared = clock.clone();
        assert_eq!(clock.now(), Timestamp::EPOCH);
        clock.advance(Duration::from_mins(1));
        assert_eq!(shared.now(), Timestamp::from_secs(60));
        shared.set(Timestamp::from_secs(5));
        assert_eq!(clock.now(), Timestamp::from_secs(5));
    }

    #[test]
    fn the_system_clock_cannot_be_set() {
        let clock = Clock::system();
        clock.set(Timestamp::EPOCH);
        assert!(clock.now() > Timestamp::from_secs(1_700_000_000));
        assert!(Stopwatch::start().elapsed() < Duration::from_mins(1));
    }
}
