//! The document `site`: the name of this installation, and whether a drill is on.

use std::time::Duration;

use http::{App, hot};
use kernel::{Text, Timestamp};
use serde::Serialize;
use store::Stop;
use store::journal::Reader;

use crate::config::Config;
use crate::scenario;

/// How long one wait for news lasts at most.
const WAIT: Duration = Duration::from_secs(5);

/// What every page shows around its content (サイト情報).
#[derive(Debug, Clone, Serialize)]
struct Site {
    name: Text,
    /// The database was made by `mamori demo`.
    demo: bool,
    drill: Drill,
    /// Version of the program.
    version: &'static str,
}

/// A replay in progress (訓練の状態).
#[derive(Debug, Clone, Default, Serialize)]
struct Drill {
    active: bool,
    scenario: Option<Text>,
    since: Option<Timestamp>,
}

/// The name of this installation.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    name: Text,
    demo: bool,
}

impl Names {
    /// As the configuration says.
    pub(crate) fn of(config: &Config) -> Self {
        let name = Text::new(&config.site_name, &config.site_name, &config.site_name_en);
        Self { name, demo: config.demo }
    }
}

/// Publishes the document whenever a replay begins or ends.
pub(crate) async fn follow(app: App, names: Names, mut stop: Stop) -> anyhow::Result<()> {
    let mut reader = Reader::open(&app.store, "site").await?;
    loop {
        let entries = tokio::select! {
            () = stop.stopped() => return Ok(()),
            entries = reader.next(256, WAIT) => entries?,
        };
        let Some(last) = entries.last() else { continue };
        let concerns = |kind: &str| [feeds::REPLAY_STARTED, feeds::REPLAY_ENDED].contains(&kind);
        if entries.iter().any(|entry| concerns(&entry.kind)) {
            publish(&app, &names, Some((&reader, last.position))).await?;
        } else {
            let mut tx = app.store.write().await?;
            reader.advance(&mut tx, last.position).await?;
            tx.commit().await?;
        }
    }
}

/// Publishes the document as things stand, and moves the cursor of whoever followed the journal to here.
pub(crate) async fn publish(app: &App, names: &Names, read: Option<(&Reader, i64)>) -> anyhow::Result<()> {
    let replay = feeds::sources::replay::status(app).await?.filter(|replay| replay.active);
    let drill = replay.map_or_else(Drill::default, |replay| Drill {
        active: true,
        scenario: Some(scenario::title(&replay.scenario)),
        since: Some(replay.started_at),
    });
    let site = Site { name: names.name.clone(), demo: names.demo, drill, version: env!("CARGO_PKG_VERSION") };
    let mut tx = app.store.write().await?;
    hot::publish(&mut tx, "site", &site, app.clock.now()).await?;
    if let Some((reader, position)) = read {
        reader.advance(&mut tx, position).await?;
    }
    tx.commit().await?;
    Ok(())
}
