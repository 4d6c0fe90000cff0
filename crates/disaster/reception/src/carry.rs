//! Carrying events in from another node, with the stamps they were given there.

use std::collections::{HashMap, HashSet};

use http::App;
use kernel::Id;
use uuid::Uuid;

use crate::event::{Event, Kind, Signed};
use crate::exchange::Carried;
use crate::live::{Live, keep_stamps};
use crate::sync::Stamp;
use crate::take::{Giver, State, Taken, take};

/// Stamps that are taken with one event: each node that passed it on, in each of its lives.
const MOST_STAMPS: usize = 64;

/// Who is witness of what comes in, where a device was revoked meanwhile.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Witness {
    /// Of all that it holds.
    Centre,
    /// A kit, of what it took before. Its clock minus this one's, in milliseconds.
    Kit { id: Uuid, skew_ms: i64 },
}

/// Takes events in as [`take`] does; what is held then is given its stamps, too. Safe to repeat.
pub(crate) async fn carry_in(
    app: &App,
    live: &Live,
    mut giver: Giver,
    carried: Vec<Carried>,
    witness: Witness,
) -> anyhow::Result<Vec<Taken>> {
    // What they say of clocks tells when the others were taken.
    let clocks = take(app, live, &giver, clocks_of(live, &carried)).await?;
    giver.vouched = vouched(live, &carried, witness);
    let (signed, stamps): (Vec<Signed>, Vec<Vec<Stamp>>) =
        carried.into_iter().map(|one| (one.signed, one.stamps)).unzip();
    let mut of: HashMap<[u8; 32], Vec<Stamp>> = HashMap::new();
    for (signed, mut stamps) in signed.iter().zip(stamps) {
        stamps.truncate(MOST_STAMPS);
        of.entry(signed.hash()).or_default().append(&mut stamps);
    }
    let mut taken = take(app, live, &giver, signed).await?;
    for one in &mut taken {
        if let Some(before) = clocks.iter().find(|clock| clock.hash == one.hash && one.state == State::Already) {
            one.state = before.state;
        }
    }
    let held = taken.iter().filter(|one| matches!(one.state, State::Stored | State::Already));
    let all: Vec<(Id<Event>, Stamp)> = held
        .filter_map(|one| Some((one.id?, of.remove(&one.hash)?)))
        .flat_map(|(id, stamps): (Uuid, _)| stamps.into_iter().map(move |stamp| (Id::from_uuid(id), stamp)))
        .collect();
    if !all.is_empty() {
        keep_stamps(app, live.node()?, &all).await?;
        live.show_stamps(&all);
    }
    Ok(taken)
}

/// The observations of clocks by devices that are believed, where it matters when something was taken.
fn clocks_of(live: &Live, carried: &[Carried]) -> Vec<Signed> {
    let revoked = live.devices().revoked();
    if revoked.is_empty() {
        return Vec::new();
    }
    let is_clock = |one: &&Carried| {
        one.signed.read().is_ok_and(|event| event.kind == Kind::Clock && !revoked.contains_key(&event.device))
    };
    carried.iter().filter(is_clock).map(|one| one.signed.clone()).collect()
}

/// Events of revoked devices that an honest node took before they were lost: people stand behind them. A kit that was cut off
/// could not know; its monotonic clock must say that it was before, or, as long as nobody knows how that went, its wall clock: a
/// wall clock that stands wrong overrules nothing.
fn vouched(live: &Live, carried: &[Carried], witness: Witness) -> HashSet<[u8; 32]> {
    let revoked = live.devices().revoked();
    if revoked.is_empty() {
        return HashSet::new();
    }
    let before = |one: &&Carried| {
        let Ok(event) = one.signed.read() else { return false };
        let Some(since) = revoked.get(&event.device) else { return false };
        let Witness::Kit { id, skew_ms } = witness else { return true };
        one.stamps.iter().filter(|stamp| stamp.node == id).any(|stamp| {
            let by_clock = live.ask(|register| register.time_of(stamp));
            let by_wall = stamp.wall_ms.saturating_sub(skew_ms);
            by_clock.unwrap_or(by_wall) < since.millis()
        })
    };
    carried.iter().filter(before).map(|one| one.signed.hash()).collect()
}
