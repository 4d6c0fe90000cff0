//! Every family on telegrams of our own: what must come out, to the word.

use feeds::facts::{
    Arrival, Eew, Facts, InfoType, Intensity, Quake, River, Status, Telegram, Tsunami, WarningProduct, Warnings,
};
use feeds::parse::{check, limits, parse};
use kernel::{AreaCode, CodeType, Mode, Timestamp};

use crate::support::{folder, read, read_text, sample, snapshot};

fn town(code: &str) -> AreaCode {
    AreaCode::new(CodeType::JmaMunicipality, code)
}

fn at(text: &str) -> Option<Timestamp> {
    let parsed = Timestamp::parse(text).ok();
    assert!(parsed.is_some(), "{text}");
    parsed
}

fn warnings(telegram: Telegram) -> Warnings {
    let Facts::Warnings(warnings) = telegram.facts else { panic!("{:?}", telegram.facts) };
    warnings
}

fn quake(telegram: Telegram) -> Quake {
    let Facts::Quake(quake) = telegram.facts else { panic!("{:?}", telegram.facts) };
    quake
}

fn tsunami(telegram: Telegram) -> Tsunami {
    let Facts::Tsunami(tsunami) = telegram.facts else { panic!("{:?}", telegram.facts) };
    tsunami
}

#[test]
fn the_envelope_is_read_whole() {
    let telegram = read("vphw51");
    assert_eq!(telegram.kind, "VPHW51");
    assert_eq!(telegram.title, "竜巻注意情報（目撃情報付き）");
    assert_eq!(telegram.status, Status::Training);
    assert_eq!(telegram.mode(Mode::Live), Mode::Drill);
    assert_eq!(Some(telegram.sent_at), at("2025-12-08T23:20:10+09:00"));
    assert_eq!(Some(telegram.head.reported_at), at("2025-12-08T23:20:00+09:00"));
    assert_eq!(telegram.head.valid_until, at("2025-12-09T00:30:00+09:00"));
    assert_eq!(telegram.head.serial, "3");
    assert_eq!(telegram.head.event_id, "");
    assert_eq!(telegram.head.info_kind_version, "1.1_0");
    assert_eq!(telegram.head.headline, "見出し文。");
}

#[test]
fn a_live_telegram_of_a_drill_source_stays_a_drill() {
    let telegram = read_text(&sample("vxse53").replace("訓練", "通常"));
    assert_eq!(telegram.mode(Mode::Live), Mode::Live);
    assert_eq!(telegram.mode(Mode::Drill), Mode::Drill);
    let odd = read_text(&sample("vxse53").replace("訓練", "演習"));
    assert_eq!(odd.mode(Mode::Live), Mode::Drill);
    assert_eq!(odd.not_understood[0].path, "Control/Status");
}

#[test]
fn warnings_speak_of_municipalities_only() {
    let telegram = read("vpww56");
    let odd = &telegram.not_understood;
    assert_eq!((odd.len(), odd[0].path.as_str(), odd[0].value.as_str()), (1, "Body/Warning/Item/Kind/Code", "77"));
    let warnings = warnings(telegram);
    assert_eq!(warnings.product, WarningProduct::Landslide);
    assert_eq!(warnings.notices, ["県境の沢に注意。"]);
    let towns: Vec<_> = warnings.items.iter().map(|item| item.area.clone()).collect();
    assert_eq!(towns, [town("0220300"), town("0220100"), town("0220700"), town("0242300")]);
    let danger = &warnings.items[0].kinds[0];
    assert_eq!((danger.code.as_str(), danger.status.as_str(), danger.last_code.as_str()), ("49", "発表", "09"));
    assert_eq!(danger.until, at("2025-12-09T06:00:00+09:00"));
    assert_eq!(danger.details, ["９日２時から６時まで、警戒レベル４相当"]);
    assert!(warnings.items[1].kinds[0].is_lifted());
    assert_eq!(warnings.items[1].kinds[0].code, "29");
    assert!(warnings.items[2].kinds.is_empty());
    assert_eq!(warnings.items[3].kinds[0].name, "レベル６未知警報");
}

#[test]
fn a_coast_section_is_no_municipality() {
    let warnings = warnings(read("vpww57"));
    assert_eq!(warnings.items.len(), 1);
    assert_eq!(warnings.sections.len(), 1);
    assert_eq!(warnings.sections[0].area.kind, CodeType::Other);
    assert_eq!(warnings.sections[0].kinds[0].condition, "氾濫発生");
}

