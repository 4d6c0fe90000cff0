//! The event: what a desk writes, signs and seals, and how any node checks it without being able to read it.
//!
//! On the wire an event is [`Signed`]: the text of its body exactly as the device signed it, and the signature. Every node
//! keeps that text to the byte, so that fields of a later program travel through an older one untouched.

use kernel::{Id, Mode, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

/// The newest form of events that this program writes.
pub const SCHEMA: u16 = 1;
/// How many forms back are still taken (3つ前の版まで).
pub const OLDEST: u16 = if SCHEMA > 3 { SCHEMA - 3 } else { 1 };
/// Longest body of an event, in bytes: forty members with everything filled in stay far below.
pub const MAX_BODY: usize = 64 * 1024;
/// More people than this at once are a slip of the hand.
pub const MAX_PERSONS: u32 = 10_000;
/// Causes an event may name.
pub const MAX_CAUSES: usize = 64;

/// An event as it travels (署名された出来事).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionSigned)]
pub struct Signed {
    /// JSON of an [`Event`], exactly as signed.
    pub body: String,
    /// ECDSA P-256 over the SHA-256 of the body's UTF-8, 64 bytes r‖s, base64url without padding.
    pub signature: String,
}

/// One thing that happened (出来事). Fields that this program does not know stay in the text of [`Signed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// UUIDv7, made where the finger pressed.
    pub id: Id<Event>,
    pub schema: u16,
    pub kind: Kind,
    pub mode: Mode,
    /// The household; a device says its time about nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The disaster of `shelters`.
    pub disaster: Uuid,
    /// The facility; absent for evacuees outside of every shelter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelter: Option<Uuid>,
    /// JIS code of the municipality whose desk it is.
    pub municipality: String,
    /// Who is here after this event, in clear; for check-in, count-only, return and amendments of who is here, and for a
    /// leave or check-out of which some stay behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// Where the household stays, in clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays: Option<Where>,
    /// How sure the desk was of who it is, 0 (word of mouth) to 3 (a fresh token of a strong identity).
    #[serde(default)]
    pub assurance: u8,
    /// Another household (link, unlink), another event (void, answer), another facility (move), a checkpoint of distribution
    /// (rule, handout), by kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// The newest events of the subject that the operator saw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Id<Event>>,
    /// `staff:<account>`, `desk`, `device:<id>`.
    pub actor: String,
    /// The device that signs.
    pub device: Uuid,
    /// One start of that device; its monotonic clock counts from there.
    pub boot: Uuid,
    pub mono_ms: u64,
    /// What its wall clock said; a hint.
    pub wall_ms: i64,
    /// What this device observed of another clock; only in `clock`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observed>,
    /// What a checkpoint of distribution says, in clear; only in `rule`. See `handout::Rule`: one that a node does not
    /// understand it keeps and passes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<serde_json::Value>,
    /// Personal content, sealed; see `store::envelope`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<serde_json::Value>,
    /// SHA-256 (hex) of the body that this device signed before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
}

/// What kind of event (出来事の種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReceptionKind)]
pub enum Kind {
    /// 入所受付 (also outside of shelters: in a car, a tent, at home)
    CheckIn,
    /// 人数だけの受付, to be refined later by a check-in of the same subject
    CountOnly,
    /// 一時外出
    Leave,
    /// 帰着
    Return,
    /// 退所
    CheckOut,
    /// 他の避難所への移動 (hand-over; `other` is the facility)
    Move,
    /// カードの訂正・追記
    Amend,
    /// 居場所の割当 (space, room, bed)
    Place,
    /// 同じ世帯として結ぶ (`other` is the other subject)
    Link,
    /// 結びを解く
    Unlink,
    /// 取消 (`other` is the event that was a mistake)
    Void,
    /// 同意
    Consent,
    /// 要望・物資の要求 (of the subject, or of the shelter without one)
    Request,
    /// 要望への対応 (`other` is the request)
    Answer,
    /// 配布 (meal, supplies: the generic checkpoint)
    Handout,
    /// 配布のきまり (`other` is the checkpoint, the same for every change of it)
    Rule,
    /// 体調不良
    Sick,
    /// 出来事・事件
    Incident,
    /// 引継ぎ
    Note,
    /// 時計の観測
    Clock,
    /// A kind of a later program: kept, passed on, shown as not understood.
    #[serde(other)]
    Unknown,
}

/// Coarse counts (人数), in clear; everything that a locked kit may show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionCounts)]
pub struct Counts {
    /// 大人
    #[serde(default)]
    pub adults: u32,
    /// 子ども (6–17)
    #[serde(default)]
    pub children: u32,
    /// 乳幼児 (0–5)
    #[serde(default)]
    pub infants: u32,
    /// Of those, in a wheelchair.
    #[serde(default)]
    pub wheelchair: u32,
}

