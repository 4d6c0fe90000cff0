//! Town points (町字の代表点): JSON lists with `town`, `lat`, `lng`, one file for each municipality.

use std::collections::BTreeMap;

use kernel::Point;
use serde::Deserialize;

use super::{Reading, Scope, What, geojson, whole, year_in};
use crate::model::{Attribution, Feature, Layer, OriginalKind, Shape, Tag};

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    town: String,
    lat: Option<f64>,
    lng: Option<f64>,
}

pub(super) fn read(text: &[u8], name: &str, scope: Scope) -> Result<Reading, What> {
    let rows: Vec<Row> = serde_json::from_slice(text).map_err(|error| geojson::broken(&error))?;
    if rows.iter().all(|row| row.town.is_empty()) {
        return Err(whole(
            "町字の一覧ではありません（town, lat, lng の列がない）",
            "not a list of towns: no town, lat, lng",
        ));
    }
    let mut towns: BTreeMap<&str, Vec<Point>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let (Some(lat), Some(lon)) = (row.lat, row.lng) else { continue };
        let point = Point { lat, lon };
        scope.sound_spot(point).map_err(super::at(|| format!("row {}", index + 1)))?;
        if let Some(town) = Some(short(&row.town)).filter(|town| !town.is_empty()) {
            towns.entry(town).or_default().push(point);
        }
    }
    let features = towns.into_iter().filter_map(|(town, points)| label(town, &points, scope)).collect();
    let attribution = Attribution {
        name: "位置参照情報（大字・町丁目）".into(),
        licence: "国土数値情報利用規約".into(),
        text: "「位置参照情報」（国土交通省）を加工して作成".into(),
        as_of: year_in(name),
    };
    Ok(Reading { kind: OriginalKind::Towns, features, attribution, notes: Vec::new() })
}

/// People say 久慈町, not 大字久慈町.
fn short(town: &str) -> &str {
    town.trim().trim_start_matches("大字").trim_start_matches('字')
}

/// The label in the middle of the town's points. A town of many parts is shown earlier.
fn label(town: &str, points: &[Point], scope: Scope) -> Option<Feature> {
    let sum = |(lat, lon, count), point: &Point| (lat + point.lat, lon + point.lon, count + 1.0);
    let (lat, lon, count) = points.iter().fold((0.0, 0.0, 0.0), sum);
    let spot = scope.spot(Point { lat: lat / count, lon: lon / count }).ok()??;
    let (rank, from) = if points.len() >= 10 { (2, 11) } else { (3, 12) };
    let tags = vec![Tag::text("kind", "town"), Tag::text("name", town), Tag::number("rank", rank)];
    Some(Feature { layer: Layer::Label, shape: Shape::Spot(spot), tags, from })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_town_are_one_label_in_their_middle() {
        let text = r#"[{"town":"大字久慈町","koaza":"上","lat":40.38,"lng":141.26},
            {"town":"大字久慈町","koaza":"下","lat":40.40,"lng":141.28}, {"town":"八日町","lat":40.37,"lng":141.25}]"#;
        let reading = read(text.as_bytes(), "三戸町.json", Scope::AOMORI).unwrap();
        let names: Vec<_> = reading.features.iter().map(|feature| feature.tags[1].clone()).collect();
        assert_eq!(names, [Tag::text("name", "久慈町"), Tag::text("name", "八日町")]);
    }

    #[test]
    fn swapped_coordinates_are_named_with_their_row() {
        let (at, what) = read(br#"[{"town":"a","lat":141.2,"lng":40.3}]"#, "a.json", Scope::AOMORI).unwrap_err();
        assert_eq!(at, "row 1");
        assert!(what.en.contains("swapped"));
    }
}
