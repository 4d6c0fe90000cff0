//! What OpenStreetMap's tags mean on our map: <https://wiki.openstreetmap.org/wiki/Map_features>.

use crate::model::{Layer, Tag};

/// How a way or a node is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawing {
    pub(super) layer: Layer,
    pub(super) tags: Vec<Tag>,
    pub(super) from: u8,
    /// A closed way is a polygon.
    pub(super) area: bool,
}

/// Tags of an element, as pairs.
pub(super) struct Tags<'a>(pub(super) Vec<(&'a str, &'a str)>);

/// highway, class, first zoom.
const ROADS: &[(&str, &str, u8)] = &[
    ("motorway", "motorway", 5),
    ("motorway_link", "motorway", 9),
    ("trunk", "trunk", 7),
    ("trunk_link", "trunk", 10),
    ("primary", "primary", 8),
    ("primary_link", "primary", 11),
    ("secondary", "secondary", 9),
    ("secondary_link", "secondary", 11),
    ("tertiary", "tertiary", 11),
    ("tertiary_link", "tertiary", 12),
    ("unclassified", "street", 12),
    ("residential", "street", 12),
    ("living_street", "street", 12),
    ("road", "street", 12),
    ("service", "street", 13),
    ("pedestrian", "path", 13),
    ("footway", "path", 13),
    ("path", "path", 13),
    ("cycleway", "path", 13),
    ("bridleway", "path", 13),
    ("steps", "path", 13),
    ("track", "path", 13),
];

/// place, rank, first zoom. Municipalities come from the official table.
const PLACES: &[(&str, i64, u8)] = &[
    ("suburb", 2, 12),
    ("quarter", 3, 12),
    ("village", 3, 12),
    ("neighbourhood", 4, 13),
    ("hamlet", 4, 13),
    ("island", 3, 12),
    ("locality", 5, 14),
    ("isolated_dwelling", 5, 14),
];

impl<'a> Tags<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(k, _)| *k == key).map(|(_, value)| *value)
    }

    fn is(&self, key: &str, value: &str) -> bool {
        self.get(key) == Some(value)
    }

    fn name(&self) -> Option<&'a str> {
        self.get("name:ja").or_else(|| self.get("name")).filter(|name| !name.is_empty() && name.len() <= 200)
    }

    fn kana(&self) -> Option<&'a str> {
        ["name:ja-Hira", "name:ja_kana", "name:ja-Kana"].iter().find_map(|key| self.get(key))
    }
}

/// How a way is drawn; `None` when it is not.
pub(super) fn way(tags: &Tags<'_>) -> Option<Drawing> {
    if tags.0.is_empty() {
        return None;
    }
    road(tags).or_else(|| rail(tags)).or_else(|| water(tags)).or_else(|| building(tags))
}

/// How a node is drawn.
pub(super) fn node(tags: &Tags<'_>) -> Option<Drawing> {
    let station = tags.is("railway", "station").then_some((2, 12));
    let (rank, from) = station.or_else(|| {
        let place = tags.get("place")?;
        PLACES.iter().find(|(value, ..)| *value == place).map(|(_, rank, from)| (*rank, *from))
    })?;
    let mut said = vec![Tag::text("kind", "place"), Tag::text("name", tags.name()?), Tag::number("rank", rank)];
    said.extend(tags.kana().map(|kana| Tag::text("kana", kana)));
    Some(Drawing { layer: Layer::Label, tags: said, from, area: false })
}

/// Whether a relation is a water surface.
pub(super) fn surface(tags: &Tags<'_>) -> Option<Drawing> {
    if !tags.is("type", "multipolygon") {
        return None;
    }
    water(tags).filter(|drawing| drawing.area)
}

fn road(tags: &Tags<'_>) -> Option<Drawing> {
    let highway = tags.get("highway")?;
    let (_, class, from) = ROADS.iter().find(|(value, ..)| *value == highway)?;
    if tags.is("area", "yes") {
        return None;
    }
    let mut said = vec![Tag::text("class", *class)];
    said.extend(tags.name().map(|name| Tag::text("name", name).from(12)));
    for key in ["bridge", "tunnel"] {
        if tags.get(key).is_some_and(|value| value != "no") {
            said.push(Tag::yes(key).from(13));
        }
    }
    Some(Drawing { layer: Layer::Road, tags: said, from: *from, area: false })
}

fn rail(tags: &Tags<'_>) -> Option<Drawing> {
    let (kind, from) = match tags.get("railway")? {
        "rail" | "light_rail" | "narrow_gauge" if tags.get("service").is_some() => ("rail", 13),
        "rail" | "light_rail" | "narrow_gauge" => ("rail", 8),
        "subway" | "monorail" => ("subway", 11),
        "tram" => ("tram", 12),
        _ => return None,
    };
    Some(Drawing { layer: Layer::Rail, tags: vec![Tag::text("kind", kind)], from, area: false })
}

fn water(tags: &Tags<'_>) -> Option<Drawing> {
    let river = ["river", "canal", "stream"].iter().any(|value| tags.is("water", value));
    let still = tags.is("natural", "water") || tags.is("landuse", "reservoir");
    let (kind, from, area) = match tags.get("waterway") {
        _ if still => (if river { "river" } else { "lake" }, 8, true),
        Some("riverbank") => ("river", 8, true),
        Some("river") => ("river", 9, false),
        Some("canal" | "stream") => ("stream", 12, false),
        Some("ditch" | "drain") => ("stream", 14, false),
        _ => return None,
    };
    Some(Drawing { layer: Layer::Water, tags: vec![Tag::text("kind", kind)], from, area })
}

fn building(tags: &Tags<'_>) -> Option<Drawing> {
    let drawn = tags.get("building").is_some_and(|value| value != "no");
    drawn.then(|| Drawing { layer: Layer::Building, tags: Vec::new(), from: 14, area: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(pairs: &[(&'static str, &'static str)]) -> Option<(&'static str, u8, bool)> {
        way(&Tags(pairs.to_vec())).map(|drawing| (drawing.layer.name(), drawing.from, drawing.area))
    }

    #[test]
    fn ways_are_what_their_tags_say() {
        assert_eq!(drawn(&[("highway", "trunk"), ("name", "国道4号")]), Some(("road", 7, false)));
        assert_eq!(drawn(&[("highway", "footway"), ("area", "yes")]), None);
        assert_eq!(drawn(&[("railway", "rail"), ("service", "yard")]), Some(("rail", 13, false)));
        assert_eq!(drawn(&[("natural", "water")]), Some(("water", 8, true)));
        assert_eq!(drawn(&[("waterway", "stream")]), Some(("water", 12, false)));
        assert_eq!(drawn(&[("building", "yes")]), Some(("building", 14, true)));
        assert_eq!(drawn(&[("building", "no")]), None);
        assert_eq!(drawn(&[("landuse", "forest")]), None);
    }

    #[test]
    fn a_place_has_a_name_or_is_not_drawn() {
        assert_eq!(node(&Tags(vec![("place", "hamlet")])), None);
        let drawing = node(&Tags(vec![("place", "suburb"), ("name", "浅虫"), ("name:ja-Hira", "あさむし")])).unwrap();
        assert_eq!(drawing.tags[1], Tag::text("name", "浅虫"));
        assert_eq!(drawing.tags[3], Tag::text("kana", "あさむし"));
    }
}
