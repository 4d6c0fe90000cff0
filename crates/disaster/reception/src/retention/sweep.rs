//! The sweep: looks at every disaster that is over, once an hour, at the centre.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use households::KeyLife;
use http::{Actor, App};
use kernel::{AreaCode, Timestamp, areas};
use serde::Deserialize as _;
use serde_json::{Value, json};
use shelters::Disaster;
use store::envelope::Envelope;
use store::journal::{self, Body, Filter, NewEntry};
use store::{Conn, Tx};
use uuid::Uuid;

use super::{DEFAULT_DAYS, destroyable, due_at};
use crate::db;
use crate::db::retention::Erasure;
use crate::live::{Live, position_at};
use crate::node::Role;
use crate::take::read_entry;

/// Entries read at once.
const PAGE: u32 = 1_000;
/// The clock of the centre may have been this wrong when a key was made.
const MARGIN: Duration = Duration::from_hours(24);

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Municipalities that got a new key because a disaster is over.
    pub renewed: usize,
    /// Disasters of a municipality whose records are gone.
    pub erased: usize,
}

/// Gives municipalities a new key after each disaster, and destroys the old one when its time is past. Safe to repeat, and in
/// several processes.
pub async fn sweep(app: &App) -> anyhow::Result<Swept> {
    let mut swept = Swept::default();
    if Live::of(app)?.node()?.role != Role::Centre {
        return Ok(swept);
    }
    let mut conn = app.store.read().await?;
    let known = shelters::reception::known(&mut conn).await?;
    let days: BTreeMap<String, u32> = db::retention::all(&mut conn).await?.into_iter().collect();
    let done = db::retention::erased(&mut conn).await?;
    drop(conn);
    // What is played from files was written nowhere.
    let real: Vec<Disaster> = known.into_iter().filter(|disaster| !disaster.past).collect();
    for disaster in real.iter().filter(|disaster| !disaster.is_running()) {
        for town in areas::municipalities().iter().filter(|town| disaster.covers(town.jis5)) {
            if done.contains(&(disaster.id.uuid(), town.jis5.to_owned())) {
                continue;
            }
            let days = days.get(town.jis5).copied().unwrap_or(DEFAULT_DAYS);
            let one = Case { disaster, jis5: town.jis5, days };
            let step = app.store.retry(async || one.step(app, &real).await).await?;
            swept.renewed += usize::from(step == Step::Renewed);
            swept.erased += usize::from(step == Step::Erased);
        }
    }
    Ok(swept)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Waits,
    Renewed,
    Erased,
}

/// One disaster in one municipality.
struct Case<'a> {
    disaster: &'a Disaster,
    jis5: &'a str,
    days: u32,
}