#[test]
fn described_values_keep_their_part_of_the_area() {
    let kind = &warnings(read("vpww58")).items[0].kinds[0];
    assert_eq!(kind.details, ["陸上　最大風速２５メートル", "海上　最大風速３０メートル"]);
    assert_eq!(kind.until, None);
}

#[test]
fn legacy_warnings_keep_condition_notes_and_notice() {
    let telegram = read("vpww54");
    assert_eq!(telegram.kind, "VPWW54");
    let warnings = warnings(telegram);
    assert_eq!(warnings.items.len(), 1);
    let kinds = &warnings.items[0].kinds;
    assert_eq!((kinds[0].code.as_str(), kinds[0].condition.as_str()), ("03", "土砂災害、浸水害"));
    assert_eq!(kinds[1].details, ["突風"]);
    assert_eq!(warnings.notices, ["［危険警報・氾濫特別警報の発表状況］なし"]);
}

#[test]
fn landslide_and_tornado_products_have_their_own_codes() {
    let telegram = read("vxww50");
    assert_eq!(telegram.head.event_id, "青森県土砂災害警戒情報");
    assert_eq!(telegram.head.title, "青森県レベル４土砂災害危険警報");
    assert!(telegram.not_understood.is_empty());
    let landslide = warnings(telegram);
    assert_eq!(landslide.items[0].kinds[0].code, "3");
    assert!(landslide.items[1].kinds[0].is_lifted());
    let tornado = warnings(read("vphw51"));
    assert_eq!(tornado.items.len(), 2);
    assert_eq!(tornado.items[0].area, town("0220300"));
    assert_eq!(tornado.items[0].kinds[0].until, at("2025-12-09T00:30:00+09:00"));
}

#[test]
fn a_nationwide_snapshot_is_read_in_one_go() {
    let xml = snapshot(58, 50);
    assert!(xml.len() > 2_000_000, "{}", xml.len());
    let telegram = read_text(&xml);
    assert_eq!(telegram.kind, "VPWS50");
    assert!(telegram.not_understood.is_empty(), "{:?}", telegram.not_understood);
    let warnings = warnings(telegram);
    assert_eq!(warnings.product, WarningProduct::Snapshot);
    assert_eq!(warnings.items.len(), 58 * 50);
    let pairs: usize = warnings.items.iter().map(|item| item.kinds.len()).sum();
    assert_eq!(pairs, 58 * (50 - 50 / 7) * 3);
}

#[test]
fn intensities_stay_in_their_code_types() {
    let quake = quake(read("vxse53"));
    assert_eq!(quake.max_intensity, Some(Intensity::SixUpper));
    let of = |kind, code| quake.intensities.iter().find(|entry| entry.area == AreaCode::new(kind, code)).unwrap();
    assert_eq!(of(CodeType::Prefecture, "02").intensity, Some(Intensity::SixUpper));
    assert_eq!(of(CodeType::SeismicArea, "202").intensity, Some(Intensity::SixUpper));
    assert_eq!(of(CodeType::SeismicStation, "0220399").intensity, Some(Intensity::FiveLower));
    let silent = of(CodeType::JmaMunicipality, "0244500");
    assert_eq!((silent.intensity, silent.not_arrived), (None, true));
    assert_eq!(quake.comment_codes, ["0211", "0241", "0262"]);
    assert_eq!(quake.comments.len(), 2);
    let hypocentre = quake.hypocentre.unwrap();
    assert_eq!(hypocentre.area, Some(AreaCode::new(CodeType::Epicentre, "285")));
    assert_eq!(hypocentre.depth_km, Some(50.0));
    assert_eq!(hypocentre.point.map(|point| (point.lat, point.lon)), Some((41.0, 142.3)));
}

#[test]
fn a_giant_magnitude_is_words_and_a_missing_depth_is_unknown() {
    let quake = quake(read("vxse52"));
    let magnitude = quake.magnitude.unwrap();
    assert_eq!((magnitude.value, magnitude.text.as_str()), (None, "Ｍ８を超える巨大地震"));
    assert_eq!(quake.hypocentre.unwrap().depth_km, None);
    assert_eq!(quake.comment_codes, ["0215"]);
}

