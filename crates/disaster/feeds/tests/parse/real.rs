//! Every real telegram, against an independent reading through the types of the `jmaxml` crate.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use feeds::facts::{
    AreaIntensity, Arrival, Eew, Facts, InfoType, Intensity, Quake, River, Status, Telegram, Tsunami, TsunamiHeight,
    TsunamiZone, Volcano, WarningItem,
};
use feeds::parse::{inflate, parse};
use kernel::{CodeType, Timestamp};
use serde_json::Value;

/// Calls `each` with name, XML and reading of every real telegram; gives their number, 0 where there is no data.
pub(crate) fn each_real(mut each: impl FnMut(&str, &str, &Telegram)) -> usize {
    let Some(folder) = testkit::data_dir().map(|data| data.join("jma")).filter(|jma| jma.is_dir()) else {
        testkit::skip("no data");
        return 0;
    };
    let mut files = Vec::new();
    gather(&folder, &mut files);
    files.sort();
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(file).unwrap();
        let xml = String::from_utf8(inflate(&bytes).unwrap().into_owned()).unwrap();
        let telegram = parse(xml.as_bytes(), Some(&name)).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        each(&name, &xml, &telegram);
    }
    files.len()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_string_lossy().into_owned();
        let is_xml = Path::new(name.strip_suffix(".gz").unwrap_or(&name)).extension().is_some_and(|end| end == "xml");
        if path.is_dir() {
            gather(&path, files);
        } else if is_xml {
            files.push(path);
        }
    }
}

#[test]
fn all_real_telegrams_are_read_and_few_only_archived() {
    let (mut understood, mut archived, mut open) = (0, 0, Vec::new());
    let read = each_real(|name, _, telegram| {
        let is_archived = telegram.facts == Facts::Archived;
        *if is_archived { &mut archived } else { &mut understood } += 1;
        if !telegram.not_understood.is_empty() {
            open.push((name.to_owned(), telegram.not_understood.clone()));
        }
        if let Some(kind) = kind_in(name) {
            assert!(
                telegram.kind == kind || (kind.ends_with("ii") && telegram.kind == kind[..4]),
                "{name}: {}",
                telegram.kind
            );
        }
        let json = serde_json::to_string(telegram).unwrap();
        assert_eq!(&serde_json::from_str::<Telegram>(&json).unwrap(), telegram, "{name}");
    });
    if read > 0 {
        println!("{understood} understood, {archived} archived only, 0 refused, of {read}");
        assert_eq!(open, []);
        assert!(understood >= 500, "{understood}");
    }
}

/// The type in a file name of the data folder; `VPZK50` and the like stand in names for what one title does not tell.
fn kind_in(name: &str) -> Option<&str> {
    name.split(['_', '.']).find(|part| {
        part.len() == 6
            && part.starts_with(['V'])
            && !part.starts_with("VF")
            && part[1..4].bytes().all(|byte| byte.is_ascii_uppercase())
    })
}

#[test]
fn the_facts_say_what_another_reader_reads() {
    each_real(|name, xml, telegram| {
        let report = jmaxml::Report::from_str(xml).unwrap_or_else(|error| panic!("{name}: {error}"));
        let report = Read(serde_json::to_value(&report).unwrap());
        envelope(name, telegram, &report);
        let body = report.at("body");
        match &telegram.facts {
            Facts::Warnings(warnings) => {
                let (areas, sections) = their_warnings(&body);
                assert_eq!(our_warnings(&warnings.items), areas, "{name}");
                assert_eq!(our_warnings(&warnings.sections), sections, "{name}");
            }
            Facts::Quake(quake) => quakes(name, quake, &body),
            Facts::Tsunami(tsunami) => tsunamis(name, tsunami, &body),
            Facts::Eew(eew) => warnings_of_shaking(name, eew, &body),
            Facts::River(river) => rivers(name, river, &report),
            Facts::Volcano(volcano) => volcanoes(name, volcano, &body),
            Facts::Ash(ash) => assert_eq!(
                ash.periods.iter().map(|period| period.areas.len()).sum::<usize>(),
                body.at("ashInfos")
                    .list("ashInfos")
                    .iter()
                    .flat_map(|info| info.list("items"))
                    .map(|item| item.at("areas").list("areas").len())
                    .sum::<usize>(),
                "{name}"
            ),
            Facts::MegaquakeAdvisory(advisory) => {
                let info = body.at("earthquakeInfo");
                assert_eq!(advisory.info_kind, info.text("infoKind"), "{name}");
                assert_eq!(advisory.serial_code, info.at("infoSerial").text("code"), "{name}");
                assert!(advisory.text.starts_with(&info.text("text")), "{name}");
            }
            Facts::Withdrawn { text } => {
                assert_eq!(report.at("head").text("infoType"), "取消", "{name}");
                let theirs = body.text("text");
                assert!(theirs.is_empty() || *text == theirs, "{name}");
            }
            Facts::Bulletin(_) | Facts::Archived => {}
        }
    });
}

