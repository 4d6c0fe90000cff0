//! One household read from its events: the order, what is in force, where it stands, who else counts on it.

use super::fact::{Fact, NONE, Slot};
use super::order::{Item, Placed, order};
use super::register::Register;
use super::view::Presence;
use crate::event::{Counts, Kind, MAX_CAUSES, Where};

/// What a party's events say.
#[derive(Debug, Clone, Default)]
pub(super) struct Read {
    pub lines: Vec<Entry>,
    pub stand: Option<Stand>,
    /// Each moment at which the standing changed, times never going back.
    pub steps: Vec<(i64, Stand)>,
    /// Newest effective arrivals and departures that still claim the household: (place, event).
    pub claims: Vec<(u32, Slot)>,
    pub heads: Vec<Slot>,
    /// Where in the order the household came to the place where it stands.
    run: usize,
}

/// One event in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub slot: Slot,
    pub at_ms: i64,
    pub sure: bool,
    pub voided: bool,
    pub after_void: bool,
}

/// A standing in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stand {
    pub since_ms: i64,
    pub place: u32,
    /// The facility it moves to, as a place.
    pub to: u32,
    pub by: Slot,
    /// Who is there.
    pub counts: Counts,
    /// Who belongs to it.
    pub whole: Counts,
    pub presence: Presence,
    pub stays: Option<Where>,
    pub assurance: u8,
    pub sure: bool,
    pub counted_only: bool,
}

/// What a party is read from.
pub(super) struct Source<'a> {
    pub register: &'a Register,
    /// The party's events and the voids of them, in ascending order, each once.
    pub slots: &'a [Slot],
}

