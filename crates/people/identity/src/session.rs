//! Sessions: from a cookie to the [`Actor`] of a request, and how one begins.

use anyhow::Context as _;
use axum::http::request::Parts;
use http::{Actor, App, Problem};
use kernel::{Id, Ids, Timestamp};
use store::{Conn, Tx};

use crate::db;
use crate::model::{self, Account, DEVICE_SESSION, Device, DeviceKey, Grant, Holder, Limits, Secret, Session};
use crate::record::{self, Happened};
use crate::settings::Settings;

/// What the cookie is for, see [`http::cookie`].
pub(crate) const COOKIE: &str = "session";

/// Who is asking: the hook of [`http::App`]. A cookie that is not, or no longer, good is nobody's.
pub async fn authenticate(app: &App, parts: &Parts) -> Result<Actor, Problem> {
    let Some(token) = http::cookie::read(&parts.headers, &app.settings, COOKIE).and_then(Secret::parse) else {
        return Ok(Actor::anonymous());
    };
    let now = app.clock.now();
    let mut conn = app.store.read().await.map_err(anyhow::Error::from)?;
    let Some(session) = db::session(&mut conn, &token).await? else {
        return Ok(Actor::anonymous());
    };
    if !session.live(now, Settings::of(app).limits()) {
        return Ok(Actor::anonymous());
    }
    let actor = actor(&mut conn, &session).await?;
    drop(conn);
    if session.worth_touching(now) {
        touch(app, &session, now).await;
    }
    Ok(actor)
}

/// The key that a device signs with; `None` for a device that is not registered here.
pub async fn device_key(conn: &mut Conn, device: Id<Device>) -> anyhow::Result<Option<DeviceKey>> {
    Ok(db::device(conn, device).await?.map(|device| device.key))
}

/// Makes a member of staff with these duties. For invitations, for the demo and for tests.
pub async fn create_account(
    tx: &mut Tx,
    by: &Actor,
    account: &Account,
    grants: &[Grant],
    ids: &Ids,
) -> anyhow::Result<()> {
    let now = account.created_at;
    db::insert_account(tx, account).await?;
    record::record(tx, by, ids, now, Happened::new(record::REGISTERED, account.id)).await?;
    for grant in grants {
        db::insert_grant(tx, account.id, grant, &by.label(), now).await?;
        record::record(tx, by, ids, now, Happened::duty(record::DUTY_GRANTED, account.id, grant)).await?;
    }
    Ok(())
}

/// Begins a session: the secret is for the cookie and is kept nowhere.
pub async fn open_session(
    tx: &mut Tx,
    holder: Holder,
    limits: Limits,
    ids: &Ids,
    now: Timestamp,
) -> anyhow::Result<(Session, Secret)> {
    let mut bytes = [0; 32];
    ids.fill(&mut bytes);
    let token = Secret::from_bytes(bytes);
    let ends_at = match holder {
        Holder::Staff(_) => now.plus(limits.absolute),
        Holder::Device(_) => now.plus(DEVICE_SESSION),
    };
    let session = Session { id: ids.next(), holder, created_at: now, seen_at: now, ends_at };
    db::forget_ended(tx, now).await?;
    db::insert_session(tx, &session, &token).await?;
    let (kind, actor) = match holder {
        Holder::Staff(account) => {
            (record::SIGNED_IN, Actor::staff(account.uuid(), Vec::new(), Some(session.id.uuid())))
        }
        Holder::Device(device) => (record::DEVICE_SIGNED_IN, Actor::device(device.uuid(), Some(session.id.uuid()))),
    };
    record::record(tx, &actor, ids, now, Happened::new(kind, session.id)).await?;
    Ok((session, token))
}

/// Ends the session that a request came with, before it gets another one.
pub(crate) async fn replace(tx: &mut Tx, actor: &Actor, ids: &Ids, now: Timestamp) -> anyhow::Result<()> {
    let Some(old) = actor.session else { return Ok(()) };
    if db::delete_session(tx, old.into()).await? {
        record::record(tx, actor, ids, now, Happened::new(record::SIGNED_OUT, old)).await?;
    }
    Ok(())
}

/// The duties of the asking administrator as they are inside this transaction, and the right to use them:
/// a duty taken away a moment ago is gone here too. Everybody who changes duties waits here for the others.
pub(crate) async fn administrator(tx: &mut Tx, actor: &Actor) -> Result<(Id<Account>, Vec<Grant>), Problem> {
    let id: Id<Account> = actor.require_staff()?.into();
    tx.lock("identity.duties").await.map_err(anyhow::Error::from)?;
    let account = db::account(tx, id).await?.context("a session's account exists")?;
    let grants = db::grants(tx, id).await?;
    if account.suspended_at.is_some() || !grants.iter().any(|g| g.duty == http::Duty::Administrator) {
        return Err(Problem::forbidden());
    }
    Ok((id, grants))
}

async fn actor(conn: &mut Conn, session: &Session) -> anyhow::Result<Actor> {
    let id = Some(session.id.uuid());
    let account = match session.holder {
        Holder::Device(device) => return Ok(Actor::device(device.uuid(), id)),
        Holder::Staff(account) => account,
    };
    let Some(known) = db::account(conn, account).await?.filter(|a| a.suspended_at.is_none()) else {
        return Ok(Actor::anonymous());
    };
    let duties = db::grants(conn, known.id).await?.into_iter().map(|g| (g.duty, g.area)).collect();
    Ok(Actor::staff(known.id.uuid(), duties, id))
}

/// Puts the idle limit off. A failure is no reason to refuse the request: the limit then simply comes earlier.
async fn touch(app: &App, session: &Session, now: Timestamp) {
    let written: anyhow::Result<()> = async {
        let mut tx = app.store.write().await?;
        db::touch_session(&mut tx, session.id, now).await?;
        tx.commit().await?;
        Ok(())
    }
    .await;
    if let Err(error) = written {
        tracing::warn!(session = %session.id, %error, "the last use of session {} was not written", session.id);
    }
}

pub(crate) fn grants_of(actor: &Actor) -> Vec<model::Grant> {
    match &actor.kind {
        http::ActorKind::Staff { duties, .. } => {
            duties.iter().map(|(duty, area)| Grant { duty: *duty, area: area.clone() }).collect()
        }
        _ => Vec::new(),
    }
}
