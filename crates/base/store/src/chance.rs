//! The only randomness of the store: keys, nonces, names of drafts, and pauses that keep those who failed together from
//! coming back together.

use std::time::Duration;

/// The system gave no randomness.
#[derive(Debug)]
pub(crate) struct NoRandomness;

/// Fills the bytes with randomness fit for keys.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    #[expect(clippy::disallowed_methods, reason = "keys and nonces must not repeat themselves")]
    getrandom::fill(bytes).map_err(|_| NoRandomness)
}

/// A random part of `longest`, at least a quarter of it.
pub(crate) fn up_to(longest: Duration) -> Duration {
    longest.mul_f64(0.25 + 0.75 * fraction())
}

/// A random number from 0 up to 1; a half if the system has no randomness to give.
fn fraction() -> f64 {
    getrandom::u32().map_or(0.5, |bits| f64::from(bits) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_bounds() {
        for _ in 0..1_000 {
            let pause = up_to(Duration::from_secs(4));
            assert!(pause >= Duration::from_secs(1) && pause <= Duration::from_secs(4));
        }
    }
}
