//! The order in which the events of one household are read: causes first, then corrected time, then the id.
//!
//! An event whose own clock nobody knows takes the time at which a node took it, if that node's clock is known. If not, it
//! stands by commit order: behind what the same node had taken before it. Where both clocks are known, time goes before
//! commit order, because a tablet that could not reach its node hands in late what happened early.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use kernel::Id;

use crate::clock::BootKey;
use crate::event::Event;

/// What the order of one event depends on.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub id: Id<Event>,
    /// Corrected time of the device that wrote it.
    pub known: Option<i64>,
    /// Corrected time at which a node first took it.
    pub taken: Option<i64>,
    pub wall_ms: i64,
    pub boot: BootKey,
    pub mono_ms: u64,
    /// Where it stands in which journals: (node and epoch, position).
    pub positions: Vec<(u32, i64)>,
    /// Those of its causes that are among these items.
    pub causes: Vec<usize>,
}

/// One event in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub index: usize,
    /// When it happened, as far as anybody can say.
    pub at_ms: i64,
    /// Whether a clock said so.
    pub sure: bool,
}

/// A time with its side: an event known only to lie behind another's time stands after it.
type When = (i64, i8);

/// Puts the items in order. The same items give the same order, however they are listed.
pub(super) fn order(items: &[Item]) -> Vec<Placed> {
    let sure = |item: &Item| item.known.is_some();
    if let [only] = items {
        return vec![Placed { index: 0, at_ms: estimate(items, only).0, sure: sure(only) }];
    }
    let mut times: Vec<When> = items.iter().map(|item| estimate(items, item)).collect();
    if !items.iter().all(sure) {
        by_boot(items, &mut times);
        by_causes(items, &mut times);
    }
    // Known times need no stamps, of which not every node may have all yet.
    let position = |item: &Item| {
        let positions = item.positions.iter().filter(|_| !sure(item)).map(|(_, position)| *position);
        positions.min().unwrap_or(i64::MAX)
    };
    let rank = |index: usize| (times[index], position(&items[index]), items[index].id, index);
    let order = topological(items, rank);
    order.into_iter().map(|index| Placed { index, at_ms: times[index].0, sure: sure(&items[index]) }).collect()
}

/// The time of one item, by itself and by its neighbours in the journals.
fn estimate(items: &[Item], item: &Item) -> When {
    if let Some(at) = item.known.or(item.taken) {
        return (at, 0);
    }
    let (mut behind, mut before) = (None, None);
    for (node, position) in &item.positions {
        for other in items {
            let Some(at) = other.known.or(other.taken) else { continue };
            for (_, there) in other.positions.iter().filter(|(same, _)| same == node) {
                if there < position {
                    behind = behind.max(Some(at));
                } else if there > position {
                    before = Some(before.map_or(at, |known: i64| known.min(at)));
                }
            }
        }
    }
    let side = |at: Option<i64>, side| at.map(|at| (at, side));
    side(behind, 1).or(side(before, -1)).unwrap_or((item.wall_ms, 0))
}

/// Within one boot the monotonic clock is right, whatever the wall clock says.
fn by_boot(items: &[Item], times: &mut [When]) {
    let mut unknown: Vec<usize> = (0..items.len()).filter(|index| items[*index].known.is_none()).collect();
    unknown.sort_by_key(|index| (items[*index].boot, items[*index].mono_ms, items[*index].id));
    for pair in unknown.windows(2) {
        if items[pair[0]].boot == items[pair[1]].boot {
            times[pair[1]] = times[pair[1]].max(times[pair[0]]);
        }
    }
}

/// An event whose clock nobody knows is not later than what names it as a cause, nor earlier than its own causes.
fn by_causes(items: &[Item], times: &mut [When]) {
    let order = topological(items, |index| (items[index].id, index));
    for index in order.iter().rev() {
        for cause in items[*index].causes.iter().filter(|cause| items[**cause].known.is_none()) {
            times[*cause] = times[*cause].min(times[*index]);
        }
    }
    for index in order.iter().filter(|index| items[**index].known.is_none()) {
        for cause in &items[*index].causes {
            times[*index] = times[*index].max(times[*cause]);
        }
    }
}

/// Causes before effects, otherwise by rank. A circle of causes, which no honest device can write, is cut at its lowest.
fn topological<R: Ord>(items: &[Item], rank: impl Fn(usize) -> R) -> Vec<usize> {
    let mut open: Vec<usize> = items.iter().map(|item| item.causes.len()).collect();
    let mut effects = vec![Vec::new(); items.len()];
    for (index, item) in items.iter().enumerate() {
        for cause in &item.causes {
            effects[*cause].push(index);
        }
    }
    let mut done = vec![false; items.len()];
    let mut order = Vec::with_capacity(items.len());
    let mut free: BinaryHeap<_> = (0..items.len()).filter(|i| open[*i] == 0).map(|i| Reverse((rank(i), i))).collect();
    while order.len() < items.len() {
        let next = free.pop().map(|Reverse((_, index))| index);
        let Some(index) = next.or_else(|| circle(items, &done, &rank)) else { break };
        if std::mem::replace(&mut done[index], true) {
            continue;
        }
        order.push(index);
        for effect in &effects[index] {
            open[*effect] = open[*effect].saturating_sub(1);
            if open[*effect] == 0 && !done[*effect] {
                free.push(Reverse((rank(*effect), *effect)));
            }
        }
    }
    order
}

