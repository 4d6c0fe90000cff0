//! Starting, carrying out and ending a replay. The request only writes the run down; background work carries it out, so
//! that it stops with the server and only one process does it.

use std::time::Duration;

use http::{Actor, App};
use kernel::{Id, Mode, Stopwatch, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::journal::{self, Body, NewEntry};
use store::{Conn, Stop};
use utoipa::ToSchema;

use super::{SPEEDS, Scenario};
use crate::db::{self, RunRow};
use crate::ingest::ingest;
use crate::model::{Origin, ReplayRun};
use crate::sources::Sources;
use crate::words;

/// A replay as shown to staff (再生の状態).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ReplayStatus)]
pub struct Status {
    #[schema(value_type = String, format = Uuid)]
    pub id: Id<ReplayRun>,
    pub scenario: String,
    pub speed: f64,
    /// `waiting`, `running`, `stopping`, `finished`, `stopped` or `failed`.
    pub state: String,
    /// Whether it is still going on.
    pub active: bool,
    pub total: i64,
    pub sent: i64,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl From<RunRow> for Status {
    fn from(run: RunRow) -> Self {
        Self {
            id: run.id,
            scenario: run.scenario,
            speed: run.speed,
            active: run.ended_at.is_none(),
            state: run.state,
            total: run.total,
            sent: run.sent,
            started_at: run.started_at,
            ended_at: run.ended_at,
        }
    }
}

/// Why a replay cannot be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StartRefusal {
    #[error("there is no scenario of this name")]
    UnknownScenario,
    #[error("the speed is out of range")]
    Speed,
    #[error("the scenario holds no telegrams")]
    Empty,
    #[error("the folder of the scenario cannot be read")]
    Unreadable,
    #[error("another replay is running")]
    Running,
}

/// What came of an attempt to start.
pub(crate) type Started = anyhow::Result<Result<Status, StartRefusal>>;

/// A process that gave no sign of life for this long has died.
const DEAD_AFTER: Duration = Duration::from_mins(1);
/// How often a run looks whether it is to stop.
const BEAT: Duration = Duration::from_millis(500);
/// The channel that is woken when a run was written down or is to stop.
const REPLAY: &str = "feeds-replay";

/// Starts a replay of a scenario the server knows, as the program itself (the demo): staff go through the API.
pub async fn start(app: &App, sources: &Sources, scenario: &str, speed: f64) -> anyhow::Result<Status> {
    Ok(outcome_of_start(app, sources, scenario, speed, &Actor::system()).await??)
}

/// Starts a replay, or says why not.
pub(crate) async fn outcome_of_start(
    app: &App,
    sources: &Sources,
    scenario: &str,
    speed: f64,
    actor: &Actor,
) -> Started {
    if !SPEEDS.contains(&speed) {
        return Ok(Err(StartRefusal::Speed));
    }
    let total = match find(sources, scenario).await {
        Ok(found) if found.telegrams.is_empty() => return Ok(Err(StartRefusal::Empty)),
        Ok(found) => found.telegrams.len(),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    tx.lock("feeds-replay").await?;
    if active(&mut tx, now).await?.is_some() {
        return Ok(Err(StartRefusal::Running));
    }
    let run = RunRow {
        id: app.ids.next(),
        scenario: scenario.to_owned(),
        speed,
        state: "waiting".to_owned(),
        total: i64::try_from(total).unwrap_or(i64::MAX),
        sent: 0,
        actor: actor.label(),
        started_at: now,
        ended_at: None,
    };
    db::insert_run(&mut tx, &run).await?;
    let body = json!({ "scenario": run.scenario, "speed": run.speed, "telegrams": run.total });
    journal::record(&mut tx, entry(app, crate::REPLAY_STARTED, &run, actor.label(), body, now), now).await?;
    tx.wake_on_commit(REPLAY);
    tx.commit().await?;
    Ok(Ok(run.into()))
}

/// The replay that is going on, or the last one.
pub async fn status(app: &App) -> anyhow::Result<Option<Status>> {
    let mut conn = app.store.read().await?;
    if let Some(run) = active(&mut conn, app.clock.now()).await? {
        return Ok(Some(run.into()));
    }
    let last = db::newest_run(&mut conn).await?;
    Ok(last.map(|run| {
        let dead = run.ended_at.is_none();
        let status = Status::from(run);
        if dead { Status { state: "failed".to_owned(), active: false, ..status } } else { status }
    }))
}

/// Asks the running replay to stop; gives it, or `None` when none is running. Who asked is recorded.
pub async fn end(app: &App, actor: &Actor) -> anyhow::Result<Option<Status>> {
    let mut tx = app.store.write().await?;
    let Some(run) = active(&mut tx, app.clock.now()).await? else {
        return Ok(None);
    };
    let now = app.clock.now();
    if db::stop_run(&mut tx, run.id).await? {
        let entry = entry(app, crate::REPLAY_STOPPED, &run, actor.label(), json!({}), now);
        journal::record(&mut tx, entry, now).await?;
    }
    if run.state == "waiting" {
        // Nobody has begun it: it is over here and now.
        db::end_run(&mut tx, run.id, "stopped", 0, now).await?;
    }
    tx.wake_on_commit(REPLAY);
    tx.commit().await?;
    Ok(Some(Status { state: "stopping".to_owned(), ..run.into() }))
}

/// Carries out the replays that are written down, until it is told to stop.
pub(crate) async fn keep_running(app: &App, sources: &Sources, mut stop: Stop) {
    let mut wake = app.store.wakes().subscribe(REPLAY);
    while !stop.is_stopped() {
        match next(app).await {
            Ok(Some(run)) => {
                if let Err(error) = carry_out(app, sources, &run, &mut stop).await {
                    tracing::error!(run = %run.id, error = format!("{error:#}"), "replay {} failed", run.id);
                    close(app, &run, "failed", run.sent).await;
                }
            }
            Ok(None) => {
                tokio::select! {
                    _ = wake.wait(Duration::from_secs(2)) => {}
                    () = stop.stopped() => return,
                }
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "looking for replays failed");
                stop.pause(Duration::from_secs(2)).await;
            }
        }
    }
}

async fn next(app: &App) -> anyhow::Result<Option<RunRow>> {
    let now = app.clock.now();
    let mut conn = app.store.read().await?;
    let newest = db::newest_run(&mut conn).await?;
    drop(conn);
    if newest.is_none_or(|run| run.ended_at.is_some()) {
        return Ok(None);
    }
    let mut tx = app.store.write().await?;
    db::bury_runs(&mut tx, now.minus(DEAD_AFTER), now).await?;
    let run = db::claim_run(&mut tx, now).await?;
    tx.commit().await?;
    Ok(run)
}

async fn carry_out(app: &App, sources: &Sources, run: &RunRow, stop: &mut Stop) -> anyhow::Result<()> {
    let scenario = find(sources, &run.scenario).await?;
    let origin = Origin { key: words::REPLAY.to_owned(), mode: Mode::Drill, run: Some(run.id) };
    let watch = Stopwatch::start();
    let mut beat = Beat { wake: app.store.wakes().subscribe(REPLAY), last: None };
    let mut sent = 0;
    for timed in scenario.telegrams.iter() {
        let due = timed.at.div_f64(run.speed);
        while let Some(rest) = due.checked_sub(watch.elapsed()).filter(|rest| !rest.is_zero()) {
            if stop.is_stopped() || beat.asked_to_stop(app, run, sent).await? {
                close(app, run, "stopped", sent).await;
                return Ok(());
            }
            tokio::select! {
                _ = beat.wake.wait(rest.min(BEAT)) => beat.last = None,
                () = stop.stopped() => {}
            }
        }
        if stop.is_stopped() || beat.asked_to_stop(app, run, sent).await? {
            close(app, run, "stopped", sent).await;
            return Ok(());
        }
        let source = timed.clone();
        match tokio::task::spawn_blocking(move || source.bytes()).await? {
            Ok(bytes) => {
                ingest(app, &origin, &bytes, Some(&timed.name)).await?;
                sent += 1;
            }
            Err(error) => tracing::warn!(%error, "a file of the replay could not be read"),
        }
    }
    close(app, run, "finished", sent).await;
    Ok(())
}

/// Writes down how far a run is, and hears whether it is to stop, at most every [`BEAT`].
struct Beat {
    wake: store::Wake,
    last: Option<Stopwatch>,
}

impl Beat {
    async fn asked_to_stop(&mut self, app: &App, run: &RunRow, sent: i64) -> anyhow::Result<bool> {
        if self.last.is_some_and(|last| last.elapsed() < BEAT) {
            return Ok(false);
        }
        self.last = Some(Stopwatch::start());
        let mut tx = app.store.write().await?;
        let state = db::beat_run(&mut tx, run.id, sent, app.clock.now()).await?;
        tx.commit().await?;
        Ok(state != "running")
    }
}

async fn close(app: &App, run: &RunRow, state: &str, sent: i64) {
    if let Err(error) = try_close(app, run, state, sent).await {
        tracing::error!(run = %run.id, error = format!("{error:#}"), "replay {} could not be closed", run.id);
    }
}

async fn try_close(app: &App, run: &RunRow, state: &str, sent: i64) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if db::end_run(&mut tx, run.id, state, sent, now).await? {
        let body = json!({ "state": state, "sent": sent });
        let entry = entry(app, crate::REPLAY_ENDED, run, Actor::system().label(), body, now);
        journal::record(&mut tx, entry, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn active(conn: &mut Conn, now: Timestamp) -> store::Result<Option<RunRow>> {
    db::active_run(conn, now.minus(DEAD_AFTER)).await
}

async fn find(sources: &Sources, name: &str) -> Result<Scenario, StartRefusal> {
    if let Some(scenario) = sources.scenarios.iter().find(|scenario| scenario.name == name) {
        return Ok(scenario.clone());
    }
    let folder = sources.replay_folders.get(name).cloned().ok_or(StartRefusal::UnknownScenario)?;
    let name = name.to_owned();
    let found = tokio::task::spawn_blocking(move || Scenario::folder(name, &folder)).await;
    found.ok().and_then(Result::ok).ok_or(StartRefusal::Unreadable)
}

fn entry(
    app: &App,
    kind: &'static str,
    run: &RunRow,
    actor: String,
    body: serde_json::Value,
    now: Timestamp,
) -> NewEntry {
    NewEntry {
        id: app.ids.next(),
        kind,
        subject: run.id.to_string(),
        area: None,
        mode: Mode::Drill,
        actor,
        device: None,
        occurred_at: now,
        body: Body::Open(body),
    }
}
