//! Live or drill: part of every alert, notice, journal entry and shelter opening.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Mode (本番・訓練の別). No value of one becomes the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// 本番
    Live,
    /// 訓練
    Drill,
}

impl Mode {
    /// What every drill text begins with.
    pub const DRILL_MARK: &str = "【訓練】";

    /// `live` or `drill`, as on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Drill => "drill",
        }
    }

    /// The text as people may see it: a drill's begins 【訓練】, once.
    pub fn mark(self, text: &str) -> String {
        match self {
            Self::Drill if !text.starts_with(Self::DRILL_MARK) => format!("{}{text}", Self::DRILL_MARK),
            _ => text.to_owned(),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Neither `live` nor `drill`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mode is `live` or `drill`")]
pub struct ModeError;

impl FromStr for Mode {
    type Err = ModeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "live" => Ok(Self::Live),
            "drill" => Ok(Self::Drill),
            _ => Err(ModeError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drill_is_marked_once() {
        let once = Mode::Drill.mark("津波警報");
        assert_eq!(once, "【訓練】津波警報");
        assert_eq!(Mode::Drill.mark(&once), once);
        assert_eq!(Mode::Live.mark("津波警報"), "津波警報");
    }

    #[test]
    fn it_reads_what_it_writes() {
        for mode in [Mode::Live, Mode::Drill] {
            assert_eq!(mode.as_str().parse(), Ok(mode));
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.as_str());
        }
        assert_eq!("LIVE".parse::<Mode>(), Err(ModeError));
    }
}
