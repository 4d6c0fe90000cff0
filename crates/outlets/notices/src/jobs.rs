//! Background work: reads what the alerts changed, finds whom it concerns, and hands the messages to the push services.

mod index;
mod matching;
mod react;
mod relaying;
mod sending;
mod sweep;

use std::time::Duration;

use http::App;
use store::journal::Reader;
use store::{Stop, Wake};

use crate::install::live;
use crate::publish;

pub(crate) use index::refresh as refresh_index;
pub(crate) use matching::audience;
pub(crate) use relaying::queue as queue_relays;
pub(crate) use sweep::keys;

/// Of the journal's reader.
const NAME: &str = "notices";
/// Woken when a notice waits for its people, or a delivery for its sender.
pub(crate) const CHANNEL: &str = "notices";
const BATCH: u32 = 256;
const WAIT: Duration = Duration::from_secs(5);
/// How long at most before a look without having been woken.
const LOOK: Duration = Duration::from_secs(1);

/// Makes our key if there is none, loads the index, and writes every document.
pub async fn prepare(app: &App) -> anyhow::Result<()> {
    keys(app).await?;
    refresh_index(app).await?;
    publish::refresh_all(app).await
}

/// Runs until told to stop. [`prepare`] comes first.
pub async fn run(app: App, stop: Stop) -> anyhow::Result<()> {
    let senders = live(&app)?.settings.senders.clamp(1, 64);
    let mut all = tokio::task::JoinSet::new();
    all.spawn(follow(app.clone(), stop.clone()));
    all.spawn(keep_on(app.clone(), stop.clone(), Work::Find));
    for _ in 0..senders {
        all.spawn(keep_on(app.clone(), stop.clone(), Work::Send));
    }
    all.spawn(keep_on(app.clone(), stop.clone(), Work::Relay));
    all.spawn(sweep::beat(app, stop));
    while all.join_next().await.is_some() {}
    Ok(())
}

/// Handles what stands in the journal now and finds the people of every notice; tells how much there was.
pub async fn catch_up(app: &App) -> anyhow::Result<usize> {
    let mut reader = Reader::open(&app.store, NAME).await?;
    let entries = reader.next(BATCH, Duration::ZERO).await?;
    react::step(app, &reader, &entries).await?;
    let mut done = entries.len();
    while matching::step(app).await? > 0 {
        done += 1;
    }
    Ok(done)
}

/// Sends everything that is due; tells how many deliveries were taken up.
pub async fn deliver(app: &App) -> anyhow::Result<usize> {
    let mut done = 0;
    loop {
        match sending::batch(app).await? {
            0 => break,
            sent => done += sent,
        }
    }
    while relaying::step(app).await? > 0 {}
    sweep::once(app).await?;
    Ok(done)
}

async fn follow(app: App, mut stop: Stop) {
    let asked = stop.clone();
    while !asked.is_stopped() {
        let done = tokio::select! {
            done = read_on(&app, &asked) => done,
            () = stop.stopped() => return,
        };
        if let Err(error) = done {
            tracing::error!(error = format!("{error:#}"), "notices: reading the journal failed; trying again");
            if !stop.pause(LOOK).await {
                return;
            }
        }
    }
}

async fn read_on(app: &App, stop: &Stop) -> anyhow::Result<()> {
    let mut reader = Reader::open(&app.store, NAME).await?;
    while !stop.is_stopped() {
        let entries = reader.next(BATCH, WAIT).await?;
        react::step(app, &reader, &entries).await?;
    }
    Ok(())
}

/// What a loop does again and again.
#[derive(Debug, Clone, Copy)]
enum Work {
    Find,
    Send,
    Relay,
}

/// Works as long as there is something to do, and sleeps until woken.
async fn keep_on(app: App, mut stop: Stop, work: Work) {
    let mut wake: Wake = app.store.wakes().subscribe(CHANNEL);
    while !stop.is_stopped() {
        let done = match work {
            Work::Find => matching::step(&app).await,
            Work::Send => sending::batch(&app).await,
            Work::Relay => relaying::step(&app).await,
        };
        match done {
            Ok(0) => {
                tokio::select! {
                    () = stop.stopped() => return,
                    _ = wake.wait(LOOK) => {}
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "notices: {work:?} failed; trying again");
                if !stop.pause(LOOK).await {
                    return;
                }
            }
        }
    }
}
