//! The typed part of a row: suitability, capacity, features, hours, and the known fields without a type of their own.

use std::collections::BTreeMap;

use sheets::value::{Mark, capacity, floors, integer, mark, number, yes_no};
use sheets::{Cell, TableRow};

use super::columns::{Columns, HAZARDS, plain};
use crate::model::{Answer, Capacity, Details, Feature, HazardKind, Kind, Suitability};

const FEATURES: [(&str, Feature); 12] = [
    ("barrier_free", Feature::BarrierFree),
    ("toilet", Feature::Toilet),
    ("accessible_toilet", Feature::AccessibleToilet),
    ("pets", Feature::Pets),
    ("power", Feature::Power),
    ("wifi", Feature::Wifi),
    ("heating", Feature::Heating),
    ("welfare", Feature::Welfare),
    ("parking", Feature::Parking),
    ("child_pads", Feature::ChildPads),
    ("nursing", Feature::Nursing),
    ("diaper_table", Feature::DiaperTable),
];

/// Fields with a type of their own, or taken for the place itself.
const TYPED: &[&str] = &[
    "code",
    "name",
    "kana",
    "address",
    "lat",
    "lon",
    "position",
    "elevation",
    "phone",
    "remark",
    "accepts",
    "capacity",
    "capacity_indoor",
    "capacity_outdoor",
    "floor_area",
    "hours",
    "days",
    "opens",
    "closes",
    "hours_note",
    "closed_days",
    "url",
];

/// The typed part of a row.
pub(super) fn of(columns: &Columns, row: &TableRow, kind: Kind) -> Details {
    let text = |field: &str| columns.text(row, field);
    let remark = text("remark");
    let url = text("url").filter(|url| is_link(url));
    let mut more = BTreeMap::new();
    if url.is_none() {
        more.extend(text("url").map(|text| ("url".to_owned(), text)));
    }
    for field in columns.fields() {
        let hazard = HAZARDS.iter().any(|(known, _)| *known == field);
        let feature = FEATURES.iter().any(|(known, _)| *known == field);
        if TYPED.contains(&field) || hazard || (feature && yes_no(columns.cell(row, field)).is_some()) {
            continue;
        }
        more.extend(text(field).map(|text| (field.to_owned(), text)));
    }
    Details {
        suitability: suitability(columns, row, remark.as_deref()),
        capacity: capacity_of(columns, row),
        features: features(columns, row),
        accepts: text("accepts"),
        remark,
        phone: text("phone"),
        hours: hours(columns, row),
        url,
        elevation_m: number(columns.cell(row, "elevation")).map(to_centimetre),
        more,
        rank: rank(columns, row, kind),
    }
}

/// For each hazard that has a column: what the cell says, then what the remark says (「津波」では3階以上に避難).
fn suitability(columns: &Columns, row: &TableRow, remark: Option<&str>) -> Vec<Suitability> {
    let mut all: Vec<Suitability> = Vec::new();
    for (field, hazard) in HAZARDS {
        let cell = columns.cell(row, field);
        if columns.is_marked(field) {
            let (answer, floor, text) = answer(cell);
            all.push(Suitability { hazard, answer, floor, text });
        }
    }
    let remark = remark.unwrap_or_default();
    for floor in floors(remark) {
        for hazard in hazards_of(&floor.hazard, &all) {
            let conditional =
                Suitability { hazard, answer: Answer::Floor, floor: Some(floor.floor), text: Some(remark.to_owned()) };
            match all.iter_mut().find(|known| known.hazard == hazard) {
                Some(known) => *known = conditional,
                None => all.push(conditional),
            }
        }
    }
    all
}

