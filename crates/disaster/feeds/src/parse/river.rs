//! Rivers (指定河川洪水予報, 水位周知河川): level of a forecast area, stations with their water levels, districts.

use std::collections::HashMap;

use kernel::{AreaCode, CodeType, Timestamp};

use super::Notes;
use super::quake::number;
use super::tree::{El, area, time};
use crate::facts::{River, RiverStation, WaterLevel};

const KINDS: &[&str] = &["10", "20", "21", "22", "30", "31", "40", "41", "51", "53"];

/// Times of one series at most; real ones have four to seven.
const TIMES: usize = 500;

/// Reads VXKO50–89 and VXSU50–59.
pub(crate) fn read(head: El<'_>, body: El<'_>, notes: &mut Notes) -> River {
    let (item, code_type) = forecast_area(head, body);
    let text = |path: &[&str]| item.map_or("", |found| found.text_at(path)).to_owned();
    let code = text(&["Kind", "Code"]);
    if !KINDS.contains(&code.as_str()) {
        notes.add("Head/Headline/Information/Item/Kind/Code", &code);
    }
    if item.is_none() {
        notes.add("Head/Headline/Information", "no river area");
    }
    let items = || body.each("Warning").flat_map(|warning| warning.each("Item"));
    let mut stations = Stations::default();
    for station in items().flat_map(|item| item.each("Stations")).flat_map(|list| list.each("Station")) {
        stations.entry(station);
    }
    for series in body.each("MeteorologicalInfos").flat_map(|infos| infos.each("TimeSeriesInfo")) {
        levels(series, &mut stations, notes);
    }
    River {
        area: area(code_type, &text(&["Areas", "Area", "Code"])),
        name: text(&["Areas", "Area", "Name"]),
        code,
        kind_name: text(&["Kind", "Name"]),
        condition: text(&["Kind", "Condition"]),
        texts: items().filter_map(main_text).collect(),
        inundation: items().flat_map(districts).collect(),
        stations: stations.list,
    }
}

/// Kind and area: of the forecast area in the headline, else of the first river in the body (VXSU has no area code).
fn forecast_area<'a>(head: El<'a>, body: El<'a>) -> (Option<El<'a>>, CodeType) {
    let item = |part: El<'a>, name: &str, mark: &str| {
        part.each(name).find(|found| found.attr("type").contains(mark)).and_then(|found| found.child("Item"))
    };
    match head.child("Headline").and_then(|headline| item(headline, "Information", "予報区域")) {
        Some(found) => (Some(found), CodeType::RiverForecast),
        None => match item(body, "Warning", "（河川）") {
            Some(found) => (Some(found), CodeType::River),
            None => (None, CodeType::RiverForecast),
        },
    }
}

/// 主文, or 概況 of VXSU.
fn main_text(item: El<'_>) -> Option<String> {
    let mut properties = item.each("Kind").flat_map(|kind| kind.each("Property"));
    let property = properties.find(|property| matches!(property.text_at(&["Type"]), "主文" | "概況"))?;
    Some(property.string_at(&["Text"]))
}

/// Municipalities and districts of 浸水想定地区.
fn districts(item: El<'_>) -> Vec<(AreaCode, String)> {
    let mut properties = item.each("Kind").flat_map(|kind| kind.each("Property"));
    if !properties.any(|property| property.text_at(&["Type"]).starts_with("浸水想定地区")) {
        return Vec::new();
    }
    let places = item.each("Areas").flat_map(|areas| areas.each("Area"));
    places
        .map(|place| {
            let city = place.text_at(&["CityCode"]);
            let names = [place.text_at(&["City"]), place.text_at(&["SubCityList"])];
            let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty() && *name != "-").collect();
            (area(CodeType::JmaMunicipality, city), names.join(" "))
        })
        .collect()
}

/// Stations in the order of their first mention.
#[derive(Default)]
struct Stations<'a> {
    list: Vec<RiverStation>,
    places: HashMap<(&'a str, &'a str), usize>,
}

impl<'a> Stations<'a> {
    /// The entry of a station, made when it is new.
    fn entry(&mut self, station: El<'a>) -> Option<&mut RiverStation> {
        let (code, name) = (station.text_at(&["Code"]), station.text_at(&["Name"]));
        let place = *self.places.entry((code, name)).or_insert_with(|| {
            self.list.push(RiverStation { code: code.to_owned(), name: name.to_owned(), readings: Vec::new() });
            self.list.len() - 1
        });
        self.list.get_mut(place)
    }
}

/// Water levels (水位), and levels by discharge (流量) where a station has no gauge, of one time series.
fn levels<'a>(series: El<'a>, stations: &mut Stations<'a>, notes: &mut Notes) {
    let times: Vec<(&str, Timestamp, bool)> = series
        .each("TimeDefines")
        .flat_map(|list| list.each("TimeDefine"))
        .filter_map(|define| {
            let at = time(define.text_at(&["DateTime"]))?;
            Some((define.attr("timeId"), at, define.text_at(&["Name"]) != "現況"))
        })
        .take(TIMES)
        .collect();
    for item in series.each("Item") {
        let Some(station) = item.child("Station").and_then(|station| stations.entry(station)) else { continue };
        let values = item
            .each("Kind")
            .flat_map(|kind| kind.each("Property"))
            .flat_map(El::children)
            .filter(|part| matches!(part.name(), "WaterLevelPart" | "DischargePart"))
            .flat_map(El::children);
        for value in values {
            let id = value.attr("refID");
            let Some((_, at, forecast)) = times.iter().find(|known| known.0 == id) else {
                notes.add("Body/MeteorologicalInfos/TimeSeriesInfo/Item/@refID", id);
                continue;
            };
            reading(&mut station.readings, value, *at, *forecast);
        }
    }
}

fn reading(readings: &mut Vec<WaterLevel>, value: El<'_>, at: Timestamp, forecast: bool) {
    let place = readings.iter().position(|known| known.at == at).unwrap_or_else(|| {
        readings.push(WaterLevel { at, metres: None, level: None, forecast });
        readings.len() - 1
    });
    let Some(reading) = readings.get_mut(place) else { return };
    match (value.name(), value.attr("type")) {
        (_, "レベル") => reading.level = value.text().parse().ok().or(reading.level),
        ("WaterLevel", _) => reading.metres = number(value.text()).or(reading.metres),
        _ => {}
    }
}
