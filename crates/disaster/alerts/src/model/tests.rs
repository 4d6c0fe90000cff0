//! Tables of cases and properties of the fold, on telegrams of our own making.

mod gaps;

use std::time::Duration;

use feeds::facts::{
    AreaIntensity, Arrival, Bulletin, Facts, Head, Hypocentre, InfoType, Intensity, Magnitude, MegaquakeAdvisory,
    NotUnderstood, Quake, Status, Telegram, Tsunami, TsunamiHeight, TsunamiZone, WarningItem, WarningKind,
    WarningProduct, Warnings,
};
use kernel::{AreaCode, CodeType, Mode, Point, Timestamp, areas};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

pub(crate) fn at(minute: i64) -> Timestamp {
    Timestamp::from_jst(2026, 11, 22, 12, 0, 0).unwrap().plus(Duration::from_hours(1)).plus(minutes(minute))
}

pub(crate) fn minutes(n: i64) -> Duration {
    Duration::from_mins(n.unsigned_abs())
}

pub(crate) fn telegram(kind: &str, minute: i64, event: &str, facts: Facts) -> Telegram {
    Telegram {
        kind: kind.into(),
        title: String::new(),
        sent_at: at(minute),
        status: Status::Normal,
        editorial_office: "気象庁本庁".into(),
        publishing_office: "青森地方気象台".into(),
        head: Head {
            title: "見出し".into(),
            reported_at: at(minute),
            target_at: None,
            valid_until: None,
            event_id: event.into(),
            info_type: InfoType::Issue,
            serial: String::new(),
            info_kind: String::new(),
            info_kind_version: String::new(),
            headline: String::new(),
        },
        facts,
        not_understood: Vec::<NotUnderstood>::new(),
    }
}

pub(crate) fn kind(code: &str, condition: &str) -> WarningKind {
    WarningKind {
        code: code.into(),
        name: format!("kind {code}"),
        status: "発表".into(),
        condition: condition.into(),
        last_code: String::new(),
        until: None,
        details: Vec::new(),
    }
}

pub(crate) fn warnings(product: WarningProduct, kinds: &[(&str, WarningKind)]) -> Facts {
    let items = areas::municipalities()
        .iter()
        .map(|m| WarningItem {
            area: AreaCode::new(CodeType::JmaMunicipality, &areas::jma7(m.jis5).unwrap()),
            area_name: m.name.into(),
            kinds: kinds.iter().filter(|(jis, _)| *jis == m.jis5).map(|(_, k)| k.clone()).collect(),
        })
        .collect();
    Facts::Warnings(Warnings { product, items, sections: Vec::new(), notices: Vec::new() })
}

pub(crate) fn landslide(minute: i64, code: &str) -> Telegram {
    telegram("VPWW56", minute, "", warnings(WarningProduct::Landslide, &[("02203", kind(code, ""))]))
}

fn legacy(minute: i64, code: &str, condition: &str) -> Telegram {
    telegram("VPWW53", minute, "", warnings(WarningProduct::Legacy, &[("02203", kind(code, condition))]))
}

fn slope_alert(minute: i64) -> Telegram {
    telegram(
        "VXWW50",
        minute,
        "青森県土砂災害警戒情報",
        warnings(WarningProduct::LegacyLandslide, &[("02203", kind("3", ""))]),
    )
}

pub(crate) fn intensity(code: CodeType, area: &str, value: Option<Intensity>) -> AreaIntensity {
    AreaIntensity {
        area: AreaCode::new(code, area),
        name: area.into(),
        intensity: value,
        not_arrived: value.is_none(),
        long_period: None,
    }
}

pub(crate) fn quake(kind: &str, minute: i64, event: &str, intensities: Vec<AreaIntensity>) -> Telegram {
    let facts = Facts::Quake(Quake {
        origin_at: Some(at(0)),
        arrived_at: Some(at(0)),
        hypocentre: Some(Hypocentre {
            name: "青森県東方沖".into(),
            area: Some(AreaCode::new(CodeType::Epicentre, "285")),
            point: Some(Point { lat: 41.0, lon: 142.3 }),
            depth_km: Some(50.0),
            text: String::new(),
            detail: String::new(),
        }),
        magnitude: Some(Magnitude { value: Some(7.5), text: "Ｍ７．５".into() }),
        max_intensity: Some(Intensity::SixUpper),
        max_long_period: None,
        intensities,
        comment_codes: vec!["0211".into()],
        comments: Vec::new(),
    });
    telegram(kind, minute, event, facts)
}

