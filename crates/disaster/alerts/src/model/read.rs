//! From a telegram to the statements it makes: one adapter for each type.

use std::collections::{BTreeMap, BTreeSet};

use feeds::facts::{self, Facts, Telegram, WarningItem, WarningKind, WarningProduct};
use kernel::{AreaCode, CodeType, areas};

use super::warnings::{R06, product_of_code};
use super::{BulletinContent, Content, Key};
use crate::wording;

const OVERFLOW: &str = "氾濫発生";

/// 府県予報区 of Aomori.
pub(crate) const OFFICE: &str = "020000";

/// The JIS code, where the area is one of Aomori's municipalities or lies in one.
pub fn jis5(area: &AreaCode) -> Option<&'static str> {
    match area.kind {
        CodeType::Municipality | CodeType::JmaMunicipality | CodeType::LocalGov6 => in_aomori_table(area.code()),
        // Parts of municipalities (土砂災害警戒情報) have tables of their own, always of seven digits.
        CodeType::Other if area.code().len() == 7 => in_aomori_table(area.code()),
        _ => None,
    }
}

/// Every municipality of Aomori that an area touches, by JIS code.
pub fn municipalities_of(area: &AreaCode) -> Vec<&'static str> {
    match jis5(area) {
        Some(one) => vec![one],
        None => areas::municipalities_in(area).into_iter().map(|m| m.jis5).collect(),
    }
}

/// The statements a telegram makes; none when it does not concern Aomori.
pub fn read(telegram: &Telegram) -> Vec<(Key, Content)> {
    let kind = telegram.kind.as_str();
    let event = telegram.head.event_id.as_str();
    match &telegram.facts {
        Facts::Withdrawn { text } => {
            withdrawn(telegram).into_iter().map(|key| (key, Content::Withdrawn(text.clone()))).collect()
        }
        Facts::Warnings(w) => warnings(w, kind),
        Facts::River(r) if !areas::municipalities_in(&r.area).is_empty() => {
            vec![(Key::new("river", r.area.code()), Content::River(r.clone()))]
        }
        Facts::Quake(q) if !event.is_empty() => vec![(Key::new(kind, event), Content::Quake(trim_quake(q)))],
        // VXSE44 and 45 count where they say that a warning stands (10, 11, 19); a mere forecast is not shown.
        Facts::Eew(e) if e.warning && eew_concerns(e) => vec![(Key::new("VXSE43", event), Content::Eew(e.clone()))],
        Facts::Tsunami(t) => tsunami(t, kind, event),
        Facts::Volcano(v) if matches!(kind, "VFVO51" | "VFVO52") => volcano_report(v, telegram),
        Facts::Volcano(v) => volcano(v, telegram),
        Facts::Ash(a) => ash(a, kind),
        Facts::MegaquakeAdvisory(m) if kind == "VYSE60" => {
            vec![(Key::new("advisory", event), Content::Advisory(m.clone()))]
        }
        Facts::MegaquakeAdvisory(m) => vec![nankai(m, telegram)],
        Facts::Bulletin(_) => bulletin(telegram),
        _ => Vec::new(),
    }
}

fn in_aomori_table(code: &str) -> Option<&'static str> {
    areas::municipality(code.get(..5)?).map(|m| m.jis5)
}

fn warnings(w: &facts::Warnings, kind: &str) -> Vec<(Key, Content)> {
    if w.product == WarningProduct::Tornado {
        return tornado(w, kind);
    }
    let mut items = in_aomori(&w.items);
    if items.is_empty() {
        return Vec::new();
    }
    if w.product == WarningProduct::StormSurge {
        note_overflow(&mut items, &w.sections);
    }
    if w.product == WarningProduct::Snapshot {
        return R06
            .iter()
            .map(|product| {
                let of_product = |k: &WarningKind| product_of_code(&k.code) == Some(*product);
                let areas = items
                    .iter()
                    .map(|(jis, kinds)| (jis.clone(), kinds.iter().filter(|k| of_product(k)).cloned().collect()))
                    .collect();
                (Key::new(product, OFFICE), Content::Warnings(areas))
            })
            .collect();
    }
    product_name(w.product).map(|p| (Key::new(p, OFFICE), Content::Warnings(items))).into_iter().collect()
}

/// Kinds by municipality; sub-municipal areas (VXWW50) join the municipality they lie in.
fn in_aomori(items: &[WarningItem]) -> BTreeMap<String, Vec<WarningKind>> {
    let mut found: BTreeMap<String, Vec<WarningKind>> = BTreeMap::new();
    for item in items {
        if let Some(jis) = jis5(&item.area) {
            found.entry(jis.to_owned()).or_default().extend(in_force(&item.kinds));
        }
    }
    found
}

