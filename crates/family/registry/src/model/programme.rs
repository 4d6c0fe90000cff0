//! A programme (支援制度) with its versions: draft, reviewed, published, expired; who may take which step.

use chrono::{Days, NaiveDate};
use kernel::{Id, Text, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::case::{Case, CaseResult, run_case};
use super::check::{Fault, check_content};
use super::condition::Rule;
use super::record::Record;

/// The nation (国の制度), beside `02` for the prefecture and JIS codes of five digits.
pub const NATION: &str = "00";
/// The prefecture (県の制度).
pub const PREFECTURE: &str = "02";

/// What a programme is for (分野).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RegistryTopic)]
pub enum Topic {
    /// 子育て
    Family,
    /// 被災者支援
    Disaster,
}

/// The state of a version (版の状態). Expired is said of a published one by its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RegistryState)]
pub enum State {
    /// 下書き
    Draft,
    /// 確認済み
    Reviewed,
    /// 公開
    Published,
    /// 期限切れ
    Expired,
    /// 取りやめ
    Withdrawn,
}

impl State {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Reviewed => "reviewed",
            Self::Published => "published",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What a version says (版の内容).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryContent)]
pub struct Content {
    pub topic: Topic,
    pub record: Record,
    /// What it is, in a sentence and three languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plain: Option<Text>,
    /// Until when to apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Text>,
    /// What somebody has to confirm against the source before it is relied upon (要確認の点).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsure: Option<String>,
    pub rule: Rule,
    #[serde(default)]
    pub cases: Vec<Case>,
}

/// A programme (支援制度).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programme {
    pub id: Id<Programme>,
    /// What it is called among programmes of other areas: a municipality's takes the place of the nation's of the same key.
    pub key: String,
    /// `00`, `02`, or the JIS code of a municipality.
    pub area: String,
    /// Where it came from: `starting-set`, `import:<id>`, `office`.
    pub origin: String,
}

/// A version of a programme (版).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    pub id: Id<Version>,
    pub programme: Id<Programme>,
    /// From 1.
    pub number: i64,
    /// Counts the edits, so that nobody overwrites what they have not seen.
    pub revision: i64,
    pub state: State,
    pub valid_from: NaiveDate,
    /// The last day; none is open.
    pub valid_until: Option<NaiveDate>,
    pub content: Content,
    pub by: String,
    pub at: Timestamp,
}

/// What the rules refuse (制度の操作の拒否).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refused {
    #[error("the area is none of ours")]
    Area,
    #[error("a key has 1 to 64 of a-z, 0-9 and _")]
    Key,
    #[error("there is a programme of this key in the area")]
    KeyTaken,
    #[error("the name has 1 to 200 characters")]
    Name,
    #[error("it ends before it begins")]
    DatesReversed,
    #[error("somebody else changed it in between")]
    EditedMeanwhile,
    #[error("{from:?} cannot become {to:?}")]
    Step { from: State, to: State },
    #[error("the content has {} faults", .0.len())]
    Faults(Vec<Fault>),
    #[error("{} cases do not pass", .0.len())]
    Cases(Vec<CaseResult>),
    #[error("a rule that decides something needs a case")]
    NoCase,
    #[error("a programme that must be received requires, in the end, this one: {0}")]
    Cycle(String),
}

impl Version {
    /// Its state on a day: a published one ends by itself.
    pub fn state_on(&self, today: NaiveDate) -> State {
        match self.state {
            State::Published if self.valid_until.is_some_and(|until| until < today) => State::Expired,
            state => state,
        }
    }

    /// Whether it is what holds on a day.
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.state == State::Published && self.valid_from <= day && self.valid_until.is_none_or(|until| day <= until)
    }
}

/// The area's key words for who may change it: a municipality's own, everything else the prefecture's.
pub fn check_area(area: &str) -> Result<(), Refused> {
    let ours = area == NATION || area == PREFECTURE || kernel::areas::municipality(area).is_some();
    if ours { Ok(()) } else { Err(Refused::Area) }
}

/// A key: `child_allowance`.
pub fn check_key(key: &str) -> Result<(), Refused> {
    let fits = (1..=64).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if fits { Ok(()) } else { Err(Refused::Key) }
}

/// What every version must be, a draft too: named, and with dates in order.
pub fn check_draft(content: &Content, from: NaiveDate, until: Option<NaiveDate>) -> Result<(), Refused> {
    if content.record.name().is_none_or(|name| name.chars().count() > 200) {
        return Err(Refused::Name);
    }
    if until.is_some_and(|until| until < from) { Err(Refused::DatesReversed) } else { Ok(()) }
}

/// Refuses who has not seen the newest edit.
pub fn check_revision(held: &Version, seen: i64) -> Result<(), Refused> {
    if held.revision == seen { Ok(()) } else { Err(Refused::EditedMeanwhile) }
}

/// What stands against publishing a content: faults of the rule, cases that are missing or do not pass.
pub fn check_ready(content: &Content) -> Result<(), Refused> {
    let faults = check_content(content);
    if !faults.is_empty() {
        return Err(Refused::Faults(faults));
    }
    if content.cases.is_empty() && content.rule.decides() {
        return Err(Refused::NoCase);
    }
    let failed: Vec<CaseResult> =
        content.cases.iter().map(|case| run_case(content, case)).filter(|result| !result.passed).collect();
    if failed.is_empty() { Ok(()) } else { Err(Refused::Cases(failed)) }
}

/// Draft → reviewed: somebody read it, and nothing stands against publishing it.
pub fn review(held: &Version) -> Result<Version, Refused> {
    if held.state != State::Draft {
        return Err(Refused::Step { from: held.state, to: State::Reviewed });
    }
    check_ready(&held.content)?;
    Ok(Version { state: State::Reviewed, ..held.clone() })
}

/// Reviewed → published. What held before ends on the day before, or is taken back where the new one holds all its days.
pub fn publish(held: &Version, before: &[Version]) -> Result<(Version, Vec<Version>), Refused> {
    if held.state != State::Reviewed {
        return Err(Refused::Step { from: held.state, to: State::Published });
    }
    check_ready(&held.content)?;
    let mut changed = Vec::new();
    for old in before.iter().filter(|old| old.state == State::Published && old.id != held.id) {
        let overlaps = old.valid_until.is_none_or(|until| until >= held.valid_from)
            && held.valid_until.is_none_or(|until| old.valid_from <= until);
        if !overlaps {
            continue;
        }
        if old.valid_from >= held.valid_from {
            changed.push(Version { state: State::Withdrawn, ..old.clone() });
        } else {
            changed.push(Version { valid_until: held.valid_from.checked_sub_days(Days::new(1)), ..old.clone() });
        }
    }
    Ok((Version { state: State::Published, ..held.clone() }, changed))
}

/// The newest version that was not taken back; versions come the newest first.
pub fn standing(versions: &[Version]) -> Option<&Version> {
    versions.iter().find(|version| version.state != State::Withdrawn)
}

/// Published or waiting → taken back.
pub fn withdraw(held: &Version) -> Result<Version, Refused> {
    match held.state {
        State::Withdrawn | State::Expired => Err(Refused::Step { from: held.state, to: State::Withdrawn }),
        _ => Ok(Version { state: State::Withdrawn, ..held.clone() }),
    }
}
