//! What the reception desk asks and reports (受付からの避難者数): who runs which shelter, and how many are there by its own
//! count. This room learns how many, never who.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use http::App;
use kernel::{Id, Mode, Timestamp};
use places::Facility;
use store::{Conn, Tx};

use crate::act::{self, Deed, LOCK, digest};
use crate::model::{Disaster, Headcount, Opening, Venue};
use crate::{db, publish, register};

/// Who counted, in the journal and beside the number.
pub const BY_RECEPTION: &str = "reception";

/// How long what staff counted stands against a lower count of the desk.
const STAFF_STANDS: Duration = Duration::from_hours(1);

/// Who opened a shelter, as a kit heard of it.
const BY_CENTRE: &str = "centre";

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

/// The newest 500 disasters of both modes, those that are over among them.
pub async fn known(conn: &mut Conn) -> anyhow::Result<Vec<Disaster>> {
    db::disasters_listed(conn).await
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

/// Every place of the municipality that can be opened, those of no list among them, by name.
pub async fn venues(conn: &mut Conn, jis5: &str, mode: Mode) -> anyhow::Result<Vec<Venue>> {
    register::venues(conn, jis5, mode).await
}

/// A place by its id, opened or not. A kit has no register: there it is what the centre said when it opened.
pub async fn venue(conn: &mut Conn, id: Id<Facility>) -> anyhow::Result<Option<Venue>> {
    if let Some(venue) = register::venue(conn, id).await? {
        return Ok(Some(venue));
    }
    Ok(db::newest_opening(conn, id).await?.map(|opening| opening.venue))
}

/// Takes headcounts in the caller's transaction and publishes them; answers of each whether it stands now. One that says
/// what is known already stands; one whose shelter is not open does not, nor one below what staff counted within the hour:
/// the queue at the desk has not been admitted yet.
pub async fn report(tx: &mut Tx, app: &App, counts: &[Occupancy]) -> anyhow::Result<Vec<bool>> {
    tx.lock(LOCK).await?;
    let now = app.clock.now();
    let mut touched: BTreeMap<Mode, BTreeSet<String>> = BTreeMap::new();
    let mut stands = Vec::with_capacity(counts.len());
    for count in counts {
        let disaster = db::disaster(tx, count.disaster).await?.filter(Disaster::is_running);
        let held = db::opening(tx, count.disaster, count.facility).await?.filter(|held| held.state.is_active());
        let (Some(disaster), Some(held)) = (disaster, held) else {
            stands.push(false);
            continue;
        };
        let new = Headcount {
            persons: Some(count.persons),
            // An empty card is a card, but no household that somebody is in.
            households: Some(count.households.min(count.persons)),
            counted_at: count.at.min(now),
            by: BY_RECEPTION.to_owned(),
        };
        let (same, higher) = (says_the_same(&held, &new), staff_counted_more(&held, &new, now));
        stands.push(same || !higher);
        if same || higher {
            continue;
        }
        let digest = digest(count);
        let deed = Deed { command: app.ids.uuid(), by: BY_RECEPTION, digest: &digest, at: now, now };
        act::take_count(tx, deed, &disaster, count.facility, new).await?;
        touched.entry(held.mode).or_default().insert(held.venue.municipality);
    }
    for (mode, municipalities) in touched {
        publish::refresh(tx, mode, &municipalities, now).await?;
    }
    Ok(stands)
}

/// Takes over, on a kit, what the centre says of disasters and openings; answers how many were news. Counts stay the kit's own.
pub async fn mirror(tx: &mut Tx, app: &App, disasters: &[Disaster], openings: &[Opening]) -> anyhow::Result<usize> {
    tx.lock(LOCK).await?;
    let now = app.clock.now();
    let mut touched: BTreeMap<Mode, BTreeSet<String>> = BTreeMap::new();
    let mut news = 0;
    for disaster in disasters {
        if db::disaster(tx, disaster.id).await?.as_ref() != Some(disaster) {
            let digest = digest(disaster);
            act::keep_disaster(
                tx,
                Deed { command: app.ids.uuid(), by: BY_CENTRE, digest: &digest, at: now, now },
                disaster,
            )
            .await?;
            news += 1;
        }
    }
    for opening in openings {
        let held = db::opening(tx, opening.disaster, opening.venue.facility).await?;
        let mut new = opening.clone();
        new.count = held.as_ref().and_then(|held| held.count.clone());
        if held.as_ref() != Some(&new) {
            let digest = digest(&new);
            act::mirror_opening(
                tx,
                Deed { command: app.ids.uuid(), by: BY_CENTRE, digest: &digest, at: now, now },
                held.as_ref(),
                &new,
            )
            .await?;
            touched.entry(new.mode).or_default().insert(new.venue.municipality);
            news += 1;
        }
    }
    for (mode, municipalities) in touched {
        publish::refresh(tx, mode, &municipalities, now).await?;
    }
    Ok(news)
}

fn says_the_same(held: &Opening, new: &Headcount) -> bool {
    held.count.as_ref().is_some_and(|known| (known.persons, known.households) == (new.persons, new.households))
}

fn staff_counted_more(held: &Opening, new: &Headcount, now: Timestamp) -> bool {
    held.count.as_ref().is_some_and(|known| {
        known.by != BY_RECEPTION && known.persons > new.persons && now.elapsed_since(known.counted_at) < STAFF_STANDS
    })
}
