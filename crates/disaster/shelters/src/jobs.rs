//! Background work: replays, the index of the nearest, and what time alone changes.

use std::time::Duration;

use http::App;
use kernel::Mode;
use store::Stop;

use crate::act::LOCK;
use crate::{db, nearest, publish, replay};

/// How often the documents are made again, because the phase of a stay changes with time alone.
const TICK: Duration = Duration::from_mins(5);

/// Runs until told to stop.
pub async fn run(app: App, stop: Stop) -> anyhow::Result<()> {
    tokio::join!(nearest::follow(&app, stop.clone()), replay::keep_running(&app, stop.clone()), beat(&app, stop),);
    Ok(())
}

/// Writes every document, even when nothing is open, so that a page always finds one; and fills the index.
pub async fn prepare(app: &App) -> anyhow::Result<()> {
    for mode in [Mode::Live, Mode::Drill] {
        refresh_all(app, mode).await?;
    }
    nearest::rebuild(app).await
}

async fn refresh_all(app: &App, mode: Mode) -> anyhow::Result<()> {
    app.store
        .retry(async || {
            let now = app.clock.now();
            let mut tx = app.store.write().await?;
            tx.lock(LOCK).await?;
            let running = db::running(&mut tx, mode).await?;
            publish::refresh(&mut tx, mode, &publish::everywhere(&running), now).await?;
            tx.commit().await?;
            anyhow::Ok(())
        })
        .await
}

async fn beat(app: &App, mut stop: Stop) {
    while stop.pause(TICK).await {
        for mode in [Mode::Live, Mode::Drill] {
            if let Err(error) = refresh_all(app, mode).await {
                tracing::error!(
                    error = format!("{error:#}"),
                    "shelters: making the documents again failed; trying later"
                );
            }
        }
    }
}
