//! Texts for people: bulletins, advisories that are free text only, and withdrawals.

use std::collections::HashSet;

use kernel::{AreaCode, CodeType};

use super::Notes;
use super::tree::{El, area, code_type};
use crate::facts::{Bulletin, Head, MegaquakeAdvisory};

/// Reads VYSE60 and VYSE50–52.
pub(crate) fn advisory(body: El<'_>, notes: &mut Notes) -> MegaquakeAdvisory {
    let info = body.child("EarthquakeInfo");
    if info.is_none() {
        notes.add("Body", "no EarthquakeInfo element");
    }
    let text = |path: &[&str]| info.map_or("", |found| found.text_at(path)).to_owned();
    MegaquakeAdvisory {
        info_kind: text(&["InfoKind"]),
        serial_name: text(&["InfoSerial", "Name"]),
        serial_code: text(&["InfoSerial", "Code"]),
        text: joined([text(&["Text"]).as_str(), body.text_at(&["Text"])].into_iter()),
        appendix: text(&["Appendix"]),
        next_advisory: body.string_at(&["NextAdvisory"]),
    }
}

/// Reads any type that is text for people.
pub(crate) fn bulletin(head_part: El<'_>, body: El<'_>, head: &Head) -> Bulletin {
    let items = || {
        head_part
            .each("Headline")
            .flat_map(|headline| headline.each("Information"))
            .flat_map(|information| information.each("Item").map(move |item| (information.attr("type"), item)))
    };
    let mut seen = HashSet::new();
    let mut tags: Vec<&str> = Vec::new();
    for (_, item) in items().filter(|(kind, _)| *kind == "情報タグ") {
        for tag in item.each("Kind").map(|kind| kind.text_at(&["Condition"])) {
            if !tag.is_empty() && seen.insert(tag) {
                tags.push(tag);
            }
        }
    }
    let mut seen = HashSet::new();
    let mut areas: Vec<(AreaCode, String)> = Vec::new();
    for (_, item) in items() {
        for list in item.each("Areas") {
            for place in list.each("Area") {
                let code = place.text_at(&["Code"]);
                if code.is_empty() {
                    // VPZU names a low or a typhoon here: no place.
                    continue;
                }
                let found = area(area_type(list.attr("codeType"), code), code);
                if seen.insert(found.clone()) {
                    areas.push((found, place.string_at(&["Name"])));
                }
            }
        }
    }
    let text = [body_text(body), head.headline.clone(), head.title.clone()];
    Bulletin {
        tag: if tags.is_empty() { bracketed(&head.title).to_owned() } else { tags.join("、") },
        areas,
        text: text.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
    }
}

/// The text of a 取消, which is all that its body has to say.
pub(crate) fn withdrawn(body: El<'_>, headline: &str) -> String {
    let text = body.text_at(&["Text"]);
    if text.is_empty() { headline.to_owned() } else { text.to_owned() }
}

/// Texts that are not empty, apart by an empty line.
pub(crate) fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut whole = String::new();
    for text in texts.filter(|text| !text.is_empty()) {
        if !whole.is_empty() {
            whole.push_str("\n\n");
        }
        whole.push_str(text);
    }
    whole
}

/// 府県予報区 and 細分区域 share one code type name; their codes tell them apart.
fn area_type(declared: &str, code: &str) -> CodeType {
    if declared != "気象情報／府県予報区・細分区域等" {
        return code_type(declared).unwrap_or(CodeType::Other);
    }
    match code.get(2..) {
        Some("0000") => CodeType::ForecastOffice,
        Some(_) if code.ends_with('0') => CodeType::Class10,
        _ => CodeType::Class15,
    }
}

/// What stands in the last brackets of a title, e.g. 短時間大雪 of 府県気象防災速報（短時間大雪）.
fn bracketed(title: &str) -> &str {
    title.strip_suffix('）').and_then(|rest| rest.rsplit_once('（')).map_or("", |(_, inside)| inside)
}

/// Everything in the body that is a sentence: texts, sentences, comments, counts of earthquakes.
fn body_text(body: El<'_>) -> String {
    let mut texts: Vec<String> = Vec::new();
    for element in body.descendants() {
        let text = match element.name() {
            "Text" | "Sentence" | "FreeFormComment" | "NextAdvisory" | "Notice" => element.text().to_owned(),
            "Item" if !element.text_at(&["Number"]).is_empty() => count(element),
            _ => continue,
        };
        if !text.is_empty() && texts.last() != Some(&text) {
            texts.push(text);
        }
    }
    joined(texts.iter().map(String::as_str))
}

/// One row of VXSE60 地震回数.
fn count(item: El<'_>) -> String {
    let felt = item.text_at(&["FeltNumber"]);
    let felt = if felt.is_empty() { String::new() } else { format!("（うち有感 {felt}回）") };
    format!(
        "{} {}～{} {}回{felt}",
        item.attr("type"),
        item.text_at(&["StartTime"]),
        item.text_at(&["EndTime"]),
        item.text_at(&["Number"])
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_a_title() {
        assert_eq!(bracketed("青森県気象防災速報（短時間大雪）"), "短時間大雪");
        assert_eq!(bracketed("竜巻注意情報"), "");
    }

    #[test]
    fn one_code_type_name_serves_three_layers() {
        let kind = |code| area_type("気象情報／府県予報区・細分区域等", code);
        assert_eq!(kind("020000"), CodeType::ForecastOffice);
        assert_eq!(kind("020010"), CodeType::Class10);
        assert_eq!(kind("020031"), CodeType::Class15);
    }
}
