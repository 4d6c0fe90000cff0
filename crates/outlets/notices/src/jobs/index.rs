//! The index in memory, made at the start and kept by the journal.

use http::App;
use store::journal::{self, Filter};
use uuid::Uuid;

use crate::db;
use crate::install::{Live, live};
use crate::model::index::{Index, Kept};
use crate::subscribed;

/// Subscriptions read at once.
const PAGE: i64 = 5_000;
const ENTRIES: u32 = 1_000;

/// Brings the index up to what the journal says now.
pub(crate) async fn refresh(app: &App) -> anyhow::Result<()> {
    let live = live(app)?;
    let mut indexed = live.indexed.lock().await;
    let Some(mut position) = *indexed else {
        // The position first: what changes meanwhile is read once more.
        let (position, _) = journal::head(&app.store).await?;
        let made = make(app).await?;
        *live.index.write() = made;
        *indexed = Some(position);
        return Ok(());
    };
    loop {
        let entries = journal::entries_after(&app.store, position, &Filter::default(), ENTRIES).await?;
        let Some(last) = entries.last().map(|entry| entry.position) else { return Ok(()) };
        for entry in &entries {
            if matches!(entry.kind.as_str(), "notices.subscribed" | "notices.changed" | "notices.unsubscribed")
                && let Ok(id) = entry.subject.parse()
            {
                one(app, &live, id).await?;
            }
        }
        position = last;
        *indexed = Some(position);
    }
}

async fn make(app: &App) -> anyhow::Result<Index> {
    let mut conn = app.store.read().await?;
    let (mut all, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let page = db::subscriptions(&mut conn, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(Index::of(all)) };
        after = last.id;
        all.extend(page.iter().filter_map(|stored| kept(app, stored)));
    }
}

async fn one(app: &App, live: &Live, id: Uuid) -> anyhow::Result<()> {
    let mut conn = app.store.read().await?;
    let stored = db::subscription(&mut conn, id).await?;
    match stored.and_then(|stored| kept(app, &stored)) {
        Some(kept) => live.index.write().put(kept),
        None => live.index.write().remove(id),
    }
    Ok(())
}

/// One that does not open is said and passed over: it must not keep the others from their notices.
fn kept(app: &App, stored: &db::StoredSubscription) -> Option<Kept> {
    match subscribed::open(app, stored.id, &stored.body) {
        Ok(subscription) => Some(Kept::of(stored.id, &subscription)),
        Err(error) => {
            let id = stored.id;
            tracing::error!(subscription = %id, error = format!("{error:#}"), "notices: subscription {id} does not open");
            None
        }
    }
}
