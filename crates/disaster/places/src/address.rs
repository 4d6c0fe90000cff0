//! Addresses (住所) in one form, for comparing only: 大字長根三丁目24番地1 and 長根3-24-1 are the same.

use kernel::{areas, fold};

/// An address taken apart (住所の分解): 長根三丁目24-1 is the town 長根 with the numbers 3, 24, 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Address {
    /// Folded, without prefecture, county, municipality, 大字 and 字.
    pub(crate) town: String,
    /// 丁目, 番, 号 in this order.
    pub(crate) numbers: Vec<u32>,
}

impl Address {
    /// Takes an address apart; `municipality` (JIS5) is what may stand before the town.
    pub(crate) fn read(text: &str, municipality: &str) -> Self {
        let plain = fold::fold(text);
        let town = without_municipality(&plain, municipality);
        let bare = town.replace("大字", "").replace("小字", "");
        let digits = arabic(&without_aza(&bare));
        let Some(start) = digits.find(|c: char| c.is_ascii_digit()) else {
            return Self { town: digits.trim_end_matches('-').to_owned(), numbers: Vec::new() };
        };
        Self { town: digits[..start].trim_end_matches(['第', '-']).to_owned(), numbers: numbers(&digits[start..]) }
    }

    /// Whether nothing is said.
    pub(crate) fn is_empty(&self) -> bool {
        self.town.is_empty() && self.numbers.is_empty()
    }

    /// How alike two addresses are, 0 to 1; `None` when one is empty.
    pub(crate) fn likeness(&self, other: &Self) -> Option<f64> {
        if self.is_empty() || other.is_empty() {
            return None;
        }
        let towns = self.towns_alike(other);
        let (short, long) = if self.numbers.len() <= other.numbers.len() { (self, other) } else { (other, self) };
        let common = short.numbers.iter().zip(&long.numbers).take_while(|(a, b)| a == b).count();
        let numbers = match (short.numbers.len(), long.numbers.len()) {
            (a, b) if a == b && common == a => 1.0,
            (0, _) => 0.6,
            (a, _) if common == a => 0.8,
            _ if common > 0 => 0.4,
            _ => 0.2,
        };
        Some(towns * numbers)
    }

    /// 1 for the same town, less for one that is named within the other (是川 and 是川中居).
    fn towns_alike(&self, other: &Self) -> f64 {
        let (a, b) = (self.town.as_str(), other.town.as_str());
        if a == b {
            return 1.0;
        }
        let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        let within = short.chars().count() >= 2 && (long.starts_with(short) || long.ends_with(short));
        if within || differ_in_one(a, b) { 0.7 } else { 0.0 }
    }
}

/// Whether two names of four characters or more are the same but for one: 野牛釡ノ平 and 野牛釜ノ平.
fn differ_in_one(a: &str, b: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    left.len() >= 4 && left.len() == right.len() && left.iter().zip(&right).filter(|(x, y)| x != y).count() == 1
}

/// The text without what every address of the municipality begins with.
fn without_municipality<'a>(plain: &'a str, municipality: &str) -> &'a str {
    let rest = plain.strip_prefix("青森県").unwrap_or(plain);
    let Some(name) = areas::municipality(municipality).map(|row| fold::fold(row.name)) else { return rest };
    let town = rest.split_once('郡').map_or(rest, |(_, town)| town);
    town.strip_prefix(name.as_str()).or_else(|| rest.strip_prefix(name.as_str())).unwrap_or(rest)
}

/// Without the mark 字 between the names of a town and of its part; 十文字 keeps it.
fn without_aza(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        if c != '字' || before == Some('文') {
            kept.push(c);
        }
        before = Some(c);
    }
    kept
}

