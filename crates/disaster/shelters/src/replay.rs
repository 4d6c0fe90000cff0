//! A past disaster played again: its openings and counts, at a chosen speed, always as a drill. The request only writes the
//! run down; background work carries it out, so that it stops with the server and only one process does it.

use std::collections::BTreeSet;
use std::time::Duration;

use http::{Actor, App, Problem};
use kernel::{Id, Mode, Stopwatch, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::{Conn, Stop, Tx};
use utoipa::ToSchema;

use crate::act::{self, About, Deed, LOCK};
use crate::db::{self, RunRow};
use crate::model::curve::{Act, What, acts};
use crate::model::history::{History, Track};
use crate::model::{Ask, Disaster, Headcount, State, Venue};
use crate::publish;

/// Slowest and fastest pace; a day each second is 86,400.
pub const SPEEDS: std::ops::RangeInclusive<f64> = 1.0..=1_000_000_000.0;
/// A process that gave no sign of life for this long has died.
const DEAD_AFTER: Duration = Duration::from_mins(1);
/// How often a run looks whether it is to stop.
const BEAT: Duration = Duration::from_millis(500);
/// The channel that is woken when a run was written down or is to stop.
const REPLAY: &str = "shelters-replay";
const REASON: &str = "過去の災害の記録の再生";

/// Marks the ids of runs (再生).
#[derive(Debug)]
pub struct Run;

/// A replay as shown to staff (再生の状態).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ShelterReplayStatus)]
pub struct Status {
    #[schema(value_type = String, format = Uuid)]
    pub id: Id<Run>,
    /// The past disaster.
    #[schema(value_type = String, format = Uuid)]
    pub history: Id<Disaster>,
    /// The drill that plays it.
    #[schema(value_type = String, format = Uuid)]
    pub disaster: Id<Disaster>,
    pub speed: f64,
    /// `waiting`, `running`, `stopping`, `finished`, `stopped` or `failed`.
    pub state: String,
    pub active: bool,
    pub total: i64,
    pub done: i64,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// Why a replay cannot be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StartRefusal {
    #[error("there is no history of this disaster")]
    NoHistory,
    #[error("the speed is out of range")]
    Speed,
    #[error("another replay is running")]
    Running,
}

impl From<RunRow> for Status {
    fn from(run: RunRow) -> Self {
        Self {
            id: run.id,
            history: run.history,
            disaster: run.disaster,
            speed: run.speed,
            active: run.ended_at.is_none(),
            state: run.state,
            total: run.total,
            done: run.done,
            started_at: run.started_at,
            ended_at: run.ended_at,
        }
    }
}

/// Starts a replay of an imported history, or says why not. What an earlier replay left open is closed first.
pub async fn start(
    app: &App,
    of: Id<Disaster>,
    speed: f64,
    actor: &Actor,
) -> anyhow::Result<Result<Status, StartRefusal>> {
    if !SPEEDS.contains(&speed) {
        return Ok(Err(StartRefusal::Speed));
    }
    app.store.retry(async || start_once(app, of, speed, actor).await).await
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

/// Asks the running replay to stop; `None` when none is running. What it opened stays as it is until the next one.
pub async fn stop(app: &App, actor: &Actor) -> anyhow::Result<Option<Status>> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let Some(run) = active(&mut tx, now).await? else { return Ok(None) };
    if db::stop_run(&mut tx, run.id).await? {
        let by = actor.label();
        let deed = Deed { command: app.ids.uuid(), by: &by, digest: "", at: now, now };
        act::record(&mut tx, deed, about("shelters.replay_stopped", &run), json!({ "run": run.id })).await?;
    }
    if run.state == "waiting" {
        // Nobody has begun it: it is over here and now.
        db::end_run(&mut tx, run.id, "stopped", 0, now).await?;
    }
    tx.wake_on_commit(REPLAY);
    tx.commit().await?;
    Ok(Some(Status { state: "stopping".to_owned(), ..run.into() }))
}

/// Carries out the replays that are written down, until told to stop.
pub(crate) async fn keep_running(app: &App, mut stop: Stop) {
    let mut wake = app.store.wakes().subscribe(REPLAY);
    while !stop.is_stopped() {
        match next(app).await {
            Ok(Some(run)) => {
                if let Err(error) = carry_out(app, &run, &mut stop).await {
                    tracing::error!(run = %run.id, error = format!("{error:#}"), "replay {} failed", run.id);
                    close(app, &run, "failed", run.done).await;
                }
            }
            Ok(None) => {
                tokio::select! {
                    _ = wake.wait(Duration::from_secs(2)) => {}
                    () = stop.stopped() => return,
                }
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "shelters: looking for replays failed");
                stop.pause(Duration::from_secs(2)).await;
            }
        }
    }
}

