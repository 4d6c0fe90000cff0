//! The Japanese calendar (和暦), 明治 to 令和: typed digits in, both calendars out.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use unicode_normalization::UnicodeNormalization;

/// An era (元号).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Era {
    /// 明治, here from 1873-01-01, when the solar calendar began
    Meiji,
    /// 大正, from 1912-07-30
    Taisho,
    /// 昭和, from 1926-12-25
    Showa,
    /// 平成, from 1989-01-08
    Heisei,
    /// 令和, from 2019-05-01
    Reiwa,
}

/// A date in the Japanese calendar (和暦の日付).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EraDate {
    /// 元号
    pub era: Era,
    /// Year in the era; 1 is 元年.
    pub year: u32,
    /// 1–12
    pub month: u32,
    /// 1–31
    pub day: u32,
}

/// Why a text is not a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EraError {
    /// None of the forms people type.
    #[error("not a date; write it like 19630105, S38.1.5 or 昭和38年1月5日")]
    Unreadable,
    /// The numbers are no day of the calendar (2月30日).
    #[error("there is no such day")]
    NoSuchDay,
    /// Before 1873 dates counted months by the moon; they cannot be carried over by counting.
    #[error("dates before 1873 (明治6年) are in the lunar calendar")]
    LunarCalendar,
    /// The era did not hold on that day (平成35年); `meant` is the day if years are counted on.
    #[error("{written} was not in that era; counted on it is {meant}")]
    OutsideEra {
        /// As typed, in era form.
        written: EraDate,
        /// The day the typed year would be.
        meant: NaiveDate,
    },
}

/// (era, kanji, one kanji, letter, first day, digit used on forms).
struct Row(Era, &'static str, char, char, (i32, u32, u32));

static ERAS: [Row; 5] = [
    Row(Era::Meiji, "明治", '明', 'm', (1873, 1, 1)),
    Row(Era::Taisho, "大正", '大', 't', (1912, 7, 30)),
    Row(Era::Showa, "昭和", '昭', 's', (1926, 12, 25)),
    Row(Era::Heisei, "平成", '平', 'h', (1989, 1, 8)),
    Row(Era::Reiwa, "令和", '令', 'r', (2019, 5, 1)),
];

impl Era {
    /// All five, oldest first.
    pub const ALL: [Self; 5] = [Self::Meiji, Self::Taisho, Self::Showa, Self::Heisei, Self::Reiwa];

    /// `令和`
    pub fn kanji(self) -> &'static str {
        self.row().1
    }

    /// `R`
    pub fn letter(self) -> char {
        self.row().3.to_ascii_uppercase()
    }

    /// The year whose number is 0 in this era.
    fn base(self) -> i32 {
        match self {
            Self::Meiji => 1867,
            Self::Taisho => 1911,
            Self::Showa => 1925,
            Self::Heisei => 1988,
            Self::Reiwa => 2018,
        }
    }

    fn row(self) -> &'static Row {
        &ERAS[self as usize]
    }

    fn first_day(self) -> NaiveDate {
        let (year, month, day) = self.row().4;
        NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
    }

    /// The last day the era may be written with; the day of change may be written with either.
    fn last_day(self) -> NaiveDate {
        match self {
            // 明治45年7月30日 and 大正15年12月25日 are written in registers as well as 大正元年, 昭和元年.
            Self::Meiji => Self::Taisho.first_day(),
            Self::Taisho => Self::Showa.first_day(),
            Self::Showa => Self::Heisei.first_day().pred_opt().unwrap_or_default(),
            Self::Heisei => Self::Reiwa.first_day().pred_opt().unwrap_or_default(),
            Self::Reiwa => NaiveDate::MAX,
        }
    }
}

impl EraDate {
    /// The date in the Japanese calendar. `None` before 1873.
    pub fn from_date(date: NaiveDate) -> Option<Self> {
        let era = Era::ALL.into_iter().rev().find(|era| date >= era.first_day())?;
        let year = u32::try_from(date.year() - era.base()).ok()?;
        Some(Self { era, year, month: date.month(), day: date.day() })
    }

