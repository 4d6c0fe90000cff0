//! Carrying events in from another node, with the stamps they were given there.

use std::collections::HashMap;

use http::App;
use kernel::Id;
use uuid::Uuid;

use crate::db;
use crate::event::{Event, Signed};
use crate::exchange::Carried;
use crate::live::Live;
use crate::sync::Stamp;
use crate::take::{Giver, State, Taken, take};

/// Stamps that are taken with one event: each node that passed it on, in each of its lives.
const MOST_STAMPS: usize = 64;

/// Takes events in as [`take`] does; what is held then is given its stamps, too. Safe to repeat.
pub(crate) async fn carry_in(
    app: &App,
    live: &Live,
    giver: &Giver,
    carried: Vec<Carried>,
) -> anyhow::Result<Vec<Taken>> {
    let (signed, stamps): (Vec<Signed>, Vec<Vec<Stamp>>) =
        carried.into_iter().map(|one| (one.signed, one.stamps)).unzip();
    let mut of: HashMap<[u8; 32], Vec<Stamp>> = HashMap::new();
    for (signed, mut stamps) in signed.iter().zip(stamps) {
        stamps.truncate(MOST_STAMPS);
        of.entry(signed.hash()).or_default().append(&mut stamps);
    }
    let taken = take(app, live, giver, signed).await?;
    let held = taken.iter().filter(|one| matches!(one.state, State::Stored | State::Already));
    let all: Vec<(Id<Event>, Stamp)> = held
        .filter_map(|one| Some((one.id?, of.remove(&one.hash)?)))
        .flat_map(|(id, stamps): (Uuid, _)| stamps.into_iter().map(move |stamp| (Id::from_uuid(id), stamp)))
        .collect();
    if !all.is_empty() {
        app.store
            .retry(async || {
                let mut tx = app.store.write().await?;
                db::receipts::add_stamps(&mut tx, &all).await?;
                tx.commit().await?;
                anyhow::Ok(())
            })
            .await?;
        live.show_stamps(&all);
    }
    Ok(taken)
}
