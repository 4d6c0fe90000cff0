//! Earthquake early warning (緊急地震速報): reaches us only through a distributor.

use kernel::CodeType;

use super::Notes;
use super::places;
use super::quake;
use super::tree::{El, area};
use crate::facts::{Eew, EewArea, Intensity};

const KINDS: &[&str] = &["00", "01", "09", "10", "11", "19", "31"];

/// Reads VXSE43/44/45.
pub(crate) fn read(kind: &str, body: El<'_>, notes: &mut Notes) -> Eew {
    let earthquake = body.child("Earthquake");
    let forecast = body.at(&["Intensity", "Forecast"]);
    if earthquake.is_none() {
        notes.add("Body", "no Earthquake element");
    }
    let areas: Vec<EewArea> = forecast
        .into_iter()
        .flat_map(|found| found.each("Pref"))
        .flat_map(|prefecture| {
            let above = area(CodeType::EewPrefecture, prefecture.text_at(&["Code"]));
            prefecture.each("Area").map(move |place| (above.clone(), place))
        })
        .map(|(above, place)| {
            let place = forecast_area(place, notes);
            places::note_seismic(&above, &place.area, "Body/Intensity/Forecast/Pref/Area/Code", notes);
            place
        })
        .collect();
    let (from, to, _) = range(forecast, notes);
    Eew {
        warning: kind == "VXSE43"
            || areas.iter().any(|place| matches!(place.kind_code.as_str(), "10" | "11" | "19" | "31")),
        last_report: body.text_at(&["NextAdvisory"]).contains("最終報"),
        origin_at: earthquake.and_then(|found| found.time_at(&["OriginTime"])),
        assumed_hypocentre: earthquake.is_some_and(assumed),
        hypocentre: earthquake.and_then(|found| quake::hypocentre(found, notes)),
        magnitude: earthquake.and_then(quake::magnitude),
        max_intensity: to.or(from),
        areas,
    }
}

/// 仮定震源要素 stands in a Condition below Earthquake.
fn assumed(earthquake: El<'_>) -> bool {
    let mut words = earthquake.descendants().filter(|element| element.name() == "Condition");
    words.any(|condition| condition.text().contains("仮定震源要素"))
}

fn forecast_area(place: El<'_>, notes: &mut Notes) -> EewArea {
    let kind_code = place.text_at(&["Category", "Kind", "Code"]);
    if !KINDS.contains(&kind_code) {
        notes.add("Body/Intensity/Forecast/Pref/Area/Category/Kind/Code", kind_code);
    }
    let (from, to, over) = range(Some(place), notes);
    let arrived = matches!(kind_code, "01" | "11") || place.text_at(&["Condition"]).contains("到達と推測");
    EewArea {
        area: area(CodeType::SeismicArea, place.text_at(&["Code"])),
        name: place.string_at(&["Name"]),
        kind_code: kind_code.to_owned(),
        from,
        to,
        over,
        arrives_at: place.time_at(&["ArrivalTime"]),
        arrived,
    }
}

/// From, to, and "or more" (`over` in place of an upper end).
fn range(place: Option<El<'_>>, notes: &mut Notes) -> (Option<Intensity>, Option<Intensity>, bool) {
    let Some(range) = place.and_then(|found| found.child("ForecastInt")) else { return (None, None, false) };
    let (from, _) = quake::intensity(range.text_at(&["From"]), notes);
    match range.text_at(&["To"]) {
        "over" => (from, None, true),
        to => (from, quake::intensity(to, notes).0, false),
    }
}
