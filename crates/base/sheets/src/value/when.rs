//! Days and times.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use kernel::era::{self, Era, EraDate};

use super::{integer, plain};
use crate::Cell;

/// The time a statement is of (時点), Japanese time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AsOf {
    /// The day.
    pub date: NaiveDate,
    /// The time of day, where it is said.
    pub time: Option<NaiveTime>,
}

/// Excel's serial numbers of 1955-01-01 and 2100-01-01: outside them a number is no day.
const SERIALS: std::ops::Range<i64> = 20_090..73_051;

/// Reads a day: 2024-01-09, 2024/1/9, 2024.1.9, 20240109, 令和6年1月9日, R6.1.9, a workbook's date, an Excel serial number
/// between 1955 and 2100. 「4月頃」 is none.
pub fn date(cell: &Cell) -> Option<NaiveDate> {
    match cell {
        Cell::Date(date) => Some(*date),
        Cell::DateTime(at) => Some(at.date()),
        Cell::Number { .. } => serial(integer(cell)?).or_else(|| era::parse(&cell.text()).ok()),
        Cell::Text(text) => {
            let digits = text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit());
            let from_serial = || if digits { text.parse().ok().and_then(serial) } else { None };
            era::parse(text).ok().or_else(from_serial).or_else(|| Some(date_time(cell)?.date()))
        }
        _ => None,
    }
}

/// Reads a day with a time: 2024-01-09 18:00, 令和6年1月9日午後6時.
pub fn date_time(cell: &Cell) -> Option<NaiveDateTime> {
    match cell {
        Cell::DateTime(at) => Some(*at),
        Cell::Text(text) => {
            let found = as_of(text)?;
            Some(found.date.and_time(found.time?))
        }
        _ => None,
    }
}

/// Finds the day, and the time where it is said, anywhere in a text: 令和元年９月１日現在, 人数_令和6年1月9日午後6時時点,
/// `open_2024-01-09-1800.csv`, `20250527_list.xlsx`. The first day counts.
pub fn as_of(text: &str) -> Option<AsOf> {
    let text = plain(text);
    let mut before = None;
    for (at, c) in text.char_indices() {
        let glued =
            before.is_some_and(|b: char| b.is_ascii_digit() || (b.is_ascii_alphabetic() && c.is_ascii_alphabetic()));
        if !glued && let Some(found) = Scan(&text[at..]).as_of() {
            return Some(found);
        }
        before = Some(c);
    }
    None
}

fn serial(number: i64) -> Option<NaiveDate> {
    let days = u64::try_from(number).ok().filter(|_| SERIALS.contains(&number))?;
    NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days))
}

/// The rest of a text that is being read.
#[derive(Clone, Copy)]
struct Scan<'a>(&'a str);

