//! A drill that is under way when somebody looks for the first time: shelters open, one full, people counted.

use std::collections::BTreeSet;

use http::{Actor, App, Problem};
use kernel::{Id, Mode, Text};
use places::Facility;

use crate::act::{self, Deed, LOCK};
use crate::model::{self, Ask, Disaster, Headcount, State};
use crate::{publish, register};

/// One shelter of the drill: what it becomes and how many are there.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    pub facility: Id<Facility>,
    pub state: State,
    pub persons: Option<u32>,
    /// Where to go when it is full.
    pub instead: Option<Id<Facility>>,
}

/// Declares a disaster in drill mode and opens shelters in it, in one transaction. Open the others before a full one.
pub async fn begin_drill(app: &App, name: &Text, shelters: &[Shown], reason: &str) -> anyhow::Result<Id<Disaster>> {
    app.store.retry(async || begin_once(app, name, shelters, reason).await).await
}

async fn begin_once(app: &App, name: &Text, shelters: &[Shown], reason: &str) -> anyhow::Result<Id<Disaster>> {
    let now = app.clock.now();
    let by = Actor::system().label();
    let deed = || Deed { command: app.ids.uuid(), by: &by, digest: "drill", at: now, now };
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let disaster = model::declare(app.ids.next(), name, Mode::Drill, now, Vec::new(), now).map_err(Problem::from)?;
    act::keep_disaster(&mut tx, deed(), &disaster).await?;
    let mut touched = BTreeSet::new();
    for shown in shelters {
        let venue = register::venue(&mut tx, shown.facility).await?.ok_or_else(Problem::not_found)?;
        touched.insert(venue.municipality.clone());
        // A shelter opens before it is full.
        for state in [State::Open, shown.state] {
            let instead = shown.instead.filter(|_| state == State::Full);
            let ask = Ask { state, reason: reason.to_owned(), note: None, instead };
            act::take_step(&mut tx, deed(), &disaster, venue.clone(), ask).await?;
            if shown.state == State::Open {
                break;
            }
        }
        if let Some(persons) = shown.persons {
            let count = Headcount { persons: Some(persons), households: None, counted_at: now, by: by.clone() };
            act::take_count(&mut tx, deed(), &disaster, shown.facility, count).await?;
        }
    }
    publish::refresh(&mut tx, Mode::Drill, &touched, now).await?;
    tx.commit().await?;
    Ok(disaster.id)
}