/// Closes every shelter of a disaster, each by the steps that the rules allow; gives the municipalities concerned.
pub(crate) async fn close_all(
    app: &App,
    tx: &mut Tx,
    disaster: &Disaster,
    reason: &str,
    by: &str,
    now: Timestamp,
) -> anyhow::Result<BTreeSet<String>> {
    let mut touched = BTreeSet::new();
    for opening in db::active_in(tx, disaster.id).await? {
        let way: &[State] =
            if opening.state.takes_people() { &[State::Closing, State::Closed] } else { &[State::Closed] };
        for state in way {
            let ask = Ask { state: *state, reason: reason.to_owned(), note: None, instead: None };
            let deed = Deed { command: app.ids.uuid(), by, digest: "", at: now, now };
            act::take_step(tx, deed, disaster, opening.venue.clone(), ask).await?;
        }
        touched.insert(opening.venue.municipality);
    }
    Ok(touched)
}

async fn start_once(
    app: &App,
    of: Id<Disaster>,
    speed: f64,
    actor: &Actor,
) -> anyhow::Result<Result<Status, StartRefusal>> {
    let (now, by) = (app.clock.now(), actor.label());
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let past = db::disaster(&mut tx, of).await?.filter(|disaster| disaster.past);
    let history = db::history_of(&mut tx, of).await?;
    let (Some(past), Some(history)) = (past, history) else { return Ok(Err(StartRefusal::NoHistory)) };
    if active(&mut tx, now).await?.is_some() {
        return Ok(Err(StartRefusal::Running));
    }
    let mut touched = clear_earlier(app, &mut tx, &by, now).await?;
    touched.extend(past.municipalities.iter().cloned());
    let disaster = Disaster { id: app.ids.next(), until: None, past: false, replay_of: Some(past.id), ..past };
    let deed = |command| Deed { command, by: &by, digest: "", at: now, now };
    act::keep_disaster(&mut tx, deed(app.ids.uuid()), &disaster).await?;
    let run = RunRow {
        id: app.ids.next(),
        history: of,
        disaster: disaster.id,
        speed,
        state: "waiting".to_owned(),
        total: i64::try_from(acts(&history).len()).unwrap_or(i64::MAX),
        done: 0,
        actor: by.clone(),
        started_at: now,
        ended_at: None,
    };
    db::insert_run(&mut tx, &run).await?;
    let body = json!({ "run": run.id, "history": of, "speed": speed, "steps": run.total });
    act::record(&mut tx, deed(app.ids.uuid()), about("shelters.replay_started", &run), body).await?;
    publish::refresh(&mut tx, Mode::Drill, &touched, now).await?;
    tx.wake_on_commit(REPLAY);
    tx.commit().await?;
    Ok(Ok(run.into()))
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

async fn carry_out(app: &App, run: &RunRow, stop: &mut Stop) -> anyhow::Result<()> {
    let mut conn = app.store.read().await?;
    let history = db::history_of(&mut conn, run.history).await?.unwrap_or_default();
    drop(conn);
    let all = acts(&history);
    let watch = Stopwatch::start();
    let mut wake = app.store.wakes().subscribe(REPLAY);
    let mut done = 0;
    // One transaction for everything that happened at one moment.
    for moment in all.chunk_by(|a, b| a.at == b.at) {
        let due = moment[0].after.div_f64(run.speed);
        loop {
            if stop.is_stopped() || beat(app, run, done).await? != "running" {
                close(app, run, "stopped", done).await;
                return Ok(());
            }
            let Some(rest) = due.checked_sub(watch.elapsed()).filter(|rest| !rest.is_zero()) else { break };
            tokio::select! {
                _ = wake.wait(rest.min(BEAT)) => {}
                () = stop.stopped() => {}
            }
        }
        app.store.retry(async || play(app, run, &history, moment).await).await?;
        done += i64::try_from(moment.len()).unwrap_or(0);
    }
    close(app, run, "finished", done).await;
    Ok(())
}

/// Does everything of one moment, in the drill's own time.
async fn play(app: &App, run: &RunRow, history: &History, moment: &[Act]) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let disaster = db::disaster(&mut tx, run.disaster).await?.filter(Disaster::is_running);
    let Some(disaster) = disaster else {
        // Staff ended it meanwhile: nothing is played into what is over.
        db::stop_run(&mut tx, run.id).await?;
        tx.commit().await?;
        return Ok(());
    };
    for act in moment {
        let Some(track) = history.tracks.get(act.track) else { continue };
        let deed = Deed { command: app.ids.uuid(), by: "system", digest: "", at: act.at, now };
        match act.what {
            What::Step(state) => {
                let ask = Ask { state, reason: REASON.to_owned(), note: None, instead: None };
                act::take_step(&mut tx, deed, &disaster, venue(track, &disaster), ask).await?;
            }
            What::Count { persons, households } => {
                let count = Headcount { persons, households, counted_at: act.at, by: "system".to_owned() };
                act::take_count(&mut tx, deed, &disaster, track.facility, count).await?;
            }
        }
    }
    let touched = disaster.municipalities.iter().cloned().collect();
    publish::refresh(&mut tx, Mode::Drill, &touched, now).await?;
    tx.commit().await?;
    Ok(())
}

