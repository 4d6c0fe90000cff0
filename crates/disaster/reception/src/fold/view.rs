//! What the fold answers with.

use kernel::{Id, Mode};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::event::{Counts, Event, Kind, Subject, Where};
use crate::handout::Rule;

/// One disaster, live or drill (災害の別): nothing of one is ever seen in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    pub disaster: Uuid,
    pub mode: Mode,
}

/// Where a desk stood (避難の場所).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A facility of the register.
    Shelter(Uuid),
    /// Outside of every shelter, in the municipality with this JIS code (避難所外).
    Outside(Box<str>),
}

/// Whether a household is there (在否).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReceptionPresence)]
pub enum Presence {
    /// 入所中
    In,
    /// 一時外出
    Away,
    /// 退所
    Out,
    /// 移動中, towards another shelter
    Moving,
    /// 避難所外で避難中
    Outside,
}

/// Where a party stands now (現況).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub presence: Presence,
    /// Where the event that decided was written.
    pub place: Place,
    /// Where it is moving to.
    pub to: Option<Uuid>,
    /// Who is there; of a party that is away, out or moving, who went.
    pub counts: Counts,
    /// Who of it is out for a while: everybody, or some while the others stay (一部の外出).
    pub out: Counts,
    pub stays: Option<Where>,
    /// The best assurance of any arrival.
    pub assurance: u8,
    /// Only counted, never admitted (人数だけ).
    pub counted_only: bool,
    pub since_ms: i64,
    /// Whether a clock said since when; otherwise it is the best guess.
    pub sure: bool,
    /// The event that decided.
    pub by: Id<Event>,
}

/// A place that counts on a party (受付中の場所).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub place: Place,
    pub by: Id<Event>,
}

/// Subjects that are one household (世帯のまとまり): one, or several that a desk linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// In order; the first names the party.
    pub subjects: Vec<Subject>,
    /// `None` until something says where it is.
    pub standing: Option<Standing>,
    /// The newest events, of which none names another: what the next event gives as its causes.
    pub heads: Vec<Id<Event>>,
    /// Two or more places: 「二か所で受付」.
    pub claims: Vec<Claim>,
    /// Effective events written upon an event that was voided unbeknown to the writer (取消の後の更新).
    pub after_void: Vec<Id<Event>>,
}

/// One event in its place in a history (経過の一行).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub id: Id<Event>,
    pub kind: Kind,
    /// `None` for an event about a shelter.
    pub subject: Option<Subject>,
    pub place: Place,
    pub at_ms: i64,
    /// Whether a clock said so.
    pub sure: bool,
    pub actor: Box<str>,
    pub device: Uuid,
    pub counts: Option<Counts>,
    /// Another subject, event or facility, by kind.
    pub other: Option<u128>,
    /// Has content for whoever can open it; merge with [`crate::card`] in this order, what is voided left out.
    pub sealed: bool,
    pub effect: Effect,
}

/// A checkpoint of distribution as it stands at a place (配布のきまり).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// What handouts name.
    pub id: u128,
    pub rule: Rule,
    /// The event that said so last: the cause of the next one.
    pub by: Id<Event>,
    pub at_ms: i64,
}

/// Whether an event counts (効力).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReceptionEffect)]
pub enum Effect {
    /// 有効
    InForce,
    /// 取消済み
    Voided,
    /// In force, but written upon an event that was voided unbeknown to the writer (取消の後の更新): somebody should look.
    AfterVoid,
}

/// Households and people, counted apart (世帯数と人数).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(as = ReceptionTally)]
pub struct Tally {
    pub households: u32,
    pub counts: Counts,
}

/// How full a place is (在所状況).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(as = ReceptionOccupancy)]
pub struct Occupancy {
    /// In the house; at a place outside of shelters, known to be there.
    pub present: Tally,
    /// 一時外出中: people of households that are all out, and of those of which some stayed; households only the former.
    pub away: Tally,
    /// On their way here (移動中).
    pub expected: Tally,
    /// Of the present households, those that were only counted.
    pub counted_only: u32,
    /// Parties that another place counts on, too.
    pub conflicts: u32,
}

/// One step of a curve (推移の1点): so many from this moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReceptionCurvePoint)]
pub struct CurvePoint {
    /// Corrected time.
    pub at_ms: i64,
    pub households: u32,
    pub persons: u32,
}

impl Place {
    /// Where the desk of this event stood.
    pub fn of(event: &Event) -> Self {
        event.shelter.map_or_else(|| Self::Outside(event.municipality.as_str().into()), Self::Shelter)
    }
}

impl Scope {
    /// The scope of this event.
    pub fn of(event: &Event) -> Self {
        Self { disaster: event.disaster, mode: event.mode }
    }
}

impl Presence {
    /// Whether the household counts as present where it stands.
    pub fn is_present(self) -> bool {
        matches!(self, Self::In | Self::Outside)
    }
}

impl Tally {
    /// One household more.
    pub(super) fn add(&mut self, counts: Counts) {
        self.households += 1;
        self.counts = self.counts.each(counts, u32::saturating_add);
    }

    /// One household less.
    pub(super) fn remove(&mut self, counts: Counts) {
        self.households = self.households.saturating_sub(1);
        self.counts = self.counts.without(counts);
    }
}
