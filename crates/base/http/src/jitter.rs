//! Spread: numbers that keep many callers from coming back in the same second. Not randomness, only evenly scattered.

use std::sync::atomic::{AtomicU64, Ordering};

/// Gives evenly scattered numbers (再試行の分散).
#[derive(Debug, Default)]
pub(crate) struct Jitter(AtomicU64);

impl Jitter {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// The next number in `low..=high`.
    pub(crate) fn next(&self, low: u64, high: u64) -> u64 {
        let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        low + z % (high.saturating_sub(low) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_in_range_and_differ() {
        let jitter = Jitter::new();
        let seen: std::collections::BTreeSet<u64> = (0..200).map(|_| jitter.next(3, 12)).collect();
        assert_eq!(seen, (3..=12).collect());
    }
}
