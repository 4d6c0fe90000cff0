//! Why somebody looks at personal data, and for whom.

use http::Duty;
use kernel::{AreaCode, Mode, areas};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What personal data is opened for (利用目的).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// 受付
    Reception,
    /// 要配慮支援: who needs what, in a shelter
    Care,
    /// 安否確認: an inquiry is answered
    Safety,
    /// 取り残し確認
    LeftBehind,
    /// 緊急閲覧: with a reason, shown to the person later
    BreakGlass,
    /// 物資・食事の配布
    Supplies,
    /// 支援措置の事務
    Protection,
    /// 訂正・統合: two cards of one household
    Correction,
}

impl Purpose {
    /// Whether needs are shown without the family's consent: to save a life (災害対策基本法 49条の11 第3項), or by whoever keeps the
    /// list of protected people.
    pub fn overrides_consent(self) -> bool {
        matches!(self, Self::LeftBehind | Self::BreakGlass | Self::Protection)
    }
}

/// Who will see it (閲覧者の範囲).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The desk of a shelter of this municipality.
    Shelter {
        municipality: String,
        /// The facility; none for evacuees outside of every shelter.
        facility: Option<Uuid>,
        /// The household is checked in there now.
        present: bool,
    },
    /// The office of a municipality, across its shelters.
    Office { municipality: String },
    /// The prefecture.
    Prefecture,
    /// Those who keep a municipality's list of protected people.
    Protection { municipality: String },
}

/// A look at personal data (閲覧): why, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Look {
    pub purpose: Purpose,
    pub audience: Audience,
    /// A look in a drill is recorded as one (訓練).
    pub mode: Mode,
}

impl Audience {
    /// The duty that such a look takes, and where.
    pub fn needs(&self) -> (Duty, AreaCode) {
        match self {
            Self::Shelter { .. } => (Duty::ShelterDesk, self.area()),
            Self::Office { .. } | Self::Prefecture => (Duty::Evacuees, self.area()),
            Self::Protection { .. } => (Duty::Protection, self.area()),
        }
    }

    /// The area whose office it is.
    pub fn area(&self) -> AreaCode {
        match self {
            Self::Shelter { municipality, .. } | Self::Office { municipality } | Self::Protection { municipality } => {
                AreaCode::municipality(municipality)
            }
            Self::Prefecture => areas::PREFECTURE,
        }
    }

    /// The shelter, if it is one.
    pub fn facility(&self) -> Option<Uuid> {
        match self {
            Self::Shelter { facility, .. } => *facility,
            _ => None,
        }
    }

    /// Whether a protected household is opened nevertheless: at the desk where it stands, or to those who protect it.
    pub fn reaches_protected(&self, protected_by: &[String]) -> bool {
        match self {
            Self::Shelter { present, .. } => *present,
            Self::Protection { municipality } => protected_by.contains(municipality),
            Self::Office { .. } | Self::Prefecture => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protected_people_are_open_where_they_stand_and_to_their_protectors_alone() {
        let (town, other) = ("02203".to_owned(), "02201".to_owned());
        let desk = |present| Audience::Shelter { municipality: other.clone(), facility: None, present };
        let by = [town.clone()];
        assert!(desk(true).reaches_protected(&by));
        assert!(!desk(false).reaches_protected(&by));
        assert!(Audience::Protection { municipality: town.clone() }.reaches_protected(&by));
        assert!(!Audience::Protection { municipality: other }.reaches_protected(&by));
        assert!(!Audience::Office { municipality: town }.reaches_protected(&by));
        assert!(!Audience::Prefecture.reaches_protected(&by));
    }
}
