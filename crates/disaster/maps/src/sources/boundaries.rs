//! Municipal boundaries (行政区域, N03): land by municipality, the borders between them, the coast.
//!
//! Neighbours share their edges exactly, so an edge of two municipalities is a border and an edge of one is the coast or
//! the border of the prefecture. Which of these it is, the data do not say: the prefecture's own land border is the southern
//! way from its south-western to its eastern end (岩館 to 階上), and everything else is coast.

use std::collections::BTreeMap;

use kernel::areas;

use super::geojson::Item;
use super::{Reading, Scope, What, both, year_in};
use crate::build::simplify;
use crate::mercator::Spot;
use crate::model::{Attribution, Feature, Layer, OriginalKind, Shape, Tag};

/// Properties that hold the five digits of a municipality.
pub(super) const CODES: &[&str] = &["N03_007", "code5"];

pub(super) type Rings = Vec<Vec<Vec<Spot>>>;

/// Land by municipality, as it is read from a file.
#[derive(Default)]
pub(super) struct Lands(BTreeMap<String, Rings>);

/// The municipality of a code, if its land is ours to draw.
pub(super) fn is_ours(code: &str) -> bool {
    areas::municipality(code).is_some() || code.starts_with("02")
}

impl Lands {
    /// Adds a piece of land.
    pub(super) fn add(&mut self, code: &str, polygons: Rings) {
        let sound = polygons.into_iter().filter(|rings| rings.first().is_some_and(|outer| outer.len() >= 3));
        self.0.entry(code.to_owned()).or_default().extend(sound);
    }

    /// The features of all of it; `name` of the file, which may say the year.
    pub(super) fn finish(self, name: &str) -> Result<Reading, What> {
        if self.0.is_empty() {
            let what = both("青森県（02）の区域がありません", "no area of Aomori (02) is in it");
            return Err((String::new(), what));
        }
        let mut features = borders(&self.0);
        for (code, polygons) in self.0 {
            let tags = vec![Tag::text("code", code)];
            features.push(Feature { layer: Layer::Land, shape: Shape::Polygons(polygons), tags, from: 0 });
        }
        let attribution = Attribution {
            name: "国土数値情報（行政区域データ）".into(),
            licence: "国土数値情報利用規約".into(),
            text: "「国土数値情報（行政区域データ）」（国土交通省）を加工して作成".into(),
            as_of: year_in(name),
        };
        Ok(Reading { kind: OriginalKind::Boundaries, features, attribution, notes: Vec::new() })
    }
}

pub(super) fn read(items: &[Item], name: &str, scope: Scope) -> Result<Reading, What> {
    let mut lands = Lands::default();
    for (index, item) in items.iter().enumerate() {
        let Some(code) = item.text(CODES).filter(|code| is_ours(code)) else { continue };
        let shape = item.shape(scope).map_err(super::at(|| format!("feature {index}, {code}")))?;
        if let Some(Shape::Polygons(polygons)) = shape {
            lands.add(code, polygons);
        }
    }
    lands.finish(name)
}

fn borders(lands: &BTreeMap<String, Rings>) -> Vec<Feature> {
    let mut edges: BTreeMap<[Spot; 2], usize> = BTreeMap::new();
    for ring in lands.values().flatten().flatten() {
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)).filter(|(a, b)| a != b) {
            *edges.entry([*a.min(b), *a.max(b)]).or_default() += 1;
        }
    }
    let lines = |shared: bool| {
        let chosen = edges.iter().filter(|(_, count)| (**count > 1) == shared);
        simplify::join(chosen.map(|(edge, _)| edge.to_vec()).collect())
    };
    let (coast, prefecture) = part(lines(false));
    [("coast", coast, 0), ("prefecture", prefecture, 0), ("municipality", lines(true), 7)]
        .into_iter()
        .filter(|(_, lines, _)| !lines.is_empty())
        .map(|(kind, lines, from)| {
            let tags = vec![Tag::text("kind", kind)];
            Feature { layer: Layer::Border, shape: Shape::Lines(lines), tags, from }
        })
        .collect()
}

/// Outer lines → coast and land border of the prefecture. The mainland is the longest closed line.
fn part(mut outer: Vec<Vec<Spot>>) -> (Vec<Vec<Spot>>, Vec<Vec<Spot>>) {
    let closed = |line: &Vec<Spot>| line.len() > 3 && line.first() == line.last();
    let mainland = outer.iter().enumerate().filter(|(_, line)| closed(line)).max_by_key(|(_, line)| line.len());
    let Some(index) = mainland.map(|(index, _)| index) else { return (outer, Vec::new()) };
    let mut ring = outer.swap_remove(index);
    ring.pop();
    // East and south are larger; the ends are where the land goes farthest south-west and farthest east.
    let west = (0..ring.len()).max_by_key(|at| i64::from(ring[*at].y) - i64::from(ring[*at].x)).unwrap_or(0);
    ring.rotate_left(west);
    let east = (0..ring.len()).max_by_key(|at| ring[*at].x).unwrap_or(0);
    let one = ring[..=east].to_vec();
    let other: Vec<Spot> = ring[east..].iter().chain(&ring[..1]).copied().collect();
    let south = |line: &[Spot]| line.iter().map(|spot| i64::from(spot.y)).sum::<i64>() / line.len().max(1) as i64;
    let (land, sea) = if south(&one) > south(&other) { (one, other) } else { (other, one) };
    outer.push(sea);
    (outer, vec![land])
}