impl Source<'_> {
    /// Reads everything.
    pub(super) fn read(&self) -> Read {
        let items: Vec<Item> = self.slots.iter().map(|slot| self.item(*slot)).collect();
        let placed = order(&items);
        let past = Past::of(&items, &placed);
        let mut read = Read::default();
        for (place, next) in placed.iter().enumerate() {
            let slot = self.slots[next.index];
            let voided = self.register.is_voided(slot);
            read.lines.push(Entry { slot, at_ms: next.at_ms, sure: next.sure, voided, after_void: false });
            if !voided {
                self.step(&mut read, &past, place);
            }
        }
        self.surface(&mut read, &items, &placed, &past);
        self.claim(&mut read, &past);
        read.heads = past.newest(|_| true).map(|place| read.lines[place].slot).collect();
        let surplus = read.heads.len().saturating_sub(MAX_CAUSES);
        read.heads.drain(..surplus);
        read
    }

    /// The order alone.
    pub(super) fn placed(&self) -> Vec<Slot> {
        let items: Vec<Item> = self.slots.iter().map(|slot| self.item(*slot)).collect();
        order(&items).iter().map(|placed| self.slots[placed.index]).collect()
    }

    fn item(&self, slot: Slot) -> Item {
        let fact = self.fact(slot);
        let cause = |id| self.register.slots.get(id).and_then(|slot| self.slots.binary_search(slot).ok());
        let mut causes: Vec<usize> = fact.causes.iter().filter_map(cause).collect();
        causes.sort_unstable();
        causes.dedup();
        Item {
            id: fact.id,
            known: fact.known(&self.register.clocks),
            taken: fact.taken(&self.register.clocks),
            wall_ms: fact.wall_ms,
            boot: fact.boot,
            mono_ms: fact.mono_ms,
            positions: fact.marks.iter().map(|mark| (mark.node, mark.position)).collect(),
            causes,
        }
    }

    fn fact(&self, slot: Slot) -> &Fact {
        &self.register.facts[slot as usize]
    }

    /// Lets the event in this place take effect.
    fn step(&self, read: &mut Read, past: &Past, place: usize) {
        let Entry { slot, at_ms, sure, .. } = read.lines[place];
        let fact = self.fact(slot);
        let before = read.stand;
        let mut stand = match (before, fact.kind) {
            _ if fact.arrives() => arrival(fact, before),
            (Some(stand), _) if fact.departs() && self.is_stale(read, past, place, stand) => return,
            _ if fact.departs() => departure(fact, before),
            (Some(stand), Kind::Amend) => amended(fact, stand),
            _ => return,
        };
        if before.is_none_or(|stand| stand.place != fact.place) && fact.kind != Kind::Amend {
            read.run = place;
        }
        if fact.kind != Kind::Amend {
            stand.by = slot;
        }
        if before.is_none_or(|before| before.where_to() != stand.where_to()) {
            (stand.since_ms, stand.sure) = (before.map_or(at_ms, |before| before.since_ms.max(at_ms)), sure);
        }
        let at = read.steps.last().map_or(at_ms, |(at, _)| at_ms.max(*at));
        read.steps.push((at, stand));
        read.stand = Some(stand);
    }

    /// Whether a departure speaks of a place that the household had left, unbeknown to whoever wrote it: nothing that put
    /// the household where it stands was known there.
    fn is_stale(&self, read: &Read, past: &Past, place: usize, stand: Stand) -> bool {
        let decides = |line: &Entry| {
            let fact = self.fact(line.slot);
            !line.voided && fact.place == stand.place && (fact.arrives() || fact.departs())
        };
        let known = |earlier: usize| past.knows(place, earlier) && decides(&read.lines[earlier]);
        stand.place != self.fact(read.lines[place].slot).place && !(read.run..place).any(known)
    }

    /// Marks events that were written upon a voided one by somebody who did not know of the void.
    fn surface(&self, read: &mut Read, items: &[Item], placed: &[Placed], past: &Past) {
        let voids: Vec<(usize, u128)> = (0..placed.len())
            .filter(|place| !read.lines[*place].voided && self.fact(read.lines[*place].slot).kind == Kind::Void)
            .filter_map(|place| Some((place, self.fact(read.lines[place].slot).other?)))
            .collect();
        if voids.is_empty() {
            return;
        }
        for place in 0..placed.len() {
            let own = self.fact(read.lines[place].slot);
            if read.lines[place].voided || own.kind == Kind::Void {
                continue;
            }
            let upon = |cause: &usize| {
                let id = items[*cause].id.uuid().as_u128();
                let mut of_it = voids.iter().filter(|(_, target)| *target == id).peekable();
                self.register.is_voided(self.slots[*cause])
                    && of_it.peek().is_some()
                    && !of_it.any(|(void, _)| past.knows(place, *void))
            };
            read.lines[place].after_void = items[placed[place].index].causes.iter().any(upon);
        }
    }

    /// Which places still count on the household.
    fn claim(&self, read: &mut Read, past: &Past) {
        let counts = |place: usize| {
            let fact = self.fact(read.lines[place].slot);
            !read.lines[place].voided && (fact.arrives() || fact.departs())
        };
        for place in past.newest(counts) {
            let slot = read.lines[place].slot;
            let fact = self.fact(slot);
            if fact.claims() && !read.claims.iter().any(|(claimed, _)| *claimed == fact.place) {
                read.claims.push((fact.place, slot));
            }
        }
    }
}

impl Read {
    /// Whether more than one place counts on the household.
    pub(super) fn is_conflict(&self) -> bool {
        self.claims.len() > 1
    }
}

fn blank(fact: &Fact) -> Stand {
    Stand {
        since_ms: i64::MIN,
        place: fact.place,
        to: NONE,
        by: NONE,
        counts: Counts::default(),
        whole: Counts::default(),
        presence: Presence::Out,
        stays: None,
        assurance: 0,
        sure: false,
        counted_only: false,
    }
}

fn present(outside: bool) -> Presence {
    if outside { Presence::Outside } else { Presence::In }
}

