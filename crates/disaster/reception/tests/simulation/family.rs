//! Families: what they do, when, and where they are in truth at the end.

use reception::{Counts, Kind, Presence, Subject};

use crate::chance::Chance;
use crate::world::{HOUR, MINUTE, OPERATIONS_END, SHELTERS};

/// One family.
#[derive(Debug, Clone)]
pub(crate) struct Family {
    pub subject: Subject,
    /// A second card, linked at some desk.
    pub alias: Option<Subject>,
    /// Where it is at the end.
    pub truth: Truth,
}

/// Where a family is (the ground truth).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Truth {
    pub presence: Presence,
    /// The shelter, or where it is on the way to; `None` outside of all.
    pub shelter: Option<usize>,
    pub counts: Counts,
    whole: Counts,
}

/// What happens at a desk.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that may be odd about a scan, and they combine")]
pub(crate) struct Act {
    pub at: i64,
    pub family: usize,
    pub kind: Kind,
    /// Where the desk stands.
    pub desk: usize,
    /// Written about no shelter.
    pub outside: bool,
    pub counts: Option<Counts>,
    pub to: Option<usize>,
    /// With the second card.
    pub alias: bool,
    /// Both desks scan at once.
    pub twice: bool,
    /// A slip of the hand: voided soon.
    pub mistaken: bool,
}

/// A family and everything it will do.
pub(crate) fn script(chance: &mut Chance, family: usize) -> (Family, Vec<Act>) {
    let subject = Subject(u128::from(chance.next()) << 64 | family as u128);
    let alias = chance.percent(20).then(|| Subject(u128::from(chance.next())));
    let nobody = Counts::default();
    let truth = Truth { presence: Presence::Out, shelter: None, counts: nobody, whole: nobody };
    let mut script =
        Script { chance, family, now: 0, truth, acts: Vec::new(), aliased: false, has_alias: alias.is_some() };
    script.now = script.chance.between(10 * MINUTE, 40 * HOUR);
    let steps = script.chance.between(2, 11);
    for _ in 0..steps {
        script.step();
        script.now += if script.chance.percent(50) {
            script.chance.between(6 * MINUTE, 2 * HOUR)
        } else {
            script.chance.between(HOUR, 36 * HOUR)
        };
        if script.now > OPERATIONS_END {
            break;
        }
    }
    let (truth, acts) = (script.truth, script.acts);
    (Family { subject, alias, truth }, acts)
}

struct Script<'a> {
    chance: &'a mut Chance,
    family: usize,
    now: i64,
    truth: Truth,
    acts: Vec<Act>,
    aliased: bool,
    has_alias: bool,
}

impl Script<'_> {
    fn step(&mut self) {
        match (self.truth.presence, self.chance.below(10)) {
            (Presence::In, 0..=2) => self.leave(),
            (Presence::In, 3) => self.leave_some(),
            (Presence::In, 4..=5) => self.hand_over(),
            (Presence::In, 6) => self.amend(),
            (Presence::In, 7) => self.slip(),
            (Presence::In | Presence::Outside, 8) => self.check_out(),
            (Presence::Away, 0..=7) => self.come_back(),
            (Presence::Moving, _) => {
                let to = self.truth.shelter.unwrap_or(0);
                self.arrive(to);
            }
            _ => {
                // Also from one shelter to another without a word.
                let to = self.chance.below(SHELTERS);
                self.arrive(to);
            }
        }
    }

    fn counts(&mut self) -> Counts {
        let mut some = |most| u32::try_from(self.chance.below(most)).unwrap_or(0);
        Counts { adults: 1 + some(4), children: some(3), infants: some(2), wheelchair: some(2) }
    }

    fn act(&mut self, kind: Kind, desk: usize) -> &mut Act {
        let alias = self.aliased && self.chance.percent(40);
        let (at, family) = (self.now, self.family);
        let act = Act {
            at,
            family,
            kind,
            desk,
            outside: false,
            counts: None,
            to: None,
            alias,
            twice: false,
            mistaken: false,
        };
        self.acts.push(act);
        let last = self.acts.len() - 1;
        &mut self.acts[last]
    }

    fn here(&self) -> usize {
        self.truth.shelter.unwrap_or(0)
    }

    fn arrive(&mut self, desk: usize) {
        let counts = self.counts();
        let outside = self.chance.percent(8);
        if self.chance.percent(15) {
            let only = self.act(Kind::CountOnly, desk);
            (only.counts, only.outside) = (Some(counts), outside);
            self.now += 6 * MINUTE;
        }
        let twice = self.chance.percent(15);
        let new_alias = self.has_alias && !self.aliased && self.chance.percent(50);
        let act = self.act(Kind::CheckIn, desk);
        (act.counts, act.outside, act.twice) = (Some(counts), outside, twice);
        act.alias |= new_alias;
        let (presence, shelter) = if outside { (Presence::Outside, None) } else { (Presence::In, Some(desk)) };
        self.truth = Truth { presence, shelter, counts, whole: counts };
        if new_alias {
            self.aliased = true;
            self.now += 7 * MINUTE;
            self.act(Kind::Link, desk).alias = false;
        }
    }

    fn leave(&mut self) {
        let here = self.here();
        self.act(Kind::Leave, here);
        (self.truth.presence, self.truth.counts) = (Presence::Away, self.truth.whole);
    }

    fn leave_some(&mut self) {
        let (here, stay) = (self.here(), Counts { adults: 1, ..Counts::default() });
        self.act(Kind::Leave, here).counts = Some(stay);
        self.truth.counts = stay;
    }

    fn come_back(&mut self) {
        let here = self.here();
        let twice = self.chance.percent(15);
        self.act(Kind::Return, here).twice = twice;
        (self.truth.presence, self.truth.counts) = (Presence::In, self.truth.whole);
    }

    fn hand_over(&mut self) {
        let here = self.here();
        let to = (here + 1 + self.chance.below(SHELTERS - 1)) % SHELTERS;
        self.act(Kind::Move, here).to = Some(to);
        self.truth = Truth { presence: Presence::Moving, shelter: Some(to), counts: self.truth.whole, ..self.truth };
    }

    fn amend(&mut self) {
        let (here, counts) = (self.here(), self.counts());
        self.act(Kind::Amend, here).counts = Some(counts);
        // Who is out for a while comes back to those who are here.
        let (before, whole) = (self.truth.counts, self.truth.whole);
        let with_out = |here: u32, whole: u32, before: u32| here + whole.saturating_sub(before);
        let whole = Counts {
            adults: with_out(counts.adults, whole.adults, before.adults),
            children: with_out(counts.children, whole.children, before.children),
            infants: with_out(counts.infants, whole.infants, before.infants),
            wheelchair: with_out(counts.wheelchair, whole.wheelchair, before.wheelchair),
        };
        (self.truth.counts, self.truth.whole) = (counts, whole);
    }

    fn slip(&mut self) {
        let here = self.here();
        self.act(Kind::CheckOut, here).mistaken = true;
    }

    fn check_out(&mut self) {
        let (here, outside) = (self.here(), self.truth.shelter.is_none());
        self.act(Kind::CheckOut, here).outside = outside;
        self.truth.presence = Presence::Out;
    }
}
