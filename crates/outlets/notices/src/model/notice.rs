//! A notice from draft to end, and the two sorts of text that never mix.

use std::time::Duration;

use kernel::{Id, Mode, MultiPolygon, Text, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::events::Occasion;
use super::subscription::{Kind, Subscription};

/// Minutes until a notice that nobody released lapses.
pub const LAPSE_MINUTES: u64 = 30;

/// Title and text (見出しと本文) in three languages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = NoticeWords)]
pub struct Words {
    pub title: Text,
    pub body: Text,
}

/// A text for the real thing (本番の文).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LiveWords(Words);

/// A text of a drill (訓練の文): it begins 【訓練】, because there is no other way to make one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Words")]
pub struct DrillWords(Words);

impl From<Words> for DrillWords {
    fn from(words: Words) -> Self {
        Self(Words { title: words.title.marked(Mode::Drill), body: words.body.marked(Mode::Drill) })
    }
}

/// What is said, live or drill (本番・訓練の文).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "mode", content = "words", rename_all = "snake_case")]
pub enum Addressed {
    Live(LiveWords),
    Drill(DrillWords),
}

impl Addressed {
    pub fn new(mode: Mode, words: Words) -> Self {
        match mode {
            Mode::Live => Self::Live(LiveWords(words)),
            Mode::Drill => Self::Drill(DrillWords::from(words)),
        }
    }

    pub fn mode(&self) -> Mode {
        match self {
            Self::Live(_) => Mode::Live,
            Self::Drill(_) => Mode::Drill,
        }
    }

    pub fn words(&self) -> &Words {
        match self {
            Self::Live(LiveWords(words)) | Self::Drill(DrillWords(words)) => words,
        }
    }

    /// The title without the mark of a drill, to be quoted in another notice, which has a mark of its own.
    pub fn headline(&self) -> Text {
        let bare = |text: &str| text.trim_start_matches(Mode::DRILL_MARK).trim_start_matches("[DRILL] ").to_owned();
        let title = &self.words().title;
        match self {
            Self::Live(_) => title.clone(),
            Self::Drill(_) => Text::new(bare(&title.ja), bare(&title.easy), bare(&title.en)),
        }
    }
}

/// Where a notice stands (お知らせの状態).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeState)]
pub enum State {
    /// 下書き
    Drafted,
    /// 承認待ち
    Pending,
    /// 承認済み: nobody was matched yet.
    Released,
    /// 送信中
    Sending,
    /// 送信済み
    Sent,
    /// 却下
    Rejected,
    /// 送信中止
    Stopped,
    /// 訂正済み: a correction has taken its place.
    Corrected,
    /// 取消済み
    Cancelled,
    /// 期限切れ
    Expired,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Pending => "pending",
            Self::Released => "released",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Rejected => "rejected",
            Self::Stopped => "stopped",
            Self::Corrected => "corrected",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Whether it went out, or is going out.
    pub fn is_out(self) -> bool {
        matches!(self, Self::Released | Self::Sending | Self::Sent)
    }
}

/// Who is meant (対象).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Audience {
    /// Whoever an event concerns, by rise and fall of its level.
    Occasion(Occasion),
    /// Municipalities, narrowed by a shape.
    Area { municipalities: Vec<String>, shape: Option<MultiPolygon> },
    /// Those who got another notice.
    SameAs { notice: Id<Notice> },
    /// One device that asked for a test.
    One { subscription: Id<Subscription> },
}

/// A notice (お知らせ).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    pub id: Id<Notice>,
    pub kind: Kind,
    pub state: State,
    pub said: Addressed,
    pub audience: Audience,
    /// The template it was written with; empty for one that a rule made.
    pub template: String,
    /// Lives depend on it.
    pub urgent: bool,
    /// JIS codes, for lists.
    pub municipalities: Vec<String>,
    /// `staff:<account>`, or `system`.
    pub writer: String,
    pub made_at: Timestamp,
    pub submitted_at: Option<Timestamp>,
    pub decider: Option<String>,
    pub released_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub expires_at: Timestamp,
    /// The notice that this one corrects or cancels.
    pub follows: Option<Id<Notice>>,
}

