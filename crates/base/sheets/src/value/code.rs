//! Codes of municipalities.

use kernel::areas;

use super::{integer, plain};
use crate::Cell;

/// A municipality's code (全国地方公共団体コード) as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MunicipalityReading {
    /// Five digits, without the check digit.
    pub jis5: String,
    /// Whether a leading zero had to be put back (22039 written for 022039): a proposal until somebody agrees.
    pub zero_restored: bool,
}

/// Reads five digits, or six with a right check digit. Where a spreadsheet took the leading zero off, it is put back
/// when that gives a municipality of Aomori, or when four digits can be nothing else.
pub fn municipality(cell: &Cell) -> Option<MunicipalityReading> {
    let digits = match cell {
        Cell::Number { .. } => integer(cell)?.to_string(),
        Cell::Text(text) => plain(text).trim_end_matches(".0").to_owned(),
        _ => return None,
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (code, zero_restored) = match digits.len() {
        4 => (format!("0{digits}"), true),
        5 if areas::from_lg6(&format!("0{digits}")).is_some() => (format!("0{digits}"), true),
        5 | 6 => (digits, false),
        _ => return None,
    };
    let (jis5, check) = code.split_at(5);
    let sound = check.is_empty() || check.parse() == Ok(areas::check_digit(jis5)?);
    let prefecture: u8 = jis5[..2].parse().ok()?;
    ((1..=47).contains(&prefecture) && sound).then(|| MunicipalityReading { jis5: jis5.to_owned(), zero_restored })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_every_dress() {
        let cases = [
            ("022039", Some(("02203", false))),
            ("02203", Some(("02203", false))),
            ("０２２０３９", Some(("02203", false))),
            ("22039", Some(("02203", true))),
            ("2203", Some(("02203", true))),
            ("222127", Some(("22212", false))),
            ("172022", Some(("17202", false))),
            ("13101", Some(("13101", false))),
            ("022038", None),
            ("99999", None),
            ("00000", None),
            ("0220", None),
            ("八戸市", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let read = municipality(&Cell::from(text));
            assert_eq!(read.as_ref().map(|read| (read.jis5.as_str(), read.zero_restored)), expected, "{text}");
        }
        assert_eq!(municipality(&Cell::from_number(22_039.0)).unwrap().jis5, "02203");
    }

    /// No five-digit code of the prefectures 20 to 24 is a code of Aomori that lost its zero.
    #[test]
    fn a_lost_zero_is_never_guessed_over_a_real_code() {
        for row in areas::municipalities() {
            let lg6 = areas::lg6(row.jis5).unwrap();
            let serial: u32 = lg6[3..].parse().unwrap();
            // Codes of municipalities begin at 100 in every prefecture.
            assert!(lg6.starts_with("02") && (serial < 100 || lg6[1..3].parse::<u32>().unwrap() > 19), "{lg6}");
            assert_eq!(municipality(&Cell::from(&lg6[1..])).unwrap().jis5, row.jis5);
        }
    }
}
