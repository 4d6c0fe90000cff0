//! Time: a moment in microseconds UTC, shown in Japan Standard Time.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::era;

/// A moment (時刻), to the microsecond, between the years 1 and 9999. On the wire RFC 3339 with `+09:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a text is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Neither RFC 3339 nor anything near it.
    #[error("not a date and time with an offset: {0:?}")]
    Unreadable(String),
}

/// 0001-01-01T00:00:00Z and 9999-12-31T00:00:00Z: what both engines, chrono and four-digit years can hold.
const FIRST: i64 = -62_135_596_800_000_000;
const LAST: i64 = 253_402_214_400_000_000;
const JST_SECONDS: i32 = 9 * 3600;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// Microseconds since 1970; outside the years 1–9999 the nearest end.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < FIRST {
            Self(FIRST)
        } else if micros > LAST {
            Self(LAST)
        } else {
            Self(micros)
        }
    }

    /// Milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self::from_micros(millis.saturating_mul(1000))
    }

    /// Seconds since 1970.
    pub const fn from_secs(secs: i64) -> Self {
        Self::from_micros(secs.saturating_mul(1_000_000))
    }

    /// A clock reading in Japan: year, month, day, hour, minute, second. `None` when there is no such day or time.
    pub fn from_jst(year: i32, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(hour, minute, second).map(Self::from_jst_naive)
    }

    /// Microseconds since 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since 1970, rounded down.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Seconds since 1970, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Reads RFC 3339 with any offset; without an offset it is Japanese time, as in telegrams and municipal lists.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let text = text.trim();
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(at.with_timezone(&Utc).into());
        }
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .map(Self::from_jst_naive)
            .ok_or_else(|| TimeError::Unreadable(text.chars().take(40).collect()))
    }

    /// Later by `by`.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self::from_micros(self.0.saturating_add(micros_of(by)))
    }

    /// Earlier by `by`.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self::from_micros(self.0.saturating_sub(micros_of(by)))
    }

    /// Time from `other` to this; negative when this is earlier.
    pub fn since(self, other: Self) -> TimeDelta {
        TimeDelta::microseconds(self.0 - other.0)
    }

    /// Time from `other` to this, zero when this is earlier.
    pub fn elapsed_since(self, other: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - other.0).unwrap_or(0))
    }

    /// In UTC.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// In Japan (日本標準時).
    pub fn jst(self) -> DateTime<FixedOffset> {
        self.utc().with_timezone(&FixedOffset::east_opt(JST_SECONDS).expect("nine hours are a valid offset"))
    }

    /// `12月8日 23時15分`
    pub fn ja_short(self) -> String {
        let at = self.jst();
        format!("{}月{}日 {}時{:02}分", at.month(), at.day(), at.hour(), at.minute())
    }

    /// `令和7年12月8日 23時15分`
    pub fn ja_long(self) -> String {
        let at = self.jst();
        format!("{} {}時{:02}分", era::format_ja(at.date_naive()), at.hour(), at.minute())
    }

    /// `8 Dec 23:15 JST`
    pub fn en_short(self) -> String {
        self.jst().format("%-d %b %H:%M JST").to_string()
    }

    fn from_jst_naive(at: NaiveDateTime) -> Self {
        Self::from_micros(at.and_utc().timestamp_micros().saturating_sub(i64::from(JST_SECONDS) * 1_000_000))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.jst().to_rfc3339_opts(SecondsFormat::AutoSi, false))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self::from_micros(at.timestamp_micros())
    }
}

impl From<DateTime<FixedOffset>> for Timestamp {
    fn from(at: DateTime<FixedOffset>) -> Self {
        Self::from_micros(at.timestamp_micros())
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(at: Timestamp) -> Self {
        at.utc()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339; written with +09:00, read with any offset"))
            .examples(["2025-12-08T23:15:10+09:00"])
            .into()
    }
}

impl ToSchema for Timestamp {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Timestamp")
    }
}

fn micros_of(by: Duration) -> i64 {
    i64::try_from(by.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_written_in_japanese_time() {
        let at = Timestamp::from_jst(2025, 12, 8, 23, 15, 10).unwrap();
        assert_eq!(at.to_string(), "2025-12-08T23:15:10+09:00");
        assert_eq!(serde_json::to_string(&at).unwrap(), "\"2025-12-08T23:15:10+09:00\"");
        assert_eq!(at.ja_short(), "12月8日 23時15分");
        assert_eq!(at.ja_long(), "令和7年12月8日 23時15分");
        assert_eq!(at.en_short(), "8 Dec 23:15 JST");
        assert_eq!(at.plus(Duration::from_millis(1500)).to_string(), "2025-12-08T23:15:11.500+09:00");
    }

    #[test]
    fn it_is_read_with_any_offset() {
        let at = Timestamp::from_jst(2025, 12, 8, 23, 15, 10).unwrap();
        for text in
            ["2025-12-08T23:15:10+09:00", "2025-12-08T14:15:10Z", "2025-12-08 14:15:10.000Z", " 2025-12-08T23:15:10 "]
        {
            assert_eq!(Timestamp::parse(text), Ok(at), "{text}");
        }
        assert_eq!(Timestamp::parse("2025-12-08T23:15"), Ok(at.minus(Duration::from_secs(10))));
        for text in ["", "2025-12-08", "2025-02-30T00:00:00Z", "昨日", "NaN"] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
        assert_eq!(Timestamp::from_jst(2025, 2, 30, 0, 0, 0), None);
    }

    #[test]
    fn the_ends_hold() {
        for at in [Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX)] {
            assert_eq!(Timestamp::parse(&at.utc().to_rfc3339()), Ok(at));
            assert_eq!(at.plus(Duration::MAX), Timestamp::from_micros(i64::MAX));
            assert_eq!(at.minus(Duration::MAX), Timestamp::from_micros(i64::MIN));
        }
        assert_eq!(Timestamp::EPOCH.elapsed_since(Timestamp::from_secs(5)), Duration::ZERO);
        assert_eq!(Timestamp::EPOCH.since(Timestamp::from_secs(5)), TimeDelta::seconds(-5));
    }

    proptest! {
        #[test]
        fn it_reads_what_it_writes(micros in FIRST..LAST, other in FIRST..LAST) {
            let (at, other) = (Timestamp::from_micros(micros), Timestamp::from_micros(other));
            prop_assert_eq!(Timestamp::parse(&at.to_string()), Ok(at));
            prop_assert_eq!(Timestamp::from(at.utc()), at);
            prop_assert_eq!(at < other, micros < other.micros());
            if at >= other {
                prop_assert_eq!(other.plus(at.elapsed_since(other)), at);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,50}") {
            let _ = Timestamp::parse(&text);
        }
    }
}
