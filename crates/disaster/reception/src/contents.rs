//! Sealed contents of events, opened with this node's keys. Whatever is read here goes out through `households::disclosure`.

use std::collections::HashMap;

use http::App;
use kernel::Id;
use store::journal;

use crate::event::Event;
use crate::keyring::Opened;
use crate::live::Live;
use crate::node::Role;
use crate::take::{entry_id, read_entry};
use crate::upstream;

/// Envelopes opened between two chances for others.
const IN_A_ROW: usize = 16;

/// The keys of a municipality, at the centre, where they lie sealed in the database. A kit has those it was unlocked with, and
/// with them takes up what its centre sealed to it.
pub(crate) async fn fetch_keys(app: &App, live: &Live, jis5: &str) -> anyhow::Result<()> {
    match live.node()?.role {
        Role::Centre => {
            for key in households::opener(app, jis5).await? {
                live.keyring().unlock(key);
            }
            live.keyring().add_code_keys(households::desk_opener(app, jis5).await?);
            Ok(())
        }
        Role::Kit => upstream::take_up(app, live).await,
    }
}

/// Opens the contents of events. Those that are not for this node are missing, and so is what nobody sealed.
pub(crate) async fn open(
    app: &App,
    live: &Live,
    events: impl IntoIterator<Item = Id<Event>>,
) -> anyhow::Result<HashMap<Id<Event>, Opened>> {
    let mut opened = HashMap::new();
    for (at, event) in events.into_iter().enumerate() {
        if at % IN_A_ROW == IN_A_ROW - 1 {
            tokio::task::yield_now().await;
        }
        if let Some(known) = live.keyring().opened(event) {
            opened.insert(event, known);
            continue;
        }
        let mut sealed = live.fresh_content(event);
        if sealed.is_none() {
            let entry = journal::entry(&app.store, entry_id(event)).await?;
            sealed = entry.as_ref().and_then(read_entry).and_then(|(event, _)| event.sealed);
        }
        if let Some(content) = sealed.and_then(|sealed| live.keyring().open(event, &sealed)) {
            opened.insert(event, content);
        }
    }
    Ok(opened)
}
