//! What is in force where: types, and the pure fold from telegrams to state.
//!
//! A [`Statement`] (現況) is the newest word of one product for one office or event. Everything shown is derived from the
//! statements held, so that neither order nor repetition of arrival matters. Only `since` needs memory: [`HazardState`].

mod advisory;
mod fold;
mod news;
mod quake;
mod read;
mod rivers;
#[cfg(test)]
pub(crate) mod tests;
mod tsunami;
mod warnings;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use feeds::facts::{self, InfoType, Telegram};
use kernel::{AreaCode, Mode, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub use advisory::{ADVISORY_HOURS, AdvisoryView, Targets, advisory};
pub use fold::{Change, Disposition, Fold, apply, fold, settle};
pub(crate) use news::quake_line;
pub use news::{Line, News};
pub use quake::{LocalIntensity, QuakeView, quake_rank, quakes, strongest_at};
pub use read::{jis5, municipalities_of, read};
pub use rivers::rivers;
pub use tsunami::{SeaView, grade_of, sea, tsunami_rank};
pub use warnings::{kind_of, steps};

/// What can happen (災害の種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hazard {
    /// 大雨（浸水）
    HeavyRain,
    /// 土砂災害
    Landslide,
    /// 高潮
    StormSurge,
    /// 洪水 (legacy, by municipality)
    Flood,
    /// 浸水害
    Inundation,
    /// 暴風雪・風雪
    Snowstorm,
    /// 暴風・強風
    Storm,
    /// 大雪
    HeavySnow,
    /// 波浪
    Waves,
    /// 雷
    Thunder,
    /// 融雪
    Snowmelt,
    /// 濃霧
    Fog,
    /// 乾燥
    Dry,
    /// なだれ
    Avalanche,
    /// 低温
    Cold,
    /// 霜
    Frost,
    /// 着氷
    Icing,
    /// 着雪
    SnowAccretion,
    /// その他の注意報
    Other,
    /// 竜巻
    Tornado,
    /// 津波
    Tsunami,
    /// 指定河川の氾濫
    River,
    /// 火山
    Volcano,
    /// 降灰
    Ash,
    /// 緊急地震速報
    Eew,
    /// 後発地震注意情報
    AftershockAdvisory,
}

impl Hazard {
    /// The name used in keys, subjects and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HeavyRain => "heavy_rain",
            Self::Landslide => "landslide",
            Self::StormSurge => "storm_surge",
            Self::Flood => "flood",
            Self::Inundation => "inundation",
            Self::Snowstorm => "snowstorm",
            Self::Storm => "storm",
            Self::HeavySnow => "heavy_snow",
            Self::Waves => "waves",
            Self::Thunder => "thunder",
            Self::Snowmelt => "snowmelt",
            Self::Fog => "fog",
            Self::Dry => "dry",
            Self::Avalanche => "avalanche",
            Self::Cold => "cold",
            Self::Frost => "frost",
            Self::Icing => "icing",
            Self::SnowAccretion => "snow_accretion",
            Self::Other => "other",
            Self::Tornado => "tornado",
            Self::Tsunami => "tsunami",
            Self::River => "river",
            Self::Volcano => "volcano",
            Self::Ash => "ash",
            Self::Eew => "eew",
            Self::AftershockAdvisory => "aftershock_advisory",
        }
    }
}

/// How grave (種別): 注意報, 警報, 危険警報, 特別警報.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    None,
    Advisory,
    Warning,
    Danger,
    Emergency,
}

/// One product for one office or event: what a newer telegram replaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    pub product: String,
    /// 府県予報区, EventID, river area, …
    pub scope: String,
}

impl Key {
    pub fn new(product: &str, scope: &str) -> Self {
        Self { product: product.to_owned(), scope: scope.to_owned() }
    }
}

/// Order of telegrams of one key. Never by Serial: it is often empty and starts again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Head/ReportDateTime
    pub reported_at: Timestamp,
    /// Control/DateTime
    pub sent_at: Timestamp,
    /// Breaks a tie the same way whatever came first.
    pub kind: String,
}

/// Which telegram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub telegram: Uuid,
    pub kind: String,
    pub office: String,
    pub serial: String,
    /// Key of the source (document `sources`).
    pub source: String,
}

/// The newest word of one product for one office or event (現況).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    pub key: Key,
    pub stamp: Stamp,
    pub origin: Origin,
    /// When it was folded; a drill's own time runs on from here.
    pub received_at: Timestamp,
    /// Head/ValidDateTime.
    #[serde(default)]
    pub valid_until: Option<Timestamp>,
    pub content: Content,
}

/// What it says, cut down to what is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", content = "of", rename_all = "snake_case")]
pub enum Content {
    /// 取消: the telegram is withdrawn; older ones that come late are not news.
    Withdrawn(String),
    /// Kinds by municipality (JIS5).
    Warnings(BTreeMap<String, Vec<facts::WarningKind>>),
    River(facts::River),
    Quake(facts::Quake),
    Eew(facts::Eew),
    Tsunami(facts::Tsunami),
    Volcano(facts::Volcano),
    Ash(facts::Ash),
    Advisory(facts::MegaquakeAdvisory),
    Bulletin(BulletinContent),
}

/// A text for people with its title and the municipalities it names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BulletinContent {
    pub title: String,
    pub tag: String,
    pub text: String,
    pub municipalities: Vec<String>,
}

