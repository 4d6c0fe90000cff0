//! Evacuation orders (避難情報): what a municipality itself orders, and the rules of two people.
//!
//! Pure. A level of the Meteorological Agency never comes near this file.
//! One person with the duty proposes; **another** releases, restating mode, municipality and level. Nobody decides for half
//! an hour: the proposal lapses. Correction, lifting and withdrawal are one step by one person, because a wrong order that
//! stays on the phones is worse than a hasty correction (Hawaii 2018: 38 minutes).

use std::time::Duration;

use kernel::{Id, Mode, Timestamp, areas};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Minutes until a proposal lapses.
pub const LAPSE_MINUTES: u64 = 30;
const MAX_DISTRICTS: usize = 200;
const MAX_WORDS: usize = 500;

/// Where an order stands (状態).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrderStatus)]
pub enum Status {
    /// 承認待ち
    Proposed,
    /// 却下
    Rejected,
    /// 時間切れ
    Expired,
    /// 発令中
    InForce,
    /// 解除
    Lifted,
    /// 取消
    Withdrawn,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::InForce => "in_force",
            Self::Lifted => "lifted",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What is ordered, of whom, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = OrderContent)]
pub struct Content {
    pub mode: Mode,
    /// JIS code.
    #[schema(example = "02203")]
    pub municipality: String,
    /// 3 高齢者等避難, 4 避難指示, 5 緊急安全確保.
    #[schema(minimum = 3, maximum = 5)]
    pub level: u8,
    /// Names of districts; empty means the whole municipality (全域).
    pub districts: Vec<String>,
    pub reason: String,
    #[serde(default)]
    pub shelters_note: Option<String>,
}

/// An evacuation order (避難情報) from proposal to end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub id: Id<Order>,
    pub content: Content,
    pub status: Status,
    /// `staff:<account>`
    pub proposer: String,
    pub proposed_at: Timestamp,
    /// Who released or refused it.
    pub decider: Option<String>,
    pub issued_at: Option<Timestamp>,
    pub corrected_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// What the releasing person says again, so that a wrong screen is noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Restated {
    pub mode: Mode,
    pub municipality: String,
    pub level: u8,
}

/// What the rules refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the level of an evacuation order is 3, 4 or 5")]
    Level,
    #[error("no such municipality in Aomori")]
    Municipality,
    #[error("a reason is needed, of at most 500 characters")]
    Reason,
    #[error("too many districts, or an empty or overlong one")]
    Districts,
    #[error("the proposer cannot release the order: a second person must")]
    SamePerson,
    #[error("what was restated is not what was proposed")]
    Restatement,
    #[error("the proposal lapsed after 30 minutes")]
    Lapsed,
    #[error("the order is not waiting for a decision")]
    NotProposed,
    #[error("the order is not in force")]
    NotInForce,
    #[error("a correction cannot change mode or municipality")]
    OtherOrder,
    #[error("a correction cannot raise the level or name more districts: that is a new order, for two people")]
    Widened,
}

/// Proposes an order (起案).
pub fn propose(id: Id<Order>, content: Content, who: &str, now: Timestamp) -> Result<Order, Refused> {
    check(&content)?;
    Ok(Order {
        id,
        content,
        status: Status::Proposed,
        proposer: who.to_owned(),
        proposed_at: now,
        decider: None,
        issued_at: None,
        corrected_at: None,
        ended_at: None,
    })
}

/// Releases a proposal (承認・発令). The only way to [`Status::InForce`].
pub fn approve(order: &Order, who: &str, restated: &Restated, now: Timestamp) -> Result<Order, Refused> {
    waiting(order, now)?;
    if order.proposer == who {
        return Err(Refused::SamePerson);
    }
    let c = &order.content;
    if (restated.mode, &restated.municipality, restated.level) != (c.mode, &c.municipality, c.level) {
        return Err(Refused::Restatement);
    }
    Ok(Order { status: Status::InForce, decider: Some(who.to_owned()), issued_at: Some(now), ..order.clone() })
}