/// A JSON value with the reader's camel-case names; what is absent is empty.
#[derive(Clone)]
struct Read(Value);

impl Read {
    fn at(&self, name: &str) -> Self {
        Self(self.0.get(name).cloned().unwrap_or(Value::Null))
    }

    fn list(&self, name: &str) -> Vec<Self> {
        self.0
            .get(name)
            .and_then(Value::as_array)
            .map(|list| list.iter().cloned().map(Self).collect())
            .unwrap_or_default()
    }

    fn text(&self, name: &str) -> String {
        let value = self.at(name).0;
        let value = value.get("value").cloned().unwrap_or(value);
        value.as_str().unwrap_or("").trim_ascii().to_owned()
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.at(name).0.as_f64()
    }

    fn time(&self, name: &str) -> Option<Timestamp> {
        let text = self.text(name);
        (!text.is_empty()).then(|| Timestamp::parse(&text).unwrap())
    }
}

fn envelope(name: &str, telegram: &Telegram, report: &Read) {
    let (control, head) = (report.at("control"), report.at("head"));
    assert_eq!(telegram.title, control.text("title"), "{name}");
    assert_eq!(Some(telegram.sent_at), control.time("dateTime"), "{name}");
    let status = match telegram.status {
        Status::Normal => "通常",
        Status::Training => "訓練",
        Status::Test => "試験",
    };
    assert_eq!(status, control.text("status"), "{name}");
    assert_eq!(telegram.editorial_office, control.text("editorialOffice"), "{name}");
    let offices: Vec<String> =
        control.list("publishingOffices").iter().map(|office| office.0.as_str().unwrap_or("").to_owned()).collect();
    assert_eq!(telegram.publishing_office.split_ascii_whitespace().collect::<Vec<_>>(), offices, "{name}");
    let info_type = match telegram.head.info_type {
        InfoType::Issue => "発表",
        InfoType::Correction => "訂正",
        InfoType::Cancel => "取消",
        InfoType::Delay => "遅延",
    };
    let ours = [
        (&telegram.head.title, "title"),
        (&telegram.head.event_id, "eventID"),
        (&telegram.head.serial, "serial"),
        (&telegram.head.info_kind, "infoKind"),
        (&telegram.head.info_kind_version, "infoKindVersion"),
    ];
    for (ours, theirs) in ours {
        assert_eq!(*ours, head.text(theirs), "{name}: {theirs}");
    }
    assert_eq!(info_type, head.text("infoType"), "{name}");
    assert_eq!(telegram.head.headline, head.at("headline").text("text"), "{name}");
    assert_eq!(Some(telegram.head.reported_at), head.time("reportDateTime"), "{name}");
    assert_eq!(telegram.head.target_at, head.time("targetDateTime"), "{name}");
    assert_eq!(telegram.head.valid_until, head.time("validDateTime"), "{name}");
}

/// Area code, area name, kind code, kind name, status, condition, code before.
type Warned = [String; 7];

fn our_warnings(items: &[WarningItem]) -> Vec<Warned> {
    let mut rows = Vec::new();
    for item in items {
        let area = [item.area.code().to_owned(), item.area_name.clone()];
        if item.kinds.is_empty() {
            rows.push(row(&area, ["", "", "発表警報・注意報はなし", "", ""].map(str::to_owned)));
        }
        for kind in &item.kinds {
            let kind = [&kind.code, &kind.name, &kind.status, &kind.condition, &kind.last_code].map(Clone::clone);
            rows.push(row(&area, kind));
        }
    }
    rows.sort();
    rows
}

fn row(area: &[String; 2], kind: [String; 5]) -> Warned {
    let [code, name, status, condition, last] = kind;
    [area[0].clone(), area[1].clone(), code, name, status, condition, last]
}

