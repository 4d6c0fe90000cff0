//! What the reception desk asks and reports (受付からの避難者数): who runs which shelter, and how many are there by its own
//! count. This room learns how many, never who.

use std::collections::{BTreeMap, BTreeSet};

use http::App;
use kernel::{Id, Mode, Timestamp};
use places::Facility;
use store::{Conn, Tx};

use crate::act::{self, Deed, LOCK, digest};
use crate::model::{Disaster, Headcount, Opening};
use crate::{db, publish};

/// Who counted, in the journal and beside the number.
pub const BY_RECEPTION: &str = "reception";

/// How many are in a shelter by the cards that were taken there (受付による避難者数).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupancy {
    pub disaster: Id<Disaster>,
    pub facility: Id<Facility>,
    pub persons: u32,
    pub households: u32,
    pub at: Timestamp,
}

/// Disasters that are going on, newest first.
pub async fn running(conn: &mut Conn, mode: Mode) -> anyhow::Result<Vec<Disaster>> {
    db::running(conn, mode).await
}

/// Openings of a municipality in running disasters, closed ones among them.
pub async fn openings(conn: &mut Conn, mode: Mode, jis5: &str) -> anyhow::Result<Vec<Opening>> {
    db::of_municipality(conn, mode, jis5).await
}

/// One opening, whatever its state.
pub async fn opening(
    conn: &mut Conn,
    disaster: Id<Disaster>,
    facility: Id<Facility>,
) -> anyhow::Result<Option<Opening>> {
    db::opening(conn, disaster, facility).await
}

/// Takes headcounts in the caller's transaction and publishes them; answers how many were new. One that says what is known
/// already, or whose shelter is not open, changes nothing.
pub async fn report(tx: &mut Tx, app: &App, counts: &[Occupancy]) -> anyhow::Result<usize> {
    tx.lock(LOCK).await?;
    let now = app.clock.now();
    let mut touched: BTreeMap<Mode, BTreeSet<String>> = BTreeMap::new();
    let mut taken = 0;
    for count in counts {
        let (Some(disaster), Some(held)) =
            (db::disaster(tx, count.disaster).await?, db::opening(tx, count.disaster, count.facility).await?)
        else {
            continue;
        };
        let new = Headcount {
            persons: Some(count.persons),
            // An empty household is still a card; the rule that a household has somebody in it is kept for the public.
            households: Some(count.households.min(count.persons)),
            counted_at: count.at.min(now),
            by: BY_RECEPTION.to_owned(),
        };
        if !disaster.is_running() || !held.state.is_active() || says_the_same(&held, &new) {
            continue;
        }
        let digest = digest(count);
        let deed = Deed { command: app.ids.next::<Opening>().uuid(), by: BY_RECEPTION, digest: &digest, at: now, now };
        act::take_count(tx, deed, &disaster, count.facility, new).await?;
        touched.entry(held.mode).or_default().insert(held.venue.municipality);
        taken += 1;
    }
    for (mode, municipalities) in touched {
        publish::refresh(tx, mode, &municipalities, now).await?;
    }
    Ok(taken)
}

fn says_the_same(held: &Opening, new: &Headcount) -> bool {
    held.count.as_ref().is_some_and(|known| (known.persons, known.households) == (new.persons, new.households))
}
