//! What a device asked for (通知の登録).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use chrono::Timelike as _;
use kernel::{Point, Timestamp, areas};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Radii a circle may have, metres: few, so that the index keeps one grid for each.
pub const RADII: [u32; 3] = [500, 1_000, 3_000];
/// Places of one device.
pub const MOST_PLACES: usize = 8;

/// The language of a device's notices (通知の言語).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeLanguage)]
pub enum Language {
    /// 日本語
    #[default]
    Ja,
    /// やさしい日本語
    Easy,
    /// English
    En,
}

/// What a notice is about (お知らせの種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeKind)]
pub enum Kind {
    /// 津波
    Tsunami,
    /// 避難情報
    Evacuation,
    /// 地震
    Quake,
    /// 警報・注意報
    Warning,
    /// 本部からのお知らせ
    Office,
    /// 受信の確認
    Test,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tsunami => "tsunami",
            Self::Evacuation => "evacuation",
            Self::Quake => "quake",
            Self::Warning => "warning",
            Self::Office => "office",
            Self::Test => "test",
        }
    }

    /// Whether lives depend on it at this rank: such a notice knows no quiet hours.
    pub fn is_life_safety(self, rank: u8) -> bool {
        match self {
            Self::Tsunami | Self::Evacuation => rank >= 3,
            Self::Quake => rank >= 5,
            Self::Warning => rank >= 4,
            Self::Office | Self::Test => false,
        }
    }

    /// How long it is worth delivering.
    pub fn lifetime(self) -> Duration {
        Duration::from_mins(match self {
            Self::Quake => 60,
            Self::Tsunami | Self::Warning => 6 * 60,
            Self::Evacuation => 12 * 60,
            Self::Office => 24 * 60,
            Self::Test => 10,
        })
    }
}

/// The kinds a device wants, each from a rank on; `None` is off (受け取る種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NoticeKinds)]
pub struct Kinds {
    /// 3 津波注意報, 4 津波警報, 5 大津波警報.
    #[schema(minimum = 3, maximum = 5)]
    pub tsunami: Option<u8>,
    /// Level of the evacuation order, 3–5.
    #[schema(minimum = 3, maximum = 5)]
    pub evacuation: Option<u8>,
    /// Intensity: 1–4, 5 for 5弱, 6 for 5強, 7 for 6弱, 8 for 6強, 9 for 7.
    #[schema(minimum = 1, maximum = 9)]
    pub quake: Option<u8>,
    /// 2 注意報, 3 警報, 4 危険警報, 5 特別警報.
    #[schema(minimum = 2, maximum = 5)]
    pub warning: Option<u8>,
    /// Notices of the municipality and the prefecture.
    pub office: bool,
}

impl Default for Kinds {
    /// Life safety on, everything from warnings on.
    fn default() -> Self {
        Self { tsunami: Some(3), evacuation: Some(3), quake: Some(4), warning: Some(3), office: true }
    }
}

impl Kinds {
    /// From which rank a kind is wanted; `None` if it is off.
    pub fn from_rank(self, kind: Kind) -> Option<u8> {
        match kind {
            Kind::Tsunami => self.tsunami,
            Kind::Evacuation => self.evacuation,
            Kind::Quake => self.quake,
            Kind::Warning => self.warning,
            Kind::Office => self.office.then_some(0),
            Kind::Test => Some(0),
        }
    }
}

/// Hours in which only life safety may ring (おやすみ時間), minutes of the Japanese day; it may run past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuietHours)]
pub struct Quiet {
    #[schema(maximum = 1439)]
    pub from: u16,
    #[schema(maximum = 1439)]
    pub until: u16,
}

impl Quiet {
    /// When it ends, if it is quiet at `now`.
    pub fn ends(self, now: Timestamp) -> Option<Timestamp> {
        let at = now.jst();
        let minute = u16::try_from(at.hour() * 60 + at.minute()).unwrap_or(0);
        let day = 24 * 60;
        let (length, gone) = ((self.until + day - self.from) % day, (minute + day - self.from) % day);
        (gone < length).then(|| {
            let left = Duration::from_mins(u64::from(length - gone));
            now.plus(left).minus(Duration::from_secs(u64::from(at.second())))
        })
    }
}

/// A place a device wants to hear about (マイエリア).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = NoticePlace)]
pub enum Place {
    /// A whole municipality, by its JIS code.
    Municipality { code: String },
    /// A point with a radius, and the municipality it lies in.
    Circle { municipality: String, point: Point, radius_m: u32 },
}

impl Place {
    /// The municipality's JIS code.
    pub fn municipality(&self) -> &str {
        match self {
            Self::Municipality { code } => code,
            Self::Circle { municipality, .. } => municipality,
        }
    }
}

/// Where a browser is reached (プッシュの宛先), as `PushSubscription.toJSON()` says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebPush {
    /// The push service's address for this browser.
    pub endpoint: String,
    /// The browser's P-256 key, uncompressed, base64url.
    pub p256dh: String,
    /// 16 bytes of the browser's, base64url.
    pub auth: String,
    /// Our public key with which it subscribed, base64url.
    pub key: String,
}

impl WebPush {
    /// The browser's key and secret as bytes.
    pub fn keys(&self) -> Option<([u8; 65], [u8; 16])> {
        let bytes = |text: &str| B64.decode(text.trim_end_matches('=')).ok();
        let (key, auth) = (bytes(&self.p256dh)?.try_into().ok()?, bytes(&self.auth)?.try_into().ok()?);
        let key: [u8; 65] = key;
        (key[0] == 4).then_some((key, auth))
    }
}

