//! Rules of the feeds: what counts as received, when a source is late or stale, when to ask again, how much may be fetched.
//!
//! Pure: the time is an argument, and so is every random number.

use std::time::Duration;

use kernel::{Id, Mode, Text, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of the bytes that came in (受信結果).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 解釈済み: read into facts.
    Understood,
    /// 保存のみ: a telegram, but of a type that is unknown or outside the mission, or of an event it does not name.
    Archived,
    /// 受理不可: not a telegram that can be read; kept with the reason.
    Refused,
}

impl Outcome {
    /// As stored and as on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Understood => "understood",
            Self::Archived => "archived",
            Self::Refused => "refused",
        }
    }

    /// The reverse of [`Outcome::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Understood, Self::Archived, Self::Refused].into_iter().find(|it| it.as_str() == text)
    }
}

/// Where bytes come from (受信元): the source's key, its mode, and the replay run if it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Source key, e.g. `jma-extra`, `upload`.
    pub key: String,
    /// A drill source can only ever produce drill telegrams.
    pub mode: Mode,
    /// A replay may be run twice: within one run a telegram counts once, across runs it counts again.
    pub run: Option<Id<ReplayRun>>,
}

impl Origin {
    /// A source of real telegrams.
    pub fn live(key: impl Into<String>) -> Self {
        Self { key: key.into(), mode: Mode::Live, run: None }
    }

    /// A source whose telegrams are all drill (訓練).
    pub fn drill(key: impl Into<String>) -> Self {
        Self { key: key.into(), mode: Mode::Drill, run: None }
    }

    /// Whether the source is asked by us; its freshness then comes from the asking, not from what it brings.
    pub fn is_pulled(&self) -> bool {
        self.key.starts_with("jma-")
    }

    /// The lane in which the same bytes count once: a drill copy must never hide the live one.
    pub fn lane(&self) -> String {
        self.run.map_or_else(|| self.mode.as_str().to_owned(), |run| run.to_string())
    }
}

/// Marks the ids of received telegrams (受信電文).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Received;

/// Marks the ids of replay runs (再生).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReplayRun;

/// Marks the ids of distributors' keys (配信鍵).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PushKey;

/// What [`crate::ingest`] did.
#[derive(Debug, Clone, PartialEq)]
pub struct Ingested {
    /// The received telegram; for a duplicate, the one that came first.
    pub telegram: Id<Received>,
    pub outcome: Outcome,
    /// The same bytes were here before: counted, nothing else changed.
    pub duplicate: bool,
    /// Why it was refused or only archived.
    pub reason: Option<Text>,
}

/// A received telegram as kept in the list (受信一覧): its head, and where the original is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TelegramRow {
    #[schema(value_type = String, format = Uuid)]
    pub id: Id<Received>,
    /// Key of the source.
    pub source: String,
    pub mode: Mode,
    pub outcome: Outcome,
    /// Type code, e.g. `VXSE53`; empty when refused.
    pub kind: String,
    pub title: String,
    pub office: String,
    pub event_id: String,
    pub serial: String,
    pub reported_at: Option<Timestamp>,
    pub received_at: Timestamp,
    pub size: i64,
    /// Content hash (SHA-256, hex) under which the original is archived.
    pub sha256: String,
    /// How often the same bytes came again.
    pub repeats: i64,
    /// Parts of an understood telegram that were not understood.
    pub unknown_parts: i64,
    pub reason: Option<Text>,
}

/// A source (情報源) as it is announced: name, mode and what is expected of it.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceSpec {
    pub key: String,
    pub name: Text,
    pub mode: Mode,
    pub expect: Expectation,
}

/// What a healthy source does (期待周期).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expectation {
    /// It answers at least this often; `None` for sources used on demand (upload, replay).
    pub contact: Option<Duration>,
    /// Its content moves at least this often, so that an endpoint which answers 200 with frozen content is found out.
    pub content: Option<Duration>,
}

/// What was seen of a source so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sight {
    pub last_attempt: Option<Timestamp>,
    /// Last time it answered with something readable (or "not modified").
    pub last_success: Option<Timestamp>,
    /// Last time its content was different from before.
    pub last_change: Option<Timestamp>,
    /// The newest time written in the content itself.
    pub newest: Option<Timestamp>,
}

