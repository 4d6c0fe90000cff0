//! What a kit offers next, and how much of it at once.

use std::collections::HashSet;
use std::time::Duration;

use http::App;
use kernel::{AreaCode, Id};

use super::books::{self, Upstream};
use crate::db;
use crate::event::Event;
use crate::exchange::{Carried, DeviceWord};
use crate::sync::{Epoch, MAX_BATCH_EVENTS, offer};

/// The first batch: gone in a few seconds over the thinnest line.
const FIRST: usize = 64;
/// A batch that takes longer makes the next smaller: a line that breaks then costs little.
const SLOW: Duration = Duration::from_secs(6);
const QUICK: Duration = Duration::from_secs(2);

/// How many events go at once, by how long the last batch took.
#[derive(Debug)]
pub(super) struct Pace(usize);

/// What is offered in one request.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) events: Vec<(Carried, Id<Event>)>,
    /// Position of the last one that went in its turn.
    pub(super) end: Option<i64>,
}

impl Default for Pace {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Pace {
    pub(super) fn events(&self) -> usize {
        self.0
    }

    pub(super) fn took(&mut self, time: Duration) {
        if time > SLOW {
            self.0 = (self.0 / 2).max(8);
        } else if time < QUICK {
            self.0 = (self.0 * 2).min(MAX_BATCH_EVENTS);
        }
    }
}

impl Batch {
    /// As many of them as one request takes.
    async fn of(app: &App, centre: Option<Epoch>, copies: &[&books::Copy], most: usize) -> anyhow::Result<Self> {
        let mut batch = Self::default();
        let offered = offer(copies.iter().map(|copy| copy.held()), centre);
        let mut conn = app.store.read().await?;
        for id in offered.into_iter().take(most) {
            let Some(copy) = copies.iter().find(|copy| copy.id == id) else { continue };
            let stamps = db::receipts::stamps_of(&mut conn, id).await?;
            batch.events.push((Carried { signed: copy.signed.clone(), stamps }, id));
            batch.end = batch.end.max(Some(copy.position));
        }
        Ok(batch)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// The next events after a position that this life of the centre has not receipted. Observations of clocks go along ahead of their
/// turn: without them the centre cannot tell when the rest was taken.
pub(super) async fn next(app: &App, centre: Option<Epoch>, after: i64, most: usize) -> anyhow::Result<Batch> {
    let clocks = books::clocks(app, centre, after, most / 2).await?;
    let is_clock = |copy: &books::Copy| clocks.iter().any(|clock| clock.id == copy.id);
    let mut from = after;
    while let Some((copies, last)) = books::copies(app, centre, from).await? {
        let open: Vec<_> = copies.into_iter().filter(|copy| copy.is_open(centre) && !is_clock(copy)).collect();
        if let Some((first, rest)) = open.split_first() {
            // One event in its turn always goes: so the offer goes on even if nothing is taken.
            let order: Vec<_> = std::iter::once(first).chain(&clocks).chain(rest).collect();
            let mut batch = Batch::of(app, centre, &order, most).await?;
            let in_turn = open.iter().filter(|copy| batch.events.iter().any(|(_, id)| *id == copy.id));
            batch.end = in_turn.map(|copy| copy.position).max();
            return Ok(batch);
        }
        from = last;
    }
    Batch::of(app, centre, &clocks.iter().collect::<Vec<_>>(), most).await
}

/// Everything that this life of the centre has not receipted, and the devices that signed it.
pub(crate) async fn offered(app: &App, books: &Upstream) -> anyhow::Result<(Vec<Carried>, Vec<DeviceWord>)> {
    let (mut events, mut after, mut known) = (Vec::new(), 0, HashSet::new());
    loop {
        let batch = next(app, books.epoch(), after, MAX_BATCH_EVENTS).await?;
        let Some(end) = batch.end else { break };
        events.extend(batch.events.into_iter().filter(|(_, id)| known.insert(*id)).map(|(carried, _)| carried));
        after = end;
    }
    Ok((events, devices(app, &books.municipality).await?))
}

/// The devices of this kit's desks.
pub(super) async fn devices(app: &App, jis5: &str) -> anyhow::Result<Vec<DeviceWord>> {
    let mut conn = app.store.read().await?;
    let rows = db::devices::all(&mut conn).await?.into_iter().filter(|row| row.registered_by != "centre");
    let own = rows.filter(|row| row.area.parse().is_ok_and(|area: AreaCode| crate::devices::covers(&area, jis5)));
    Ok(own.map(|row| DeviceWord { key: row.key, area: row.area, revoked: row.revoked_at.is_some() }).collect())
}
