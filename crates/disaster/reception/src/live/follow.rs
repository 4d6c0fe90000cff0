//! Filling the register from the journal, and following it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::App;
use kernel::{Mode, Timestamp};
use parking_lot::Mutex;
use store::journal::{self, Filter, SEQUENCED};
use store::{Stop, Wake};

use super::{Book, Held, Live};
use crate::devices;
use crate::node::{Node, Role};
use crate::take::read_entry;

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
    live.devices.load(app).await?;
    let new = open_books(app, &live).await?;
    let start = match new.iter().map(|disaster| disaster.since).min() {
        Some(since) => first_position(app, node, since).await?,
        None => journal::head(&app.store).await?.0,
    };
    live.position.store(start, Ordering::Release);
    catch_up(app).await?;
    Ok(())
}

/// Learns of disasters that were declared or ended since the last look. What was written for a new one before this process
/// heard of it is shown too: a kit may know an event before its disaster.
pub(crate) async fn know_disasters(app: &App, live: &Live) -> anyhow::Result<()> {
    let new = open_books(app, live).await?;
    let Some(since) = new.iter().map(|disaster| disaster.since).min() else { return Ok(()) };
    let mut from = first_position(app, live.node()?, since).await?;
    let until = live.position.load(Ordering::Acquire);
    while from < until {
        let entries = journal::entries_after(&app.store, from, &Filter::default(), PAGE).await?;
        let Some(last) = entries.last() else { break };
        from = last.position;
        entries.iter().filter(|entry| entry.kind.starts_with("reception.")).for_each(|entry| show(live, entry));
    }
    Ok(())
}

/// Where the journal may first speak of a disaster. A kit's clock may have stood anywhere, so it reads everything.
async fn first_position(app: &App, node: Node, since: Timestamp) -> anyhow::Result<i64> {
    match node.role {
        Role::Centre => position_at(app, since.minus(MARGIN)).await,
        Role::Kit => Ok(0),
    }
}

/// Reads what the journal has that the register has not; answers how many entries that were.
pub async fn catch_up(app: &App) -> anyhow::Result<usize> {
    let live = Live::of(app)?;
    let mut read = 0;
    loop {
        let from = live.position.load(Ordering::Acquire);
        let entries = journal::entries_after(&app.store, from, &Filter::default(), PAGE).await?;
        let Some(last) = entries.last() else { return Ok(read) };
        let position = last.position;
        for entry in &entries {
            if entry.kind.starts_with("shelters.disaster_") {
                know_disasters(app, &live).await?;
            } else if entry.kind.starts_with("reception.") {
                show(&live, entry);
            }
        }
        read += entries.len();
        // Two who catch up at once read the same twice, which changes nothing; the position never goes back.
        live.position.fetch_max(position, Ordering::AcqRel);
    }
}

fn show(live: &Live, entry: &journal::Entry) {
    if live.books.read().values().any(|book| book.lock().held.contains_key(&entry.id.cast())) {
        return;
    }
    if let Some((event, signed)) = read_entry(entry) {
        let hash = signed.hash();
        live.apply(Held::new(event, hash));
    }
}

/// Follows the journal and the devices until told to stop.
pub async fn run(app: App, mut stop: Stop) -> anyhow::Result<()> {
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

/// Opens a book for each running disaster and closes those that are over; answers the new ones.
async fn open_books(app: &App, live: &Live) -> anyhow::Result<Vec<shelters::Disaster>> {
    let mut conn = app.store.read().await?;
    let mut running = shelters::reception::running(&mut conn, Mode::Live).await?;
    running.extend(shelters::reception::running(&mut conn, Mode::Drill).await?);
    drop(conn);
    let mut books = live.books.write();
    books.retain(|id, _| running.iter().any(|disaster| disaster.id.uuid() == *id));
    let new: Vec<_> = running.into_iter().filter(|disaster| !books.contains_key(&disaster.id.uuid())).collect();
    for disaster in &new {
        books.insert(disaster.id.uuid(), Arc::new(Mutex::new(Book::new(disaster.mode))));
    }
    Ok(new)
}

/// The position of the last entry that was recorded before `at`.
async fn position_at(app: &App, at: Timestamp) -> anyhow::Result<i64> {
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