fn arrival(fact: &Fact, before: Option<Stand>) -> Stand {
    let mut stand = before.unwrap_or_else(|| blank(fact));
    stand.counted_only = match fact.kind {
        Kind::CountOnly => before.is_none_or(|stand| stand.counted_only),
        Kind::CheckIn => false,
        _ => stand.counted_only,
    };
    let out = stand.out();
    if let Some(counts) = fact.counts {
        // Some came back: the others are still out.
        let partly = fact.kind == Kind::Return && stand.place == fact.place && out.persons() > 0;
        stand.whole = if partly { stand.whole.each(counts, u32::max) } else { counts };
    }
    if fact.kind != Kind::Return || fact.stays.is_some() {
        stand.stays = fact.stays;
    }
    stand.counts = fact.counts.unwrap_or(stand.whole);
    (stand.place, stand.to, stand.presence) = (fact.place, NONE, present(fact.outside));
    stand.assurance = stand.assurance.max(fact.assurance);
    stand
}

fn departure(fact: &Fact, before: Option<Stand>) -> Stand {
    let mut stand = before.unwrap_or_else(|| blank(fact));
    stand.place = fact.place;
    stand.to = NONE;
    match (fact.stay_behind(), fact.kind) {
        (Some(counts), kind) => {
            let out = stand.out();
            (stand.counts, stand.presence) = (counts, present(fact.outside));
            // Who is out for good does not come back with the others.
            stand.whole = if kind == Kind::CheckOut { counts.each(out, u32::saturating_add) } else { stand.whole };
        }
        (None, Kind::Leave) => (stand.counts, stand.presence) = (stand.whole, Presence::Away),
        (None, Kind::Move) => {
            (stand.counts, stand.presence) = (stand.whole, Presence::Moving);
            stand.to = fact.target;
        }
        (None, _) => stand.presence = Presence::Out,
    }
    stand
}

fn amended(fact: &Fact, mut stand: Stand) -> Stand {
    if let Some(counts) = fact.counts {
        // Who is out for a while, while the others stay, is still expected.
        let out = if stand.presence == Presence::Away { Counts::default() } else { stand.out() };
        (stand.counts, stand.whole) = (counts, counts.each(out, u32::saturating_add));
    }
    if fact.stays.is_some() {
        stand.stays = fact.stays;
    }
    stand
}

impl Stand {
    /// Who of the household is out for a while: everybody, or some while the others stay.
    pub(super) fn out(self) -> Counts {
        match self.presence {
            Presence::Away => self.counts,
            Presence::In | Presence::Outside => self.whole.without(self.counts),
            Presence::Out | Presence::Moving => Counts::default(),
        }
    }

    fn where_to(self) -> (Presence, u32, u32) {
        (self.presence, self.place, self.to)
    }
}

/// Which events lie in the past of which, by causes; in places of the order.
struct Past {
    words: usize,
    bits: Vec<u64>,
    count: usize,
}

impl Past {
    fn of(items: &[Item], placed: &[Placed]) -> Self {
        let count = placed.len();
        let words = count.div_ceil(64);
        let mut past = Self { words, bits: vec![0; words * count], count };
        let mut place_of = vec![0; count];
        for (place, next) in placed.iter().enumerate() {
            place_of[next.index] = place;
        }
        for (place, next) in placed.iter().enumerate() {
            // A cause that stands behind its effect is part of a circle, and no past of it.
            for cause in items[next.index].causes.iter().map(|cause| place_of[*cause]).filter(|cause| *cause < place) {
                for word in 0..words {
                    past.bits[place * words + word] |= past.bits[cause * words + word];
                }
                past.bits[place * words + cause / 64] |= 1 << (cause % 64);
            }
        }
        past
    }

    fn knows(&self, place: usize, earlier: usize) -> bool {
        self.bits[place * self.words + earlier / 64] >> (earlier % 64) & 1 == 1
    }

    /// Those of the events that count of which no other that counts knows.
    fn newest(&self, counts: impl Fn(usize) -> bool) -> impl Iterator<Item = usize> {
        let mut known = vec![0_u64; self.words];
        let counting: Vec<usize> = (0..self.count).filter(|place| counts(*place)).collect();
        for place in &counting {
            for (word, more) in known.iter_mut().zip(&self.bits[place * self.words..]) {
                *word |= more;
            }
        }
        counting.into_iter().filter(move |place| known[place / 64] >> (place % 64) & 1 == 0)
    }
}
