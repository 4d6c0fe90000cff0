//! Filling the register from the journal, and following it.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::App;
use kernel::{Id, Mode, Timestamp};
use parking_lot::RwLock;
use serde_json::json;
use store::journal::{self, Body, Filter, NewEntry, SEQUENCED};
use store::{Stop, Wake};
use uuid::Uuid;

use super::Live;
use super::ties::{Said, tie};
use crate::event::Event;
use crate::fold::Register;
use crate::node::{Node, Role};
use crate::receipts::Signer;
use crate::sync::Stamp;
use crate::take::read_entry;
use crate::{db, devices};

/// Says that marks of nodes were kept.
const STAMPED: &str = "reception.stamped";
/// Entries read at once.
const PAGE: u32 = 1_000;
/// How long what others wrote may stay unseen. What this process wrote is shown at once.
const GATHER: Duration = Duration::from_millis(150);
/// The safety look, should a wake be lost.
const SAFETY_LOOK: Duration = Duration::from_secs(5);
/// The clock of the centre may have been this wrong when a disaster began.
const MARGIN: Duration = Duration::from_hours(24);

/// Finds out which node this is and fills the register. Before anybody is let in.
pub async fn prepare(app: &App) -> anyhow::Result<()> {
    let live = Live::of(app)?;
    let node = Node::find_or_make(app, live.role).await?;
    live.set_node(node);
    let _ = live.boot.id.set(app.ids.uuid());
    if live.signer.get().is_none() {
        let _ = live.signer.set(Signer::find_or_make(app, node).await?);
    }
    live.devices.load(app).await?;
    let (since, _) = know_disasters(app, &live).await?;
    let start = first_position(app, node, since).await?;
    live.position.store(start, Ordering::Release);
    catch_up(app).await?;
    load_stamps(app, &live).await?;
    live.following.store(true, Ordering::Release);
    Ok(())
}

/// Reads what the journal has that the register has not; answers how many entries that were.
pub async fn catch_up(app: &App) -> anyhow::Result<usize> {
    let live = Live::of(app)?;
    let mut read = 0;
    loop {
        let from = live.position.load(Ordering::Acquire);
        let entries = journal::entries_after(&app.store, from, &Filter::default(), PAGE).await?;
        let Some(last) = entries.last() else { return Ok(read) };
        let mut ended = false;
        {
            let mut fresh = live.boot.fresh.lock();
            for entry in &entries {
                fresh.remove(&entry.id.cast());
            }
        }
        stamp(app, &live, &entries).await?;
        let mut said = Said::default();
        for entry in &entries {
            if entry.kind == "reception.erased" {
                let kids: Vec<String> = serde_json::from_value(entry.open_body()["kids"].clone()).unwrap_or_default();
                live.keyring.forget(&kids);
            } else if entry.kind.starts_with("shelters.disaster_") {
                ended |= know_disasters(app, &live).await?.1;
            } else if entry.kind == STAMPED {
                show_stamped(app, &live, entry).await?;
            } else if entry.kind.starts_with("reception.") {
                show(&live, &live.register, entry);
                said.note(entry);
            }
        }
        tie(app, &live, &said).await?;
        read += entries.len();
        // Two who catch up at once read the same twice, which changes nothing; the position never goes back.
        live.position.fetch_max(last.position, Ordering::AcqRel);
        if ended {
            forget_ended(app, &live).await?;
        }
    }
}

/// Shows an entry that is an event and is not shown yet.
fn show(live: &Live, register: &RwLock<Register>, entry: &journal::Entry) {
    if register.read().hash_of(entry.id.cast()).is_some() {
        return;
    }
    if let Some((event, signed)) = read_entry(entry).filter(|(event, _)| !live.is_over(event.disaster)) {
        let hash = signed.hash();
        live.index.write().add(&event, hash);
        register.write().apply(&event, hash, &[]);
    }
}

