//! The verdict on a run: what the centre knows at the end, against what was saved and against the truth.

use std::collections::BTreeMap;

use reception::fold::Standing;
use reception::{Place, Presence};

use crate::family::Family;
use crate::policy::Policy;
use crate::world::{SHELTERS, World, facility, scope};

/// What went wrong in one run, or in many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub seeds: u64,
    /// Saves of desks.
    pub events: u64,
    /// Saved at a desk, absent at the centre.
    pub lost: u64,
    /// Stored under more than one id.
    pub doubled: u64,
    /// Families whose presence, place or number is not the truth, and shelters whose head-count is not.
    pub wrong: u64,
    /// Nodes whose state is not the centre's.
    pub diverged: u64,
    /// Events of a revoked device that got in.
    pub forged: u64,
    /// Nodes told that they were restored or copied although they were not; copies that went on as one.
    pub misjudged: u64,
    pub alarms: u64,
    /// Seeds with any fault of the above.
    pub bad_seeds: u64,
    /// The lowest of them, to be run again.
    pub first_bad: Option<u64>,
}

impl Verdict {
    /// Runs one seed and judges it.
    pub(crate) fn of_seed(seed: u64, policy: Policy) -> Self {
        let world = World::run(seed, policy);
        let mut stored: BTreeMap<u32, u64> = BTreeMap::new();
        let centre = &world.nodes[0];
        for copy in centre.store.copies.values() {
            *stored.entry(copy.item.origin).or_default() += 1;
        }
        let saved = || world.saved.keys();
        let hash = centre.register.state_hash();
        let kits = || world.nodes[1..].iter().filter(|node| node.alive);
        let differs = |node: &&crate::node::Node| node.register.state_hash() != hash;
        let mut verdict = Self {
            seeds: 1,
            events: count(saved()),
            lost: count(saved().filter(|origin| !stored.contains_key(origin))),
            doubled: count(saved().filter(|origin| stored.get(origin).is_some_and(|times| *times > 1))),
            wrong: wrong_families(&world) + wrong_shelters(&world),
            diverged: count(kits().filter(differs)),
            forged: count(world.forged.iter().filter(|id| centre.store.copies.contains_key(id))),
            misjudged: misjudged(&world),
            alarms: u64::from(world.alarms),
            bad_seeds: 0,
            first_bad: None,
        };
        if !verdict.is_clean() {
            (verdict.bad_seeds, verdict.first_bad) = (1, Some(seed));
        }
        verdict
    }

    /// Nothing was lost, doubled, wrong, or different anywhere.
    pub(crate) fn is_clean(&self) -> bool {
        self.lost + self.doubled + self.wrong + self.diverged + self.forged + self.misjudged == 0
    }

    /// Both together.
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            seeds: self.seeds + other.seeds,
            events: self.events + other.events,
            lost: self.lost + other.lost,
            doubled: self.doubled + other.doubled,
            wrong: self.wrong + other.wrong,
            diverged: self.diverged + other.diverged,
            forged: self.forged + other.forged,
            misjudged: self.misjudged + other.misjudged,
            alarms: self.alarms + other.alarms,
            bad_seeds: self.bad_seeds + other.bad_seeds,
            first_bad: [self.first_bad, other.first_bad].into_iter().flatten().min(),
        }
    }
}

/// Runs many seeds on all cores.
pub(crate) fn judge(seeds: std::ops::Range<u64>, policy: Policy) -> Verdict {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    std::thread::scope(|scope| {
        let run = |core: u64| {
            let seeds = seeds.clone();
            scope.spawn(move || {
                let own = seeds.filter(|seed| seed % cores == core);
                own.fold(Verdict::default(), |sum, seed| sum.with(Verdict::of_seed(seed, policy)))
            })
        };
        let threads: Vec<_> = (0..cores).map(run).collect();
        let verdicts = threads.into_iter().map(|thread| thread.join().expect("no run panics"));
        verdicts.fold(Verdict::default(), Verdict::with)
    })
}

fn count<T>(of: impl Iterator<Item = T>) -> u64 {
    of.count() as u64
}

fn wrong_families(world: &World) -> u64 {
    count(world.families.iter().filter(|family| {
        let party = world.nodes[0].register.subject(scope(), family.subject);
        // A family that never came to a desk is rightly unknown.
        let came = world.saved.values().any(|item| item.event.subject == Some(family.subject));
        let alias =
            family.alias.is_some_and(|alias| world.saved.values().any(|item| item.event.subject == Some(alias)));
        if !came && !alias {
            return party.is_some();
        }
        let linked = party.as_ref().is_some_and(|party| party.subjects.len() == if alias { 2 } else { 1 });
        !linked || !party.and_then(|party| party.standing).is_some_and(|standing| is_true(family, &standing))
    }))
}

fn is_true(family: &Family, standing: &Standing) -> bool {
    let truth = family.truth;
    let shelter = |place: &Place| truth.shelter.map(facility).is_some_and(|truth| *place == Place::Shelter(truth));
    standing.presence == truth.presence
        && match truth.presence {
            Presence::In => shelter(&standing.place) && standing.counts == truth.counts,
            Presence::Away => shelter(&standing.place),
            Presence::Moving => standing.to == truth.shelter.map(facility),
            Presence::Outside => standing.counts == truth.counts,
            Presence::Out => true,
        }
}

/// Head-counts as the shelters' boards show them.
fn wrong_shelters(world: &World) -> u64 {
    count((0..SHELTERS).filter(|shelter| {
        let now = world.nodes[0].register.shelter(scope(), facility(*shelter));
        let truths = world.families.iter().map(|family| family.truth);
        let there = truths.filter(|truth| truth.presence == Presence::In && truth.shelter == Some(*shelter));
        let (households, persons) = there.fold((0, 0), |sum, truth| (sum.0 + 1, sum.1 + truth.counts.persons()));
        now.present.households != households || now.present.counts.persons() != persons
    }))
}

/// Alarms without cause, and two journals under one epoch.
fn misjudged(world: &World) -> u64 {
    let false_alarms = if world.tampered { 0 } else { u64::from(world.alarms) };
    let mut lives = BTreeMap::new();
    let mut shared = 0;
    for node in world.nodes.iter().filter(|node| node.alive) {
        let (key, head) = ((node.store.node, node.store.epoch), node.store.seen(node.store.position()));
        shared += u64::from(lives.insert(key, head).is_some_and(|other| other != head));
    }
    false_alarms + shared
}