/// An empty cell in a column with marks says that the place is not designated for the hazard. An empty column says nothing.
fn answer(cell: &Cell) -> (Answer, Option<u8>, Option<String>) {
    let written = plain(cell);
    match mark(cell) {
        Mark::Yes => (Answer::Yes, None, None),
        Mark::No => (Answer::No, None, None),
        Mark::FromFloor(floor) => (Answer::Floor, Some(floor), written),
        Mark::Conditional(text) => (Answer::Conditional, None, Some(text)),
        Mark::Unknown if cell.is_empty() => (Answer::No, None, None),
        Mark::Unknown => (Answer::Unknown, None, written),
    }
}

/// The hazards a word of a remark means, as finely as the list itself tells them apart.
fn hazards_of(word: &str, known: &[Suitability]) -> Vec<HazardKind> {
    let (general, split): (HazardKind, &[HazardKind]) = match word {
        w if w.contains("津波") => (HazardKind::Tsunami, &[HazardKind::TsunamiL1, HazardKind::TsunamiL2]),
        w if w.contains("内水") => (HazardKind::InlandFlood, &[]),
        w if w.contains("洪水") || w.contains("浸水") => {
            (HazardKind::Flood, &[HazardKind::FloodPlanned, HazardKind::FloodMax])
        }
        w if w.contains("高潮") => (HazardKind::StormSurge, &[]),
        w if w.contains("崖") || w.contains("がけ") || w.contains("土砂") => (HazardKind::Landslide, &[]),
        w if w.contains("地震") => (HazardKind::Earthquake, &[]),
        w if w.contains("火事") || w.contains("火災") => (HazardKind::Fire, &[]),
        w if w.contains("火山") => (HazardKind::Volcano, &[]),
        _ => return Vec::new(),
    };
    let present: Vec<HazardKind> =
        split.iter().copied().filter(|hazard| known.iter().any(|one| one.hazard == *hazard)).collect();
    if present.is_empty() { vec![general] } else { present }
}

fn capacity_of(columns: &Columns, row: &TableRow) -> Option<Capacity> {
    let said = capacity(columns.cell(row, "capacity")).unwrap_or_default();
    let whole = |field: &str| integer(columns.cell(row, field)).and_then(|n| u32::try_from(n).ok());
    let prose = !said.text.is_empty() && number(columns.cell(row, "capacity")).is_none();
    let capacity = Capacity {
        persons: said.total,
        indoor: said.indoor.or_else(|| whole("capacity_indoor")),
        outdoor: said.outdoor.or_else(|| whole("capacity_outdoor")),
        floor_m2: number(columns.cell(row, "floor_area")).filter(|area| *area >= 0.0).map(to_centimetre),
        text: prose.then_some(said.text),
    };
    let capacity = Capacity {
        persons: capacity.persons.or_else(|| {
            let parts = [capacity.indoor, capacity.outdoor];
            parts.iter().any(Option::is_some).then(|| parts.into_iter().flatten().fold(0, u32::saturating_add))
        }),
        ..capacity
    };
    (capacity != Capacity::default()).then_some(capacity)
}

fn features(columns: &Columns, row: &TableRow) -> Vec<Feature> {
    let offered = |field: &str| {
        let cell = columns.cell(row, field);
        yes_no(cell).unwrap_or_else(|| plain(cell).is_some_and(|text| says_there_is(&text)))
    };
    FEATURES.into_iter().filter(|(field, _)| offered(field)).map(|(_, feature)| feature).collect()
}

/// 無料駐車場あり, 10台, 多機能トイレ; but not 駐車場なし.
fn says_there_is(text: &str) -> bool {
    !["なし", "無し", "ありません", "ない", "不可", "未整備"].iter().any(|word| text.contains(word)) && text != "無"
}