/// State of a source's freshness clock (鮮度).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// 最新
    Fresh,
    /// 遅れ: longer silent than expected.
    Late,
    /// 停止: more than twice the expected period; what it said before must not be read as "now".
    Stale,
    /// 未受信: nothing ever came; says nothing about the world.
    Never,
}

impl Freshness {
    /// As stored and as on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Late => "late",
            Self::Stale => "stale",
            Self::Never => "never",
        }
    }

    /// As the gauge `feeds_source_state` shows it.
    pub(crate) const fn figure(self) -> f64 {
        match self {
            Self::Fresh => 0.0,
            Self::Late => 1.0,
            Self::Stale => 2.0,
            Self::Never => 3.0,
        }
    }
}

/// A source used on demand is called late, never stale, after this silence: nobody promised that it would speak.
const ON_DEMAND_REST: Duration = Duration::from_hours(24);

/// Reads the freshness clock. Contact and content are judged apart and the worse of the two counts.
///
/// Content is as old as the older of "when we saw it change" and "the newest time in it": a frozen body is old on the
/// first look, and a body with times in the future cannot pass for fresh for ever.
pub fn freshness(expect: &Expectation, sight: &Sight, now: Timestamp) -> Freshness {
    let Some(success) = sight.last_success else {
        return Freshness::Never;
    };
    let Some(contact) = expect.contact else {
        return if age(success, now) > ON_DEMAND_REST { Freshness::Late } else { Freshness::Fresh };
    };
    let by_contact = judge(age(success, now), contact);
    let by_content = match (expect.content, content_time(sight)) {
        (Some(period), Some(at)) => judge(age(at, now), period),
        // Promised content, and never saw any: an empty feed is not a quiet sky.
        (Some(_), None) => Freshness::Stale,
        (None, _) => Freshness::Fresh,
    };
    by_contact.max(by_content)
}

/// When the content was last known to be alive.
fn content_time(sight: &Sight) -> Option<Timestamp> {
    match (sight.last_change, sight.newest) {
        (Some(change), Some(newest)) => Some(change.min(newest)),
        (change, newest) => change.or(newest),
    }
}

fn judge(silent: Duration, period: Duration) -> Freshness {
    if silent <= period {
        Freshness::Fresh
    } else if silent <= period.saturating_mul(2) {
        Freshness::Late
    } else {
        Freshness::Stale
    }
}

/// Time between two moments; zero when `at` lies in the future.
pub(crate) fn age(at: Timestamp, now: Timestamp) -> Duration {
    now.since(at).to_std().unwrap_or(Duration::ZERO)
}

/// How a pull source paces itself (取得間隔).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Between two requests when all is well.
    pub(crate) every: Duration,
    /// The longest pause after failures.
    pub(crate) longest: Duration,
}

/// The pause before the next request: the period, doubled by each failure up to the longest, spread by ±10 % so that
/// many servers do not knock at the same second. `asked` is the server's own Retry-After, obeyed up to an hour.
/// `dice` is any random number.
pub(crate) fn pause(pace: Pace, failures: u32, asked: Option<Duration>, dice: u64) -> Duration {
    let doubled = pace.every.saturating_mul(1_u32 << failures.min(10)).min(pace.longest.max(pace.every));
    let base = doubled.max(asked.unwrap_or_default().min(Duration::from_hours(1)));
    let tenth = u64::try_from(base.as_millis() / 10).unwrap_or(u64::MAX / 4).max(1);
    let spread = dice % (2 * tenth);
    base.saturating_sub(Duration::from_millis(tenth)) + Duration::from_millis(spread)
}

/// How much may still be fetched today (1日の取得上限); JMA blocks an address above 10 GB a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub limit: u64,
    pub used: u64,
}

/// JMA's limit per address and day.
pub(crate) const JMA_DAILY_BYTES: u64 = 10_000_000_000;

