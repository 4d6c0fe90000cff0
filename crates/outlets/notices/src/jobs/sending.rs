//! Handing messages to the push services, a batch at a time, by any number of workers in any number of processes.
//!
//! A batch is claimed for a minute; whoever dies with it loses it to the next. A message that the push service had taken
//! before the death is then sent once more: the device knows it by its tag and receipt and shows it once, and the ledger has
//! one row for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use http::App;
use kernel::{Id, Mode, Timestamp};
use uuid::Uuid;

use super::sweep;
use crate::db::{self, Claimed, Fate};
use crate::install::{Live, Service, live};
use crate::model::subscription::Subscription;
use crate::model::{Variant, payload};
use crate::push::{Answer, Parcel, seal};
use crate::{record, subscribed};

const BATCH: i64 = 500;
/// Messages of one batch on their way at the same time.
const AT_ONCE: usize = 200;
/// Longer than a batch takes whose every message waits for an answer in vain.
const LEASE: Duration = Duration::from_mins(1);
const MOST_ATTEMPTS: i64 = 12;
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// A push service that fails so often in a row is left alone for a while, so that it does not hold up the others.
const FAILURES: u32 = 50;
const REST: Duration = Duration::from_secs(10);
/// One device that is asked to wait waits alone; so many in a row, and the push service itself is busy.
const WAITS: u32 = 5;
/// Push services remembered: their names come from devices.
const MOST_SERVICES: usize = 1_000;
const MINUTE: Duration = Duration::from_mins(1);

/// Claims and sends one batch; how many deliveries it held.
pub(super) async fn batch(app: &App) -> anyhow::Result<usize> {
    let live = live(app)?;
    let batch = app.ids.uuid();
    let claimed = app.store.retry(async || claim(app, batch).await).await?;
    if claimed.is_empty() {
        return Ok(0);
    }
    let words = wordings(app, &claimed).await?;
    let one = |delivery: Claimed| {
        let (live, words) = (&live, &words);
        async move {
            let fate = send(app, live, words, &delivery).await;
            (delivery, fate)
        }
    };
    let ended: Vec<(Claimed, Fate)> =
        futures_util::stream::iter(claimed).map(one).buffer_unordered(AT_ONCE).collect().await;
    for (_, fate) in &ended {
        metrics::counter!("notices_deliveries_total", "fate" => name(fate)).increment(1);
    }
    app.store.retry(async || note(app, batch, &ended).await).await?;
    Ok(ended.len())
}

async fn claim(app: &App, batch: Uuid) -> anyhow::Result<Vec<Claimed>> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if db::claim(&mut tx, batch, now.plus(LEASE), now, BATCH).await? == 0 {
        return Ok(Vec::new());
    }
    let claimed = db::claimed(&mut tx, batch).await?;
    tx.commit().await?;
    Ok(claimed)
}

type Wordings = HashMap<(Uuid, i64), Arc<Variant>>;

async fn wordings(app: &App, claimed: &[Claimed]) -> anyhow::Result<Wordings> {
    let mut conn = app.store.read().await?;
    let mut all = HashMap::new();
    for delivery in claimed {
        if !all.contains_key(&(delivery.notice, delivery.variant)) {
            for (number, _, variant) in db::variants(&mut conn, Id::from_uuid(delivery.notice)).await? {
                all.insert((delivery.notice, number), Arc::new(variant));
            }
        }
    }
    Ok(all)
}

async fn send(app: &App, live: &Live, words: &Wordings, delivery: &Claimed) -> Fate {
    let now = app.clock.now();
    if delivery.is_stopped() {
        return Fate::Stopped(None);
    }
    let expires_at = Timestamp::from(delivery.expires_at);
    if expires_at <= now {
        return Fate::Expired;
    }
    let (Some(service), Some(body)) = (&delivery.service, &delivery.body) else { return Fate::Gone("unsubscribed") };
    let Some(variant) = words.get(&(delivery.notice, delivery.variant)) else {
        return Fate::Failed("no-words".to_owned());
    };
    let Ok(subscription) = subscribed::open(app, delivery.subscription, body) else {
        return Fate::Failed("sealed-row-broken".to_owned());
    };
    if variant.said.mode() == Mode::Drill && !subscription.drills {
        return Fate::Stopped(Some("left-drills"));
    }
    if let Err(at) = take_turn(live, service, now) {
        return Fate::Again { at, counts: false, cause: "service-waits".to_owned() };
    }
    let parcel = match parcel(app, live, variant, delivery, &subscription, service).await {
        Ok(parcel) => parcel,
        Err(cause) => return Fate::Failed(cause.to_owned()),
    };
    let answer = live.client.send(parcel).await;
    settle(live, service, &answer, app.clock.now());
    match answer {
        Answer::Accepted => Fate::Accepted,
        Answer::Gone => Fate::Gone("push-service-says-gone"),
        Answer::Refused(cause) => Fate::Failed(cause),
        Answer::Wait(seconds) => {
            let at = app.clock.now().plus(Duration::from_secs(seconds));
            Fate::Again { at, counts: false, cause: "asked-to-wait".to_owned() }
        }
        Answer::Trouble(cause) if delivery.attempts >= MOST_ATTEMPTS => Fate::Failed(cause),
        Answer::Trouble(cause) => Fate::Again { at: app.clock.now().plus(pause(delivery)), counts: true, cause },
    }
}

