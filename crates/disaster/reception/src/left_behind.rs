//! Those left behind (取り残し): registered or listed, in the ordered area, and received nowhere. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::directory::{Family, Mark, Received};

/// What came of looking for somebody (確認の結果).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReceptionFound)]
pub enum Found {
    /// 無事を確認
    Safe,
    /// 避難所にいる, though no desk has the card yet
    Sheltered,
    /// 市外・親戚宅など
    Elsewhere,
    /// 長期不在 (入院・入所など)
    Away,
    /// 救助・支援が必要
    NeedsHelp,
    /// 所在不明
    NotFound,
}

/// What somebody does about one of the list (作業の段階).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ReceptionWorkStep)]
pub enum Step {
    /// 自分が担当する
    Claim,
    /// 担当を渡す
    Assign,
    /// 担当を外す
    Release,
    /// 結果を記録する
    Result,
}

/// Somebody on the list, not yet opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    /// `listed:<id>` or `household:<subject>`.
    pub(crate) about: String,
    pub(crate) what: What,
    /// By which the look is recorded, so that a registered family can read it.
    pub(crate) subject: u128,
}

/// Of which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ReceptionMissingKind)]
pub(crate) enum What {
    /// 避難行動要支援者名簿
    Listed,
    /// マイ避難情報の登録世帯
    Household,
}

/// A listed person as it is compared.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) id: uuid::Uuid,
    pub(crate) subject: Option<u128>,
    pub(crate) marks: Vec<Mark>,
}

/// How many there are, and how many are still to be found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReceptionLeftBehindFigures)]
pub struct Figures {
    /// On the municipality's list, in the area.
    pub listed: u32,
    pub listed_missing: u32,
    /// Registered families, in the area.
    pub families: u32,
    pub families_missing: u32,
}

impl Found {
    /// Whether nobody need look any more.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Safe | Self::Sheltered | Self::Elsewhere | Self::Away)
    }

    /// As in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Sheltered => "sheltered",
            Self::Elsewhere => "elsewhere",
            Self::Away => "away",
            Self::NeedsHelp => "needs-help",
            Self::NotFound => "not-found",
        }
    }

    /// From the database.
    pub fn read(text: &str) -> Option<Self> {
        let all = [Self::Safe, Self::Sheltered, Self::Elsewhere, Self::Away, Self::NeedsHelp, Self::NotFound];
        all.into_iter().find(|one| one.as_str() == text)
    }
}

/// Who is left behind of the people of an area, given who was received somewhere and what came of looking for them.
pub(crate) fn left_behind(
    listed: &[Listed],
    families: &[&Family],
    received: &Received,
    results: &BTreeMap<String, Found>,
) -> (Figures, Vec<Missing>) {
    let settled = |about: &str| results.get(about).is_some_and(|found| found.is_settled());
    let family_of: HashMap<Mark, &Family> =
        families.iter().flat_map(|family| family.persons.iter().map(|mark| (*mark, *family))).collect();
    let mut missing = Vec::new();
    let mut looked_for_as_listed = HashSet::new();
    for person in listed {
        let family = person.marks.iter().find_map(|mark| family_of.get(mark));
        let subject = person.subject.or(family.map(|family| family.subject));
        let was_received = person.marks.iter().any(|mark| received.persons.contains(mark))
            || subject.is_some_and(|subject| received.subjects.contains(&subject));
        let about = format!("listed:{}", person.id);
        if !was_received && !settled(&about) {
            looked_for_as_listed.extend(subject);
            let subject = subject.unwrap_or(person.id.as_u128());
            missing.push(Missing { about, what: What::Listed, subject });
        }
    }
    let listed_missing = missing.len();
    let mut families_missing = 0;
    for family in families {
        let about = format!("household:{:032x}", family.subject);
        if is_received(family, received) || settled(&about) {
            continue;
        }
        families_missing += 1;
        // One visit finds both.
        if !looked_for_as_listed.contains(&family.subject) {
            missing.push(Missing { about, what: What::Household, subject: family.subject });
        }
    }
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let figures = Figures {
        listed: count(listed.len()),
        listed_missing: count(listed_missing),
        families: count(families.len()),
        families_missing,
    };
    (figures, missing)
}

/// Its card was taken somewhere, or each of its people was received under another one.
fn is_received(family: &Family, received: &Received) -> bool {
    let everybody = !family.unmarked
        && !family.persons.is_empty()
        && family.persons.iter().all(|mark| received.persons.contains(mark));
    received.subjects.contains(&family.subject) || everybody
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn family(subject: u128, persons: &[u8]) -> Family {
        Family {
            subject,
            district: String::new(),
            persons: persons.iter().map(|n| [*n; 16]).collect(),
            names: Vec::new(),
            unmarked: false,
        }
    }

    fn listed(id: u128, marks: &[u8]) -> Listed {
        Listed { id: Uuid::from_u128(id), subject: None, marks: marks.iter().map(|n| [*n; 16]).collect() }
    }

    #[test]
    fn whoever_was_received_under_any_card_is_not_left_behind() {
        let families = [family(1, &[1, 2]), family(2, &[3]), family(3, &[4, 5]), family(4, &[]), family(5, &[6])];
        let families: Vec<&Family> = families.iter().collect();
        let listed = [listed(10, &[1]), listed(11, &[6]), listed(12, &[9]), listed(13, &[])];
        let received = Received {
            subjects: [1].into(),
            // Both of the third family came with somebody else; of the fifth nobody.
            persons: [[4; 16], [5; 16]].into(),
        };
        let (figures, missing) = left_behind(&listed, &families, &received, &BTreeMap::new());
        let abouts: Vec<&str> = missing.iter().map(|one| one.about.as_str()).collect();
        let id = |n: u128| format!("listed:{}", Uuid::from_u128(n));
        let household = |n: u128| format!("household:{n:032x}");
        assert_eq!(abouts, [id(11), id(12), id(13), household(2), household(4)]);
        assert_eq!(missing[0].subject, 5, "the family of the listed person reads who looked");
        assert_eq!(figures, Figures { listed: 4, listed_missing: 3, families: 5, families_missing: 3 });

        let results = BTreeMap::from([
            (id(11), Found::Elsewhere),
            (id(12), Found::NeedsHelp),
            (household(2), Found::Safe),
            (household(4), Found::NotFound),
        ]);
        let (_, missing) = left_behind(&listed, &families, &received, &results);
        let abouts: Vec<&str> = missing.iter().map(|one| one.about.as_str()).collect();
        assert_eq!(abouts, [id(12), id(13), household(4), household(5)]);
    }

    #[test]
    fn somebody_without_a_birth_date_is_never_taken_as_received() {
        let mut unsure = family(1, &[1]);
        unsure.unmarked = true;
        let received = Received { subjects: HashSet::new(), persons: [[1; 16]].into() };
        assert_eq!(left_behind(&[], &[&unsure], &received, &BTreeMap::new()).1.len(), 1);
        let all = [Found::Safe, Found::Sheltered, Found::Elsewhere, Found::Away, Found::NeedsHelp, Found::NotFound];
        assert!(all.iter().all(|one| Found::read(one.as_str()) == Some(*one)));
        assert_eq!(Found::read("?"), None);
    }
}