pub(crate) fn coast(minute: i64, zone: &str, code: &str) -> Telegram {
    let facts = Facts::Tsunami(Tsunami {
        zones: vec![TsunamiZone {
            area: AreaCode::new(CodeType::TsunamiZone, zone),
            name: zone.into(),
            kind_code: code.into(),
            kind_name: String::new(),
            last_kind_code: "00".into(),
            arrival: Arrival::default(),
            height: Some(TsunamiHeight { metres: None, text: "巨大".into(), conditions: Vec::new() }),
            max_at: None,
            stations: Vec::new(),
        }],
        observations: Vec::new(),
        estimates: Vec::new(),
        origin_at: None,
        other_quakes: Vec::new(),
        quake_name: String::new(),
        hypocentre: None,
        magnitude: None,
        comment_codes: Vec::new(),
        comments: Vec::new(),
    });
    telegram("VTSE41", minute, "20251208231519", facts)
}

fn cancelled(mut original: Telegram, minute: i64) -> Telegram {
    original.head.info_type = InfoType::Cancel;
    original.head.reported_at = at(minute);
    original.sent_at = at(minute);
    original.facts = Facts::Withdrawn { text: "取り消します".into() };
    original
}

/// Folds telegrams in order; gives the state and everything told.
pub(crate) fn run(mode: Mode, telegrams: &[Telegram]) -> (State, Vec<Change>) {
    let mut state = State::empty(mode);
    let mut told = Vec::new();
    for (n, telegram) in telegrams.iter().enumerate() {
        let id = Uuid::from_u128(n as u128);
        let fold = fold(&state, Incoming { id, source: "test", telegram }, at(600));
        apply(&mut state, &fold.changes);
        told.extend(fold.changes);
    }
    (state, told)
}

pub(crate) fn live(telegrams: &[Telegram]) -> State {
    run(Mode::Live, telegrams).0
}

pub(super) fn raised(changes: &[Change], kind: &str) -> usize {
    changes.iter().filter(|c| matches!(c, Change::News(n) if n.kind == kind)).count()
}

fn level(state: &State, hazard: Hazard, jis: &str) -> Option<u8> {
    state.hazards.get(&(hazard, AreaCode::municipality(jis))).and_then(|h| h.derived.level)
}

/// What is in force, without the memory of how it came to be.
pub(super) fn in_force(state: &State) -> Vec<(Hazard, AreaCode, String, u8)> {
    let of = |h: &HazardState| (h.hazard, h.area.clone(), h.derived.code.clone(), h.derived.rank);
    state.hazards.values().map(of).collect()
}

#[test]
fn codes_of_the_scheme_of_2026() {
    let cases = [
        ("10", Hazard::HeavyRain, Some(2), 2),
        ("43", Hazard::HeavyRain, Some(4), 4),
        ("39", Hazard::Landslide, Some(5), 5),
        ("49", Hazard::Landslide, Some(4), 4),
        ("08", Hazard::StormSurge, Some(3), 3),
        ("02", Hazard::Snowstorm, None, 3),
        ("35", Hazard::Storm, None, 5),
        ("14", Hazard::Thunder, None, 2),
    ];
    for (code, hazard, level, rank) in cases {
        let found = kind_of(code).unwrap();
        assert_eq!((found.hazard, found.level, found.rank), (hazard, level, rank), "{code}");
    }
    assert_eq!(kind_of("99"), None);
    assert_eq!(kind_of(""), None);
}

#[test]
fn one_landslide_in_three_types_is_one_state_and_one_raise() {
    // T4: VPWW53, VXWW50 and VPWW56 of the same event, in each order.
    let three = [legacy(1, "03", "土砂災害"), slope_alert(1), landslide(1, "49")];
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1], [0, 2, 1], [1, 2, 0]] {
        let telegrams: Vec<Telegram> = order.iter().map(|n| three[*n].clone()).collect();
        let (state, told) = run(Mode::Live, &telegrams);
        assert_eq!(level(&state, Hazard::Landslide, "02203"), Some(4), "{order:?}");
        assert_eq!(state.hazards.len(), 1, "{order:?}: {:?}", in_force(&state));
        let to_four =
            told.iter().filter(|c| matches!(c, Change::News(n) if n.kind == "alerts.raised" && n.body["level"] == 4));
        assert_eq!(to_four.count(), 1, "{order:?}");
        assert_eq!(raised(&told, "alerts.lowered"), 0, "{order:?}");
    }
}