/// What the releasing person says again, so that a wrong screen is noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = NoticeRestated)]
pub struct Restated {
    pub mode: Mode,
    pub municipalities: Vec<String>,
    /// How many devices, as the screen showed it.
    pub devices: i64,
}

/// What the rules refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the writer cannot release the notice: a second person must")]
    SamePerson,
    #[error("what was restated is not what was written")]
    Restatement,
    #[error("nobody released it within 30 minutes, or its time is over")]
    Lapsed,
    #[error("the notice is not a draft")]
    NotDraft,
    #[error("the notice is not waiting for release")]
    NotPending,
    #[error("the notice is not out")]
    NotOut,
    #[error("the time of the notice is over: it can be cancelled, but not corrected")]
    Over,
    #[error("the notice is not being sent any more")]
    NotSending,
    #[error("only the writer hands it in")]
    NotWriter,
}

impl Notice {
    pub fn mode(&self) -> Mode {
        self.said.mode()
    }

    /// The first notice of a chain of corrections: who got it is meant by them all.
    pub fn root(&self) -> Id<Self> {
        match self.audience {
            Audience::SameAs { notice } => notice,
            _ => self.id,
        }
    }
}

/// Hands a draft in for release (承認を求める).
pub fn submit(notice: &Notice, who: &str, now: Timestamp) -> Result<Notice, Refused> {
    if notice.state != State::Drafted {
        return Err(Refused::NotDraft);
    }
    if notice.writer != who {
        return Err(Refused::NotWriter);
    }
    Ok(Notice { state: State::Pending, submitted_at: Some(now), ..notice.clone() })
}

/// Releases it (承認・発信). The only way from [`State::Pending`] out, and never for the writer. `devices` is how many it
/// reaches now; what the person read may differ from it by the comings and goings of a few minutes, one in twenty.
pub fn release(
    notice: &Notice,
    who: &str,
    restated: &Restated,
    devices: i64,
    now: Timestamp,
) -> Result<Notice, Refused> {
    waiting(notice, now)?;
    if notice.writer == who {
        return Err(Refused::SamePerson);
    }
    let (mut said, mut meant) = (restated.municipalities.clone(), notice.municipalities.clone());
    said.sort_unstable();
    meant.sort_unstable();
    let close = (restated.devices - devices).abs() <= (devices / 20).max(5);
    if restated.mode != notice.mode() || said != meant || !close {
        return Err(Refused::Restatement);
    }
    let expires_at = now.plus(notice.kind.lifetime());
    Ok(Notice {
        state: State::Released,
        decider: Some(who.to_owned()),
        released_at: Some(now),
        expires_at,
        ..notice.clone()
    })
}

/// Refuses it (却下); the writer may take it back the same way.
pub fn reject(notice: &Notice, who: &str, now: Timestamp) -> Result<Notice, Refused> {
    if !matches!(notice.state, State::Drafted | State::Pending) {
        return Err(Refused::NotPending);
    }
    Ok(Notice { state: State::Rejected, decider: Some(who.to_owned()), ended_at: Some(now), ..notice.clone() })
}

/// Stops what is still queued (送信中止).
pub fn stop(notice: &Notice, now: Timestamp) -> Result<Notice, Refused> {
    if !matches!(notice.state, State::Released | State::Sending) {
        return Err(Refused::NotSending);
    }
    Ok(Notice { state: State::Stopped, ended_at: Some(now), ..notice.clone() })
}