/// 氾濫発生 stands at sections of the coast, which are no municipalities: every storm surge of the telegram names them.
fn note_overflow(items: &mut BTreeMap<String, Vec<WarningKind>>, sections: &[WarningItem]) {
    let overflows = |item: &&WarningItem| in_force(&item.kinds).any(|k| k.condition.contains(OVERFLOW));
    let coasts: Vec<&str> = sections.iter().filter(overflows).map(|item| item.area_name.as_str()).collect();
    for kind in items.values_mut().flatten() {
        if !coasts.is_empty() || kind.condition.contains(OVERFLOW) {
            kind.details.insert(0, wording::overflow_line(&coasts.join("・")));
        }
    }
}

fn in_force(kinds: &[WarningKind]) -> impl Iterator<Item = WarningKind> + '_ {
    kinds.iter().filter(|k| !k.is_lifted() && !k.code.is_empty()).cloned()
}

/// 竜巻注意情報 names municipalities or 一次細分区域; it is brought down to municipalities.
fn tornado(w: &facts::Warnings, kind: &str) -> Vec<(Key, Content)> {
    let mut found: BTreeMap<String, Vec<WarningKind>> = BTreeMap::new();
    for item in &w.items {
        for jis in municipalities_of(&item.area) {
            let here = found.entry(jis.to_owned()).or_default();
            for k in in_force(&item.kinds) {
                let code = if kind == "VPHW51" { "seen" } else { "1" };
                here.push(WarningKind { code: code.to_owned(), ..k });
            }
        }
    }
    if found.is_empty() { Vec::new() } else { vec![(Key::new("tornado", OFFICE), Content::Warnings(found))] }
}

/// The key under which a product of warnings is held.
pub(crate) fn product_name(product: WarningProduct) -> Option<&'static str> {
    match product {
        WarningProduct::HeavyRain => Some("heavy_rain"),
        WarningProduct::Landslide => Some("landslide"),
        WarningProduct::StormSurge => Some("storm_surge"),
        WarningProduct::Storm => Some("storm"),
        WarningProduct::Waves => Some("waves"),
        WarningProduct::HeavySnow => Some("heavy_snow"),
        WarningProduct::Other => Some("other"),
        WarningProduct::Legacy => Some("legacy"),
        WarningProduct::LegacyLandslide => Some("legacy_landslide"),
        WarningProduct::Tornado => Some("tornado"),
        WarningProduct::Snapshot => None,
    }
}

/// 取消 carries no areas: the keys follow from type, event and office.
fn withdrawn(telegram: &Telegram) -> Vec<Key> {
    let event = telegram.head.event_id.as_str();
    let kind = telegram.kind.as_str();
    let ours = telegram.publishing_office.contains("青森") || telegram.editorial_office.contains("青森");
    match kind {
        "VXSE43" | "VXSE44" | "VXSE45" => vec![Key::new("VXSE43", event)],
        "VXSE51" | "VXSE52" | "VXSE53" | "VXSE61" | "VXSE62" | "VTSE41" => vec![Key::new(kind, event)],
        "VTSE51" | "VTSE52" => vec![Key::new(kind, event), Key::new(&format!("{kind}.seen"), event)],
        "VYSE60" => vec![Key::new("advisory", event)],
        "VYSE50" | "VYSE51" | "VYSE52" => vec![Key::new("bulletin", &bulletin_scope(telegram))],
        "VFVO50" | "VFVO56" => vec![Key::new(kind, event.rsplit('_').next().unwrap_or_default())],
        _ if kind.starts_with("VXKO") => vec![Key::new("river", event)],
        _ if !ours => Vec::new(),
        _ => weather_product(kind).map(|p| Key::new(p, OFFICE)).into_iter().collect(),
    }
}

fn weather_product(kind: &str) -> Option<&'static str> {
    match kind {
        "VPWW55" => Some("heavy_rain"),
        "VPWW56" => Some("landslide"),
        "VPWW57" => Some("storm_surge"),
        "VPWW58" => Some("storm"),
        "VPWW59" => Some("waves"),
        "VPWW60" => Some("heavy_snow"),
        "VPWW61" => Some("other"),
        "VPWW50" | "VPWW53" | "VPWW54" => Some("legacy"),
        "VXWW50" => Some("legacy_landslide"),
        "VPHW50" | "VPHW51" => Some("tornado"),
        _ => None,
    }
}

/// Stations outside Aomori are not shown, and there may be thousands.
fn trim_quake(quake: &facts::Quake) -> facts::Quake {
    let mut kept = quake.clone();
    kept.intensities.retain(|i| i.area.kind != CodeType::SeismicStation || i.area.code().starts_with("02"));
    kept
}

/// A warning or forecast that reaches Aomori.
fn eew_concerns(eew: &facts::Eew) -> bool {
    eew.areas.iter().any(|a| !municipalities_of(&a.area).is_empty() || is_aomori_eew(&a.area))
}

pub(crate) fn is_aomori_eew(area: &AreaCode) -> bool {
    area.kind == CodeType::EewPrefecture && area.code() == "9020"
}

