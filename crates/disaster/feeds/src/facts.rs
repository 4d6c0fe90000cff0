//! What a telegram says, in types: the shape every JMA telegram is brought into before any room sees it.
//!
//! Nothing here decides: levels, states and wording are the rooms' work. Numbers that a telegram leaves open are
//! `Option` beside the verbatim text; codes are kept as printed (`"03"`, `"0220100"`), each with its code type.

use kernel::{AreaCode, Mode, Point, Timestamp};
use serde::{Deserialize, Serialize};

/// One telegram (電文): envelope, and the facts of its body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Telegram {
    /// Type code (データ種類コード), e.g. `VXSE53`; from the title, or from the file name where one title serves many types.
    pub kind: String,
    /// Control/Title.
    pub title: String,
    /// Control/DateTime: when JMA sent it.
    pub sent_at: Timestamp,
    pub status: Status,
    pub editorial_office: String,
    pub publishing_office: String,
    pub head: Head,
    pub facts: Facts,
    /// Codes and parts this program does not know: kept, shown, never fatal.
    pub not_understood: Vec<NotUnderstood>,
}

impl Telegram {
    /// Drill unless the telegram is 通常 and its source is live.
    pub fn mode(&self, source: Mode) -> Mode {
        match (self.status, source) {
            (Status::Normal, Mode::Live) => Mode::Live,
            _ => Mode::Drill,
        }
    }
}

/// Control/Status (運用種別).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// 通常
    Normal,
    /// 訓練
    Training,
    /// 試験
    Test,
}

/// The head (ヘッダ部), common to all types.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub title: String,
    pub reported_at: Timestamp,
    pub target_at: Option<Timestamp>,
    pub valid_until: Option<Timestamp>,
    /// A string, not always an id: empty in weather warnings, Japanese text in VXWW50, a river code in VXKO.
    pub event_id: String,
    pub info_type: InfoType,
    /// Verbatim; often empty. Never order by it alone.
    pub serial: String,
    pub info_kind: String,
    pub info_kind_version: String,
    /// Headline text (見出し文), verbatim, trimmed at both ends.
    pub headline: String,
}

/// Head/InfoType (情報形態).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InfoType {
    /// 発表
    Issue,
    /// 訂正
    Correction,
    /// 取消: withdraws the telegram; not the same as 解除, which ends a warning.
    Cancel,
    /// 遅延
    Delay,
}

/// A part of a telegram that was not understood, with where it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotUnderstood {
    /// Element path, e.g. `Body/Warning/Item/Kind/Code`.
    pub path: String,
    /// What stood there.
    pub value: String,
}

/// The body, by family of types.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "family", rename_all = "snake_case")]
pub enum Facts {
    /// VPWW53–61, VPWS50, VXWW50, VPHW50/51: what is in force where.
    Warnings(Warnings),
    /// VXKO50–89 指定河川洪水予報.
    River(River),
    /// VXSE51/52/53/61/62.
    Quake(Quake),
    /// VXSE43/44/45 緊急地震速報.
    Eew(Eew),
    /// VTSE41/51/52.
    Tsunami(Tsunami),
    /// VFVO50/51/52/56/60, VFSV50–61.
    Volcano(Volcano),
    /// VFVO53/54/55 降灰予報.
    Ash(Ash),
    /// VYSE60 北海道・三陸沖後発地震注意情報, and VYSE50–52.
    MegaquakeAdvisory(MegaquakeAdvisory),
    /// Text for people: 気象解説情報, VPBS50 気象防災速報, VXSE56/60, VZSE40, VPFD61 …
    Bulletin(Bulletin),
    /// 取消 of any type: the body holds at most a text.
    Withdrawn { text: String },
    /// A known type outside our mission, or an unknown type: archived, shown as received.
    Archived,
}

/// Warnings (警報・注意報) by area: the whole state the telegram speaks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Warnings {
    /// Which warning product; decides what the telegram's silence means.
    pub product: WarningProduct,
    /// Items of the municipality layer (市町村等), or of the finest layer the product has.
    pub items: Vec<WarningItem>,
    /// VPWW57 only: coast sections (高潮予報区間), which say 氾濫発生 in the condition of a kind. Not a municipality.
    pub sections: Vec<WarningItem>,
    /// Body/Notice and Body/Comment texts (legacy types name 危険警報 here).
    pub notices: Vec<String>,
}

/// Product (電文種別) and so its reach: a telegram replaces what the same product said for the same office before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningProduct {
    /// VPWW55 大雨
    HeavyRain,
    /// VPWW56 土砂
    Landslide,
    /// VPWW57 高潮
    StormSurge,
    /// VPWW58 暴風・暴風雪
    Storm,
    /// VPWW59 波浪
    Waves,
    /// VPWW60 大雪
    HeavySnow,
    /// VPWW61 その他注意報
    Other,
    /// VPWS50 集約通報: everything, nationwide
    Snapshot,
    /// VPWW53/54 (and 50–52): every hazard in one, transitional until about 2028
    Legacy,
    /// VXWW50 土砂災害警戒情報, transitional
    LegacyLandslide,
    /// VPHW50/51 竜巻注意情報
    Tornado,
}

