//! Background work: what the calendar alone changes.

use std::time::Duration;

use http::App;
use store::Stop;

use crate::act::LOCK;
use crate::{publish, seed};

/// How often expired versions leave the documents.
const TICK: Duration = Duration::from_mins(30);

/// Runs until told to stop.
pub async fn run(app: App, mut stop: Stop) -> anyhow::Result<()> {
    while stop.pause(TICK).await {
        if let Err(error) = refresh_all(&app).await {
            tracing::error!(error = format!("{error:#}"), "registry: making the documents again failed; trying later");
        }
    }
    Ok(())
}

/// Plants the starting set and writes every document, so that a page always finds one.
pub async fn prepare(app: &App) -> anyhow::Result<()> {
    app.store
        .retry(async || {
            let mut tx = app.store.write().await?;
            seed::plant(app, &mut tx).await?;
            publish::publish_attributes(&mut tx, app.clock.now()).await?;
            tx.commit().await?;
            anyhow::Ok(())
        })
        .await?;
    refresh_all(app).await
}

async fn refresh_all(app: &App) -> anyhow::Result<()> {
    app.store
        .retry(async || {
            let mut tx = app.store.write().await?;
            tx.lock(LOCK).await?;
            publish::refresh(&mut tx, &publish::everywhere(), app.clock.now()).await?;
            tx.commit().await?;
            anyhow::Ok(())
        })
        .await
}