async fn parcel(
    app: &App,
    live: &Live,
    variant: &Variant,
    delivery: &Claimed,
    subscription: &Subscription,
    service: &str,
) -> Result<Parcel, &'static str> {
    let now = app.clock.now();
    let (browser, auth) = subscription.push.keys().ok_or("bad-keys")?;
    let notice = Id::from_uuid(delivery.notice);
    let plain = payload(variant, notice, delivery.receipt, subscription.language);
    let body = seal(&browser, &auth, &plain).map_err(|_| "cannot-be-sealed")?;
    let signer = sweep::signer(app, &subscription.push.key).await.map_err(|_| "no-key")?;
    let token = live.tokens.get(&signer, service, &live.settings.contact, now).map_err(|_| "no-token")?;
    let left = Timestamp::from(delivery.expires_at).elapsed_since(now).as_secs().max(1);
    Ok(Parcel {
        endpoint: subscription.push.endpoint.clone(),
        authorization: token,
        ttl: left,
        urgent: variant.urgent,
        topic: variant.topic.clone(),
        body,
    })
}

/// A turn at a push service, or when to come again.
fn take_turn(live: &Live, service: &str, now: Timestamp) -> Result<(), Timestamp> {
    let mut services = live.services.lock();
    let per_minute = live.settings.per_minute.max(1);
    if services.len() > MOST_SERVICES {
        services.clear();
    }
    let held = services.entry(service.to_owned()).or_insert(Service {
        not_before: Timestamp::EPOCH,
        failures: 0,
        left: per_minute,
        minute: now,
    });
    if held.not_before > now {
        return Err(held.not_before);
    }
    // A clock that was set back begins a new minute too.
    if now.elapsed_since(held.minute) >= MINUTE || now < held.minute {
        (held.minute, held.left) = (now, per_minute);
    }
    if held.left == 0 {
        return Err(held.minute.plus(MINUTE));
    }
    held.left -= 1;
    Ok(())
}

/// Remembers how a push service is doing.
fn settle(live: &Live, service: &str, answer: &Answer, now: Timestamp) {
    let mut services = live.services.lock();
    let Some(held) = services.get_mut(service) else { return };
    let (most, rest) = match answer {
        Answer::Wait(seconds) => (WAITS, Duration::from_secs(*seconds).min(MINUTE)),
        Answer::Trouble(_) => (FAILURES, REST),
        Answer::Accepted | Answer::Gone | Answer::Refused(_) => {
            held.failures = 0;
            return;
        }
    };
    held.failures += 1;
    if held.failures >= most {
        held.failures = 0;
        held.not_before = now.plus(rest);
        tracing::warn!(service, ?answer, "notices: {service} fails again and again and is left alone for a while");
    }
}

/// 2, 4, 8, … seconds up to five minutes, spread by the receipt so that those who failed together do not come together.
fn pause(delivery: &Claimed) -> Duration {
    let exponent = u32::try_from(delivery.attempts.clamp(1, 10)).unwrap_or(10);
    let whole = Duration::from_secs(1 << exponent).min(LONGEST_PAUSE);
    let part = u32::from(delivery.receipt.as_bytes()[15]);
    whole / 2 + whole * part / 512
}

/// Writes what became of a batch, in one transaction.
async fn note(app: &App, batch: Uuid, ended: &[(Claimed, Fate)]) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    for (delivery, fate) in ended.iter().filter(|(_, fate)| *fate != Fate::Accepted) {
        let (Fate::Gone(why), Some(body)) = (fate, &delivery.body) else {
            db::finish(&mut tx, batch, delivery, fate, now).await?;
            continue;
        };
        let id = delivery.subscription;
        if db::delete_as_read(&mut tx, id, body).await? {
            db::move_gone(&mut tx, id, now).await?;
            record::subscription(app, &mut tx, "notices.unsubscribed", id, why, now).await?;
        } else if db::subscription(&mut tx, id).await?.is_some() {
            // What is gone is where the device was; it has said since where it is.
            let again = Fate::Again { at: now, counts: false, cause: "moved".to_owned() };
            db::finish(&mut tx, batch, delivery, &again, now).await?;
            continue;
        }
        db::finish(&mut tx, batch, delivery, fate, now).await?;
    }
    db::finish_rest(&mut tx, batch, now).await?;
    tx.commit().await?;
    Ok(())
}

fn name(fate: &Fate) -> &'static str {
    match fate {
        Fate::Accepted => "accepted",
        Fate::Expired => "expired",
        Fate::Gone(_) => "gone",
        Fate::Failed(_) => "failed",
        Fate::Stopped(_) => "stopped",
        Fate::Again { .. } => "again",
    }
}