/// One area with the kinds in force (or just lifted) there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarningItem {
    pub area: AreaCode,
    pub area_name: String,
    /// Empty when 発表警報・注意報はなし.
    pub kinds: Vec<WarningKind>,
}

/// One kind of warning in one area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarningKind {
    /// Two digits as in the telegram (`"03"`, `"49"`); VXWW50 has one (`"3"`).
    pub code: String,
    pub name: String,
    /// 発表, 継続, 解除, 警報から注意報, … verbatim; empty where the product has none.
    pub status: String,
    /// 土砂災害、浸水害 … verbatim.
    pub condition: String,
    /// Code of the kind before (LastKind); empty where the telegram gives none.
    pub last_code: String,
    /// From CriteriaPeriod or ValidDateTime, where given.
    pub until: Option<Timestamp>,
    /// Sentences for people (量的予想 …), verbatim.
    pub details: Vec<String>,
}

impl WarningKind {
    /// 解除: in the body the kind keeps its own code and says so in Status; in a headline the code is 00.
    pub fn is_lifted(&self) -> bool {
        self.status == "解除" || self.code == "00" || self.code == "0"
    }
}

/// A flood forecast (指定河川洪水予報) for one forecast area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct River {
    /// (予報区域, 12 digits).
    pub area: AreaCode,
    pub name: String,
    /// Decide by this code (10–53), never by the name.
    pub code: String,
    pub kind_name: String,
    pub condition: String,
    /// Main text (主文) of each river, verbatim.
    pub texts: Vec<String>,
    /// Municipalities named in 浸水想定地区, as (area, district name).
    pub inundation: Vec<(AreaCode, String)>,
    pub stations: Vec<RiverStation>,
}

/// Water level at one station (水位観測所).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiverStation {
    pub code: String,
    pub name: String,
    pub readings: Vec<WaterLevel>,
}

/// One observed or forecast water level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaterLevel {
    pub at: Timestamp,
    /// Metres; `None` where missing.
    pub metres: Option<f64>,
    pub level: Option<u8>,
    pub forecast: bool,
}

/// A place in the earth (震源).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hypocentre {
    pub name: String,
    /// Code type `Epicentre`.
    pub area: Option<AreaCode>,
    pub point: Option<Point>,
    /// Kilometres below sea level; `None` when unknown; 0 is ごく浅い.
    pub depth_km: Option<f64>,
    /// Verbatim description (北緯４１．０度 東経１４２．３度 深さ 約５０ｋｍ).
    pub text: String,
    /// DetailedName or NameFromMark (牡鹿半島の東南東１３０ｋｍ付近); often empty.
    pub detail: String,
}

/// Magnitude: a number where there is one, and what the telegram says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Magnitude {
    /// `None` for NaN: never read as small.
    pub value: Option<f64>,
    /// Verbatim: Ｍ７．５, Ｍ不明, Ｍ８を超える巨大地震.
    pub text: String,
}

/// Seismic intensity (震度), in order of strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Intensity {
    #[serde(rename = "0")]
    Zero,
    #[serde(rename = "1")]
    One,
    #[serde(rename = "2")]
    Two,
    #[serde(rename = "3")]
    Three,
    #[serde(rename = "4")]
    Four,
    #[serde(rename = "5-")]
    FiveLower,
    #[serde(rename = "5+")]
    FiveUpper,
    #[serde(rename = "6-")]
    SixLower,
    #[serde(rename = "6+")]
    SixUpper,
    #[serde(rename = "7")]
    Seven,
}

/// An earthquake report (震度速報, 震源情報, 震源・震度情報, 長周期).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quake {
    pub origin_at: Option<Timestamp>,
    /// When it was first felt; always there where origin_at is not.
    pub arrived_at: Option<Timestamp>,
    pub hypocentre: Option<Hypocentre>,
    pub magnitude: Option<Magnitude>,
    pub max_intensity: Option<Intensity>,
    /// Long-period class (長周期地震動階級) 0–4.
    pub max_long_period: Option<u8>,
    /// By prefecture, seismic area (地震情報／細分区域), municipality and station, all in one list; the code type tells which.
    pub intensities: Vec<AreaIntensity>,
    /// Fixed comment codes (固定付加文), e.g. `"0215"`: "no tsunami" may be said only on these.
    pub comment_codes: Vec<String>,
    pub comments: Vec<String>,
}

/// Intensity in one area or at one station.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AreaIntensity {
    pub area: AreaCode,
    pub name: String,
    /// `None` with `not_arrived` = 震度５弱以上未入電: possibly severe, never nothing.
    pub intensity: Option<Intensity>,
    pub not_arrived: bool,
    pub long_period: Option<u8>,
}

