//! What the area codes of Aomori mean: look-ups over the table of its 40 municipalities.

use crate::area_names::{ELSEWHERE, NAMES, Row};
use crate::area_table::TABLE;
use crate::{AreaCode, CodeType, Municipality, MunicipalityKind, Text, fold};

/// Aomori (青森県) as an area.
pub const PREFECTURE: AreaCode = AreaCode::literal(CodeType::Prefecture, AOMORI);

const AOMORI: &str = "02";

/// All forty, in the official order.
pub fn municipalities() -> &'static [Municipality] {
    &TABLE
}

/// By the five digits, `02203`.
pub fn municipality(jis5: &str) -> Option<&'static Municipality> {
    TABLE.binary_search_by(|row| row.jis5.cmp(jis5)).ok().map(|index| &TABLE[index])
}

/// By the seven digits of the Japan Meteorological Agency, `0220300`.
pub fn from_jma7(code: &str) -> Option<&'static Municipality> {
    municipality(code.strip_suffix("00")?)
}

/// By the six digits with check digit, `022039`; a wrong check digit is no municipality.
pub fn from_lg6(code: &str) -> Option<&'static Municipality> {
    let (jis5, check) = code.split_at_checked(5)?;
    let row = municipality(jis5)?;
    (check.parse() == Ok(check_digit(jis5)?)).then_some(row)
}

/// By name, however it is written: 八戸市, 青森県八戸市, 三戸郡南部町, 青森南部町, 鯵ケ沢町, はちのへし, Hachinohe.
pub fn by_name(name: &str) -> Option<&'static Municipality> {
    let wanted = fold::fold(name);
    let wanted = wanted.strip_prefix("青森県").unwrap_or(&wanted);
    let town = wanted.split_once('郡').map_or(wanted, |(_, rest)| rest);
    let town = if town == "青森南部町" { "南部町" } else { town };
    TABLE.iter().find(|row| fold::fold(row.name) == town || row.kana == town || row.romaji.eq_ignore_ascii_case(town))
}

/// The sixth digit of 全国地方公共団体コード: weights 6 to 2, modulo 11. `None` when it is not five digits.
pub fn check_digit(jis5: &str) -> Option<u8> {
    if jis5.len() != 5 || !jis5.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let sum: u32 = jis5.bytes().zip([6, 5, 4, 3, 2]).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    u8::try_from((11 - sum % 11) % 10).ok()
}

/// The seven digits of the Japan Meteorological Agency; none of Aomori's municipalities is split.
pub fn jma7(jis5: &str) -> Option<String> {
    municipality(jis5).map(|row| format!("{}00", row.jis5))
}

/// The six digits with check digit.
pub fn lg6(jis5: &str) -> Option<String> {
    municipality(jis5).and_then(|row| Some(format!("{}{}", row.jis5, check_digit(row.jis5)?)))
}

/// Every municipality of Aomori that lies in `area`, in the official order. Empty for areas elsewhere and for
/// areas at sea, where "which municipality" is not a fact of the code tables.
pub fn municipalities_in(area: &AreaCode) -> Vec<&'static Municipality> {
    TABLE.iter().filter(|row| lies_in(row, area.kind, area.code())).collect()
}

/// The official name of an area of Aomori.
pub fn name(area: &AreaCode) -> Option<&'static str> {
    one(area).map(|row| row.name).or_else(|| named(NAMES, area).map(|(_, _, name, ..)| *name))
}

/// The name in three languages: 八戸市, 八戸市（はちのへし）, Hachinohe City. Knows coasts and epicentres of the neighbours
/// too; `None` where this program has no English name.
pub fn text(area: &AreaCode) -> Option<Text> {
    if let Some(row) = one(area) {
        return Some(municipality_text(row));
    }
    let (_, _, ja, easy, en) = named(NAMES, area).or_else(|| named(ELSEWHERE, area))?;
    Some(Text::new(*ja, *easy, *en))
}

/// The name of a municipality in three languages.
pub fn municipality_text(row: &Municipality) -> Text {
    let kind = match row.kind {
        MunicipalityKind::City => "City",
        MunicipalityKind::Town => "Town",
        MunicipalityKind::Village => "Village",
    };
    Text::new(row.name, format!("{}（{}）", row.name, row.kana), format!("{} {kind}", row.romaji))
}

