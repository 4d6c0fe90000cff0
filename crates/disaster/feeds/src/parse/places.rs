//! Codes that lie in Aomori by their digits and name no place there: noted, because a place that is not named looks safe.
//!
//! Codes of other prefectures are not judged: this program has no table of them.

use kernel::{AreaCode, CodeType, areas};

use super::Notes;

/// Codes of Aomori's municipalities, class areas and offices begin so.
const AOMORI: &str = "02";
/// Aomori among the prefectures of early warnings (緊急地震速報／府県予報区).
const EEW_AOMORI: &str = "9020";

/// Notes an area whose code says Aomori and is in no table of it.
pub(crate) fn note(place: &AreaCode, path: &str, notes: &mut Notes) {
    let code = place.code();
    let claims = match place.kind {
        CodeType::Municipality | CodeType::JmaMunicipality | CodeType::Class10 | CodeType::Class15 => {
            code.starts_with(AOMORI)
        }
        _ => false,
    };
    if claims && areas::name(place).is_none() {
        notes.add(path, code);
    }
}

/// Notes a part of a municipality (土砂災害警戒情報 splits some of them) whose municipality is in no table.
pub(crate) fn note_part(place: &AreaCode, path: &str, notes: &mut Notes) {
    let code = place.code();
    if code.starts_with(AOMORI) && code.get(..5).and_then(areas::municipality).is_none() {
        notes.add(path, code);
    }
}

/// Notes a seismic area that stands under Aomori and is none of its four.
pub(crate) fn note_seismic(prefecture: &AreaCode, place: &AreaCode, path: &str, notes: &mut Notes) {
    let ours = match prefecture.kind {
        CodeType::Prefecture => prefecture.code() == AOMORI,
        CodeType::EewPrefecture => prefecture.code() == EEW_AOMORI,
        _ => false,
    };
    if ours && areas::name(place).is_none() {
        notes.add(path, place.code());
    }
}

/// Notes a forecast zone of Aomori (200 to 209, or by its name) that is none of its three.
pub(crate) fn note_zone(place: &AreaCode, name: &str, path: &str, notes: &mut Notes) {
    let code = place.code();
    let ours = (code.len() == 3 && code.starts_with("20")) || name.contains("青森") || name.contains("陸奥湾");
    if ours && areas::name(place).is_none() {
        notes.add(path, code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(judge: impl FnOnce(&mut Notes)) -> bool {
        let mut notes = Notes::default();
        judge(&mut notes);
        !notes.finish().is_empty()
    }

    #[test]
    fn only_codes_that_say_aomori_and_mean_nothing_are_noted() {
        let cases = [
            (CodeType::JmaMunicipality, "0229900", true),
            (CodeType::JmaMunicipality, "0220301", true),
            (CodeType::JmaMunicipality, "0220300", false),
            (CodeType::JmaMunicipality, "0399900", false),
            (CodeType::Class10, "020090", true),
            (CodeType::Class10, "020100", false),
            (CodeType::Class15, "020031", false),
            (CodeType::Class15, "020033", true),
            (CodeType::Class15, "030099", false),
            (CodeType::Other, "0229900", false),
        ];
        for (kind, code, expected) in cases {
            assert_eq!(noted(|notes| note(&AreaCode::new(kind, code), "p", notes)), expected, "{kind} {code}");
        }
        for (code, expected) in [("0220301", false), ("0229901", true), ("0399901", false), ("02", true), ("", false)] {
            let part = AreaCode::new(CodeType::JmaMunicipality, code);
            assert_eq!(noted(|notes| note_part(&part, "p", notes)), expected, "{code}");
        }
    }

    #[test]
    fn seismic_areas_are_judged_by_what_they_stand_under_and_zones_by_their_range() {
        let seismic = |code| AreaCode::new(CodeType::SeismicArea, code);
        let cases = [
            (CodeType::Prefecture, "02", "204", true),
            (CodeType::Prefecture, "02", "202", false),
            (CodeType::Prefecture, "03", "210", false),
            (CodeType::EewPrefecture, "9020", "299", true),
            (CodeType::EewPrefecture, "9020", "203", false),
        ];
        for (kind, above, code, expected) in cases {
            let above = AreaCode::new(kind, above);
            assert_eq!(noted(|notes| note_seismic(&above, &seismic(code), "p", notes)), expected, "{above} {code}");
        }
        let zones = [
            ("200", "青森県日本海沿岸", false),
            ("203", "未知の沿岸", true),
            ("299", "青森県北部沿岸", true),
            ("281", "青森県", false),
            ("210", "岩手県", false),
            ("999", "未知の沿岸", false),
        ];
        for (code, name, expected) in zones {
            let zone = AreaCode::new(CodeType::TsunamiZone, code);
            assert_eq!(noted(|notes| note_zone(&zone, name, "p", notes)), expected, "{code} {name}");
        }
    }
}
