//! Who is concerned (照合): every subscription in memory, asked by municipalities or by a shape on the map.
//!
//! A municipality is one bit of a word: forty fit into 64. Asking for twelve of them is one pass over the words; asking for a
//! shape is a walk over the grid of each radius ([`super::index_grid`]). Both answer exactly the ids that a look at each
//! subscription by itself would.

use std::collections::HashMap;
use std::sync::LazyLock;

use kernel::{MultiPolygon, areas};
use uuid::Uuid;

use super::index_grid::{Grid, Spot};
use super::subscription::{Kind, Kinds, Language, Place, Quiet, RADII, Subscription};

/// Changes that are kept beside the grids until these are made anew.
const LOOSE: usize = 4_096;

/// One bit for each municipality, in the official order.
static BITS: LazyLock<HashMap<&'static str, u64>> =
    LazyLock::new(|| areas::municipalities().iter().enumerate().map(|(n, row)| (row.jis5, 1 << n)).collect());

/// The municipalities as bits; unknown codes have none.
pub fn bits<'a>(codes: impl IntoIterator<Item = &'a str>) -> u64 {
    codes.into_iter().filter_map(|code| BITS.get(code)).fold(0, |all, bit| all | bit)
}

/// The JIS codes of bits.
pub fn codes(bits: u64) -> Vec<String> {
    let all = areas::municipalities().iter().enumerate();
    all.filter(|(n, _)| bits & (1 << n) != 0).map(|(_, row)| row.jis5.to_owned()).collect()
}

/// What the matcher keeps of a subscription (登録の写し): no endpoint, no key.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub id: Uuid,
    /// Municipalities of all its places.
    pub towns: u64,
    /// Municipalities it wants as a whole.
    pub whole: u64,
    pub kinds: Kinds,
    pub quiet: Option<Quiet>,
    pub language: Language,
    pub drills: bool,
    circles: Vec<Spot>,
}

impl Kept {
    pub fn of(id: Uuid, subscription: &Subscription) -> Self {
        let mut kept = Self {
            id,
            towns: bits(subscription.places.iter().map(Place::municipality)),
            whole: 0,
            kinds: subscription.kinds,
            quiet: subscription.quiet,
            language: subscription.language,
            drills: subscription.drills,
            circles: Vec::new(),
        };
        for place in &subscription.places {
            match place {
                Place::Municipality { code } => kept.whole |= bits([code.as_str()]),
                Place::Circle { point, radius_m, .. } => {
                    kept.circles.push(Spot { point: *point, radius_m: *radius_m, slot: 0 });
                }
            }
        }
        kept
    }

    /// Whether it may get a notice of this sort at all.
    pub fn admits(&self, drill: bool, kind: Kind, rank: u8) -> bool {
        (!drill || self.drills) && self.kinds.from_rank(kind).is_some_and(|from| rank >= from)
    }

    /// The same question asked of this one alone; the index must answer as this does.
    pub fn is_near(&self, shape: &MultiPolygon) -> bool {
        self.circles.iter().any(|spot| shape.distance_m(spot.point) <= f64::from(spot.radius_m))
    }
}

/// All subscriptions (登録の索引).
#[derive(Debug, Default)]
pub struct Index {
    kept: Vec<Option<Kept>>,
    /// The same places as in `kept`, side by side: one pass over them is a pass over 9 MB for a million.
    towns: Vec<u64>,
    by_id: HashMap<Uuid, u32>,
    free: Vec<u32>,
    grids: Vec<Grid>,
    loose: Vec<Spot>,
    /// Spots in the grids whose subscription has changed or gone.
    stale: usize,
}

