//! An OpenStreetMap extract while it is read: nodes, ways that are drawn, water surfaces, and at the end the features.

use std::collections::HashMap;

use kernel::{Point, Text};

use super::osm_tags::{self, Drawing, Tags};
use super::{Reading, Scope, What, both};
use crate::build::simplify;
use crate::mercator::{Frame, Spot};
use crate::model::{Attribution, Feature, OriginalKind, Shape};

/// What an extract has given so far; several parts read side by side are put together with [`Extract::absorb`].
#[derive(Default)]
pub(super) struct Extract {
    nodes: Vec<(i64, Spot)>,
    labels: Vec<Feature>,
    ways: Vec<Way>,
    /// Ways that are not drawn themselves; a surface may be made of them.
    loose: Vec<(i64, Vec<i64>)>,
    surfaces: Vec<Surface>,
    /// Some nodes lay outside what is shown, so ways may lack them.
    left_out: bool,
    elements: u64,
}

struct Way {
    id: i64,
    drawing: Drawing,
    refs: Vec<i64>,
}

struct Surface {
    drawing: Drawing,
    outer: Vec<i64>,
    inner: Vec<i64>,
}

impl Extract {
    pub(super) fn node(&mut self, scope: Scope, id: i64, point: Point, tags: &Tags<'_>) -> Result<(), What> {
        self.elements += 1;
        let Some(spot) = scope.spot(point).map_err(super::at(|| format!("node {id}")))? else {
            self.left_out = true;
            return Ok(());
        };
        self.nodes.push((id, spot));
        if let Some(drawing) = osm_tags::node(tags) {
            self.labels.push(feature(drawing, Shape::Spot(spot)));
        }
        Ok(())
    }

    pub(super) fn way(&mut self, id: i64, refs: Vec<i64>, tags: &Tags<'_>) {
        self.elements += 1;
        match osm_tags::way(tags) {
            Some(drawing) => self.ways.push(Way { id, drawing, refs }),
            None => self.loose.push((id, refs)),
        }
    }

    /// `members` are the ways of the relation, with whether they are inner.
    pub(super) fn relation(&mut self, members: impl Iterator<Item = (i64, bool)>, tags: &Tags<'_>) {
        self.elements += 1;
        let Some(drawing) = osm_tags::surface(tags) else { return };
        let (inner, outer): (Vec<_>, Vec<_>) = members.partition(|(_, inner)| *inner);
        let ids = |members: Vec<(i64, bool)>| members.into_iter().map(|(id, _)| id).collect();
        self.surfaces.push(Surface { drawing, outer: ids(outer), inner: ids(inner) });
    }

    /// Adds what was read after this.
    pub(super) fn absorb(&mut self, mut other: Self) {
        self.nodes.append(&mut other.nodes);
        self.labels.append(&mut other.labels);
        self.ways.append(&mut other.ways);
        self.loose.append(&mut other.loose);
        self.surfaces.append(&mut other.surfaces);
        self.left_out |= other.left_out;
        self.elements += other.elements;
    }

    /// The features, once everything is read.
    pub(super) fn finish(mut self) -> Result<Reading, What> {
        if self.elements == 0 {
            return Err(super::whole("地物が一つもありません", "there is not a single element in it"));
        }
        if !self.nodes.is_sorted_by_key(|(id, _)| *id) {
            self.nodes.sort_unstable_by_key(|(id, _)| *id);
        }
        let lookup = Lookup { nodes: &self.nodes };
        let mut missing = Missing::default();
        let mut features = self.labels;
        let members = Members::of(&self.ways, &self.loose);
        for surface in &self.surfaces {
            features.extend(surface.draw(&lookup, &members));
        }
        for way in self.ways {
            features.extend(way.draw(&lookup, &mut missing));
        }
        let notes = missing.judge(self.left_out)?;
        Ok(Reading { kind: OriginalKind::Osm, features, attribution: attribution(), notes })
    }
}

/// Nodes by id.
struct Lookup<'a> {
    nodes: &'a [(i64, Spot)],
}

impl Lookup<'_> {
    fn find(&self, id: i64) -> Option<Spot> {
        let index = self.nodes.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.nodes[index].1)
    }

    fn line(&self, refs: &[i64]) -> Vec<Spot> {
        refs.iter().filter_map(|id| self.find(*id)).collect()
    }
}

/// Nodes that ways name and the file does not have.
#[derive(Default)]
struct Missing {
    named: usize,
    absent: usize,
    first: Option<(i64, i64)>,
}

impl Missing {
    /// Cut extracts lack the outer nodes of some ways; a file that lacks most of them is not a map.
    fn judge(&self, left_out: bool) -> Result<Vec<Text>, What> {
        let Some((way, node)) = self.first.filter(|_| !left_out) else { return Ok(Vec::new()) };
        let (absent, named) = (self.absent, self.named);
        if absent * 2 > named {
            let ja = format!(
                "way {way} が使う node {node} がありません（{named} 個のうち {absent} 個）。点を含む抜粋を入手してください"
            );
            let en = format!(
                "node {node} is missing ({absent} of {named}); get an extract that includes the nodes of its ways"
            );
            return Err((format!("way {way}"), both(ja, en)));
        }
        let ja = format!("道などの点が {absent} 個足りません（全 {named} 個）。その部分は描かれません");
        Ok(vec![both(ja, format!("{absent} of {named} nodes of ways are missing; those parts are not drawn"))])
    }
}