/// Marks it as corrected or cancelled by `after`, and makes that notice: to the people of the first of the chain. Nobody decides
/// again, because a wrong notice that stays is worse than a hasty correction; but what was released was released for its time,
/// and a correction ends with it.
pub fn follow(
    notice: &Notice,
    id: Id<Notice>,
    words: Words,
    after: State,
    who: &str,
    now: Timestamp,
) -> Result<(Notice, Notice), Refused> {
    let out = notice.state.is_out() || notice.state == State::Stopped;
    if !out || notice.kind != Kind::Office {
        return Err(Refused::NotOut);
    }
    let expires_at = if after == State::Corrected { notice.expires_at } else { now.plus(notice.kind.lifetime()) };
    if expires_at <= now {
        return Err(Refused::Over);
    }
    let ended = Notice { state: after, ended_at: Some(now), ..notice.clone() };
    let next = Notice {
        id,
        state: State::Released,
        said: Addressed::new(notice.mode(), words),
        audience: Audience::SameAs { notice: notice.root() },
        writer: who.to_owned(),
        made_at: now,
        submitted_at: Some(now),
        decider: None,
        released_at: Some(now),
        ended_at: None,
        expires_at,
        follows: Some(notice.id),
        ..notice.clone()
    };
    Ok((ended, next))
}

/// A notice that nobody released in time (期限切れ).
pub fn lapse(notice: &Notice, now: Timestamp) -> Option<Notice> {
    let waits = matches!(notice.state, State::Pending | State::Drafted);
    (waits && lapses_at(notice) <= now).then(|| Notice { state: State::Expired, ended_at: Some(now), ..notice.clone() })
}

/// When it lapses: half an hour after it was handed in, a draft after a day.
pub fn lapses_at(notice: &Notice) -> Timestamp {
    match notice.submitted_at {
        Some(at) => at.plus(Duration::from_mins(LAPSE_MINUTES)),
        None => notice.made_at.plus(Duration::from_hours(24)),
    }
}