fn venue(track: &Track, disaster: &Disaster) -> Venue {
    Venue {
        facility: track.facility,
        name: track.name.clone(),
        municipality: disaster.municipalities.first().cloned().unwrap_or_default(),
        address: track.address.clone(),
        point: track.point,
        listed: track.listed,
        floor_m2: None,
        suitability: Vec::new(),
        adhoc: track.adhoc,
    }
}

/// Closes what an earlier replay left open; gives the municipalities concerned.
async fn clear_earlier(app: &App, tx: &mut Tx, by: &str, now: Timestamp) -> anyhow::Result<BTreeSet<String>> {
    let mut touched = BTreeSet::new();
    for disaster in db::running(tx, Mode::Drill).await?.iter().filter(|disaster| disaster.replay_of.is_some()) {
        close_all(app, tx, disaster, REASON, by, now).await?;
        let over = Disaster { until: Some(now), ..disaster.clone() };
        let deed = Deed { command: app.ids.uuid(), by, digest: "", at: now, now };
        act::keep_disaster(tx, deed, &over).await?;
        touched.extend(disaster.municipalities.iter().cloned());
    }
    Ok(touched)
}

/// Writes down how far a run is, and hears how it is to go on.
async fn beat(app: &App, run: &RunRow, done: i64) -> anyhow::Result<String> {
    let mut tx = app.store.write().await?;
    let state = db::beat_run(&mut tx, run.id, done, app.clock.now()).await?;
    tx.commit().await?;
    Ok(state)
}

async fn close(app: &App, run: &RunRow, state: &str, done: i64) {
    if let Err(error) = try_close(app, run, state, done).await {
        tracing::error!(run = %run.id, error = format!("{error:#}"), "replay {} could not be closed", run.id);
    }
}

async fn try_close(app: &App, run: &RunRow, state: &str, done: i64) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if db::end_run(&mut tx, run.id, state, done, now).await? {
        let deed = Deed { command: app.ids.uuid(), by: "system", digest: "", at: now, now };
        let body = json!({ "run": run.id, "state": state, "done": done });
        act::record(&mut tx, deed, about("shelters.replay_ended", run), body).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn active(conn: &mut Conn, now: Timestamp) -> store::Result<Option<RunRow>> {
    db::active_run(conn, now.minus(DEAD_AFTER)).await
}

fn about(kind: &'static str, run: &RunRow) -> About {
    About { kind, disaster: run.disaster, facility: None, area: None, mode: Mode::Drill }
}

impl From<StartRefusal> for Problem {
    fn from(refused: StartRefusal) -> Self {
        match refused {
            StartRefusal::NoHistory => Self::invalid(
                "history",
                "この災害の記録は取り込まれていません。一覧から選んでください。",
                "No history of this disaster was imported. Choose one of the list.",
            ),
            StartRefusal::Speed => {
                Self::invalid("speed", "速さは1倍から10億倍までです。", "The speed is between 1 and 1,000,000,000.")
            }
            StartRefusal::Running => Self::conflict(
                "replay-running",
                "ほかの再生が続いています。止めてから始めてください。",
                "Another replay is running. Stop it first.",
            ),
        }
    }
}
