//! Reconciliation (名寄せ): which places of different lists are one. The program proposes, a person decides.
//!
//! **Invariant:** nothing becomes one by itself.
//! **Invariant:** a decision is about (series, key), so it holds whatever a later file says of the place, and can be revoked.
//! **Invariant:** of places that are one, the oldest gives the facility its id; taken apart again, each has its own.

mod names;
mod score;

use std::collections::{BTreeMap, HashMap, HashSet};

use kernel::{Id, Text};
use store::{Conn, Tx};

use crate::db;
use crate::model::{Facility, Kind, Match, Place, PlaceKey, Series};
use score::{Candidate, Score};

/// Below this nothing is proposed.
pub(crate) const LEAST: f64 = 0.6;
/// Places nearer than about this are compared whatever they are called: the edge of a cell, in degrees (about 500 m).
const CELL: f64 = 0.005;
/// Most pairs that are compared for one municipality.
const MOST_PAIRS: usize = 2_000_000;

/// Two places that may be one (名寄せ候補).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair<'a> {
    pub(crate) left: &'a Place,
    pub(crate) right: &'a Place,
    /// 0 to 1.
    pub(crate) score: f64,
    pub(crate) reasons: Vec<Text>,
    pub(crate) distance_m: Option<f64>,
}

/// Kinds that are put together: places of refuge.
pub(crate) fn is_refuge(kind: Kind) -> bool {
    matches!(kind, Kind::EmergencySite | Kind::Shelter | Kind::TsunamiBuilding | Kind::WelfareShelter)
}

/// The key that decisions are remembered by.
pub(crate) fn key_of(place: &Place) -> PlaceKey {
    PlaceKey { series: place.series, key: place.key.clone() }
}

/// What may be one among the places of a municipality, best first. Places that are one already, or that a person called
/// different, are not proposed; nor is a pair that another pair above it makes needless, or that would make one of two
/// rows of the same list.
pub(crate) fn propose<'a>(places: &'a [Place], decided: &[Match]) -> Vec<Pair<'a>> {
    let refuges: Vec<Candidate<'a>> =
        places.iter().filter(|place| is_refuge(place.kind)).map(Candidate::read).collect();
    let mut scored: Vec<(usize, usize, Score)> = Vec::new();
    for (left, right) in blocks(&refuges) {
        let (a, b) = (&refuges[left], &refuges[right]);
        if a.place.series == b.place.series || a.place.facility == b.place.facility {
            continue;
        }
        let score = a.score(b);
        if score.points >= LEAST {
            scored.push((left, right, score));
        }
    }
    scored.sort_by(|a, b| b.2.points.total_cmp(&a.2.points).then_with(|| (a.0, a.1).cmp(&(b.0, b.1))));
    let mut groups = Groups::of(&refuges, decided);
    let mut pairs = Vec::new();
    for (left, right, score) in scored {
        if groups.join(left, right) {
            pairs.push(Pair {
                left: refuges[left].place,
                right: refuges[right].place,
                score: score.points,
                reasons: score.reasons,
                distance_m: score.distance_m,
            });
        }
    }
    pairs
}

/// Sets the facility of each place of a municipality as the decisions in force say; gives its present places.
pub(crate) async fn regroup(tx: &mut Tx, municipality: &str) -> store::Result<Vec<Place>> {
    let mut places = db::places_of(tx, municipality).await?;
    let decided = db::matches_in_force(tx, municipality).await?;
    let gone = gone(tx, &places, &decided).await?;
    let moved: HashMap<Id<Place>, Id<Facility>> = facilities(&places, &gone, &decided).into_iter().collect();
    for place in &mut places {
        if let Some(facility) = moved.get(&place.id) {
            db::set_facility(tx, place.id, *facility).await?;
            place.facility = *facility;
        }
    }
    Ok(places)
}

/// The places whose facility has to change, each with the facility it shall have. `gone` are places that left their lists:
/// they still bind others together and still give their id.
fn facilities(places: &[Place], gone: &[Place], decided: &[Match]) -> Vec<(Id<Place>, Id<Facility>)> {
    let all: Vec<&Place> = places.iter().chain(gone).collect();
    let at: HashMap<PlaceKey, usize> = all.iter().enumerate().map(|(index, place)| (key_of(place), index)).collect();
    let mut sets = Sets::new(all.len());
    for one in decided.iter().filter(|one| one.same) {
        if let (Some(left), Some(right)) = (at.get(&one.left), at.get(&one.right)) {
            sets.union(*left, *right);
        }
    }
    let mut oldest: BTreeMap<usize, Id<Place>> = BTreeMap::new();
    for (index, place) in all.iter().enumerate() {
        let first = oldest.entry(sets.root(index)).or_insert(place.id);
        *first = (*first).min(place.id);
    }
    let wanted = |index: usize, sets: &mut Sets| oldest.get(&sets.root(index)).map(|id| id.cast::<Facility>());
    let mut moved = Vec::new();
    for (index, place) in places.iter().enumerate() {
        if let Some(facility) = wanted(index, &mut sets).filter(|facility| *facility != place.facility) {
            moved.push((place.id, facility));
        }
    }
    moved
}