/// What a device asked for (通知の登録).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NoticeSubscription)]
pub struct Subscription {
    pub push: WebPush,
    /// One to eight.
    pub places: Vec<Place>,
    #[serde(default)]
    pub kinds: Kinds,
    #[serde(default)]
    pub quiet: Option<Quiet>,
    #[serde(default)]
    pub language: Language,
    /// Takes part in drills (訓練に参加).
    #[serde(default)]
    pub drills: bool,
}

/// What the rules refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("places: one to eight")]
    Places,
    #[error("places[{0}]: no municipality of Aomori")]
    Municipality(usize),
    #[error("places[{0}]: the point is not in Japan, or the radius is none of 500, 1000 and 3000")]
    Circle(usize),
    #[error("kinds.{0}: out of range")]
    Kinds(&'static str),
    #[error("quiet: minutes of the day, from 0 to 1439, not the same")]
    Quiet,
    #[error("push: key or secret is not that of a browser")]
    Keys,
}

/// Refuses what cannot be matched or sealed, naming the field.
pub fn check(wanted: &Subscription) -> Result<(), Refusal> {
    if wanted.places.is_empty() || wanted.places.len() > MOST_PLACES {
        return Err(Refusal::Places);
    }
    for (at, place) in wanted.places.iter().enumerate() {
        if areas::municipality(place.municipality()).is_none() {
            return Err(Refusal::Municipality(at));
        }
        if let Place::Circle { point, radius_m, .. } = place
            && !(kernel::Bbox::JAPAN.contains(*point) && RADII.contains(radius_m))
        {
            return Err(Refusal::Circle(at));
        }
    }
    let kinds = wanted.kinds;
    let within = |rank: Option<u8>, least, most| rank.is_none_or(|rank| (least..=most).contains(&rank));
    let ranges = [
        ("tsunami", within(kinds.tsunami, 3, 5)),
        ("evacuation", within(kinds.evacuation, 3, 5)),
        ("quake", within(kinds.quake, 1, 9)),
        ("warning", within(kinds.warning, 2, 5)),
    ];
    if let Some((name, _)) = ranges.iter().find(|(_, sound)| !sound) {
        return Err(Refusal::Kinds(name));
    }
    if wanted.quiet.is_some_and(|quiet| quiet.from >= 1440 || quiet.until >= 1440 || quiet.from == quiet.until) {
        return Err(Refusal::Quiet);
    }
    wanted.push.keys().map(drop).ok_or(Refusal::Keys)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The keys of RFC 8291's example.
    pub(crate) fn subscription() -> Subscription {
        Subscription {
            push: WebPush {
                endpoint: "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV".into(),
                p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
                    .into(),
                auth: "BTBZMqHH6r4Tts7J_aSIgg".into(),
                key: String::new(),
            },
            places: vec![Place::Municipality { code: "02203".into() }],
            kinds: Kinds::default(),
            quiet: None,
            language: Language::Ja,
            drills: false,
        }
    }

    #[test]
    fn a_browser_as_it_comes_is_taken_and_bad_values_are_named() {
        assert_eq!(check(&subscription()), Ok(()));
        let changed = |change: fn(&mut Subscription)| {
            let mut wanted = subscription();
            change(&mut wanted);
            check(&wanted)
        };
        assert_eq!(changed(|s| s.places.clear()), Err(Refusal::Places));
        assert_eq!(
            changed(|s| s.places.push(Place::Municipality { code: "13101".into() })),
            Err(Refusal::Municipality(1))
        );
        let far = |s: &mut Subscription| {
            let point = Point { lat: 0.0, lon: 0.0 };
            s.places = vec![Place::Circle { municipality: "02203".into(), point, radius_m: 500 }];
        };
        assert_eq!(changed(far), Err(Refusal::Circle(0)));
        assert_eq!(changed(|s| s.kinds.quake = Some(10)), Err(Refusal::Kinds("quake")));
        assert_eq!(changed(|s| s.quiet = Some(Quiet { from: 60, until: 60 })), Err(Refusal::Quiet));
        assert_eq!(changed(|s| s.push.auth = "AA".into()), Err(Refusal::Keys));
        assert_eq!(changed(|s| s.push.p256dh = "A".repeat(87)), Err(Refusal::Keys));
    }

    #[test]
    fn quiet_hours_run_past_midnight() {
        let quiet = Quiet { from: 22 * 60, until: 6 * 60 };
        let at = |hour, minute| Timestamp::from_jst(2026, 11, 28, hour, minute, 30).expect("a time of the clock");
        assert_eq!(quiet.ends(at(12, 0)), None);
        assert_eq!(quiet.ends(at(6, 0)), None);
        assert_eq!(quiet.ends(at(5, 59)), Timestamp::from_jst(2026, 11, 28, 6, 0, 0));
        assert_eq!(quiet.ends(at(23, 0)), Timestamp::from_jst(2026, 11, 29, 6, 0, 0));
        let day = Quiet { from: 9 * 60, until: 17 * 60 };
        assert_eq!(day.ends(at(9, 0)), Timestamp::from_jst(2026, 11, 28, 17, 0, 0));
        assert_eq!(day.ends(at(8, 59)), None);
    }

    #[test]
    fn what_saves_lives_is_on_unless_switched_off() {
        let kinds = Kinds::default();
        for kind in [Kind::Tsunami, Kind::Evacuation] {
            assert_eq!(kinds.from_rank(kind), Some(3));
            assert!(kind.is_life_safety(3));
        }
        assert!(!Kind::Office.is_life_safety(9) && !Kind::Warning.is_life_safety(3) && Kind::Warning.is_life_safety(4));
    }
}