#[test]
fn the_old_type_never_lowers_a_danger_warning() {
    let state = live(&[landslide(0, "49"), legacy(60, "03", "土砂災害、浸水害")]);
    assert_eq!(level(&state, Hazard::Landslide, "02203"), Some(4));
    // Even when the R06 statement is older than a day.
    let state = live(&[landslide(0, "49"), legacy(2000, "03", "土砂災害")]);
    assert_eq!(level(&state, Hazard::Landslide, "02203"), Some(4));
    // The old type alone is enough when nothing of the new scheme is known, and it ends what it began.
    let state = live(&[legacy(0, "03", "土砂災害")]);
    assert_eq!(level(&state, Hazard::Landslide, "02203"), Some(3));
    assert!(live(&[legacy(0, "03", "土砂災害"), legacy(1, "00", "")]).hazards.is_empty());
}

#[test]
fn a_repeat_is_not_news() {
    let (_, told) = run(Mode::Live, &[legacy(0, "03", "浸水害"), legacy(56, "03", "浸水害")]);
    assert_eq!(raised(&told, "alerts.raised"), 1);
    assert_eq!(told.iter().filter(|c| matches!(c, Change::Set(_) | Change::News(_) | Change::Line(_))).count(), 3);
}

#[test]
fn a_telegram_replaces_the_whole_statement_of_its_product() {
    let rain = |minute, kinds: &[(&str, WarningKind)]| {
        telegram("VPWW55", minute, "", warnings(WarningProduct::HeavyRain, kinds))
    };
    let state = live(&[
        rain(0, &[("02203", kind("03", "")), ("02201", kind("10", ""))]),
        rain(5, &[("02201", kind("43", ""))]),
    ]);
    assert_eq!(level(&state, Hazard::HeavyRain, "02203"), None);
    assert_eq!(level(&state, Hazard::HeavyRain, "02201"), Some(4));
}

#[test]
fn older_telegrams_and_late_originals_of_withdrawn_ones_change_nothing() {
    let state = live(&[landslide(10, "49"), landslide(5, "09")]);
    assert_eq!(level(&state, Hazard::Landslide, "02203"), Some(4));
    // 取消 arrives before 発表.
    let warned = coast(0, "201", "52");
    let state = live(&[cancelled(warned.clone(), 3), warned]);
    assert!(state.hazards.is_empty());
}

#[test]
fn withdrawing_is_not_lifting() {
    let (state, told) = run(Mode::Live, &[coast(0, "201", "51"), cancelled(coast(0, "201", "51"), 3)]);
    assert!(state.hazards.is_empty() && sea(&state).is_none());
    assert!(told.iter().any(|c| matches!(c, Change::News(n) if n.body["change"] == "withdrawn")));
    let (state, told) = run(Mode::Live, &[coast(0, "201", "51"), coast(60, "201", "50")]);
    assert!(state.hazards.is_empty());
    assert_eq!(sea(&state).unwrap().zones[0].kind_code, "50");
    assert!(told.iter().any(|c| matches!(c, Change::News(n) if n.body["change"] == "lifted")));
}

#[test]
fn the_number_201_is_three_different_things() {
    // T7: seismic area, epicentre and tsunami zone.
    let area = vec![intensity(CodeType::SeismicArea, "201", Some(Intensity::FiveLower))];
    let state = live(&[quake("VXSE51", 0, "20251208231519", area), coast(1, "201", "51")]);
    let found = quakes(&state);
    assert!(found[0].at("02202").is_some(), "seismic area 201 is inland: 弘前市 and its neighbours");
    assert!(found[0].at("02203").is_none());
    let zone = AreaCode::new(CodeType::TsunamiZone, "201");
    assert!(state.hazards.contains_key(&(Hazard::Tsunami, zone.clone())));
    let coast: Vec<&str> = municipalities_of(&zone);
    assert!(coast.contains(&"02203") && !coast.contains(&"02202"));
}