impl Budget {
    /// Whether a request may be made. The last fifth is kept for earthquakes, tsunamis and warnings, and the last
    /// twentieth for nobody: a block would silence everything.
    pub const fn admits(self, urgent: bool) -> bool {
        let share = if urgent { 95 } else { 80 };
        self.used < self.limit / 100 * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_780_000_000_000_000 + seconds * 1_000_000)
    }

    const PULL: Expectation =
        Expectation { contact: Some(Duration::from_mins(2)), content: Some(Duration::from_hours(1)) };

    fn sight(success: i64, change: i64, newest: i64) -> Sight {
        Sight {
            last_attempt: Some(t(success)),
            last_success: Some(t(success)),
            last_change: Some(t(change)),
            newest: Some(t(newest)),
        }
    }

    #[test]
    fn the_freshness_clock_as_a_table() {
        let months = 100 * 86_400;
        let cases = [
            ("never seen", Sight::default(), Freshness::Never),
            ("just now", sight(0, 0, 0), Freshness::Fresh),
            ("one answer missed", sight(-121, -121, -121), Freshness::Late),
            ("silent for more than twice the period", sight(-241, -241, -241), Freshness::Stale),
            ("quiet, still within the hour", sight(0, -3600, -3600), Freshness::Fresh),
            ("304 again and again", sight(0, -3601, -3601), Freshness::Late),
            ("304 for ever", sight(0, -7201, -7201), Freshness::Stale),
            ("200 with a frozen body, on the first look", sight(0, 0, -months), Freshness::Stale),
            ("a frozen body with times in the future", sight(0, -7201, months), Freshness::Stale),
            ("bytes change, entries do not", sight(0, 0, -7201), Freshness::Stale),
            ("attempts alone do not help", Sight { last_attempt: Some(t(0)), ..sight(-300, 0, 0) }, Freshness::Stale),
        ];
        for (name, sight, expected) in cases {
            assert_eq!(freshness(&PULL, &sight, t(0)), expected, "{name}");
        }
    }

    #[test]
    fn an_answering_feed_without_any_entry_is_stale() {
        let sight = Sight { last_success: Some(t(0)), ..Sight::default() };
        assert_eq!(freshness(&PULL, &sight, t(0)), Freshness::Stale);
    }

    #[test]
    fn a_source_on_demand_is_late_but_never_stale() {
        let expect = Expectation::default();
        assert_eq!(freshness(&expect, &sight(-3600, -3600, -3600), t(0)), Freshness::Fresh);
        assert_eq!(freshness(&expect, &sight(-90_000, 0, 0), t(0)), Freshness::Late);
        assert_eq!(freshness(&expect, &Sight::default(), t(0)), Freshness::Never);
    }

    const PACE: Pace = Pace { every: Duration::from_mins(1), longest: Duration::from_mins(15) };

    proptest::proptest! {
        #[test]
        fn a_pause_stays_within_a_tenth_of_its_base(failures in 0_u32..40, dice: u64) {
            let pause = pause(PACE, failures, None, dice);
            let base = Duration::from_secs((60_u64 << failures.min(10)).min(900));
            proptest::prop_assert!(pause >= base * 9 / 10 && pause <= base * 11 / 10);
        }

        #[test]
        fn age_is_never_negative_and_freshness_never_improves(a in -10_000_i64..10_000, b in 0_i64..10_000) {
            let seen = sight(a, a, a);
            proptest::prop_assert!(freshness(&PULL, &seen, t(0)) <= freshness(&PULL, &seen, t(b)));
        }
    }

    #[test]
    fn retry_after_is_obeyed_up_to_an_hour() {
        let asked = |secs| pause(PACE, 0, Some(Duration::from_secs(secs)), 0);
        assert!(asked(300) >= Duration::from_secs(270));
        assert!(asked(86_400) <= Duration::from_mins(66));
    }

    #[test]
    fn the_budget_keeps_the_last_part_for_what_is_urgent() {
        let at = |used| Budget { limit: 1_000, used };
        assert!(at(799).admits(false));
        assert!(!at(800).admits(false));
        assert!(at(800).admits(true));
        assert!(!at(950).admits(true));
    }

    #[test]
    fn lanes_keep_live_drill_and_replays_apart() {
        assert_eq!(Origin::live("jma-extra").lane(), Origin::live("upload").lane());
        assert_ne!(Origin::live("upload").lane(), Origin::drill("upload").lane());
    }
}