    /// The date, if it is one and the era held on it.
    pub fn to_date(self) -> Result<NaiveDate, EraError> {
        let year = i32::try_from(self.year).ok().and_then(|year| self.era.base().checked_add(year));
        let date = year
            .filter(|_| self.year > 0)
            .and_then(|year| NaiveDate::from_ymd_opt(year, self.month, self.day))
            .ok_or(EraError::NoSuchDay)?;
        if self.era == Era::Meiji && date < Era::Meiji.first_day() {
            return Err(EraError::LunarCalendar);
        }
        if date < self.era.first_day() || date > self.era.last_day() {
            return Err(EraError::OutsideEra { written: self, meant: date });
        }
        Ok(date)
    }
}

/// `令和7年12月8日`
impl fmt::Display for EraDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.era.kanji())?;
        match self.year {
            1 => f.write_str("元")?,
            year => write!(f, "{year}")?,
        }
        write!(f, "年{}月{}日", self.month, self.day)
    }
}

/// Reads a date as people type it: `R7.12.8`, `令和7年12月8日`, `令和元年5月1日`, `S38 1 5`, `昭38/1/5`, `20251208`,
/// `2025-12-08`, `2025年12月8日`, and the seven digits of paper forms (`5071208`; 1 明治 … 5 令和). Full-width is fine.
pub fn parse(text: &str) -> Result<NaiveDate, EraError> {
    let text: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let text = text.trim();
    let (era, rest) = split_era(text);
    let numbers = numbers(rest)?;
    match (era, numbers.as_slice()) {
        (Some(era), &[(year, _), (month, _), (day, _)]) => EraDate { era, year, month, day }.to_date(),
        (Some(era), &[(digits, 6)]) => {
            EraDate { era, year: digits / 10_000, month: digits / 100 % 100, day: digits % 100 }.to_date()
        }
        (None, &[(year, 4), (month, _), (day, _)]) => western(year, month, day),
        (None, &[(digits, 8)]) => western(digits / 10_000, digits / 100 % 100, digits % 100),
        (None, &[(digits, 7)]) => form_digits(digits),
        _ => Err(EraError::Unreadable),
    }
}

/// `令和7年12月8日`; before 1873 `1872年12月31日`.
pub fn format_ja(date: NaiveDate) -> String {
    EraDate::from_date(date).map_or_else(|| format_western(date), |era| era.to_string())
}

/// `R7.12.8`; before 1873 `1872.12.31`.
pub fn format_short(date: NaiveDate) -> String {
    EraDate::from_date(date).map_or_else(
        || date.format("%Y.%-m.%-d").to_string(),
        |d| format!("{}{}.{}.{}", d.era.letter(), d.year, d.month, d.day),
    )
}

/// `2025年12月8日`
pub fn format_western(date: NaiveDate) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// Both ways in one, for reading back what was typed: `2025年（令和7年）12月8日`.
pub fn format_both(date: NaiveDate) -> String {
    let Some(era) = EraDate::from_date(date) else { return format_western(date) };
    let year = if era.year == 1 { "元".to_owned() } else { era.year.to_string() };
    format!("{}年（{}{year}年）{}月{}日", date.year(), era.era.kanji(), era.month, era.day)
}

fn split_era(text: &str) -> (Option<Era>, &str) {
    for row in &ERAS {
        let spellings = [text.strip_prefix(row.1), text.strip_prefix(row.2), text.strip_prefix(row.3)];
        if let Some(rest) = spellings.into_iter().flatten().next() {
            return (Some(row.0), rest);
        }
    }
    (None, text)
}

/// The numbers in `text`, each with how many digits it had. Between them only what people put between numbers.
fn numbers(text: &str) -> Result<Vec<(u32, usize)>, EraError> {
    let text = text.replace("元年", "1年");
    let mut found = Vec::new();
    for part in text.split(|c: char| {
        matches!(c, '年' | '月' | '日' | '.' | '/' | '-' | '−' | 'ー' | '・' | '、' | ',') || c.is_whitespace()
    }) {
        if part.is_empty() {
            continue;
        }
        if part.len() > 8 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return Err(EraError::Unreadable);
        }
        found.push((part.parse().map_err(|_| EraError::Unreadable)?, part.len()));
    }
    Ok(found)
}

fn western(year: u32, month: u32, day: u32) -> Result<NaiveDate, EraError> {
    let date = i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, day));
    let date = date.ok_or(EraError::NoSuchDay)?;
    if date < Era::Meiji.first_day() { Err(EraError::LunarCalendar) } else { Ok(date) }
}