impl Index {
    /// An index of everything there is.
    pub fn of(all: impl IntoIterator<Item = Kept>) -> Self {
        let mut index = Self::default();
        for kept in all {
            index.set(kept);
        }
        index.tidy();
        index
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// What is kept of one.
    pub fn get(&self, id: Uuid) -> Option<&Kept> {
        self.by_id.get(&id).and_then(|slot| self.at(*slot))
    }

    /// What is kept in a slot that a question answered.
    pub fn at(&self, slot: u32) -> Option<&Kept> {
        self.kept.get(slot as usize).and_then(Option::as_ref)
    }

    /// Adds or replaces one.
    pub fn put(&mut self, kept: Kept) {
        self.set(kept);
        if self.loose.len() > LOOSE.max(self.len() / 8) || self.stale > LOOSE.max(self.len() / 4) {
            self.tidy();
        }
    }

    /// Takes one out.
    pub fn remove(&mut self, id: Uuid) {
        if let Some(slot) = self.by_id.remove(&id) {
            let at = slot as usize;
            self.stale += self.kept[at].take().map_or(0, |kept| kept.circles.len());
            self.towns[at] = 0;
            self.loose.retain(|spot| spot.slot != slot);
            self.free.push(slot);
        }
    }

    /// Slots of everybody with a place in one of these municipalities, in order.
    pub fn in_towns(&self, wanted: u64) -> Vec<u32> {
        let hits = self.towns.iter().zip(0_u32..).filter(|(towns, _)| **towns & wanted != 0);
        hits.map(|(_, slot)| slot).collect()
    }

    /// Slots of everybody with a circle that the shape touches, in order.
    pub fn near(&self, shape: &MultiPolygon) -> Vec<u32> {
        let mut slots = Vec::new();
        for grid in &self.grids {
            grid.touched(shape, &mut slots);
        }
        if self.stale > 0 {
            // A slot may have changed hands since the grids were made: ask those again.
            slots.retain(|slot| self.at(*slot).is_some_and(|kept| kept.is_near(shape)));
        }
        for spot in &self.loose {
            if shape.distance_m(spot.point) <= f64::from(spot.radius_m) {
                slots.push(spot.slot);
            }
        }
        self.in_order(&slots)
    }

    /// Slots of the audience of staff: municipalities, narrowed by a shape. Who wants a whole municipality is meant with all
    /// of it; who gave a circle is meant where the shape touches that.
    pub fn audience(&self, towns: u64, shape: Option<&MultiPolygon>) -> Vec<u32> {
        let Some(shape) = shape else { return self.in_towns(towns) };
        let mut slots = self.in_towns(towns);
        slots.retain(|slot| self.at(*slot).is_some_and(|kept| kept.whole & towns != 0));
        slots.extend(self.near(shape));
        self.in_order(&slots)
    }

    /// Each slot once, in order: a mark for each is quicker than sorting when a fifth of everybody is meant.
    fn in_order(&self, slots: &[u32]) -> Vec<u32> {
        let mut marks = vec![0_u64; self.kept.len().div_ceil(64)];
        for slot in slots {
            marks[(slot / 64) as usize] |= 1 << (slot % 64);
        }
        let mut ordered = Vec::with_capacity(slots.len());
        for (word, first) in marks.into_iter().zip((0_u32..).step_by(64)) {
            let mut left = word;
            while left != 0 {
                ordered.push(first + left.trailing_zeros());
                left &= left - 1;
            }
        }
        ordered
    }

    fn set(&mut self, mut kept: Kept) {
        self.remove(kept.id);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.kept.push(None);
            self.towns.push(0);
            u32::try_from(self.kept.len() - 1).unwrap_or(u32::MAX)
        });
        for spot in &mut kept.circles {
            spot.slot = slot;
        }
        self.loose.extend_from_slice(&kept.circles);
        self.towns[slot as usize] = kept.towns;
        self.by_id.insert(kept.id, slot);
        self.kept[slot as usize] = Some(kept);
    }

    /// Makes the grids anew from what there is.
    fn tidy(&mut self) {
        let all = || self.kept.iter().flatten().flat_map(|kept| kept.circles.iter().copied());
        self.grids =
            RADII.iter().filter_map(|radius| Grid::of(all().filter(|s| s.radius_m == *radius).collect())).collect();
        self.loose.clear();
        self.stale = 0;
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Point, Polygon};
    use proptest::prelude::*;

    use super::super::subscription::tests::subscription;
    use super::*;

    fn kept(n: u128, places: Vec<Place>) -> Kept {
        Kept::of(Uuid::from_u128(n), &Subscription { places, ..subscription() })
    }

    fn town(code: &str) -> Place {
        Place::Municipality { code: code.into() }
    }

    fn circle(lat: f64, lon: f64, radius_m: u32) -> Place {
        Place::Circle { municipality: "02203".into(), point: Point { lat, lon }, radius_m }
    }

    fn ids(index: &Index, slots: &[u32]) -> Vec<u128> {
        let mut ids: Vec<u128> = slots.iter().filter_map(|s| index.at(*s)).map(|k| k.id.as_u128()).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn municipalities_are_bits_and_back() {
        assert_eq!(codes(bits(["02203", "02446", "13101"])), ["02203", "02446"]);
        assert_eq!(areas::municipalities().len(), codes(u64::MAX).len());
    }

    #[test]
    fn changes_are_seen_at_once() {
        let mut index = Index::of([kept(1, vec![town("02203")]), kept(2, vec![town("02201"), town("02203")])]);
        assert_eq!(ids(&index, &index.in_towns(bits(["02203"]))), [1, 2]);
        index.put(kept(1, vec![town("02202")]));
        assert_eq!(ids(&index, &index.in_towns(bits(["02203"]))), [2]);
        index.remove(Uuid::from_u128(2));
        assert!(index.in_towns(bits(["02203", "02201"])).is_empty());
        assert_eq!(index.len(), 1);
        index.put(kept(3, vec![town("02203")]));
        assert_eq!(ids(&index, &index.in_towns(u64::MAX)), [1, 3]);
    }

    #[test]
    fn staff_reach_whole_towns_and_the_circles_their_shape_touches() {
        let square = [(40.50, 141.40), (40.50, 141.50), (40.55, 141.50), (40.55, 141.40)];
        let outer = square.map(|(lat, lon)| Point { lat, lon }).to_vec();
        let shape = MultiPolygon(vec![Polygon { outer, holes: vec![] }]);
        let index = Index::of([
            kept(1, vec![town("02203")]),
            kept(2, vec![circle(40.52, 141.45, 500)]),
            kept(3, vec![circle(40.56, 141.45, 3_000)]),
            kept(4, vec![circle(40.60, 141.45, 3_000)]),
            kept(5, vec![town("02201")]),
        ]);
        assert_eq!(ids(&index, &index.audience(bits(["02203"]), Some(&shape))), [1, 2, 3]);
        assert_eq!(ids(&index, &index.audience(bits(["02203"]), None)), [1, 2, 3, 4]);
    }

    prop_compose! {
        fn somewhere()(lat in 40.2_f64..41.0, lon in 140.8_f64..141.8, radius in 0..RADII.len()) -> Place {
            circle(lat, lon, RADII[radius])
        }
    }

    prop_compose! {
        /// A star with many corners, as areas are: no edge crosses another.
        fn star()(lat in 40.3_f64..40.9, lon in 141.0_f64..141.6, reach in prop::collection::vec(0.02_f64..0.25, 3..60), hole in any::<bool>()) -> MultiPolygon {
            let count = reach.len();
            let ring = |scale: f64| -> Vec<Point> {
                reach.iter().enumerate().map(|(n, r)| {
                    let turn = std::f64::consts::TAU * f64::from(u32::try_from(n).unwrap()) / f64::from(u32::try_from(count).unwrap());
                    Point { lat: lat + scale * r * turn.sin(), lon: lon + scale * r * turn.cos() }
                }).collect()
            };
            MultiPolygon(vec![Polygon { outer: ring(1.0), holes: if hole { vec![ring(0.4)] } else { vec![] } }])
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn the_index_answers_as_a_look_at_each(places in prop::collection::vec(somewhere(), 1..300), shape in star(), gone in 0_usize..20) {
            let all: Vec<Kept> = places.into_iter().zip(1_u128..).map(|(place, n)| kept(n, vec![place])).collect();
            let mut index = Index::of(all.iter().cloned());
            for one in all.iter().take(gone) {
                index.remove(one.id);
            }
            let expected: Vec<u128> = all.iter().skip(gone).filter(|k| k.is_near(&shape)).map(|k| k.id.as_u128()).collect();
            prop_assert_eq!(ids(&index, &index.near(&shape)), expected);
        }
    }
}