#[test]
fn long_period_classes_stand_beside_intensities() {
    let quake = quake(read("vxse62"));
    assert_eq!(quake.max_long_period, Some(3));
    let station = quake.intensities.last().unwrap();
    assert_eq!(station.area, AreaCode::new(CodeType::SeismicStation, "0244200"));
    assert_eq!((station.intensity, station.long_period), (Some(Intensity::FiveLower), Some(3)));
}

#[test]
fn the_same_number_in_three_code_types_is_three_places() {
    let area = quake(read("vxse51")).intensities[2].area.clone();
    let zone = tsunami(read("vtse41")).zones[0].area.clone();
    let epicentre = read_text(&sample("vxse53").replace(">285<", ">201<"));
    let epicentre = quake(epicentre).hypocentre.unwrap().area.unwrap();
    for place in [&area, &zone, &epicentre] {
        assert_eq!(place.code(), "201");
    }
    assert!(area != zone && zone != epicentre && area != epicentre);
}

#[test]
fn a_withdrawal_is_only_its_text() {
    let telegram = read("vxse51_cancel");
    assert_eq!(telegram.head.info_type, InfoType::Cancel);
    assert_eq!(telegram.head.event_id, "20251208231519");
    assert_eq!(telegram.facts, Facts::Withdrawn { text: "先ほどの、震度速報を取り消します。".to_owned() });
}

#[test]
fn an_assumed_hypocentre_is_marked() {
    let Facts::Eew(Eew { warning, last_report, assumed_hypocentre, max_intensity, areas, .. }) = read("vxse45").facts
    else {
        panic!("not an early warning");
    };
    assert!(warning && last_report && assumed_hypocentre);
    assert_eq!(max_intensity, Some(Intensity::FiveUpper));
    assert_eq!((areas[0].from, areas[0].to, areas[0].over), (Some(Intensity::FiveUpper), None, true));
    assert!(areas[0].arrived && !areas[1].arrived);
    assert_eq!(areas[1].arrives_at, at("2025-12-08T23:15:40+09:00"));
}

#[test]
fn tsunami_heights_are_numbers_or_words() {
    let tsunami = tsunami(read("vtse41"));
    let heights: Vec<_> = tsunami
        .zones
        .iter()
        .map(|zone| {
            let height = zone.height.as_ref().unwrap();
            (zone.kind_code.as_str(), height.metres, height.text.as_str())
        })
        .collect();
    assert_eq!(heights, [("51", Some(3.0), "３ｍ"), ("53", None, "巨大"), ("71", Some(0.2), "０．２ｍ未満")]);
    assert_eq!(tsunami.zones[0].arrival.at, at("2025-12-08T23:40:00+09:00"));
    assert_eq!(tsunami.zones[1].arrival.conditions, ["ただちに津波来襲と予測"]);
    assert_eq!(tsunami.zones[2].arrival, Arrival::default());
    assert_eq!(tsunami.comment_codes, ["0149", "0121"]);
    assert_eq!(tsunami.quake_name, "青森県東方沖");
}

#[test]
fn observations_keep_both_words_and_unknown_stations() {
    let coast = tsunami(read("vtse51"));
    let gone = &coast.observations[0];
    assert_eq!(gone.station_code, "20101");
    assert_eq!(gone.height.as_ref().unwrap().conditions, ["重要", "欠測"]);
    assert_eq!(gone.first_wave.conditions, ["第１波識別不能"]);
    let rising = &coast.observations[1];
    assert!(rising.rising && !rising.offshore);
    assert_eq!((rising.polarity.as_str(), rising.height.as_ref().unwrap().metres), ("押し", Some(0.4)));
    assert_eq!(coast.zones[0].stations[0].high_tide_at, at("2025-12-09T04:10:00+09:00"));
    let sea = tsunami(read("vtse52"));
    assert_eq!(sea.observations[0].zone, None);
    assert!(sea.observations[0].offshore);
    assert_eq!(sea.estimates[0].max_at, at("2025-12-08T23:50:00+09:00"));
    assert_eq!(sea.estimates[0].kind_code, "");
}