impl Way {
    fn draw(self, lookup: &Lookup<'_>, missing: &mut Missing) -> Option<Feature> {
        let mut lines = vec![Vec::new()];
        for id in &self.refs {
            missing.named += 1;
            if let Some(spot) = lookup.find(*id) {
                lines.last_mut()?.push(spot);
            } else {
                missing.absent += 1;
                missing.first.get_or_insert((self.id, *id));
                // A gap stays a gap: the ends beside it are not joined.
                lines.push(Vec::new());
            }
        }
        let closed = self.refs.len() > 3 && self.refs.first() == self.refs.last() && lines.len() == 1;
        let shape = if self.drawing.area {
            let ring = lines.pop().filter(|_| closed)?;
            Shape::Polygons(vec![vec![open(ring)]])
        } else {
            lines.retain(|line| line.len() > 1);
            Shape::Lines(lines)
        };
        shape.frame()?;
        Some(feature(self.drawing, shape))
    }
}

/// The nodes of every way, by its id.
struct Members<'a>(HashMap<i64, &'a [i64]>);

impl<'a> Members<'a> {
    fn of(ways: &'a [Way], loose: &'a [(i64, Vec<i64>)]) -> Self {
        let drawn = ways.iter().map(|way| (way.id, way.refs.as_slice()));
        Self(drawn.chain(loose.iter().map(|(id, refs)| (*id, refs.as_slice()))).collect())
    }

    /// Ways put together to closed rings; what does not close is left out.
    fn rings(&self, ids: &[i64], lookup: &Lookup<'_>) -> Vec<Vec<Spot>> {
        let lines = ids.iter().filter_map(|id| self.0.get(id)).map(|refs| lookup.line(refs));
        let joined = simplify::join(lines.filter(|line| line.len() > 1).collect());
        joined.into_iter().filter(|line| line.len() > 3 && line.first() == line.last()).map(open).collect()
    }
}

impl Surface {
    fn draw(&self, lookup: &Lookup<'_>, members: &Members<'_>) -> Option<Feature> {
        let mut polygons: Vec<Vec<Vec<Spot>>> =
            members.rings(&self.outer, lookup).into_iter().map(|ring| vec![ring]).collect();
        for hole in members.rings(&self.inner, lookup) {
            let around = Frame::of(&hole)?;
            let holder =
                polygons.iter_mut().find(|rings| Frame::of(&rings[0]).is_some_and(|outer| outer.holds(around)));
            if let Some(rings) = holder {
                rings.push(hole);
            }
        }
        (!polygons.is_empty()).then(|| feature(self.drawing.clone(), Shape::Polygons(polygons)))
    }
}

fn feature(drawing: Drawing, shape: Shape) -> Feature {
    Feature { layer: drawing.layer, shape, tags: drawing.tags, from: drawing.from }
}

/// A ring without its first spot repeated.
fn open(mut ring: Vec<Spot>) -> Vec<Spot> {
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    ring
}

fn attribution() -> Attribution {
    Attribution {
        name: "OpenStreetMap".into(),
        licence: "ODbL 1.0".into(),
        text: "© OpenStreetMap contributors".into(),
        as_of: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Layer;

    fn tags(pairs: &[(&'static str, &'static str)]) -> Tags<'static> {
        Tags(pairs.to_vec())
    }

    fn nodes(extract: &mut Extract, count: i64) {
        let mut angle = 0.0_f64;
        for id in 0..count {
            angle += 1.0;
            let point = Point { lat: 40.8 + angle.sin() * 0.01, lon: 140.7 + angle.cos() * 0.01 };
            extract.node(Scope::AOMORI, id, point, &tags(&[])).unwrap();
        }
    }

    #[test]
    fn a_surface_is_put_together_from_its_ways() {
        let mut extract = Extract::default();
        nodes(&mut extract, 8);
        extract.way(1, vec![0, 1, 2], &tags(&[]));
        extract.way(2, vec![0, 4, 2], &tags(&[("source", "survey")]));
        extract
            .relation([(1, false), (2, false)].into_iter(), &tags(&[("type", "multipolygon"), ("natural", "water")]));
        let reading = extract.finish().unwrap();
        let Shape::Polygons(polygons) = &reading.features[0].shape else { panic!("a polygon") };
        assert_eq!((reading.features[0].layer, polygons[0][0].len()), (Layer::Water, 4));
    }

    #[test]
    fn a_gap_stays_a_gap() {
        let mut extract = Extract::default();
        nodes(&mut extract, 6);
        extract.way(1, vec![0, 1, 99, 2, 3, 4], &tags(&[("highway", "primary")]));
        let reading = extract.finish().unwrap();
        assert!(matches!(&reading.features[0].shape, Shape::Lines(lines) if lines.len() == 2));
        assert_eq!(reading.notes[0].en, "1 of 6 nodes of ways are missing; those parts are not drawn");
    }

    #[test]
    fn ways_without_their_nodes_are_refused() {
        let mut extract = Extract::default();
        nodes(&mut extract, 1);
        extract.way(7, vec![0, 98, 99], &tags(&[("highway", "primary")]));
        let (at, what) = extract.finish().unwrap_err();
        assert_eq!(at, "way 7");
        assert!(what.en.starts_with("node 98 is missing"), "{what:?}");
        assert!(Extract::default().finish().is_err());
    }
}
