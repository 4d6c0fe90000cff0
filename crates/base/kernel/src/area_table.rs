//! The 40 municipalities of Aomori, in the official order of their codes.
//!
//! Names, kana and the JMA areas are facts of the public code tables (JIS X 0402, AreaInformationCity, AreaForecastLocalM).
//! Points are ours: the municipal office to two decimals (about 1 km), for labels and for "the nearest municipality".
//!
//! **Derived, to be checked by the prefecture:** `tsunami_zones` and `river_areas`. There is no official table from
//! municipality to tsunami zone; ours follows the coast, and where a coast is shared or near a border it names both
//! zones (むつ市 and 佐井村 lie on 陸奥湾 and on the strait, 外ヶ浜町 and 今別町 on 陸奥湾 and towards the 日本海). River areas
//! follow the courses of the rivers; the telegram's own 浸水想定地区 goes before them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{AreaCode, CodeType, Point};

/// City, town or village (市・町・村).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MunicipalityKind {
    /// 市
    City,
    /// 町
    Town,
    /// 村
    Village,
}

/// A municipality (市町村) of Aomori, with its place in every table of areas.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Municipality {
    /// 市区町村コード, five digits: `02203`.
    pub jis5: &'static str,
    /// `八戸市`. The seismic tables say 青森南部町 for 南部町.
    pub name: &'static str,
    /// `はちのへし`
    pub kana: &'static str,
    /// `Hachinohe`
    pub romaji: &'static str,
    /// 市・町・村
    pub kind: MunicipalityKind,
    /// 一次細分区域
    pub class10: &'static str,
    /// 市町村等をまとめた地域. 三沢市, 六戸町 and おいらせ町 are in 020031 三八, not in 上北.
    pub class15: &'static str,
    /// 地震情報の細分区域
    pub seismic_area: &'static str,
    /// 津波予報区 its coast touches; none inland.
    pub tsunami_zones: &'static [&'static str],
    /// 指定河川洪水予報の予報区域 that may flood it.
    pub river_areas: &'static [&'static str],
    /// Latitude of the municipal office, degrees north.
    pub lat: f64,
    /// Longitude of the municipal office, degrees east.
    pub lon: f64,
}

impl Municipality {
    /// `municipality:02203`
    pub fn area(&self) -> AreaCode {
        AreaCode::municipality(self.jis5)
    }

    /// 気象庁の市町村等 code: the five digits and `00`; none of the forty is split.
    pub fn jma_area(&self) -> AreaCode {
        AreaCode::new(CodeType::JmaMunicipality, &format!("{}00", self.jis5))
    }

    /// Where its office stands.
    pub fn point(&self) -> Point {
        Point { lat: self.lat, lon: self.lon }
    }
}

use MunicipalityKind::{City, Town, Village};

