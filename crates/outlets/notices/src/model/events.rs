//! From what the alerts changed to who is told what: rules that no person has to start (自動配信の規則).
//!
//! An *event* (事象) is one tsunami, one quake, the rain, the evacuation orders of one town. It has *slots*: one for each hazard
//! and area, order or municipality, each with its rank now. For one device the rank of an event is the highest among the slots
//! of its own municipalities. What it was told last is kept; what it hears now is the difference of the two, and nothing if
//! there is none. So a repeat is silent, however many areas and telegrams it came with, and so is the same rise told once by a
//! telegram of the old scheme and once by one of the new.

use std::collections::BTreeMap;

use kernel::{Mode, Text, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::index::bits;
use super::subscription::Kind;

/// What one journal entry says about an event (事象の変化).
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    pub mode: Mode,
    pub event: String,
    pub slot: String,
    /// Telegram or order: what came together is told together.
    pub cause: String,
    pub kind: Kind,
    /// 0: it is over.
    pub rank: u8,
    pub withdrawn: bool,
    /// Bits of the municipalities.
    pub towns: u64,
    pub title: Text,
    pub at: Timestamp,
}

/// One part of an event as it stands (事象の内訳).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    pub kind: Kind,
    pub rank: u8,
    pub towns: u64,
    pub title: Text,
}

/// Stands for every slot that an event has.
const ALL: &str = "*";

/// Slots of an event by their names.
pub type Slots = BTreeMap<String, Slot>;

/// An event that moved, as it stands after (動いた事象).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub event: String,
    pub kind: Kind,
    /// By 取消 and not by 解除.
    pub withdrawn: bool,
    /// Municipalities of every slot that moved.
    pub towns: u64,
    /// What is in force now.
    pub slots: Vec<Slot>,
    /// What ended or fell, with the words for it.
    pub fell: Vec<Slot>,
}

/// Everything that one telegram or order changed (発表): one notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occasion {
    pub cause: String,
    pub moved: Vec<Moved>,
}

/// What one device hears of one event (端末ごとの変化).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Turn {
    /// 解除
    Over,
    /// 取消
    Withdrawn,
    /// 切り替え to a lower level.
    Fall(u8),
    /// New or higher.
    Rise(u8),
}

/// Reads a journal entry of the alerts. What people are not told of gives nothing.
pub fn signals(kind: &str, subject: &str, mode: Mode, at: Timestamp, body: &Value) -> Vec<Signal> {
    match kind {
        "alerts.raised" | "alerts.lowered" | "alerts.lifted" | "alerts.withdrawn" | "alerts.tsunami"
        | "alerts.advisory" => {
            if body["event"].is_string() && body["hazard"].is_null() {
                quake(mode, at, body)
            } else {
                hazard(subject, mode, at, body).into_iter().collect()
            }
        }
        "alerts.quake" => quake(mode, at, body),
        _ => Vec::new(),
    }
}

/// Reads a step on an evacuation order, whose municipality is the entry's area.
pub fn order(kind: &str, subject: &str, jis5: &str, mode: Mode, at: Timestamp, body: &Value) -> Option<Signal> {
    let steps = ["alerts.order_approved", "alerts.order_corrected", "alerts.order_lifted", "alerts.order_withdrawn"];
    if !steps.contains(&kind) {
        return None;
    }
    let in_force = body["status"] == "in_force";
    let mut title = text(&body["title"]);
    let names: Vec<&str> =
        body["districts"].as_array().into_iter().flatten().filter_map(Value::as_str).take(4).collect();
    if !names.is_empty() {
        title.ja = format!("{}（{}）", title.ja, names.join("・"));
        title.easy = format!("{}（{}）", title.easy, names.join("と "));
        title.en = format!("{} ({})", title.en, names.join(", "));
    }
    Some(Signal {
        mode,
        event: format!("evacuation/{jis5}"),
        slot: subject.to_owned(),
        cause: format!("evacuation/{jis5}/{}", at.micros()),
        kind: Kind::Evacuation,
        rank: if in_force { small(&body["level"]) } else { 0 },
        withdrawn: kind == "alerts.order_withdrawn",
        towns: bits([jis5]),
        title,
        at,
    })
}

