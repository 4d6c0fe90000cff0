//! Background work: one task per source, so that none waits for another, and one that publishes how fresh they are.

use std::sync::Arc;
use std::time::Duration;

use http::App;
use store::Stop;
use tokio::task::JoinSet;

use crate::db::{self, Look};
use crate::model::Origin;
use crate::publish;
use crate::sources::jma::{self, Puller};
use crate::sources::{Sources, replay, watch};
use crate::words::{self, Trouble};

/// The channel that is woken when a source brought something.
pub(crate) const NEWS: &str = "feeds-news";
/// How often silence is looked at.
const TICK: Duration = Duration::from_secs(2);
/// News that come in a burst are published together.
const BURST: Duration = Duration::from_secs(1);
/// A task that ended by a fault of ours starts again after this.
const AGAIN: Duration = Duration::from_secs(5);
/// A task may take this long to end when it is told to.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs all sources until it is told to stop. The same [`Sources`] must be an extension of the [`App`], where the API
/// finds the names of the replays.
pub async fn run(app: App, sources: Sources, stop: Stop) -> anyhow::Result<()> {
    let sources = Arc::new(sources);
    announce(&app, &sources).await?;
    let mut tasks = JoinSet::new();
    if let Some(settings) = &sources.jma {
        pull(&app, settings, &stop, &mut tasks).await?;
    }
    for folder in &sources.watch {
        let (app, folder, stop) = (app.clone(), folder.clone(), stop.clone());
        tasks.spawn(keep("watch", stop.clone(), move || {
            let (app, folder, stop) = (app.clone(), folder.clone(), stop.clone());
            async move { watch::run(&app, &folder, stop).await }
        }));
    }
    let (for_replay, until) = ((app.clone(), Arc::clone(&sources)), stop.clone());
    tasks.spawn(keep("replay", stop.clone(), move || {
        let ((app, sources), stop) = (for_replay.clone(), until.clone());
        async move { replay::keep_running(&app, &sources, stop).await }
    }));
    let until = stop.clone();
    tasks.spawn(keep("sources", stop.clone(), move || {
        let (app, stop) = (app.clone(), until.clone());
        async move { keep_publishing(&app, stop).await }
    }));
    while tasks.join_next().await.is_some() {}
    Ok(())
}

/// Publishes the document `sources` if a state changed, also by silence alone, or if it is a minute old.
pub async fn refresh(app: &App) -> anyhow::Result<bool> {
    publish::publish(app, false).await
}

/// Starts a task per feed. Settings that cannot work are shown on the source page; the other sources go on.
async fn pull(app: &App, settings: &jma::Settings, stop: &Stop, tasks: &mut JoinSet<()>) -> anyhow::Result<()> {
    let puller = match Puller::new(settings) {
        Ok(puller) => puller,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the JMA feeds cannot be pulled with these settings");
            let look = Look { error: Some(Trouble::Settings.text()), ..Look::default() };
            let mut tx = app.store.write().await?;
            for feed in &settings.feeds {
                db::looked(&mut tx, feed.key(), &look, app.clock.now()).await?;
            }
            return Ok(tx.commit().await?);
        }
    };
    for feed in settings.feeds.iter().copied() {
        let (app, puller, until) = (app.clone(), puller.clone(), stop.clone());
        tasks.spawn(keep(feed.key(), stop.clone(), move || {
            let (app, puller, stop) = (app.clone(), puller.clone(), until.clone());
            async move { puller.run(&app, feed, stop).await }
        }));
    }
    Ok(())
}

async fn announce(app: &App, sources: &Sources) -> anyhow::Result<()> {
    let pulled = sources
        .jma
        .iter()
        .flat_map(|jma| jma.feeds.iter().map(|feed| Origin { key: feed.key().to_owned(), mode: jma.mode, run: None }));
    let watched = sources.watch.iter().map(watch::WatchFolder::origin);
    let origins: Vec<Origin> = pulled.chain(watched).collect();
    let mut tx = app.store.write().await?;
    for origin in &origins {
        db::announce(&mut tx, &words::spec(origin)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Runs a task again when it panics; ends when it is told to stop.
async fn keep<F, T>(name: &'static str, mut stop: Stop, task: F)
where
    F: Fn() -> T,
    T: Future<Output = ()> + Send + 'static,
{
    while !stop.is_stopped() {
        let mut running = tokio::spawn(task());
        tokio::select! {
            ended = &mut running => {
                if let Err(error) = ended {
                    tracing::error!(task = name, %error, "the task {name} of the feeds ended by a fault and starts again");
                }
            }
            () = stop.stopped() => {
                // It heard the same signal. What it still holds after the patience is undone by the drop.
                if tokio::time::timeout(PATIENCE, &mut running).await.is_err() {
                    running.abort();
                }
                return;
            }
        }
        stop.pause(AGAIN).await;
    }
}

async fn keep_publishing(app: &App, mut stop: Stop) {
    let mut wake = app.store.wakes().subscribe(NEWS);
    let mut news = true;
    loop {
        if let Err(error) = publish::publish(app, news).await {
            tracing::error!(error = format!("{error:#}"), "publishing the sources failed");
        }
        if !stop.pause(BURST).await {
            return;
        }
        tokio::select! {
            woken = wake.wait(TICK) => news = woken,
            () = stop.stopped() => return,
        }
    }
}
