//! Volcanoes (噴火警報・予報, 噴火速報, 観測報) and ash fall (降灰予報).

use kernel::{AreaCode, CodeType};

use super::Notes;
use super::places::note;
use super::text::joined;
use super::tree::{El, area, code_type, time};
use crate::facts::{Ash, AshPeriod, Volcano, VolcanoItem};

/// Kind codes of the volcanic warning table.
const KINDS: &[&str] = &[
    "01", "02", "03", "04", "05", "06", "07", "08", "11", "12", "13", "14", "15", "21", "22", "23", "24", "25", "31",
    "32", "33", "35", "36", "41", "42", "43", "44", "45", "46", "47", "48", "49", "51", "52", "53", "54", "55", "56",
    "61", "62", "63", "64", "65", "66", "70", "71", "72", "73", "75", "91", "99",
];

/// Reads VFVO50/51/52/56/60 and VFSV50–61.
pub(crate) fn read(body: El<'_>, notes: &mut Notes) -> Volcano {
    let mut volcanoes = Vec::new();
    for item in body.each("VolcanoInfo").flat_map(|info| info.each("Item")) {
        let kind = item.child("Kind");
        let text = |name: &str| kind.map_or("", |found| found.text_at(&[name]));
        note_kind(text("Code"), notes);
        let event_at = item.time_at(&["EventTime", "EventDateTime"]);
        for (area, name) in places(item, notes) {
            volcanoes.push(VolcanoItem {
                area,
                name,
                code: text("Code").to_owned(),
                kind_name: text("Name").to_owned(),
                condition: text("Condition").to_owned(),
                last_code: item.string_at(&["LastKind", "Code"]),
                event_at,
            });
        }
    }
    if volcanoes.is_empty() {
        notes.add("Body/VolcanoInfo", "no volcano");
    }
    Volcano { volcanoes, text: content(body) }
}

/// Reads VFVO53/54/55.
pub(crate) fn read_ash(body: El<'_>, notes: &mut Notes) -> Ash {
    let infos = || body.each("VolcanoInfo").flat_map(|info| info.each("Item"));
    let mut volcano = None;
    for item in infos() {
        volcano = volcano.or(places(item, notes).into_iter().find(|(area, _)| area.kind == CodeType::Volcano));
    }
    let (volcano, volcano_name) = volcano.unwrap_or_else(|| {
        notes.add("Body/VolcanoInfo", "no volcano");
        (area(CodeType::Volcano, ""), String::new())
    });
    let mut periods = Vec::new();
    for info in body.each("AshInfos").flat_map(|list| list.each("AshInfo")) {
        let (start, end) = (info.text_at(&["StartTime"]), info.text_at(&["EndTime"]));
        let (Some(from), Some(until)) = (time(start), time(end)) else {
            notes.add("Body/AshInfos/AshInfo/StartTime", &format!("{start}/{end}"));
            continue;
        };
        let mut areas = Vec::new();
        for item in info.each("Item") {
            let code = item.text_at(&["Kind", "Code"]);
            note_kind(code, notes);
            areas.extend(places(item, notes).into_iter().map(|(area, name)| (code.to_owned(), area, name)));
        }
        periods.push(AshPeriod { from, until, areas });
    }
    Ash { volcano, volcano_name, periods, text: content(body) }
}

fn note_kind(code: &str, notes: &mut Notes) {
    if !KINDS.contains(&code) {
        notes.add("Body/VolcanoInfo/Item/Kind/Code", code);
    }
}

/// The areas of an item under the code type they declare.
fn places(item: El<'_>, notes: &mut Notes) -> Vec<(AreaCode, String)> {
    let mut found = Vec::new();
    for areas in item.each("Areas") {
        let declared = areas.attr("codeType");
        let kind = code_type(declared).unwrap_or_else(|| {
            notes.add("Body/VolcanoInfo/Item/Areas/@codeType", declared);
            CodeType::Other
        });
        for place in areas.each("Area") {
            let area = area(kind, place.text_at(&["Code"]));
            note(&area, "Body/VolcanoInfo/Item/Areas/Area/Code", notes);
            found.push((area, place.string_at(&["Name"])));
        }
    }
    found
}

/// The texts: headline, activity, what to do; then a free text.
fn content(body: El<'_>) -> String {
    let parts = body.each("VolcanoInfoContent").flat_map(El::children);
    let observed = body.each("VolcanoObservation").flat_map(|part| part.each("OtherObservation"));
    joined(parts.chain(observed).chain(body.each("Text")).map(El::text))
}