#[test]
fn a_quake_grows_from_area_to_place() {
    let quick = quake("VXSE51", 0, "E", vec![intensity(CodeType::SeismicArea, "202", Some(Intensity::SixUpper))]);
    let full = quake(
        "VXSE53",
        5,
        "E",
        vec![
            intensity(CodeType::SeismicArea, "202", Some(Intensity::SixUpper)),
            intensity(CodeType::JmaMunicipality, "0220300", Some(Intensity::SixUpper)),
            intensity(CodeType::JmaMunicipality, "0244500", None),
            intensity(CodeType::JmaMunicipality, "0320100", Some(Intensity::Four)),
        ],
    );
    let early = quakes(&live(std::slice::from_ref(&quick)));
    assert!(early[0].at("02203").unwrap().by_area);
    for order in [[quick.clone(), full.clone()], [full, quick]] {
        let view = &quakes(&live(&order))[0];
        assert_eq!(view.at("02203").unwrap().intensity, Some(Intensity::SixUpper));
        assert!(!view.at("02203").unwrap().by_area);
        let missing = view.at("02445").unwrap();
        assert!(missing.pending && missing.intensity.is_none());
        assert_eq!(missing.strength(), Some(Intensity::FiveLower), "possibly severe, never nothing");
        assert!(view.at("02207").is_none());
        assert_eq!(view.prefecture_max(), Some(Intensity::SixUpper));
    }
}

#[test]
fn a_cancelled_quake_stays_as_cancelled() {
    let first = quake("VXSE53", 0, "E", vec![intensity(CodeType::JmaMunicipality, "0220300", Some(Intensity::Three))]);
    let (state, told) = run(Mode::Live, &[first.clone(), cancelled(first, 4)]);
    let view = &quakes(&state)[0];
    assert!(view.cancelled && view.municipalities.is_empty());
    assert_eq!(raised(&told, "alerts.withdrawn"), 1);
}

#[test]
fn a_magnitude_without_a_number_is_great() {
    let mut giant = quake("VXSE53", 0, "E", Vec::new());
    if let Facts::Quake(q) = &mut giant.facts {
        q.magnitude = Some(Magnitude { value: None, text: "Ｍ８を超える巨大地震".into() });
    }
    let view = &quakes(&live(&[giant]))[0];
    assert!(view.is_great() && view.concerns_aomori());
}

#[test]
fn the_advisory_ends_by_our_clock_alone() {
    // T9: 168 hours from the report, a closing message, no telegram of the end.
    let told = MegaquakeAdvisory {
        info_kind: String::new(),
        serial_name: String::new(),
        serial_code: String::new(),
        text: "本日１３時００分頃に地震".into(),
        appendix: String::new(),
        next_advisory: String::new(),
    };
    let mut report = telegram("VYSE60", 60, "20261122140000", Facts::MegaquakeAdvisory(told));
    report.publishing_office = "気象庁".into();
    let strong = quake("VXSE53", 5, "E", Vec::new());
    let (mut state, _) = run(Mode::Live, &[strong, report]);
    let end = at(60).plus(Duration::from_hours(ADVISORY_HOURS));
    let before = end.minus(minutes(1));
    let view = advisory(&state, before).unwrap();
    assert!(!view.closed && view.until == end);
    assert_eq!(view.quake.as_deref(), Some("E"), "linked by the time in the text");
    assert_eq!(view.municipalities.len(), 40, "all of them until staff enter the designated list");
    assert!(settle(&state, before).is_empty());
    let ending = settle(&state, end);
    assert_eq!(raised(&ending, "alerts.advisory"), 1);
    apply(&mut state, &ending);
    assert!(advisory(&state, end).unwrap().closed);
    assert_eq!(settle(&state, end), Vec::new(), "told once");
    assert_eq!(advisory(&state, end.plus(Duration::from_hours(24))), None);
}

#[test]
fn a_tornado_advisory_ends_by_itself_and_a_warning_never_does() {
    let twister = telegram("VPHW50", 590, "", warnings(WarningProduct::Tornado, &[("02203", kind("1", ""))]));
    let (mut state, _) = run(Mode::Live, &[twister, landslide(0, "49")]);
    assert_eq!(state.hazards.len(), 2);
    let changes = settle(&state, at(651));
    apply(&mut state, &changes);
    assert_eq!(in_force(&state).len(), 1);
    assert!(settle(&state, at(1_000_000)).is_empty(), "a warning stays until it is lifted");
}

