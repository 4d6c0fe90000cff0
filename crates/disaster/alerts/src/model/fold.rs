//! The fold: a telegram meets the state; what comes out is a list of changes, and nothing else happens.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{AreaCode, Mode, Timestamp, areas};

use super::news::{self, Line, News};
use super::read::read;
use super::{Derived, Hazard, HazardState, Incoming, Key, Place, Stamp, State, Statement};
use super::{advisory, rivers, tsunami, warnings};

/// What became of a telegram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It is now the newest word of its product.
    Applied,
    /// The same telegram again.
    Duplicate,
    /// Something newer of the same product is held: recorded, not applied.
    Older,
    /// It does not concern Aomori, or is of a family without state.
    NotOurs,
}

impl Disposition {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Older => "older",
            Self::NotOurs => "not_ours",
        }
    }
}

/// One change of state.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Hold(Arc<Statement>),
    Forget(Key),
    Set(Box<HazardState>),
    Clear(Place),
    /// Goes to the journal.
    News(Box<News>),
    /// Goes to the timeline.
    Line(Box<Line>),
}

/// What a telegram or the clock brought about.
#[derive(Debug, Clone, PartialEq)]
pub struct Fold {
    pub disposition: Disposition,
    pub changes: Vec<Change>,
}

/// Folds one telegram into the state.
pub fn fold(state: &State, incoming: Incoming<'_>, now: Timestamp) -> Fold {
    let brought_back = super::brought_back(incoming.telegram, state.mode, now);
    let incoming = Incoming { telegram: brought_back.as_ref().unwrap_or(incoming.telegram), ..incoming };
    let made = read(incoming.telegram);
    if made.is_empty() || made.iter().all(|(key, _)| is_long_past(state, key, incoming)) {
        return Fold { disposition: Disposition::NotOurs, changes: Vec::new() };
    }
    let stamp = incoming.stamp();
    let mut next = state.clone();
    let mut changes = Vec::new();
    let mut disposition = Disposition::Duplicate;
    for (key, content) in made {
        let held = state.statements.get(&key).filter(|held| !is_astray(state, held, &stamp));
        match held.map(|held| held.stamp.cmp(&stamp)) {
            Some(std::cmp::Ordering::Equal) => {}
            Some(std::cmp::Ordering::Greater) => disposition = worse(disposition, Disposition::Older),
            _ => {
                disposition = Disposition::Applied;
                let statement = Arc::new(Statement {
                    key: key.clone(),
                    stamp: stamp.clone(),
                    origin: incoming.origin(),
                    received_at: now,
                    valid_until: incoming.telegram.head.valid_until,
                    content,
                });
                next.statements.insert(key, Arc::clone(&statement));
                changes.push(Change::Hold(statement));
            }
        }
    }
    if disposition == Disposition::Applied {
        changes.extend(consequences(state, &mut next, Some(incoming), now));
        changes.extend(outgrown(&next, now));
    }
    Fold { disposition, changes }
}

/// Lets the clock act: what a product lets end by itself ends. Warnings never do.
pub fn settle(state: &State, now: Timestamp) -> Vec<Change> {
    let mut next = state.clone();
    let mut changes = consequences(state, &mut next, None, now);
    changes.extend(outgrown(&next, now));
    changes
}

/// Applies changes to a state in memory, as the database does to the rows.
pub fn apply(state: &mut State, changes: &[Change]) {
    for change in changes {
        match change {
            Change::Hold(statement) => {
                state.statements.insert(statement.key.clone(), Arc::clone(statement));
            }
            Change::Forget(key) => {
                state.statements.remove(key);
            }
            Change::Set(hazard) => {
                state.hazards.insert((hazard.hazard, hazard.area.clone()), (**hazard).clone());
            }
            Change::Clear(place) => {
                state.hazards.remove(place);
            }
            Change::News(_) | Change::Line(_) => {}
        }
    }
}

/// A drill's statement dated beyond the rest of its exercise: it must not stand before what the exercise says next.
///
/// A day is enough where the date had not come when it was received; else it takes what [`super::SAME_DRILL_DAYS`] calls
/// another exercise, for telegrams of one may come in any order.
fn is_astray(state: &State, held: &Statement, next: &Stamp) -> bool {
    let others = state.statements.values().filter(|s| s.origin.telegram != held.origin.telegram);
    let newest = others.map(|s| s.stamp.reported_at).chain([next.reported_at]).max();
    let ahead = held.stamp.reported_at > held.received_at.plus(super::AHEAD);
    let days = if ahead { 1 } else { super::SAME_DRILL_DAYS };
    let far = std::time::Duration::from_hours(24 * days);
    state.mode == Mode::Drill && newest.is_some_and(|at| held.stamp.reported_at > at.plus(far))
}

