//! Numbers and capacities.

use super::{is_missing, plain};
use crate::Cell;

/// A capacity (収容人数), in persons.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capacity {
    /// Indoors (屋内).
    pub indoor: Option<u32>,
    /// Outdoors (屋外).
    pub outdoor: Option<u32>,
    /// The one number, or the number said to be the total, or the sum of both.
    pub total: Option<u32>,
    /// As written.
    pub text: String,
}

/// What may stand behind a number.
const UNITS: [&str; 24] = [
    "人",
    "名",
    "台",
    "個",
    "箇所",
    "か所",
    "ヶ所",
    "基",
    "棟",
    "戸",
    "世帯",
    "床",
    "階",
    "m",
    "メートル",
    "m2",
    "平方メートル",
    "km",
    "ha",
    "リットル",
    "l",
    "t",
    "m3",
    "%",
];

/// Reads a cell that is one number: full width, thousands separators, a unit behind it (人, ㎡, m), 約 before it. Text
/// with two numbers is none.
pub fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number { value, .. } => Some(*value),
        Cell::Text(text) => parse(text),
        _ => None,
    }
}

/// As [`number`], where it is whole and below 2⁵³.
pub fn integer(cell: &Cell) -> Option<i64> {
    let value = number(cell)?;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the range that f64 counts exactly")]
    (value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0).then_some(value as i64)
}

/// Reads a capacity: a number, or prose such as 屋内480人／屋外3,350人(面積の1/2). `None` for an empty cell and words for
/// nothing; prose without a number of persons keeps only its text.
pub fn capacity(cell: &Cell) -> Option<Capacity> {
    let text = cell.text();
    if is_missing(&text) {
        return None;
    }
    let mut capacity = Capacity { text: text.clone().into_owned(), ..Capacity::default() };
    if let Some(value) = number(cell) {
        capacity.total = persons(value);
        return Some(capacity);
    }
    let plain = plain(&text);
    capacity.indoor = behind(&plain, &["屋内", "室内", "館内", "建物内"]);
    capacity.outdoor = behind(&plain, &["屋外", "室外", "グラウンド", "校庭"]);
    let said = behind(&plain, &["合計", "総数", "全体", "計"]);
    let sum = match (capacity.indoor, capacity.outdoor) {
        (None, None) => only(&plain),
        (indoor, outdoor) => indoor.unwrap_or(0).checked_add(outdoor.unwrap_or(0)),
    };
    capacity.total = said.or(sum);
    Some(capacity)
}

fn parse(text: &str) -> Option<f64> {
    let plain = plain(text).to_lowercase();
    let plain = plain.strip_prefix('約').unwrap_or(&plain).trim();
    let end = plain.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '+' | '-' | '−' | '▲' | '△')));
    let (digits, unit) = plain.split_at(end.unwrap_or(plain.len()));
    let unit = unit.trim();
    (unit.is_empty() || UNITS.contains(&unit)).then(|| digits_of(digits)).flatten()
}

/// Digits with a sign, a decimal point and thousands separators in their places.
fn digits_of(text: &str) -> Option<f64> {
    let (sign, digits) = match text.strip_prefix(['-', '−', '▲', '△']) {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let groups: Vec<&str> = whole.split(',').collect();
    let grouped = groups.len() == 1
        || (groups.iter().skip(1).all(|group| group.len() == 3)
            && (1..=3).contains(&groups.first().map_or(0, |g| g.len())));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let sound =
        grouped && all_digits(fraction) && groups.iter().all(|group| all_digits(group)) && !groups.concat().is_empty();
    if !sound || whole.len() > 24 || fraction.len() > 24 {
        return None;
    }
    format!("{}.{fraction}0", groups.concat()).parse().ok().map(|value: f64| sign * value)
}

/// The number of persons right behind one of the words: 屋内480人, 屋内:1,371名.
fn behind(text: &str, words: &[&str]) -> Option<u32> {
    words.iter().find_map(|word| {
        let (_, rest) = text.split_once(word)?;
        let rest = rest.trim_start_matches(|c: char| matches!(c, ':' | '(' | '約' | '=' | '、') || c.is_whitespace());
        leading(rest).filter(|(_, tail)| counts_people(tail)).map(|(value, _)| value)
    })
}

/// The one number of persons in a text: 約300人（体育館）. `None` for two.
fn only(text: &str) -> Option<u32> {
    let mut found = None;
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (value, tail) = leading(&rest[at..])?;
        if tail.starts_with(['人', '名']) && found.replace(value).is_some() {
            return None;
        }
        rest = tail;
    }
    found
}