/// Refuses a proposal (却下); the proposer may take it back the same way.
pub fn reject(order: &Order, who: &str, now: Timestamp) -> Result<Order, Refused> {
    waiting(order, now)?;
    Ok(Order { status: Status::Rejected, decider: Some(who.to_owned()), ended_at: Some(now), ..order.clone() })
}

/// Corrects a released order (訂正) in one step. Mode and municipality stay; the level may fall and districts may go, for
/// two people released no more than that. What raises or widens is a new order.
pub fn correct(order: &Order, content: Content, now: Timestamp) -> Result<Order, Refused> {
    in_force(order)?;
    if (content.mode, &content.municipality) != (order.content.mode, &order.content.municipality) {
        return Err(Refused::OtherOrder);
    }
    check(&content)?;
    if content.level > order.content.level || !lies_within(&content.districts, &order.content.districts) {
        return Err(Refused::Widened);
    }
    Ok(Order { content, corrected_at: Some(now), ..order.clone() })
}

/// Ends an order whose danger has passed (解除).
pub fn lift(order: &Order, now: Timestamp) -> Result<Order, Refused> {
    in_force(order)?;
    Ok(Order { status: Status::Lifted, ended_at: Some(now), ..order.clone() })
}

/// Withdraws an order that was released in error (取消).
pub fn withdraw(order: &Order, now: Timestamp) -> Result<Order, Refused> {
    in_force(order)?;
    Ok(Order { status: Status::Withdrawn, ended_at: Some(now), ..order.clone() })
}

/// A proposal nobody decided on in time (時間切れ).
pub fn lapse(order: &Order, now: Timestamp) -> Option<Order> {
    (order.status == Status::Proposed && lapses_at(order) <= now).then(|| Order {
        status: Status::Expired,
        ended_at: Some(now),
        ..order.clone()
    })
}

/// When a proposal lapses.
pub fn lapses_at(order: &Order) -> Timestamp {
    order.proposed_at.plus(Duration::from_mins(LAPSE_MINUTES))
}

/// An order that a newly released one takes the place of: same mode, municipality and districts.
pub fn is_replaced(old: &Order, new: &Order) -> bool {
    let (a, b) = (&old.content, &new.content);
    old.id != new.id
        && old.status == Status::InForce
        && (a.mode, &a.municipality, &a.districts) == (b.mode, &b.municipality, &b.districts)
}

/// No districts means all of them (全域).
fn lies_within(inner: &[String], outer: &[String]) -> bool {
    outer.is_empty() || (!inner.is_empty() && inner.iter().all(|d| outer.contains(d)))
}

fn waiting(order: &Order, now: Timestamp) -> Result<(), Refused> {
    match order.status {
        Status::Expired => Err(Refused::Lapsed),
        Status::Proposed if lapses_at(order) <= now => Err(Refused::Lapsed),
        Status::Proposed => Ok(()),
        _ => Err(Refused::NotProposed),
    }
}

fn in_force(order: &Order) -> Result<(), Refused> {
    if order.status == Status::InForce { Ok(()) } else { Err(Refused::NotInForce) }
}

