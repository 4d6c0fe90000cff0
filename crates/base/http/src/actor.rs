//! Who is asking: [`Actor`] (操作者) and the [`Duty`] (職務) that a handler requires of it.
//!
//! `http` does not know how people sign in: `identity` hands a hook to [`crate::App`], and the extractor asks it once per
//! request. Without a hook everybody is anonymous.
//!
//! **Invariant:** a handler that changes something calls [`Actor::require`] before it loads anything else.

use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kernel::{AreaCode, areas};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::problem::Problem;

/// What a member of staff may do in an area (職務).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Duty {
    /// 管理者: invites staff, gives and takes duties.
    Administrator,
    /// 避難情報: enters and approves evacuation orders.
    EvacuationOrders,
    /// 情報源の運用: feeds, uploads, replays.
    FeedOperator,
    /// 訓練の統制: starts and ends drills.
    DrillControl,
    /// 施設台帳: imports the municipality's places and keeps them true.
    Places,
    /// 避難所の開設: opens and closes shelters, counts who is there.
    Shelters,
    /// 避難所の受付: admits people at a desk and sees the cards of their shelter.
    ShelterDesk,
    /// 避難者の把握: sees by name who is where, and who was left behind.
    Evacuees,
    /// 支援措置: keeps the list of protected people.
    Protection,
    /// お知らせの発信: writes notices to residents, and releases those of others.
    Notices,
    /// 支援制度: imports, edits and publishes support programmes.
    Programmes,
    /// 当直: sees the office screens, changes nothing.
    Watch,
}

/// The kinds of actor (操作者の種類).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActorKind {
    /// Nobody has signed in.
    Anonymous,
    /// A resident's device with a key of its own (住民の端末).
    Device(Uuid),
    /// A member of staff (職員) and the duties held now.
    Staff {
        /// The account.
        account: Uuid,
        /// Each duty with the area it is held for.
        duties: Vec<(Duty, AreaCode)>,
    },
    /// The program itself: background work, replays, commands on the machine.
    System,
}

/// Who is asking (操作者). Take it as a handler argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What kind of actor.
    pub kind: ActorKind,
    /// The session that the request carried.
    pub session: Option<Uuid>,
}

impl Actor {
    /// Nobody in particular.
    pub fn anonymous() -> Self {
        Self { kind: ActorKind::Anonymous, session: None }
    }

    /// The program itself.
    pub fn system() -> Self {
        Self { kind: ActorKind::System, session: None }
    }

    /// A resident's device.
    pub fn device(id: Uuid, session: Option<Uuid>) -> Self {
        Self { kind: ActorKind::Device(id), session }
    }

    /// A member of staff.
    pub fn staff(account: Uuid, duties: Vec<(Duty, AreaCode)>, session: Option<Uuid>) -> Self {
        Self { kind: ActorKind::Staff { account, duties }, session }
    }

    /// Refuses unless the actor holds `duty` for `area`. A duty for the prefecture covers every municipality in it.
    /// The system itself may do everything.
    pub fn require(&self, duty: Duty, area: &AreaCode) -> Result<(), Problem> {
        match &self.kind {
            ActorKind::System => Ok(()),
            ActorKind::Staff { duties, .. } => {
                let held = duties.iter().any(|(have, over)| *have == duty && covers(over, area));
                if held { Ok(()) } else { Err(Problem::forbidden()) }
            }
            ActorKind::Anonymous | ActorKind::Device(_) => Err(Problem::unauthenticated()),
        }
    }

    /// Refuses unless the actor holds `duty` somewhere; gives the areas.
    pub fn require_anywhere(&self, duty: Duty) -> Result<Vec<AreaCode>, Problem> {
        match &self.kind {
            ActorKind::System => Ok(vec![areas::PREFECTURE]),
            ActorKind::Staff { duties, .. } => {
                let held: Vec<AreaCode> =
                    duties.iter().filter(|(have, _)| *have == duty).map(|(_, area)| area.clone()).collect();
                if held.is_empty() { Err(Problem::forbidden()) } else { Ok(held) }
            }
            ActorKind::Anonymous | ActorKind::Device(_) => Err(Problem::unauthenticated()),
        }
    }

    /// Refuses everyone but staff; gives the account.
    pub fn require_staff(&self) -> Result<Uuid, Problem> {
        self.account().ok_or_else(Problem::unauthenticated)
    }

    /// Refuses everyone but a resident's device; gives the device.
    pub fn require_device(&self) -> Result<Uuid, Problem> {
        match &self.kind {
            ActorKind::Device(id) => Ok(*id),
            ActorKind::Staff { .. } => Err(Problem::forbidden()),
            ActorKind::Anonymous | ActorKind::System => Err(Problem::unauthenticated()),
        }
    }

    /// The staff account, if it is one.
    pub fn account(&self) -> Option<Uuid> {
        match &self.kind {
            ActorKind::Staff { account, .. } => Some(*account),
            _ => None,
        }
    }

    /// The device, if it is one; for the journal.
    pub fn device_id(&self) -> Option<Uuid> {
        match &self.kind {
            ActorKind::Device(id) => Some(*id),
            _ => None,
        }
    }

    /// How the journal names this actor: `staff:<uuid>`, `device:<uuid>`, `anonymous`, `system`.
    pub fn label(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ActorKind::Anonymous => write!(f, "anonymous"),
            ActorKind::Device(id) => write!(f, "device:{id}"),
            ActorKind::Staff { account, .. } => write!(f, "staff:{account}"),
            ActorKind::System => write!(f, "system"),
        }
    }
}

impl FromRequestParts<App> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let actor = app.authenticate(parts).await?;
        parts.extensions.insert(actor.clone());
        Ok(actor)
    }
}

fn covers(held: &AreaCode, asked: &AreaCode) -> bool {
    held == asked || (*held == areas::PREFECTURE && areas::is_aomori(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders_for(area: AreaCode) -> Actor {
        Actor::staff(Uuid::from_u128(1), vec![(Duty::EvacuationOrders, area)], None)
    }

    #[test]
    fn a_duty_holds_in_its_area_and_only_there() {
        let (hachinohe, aomori) = (AreaCode::municipality("02203"), AreaCode::municipality("02201"));
        let desk = orders_for(hachinohe.clone());
        assert!(desk.require(Duty::EvacuationOrders, &hachinohe).is_ok());
        assert_eq!(desk.require(Duty::EvacuationOrders, &aomori).unwrap_err().code(), "forbidden");
        assert_eq!(desk.require(Duty::EvacuationOrders, &areas::PREFECTURE).unwrap_err().code(), "forbidden");
        assert_eq!(desk.require(Duty::FeedOperator, &hachinohe).unwrap_err().code(), "forbidden");
    }

    #[test]
    fn a_prefecture_duty_covers_every_municipality_of_it_and_no_other() {
        let hq = orders_for(areas::PREFECTURE);
        for town in areas::municipalities() {
            assert!(hq.require(Duty::EvacuationOrders, &AreaCode::municipality(town.jis5)).is_ok(), "{}", town.name);
        }
        assert!(hq.require(Duty::EvacuationOrders, &AreaCode::municipality("03201")).is_err());
    }

    #[test]
    fn without_sign_in_the_answer_is_to_sign_in() {
        for actor in [Actor::anonymous(), Actor::device(Uuid::from_u128(2), None)] {
            assert_eq!(actor.require(Duty::Watch, &areas::PREFECTURE).unwrap_err().code(), "unauthenticated");
        }
        assert!(Actor::system().require(Duty::Watch, &areas::PREFECTURE).is_ok());
    }
}