fn hours(columns: &Columns, row: &TableRow) -> Option<String> {
    let text = |field: &str| columns.text(row, field);
    let mut parts: Vec<String> = Vec::new();
    parts.extend(text("days"));
    match (text("opens"), text("closes")) {
        (Some(opens), Some(closes)) => parts.push(format!("{opens}～{closes}")),
        (opens, closes) => parts.extend(opens.map(|at| format!("{at}～")).or(closes.map(|at| format!("～{at}")))),
    }
    parts.extend(text("hours"));
    parts.extend(text("closed_days").map(|days| format!("休み：{days}")));
    parts.extend(text("hours_note"));
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Depth classes 0 (below 0.3 m) to 7 (20 m and more) by their lower edge; 1 to 3 for emergency roads.
fn rank(columns: &Columns, row: &TableRow, kind: Kind) -> Option<u8> {
    match kind {
        Kind::HazardArea => depth_class(&columns.text(row, "rank")?),
        Kind::EmergencyRoad => road_class(&columns.text(row, "road_class")?),
        _ => None,
    }
}

fn depth_class(text: &str) -> Option<u8> {
    let text = kernel::fold::fold(text);
    let numbers: Vec<f64> = text
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter_map(|digits| digits.trim_matches('.').parse().ok())
        .collect();
    let lower = match numbers.as_slice() {
        [] => return None,
        [_] if text.contains("未満") || text.contains("以下") => 0.0,
        // A bare rank of 国土数値情報: 1 is below 0.5 m, 6 is 20 m and more.
        [rank] if text.chars().all(|c| c.is_ascii_digit()) => match rank {
            r if *r < 1.5 => 0.0,
            r if *r < 2.5 => 0.5,
            r if *r < 3.5 => 3.0,
            r if *r < 4.5 => 5.0,
            r if *r < 5.5 => 10.0,
            r if *r < 6.5 => 20.0,
            _ => return None,
        },
        [lower, ..] => *lower,
    };
    let edges = [0.3, 0.5, 1.0, 3.0, 5.0, 10.0, 20.0];
    u8::try_from(edges.iter().filter(|edge| lower >= **edge).count()).ok()
}

fn road_class(text: &str) -> Option<u8> {
    let text = kernel::fold::fold(text);
    [("一次", 1), ("第1", 1), ("1次", 1), ("二次", 2), ("第2", 2), ("2次", 2), ("三次", 3), ("第3", 3), ("3次", 3)]
        .into_iter()
        .find(|(word, _)| text.contains(word))
        .map(|(_, rank)| rank)
        .or_else(|| text.parse().ok().filter(|rank| (1..=3).contains(rank)))
}

fn is_link(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://")) && !url.contains(char::is_whitespace)
}

fn to_centimetre(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths_have_classes() {
        for (text, class) in [
            ("0.3m未満の区域", Some(0)),
            ("0.3~0.5m未満の区域", Some(1)),
            ("0.5~1.0m未満の区域", Some(2)),
            ("1m以上 ～ 2m未満", Some(3)),
            ("3.0~5.0m未満の区域", Some(4)),
            ("5.0～10.0m未満", Some(5)),
            ("10m以上", Some(6)),
            ("２０ｍ以上", Some(7)),
            ("2", Some(2)),
            ("浸水", None),
        ] {
            assert_eq!(depth_class(text), class, "{text}");
        }
        assert_eq!(road_class("県一次緊急輸送路"), Some(1));
        assert_eq!(road_class("3"), Some(3));
    }

    #[test]
    fn a_word_means_the_hazards_the_list_tells_apart() {
        let split = [Suitability { hazard: HazardKind::TsunamiL2, answer: Answer::Yes, floor: None, text: None }];
        assert_eq!(hazards_of("津波", &split), [HazardKind::TsunamiL2]);
        assert_eq!(hazards_of("津波", &[]), [HazardKind::Tsunami]);
        assert!(hazards_of("積雪", &[]).is_empty());
    }

    #[test]
    fn an_empty_cell_is_no_and_an_odd_one_unknown() {
        assert_eq!(answer(&Cell::Empty), (Answer::No, None, None));
        assert_eq!(answer(&Cell::from_text("○")), (Answer::Yes, None, None));
        let floor = answer(&Cell::from_text("△（２階以上）"));
        assert_eq!(floor, (Answer::Floor, Some(2), Some("△（２階以上）".into())));
    }
}
