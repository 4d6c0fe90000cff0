//! The server: web app, API, feeds and background work in one process.

use http::App;
use store::{Stop, Stopper};
use tokio::task::JoinSet;

use crate::config::Config;
use crate::{compose, site};

/// A server that runs, and how to end it.
pub(crate) struct Running {
    pub(crate) app: App,
    stopper: Stopper,
    stop: Stop,
    background: JoinSet<()>,
    server: tokio::task::JoinHandle<anyhow::Result<()>>,
}

/// Runs until the process is asked to end.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    let store = compose::open_store(config).await?;
    store.migrate(&compose::schemas()).await?;
    let sources = compose::sources(config);
    let app = compose::app(config, store, &sources).await?;
    let running = start(config, app, &sources).await?;
    println!("mamori: {} (listening on {})", config.http.public_url, config.http.bind);
    running.until_asked().await
}

/// Starts the background work and the server on an application.
pub(crate) async fn start(
    config: &Config,
    app: App,
    sources: &std::sync::Arc<feeds::Sources>,
) -> anyhow::Result<Running> {
    let (stopper, stop) = Stop::new();
    // Before anything runs: a taken port is said at once.
    let listener = http::listen(&app.settings).await?;
    // Before anybody is let in: every page finds its document.
    alerts::prepare(&app).await?;
    places::prepare(&app).await?;
    maps::prepare(&app).await?;
    shelters::prepare(&app).await?;
    reception::prepare(&app).await?;
    if config.role == reception::Role::Centre {
        notices::prepare(&app).await?;
    }
    registry::prepare(&app).await?;
    site::publish(&app, &site::Names::of(config), None).await?;
    app.hot.refresh().await?;
    let background = compose::background(config, &app, sources, &stop)?;
    let server = tokio::spawn(http::serve(listener, compose::site(app.clone()), stop.clone()));
    Ok(Running { app, stopper, stop, background, server })
}

impl Running {
    /// Adds work that goes on until the server ends.
    pub(crate) fn beside<W: Future<Output = ()> + Send + 'static>(&mut self, work: impl FnOnce(Stop) -> W) {
        self.background.spawn(work(self.stop.clone()));
    }

    /// Waits for Ctrl-C or SIGTERM, or for the server to fail, then ends everything in order.
    pub(crate) async fn until_asked(mut self) -> anyhow::Result<()> {
        let failed = tokio::select! {
            result = &mut self.server => Some(result?),
            () = asked_to_end() => None,
        };
        self.stopper.stop();
        let result = match failed {
            Some(result) => result,
            None => self.server.await?,
        };
        while self.background.join_next().await.is_some() {}
        self.app.store.close().await;
        result
    }
}

async fn asked_to_end() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be heard; use Ctrl-C");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
