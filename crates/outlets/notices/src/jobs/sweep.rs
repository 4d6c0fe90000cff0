//! What time alone changes, and our keys.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http::{Actor, App};
use kernel::{Id, Timestamp};
use sqlx::types::Json;
use store::Stop;

use crate::db::{self, StoredKey};
use crate::install::live;
use crate::model::notice::{self, Notice, State};
use crate::model::subscription::Kind;
use crate::push::Signer;
use crate::{publish, record};

const TICK: Duration = Duration::from_secs(1);
/// Every so many ticks what has long ended is forgotten.
const FORGET_EVERY: u32 = 3_600;
/// An event that ended so long ago does not come back as the same.
const REMEMBERED: Duration = Duration::from_hours(72);
const COLUMN: &str = "sealed";

/// Until told to stop.
pub(super) async fn beat(app: App, mut stop: Stop) {
    let mut count = 0_u32;
    while stop.pause(TICK).await {
        let mut done = once(&app).await;
        if done.is_ok() && count.is_multiple_of(FORGET_EVERY) {
            done = forget(&app).await;
        }
        count = count.wrapping_add(1);
        if let Err(error) = done {
            tracing::error!(error = format!("{error:#}"), "notices: the clock's work failed; trying again");
        }
    }
}

/// Ends what is over: deliveries past their time, notices that nobody released, notices whose every delivery has ended.
///
/// What was read to find them may be old by the time it is written, so each is read again under its lock: somebody may have
/// released, stopped or corrected it meanwhile, and that stands.
pub(super) async fn once(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut conn = app.store.read().await?;
    let overdue = db::has_overdue(&mut conn, now).await?;
    drop(conn);
    // Every second: so only when there is something to write does it take the writer's turn.
    if overdue {
        app.store.retry(async || expire(app, now).await).await?;
    }
    let mut conn = app.store.read().await?;
    let waiting = db::lapsing(&mut conn).await?;
    let settled = db::settled(&mut conn).await?;
    drop(conn);
    for notice in waiting.iter().filter(|waiting| notice::lapse(waiting, now).is_some()) {
        app.store.retry(async || lapse(app, notice.id, now).await).await?;
    }
    for notice in &settled {
        app.store.retry(async || settle(app, notice.id, now).await).await?;
    }
    Ok(())
}

async fn expire(app: &App, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = app.store.write().await?;
    db::expire_overdue(&mut tx, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn lapse(app: &App, id: Id<Notice>, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = app.store.write().await?;
    let held = db::notice_for_update(&mut tx, id).await?;
    let Some(lapsed) = held.and_then(|(Json(held), ..)| notice::lapse(&held, now)) else { return Ok(()) };
    db::put_notice(&mut tx, &lapsed, false).await?;
    let body = record::about(&lapsed);
    record::notice(&mut tx, "notices.expired", &lapsed, "system", app.ids.uuid(), body, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn settle(app: &App, id: Id<Notice>, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = app.store.write().await?;
    let Some((Json(held), true, _)) = db::notice_for_update(&mut tx, id).await? else { return Ok(()) };
    let sums = db::sums(&mut tx, id).await?;
    let open = sums.iter().any(|sum| matches!(sum.state.as_str(), "queued" | "sealed"));
    if open || !matches!(held.state, State::Released | State::Sending) {
        return Ok(());
    }
    let ended = Notice { state: State::Sent, ended_at: Some(now), ..held };
    db::put_notice(&mut tx, &ended, true).await?;
    record::notice(&mut tx, "notices.sent", &ended, "system", app.ids.uuid(), record::sums(&sums), now).await?;
    // Tests are on no list.
    if ended.kind != Kind::Test {
        publish::refresh(&mut tx, ended.mode(), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn forget(app: &App) -> anyhow::Result<()> {
    let before = app.clock.now().minus(REMEMBERED);
    let mut tx = app.store.write().await?;
    db::forget_told(&mut tx, before).await?;
    tx.commit().await?;
    Ok(())
}

/// Reads our keys, and makes the first one.
pub(crate) async fn keys(app: &App) -> anyhow::Result<()> {
    let mut conn = app.store.read().await?;
    let mut stored = db::keys(&mut conn).await?;
    drop(conn);
    if stored.is_empty() {
        stored = app.store.retry(async || first_key(app).await).await?;
    }
    let read = |key: &StoredKey| {
        let opened = app.crypter.open(StoredKey::TABLE, key.id, COLUMN, &key.sealed)?;
        Signer::read(&opened).map(Arc::new)
    };
    let signers: Vec<Arc<Signer>> = stored.iter().map(read).collect::<anyhow::Result<_>>()?;
    *live(app)?.signers.write() = signers;
    Ok(())
}

/// The key that a device subscribed with. One that another process made since is looked for.
pub(super) async fn signer(app: &App, public: &str) -> anyhow::Result<Arc<Signer>> {
    let live = live(app)?;
    let find = || live.signers.read().iter().find(|signer| signer.public() == public).cloned();
    if let Some(found) = find() {
        return Ok(found);
    }
    keys(app).await?;
    find().context("no such key")
}

async fn first_key(app: &App) -> anyhow::Result<Vec<StoredKey>> {
    let mut tx = app.store.write().await?;
    tx.lock("notices:key").await?;
    let there = db::keys(&mut tx).await?;
    if !there.is_empty() {
        return Ok(there);
    }
    let (id, now): (_, Timestamp) = (app.ids.uuid(), app.clock.now());
    let secret = Signer::fresh()?;
    let public = Signer::read(&secret)?.public().to_owned();
    let sealed = app.crypter.seal(StoredKey::TABLE, id, COLUMN, &secret)?;
    db::insert_key(&mut tx, id, &public, sealed, now).await?;
    let there = db::keys(&mut tx).await?;
    tx.commit().await?;
    tracing::info!(actor = Actor::system().label(), "notices: a key towards the push services was made");
    Ok(there)
}
