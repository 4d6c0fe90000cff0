//! The nearest open shelters of a point, from memory.
//!
//! One index per mode, rebuilt from the rows whenever something of this room was published. A question touches no
//! database and no lock that a rebuild holds for long.
//!
//! **Invariant:** exact: the same places in the same order as measuring every one of them with the kernel's distance.
//! **Invariant:** a full shelter never stands before an open one.

mod tree;

use std::sync::Arc;
use std::time::Duration;

use http::App;
use kernel::{Fix, Mode, Point, Timestamp};
use parking_lot::RwLock;
use places::HazardKind;
use store::Stop;

use crate::db;
use crate::model::suits::{usable, verdict};
use crate::model::{Opening, State};
use crate::publish::CHANGED;
use tree::{Spot, Tree};

/// Most shelters in one answer.
pub const MOST: usize = 50;
/// Looks at least this often: a wake can be lost.
const SAFETY_LOOK: Duration = Duration::from_secs(5);

/// The shelters of both modes in memory (開設中の避難所の索引). An extension of the application.
#[derive(Debug, Default)]
pub struct Nearest {
    live: RwLock<Arc<Index>>,
    drill: RwLock<Arc<Index>>,
}

/// The shelters of one mode that take people.
#[derive(Debug, Default)]
pub struct Index {
    openings: Vec<Opening>,
    /// Of each opening, at the same place of the list.
    places: Vec<Option<Fix>>,
    open: Tree,
    full: Tree,
    /// When it was made; `None` before the first time.
    pub as_of: Option<Timestamp>,
}

/// A shelter with its distance.
#[derive(Debug, Clone, Copy)]
pub struct Near<'a> {
    pub opening: &'a Opening,
    pub distance_m: f64,
}

impl Nearest {
    /// The index of a mode as it is now.
    pub fn index(&self, mode: Mode) -> Arc<Index> {
        Arc::clone(&self.of(mode).read())
    }

    fn of(&self, mode: Mode) -> &RwLock<Arc<Index>> {
        match mode {
            Mode::Live => &self.live,
            Mode::Drill => &self.drill,
        }
    }
}

impl Index {
    /// An index of these openings; those that take nobody, or lie nobody knows where, are left out.
    pub fn new(openings: Vec<Opening>, as_of: Timestamp) -> Self {
        let places: Vec<Option<Fix>> = openings.iter().map(|opening| opening.venue.point.map(Fix::new)).collect();
        let spots = |state: State| {
            let those = openings.iter().zip(&places).enumerate().filter(|(_, (opening, _))| opening.state == state);
            Tree::new(those.filter_map(|(at, (opening, place))| {
                Some(Spot::new((*place)?, u32::try_from(at).ok()?, hazards(opening)))
            }))
        };
        let (open, full) = (spots(State::Open), spots(State::Full));
        Self { open, full, openings, places, as_of: Some(as_of) }
    }

    /// The `count` nearest that take people, open ones first, then full ones; only those suitable for `hazard`, if one is
    /// given, also under a condition. Of two at the same distance the one with the smaller id comes first.
    pub fn nearest(&self, from: Point, hazard: Option<HazardKind>, count: usize) -> Vec<Near<'_>> {
        let (count, from) = (count.min(MOST), Fix::new(from));
        let wanted = hazard.map_or(0, bit);
        let mut found = Vec::with_capacity(count);
        for tree in [&self.open, &self.full] {
            let left = count - found.len();
            if left > 0 {
                self.rank(tree, from, wanted, left, &mut found);
            }
        }
        found
    }

    /// How many take people.
    pub fn len(&self) -> usize {
        self.open.len() + self.full.len()
    }

    /// Whether nothing is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts the nearest of this tree behind what was found.
    fn rank<'a>(&'a self, tree: &Tree, from: Fix, wanted: u16, count: usize, found: &mut Vec<Near<'a>>) {
        let (before, most) = (found.len(), found.len() + count);
        found.extend(tree.candidates(from, wanted, count).filter_map(|at| {
            let opening = self.openings.get(at as usize)?;
            let place = (*self.places.get(at as usize)?)?;
            Some(Near { opening, distance_m: from.distance_m(place) })
        }));
        found[before..].sort_by(|a, b| {
            a.distance_m.total_cmp(&b.distance_m).then_with(|| a.opening.venue.facility.cmp(&b.opening.venue.facility))
        });
        found.truncate(most);
    }
}

