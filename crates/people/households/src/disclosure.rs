//! The one gate through which personal data is opened (開示の関門).
//!
//! Whoever has personal data in hand has it as [`Personal`], which shows nothing of itself. [`release`] opens it: it asks for
//! the duty, leaves out protected people, leaves out needs that the family did not share, and writes a journal entry for
//! each household that the person can read later.
//!
//! **Invariant:** protected, unknown and not consented get the same answer: none.
//! **Invariant:** on a kit everybody is taken for protected until the list that its centre gave is at hand ([`Guard`]).
//! **Invariant:** the entry is durable before the data is handed out.

use std::collections::HashMap;
use std::time::Duration;

use http::{Actor, App, Problem};
use kernel::{AreaCode, Id, Mode, Stopwatch, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::Conn;
use store::journal::{self, Body, Entry, NewEntry};
use uuid::Uuid;

use crate::db;
use crate::model::{ConsentAbout, Household, Look, Needs, Purpose, current};
use crate::protection::{Guard, ProtectionList};
use crate::record::{DISCLOSED, subject_text};
use crate::vault::DataKey;

/// Looks of one person for one purpose at one place within this long are one look.
const ONE_LOOK_MICROS: i64 = 10 * 60 * 1_000_000;

/// Households in one page of [`registered_in`] at most.
pub const PAGE: u32 = 500;
/// How long "there is none" takes at least.
const NONE_TAKES: Duration = Duration::from_millis(40);

/// Personal data that was not opened (未開示の個人情報). It can be examined, not shown.
pub struct Personal<T>(T);

/// A household in somebody's hand (手元にある世帯).
#[derive(Debug)]
pub struct Held {
    pub subject: u128,
    pub household: Personal<Household>,
    pub origin: Origin,
}

/// Where a household in hand is from (情報の出どころ).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// What it registered: its consents count.
    Registration,
    /// What it said at a desk, face to face, its needs among it.
    Desk {
        /// Its answer there about inquiries (K24); without one what it registered counts.
        safety: Option<bool>,
    },
}

impl<T> Personal<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// Answers a question about it, e.g. whether a search finds it. The answer must not give it away.
    pub fn examine<A>(&self, question: impl FnOnce(&T) -> A) -> A {
        question(&self.0)
    }
}

impl<T> std::fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Personal(…)")
    }
}

/// Opens what a registered household says of itself. 404 for one that is unknown, protected, or did not consent.
pub async fn open(app: &App, actor: &Actor, look: &Look, subject: u128) -> Result<Household, Problem> {
    let asked = Stopwatch::start();
    if let Some(household) = open_many(app, actor, look, &[subject]).await?.remove(&subject) {
        return Ok(household);
    }
    // Whether there was something to look up and refuse must not show in how long it took.
    tokio::time::sleep(NONE_TAKES.saturating_sub(asked.elapsed())).await;
    Err(Problem::not_found())
}

/// Opens several registered households; those that may not be opened are missing.
pub async fn open_many(
    app: &App,
    actor: &Actor,
    look: &Look,
    subjects: &[u128],
) -> Result<HashMap<u128, Household>, Problem> {
    require(actor, look)?;
    let mut conn = app.store.read().await?;
    let mut held = Vec::with_capacity(subjects.len());
    for subject in subjects {
        if let Some(household) = find(app, &mut conn, *subject).await? {
            held.push(Held { subject: *subject, household, origin: Origin::Registration });
        }
    }
    drop(conn);
    release(app, actor, look, held).await
}

/// What a registered household says of itself, unopened.
pub async fn find(app: &App, conn: &mut Conn, subject: u128) -> anyhow::Result<Option<Personal<Household>>> {
    let Some(stored) = db::household_by_subject(conn, subject).await? else { return Ok(None) };
    let Some(key) = DataKey::find(app, conn, stored.household()).await? else { return Ok(None) };
    Ok(Some(Personal(key.open(&stored)?)))
}

/// The next registered households of a municipality, by the subjects that desks know them by, in the order of their ids; the
/// last id is where the next page begins. For searches and for finding who was left behind: [`find`] and examine them, then
/// [`release`] those that are needed.
pub async fn registered_in(
    conn: &mut Conn,
    jis5: &str,
    after: Option<Uuid>,
) -> anyhow::Result<(Vec<u128>, Option<Uuid>)> {
    let stored = db::households_in(conn, jis5, after.unwrap_or(Uuid::nil()), PAGE).await?;
    let full = stored.len() == PAGE as usize;
    let next = stored.last().filter(|_| full).map(|last| last.id);
    Ok((stored.iter().map(|one| one.subject.as_u128()).collect(), next))
}

/// Whether a registered household of this subject lives in the municipality.
pub async fn lives_in(conn: &mut Conn, subject: u128, jis5: &str) -> anyhow::Result<bool> {
    db::lives_in(conn, subject, jis5).await
}

