//! How many of those present need what (要配慮者数), from cards that are open here. Pure; nobody is named.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use households::Household;
use households::model::{Care, Mobility};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Languages told apart at most; the rest is `other`.
const MOST_LANGUAGES: usize = 20;

/// Numbers of people present (要配慮者数). One person may be counted in several.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReceptionNeeds)]
pub struct Needs {
    /// Present people whose card is known here. Of the others nobody knows what they need.
    pub known: u32,
    /// 在宅酸素・人工呼吸器
    pub oxygen: u32,
    /// 透析
    pub dialysis: u32,
    /// 寝たきり
    pub bedridden: u32,
    pub wheelchair: u32,
    pub pregnant: u32,
    /// 0–5
    pub infants: u32,
    /// 要介護1–5
    pub care: u32,
    /// 要支援1・2
    pub support: u32,
    pub disability: u32,
    pub allergy: u32,
    pub medicine: u32,
    /// ミルク・おむつ
    pub infant_goods: u32,
    /// 65–
    pub elderly: u32,
    pub other: u32,
    /// Languages in which people can be spoken to when that is not Japanese, by BCP 47 tag or as written.
    pub languages: BTreeMap<String, u32>,
}

impl Needs {
    /// Adds the people of a household that are here: all, if nobody said who is.
    pub fn add(&mut self, household: &Household, here: Option<&[Uuid]>, out: &[Uuid], today: NaiveDate) {
        let is_here = |id: &Uuid| here.is_none_or(|here| here.contains(id)) && !out.contains(id);
        for person in household.persons.iter().filter(|person| is_here(&person.id)) {
            let needs = &person.needs;
            let age = person.birth.and_then(|birth| today.years_since(birth));
            let infant = age.is_some_and(|age| age < 6);
            self.known += 1;
            for (count, is) in [
                (&mut self.oxygen, needs.oxygen == Some(true)),
                (&mut self.dialysis, needs.dialysis == Some(true)),
                (&mut self.bedridden, needs.mobility == Some(Mobility::Bedridden)),
                (&mut self.wheelchair, needs.mobility == Some(Mobility::Wheelchair)),
                (&mut self.pregnant, needs.pregnant == Some(true)),
                (&mut self.infants, infant),
                (&mut self.care, needs.care.is_some_and(|care| care >= Care::Care1)),
                (&mut self.support, needs.care.is_some_and(|care| care < Care::Care1)),
                (&mut self.disability, !needs.disabilities.is_empty()),
                (&mut self.allergy, !needs.allergies.is_empty()),
                (&mut self.medicine, !needs.medicines.is_empty()),
                (&mut self.infant_goods, needs.infant_goods == Some(true)),
                (&mut self.elderly, age.is_some_and(|age| age >= 65)),
                (&mut self.other, !needs.other.is_empty()),
            ] {
                *count += u32::from(is);
            }
            if !needs.language.is_empty() {
                self.speak(&needs.language);
            }
        }
    }

    fn speak(&mut self, language: &str) {
        let full = self.languages.len() >= MOST_LANGUAGES && !self.languages.contains_key(language);
        let name = if full { "other" } else { language };
        *self.languages.entry(name.to_owned()).or_default() += 1;
    }
}

/// Persons that a card names in a list, e.g. who is here; `None` when nobody said.
pub(crate) fn persons(situation: Option<&serde_json::Value>, field: &str) -> Option<Vec<Uuid>> {
    let list = situation?.get(field)?.as_array()?;
    Some(list.iter().filter_map(|id| id.as_str()?.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn those_present_are_counted_by_what_they_need() {
        let id = |n: u128| Uuid::from_u128(n);
        let household: Household = serde_json::from_value(json!({ "persons": [
            { "id": id(1), "name": "見本 一", "birth": "1950-04-01", "needs": {
                "dialysis": true, "oxygen": false, "care": "care2", "mobility": "wheelchair", "allergies": ["そば", "卵"] } },
            { "id": id(2), "name": "見本 二", "birth": "2023-04-01", "needs": { "infant_goods": true } },
            { "id": id(3), "name": "見本 三", "needs": { "language": "vi", "pregnant": true, "care": "support1" } },
        ] }))
        .unwrap();
        let today = NaiveDate::from_ymd_opt(2026, 11, 28).unwrap();
        let mut all = Needs::default();
        all.add(&household, None, &[], today);
        let expected = Needs {
            known: 3,
            dialysis: 1,
            wheelchair: 1,
            pregnant: 1,
            infants: 1,
            care: 1,
            support: 1,
            allergy: 1,
            infant_goods: 1,
            elderly: 1,
            languages: BTreeMap::from([("vi".to_owned(), 1)]),
            ..Needs::default()
        };
        assert_eq!(all, expected);
        // Only the child is here, and one who is here is out for a while.
        let mut some = Needs::default();
        some.add(&household, Some(&[id(2), id(3)]), &[id(3)], today);
        assert_eq!(some, Needs { known: 1, infants: 1, infant_goods: 1, ..Needs::default() });
        for n in 0..40 {
            some.speak(&format!("x{n}"));
        }
        assert_eq!((some.languages.len(), some.languages["other"]), (MOST_LANGUAGES + 1, 20));
    }
}