#[test]
fn a_drill_runs_on_the_clock_of_its_arrival() {
    let twister = telegram("VPHW50", 0, "", warnings(WarningProduct::Tornado, &[("02203", kind("1", ""))]));
    // Folded ten hours after its report: over in reality, just beginning in a replay.
    assert!(run(Mode::Live, std::slice::from_ref(&twister)).0.hazards.is_empty());
    let (state, _) = run(Mode::Drill, &[twister]);
    assert_eq!(state.hazards.len(), 1);
    assert!(!settle(&state, at(661)).is_empty());
}

#[test]
fn everything_told_in_a_drill_begins_with_its_mark() {
    let (_, told) = run(Mode::Drill, &[landslide(0, "49"), coast(0, "201", "52"), quake("VXSE53", 0, "E", Vec::new())]);
    let titles = told.iter().filter_map(|c| match c {
        Change::News(n) => n.body.get("title"),
        _ => None,
    });
    let titles: Vec<_> = titles.collect();
    assert_eq!(titles.len(), 3);
    for title in titles {
        for language in ["ja", "easy", "en"] {
            assert!(title[language].as_str().unwrap().starts_with("【訓練】"), "{title}");
        }
    }
}

#[test]
fn a_snapshot_says_the_same_as_its_parts() {
    // T10
    let rain = telegram(
        "VPWW55",
        0,
        "",
        warnings(WarningProduct::HeavyRain, &[("02203", kind("43", "")), ("02201", kind("10", ""))]),
    );
    let other = telegram("VPWW61", 1, "", warnings(WarningProduct::Other, &[("02203", kind("14", ""))]));
    let all = warnings(
        WarningProduct::Snapshot,
        &[("02203", kind("43", "")), ("02201", kind("10", "")), ("02203", kind("49", "")), ("02203", kind("14", ""))],
    );
    let parts = live(&[rain.clone(), landslide(0, "49"), other.clone()]);
    let snapshot = telegram("VPWS50", 9, "", all);
    assert_eq!(in_force(&live(std::slice::from_ref(&snapshot))), in_force(&parts));
    // After parts it changes nothing; what it does not name any more is lifted; newer parts stay.
    let (_, told) = run(Mode::Live, &[rain.clone(), landslide(0, "49"), other.clone(), snapshot.clone()]);
    assert_eq!(raised(&told, "alerts.raised"), 4);
    assert_eq!(raised(&told, "alerts.lifted"), 0);
    let empty = telegram("VPWS50", 20, "", warnings(WarningProduct::Snapshot, &[]));
    let state = live(&[rain, landslide(30, "49"), other, empty]);
    assert_eq!(in_force(&state).len(), 1);
}

#[test]
fn a_slight_change_of_the_sea_ends_by_itself() {
    let (mut state, _) = run(Mode::Live, &[coast(0, "201", "71"), coast(1, "202", "51")]);
    assert_eq!(state.hazards.len(), 1, "a telegram states the whole coast");
    state = live(&[coast(0, "201", "71")]);
    assert_eq!(state.hazards.len(), 1);
    let changes = settle(&state, at(24 * 60));
    apply(&mut state, &changes);
    assert!(state.hazards.is_empty());
    assert!(settle(&live(&[coast(0, "201", "51")]), at(30 * 24 * 60)).is_empty(), "a warning does not");
}

#[test]
fn an_unknown_code_is_shown_by_its_own_name() {
    let mut strange = kind("77", "");
    strange.name = "レベル４豪雪危険警報".into();
    let state = live(&[telegram("VPWW61", 0, "", warnings(WarningProduct::Other, &[("02203", strange)]))]);
    let held = state.hazards.get(&(Hazard::Other, AreaCode::municipality("02203"))).unwrap();
    assert_eq!(held.derived.rank, 4);
    assert_eq!(crate::wording::state_name(held).ja, "レベル４豪雪危険警報");
}