/// The lowest of a circle of causes among what is not done: back from the lowest of all until one comes twice.
fn circle<R: Ord>(items: &[Item], done: &[bool], rank: &impl Fn(usize) -> R) -> Option<usize> {
    let lowest = |among: &mut dyn Iterator<Item = usize>| among.filter(|i| !done[*i]).min_by_key(|i| rank(*i));
    let mut path = Vec::new();
    let mut at = lowest(&mut (0..items.len()))?;
    while !path.contains(&at) {
        path.push(at);
        at = lowest(&mut items[at].causes.iter().copied())?;
    }
    let begin = path.iter().position(|index| *index == at)?;
    lowest(&mut path[begin..].iter().copied())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::clock::Clocks;

    fn item(n: u128, known: Option<i64>, wall_ms: i64, causes: &[usize]) -> Item {
        Item {
            id: Id::from_uuid(Uuid::from_u128(n)),
            known,
            taken: None,
            wall_ms,
            boot: boots(n),
            mono_ms: 0,
            positions: Vec::new(),
            causes: causes.to_vec(),
        }
    }

    /// The key of boot `n` among ten.
    fn boots(n: u128) -> BootKey {
        let mut clocks = Clocks::default();
        (0..10).map(|n| clocks.boot(Uuid::from_u128(n))).nth(usize::try_from(n).unwrap()).unwrap()
    }

    fn indices(items: &[Item]) -> Vec<usize> {
        order(items).iter().map(|placed| placed.index).collect()
    }

    #[test]
    fn causes_go_before_time_and_time_before_ids() {
        assert_eq!(indices(&[item(9, Some(10), 0, &[]), item(1, Some(20), 0, &[])]), [0, 1]);
        assert_eq!(indices(&[item(9, Some(10), 0, &[1]), item(1, Some(20), 0, &[])]), [1, 0]);
        assert_eq!(indices(&[item(9, Some(10), 0, &[]), item(1, Some(10), 0, &[])]), [1, 0]);
    }

    #[test]
    fn what_was_handed_in_late_is_still_early_when_its_clock_is_known() {
        let mut early = item(1, Some(10), 0, &[]);
        let mut late = item(2, Some(20), 0, &[]);
        (early.positions, late.positions) = (vec![(7, 200)], vec![(7, 100)]);
        assert_eq!(indices(&[early, late]), [0, 1]);
    }

    #[test]
    fn commit_order_stands_in_for_a_clock_that_nobody_knows() {
        let mut first = item(1, Some(10), 0, &[]);
        let mut between = item(2, None, 999_999, &[]);
        let mut last = item(3, Some(30), 0, &[]);
        (first.positions, between.positions, last.positions) = (vec![(7, 1)], vec![(7, 2)], vec![(7, 3)]);
        assert_eq!(indices(&[last.clone(), between.clone(), first.clone()]), [2, 1, 0]);
        // Another node's numbers say nothing.
        between.positions = vec![(8, 2)];
        assert_eq!(indices(&[last.clone(), between.clone(), first.clone()]), [2, 0, 1]);
        // The node's own clock is better.
        (between.positions, between.taken) = (vec![(7, 2)], Some(5));
        assert_eq!(indices(&[last, between, first]), [1, 2, 0]);
    }

    #[test]
    fn a_wrong_clock_is_held_between_causes_and_effects() {
        // 1 (year 2400) was seen by 2 (known, 20); 3 (known, 30) saw nothing and happened last.
        let items = [item(1, None, 9_999_999, &[]), item(2, Some(20), 0, &[0]), item(3, Some(30), 0, &[])];
        assert_eq!(indices(&items), [0, 1, 2]);
        // 2 (year 1970) has seen 1 (known, 40), and so stands behind 3 (known, 30).
        let items = [item(1, Some(40), 0, &[]), item(2, None, 0, &[0]), item(3, Some(30), 0, &[])];
        assert_eq!(indices(&items), [2, 0, 1]);
    }

    #[test]
    fn a_wall_clock_that_jumps_does_not_reorder_one_boot() {
        let mut items = [item(1, None, 500, &[]), item(2, None, 100, &[]), item(3, None, 300, &[])];
        for (mono, item) in items.iter_mut().enumerate() {
            (item.boot, item.mono_ms) = (boots(1), mono as u64);
        }
        assert_eq!(indices(&items), [0, 1, 2]);
    }

    #[test]
    fn a_circle_of_causes_ends() {
        let items = [item(2, Some(2), 0, &[1]), item(1, Some(1), 0, &[0]), item(3, Some(0), 0, &[0])];
        assert_eq!(indices(&items), [1, 0, 2]);
    }
}