fn worse(a: Disposition, b: Disposition) -> Disposition {
    if a == Disposition::Applied { a } else { b }
}

/// Compares what the statements now say with what was held, place by place.
fn consequences(before: &State, next: &mut State, incoming: Option<Incoming<'_>>, now: Timestamp) -> Vec<Change> {
    let said = derive(next, now);
    let mut changes = Vec::new();
    let mut moves = Vec::new();
    for (place, derived) in &said {
        let held = before.hazards.get(place);
        if held.is_some_and(|h| h.derived.same(derived)) {
            continue;
        }
        let set = HazardState {
            hazard: place.0,
            area: place.1.clone(),
            since: since(held, derived),
            updated_at: derived.reported_at,
            derived: derived.clone(),
        };
        moves.push(news::Move { place: place.clone(), from: held.cloned(), to: Some(set.clone()) });
        changes.push(Change::Set(Box::new(set)));
    }
    for (place, held) in &before.hazards {
        if !said.contains_key(place) {
            moves.push(news::Move { place: place.clone(), from: Some(held.clone()), to: None });
            changes.push(Change::Clear(place.clone()));
        }
    }
    let hazards: Vec<Change> = changes.clone();
    apply(next, &hazards);
    changes.extend(news::tell(before, next, &moves, incoming, now));
    changes
}

/// The same kind at the same rank goes on; anything else begins with its report.
fn since(held: Option<&HazardState>, derived: &Derived) -> Timestamp {
    match held {
        Some(h) if h.derived.rank == derived.rank => h.since,
        _ => derived.reported_at,
    }
}

fn derive(state: &State, now: Timestamp) -> BTreeMap<Place, Derived> {
    let mut said = BTreeMap::new();
    warnings::derive(state, now, &mut said);
    tsunami::derive(state, now, &mut said);
    rivers::derive(state, now, &mut said);
    if let Some(derived) = advisory::derive(state, now) {
        said.insert((Hazard::AftershockAdvisory, areas::PREFECTURE), derived);
    }
    said
}

/// A quake older than every one of a full list: its statements were let go, and it must not come back as news.
fn is_long_past(state: &State, key: &Key, incoming: Incoming<'_>) -> bool {
    if !is_event(&key.product) {
        return false;
    }
    let events = || state.statements.values().filter(|s| is_event(&s.key.product));
    let scopes: std::collections::BTreeSet<&str> = events().map(|s| s.key.scope.as_str()).collect();
    let reported = incoming.telegram.head.reported_at;
    scopes.len() >= KEPT_QUAKES
        && !scopes.contains(key.scope.as_str())
        && events().all(|s| s.stamp.reported_at > reported)
}

const KEPT_QUAKES: usize = 60;
const KEPT_DAYS: u64 = 14;

/// Statements nobody will ask for again. What is in force is never among them.
fn outgrown(state: &State, now: Timestamp) -> Vec<Change> {
    let mut quakes: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for s in state.statements.values().filter(|s| is_event(&s.key.product)) {
        let newest = quakes.entry(&s.key.scope).or_insert(s.stamp.reported_at);
        *newest = (*newest).max(s.stamp.reported_at);
    }
    let mut by_age: Vec<(Timestamp, &str)> = quakes.into_iter().map(|(event, at)| (at, event)).collect();
    by_age.sort_unstable();
    by_age.reverse();
    let kept: Vec<&str> = by_age.iter().take(KEPT_QUAKES).map(|(_, event)| *event).collect();
    let old = now.minus(std::time::Duration::from_hours(24 * KEPT_DAYS));
    state
        .statements
        .values()
        .filter(|s| match s.key.product.as_str() {
            p if is_event(p) => !kept.contains(&s.key.scope.as_str()),
            "bulletin" | "VXSE43" => s.received_at < old,
            _ => false,
        })
        .map(|s| Change::Forget(s.key.clone()))
        .collect()
}

pub(crate) fn is_event(product: &str) -> bool {
    product.starts_with("VXSE5") || product.starts_with("VXSE6")
}

/// The municipality codes behind an area, for lists of who is concerned.
pub(crate) fn concerned(area: &AreaCode) -> Vec<String> {
    super::municipalities_of(area).into_iter().map(str::to_owned).collect()
}
