//! The documents of a scenario of our own making: what leads, what is marked, what time has overtaken.

use feeds::facts::{
    Arrival, Bulletin, Facts, Intensity, MegaquakeAdvisory, River, Telegram, TsunamiHeight, TsunamiObservation,
    WarningProduct,
};
use kernel::{AreaCode, CodeType, Id, Mode, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use super::{TimelineEntry, View, document_name, drafts};
use crate::model::tests::{at, coast, intensity, kind, landslide, minutes, quake, run, telegram, warnings};
use crate::model::{Change, State};
use crate::orders::{Content, Order, Restated, approve, propose};

/// A document as it would go out.
fn document(state: &State, orders: &[Order], timeline: &[TimelineEntry], name: &str, now: Timestamp) -> Value {
    let view = View { state, orders, timeline, known_since: at(0), now };
    let name = document_name(state.mode, name);
    drafts(view).into_iter().find(|d| d.name == name).unwrap().body(now)
}

fn page(state: &State, name: &str) -> Value {
    document(state, &[], &[], name, at(600))
}

fn shaken(jis7: &str, value: Intensity, codes: &[&str]) -> Telegram {
    let mut told = quake("VXSE53", 590, "E", vec![intensity(CodeType::JmaMunicipality, jis7, Some(value))]);
    if let Facts::Quake(q) = &mut told.facts {
        (q.origin_at, q.arrived_at) = (Some(at(588)), Some(at(588)));
        q.comment_codes = codes.iter().map(|c| (*c).to_owned()).collect();
        q.comments = vec!["津波警報等（大津波警報・津波警報あるいは津波注意報）を発表中です。\nこの地震について、緊急地震速報を発表しています。".into()];
    }
    told
}

#[test]
fn what_is_said_of_the_shore_follows_the_sea() {
    let action = |telegrams: &[Telegram], jis: &str| {
        let page = page(&run(Mode::Live, telegrams).0, &format!("alerts/{jis}"));
        page["quake"]["action"]["ja"].as_str().unwrap().to_owned()
    };
    let (strong, weak) = (Intensity::SixUpper, Intensity::Two);
    let (flee, leave) = ("すぐに高い所へ避難", "海岸から離れて");
    for codes in [&["0217"][..], &["0229"], &[], &["0211"], &["0217", "0215"]] {
        let words = action(&[shaken("0220300", strong, codes)], "02203");
        assert!(words.contains("すぐに海岸から離れて") && !words.contains(flee), "{codes:?} {words}");
    }
    for code in ["0215", "0230"] {
        for value in [strong, weak] {
            assert!(!action(&[shaken("0220300", value, &[code])], "02203").contains('海'), "{code}");
        }
        // A warning in force is stronger than a comment.
        assert!(action(&[shaken("0220300", strong, &[code]), coast(589, "201", "51")], "02203").contains(flee));
    }
    assert!(action(&[shaken("0220300", weak, &["0217"])], "02203").contains(leave));
    // 弘前市 has no coast.
    assert!(!action(&[shaken("0220200", strong, &["0217"]), coast(589, "201", "53")], "02202").contains('海'));
}

#[test]
fn the_newest_word_about_the_sea_counts() {
    let mut quick = shaken("0220300", Intensity::Four, &["0217"]);
    quick.kind = "VXSE51".into();
    quick.head.reported_at = at(589);
    let full = shaken("0220300", Intensity::Four, &["0215"]);
    for order in [[quick.clone(), full.clone()], [full, quick]] {
        let quakes = page(&run(Mode::Live, &order).0, "quakes/latest");
        assert_eq!(quakes["quakes"][0]["tsunami"]["en"], "This earthquake poses no tsunami risk.");
    }
}

#[test]
fn a_quake_does_not_go_on_saying_that_warnings_stand() {
    let tsunami = |telegrams: &[Telegram]| {
        let entry = page(&run(Mode::Live, telegrams).0, "quakes/latest")["quakes"][0].clone();
        (entry["tsunami"]["ja"].as_str().unwrap().to_owned(), entry["comments"].to_string())
    };
    let felt = shaken("0220300", Intensity::SixUpper, &["0211"]);
    for telegrams in
        [vec![felt.clone()], vec![felt.clone(), coast(591, "201", "51")], vec![felt.clone(), coast(30, "201", "50")]]
    {
        let (words, comments) = tsunami(&telegrams);
        assert!(words.contains("発表中") && comments.contains("発表中"), "{words}");
    }
    let (words, comments) = tsunami(&[felt, coast(591, "201", "51"), coast(598, "201", "50")]);
    assert!(words.contains("解除されました") && !words.contains("発表中"), "{words}");
    assert!(!comments.contains("発表中") && comments.contains("緊急地震速報"), "{comments}");
}

#[test]
fn a_date_far_ahead_does_not_win_for_ever() {
    let years = 60 * 24 * 365 * 70;
    let level = |state: &State| page(state, "alerts/02203")["level"].as_u64();
    for mode in [Mode::Live, Mode::Drill] {
        // Folded at minute 600; the first is dated decades later.
        let slip = landslide(years, "49");
        let shake = quake("VXSE53", 601, "E", Vec::new());
        let (state, told) = run(mode, &[shake.clone(), slip.clone()]);
        assert_eq!(level(&state), Some(4));
        if mode == Mode::Live {
            let times = told.iter().filter_map(|c| match c {
                Change::Line(line) => Some(line.at),
                Change::News(news) => Some(news.at),
                _ => None,
            });
            assert!(times.into_iter().all(|t| t <= at(601)), "nothing is told to happen in that year");
        }
        let (state, _) = run(mode, &[shake, slip, landslide(605, "09")]);
        assert_eq!(level(&state), Some(3), "{mode}");
    }
    // What is merely later stays the newest word, whatever comes after it.
    let (state, _) = run(Mode::Drill, &[landslide(60 * 24 * 3, "49"), landslide(0, "09")]);
    let newest = state.get("landslide", "020000").unwrap().stamp.reported_at;
    assert_eq!(newest, at(0), "three days ahead of the rest and of the clock");
    let (state, _) = run(Mode::Drill, &[landslide(599, "49"), landslide(10, "09")]);
    assert_eq!(state.get("landslide", "020000").unwrap().stamp.reported_at, at(599));
}

/// A quake, the sea with everything a telegram can say of it, warnings, a river, the advisory and a text for people.
fn a_drill() -> Vec<Telegram> {
    let mut sea = coast(2, "201", "52");
    let mut seen = coast(3, "201", "52");
    seen.kind = "VTSE51".into();
    for told in [&mut sea, &mut seen] {
        let Facts::Tsunami(t) = &mut told.facts else { unreachable!("a telegram of the sea") };
        t.comments = vec!["ただちに避難してください。".into()];
        t.zones[0].arrival = Arrival { at: None, conditions: vec!["ただちに津波来襲と予測".into()] };
    }
    if let Facts::Tsunami(t) = &mut seen.facts {
        t.observations = vec![TsunamiObservation {
            zone: Some(AreaCode::new(CodeType::TsunamiZone, "201")),
            station_code: "20102".into(),
            station_name: "八戸港".into(),
            offshore: false,
            first_wave: Arrival { at: Some(at(2)), conditions: Vec::new() },
            polarity: "押し".into(),
            max_at: None,
            height: Some(TsunamiHeight { metres: None, text: String::new(), conditions: vec!["観測中".into()] }),
            rising: true,
        }];
        t.estimates = t.zones.clone();
    }
    let mut felt = shaken("0220300", Intensity::SixUpper, &["0211"]);
    (felt.head.reported_at, felt.sent_at) = (at(1), at(1));
    let advisory = Facts::MegaquakeAdvisory(MegaquakeAdvisory {
        info_kind: String::new(),
        serial_name: String::new(),
        serial_code: String::new(),
        text: "本日１４時００分頃に地震が発生しました。".into(),
        appendix: String::new(),
        next_advisory: String::new(),
    });
    let mut rain = kind("43", "");
    rain.details = vec!["あすにかけて大雨となるでしょう。".into()];
    let river = Facts::River(River {
        area: AreaCode::new(CodeType::RiverForecast, "820205000102"),
        name: "馬淵川下流".into(),
        code: "41".into(),
        kind_name: "氾濫危険情報".into(),
        condition: String::new(),
        texts: vec!["氾濫するおそれがあります。".into()],
        inundation: vec![(AreaCode::new(CodeType::Municipality, "02203"), "櫛引".into())],
        stations: Vec::new(),
    });
    let bulletin = Facts::Bulletin(Bulletin {
        tag: "線状降水帯発生".into(),
        areas: Vec::new(),
        text: "雨が続いています。".into(),
    });
    vec![
        felt,
        sea,
        seen,
        landslide(4, "39"),
        telegram("VPWW55", 5, "", warnings(WarningProduct::HeavyRain, &[("02203", rain)])),
        telegram("VXKO50", 6, "820205000102", river),
        telegram("VYSE60", 7, "20261122140000", advisory),
        telegram("VPBS50", 8, "B_1", bulletin),
    ]
}

fn drill_order() -> Order {
    let content = Content {
        mode: Mode::Drill,
        municipality: "02203".into(),
        level: 5,
        districts: vec!["市川地区".into()],
        reason: "津波が来ています。".into(),
        shelters_note: Some("高台の学校を開けています。".into()),
    };
    let restated = Restated { mode: Mode::Drill, municipality: "02203".into(), level: 5 };
    let proposed = propose(Id::from_uuid(Uuid::from_u128(1)), content, "staff:a", at(600)).unwrap();
    approve(&proposed, "staff:b", &restated, at(600)).unwrap()
}

fn lines(told: &[Change]) -> Vec<TimelineEntry> {
    let of = |c: &Change| match c {
        Change::Line(line) => Some(TimelineEntry::of(line, Uuid::nil(), at(600))),
        _ => None,
    };
    told.iter().filter_map(of).collect()
}

/// Times, codes and words of a closed list.
const NO_WORDS: &[&str] = &[
    "as_of",
    "known_since",
    "last_report",
    "since",
    "until",
    "at",
    "reported_at",
    "updated_at",
    "issued_at",
    "corrected_at",
    "ended_at",
    "origin_at",
    "arrived_at",
    "recorded_at",
    "first_wave_at",
    "max_at",
    "forecast_at",
    "mode",
    "code",
    "id",
    "telegram",
    "type",
    "serial",
    "hazard",
    "grade",
    "kind",
    "status",
    "zone",
    "municipality",
    "municipalities",
    "areas",
    "sources",
    "intensity",
    "max_intensity",
    "prefecture_max",
    "polarity",
    "tag",
    "conditions",
];
/// Names of places, stations, rivers and offices.
const NAMES: &[&str] = &["name", "kana", "romaji", "river", "office", "districts", "station", "municipality_name"];
/// The same field name stands for a sentence elsewhere: only these are values. Each has words for people beside it.
const VALUES: &[&str] =
    &["height.text", "magnitude.text", "quake.magnitude", "quake.epicentre", "advisory.quake", "/tsunami.quake"];

/// Every string of a document that is neither exempt nor marked, and how many are marked.
fn unmarked(value: &Value, parent: &str, field: &str, bad: &mut Vec<String>, marked: &mut usize) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                unmarked(inner, field, name, bad, marked);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| unmarked(item, parent, field, bad, marked)),
        Value::String(words) if words.starts_with(Mode::DRILL_MARK) => *marked += 1,
        Value::String(words) => {
            let value = VALUES.contains(&format!("{parent}.{field}").as_str());
            if !words.is_empty() && !value && !NO_WORDS.contains(&field) && !NAMES.contains(&field) {
                bad.push(format!("{parent}.{field}: {words}"));
            }
        }
        _ => {}
    }
}

#[test]
fn every_sentence_of_a_drill_begins_with_its_mark() {
    let (state, told) = run(Mode::Drill, &a_drill());
    let (orders, timeline) = ([drill_order()], lines(&told));
    let now = at(600).plus(minutes(1));
    let view = View { state: &state, orders: &orders, timeline: &timeline, known_since: at(0), now };
    let mut seen = String::new();
    for draft in drafts(view) {
        let (body, mut bad, mut marked) = (draft.body(now), Vec::new(), 0);
        unmarked(&body, "", &format!("/{}", draft.name.trim_start_matches("drill/")), &mut bad, &mut marked);
        assert_eq!(bad, Vec::<String>::new(), "{}", draft.name);
        assert!(marked > 0, "{}", draft.name);
        seen.push_str(&body.to_string());
    }
    // The scenario has brought every kind of quoted words out.
    for words in [
        "ただちに避難してください。",
        "ただちに津波来襲と予測",
        "本日１４時００分頃に地震",
        "氾濫するおそれ",
        "雨が続いています",
        "津波が来ています。",
        "高台の学校",
        "緊急地震速報を発表しています",
        "あすにかけて大雨",
    ] {
        assert!(seen.contains(words), "{words}");
    }
}