/// Opens households that somebody has in hand, e.g. out of the envelopes of a desk. Those that may not be opened are missing.
/// Needs stay only where the family shares them with desks, or said them at one.
pub async fn release(
    app: &App,
    actor: &Actor,
    look: &Look,
    held: Vec<Held>,
) -> Result<HashMap<u128, Household>, Problem> {
    require(actor, look)?;
    let mut conn = app.store.read().await?;
    let about: Vec<(u128, &Household)> = held.iter().map(|held| (held.subject, &held.household.0)).collect();
    let list = ProtectionList::about(app, &mut conn, &about).await?;
    let guard = app.extension::<Guard>();
    let mut open = HashMap::with_capacity(held.len());
    for Held { subject, household: Personal(mut household), origin } in held {
        let by = list.protected_by(subject, &household);
        let guarded = guard.as_ref().is_some_and(|guard| guard.protects(subject, &household));
        if (guarded || !by.is_empty()) && !look.audience.reaches_protected(&by) {
            continue;
        }
        let shares = shares(&mut conn, subject, origin, look.purpose).await?;
        if look.purpose == Purpose::Safety && !shares.safety {
            continue;
        }
        if !shares.needs && !look.purpose.overrides_consent() {
            household.persons.iter_mut().for_each(|person| person.needs = Needs::default());
        }
        open.insert(subject, household);
    }
    drop(conn);
    let subjects: Vec<u128> = open.keys().copied().collect();
    record_looks(app, actor, look, &subjects).await?;
    Ok(open)
}

/// Asks something of each household, such as how many of its people need what. Nobody is shown and no look is recorded, so that
/// what is made of the answers must give nobody away. Needs that a family does not share are not seen.
pub async fn survey(app: &App, held: Vec<Held>, mut ask: impl FnMut(u128, &Household)) -> anyhow::Result<()> {
    let mut conn = app.store.read().await?;
    for Held { subject, household: Personal(mut household), origin } in held {
        if !shares(&mut conn, subject, origin, Purpose::Care).await?.needs {
            household.persons.iter_mut().for_each(|person| person.needs = Needs::default());
        }
        ask(subject, &household);
    }
    Ok(())
}

/// Records that somebody looked at households, also ones that no registration knows. Returns when all of it is durable.
pub async fn record_looks(app: &App, actor: &Actor, look: &Look, subjects: &[u128]) -> Result<(), Problem> {
    let now = app.clock.now();
    let (label, audience) = (actor.label(), &look.audience);
    let what = Looking { purpose: look.purpose, area: audience.area(), facility: audience.facility(), mode: look.mode };
    let by = (label.as_str(), actor.device_id());
    let entries = subjects.iter().map(|subject| journal::append(&app.store, entry(by, &what, *subject, now), now));
    for recorded in futures_util::future::join_all(entries).await {
        recorded?;
    }
    Ok(())
}

/// As [`record_looks`], for one household.
pub async fn record_look(app: &App, actor: &Actor, look: &Look, subject: u128) -> Result<(), Problem> {
    record_looks(app, actor, look, &[subject]).await
}

/// Refuses whoever does not have the duty that the look takes.
pub fn require(actor: &Actor, look: &Look) -> Result<(), Problem> {
    let (duty, area) = look.audience.needs();
    actor.require(duty, &area)
}

/// What a household allows to be told.
struct Shares {
    needs: bool,
    safety: bool,
}

async fn shares(conn: &mut Conn, subject: u128, origin: Origin, purpose: Purpose) -> anyhow::Result<Shares> {
    if let Origin::Desk { safety } = origin
        && (safety.is_some() || purpose != Purpose::Safety)
    {
        return Ok(Shares { needs: true, safety: safety == Some(true) });
    }
    let said = match db::household_by_subject(conn, subject).await? {
        Some(stored) => current(&db::consents(conn, stored.household()).await?),
        None => Vec::new(),
    };
    let given = |what| said.iter().any(|consent| consent.what == what && consent.given);
    let needs = given(ConsentAbout::Desk) || matches!(origin, Origin::Desk { .. });
    Ok(Shares { needs, safety: given(ConsentAbout::Safety) })
}

/// What the entry of a look says, besides who looked at whom.
pub(crate) struct Looking {
    pub(crate) purpose: Purpose,
    pub(crate) area: AreaCode,
    pub(crate) facility: Option<Uuid>,
    pub(crate) mode: Mode,
}

/// Repeated within ten minutes it is the same entry, of the time when those began.
pub(crate) fn entry(by: (&str, Option<Uuid>), what: &Looking, subject: u128, now: Timestamp) -> NewEntry {
    let at = Timestamp::from_micros(now.micros() - now.micros().rem_euclid(ONE_LOOK_MICROS));
    let body = json!({ "purpose": what.purpose, "office": what.area.to_string(), "facility": what.facility });
    let world: &[u8] = if what.mode == Mode::Drill { b"drill" } else { b"live" };
    let subject = subject_text(subject);
    let (label, device) = by;
    let mut hash = Sha256::new();
    let (said, at_bytes) = (body.to_string(), at.micros().to_be_bytes());
    for part in [label.as_bytes(), subject.as_bytes(), said.as_bytes(), &at_bytes, world] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    NewEntry {
        id: Id::<Entry>::from_uuid(Uuid::from_bytes(half)),
        kind: DISCLOSED,
        subject,
        area: Some(what.area.clone()),
        mode: what.mode,
        actor: label.to_owned(),
        device,
        occurred_at: at,
        body: Body::Open(body),
    }
}