/// Marks what this process took from devices with its place in the journal.
async fn stamp(app: &App, live: &Live, entries: &[journal::Entry]) -> anyhow::Result<()> {
    let (node, Some(boot)) = (live.node()?, live.boot.id.get()) else { return Ok(()) };
    let taken = {
        let mut waiting = live.boot.taken.lock();
        let of = |entry: &journal::Entry| Some((entry.id.cast(), entry.position, waiting.remove(&entry.id.cast())?));
        entries.iter().filter_map(of).collect::<Vec<(Id<Event>, _, _)>>()
    };
    if taken.is_empty() {
        return Ok(());
    }
    let stamps: Vec<(Id<Event>, Stamp)> = taken
        .into_iter()
        .map(|(event, position, (mono_ms, at))| {
            let stamp =
                Stamp { node: node.id, epoch: node.epoch, position, boot: *boot, mono_ms, wall_ms: at.millis() };
            (event, stamp)
        })
        .collect();
    live.show_stamps(&stamps);
    keep_stamps(app, node, &stamps).await
}

/// Keeps marks of nodes. At the centre an entry tells its other processes, which show them as they read it.
pub(crate) async fn keep_stamps(app: &App, node: Node, stamps: &[(Id<Event>, Stamp)]) -> anyhow::Result<()> {
    app.store
        .retry(async || {
            let mut tx = app.store.write().await?;
            let new = db::receipts::add_stamps(&mut tx, stamps).await? > 0;
            if new && node.role == Role::Centre {
                let events: BTreeSet<Id<Event>> = stamps.iter().map(|(event, _)| *event).collect();
                journal::record(&mut tx, stamped(app, node, &events), app.clock.now()).await?;
            }
            tx.commit().await?;
            anyhow::Ok(())
        })
        .await
}

fn stamped(app: &App, node: Node, events: &BTreeSet<Id<Event>>) -> NewEntry {
    NewEntry {
        id: Id::from_uuid(app.ids.uuid()),
        kind: STAMPED,
        subject: node.id.to_string(),
        area: None,
        mode: Mode::Live,
        actor: "system".to_owned(),
        device: None,
        occurred_at: app.clock.now(),
        body: Body::Open(json!({ "events": events })),
    }
}

/// Shows the marks that an entry speaks of, whichever process kept them.
async fn show_stamped(app: &App, live: &Live, entry: &journal::Entry) -> anyhow::Result<()> {
    if !live.following.load(Ordering::Acquire) {
        // At start all of them are read at once.
        return Ok(());
    }
    let mut events: Vec<Id<Event>> = serde_json::from_value(entry.open_body()["events"].clone()).unwrap_or_default();
    // Of a disaster that is over none is shown.
    live.ask(|register| events.retain(|event| register.hash_of(*event).is_some()));
    let mut conn = app.store.read().await?;
    let mut found = Vec::new();
    for event in events {
        found.extend(db::receipts::stamps_of(&mut conn, event).await?.into_iter().map(|stamp| (event, stamp)));
    }
    drop(conn);
    live.show_stamps(&found);
    Ok(())
}

/// Puts the stamps that are kept on the events that are shown.
async fn load_stamps(app: &App, live: &Live) -> anyhow::Result<()> {
    let (mut after, mut limit) = (Uuid::nil(), i64::from(PAGE));
    loop {
        let mut conn = app.store.read().await?;
        let stamps = db::receipts::stamps_after(&mut conn, after, limit).await?;
        drop(conn);
        let full = i64::try_from(stamps.len()).is_ok_and(|count| count == limit);
        let last = stamps.last().map(|(event, _)| *event);
        let shown: Vec<(Id<Event>, Stamp)> = live.ask(|register| {
            let whole = stamps.iter().filter(|(event, _)| !full || Some(*event) != last);
            whole.filter(|(event, _)| register.hash_of(*event).is_some()).copied().collect()
        });
        live.show_stamps(&shown);
        // The last event's stamps may have been cut: it is read again, alone if it has that many.
        match stamps.iter().rev().find(|(event, _)| Some(*event) != last) {
            _ if !full => return Ok(()),
            Some((event, _)) => after = event.uuid(),
            None => limit *= 2,
        }
    }
}