/// Rows of the municipality layer (or the only layer), and of the coast sections.
fn their_warnings(body: &Read) -> (Vec<Warned>, Vec<Warned>) {
    let warnings = body.list("warnings");
    let named = |mark: &str| -> Vec<Read> {
        warnings.iter().filter(|warning| warning.text("type").ends_with(mark)).cloned().collect()
    };
    let towns = named("（市町村等）");
    let chosen = if towns.is_empty() { warnings.clone() } else { towns };
    (their_rows(&chosen), their_rows(&named("（高潮予報区間）")))
}

fn their_rows(warnings: &[Read]) -> Vec<Warned> {
    let mut rows = Vec::new();
    for item in warnings.iter().flat_map(|warning| warning.list("items")) {
        let area = item.at("area");
        for kind in item.list("kinds") {
            let values = [
                kind.text("code"),
                kind.text("name"),
                kind.text("status"),
                kind.text("condition"),
                kind.at("lastKind").text("code"),
            ];
            rows.push(row(&[area.text("code"), area.text("name")], values));
        }
    }
    rows.sort();
    rows
}

/// Code type, code, name, intensity as printed, not arrived, long-period class.
type Shaken = (CodeType, String, String, String, bool, String);

fn quakes(name: &str, quake: &Quake, body: &Read) {
    let earthquake = body.list("earthquakes").first().cloned().unwrap_or(Read(Value::Null));
    assert_eq!(quake.origin_at, earthquake.time("originTime"), "{name}");
    assert_eq!(quake.arrived_at, earthquake.time("arrivalTime"), "{name}");
    source(name, quake.hypocentre.as_ref(), quake.magnitude.as_ref(), &earthquake);
    let observation = body.at("intensity").at("observation");
    assert_eq!(printed(quake.max_intensity), observation.text("maxInt"), "{name}");
    let mut theirs = Vec::new();
    for prefecture in observation.list("prefs") {
        theirs.push(shaken(CodeType::Prefecture, &prefecture));
        for area in prefecture.list("areas") {
            theirs.push(shaken(CodeType::SeismicArea, &area));
            for city in area.list("cities") {
                theirs.push(shaken(CodeType::JmaMunicipality, &city));
                theirs.extend(city.list("intensityStations").iter().map(|at| shaken(CodeType::SeismicStation, at)));
            }
            theirs.extend(area.list("intensityStations").iter().map(|at| shaken(CodeType::SeismicStation, at)));
        }
    }
    assert_eq!(quake.intensities.len(), theirs.len(), "{name}");
    for (ours, theirs) in quake.intensities.iter().map(our_shaken).zip(theirs) {
        assert_eq!(ours, theirs, "{name}");
    }
    assert_eq!(quake.comment_codes, their_codes(body), "{name}");
}

fn source(
    name: &str,
    hypocentre: Option<&feeds::facts::Hypocentre>,
    magnitude: Option<&feeds::facts::Magnitude>,
    earthquake: &Read,
) {
    let area = earthquake.at("hypocenter").at("area");
    assert_eq!(hypocentre.map_or("", |found| &found.name), area.text("name"), "{name}");
    assert_eq!(
        hypocentre.and_then(|found| found.area.as_ref()).map_or("", |found| found.code()),
        area.text("code"),
        "{name}"
    );
    let coordinates = area.list("coordinates");
    let plain = coordinates.first().map(|found| found.text("description")).unwrap_or_default();
    assert_eq!(hypocentre.map_or("", |found| &found.text), plain, "{name}");
    if let Some(written) = coordinates.first().map(|found| found.text("value"))
        && let Some(point) = hypocentre.and_then(|found| found.point)
    {
        let depth = hypocentre.and_then(|found| found.depth_km);
        let depth = depth
            .map_or(String::new(), |depth| format!("{}{:.0}", if depth > 0.0 { "-" } else { "+" }, depth * 1000.0));
        let again = format!("{:+05.1}{:+06.1}{depth}/", point.lat, point.lon);
        assert_eq!(again, written, "{name}");
    }
    let theirs = earthquake.list("magnitudes").first().cloned().unwrap_or(Read(Value::Null));
    assert_eq!(magnitude.and_then(|found| found.value), theirs.number("value"), "{name}");
    assert_eq!(magnitude.map_or("", |found| &found.text), theirs.text("description"), "{name}");
}

