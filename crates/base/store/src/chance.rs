//! Randomness for pauses, so that those who failed together do not come back together.

use std::time::Duration;

/// A random part of `longest`, at least a quarter of it.
pub(crate) fn up_to(longest: Duration) -> Duration {
    let least = longest / 4;
    least + (longest - least).mul_f64(fraction())
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