/// Zones and observations are held apart: a telegram of arrival times says nothing of what was seen.
fn tsunami(t: &facts::Tsunami, kind: &str, event: &str) -> Vec<(Key, Content)> {
    let mut found = Vec::new();
    if !t.zones.is_empty() || t.observations.is_empty() {
        let zones = facts::Tsunami { observations: Vec::new(), ..t.clone() };
        found.push((Key::new(kind, event), Content::Tsunami(zones)));
    }
    if !t.observations.is_empty() {
        let seen = facts::Tsunami { zones: Vec::new(), ..t.clone() };
        found.push((Key::new(&format!("{kind}.seen"), event), Content::Tsunami(seen)));
    }
    found
}

const VOLCANOES: [&str; 4] = ["201", "202", "203", "204"];

fn is_our_volcano(area: &AreaCode) -> bool {
    area.kind == CodeType::Volcano && VOLCANOES.contains(&area.code())
}

fn volcano(v: &facts::Volcano, telegram: &Telegram) -> Vec<(Key, Content)> {
    let Some(ours) = v.volcanoes.iter().find(|i| is_our_volcano(&i.area)) else {
        return Vec::new();
    };
    if !matches!(telegram.kind.as_str(), "VFVO50" | "VFVO56") {
        return Vec::new();
    }
    let key = Key::new(&telegram.kind, ours.area.code());
    vec![(key, Content::Volcano(v.clone()))]
}

/// 降灰予報（定時） says what would fall if it erupted; only 速報 and 詳細 are about an eruption.
fn ash(a: &facts::Ash, kind: &str) -> Vec<(Key, Content)> {
    let mut kept = a.clone();
    for period in &mut kept.periods {
        period.areas.retain(|(_, area, _)| !municipalities_of(area).is_empty());
    }
    kept.periods.retain(|p| !p.areas.is_empty());
    if kind == "VFVO53" || (kept.periods.is_empty() && !is_our_volcano(&a.volcano)) {
        return Vec::new();
    }
    vec![(Key::new("ash", a.volcano.code()), Content::Ash(kept))]
}

/// 解説情報 and 観測報 of our volcanoes are texts for people; they change no warning.
fn volcano_report(v: &facts::Volcano, telegram: &Telegram) -> Vec<(Key, Content)> {
    let Some(ours) = v.volcanoes.iter().find(|i| is_our_volcano(&i.area)) else {
        return Vec::new();
    };
    let content = BulletinContent {
        title: telegram.head.title.clone(),
        tag: ours.name.clone(),
        text: or_headline(&v.text, telegram),
        municipalities: Vec::new(),
    };
    let scope = format!("{}/{}", telegram.kind, ours.area.code());
    vec![(Key::new("bulletin", &scope), Content::Bulletin(content))]
}

/// 南海トラフ地震に関する情報 (VYSE50–52): no warning here, but people ask.
fn nankai(m: &facts::MegaquakeAdvisory, telegram: &Telegram) -> (Key, Content) {
    let content = BulletinContent {
        title: telegram.head.title.clone(),
        tag: if m.serial_name.is_empty() { m.info_kind.clone() } else { m.serial_name.clone() },
        text: or_headline(&m.text, telegram),
        municipalities: Vec::new(),
    };
    (Key::new("bulletin", &bulletin_scope(telegram)), Content::Bulletin(content))
}

fn or_headline(text: &str, telegram: &Telegram) -> String {
    if text.is_empty() { telegram.head.headline.clone() } else { text.to_owned() }
}

/// Types that tell of days to come rather than of now. 早期注意情報 until the day after tomorrow (VPFD61) is shown.
const FORECASTS: [&str; 3] = ["VPFD60", "VPFW60", "VPNO50"];
const EARLY: &str = "VPFD61";

fn bulletin(telegram: &Telegram) -> Vec<(Key, Content)> {
    let Facts::Bulletin(b) = &telegram.facts else { return Vec::new() };
    let named: BTreeSet<&str> = b.areas.iter().flat_map(|(area, _)| municipalities_of(area)).collect();
    let office = telegram.publishing_office.contains("青森");
    let ours = office || !named.is_empty() || b.text.contains("青森") || telegram.kind == "VZSE40";
    if !ours || FORECASTS.contains(&telegram.kind.as_str()) {
        return Vec::new();
    }
    let whole = named.len() == areas::municipalities().len();
    let municipalities = if whole { Vec::new() } else { named.into_iter().map(str::to_owned).collect() };
    let content = BulletinContent {
        title: telegram.head.title.clone(),
        tag: if telegram.kind == EARLY { "早期注意情報".to_owned() } else { b.tag.clone() },
        text: or_headline(&b.text, telegram),
        municipalities,
    };
    vec![(Key::new("bulletin", &bulletin_scope(telegram)), Content::Bulletin(content))]
}

/// VPBS50 counts its serial up while the second half of its EventID changes: the first half is the event.
fn bulletin_scope(telegram: &Telegram) -> String {
    let event = telegram.head.event_id.split('_').next().unwrap_or_default();
    if event.is_empty() || telegram.kind == EARLY {
        format!("{}/{}/{}", telegram.kind, telegram.publishing_office, telegram.head.title)
    } else {
        format!("{}/{event}", telegram.kind)
    }
}
