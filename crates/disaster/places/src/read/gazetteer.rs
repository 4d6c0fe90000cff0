//! Finding the town of an address (町字への位置付け): hundreds of metres off, so it is only ever proposed.

use std::collections::HashMap;

use kernel::Point;
use kernel::fold::fold;

use super::whose;
use crate::model::Town;

/// Towns of one municipality by folded name.
#[derive(Debug, Default)]
pub(crate) struct Gazetteer {
    towns: HashMap<String, Point>,
    /// Characters of the longest name.
    longest: usize,
}

impl Gazetteer {
    /// A gazetteer of these towns; those without a position are of no use here.
    pub(crate) fn of(towns: &[Town]) -> Self {
        let mut gazetteer = Self::default();
        for (name, point) in towns.iter().filter_map(|town| Some((key(&town.name), town.point?))) {
            gazetteer.longest = gazetteer.longest.max(name.chars().count());
            gazetteer.towns.entry(name).or_insert(point);
        }
        gazetteer
    }

    /// Where the town of an address is: the longest name the address begins with. 長根3-24-1 is in 長根三丁目.
    pub(crate) fn find(&self, address: &str) -> Option<Point> {
        let rest = without_municipality(&fold(address));
        let text: Vec<char> = key(&rest).chars().collect();
        (2..=self.longest.min(text.len())).rev().find_map(|length| self.at(&text, length))
    }

    fn at(&self, text: &[char], length: usize) -> Option<Point> {
        let name: String = text[..length].iter().collect();
        let number: String = text[length..].iter().take_while(|c| c.is_ascii_digit()).collect();
        let behind = text.get(length + number.len());
        if !number.is_empty() && behind == Some(&'-') {
            let chome = format!("{name}{number}丁目");
            if let Some(point) = self.towns.get(&chome) {
                return Some(*point);
            }
        }
        self.towns.get(&name).copied()
    }
}

/// The matching key of a town: folded, without 大字 and 字, block numbers in digits.
pub(crate) fn key(name: &str) -> String {
    let folded = fold(name);
    let folded = folded.replace("大字", "");
    let folded = folded.strip_prefix('字').unwrap_or(&folded);
    let text: Vec<char> = folded.chars().collect();
    let mut key = String::with_capacity(folded.len());
    let mut at = 0;
    while at < text.len() {
        let digits = text[at..].iter().take_while(|c| numeral(**c).is_some()).count();
        if digits > 0 && text[at + digits..].starts_with(&['丁', '目']) {
            key.push_str(&value(&text[at..at + digits]).to_string());
            at += digits;
        } else {
            key.push(text[at]);
            at += 1;
        }
    }
    key
}

fn without_municipality(address: &str) -> String {
    let text = address.strip_prefix("青森県").unwrap_or(address);
    let Some(code) = whose::named_in(address) else { return text.to_owned() };
    let name = kernel::areas::municipality(code).map(|one| fold(one.name)).unwrap_or_default();
    text.split_once(&name).map_or(text, |(_, rest)| rest).to_owned()
}

fn numeral(c: char) -> Option<u32> {
    "〇一二三四五六七八九".chars().position(|known| known == c).and_then(|at| u32::try_from(at).ok()).or(match c {
        '十' => Some(10),
        _ => None,
    })
}

/// 十二 is 12, 二十 is 20, 三 is 3.
fn value(digits: &[char]) -> u32 {
    let mut sum = 0;
    let mut last = 0;
    for digit in digits.iter().filter_map(|c| numeral(*c)) {
        if digit == 10 {
            sum += 10 * last.max(1);
            last = 0;
        } else {
            last = digit;
        }
    }
    sum + last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn town(name: &str, lat: f64) -> Town {
        let point = Point::new(lat, 141.5);
        Town { municipality: "02203".into(), name: name.into(), folded: key(name), point }
    }

    #[test]
    fn the_longest_name_wins_and_blocks_are_understood() {
        let towns = [
            town("長根一丁目", 40.1),
            town("長根三丁目", 40.3),
            town("大字市川町", 40.4),
            town("大字市川町字桔梗野", 40.45),
        ];
        let gazetteer = Gazetteer::of(&towns);
        for (address, lat) in [
            ("八戸市長根三丁目24-1", Some(40.3)),
            ("八戸市長根3-24-1", Some(40.3)),
            ("青森県八戸市長根１－２－３", Some(40.1)),
            ("八戸市大字市川町字桔梗野12", Some(40.45)),
            ("市川町5", Some(40.4)),
            ("八戸市湊町5", None),
            ("", None),
        ] {
            assert_eq!(gazetteer.find(address).map(|point| point.lat), lat, "{address}");
        }
        assert_eq!(key("桜川十二丁目"), "桜川12丁目");
        assert_eq!(key("大字尻内町"), "尻内町");
    }
}
