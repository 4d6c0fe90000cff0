//! Tells `households` which cards are one household (同じ世帯), so that the family reads who looked at any of them. A kit's families
//! read that at the centre.
//!
//! **Invariant:** a card of protected people (支援措置) is tied to none: who looked, and where, is not for whoever she fled from.

use households::{Household, ProtectionList};
use http::App;
use kernel::{Id, areas};
use serde::Deserialize as _;
use store::journal;

use super::Live;
use crate::cards;
use crate::contents::{self, fetch_keys};
use crate::event::{Event, Kind, Subject};
use crate::fold::Scope;
use crate::node::Role;

/// Events after which ties are to be told.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// They tie or untie.
    links: Vec<Id<Event>>,
    /// They may say whose card it is, of a household that is tied already.
    names: Vec<Id<Event>>,
}

impl Said {
    pub(super) fn note(&mut self, entry: &journal::Entry) {
        match entry.kind.as_str() {
            "reception.link" | "reception.unlink" | "reception.void" => self.links.push(entry.id.cast()),
            "reception.check_in" | "reception.amend" => self.names.push(entry.id.cast()),
            _ => {}
        }
    }
}

/// Tells which subjects are one household, and of protected people that they are not.
pub(super) async fn tie(app: &App, live: &Live, said: &Said) -> anyhow::Result<()> {
    if live.role != Role::Centre {
        return Ok(());
    }
    let parties: Vec<(Scope, Vec<Subject>)> = live.ask(|register| {
        let linked = said.links.iter().flat_map(|event| register.parties_of(*event));
        let named = said.names.iter().flat_map(|event| register.parties_of(*event));
        linked.chain(named.filter(|(_, subjects)| subjects.len() > 1)).collect()
    });
    if parties.is_empty() {
        return Ok(());
    }
    let mut apart = vec![false; parties.len()];
    if parties.iter().any(|(_, subjects)| subjects.len() > 1) {
        let mut conn = app.store.read().await?;
        let list = ProtectionList::load(app, &mut conn).await?;
        drop(conn);
        for town in areas::municipalities() {
            fetch_keys(app, live, town.jis5).await?;
        }
        for ((scope, subjects), apart) in parties.iter().zip(&mut apart) {
            *apart = subjects.len() > 1 && is_protected(app, live, &list, (*scope, subjects)).await?;
        }
    }
    app.store
        .retry(async || {
            let mut tx = app.store.write().await?;
            for ((scope, subjects), apart) in parties.iter().zip(&apart) {
                let subjects: Vec<u128> = subjects.iter().map(|subject| subject.0).collect();
                let groups = subjects.chunks(if *apart { 1 } else { subjects.len().max(1) });
                for group in groups {
                    households::tie(&mut tx, scope.disaster, group, app.clock.now()).await?;
                }
            }
            tx.commit().await?;
            anyhow::Ok(())
        })
        .await
}

/// Whether any card of the party is of protected people: what each event said, and what they say together.
async fn is_protected(
    app: &App,
    live: &Live,
    list: &ProtectionList,
    (scope, subjects): (Scope, &[Subject]),
) -> anyhow::Result<bool> {
    for read in cards::read(app, live, scope, subjects.get(..1).unwrap_or_default()).await? {
        let is_listed =
            |household: &Household| subjects.iter().any(|subject| !list.protected_by(subject.0, household).is_empty());
        if read.household.as_ref().is_some_and(|household| household.examine(is_listed)) {
            return Ok(true);
        }
        let names = |kind: Kind| matches!(kind, Kind::CheckIn | Kind::Amend);
        let sealed = read.lines.iter().filter(|line| line.sealed && names(line.kind)).map(|line| line.id);
        for content in contents::open(app, live, sealed.collect::<Vec<_>>()).await?.values() {
            let Ok(content) = serde_json::from_slice::<serde_json::Value>(content) else { continue };
            if Household::deserialize(&content["household"]).is_ok_and(|household| is_listed(&household)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
