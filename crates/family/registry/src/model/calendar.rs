//! Ages as the law counts them (年齢計算ニ関スル法律), school years (学校教育法), months of an allowance. Pure.

use chrono::{Datelike, Days, NaiveDate};

/// 1970-01-01, from which days are counted.
const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("the first of January is a day");

/// Days since 1970-01-01.
pub fn day_number(date: NaiveDate) -> i64 {
    date.signed_duration_since(EPOCH).num_days()
}

/// The day that is so many days after 1970-01-01, as far as the calendar reaches.
pub(super) fn date_of(number: i64) -> Option<NaiveDate> {
    EPOCH.checked_add_signed(chrono::TimeDelta::try_days(number)?)
}

/// Full years (満年齢). An age is reached when the day before the birthday ends, and so on that day: born on 1 April,
/// one is six on 31 March. Who was born on 29 February reaches it on the 28th.
pub fn age_years(birth: NaiveDate, on: NaiveDate) -> i64 {
    let next = after(on);
    let years = i64::from(next.year() - birth.year());
    if (next.month(), next.day()) >= (birth.month(), birth.day()) { years } else { years - 1 }
}

/// Full months (月齢), counted like years; where a month has no such day, its last day ends it (民法143条2項).
pub fn age_months(birth: NaiveDate, on: NaiveDate) -> i64 {
    let next = after(on);
    let months = calendar_months(birth, next);
    if next.day() >= birth.day() { months } else { months - 1 }
}

/// Days since the birth, 0 on the day itself (日齢).
pub fn age_days(birth: NaiveDate, on: NaiveDate) -> i64 {
    on.signed_duration_since(birth).num_days()
}

/// Months between the month of birth and this month (誕生月からの月数): allowances paid by the month change with it.
pub fn calendar_months(birth: NaiveDate, on: NaiveDate) -> i64 {
    i64::from(on.year() - birth.year()) * 12 + i64::from(on.month()) - i64::from(birth.month())
}

/// Age on the day before the school year began (学年の年齢): 6 is the first year of elementary school, below 18 is "until
/// the first 31 March after reaching 18".
pub fn school_age(birth: NaiveDate, on: NaiveDate) -> i64 {
    let year = if on.month() >= 4 { on.year() } else { on.year() - 1 };
    NaiveDate::from_ymd_opt(year, 3, 31).map_or(0, |eve| age_years(birth, eve))
}

fn after(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn an_age_is_reached_on_the_day_before_the_birthday() {
        for (birth, on, years, months) in [
            ("2020-05-10", "2023-05-08", 2, 35),
            ("2020-05-10", "2023-05-09", 3, 36),
            ("2020-04-01", "2026-03-31", 6, 72),
            ("2020-04-02", "2026-03-31", 5, 71),
            ("2020-02-29", "2021-02-27", 0, 11),
            ("2020-02-29", "2021-02-28", 1, 12),
            ("2020-02-29", "2024-02-27", 3, 47),
            ("2020-02-29", "2024-02-28", 4, 48),
            ("2026-01-31", "2026-02-27", 0, 0),
            ("2026-01-31", "2026-02-28", 0, 1),
        ] {
            let (birth, on) = (day(birth), day(on));
            assert_eq!((age_years(birth, on), age_months(birth, on)), (years, months), "{birth} {on}");
        }
    }

    #[test]
    fn a_school_year_begins_on_2_april_for_who_is_born_then() {
        for (birth, on, age) in [
            ("2020-04-01", "2026-04-01", 6),
            ("2020-04-02", "2026-04-01", 5),
            ("2008-04-01", "2026-03-31", 17),
            ("2008-04-01", "2026-04-01", 18),
            ("2008-04-02", "2027-03-31", 17),
            ("2008-04-02", "2027-04-01", 18),
        ] {
            assert_eq!(school_age(day(birth), day(on)), age, "{birth} {on}");
        }
    }

    #[test]
    fn days_count_both_ways() {
        assert_eq!(day_number(day("1970-01-01")), 0);
        assert_eq!(date_of(day_number(day("2026-11-28"))), Some(day("2026-11-28")));
        assert_eq!(date_of(i64::MAX), None);
        assert_eq!(age_days(day("2026-11-01"), day("2026-11-28")), 27);
        assert_eq!(calendar_months(day("2023-11-30"), day("2026-11-01")), 36);
    }
}