/// Applies signals to the slots of their events; answers what moved, one occasion for each cause, in order.
pub fn fold(events: &mut BTreeMap<String, Slots>, signals: &[Signal]) -> Vec<Occasion> {
    let mut occasions: Vec<Occasion> = Vec::new();
    for signal in signals {
        for one in spread(signal, events) {
            apply(events, &mut occasions, &one);
        }
    }
    for moved in occasions.iter_mut().flat_map(|o| &mut o.moved) {
        moved.slots = events.get(&moved.event).into_iter().flat_map(|slots| slots.values().cloned()).collect();
    }
    occasions
}
impl Moved {
    /// Whether anybody could want to hear of it: the lowest levels of all are on the pages alone.
    pub fn is_worth_telling(&self) -> bool {
        let least = match self.kind {
            Kind::Tsunami | Kind::Evacuation => 3,
            Kind::Warning => 2,
            Kind::Quake | Kind::Office | Kind::Test => 1,
        };
        !self.fell.is_empty() || self.rank_for(self.towns) >= least
    }

    /// The rank of this event for somebody with these municipalities.
    pub fn rank_for(&self, towns: u64) -> u8 {
        self.slots.iter().filter(|slot| slot.towns & towns != 0).map(|slot| slot.rank).max().unwrap_or(0)
    }

    /// What somebody hears who was told `told` before and wants the kind from `threshold` on. With it comes what is to be
    /// remembered as told.
    pub fn turn(&self, towns: u64, told: u8, threshold: Option<u8>) -> Option<Turn> {
        let now = self.rank_for(towns);
        let Some(threshold) = threshold else {
            // Whoever switched a kind off after a first notice still hears how it ended.
            return (told > 0 && now == 0).then(|| self.end());
        };
        match now {
            0 if told > 0 => Some(self.end()),
            _ if now > told && now >= threshold => Some(Turn::Rise(now)),
            // A later count of a quake that is lower is no news for people.
            _ if now < told && now > 0 && self.kind != Kind::Quake => Some(Turn::Fall(now)),
            _ => None,
        }
    }

    /// The words for a turn: of the gravest slot that concerns these municipalities.
    pub fn title(&self, towns: u64, turn: Turn) -> Text {
        let ours = |slot: &&Slot| slot.towns & towns != 0;
        let of = |slots: &[Slot]| slots.iter().filter(ours).max_by_key(|slot| slot.rank).map(|slot| slot.title.clone());
        let found = match turn {
            Turn::Rise(rank) => {
                self.slots.iter().filter(ours).find(|slot| slot.rank == rank).map(|slot| slot.title.clone())
            }
            Turn::Fall(_) | Turn::Over | Turn::Withdrawn => of(&self.fell).or_else(|| of(&self.slots)),
        };
        found.or_else(|| self.fell.first().or(self.slots.first()).map(|slot| slot.title.clone())).unwrap_or_default()
    }

    fn end(&self) -> Turn {
        if self.withdrawn { Turn::Withdrawn } else { Turn::Over }
    }
}

impl Turn {
    /// What is remembered as told after it.
    pub fn rank(self) -> u8 {
        match self {
            Self::Over | Self::Withdrawn => 0,
            Self::Fall(rank) | Self::Rise(rank) => rank,
        }
    }

    /// The name in the keys of templates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::Withdrawn => "withdrawn",
            Self::Fall(_) => "fall",
            Self::Rise(_) => "rise",
        }
    }
}

/// Which mode's slots a journal entry clears: a replay begins on clear ground.
pub fn resets(kind: &str) -> bool {
    kind == "alerts.drill_reset"
}