impl Case<'_> {
    async fn step(&self, app: &App, all: &[Disaster]) -> anyhow::Result<Step> {
        let now = app.clock.now();
        let Some(searched) = self.searched(app, all, now).await? else { return Ok(Step::Waits) };
        let mut tx = app.store.write().await?;
        tx.lock("reception.retention").await?;
        let key = (self.disaster.id.uuid(), self.jis5);
        let held = db::retention::find(&mut tx, key).await?;
        if held.as_ref().is_some_and(|held| held.erased_at.is_some()) {
            return Ok(Step::Waits);
        }
        let keys = households::key_lives(&mut tx, self.jis5).await?;
        if held.is_none() {
            // What is written from now on has nothing to do with this disaster.
            if super::keys_of(&keys, self.disaster).any(|key| key.retired_at.is_none()) {
                households::rotate(app, &mut tx, &Actor::system(), self.jis5).await?;
            }
            db::retention::begin(&mut tx, key, now).await?;
            tx.commit().await?;
            return Ok(Step::Renewed);
        }
        let Some(old) = self.due(&mut tx, &keys, all, now).await? else { return Ok(Step::Waits) };
        // What came in while the journal was searched.
        if self.first_use(app, searched, &old, &self.kept(all, now)).await?.is_none() {
            return Ok(Step::Waits);
        }
        let mut kids = Vec::new();
        for key in old {
            households::destroy_key(app, &mut tx, &Actor::system(), self.jis5, key).await?;
            kids.push(key.kid.clone());
        }
        self.erase(app, &mut tx, kids, now).await?;
        tx.commit().await?;
        Ok(Step::Erased)
    }

    /// The keys whose time is past, if nothing that is known beside the journal speaks against destroying them.
    async fn due<'k>(
        &self,
        conn: &mut Conn,
        keys: &'k [KeyLife],
        all: &[Disaster],
        now: Timestamp,
    ) -> anyhow::Result<Option<Vec<&'k KeyLife>>> {
        let concerned: Vec<Disaster> = all.iter().filter(|one| one.covers(self.jis5)).cloned().collect();
        let heard = db::retention::kits_heard(conn, self.jis5).await?;
        Ok(destroyable(keys, self.disaster, &concerned, (self.days, now), &heard).ok())
    }

    /// Searches the journal for uses of the keys before anything is locked: it takes a while. Answers up to where there is none;
    /// `None` when there is one.
    async fn searched(&self, app: &App, all: &[Disaster], now: Timestamp) -> anyhow::Result<Option<i64>> {
        let mut conn = app.store.read().await?;
        let keys = households::key_lives(&mut conn, self.jis5).await?;
        let due = self.due(&mut conn, &keys, all, now).await?;
        drop(conn);
        let due = due.unwrap_or_default();
        let Some(made) = due.iter().map(|key| key.made_at).min() else { return Ok(Some(0)) };
        let from = position_at(app, made.minus(MARGIN)).await?;
        self.first_use(app, from, &due, &self.kept(all, now)).await
    }

    /// Disasters whose records are kept: none of what was written in them may become unreadable.
    fn kept(&self, all: &[Disaster], now: Timestamp) -> HashSet<Uuid> {
        let kept = all.iter().filter(|one| due_at(one, self.days).is_none_or(|due| now < due));
        kept.map(|one| one.id.uuid()).collect()
    }

    /// Reads on from a position: a desk or a kit that was cut off goes on sealing to a key that was retired meanwhile, whatever
    /// disaster it writes of. Answers where the journal ends, or `None` when an event that is kept is sealed to one of the keys.
    async fn first_use(
        &self,
        app: &App,
        from: i64,
        keys: &[&KeyLife],
        kept: &HashSet<Uuid>,
    ) -> anyhow::Result<Option<i64>> {
        let mut after = from;
        if keys.is_empty() || kept.is_empty() {
            return Ok(Some(after));
        }
        loop {
            let entries = journal::entries_after(&app.store, after, &Filter::default(), PAGE).await?;
            let Some(last) = entries.last() else { return Ok(Some(after)) };
            after = last.position;
            let events = entries.iter().filter(|entry| entry.kind.starts_with("reception.")).filter_map(read_entry);
            let mut own = events.filter(|(event, _)| event.municipality == self.jis5 && kept.contains(&event.disaster));
            let sealed_to_one = |sealed: &Value| {
                let sealed = Envelope::deserialize(sealed);
                sealed.is_ok_and(|sealed| keys.iter().any(|key| sealed.is_for(&key.kid)))
            };
            if own.any(|(event, _)| event.sealed.as_ref().is_some_and(sealed_to_one)) {
                return Ok(None);
            }
            tokio::task::yield_now().await;
        }
    }

    /// What is not in the journal goes by itself; what is left of it are counts.
    async fn erase(&self, app: &App, tx: &mut Tx, kids: Vec<String>, now: Timestamp) -> anyhow::Result<()> {
        let (disaster, until) = (self.disaster.id.uuid(), self.disaster.until.unwrap_or(now));
        let Erasure { work, aside } = db::retention::erase(tx, (disaster, self.jis5), until, now).await?;
        if db::retention::is_erased_everywhere(tx, disaster).await? {
            households::forget_ties_of(tx, disaster).await?;
        }
        let entry = NewEntry {
            id: app.ids.next(),
            kind: "reception.erased",
            subject: disaster.to_string(),
            area: Some(AreaCode::municipality(self.jis5)),
            mode: self.disaster.mode,
            actor: Actor::system().label(),
            device: None,
            occurred_at: now,
            body: Body::Open(json!({ "days": self.days, "kids": kids, "work": work, "aside": aside })),
        };
        journal::record(tx, entry, now).await?;
        Ok(())
    }
}