fn waiting(notice: &Notice, now: Timestamp) -> Result<(), Refused> {
    match notice.state {
        State::Expired => Err(Refused::Lapsed),
        State::Pending if lapses_at(notice) <= now => Err(Refused::Lapsed),
        State::Pending => Ok(()),
        _ => Err(Refused::NotPending),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn now() -> Timestamp {
        Timestamp::from_jst(2026, 11, 28, 12, 0, 0).unwrap()
    }

    fn words() -> Words {
        Words {
            title: Text::new("断水", "水が 出ません", "Water cut"), body: Text::new("本文", "ことば", "Body")
        }
    }

    fn drafted(mode: Mode) -> Notice {
        Notice {
            id: Id::from_uuid(Uuid::from_u128(1)),
            kind: Kind::Office,
            state: State::Drafted,
            said: Addressed::new(mode, words()),
            audience: Audience::Area { municipalities: vec!["02203".into()], shape: None },
            template: "office.water".into(),
            urgent: false,
            municipalities: vec!["02203".into()],
            writer: "staff:a".into(),
            made_at: now(),
            submitted_at: None,
            decider: None,
            released_at: None,
            ended_at: None,
            expires_at: now().plus(Duration::from_hours(24)),
            follows: None,
        }
    }

    fn restated(devices: i64) -> Restated {
        Restated { mode: Mode::Live, municipalities: vec!["02203".into()], devices }
    }

    #[test]
    fn one_person_alone_sends_nothing() {
        let draft = drafted(Mode::Live);
        assert_eq!(release(&draft, "staff:b", &restated(10), 10, now()), Err(Refused::NotPending));
        assert_eq!(submit(&draft, "staff:b", now()), Err(Refused::NotWriter));
        let pending = submit(&draft, "staff:a", now()).unwrap();
        assert_eq!(release(&pending, "staff:a", &restated(10), 10, now()), Err(Refused::SamePerson));
        let released = release(&pending, "staff:b", &restated(10), 10, now()).unwrap();
        assert_eq!((released.state, released.decider.as_deref()), (State::Released, Some("staff:b")));
        assert_eq!(release(&released, "staff:c", &restated(10), 10, now()), Err(Refused::NotPending));
    }

    #[test]
    fn the_second_person_says_again_what_goes_to_whom() {
        let pending = submit(&drafted(Mode::Live), "staff:a", now()).unwrap();
        let wrong = [
            Restated { mode: Mode::Drill, ..restated(100) },
            Restated { municipalities: vec!["02201".into()], ..restated(100) },
            restated(1_000),
        ];
        for restated in wrong {
            assert_eq!(release(&pending, "staff:b", &restated, 100, now()), Err(Refused::Restatement));
        }
        assert!(release(&pending, "staff:b", &restated(103), 100, now()).is_ok());
    }

    #[test]
    fn half_an_hour_without_release_is_the_end() {
        let pending = submit(&drafted(Mode::Live), "staff:a", now()).unwrap();
        let late = now().plus(Duration::from_mins(LAPSE_MINUTES));
        assert_eq!(release(&pending, "staff:b", &restated(10), 10, late), Err(Refused::Lapsed));
        assert_eq!(lapse(&pending, late).map(|n| n.state), Some(State::Expired));
        assert_eq!(lapse(&pending, now()), None);
    }

    #[test]
    fn a_correction_is_one_step_and_goes_to_the_same_people() {
        let pending = submit(&drafted(Mode::Drill), "staff:a", now()).unwrap();
        let restated = Restated { mode: Mode::Drill, ..restated(1) };
        let released = release(&pending, "staff:b", &restated, 1, now()).unwrap();
        let id = Id::from_uuid(Uuid::from_u128(2));
        let (old, new) = follow(&released, id, words(), State::Corrected, "staff:a", now()).unwrap();
        assert_eq!((old.state, new.state, new.mode()), (State::Corrected, State::Released, Mode::Drill));
        assert_eq!(new.audience, Audience::SameAs { notice: old.id });
        assert!(follow(&old, id, words(), State::Cancelled, "staff:a", now()).is_err());
        assert!(follow(&drafted(Mode::Live), id, words(), State::Cancelled, "staff:a", now()).is_err());
        assert_eq!(stop(&old, now()), Err(Refused::NotSending));
    }

    #[test]
    fn a_second_correction_goes_to_the_first_people_and_none_outlives_the_release() {
        let pending = submit(&drafted(Mode::Live), "staff:a", now()).unwrap();
        let first = release(&pending, "staff:b", &restated(1), 1, now()).unwrap();
        let id = |n| Id::from_uuid(Uuid::from_u128(n));
        let soon = now().plus(Duration::from_mins(5));
        let (_, second) = follow(&first, id(2), words(), State::Corrected, "staff:a", soon).unwrap();
        assert_eq!((second.expires_at, second.decider.as_ref()), (first.expires_at, None));
        let (_, third) = follow(&second, id(3), words(), State::Corrected, "staff:a", soon).unwrap();
        assert_eq!((third.root(), third.follows), (first.id, Some(second.id)));
        assert_eq!(third.expires_at, first.expires_at);
        let late = first.expires_at;
        assert_eq!(follow(&third, id(4), words(), State::Corrected, "staff:a", late), Err(Refused::Over));
        let (_, last) = follow(&third, id(4), words(), State::Cancelled, "staff:a", late).unwrap();
        assert!(last.root() == first.id && last.expires_at > late);
    }

    #[test]
    fn a_drill_says_so_whatever_it_was_made_from() {
        let said = Addressed::new(Mode::Drill, words());
        let forged = serde_json::json!({ "mode": "drill", "words": words() });
        let read: Addressed = serde_json::from_value(forged).unwrap();
        for said in [said, read] {
            let words = said.words();
            for text in [&words.title, &words.body] {
                assert!([&text.ja, &text.easy, &text.en].iter().all(|t| t.starts_with("【訓練】")), "{text:?}");
            }
        }
        assert!(!Addressed::new(Mode::Live, words()).words().title.ja.contains("訓練"));
    }
}
