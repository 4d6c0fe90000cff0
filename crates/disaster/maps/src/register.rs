//! The register of places as the map takes it: areas as features, whose they are, and the documents that go into packs.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::App;
use http::hot::Document;
use kernel::{Point, areas};
use places::{AreaCursor, AreaFeature, AreaIndex, Kind, SourceNote};
use serde::{Deserialize, Serialize};
use sheets::Geometry;
use store::Conn;

use crate::mercator::Spot;
use crate::model::{Attribution, Feature, Layer, Shape, Tag};

/// Words in the label of a hazard area, and our kind. The first that is found counts.
const HAZARDS: &[(&str, &str)] = &[
    ("内水", "inland"),
    ("高潮", "surge"),
    ("津波", "tsunami"),
    ("土砂", "landslide"),
    ("土石流", "landslide"),
    ("地すべり", "landslide"),
    ("地滑り", "landslide"),
    ("崖", "landslide"),
    ("急傾斜", "landslide"),
    ("ため池", "reservoir"),
    ("火山", "volcano"),
    ("噴火", "volcano"),
    ("雪崩", "avalanche"),
    ("液状化", "liquefaction"),
    ("洪水", "flood"),
    ("浸水", "flood"),
];

/// Before the code of a municipality in the name of its document.
const DOCUMENTS: &str = "places/";

/// What the register publishes (台帳の公開分).
#[derive(Debug, Default)]
pub(crate) struct Published {
    /// By municipality, those of Aomori only: they have packs.
    pub(crate) documents: Vec<(&'static str, Arc<Document>)>,
    /// The areas that are drawn and whose they are.
    pub(crate) areas: Vec<Areas>,
}

/// Areas of one document (区域とその出典).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Areas {
    areas: Vec<AreaIndex>,
    sources: Vec<SourceNote>,
}

impl Published {
    /// As it stands in the memory of this process.
    pub(crate) fn of(app: &App) -> anyhow::Result<Self> {
        let mut published = Self::default();
        let mut all = app.hot.all();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        for document in all {
            let Some(code) = document.name.strip_prefix(DOCUMENTS).filter(|code| *code != "index") else { continue };
            let mut said: Areas = serde_json::from_slice(document.body())?;
            said.sources.retain(|source| said.areas.iter().any(|area| area.source == source.key));
            if !said.areas.is_empty() {
                published.areas.push(said);
            }
            if let Some(one) = areas::municipality(code) {
                published.documents.push((one.jis5, document));
            }
        }
        Ok(published)
    }

    /// Every source of areas once.
    pub(crate) fn attribution(&self) -> BTreeSet<Attribution> {
        self.areas.iter().flat_map(|said| &said.sources).map(attribution).collect()
    }
}

fn attribution(source: &SourceNote) -> Attribution {
    Attribution {
        name: source.title.clone(),
        licence: source.licence.clone().unwrap_or_else(|| UNSAID.to_owned()),
        text: source.attribution.clone().unwrap_or_else(|| source.title.clone()),
        as_of: source.as_of.map(|day| day.to_string()),
    }
}

/// What stands where a publisher names no licence.
const UNSAID: &str = "利用条件の記載なし";

/// Every area of the register, read a page at a time.
pub(crate) async fn features(conn: &mut Conn) -> store::Result<Vec<Feature>> {
    let mut cursor = AreaCursor::open(conn, None).await?;
    let mut features = Vec::new();
    loop {
        let page = cursor.next(conn).await?;
        if page.is_empty() {
            return Ok(features);
        }
        features.extend(page.iter().filter_map(feature));
    }
}

fn feature(area: &AreaFeature) -> Option<Feature> {
    let shape = shape(&area.geometry)?;
    shape.frame()?;
    let rank = area.rank.map(i64::from);
    let (layer, tags, from) = match (area.kind, &shape) {
        (Kind::HazardArea, Shape::Polygons(_)) => {
            let mut tags = vec![Tag::text("kind", hazard(&area.label, &area.name)), Tag::text("label", &area.label)];
            tags.extend(rank.map(|class| Tag::number("class", class.min(7))));
            (Layer::Hazard, tags, 8)
        }
        (Kind::EmergencyRoad, Shape::Lines(_)) => {
            let mut tags = vec![Tag::number("rank", rank.unwrap_or(3).clamp(1, 3))];
            tags.extend(named(&area.name));
            (Layer::EmergencyRoad, tags, 8)
        }
        (Kind::District, Shape::Polygons(_)) => (Layer::District, named(&area.name).into_iter().collect(), 10),
        _ => return None,
    };
    Some(Feature { layer, shape, tags, from })
}

fn named(name: &str) -> Option<Tag> {
    (!name.is_empty()).then(|| Tag::text("name", name))
}

fn hazard(label: &str, name: &str) -> &'static str {
    let said = |text: &str| HAZARDS.iter().find(|(word, _)| text.contains(word)).map(|(_, kind)| *kind);
    said(label).or_else(|| said(name)).unwrap_or("other")
}

fn shape(geometry: &Geometry) -> Option<Shape> {
    let line = |line: &Vec<Point>| line.iter().map(|point| Spot::of(*point)).collect::<Vec<_>>();
    let ring = |points: &Vec<Point>| {
        let mut ring = line(points);
        while ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        ring
    };
    match geometry {
        Geometry::Point(_) | Geometry::Points(_) => None,
        Geometry::Lines(lines) => Some(Shape::Lines(lines.iter().map(line).collect())),
        Geometry::Polygons(polygons) => {
            Some(Shape::Polygons(polygons.iter().map(|rings| rings.iter().map(ring).collect()).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_are_known_by_their_words() {
        for (label, name, kind) in [
            ("内水浸水想定区域", "", "inland"),
            ("洪水浸水想定区域（想定最大規模）", "", "flood"),
            ("災害想定区域", "津波浸水想定", "tsunami"),
            ("土砂災害警戒区域", "", "landslide"),
            ("災害想定区域", "", "other"),
        ] {
            assert_eq!(hazard(label, name), kind, "{label} {name}");
        }
    }
}
