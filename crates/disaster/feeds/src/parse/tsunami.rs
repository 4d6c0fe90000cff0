//! Tsunami (津波): warnings by zone, forecasts at points, observations on the coast and at sea.

use kernel::CodeType;

use super::Notes;
use super::places;
use super::quake;
use super::tree::{El, area};
use crate::facts::{Arrival, StationForecast, Tsunami, TsunamiHeight, TsunamiObservation, TsunamiZone};

const KINDS: &[&str] = &["00", "50", "51", "52", "53", "60", "62", "71", "72", "73"];

/// Reads VTSE41/51/52.
pub(crate) fn read(kind: &str, body: El<'_>, notes: &mut Notes) -> Tsunami {
    let tsunami = body.child("Tsunami");
    let quakes: Vec<El<'_>> = body.each("Earthquake").collect();
    let (comment_codes, comments) = quake::comments(body, notes);
    let items = |part: &'static str| {
        tsunami.and_then(|found| found.child(part)).into_iter().flat_map(|found| found.each("Item"))
    };
    let zones = items("Forecast").map(|item| zone(item, notes)).collect();
    let estimates = items("Estimation").map(|item| zone(item, notes)).collect();
    let mut observations = Vec::new();
    for item in items("Observation") {
        observations.extend(item.each("Station").map(|station| observation(kind, item, station)));
    }
    let first = quakes.first().copied();
    let hypocentre = first.and_then(|found| quake::hypocentre(found, notes));
    let other_quakes =
        quakes.iter().skip(1).map(|found| (quake::hypocentre(*found, notes), quake::magnitude(*found))).collect();
    if tsunami.is_none() && first.is_none() && comments.is_empty() {
        notes.add("Body", "neither Tsunami nor Earthquake");
    }
    Tsunami {
        zones,
        observations,
        estimates,
        origin_at: first.and_then(|found| found.time_at(&["OriginTime"])),
        quake_name: hypocentre.as_ref().map_or_else(String::new, |found| found.name.clone()),
        hypocentre,
        magnitude: first.and_then(quake::magnitude),
        other_quakes,
        comment_codes,
        comments,
    }
}

fn zone(item: El<'_>, notes: &mut Notes) -> TsunamiZone {
    let kind_code = item.text_at(&["Category", "Kind", "Code"]);
    if !kind_code.is_empty() && !KINDS.contains(&kind_code) {
        notes.add("Body/Tsunami/Forecast/Item/Category/Kind/Code", kind_code);
    }
    let area = area(CodeType::TsunamiZone, item.text_at(&["Area", "Code"]));
    places::note_zone(&area, item.text_at(&["Area", "Name"]), "Body/Tsunami/Forecast/Item/Area/Code", notes);
    TsunamiZone {
        area,
        name: item.string_at(&["Area", "Name"]),
        kind_code: kind_code.to_owned(),
        kind_name: item.string_at(&["Category", "Kind", "Name"]),
        last_kind_code: item.string_at(&["Category", "LastKind", "Code"]),
        arrival: arrival(item),
        height: height(item),
        max_at: item.time_at(&["MaxHeight", "DateTime"]),
        stations: item.each("Station").map(point).collect(),
    }
}

fn point(station: El<'_>) -> StationForecast {
    StationForecast {
        code: station.string_at(&["Code"]),
        name: station.string_at(&["Name"]),
        high_tide_at: station.time_at(&["HighTideDateTime"]),
        arrival: arrival(station),
    }
}

fn observation(kind: &str, item: El<'_>, station: El<'_>) -> TsunamiObservation {
    let zone = item.text_at(&["Area", "Code"]);
    let rising = station
        .at(&["MaxHeight", "TsunamiHeight"])
        .is_some_and(|height| words(height.attr("condition")).any(|word| word == "上昇中"));
    TsunamiObservation {
        zone: (!zone.is_empty()).then(|| area(CodeType::TsunamiZone, zone)),
        station_code: station.string_at(&["Code"]),
        station_name: station.string_at(&["Name"]),
        offshore: kind == "VTSE52" || station.child("Sensor").is_some(),
        first_wave: arrival(station),
        polarity: station.string_at(&["FirstHeight", "Initial"]),
        max_at: station.time_at(&["MaxHeight", "DateTime"]),
        height: height(station),
        rising,
    }
}

fn arrival(place: El<'_>) -> Arrival {
    let Some(first) = place.child("FirstHeight") else { return Arrival::default() };
    Arrival {
        at: first.time_at(&["ArrivalTime"]),
        conditions: words(first.text_at(&["Condition"])).map(str::to_owned).collect(),
    }
}

/// Height with its words; a height that is words only (微弱, 観測中, 欠測) is still one.
fn height(place: El<'_>) -> Option<TsunamiHeight> {
    let most = place.child("MaxHeight")?;
    let measured = most.child("TsunamiHeight");
    let beside = measured.map_or("", |height| height.attr("condition"));
    let conditions: Vec<String> = words(most.text_at(&["Condition"])).chain(words(beside)).map(str::to_owned).collect();
    if measured.is_none() && conditions.is_empty() {
        return None;
    }
    Some(TsunamiHeight {
        metres: measured.and_then(|height| quake::number(height.text())),
        text: measured.map_or("", |height| height.attr("description")).to_owned(),
        conditions,
    })
}

/// Two words can stand in one string, apart by a full-width space.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\u{3000}', ' ']).map(str::trim).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_words_in_one_string() {
        assert_eq!(words("重要　欠測").collect::<Vec<_>>(), ["重要", "欠測"]);
        assert_eq!(words("").count(), 0);
    }
}
