//! How likely two places are one: name, address and distance, with the reasons in words.

use kernel::{Point, Text};

use super::names::Name;
use crate::address::Address;
use crate::model::{Located, Place};

/// A place as it is compared, read once.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    pub(super) place: &'a Place,
    pub(super) name: Name,
    pub(super) address: Address,
    /// The middle of a town says nothing about which house.
    pub(super) point: Option<Point>,
}

/// How likely two places are one (照合の点数).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Score {
    /// 0 to 1.
    pub(super) points: f64,
    pub(super) reasons: Vec<Text>,
    pub(super) distance_m: Option<f64>,
}

/// Weight of the name; address and distance share the rest.
const NAME: f64 = 0.5;
const ADDRESS: f64 = 0.25;
const DISTANCE: f64 = 0.25;
/// Farther apart than this, two places are one only if the coordinates are wrong.
const FAR_M: f64 = 1_000.0;
/// The same name alone is not enough to be proposed with confidence.
const NAME_ALONE: f64 = 0.7;
/// Names that are not alike: at most this, so that a person looks.
const OTHER_NAME: f64 = 0.6;

impl<'a> Candidate<'a> {
    pub(super) fn read(place: &'a Place) -> Self {
        Self {
            place,
            name: Name::read(&place.name, &place.municipality),
            address: Address::read(place.address.as_deref().unwrap_or_default(), &place.municipality),
            point: place.point.filter(|_| place.located != Located::Geocoded),
        }
    }

    /// Compares two places.
    pub(super) fn score(&self, other: &Self) -> Score {
        let name = self.name.likeness(&other.name);
        let address = self.address.likeness(&other.address);
        let distance = self.point.zip(other.point).map(|(a, b)| a.distance_m(b));
        let parts = [(NAME, Some(name)), (ADDRESS, address), (DISTANCE, distance.map(nearness))];
        let known = || parts.iter().filter_map(|(weight, value)| Some((weight, (*value)?)));
        let weighed: f64 = known().map(|(weight, value)| weight * value).sum();
        let weights: f64 = known().map(|(weight, _)| weight).sum();
        let mut score: f64 = weighed / weights;
        if address.is_none() && distance.is_none() {
            score = score.min(NAME_ALONE);
        }
        let same_address = address.is_some_and(|likeness| likeness > 0.99);
        if distance.is_some_and(|metres| metres > FAR_M) {
            score = score.min(if same_address { 0.75 } else { 0.5 });
        }
        if name < 0.6 {
            let same_spot = distance.is_none_or(|metres| metres < 100.0);
            score = score.min(if same_address && same_spot { OTHER_NAME } else { 0.5 });
        }
        Score {
            points: (score * 1000.0).round() / 1000.0,
            reasons: reasons(name, address, distance),
            distance_m: distance,
        }
    }
}

fn nearness(metres: f64) -> f64 {
    match metres {
        m if m <= 30.0 => 1.0,
        m if m <= 100.0 => 0.9,
        m if m <= 200.0 => 0.7,
        m if m <= 500.0 => 0.4,
        m if m <= FAR_M => 0.1,
        _ => 0.0,
    }
}

fn reasons(name: f64, address: Option<f64>, distance: Option<f64>) -> Vec<Text> {
    let mut all = vec![match name {
        n if n >= 1.0 => Text::new("名称が同じです。", "名前が 同じです。", "Same name."),
        n if n >= 0.6 => Text::new("名称が似ています。", "名前が 似ています。", "Similar names."),
        _ => Text::new("名称は異なります。", "名前は ちがいます。", "Different names."),
    }];
    all.push(match address {
        Some(a) if a > 0.99 => Text::new("住所が同じです。", "住所が 同じです。", "Same address."),
        Some(a) if a >= 0.4 => Text::new("住所が近い表記です。", "住所が 似ています。", "Similar addresses."),
        Some(_) => Text::new("住所が異なります。", "住所が ちがいます。", "Different addresses."),
        None => Text::new("住所を比べられません。", "住所を くらべられません。", "The addresses cannot be compared."),
    });
    all.push(match distance {
        Some(metres) if metres < 1.0 => Text::new("位置が同じです。", "場所が 同じです。", "Same position."),
        Some(metres) => Text::new(
            format!("距離は約{metres:.0}mです。"),
            format!("あいだは {metres:.0}メートルです。"),
            format!("About {metres:.0} m apart."),
        ),
        None => Text::new("距離は分かりません。", "あいだの 長さは わかりません。", "The distance is not known."),
    });
    all
}