fn shaken(kind: CodeType, place: &Read) -> Shaken {
    let [strength, class] = [["maxInt", "int"], ["maxLgInt", "lgInt"]]
        .map(|names| names.iter().map(|name| place.text(name)).find(|text| !text.is_empty()).unwrap_or_default());
    // A station that has not reported prints 震度５弱以上未入電 in place of its intensity.
    let silent = strength.contains("未入電");
    let strength = if silent { String::new() } else { strength };
    (
        kind,
        place.text("code"),
        place.text("name"),
        strength,
        silent || place.text("condition").contains("未入電"),
        class,
    )
}

fn our_shaken(place: &AreaIntensity) -> Shaken {
    let class = place.long_period.map_or(String::new(), |class| class.to_string());
    (
        place.area.kind,
        place.area.code().to_owned(),
        place.name.clone(),
        printed(place.intensity),
        place.not_arrived,
        class,
    )
}

fn printed(intensity: Option<Intensity>) -> String {
    intensity.map_or(String::new(), |found| serde_json::to_value(found).unwrap().as_str().unwrap_or("").to_owned())
}

fn their_codes(body: &Read) -> Vec<String> {
    let comments = body.at("comments");
    ["forecastComment", "varComment", "warningComment"]
        .iter()
        .flat_map(|part| comments.at(part).list("codes"))
        .map(|code| code.0.as_str().unwrap_or("").to_owned())
        .collect()
}

fn tsunamis(name: &str, tsunami: &Tsunami, body: &Read) {
    let theirs = body.at("tsunami");
    let quakes = body.list("earthquakes");
    assert_eq!(quakes.len().saturating_sub(1), tsunami.other_quakes.len(), "{name}");
    source(name, tsunami.hypocentre.as_ref(), tsunami.magnitude.as_ref(), &quakes[0]);
    assert_eq!(tsunami.comment_codes, their_codes(body), "{name}");
    for (ours, part) in [(&tsunami.zones, "forecast"), (&tsunami.estimates, "estimation")] {
        let items = theirs.at(part).list("items");
        assert_eq!(ours.len(), items.len(), "{name}: {part}");
        for (zone, item) in ours.iter().zip(items) {
            zone_is(name, zone, &item);
        }
    }
    let mut ours = tsunami.observations.iter();
    for item in theirs.at("observation").list("items") {
        for station in item.list("stations") {
            let seen = ours.next().unwrap();
            assert_eq!(seen.zone.as_ref().map_or("", |zone| zone.code()), item.at("area").text("code"), "{name}");
            assert_eq!(
                (&seen.station_code, &seen.station_name),
                (&station.text("code"), &station.text("name")),
                "{name}"
            );
            assert_eq!(seen.polarity, station.at("firstHeight").text("initial"), "{name}");
            assert_eq!(seen.max_at, station.at("maxHeight").time("dateTime"), "{name}");
            arrival_is(name, &seen.first_wave, &station);
            height_is(name, seen.height.as_ref(), &station);
        }
    }
    assert!(ours.next().is_none(), "{name}");
}

fn zone_is(name: &str, zone: &TsunamiZone, item: &Read) {
    assert_eq!(
        (zone.area.kind, zone.area.code()),
        (CodeType::TsunamiZone, item.at("area").text("code").as_str()),
        "{name}"
    );
    assert_eq!(zone.name, item.at("area").text("name"), "{name}");
    let category = item.at("category");
    assert_eq!(zone.kind_code, category.at("kind").text("code"), "{name}");
    assert_eq!(zone.last_kind_code, category.at("lastKind").text("code"), "{name}");
    assert_eq!(zone.max_at, item.at("maxHeight").time("dateTime"), "{name}");
    arrival_is(name, &zone.arrival, item);
    height_is(name, zone.height.as_ref(), item);
    let stations = item.list("stations");
    assert_eq!(zone.stations.len(), stations.len(), "{name}");
    for (ours, theirs) in zone.stations.iter().zip(stations) {
        assert_eq!((&ours.code, &ours.name), (&theirs.text("code"), &theirs.text("name")), "{name}");
        assert_eq!(ours.high_tide_at, theirs.time("highTideDateTime"), "{name}");
        arrival_is(name, &ours.arrival, &theirs);
    }
}

fn arrival_is(name: &str, arrival: &Arrival, place: &Read) {
    let first = place.at("firstHeight");
    assert_eq!(arrival.at, first.time("arrivalTime"), "{name}");
    assert_eq!(arrival.conditions.join("　"), first.text("condition"), "{name}");
}