/// Whether the area is Aomori, lies in it, or is one of the seas and volcanoes it is warned of.
pub fn is_aomori(area: &AreaCode) -> bool {
    match area.kind {
        CodeType::Municipality
        | CodeType::LocalGov6
        | CodeType::JmaMunicipality
        | CodeType::Prefecture
        | CodeType::ForecastOffice
        | CodeType::Class10
        | CodeType::Class15
        | CodeType::SeismicStation => area.code().starts_with(AOMORI),
        _ => name(area).is_some(),
    }
}

fn named(rows: &'static [Row], area: &AreaCode) -> Option<&'static Row> {
    rows.iter().find(|(kind, code, ..)| *kind == area.kind && *code == area.code())
}

fn one(area: &AreaCode) -> Option<&'static Municipality> {
    match area.kind {
        CodeType::Municipality => municipality(area.code()),
        CodeType::JmaMunicipality => from_jma7(area.code()),
        CodeType::LocalGov6 => from_lg6(area.code()),
        _ => None,
    }
}

fn lies_in(row: &Municipality, kind: CodeType, code: &str) -> bool {
    match kind {
        CodeType::Municipality => row.jis5 == code,
        CodeType::JmaMunicipality => code.strip_suffix("00") == Some(row.jis5),
        CodeType::LocalGov6 => from_lg6(code).is_some_and(|found| found.jis5 == row.jis5),
        CodeType::Prefecture => code == AOMORI,
        CodeType::ForecastOffice => code == "020000",
        CodeType::EewPrefecture => code == "9020",
        CodeType::Class10 => match code {
            "020100" => matches!(row.class10, "020010" | "020020"),
            "020200" => matches!(row.class10, "020020" | "020030"),
            _ => row.class10 == code,
        },
        CodeType::Class15 => row.class15 == code,
        CodeType::SeismicArea => row.seismic_area == code,
        CodeType::TsunamiZone if code == "281" => !row.tsunami_zones.is_empty(),
        CodeType::TsunamiZone => row.tsunami_zones.contains(&code),
        CodeType::RiverForecast => row.river_areas.contains(&code),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use proptest::prelude::*;

    use super::*;
    use crate::{MunicipalityKind, Point};

    fn names(kind: CodeType, code: &str) -> Vec<&'static str> {
        municipalities_in(&AreaCode::new(kind, code)).iter().map(|row| row.name).collect()
    }

    #[test]
    fn there_are_ten_cities_twenty_two_towns_and_eight_villages() {
        let count = |kind| TABLE.iter().filter(|row| row.kind == kind).count();
        assert_eq!(count(MunicipalityKind::City), 10);
        assert_eq!(count(MunicipalityKind::Town), 22);
        assert_eq!(count(MunicipalityKind::Village), 8);
        assert!(TABLE.is_sorted_by(|a, b| a.jis5 < b.jis5));
        assert_eq!(TABLE.iter().map(|row| row.romaji).collect::<HashSet<_>>().len(), 40);
    }

    #[test]
    fn the_areas_have_as_many_municipalities_as_the_code_tables_say() {
        let cases = [
            (CodeType::Prefecture, "02", 40),
            (CodeType::ForecastOffice, "020000", 40),
            (CodeType::EewPrefecture, "9020", 40),
            (CodeType::Class10, "020010", 19),
            (CodeType::Class10, "020020", 5),
            (CodeType::Class10, "020030", 16),
            (CodeType::Class10, "020100", 24),
            (CodeType::Class10, "020200", 21),
            (CodeType::Class15, "020011", 5),
            (CodeType::Class15, "020012", 4),
            (CodeType::Class15, "020013", 3),
            (CodeType::Class15, "020014", 7),
            (CodeType::Class15, "020020", 5),
            (CodeType::Class15, "020031", 10),
            (CodeType::Class15, "020032", 6),
            (CodeType::SeismicArea, "200", 10),
            (CodeType::SeismicArea, "201", 9),
            (CodeType::SeismicArea, "202", 16),
            (CodeType::SeismicArea, "203", 5),
            (CodeType::TsunamiZone, "281", 22),
            (CodeType::TsunamiZone, "210", 0),
            (CodeType::Epicentre, "202", 0),
            (CodeType::Municipality, "01202", 0),
            (CodeType::Other, "02203", 0),
        ];
        for (kind, code, count) in cases {
            assert_eq!(names(kind, code).len(), count, "{kind} {code}");
        }
    }

    #[test]
    fn misawa_rokunohe_and_oirase_are_in_sanpachi() {
        for town in ["三沢市", "六戸町", "おいらせ町"] {
            assert!(
                names(CodeType::Class15, "020031").contains(&town)
                    && !names(CodeType::Class15, "020032").contains(&town)
            );
        }
    }

    #[test]
    fn coasts_follow_the_map() {
        let pacific = names(CodeType::TsunamiZone, "201");
        let bay = names(CodeType::TsunamiZone, "202");
        let japan_sea = names(CodeType::TsunamiZone, "200");
        assert!(pacific.contains(&"八戸市") && pacific.contains(&"階上町") && !pacific.contains(&"青森市"));
        assert!(bay.contains(&"青森市") && bay.contains(&"むつ市") && pacific.contains(&"むつ市"));
        assert!(japan_sea.contains(&"深浦町") && japan_sea.contains(&"外ヶ浜町") && bay.contains(&"外ヶ浜町"));
        for inland in ["弘前市", "十和田市", "三戸町", "新郷村", "西目屋村"] {
            assert!(by_name(inland).unwrap().tsunami_zones.is_empty());
        }
    }

    #[test]
    fn every_area_a_municipality_names_is_a_known_one() {
        for row in &TABLE {
            let areas = [
                (CodeType::Class10, row.class10),
                (CodeType::Class15, row.class15),
                (CodeType::SeismicArea, row.seismic_area),
            ];
            let coasts = row.tsunami_zones.iter().map(|code| (CodeType::TsunamiZone, *code));
            let rivers = row.river_areas.iter().map(|code| (CodeType::RiverForecast, *code));
            for (kind, code) in areas.into_iter().chain(coasts).chain(rivers) {
                assert!(name(&AreaCode::new(kind, code)).is_some(), "{} {kind} {code}", row.name);
            }
        }
        let rows: BTreeSet<_> = NAMES.iter().map(|(kind, code, ..)| (kind, code)).collect();
        assert_eq!(rows.len(), NAMES.len());
        for (kind, code, ..) in NAMES.iter().filter(|(kind, ..)| *kind == CodeType::RiverForecast) {
            assert!(!municipalities_in(&AreaCode::new(*kind, code)).is_empty(), "{code}");
        }
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        let cases = [
            ("八戸市", "02203"),
            ("青森県八戸市", "02203"),
            ("青森県 三戸郡 南部町", "02445"),
            ("青森南部町", "02445"),
            ("南部町", "02445"),
            ("外ケ浜町", "02307"),
            ("外が浜町", "02307"),
            ("鯵ヶ沢町", "02321"),
            ("六ｹ所村", "02411"),
            ("田舎舘村", "02367"),
            ("ハチノヘシ", "02203"),
            ("おいらせ町", "02412"),
            ("MUTSU", "02208"),
            ("青森市", "02201"),
        ];
        for (text, jis5) in cases {
            assert_eq!(by_name(text).map(|row| row.jis5), Some(jis5), "{text}");
        }
        for text in ["", "青森県", "函館市", "市"] {
            assert_eq!(by_name(text), None, "{text}");
        }
    }

    #[test]
    fn every_name_is_told_in_three_languages() {
        let area = |kind, code| AreaCode::new(kind, code);
        let cases = [
            (CodeType::Municipality, "02203", "八戸市", "八戸市（はちのへし）", "Hachinohe City"),
            (CodeType::JmaMunicipality, "0244100", "三戸町", "三戸町（さんのへまち）", "Sannohe Town"),
            (CodeType::LocalGov6, "024112", "六ヶ所村", "六ヶ所村（ろっかしょむら）", "Rokkasho Village"),
            (CodeType::TsunamiZone, "201", "青森県太平洋沿岸", "", "Pacific coast of Aomori Pref."),
            (CodeType::SeismicArea, "201", "青森県津軽南部", "", "Southern Tsugaru, Aomori Pref."),
            (CodeType::Volcano, "201", "恐山", "恐山（おそれざん）", "Osorezan"),
            (CodeType::TsunamiZone, "210", "岩手県", "岩手県", "Iwate Pref."),
            (CodeType::Epicentre, "288", "三陸沖", "三陸沖", "Off the Sanriku coast"),
        ];
        for (kind, code, ja, easy, en) in cases {
            let found = text(&area(kind, code)).unwrap();
            assert_eq!((found.ja.as_str(), found.en.as_str()), (ja, en), "{kind} {code}");
            assert!(easy.is_empty() || found.easy == easy, "{found:?}");
        }
        assert_eq!(text(&area(CodeType::TsunamiZone, "760")), None);
        // A neighbour has a name and stays a neighbour.
        let iwate = area(CodeType::TsunamiZone, "210");
        assert!(!is_aomori(&iwate) && name(&iwate).is_none());
        let rows: BTreeSet<_> = NAMES.iter().chain(ELSEWHERE).map(|(kind, code, ..)| (kind, code)).collect();
        assert_eq!(rows.len(), NAMES.len() + ELSEWHERE.len());
        for (_, code, _, easy, en) in NAMES.iter().chain(ELSEWHERE) {
            assert!(en.is_ascii() && !en.is_empty() && !easy.is_empty(), "{code} {en}");
        }
    }

    #[test]
    fn codes_lead_to_the_same_municipality() {
        for row in &TABLE {
            assert_eq!(municipality(row.jis5), Some(row));
            assert_eq!(from_jma7(&jma7(row.jis5).unwrap()), Some(row));
            assert_eq!(from_lg6(&lg6(row.jis5).unwrap()), Some(row));
            assert_eq!(by_name(row.name), Some(row));
            for area in [row.area(), row.jma_area()] {
                assert_eq!((municipalities_in(&area), name(&area)), (vec![row], Some(row.name)));
                assert!(is_aomori(&area));
            }
        }
    }

    /// Check digits printed in public lists: 青森県 020001, 青森市 022012, 八戸市 022039, 札幌市 011002, 函館市 012025.
    #[test]
    fn check_digits_are_the_official_ones() {
        for (jis5, digit) in
            [("02000", 1), ("02201", 2), ("02202", 1), ("02203", 9), ("01100", 2), ("01202", 5), ("13101", 6)]
        {
            assert_eq!(check_digit(jis5), Some(digit), "{jis5}");
        }
        assert_eq!(from_lg6("022038"), None);
        for bad in ["", "0220", "022033", "０２２０３", "abcde"] {
            assert_eq!(check_digit(bad), None);
        }
    }

    #[test]
    fn the_prefecture_knows_its_own() {
        assert_eq!(name(&PREFECTURE), Some("青森県"));
        let ours =
            [(CodeType::TsunamiZone, "201"), (CodeType::Epicentre, "285"), (CodeType::SeismicStation, "0220330")];
        let others = [(CodeType::TsunamiZone, "210"), (CodeType::JmaMunicipality, "0120200"), (CodeType::Other, "02")];
        assert!(ours.iter().all(|(kind, code)| is_aomori(&AreaCode::new(*kind, code))));
        assert!(!others.iter().any(|(kind, code)| is_aomori(&AreaCode::new(*kind, code))));
    }

    #[test]
    fn offices_stand_in_aomori_and_apart() {
        for (index, row) in TABLE.iter().enumerate() {
            assert!((40.2..41.6).contains(&row.lat) && (139.8..141.7).contains(&row.lon), "{}", row.name);
            for other in &TABLE[index + 1..] {
                assert!(row.point().distance_m(other.point()) > 2_000.0, "{} {}", row.name, other.name);
            }
        }
        let near = |town: &str| by_name(town).unwrap().point().distance_m(Point { lat: 40.82, lon: 140.75 });
        assert!(near("青森市") < near("平内町") && near("平内町") < near("八戸市"));
    }

    proptest! {
        #[test]
        fn any_code_is_looked_up_without_harm(text in ".{0,12}") {
            for kind in CodeType::all() {
                let area = AreaCode::new(kind, &text);
                let _ = (municipalities_in(&area), name(&area), is_aomori(&area), by_name(&text), from_lg6(&text));
            }
        }
    }
}