#[test]
fn other_prefectures_and_forecasts_are_not_ours() {
    let elsewhere = Facts::Warnings(Warnings {
        product: WarningProduct::Landslide,
        items: vec![WarningItem {
            area: AreaCode::new(CodeType::JmaMunicipality, "1510000"),
            area_name: "新潟市".into(),
            kinds: vec![kind("49", "")],
        }],
        sections: Vec::new(),
        notices: Vec::new(),
    });
    let mut niigata = telegram("VPWW56", 0, "", elsewhere);
    niigata.publishing_office = "新潟地方気象台".into();
    let bulletin = Facts::Bulletin(Bulletin { tag: String::new(), areas: Vec::new(), text: "沖縄".into() });
    let mut okinawa = telegram("VPFJ51", 0, "", bulletin);
    okinawa.publishing_office = "沖縄気象台".into();
    for foreign in [niigata, okinawa, telegram("VZZZ00", 0, "", Facts::Archived)] {
        let fold =
            fold(&State::empty(Mode::Live), Incoming { id: Uuid::nil(), source: "test", telegram: &foreign }, at(0));
        assert_eq!((fold.disposition, fold.changes.len()), (Disposition::NotOurs, 0));
    }
}

fn any_telegram() -> impl Strategy<Value = Telegram> {
    let codes = prop::sample::select(vec!["09", "29", "49", "39", "00", "77"]);
    let coasts = prop::sample::select(vec!["50", "51", "52", "53", "60", "62", "71", "00"]);
    let zones = prop::sample::select(vec!["200", "201", "202"]);
    let value = prop::option::of(prop::sample::select(vec![Intensity::One, Intensity::Four, Intensity::SixUpper]));
    let types = prop::sample::select(vec!["VXSE51", "VXSE53"]);
    prop_oneof![
        (0..9_i64, codes.clone()).prop_map(|(m, c)| landslide(m, c)),
        (0..9_i64, codes).prop_map(|(m, c)| legacy(m, if c == "49" { "03" } else { c }, "土砂災害")),
        (0..9_i64).prop_map(slope_alert),
        (0..9_i64, zones, coasts).prop_map(|(m, z, c)| coast(m, z, c)),
        (0..9_i64, types, value).prop_map(|(m, t, v)| {
            quake(
                t,
                m,
                "E",
                vec![intensity(CodeType::JmaMunicipality, "0220300", v), intensity(CodeType::SeismicArea, "202", v)],
            )
        }),
        (0..9_i64).prop_map(|m| cancelled(coast(m, "201", "51"), m)),
    ]
}

/// Telegrams of one product and minute are one telegram in the world; keep the first of each.
fn distinct(telegrams: Vec<Telegram>) -> Vec<Telegram> {
    let mut kept: Vec<Telegram> = Vec::new();
    for telegram in telegrams {
        if !kept.iter().any(|k| k.kind == telegram.kind && k.sent_at == telegram.sent_at) {
            kept.push(telegram);
        }
    }
    kept
}

proptest! {
    #[test]
    fn order_of_arrival_does_not_matter(
        telegrams in prop::collection::vec(any_telegram(), 1..12).prop_map(distinct),
        seed in any::<u64>(),
    ) {
        let mut shuffled: Vec<Telegram> = telegrams.clone();
        let n = shuffled.len();
        for i in (1..n).rev() {
            let j = usize::try_from(seed.rotate_left(u32::try_from(i).unwrap_or(0)) % (i as u64 + 1)).unwrap_or(0);
            shuffled.swap(i, j);
        }
        let (a, b) = (live(&telegrams), live(&shuffled));
        prop_assert_eq!(in_force(&a), in_force(&b));
        prop_assert_eq!(quakes(&a).len(), quakes(&b).len());
        prop_assert_eq!(sea(&a).map(|s| s.zones), sea(&b).map(|s| s.zones));
        let held = |s: &State| s.statements.iter().map(|(k, s)| (k.clone(), s.stamp.clone())).collect::<Vec<_>>();
        prop_assert_eq!(held(&a), held(&b));
    }

    #[test]
    fn a_telegram_twice_is_a_telegram_once(telegrams in prop::collection::vec(any_telegram(), 1..8)) {
        let mut state = live(&telegrams);
        for telegram in &telegrams {
            let fold = fold(&state, Incoming { id: Uuid::nil(), source: "again", telegram }, at(601));
            prop_assert!(fold.disposition != Disposition::Applied);
            prop_assert!(fold.changes.is_empty());
            apply(&mut state, &fold.changes);
        }
    }

    #[test]
    fn state_in_memory_is_what_the_statements_say(telegrams in prop::collection::vec(any_telegram(), 1..12)) {
        // Nothing remains to be settled after any telegram: rows and statements agree.
        prop_assert_eq!(settle(&live(&telegrams), at(600)), Vec::new());
    }
}