/// Makes both indexes new from the rows.
pub async fn rebuild(app: &App) -> anyhow::Result<()> {
    let Some(nearest) = app.extension::<Nearest>() else { return Ok(()) };
    for mode in [Mode::Live, Mode::Drill] {
        let now = app.clock.now();
        let mut conn = app.store.read().await?;
        let openings = db::all_active(&mut conn, mode).await?;
        drop(conn);
        *nearest.of(mode).write() = Arc::new(Index::new(openings, now));
    }
    Ok(())
}

/// Keeps the indexes up to date until told to stop. When the database does not answer, the last ones stay.
pub(crate) async fn follow(app: &App, mut stop: Stop) {
    let mut wake = app.store.wakes().subscribe(CHANGED);
    let mut failing = false;
    while !stop.is_stopped() {
        match rebuild(app).await {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                tracing::error!(
                    error = format!("{error:#}"),
                    "shelters: the nearest cannot be made new; the last ones stay"
                );
            }
            Err(_) => {}
        }
        tokio::select! {
            _ = wake.wait(SAFETY_LOOK) => {}
            () = stop.stopped() => return,
        }
    }
}

/// One bit for each hazard that the place suits.
fn hazards(opening: &Opening) -> u16 {
    let suits = |hazard: &HazardKind| usable(verdict(&opening.venue.suitability, *hazard).answer);
    HAZARDS.iter().filter(|hazard| suits(hazard)).map(|hazard| bit(*hazard)).fold(0, |all, one| all | one)
}

fn bit(hazard: HazardKind) -> u16 {
    1 << HAZARDS.iter().position(|one| *one == hazard).unwrap_or(0)
}

const HAZARDS: [HazardKind; 12] = [
    HazardKind::FloodPlanned,
    HazardKind::FloodMax,
    HazardKind::Flood,
    HazardKind::Landslide,
    HazardKind::StormSurge,
    HazardKind::Earthquake,
    HazardKind::Tsunami,
    HazardKind::TsunamiL1,
    HazardKind::TsunamiL2,
    HazardKind::Fire,
    HazardKind::InlandFlood,
    HazardKind::Volcano,
];

#[cfg(test)]
mod tests {
    use places::{Answer, Suitability};
    use proptest::prelude::*;

    use super::*;
    use crate::model::Venue;
    use crate::model::samples::{at, opening, venue};

    fn shelter(n: u128, lat: f64, lon: f64, state: State, suits: &[(HazardKind, Answer)]) -> Opening {
        let suitability =
            suits.iter().map(|&(hazard, answer)| Suitability { hazard, answer, floor: None, text: None }).collect();
        Opening { venue: Venue { point: Point::new(lat, lon), suitability, ..venue(n) }, ..opening(n, state) }
    }

    fn index(openings: Vec<Opening>) -> Index {
        Index::new(openings, at("2025-12-09T00:00:00+09:00"))
    }

    /// What the index must answer, by measuring every place.
    fn brute(openings: &[Opening], from: Point, hazard: Option<HazardKind>, count: usize) -> Vec<(u128, u64)> {
        let mut all: Vec<(bool, f64, u128)> = openings
            .iter()
            .filter(|one| one.state.takes_people())
            .filter(|one| hazard.is_none_or(|hazard| usable(verdict(&one.venue.suitability, hazard).answer)))
            .filter_map(|one| {
                Some((one.state == State::Full, from.distance_m(one.venue.point?), one.venue.facility.uuid().as_u128()))
            })
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        all.into_iter().take(count).map(|(_, metres, id)| (id, metres.to_bits())).collect()
    }