/// Where a household stays (避難の場所, K15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReceptionWhere)]
pub enum Where {
    /// 建物中
    Inside,
    /// 屋外
    Outdoors,
    /// 車中泊
    Car,
    /// テント
    Tent,
    /// 在宅避難
    Home,
    /// 親戚・知人宅
    Relatives,
    /// その他
    Other,
}

/// One household as a random key (受付の対象): 128 bits as 32 hex digits, derived from the token that was scanned, so that
/// two desks that scan one card write about one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject(pub u128);

/// What a device saw of a clock (時計の観測): at its own `mono_ms` of the event, that clock stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum Observed {
    /// A trusted clock: the centre's.
    Trusted { at_ms: i64 },
    /// Another boot, whose own offset may be known.
    Boot { boot: Uuid, mono_ms: u64 },
    /// None: what a kit takes for the time while it is cut off, by its own clock and the offset that it last knew. Kept for
    /// whoever looks; it puts nothing right.
    Own {
        at_ms: i64,
        /// When it last heard the centre, by that same reckoning; absent if it never did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heard_ms: Option<i64>,
    },
}

/// Why an event cannot be taken at all (受け付けられない理由). Each leaves the bytes where they were.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("an event has at most 64 KiB")]
    TooLarge,
    #[error("not an event: {0}")]
    Malformed(String),
    #[error("form {0} is older than what is taken, or newer than what is known to be safe")]
    Schema(u16),
    #[error("more than 10,000 people at once")]
    TooMany,
    #[error("this kind needs `{0}`")]
    Missing(&'static str),
    #[error("the signature is not this device's")]
    Signature,
    #[error("this device is not known here, or was revoked")]
    Device,
}

impl Signed {
    /// SHA-256 of the body: what receipts name.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.body.as_bytes()).into()
    }

    /// Reads the body. The signature is checked by whoever knows the device's key.
    pub fn read(&self) -> Result<Event, Refused> {
        if self.body.len() > MAX_BODY {
            return Err(Refused::TooLarge);
        }
        let event: Event = serde_json::from_str(&self.body).map_err(|error| Refused::Malformed(error.to_string()))?;
        event.check()?;
        Ok(event)
    }
}

impl Event {
    /// Whether what its kind needs is there.
    fn check(&self) -> Result<(), Refused> {
        if self.schema < OLDEST {
            return Err(Refused::Schema(self.schema));
        }
        if self.causes.len() > MAX_CAUSES {
            return Err(Refused::Malformed("more than 64 causes".to_owned()));
        }
        if self.counts.is_some_and(|counts| counts.persons() > MAX_PERSONS) {
            return Err(Refused::TooMany);
        }
        let needs = |there: bool, field| if there { Ok(()) } else { Err(Refused::Missing(field)) };
        match self.kind {
            Kind::CheckIn | Kind::CountOnly => {
                needs(self.subject.is_some(), "subject")?;
                needs(self.counts.is_some(), "counts")
            }
            Kind::Leave | Kind::Return | Kind::CheckOut | Kind::Amend | Kind::Place | Kind::Consent => {
                needs(self.subject.is_some(), "subject")
            }
            Kind::Move | Kind::Link | Kind::Unlink => {
                needs(self.subject.is_some(), "subject")?;
                needs(self.other.is_some(), "other")
            }
            Kind::Void | Kind::Answer => needs(self.other.is_some(), "other"),
            Kind::Rule => {
                needs(self.other.is_some(), "other")?;
                needs(self.rule.is_some(), "rule")
            }
            Kind::Clock => needs(self.observed.is_some(), "observed"),
            Kind::Request | Kind::Handout | Kind::Sick | Kind::Incident | Kind::Note | Kind::Unknown => Ok(()),
        }
    }

    /// What the device's wall clock said.
    pub fn said_at(&self) -> Timestamp {
        Timestamp::from_micros(self.wall_ms.saturating_mul(1_000))
    }
}

impl Counts {
    /// Everybody.
    pub fn persons(self) -> u32 {
        self.adults.saturating_add(self.children).saturating_add(self.infants)
    }

    /// Kind by kind, what `of` makes of both.
    pub(crate) fn each(self, other: Self, of: fn(u32, u32) -> u32) -> Self {
        Self {
            adults: of(self.adults, other.adults),
            children: of(self.children, other.children),
            infants: of(self.infants, other.infants),
            wheelchair: of(self.wheelchair, other.wheelchair),
        }
    }

    /// Those who are left when the others are gone.
    pub(crate) fn without(self, others: Self) -> Self {
        self.each(others, u32::saturating_sub)
    }
}

impl Subject {
    /// The subject of a token that no roster knows: every desk derives the same one.
    pub fn of_token(token: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"mamori reception subject\0");
        hash.update(token);
        let digest: [u8; 32] = hash.finalize().into();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Self(u128::from_be_bytes(half))
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl std::str::FromStr for Subject {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let hex = text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let bits = if hex { u128::from_str_radix(text, 16).ok() } else { None };
        bits.map(Self).ok_or_else(|| Refused::Malformed("a subject is 32 lower-case hex digits".to_owned()))
    }
}

impl Serialize for Subject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