fn check(content: &Content) -> Result<(), Refused> {
    if !(3..=5).contains(&content.level) {
        return Err(Refused::Level);
    }
    if areas::municipality(&content.municipality).is_none() {
        return Err(Refused::Municipality);
    }
    let words = |text: &str| !text.trim().is_empty() && text.chars().count() <= MAX_WORDS;
    if !words(&content.reason) || content.shelters_note.as_deref().is_some_and(|n| n.chars().count() > MAX_WORDS) {
        return Err(Refused::Reason);
    }
    if content.districts.len() > MAX_DISTRICTS || content.districts.iter().any(|d| !words(d)) {
        return Err(Refused::Districts);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn now() -> Timestamp {
        Timestamp::from_jst(2026, 11, 22, 12, 0, 0).unwrap()
    }

    fn content(level: u8) -> Content {
        Content {
            mode: Mode::Live,
            municipality: "02203".into(),
            level,
            districts: vec!["市川地区".into()],
            reason: "津波警報の発表".into(),
            shelters_note: None,
        }
    }

    fn restated(level: u8) -> Restated {
        Restated { mode: Mode::Live, municipality: "02203".into(), level }
    }

    fn proposed() -> Order {
        propose(Id::from_uuid(Uuid::from_u128(1)), content(4), "staff:a", now()).unwrap()
    }

    #[test]
    fn one_person_alone_releases_nothing() {
        assert_eq!(approve(&proposed(), "staff:a", &restated(4), now()), Err(Refused::SamePerson));
        let released = approve(&proposed(), "staff:b", &restated(4), now()).unwrap();
        assert_eq!(released.status, Status::InForce);
        assert_eq!(approve(&released, "staff:c", &restated(4), now()), Err(Refused::NotProposed));
    }

    #[test]
    fn the_second_person_restates_mode_place_and_level() {
        assert_eq!(approve(&proposed(), "staff:b", &restated(3), now()), Err(Refused::Restatement));
        let drill = Restated { mode: Mode::Drill, ..restated(4) };
        assert_eq!(approve(&proposed(), "staff:b", &drill, now()), Err(Refused::Restatement));
    }

    #[test]
    fn a_proposal_lapses_after_half_an_hour() {
        let late = now().plus(Duration::from_mins(LAPSE_MINUTES));
        assert_eq!(approve(&proposed(), "staff:b", &restated(4), late), Err(Refused::Lapsed));
        assert_eq!(lapse(&proposed(), late).map(|o| o.status), Some(Status::Expired));
        assert_eq!(lapse(&proposed(), now()), None);
    }

    #[test]
    fn one_person_corrects_lifts_and_withdraws_at_once() {
        let released = approve(&proposed(), "staff:b", &restated(4), now()).unwrap();
        let corrected = correct(&released, content(3), now()).unwrap();
        assert_eq!((corrected.status, corrected.content.level), (Status::InForce, 3));
        assert_eq!(lift(&corrected, now()).unwrap().status, Status::Lifted);
        assert_eq!(withdraw(&corrected, now()).unwrap().status, Status::Withdrawn);
        assert_eq!(lift(&proposed(), now()), Err(Refused::NotInForce));
        let elsewhere = Content { municipality: "02201".into(), ..content(4) };
        assert_eq!(correct(&released, elsewhere, now()), Err(Refused::OtherOrder));
        let drill = Content { mode: Mode::Drill, ..content(4) };
        assert_eq!(correct(&released, drill, now()), Err(Refused::OtherOrder));
    }

    #[test]
    fn one_person_neither_raises_nor_widens() {
        let of = |level, districts: &[&str]| Content {
            districts: districts.iter().map(|d| (*d).to_owned()).collect(),
            ..content(level)
        };
        let two =
            propose(Id::from_uuid(Uuid::from_u128(1)), of(4, &["市川地区", "根城地区"]), "staff:a", now()).unwrap();
        let two = approve(&two, "staff:b", &restated(4), now()).unwrap();
        for wider in [of(5, &["市川地区"]), of(4, &[]), of(3, &["市川地区", "館地区"]), of(5, &[])] {
            assert_eq!(correct(&two, wider, now()), Err(Refused::Widened));
        }
        for within in [of(4, &["根城地区"]), of(3, &["根城地区", "市川地区"])] {
            assert!(correct(&two, within, now()).is_ok());
        }
        let whole = Order { content: of(4, &[]), ..two };
        assert!(correct(&whole, of(4, &["館地区"]), now()).is_ok());
    }

    #[test]
    fn only_levels_three_to_five_exist() {
        for level in [0, 1, 2, 6, 255] {
            assert_eq!(
                propose(Id::from_uuid(Uuid::from_u128(1)), content(level), "staff:a", now()),
                Err(Refused::Level)
            );
        }
    }
}