    fn answer(index: &Index, from: Point, hazard: Option<HazardKind>, count: usize) -> Vec<(u128, u64)> {
        let near = index.nearest(from, hazard, count);
        near.iter().map(|one| (one.opening.venue.facility.uuid().as_u128(), one.distance_m.to_bits())).collect()
    }

    #[test]
    fn open_ones_come_before_full_ones_and_others_not_at_all() {
        let openings = vec![
            shelter(1, 40.50, 141.50, State::Full, &[]),
            shelter(2, 40.60, 141.50, State::Open, &[]),
            shelter(3, 40.51, 141.50, State::Closing, &[]),
            shelter(4, 40.51, 141.50, State::Preparing, &[]),
            Opening { venue: Venue { point: None, ..venue(5) }, ..opening(5, State::Open) },
        ];
        let index = index(openings);
        let here = Point::new(40.5, 141.5).unwrap();
        let ids: Vec<u128> = answer(&index, here, None, 5).iter().map(|one| one.0).collect();
        assert_eq!(ids, [2, 1]);
        assert!(Index::default().nearest(here, None, 5).is_empty());
    }

    #[test]
    fn only_what_suits_the_hazard_is_named() {
        use HazardKind::{Flood, Tsunami};
        let openings = vec![
            shelter(1, 40.50, 141.50, State::Open, &[(Tsunami, Answer::No), (Flood, Answer::Yes)]),
            shelter(2, 40.51, 141.50, State::Open, &[(Tsunami, Answer::Floor)]),
            shelter(3, 40.52, 141.50, State::Open, &[]),
        ];
        let (index, here) = (index(openings), Point::new(40.5, 141.5).unwrap());
        let ids = |hazard| answer(&index, here, hazard, 5).iter().map(|one| one.0).collect::<Vec<_>>();
        assert_eq!((ids(None), ids(Some(Tsunami)), ids(Some(Flood))), (vec![1, 2, 3], vec![2], vec![1]));
        assert!(ids(Some(HazardKind::Volcano)).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn the_answer_is_that_of_measuring_every_place(
            places in prop::collection::vec((40.0..41.6_f64, 139.5..141.8_f64, 0..5_usize, any::<bool>()), 0..200),
            from in (39.0..42.0_f64, 139.0..142.0_f64),
            count in 0..12_usize,
            hazard in any::<bool>(),
            coarse in any::<bool>(),
        ) {
            // Coarse coordinates make equal distances, where the order is easiest to get wrong.
            let snap = |x: f64| if coarse { (x * 10.0).round() / 10.0 } else { x };
            let openings: Vec<Opening> = places
                .iter()
                .enumerate()
                .map(|(n, &(lat, lon, state, dry))| {
                    let suits = if dry { &[(HazardKind::Tsunami, Answer::Yes)][..] } else { &[] };
                    shelter(n as u128, snap(lat), snap(lon), State::ALL[state], suits)
                })
                .collect();
            let hazard = hazard.then_some(HazardKind::Tsunami);
            let from = Point::new(snap(from.0), snap(from.1)).unwrap();
            let wanted = brute(&openings, from, hazard, count);
            prop_assert_eq!(answer(&index(openings), from, hazard, count), wanted);
        }

        #[test]
        fn it_is_exact_everywhere_on_earth(
            places in prop::collection::vec((-90.0..90.0_f64, -180.0..180.0_f64), 1..60),
            from in (-90.0..90.0_f64, -180.0..180.0_f64),
        ) {
            let openings: Vec<Opening> =
                places.iter().enumerate().map(|(n, &(lat, lon))| shelter(n as u128, lat, lon, State::Open, &[])).collect();
            let from = Point::new(from.0, from.1).unwrap();
            let wanted = brute(&openings, from, None, 5);
            prop_assert_eq!(answer(&index(openings), from, None, 5), wanted);
        }
    }
}