fn height_is(name: &str, height: Option<&TsunamiHeight>, place: &Read) {
    let most = place.at("maxHeight");
    let measured = most.at("tsunamiHeight");
    assert_eq!(height.and_then(|height| height.metres), measured.number("value"), "{name}");
    assert_eq!(height.map_or("", |height| &height.text), measured.text("description"), "{name}");
    let words: Vec<String> =
        [most.text("condition"), measured.text("condition")].into_iter().filter(|word| !word.is_empty()).collect();
    assert_eq!(height.map_or(String::new(), |height| height.conditions.join("　")), words.join("　"), "{name}");
}

fn warnings_of_shaking(name: &str, eew: &Eew, body: &Read) {
    let earthquake = body.list("earthquakes").first().cloned().unwrap_or(Read(Value::Null));
    assert_eq!(eew.origin_at, earthquake.time("originTime"), "{name}");
    source(name, eew.hypocentre.as_ref(), eew.magnitude.as_ref(), &earthquake);
    let forecast = body.at("intensity").at("forecast");
    let areas: Vec<Read> = forecast.list("prefs").iter().flat_map(|prefecture| prefecture.list("areas")).collect();
    assert_eq!(eew.areas.len(), areas.len(), "{name}");
    for (ours, theirs) in eew.areas.iter().zip(areas) {
        assert_eq!(
            (ours.area.code(), ours.name.as_str()),
            (theirs.text("code").as_str(), theirs.text("name").as_str()),
            "{name}"
        );
        assert_eq!(ours.kind_code, theirs.at("category").at("kind").text("code"), "{name}");
        assert_eq!(printed(ours.from), theirs.at("forecastInt").text("from"), "{name}");
        let to = if ours.over { "over".to_owned() } else { printed(ours.to) };
        assert_eq!(to, theirs.at("forecastInt").text("to"), "{name}");
        assert_eq!(ours.arrives_at, theirs.time("arrivalTime"), "{name}");
        assert!(ours.arrived || theirs.text("condition").is_empty(), "{name}");
    }
}

fn rivers(name: &str, river: &River, report: &Read) {
    let items: Vec<Read> =
        report.at("head").at("headline").list("informations").iter().flat_map(|found| found.list("items")).collect();
    if river.area.kind == CodeType::RiverForecast {
        let first = &items[0];
        assert_eq!(river.area.code(), first.at("areas").list("areas")[0].text("code"), "{name}");
        assert_eq!(river.code, first.list("kinds")[0].text("code"), "{name}");
        assert_eq!(river.condition, first.list("kinds")[0].text("condition"), "{name}");
    }
    let mut theirs: Vec<(String, Option<f64>)> = Vec::new();
    let series = report.at("body").list("meteorologicalInfos");
    for item in series.iter().flat_map(|infos| infos.list("timeSeriesInfos")).flat_map(|found| found.list("items")) {
        let values = item.list("kinds").iter().flat_map(|kind| kind.list("properties")).collect::<Vec<_>>();
        for level in values.iter().flat_map(|property| property.at("waterLevelPart").list("waterLevels")) {
            if level.text("type") == "水位" {
                theirs.push((item.at("station").text("name"), level.number("value")));
            }
        }
    }
    let mut ours: Vec<(String, Option<f64>)> = river
        .stations
        .iter()
        .flat_map(|station| station.readings.iter().map(|reading| (station.name.clone(), reading.metres)))
        .filter(|(_, metres)| metres.is_some())
        .collect();
    theirs.retain(|(_, metres)| metres.is_some());
    ours.sort_by(|a, b| a.partial_cmp(b).unwrap());
    theirs.sort_by(|a, b| a.partial_cmp(b).unwrap());
    assert_eq!(ours, theirs, "{name}");
}

fn volcanoes(name: &str, volcano: &Volcano, body: &Read) {
    let mut theirs = Vec::new();
    for item in body.list("volcanoInfos").iter().flat_map(|info| info.list("items")) {
        for area in item.at("areas").list("areas") {
            theirs.push((
                area.text("code"),
                area.text("name"),
                item.at("kind").text("code"),
                item.at("kind").text("condition"),
            ));
        }
    }
    let ours: Vec<_> = volcano
        .volcanoes
        .iter()
        .map(|item| (item.area.code().to_owned(), item.name.clone(), item.code.clone(), item.condition.clone()))
        .collect();
    assert_eq!(ours, theirs, "{name}");
}