/// Writes one signal into its slot, and into the occasion of its cause if that moved anything.
fn apply(events: &mut BTreeMap<String, Slots>, occasions: &mut Vec<Occasion>, signal: &Signal) {
    let slots = events.entry(signal.event.clone()).or_default();
    let (before, old_towns) = slots.get(&signal.slot).map_or((0, 0), |slot| (slot.rank, slot.towns));
    let slot = Slot { kind: signal.kind, rank: signal.rank, towns: signal.towns, title: signal.title.clone() };
    if signal.rank == 0 {
        slots.remove(&signal.slot);
    } else {
        slots.insert(signal.slot.clone(), slot.clone());
    }
    if before == signal.rank && (old_towns == signal.towns || signal.rank == 0) {
        return;
    }
    let moved = moved_of(occasions, signal);
    moved.towns |= signal.towns | old_towns;
    moved.withdrawn |= signal.withdrawn;
    if signal.rank < before {
        moved.fell.push(slot);
    }
}

/// One signal for each slot that it means.
fn spread(signal: &Signal, events: &BTreeMap<String, Slots>) -> Vec<Signal> {
    if signal.slot != ALL {
        return vec![signal.clone()];
    }
    let slots = events.get(&signal.event).into_iter().flatten();
    slots.map(|(name, slot)| Signal { slot: name.clone(), towns: slot.towns, ..signal.clone() }).collect()
}

/// The place of a signal among the occasions, made if it is the first of its cause or event.
fn moved_of<'a>(occasions: &'a mut Vec<Occasion>, signal: &Signal) -> &'a mut Moved {
    let at = occasions.iter().position(|o| o.cause == signal.cause).unwrap_or_else(|| {
        occasions.push(Occasion { cause: signal.cause.clone(), moved: Vec::new() });
        occasions.len() - 1
    });
    let all = &mut occasions[at].moved;
    let at = all.iter().position(|m| m.event == signal.event).unwrap_or_else(|| {
        let (event, kind) = (signal.event.clone(), signal.kind);
        all.push(Moved { event, kind, withdrawn: false, towns: 0, slots: Vec::new(), fell: Vec::new() });
        all.len() - 1
    });
    &mut all[at]
}

fn hazard(subject: &str, mode: Mode, at: Timestamp, body: &Value) -> Option<Signal> {
    let name = body["hazard"].as_str()?;
    // 緊急地震速報 is over before a push arrives: phones have it from the carriers.
    if name == "eew" {
        return None;
    }
    let towns = bits(body["municipalities"].as_array().into_iter().flatten().filter_map(Value::as_str));
    let kind = if name == "tsunami" { Kind::Tsunami } else { Kind::Warning };
    Some(Signal {
        mode,
        event: if kind == Kind::Tsunami { "tsunami".to_owned() } else { format!("warning/{}", family(name)) },
        slot: subject.to_owned(),
        cause: cause(body, at),
        kind,
        rank: small(&body["rank"]),
        withdrawn: body["change"] == "withdrawn",
        towns,
        title: text(&body["title"]),
        at,
    })
}

/// Hazards that the two schemes of telegrams name apart, or that come together, are one event.
fn family(hazard: &str) -> &str {
    match hazard {
        "heavy_rain" | "landslide" | "flood" | "inundation" | "river" => "rain",
        "storm" | "waves" | "storm_surge" | "tornado" => "wind",
        "snowstorm" | "heavy_snow" | "avalanche" | "snow_accretion" | "icing" => "snow",
        other => other,
    }
}