#[test]
fn a_river_is_its_forecast_area_and_its_gauges() {
    let name = "20251208142010_0_VXKO53_020000.xml";
    let telegram = parse(sample("vxko").as_bytes(), Some(name)).unwrap();
    assert_eq!(telegram.kind, "VXKO53");
    let Facts::River(River { area, code, texts, inundation, stations, .. }) = telegram.facts else {
        panic!("not a river");
    };
    assert_eq!((area, code.as_str()), (AreaCode::new(CodeType::RiverForecast, "820207000100"), "40"));
    assert_eq!(texts.len(), 1);
    assert_eq!(inundation, [(town("0220500"), "五所川原市 元町 栄町".to_owned())]);
    assert_eq!(stations.len(), 1);
    let readings: Vec<_> =
        stations[0].readings.iter().map(|reading| (reading.metres, reading.level, reading.forecast)).collect();
    assert_eq!(readings, [(Some(5.12), Some(4), false), (None, None, true)]);
}

#[test]
fn advisories_are_text() {
    let Facts::MegaquakeAdvisory(advisory) = read("vyse60").facts else { panic!("not an advisory") };
    assert_eq!(advisory.info_kind, "北海道・三陸沖後発地震注意情報");
    assert!(advisory.text.starts_with("　８日２３時１５分頃"));
    assert_eq!(advisory.appendix, "試作の参考文。");
    let Facts::MegaquakeAdvisory(nankai) = read("vyse50").facts else { panic!("not an advisory") };
    assert_eq!((nankai.serial_name.as_str(), nankai.serial_code.as_str()), ("調査中", "111"));
}

#[test]
fn volcanoes_and_municipalities_are_told_apart() {
    let Facts::Volcano(volcano) = read("vfvo50").facts else { panic!("not a volcano") };
    let places: Vec<_> = volcano.volcanoes.iter().map(|item| (item.area.clone(), item.code.as_str())).collect();
    assert_eq!(places, [(AreaCode::new(CodeType::Volcano, "202"), "13"), (town("0220200"), "02")]);
    assert_eq!(volcano.volcanoes[0].last_code, "11");
    assert!(volcano.text.contains("火口周辺警報") && volcano.text.contains("２ｋｍ"));
    let Facts::Ash(ash) = read("vfvo53").facts else { panic!("not ash") };
    assert_eq!(ash.volcano_name, "岩木山");
    assert_eq!(ash.periods[0].areas, [("71".to_owned(), town("0220200"), "青森県弘前市".to_owned())]);
}

#[test]
fn a_bulletin_has_tag_areas_and_text() {
    let Facts::Bulletin(bulletin) = read("vpbs50").facts else { panic!("not a bulletin") };
    assert_eq!(bulletin.tag, "短時間大雪");
    assert_eq!(bulletin.areas, [(AreaCode::new(CodeType::Class10, "020020"), "下北".to_owned())]);
    assert_eq!(bulletin.text, "むつでは６時間に３５センチの降雪を観測しました。");
}

#[test]
fn an_unknown_type_is_kept_and_shown() {
    let telegram = parse(sample("unknown").as_bytes(), Some("20251208_0_VZZZ99_020000.xml")).unwrap();
    assert_eq!(telegram.kind, "VZZZ99");
    assert_eq!(telegram.facts, Facts::Archived);
    assert_eq!(
        (telegram.not_understood[0].path.as_str(), telegram.not_understood[0].value.as_str()),
        ("Control/Title", "月面警報")
    );
}

#[test]
fn a_reworded_title_is_read_by_the_type_in_its_name_and_shown() {
    let xml = sample("vxse53").replace("震源・震度に関する情報", "震源と震度の情報");
    let telegram = parse(xml.as_bytes(), Some("20251208142010_0_VXSE53_010000.xml")).unwrap();
    assert_eq!(telegram.not_understood[0].value, "震源と震度の情報");
    assert_eq!(quake(telegram).max_intensity, Some(Intensity::SixUpper));
    assert_eq!(read_text(&xml).facts, Facts::Archived);
}

#[test]
fn notes_are_bounded() {
    let area = "<Area><Name>市</Name><Code>0220100</Code></Area>";
    let item =
        |code| format!("<Item><Kind><Name>未知</Name><Code>{code}</Code><Status>発表</Status></Kind>{area}</Item>");
    let items = (100..900).map(item).collect::<Vec<_>>().concat();
    let xml = sample("vpww56").replace("</Warning>\n<Comment>", &format!("{items}</Warning>\n<Comment>"));
    let telegram = read_text(&xml);
    assert_eq!(telegram.not_understood.len(), limits::NOTES + 1);
    assert_eq!(warnings(telegram).items.len(), 804);
}

