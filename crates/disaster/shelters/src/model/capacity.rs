//! How many people a floor holds, by phase: the space a person needs grows with the days.
//!
//! The figures are dated and sourced, and stand beside the number of the municipality's list; neither replaces the other.

use std::time::Duration;

use chrono::NaiveDate;
use kernel::{Text, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A phase of a stay in a shelter (避難の段階).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ShelterPhase)]
pub enum Phase {
    /// 緊急: people stand or sit, for hours.
    Standing,
    /// 応急: people lie down, for a night or two.
    Lying,
    /// 避難生活: people live there.
    Living,
}

/// How much floor a person needs in a phase (1人当たり面積), and who says so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Space {
    pub phase: Phase,
    /// From this long after the beginning of the disaster.
    pub from: Duration,
    pub m2: f64,
    pub source: &'static str,
    /// Year, month, day (1 where the source has no day) of the source.
    pub source_date: (i32, u32, u32),
}

/// How many people fit now (段階別の収容可能人数).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShelterCapacityNow)]
pub struct CapacityNow {
    pub phase: Phase,
    pub phase_name: Text,
    pub persons: u32,
    /// Square metres a person.
    pub m2_per_person: f64,
    pub source: String,
    pub source_date: NaiveDate,
}

/// The figures, earliest phase first. The limits of 24 and 72 hours are ours: 応急 follows the first night, and 72 hours is
/// when rescue gives way to living.
pub const SPACES: [Space; 3] = [
    Space {
        phase: Phase::Standing,
        from: Duration::ZERO,
        m2: 1.0,
        source: "津波避難ビル等に係るガイドライン（内閣府、平成29年廃止）の目安",
        source_date: (2005, 6, 1),
    },
    Space {
        phase: Phase::Lying,
        from: Duration::from_hours(24),
        m2: 1.65,
        source: "中央防災会議 洪水・高潮氾濫からの大規模・広域避難検討ワーキンググループ",
        source_date: (2018, 3, 1),
    },
    Space {
        phase: Phase::Living,
        from: Duration::from_hours(72),
        m2: 3.5,
        source: "スフィアハンドブック2018、避難所運営等避難生活支援のためのガイドライン（内閣府、令和6年12月改定）",
        source_date: (2024, 12, 13),
    },
];

impl Phase {
    /// In words.
    pub fn text(self) -> Text {
        let (ja, easy, en) = match self {
            Self::Standing => ("緊急（立位・座位）", "はじめの 1日", "first hours (standing room)"),
            Self::Lying => ("応急（就寝）", "3日まで", "first nights (room to lie down)"),
            Self::Living => ("避難生活", "4日め から", "living there"),
        };
        Text::new(ja, easy, en)
    }
}

/// The space that counts at `now` in a disaster that began at `since`.
pub fn space(since: Timestamp, now: Timestamp) -> &'static Space {
    let passed = now.elapsed_since(since);
    SPACES.iter().rev().find(|space| passed >= space.from).unwrap_or(&SPACES[0])
}

/// How many people a floor of `floor_m2` holds now; `None` without a floor area.
pub fn now(floor_m2: Option<f64>, since: Timestamp, now: Timestamp) -> Option<CapacityNow> {
    let floor = floor_m2.filter(|m2| m2.is_finite() && (0.0..=10_000_000.0).contains(m2))?;
    let space = space(since, now);
    let (year, month, day) = space.source_date;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and ten million")]
    let persons = (floor / space.m2).floor() as u32;
    Some(CapacityNow {
        phase: space.phase,
        phase_name: space.phase.text(),
        persons,
        m2_per_person: space.m2,
        source: space.source.to_owned(),
        source_date: NaiveDate::from_ymd_opt(year, month, day)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_floor_holds_fewer_people_as_the_days_pass() {
        let since = Timestamp::parse("2025-12-08T23:15:00+09:00").unwrap();
        let at = |hours: u64| {
            now(Some(330.0), since, since.plus(Duration::from_hours(hours))).map(|c| (c.persons, c.m2_per_person))
        };
        assert_eq!(at(0), Some((330, 1.0)));
        assert_eq!(at(23), Some((330, 1.0)));
        assert_eq!(at(24), Some((200, 1.65)));
        assert_eq!(at(72), Some((94, 3.5)));
        assert_eq!(at(10_000), Some((94, 3.5)));
        assert_eq!(now(None, since, since), None);
        for strange in [f64::NAN, f64::INFINITY, -1.0, 1e12] {
            assert_eq!(now(Some(strange), since, since), None);
        }
    }

    #[test]
    fn phases_follow_each_other_and_every_figure_has_a_day() {
        assert!(SPACES.windows(2).all(|two| two[0].from < two[1].from && two[0].m2 < two[1].m2));
        for space in SPACES {
            let (year, month, day) = space.source_date;
            assert!(NaiveDate::from_ymd_opt(year, month, day).is_some(), "{space:?}");
        }
    }
}