fn quake(mode: Mode, at: Timestamp, body: &Value) -> Vec<Signal> {
    let Some(event) = body["event"].as_str() else { return Vec::new() };
    let withdrawn = body["change"] == "withdrawn";
    if withdrawn {
        // A withdrawn quake was felt nowhere; it ends wherever it was told.
        return vec![Signal {
            mode,
            event: format!("quake/{event}"),
            slot: ALL.to_owned(),
            cause: cause(body, at),
            kind: Kind::Quake,
            rank: 0,
            withdrawn,
            towns: 0,
            title: text(&body["title"]),
            at,
        }];
    }
    let felt = body["municipalities"].as_array().into_iter().flatten();
    let one = |place: &Value| {
        let jis5 = place["code"].as_str()?;
        let pending = place["pending"] == true;
        let rank = place["intensity"].as_str().map_or(if pending { 5 } else { 0 }, intensity_rank);
        Some(Signal {
            mode,
            event: format!("quake/{event}"),
            slot: jis5.to_owned(),
            cause: cause(body, at),
            kind: Kind::Quake,
            rank,
            withdrawn,
            towns: bits([jis5]),
            title: text(&body["title"]),
            at,
        })
    };
    felt.filter_map(one).collect()
}

/// 1–4, 5弱 5, 5強 6, 6弱 7, 6強 8, 7 9.
fn intensity_rank(intensity: &str) -> u8 {
    match intensity {
        "1" => 1,
        "2" => 2,
        "3" => 3,
        "4" => 4,
        "5-" => 5,
        "5+" => 6,
        "6-" => 7,
        "6+" => 8,
        "7" => 9,
        _ => 0,
    }
}

/// What came in one telegram is told in one notice; what the clock ended, at one moment.
fn cause(body: &Value, at: Timestamp) -> String {
    match body["telegram"].as_str() {
        Some("clock") | None => format!("clock/{}", at.micros()),
        Some(telegram) => format!("telegram/{telegram}"),
    }
}