fn form_digits(digits: u32) -> Result<NaiveDate, EraError> {
    let index = usize::try_from(digits / 1_000_000).unwrap_or(0);
    let era = *index.checked_sub(1).and_then(|index| Era::ALL.get(index)).ok_or(EraError::Unreadable)?;
    EraDate { era, year: digits / 10_000 % 100, month: digits / 100 % 100, day: digits % 100 }.to_date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn people_type_dates_in_many_ways() {
        let cases = [
            ("R7.12.8", day(2025, 12, 8)),
            ("r7-12-8", day(2025, 12, 8)),
            ("令和7年12月8日", day(2025, 12, 8)),
            ("令和７年１２月８日", day(2025, 12, 8)),
            ("　令和 7年 12月 8日 ", day(2025, 12, 8)),
            ("㋿7.12.8", day(2025, 12, 8)),
            ("R071208", day(2025, 12, 8)),
            ("5071208", day(2025, 12, 8)),
            ("20251208", day(2025, 12, 8)),
            ("２０２５１２０８", day(2025, 12, 8)),
            ("2025-12-08", day(2025, 12, 8)),
            ("2025/12/8", day(2025, 12, 8)),
            ("2025年12月8日", day(2025, 12, 8)),
            ("S38 1 5", day(1963, 1, 5)),
            ("昭38.1.5", day(1963, 1, 5)),
            ("3380105", day(1963, 1, 5)),
            ("昭和６４年１月７日", day(1989, 1, 7)),
            ("平成元年1月8日", day(1989, 1, 8)),
            ("H31.4.30", day(2019, 4, 30)),
            ("令和元年5月1日", day(2019, 5, 1)),
            ("大正15年12月25日", day(1926, 12, 25)),
            ("昭和元年12月25日", day(1926, 12, 25)),
            ("明治45年7月30日", day(1912, 7, 30)),
            ("T1.7.30", day(1912, 7, 30)),
            ("M6.1.1", day(1873, 1, 1)),
        ];
        for (text, date) in cases {
            assert_eq!(parse(text), Ok(date), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_says_why() {
        let cases = [
            ("", EraError::Unreadable),
            ("きのう", EraError::Unreadable),
            ("R7.12", EraError::Unreadable),
            ("2025.12", EraError::Unreadable),
            ("6071208", EraError::Unreadable),
            ("0071208", EraError::Unreadable),
            ("99999999999999999999", EraError::Unreadable),
            ("R7.2.30", EraError::NoSuchDay),
            ("R0.1.1", EraError::NoSuchDay),
            ("20250229", EraError::NoSuchDay),
            ("R4000000.1.1", EraError::NoSuchDay),
            ("M5.12.2", EraError::LunarCalendar),
            ("18720101", EraError::LunarCalendar),
        ];
        for (text, error) in cases {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_year_counted_past_its_era_is_named_not_guessed() {
        for (text, meant) in
            [("平成35年3月1日", day(2023, 3, 1)), ("S64.1.8", day(1989, 1, 8)), ("R1.4.30", day(2019, 4, 30))]
        {
            let Err(EraError::OutsideEra { meant: found, .. }) = parse(text) else { panic!("{text}") };
            assert_eq!(found, meant);
        }
    }

    #[test]
    fn every_day_since_1873_reads_back_in_every_form() {
        let (mut date, end) = (day(1873, 1, 1), day(2100, 1, 1));
        while date < end {
            for text in [format_ja(date), format_short(date), format_western(date), date.format("%Y%m%d").to_string()] {
                assert_eq!(parse(&text), Ok(date), "{text}");
            }
            date = date.succ_opt().unwrap();
        }
    }

    #[test]
    fn both_calendars_are_shown() {
        assert_eq!(format_both(day(2025, 12, 8)), "2025年（令和7年）12月8日");
        assert_eq!(format_both(day(2019, 5, 1)), "2019年（令和元年）5月1日");
        assert_eq!(format_both(day(1872, 1, 1)), "1872年1月1日");
        assert_eq!(format_short(day(1963, 1, 5)), "S38.1.5");
        assert_eq!(format_ja(day(1989, 1, 8)), "平成元年1月8日");
    }
}