/// The number a text begins with, and what follows.
fn leading(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == ',')).unwrap_or(text.len());
    let (digits, tail) = text.split_at(end);
    let value = digits_of(digits.trim_end_matches(','))?;
    Some((persons(value)?, tail))
}

/// 480人, 480名 or a bare 480 before a break; not 480㎡.
fn counts_people(tail: &str) -> bool {
    tail.is_empty() || tail.starts_with(['人', '名', '/', '、', ',', ' ', ')', '・', '\n'])
}

fn persons(value: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the range of u32, rounded")]
    (0.0..4_000_000_000.0).contains(&value).then(|| value.round() as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_in_every_dress() {
        let cases = [
            ("789", Some(789.0)),
            ("１，３７１人", Some(1371.0)),
            ("1,371人", Some(1371.0)),
            ("32,500 ", Some(32_500.0)),
            ("40.515968999999998", Some(40.515_969)),
            ("約300名", Some(300.0)),
            ("-12.5", Some(-12.5)),
            ("▲3", Some(-3.0)),
            ("475㎡", Some(475.0)),
            ("4.2m", Some(4.2)),
            (".5", None),
            ("1.0", Some(1.0)),
            ("1,37", None),
            ("1,2,3", None),
            ("12人15人", None),
            ("24-2968", None),
            ("2024/1/9", None),
            ("○", None),
            ("", None),
            ("-", None),
            ("１階", Some(1.0)),
            ("人", None),
            ("1e5", None),
        ];
        for (text, value) in cases {
            let read = number(&Cell::from(text));
            assert!(read.zip(value).map_or(read == value, |(a, b)| (a - b).abs() < 1e-9), "{text}: {read:?}");
        }
        assert_eq!(integer(&Cell::from("1,371")), Some(1371));
        assert_eq!(integer(&Cell::from("1.5")), None);
        assert_eq!(integer(&Cell::from_number(1e300)), None);
    }

    #[test]
    fn capacity_prose() {
        let cases = [
            ("屋内480人／屋外3,350人(面積の1/2)", Some(480), Some(3350), Some(3830)),
            ("屋内1,371人／屋外5,470人（面積の1/2）", Some(1371), Some(5470), Some(6841)),
            ("屋内191人／屋外0人(面積の1/2)", Some(191), Some(0), Some(191)),
            ("屋内：200名", Some(200), None, Some(200)),
            ("789", None, None, Some(789)),
            ("約３００人（体育館）", None, None, Some(300)),
            ("体育館300人、武道場100人", None, None, None),
            ("体育館300人、武道場100人、計400人", None, None, Some(400)),
            ("屋内480㎡", None, None, None),
            ("応相談", None, None, None),
        ];
        for (text, indoor, outdoor, total) in cases {
            let read = capacity(&Cell::from(text)).unwrap();
            assert_eq!((read.indoor, read.outdoor, read.total), (indoor, outdoor, total), "{text}");
            assert_eq!(read.text, text);
        }
        assert_eq!(capacity(&Cell::Empty), None);
        assert_eq!(capacity(&Cell::from("---")), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "[0-9０-９,，.人屋内外/約 \\-]{0,40}") {
            let cell = Cell::from(text.as_str());
            let _ = (number(&cell), integer(&cell), capacity(&cell));
        }

        #[test]
        fn every_whole_number_is_read_back(value in -1_000_000_000_i64..1_000_000_000) {
            prop_assert_eq!(integer(&Cell::from(value.to_string().as_str())), Some(value));
        }
    }
}