#[rustfmt::skip]
pub(crate) static TABLE: [Municipality; 40] = [
    Municipality { jis5: "02201", name: "青森市", kana: "あおもりし", romaji: "Aomori", kind: City, class10: "020010", class15: "020011", seismic_area: "200", tsunami_zones: &[MUTSU_BAY], river_areas: &[TSUTSUMI], lat: 40.82, lon: 140.75 },
    Municipality { jis5: "02202", name: "弘前市", kana: "ひろさきし", romaji: "Hirosaki", kind: City, class10: "020010", class15: "020014", seismic_area: "201", tsunami_zones: &[], river_areas: &[IWAKI, HIRA_UPPER, HIRA_LOWER], lat: 40.60, lon: 140.46 },
    Municipality { jis5: "02203", name: "八戸市", kana: "はちのへし", romaji: "Hachinohe", kind: City, class10: "020030", class15: "020031", seismic_area: "202", tsunami_zones: &[PACIFIC], river_areas: &[MABECHI_LOWER, MABECHI_MIDDLE], lat: 40.51, lon: 141.49 },
    Municipality { jis5: "02204", name: "黒石市", kana: "くろいしし", romaji: "Kuroishi", kind: City, class10: "020010", class15: "020014", seismic_area: "201", tsunami_zones: &[], river_areas: &[], lat: 40.64, lon: 140.59 },
    Municipality { jis5: "02205", name: "五所川原市", kana: "ごしょがわらし", romaji: "Goshogawara", kind: City, class10: "020010", class15: "020012", seismic_area: "200", tsunami_zones: &[JAPAN_SEA], river_areas: &[IWAKI, TOGAWA], lat: 40.81, lon: 140.44 },
    Municipality { jis5: "02206", name: "十和田市", kana: "とわだし", romaji: "Towada", kind: City, class10: "020030", class15: "020032", seismic_area: "202", tsunami_zones: &[], river_areas: &[], lat: 40.61, lon: 141.21 },
    Municipality { jis5: "02207", name: "三沢市", kana: "みさわし", romaji: "Misawa", kind: City, class10: "020030", class15: "020031", seismic_area: "202", tsunami_zones: &[PACIFIC], river_areas: &[TAKASE], lat: 40.68, lon: 141.37 },
    Municipality { jis5: "02208", name: "むつ市", kana: "むつし", romaji: "Mutsu", kind: City, class10: "020020", class15: "020020", seismic_area: "203", tsunami_zones: &[PACIFIC, MUTSU_BAY], river_areas: &[], lat: 41.29, lon: 141.18 },
    Municipality { jis5: "02209", name: "つがる市", kana: "つがるし", romaji: "Tsugaru", kind: City, class10: "020010", class15: "020013", seismic_area: "200", tsunami_zones: &[JAPAN_SEA], river_areas: &[IWAKI], lat: 40.81, lon: 140.38 },
    Municipality { jis5: "02210", name: "平川市", kana: "ひらかわし", romaji: "Hirakawa", kind: City, class10: "020010", class15: "020014", seismic_area: "201", tsunami_zones: &[], river_areas: &[HIRA_UPPER], lat: 40.58, lon: 140.57 },
    Municipality { jis5: "02301", name: "平内町", kana: "ひらないまち", romaji: "Hiranai", kind: Town, class10: "020010", class15: "020011", seismic_area: "200", tsunami_zones: &[MUTSU_BAY], river_areas: &[], lat: 40.93, lon: 140.96 },
    Municipality { jis5: "02303", name: "今別町", kana: "いまべつまち", romaji: "Imabetsu", kind: Town, class10: "020010", class15: "020011", seismic_area: "200", tsunami_zones: &[JAPAN_SEA, MUTSU_BAY], river_areas: &[], lat: 41.18, lon: 140.48 },
    Municipality { jis5: "02304", name: "蓬田村", kana: "よもぎたむら", romaji: "Yomogita", kind: Village, class10: "020010", class15: "020011", seismic_area: "200", tsunami_zones: &[MUTSU_BAY], river_areas: &[], lat: 40.97, lon: 140.66 },
    Municipality { jis5: "02307", name: "外ヶ浜町", kana: "そとがはままち", romaji: "Sotogahama", kind: Town, class10: "020010", class15: "020011", seismic_area: "200", tsunami_zones: &[JAPAN_SEA, MUTSU_BAY], river_areas: &[], lat: 41.04, lon: 140.63 },
    Municipality { jis5: "02321", name: "鰺ヶ沢町", kana: "あじがさわまち", romaji: "Ajigasawa", kind: Town, class10: "020010", class15: "020013", seismic_area: "201", tsunami_zones: &[JAPAN_SEA], river_areas: &[], lat: 40.78, lon: 140.22 },
    Municipality { jis5: "02323", name: "深浦町", kana: "ふかうらまち", romaji: "Fukaura", kind: Town, class10: "020010", class15: "020013", seismic_area: "201", tsunami_zones: &[JAPAN_SEA], river_areas: &[], lat: 40.65, lon: 139.93 },
    Municipality { jis5: "02343", name: "西目屋村", kana: "にしめやむら", romaji: "Nishimeya", kind: Village, class10: "020010", class15: "020014", seismic_area: "201", tsunami_zones: &[], river_areas: &[], lat: 40.58, lon: 140.30 },
    Municipality { jis5: "02361", name: "藤崎町", kana: "ふじさきまち", romaji: "Fujisaki", kind: Town, class10: "020010", class15: "020014", seismic_area: "201", tsunami_zones: &[], river_areas: &[IWAKI, TOGAWA, HIRA_LOWER], lat: 40.66, lon: 140.50 },
    Municipality { jis5: "02362", name: "大鰐町", kana: "おおわにまち", romaji: "Owani", kind: Town, class10: "020010", class15: "020014", seismic_area: "201", tsunami_zones: &[], river_areas: &[HIRA_UPPER], lat: 40.52, lon: 140.57 },
    Municipality { jis5: "02367", name: "田舎館村", kana: "いなかだてむら", romaji: "Inakadate", kind: Village, class10: "020010", class15: "020014", seismic_area: "201", tsunami_zones: &[], river_areas: &[HIRA_LOWER], lat: 40.63, lon: 140.55 },
    Municipality { jis5: "02381", name: "板柳町", kana: "いたやなぎまち", romaji: "Itayanagi", kind: Town, class10: "020010", class15: "020012", seismic_area: "200", tsunami_zones: &[], river_areas: &[IWAKI, TOGAWA], lat: 40.70, lon: 140.46 },
    Municipality { jis5: "02384", name: "鶴田町", kana: "つるたまち", romaji: "Tsuruta", kind: Town, class10: "020010", class15: "020012", seismic_area: "200", tsunami_zones: &[], river_areas: &[IWAKI, TOGAWA], lat: 40.76, lon: 140.43 },
    Municipality { jis5: "02387", name: "中泊町", kana: "なかどまりまち", romaji: "Nakadomari", kind: Town, class10: "020010", class15: "020012", seismic_area: "200", tsunami_zones: &[JAPAN_SEA], river_areas: &[IWAKI], lat: 40.96, lon: 140.43 },
    Municipality { jis5: "02401", name: "野辺地町", kana: "のへじまち", romaji: "Noheji", kind: Town, class10: "020030", class15: "020032", seismic_area: "202", tsunami_zones: &[MUTSU_BAY], river_areas: &[], lat: 40.86, lon: 141.13 },
    Municipality { jis5: "02402", name: "七戸町", kana: "しちのへまち", romaji: "Shichinohe", kind: Town, class10: "020030", class15: "020032", seismic_area: "202", tsunami_zones: &[], river_areas: &[], lat: 40.74, lon: 141.16 },
    Municipality { jis5: "02405", name: "六戸町", kana: "ろくのへまち", romaji: "Rokunohe", kind: Town, class10: "020030", class15: "020031", seismic_area: "202", tsunami_zones: &[], river_areas: &[], lat: 40.61, lon: 141.32 },
    Municipality { jis5: "02406", name: "横浜町", kana: "よこはままち", romaji: "Yokohama", kind: Town, class10: "020030", class15: "020032", seismic_area: "202", tsunami_zones: &[MUTSU_BAY], river_areas: &[], lat: 41.08, lon: 141.25 },
    Municipality { jis5: "02408", name: "東北町", kana: "とうほくまち", romaji: "Tohoku", kind: Town, class10: "020030", class15: "020032", seismic_area: "202", tsunami_zones: &[], river_areas: &[TAKASE], lat: 40.73, lon: 141.26 },
    Municipality { jis5: "02411", name: "六ヶ所村", kana: "ろっかしょむら", romaji: "Rokkasho", kind: Village, class10: "020030", class15: "020032", seismic_area: "202", tsunami_zones: &[PACIFIC], river_areas: &[TAKASE], lat: 40.97, lon: 141.37 },
    Municipality { jis5: "02412", name: "おいらせ町", kana: "おいらせちょう", romaji: "Oirase", kind: Town, class10: "020030", class15: "020031", seismic_area: "202", tsunami_zones: &[PACIFIC], river_areas: &[], lat: 40.60, lon: 141.40 },
    Municipality { jis5: "02423", name: "大間町", kana: "おおままち", romaji: "Oma", kind: Town, class10: "020020", class15: "020020", seismic_area: "203", tsunami_zones: &[PACIFIC], river_areas: &[], lat: 41.53, lon: 140.91 },
    Municipality { jis5: "02424", name: "東通村", kana: "ひがしどおりむら", romaji: "Higashidori", kind: Village, class10: "020020", class15: "020020", seismic_area: "203", tsunami_zones: &[PACIFIC], river_areas: &[], lat: 41.28, lon: 141.33 },
    Municipality { jis5: "02425", name: "風間浦村", kana: "かざまうらむら", romaji: "Kazamaura", kind: Village, class10: "020020", class15: "020020", seismic_area: "203", tsunami_zones: &[PACIFIC], river_areas: &[], lat: 41.49, lon: 141.00 },
    Municipality { jis5: "02426", name: "佐井村", kana: "さいむら", romaji: "Sai", kind: Village, class10: "020020", class15: "020020", seismic_area: "203", tsunami_zones: &[PACIFIC, MUTSU_BAY], river_areas: &[], lat: 41.43, lon: 140.86 },
    Municipality { jis5: "02441", name: "三戸町", kana: "さんのへまち", romaji: "Sannohe", kind: Town, class10: "020030", class15: "020031", seismic_area: "202", tsunami_zones: &[], river_areas: &[MABECHI_MIDDLE], lat: 40.38, lon: 141.26 },
    Municipality { jis5: "02442", name: "五戸町", kana: "ごのへまち", romaji: "Gonohe", kind: Town, class10: "020030", class15: "020031", seismic_area: "202", tsunami_zones: &[], river_areas: &[], lat: 40.53, lon: 141.31 },
    Municipality { jis5: "02443", name: "田子町", kana: "たっこまち", romaji: "Takko", kind: Town, class10: "020030", class15: "020031", seismic_area: "202", tsunami_zones: &[], river_areas: &[], lat: 40.34, lon: 141.15 },
    Municipality { jis5: "02445", name: "南部町", kana: "なんぶちょう", romaji: "Nambu", kind: Town, class10: "020030", class15: "020031", seismic_area: "202", tsunami_zones: &[], river_areas: &[MABECHI_MIDDLE], lat: 40.47, lon: 141.38 },
    Municipality { jis5: "02446", name: "階上町", kana: "はしかみちょう", romaji: "Hashikami", kind: Town, class10: "020030", class15: "020031", seismic_area: "202", tsunami_zones: &[PACIFIC], river_areas: &[], lat: 40.45, lon: 141.62 },
    Municipality { jis5: "02450", name: "新郷村", kana: "しんごうむら", romaji: "Shingo", kind: Village, class10: "020030", class15: "020031", seismic_area: "202", tsunami_zones: &[], river_areas: &[], lat: 40.46, lon: 141.17 },
];

/// 津波予報区
const JAPAN_SEA: &str = "200";
const PACIFIC: &str = "201";
const MUTSU_BAY: &str = "202";

/// 指定河川洪水予報の予報区域
const TSUTSUMI: &str = "020036000100";
const MABECHI_LOWER: &str = "820205000102";
const MABECHI_MIDDLE: &str = "820205000103";
const TAKASE: &str = "820206000100";
const IWAKI: &str = "820207000100";
const TOGAWA: &str = "820207003500";
const HIRA_UPPER: &str = "820207006101";
const HIRA_LOWER: &str = "820207006102";