#[test]
fn a_folder_is_checked_file_by_file() {
    let mut out = Vec::new();
    let report = check(&folder(), &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 3, "{out}");
    assert!(lines[0].ends_with("unknown.xml: not understood: Control/Title = \"月面警報\""), "{out}");
    assert!(lines[1].contains("vpww56.xml: not understood: VPWW56 Body/Warning/Item/Kind/Code = \"77\""), "{out}");
    assert_eq!(
        lines[2],
        format!("{} understood, {} archived only, 0 refused", report.understood, report.archived_only)
    );
    assert_eq!((report.archived_only, report.refused), (2, 0));
}

#[test]
fn a_type_outside_the_mission_is_named_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.xml"), sample("unknown").replace("月面警報", "府県天気予報（Ｒ１）")).unwrap();
    let mut out = Vec::new();
    let report = check(folder.path(), &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    let line = "a.xml: not understood: known type outside this program's mission: VPFD51 府県天気予報（Ｒ１）\n";
    assert!(out.ends_with(&format!("{line}0 understood, 1 archived only, 0 refused\n")), "{out}");
    assert_eq!(report.archived_only, 1);
}

fn paths(telegram: &Telegram) -> Vec<(&str, &str)> {
    telegram.not_understood.iter().map(|note| (note.path.as_str(), note.value.as_str())).collect()
}

#[test]
fn a_quake_or_tsunami_without_its_event_is_not_understood() {
    let nameless = |name: &str| {
        let xml = sample(name);
        let (start, end) = (xml.find("<EventID>").unwrap(), xml.find("</EventID>").unwrap());
        read_text(&format!("{}<EventID>\n{}", &xml[..start], &xml[end..]))
    };
    let events = ["vxse51", "vxse51_cancel", "vxse52", "vxse53", "vxse62", "vxse45", "vtse41", "vtse51", "vtse52"];
    for name in events {
        assert_eq!(paths(&nameless(name)), [("Head/EventID", "")], "{name}");
    }
    let renewed = sample("vxse52").replace("震源に関する情報", "顕著な地震の震源要素更新のお知らせ");
    let renewed = read_text(&renewed.replace("<EventID>20251208231519</EventID>", "<EventID/>"));
    assert_eq!((renewed.kind.as_str(), paths(&renewed)), ("VXSE61", vec![("Head/EventID", "")]));
    for name in ["vyse60", "vyse50", "vpbs50", "vpww58"] {
        assert_eq!(paths(&nameless(name)), [], "{name}");
    }
}

#[test]
fn a_warned_place_of_aomori_that_is_in_no_table_is_not_understood() {
    let note = ("Body/Warning/Item/Area/Code", "0229900");
    let telegram = read_text(&sample("vpww58").replace("0220800", "0229900"));
    assert_eq!(paths(&telegram), [note]);
    assert_eq!(warnings(telegram).items[0].area, town("0229900"), "kept as printed");
    assert_eq!(
        paths(&read_text(&sample("vpww58").replace("0220800", "0399900"))),
        [],
        "other prefectures are not judged"
    );
    let split = read_text(&sample("vxww50").replace("0220300", "0220301"));
    assert_eq!(paths(&split), [], "a part of Hachinohe");
    assert_eq!(paths(&read_text(&sample("vxww50").replace("0220300", "0229900"))), [note]);
}

#[test]
fn a_shaken_or_threatened_part_of_aomori_that_is_in_no_table_is_not_understood() {
    let cases = [
        ("vxse51", ">201<", ">209<", "Body/Intensity/Observation/Pref/Area/Code", "209"),
        ("vxse53", ">0220300<", ">0229900<", "Body/Intensity/Observation/Pref/Area/City/Code", "0229900"),
        ("vxse45", ">202<", ">209<", "Body/Intensity/Forecast/Pref/Area/Code", "209"),
        ("vtse41", ">201<", ">209<", "Body/Tsunami/Forecast/Item/Area/Code", "209"),
    ];
    for (name, from, to, path, value) in cases {
        let xml = sample(name);
        assert!(xml.contains(from), "{name} {from}");
        assert_eq!(paths(&read_text(&xml.replace(from, to))), [(path, value)], "{name}");
    }
}
