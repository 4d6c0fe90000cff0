//! Replays (再生): a folder of telegrams, or a series held in memory, sent again at its own pace or faster. Always drill.

mod run;
mod series;

pub use run::{StartRefusal, Status, end, start, status};
pub(crate) use run::{keep_running, outcome_of_start};
pub use series::{Scenario, Timed};

/// Slowest and fastest pace.
pub const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=10_000.0;
