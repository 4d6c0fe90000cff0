//! From the journal of the alerts to notices that nobody has to write.

use std::collections::{BTreeMap, BTreeSet};

use http::{Actor, App};
use kernel::{CodeType, Mode, Timestamp};
use store::Tx;
use store::journal::{Entry, Reader};

use super::{CHANNEL, queue_relays};
use crate::model::events::{self, Occasion, Signal, Slots};
use crate::model::index::codes;
use crate::model::notice::{Audience, Notice, State};
use crate::model::{compose, for_all};
use crate::{db, publish, record};

const LOCK: &str = "notices";

/// Handles entries and moves the cursor, all in one transaction.
pub(super) async fn step(app: &App, reader: &Reader, entries: &[Entry]) -> anyhow::Result<()> {
    let Some(last) = entries.last().map(|entry| entry.position) else { return Ok(()) };
    app.store
        .retry(async || {
            let now = app.clock.now();
            let mut tx = app.store.write().await?;
            tx.lock(LOCK).await?;
            let made = take(app, &mut tx, entries, now).await?;
            for mode in [Mode::Live, Mode::Drill] {
                if made.contains(&mode) {
                    publish::refresh(&mut tx, mode, now).await?;
                }
            }
            reader.advance(&mut tx, last).await?;
            tx.commit().await?;
            anyhow::Ok(())
        })
        .await
}

/// Answers in which modes notices were made.
async fn take(app: &App, tx: &mut Tx, entries: &[Entry], now: Timestamp) -> anyhow::Result<BTreeSet<Mode>> {
    let mut waiting: BTreeMap<Mode, Vec<Signal>> = BTreeMap::new();
    let mut made = BTreeSet::new();
    for entry in entries {
        if events::resets(&entry.kind) {
            // What came before the reset is told before it.
            let before = waiting.remove(&Mode::Drill).unwrap_or_default();
            tell(app, tx, Mode::Drill, &before, now, &mut made).await?;
            db::clear_events(tx, Mode::Drill).await?;
            continue;
        }
        let body = entry.open_body();
        let at = entry.recorded_at;
        let of_mode = waiting.entry(entry.mode).or_default();
        of_mode.extend(events::signals(&entry.kind, &entry.subject, entry.mode, at, &body));
        if let Some(area) = entry.area.as_ref().filter(|area| area.kind == CodeType::Municipality) {
            of_mode.extend(events::order(&entry.kind, &entry.subject, area.code(), entry.mode, at, &body));
        }
    }
    for (mode, signals) in waiting {
        tell(app, tx, mode, &signals, now, &mut made).await?;
    }
    Ok(made)
}

/// Folds signals into their events and makes a notice of each occasion.
async fn tell(
    app: &App,
    tx: &mut Tx,
    mode: Mode,
    signals: &[Signal],
    now: Timestamp,
    made: &mut BTreeSet<Mode>,
) -> anyhow::Result<()> {
    let names: BTreeSet<&String> = signals.iter().map(|signal| &signal.event).collect();
    let mut events: BTreeMap<String, Slots> = BTreeMap::new();
    for name in names {
        events.insert(name.clone(), db::slots(tx, mode, name).await?);
    }
    let before = events.clone();
    let occasions = events::fold(&mut events, signals);
    for (name, slots) in &events {
        if before.get(name) != Some(slots) {
            db::put_slots(tx, mode, name, slots, now).await?;
        }
    }
    for mut occasion in occasions {
        occasion.moved.retain(events::Moved::is_worth_telling);
        let at = signals.iter().filter(|signal| signal.cause == occasion.cause).map(|signal| signal.at).max();
        if let Some(notice) = notice_of(app, mode, occasion, at.unwrap_or(now), now) {
            db::insert_notice(tx, &notice).await?;
            queue_relays(app, tx, &notice, now).await?;
            let body = record::about(&notice);
            record::notice(tx, "notices.issued", &notice, &Actor::system().label(), notice.id.uuid(), body, now)
                .await?;
            tx.wake_on_commit(CHANNEL);
            made.insert(mode);
        }
    }
    Ok(())
}

/// `None` when there is nothing to tell, or its time is over: after an outage nobody hears of yesterday's quake.
fn notice_of(app: &App, mode: Mode, occasion: Occasion, at: Timestamp, now: Timestamp) -> Option<Notice> {
    if occasion.moved.is_empty() {
        return None;
    }
    let variant = match compose(mode, &occasion, &for_all(&occasion), now) {
        Ok(variant) => variant,
        Err(wordless) => {
            // To try again would hold up everything that comes after it.
            let (cause, why) = (&occasion.cause, wordless.to_string());
            tracing::error!(cause, why, "notices: an occasion cannot be put into words and is left out");
            metrics::counter!("notices_wordless_total", "mode" => mode.as_str()).increment(1);
            return None;
        }
    };
    let expires_at = at.plus(variant.kind.lifetime());
    if expires_at <= now {
        tracing::warn!(cause = occasion.cause, kind = variant.kind.as_str(), "notices: too old to be told");
        return None;
    }
    metrics::counter!("notices_issued_total", "kind" => variant.kind.as_str(), "mode" => mode.as_str()).increment(1);
    let towns = occasion.moved.iter().fold(0, |all, moved| all | moved.towns);
    Some(Notice {
        id: app.ids.next(),
        kind: variant.kind,
        state: State::Released,
        said: variant.said,
        audience: Audience::Occasion(occasion),
        template: String::new(),
        urgent: variant.urgent,
        municipalities: codes(towns),
        writer: Actor::system().label(),
        made_at: now,
        submitted_at: None,
        decider: None,
        released_at: Some(at),
        ended_at: None,
        expires_at,
        follows: None,
    })
}
