//! Nothing dropped: what a plain walk over the XML counts, the facts hold, telegram by telegram.

use std::collections::BTreeMap;

use feeds::facts::{Facts, Telegram, WarningItem};
use kernel::CodeType;
use roxmltree::{Document, Node};

use crate::real::each_real;
use crate::support::{read, sample, samples};

/// Counts by what is counted.
type Counts = BTreeMap<&'static str, usize>;

#[test]
fn facts_hold_as_many_as_the_xml_of_our_own_telegrams() {
    for name in samples() {
        let telegram = read(&name);
        assert_eq!(in_facts(&telegram), in_xml(&sample(&name), &telegram), "{name}");
    }
}

#[test]
fn facts_hold_as_many_as_the_xml_of_real_telegrams() {
    let mut sum = Counts::new();
    let read = each_real(|name, xml, telegram| {
        let (facts, raw) = (in_facts(telegram), in_xml(xml, telegram));
        assert_eq!(facts, raw, "{name}");
        for (what, count) in facts {
            *sum.entry(what).or_default() += count;
        }
    });
    if read > 0 {
        println!("{sum:?}");
        assert!(sum["intensity"] > 20_000 && sum["kind"] > 5_000 && sum["zone"] > 1_000, "{sum:?}");
    }
}

fn in_facts(telegram: &Telegram) -> Counts {
    let mut counts = Counts::new();
    let mut count = |what, number| {
        counts.insert(what, number);
    };
    let kinds = |items: &[WarningItem]| items.iter().map(|item| item.kinds.len()).sum::<usize>();
    match &telegram.facts {
        Facts::Warnings(warnings) => {
            count("area", warnings.items.len());
            count("kind", kinds(&warnings.items));
            count("section", warnings.sections.len());
        }
        Facts::Quake(quake) => {
            count("intensity", quake.intensities.len());
            count("station", quake.intensities.iter().filter(|at| at.area.kind == CodeType::SeismicStation).count());
            count("silent", quake.intensities.iter().filter(|at| at.not_arrived).count());
        }
        Facts::Eew(eew) => count("area", eew.areas.len()),
        Facts::Tsunami(tsunami) => {
            count("zone", tsunami.zones.len());
            count("estimate", tsunami.estimates.len());
            count("observation", tsunami.observations.len());
            count("point", tsunami.zones.iter().map(|zone| zone.stations.len()).sum());
            count("height", tsunami.zones.iter().filter(|zone| zone.height.is_some()).count());
            count("code", tsunami.comment_codes.len());
        }
        Facts::River(river) => {
            count("text", river.texts.len());
            count("district", river.inundation.len());
            let readings = river.stations.iter().flat_map(|station| &station.readings);
            count("metres", readings.filter(|reading| reading.metres.is_some()).count());
        }
        Facts::Volcano(volcano) => count("volcano", volcano.volcanoes.len()),
        Facts::Ash(ash) => count("ash", ash.periods.iter().map(|period| period.areas.len()).sum()),
        _ => {}
    }
    counts
}

fn in_xml(xml: &str, telegram: &Telegram) -> Counts {
    let document = Document::parse(xml).unwrap();
    let all = || document.root_element().descendants().filter(Node::is_element);
    let named = |name: &'static str| all().filter(move |node| node.tag_name().name() == name);
    let mut counts = Counts::new();
    let mut count = |what, number| {
        counts.insert(what, number);
    };
    match &telegram.facts {
        Facts::Warnings(_) => {
            let layers: Vec<_> = named("Warning").collect();
            let kind_of = |node: &Node<'_, '_>| node.attribute("type").unwrap_or("").to_owned();
            let finest = if layers.iter().any(|layer| kind_of(layer).ends_with("（市町村等）")) {
                "（市町村等）"
            } else {
                ""
            };
            let below = |mark: &'static str, name: &'static str| {
                let chosen = layers.iter().filter(move |layer| kind_of(layer).ends_with(mark));
                chosen.flat_map(Node::descendants).filter(move |node| node.tag_name().name() == name).count()
            };
            count("area", below(finest, "Area"));
            count("kind", below(finest, "Kind") - silent_kinds(&layers, finest));
            count("section", below("（高潮予報区間）", "Area"));
        }
        Facts::Quake(_) => {
            let places = ["Pref", "City", "IntensityStation"].map(|name| named(name).count()).iter().sum::<usize>();
            count("intensity", places + named("Area").filter(|node| inside(*node, "Pref")).count());
            count("station", named("IntensityStation").count());
            let places = all().filter(|node| matches!(node.tag_name().name(), "Condition" | "Int"));
            count("silent", places.filter(|node| node.text() == Some("震度５弱以上未入電")).count());
        }
        Facts::Eew(_) => count("area", named("Area").filter(|node| inside(*node, "Pref")).count()),
        Facts::Tsunami(_) => {
            for (what, part) in [("zone", "Forecast"), ("estimate", "Estimation")] {
                count(what, named("Item").filter(|node| inside(*node, part)).count());
            }
            count("observation", named("Station").filter(|node| inside(*node, "Observation")).count());
            count("point", named("Station").filter(|node| inside(*node, "Forecast")).count());
            let heights = named("MaxHeight").filter(|node| inside(*node, "Forecast"));
            count(
                "height",
                heights
                    .filter(|node| {
                        node.children().any(|part| {
                            part.has_tag_name(("http://xml.kishou.go.jp/jmaxml1/elementBasis1/", "TsunamiHeight"))
                        })
                    })
                    .count(),
            );
            let codes = named("Code").filter(|node| inside(*node, "Comments"));
            count("code", codes.map(|node| node.text().unwrap_or("").split_whitespace().count()).sum());
        }
        Facts::River(_) => {
            let types = named("Type").filter(|node| matches!(node.text(), Some("主文" | "概況")));
            count("text", types.count());
            count("district", named("CityCode").count());
            let levels = named("WaterLevel").filter(|node| node.attribute("type") == Some("水位"));
            count("metres", levels.filter(|node| node.text().is_some_and(|text| !text.is_empty())).count());
        }
        Facts::Volcano(_) => count("volcano", named("Area").filter(|node| inside(*node, "VolcanoInfo")).count()),
        Facts::Ash(_) => count("ash", named("Area").filter(|node| inside(*node, "AshInfo")).count()),
        _ => {}
    }
    counts
}

/// Kinds that say only 発表警報・注意報はなし.
fn silent_kinds(layers: &[Node<'_, '_>], mark: &str) -> usize {
    let chosen = layers.iter().filter(|layer| layer.attribute("type").unwrap_or("").ends_with(mark));
    chosen
        .flat_map(Node::descendants)
        .filter(|node| node.tag_name().name() == "Kind")
        .filter(|kind| !kind.children().any(|part| part.tag_name().name() == "Code"))
        .count()
}

fn inside(node: Node<'_, '_>, name: &str) -> bool {
    node.ancestors().skip(1).any(|above| above.tag_name().name() == name)
}