/// Makes the register anew without the disasters that are over.
async fn forget_ended(app: &App, live: &Live) -> anyhow::Result<()> {
    let (since, _) = know_disasters(app, live).await?;
    let mut from = first_position(app, live.node()?, since).await?;
    let fresh = RwLock::new(Register::default());
    loop {
        let entries = journal::entries_after(&app.store, from, &Filter::default(), PAGE).await?;
        let Some(last) = entries.last() else { break };
        from = last.position;
        entries.iter().filter(|entry| entry.kind.starts_with("reception.")).for_each(|entry| show(live, &fresh, entry));
    }
    *live.register.write() = fresh.into_inner();
    load_stamps(app, live).await?;
    // What was stored and shown meanwhile is read once more.
    live.position.store(from, Ordering::Release);
    Ok(())
}

/// Where the journal may first speak of what began at `since`. A kit's clock may have stood anywhere, so it reads
/// everything.
async fn first_position(app: &App, node: Node, since: Option<Timestamp>) -> anyhow::Result<i64> {
    match (node.role, since) {
        (Role::Centre, Some(since)) => position_at(app, since.minus(MARGIN)).await,
        (Role::Centre, None) => Ok(journal::head(&app.store).await?.0),
        (Role::Kit, _) => Ok(0),
    }
}

/// Follows the journal and the devices until told to stop.
pub(crate) async fn follow(app: App, mut stop: Stop) -> anyhow::Result<()> {
    let live = Live::of(&app)?;
    let mut entries = app.store.wakes().subscribe(SEQUENCED);
    let mut keys = app.store.wakes().subscribe(devices::CHANGED);
    let mut failing = false;
    let mut news = News::Everything;
    loop {
        match look(&app, &live, news).await {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                tracing::error!(
                    error = format!("{error:#}"),
                    "reception: the register does not follow the journal; trying again"
                );
            }
            Err(_) => {}
        }
        news = tokio::select! {
            news = gathered(&mut entries) => news,
            // A revoked device must not wait.
            true = keys.wait(SAFETY_LOOK) => News::Everything,
            () = stop.stopped() => return Ok(()),
        };
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Entries,
    Everything,
}

async fn look(app: &App, live: &Live, news: News) -> anyhow::Result<()> {
    if news == News::Everything {
        live.devices.load(app).await?;
    }
    catch_up(app).await.map(|_| ())
}

async fn gathered(entries: &mut Wake) -> News {
    if !entries.wait(SAFETY_LOOK).await {
        return News::Everything;
    }
    tokio::time::sleep(GATHER).await;
    News::Entries
}

/// Learns which disasters run; answers when the earliest began, and whether one that was known has ended.
pub(crate) async fn know_disasters(app: &App, live: &Live) -> anyhow::Result<(Option<Timestamp>, bool)> {
    let mut conn = app.store.read().await?;
    let known = shelters::reception::known(&mut conn).await?;
    drop(conn);
    let since = known.iter().filter(|disaster| disaster.is_running()).map(|disaster| disaster.since).min();
    let known: HashMap<_, _> =
        known.iter().map(|disaster| (disaster.id.uuid(), (disaster.mode, disaster.is_running()))).collect();
    let mut held = live.disasters.write();
    let ended = held.iter().any(|(id, (_, ran))| *ran && !known.get(id).is_some_and(|(_, runs)| *runs));
    *held = known;
    Ok((since, ended))
}

/// The position of the last entry that was recorded before `at`.
pub(crate) async fn position_at(app: &App, at: Timestamp) -> anyhow::Result<i64> {
    let (mut high, _) = journal::head(&app.store).await?;
    let mut low = 0;
    while low < high {
        let middle = low + (high - low) / 2;
        let next = journal::entries_after(&app.store, middle, &Filter::default(), 1).await?;
        match next.first() {
            Some(entry) if entry.recorded_at < at => low = entry.position,
            _ => high = middle,
        }
    }
    Ok(low)
}