fn text(value: &Value) -> Text {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

fn small(value: &Value) -> u8 {
    value.as_u64().and_then(|n| u8::try_from(n).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_secs(1_765_000_000 + minute * 60)
    }

    fn sea(rank: u8, zone: &str, towns: &[&str], telegram: &str) -> Vec<Signal> {
        let change = if rank == 0 { "lifted" } else { "raised" };
        let body = json!({
            "change": change, "hazard": "tsunami", "rank": rank, "municipalities": towns, "telegram": telegram,
            "title": { "ja": format!("津波{rank}"), "easy": "つなみ", "en": "Tsunami" },
        });
        signals("alerts.tsunami", &format!("tsunami@tsunami_zone:{zone}"), Mode::Live, at(0), &body)
    }

    fn hachinohe() -> u64 {
        bits(["02203"])
    }

    #[test]
    fn many_areas_of_one_telegram_are_one_occasion() {
        let mut events = BTreeMap::new();
        let both = [sea(5, "201", &["02203", "02208"], "t1"), sea(3, "202", &["02201", "02208"], "t1")].concat();
        let occasions = fold(&mut events, &both);
        assert_eq!(occasions.len(), 1);
        let moved = &occasions[0].moved[0];
        assert_eq!((moved.rank_for(bits(["02208"])), moved.rank_for(bits(["02201"]))), (5, 3));
        assert_eq!(moved.rank_for(bits(["02202"])), 0);
        assert_eq!(moved.turn(bits(["02208"]), 0, Some(3)), Some(Turn::Rise(5)));
        assert_eq!(moved.turn(bits(["02208"]), 5, Some(3)), None, "told once");
        assert_eq!(moved.turn(bits(["02201"]), 0, Some(4)), None, "below what was asked for");
    }

    #[test]
    fn a_repeat_moves_nothing() {
        let mut events = BTreeMap::new();
        assert_eq!(fold(&mut events, &sea(4, "201", &["02203"], "t1")).len(), 1);
        assert_eq!(fold(&mut events, &sea(4, "201", &["02203"], "t2")), []);
    }

    #[test]
    fn rise_fall_and_all_clear_follow_each_other() {
        let mut events = BTreeMap::new();
        let mut told = 0;
        let mut heard = Vec::new();
        for (rank, telegram) in [(4, "a"), (5, "b"), (3, "c"), (0, "d"), (4, "e")] {
            for occasion in fold(&mut events, &sea(rank, "201", &["02203"], telegram)) {
                if let Some(turn) = occasion.moved[0].turn(hachinohe(), told, Some(3)) {
                    told = turn.rank();
                    heard.push(turn);
                }
            }
        }
        assert_eq!(heard, [Turn::Rise(4), Turn::Rise(5), Turn::Fall(3), Turn::Over, Turn::Rise(4)]);
    }

    #[test]
    fn the_all_clear_reaches_also_whoever_switched_the_kind_off() {
        let mut events = BTreeMap::new();
        fold(&mut events, &sea(4, "201", &["02203"], "a"));
        let over = fold(&mut events, &sea(0, "201", &["02203"], "b"));
        assert_eq!(over[0].moved[0].turn(hachinohe(), 4, None), Some(Turn::Over));
        assert_eq!(over[0].moved[0].turn(hachinohe(), 0, Some(3)), None, "never told, so nothing to end");
    }

    #[test]
    fn a_new_order_in_place_of_an_older_one_is_one_rise() {
        let body = |level: u8, status: &str| json!({ "level": level, "status": status, "districts": ["市川地区"], "title": { "ja": "避難指示", "easy": "に", "en": "E" } });
        let mut events = BTreeMap::new();
        let first = order("alerts.order_approved", "o1", "02203", Mode::Live, at(0), &body(3, "in_force")).unwrap();
        assert_eq!(first.title.ja, "避難指示（市川地区）");
        fold(&mut events, &[first]);
        let ended = order("alerts.order_lifted", "o1", "02203", Mode::Live, at(1), &body(3, "lifted")).unwrap();
        let second = order("alerts.order_approved", "o2", "02203", Mode::Live, at(1), &body(4, "in_force")).unwrap();
        let occasions = fold(&mut events, &[ended, second]);
        assert_eq!(occasions.len(), 1);
        assert_eq!(occasions[0].moved[0].turn(hachinohe(), 3, Some(3)), Some(Turn::Rise(4)));
        assert_eq!(order("alerts.order_proposed", "o3", "02203", Mode::Live, at(2), &body(5, "proposed")), None);
    }

    #[test]
    fn a_quake_is_told_by_the_intensity_at_home_and_never_downwards() {
        let body = |intensity: &str, change: &str| {
            json!({ "change": change, "event": "e", "telegram": intensity, "title": { "ja": "地震", "easy": "じしん", "en": "Quake" },
                "municipalities": [{ "code": "02203", "intensity": intensity, "pending": false }] })
        };
        let mut events = BTreeMap::new();
        let mut step = |intensity, change, told| {
            let signals = signals("alerts.quake", "quake/e", Mode::Live, at(0), &body(intensity, change));
            fold(&mut events, &signals).first().and_then(|o| o.moved[0].turn(hachinohe(), told, Some(4)))
        };
        assert_eq!(step("3", "new", 0), None);
        assert_eq!(step("4", "updated", 0), Some(Turn::Rise(4)));
        assert_eq!(step("6+", "updated", 4), Some(Turn::Rise(8)));
        assert_eq!(step("5+", "updated", 8), None);
        assert_eq!(step("5+", "withdrawn", 8), Some(Turn::Withdrawn));
    }

    #[test]
    fn both_schemes_of_telegrams_are_one_event() {
        let rain = |hazard: &str, telegram: &str| {
            let body = json!({
                "change": "raised", "hazard": hazard, "rank": 4, "municipalities": ["02203"], "telegram": telegram,
                "title": { "ja": "大雨", "easy": "あめ", "en": "Rain" },
            });
            signals("alerts.raised", &format!("{hazard}@municipality:02203"), Mode::Live, at(0), &body)
        };
        let mut events = BTreeMap::new();
        let new = fold(&mut events, &rain("heavy_rain", "new"));
        assert_eq!(new[0].moved[0].turn(hachinohe(), 0, Some(3)), Some(Turn::Rise(4)));
        let old = fold(&mut events, &rain("inundation", "old"));
        assert_eq!(old[0].moved[0].turn(hachinohe(), 4, Some(3)), None);
    }
}