/// Kanji numbers before 丁目, 番 and 号 as digits, and those words as dashes. Others are names: 十三日町.
fn arabic(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let run = chars[at..].iter().take_while(|c| kanji_digit(**c).is_some()).count();
        if run > 0 && counts(&chars[at + run..]) {
            out.push_str(&kanji_number(&chars[at..at + run]).to_string());
            at += run;
        } else if out.ends_with(|c: char| c.is_ascii_digit()) && separator(&chars[at..]) > 0 {
            at += separator(&chars[at..]);
            out.push('-');
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// Whether what follows makes the number before it a number.
fn counts(rest: &[char]) -> bool {
    matches!(rest, ['丁', '目', ..] | ['番' | '号', ..])
}

/// How many characters stand between two numbers here: 丁目, 番地の, 番, 号, の, dashes.
fn separator(rest: &[char]) -> usize {
    let word = match rest {
        ['番', '地', 'の', next, ..] if next.is_ascii_digit() => 3,
        ['丁', '目', ..] | ['番', '地', ..] => 2,
        ['番' | '号', ..] => 1,
        ['の', next, ..] if next.is_ascii_digit() => 1,
        _ => return 0,
    };
    let dashes = rest[word..].iter().take_while(|c| **c == '-').count();
    word + dashes
}

/// The numbers at the start: 3-24-1; what follows (a building) is left out. At most six.
fn numbers(text: &str) -> Vec<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(text.len());
    text[..end].split('-').filter(|part| !part.is_empty()).map_while(|part| part.parse().ok()).take(6).collect()
}

fn kanji_digit(c: char) -> Option<u32> {
    Some(match c {
        '〇' => 0,
        '一' => 1,
        '二' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        '十' => 10,
        '百' => 100,
        _ => return None,
    })
}

/// 二十三 is 23, 二三 is 23, 百二 is 102.
fn kanji_number(digits: &[char]) -> u32 {
    let (mut total, mut last) = (0_u32, 0_u32);
    for value in digits.iter().filter_map(|c| kanji_digit(*c)) {
        if value >= 10 {
            total = total.saturating_add(last.max(1).saturating_mul(value));
            last = 0;
        } else {
            last = last.saturating_mul(10).saturating_add(value);
        }
    }
    total.saturating_add(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn alike(a: &str, b: &str) -> f64 {
        Address::read(a, "02203").likeness(&Address::read(b, "02203")).unwrap_or(-1.0)
    }

    #[test]
    fn the_many_ways_to_write_an_address_are_one() {
        let cases = [
            ("長根三丁目24-1", "長根3-24-1"),
            ("青森県八戸市大字長根三丁目２４番地１", "長根3丁目24-1"),
            ("八戸市内丸一丁目1番1号", "内丸１－１－１"),
            ("大字是川字中居3-1", "是川中居３の１"),
            ("青森県八戸市旭ケ丘1-1-19", "旭ヶ丘一丁目1番19号"),
            ("大字十三日町二十三", "十三日町二十三"),
            ("内丸1-1-1 市庁別館", "内丸1-1-1"),
        ];
        for (a, b) in cases {
            let (left, right) = (Address::read(a, "02203"), Address::read(b, "02203"));
            assert!((alike(a, b) - 1.0).abs() < 1e-9, "{a} {b}: {left:?} {right:?}");
        }
    }

    #[test]
    fn different_addresses_are_less_alike() {
        assert!(alike("長根3-24-1", "長根3-24") > 0.7);
        assert!(alike("長根3-24-1", "長根") > 0.5);
        assert!(alike("長根3-24-1", "長根3-20-1") < 0.5);
        assert!(alike("長根3-24-1", "長根1-24-1") < 0.3);
        assert!(alike("長根3-24-1", "根城3-24-1") < 0.1);
        assert!(alike("大字尻内町字十文字1", "尻内町十文字1") > 0.99);
        assert_eq!(Address::read("", "02203").likeness(&Address::default()), None);
    }

    #[test]
    fn a_county_and_a_municipality_are_taken_off() {
        let read = Address::read("青森県三戸郡南部町大字平字広場28番地1", "02445");
        assert_eq!(read, Address { town: "平広場".to_owned(), numbers: vec![28, 1] });
        assert_eq!(Address::read("郡山1-2", "02203").town, "郡山");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[一-十大小字丁目番地号の長根0-9０-９ー－ -]{0,30}", other in "\\PC{0,20}") {
            let (a, b) = (Address::read(&text, "02203"), Address::read(&other, "02203"));
            prop_assert_eq!(a.likeness(&b), b.likeness(&a));
            if let Some(score) = a.likeness(&a) {
                prop_assert!((score - 1.0).abs() < 1e-9);
            }
        }
    }
}