/// Places that decisions speak of and that are in no list any more.
async fn gone(conn: &mut Conn, places: &[Place], decided: &[Match]) -> store::Result<Vec<Place>> {
    let present: HashSet<PlaceKey> = places.iter().map(key_of).collect();
    let keys = decided.iter().filter(|one| one.same).flat_map(|one| [&one.left, &one.right]);
    let missing: HashSet<&PlaceKey> = keys.filter(|key| !present.contains(*key)).collect();
    let mut gone = Vec::new();
    for key in missing {
        gone.extend(db::place_by_key(conn, key).await?);
    }
    Ok(gone)
}

/// Pairs worth comparing: near each other, of the same name, or at the same address. The first is the lesser.
fn blocks(refuges: &[Candidate<'_>]) -> Vec<(usize, usize)> {
    let mut cells: HashMap<(i64, i64), Vec<usize>> = HashMap::new();
    let mut words: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, candidate) in refuges.iter().enumerate() {
        if let Some(point) = candidate.point {
            cells.entry(cell(point.lat, point.lon)).or_default().push(index);
        }
        words.entry(format!("n{}", candidate.name.key())).or_default().push(index);
        if !candidate.address.numbers.is_empty() {
            let address = &candidate.address;
            words.entry(format!("a{}{:?}", address.town, address.numbers)).or_default().push(index);
        }
    }
    let mut pairs = HashSet::new();
    for ((y, x), here) in &cells {
        for (dy, dx) in [(0, 0), (0, 1), (1, -1), (1, 0), (1, 1)] {
            let there = cells.get(&(y + dy, x + dx)).map_or(&[][..], Vec::as_slice);
            add(&mut pairs, here, there);
        }
    }
    for together in words.values() {
        add(&mut pairs, together, together);
    }
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_unstable();
    pairs
}

fn add(pairs: &mut HashSet<(usize, usize)>, here: &[usize], there: &[usize]) {
    for a in here {
        for b in there {
            if a != b && pairs.len() < MOST_PAIRS {
                pairs.insert((*a.min(b), *a.max(b)));
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "degrees divided by 0.005 are small")]
fn cell(lat: f64, lon: f64) -> (i64, i64) {
    ((lat / CELL).floor() as i64, (lon / CELL).floor() as i64)
}

/// Which candidates are one, may not become one, and which lists each group has rows of.
struct Groups {
    sets: Sets,
    series: Vec<HashSet<Id<Series>>>,
    /// For each group those that a person called different from one of its members.
    apart: Vec<HashSet<usize>>,
}

impl Groups {
    fn of(refuges: &[Candidate<'_>], decided: &[Match]) -> Self {
        let mut groups = Self {
            sets: Sets::new(refuges.len()),
            series: refuges.iter().map(|candidate| HashSet::from([candidate.place.series])).collect(),
            apart: vec![HashSet::new(); refuges.len()],
        };
        let at: HashMap<PlaceKey, usize> =
            refuges.iter().enumerate().map(|(index, candidate)| (key_of(candidate.place), index)).collect();
        for one in decided.iter().filter(|one| !one.same) {
            if let (Some(&left), Some(&right)) = (at.get(&one.left), at.get(&one.right)) {
                groups.apart[left].insert(right);
                groups.apart[right].insert(left);
            }
        }
        let mut first: HashMap<Id<Facility>, usize> = HashMap::new();
        for (index, candidate) in refuges.iter().enumerate() {
            let first = *first.entry(candidate.place.facility).or_insert(index);
            groups.merge(first, index);
        }
        groups
    }

    /// Puts two groups together as if a person agreed; false when they are one already or may not be.
    fn join(&mut self, left: usize, right: usize) -> bool {
        let (a, b) = (self.sets.root(left), self.sets.root(right));
        if a == b || !self.series[a].is_disjoint(&self.series[b]) {
            return false;
        }
        let apart: Vec<usize> = self.apart[a].iter().copied().collect();
        if apart.into_iter().any(|other| self.sets.root(other) == b) {
            return false;
        }
        self.merge(a, b);
        true
    }

    fn merge(&mut self, left: usize, right: usize) {
        let (a, b) = (self.sets.root(left), self.sets.root(right));
        if a == b {
            return;
        }
        self.sets.union(a, b);
        let root = self.sets.root(a);
        let other = if root == a { b } else { a };
        let (series, apart) = (std::mem::take(&mut self.series[other]), std::mem::take(&mut self.apart[other]));
        self.series[root].extend(series);
        self.apart[root].extend(apart);
    }
}

/// Disjoint sets of the numbers below `n`.
struct Sets(Vec<usize>);

impl Sets {
    fn new(n: usize) -> Self {
        Self((0..n).collect())
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn union(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        self.0[high] = low;
    }
}

#[cfg(test)]
mod tests;
