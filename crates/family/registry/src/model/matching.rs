//! All programmes for one household (支援の一覧): whose area covers it, and a municipality's in the place of the nation's.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::Id;

use super::attributes::attributes;
use super::compile::{Decider, Verdict};
use super::condition::Source;
use super::decide::{Decision, Missing, Reason};
use super::facts::{Facts, municipality};
use super::programme::{Content, NATION, PREFECTURE, Programme, Version};

/// A programme that holds on a day, ready to be decided (判定できる制度).
#[derive(Debug, Clone)]
pub struct InForce {
    pub programme: Id<Programme>,
    pub version: Id<Version>,
    pub key: String,
    pub area: String,
    pub content: Content,
    decider: Decider,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Nation,
    Prefecture,
    Municipality(i64),
    /// A code that is none of ours covers nobody.
    Nowhere,
}

impl Place {
    fn nearness(self) -> u8 {
        match self {
            Self::Nowhere => 0,
            Self::Nation => 1,
            Self::Prefecture => 2,
            Self::Municipality(_) => 3,
        }
    }
}

impl InForce {
    /// Makes a version ready for a day.
    pub fn of(programme: &Programme, version: &Version, on: NaiveDate) -> Self {
        Self {
            programme: programme.id,
            version: version.id,
            key: programme.key.clone(),
            area: programme.area.clone(),
            content: version.content.clone(),
            decider: Decider::of(&version.content.rule, on),
            place: match programme.area.as_str() {
                NATION => Place::Nation,
                PREFECTURE => Place::Prefecture,
                jis5 => municipality(jis5).map_or(Place::Nowhere, Place::Municipality),
            },
        }
    }

    /// Whether the household lives where it is given.
    fn covers(&self, facts: &Facts) -> Verdict {
        let home = facts.household[attributes().home()];
        match self.place {
            Place::Nation => Verdict::Yes,
            // Profiles know municipalities of the prefecture only.
            Place::Prefecture if home.is_settled() => Verdict::Yes,
            Place::Municipality(code) if home.is_settled() && home.lo == code => Verdict::Yes,
            Place::Municipality(_) if home.is_settled() => Verdict::No,
            Place::Prefecture | Place::Municipality(_) => Verdict::Check,
            Place::Nowhere => Verdict::No,
        }
    }

    /// The answer alone, without reasons: what matching a whole population asks.
    pub fn verdict(&self, facts: &Facts) -> Verdict {
        match self.covers(facts) {
            Verdict::No => Verdict::No,
            covered => covered.min(self.decider.verdict(facts)),
        }
    }

    /// The answer with reasons and amounts.
    pub fn decide(&self, facts: &Facts) -> Decision {
        let covered = self.covers(facts);
        let mut decision = self.decider.decide(facts);
        if covered == Verdict::Yes || (covered == Verdict::Check && decision.verdict == Verdict::No) {
            return decision;
        }
        let home = Reason {
            attribute: Some("municipality".to_owned()),
            what: None,
            person: None,
            said: covered,
            source: Source {
                text: "制度を行う市町村・県にお住まいの方が対象です。".to_owned(),
                law: self.content.record.text("area.areaText").unwrap_or("実施する市町村・県").to_owned(),
                url: None,
                from: None,
                until: None,
            },
        };
        if covered == Verdict::No {
            return Decision { verdict: Verdict::No, reasons: vec![home], missing: Vec::new(), amounts: Vec::new() };
        }
        if decision.verdict == Verdict::Yes {
            decision.reasons.clear();
        }
        decision.verdict = Verdict::Check;
        decision.reasons.insert(0, home);
        decision.missing.insert(0, Missing { attribute: "municipality".to_owned(), person: None });
        decision
    }
}

/// Every programme of where the household lives with its answer; where nobody said, every programme. Of one key only the nearest.
pub fn match_all<'a>(programmes: &'a [InForce], facts: &Facts) -> Vec<(&'a InForce, Decision)> {
    let here: Vec<(&InForce, Verdict)> = programmes.iter().map(|one| (one, one.covers(facts))).collect();
    let mut nearest: HashMap<&str, u8> = HashMap::new();
    for (one, _) in here.iter().filter(|(_, covered)| *covered == Verdict::Yes) {
        let held = nearest.entry(&one.key).or_insert(0);
        *held = (*held).max(one.place.nearness());
    }
    let stands = |one: &InForce| nearest.get(one.key.as_str()).is_none_or(|held| one.place.nearness() >= *held);
    let shown = here.into_iter().filter(|(one, covered)| *covered != Verdict::No && stands(one));
    shown.map(|(one, _)| (one, one.decide(facts))).collect()
}