/// Earthquake early warning (緊急地震速報); only through a distributor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Eew {
    pub warning: bool,
    pub last_report: bool,
    pub origin_at: Option<Timestamp>,
    pub hypocentre: Option<Hypocentre>,
    /// 仮定震源要素: position, depth and magnitude without meaning.
    pub assumed_hypocentre: bool,
    pub magnitude: Option<Magnitude>,
    pub max_intensity: Option<Intensity>,
    pub areas: Vec<EewArea>,
}

/// Forecast for one seismic area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EewArea {
    pub area: AreaCode,
    pub name: String,
    pub kind_code: String,
    pub from: Option<Intensity>,
    pub to: Option<Intensity>,
    /// "or more" (以上).
    pub over: bool,
    pub arrives_at: Option<Timestamp>,
    pub arrived: bool,
}

/// Tsunami warnings, forecasts and observations (津波).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tsunami {
    /// Every zone the telegram speaks for.
    pub zones: Vec<TsunamiZone>,
    pub observations: Vec<TsunamiObservation>,
    /// VTSE52 offshore estimates per zone, same shape.
    pub estimates: Vec<TsunamiZone>,
    pub origin_at: Option<Timestamp>,
    pub quake_name: String,
    pub hypocentre: Option<Hypocentre>,
    pub magnitude: Option<Magnitude>,
    /// Further earthquakes of the same telegram, where one tsunami has several.
    pub other_quakes: Vec<(Option<Hypocentre>, Option<Magnitude>)>,
    pub comment_codes: Vec<String>,
    pub comments: Vec<String>,
}

/// One forecast zone (津波予報区).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TsunamiZone {
    pub area: AreaCode,
    pub name: String,
    /// 00, 50–53, 60, 62, 71–73; empty for estimates without a kind.
    pub kind_code: String,
    pub kind_name: String,
    pub last_kind_code: String,
    pub arrival: Arrival,
    pub height: Option<TsunamiHeight>,
    /// When the greatest wave is estimated (VTSE52 estimates only).
    pub max_at: Option<Timestamp>,
    pub stations: Vec<StationForecast>,
}

/// First wave: a time, words, or both.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    pub at: Option<Timestamp>,
    /// Split at the full-width space: two words can stand in one string.
    pub conditions: Vec<String>,
}

/// Height: metres where there is a number, and the words (巨大, 高い, １０ｍ超).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TsunamiHeight {
    pub metres: Option<f64>,
    pub text: String,
    pub conditions: Vec<String>,
}

/// High tide and first wave at one forecast point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StationForecast {
    pub code: String,
    pub name: String,
    pub high_tide_at: Option<Timestamp>,
    pub arrival: Arrival,
}

/// What a tide station or offshore buoy saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TsunamiObservation {
    /// `None` in VTSE52.
    pub zone: Option<AreaCode>,
    pub station_code: String,
    pub station_name: String,
    pub offshore: bool,
    pub first_wave: Arrival,
    /// 押し / 引き.
    pub polarity: String,
    pub max_at: Option<Timestamp>,
    pub height: Option<TsunamiHeight>,
    /// 上昇中.
    pub rising: bool,
}

/// Volcanic warnings and reports (噴火警報・予報, 噴火速報, 観測報).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Volcano {
    pub volcanoes: Vec<VolcanoItem>,
    pub text: String,
}

/// One volcano or one municipality it concerns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VolcanoItem {
    pub area: AreaCode,
    pub name: String,
    pub code: String,
    pub kind_name: String,
    pub condition: String,
    /// Code of the kind before (LastKind); empty where the telegram gives none.
    pub last_code: String,
    /// When it happened (VFVO52/56/60).
    pub event_at: Option<Timestamp>,
}

/// Ash fall forecast (降灰予報).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ash {
    pub volcano: AreaCode,
    pub volcano_name: String,
    pub periods: Vec<AshPeriod>,
    pub text: String,
}

/// Ash in one period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AshPeriod {
    pub from: Timestamp,
    pub until: Timestamp,
    /// Kind code 70–75, municipality, its name.
    pub areas: Vec<(String, AreaCode, String)>,
}

/// VYSE60 (and VYSE50–52): free text only. Trigger, quake, targets, timer and closing are the rooms' work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MegaquakeAdvisory {
    /// 北海道・三陸沖後発地震注意情報, 南海トラフ地震臨時情報, …
    pub info_kind: String,
    /// 調査中, 巨大地震注意, … (InfoSerial); empty in VYSE60.
    pub serial_name: String,
    pub serial_code: String,
    pub text: String,
    pub appendix: String,
    pub next_advisory: String,
}

/// A text for people, with the areas it names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bulletin {
    /// 線状降水帯発生, 短時間大雪, … from 情報タグ or Head/Title; may be empty.
    pub tag: String,
    pub areas: Vec<(AreaCode, String)>,
    pub text: String,
}