/// One telegram as it reaches the fold.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    pub id: Uuid,
    pub source: &'a str,
    pub telegram: &'a Telegram,
}

impl Incoming<'_> {
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp {
            reported_at: self.telegram.head.reported_at,
            sent_at: self.telegram.sent_at,
            kind: self.telegram.kind.clone(),
        }
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin {
            telegram: self.id,
            kind: self.telegram.kind.clone(),
            office: self.telegram.publishing_office.clone(),
            serial: self.telegram.head.serial.clone(),
            source: self.source.to_owned(),
        }
    }

    pub(crate) fn is_cancel(&self) -> bool {
        self.telegram.head.info_type == InfoType::Cancel
    }
}

/// How far a telegram's times may run ahead of its reception; clocks differ a little.
const AHEAD: Duration = Duration::from_mins(10);

/// A live telegram with the time of its reception in place of times that lie ahead of it: a slip in a date must not make
/// it the newest word for years. `None` where nothing is wrong. A drill's times are its own.
pub(crate) fn brought_back(telegram: &Telegram, mode: Mode, now: Timestamp) -> Option<Telegram> {
    let latest = now.plus(AHEAD);
    let ahead = telegram.head.reported_at > latest || telegram.sent_at > latest;
    (mode == Mode::Live && ahead).then(|| {
        let mut telegram = telegram.clone();
        for at in [&mut telegram.head.reported_at, &mut telegram.sent_at] {
            if *at > latest {
                *at = now;
            }
        }
        telegram
    })
}

/// What the statements say of one hazard in one area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Derived {
    /// Kind code as in the telegram.
    pub code: String,
    /// 警戒レベル相当, where the scheme has one.
    pub level: Option<u8>,
    pub rank: u8,
    pub grade: Grade,
    /// In the time of the telegrams; a drill's is not ours, see [`State::on_our_clock`].
    pub until: Option<Timestamp>,
    /// Verbatim sentences.
    pub detail: String,
    pub origin: Origin,
    pub reported_at: Timestamp,
}

impl Derived {
    /// The same to everyone who reads it, whichever telegram said it.
    fn same(&self, other: &Self) -> bool {
        (&self.code, self.level, self.rank, self.grade, self.until, &self.detail)
            == (&other.code, other.level, other.rank, other.grade, other.until, &other.detail)
    }
}

/// One hazard in force in one area, with memory of when it began (警報・注意報の状態).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HazardState {
    pub hazard: Hazard,
    pub area: AreaCode,
    pub since: Timestamp,
    pub updated_at: Timestamp,
    pub derived: Derived,
}

/// Hazard and area: the key of the one model.
pub type Place = (Hazard, AreaCode);

/// Everything known of one mode.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub mode: Mode,
    pub statements: BTreeMap<Key, Arc<Statement>>,
    pub hazards: BTreeMap<Place, HazardState>,
    pub targets: Targets,
}

impl State {
    pub fn empty(mode: Mode) -> Self {
        Self { mode, statements: BTreeMap::new(), hazards: BTreeMap::new(), targets: Targets::default() }
    }

    /// Statements of one product, oldest first by scope.
    pub fn of<'a>(&'a self, product: &'a str) -> impl Iterator<Item = &'a Statement> + use<'a> {
        let from = Key::new(product, "");
        self.statements.range(from..).map(|(_, s)| &**s).take_while(move |s| s.key.product == product)
    }

    pub fn get(&self, product: &str, scope: &str) -> Option<&Statement> {
        self.statements.get(&Key::new(product, scope)).map(|s| &**s)
    }

    /// A time of a telegram on our clock, to be held against now. `reported` is the report time of what names it.
    ///
    /// Live it is the same. A drill has a time of its own, for its telegrams may be of last year: the report time of its
    /// newest telegram, and the time gone by since that came. Telegrams more than [`SAME_DRILL_DAYS`] later belong to
    /// another exercise and do not hurry this one.
    pub fn on_our_clock(&self, reported: Timestamp, told: Timestamp) -> Timestamp {
        let late = reported.plus(Duration::from_hours(24 * SAME_DRILL_DAYS));
        match self.mode {
            Mode::Live => told,
            Mode::Drill => match self.newest(|s| (reported..=late).contains(&s.stamp.reported_at)) {
                Some(newest) => shift(told, newest.stamp.reported_at, newest.received_at),
                None => told,
            },
        }
    }

    /// What time it is in this mode: now, or the drill's own time.
    pub fn time(&self, now: Timestamp) -> Timestamp {
        match (self.mode, self.newest(|_| true)) {
            (Mode::Drill, Some(newest)) => shift(now, newest.received_at, newest.stamp.reported_at),
            _ => now,
        }
    }

    fn newest(&self, wanted: impl Fn(&Statement) -> bool) -> Option<&Statement> {
        let of_interest = self.statements.values().map(|s| &**s).filter(|s| wanted(s));
        of_interest.max_by_key(|s| (s.stamp.reported_at, std::cmp::Reverse(s.received_at)))
    }
}

/// How far apart telegrams of one exercise may lie; longer than the week of the advisory.
const SAME_DRILL_DAYS: u64 = 14;

fn shift(at: Timestamp, from: Timestamp, to: Timestamp) -> Timestamp {
    Timestamp::from_micros(to.micros().saturating_add(at.micros().saturating_sub(from.micros())))
}
