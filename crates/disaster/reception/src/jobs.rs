//! Background work: following the journal, and telling `shelters` how many are there.

use std::collections::HashMap;
use std::time::Duration;

use http::App;
use kernel::Timestamp;
use parking_lot::Mutex;
use shelters::reception::Occupancy;
use store::Stop;
use uuid::Uuid;

use crate::fold::{Place, Scope};
use crate::live::{self, Live};
use crate::retention;

/// Between two reports of one process. A shelter that fills is told within seconds; each arrival alone would be a storm.
const PAUSE: Duration = Duration::from_secs(5);

/// When a count that did not stand is said again.
const AGAIN: Duration = Duration::from_mins(1);

/// Between two looks for what is past its time; the first one after the start.
const HOUR: Duration = Duration::from_hours(1);
const SOON: Duration = Duration::from_mins(2);

/// What was reported last of each shelter.
#[derive(Debug, Default)]
pub(crate) struct Reported(Mutex<HashMap<(Scope, Uuid), Said>>);

#[derive(Debug)]
struct Said {
    /// Persons and households.
    count: (u32, u32),
    /// It did not stand: when to say it again.
    again_at: Option<Timestamp>,
}

/// Runs until told to stop.
pub async fn run(app: App, stop: Stop) -> anyhow::Result<()> {
    let report = async {
        let (mut stop, mut failing) = (stop.clone(), false);
        while stop.pause(PAUSE).await {
            match report_headcounts(&app).await {
                Ok(_) => failing = false,
                Err(error) if !failing => {
                    failing = true;
                    tracing::error!(
                        error = format!("{error:#}"),
                        "reception: the shelters cannot be told how many are there; trying again"
                    );
                }
                Err(_) => {}
            }
        }
    };
    let (followed, (), ()) = tokio::join!(live::follow(app.clone(), stop.clone()), report, tidy(&app, stop.clone()));
    followed
}

/// Tells `shelters` of every shelter whose headcount changed since the last report; answers how many stand now.
pub async fn report_headcounts(app: &App) -> anyhow::Result<usize> {
    let live = Live::of(app)?;
    let now = app.clock.now();
    let changed = changed(&live, now);
    if changed.is_empty() {
        return Ok(0);
    }
    let counts: Vec<Occupancy> = changed.iter().map(|(_, count)| *count).collect();
    let stands = app
        .store
        .retry(async || {
            let mut tx = app.store.write().await?;
            let stands = shelters::reception::report(&mut tx, app, &counts).await?;
            tx.commit().await?;
            anyhow::Ok(stands)
        })
        .await?;
    let mut reported = live.reported().0.lock();
    for ((key, count), stands) in changed.iter().zip(&stands) {
        let again_at = (!stands).then(|| now.plus(AGAIN));
        reported.insert(*key, Said { count: (count.persons, count.households), again_at });
    }
    Ok(stands.into_iter().filter(|stands| *stands).count())
}

/// Looks now and then for what is past its time.
async fn tidy(app: &App, mut stop: Stop) {
    let mut pause = SOON;
    while stop.pause(pause).await {
        pause = HOUR;
        match retention::sweep(app).await {
            Ok(swept) if swept.erased > 0 => {
                tracing::info!(
                    erased = swept.erased,
                    "reception: records of {} disasters are past their time and gone",
                    swept.erased
                );
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "reception: what is past its time cannot be erased; trying again in an hour"
                );
            }
        }
    }
}

fn changed(live: &Live, at: Timestamp) -> Vec<((Scope, Uuid), Occupancy)> {
    let reported = live.reported().0.lock();
    let now = live.ask(|register| {
        let places = register.scopes().into_iter().flat_map(|scope| {
            register.places(scope).into_iter().map(move |(place, occupancy)| (scope, place, occupancy.present))
        });
        places.collect::<Vec<_>>()
    });
    let mut changed = Vec::new();
    for (scope, place, present) in now {
        let Place::Shelter(facility) = place else { continue };
        let (persons, households) = (present.counts.persons(), present.households);
        let key = (scope, facility);
        let known = reported.get(&key).filter(|said| said.count == (persons, households));
        if known.is_none_or(|said| said.again_at.is_some_and(|again| again <= at)) {
            let (disaster, facility) = (scope.disaster.into(), facility.into());
            changed.push((key, Occupancy { disaster, facility, persons, households, at }));
        }
    }
    changed
}
