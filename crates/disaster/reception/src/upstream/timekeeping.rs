//! A kit writes down the time (キットの時計の記録): events of its own, so that the centre puts right whatever was written here.
//!
//! Tablets observe the kit's clock, and the kit stamps what it takes by it. Once the kit hears the centre, an event ties this
//! running of its program to the centre's clock, and with it everything that hangs on it. While it is cut off an event says
//! what it takes for the time and since when it heard nobody.

use std::collections::HashSet;

use anyhow::Context as _;
use http::App;
use identity::DeviceKey;
use kernel::{AreaCode, Id};
use uuid::Uuid;

use super::books::Upstream;
use super::link::Link;
use crate::db;
use crate::devices::{CHANGED, device_of};
use crate::event::{Event, Kind, Observed, SCHEMA, Signed};
use crate::fold::Scope;
use crate::kits::key_context;
use crate::live::Live;
use crate::take::{Giver, State, take};

/// What was written in this running of the program: of which disaster, at which lead of the wall clock over the monotonic
/// one (to the minute: another one means that a clock was set, or that the machine slept), and whether the centre said it.
pub(super) type Told = HashSet<(Uuid, i64, bool)>;

/// A reading of this machine's clocks.
#[derive(Debug, Clone, Copy)]
struct Now {
    boot: Uuid,
    mono_ms: u64,
    wall_ms: i64,
}

impl Link {
    /// Writes down what the clock shows, once for each running disaster; `heard` says that the centre has just spoken.
    pub(super) async fn tell_time(&self, app: &App, live: &Live, books: &Upstream, heard: bool) -> anyhow::Result<()> {
        let (Some(boot), mono_ms) = live.clock() else { return Ok(()) };
        let now = Now { boot, mono_ms, wall_ms: app.clock.now().millis() };
        let lead = now.wall_ms.saturating_sub(i64::try_from(mono_ms).unwrap_or(i64::MAX)).div_euclid(60_000);
        let new: Vec<Scope> = {
            let told = self.told.lock();
            live.running().into_iter().filter(|scope| !told.contains(&(scope.disaster, lead, heard))).collect()
        };
        if new.is_empty() {
            return Ok(());
        }
        let device = self.registered(app, live, books).await?;
        let events = new.iter().map(|scope| self.observation(app, books, (*scope, device), now, heard));
        let events = events.collect::<anyhow::Result<Vec<Signed>>>()?;
        let giver = Giver::device(key_context(books.kit), vec![AreaCode::municipality(&books.municipality)]);
        let taken = take(app, live, &giver, events).await?;
        let mut told = self.told.lock();
        for (scope, _) in new.iter().zip(&taken).filter(|(_, one)| matches!(one.state, State::Stored | State::Already))
        {
            told.insert((scope.disaster, lead, heard));
        }
        Ok(())
    }

    /// The kit signs as a device of its own desk; the centre hears of it with the others.
    async fn registered(&self, app: &App, live: &Live, books: &Upstream) -> anyhow::Result<Uuid> {
        let key = DeviceKey::parse(&self.key.public()).ok().context("the kit's key is one of P-256")?;
        let id = device_of(&key);
        let area = AreaCode::municipality(&books.municipality).to_string();
        let mut tx = app.store.write().await?;
        let by = key_context(books.kit);
        if db::devices::add(&mut tx, (id, key.as_str(), &area), &by, app.clock.now()).await? {
            let row = db::devices::find(&mut tx, id).await?.ok_or(store::Error::NotFound)?;
            tx.wake_on_commit(CHANGED);
            tx.commit().await?;
            live.devices().put(&row);
        }
        Ok(id)
    }

    fn observation(
        &self,
        app: &App,
        books: &Upstream,
        (scope, device): (Scope, Uuid),
        now: Now,
        heard: bool,
    ) -> anyhow::Result<Signed> {
        let at_ms = now.wall_ms.saturating_add(books.offset_ms);
        let heard_ms = books.contact_at.map(|at| at.millis().saturating_add(books.offset_ms));
        let event = Event {
            id: Id::from_uuid(app.ids.uuid()),
            schema: SCHEMA,
            kind: Kind::Clock,
            mode: scope.mode,
            subject: None,
            disaster: scope.disaster,
            // So that other kits of the shelter get it, too.
            shelter: books.shelters.first().copied(),
            municipality: books.municipality.clone(),
            counts: None,
            stays: None,
            assurance: 0,
            other: None,
            causes: Vec::new(),
            actor: key_context(books.kit),
            device,
            boot: now.boot,
            mono_ms: now.mono_ms,
            wall_ms: now.wall_ms,
            observed: Some(if heard { Observed::Trusted { at_ms } } else { Observed::Own { at_ms, heard_ms } }),
            rule: None,
            sealed: None,
            prev: None,
        };
        let body = serde_json::to_string(&event)?;
        let signature = self.key.sign(body.as_bytes()).context("the kit's key does not sign")?;
        Ok(Signed { body, signature })
    }
}