impl Scan<'_> {
    fn as_of(mut self) -> Option<AsOf> {
        let date = self.date()?;
        // 24 o'clock and 午後12時 are tomorrow to some and today to others: the day stays, the time is not said.
        Some(AsOf { date, time: self.time() })
    }

    fn date(&mut self) -> Option<NaiveDate> {
        if let Some(era) = self.era() {
            let year = if self.eat("元") { 1 } else { self.number(2)?.0 };
            let (month, day) = self.month_and_day()?;
            return EraDate { era, year, month, day }.to_date().ok();
        }
        let (year, digits) = self.number(8)?;
        let (year, month, day) = match digits {
            8 => (year / 10_000, year / 100 % 100, year % 100),
            4 => {
                let (month, day) = self.month_and_day()?;
                (year, month, day)
            }
            _ => return None,
        };
        let year = i32::try_from(year).ok().filter(|year| (1900..2200).contains(year))?;
        NaiveDate::from_ymd_opt(year, month, day)
    }

    fn month_and_day(&mut self) -> Option<(u32, u32)> {
        let separated = ["年", "/", "-", "."].iter().any(|mark| self.eat(mark));
        let (month, _) = separated.then(|| self.number(2)).flatten()?;
        let separated = ["月", "/", "-", "."].iter().any(|mark| self.eat(mark));
        let (day, _) = separated.then(|| self.number(2)).flatten()?;
        self.eat("日");
        Some((month, day))
    }

    fn era(&mut self) -> Option<Era> {
        Era::ALL.into_iter().find(|era| {
            let letter = era.letter().to_string();
            let lettered =
                self.0.starts_with(&letter) && self.0[1..].starts_with(|c: char| c.is_ascii_digit() || c == '元');
            self.eat(era.kanji()) || (lettered && self.eat(&letter))
        })
    }

    fn time(&mut self) -> Option<NaiveTime> {
        if let Some(rest) = self.0.strip_prefix('(') {
            // The day of the week: 1月9日(火)18時.
            self.0 = rest.split_once(')')?.1;
        }
        self.0 = self.0.trim_start_matches([' ', '　', 'T', 't', '-', '_', '、']);
        if self.eat("正午") {
            return NaiveTime::from_hms_opt(12, 0, 0);
        }
        let afternoon = self.eat("午後");
        let morning = !afternoon && self.eat("午前");
        let (number, digits) = self.number(4)?;
        let (hour, minute) = match digits {
            4 if !afternoon && !morning => (number / 100, number % 100),
            1 | 2 if self.eat("時") => (number, if self.eat("半") { 30 } else { self.minutes() }),
            1 | 2 if self.eat(":") => (number, self.number(2)?.0),
            _ => return None,
        };
        let hour = match (afternoon, hour) {
            (true, 0..12) => hour + 12,
            (true, _) => return None,
            (false, _) => hour,
        };
        let second = if self.eat(":") { self.number(2)?.0 } else { 0 };
        NaiveTime::from_hms_opt(hour, minute, second)
    }

    fn minutes(&mut self) -> u32 {
        let mut ahead = *self;
        match ahead.number(2) {
            Some((minutes, _)) if ahead.eat("分") => {
                *self = ahead;
                minutes
            }
            _ => 0,
        }
    }

    /// Digits, at most `most` of them, and how many there were.
    fn number(&mut self, most: usize) -> Option<(u32, usize)> {
        let digits = self.0.len() - self.0.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 || digits > most {
            return None;
        }
        let (number, rest) = self.0.split_at(digits);
        self.0 = rest;
        Some((number.parse().ok()?, digits))
    }

    fn eat(&mut self, mark: &str) -> bool {
        let rest = self.0.strip_prefix(mark);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn days_in_every_dress() {
        let expected = Some(day(2024, 1, 9));
        for text in [
            "2024-01-09",
            "2024/1/9",
            "2024.1.9",
            "20240109",
            "令和6年1月9日",
            "令和６年１月９日",
            "R6.1.9",
            "45300",
            "2024-01-09 18:00",
            "2024/1/9 1:00",
            "2024年1月9日",
        ] {
            assert_eq!(date(&Cell::from(text)), expected, "{text}");
        }
        assert_eq!(date(&Cell::from_number(45_300.0)), expected);
        assert_eq!(date(&Cell::from_number(20_240_109.0)), expected);
        assert_eq!(date(&Cell::from("令和元年9月1日")), Some(day(2019, 9, 1)));
        for text in [
            "",
            "4月頃",
            "2024",
            "2024年1月",
            "令和6年2月30日",
            "12345",
            "24-2968",
            "1,371",
            "8月5日（水）～8月16日（日）",
        ] {
            assert_eq!(date(&Cell::from(text)), None, "{text}");
        }
    }

    #[test]
    fn the_time_of_a_statement_is_found() {
        let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0);
        let cases = [
            ("令和元年９月１日現在", day(2019, 9, 1), None),
            ("人数_令和6年1月9日午後6時時点", day(2024, 1, 9), at(18, 0)),
            ("令和6年1月11日午後6時", day(2024, 1, 11), at(18, 0)),
            ("令和6年1月13日午前6時30分現在", day(2024, 1, 13), at(6, 30)),
            ("令和6年1月13日（土）午後1時半", day(2024, 1, 13), at(13, 30)),
            ("2024/1/13 6:00", day(2024, 1, 13), at(6, 0)),
            ("2024-01-13T06:05:00+09:00", day(2024, 1, 13), at(6, 5)),
            ("open_shelter_Nanao-shi_2024-01-09-1800.csv", day(2024, 1, 9), at(18, 0)),
            ("20250527_siteihinanjo.xlsx", day(2025, 5, 27), None),
            ("一覧（R6.4.1現在）", day(2024, 4, 1), None),
            ("令和6年1月9日正午", day(2024, 1, 9), at(12, 0)),
            ("令和6年1月9日24時", day(2024, 1, 9), None),
        ];
        for (text, date, time) in cases {
            assert_eq!(as_of(text), Some(AsOf { date, time }), "{text}");
        }
        for text in
            ["", "1,371", "0178-24-2968", "令和6年度", "八戸市番町14", "222127_aed.csv", "2024-13-09", "平成35年1月1日"]
        {
            assert_eq!(as_of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "[0-9令和平成元年月日時分午前後RH/:.()\\- ]{0,30}") {
            let cell = Cell::from(text.as_str());
            let _ = (date(&cell), date_time(&cell), as_of(&text));
        }

        #[test]
        fn every_day_is_found_in_its_era(days in 0_u64..60_000) {
            let date = day(1927, 1, 1).checked_add_days(Days::new(days)).unwrap();
            let text = format!("表_{}時点", era::format_ja(date));
            prop_assert_eq!(as_of(&text), Some(AsOf { date, time: None }));
        }
    }
}
